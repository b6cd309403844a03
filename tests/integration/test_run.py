# SPDX-License-Identifier: MIT
"""scripts/run: one command, a whole site, under both web servers."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import tempfile

import pytest
from stack import BUILD, TOP, Site, fetch, free_port, get, processes_of, receive, wait_for


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
