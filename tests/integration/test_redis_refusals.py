# SPDX-License-Identifier: MIT
"""A Redis that is up and refuses to store messages: the broker reports it, closes no connection, and serves the other
rooms. All recovers by itself when the cause is gone."""

import asyncio

import pytest
from channels_redis.core import RedisChannelLayer
from redis_server import RedisServer
from stack import Broker, fetch, receive, receive_type, wait_for
from talk import Talk, ask, history
from websockets.exceptions import ConnectionClosed

SETTINGS = ("layer.backend=redis", "limits.messages_per_second=0")
EVENTS = 1300  # more than Django's queue and one take hold together
ROOM_KEY, LOG_KEY = "roomwire:room:closet", "roomwire:log:closet"


@pytest.fixture(name="server")
def redis_server():
    with RedisServer() as running:
        yield running


@pytest.fixture(name="broker")
def broker_at(server):
    with Broker(*SETTINGS, f"redis.url={server.url}") as running:
        wait_for(lambda: is_well(running), "it has found Redis")
        yield running


def is_well(broker):
    return fetch(f"http://127.0.0.1:{broker.port}/healthz")[0] == 200


def say(broker, room):
    """Returns "ok" or the error code."""
    answer = broker.control(op="group_send", room=room, event={"type": "chat.message", "message": "hello"})
    return answer.get("error", "ok")


def is_shown(broker, room):
    """A message to the room is refused, and /healthz shows it until the next probe, within a second."""
    assert say(broker, room) == "unavailable"
    return not is_well(broker)


def allow(server, *rules):
    server.cli("ACL", "SETUSER", "default", *rules)


def spoil(server, key):
    server.cli("RENAME", key, "aside")
    server.cli("SET", key, "of another kind")


def mend(server, key):
    server.cli("RENAME", "aside", key)


# All keys except the closet's.
OTHER_KEYS = [f"~roomwire:{kind}:[^c]*" for kind in ("room", "log", "changed")] + ["~roomwire:ref:*", "~roomwire:probe"]

# A refusal that concerns one room, and its end.
REFUSALS = {
    "its log is of another kind": (lambda server: spoil(server, LOG_KEY), lambda server: mend(server, LOG_KEY)),
    "its hash is of another kind": (lambda server: spoil(server, ROOM_KEY), lambda server: mend(server, ROOM_KEY)),
    "its keys are forbidden": (lambda server: allow(server, "resetkeys", *OTHER_KEYS),
                               lambda server: allow(server, "allkeys")),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_room_that_redis_refuses_is_told_of_and_leaves_others_alone(server, broker, name):
    refuse, give_back = REFUSALS[name]

    async def story():
        async with Talk(broker, "garden") as talk:
            await talk.more_acks(20)
        assert talk.refusals() == []

    assert say(broker, "closet") == "ok"
    refuse(server)
    wait_for(lambda: is_shown(broker, "closet"), "it is not well")
    assert 'event=redis_does_not_write problem=refused room="closet"' in broker.log()
    wait_for(lambda: is_well(broker), "all else is well")
    asyncio.run(story())
    assert say(broker, "closet") == "unavailable"
    give_back(server)
    assert say(broker, "closet") == "ok"
    wait_for(lambda: is_well(broker), "it is well")
    assert history(broker, "closet") == [(1, "hello"), (2, "hello")]


async def text_of_django(socket):
    while (message := await receive_type(socket, "message"))["message"] == "hello":
        pass
    return message["message"]


def test_django_reaches_rooms_beside_one_that_redis_refuses(server, broker):
    async def story():
        django = RedisChannelLayer(hosts=[server.url], capacity=2 * EVENTS)
        async with broker.connect("/ws/chat/closet/", version1=True) as closet, \
                broker.connect("/ws/chat/garden/", version1=True) as garden:
            for room in ("closet", "garden"):
                wait_for(lambda room=room: server.client().zcard(f"asgi:group:chat_{room}"), "Django finds the room")
            assert say(broker, "closet") == "ok"
            spoil(server, LOG_KEY)
            for _ in range(EVENTS):
                await django.group_send("chat_closet", {"type": "chat_message", "message": "in vain"})
            await django.group_send("chat_garden", {"type": "chat_message", "message": "of Django"})
            assert await text_of_django(garden) == "of Django"
            assert (await ask(broker, op="stats"))["stats"]["channel_dropped"] > 0
            mend(server, LOG_KEY)
            await django.group_send("chat_closet", {"type": "chat_message", "message": "of Django"})
            while await text_of_django(closet) != "of Django":
                pass
    asyncio.run(story())


def test_redis_that_lets_nobody_in_is_told_of(server, broker):
    async def story():
        allow(server, "-eval", "-evalsha")
        with pytest.raises(ConnectionClosed):
            async with broker.connect("/ws/chat/closet/", version1=True) as newcomer:
                await receive(newcomer)
        assert not is_well(broker)

    asyncio.run(story())
    allow(server, "+eval", "+evalsha")
    wait_for(lambda: is_well(broker), "it is well, and nobody has come")


def test_redis_that_refuses_everything_is_told_of_until_it_does_not(server, broker):
    async def story():
        async with Talk(broker, "garden") as talk:
            allow(server, "-eval", "-evalsha")
            await talk.refused_with("unavailable")
            talk.stop.set()
        stats = await ask(broker, op="stats")
        assert stats["history"] == "refused" and not is_well(broker)
        assert 'event=redis_does_not_write problem=refused room="garden"' in broker.log()
        assert "NOPERM" in broker.log()

    asyncio.run(story())
    allow(server, "+eval", "+evalsha")
    wait_for(lambda: is_well(broker), "it is well, and nobody has said anything")
    assert say(broker, "garden") == "ok"
