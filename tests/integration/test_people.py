# SPDX-License-Identifier: MIT
"""The people of two brokers on one Redis. Each person is seen once, at both brokers, and goes when their broker goes.
Announcements, closings and logouts reach both brokers. All members get a notice when the brokers lose each other."""

import asyncio
import contextlib
import functools
import json
import shutil
import subprocess
import time

import pytest
from brokers import make_brokers, running
from redis_server import RedisServer
from stack import DEADLINE_SECONDS, TOOLS, eventually, is_silent, receive
from streams import Poll, events

ROOM = "/ws/chat/lobby/"
KEPT_SECONDS = 15  # so long a room keeps a poller between two polls
CROWD = 60  # few enough for one welcome to name them all


@pytest.fixture(name="redis")
def fixture_redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(name="brokers")
def fixture_brokers(redis):
    with running(make_brokers(("east", "west"), "layer.backend=redis", "redis.layout=none", f"redis.url={redis.url}",
                              "limits.connections_per_address=0")) as brokers:
        yield brokers


def played(story):
    @functools.wraps(story)
    def test(**fixtures):
        asyncio.run(story(**fixtures))
    return test


class Person:
    """One roomwire.v1 connection, and the people that it has heard of."""

    def __init__(self, broker, path=ROOM, cookie=None):
        self.broker = broker
        self.path = path
        self.headers = {"Cookie": cookie} if cookie else {}
        self.news = []  # (joined, left)

    async def __aenter__(self):
        self.connection = await self.broker.connect(self.path, version1=True, extra_headers=self.headers)
        self.welcome = await receive(self.connection)
        self.name = self.welcome["user"]
        self.here = set(self.welcome["members"])
        return self

    async def __aexit__(self, *_):
        await self.connection.close()

    @property
    def cookie(self):
        return self.connection.response_headers["Set-Cookie"].split(";")[0]

    async def hear(self):
        told = await receive(self.connection)
        if told["type"] == "presence":
            self.here |= set(told["joined"])
            self.here -= set(told["left"])
            self.news.append((told["joined"], told["left"]))
            assert told["count"] == len(self.here)
        return told

    async def told(self, kind):
        """The next frame of a kind."""
        while (answer := await self.hear())["type"] != kind:
            pass
        return answer

    async def told_all(self, *kinds):
        """One frame of each kind, in any order."""
        told = {}
        while not told.keys() >= set(kinds):
            answer = await self.hear()
            told[answer["type"]] = answer
        return told

    async def sees(self, *names, seconds=DEADLINE_SECONDS):
        """Waits until exactly these people are here."""
        async with asyncio.timeout(seconds):
            while self.here != set(names):
                await self.hear()

    async def closed(self):
        """Waits for the close; returns its code."""
        with contextlib.suppress(Exception):
            while True:
                await receive(self.connection)
        assert self.connection.closed
        return self.connection.close_code


def members(broker):
    return broker.control(op="members", room="lobby")


def names(broker):
    return {member["user"] for member in members(broker)["members"]}


@played
async def test_people_are_seen_from_the_other_broker(brokers):
    east, west = brokers
    async with Person(east) as ann:
        await ann.sees(ann.name)
        async with Person(west) as bob:
            await ann.sees(ann.name, bob.name)
            await bob.sees(ann.name, bob.name)
            for broker, own, other in ((east, ann, bob), (west, bob, ann)):
                answer = members(broker)
                rows = {row["user"]: row for row in answer["members"]}
                assert answer["people"] == 2
                assert len(rows[own.name]["channels"]) == 1 and "elsewhere" not in rows[own.name]
                assert rows[other.name]["channels"] == [] and rows[other.name]["elsewhere"]
                assert broker.control(op="rooms")["rooms"][0]["connections"] == 1
        await ann.sees(ann.name)
        await eventually(lambda: west.control(op="rooms")["rooms"] == [], "nobody is in a room of the west")


async def look(person, is_away):
    await person.connection.send(json.dumps({"type": "away", "away": is_away}))


@played
async def test_who_looks_at_none_of_two_tabs_is_away_at_that_broker(brokers):
    east, west = brokers
    async with Person(east) as ann, Person(east, cookie=ann.cookie) as tab, Person(east) as bob, Person(west) as cem:
        await bob.sees(ann.name, bob.name, cem.name)
        await cem.sees(ann.name, bob.name, cem.name)
        await look(ann, True)
        assert await is_silent(bob.connection), "the other tab is looked at"
        await look(tab, True)
        assert (await bob.told("presence"))["away"] == [ann.name]
        async with Person(east) as dan:
            assert dan.welcome["away"] == [ann.name]
        rows = [{row["user"]: row for row in members(broker)["members"]} for broker in brokers]
        assert rows[0][ann.name]["away"] is True and "away" not in rows[1][ann.name] | rows[0][bob.name]
        await look(tab, False)
        while (news := await bob.told("presence")).get("back") is None:
            pass
        assert news["back"] == [ann.name] and "away" not in news


@played
async def test_who_is_new_is_told_who_is_there(brokers):
    east, west = brokers
    async with contextlib.AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(Person(east)) for _ in range(CROWD)]
        everybody = {one.name for one in crowd}
        bob = await stack.enter_async_context(Person(west))
        await bob.sees(*everybody, bob.name)
        assert names(west) == names(east) == everybody | {bob.name}
        first = bob.welcome["members_total"]
        assert first in (1, CROWD + 1), "all or nobody"
        west.stop()
        west.start()
        async with Person(west) as cem:
            await eventually(lambda: names(west) == everybody | {cem.name}, "the new broker knows everybody")


@played
async def test_who_comes_from_the_future_alone_begins_anew(brokers):
    east, west = brokers
    async with Person(east) as ann:
        for query in ("?after=999999", f"?epoch={ann.welcome['epoch']}&after=999999"):
            async with Person(west, f"{ROOM}{query}") as bob:
                assert not bob.welcome["recovered"]
                await bob.sees(ann.name, bob.name)
            await eventually(lambda: west.control(op="rooms")["rooms"] == [], "nobody is in a room of the west")


@played
async def test_only_who_names_the_epoch_is_ahead_of_others(brokers):
    _, west = brokers
    async with Person(west) as ann:
        async with Person(west, f"{ROOM}?after=999999") as bob:
            assert not bob.welcome["recovered"]
        traveller = await west.connect(f"{ROOM}?epoch={ann.welcome['epoch']}&after=999999", version1=True)
        await asyncio.wait_for(traveller.wait_closed(), DEADLINE_SECONDS)
        assert traveller.close_code == 1013


@played
async def test_one_person_at_two_brokers_is_one(brokers):
    east, west = brokers
    async with Person(west) as bob, Person(east) as ann:
        await bob.sees(ann.name, bob.name)
        before = len(bob.news)
        async with Person(west, cookie=ann.cookie) as again:
            assert again.name == ann.name
            await again.sees(ann.name, bob.name)
            await ann.connection.close()
            async with Person(east) as cem:  # news of a later person comes after that
                await bob.sees(ann.name, bob.name, cem.name)
            assert bob.news[before:] == [([cem.name], [])]
        await bob.sees(bob.name)


@played
async def test_a_reload_is_no_news_elsewhere(brokers):
    east, west = brokers
    async with contextlib.AsyncExitStack() as stack:
        bob = await stack.enter_async_context(Person(west))
        ann = await stack.enter_async_context(Person(east))
        await bob.sees(ann.name, bob.name)
        before = len(bob.news)
        cookie = ann.cookie
        for _ in range(5):
            await ann.connection.close()
            ann = await stack.enter_async_context(Person(east, cookie=cookie))
        async with Person(east) as cem:
            await bob.sees(ann.name, bob.name, cem.name)
            assert bob.news[before:] == [([cem.name], [])]


@played
async def test_who_polls_stays_between_two_answers(brokers):
    east, west = brokers
    async with Person(west) as bob:
        async with Person(east) as ann:
            cookie = ann.cookie
            await bob.sees(ann.name, bob.name)
            async with Poll(east.port, "/poll/chat/lobby/?wait=0", Cookie=cookie) as answer:
                assert (await events(answer))[-1]["reason"] == "poll again"
            polled = time.monotonic()
        await bob.sees(bob.name, seconds=2 * KEPT_SECONDS)
        assert time.monotonic() - polled > KEPT_SECONDS - 1 and bob.news[-1] == ([], [ann.name])


@played
async def test_people_of_a_killed_broker_are_gone(brokers):
    east, west = brokers
    async with Person(west) as bob, Person(east) as ann:
        await bob.sees(ann.name, bob.name)
        east.kill()
        begun = time.monotonic()
        await bob.sees(bob.name)
        assert time.monotonic() - begun > 3, "a beat that is late is no end"
        await asyncio.to_thread(east.start)
        async with Person(east) as cem:
            await cem.sees(bob.name, cem.name)
            await bob.sees(bob.name, cem.name)


@played
async def test_people_of_a_broker_that_stops_are_gone_at_once(brokers):
    east, west = brokers
    async with Person(west) as bob, Person(east) as ann:
        await bob.sees(ann.name, bob.name)
        stopping = asyncio.create_task(asyncio.to_thread(east.stop))
        await bob.sees(bob.name)
        assert "event=broker_gone" not in west.log(), "it has said so itself"
        assert await stopping == 0


@played
async def test_an_announcement_reaches_everybody(brokers):
    east, west = brokers
    async with Person(east) as ann, Person(west) as bob:
        assert east.control(op="announce", message="back at 8")["connections"] == 1
        for one in (ann, bob):
            assert (await one.told("notice"))["message"] == "back at 8"
        assert west.control(op="announce", message="back again")["connections"] == 1
        for one in (ann, bob):
            assert (await one.told("notice"))["message"] == "back again"


@played
async def test_a_connection_is_closed_from_the_other_broker(brokers):
    east, west = brokers
    async with Person(east) as ann, Person(west) as bob:
        channel = {row["user"]: row["channels"] for row in members(east)["members"]}[ann.name][0]
        assert west.control(op="close", channel=channel)["ok"]
        assert await ann.closed() == 4403
        await bob.sees(bob.name)
        assert west.control(op="close", channel=channel)["ok"], "whether it is there is not known here"
        assert east.control(op="close", channel=channel)["error"] == "no_channel"


def account(state, *words):
    done = subprocess.run([str(TOOLS / "bin/account"), str(state), *words], capture_output=True, text=True,
                          timeout=DEADLINE_SECONDS, check=True)
    return json.loads(done.stdout) if done.stdout else None


@pytest.mark.parametrize("verb, code", [("logout", 4401), ("ban", 4403)])
@played
async def test_a_logout_closes_at_the_other_broker(brokers, verb, code):
    east, west = brokers
    ann = account(east.state, "add", "ann")
    # West gets a copy, so that only east can tell it of later changes. A rename shows west no unfinished copy.
    for name in ("accounts.db-wal", "accounts.db"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(east.state / name, west.state / "unfinished").rename(west.state / name)
    await eventually(lambda: all("accounts_opened" in broker.log() for broker in brokers), "both have looked")
    async with Person(west, cookie=ann["cookie"]) as here, Person(west) as guest:
        assert here.name == "ann"
        account(east.state, verb, ann["cookie"] if verb == "logout" else "ann")
        assert await here.closed() == code
        await guest.sees(guest.name)


async def say(one, ref):
    """Sends a message; returns its ack or error."""
    await one.connection.send(json.dumps({"type": "message", "message": ref, "ref": ref}))
    while True:
        answer = await one.hear()
        if answer.get("ref") == ref:
            return answer


@played
async def test_everybody_is_told_while_the_others_cannot_be_reached(brokers, redis):
    east, west = brokers
    async with Person(east) as ann, Person(west) as bob, Person(west) as cem:
        assert (await say(ann, "one"))["seq"] == 1
        await bob.told("message")
        redis.kill()
        for one in (ann, bob):
            assert "ref" not in await one.told("error")
        assert (await say(ann, "two"))["code"] == "unavailable"
        assert west.control(op="close", channel=f"specific.{'0' * 12}!1")["error"] == "unavailable"
        await cem.connection.close()
        await asyncio.to_thread(redis.start)
        for one in (ann, bob):
            begun = (await one.told_all("available", "epoch"))["epoch"]
            assert begun["epoch"] != one.welcome["epoch"] and begun["seq"] == 0
        await ann.sees(ann.name, bob.name)
        await bob.sees(ann.name, bob.name)
        assert (await say(ann, "two"))["seq"] == 1
        assert (await bob.told("message"))["seq"] == 1
        async with Person(east, f"{ROOM}?epoch={ann.welcome['epoch']}&after=1") as dan:
            assert dan.welcome["recovered"] is False
        async with Person(west, f"{ROOM}?epoch={begun['epoch']}&after=0") as eve:
            assert eve.welcome["recovered"] is True
            assert (await eve.told("message"))["message"] == "two"


@played
async def test_who_comes_in_meanwhile_is_told_too(brokers, redis):
    east, _ = brokers
    async with Person(east) as ann:
        redis.kill()
        await ann.told("error")
        async with Person(east) as bob:
            assert (await bob.hear())["code"] == "unavailable"
            await bob.sees(ann.name, bob.name)
            await asyncio.to_thread(redis.start)
            await bob.told("available")
