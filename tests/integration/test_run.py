# SPDX-License-Identifier: MIT
"""scripts/run: one command, a whole site, under both web servers."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
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
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.url = wait_for(self.ready, "the site is ready", 60)
        return self

    def ready(self):
        assert self.process.poll() is None, self.log.read_text()
        match = re.search(r"^ready: (http://\S+)$", self.log.read_text(), re.M)
        return match and match.group(1)

    def stop(self, number=signal.SIGTERM):
        """The exit status; nothing that knows of the state directory may be left."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        status = self.process.wait(20)
        wait_for(lambda: not processes_of(self.state), "all processes have ended")
        return status

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def pid(self, name):
        return int((self.state / f"run/{name}.pid").read_text())

    def at(self, path):
        """An address of the same host, outside the mount."""
        return urllib.parse.urljoin(self.url, path)

    def get(self, path=""):
        return get(self.url + path)

    def socket(self, room):
        return websockets.connect(re.sub(r"^http://([^/]+)/.*", rf"ws://\1/ws/chat/{room}/", self.url))


def processes_of(state):
    """Command lines that name a state directory; a zombie has none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{state}/" in command or f"paths.state={state}" in command:
                found.append(command)
    return found


def get(url, **headers):
    status, _, body = fetch(url, **headers)
    return status, body


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def run(*arguments):
    """scripts/run where it must not come up."""
    return subprocess.run([str(TOP / "scripts/run"), *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_pages_files_and_sockets_are_served(web):
    with Site(web=web) as site:
        assert site.url.endswith("/chat/")
        status, page = site.get()
        assert status == 200 and 'id="room-name-input"' in page
        assert site.get("%E6%88%BF%E9%97%B4/")[0] == 200
        assert get(site.at("/"))[0] == 200  # redirected to the mount

        status, headers, script = fetch(site.at("/static/js/roomwire.js"))
        assert status == 200 and "WebSocket" in script
        assert headers["Cache-Control"] == "public, max-age=3600" and "javascript" in headers["Content-Type"]
        tag = headers["ETag"]
        assert get(site.at("/static/js/roomwire.js"), **{"If-None-Match": tag})[0] == 304
        assert get(site.at("/static/%2e%2e/templates/index.html"))[0] in (400, 403, 404)

        async def story():
            async with site.socket("lobby") as ann, site.socket("lobby") as bob:
                await ann.send('{"message": "hi"}')
                assert (await receive(bob))["message"] == "hi"
                assert await asyncio.to_thread(site.stop) == 0
                await asyncio.wait_for(bob.wait_closed(), 20)
                assert bob.close_code == 1012  # the broker's own word, not a lost connection
        asyncio.run(story())


def test_interrupt_ends_all_three():
    with Site() as site:
        assert site.stop(signal.SIGINT) == 0


def test_nothing_outlives_a_killed_run():
    with Site() as site:
        site.stop(signal.SIGKILL)
        with Site(state=site.state) as again:
            assert again.get()[0] == 200


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_the_end_of_the_web_server_is_the_end(web):
    with Site(web=web) as site:
        os.kill(site.pid("web"), signal.SIGKILL)
        assert site.wait() == 1
        assert "the web server has ended" in site.log.read_text()


def test_the_mount_may_be_the_root():
    with Site("--set", "site.mount=/") as site:
        assert site.url.endswith("/") and "/chat/" not in site.url
        assert site.get()[0] == 200 and site.get("lobby/")[0] == 200
        assert site.get("accounts/")[0] == 404


def test_a_site_with_another_name_comes_up():
    with Site("--set", "site.allowed_hosts=.example.org, www.example.net") as site:
        assert site.get()[0] == 400
        assert get(site.url, Host="www.example.net")[0] == 200


def test_a_killed_broker_is_told_and_the_pages_stay():
    with Site() as site:
        os.kill(site.pid("broker"), signal.SIGKILL)
        wait_for(lambda: '"broker": false' in get(site.at("/healthz"))[1], "the pages know")
        status, page = site.get()
        assert status == 200 and 'id="room-name-input"' in page
        assert site.get("lobby/")[0] == 200
        wait_for(lambda: site.log.read_text().count("roomwire-broker has ended") == 1, "it is said once")


def test_killed_pages_leave_the_sockets():
    with Site() as site:
        async def story():
            async with site.socket("lobby") as ann:
                os.kill(site.pid("fcgi"), signal.SIGKILL)
                wait_for(lambda: "roomwire-fcgi has ended" in site.log.read_text(), "it is said")
                await ann.send('{"message": "still here"}')
                assert (await receive(ann))["message"] == "still here"
        asyncio.run(story())


@pytest.mark.parametrize("arguments, status, words", [
    (["--nonsense"], 2, "--nonsense"), (["--port", "x"], 2, "port"), (["--web", "apache"], 2, "lighttpd or nginx"),
    (["--set", "broker.listen=127.0.0.1:9"], 2, "broker.sock"), (["--set"], 2, "value is missing"),
    (["--set", "limits.conections=1"], 78, "connections")])
def test_a_mistake_is_one_line(arguments, status, words):
    with tempfile.TemporaryDirectory() as state:
        result = run("--state", state, *arguments)
        assert result.returncode == status
        assert words in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_one_line_and_nothing_is_left():
    with tempfile.TemporaryDirectory() as state, socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        result = run("--state", state, "--port", str(port))
        assert result.returncode == 1
        assert str(port) in result.stderr and len(result.stderr.strip().splitlines()) == 1
        assert not processes_of(state)


def test_a_second_run_on_the_same_state_is_refused():
    with Site() as site:
        result = run("--state", str(site.state), "--port", "0")
        assert result.returncode == 1 and "state directory" in result.stderr
        assert site.get()[0] == 200


def test_the_example_configuration_shows_every_key_with_its_default():
    broker, example = BUILD / "bin/roomwire-broker", TOP / "scripts/deploy/roomwire.conf"
    subprocess.run([broker, "--config", example, "--check-config"], check=True, capture_output=True, timeout=20)

    help_text = subprocess.run([broker, "--help"], check=True, capture_output=True, text=True, timeout=20).stdout
    keys = re.findall(r"^    (\w+) = .*?(?: \(default (.*)\))?$", help_text, re.M)
    shown = dict(re.findall(r"^(?:; )?(\w+) =(.*)$", example.read_text(), re.M))
    own = {"state", "allowed_hosts"}  # these a host has to say for itself
    assert len(keys) > 20
    assert set(shown) == {key for key, _ in keys}
    assert {key: value.strip() for key, value in shown.items() if key not in own} == \
        {key: default for key, default in keys if key not in own}
