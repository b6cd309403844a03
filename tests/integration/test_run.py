# SPDX-License-Identifier: MIT
"""scripts/run: one command, a whole site, under both web servers."""

import asyncio
import os
import re
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import websockets
from stack import BUILD, free_port, receive, wait_for

TOP = Path(__file__).parents[2]


class Site:
    """scripts/run on a free port; started only where the test does not expect it to fail."""

    def __init__(self, *arguments, web="lighttpd", state=None):
        self.folder = tempfile.TemporaryDirectory(prefix="roomwire-run-")
        self.state = Path(state or self.folder.name)
        self.log = Path(self.folder.name) / "run.log"
        self.command = [str(TOP / "scripts/run"), "--state", str(self.state), "--web", web, *arguments]
        if "--port" not in arguments:
            self.command += ["--port", "0"]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, "ROOMWIRE_BUILD": str(BUILD)})
        self.url = wait_for(self.ready, "the site is ready", 60)
        return self

    def ready(self):
        assert self.process.poll() is None, self.log.read_text()
        match = re.search(r"^ready: (http://\S+)$", self.log.read_text(), re.M)
        return match and match.group(1)

    def stop(self, number=signal.SIGTERM):
        pids = [self.pid(name) for name in ("broker", "fcgi", "web")]
        self.process.send_signal(number)
        status = self.process.wait(20)
        for pid in pids:
            wait_for(lambda pid=pid: not is_running(pid), f"process {pid} has ended")
        return status

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def pid(self, name):
        return int((self.state / f"run/{name}.pid").read_text())

    def get(self, path=""):
        return get(self.url + path)

    def socket(self, room):
        return websockets.connect(re.sub(r"^http://([^/]+)/.*", rf"ws://\1/ws/chat/{room}/", self.url))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def run(*arguments):
    """scripts/run where it must not come up."""
    return subprocess.run([str(TOP / "scripts/run"), *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**os.environ, "ROOMWIRE_BUILD": str(BUILD)})


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_pages_files_and_sockets_are_served(web):
    with Site(web=web) as site:
        assert site.url.endswith("/chat/")
        status, page = site.get()
        assert status == 200 and 'id="room-name-input"' in page
        assert site.get("%E6%88%BF%E9%97%B4/")[0] == 200
        assert get(site.url.replace("chat/", ""))[0] == 200  # redirected to the mount
        status, script = get(site.url.replace("/chat/", "/static/js/roomwire.js"))
        assert status == 200 and "WebSocket" in script

        async def story():
            async with site.socket("lobby") as ann, site.socket("lobby") as bob:
                await ann.send('{"message": "hi"}')
                assert (await receive(bob))["message"] == "hi"
        asyncio.run(story())
        assert "lobby" not in site.get()[1] or "people" in site.get()[1]
        assert site.stop() == 0


def test_interrupt_ends_all_three():
    with Site() as site:
        assert site.stop(signal.SIGINT) == 0


def test_the_mount_may_be_the_root():
    with Site("--set", "site.mount=/") as site:
        assert site.url.endswith("/") and "/chat/" not in site.url
        assert site.get()[0] == 200 and site.get("lobby/")[0] == 200
        assert site.get("accounts/")[0] == 404


def test_a_killed_broker_is_told_and_the_pages_stay():
    with Site() as site:
        os.kill(site.pid("broker"), signal.SIGKILL)
        wait_for(lambda: '"broker": false' in get(site.url.replace("/chat/", "/healthz"))[1], "the pages know")
        status, page = site.get()
        assert status == 200 and 'id="room-name-input"' in page
        assert site.get("lobby/")[0] == 200


def test_killed_pages_leave_the_sockets():
    with Site() as site:
        async def story():
            async with site.socket("lobby") as ann:
                os.kill(site.pid("fcgi"), signal.SIGKILL)
                await ann.send('{"message": "still here"}')
                assert (await receive(ann))["message"] == "still here"
        asyncio.run(story())


@pytest.mark.parametrize("arguments, status, words", [
    (["--nonsense"], 2, "--nonsense"), (["--port", "x"], 2, "port"), (["--web", "apache"], 2, "lighttpd or nginx"),
    (["--set", "limits.conections=1"], 78, "connections")])
def test_a_mistake_is_one_line(arguments, status, words):
    with tempfile.TemporaryDirectory() as state:
        result = run("--state", state, *arguments)
        assert result.returncode == status
        assert words in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_one_line_and_nothing_is_left():
    import socket
    with tempfile.TemporaryDirectory() as state, socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        result = run("--state", state, "--port", str(port))
        assert result.returncode == 1
        assert str(port) in result.stderr and len(result.stderr.strip().splitlines()) == 1
        assert not list(Path(state).glob("run/*.pid"))


def test_a_second_run_on_the_same_state_is_refused():
    with Site() as site:
        result = run("--state", str(site.state), "--port", "0")
        assert result.returncode == 1 and "state directory" in result.stderr
        assert site.get()[0] == 200
