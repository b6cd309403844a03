# SPDX-License-Identifier: MIT
"""A host without accounts.db: its broker and its pages ask the broker that has one, over its control socket or, on an
edge, by way of the layer; and whoever logs out there loses the sockets here."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket

import jwt
import pytest
from account_site import CHEAP, Browser
from raw_websocket import RawWebSocket, TEXT, frame
from redis_server import RedisServer
from stack import Broker, Pages, WebServer, free_pair, raw_request, status_of, wait_for
from test_layer import nng_may_leak  # autouse: what is on its way to a hub that goes
from test_sessions import FORBIDDEN, LOGIN_ENDED, ROOM, Accounts, closes_with, echoes, enter, guest_cookie, members
from test_tickets import KEY, claims, put_key, wait_until_open



class Home(Broker):
    """The broker that has the accounts."""

    def __init__(self, *settings):
        super().__init__("broker.threads=2", *settings)

    def elsewhere(self):
        """The settings of others."""
        return [f"accounts.broker={self.ipc('control')}"]


class Hub(Home):
    """The same of a rack, whose edges are on other hosts."""

    def __init__(self):
        self.url = f"tcp://127.0.0.1:{free_pair()}"
        super().__init__("layer.backend=nng", f"layer.listen={self.url}")
        path = self.state / "layer.key"
        path.write_text("k" * 40 + "\n")
        path.chmod(0o600)
        self.key = f"layer.key_file={path}"
        self.settings = (*self.settings, self.key)

    def elsewhere(self):
        return ["layer.backend=nng", f"layer.hub={self.url}", self.key]


def without_accounts(home, *settings):
    """A broker elsewhere, of the same site."""
    broker = Broker("broker.threads=2", *home.elsewhere(), *settings)
    shutil.copy(home.state / "secret.key", broker.state)
    return broker


@pytest.fixture(name="home", params=[Home, Hub], ids=["ipc", "hub"])
def fixture_home(request):
    with request.param() as broker:
        yield broker


@pytest.fixture(name="rack")
def fixture_rack():
    with Hub() as hub, without_accounts(hub) as edge:
        yield hub, edge


@pytest.fixture(name="away")
def fixture_away(home):
    with without_accounts(home) as broker:
        yield broker
        assert not (broker.state / "accounts.db").exists()


@pytest.fixture(name="accounts")
def fixture_accounts(home):
    return Accounts(home)


def knock(who):
    return (f"GET {ROOM} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Cookie: {who['cookie']}\r\n\r\n").encode()


def status_at(broker, who):
    return status_of(raw_request(broker.port, knock(who)))


def is_told_to_come_back(broker, who):
    answer = raw_request(broker.port, knock(who))
    return status_of(answer) == 503 and b"retry-after: " in answer.lower()


def test_who_is_logged_in_there_speaks_as_the_account_here(away, accounts):
    ann = accounts("add", "Ann")
    with enter(away, ann) as connection:
        assert "set-cookie" not in connection.head.lower()
        connection.send(frame(TEXT, b'{"message": "hello"}'))
        opcode, payload = connection.heard()
        assert opcode == TEXT and json.loads(payload)["user"] == "Ann"
        wait_for(lambda: list(members(away)) == [ann["id"]], "it is in the room")


def test_logout_there_closes_exactly_the_sockets_of_that_session_here(away, accounts):
    here = accounts("add", "ann")
    there = accounts("login", "ann")
    other = accounts("add", "bob")
    with contextlib.ExitStack() as stack:
        tabs = [stack.enter_context(enter(away, here, path)) for path in (ROOM, "/ws/echo/")]
        others = [stack.enter_context(enter(away, who)) for who in (there, other, None)]
        accounts("logout", here["cookie"])
        for tab in tabs:
            closes_with(tab, LOGIN_ENDED)
        assert all(map(echoes, others))
        with enter(away, here) as guest:
            assert "set-cookie: roomwire=" in guest.head.lower()


@pytest.mark.parametrize("verb, code", [("password", LOGIN_ENDED), ("ban", FORBIDDEN)])
def test_password_change_and_ban_there_close_all_sessions_here(away, accounts, verb, code):
    sessions = [accounts("add", "ann"), accounts("login", "ann")]
    other = accounts("add", "bob")
    with enter(away, sessions[0]) as one, enter(away, sessions[1]) as two, enter(away, other) as bob:
        accounts(verb, "ann")
        closes_with(one, code)
        closes_with(two, code)
        assert echoes(bob)


def test_guest_who_registers_there_keeps_the_id_and_not_the_socket_here(away, accounts):
    with enter(away) as guest:
        cookie = guest_cookie(guest)
        identity, = wait_for(lambda: members(away), "the guest is in the room")
        ann = accounts("add", "ann", identity)
        closes_with(guest, LOGIN_ENDED)
    with enter(away, ann):
        wait_for(lambda: list(members(away)) == [identity], "it is in the room")
    with RawWebSocket(away.port, ROOM, f"Cookie: {cookie}") as stranger:  # the guest's cookie is nobody's now
        assert "set-cookie: roomwire=" in stranger.head.lower()


def test_guest_whose_name_somebody_takes_there_is_called_otherwise_here(home, away, accounts):
    with Pages(away.state, *away.settings) as pages, WebServer(pages) as site:
        cookie = rename_guest(site, "zoe").cookie
    ann = accounts("add", "ann")
    with RawWebSocket(away.port, ROOM, f"Cookie: {cookie}") as guest:
        wait_for(lambda: names(away) == ["zoe"], "it is in the room")
        accounts("rename", "ann", "Zoe")
        closes_with(guest, LOGIN_ENDED)
    with RawWebSocket(away.port, ROOM, f"Cookie: {cookie}") as guest, enter(away, ann):
        both = wait_for(lambda: len(names(away)) == 2 and names(away), "both are in the room")
        assert both[0] == "Zoe" and both[1].startswith("guest-")


def test_session_in_use_here_counts_as_in_use_there(home, away, accounts):
    ann = accounts("add", "ann")
    assert home.control(op="sessions")["sessions"] == []
    with enter(away, ann):
        here = wait_for(lambda: away.control(op="sessions")["sessions"], "it is open")
        assert home.control(op="sessions")["sessions"] == here
    with enter(home, ann):
        both = wait_for(lambda: home.control(op="sessions", limit=1), "it is open there, too")
        assert both["sessions"] == here and both["more"]
        assert home.control(op="sessions", after=both["next"])["sessions"] == here


def test_many_newcomers_wait_together(away, accounts):
    sessions = [accounts("add", f"user{number}") for number in range(5)]
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            for who in sessions:
                stack.enter_context(enter(away, who))
        wait_for(lambda: sorted(members(away).values()) == [20] * 5, "all are in")


def test_session_is_unreadable_while_nobody_answers_and_sockets_stay(home, away, accounts):
    ann, bob = accounts("add", "ann"), accounts("add", "bob")
    with enter(away, ann, "/ws/echo/") as connection:
        os.kill(home.process.pid, signal.SIGSTOP)
        assert is_told_to_come_back(away, bob)
        assert echoes(connection)
        with enter(away, path="/ws/echo/") as guest:  # who is nobody needs nobody
            assert echoes(guest)
        accounts("logout", ann["cookie"])
        os.kill(home.process.pid, signal.SIGCONT)
        assert connection.all_heard()[-1] == LOGIN_ENDED
        wait_for(lambda: status_at(away, bob) == 101, "it is asked again")


def test_broker_that_has_the_accounts_may_restart(home, away, accounts):
    ann, bob = accounts("add", "ann"), accounts("add", "bob")
    with enter(away, ann) as connection, enter(away, bob, "/ws/echo/") as other:
        home.kill()
        accounts("logout", ann["cookie"])
        home.start()
        assert connection.all_heard()[-1] == LOGIN_ENDED
        assert echoes(other)


def test_newcomer_who_goes_while_somebody_is_asked_is_forgotten(home, away, accounts):
    ann = accounts("add", "ann")
    os.kill(home.process.pid, signal.SIGSTOP)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", away.port)) as connection:
            connection.sendall(knock(ann))
    os.kill(home.process.pid, signal.SIGCONT)
    with enter(away, ann) as connection:
        assert echoes(connection)
        wait_for(lambda: members(away) == {ann["id"]: 1}, "nobody else is there")


def names(broker):
    return sorted(member["user"] for member in broker.control(op="members", room="lobby")["members"])


def csrf_token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def rename_guest(site, name):
    page = site.get("/chat/name")
    return site.post("/chat/name", {"csrf_token": csrf_token(page), "name": name}, Cookie=page.cookie)


def ticket_of(**others):
    return jwt.encode(claims(**others), KEY, algorithm="HS256")


def with_ticket(broker, token):
    return RawWebSocket(broker.port, f"{ROOM}?ticket={token}")


def test_ticket_is_used_at_one_broker_alone(home, away):
    for broker in (home, away):
        put_key(broker, "ticket.key", KEY)
    wait_until_open(home)
    wait_until_open(away)
    with without_accounts(home) as third:
        put_key(third, "ticket.key", KEY)
        wait_until_open(third)
        for order in ((home, away, third), (away, home, third), (third, away, home), (away, away, away)):
            token = ticket_of()
            with with_ticket(order[0], token) as first:
                assert echoes(first)
                for broker in order[1:]:
                    with with_ticket(broker, token) as again:
                        assert again.all_heard()[-1] == LOGIN_ENDED


def test_ticket_is_settled_at_the_hub_of_an_edge_with_accounts_of_its_own(rack):
    hub, edge = rack
    with without_accounts(hub, "accounts.broker=here") as other:
        for broker in (hub, edge, other):
            put_key(broker, "ticket.key", KEY)
        wait_until_open(other)
        for order in ((other, hub, edge), (edge, other), (hub, other)):
            token = ticket_of()
            with with_ticket(order[0], token) as first:
                assert echoes(first)
                for broker in order[1:]:
                    with with_ticket(broker, token) as again:
                        assert again.all_heard()[-1] == LOGIN_ENDED
        ann = Accounts(other)("add", "ann")
        with enter(other, ann):
            wait_for(lambda: list(members(other)) == [ann["id"]], "it is in the room")


@pytest.fixture(name="redis")
def fixture_redis():
    with RedisServer() as server:
        yield server


def test_ticket_is_used_once_by_brokers_that_share_a_redis(redis):
    settings = ("broker.threads=1", "layer.backend=redis", f"redis.url={redis.url}")
    with Broker(*settings) as one, Broker(*settings) as two:
        shutil.copy(one.state / "secret.key", two.state)
        for broker in (one, two):
            put_key(broker, "ticket.key", KEY)
            wait_until_open(broker)
        for order in ((one, two, one), (two, one), (one, one, two)):
            token = ticket_of()
            with with_ticket(order[0], token) as first:
                assert echoes(first)
                for broker in order[1:]:
                    with with_ticket(broker, token) as again:
                        assert again.all_heard()[-1] == LOGIN_ENDED
        key, = redis.client().keys("roomwire:ticket:*")[:1]
        assert 0 < redis.client().ttl(key) <= 302
        redis.kill()
        wait_for(lambda: one.control(op="stats")["history"] == "unavailable", "the link is down")
        answer = raw_request(one.port, knock({"cookie": ""}).replace(b"lobby/", f"lobby/?ticket={ticket_of()}".encode()))
        assert status_of(answer) == 503


@pytest.fixture(name="site")
def fixture_site(away):
    with Pages(away.state, *away.settings) as pages, WebServer(pages) as web:
        yield web


def test_pages_know_who_is_logged_in_there(site, accounts):
    ann = accounts("add", "Ann")
    page = site.get("/chat/lobby/", Cookie=ann["cookie"]).text
    assert '"user": "Ann"' in page and '"isGuest": false' in page
    assert '"isGuest": true' in site.get("/chat/lobby/").text
    accounts("logout", ann["cookie"])
    wait_for(lambda: '"isGuest": true' in site.get("/chat/lobby/", Cookie=ann["cookie"]).text, "it is known here", 1)


def test_pages_of_accounts_say_where_they_are(site):
    for path in ("login", "register", "logout", "password", "profile", "sessions"):
        page = site.get(f"/accounts/{path}/")
        assert page.status == 503 and "another host" in page.text


def test_guest_may_not_take_a_name_of_an_account_there(site, accounts):
    accounts("add", "ann")
    taken = rename_guest(site, "ANN")
    assert taken.status == 400 and "Somebody has this name" in taken.text
    free = rename_guest(site, "zoe")
    assert free.status == 303
    assert '"user": "zoe"' in site.get("/chat/lobby/", Cookie=free.cookie).text


def test_account_is_not_renamed_here(site, accounts):
    ann = accounts("add", "ann")
    token = csrf_token(site.get("/chat/name", Cookie=ann["cookie"]))
    answer = site.post("/chat/name", {"csrf_token": token, "name": "zoe"}, Cookie=ann["cookie"])
    assert answer.status == 503 and "another host" in answer.text


def test_pages_say_that_nobody_can_say(home, site, accounts):
    ann = accounts("add", "ann")
    os.kill(home.process.pid, signal.SIGSTOP)
    assert site.get("/chat/lobby/", Cookie=ann["cookie"]).status == 503
    assert site.get("/chat/lobby/").status == 200
    os.kill(home.process.pid, signal.SIGCONT)
    wait_for(lambda: site.get("/chat/lobby/", Cookie=ann["cookie"]).status == 200, "it is asked again")


def test_who_logs_in_and_out_at_the_hubs_pages_does_so_at_the_edge(rack):
    hub, edge = rack
    with contextlib.ExitStack() as stack:
        webs = [stack.enter_context(WebServer(stack.enter_context(Pages(broker.state, *broker.settings, *CHEAP))))
                for broker in (hub, edge)]
        ann, elsewhere = (Browser(web.port) for web in webs)
        ann.register("Ann")
        elsewhere.cookies = ann.cookies
        assert elsewhere.name() == "Ann" and elsewhere.is_logged_in()
        with enter(edge, {"cookie": ann.cookie_header()}) as connection:
            wait_for(lambda: names(edge) == ["Ann"], "it is in the room")
            ann.log_out()
            closes_with(connection, LOGIN_ENDED)
        wait_for(lambda: not elsewhere.is_logged_in(), "the page knows it, too")
        assert not (edge.state / "accounts.db").exists()


def test_hub_that_is_lost_is_told_of_until_it_is_back(rack):
    hub, edge = rack
    ann = Accounts(hub)("add", "ann")
    with Pages(edge.state, *edge.settings) as pages, WebServer(pages) as site:
        hub.kill()
        wait_for(lambda: "event=hub_lost" in edge.log(), "the edge knows it")
        assert is_told_to_come_back(edge, ann)
        page = site.get("/chat/lobby/", Cookie=ann["cookie"])
        assert page.status == 503 and page.headers["Retry-After"]
        with enter(edge, path="/ws/echo/") as guest:
            assert echoes(guest)
        hub.start()
        wait_for(lambda: status_at(edge, ann) == 101, "it is asked again")
        wait_for(lambda: site.get("/chat/lobby/", Cookie=ann["cookie"]).status == 200, "by the pages, too")


def test_accounts_that_an_edge_has_and_does_not_ask_are_told_of(rack):
    hub, edge = rack
    assert "accounts_not_read" not in edge.log()
    other = without_accounts(hub)
    Accounts(other)("add", "ann")
    with other:
        assert "event=accounts_not_read" in other.log() and "broker = here" in other.log()
