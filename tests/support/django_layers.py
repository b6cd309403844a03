# SPDX-License-Identifier: MIT
"""Settings of the example's site, with a channel layer of each layout at once."""

from chat.settings import *  # noqa: F403
from chat.settings import LAYOUTS, REDIS_URL

CHANNEL_LAYERS = {layout: {"BACKEND": backend, "CONFIG": {"hosts": [REDIS_URL]}} for layout, backend in LAYOUTS.items()}
CHANNEL_LAYERS["default"] = CHANNEL_LAYERS["core"]
