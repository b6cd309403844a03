# SPDX-License-Identifier: MIT
"""A host without a database: its rooms are those of a hub, its accounts those of the hub's host. Its pages show the
messages all the same. A logout or a ban at the hub closes the sockets of that user here, too."""

import asyncio
import contextlib
import json
import shutil

import pytest
from stack import Broker, Pages, WebServer, wait_for
from test_layer import nng_may_leak  # autouse: what is on its way to a hub that goes
from test_remote_pages import MESSAGES, messages_of, say
from test_sessions import FORBIDDEN, LOGIN_ENDED, ROOM, Accounts, closes_with, echoes, enter


@pytest.fixture(name="hub")
def fixture_hub(tmp_path):
    with Broker("broker.threads=2", "layer.backend=nng", f"layer.listen=ipc://{tmp_path}/hub") as broker:
        yield broker


@pytest.fixture(name="edge")
def fixture_edge(hub, tmp_path):
    broker = Broker("broker.threads=2", "layer.backend=nng", f"layer.hub=ipc://{tmp_path}/hub")
    shutil.copy(hub.state / "secret.key", broker.state)
    with broker:
        yield broker
        assert not (broker.state / "accounts.db").exists() and not (broker.state / "history.db").exists()


@pytest.fixture(name="accounts")
def fixture_accounts(hub):
    return Accounts(hub)


@pytest.fixture(name="site")
def fixture_site(edge):
    with Pages(edge.state, *edge.settings) as pages, WebServer(pages) as web:
        yield web


def history_of(site):
    return json.loads(site.get("/healthz").text)["history"]


def test_pages_show_what_the_hub_keeps(hub, edge, site):
    asyncio.run(say(edge, "lobby", MESSAGES[:30]))
    asyncio.run(say(hub, "lobby", MESSAGES[30:]))
    assert [row["message"] for row in messages_of(site)["messages"]] == MESSAGES
    page = site.get("/chat/lobby/").text
    assert 'id="message-62"' in page and 'id="message-13"' in page and 'id="message-12"' not in page
    assert "房间 😀</div>" in page and "history-problem" not in page
    assert 'id="message-19"' in site.get("/chat/lobby/?before=20").text
    assert history_of(site) == "ok"


def test_pages_say_that_the_hub_is_away_and_recover(hub, edge, site):
    asyncio.run(say(edge, "lobby", MESSAGES))
    hub.kill()
    wait_for(lambda: history_of(site) == "unavailable", "it is noticed")
    assert "history-problem" in site.get("/chat/lobby/").text
    assert site.get("/api/rooms/lobby/messages").status == 503
    hub.start()
    wait_for(lambda: history_of(site) == "ok", "the hub is back")
    assert [row["message"] for row in messages_of(site)["messages"]] == MESSAGES
    assert "history-problem" not in site.get("/chat/lobby/").text


def test_page_of_the_edge_knows_who_is_logged_in_at_the_hub(site, accounts):
    ann = accounts("add", "Ann")
    assert '"user": "Ann"' in site.get("/chat/lobby/", Cookie=ann["cookie"]).text


def test_logout_at_the_hub_closes_the_sockets_at_the_edge(edge, accounts):
    ann, bob = accounts("add", "ann"), accounts("add", "bob")
    with contextlib.ExitStack() as stack:
        tabs = [stack.enter_context(enter(edge, ann, path)) for path in (ROOM, "/ws/echo/")]
        other = stack.enter_context(enter(edge, bob))
        accounts("logout", ann["cookie"])
        for tab in tabs:
            closes_with(tab, LOGIN_ENDED)
        assert echoes(other)


def test_ban_at_the_hub_closes_the_sockets_everywhere(hub, edge, accounts):
    ann, bob = accounts("add", "ann"), accounts("add", "bob")
    with enter(hub, ann) as there, enter(edge, ann) as here, enter(edge, bob) as other:
        accounts("ban", "ann")
        closes_with(there, FORBIDDEN)
        closes_with(here, FORBIDDEN)
        assert echoes(other)
