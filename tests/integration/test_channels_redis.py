# SPDX-License-Identifier: MIT
"""Debian's channels_redis and our brokers exchange messages through a real Redis. Django's layers run in this process;
test_django.py has a whole Django site."""

import asyncio
import contextlib
import os
import re
import time
from urllib.parse import quote

import msgpack
import pytest
from channels.exceptions import ChannelFull
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from control_program import Program
from redis_server import DURABLE, PLAIN, RedisServer
from stack import DEADLINE_SECONDS, RECEIVE_MS, Broker, is_silent, receive_type, wait_for

LAYOUTS = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}
MANY = int(os.environ.get("ROOMWIRE_DJANGO_MESSAGES", "1000"))
IN_FLIGHT = 50  # requests on one connection
CAPACITY = 2000  # our brokers'; Django's default is 100
AHEAD = 50  # so many events ahead of the ones heard: no channel of Django's gets full
HELLO = {"type": "chat_message", "message": "hhhhhh"}
SITE = "asgispecific.roomwire!"
SALT = b"0123456789ab"


class Site:
    """Brokers and Django's layer on the same Redis servers."""

    def __init__(self, layout, servers, brokers):
        self.layout, self.servers, self.brokers = layout, servers, brokers
        self.broker = brokers[0]
        self.redis = servers[0].client(decode_responses=False)

    def layer(self, **options):
        """A layer that stands for a process of Django. Use it in one event loop only."""
        return LAYOUTS[self.layout](hosts=[server.url for server in self.servers], **options)

    def stat(self, name, broker=None):
        return (broker or self.broker).control(op="stats")["stats"][name]

    def history(self, room, broker=None):
        answer = (broker or self.broker).control(op="history", room=room, limit=500)
        messages = answer["messages"]
        while answer["more"]:
            answer = self.broker.control(op="history", room=room, limit=500, before=messages[0]["seq"])
            messages = answer["messages"] + messages
        return [message["message"] for message in messages]

    def is_joined(self, room, broker):
        """Whether Django's layer reaches the room."""
        if self.layout == "pubsub":
            return all(self.is_heard(f"probe{number}", server, broker) for number, server in enumerate(self.servers))
        return any(server.client().zcard(f"asgi:group:{broker.control(op='group', room=room)['group']}")
                   for server in self.servers)

    @staticmethod
    def is_heard(room, server, broker):
        """Whether the broker takes a publication on that server."""
        server.client().publish(f"asgi__group__chat_{room}", msgpack.packb(HELLO))
        return broker.control(op="history", room=room, limit=1)["messages"]

    async def joined(self, room, broker=None):
        """A socket in the room that Django's layer reaches; it has got its own presence."""
        broker = broker or self.broker
        socket = await broker.connect(f"/ws/chat/{quote(room)}/", version1=True)
        await receive_type(socket, "welcome")
        await receive_type(socket, "presence")
        wait_for(lambda: self.is_joined(room, broker), "Django finds the room")
        return socket


@contextlib.contextmanager
def running_site(layout, servers=1, brokers=1, *settings, server_options=PLAIN):
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(RedisServer(**server_options)) for _ in range(servers)]
        settings = ("layer.backend=redis", f"redis.layout={layout}", f"layer.capacity={CAPACITY}",
                    f"redis.room_messages={2 * max(MANY, 1000)}", "redis.url=" + " ".join(server.url for server in running), *settings)
        ours = [stack.enter_context(Broker(*settings)) for _ in range(brokers)]
        for broker in ours:
            wait_for(lambda: broker.control(op="stats")["stats"]["redis_links_up"] == servers, "Redis is there")
        yield Site(layout, running, ours)


@pytest.fixture(scope="module", params=[("core", 1, 1), ("core", 2, 2), ("pubsub", 1, 1), ("pubsub", 2, 2)],
                ids=lambda param: "{}-{}-hosts-{}-brokers".format(*param))
def site(request):
    with running_site(*request.param) as running:
        yield running


@pytest.fixture(scope="module")
def core():
    with running_site("core", 1, 1, "layer.expiry_seconds=10") as running:
        yield running


@pytest.fixture
def program(core):
    with Program(core.broker) as connected:
        yield connected


def id_of(broker):
    return re.search(r"event=ready id=(\w+)", broker.log()).group(1)


def run(story):
    asyncio.run(asyncio.wait_for(story, 3 * DEADLINE_SECONDS + MANY / 100))


async def messages_of(socket, count):
    return [(await receive_type(socket, "message"))["message"] for _ in range(count)]


def test_django_says_it_in_a_room_once(site):
    async def story():
        sockets = [await site.joined("lobby", broker) for broker in site.brokers]
        await site.layer().group_send("chat_lobby", HELLO)
        for socket in sockets:
            message = await receive_type(socket, "message")
            assert message["message"] == "hhhhhh" and message["user"] == ""
        site.brokers[-1].control(op="group_send", room="lobby", event=HELLO | {"message": "last"})
        for socket in sockets:
            assert await messages_of(socket, 1) == ["last"], "and nothing in between"
            await socket.close()
    run(story())
    assert [site.history("lobby", broker) for broker in site.brokers] == [["hhhhhh", "last"]] * len(site.brokers)


def test_django_hears_what_is_said_in_a_room(site):
    async def story():
        layer = site.layer()
        channels = [await layer.new_channel() for _ in range(2)]
        for channel in channels:
            await layer.group_add("chat_heard", channel)
        site.broker.control(op="group_send", room="heard", event=HELLO | {"user": "cron", "message": "hé"})
        for channel in channels:
            message = dict(await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS))
            assert message.pop("roomwire") and message.pop("epoch") and message.pop("time")
            assert message == {"type": "chat.message", "room": "heard", "seq": 1, "user": "cron", "message": "hé"}
    run(story())


def test_a_thousand_of_django_come_each_once_and_in_order(site):
    """Sends as README recommends: never more events ahead of the ones heard than Django's layer stores."""
    said = [str(i) for i in range(MANY)]

    async def story():
        socket = await site.joined("many", site.brokers[-1])
        layer = site.layer()
        heard = []
        for number, text in enumerate(said):
            heard += await messages_of(socket, number - AHEAD - len(heard) + 1)
            await layer.group_send("chat_many", HELLO | {"message": text})
        heard += await messages_of(socket, MANY - len(heard))
        assert heard == said
        site.brokers[-1].control(op="group_send", room="many", event=HELLO | {"message": "last"})
        assert await messages_of(socket, 1) == ["last"], "and nothing in between"
        await socket.close()
    run(story())
    assert site.history("many") == [*said, "last"]


def test_a_thousand_of_ours_come_to_django_each_once_and_in_order(site):
    async def story():
        layer = site.layer()
        channel = await layer.new_channel()
        await layer.group_add("chat_ours", channel)
        missed = site.stat("group_missed")
        heard = []
        with Program(site.broker) as program:
            for begin in range(0, MANY, IN_FLIGHT):
                requests = [program.begin(op="group_send", room="ours", event=HELLO | {"message": str(i)})
                            for i in range(begin, begin + IN_FLIGHT)]
                assert all(program.end(request)["ok"] for request in requests)
                while begin + IN_FLIGHT - len(heard) > CAPACITY / 2 or begin + IN_FLIGHT == MANY > len(heard):
                    heard.append((await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS))["message"])
        assert heard == [str(i) for i in range(MANY)]
        assert site.stat("group_missed") == missed
    run(story())


def test_nothing_goes_round(site):
    """Events go both ways at once, with a member of Django's that hears all."""
    count = 50

    async def story():
        socket = await site.joined("round", site.brokers[-1])
        layer = site.layer()
        channel = await layer.new_channel()
        await layer.group_add("chat_round", channel)
        for i in range(count):
            await layer.group_send("chat_round", HELLO | {"message": f"django {i}"})
            site.broker.control(op="group_send", room="round", event=HELLO | {"message": f"ours {i}"})
        everything = sorted(f"{who} {i}" for who in ("django", "ours") for i in range(count))
        heard = [(await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS))["message"] for _ in range(2 * count)]
        assert sorted(heard) == everything
        assert sorted(await messages_of(socket, 2 * count)) == everything
        assert await is_silent(socket)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(layer.receive(channel), 0.3)
        await socket.close()
    run(story())
    assert len(site.history("round")) == 2 * count


def test_only_known_types_go_to_django(site):
    async def story():
        layer = site.layer()
        channel = await layer.new_channel()
        await layer.group_add("chat_types", channel)
        for event in ({"type": "job.done"}, {"type": "typing.now"}, HELLO):
            site.broker.control(op="group_send", room="types", event=event)
        assert (await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS))["type"] == "chat.message"
    run(story())


def test_other_types_of_django_are_events(site):
    async def story():
        socket = await site.joined("events", site.brokers[-1])
        layer = site.layer()
        for event in ({"type": "job.done", "n": [1, 2.5, None, True, {"ä": "房间"}]}, {"type": "welcome"},
                      {"type": "_private"}, {"no": "type"}, {"type": "chat.message"}, {"type": "chat.message", "message": 7},
                      {"type": "x", "bytes": b"x"}, {"type": "x", "deep": [[[[[[[[[1]]]]]]]]]}, HELLO):
            await layer.group_send("chat_events", event)
        assert await receive_type(socket, "job.done") == {
            "type": "job.done", "n": [1, 2.5, None, True, {"ä": "房间"}]}
        assert await messages_of(socket, 1) == ["hhhhhh"], "the others close nothing"
        await socket.close()
    run(story())
    assert site.history("events") == ["hhhhhh"]


@pytest.mark.parametrize("room", ["房间", "x" * 94, "房" * 30, "a b"])
def test_rooms_that_django_cannot_write_as_they_are(site, room):
    group = site.broker.control(op="group", room=room)["group"]
    names = [group] if site.layout == "core" else [group, f"chat_{room}"]

    async def story():
        socket = await site.joined(room, site.brokers[-1])
        layer = site.layer()
        channel = await layer.new_channel()
        for name in names:
            await layer.group_send(name, HELLO | {"message": name})
            assert await messages_of(socket, 1) == [name]
        await layer.group_add(names[-1], channel)
        site.broker.control(op="group_send", room=room, event=HELLO)
        assert (await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS))["room"] == room
        await socket.close()
    if not (site.layout == "pubsub" and group.startswith("chat_u--h-")):  # a hash does not hold the name, which may be anything
        run(story())


# Channels: only the core layer has them.

def test_plain_channels_are_the_same_ones(core, program):
    async def story():
        layer = core.layer()
        await layer.send("jobs", {"type": "job", "n": [1, 2.5, None, {"ä": "房间"}]})
        assert program.receive("jobs") == {"type": "job", "n": [1, 2.5, None, {"ä": "房间"}]}
        program.send("jobs", {"type": "back", "n": 1})
        assert await asyncio.wait_for(layer.receive("jobs"), DEADLINE_SECONDS) == {"type": "back", "n": 1}
        waiting = program.begin(op="receive", channel="jobs")
        wait_for(lambda: core.stat("channels") == 1, "it waits")
        await layer.send("jobs", {"type": "late"})
        assert program.end(waiting)["message"] == {"type": "late"}
        for i in range(20):
            await layer.send("jobs", {"type": "n", "n": i})
        assert [program.receive("jobs")["n"] for _ in range(20)] == list(range(20))
    run(story())


def test_two_hosts_share_plain_channels():
    with running_site("core", 2, 2) as site, Program(site.brokers[0]) as one, Program(site.brokers[1]) as other:
        async def story():
            layer = site.layer()
            for i in range(10):
                await layer.send("jobs", {"type": "n", "n": i})
            assert sorted(one.receive("jobs")["n"] for _ in range(10)) == list(range(10))
            for i in range(10):
                one.send("jobs", {"type": "n", "n": i})
            assert sorted([(await asyncio.wait_for(layer.receive("jobs"), DEADLINE_SECONDS))["n"] for _ in range(10)]) \
                == list(range(10))
            for i in range(10):
                one.send("jobs", {"type": "n", "n": i})
            assert sorted(other.receive("jobs")["n"] for _ in range(10)) == list(range(10))
            request = {"op": "send", "channel": "once", "message": {"type": "x"}, "ref": "1", "sender": "s"}
            assert [program.ask(**request).get("repeated", False) for program in (one, other, one)] == [False, True, True]
            channel = other.new_channel()
            await layer.send(channel, {"type": "direct"})
            assert other.receive(channel, RECEIVE_MS) == {"type": "direct"}
            one.send(channel, {"type": "between brokers"})
            assert other.receive(channel, RECEIVE_MS) == {"type": "between brokers"}
        run(story())


def test_groups_have_members_of_both(core, program):
    async def story():
        layer = core.layer()
        theirs = await layer.new_channel()
        ours = program.new_channel(bound=True)
        socket = await core.joined("members")
        sockets_name = program.do(op="members", room="members")["members"][0]["channels"][0]
        await layer.group_add("user-1", theirs)
        for channel in (ours, sockets_name, "plain"):
            program.do(op="group_add", group="user-1", channel=channel)
        assert program.do(op="members", group="user-1")["channels"] == sorted([theirs, ours, sockets_name, "plain"])
        await layer.group_send("user-1", HELLO)
        assert await asyncio.wait_for(layer.receive(theirs), DEADLINE_SECONDS) == HELLO
        assert [program.receive(channel, RECEIVE_MS) for channel in (ours, "plain")] == [HELLO] * 2
        assert "seq" not in await receive_type(socket, "message")
        program.group_send("user-1", HELLO | {"message": "of ours"})
        assert (await asyncio.wait_for(layer.receive(theirs), DEADLINE_SECONDS))["message"] == "of ours"
        assert [program.receive(channel, RECEIVE_MS)["message"] for channel in (ours, "plain")] == ["of ours"] * 2
        assert await messages_of(socket, 1) == ["of ours"]
        await layer.send(sockets_name, {"type": "job.done"})
        assert await receive_type(socket, "job.done") == {"type": "job.done"}
        await socket.close()
        wait_for(lambda: sockets_name not in program.do(op="members", group="user-1")["channels"], "who is gone drops out")
        assert program.do(op="members", room="members")["channels"] == [], "a room itself is none"
    run(story())


def test_django_s_sockets_are_sent_what_they_know(core, program):
    async def story():
        layer = core.layer()
        channel = await layer.new_channel()
        program.send(channel, HELLO)
        assert await asyncio.wait_for(layer.receive(channel), DEADLINE_SECONDS) == HELLO
        assert program.refuse(op="send", channel=channel, message={"type": "job.done"}) == "no_channel"
    run(story())


def test_capacity_is_one_for_both(core, program):
    async def story():
        layer = core.layer(capacity=3)
        for _ in range(3):
            program.send("crowded", {"type": "x"})
        with pytest.raises(ChannelFull):
            await layer.send("crowded", {"type": "y"})
    run(story())
    key = "asgiours-is-full"
    core.redis.zadd(key, {str(i).encode(): time.time() for i in range(CAPACITY)})
    assert program.refuse(op="send", channel="ours-is-full", message={"type": "x"}) == "channel_full"


def test_what_is_too_old_is_not_received(core, program):
    expired = core.stat("channel_expired")
    for age_seconds in (11, 1):
        packed = SALT + msgpack.packb({"type": "age", "seconds": age_seconds})
        core.redis.zadd("asgiaged", {packed: time.time() - age_seconds})
    assert program.receive("aged") == {"type": "age", "seconds": 1}
    assert program.receive("aged") is None and core.stat("channel_expired") == expired + 1


FOR_NOBODY = 2  # the last ones: valid messages without a valid channel
BROKEN = [b"", b"short", SALT, SALT + b"\xc1", SALT + b"\xdd\xff\xff\xff\xff", SALT + b"\x81\x01\x01", SALT + b"\x90",
          SALT + b"\xa5hello", SALT + b"\x81\xa4type\xc4\x01x", SALT + b"\x91" * 20, SALT + b"\x81\xa4type\xa5hello\0",
          SALT + msgpack.packb({"type": "chat.message", "message": "x", "__asgi_channel__": 7}),
          SALT + msgpack.packb({"type": "chat.message", "message": "x", "__asgi_channel__": ["a/b"]})]


def test_what_is_no_message_is_dropped_and_counted(core, program):
    async def story():
        socket = await core.joined("broken")
        dropped = core.stat("channel_dropped")
        process = f"asgi{program.new_channel().split('!')[0]}!"
        waiting = program.begin(op="receive", channel="broken")
        for key in (SITE, process, "asgibroken"):
            for i, member in enumerate(BROKEN):
                core.redis.zadd(key, {member: time.time() + i / 1000})
        await core.layer().group_send("chat_broken", HELLO)
        await core.layer().send("broken", HELLO)
        assert await messages_of(socket, 1) == ["hhhhhh"]
        assert program.end(waiting)["message"] == {"type": "chat.message", "message": "x"}, "what it is for matters elsewhere"
        assert core.stat("channel_dropped") == dropped + len(BROKEN) + 2 * (len(BROKEN) - FOR_NOBODY)
        await socket.close()
    run(story())
    assert core.history("broken") == ["hhhhhh"]


def test_flush_leaves_rooms_reachable(core, program):
    async def story():
        socket = await core.joined("flushed")
        await core.layer().send("gone", HELLO)
        program.do(op="flush")
        assert program.receive("gone") is None
        wait_for(lambda: core.is_joined("flushed", core.broker), "Django finds the room again")
        await core.layer().group_send("chat_flushed", HELLO)
        assert await messages_of(socket, 1) == ["hhhhhh"]
        await socket.close()
    run(story())


# Brokers that come and go.

def packed_for(room, text):
    return msgpack.packb({"type": "chat.message", "message": text, "__asgi_channel__": [f"specific.roomwire!chat_{room}"]})


def test_what_a_dead_broker_had_in_flight_is_said_once(core):
    async def story():
        socket = await core.joined("flight")
        said = b"aaaaaaaaaaaa" + packed_for("flight", "said before")
        core.redis.zadd(SITE, {said: time.time()})
        assert await messages_of(socket, 1) == ["said before"]
        left = {said: 1, b"bbbbbbbbbbbb" + packed_for("flight", "left"): 2}
        core.redis.zadd(f"{SITE}$roomwire:deadbeef0000", left)
        core.redis.zadd("roomwire:takers", {b"deadbeef0000": 1})
        assert await messages_of(socket, 1) == ["left"]
        wait_for(lambda: not core.redis.keys(f"{SITE}$*"), "nothing is in flight")
        assert await is_silent(socket)
        await socket.close()
    run(story())
    assert core.history("flight") == ["said before", "left"]


def test_the_broker_that_stays_says_all_that_django_says_once():
    said = [f"m{i}" for i in range(400)]
    with running_site("core", 1, 2) as site:
        async def story():
            socket = await site.joined("kill", site.brokers[1])
            await (await site.joined("kill", site.brokers[0])).close()
            layer = site.layer(capacity=CAPACITY)
            for i, text in enumerate(said):
                await layer.group_send("chat_kill", HELLO | {"message": text})
                if i == len(said) // 2:
                    site.brokers[0].kill()
            heard = await messages_of(socket, len(said))
            assert sorted(heard) == sorted(said)
            assert await is_silent(socket)
            await socket.close()
        run(story())
        assert sorted(site.history("kill", site.brokers[1])) == sorted(said)


@pytest.mark.parametrize("is_forgetful", [False, True], ids=["durable", "forgetful"])
def test_who_waits_and_who_is_in_groups_is_found_again_when_redis_is_back(is_forgetful):
    with running_site("core", 1, 1, server_options=PLAIN if is_forgetful else DURABLE) as site, Program(site.broker) as program:
        server, = site.servers

        async def story():
            socket = await site.joined("again")
            waiting = program.begin(op="receive", channel="jobs", timeout_ms=30000)
            program.do(op="group_add", group="user-1", channel=program.do(op="members", room="again")["members"][0]["channels"][0])
            server.kill()
            wait_for(lambda: site.stat("redis_links_up") == 0, "Redis is gone")
            assert program.refuse(op="send", channel="jobs", message=HELLO) == "unavailable"
            assert program.refuse(op="group_send", group="user-1", event=HELLO) == "unavailable"
            server.start()
            wait_for(lambda: site.stat("redis_links_up") == 1, "Redis is back")
            wait_for(lambda: site.is_joined("again", site.broker) and site.redis.zcard("asgi:group:user-1"), "groups are, too")
            await site.layer().send("jobs", {"type": "job"})
            assert program.end(waiting)["message"] == {"type": "job"}
            await site.layer().group_send("chat_again", HELLO)
            assert await messages_of(socket, 1) == ["hhhhhh"]
            await site.layer().group_send("user-1", HELLO | {"message": "yours"})
            assert await messages_of(socket, 1) == ["yours"]
            await socket.close()
        run(story())


def test_a_room_that_django_cannot_write_is_known_when_redis_has_forgotten_it():
    """All brokers know it, because any of them may take Django's message."""
    room = "x" * 94
    with running_site("core", 1, 1) as site:
        async def story():
            socket = await site.joined(room)
            site.servers[0].restart()
            redis = site.servers[0].client()
            key, = wait_for(lambda: redis.keys("roomwire:token:*"), "it is told again")
            assert redis.get(key) == room and redis.ttl(key) > 24 * 60 * 60, "and forgotten when Django has forgotten the room"
            await socket.close()
        run(story())


def test_a_group_that_django_keeps_longer_is_kept_as_long():
    with running_site("core", 1, 1, "layer.group_expiry_seconds=100") as site, Program(site.broker) as program:
        async def story():
            layer = site.layer()
            await layer.group_add("shared", await layer.new_channel())
            for group in ("shared", "ours"):
                program.do(op="group_add", group=group, channel="plain")
            assert site.redis.ttl("asgi:group:shared") > 80000 and 0 < site.redis.ttl("asgi:group:ours") <= 100
        run(story())


def test_another_broker_takes_the_lease_of_who_is_gone():
    with running_site("pubsub", 1, 2) as site:
        lease = site.servers[0].client()

        async def story():
            sockets = [await site.joined("lease", broker) for broker in site.brokers]
            holder = [id_of(broker) for broker in site.brokers].index(lease.get("roomwire:bridge"))
            stays = 1 - holder
            await sockets[holder].close()
            await site.layer().group_send("chat_lease", HELLO)
            assert await messages_of(sockets[stays], 1) == ["hhhhhh"]
            site.brokers[holder].kill()
            identity = id_of(site.brokers[stays])
            wait_for(lambda: lease.get("roomwire:bridge") == identity, "the other has it")
            await site.layer().group_send("chat_lease", HELLO | {"message": "again"})
            assert await messages_of(sockets[stays], 1) == ["again"]
            await sockets[stays].close()
        run(story())


@pytest.mark.parametrize("hosts", [1, 2])
def test_what_django_says_at_a_stop_is_heard_once(hosts):
    """Brokers hand over the lease of the pub/sub layer while Django speaks in rooms on all hosts."""
    rooms = [f"stop{number}" for number in range(2 * hosts)]

    async def speak(site, said, is_over):
        layer = site.layer()
        while not is_over.is_set():
            said.append(str(len(said)))
            for room in rooms:
                await layer.group_send(f"chat_{room}", HELLO | {"message": said[-1]})
            await asyncio.sleep(0.002)

    with running_site("pubsub", hosts, 3, "limits.messages_per_second=0") as site:
        lease = site.servers[0].client()

        async def story():
            said, is_over = [], asyncio.Event()
            identities = [id_of(broker) for broker in site.brokers]
            await site.joined(rooms[0])
            stays = site.brokers[identities.index(lease.get("roomwire:bridge")) - 1]
            sockets = [await site.joined(room, stays) for room in rooms]
            others = [broker for broker in site.brokers if broker is not stays]
            speaking = asyncio.create_task(speak(site, said, is_over))
            for broker in sorted(others, key=lambda broker: id_of(broker) != lease.get("roomwire:bridge")):
                before = len(said)
                while len(said) < before + 50:
                    await asyncio.sleep(0.002)
                await asyncio.to_thread(broker.stop)
            is_over.set()
            await speaking
            for socket in sockets:
                assert sorted(await messages_of(socket, len(said))) == sorted(said)
                assert await is_silent(socket)
                await socket.close()
        run(story())
