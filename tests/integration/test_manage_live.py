# SPDX-License-Identifier: MIT
"""What roomwire-manage does to accounts while people talk: sockets go with the sessions, and an invite's link works."""

import base64
import contextlib
import hashlib
import os
import sqlite3
import time
import urllib.parse

import pytest
from manage import PASSWORD, add_account, objects_of, output_of
from page import Page
from raw_websocket import RawWebSocket, frame
from stack import Broker, Pages, WebServer

LOGIN_ENDED, FORBIDDEN = 4401, 4403
ENDINGS = {
    "changepassword": (("changepassword", "ann"), LOGIN_ENDED),
    "user ban": (("user", "ban", "ann"), FORBIDDEN),
    "user promote": (("user", "promote", "ann"), LOGIN_ENDED),
    "user delete": (("user", "delete", "--yes", "ann"), LOGIN_ENDED),
    "session purge --user": (("session", "purge", "--user", "ann"), LOGIN_ENDED),
    "session purge": (("session", "purge", "--set", "sessions.lifetime_minutes=60"), LOGIN_ENDED),
}


@pytest.fixture(scope="module")
def broker():
    with Broker("broker.threads=2") as running:
        yield running


def log_in(state, name, age_seconds=0):
    """The Cookie header of a session as a login leaves it."""
    key = os.urandom(32)
    then = int((time.time() - age_seconds) * 1000)
    with contextlib.closing(sqlite3.connect(state / "accounts.db")) as database:
        database.execute("INSERT INTO session (key_hash, account, created, seen, address, agent) "
                         "SELECT ?, id, ?, ?, '', '' FROM account WHERE username = ?",
                         (hashlib.sha256(key).digest(), then, then, name))
        database.commit()
    return "Cookie: roomwire_session=" + base64.urlsafe_b64encode(key).decode().rstrip("=")


def is_open(connection):
    """The broker answers a ping behind everything that it has sent before."""
    connection.send(frame(9, b"there?"))
    return connection.heard() == (10, b"there?")


@pytest.mark.parametrize("name", ENDINGS)
def test_sockets_go_with_the_sessions_and_no_others(broker, name):
    command, code = ENDINGS[name]
    for who in ("ann", "bob"):
        if who not in [account["username"] for account in objects_of(broker.state, "user", "list")]:
            add_account(broker.state, who)
    ann = log_in(broker.state, "ann", age_seconds=2 * 3600)
    bob = log_in(broker.state, "bob")
    with RawWebSocket(broker.port, "/ws/chat/lobby/", ann) as hers, \
            RawWebSocket(broker.port, "/ws/echo/", ann) as hers_too, \
            RawWebSocket(broker.port, "/ws/chat/lobby/", bob) as his, \
            RawWebSocket(broker.port, "/ws/chat/lobby/") as guests:
        for connection in (hers, hers_too, his, guests):
            assert is_open(connection)
        output_of(broker.state, *command, input=PASSWORD + "\n")
        assert hers.all_heard()[-1] == code and hers_too.all_heard()[-1] == code
        assert is_open(his) and is_open(guests)
    if code == FORBIDDEN:
        output_of(broker.state, "user", "unban", "ann")


def register(web, link, name):
    """The status of sending the form behind a link, filled in."""
    path = urllib.parse.urlsplit(link)._replace(scheme="", netloc="").geturl()
    answer = web.get(path)
    if answer.status != 200:
        return answer.status
    fields = Page(answer.text).forms["/accounts/register/"] | {"username": name, "password": PASSWORD}
    return web.post("/accounts/register/", fields, Cookie=answer.cookie).status


def test_a_link_registers_as_many_people_as_it_says(broker):
    settings = ("site.registration=invite", "accounts.password_kibibytes=8192", "accounts.password_passes=1")
    [invite] = objects_of(broker.state, "invite", "--uses", "2")
    [deleted] = objects_of(broker.state, "invite")
    output_of(broker.state, "invite", "delete", deleted["id"])
    with Pages(broker.state, *settings) as pages, WebServer(pages) as web:
        assert [register(web, invite["link"], name) for name in ("carol", "dave", "erin")] == [303, 303, 403]
        assert register(web, deleted["link"], "erin") == 403
    names = {account["username"] for account in objects_of(broker.state, "user", "list")}
    assert {"carol", "dave"} <= names and "erin" not in names
