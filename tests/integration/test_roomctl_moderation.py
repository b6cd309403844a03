# SPDX-License-Identifier: MIT
"""Who keeps order from a shell: what roomctl asks of the broker, word for word, and what that does to people."""

import asyncio
import json
import os

import pytest
import websockets
from roomctl import REFUSED, UNAVAILABLE, USAGE, awk, environment_of, output_of, roomctl, with_both_awks  # noqa: F401
from stack import DEADLINE_SECONDS, Broker, receive_type
from test_sessions import Accounts

ORDERS = {
    ("topic", "r", "what it is about"): {"action": "topic", "text": "what it is about"},
    ("topic", "r", "--json"): {"action": "topic", "text": "--json"},
    ("lock", "r"): {"action": "lock", "on": True},
    ("unlock", "r"): {"action": "lock", "on": False},
    ("slow", "r", "30"): {"action": "slow", "seconds": 30},
    ("slow", "r", "0"): {"action": "slow", "seconds": 0},
    ("members-only", "r", "on"): {"action": "members_only", "on": True},
    ("hide", "r", "off"): {"action": "hide", "on": False},
    ("mute", "r", "ann"): {"action": "mute", "user": "ann"},
    ("mute", "r", "ann", "--seconds", "60", "--reason", 'a "b"\\'):
        {"action": "mute", "user": "ann", "seconds": 60, "text": 'a "b"\\'},
    ("mute", "--seconds=60", "r", "ann"): {"action": "mute", "user": "ann", "seconds": 60},
    ("unmute", "r", "ann"): {"action": "unmute", "user": "ann"},
    ("kick", "r", "ann", "--reason", "enough"): {"action": "kick", "user": "ann", "text": "enough"},
    ("ban", "r", "ann", "--by", "address"): {"action": "ban", "user": "ann", "by": "address"},
    ("ban", "r", "--by=session", "ann", "--seconds", "5"): {"action": "ban", "user": "ann", "by": "session", "seconds": 5},
    ("unban", "r", "ann"): {"action": "unban", "user": "ann"},
    ("unban", "r", "192.0.2.0/24", "--by", "address"): {"action": "unban", "address": "192.0.2.0/24"},
    ("role", "r", "ann", "moderator"): {"action": "role", "user": "ann", "role": "moderator"},
    # Whatever looks like an option.
    ("ban", "--", "r", "-ann"): {"action": "ban", "user": "-ann"},
    ("ban", "--seconds", "5", "r", "--", "--json"): {"action": "ban", "user": "--json", "seconds": 5},
    ("role", "r", "--json", "member"): {"action": "role", "user": "--json", "role": "member"},
    ("kick", "r", "$(id) `id` 房间"): {"action": "kick", "user": "$(id) `id` 房间"},
}

WRONG = {
    "a name is missing": ("mute", "r"),
    "a name is empty": ("ban", "r", ""),
    "a room is empty": ("ban", "", "ann"),
    "a name that is an option": ("ban", "r", "-ann"),
    "too many": ("kick", "r", "ann", "bob"),
    "no number": ("mute", "r", "ann", "--seconds", "1h"),
    "nothing as a number": ("mute", "r", "ann", "--seconds", ""),
    "for good is no number": ("mute", "r", "ann", "--seconds", "0"),
    "a pause that is none": ("slow", "r", "fast"),
    "neither on nor off": ("hide", "r", "maybe"),
    "by what is not known": ("ban", "r", "ann", "--by", "name"),
    "by a session of nobody": ("unban", "r", "ann", "--by", "session"),
    "an option of another": ("kick", "r", "ann", "--seconds", "5"),
    "a role is missing": ("role", "r", "ann"),
    "two rooms": ("connections", "r", "s"),
}


@pytest.fixture
def asked(tmp_path):
    """What roomctl asks, of an nngcat in its PATH that answers as the test likes."""
    def ask(answer, *arguments):
        (tmp_path / "answer").write_text(answer)
        fake = tmp_path / "nngcat"
        fake.write_text('#!/bin/sh\ncat >"${0%/*}/asked"\ncat "${0%/*}/answer"\n')
        fake.chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        result = roomctl(None, *arguments, env=environment_of(tmp_path, PATH=path))
        request = tmp_path / "asked"
        return result, json.loads(request.read_text()) if request.exists() else None
    return ask


@pytest.mark.parametrize("arguments", ORDERS, ids=" ".join)
def test_an_order_is_asked_for_as_it_was_given(asked, arguments):
    result, request = asked('{"ok": true}', *arguments)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert request == {"op": "moderate", "room": "r", "via": "shell", **ORDERS[arguments]}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_order_is_not_asked_for(asked, name):
    result, request = asked('{"ok": true}', *WRONG[name])
    assert (result.returncode, result.stdout, request) == (USAGE, "", None)
    assert result.stderr.startswith("roomctl: ") and result.stderr.endswith("(see roomctl --help)\n")


def test_a_refusal_is_told_in_its_words(asked):
    answer = '{"ok": false, "error": "nobody", "message": "There is nobody of this name."}'
    result, _ = asked(answer, "kick", "r", "ann")
    assert (result.returncode, result.stdout, result.stderr) == (REFUSED, "", "roomctl: There is nobody of this name.\n")
    result, _ = asked(answer, "--json", "kick", "r", "ann")
    assert (result.returncode, result.stdout) == (REFUSED, answer + "\n")


def test_json_prints_the_answer(asked):
    result, _ = asked('{"ok": true, "more": 1}', "--json", "lock", "r")
    assert result.stdout == '{"ok": true, "more": 1}\n'


def test_without_a_broker_nothing_is_done(tmp_path):
    assert roomctl(tmp_path, "lock", "r").returncode == UNAVAILABLE


@with_both_awks
def test_connections_are_a_line_each(asked):
    row = {"channel": "specific.0123456789ab!1", "room": "r", "user": "ann", "user_id": "A" * 22, "address": "192.0.2.1",
           "transport": "websocket", "since": "2026-11-21T03:35:00.123Z", "role": "owner"}
    bare = {"channel": "specific.0123456789ab!2", "address": "unix", "transport": "longpoll"}
    result, request = asked(json.dumps({"ok": True, "connections": [row, bare], "more": False}), "connections", "r")
    assert request == {"op": "connections", "room": "r", "after": ""}
    assert result.stdout.splitlines() == [
        "specific.0123456789ab!1\tr\tann\t192.0.2.1\twebsocket\t2026-11-21T03:35:00.123Z\towner",
        "specific.0123456789ab!2\t\t\tunix\tlongpoll\t\t"]


@with_both_awks
@pytest.mark.parametrize("rows, sentence", [
    ([], "Nobody in that room has this name."),
    ([("bob", "B")], "Nobody in that room has this name."),
    ([("ann", "A"), ("ann", "B")], "Several people in that room have this name.")])
def test_a_standing_is_that_of_one_person(asked, rows, sentence):
    connections = [{"channel": "specific.0123456789ab!1", "user": user, "user_id": letter * 22} for user, letter in rows]
    result, _ = asked(json.dumps({"ok": True, "connections": connections, "more": False}), "standing", "r", "ann")
    assert (result.returncode, result.stderr) == (REFUSED, f"roomctl: {sentence}\n")


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


def test_connections_are_listed_to_their_end(broker):
    async def story():
        async with broker.connect("/ws/chat/listed/", version1=True) as ann, broker.connect("/ws/chat/other/"):
            name = (await receive_type(ann, "welcome"))["user"]
            [line] = output_of(broker, "connections", "listed").splitlines()
            channel, room, user, address, transport, since, role = line.split("\t")
            assert (room, user, address, transport, role) == ("listed", name, "127.0.0.1", "websocket", "guest")
            assert since.endswith("Z")
            assert len(output_of(broker, "connections").splitlines()) == 2
            assert output_of(broker, "connections", "nobody") == ""
            output_of(broker, "close", channel)
            await asyncio.wait_for(ann.wait_closed(), DEADLINE_SECONDS)
            assert ann.close_code == 4403
    asyncio.run(story())


class Somebody:
    """A connection to a room."""

    def __init__(self, broker, who=None, room="lobby"):
        headers = {"Cookie": who["cookie"]} if who else {}
        self.connecting = broker.connect(f"/ws/chat/{room}/", version1=True, extra_headers=headers)

    async def __aenter__(self):
        self.connection = await self.connecting.__aenter__()
        self.welcome = await self.hear("welcome")
        self.name = self.welcome["user"]
        return self

    async def __aexit__(self, *error):
        await self.connecting.__aexit__(*error)

    async def hear(self, kind, **members):
        """The next object of that type with those members."""
        while True:
            told = await receive_type(self.connection, kind)
            if all(told.get(key) == value for key, value in members.items()):
                return told

    async def say(self):
        """"ack", or the code of a refusal."""
        await self.connection.send(json.dumps({"type": "message", "message": "hello", "ref": os.urandom(8).hex()}))
        while True:
            told = json.loads(await asyncio.wait_for(self.connection.recv(), DEADLINE_SECONDS))
            if "ref" in told:
                return told.get("code", told["type"])

    async def closed(self):
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await asyncio.wait_for(self.connection.recv(), DEADLINE_SECONDS)
        return self.connection.close_code, self.connection.close_reason


async def is_kept_out(broker, who=None):
    """It is let in and closed at once, without a welcome."""
    headers = {"Cookie": who["cookie"]} if who else {}
    async with broker.connect("/ws/chat/shut/", version1=True, extra_headers=headers) as connection:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(connection.recv(), DEADLINE_SECONDS)
        return (connection.close_code, connection.close_reason) == (4403, "banned here")


@pytest.fixture(name="una", scope="module")
def fixture_una(broker):
    return Accounts(broker)("add", "una")


def test_rules_are_set_and_listed(broker):
    async def story():
        async with Somebody(broker, room="ruled") as ann:
            for order in (("topic", "ruled", "all of it"), ("slow", "ruled", "30"), ("hide", "ruled", "on")):
                await asyncio.to_thread(output_of, broker, *order)
            rules = await ann.hear("rules", hidden=True)
            assert (rules["topic"], rules["slow_seconds"]) == ("all of it", 30)
            assert broker.control(op="rooms")["rooms"] == []
            [row] = broker.control(op="rooms", hidden=True)["rooms"]
            assert (row["topic"], row["hidden"], row["slow_seconds"], "locked" in row) == ("all of it", True, 30, False)
            assert output_of(broker, "rooms").startswith("ruled\t1\t")
            output_of(broker, "lock", "ruled")
            assert await ann.say() == "locked"
            output_of(broker, "unlock", "ruled")
            assert await ann.say() == "ack"
    asyncio.run(story())


def test_who_is_muted_is_shown_so_and_says_nothing(broker):
    async def story():
        async with Somebody(broker, room="muted") as ann:
            output_of(broker, "mute", "--reason", "too loud", "muted", ann.name)
            assert await ann.say() == "muted"
            assert "\nmuted_until\t" in "\n" + output_of(broker, "standing", "muted", ann.name)
            async with Somebody(broker, room="muted") as bob:
                assert bob.welcome["muted"] == [ann.name]
            output_of(broker, "unmute", "muted", ann.name)
            assert await ann.say() == "ack"
            assert "muted_until" not in output_of(broker, "standing", "muted", ann.name)
    asyncio.run(story())


def test_who_is_kicked_may_come_back_and_who_is_banned_not(broker, una):
    async def story():
        async with Somebody(broker, una, "shut") as person:
            output_of(broker, "kick", "shut", "una")
            assert await person.closed() == (4403, "kicked")
        async with Somebody(broker, una, "shut") as person:
            output_of(broker, "ban", "shut", "una", "--seconds", "3600")
            assert await person.closed() == (4403, "banned here")
        assert await is_kept_out(broker, una)
        output_of(broker, "unban", "shut", "una")
        async with Somebody(broker, una, "shut"):
            output_of(broker, "ban", "shut", "una", "--by", "address")
        assert await is_kept_out(broker)
        output_of(broker, "unban", "shut", "127.0.0.1", "--by", "address")
        async with Somebody(broker, room="shut"):
            pass
    asyncio.run(story())


def test_a_role_is_shown_beside_the_name(broker, una):
    async def story():
        async with Somebody(broker, una, "roles") as person, Somebody(broker, room="roles") as ann:
            assert "roles" not in ann.welcome
            output_of(broker, "role", "roles", "una", "moderator")
            await ann.hear("moderation", action="role", user="una")
            async with Somebody(broker, room="roles") as bob:
                assert bob.welcome["roles"] == {"una": "moderator"}
            assert output_of(broker, "standing", "roles", "una").startswith("role\tmoderator\n")
            assert sorted(line.split("\t")[6] for line in output_of(broker, "connections", "roles").splitlines()) == [
                "guest", "moderator"]
            assert person.name == "una"
    asyncio.run(story())


def test_who_is_nobody_is_told_so(broker):
    result = roomctl(broker, "kick", "empty", "nobody at all")
    assert result.returncode == REFUSED and result.stderr.startswith("roomctl: ") and result.stderr.endswith(".\n")
