# SPDX-License-Identifier: MIT
"""A real redis-server for one test, on a unix socket and a free port. Its folder survives a restart."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import redis
from stack import DEADLINE_SECONDS, free_port, wait_for

# Overrides what the host's build or configuration says.
PLAIN = {"save": "", "appendonly": "no", "daemonize": "no", "bind": "127.0.0.1 ::1", "protected-mode": "no"}
DURABLE = {"appendonly": "yes", "appendfsync": "always"}


class RedisServer:
    """with RedisServer(**DURABLE, requirepass="secret") as server: …
    Underscores in the names of options are hyphens."""

    def __init__(self, **options):
        self.place = tempfile.TemporaryDirectory(prefix="roomwire-redis-")
        self.folder = self.place.name
        self.port = free_port()
        self.socket = f"{self.folder}/redis.sock"
        self.log = f"{self.folder}/log"
        self.options = {**PLAIN, **{name.replace("_", "-"): value for name, value in options.items()}}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.place.cleanup()

    @property
    def url(self):
        return self.url_of()

    @property
    def unix_url(self):
        return f"unix://{self.socket}"

    def url_of(self, user="", password=None, database=0):
        password = self.options.get("requirepass") if password is None else password
        login = f"{user}:{urllib.parse.quote(password, safe='')}@" if password else ""
        return f"redis://{login}127.0.0.1:{self.port}/{database}"

    def start(self, wait=True):
        """With wait False it returns while the server may still be starting or loading."""
        words = ["redis-server", "--port", self.port, "--unixsocket", self.socket, "--dir", self.folder]
        for name, value in self.options.items():
            words += [f"--{name}", value]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)
        if wait:
            wait_for(self.answers, "redis-server answers")

    def answers(self):
        assert self.process.poll() is None, open(self.log, encoding="utf-8").read()
        try:
            return self.cli("PING")
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False

    def client(self, **options):
        """A client of redis-py over the unix socket; it decodes texts."""
        return redis.Redis(unix_socket_path=self.socket, password=self.options.get("requirepass"),
                           socket_timeout=DEADLINE_SECONDS, **{"decode_responses": True, **options})

    def cli(self, *words):
        """The reply to a command: cli("CLIENT", "KILL", "TYPE", "pubsub")."""
        with contextlib.closing(self.client()) as client:
            return client.execute_command(*words)

    def clients(self, name="roomwire"):
        """The clients of CLIENT LIST whose name begins so."""
        with contextlib.closing(self.client()) as client:
            return [each for each in client.client_list() if each["name"].startswith(name)]

    def stop(self):
        """Shuts down as an administrator does: Redis saves what its options tell it to save."""
        self._end(signal.SIGTERM)

    def kill(self):
        """kill -9. Does nothing when the server is not running."""
        self._end(signal.SIGKILL)

    def restart(self):
        self.kill()
        self.start()

    def forget(self):
        """Deletes the saved data. Call it while the server is not running."""
        assert self.process is None
        shutil.rmtree(f"{self.folder}/appendonlydir", ignore_errors=True)
        pathlib.Path(f"{self.folder}/dump.rdb").unlink(missing_ok=True)

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def _end(self, how):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.send_signal(signal.SIGCONT)  # a paused process takes no signal but SIGKILL
        self.process.wait(DEADLINE_SECONDS)
        self.process = None
