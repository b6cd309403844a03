# SPDX-License-Identifier: MIT
"""Rooms of two brokers on one Redis: one order and one history for all messages, from whichever broker they come; and
what the brokers promise while Redis is away. test_brokers_redis tests a crowd under faults."""

import asyncio
import contextlib
import json

import pytest
from brokers import make_brokers, running
from redis_server import DURABLE, RedisServer
from stack import receive, receive_type, wait_for

PLAIN = ("layer.backend=redis", "redis.layout=none")
EACH = 150
WAY_SECONDS = 10


@contextlib.contextmanager
def site(*settings, names=("east", "west"), **options):
    """Brokers that share a Redis server."""
    with RedisServer(**options) as redis, \
            running(make_brokers(names, *PLAIN, f"redis.url={redis.url}", *settings)) as brokers:
        yield redis, *brokers


class Member:
    """A roomwire.v1 member of a room at a broker; comes back as the same guest."""

    sockets = []  # of all members in the test

    def __init__(self, cookie=None):
        self.cookie = cookie
        self.heard = []  # (seq, text)
        self.acks = {}  # ref: seq
        self.others = []  # frames of other kinds

    async def come(self, broker, query="", room="lobby"):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        self.socket = await broker.connect(f"/ws/chat/{room}/{query}", version1=True, extra_headers=headers)
        self.sockets.append(self.socket)
        self.cookie = self.cookie or self.socket.response_headers["Set-Cookie"].split(";")[0]
        self.welcome = await receive_type(self.socket, "welcome")
        return self

    async def say(self, text, ref=None):
        await self.socket.send(json.dumps({"type": "message", "message": text} | ({"ref": ref} if ref else {})))

    async def hear(self):
        frame = await receive(self.socket)
        if frame["type"] == "message":
            self.heard.append((frame["seq"], frame["message"]))
        elif frame["type"] == "ack":
            self.acks[frame["ref"]] = frame["seq"]
        else:
            self.others.append(frame)
        return frame

    async def hear_until(self, condition):
        while not condition():
            await asyncio.wait_for(self.hear(), WAY_SECONDS)

    async def hear_to(self, text):
        await self.hear_until(lambda: self.heard and self.heard[-1][1] == text)

    def frames(self, kind):
        return [frame for frame in self.others if frame["type"] == kind]

    async def hear_frame(self, kind):
        """The latest frame of a kind; it may have come before this call."""
        await self.hear_until(lambda: self.frames(kind))
        return self.frames(kind)[-1]

    async def ask_page(self, **page):
        await self.socket.send(json.dumps({"type": "history", **page}))
        return await self.hear_frame_or_error()

    async def hear_frame_or_error(self):
        await self.hear_until(lambda: self.others and self.others[-1]["type"] in ("history", "error"))
        return self.others.pop()


def tell(story, *stage):
    async def to_its_end():
        try:
            await story(*stage)
        finally:
            while Member.sockets:
                Member.sockets.pop().transport.abort()
    asyncio.run(to_its_end())


def is_whole(heard, first=1):
    return [seq for seq, _ in heard] == list(range(first, first + len(heard)))


def test_two_brokers_make_one_order_in_which_each_message_is_once():
    async def story(east, west):
        members = [await Member().come(broker) for broker in (east, west, east, west)]

        async def talk(number, member):
            for count in range(EACH):
                await member.say(f"{number}-{count}", f"{number}-{count}")
            await member.hear_until(lambda: len(member.heard) == len(members) * EACH and len(member.acks) == EACH)
        await asyncio.gather(*(talk(*numbered) for numbered in enumerate(members)))
        for member in members:
            assert member.heard == members[0].heard
            assert all((seq, ref) in member.heard for ref, seq in member.acks.items())
        assert is_whole(members[0].heard)

    with site() as (redis, east, west):
        tell(story, east, west)
        assert [key for key in redis.client().scan_iter("roomwire:room:*")] == ["roomwire:room:lobby"]
        assert redis.client().xlen("roomwire:log:lobby") == 4 * EACH


def test_the_author_is_acknowledged_before_the_message_comes():
    async def story(east):
        member = await Member().come(east)
        await member.say("hello", "r")
        assert [(await member.hear())["type"] for _ in range(2)] == ["ack", "message"]

    with site(names=("east",)) as (_, east):
        tell(story, east)


def test_a_ref_is_said_once_by_whichever_broker():
    async def story(east, west):
        first = await Member().come(east)
        await first.say("once", "r")
        await first.hear_to("once")
        again = await Member(first.cookie).come(west)
        stranger = await Member().come(west)
        for member in (again, stranger):
            await member.say("once", "r")
            await member.hear_until(lambda member=member: member.acks)
        assert (again.acks["r"], stranger.acks["r"]) == (1, 2)
        await again.hear_until(lambda: again.heard)
        assert again.heard == [(2, "once")]

    with site() as (_, east, west):
        tell(story, east, west)


def test_who_joins_while_messages_flow_misses_and_doubles_none():
    async def story(east, west):
        speaker = await Member().come(east)
        members = []

        async def join(broker):
            members.append(await Member().come(broker))
        joins = []
        for number in range(3 * EACH):
            await speaker.say(f"{number}", f"{number}")
            await speaker.hear_until(lambda number=number: f"{number}" in speaker.acks)
            if number % 40 == 0:
                joins += [asyncio.create_task(join(broker)) for broker in (east, west)]
        await asyncio.gather(*joins)
        for member in members:
            behind = member.welcome["seq"]
            await member.hear_until(lambda member=member, behind=behind: len(member.heard) == 3 * EACH - behind)
            assert is_whole(member.heard, behind + 1)

    with site("limits.connections_per_address=0", "limits.messages_per_second=0") as (_, east, west):
        tell(story, east, west)


def test_pages_of_history_are_the_same_at_both():
    async def story(east, west):
        speaker, reader = await Member().come(east), await Member().come(west)
        for number in range(1, 121):
            await speaker.say(f"{number}")
        await reader.hear_to("120")
        cases = [({"before": 121, "limit": 50}, range(71, 121), True), ({"before": 11}, range(1, 11), False),
                 ({"after": 100, "limit": 500}, range(101, 121), False), ({"after": 0, "limit": 5}, range(1, 6), True),
                 ({"after": 120}, [], False), ({"before": 1}, [], False)]
        for member in (speaker, reader):
            for page, seqs, more in cases:
                answer = await member.ask_page(**page)
                assert [row["seq"] for row in answer["messages"]] == list(seqs), page
                assert [row["message"] for row in answer["messages"]] == [f"{seq}" for seq in seqs]
                assert answer["more"] == more, page

    with site("limits.messages_per_second=0") as (_, east, west):
        tell(story, east, west)
        for broker in (east, west):
            answer = broker.control(op="search", room="lobby", query="12")
            assert (answer["ok"], answer.get("error")) == (False, "unavailable"), answer
            answer = broker.control(op="history", room="lobby", after=118)
            assert [row["seq"] for row in answer["messages"]] == [119, 120]


def test_who_comes_back_to_a_broker_that_was_restarted_hears_what_it_missed():
    async def story(east, west):
        member, speaker = await Member().come(east), await Member().come(west)
        await speaker.say("before")
        await member.hear_to("before")
        east.stop()
        for number in range(EACH):
            await speaker.say(f"{number}")
        await speaker.hear_to(f"{EACH - 1}")
        await asyncio.to_thread(east.start)
        await member.come(east, f"?epoch={member.welcome['epoch']}&after=1")
        assert member.welcome["recovered"] is True
        await member.hear_to(f"{EACH - 1}")
        assert member.heard == speaker.heard

    with site("limits.messages_per_second=0") as (_, east, west):
        tell(story, east, west)


def test_sites_in_two_databases_hear_nothing_of_each_other():
    async def story(redis, east, west):
        members = [await Member().come(broker) for broker in (east, west)]
        await asyncio.to_thread(east.control, op="announce", message="in the east")
        for member, text in zip(members, ("east", "west")):
            await member.say(text)
        for member, text in zip(members, ("east", "west")):
            await member.hear_to(text)
            assert member.heard == [(1, text)] and not member.frames("epoch")
        assert members[0].frames("notice") and not members[1].frames("notice")
        assert [len(broker.control(op="members", room="lobby")["members"]) for broker in (east, west)] == [1, 1]
        assert redis.cli("PUBSUB", "NUMSUB", "roomwire:events", "roomwire:events:1") == ["roomwire:events", 1, "roomwire:events:1", 1]

    with RedisServer() as redis, running(make_brokers(("east",), *PLAIN, f"redis.url={redis.url_of(database=0)}")) as one, \
            running(make_brokers(("west",), *PLAIN, f"redis.url={redis.url_of(database=1)}")) as other:
        tell(story, redis, *one, *other)


def evals(redis):
    return redis.client().info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)


def test_a_message_is_one_step_where_nobody_is_in_a_group():
    async def story(redis, east):
        member = await Member().come(east)
        before = evals(redis)
        for number in range(EACH):
            await member.say(f"{number}")
        await member.hear_to(f"{EACH - 1}")
        assert EACH <= evals(redis) - before < 2 * EACH

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


def test_a_channel_in_a_room_hears_it_whichever_broker_has_added_it():
    async def hears(west, member, text):
        await member.say(text)
        answer = await asyncio.to_thread(west.control, op="receive", channel="jobs", timeout_ms=WAY_SECONDS * 1000)
        assert answer["ok"] and answer["message"]["message"] == text

    async def story(redis, east, west):
        member = await Member().come(east)
        await asyncio.to_thread(west.control, op="group_add", room="lobby", channel="jobs")
        await hears(west, member, "who is there hears of it")
        await asyncio.to_thread(east.stop)
        await asyncio.to_thread(east.start)
        await hears(west, await Member().come(east), "who comes later finds it")

    with site() as (redis, east, west):
        tell(story, redis, east, west)


def test_a_room_is_kept_from_its_first_message_on():
    async def story(redis, east):
        member = await Member().come(east)
        assert 0 < redis.client().ttl("roomwire:room:lobby") <= 86400
        await member.say("hello")
        await member.hear_to("hello")
        assert redis.client().ttl("roomwire:room:lobby") == -1

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


@pytest.mark.parametrize("setting", ["redis.room_messages=100", "history.keep_messages=100"])
def test_a_room_keeps_about_as_many_messages_as_it_may(setting):
    async def story(redis, east, west):
        speaker = await Member().come(east)
        for number in range(500):
            await speaker.say(f"{number}")
        await speaker.hear_to("499")
        assert 100 <= redis.client().xlen("roomwire:log:lobby") < 300
        late = await Member().come(west, f"?epoch={speaker.welcome['epoch']}&after=1")
        assert late.welcome["recovered"] is False
        await late.hear_to("499")
        assert late.heard == speaker.heard[-50:]

    with site(setting, "limits.messages_per_second=0") as (redis, east, west):
        tell(story, redis, east, west)


def test_an_event_that_is_no_message_reaches_both_once():
    async def story(east, west):
        members = [await Member().come(broker) for broker in (east, west)]
        assert east.control(op="group_send", group="chat_lobby", event={"type": "job.done", "who": "ann"})["ok"]
        assert east.control(op="group_send", group="chat_lobby", event={"type": "chat.message", "message": "end"})["ok"]
        for member in members:
            await member.hear_to("end")
            assert member.frames("job.done") == [
                {"type": "job.done", "who": "ann"}]

    with site() as (_, east, west):
        tell(story, east, west)


def test_a_route_copies_once_however_many_brokers_have_it():
    async def story(east, west):
        members = [await Member().come(broker, room="ops") for broker in (east, west)]
        for text in ("first", "last"):
            assert east.control(op="group_send", group="chat_alerts", event={"type": "chat.message", "message": text})[
                "ok"]
            for member in members:
                await member.hear_to(text)
        for member in members:
            assert member.heard == [(1, "first"), (2, "last")]

    with site("routes.alerts=ops") as (_, east, west):
        tell(story, east, west)


def test_what_no_broker_has_said_is_dropped_and_counted():
    async def story(redis, east):
        member = await Member().come(east)
        strange = ["", "null", "[]", "{", '{"seq":"1"}', '{"room": "lobby"}', "\0\1\2", '{"event": 7}', "x" * 100000]
        for text in strange:
            redis.client().publish("roomwire:events", text)
        wait_for(lambda: east.control(op="stats")["stats"]["redis_broken"] >= len(strange) - 1, "they are counted")
        redis.client().xadd("roomwire:log:lobby", {"m": "no time"}, id="5-0")
        await member.say("hello", "r")
        error = await member.hear_frame("error")
        assert (error["code"], error["ref"]) == ("unavailable", "r")  # the stream has a higher id than the room's seq
        redis.client().delete("roomwire:log:lobby")
        await member.say("hello", "r")
        await member.hear_to("hello")
        assert is_whole(member.heard)

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


def test_a_redis_that_is_full_is_told_as_such():
    async def story(redis, east):
        member = await Member().come(east)
        redis.cli("CONFIG", "SET", "maxmemory", "1")
        await member.say("hello", "r")
        assert (await member.hear_frame("error"))["code"] == "storage"
        redis.cli("CONFIG", "SET", "maxmemory", "0")
        await member.say("hello", "r")
        await member.hear_to("hello")
        assert member.heard == [(1, "hello")]

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


def test_what_is_under_way_when_redis_stops_for_a_while_is_said_once():
    async def story(redis, east):
        member = await Member().come(east)
        redis.pause()
        await member.say("hello", "r")
        await member.hear_frame("error")  # about the link, sent to all members
        redis.resume()
        await member.hear_frame("available")
        await member.hear_to("hello")
        await member.say("end")
        await member.hear_to("end")
        assert member.heard == [(1, "hello"), (2, "end")] and member.acks == {"r": 1}

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


async def come_and_lose(redis, *brokers):
    """A member at each broker; all have heard "hello", and then that Redis is away."""
    members = [await Member().come(broker) for broker in brokers]
    await members[0].say("hello")
    for member in members:
        await member.hear_to("hello")
    redis.kill()
    for member in members:
        assert (await member.hear_frame("error"))["code"] == "unavailable"
    return members


def test_members_are_told_of_a_new_numbering_when_redis_has_lost_the_old_one():
    async def story(redis, east, west):
        members = await come_and_lose(redis, east, west)
        await asyncio.to_thread(redis.start)
        epochs = [await member.hear_frame("epoch") for member in members]
        assert epochs[0] == epochs[1] and epochs[0]["seq"] == 0
        assert not any(member.frames("available") for member in members), "it comes behind"
        assert epochs[0]["epoch"] != members[0].welcome["epoch"]
        await members[1].hear_frame("available")
        await members[1].say("again")
        for member in members:
            await member.hear_to("again")
            assert member.heard[-1] == (1, "again")

    with site() as (redis, east, west):
        tell(story, redis, east, west)


def test_a_numbering_goes_on_when_redis_has_kept_it():
    async def story(redis, east, west):
        members = [await Member().come(broker) for broker in (east, west)]
        await members[0].say("hello", "r")
        await members[1].hear_to("hello")
        redis.kill()
        await asyncio.to_thread(redis.start)
        for member in members:
            await member.hear_frame("available")
        await members[1].say("again")
        for member in members:
            await member.hear_to("again")
            assert member.heard == [(1, "hello"), (2, "again")]
            assert not member.frames("epoch")

    with site(**DURABLE) as (redis, east, west):
        tell(story, redis, east, west)


async def say_to_an_old_copy(redis, member):
    """Says five messages; the copy that Redis will restart with has two of them."""
    for number in range(1, 6):
        await member.say(f"old {number}")
        await member.hear_to(f"old {number}")
        if number == 2:
            redis.cli("SAVE")


def test_a_number_is_given_once_though_redis_comes_back_with_an_older_copy():
    """The broker that writes first has not opened the room. It has passed the lost numbers when the other is back."""
    async def story(redis, east, west):
        member, elsewhere = await Member().come(east), await Member().come(west, room="elsewhere")
        await say_to_an_old_copy(redis, member)
        await elsewhere.say("west has heard it")
        await elsewhere.hear_to("west has heard it")
        east.pause()
        redis.kill()
        await asyncio.to_thread(redis.start)
        await elsewhere.hear_frame("available")
        answers = [await asyncio.to_thread(west.control, op="group_send", room="lobby",
                                           event={"type": "chat.message", "message": f"new {number}"}) for number in range(3, 9)]
        assert [answer["seq"] for answer in answers] == list(range(3, 9))
        east.resume()
        anew = await member.hear_frame("epoch")
        assert anew["seq"] == 2 and anew["epoch"] != member.welcome["epoch"]
        await member.hear_to("new 8")
        assert member.heard[5:] == [(number, f"new {number}") for number in range(3, 9)]
        await member.come(west, f"?epoch={member.welcome['epoch']}&after=5")
        assert member.welcome["recovered"] is False and member.welcome["epoch"] == anew["epoch"]

    with site() as (redis, east, west):
        tell(story, redis, east, west)


def test_who_has_heard_more_than_anybody_else_knows_of_begins_anew():
    async def story(redis, east):
        member = await Member().come(east)
        await say_to_an_old_copy(redis, member)
        east.stop()
        redis.kill()
        await asyncio.to_thread(redis.start)
        await asyncio.to_thread(east.start)
        wait_for(lambda: east.control(op="stats")["stats"]["redis_links_up"] == 1, "Redis is there")
        await member.come(east, f"?epoch={member.welcome['epoch']}&after=5")
        assert (member.welcome["seq"], member.welcome["recovered"]) == (2, False)
        await member.say("new 3")
        await member.hear_to("new 3")
        assert member.heard[5:] == [(1, "old 1"), (2, "old 2"), (3, "new 3")]

    with site(names=("east",)) as (redis, east):
        tell(story, redis, east)


def test_who_may_speak_while_redis_is_away_begins_anew_and_comes_back():
    async def story(redis, east, west):
        members = await come_and_lose(redis, east, west)
        await members[0].say("alone", "r")
        await members[0].hear_to("alone")
        alone = members[0].frames("epoch")
        assert members[0].heard[-1] == (1, "alone") and members[0].acks == {"r": 1} and len(alone) == 1
        late = await Member().come(east)
        assert late.welcome["epoch"] == alone[0]["epoch"]
        await asyncio.to_thread(redis.start)
        for member in members:
            await member.hear_frame("available")
        await members[1].say("together")
        for member in members:
            await member.hear_to("together")
            assert member.heard[-1] == (2, "together")
        assert [(frame["epoch"], frame["seq"]) for frame in members[0].frames("epoch")[1:]] == [(members[0].welcome["epoch"], 1)]

    with site("redis.when_away=local", **DURABLE) as (redis, east, west):
        tell(story, redis, east, west)
