#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Django's own commands for this site, such as createsuperuser."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat.settings")
execute_from_command_line(sys.argv)
