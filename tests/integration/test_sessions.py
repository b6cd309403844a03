# SPDX-License-Identifier: MIT
"""Accounts at the broker: whoever logs out, is banned or changes a password loses the sockets, and nobody else does (how
soon is shown with a clock of its own, tests/unit/broker/test_revoker.c); while accounts.db cannot be read nobody is
taken for somebody else."""

import base64
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from raw_websocket import RawWebSocket, frame, upgrade_request, TEXT
from stack import DEADLINE_SECONDS, TOOLS, Broker, raw_request, status_of, wait_for

LOGIN_ENDED, FORBIDDEN, TRY_AGAIN_LATER = 4401, 4403, 1013
LOCK_WAIT_SECONDS = 5  # what others wait for a lock
ROOM = "/ws/chat/lobby/"


class Accounts:
    """What the pages would do with accounts.db (tests/support/account.c)."""

    def __init__(self, broker):
        self.state = broker.state

    def __call__(self, *words, later=None):
        command = [str(TOOLS / "bin/account"), str(self.state)]
        if later is not None:
            command += ["--later", str(later)]
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None


@pytest.fixture(name="broker")
def fixture_broker():
    with Broker("broker.threads=2", "broker.log_level=debug") as broker:
        yield broker


@pytest.fixture(name="accounts")
def fixture_accounts(broker):
    return Accounts(broker)


def enter(broker, who=None, path=ROOM):
    return RawWebSocket(broker.port, path, *([f"Cookie: {who['cookie']}"] if who else []))


def members(broker):
    return {member["sender"]: len(member["channels"]) for member in broker.control(op="members", room="lobby")["members"]}


def stat(broker, name):
    return broker.control(op="stats")["stats"][name]


def closes_with(connection, code):
    assert connection.all_heard()[-1] == code


def echoes(connection):
    """It is open: the broker answers a ping behind everything that it has sent before."""
    connection.send(frame(9, b"there?"))
    return connection.heard() == (10, b"there?")


def test_who_is_logged_in_speaks_as_the_account(broker, accounts):
    ann = accounts("add", "Ann")
    with enter(broker, ann) as connection:
        assert "set-cookie" not in connection.head.lower()
        connection.send(frame(TEXT, b'{"message": "hello"}'))
        opcode, payload = connection.heard()
        assert opcode == TEXT and json.loads(payload)["user"] == "Ann"
        wait_for(lambda: list(members(broker)) == [ann["id"]], "it is in the room")


def test_logout_closes_exactly_the_sockets_of_that_session(broker, accounts):
    here = accounts("add", "ann")
    there = accounts("login", "ann")
    other = accounts("add", "bob")
    with contextlib.ExitStack() as stack:
        tabs = [stack.enter_context(enter(broker, here, path)) for path in (ROOM, ROOM, "/ws/echo/", "/ws/ticker/")]
        others = [stack.enter_context(enter(broker, who, path))
                  for who in (there, other, None) for path in (ROOM, "/ws/echo/")]
        accounts("logout", here["cookie"])
        for tab in tabs:
            closes_with(tab, LOGIN_ENDED)
        assert all(map(echoes, others))
        assert stat(broker, "closed_logged_out") == len(tabs)
        with enter(broker, here) as guest:
            assert "set-cookie: roomwire=" in guest.head.lower()
            wait_for(lambda: len(members(broker)) == 4, "somebody new is there")


@pytest.mark.parametrize("verb, code", [("password", LOGIN_ENDED), ("ban", FORBIDDEN)])
def test_password_change_and_ban_close_all_sessions_of_the_user(broker, accounts, verb, code):
    sessions = [accounts("add", "ann"), accounts("login", "ann")]
    other = accounts("add", "bob")
    with enter(broker, sessions[0]) as one, enter(broker, sessions[1]) as two, enter(broker, other) as bob:
        accounts(verb, "ann")
        closes_with(one, code)
        closes_with(two, code)
        assert echoes(bob)


def test_ban_is_over_when_it_is_over(broker, accounts):
    accounts("add", "ann")
    accounts("ban", "ann")
    accounts("unban", "ann")
    ann = accounts("login", "ann")
    with enter(broker, ann) as connection:
        assert echoes(connection)
        wait_for(lambda: list(members(broker)) == [ann["id"]], "it is in the room")


def test_new_name_is_there_after_the_sockets_came_back(broker, accounts):
    ann = accounts("add", "ann")
    with enter(broker, ann) as before:
        accounts("rename", "ann", "Ann of Green Gables")
        with enter(broker, ann) as after:  # perhaps before the broker has looked: it is not closed with the old one
            closes_with(before, LOGIN_ENDED)
            assert echoes(after)
            wait_for(lambda: [member["user"] for member in broker.control(op="members", room="lobby")["members"]]
                     == ["Ann of Green Gables"], "the new name alone is there")


def guest_cookie(connection):
    return re.search(r"(?i)set-cookie: (roomwire=[^;]+)", connection.head)[1]


def test_guest_who_registers_keeps_the_id_and_not_the_socket(broker, accounts):
    with enter(broker) as guest:
        cookie = guest_cookie(guest)
        identity, = wait_for(lambda: members(broker), "the guest is in the room")
        ann = accounts("add", "ann", identity)
        closes_with(guest, LOGIN_ENDED)
    assert ann["id"] == identity
    with enter(broker, ann):
        wait_for(lambda: list(members(broker)) == [identity], "it is in the room")
    with RawWebSocket(broker.port, ROOM, f"Cookie: {cookie}") as stranger:  # the guest's cookie is nobody's now
        assert "set-cookie: roomwire=" in stranger.head.lower()
        wait_for(lambda: members(broker) and identity not in members(broker), "it is somebody new")


def test_guest_who_logs_in_loses_the_guests_sockets(broker, accounts):
    accounts("add", "ann")
    with enter(broker) as guest:
        identity, = wait_for(lambda: members(broker), "the guest is in the room")
        with enter(broker) as other:
            accounts("login", "ann", identity)
            closes_with(guest, LOGIN_ENDED)
            assert echoes(other)


def test_what_was_revoked_while_the_broker_slept_is_not_missed(broker, accounts):
    """More of it than is kept: everybody is asked about."""
    ann, bob, carl = (accounts("add", name) for name in ("ann", "bob", "carl"))
    with enter(broker, ann) as first, enter(broker, bob) as second, enter(broker, carl) as third:
        os.kill(broker.process.pid, signal.SIGSTOP)
        try:
            accounts("logout", ann["cookie"])
            accounts("logout", bob["cookie"], later=3600)
        finally:
            os.kill(broker.process.pid, signal.SIGCONT)
        closes_with(first, LOGIN_ENDED)
        closes_with(second, LOGIN_ENDED)
        assert echoes(third)
        assert "event=asking_anew" in broker.log()


def test_logout_before_the_head_is_whole_counts(broker, accounts):
    """The session is looked up when the request is judged, not when it begins."""
    ann = accounts("add", "ann")
    with enter(broker, ann):
        head = upgrade_request(ROOM, f"Cookie: {ann['cookie']}")
        with socket.create_connection(("127.0.0.1", broker.port), DEADLINE_SECONDS) as slow:
            slow.sendall(head[:-2])
            accounts("logout", ann["cookie"])
            slow.sendall(head[-2:])
            answer = slow.recv(65536)
            assert status_of(answer) == 101 and b"set-cookie: roomwire=" in answer.lower()


def replace_by_folder(path):
    path.mkdir()


def replace_by_garbage(path):
    path.write_bytes(b"no database " * 1000)


def replace_by_nothing(path):
    assert not path.exists()


@pytest.mark.parametrize("replace", [replace_by_folder, replace_by_garbage, replace_by_nothing])
def test_session_is_nobodys_guest_while_accounts_cannot_be_read(broker, accounts, replace):
    ann = accounts("add", "ann")
    path = broker.state / "accounts.db"
    with enter(broker, ann) as connection:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        away = path.rename(broker.state / "accounts.away")
        replace(path)
        request = upgrade_request(ROOM, f"Cookie: {ann['cookie']}")
        answer = wait_for(lambda: (lambda got: got if status_of(got) == 503 else None)(
            raw_request(broker.port, request)), "sessions are refused")
        assert b"\r\nRetry-After: " in answer
        with enter(broker) as guest:
            assert echoes(guest)
        assert echoes(connection)
        assert stat(broker, "refused_accounts") > 0
        if path.is_dir():
            path.rmdir()
        away.replace(path)
        wait_for(lambda: status_of(raw_request(broker.port, request)) == 101, "sessions are known again")
        accounts("logout", ann["cookie"])
        closes_with(connection, LOGIN_ENDED)


def test_locked_accounts_hold_nobody_up(broker, accounts):
    """Who wants them alone gets them before the broker has opened them."""
    ann = accounts("add", "ann")
    with contextlib.closing(sqlite3.connect(broker.state / "accounts.db", isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        seconds = []
        for _ in range(5):
            begin = time.monotonic()
            assert status_of(raw_request(broker.port, upgrade_request(ROOM, f"Cookie: {ann['cookie']}"))) == 503
            with enter(broker) as guest:
                assert guest.all_heard() == [TRY_AGAIN_LATER], "the room's rules are not known, either"
            seconds.append(time.monotonic() - begin)
        assert min(seconds) < LOCK_WAIT_SECONDS
    wait_for(lambda: status_of(raw_request(broker.port, upgrade_request(ROOM, f"Cookie: {ann['cookie']}"))) == 101,
             "sessions are known again")


def test_where_guests_are_not_wanted_a_login_is_needed():
    with Broker("site.guests=no") as broker:
        accounts = Accounts(broker)
        assert status_of(raw_request(broker.port, upgrade_request(ROOM))) == 401
        ann = accounts("add", "ann")
        with enter(broker, ann) as connection:
            assert echoes(connection)
        assert status_of(raw_request(broker.port, upgrade_request(ROOM))) == 401
        assert stat(broker, "refused_login") == 2


def test_page_of_another_user_gets_no_socket(broker, accounts):
    ann = accounts("add", "ann")
    with enter(broker) as listener, enter(broker, ann, f"{ROOM}?as=bm9ib2R5") as wrong:
        wrong.send(frame(TEXT, b'{"message": "said as somebody else"}'))
        assert wrong.all_heard() == [LOGIN_ENDED]
        wait_for(lambda: stat(broker, "closed_other_user") == 1, "it is counted")
        assert echoes(listener)  # and has heard nothing
        assert ann["id"] not in members(broker)


def test_first_account_is_known_at_once(broker, accounts):
    """There is no accounts.db when the broker starts, and sockets are open already."""
    with enter(broker) as guest:
        ann = accounts("add", "ann")
        with enter(broker, ann) as connection:
            assert "set-cookie" not in connection.head.lower()
            wait_for(lambda: ann["id"] in members(broker), "she is in the room")
        assert echoes(guest)


def test_live_sessions_are_listed_with_a_cursor(broker, accounts):
    people = [accounts("add", f"person{i}") for i in range(5)]
    with contextlib.ExitStack() as stack:
        for who in (*people, people[0]):
            stack.enter_context(enter(broker, who))
        stack.enter_context(enter(broker))
        keys, after = [], ""
        while after is not None:
            answer = broker.control(op="sessions", after=after, limit=2)
            assert answer["ok"] and len(answer["sessions"]) <= 2
            keys += answer["sessions"]
            after = answer.get("next")
            assert answer["more"] == (after is not None)
        assert sorted(keys) == sorted(who["key"] for who in people)
        assert all(len(base64.urlsafe_b64decode(key + "=")) == 32 for key in keys)
    wait_for(lambda: broker.control(op="sessions")["sessions"] == [], "nobody is left")


def test_log_tells_who_without_the_cookie(broker, accounts):
    ann = accounts("add", "ann")
    with enter(broker, ann) as connection:
        assert echoes(connection)
    line = wait_for(lambda: re.search(r".*event=closed.*", broker.log()), "it is logged")[0]
    session = re.search(f"user={ann['id']} session=([\\w-]{{8}})$", line)[1]
    opened = re.search(r".*event=open .*", broker.log())[0]
    assert opened.endswith(f"user={ann['id']} session={session}")
    assert ann["cookie"].split("=")[1] not in broker.log() and ann["key"] not in broker.log()
    assert not ann["key"].startswith(session)
