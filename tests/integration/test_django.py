# SPDX-License-Identifier: MIT
"""A Django site with Channels and channels_redis in the rooms of two brokers, in both of its layouts: what one says
everybody hears, once, by whatever socket, and the history has it once."""

import asyncio
import contextlib
import json
import os
from collections import Counter

import pytest
from brokers import make_brokers, running
from django_site import DjangoSite
from redis_server import RedisServer
from stack import DEADLINE_SECONDS, eventually
from talk import messages_of

# Each way; with ROOMWIRE_MESSAGES=100000 by hand.
MESSAGES = int(os.environ.get("ROOMWIRE_MESSAGES", 1000))
# Under way at a time: channels_redis drops what is beyond 100 of a process.
PACE = 50
NAMES = ("east", "west")


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def django(redis):
    with DjangoSite(redis.url) as site:
        yield site


class Place:
    """Where it happens: the layout, and the brokers of it."""

    def __init__(self, layout, brokers, django):
        self.layout, self.brokers, self.django = layout, brokers, django

    def group_of(self, room):
        """As Django has to write it: the pubsub layer takes any name, the core layer those of ASCII."""
        if self.layout == "pubsub":
            return f"chat_{room}"
        return self.brokers[0].control(op="group", room=room)["group"]

    async def django_says(self, room, *texts, **more):
        events = [{"type": "chat_message", "message": text, **more} for text in texts]
        assert await asyncio.to_thread(self.django.group_send, self.layout, self.group_of(room), *events) == "done"

    def history(self, room):
        """The same for all brokers."""
        first, *others = [messages_of(broker, room) for broker in self.brokers]
        assert all(other == first for other in others)
        return first


@pytest.fixture(scope="module", params=["core", "pubsub"])
def place(request, redis, django):
    redis.cli("FLUSHALL")
    settings = ("layer.backend=redis", f"redis.url={redis.url}", f"redis.layout={request.param}",
                "limits.messages_per_second=0", "redis.room_messages=10000000")
    with running(make_brokers(NAMES, *settings)) as brokers:
        yield Place(request.param, brokers, django)


class Ear:
    """All that comes over a socket, ours or Django's."""

    def __init__(self, connection):
        self.connection = connection
        self.heard = []

    async def listen(self):
        async for text in self.connection:
            event = json.loads(text)
            if event.get("type", "message") == "message":
                self.heard.append(event)

    @property
    def texts(self):
        return [event["message"] for event in self.heard]

    async def say(self, text):
        await self.connection.send(json.dumps({"type": "message", "message": text}))

    async def hears(self, count):
        await eventually(lambda: len(self.heard) >= count, f"{count} messages are heard", DEADLINE_SECONDS)
        assert len(self.heard) == count


@contextlib.asynccontextmanager
async def gather(*connections):
    """An Ear at each, all of which stay open to the end."""
    async with contextlib.AsyncExitStack() as stack:
        ears = [Ear(await stack.enter_async_context(connection)) for connection in connections]
        tasks = [asyncio.create_task(ear.listen()) for ear in ears]
        try:
            yield ears
            assert all(ear.connection.open for ear in ears), [ear.connection.close_code for ear in ears]
        finally:
            for task in tasks:
                task.cancel()


def own_sockets(place, room):
    """One of each broker."""
    return [broker.connect(f"/ws/chat/{room}/", version1=True, ping_interval=None) for broker in place.brokers]


def sockets(place, room, django_room=None):
    """And one of Django's."""
    return [*own_sockets(place, room), place.django.connect(place.layout, django_room or room)]


async def in_turns(texts, say, ears):
    """Not faster than all hear it."""
    for start in range(0, len(texts), PACE):
        before = [len(ear.heard) for ear in ears]
        await say(*texts[start:start + PACE])
        for ear, count in zip(ears, before):
            await ear.hears(count + len(texts[start:start + PACE]))


def check_once(texts, ears, history):
    assert Counter(message["message"] for message in history) == Counter(texts)
    for ear in ears:
        assert Counter(ear.texts) == Counter(texts)
    assert [message["seq"] for message in history] == list(range(1, len(texts) + 1))
    for ear in ears:
        numbers = [event["seq"] for event in ear.heard if "seq" in event]
        assert numbers in ([], list(range(1, len(texts) + 1)))


def test_what_a_view_says_is_heard_and_kept_once(place):
    async def story():
        async with gather(*sockets(place, "lobby")) as ears:
            await place.django_says("lobby", "hhhhhh")
            for ear in ears:
                await ear.hears(1)
            check_once(["hhhhhh"], ears, place.history("lobby"))
            assert [ear.heard[0]["user"] for ear in ears] == ["", "", ""]
    asyncio.run(story())


def test_each_of_many_messages_of_django_is_heard_once(place):
    texts = [f"{number} of Django" for number in range(MESSAGES)]

    async def story():
        async with gather(*sockets(place, "many")) as ears:
            await in_turns(texts, lambda *some: place.django_says("many", *some), ears)
            check_once(texts, ears, place.history("many"))
    asyncio.run(story())


def test_each_of_many_messages_of_ours_is_heard_by_django_once(place):
    texts = [f"{number} of ours" for number in range(MESSAGES)]

    async def story():
        async with gather(*sockets(place, "ours")) as ears:
            async def say(*some):
                for number, text in enumerate(some):
                    await ears[number % len(place.brokers)].say(text)
            await in_turns(texts, say, ears)
            check_once(texts, ears, place.history("ours"))
            assert all(event["user"] for event in ears[-1].heard), "the author is named"
    asyncio.run(story())


def test_nothing_goes_round_however_many_speak_at_once(place):
    """Django's own consumer, a process of Django and both brokers."""
    async def story():
        async with gather(*sockets(place, "round"), place.django.connect(place.layout, "round")) as ears:
            texts = [f"{number} of {who}" for who in range(len(ears) + 1) for number in range(PACE // 5)]
            *of_sockets, of_process = [texts[start:start + PACE // 5] for start in range(0, len(texts), PACE // 5)]
            await asyncio.gather(place.django_says("round", *of_process),
                                 *(ear.say(text) for ear, some in zip(ears, of_sockets) for text in some))
            for ear in ears:
                await ear.hears(len(texts))
            # What went round would be said by now, before this.
            await in_turns(["last"], ears[0].say, ears)
            check_once([*texts, "last"], ears, place.history("round"))
    asyncio.run(story())


def test_a_name_that_django_gives_is_the_authors(place):
    async def story():
        async with gather(*sockets(place, "named")) as ears:
            await place.django_says("named", "it is me", user="ann")
            for ear in ears:
                await ear.hears(1)
                assert ear.heard[0]["user"] == "ann"
    asyncio.run(story())


def test_a_room_that_is_not_ascii_as_far_as_django_allows(place):
    """The core layer refuses the name; the group that stands for it is fine for both."""
    if place.layout == "core":
        refusal = place.django.group_send("core", "chat_房间", {"type": "chat_message", "message": "?"})
        assert "must be a valid" in refusal
    django_room = place.group_of("房间").removeprefix("chat_")

    async def story():
        async with gather(*sockets(place, "房间", django_room)) as ears:
            await in_turns(["你好"], lambda text: place.django_says("房间", text), ears)
            await in_turns(["再见"], ears[1].say, ears)
            await in_turns(["回来"], ears[2].say, ears)
            check_once(["你好", "再见", "回来"], ears, place.history("房间"))
    asyncio.run(story())


def test_a_consumer_that_knows_nothing_but_messages_is_never_closed(place):
    """People come, type and go, a program tells of its job: none of that is for Django."""
    async def story():
        async with gather(*sockets(place, "quiet")) as ears:
            async with place.brokers[0].connect("/ws/chat/quiet/", version1=True) as visitor:
                await visitor.send(json.dumps({"type": "typing"}))
                for broker in place.brokers:
                    answer = await asyncio.to_thread(
                        broker.control, op="group_send", room="quiet", event={"type": "job.done", "job": 7})
                    assert answer["ok"]
                await visitor.close()
            await in_turns(["and then"], ears[0].say, ears)
            check_once(["and then"], ears, place.history("quiet"))
    asyncio.run(story())


def test_what_no_room_may_have_is_passed_over(place):
    """Types that are nobody's, no text, too long a text: the next message comes."""
    async def story():
        async with gather(*own_sockets(place, "odd")) as ears:
            for event in ({"type": "unknown.type"}, {"type": "chat_message"}, {"type": "chat_message", "message": 7},
                          {"type": "chat_message", "message": "x" * 20000}, {"type": "chat_message", "message": "",
                                                                             "bytes": "\0"}):
                assert place.django.group_send(place.layout, "chat_odd", event) == "done"
            await in_turns(["next"], lambda text: place.django_says("odd", text), ears)
            check_once(["next"], ears, place.history("odd"))
    asyncio.run(story())


def test_one_broker_is_enough(place):
    """The other one has left: what was its part is done all the same."""
    def leave():
        assert place.brokers[1].stop() == 0

    async def story():
        await asyncio.to_thread(leave)
        broker = place.brokers[0]
        try:
            async with gather(broker.connect("/ws/chat/alone/", version1=True),
                              place.django.connect(place.layout, "alone")) as ears:
                texts = [f"{number} alone" for number in range(PACE)]
                await in_turns(texts, lambda *some: place.django_says("alone", *some), ears)
                await in_turns(["and back"], ears[0].say, ears)
                check_once([*texts, "and back"], ears, messages_of(broker, "alone"))
        finally:
            await asyncio.to_thread(place.brokers[1].start)
    asyncio.run(story())
