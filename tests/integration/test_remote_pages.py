# SPDX-License-Identifier: MIT
"""Pages of a host that has no history.db: its broker is asked for what was said. Where that broker has it from makes no
difference to them, so it is one that has a history.db itself, in another state directory."""

import asyncio
import json
import tempfile
import urllib.parse
from pathlib import Path

import pytest
from redis_server import RedisServer
from stack import Broker, Pages, WebServer, receive_type, wait_for

MESSAGES = [f"message {number}" for number in range(1, 61)] + ["<b>&\"'", "房间 😀"]


async def say(broker, room, messages):
    async with broker.connect(f"/ws/chat/{room}/", version1=True) as socket:
        await receive_type(socket, "welcome")
        for number, message in enumerate(messages):
            await socket.send(json.dumps({"type": "message", "message": message, "ref": f"r{number}"}))
        for _ in messages:
            await receive_type(socket, "ack")


@pytest.fixture
def broker():
    with Broker() as started:
        asyncio.run(say(started, "lobby", MESSAGES))
        yield started


@pytest.fixture
def site(broker):
    """Pages whose own state directory has nothing but the way to the broker."""
    with tempfile.TemporaryDirectory(prefix="roomwire-edge-") as folder:
        state = Path(folder)
        (state / "run").mkdir(mode=0o750)
        (state / "run/control.ipc").symlink_to(broker.state / "run/control.ipc")
        with Pages(state, "layer.backend=nng", f"layer.hub=ipc://{folder}/hub") as pages, WebServer(pages) as web:
            yield web


def messages_of(site, query="?limit=500"):
    answer = site.get(f"/api/rooms/lobby/messages{query}")
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def test_room_is_shown_as_where_it_is_kept(site, broker):
    page = site.get("/chat/lobby/").text
    assert "房间 😀</div>" in page and "&lt;b&gt;&amp;&quot;&#39;</div>" in page
    assert 'id="message-62"' in page and 'id="message-13"' in page and 'id="message-12"' not in page
    assert 'href="?before=13"' in page and "history-problem" not in page and "search-form" not in page
    assert not (Path(site.pages.state) / "history.db").exists()
    for arguments in ({"limit": 500}, {"after": 3, "limit": 2}, {"before": 3}, {"before": 1}, {"after": 62}):
        there = broker.control(op="history", room="lobby", **arguments)
        here = messages_of(site, "?" + urllib.parse.urlencode(arguments))
        assert here["seq"] == 62 and all(here[key] == there[key] for key in ("epoch", "messages", "more"))
    assert [row["message"] for row in messages_of(site)["messages"]] == MESSAGES


def test_page_that_is_known_is_not_sent_again(site, broker):
    path = "/api/rooms/lobby/messages?after=60"
    tag = site.get(path).headers["ETag"]
    assert site.get(path, If_None_Match=tag).status == 304
    asyncio.run(say(broker, "lobby", ["one more"]))
    answer = site.get(path, If_None_Match=tag)
    assert answer.status == 200 and "one more" in answer.text and answer.headers["ETag"] != tag


def test_search_is_unavailable(site):
    answer = site.get("/api/rooms/lobby/search?q=message")
    assert answer.status == 503 and json.loads(answer.text)["error"] == "unavailable"
    page = site.get("/chat/lobby/search?q=message")
    assert page.status == 503 and "cannot be searched here" in page.text


def test_page_says_that_nobody_answers_and_recovers(site, broker):
    broker.kill()
    page = site.get("/chat/lobby/")
    assert page.status == 200 and "history-problem" in page.text
    answer = site.get("/api/rooms/lobby/messages")
    assert answer.status == 503 and json.loads(answer.text)["error"] == "unavailable"
    assert answer.headers["Retry-After"]
    assert json.loads(site.get("/healthz").text)["history"] == "unavailable"
    broker.start()
    wait_for(lambda: site.get("/api/rooms/lobby/messages").status == 200, "the history is back")
    assert len(messages_of(site)["messages"]) == 62
    assert "history-problem" not in site.get("/chat/lobby/").text


@pytest.fixture(name="redis")
def fixture_redis():
    with RedisServer() as server:
        yield server


def test_rooms_that_are_kept_in_redis_are_shown_by_each_host(redis):
    settings = ("layer.backend=redis", f"redis.url={redis.url}")
    with Broker(*settings) as one, Broker(*settings) as two:
        asyncio.run(say(one, "lobby", MESSAGES))
        with Pages(two.state, *settings) as pages, WebServer(pages) as web:
            assert [row["message"] for row in messages_of(web)["messages"]] == MESSAGES
            assert messages_of(web)["seq"] == messages_of(web, "?after=3&limit=2")["seq"] == 62
            page = web.get("/chat/lobby/?before=20").text
            assert 'id="message-19"' in page and 'id="message-20"' not in page and "search-form" not in page
            assert json.loads(web.get("/healthz").text)["history"] == "ok"
            assert not (Path(two.state) / "history.db").exists()
            redis.kill()
            wait_for(lambda: json.loads(web.get("/healthz").text)["history"] != "ok", "it is noticed")
            assert "history-problem" in web.get("/chat/lobby/").text
