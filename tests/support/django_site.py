# SPDX-License-Identifier: MIT
"""The Django site of scripts/examples as tests need it: daphne with both layouts of channels_redis, and a process that
says something through them."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import websockets
from stack import DEADLINE_SECONDS, TOP, free_port, wait_for

EXAMPLE = TOP / "scripts/examples/django"


class DjangoSite:
    def __init__(self, redis_url):
        self.folder = tempfile.TemporaryDirectory(prefix="roomwire-django-")
        self.port = free_port()
        self.log_path = Path(self.folder.name) / "daphne.log"
        self.environment = {
            **os.environ, "REDIS_URL": redis_url, "DJANGO_SETTINGS_MODULE": "django_layers",
            "CHAT_STATE": self.folder.name, "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{EXAMPLE}:{Path(__file__).parent}"}

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.daphne = subprocess.Popen(
                ["/usr/bin/daphne", "-v", "1", "-b", "127.0.0.1", "-p", str(self.port), "django_sockets:application"],
                env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.sender = subprocess.Popen([sys.executable, Path(__file__).parent / "django_sender.py"], text=True,
                                       env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        wait_for(self.is_listening, "daphne listens")
        return self

    def is_listening(self):
        assert self.daphne.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self):
        return self.log_path.read_text(errors="replace")

    def __exit__(self, *_):
        self.sender.stdin.close()
        self.daphne.terminate()
        for process in (self.sender, self.daphne):
            process.wait(DEADLINE_SECONDS)
        self.sender.stdout.close()
        self.folder.cleanup()

    def connect(self, layout, room):
        """A socket of Django's own consumer."""
        return websockets.connect(f"ws://127.0.0.1:{self.port}/ws/{layout}/{room}/", ping_interval=None)

    def group_send(self, layout, group, *events):
        """What Django says of it: done, or why it cannot."""
        self.sender.stdin.write(json.dumps([layout, group, *events]) + "\n")
        self.sender.stdin.flush()
        return self.sender.stdout.readline().strip()
