# SPDX-License-Identifier: MIT
"""The schema of the protocol: it says neither more nor less than the broker does, and the manual says the same."""

import asyncio
import contextlib
import json
import re
import time

import pytest
import wire
from jsonschema import Draft202012Validator
from redis_server import RedisServer
from stack import TOP, Broker, eventually, receive, receive_type
from streams import Poll, events
from test_sessions import Accounts

CROWD = 201  # more people are only counted
SIDES = ("from_client", "from_broker", "plain_from_client", "plain_from_broker", "line", "request", "answer")
MANUAL = (TOP / "broker/roomwire-protocol.7").read_text()
# What others choose the members of.
OPEN = {"event", "line_event"}


def names_of(side):
    definition = wire.DEFINITIONS[side]
    rows = definition.get("oneOf", definition.get("anyOf", [definition]))
    return [row["$ref"].removeprefix("#/$defs/") for row in rows]


NAMES = [name for side in SIDES for name in names_of(side)]


async def say(connection, **members):
    wire.check(f"client_{members['type']}", members)
    await connection.send(json.dumps(members))


async def say_plainly(connection, text):
    wire.check("plain_said", {"message": text})
    await connection.send(json.dumps({"message": text}))


async def talk_in_version1(broker):
    async with broker.connect("/ws/chat/lobby/", version1=True) as ann:
        await receive_type(ann, "welcome")
        await receive_type(ann, "presence")
        await say(ann, type="message", message="hello", ref="a1")
        await receive_type(ann, "ack")
        await receive_type(ann, "message")
        await say(ann, type="edit", target=1, message="hello, all")
        assert (await receive_type(ann, "edit"))["target"] == 1
        await say(ann, type="delete", target=1)
        assert (await receive_type(ann, "delete"))["target"] == 1
        await say(ann, type="history", before=10, limit=5)
        assert (await receive_type(ann, "history"))["messages"]
        await say(ann, type="members", after="a")
        assert (await receive_type(ann, "members"))["members"]
        await say(ann, type="ping")
        await receive_type(ann, "pong")
        async with broker.connect("/ws/chat/lobby/", version1=True) as bea:
            await receive_type(bea, "welcome")
            await say(bea, type="typing")
            assert len((await receive_type(ann, "typing"))["users"]) == 1
            for is_away, told in ((True, "away"), (False, "back")):
                await say(bea, type="away", away=is_away)
                while told not in (await receive_type(ann, "presence")):
                    pass
        await ann.send('{"type": "message", "message": "", "ref": "a2"}')
        assert (await receive_type(ann, "error"))["ref"] == "a2"
        assert broker.control(op="group_send", room="lobby", event={"type": "job.done", "job": 7})["ok"]
        await receive_type(ann, "job.done")


async def keep_order(broker):
    """ann has an account and is the first in a room."""
    ann = Accounts(broker)("add", "ann")
    headers = {"Cookie": ann["cookie"]}
    async with broker.connect("/ws/chat/tea/", version1=True, extra_headers=headers) as owner, \
            broker.connect("/ws/chat/tea/", version1=True) as guest:
        name = (await receive_type(guest, "welcome"))["user"]
        await say(owner, type="moderate", action="topic", text="Tea", ref="o1")
        await receive_type(owner, "done")
        assert (await receive_type(guest, "rules"))["topic"] == "Tea"
        await say(owner, type="moderate", action="mute", user=name, seconds=60, ref="o2")
        await receive_type(guest, "moderation")
        await receive_type(guest, "you")
    order = {"op": "moderate", "room": "tea", "action": "lock"}
    number = broker.control(**order, later=True)["order"]
    await eventually(lambda: broker.control(op="ordered", order=number) == {"ok": True}, "it is locked")
    for request in (order, {"op": "standing", "room": "tea", "user_id": "A" * 22}, {"op": "room_changes", "after": 0},
                    {"op": "own_room", "room": "coffee", "user": "ann", "user_id": "A" * 22}):
        assert broker.control(**request)["ok"], request


async def talk_plainly(broker):
    async with broker.connect("/ws/chat/lobby/") as bob:
        await say_plainly(bob, "hello")
        assert (await receive(bob))["message"] == "hello"
        await bob.send("nonsense")
        assert (await receive(bob))["error"] == "not_json"
        assert broker.control(op="announce", message="back at 8")["connections"] == 1
        assert (await receive(bob))["message"].endswith("back at 8")


async def be_a_crowd(broker):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CROWD):
            await stack.enter_async_context(broker.connect("/ws/chat/crowd/", ping_interval=None))
        async with broker.connect("/ws/chat/crowd/", version1=True) as last:
            assert "members_next" in await receive(last)
            await receive_type(last, "count")


def follow(broker):
    with broker.follow("chat_lobby ") as next_line:
        broker.push('chat_lobby {"type":"chat.message","message":"hi","user":"cron"}')
        broker.push('chat_lobby {"type":"job.done","job":7}')
        said, done = [json.loads(next_line().split(" ", 1)[1]) for _ in range(2)]
        assert (said["type"], done["type"]) == ("chat.message", "job.done")
        assert broker.control(op="edit", room="lobby", target=said["seq"], message="hi, all")["ok"]
        assert broker.control(op="delete", room="lobby", target=said["seq"])["ok"]
        assert [json.loads(next_line().split(" ", 1)[1])["type"] for _ in range(2)] == ["edit", "delete"]


async def ask_everything(broker):
    """What has not been asked for already."""
    async with broker.connect("/ws/chat/lobby/", version1=True) as ann:
        await receive(ann)
        for request in ({"op": "rooms"}, {"op": "members", "room": "lobby"}, {"op": "group", "group": "chat_lobby"},
                        {"op": "history", "room": "lobby", "after": 0}, {"op": "stats"}, {"op": "sessions"},
                        {"op": "connections", "room": "lobby"}, {"op": "stats_history"},
                        {"op": "search", "room": "lobby", "query": "hello"},
                        {"op": "say", "room": "lobby", "user": "ann", "user_id": "A" * 22, "message": "hello"},
                        {"op": "session", "session": "A" * 43}, {"op": "guest", "user_id": "A" * 22, "user": "ann"},
                        {"op": "revocations", "after": -1},
                        {"op": "backup", "path": str(broker.state / "copy.db")}):
            assert broker.control(**request)["ok"], request
        assert broker.control(op="flush")["ok"]
        mailbox = broker.control(op="new_channel", prefix="test")["channel"]
        for request in ({"op": "group_add", "room": "lobby", "channel": mailbox},
                        {"op": "send", "channel": mailbox, "message": {"hello": 1}},
                        {"op": "receive", "channel": mailbox, "timeout_ms": 1000},
                        {"op": "group_discard", "group": "chat_lobby", "channel": mailbox}):
            assert broker.control(**request)["ok"], request
        channel = broker.control(op="members", room="lobby")["members"][0]["channels"][0]
        assert broker.control(op="announce", message="soon")["ok"]
        await receive_type(ann, "notice")
        assert broker.control(op="close", channel=channel)["ok"]
    await eventually(lambda: not broker.control(op="close", channel=channel)["ok"], "it is gone")
    ticket = {"op": "ticket", "ticket": "A" * 22, "issued": int(time.time()) + 60}
    assert broker.control(**ticket)["ok"]
    assert broker.control(**ticket)["error"] == "used"


async def poll(broker):
    async with Poll(broker.port, "/poll/chat/quiet/?wait=0") as answer:
        heard = await events(answer)
    assert (heard[0]["type"], heard[-1]["type"]) == ("welcome", "close")


async def hear_the_end(broker):
    async with broker.connect("/ws/chat/lobby/", version1=True) as ann:
        await receive(ann)
        stopping = asyncio.create_task(asyncio.to_thread(broker.stop))
        await receive_type(ann, "bye")
        assert await stopping == 0


async def lose_the_others(broker, redis):
    async with broker.connect("/ws/chat/lobby/", version1=True) as ann:
        await receive(ann)
        await say(ann, type="message", message="hello", ref="a1")
        await receive_type(ann, "ack")
        redis.kill()
        await receive_type(ann, "error")
        await asyncio.to_thread(redis.start)
        await receive_type(ann, "epoch")
        await receive_type(ann, "available")


def talk(broker):
    async def story():
        await talk_in_version1(broker)
        await keep_order(broker)
        await talk_plainly(broker)
        await be_a_crowd(broker)
        await asyncio.to_thread(follow, broker)
        await ask_everything(broker)
        await poll(broker)
        await hear_the_end(broker)
    asyncio.run(story())


@pytest.fixture(scope="module")
def seen():
    """An object of each kind, as the real broker has sent or understood it."""
    with Broker("history.durability=process", "limits.connections_per_address=0") as broker:
        talk(broker)
    with RedisServer() as redis, Broker("layer.backend=redis", f"redis.url={redis.url}") as broker:
        asyncio.run(lose_the_others(broker, redis))
    return dict(wire.seen)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json.loads(wire.SCHEMA.read_text()))
    for name in wire.DEFINITIONS:
        wire.resolved({"$ref": f"#/$defs/{name}"})


@pytest.mark.parametrize("name", NAMES)
def test_each_object_of_the_schema_is_seen(seen, name):
    assert name in seen


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OPEN])
def test_an_object_with_one_member_more_is_refused(seen, name):
    with pytest.raises(AssertionError):
        wire.check(name, {**seen[name], "more_than_that": 1})


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OPEN])
def test_an_object_without_a_required_member_is_refused(seen, name):
    for member in wire.required_of(name):
        with pytest.raises(AssertionError):
            wire.check(name, {key: value for key, value in seen[name].items() if key != member})


def test_the_operations_are_those_of_control():
    table = (TOP / "broker/bus/control.c").read_text()
    operations = re.findall(r'^\t\{ "(\w+)", \w+, \w+ \},$', table, re.M)
    assert operations and sorted(f"request_{name}" for name in operations) == sorted(names_of("request"))
    assert sorted(f"answer_{name}" for name in operations) == sorted(set(names_of("answer")) - {"refusal"})


def refusals_of(*paths):
    """The words of the refusals in these sources: what stands before a sentence."""
    return {word for path in paths for word in re.findall(r'\{\s*"([a-z_]+)",\s*"(?:[A-Z]|\\")', path.read_text())}


def test_the_manual_has_each_refusal():
    refusals = refusals_of(*(TOP / "broker").rglob("*.c"))
    assert len(refusals) > 40 and refusals <= words_of(MANUAL)


def test_the_schema_has_each_refusal_of_a_client():
    refusals = refusals_of(TOP / "broker/consumers/chat.c", *(TOP / "broker/order").glob("*.c"))
    assert len(refusals) > 15 and refusals <= set(wire.DEFINITIONS["error_code"]["enum"])


def test_what_an_outsider_may_not_send_are_the_words_of_the_protocol():
    table = re.search(r"reserved_types\[\] = \{(.*?)\}", (TOP / "common/event.c").read_text(), re.S)[1]
    reserved = set(re.findall(r'"(\w+)"', table))
    words = wire.words_of_broker() | {name.removeprefix("client_") for name in names_of("from_client")}
    assert reserved == words
    refused = wire.DEFINITIONS["event"]["properties"]["type"]["not"]["enum"]
    assert set(refused) == words | {"chat.message", "chat_message"}


def examples():
    """(what it is, the object) of each in the manual; one goes on in lines that are indented."""
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", MANUAL, re.M | re.S):
        request = None
        for mark, text in re.findall(r"^([<>]) (\{.*?\})(?=\n(?![ ]))", block, re.M | re.S):
            value = json.loads(text)
            if mark == ">" and "op" in value:
                request = value
            yield mark, request, value


def check_example(mark, request, value):
    if "op" in value:
        return wire.check(f"request_{value['op']}", value)
    if "ok" in value:
        return wire.check_answer(request, value) if request else wire.check("answer_say", value)
    if "broker" in value:
        return wire.check_line("chat_lobby " + json.dumps(value))
    if mark == ">":
        return wire.check(f"client_{value['type']}" if "type" in value else "plain_said", value)
    return (wire.check_v1 if "type" in value else wire.check_plain)(value)


def test_the_examples_of_the_manual_are_the_protocols():
    found = list(examples())
    assert len(found) == len(re.findall(r"^[<>] ", MANUAL, re.M)) > 20
    for example in found:
        check_example(*example)


def words_of(text):
    return set(re.findall(r"[a-z_]+", text))


@pytest.mark.parametrize("name", NAMES)
def test_the_manual_has_each_object_with_its_members(name):
    """In the line or the lines of one item."""
    items = re.findall(r"^\.It ((?:Cm|Li) .*(?:\n(?!\.It).*)*)", MANUAL, re.M)
    short = re.sub("^(client|request|answer)_", "", name)
    members = set(wire.properties_of(name)) - {"type", "op", "ok"}
    if name.startswith(("plain_", "line_")) or name in ("event", "refusal"):
        assert members <= words_of(MANUAL)
    else:
        members -= {"room"} if "group" in members else set()  # either is fine, as it says
        assert any(item.split()[1] == short and members <= words_of(item) for item in items), members
