# SPDX-License-Identifier: MIT
"""Any program at the table: the behaviours that Django Channels' own tests state for its layers, over control, and
what its users miss there."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from control_program import Program
from redis_server import RedisServer
from stack import DEADLINE_SECONDS, RECEIVE_MS, TOOLS, Broker, receive, receive_type, wait_for

SUPPORT = Path(__file__).parents[1] / "support"
CAPACITY = 5
EXPIRY_SECONDS = 1
LOAD_MESSAGES = int(os.environ.get("ROOMWIRE_LAYER_MESSAGES", "10000"))
SENDERS = 8
HELLO = {"type": "chat.message", "message": "hi"}


# Where a layer is, as settings of a broker; each gives it back at the end.

@contextlib.contextmanager
def local_layer():
    yield ("layer.backend=local",)


@contextlib.contextmanager
def redis_layer():
    with RedisServer() as server:
        yield ("layer.backend=redis", f"redis.url={server.url}")


@contextlib.contextmanager
def nng_layer():
    """An edge; its hub is another for each broker, because it is the hub's bounds that count."""
    yield ("layer.backend=nng",)


LAYERS = {"local": local_layer, "redis": redis_layer, "nng": nng_layer}

# What one of them is not by its nature.
NOT_SO = {
    ("redis", "test_channels_of_others_are_no_channels"): "others may have them",
    ("redis", "test_expiry_single_and_unread"): "Redis forgets a channel in which nobody looks, and counts nothing",
    ("redis", "test_expiry_multi"): "the same; what is looked into is in test_channels_redis.py",
}


@pytest.fixture(scope="module", params=os.environ.get("ROOMWIRE_LAYERS", " ".join(LAYERS)).split())
def layer(request):
    with LAYERS[request.param]() as settings:
        yield request.param, settings


@pytest.fixture(autouse=True)
def skip_what_is_not_so(request):
    if "layer" in request.fixturenames:
        reason = NOT_SO.get((request.getfixturevalue("layer")[0], request.node.originalname))
        if reason:
            pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def nng_may_leak():
    """It loses a message that it is reading when the connection goes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSAN_OPTIONS", f"suppressions={SUPPORT}/nng.lsan")
        yield


@contextlib.contextmanager
def running_broker(layer, *settings):
    """Its layer is there."""
    name, where = layer
    with contextlib.ExitStack() as stack:
        if name == "nng":
            hub = Broker("history.durability=none", *settings, *where, "layer.listen=ipc://hub")
            stack.enter_context(hub)
            where = (*where, f"layer.hub=ipc://{hub.state}/hub")
        running = stack.enter_context(Broker("history.durability=none", *settings, *where))
        if name == "nng":
            running.hub = hub
        if name == "redis":
            wait_for(lambda: running.control(op="stats")["stats"]["redis_links_up"], "Redis is there")
        yield running


@pytest.fixture(scope="module")
def broker(layer):
    with running_broker(layer, f"layer.capacity={CAPACITY}") as running:
        yield running


@pytest.fixture
def program(broker):
    with Program(broker) as connected:
        connected.do(op="flush")
        yield connected


@pytest.fixture(scope="module")
def hasty(layer):
    """A broker that keeps nothing for long."""
    with running_broker(layer, f"layer.expiry_seconds={EXPIRY_SECONDS}", "layer.group_expiry_seconds=2") as running:
        yield running


# What tests/test_inmemorychannel.py of channels, and tests/test_core.py of channels_redis, state.

def test_send_receive(program):
    program.send("test-channel-1", {"type": "test.message", "text": "Ahoy-hoy!"})
    assert program.receive("test-channel-1") == {"type": "test.message", "text": "Ahoy-hoy!"}


def test_messages_come_out_in_their_order_and_once(program):
    for i in range(CAPACITY):
        program.send("test-channel-1", {"type": "n", "n": i})
    program.send("test-channel-2", {"type": "other"})
    assert [program.receive("test-channel-1")["n"] for _ in range(CAPACITY)] == list(range(CAPACITY))
    assert program.receive("test-channel-1") is None
    assert program.receive("test-channel-2") == {"type": "other"}


def test_any_object_is_a_message(program):
    for message in ({}, {"n": [1, 2.5, None, True, {"ä": "\x00\"\\ 房间"}]}, {"type": "_private"}, {"type": "welcome"}):
        program.send("test-channel", message)
        assert program.receive("test-channel") == message


def test_capacity(program):
    for _ in range(CAPACITY):
        program.send("test-channel-1", {"type": "test.message"})
    full = program.stat("channel_full")
    assert program.refuse(op="send", channel="test-channel-1", message={"type": "test.message"}) == "channel_full"
    assert program.stat("channel_full") == full + 1
    program.send("test-channel-2", {"type": "a channel is full, not a process"})
    program.receive("test-channel-1")
    program.send("test-channel-1", {"type": "test.message"})


def test_channels_of_one_program_are_full_each_for_itself(program):
    first, second = program.new_channel(), program.new_channel()
    for _ in range(CAPACITY):
        program.send(first, {"type": "x"})
    assert program.refuse(op="send", channel=first, message={"type": "x"}) == "channel_full"
    program.send(second, {"type": "y"})
    assert program.receive(second) == {"type": "y"}


def test_process_local_send_receive(program):
    name = program.new_channel()
    assert "!" in name
    program.send(name, {"type": "test.message", "text": "Local only please"})
    assert program.receive(name)["text"] == "Local only please"


def test_new_channel(program):
    names = [program.new_channel(), program.new_channel(), program.new_channel(prefix="bot"), program.new_channel(bound=True)]
    assert len(set(names)) == 4 and all(len(name) < 100 for name in names)
    assert names[0].startswith("specific.") and names[2].startswith("bot.")
    assert program.refuse(op="new_channel", prefix="a!b") == "bad_prefix"
    assert program.refuse(op="new_channel", prefix="x" * 54) == "bad_prefix"
    assert program.refuse(op="new_channel", bound="yes") == "bad_bound"


def test_groups_basic(program):
    channels = [program.new_channel() for _ in range(3)]
    for channel in channels:
        program.do(op="group_add", group="test-group", channel=channel)
    program.do(op="group_discard", group="test-group", channel=channels[1])
    program.group_send("test-group", {"type": "message.1"})
    assert program.receive(channels[0]) == {"type": "message.1"}
    assert program.receive(channels[1]) is None
    assert program.receive(channels[2]) == {"type": "message.1"}


def test_adding_twice_is_once_and_discarding_a_stranger_is_fine(program):
    for _ in range(2):
        program.do(op="group_add", group="test-group", channel="a")
    program.do(op="group_discard", group="test-group", channel="b")
    program.do(op="group_discard", group="nobody", channel="a")
    program.group_send("test-group", {"type": "x"})
    assert program.receive("a") == {"type": "x"} and program.receive("a") is None


def test_groups_same_prefix(program):
    program.do(op="group_add", group="test-group", channel="a")
    program.do(op="group_add", group="test-group-2", channel="a2")
    program.group_send("test-group", {"type": "x"})
    assert program.receive("a") == {"type": "x"} and program.receive("a2") is None


def test_groups_channel_full(program):
    program.do(op="group_add", group="test-group", channel="slow")
    program.do(op="group_add", group="test-group", channel="fast")
    missed = program.stat("group_missed")
    for i in range(CAPACITY + 2):
        program.group_send("test-group", {"type": "n", "n": i})
        assert program.receive("fast")["n"] == i
    assert program.stat("group_missed") == missed + 2
    assert [program.receive("slow")["n"] for _ in range(CAPACITY)] == list(range(CAPACITY)), "the first ones are kept"
    assert program.receive("slow") is None


def test_flush(program):
    bound = program.new_channel(bound=True)
    program.send("a", {"type": "x"})
    program.send(bound, {"type": "x"})
    program.do(op="group_add", group="test-group", channel="b")
    program.do(op="flush")
    program.group_send("test-group", {"type": "y"})
    assert [program.receive(channel) for channel in ("a", "b", bound)] == [None] * 3
    assert [program.stat(name) for name in ("channels", "channel_messages", "memberships")] == [1, 0, 0]
    program.send(bound, {"type": "z"})
    assert program.receive(bound) == {"type": "z"}


def test_flush_leaves_who_waits(broker, program):
    with Program(broker) as other:
        waiting = other.begin(op="receive", channel="a")
        wait_for(lambda: program.stat("channels") == 1, "it waits")
        program.do(op="flush")
        program.send("a", {"type": "x"})
        assert other.end(waiting)["message"] == {"type": "x"}


@pytest.mark.parametrize("name", ["a", "Test-Channel_1.x", "x" * 99, "a." * 49 + "b"])
def test_valid_names(program, name):
    program.send(name, {"type": "x"})
    assert program.receive(name) == {"type": "x"}
    program.do(op="group_add", group=name, channel="a")


@pytest.mark.parametrize("name", ["", "¯\\_(ツ)_/¯", "chat room", "a/b", "x" * 100, "a!b!c", "!a", "room٣", "room\n", 7, None, ["a"]])
def test_invalid_names(program, name):
    assert program.refuse(op="send", channel=name, message={"type": "x"}) == "bad_channel"
    assert program.refuse(op="receive", channel=name, timeout_ms=0) == "bad_channel"
    assert program.refuse(op="group_add", group="g", channel=name) == "bad_channel"
    assert program.refuse(op="group_discard", group="g", channel=name) == "bad_channel"
    assert program.refuse(op="group_add", group=name, channel="a") in ("bad_group", "bad_room")
    assert program.refuse(op="group_send", group=name, event={"type": "x"}) in ("bad_group", "bad_room")


def refuses_all_of(program, name):
    assert program.refuse(op="send", channel=name, message=HELLO) == "no_channel", name
    assert program.refuse(op="receive", channel=name, timeout_ms=0) == "no_channel", name
    assert program.refuse(op="group_add", group="g", channel=name) == "no_channel", name


def test_channels_that_this_broker_has_not_made(program):
    address, number = program.new_channel().split("!")
    for last in ("1", "123456789", "", "abc", "8" + number[1:]):  # which would be bound to nobody
        refuses_all_of(program, f"{address}!{last}")
    assert program.stat("memberships") == 0


def test_channels_of_others_are_no_channels(program):
    address, number = program.new_channel().split("!")
    refuses_all_of(program, address[:-1] + ("0" if address[-1] != "0" else "1") + "!" + number)
    refuses_all_of(program, "foo!bar")
    assert program.stat("memberships") == 0


def test_expiry_single_and_unread(hasty):
    with Program(hasty) as program:
        expired = program.stat("channel_expired")
        program.send("test-channel-1", {"type": "test.message"})
        program.send("nobody-looks", {"type": "test.message"})
        wait_for(lambda: program.stat("channel_messages") == 0, "nothing waits any more")
        assert program.stat("channel_expired") == expired + 2 and program.stat("channels") == 0
        assert program.receive("test-channel-1") is None


def test_expiry_multi(hasty):
    with Program(hasty) as program:
        for text in ("First", "Second", "Third"):
            program.send("test-channel-1", {"type": "message.1", "text": text})
        assert program.receive("test-channel-1")["text"] == "First"
        wait_for(lambda: program.stat("channel_messages") == 0, "the others have expired")
        assert program.receive("test-channel-1") is None
        program.send("test-channel-1", {"type": "message.1", "text": "Fourth"})
        assert program.receive("test-channel-1")["text"] == "Fourth"


def test_membership_expires_unless_somebody_receives(hasty):
    with Program(hasty) as program:
        for channel in ("idle", "busy"):
            program.do(op="group_add", group="g", channel=channel)

        def is_alone():
            program.receive("busy")
            return program.do(op="members", group="g")["channels"] == ["busy"]
        wait_for(is_alone, "the one that is not received from has left")


# What its users miss.

def test_receivers_get_messages_in_the_order_in_which_they_wait(broker, program):
    with Program(broker) as other:
        waiting = [other.begin(op="receive", channel="a") for _ in range(3)]
        other.do(op="stats")
        for i in range(3):
            program.send("a", {"type": "n", "n": i})
        assert [other.end(request)["message"]["n"] for request in waiting] == [0, 1, 2]


def test_receive_ends_empty_in_time(program):
    begin = time.monotonic()
    assert program.refuse(op="receive", channel="a", timeout_ms=0) == "empty"
    assert program.refuse(op="receive", channel="a", timeout_ms=200) == "empty"
    assert 0.2 <= time.monotonic() - begin
    program.send("a", {"type": "x"})
    assert program.receive("a") == {"type": "x"}, "who has gone away takes nothing"
    for timeout_ms in (-1, 30001, "1", 1.5):
        assert program.refuse(op="receive", channel="a", timeout_ms=timeout_ms) == "bad_timeout"


def test_others_are_answered_while_fifty_wait(broker, program):
    with Program(broker) as other:
        waiting = [other.begin(op="receive", channel=f"parked-{i % 10}") for i in range(50)]
        wait_for(lambda: program.stat("channels") == 10, "all wait")
        for one in (program, other):
            one.do(op="rooms")
        assert not other.answers, "all wait still"
        for i in range(50):
            program.send(f"parked-{i % 10}", {"type": "n", "n": i})
        assert [other.end(request)["message"]["n"] for request in waiting] == list(range(50))


def test_who_waits_too_much_is_told(broker, program):
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(Program(broker)) for _ in range(9)]
        waiting = [(other, other.begin(op="receive", channel="parked")) for other in programs for _ in range(60)]
        answers = [other.do(op="stats") and other for other in programs]
        assert len(answers) == 9
        refused = sum(other.answers.get(request, {}).get("error") == "busy" for other, request in waiting)
        assert refused == 9 * 60 - 512
        program.do(op="rooms")


def test_killed_process_leaves_nothing_behind(broker, program):
    reader = subprocess.Popen([TOOLS / "bin/channel_reader", broker.ipc("control"), "test-group", "3"],
                              stdout=subprocess.PIPE, text=True)
    with reader:
        assert reader.stdout.readline() == "ready\n"
        program.group_send("test-group", {"type": "n", "n": 1})
        assert json.loads(reader.stdout.readline())["message"]["n"] == 1
        name, = program.do(op="members", group="test-group")["channels"]
        reader.send_signal(signal.SIGSTOP)
        program.group_send("test-group", {"type": "n", "n": 2})
        program.group_send("test-group", {"type": "n", "n": 3})
        reader.kill()
    wait_for(lambda: program.stat("channels") == 0, "it is gone")
    assert program.stat("channel_messages") == program.stat("memberships") == 0
    assert program.do(op="members", group="test-group")["channels"] == []
    assert program.refuse(op="send", channel=name, message=HELLO) == "no_channel"


def test_message_is_not_handed_to_who_is_gone(broker, program):
    with Program(broker) as other:
        other.begin(op="receive", channel="a")
        wait_for(lambda: program.stat("channels") == 1, "it waits")
    wait_for(lambda: program.stat("channels") == 0, "it waits no more")
    program.send("a", {"type": "x"})
    assert program.receive("a") == {"type": "x"}


def test_programs_come_and_go_and_leave_nothing(broker, program):
    for i in range(200):
        with Program(broker) as other:
            other.do(op="group_add", group="test-group", channel=other.new_channel(bound=True))
            other.begin(op="receive", channel=f"a{i}")
    wait_for(lambda: program.stat("channels") == program.stat("memberships") == 0, "all are gone")


def test_fifty_with_one_ref_are_one(broker, program):
    with Program(broker) as other:
        requests = [(sender, sender.begin(op="send", channel="a", message={"type": "x"}, ref="1", sender="s"))
                    for _ in range(25) for sender in (program, other)]
        answers = [sender.end(request) for sender, request in requests]
    assert answers.count({"ok": True}) == 1 and answers.count({"ok": True, "repeated": True}) == 49
    assert program.receive("a") == {"type": "x"} and program.receive("a") is None
    program.send("b", {"type": "x"})
    for key, value in (("ref", "2"), ("sender", "t"), ("channel", "b")):
        request = {"op": "send", "channel": "a", "message": {"type": "x"}, "ref": "1", "sender": "s", key: value}
        assert program.ask(**request) == {"ok": True}, "another ref, sender or channel is another message"


def test_full_channel_takes_a_ref_later(program):
    for _ in range(CAPACITY):
        program.send("a", {"type": "x"})
    request = {"op": "send", "channel": "a", "message": {"type": "late"}, "ref": "full"}
    assert program.refuse(**request) == "channel_full"
    program.receive("a")
    assert program.ask(**request) == {"ok": True}
    assert program.ask(**request) == {"ok": True, "repeated": True}


def test_ref_to_a_group_without_a_room(program):
    program.do(op="group_add", group="test-group", channel="a")
    request = {"op": "group_send", "group": "test-group", "event": {"type": "x"}, "ref": "group", "sender": "s"}
    assert program.ask(**request) == {"ok": True}
    assert program.ask(**request) == {"ok": True, "repeated": True}
    assert program.receive("a") == {"type": "x"} and program.receive("a") is None


def test_program_in_a_room_gets_what_the_events_socket_tells(broker, program):
    program.do(op="group_add", room="房间", channel="a")
    with broker.follow(program.do(op="group", room="房间")["group"] + " ") as next_line:
        while program.receive("a"):  # of nngcat's beginning
            pass
        program.do(op="group_send", room="房间", event={"type": "chat.message", "message": "hi", "user": "cron"})
        program.do(op="group_send", room="房间", event={"type": "job.done", "n": 1})
        for _ in range(2):
            line = json.loads(next_line().split(" ", 1)[1])
            line.pop("broker")
            assert program.receive("a") == line
    assert line == {"type": "job.done", "n": 1, "room": "房间"}


def test_ingest_reaches_groups_without_a_room(broker, program):
    program.do(op="group_add", group="test-group", channel="a")
    refused = program.stat("ingest_refused")
    broker.push('test-group {"type":"x","n":1}\nchat_nobody {"type":"y"}\nno/group {"type":"x"}\ntest-group {"type":"x","n":2}')
    assert [program.receive("a", RECEIVE_MS) for _ in range(2)] == [{"type": "x", "n": 1}, {"type": "x", "n": 2}]
    assert program.stat("ingest_refused") == refused + 1


def test_sockets_are_channels_too(broker, program):
    async def story():
        async with broker.connect("/ws/chat/lobby/", version1=True) as ann, broker.connect("/ws/chat/plain/") as bob:
            await receive_type(ann, "welcome")
            names = {room: program.do(op="members", room=room)["members"][0]["channels"][0] for room in ("lobby", "plain")}
            program.send(names["lobby"], HELLO | {"user": "cron"})
            message = await receive(ann)
            assert set(message) == {"type", "user", "message", "time"} and message["user"] == "cron"
            program.send(names["plain"], HELLO)
            assert set(await receive(bob)) == {"message", "user", "time"}
            program.send(names["lobby"], {"type": "job.done"})
            assert await receive(ann) == {"type": "job.done"}
            program.send(names["plain"], {"type": "job.done"})  # which plain clients are not told of
            assert program.refuse(op="send", channel=names["lobby"], message={"type": "welcome"}) == "reserved_type"
            assert program.refuse(op="receive", channel=names["lobby"], timeout_ms=0) == "no_channel"
            answers = [program.ask(op="send", channel=names["plain"], message=HELLO, ref="1") for _ in range(3)]
            assert answers == [{"ok": True}] + [{"ok": True, "repeated": True}] * 2
            assert "seq" not in await receive(bob)
            program.do(op="group_send", room="plain", event=HELLO)
            assert "seq" in await receive(bob), "there was nothing else before"
    asyncio.run(story())


def test_sockets_in_other_groups(broker, program):
    async def story():
        async with broker.connect("/ws/chat/lobby/", version1=True) as ann, broker.connect("/ws/chat/other/") as bob:
            await receive_type(ann, "welcome")
            ann_channel, bob_channel = (program.do(op="members", room=room)["members"][0]["channels"][0]
                                        for room in ("lobby", "other"))
            for channel in (ann_channel, bob_channel, "a"):
                program.do(op="group_add", room="lobby", channel=channel)
                program.do(op="group_add", group="user-1", channel=channel)
            assert program.do(op="members", room="lobby")["channels"] == sorted([ann_channel, bob_channel, "a"])
            program.do(op="group_send", room="lobby", event=HELLO)
            program.group_send("user-1", {"type": "chat.message", "message": "yours"})
            first, second = await receive(ann), await receive(ann)
            assert first["message"] == "hi" and "seq" in first, "once, as the room has it"
            assert second["message"] == "yours" and "seq" not in second
            assert [(await receive(bob))["message"] for _ in range(2)] == ["hi", "yours"]
            assert [program.receive("a")["message"] for _ in range(2)] == ["hi", "yours"]
            program.do(op="group_discard", room="lobby", channel=ann_channel)
            program.do(op="group_discard", room="lobby", channel=bob_channel)
            program.do(op="group_send", room="lobby", event={"type": "chat.message", "message": "still here"})
            assert (await receive(ann))["message"] == "still here"
            program.group_send("user-1", {"type": "chat.message", "message": "next"})
            assert (await receive(bob))["message"] == "next"
        wait_for(lambda: program.do(op="members", group="user-1")["channels"] == ["a"], "who is gone drops out")
        assert program.refuse(op="send", channel=ann_channel, message=HELLO) == "no_channel"
        assert program.refuse(op="group_add", group="user-1", channel=ann_channel) == "no_channel"
    asyncio.run(story())


def test_members_are_listed_page_by_page(program):
    names = [f"m{i:03}" for i in range(7)]
    for name in reversed(names):
        program.do(op="group_add", group="test-group", channel=name)
    first = program.do(op="members", group="test-group", limit=4)
    assert first["channels"] == names[:4] and first["channels_next"] == names[3] and "room" not in first
    rest = program.do(op="members", group="test-group", limit=4, channels_after=first["channels_next"])
    assert rest["channels"] == names[4:] and "channels_next" not in rest


def test_who_waits_is_told_when_the_broker_stops(layer):
    with running_broker(layer) as broker, Program(broker) as program:
        waiting = program.begin(op="receive", channel="a")
        program.do(op="stats")
        broker.stop()
        assert program.end(waiting)["error"] == "stopping"


def test_everything_is_stopped_at_once_without_harm(layer):
    """The broker stops while programs come and go, wait, and send to sockets."""
    with running_broker(layer, "broker.threads=2") as broker:
        is_over = threading.Event()

        def disturb():
            while not is_over.is_set():
                with contextlib.suppress(OSError, AssertionError, KeyError), Program(broker) as program:
                    program.sp.socket.settimeout(2)
                    channel = program.new_channel(bound=True)
                    program.do(op="group_add", room="lobby", channel=channel)
                    program.do(op="group_send", room="lobby", event=HELLO)
                    for member in program.do(op="members", room="lobby")["members"]:
                        program.ask(op="send", channel=member["channels"][0], message=HELLO)
                    program.receive(channel, 100)
                    program.begin(op="receive", channel="nobody")
        threads = [threading.Thread(target=disturb) for _ in range(4)]

        async def story():
            async with broker.connect("/ws/chat/lobby/") as ann:
                for thread in threads:
                    thread.start()
                for _ in range(100):
                    await receive(ann)
                broker.process.send_signal(signal.SIGTERM)
                await ann.wait_closed()
        try:
            asyncio.run(story())
            assert broker.process.wait(DEADLINE_SECONDS) == 0
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        broker.process = None


def check_order(texts, count):
    """All are there, each once, and in each sender's order."""
    per_sender = count // SENDERS
    heard = {}
    for text in texts:
        name, number = text.split()
        heard.setdefault(name, []).append(int(number))
    assert heard == {f"sender{i}": list(range(1, per_sender + 1)) for i in range(SENDERS)}


def test_small_programs_send_together(layer):
    """What eight say at the same time is heard once, and in the order of each, by a socket and by a program."""
    # Each goes a longer way where others have a part in it.
    count = (LOAD_MESSAGES if layer[0] == "local" else LOAD_MESSAGES // 5) // SENDERS * SENDERS
    settings = ("layer.capacity=100000", "layer.expiry_seconds=600", "limits.backlog_bytes=67108864")
    with running_broker(layer, *settings) as broker, Program(broker) as program:
        reader = subprocess.Popen([TOOLS / "bin/channel_reader", broker.ipc("control"), "chat_load", str(count)],
                                  stdout=subprocess.PIPE, text=True)
        assert reader.stdout.readline() == "ready\n"
        read = []
        reading = threading.Thread(target=lambda: read.extend(reader.stdout))
        reading.start()

        async def story():
            async with broker.connect("/ws/chat/load/") as ann:
                begin = time.monotonic()
                senders = [subprocess.Popen([TOOLS / "bin/group_sender", broker.ipc("control"), "chat_load", f"sender{i}",
                                             str(count // SENDERS)]) for i in range(SENDERS)]
                told = [await receive(ann, 60) for _ in range(count)]
                socket_seconds = time.monotonic() - begin
                assert [sender.wait(60) for sender in senders] == [0] * SENDERS
                await asyncio.get_running_loop().run_in_executor(None, reading.join)
                print(f"{count} messages: socket {socket_seconds:.1f} s, program {time.monotonic() - begin:.1f} s")
                return told
        told = asyncio.run(story())
        assert reader.wait(60) == 0
        assert [message["seq"] for message in told] == list(range(1, count + 1))
        check_order((message["message"] for message in told), count)
        lines = [json.loads(line)["message"] for line in read]
        assert [line["seq"] for line in lines] == list(range(1, count + 1)), "a program hears it as a socket does"
        check_order((line["message"] for line in lines), count)
        assert program.stat("group_missed") == program.stat("control_answers_lost") == 0
