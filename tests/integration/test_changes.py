# SPDX-License-Identifier: MIT
"""Messages are edited and deleted: everybody hears it in its place, and what was deleted is nowhere any more."""

import asyncio
import contextlib
import json
import sqlite3
import tempfile

import pytest
from changes import SECRET, answer_to, delete, edit, hear, member, rows, say, short, story
from faked_clock import Clock, Clocked
from redis_server import RedisServer
from stack import Broker, control, is_silent, receive, receive_type, wait_for
from streams import EventStream, Poll, events
from talk import ask

TEN_MINUTES = 10 * 60
ANN = {"user": "ann", "user_id": "A" * 22}


class ArchiveBroker(Broker):
    """Keeps the messages in history.db."""

    def everything(self):
        """All that the tables say, with what the search index finds."""
        with database_of(self) as database:
            return repr(database.execute("SELECT * FROM message").fetchall())


class RedisBroker(Broker):
    """Keeps them in Redis."""

    def __init__(self, *settings):
        self.redis = RedisServer(rdbcompression="no")
        super().__init__("layer.backend=redis", f"redis.url={self.redis.url}", *settings)

    def __enter__(self):
        self.redis.__enter__()
        return super().__enter__()

    def start(self):
        super().start()
        wait_for(lambda: self.control(op="members", room="lobby")["ok"], "it reaches Redis")
        return self

    def __exit__(self, *error):
        super().__exit__(*error)
        self.redis.__exit__(*error)

    def everything(self):
        """All keys as a dump has them."""
        client = self.redis.client(decode_responses=False)
        return repr([client.dump(key) for key in client.scan_iter()])


@pytest.fixture(params=[ArchiveBroker, RedisBroker], ids=["archive", "redis"])
def broker(request):
    with request.param() as started:
        yield started


@pytest.fixture
def searcher():
    """Only an archive can be searched."""
    with ArchiveBroker() as started:
        yield started


class FakedBroker(Clocked, Broker):
    def __init__(self, state):
        super().__init__(state=state)
        self.clock = Clock(state)


def database_of(broker):
    return contextlib.closing(sqlite3.connect(f"file:{broker.state}/history.db?mode=ro", uri=True))


@story
async def test_an_edit_is_acked_and_heard_in_its_place(broker):
    async with member(broker) as ann, member(broker) as bob:
        first = await say(ann, "helo")
        acked = await edit(ann, first, "hello")
        assert acked == {"type": "ack", "ref": "edit", "seq": 2}
        assert [short(event) for event in await hear(bob, 2)] == [
            {"seq": 1, "type": "message", "message": "helo"},
            {"seq": 2, "type": "edit", "target": 1, "message": "hello"}]
        (own,) = await hear(ann, 1)  # behind the ack
        assert own["user"] == ann.welcome["user"] and short(own)["target"] == first
        row, change = await asyncio.to_thread(rows, broker)
        assert (row["message"], row["edited"]) == ("hello", change["time"])


@story
async def test_a_deletion_leaves_a_number_and_a_name(broker):
    async with member(broker) as ann, member(broker) as bob:
        first = await say(ann, SECRET)
        await edit(ann, first, SECRET + " again")
        assert SECRET in await asyncio.to_thread(broker.everything)
        assert (await delete(ann, first))["seq"] == 3
        heard = await hear(bob, 3)
        assert short(heard[2]) == {"seq": 3, "type": "delete", "target": 1} and heard[2]["user"] == heard[0]["user"]
        kept = await asyncio.to_thread(rows, broker)
        assert [short(row) for row in kept] == [
            {"seq": 1, "message": "", "deleted": True}, {"seq": 2, "type": "edit", "target": 1, "message": ""},
            {"seq": 3, "type": "delete", "target": 1}]
        assert kept[0]["user"] == ann.welcome["user"] and "edited" not in kept[0]
        assert SECRET not in await asyncio.to_thread(broker.everything)
        await ann.send('{"type": "history", "after": 0}')
        assert (await receive_type(ann, "history"))["messages"] == kept


@story
async def test_nobody_changes_what_others_said_or_what_is_no_more(broker):
    async with member(broker) as ann, member(broker) as bob:
        first = await say(ann, "mine")
        for change in (edit(bob, first, "yours"), delete(bob, first)):
            assert (await change)["code"] == "not_yours"
        for change in (edit(ann, 7, "x"), delete(ann, 7)):
            assert (await change)["code"] == "no_target"
        await delete(ann, first)
        for change in (edit(ann, first, "back", "e2"), delete(ann, first, "d2"), edit(ann, 2, "x", "e3")):
            assert (await change)["code"] == "no_target", "neither what is deleted nor a deletion is changed"
        for frame, code in (({"type": "edit", "target": 0, "message": "x"}, "bad_target"),
                            ({"type": "edit", "target": "1", "message": "x"}, "bad_target"),
                            ({"type": "delete"}, "bad_target"), ({"type": "edit", "target": 1}, "no_message"),
                            ({"type": "edit", "target": 1, "message": ""}, "empty")):
            assert (await answer_to(ann, "bad", **frame))["code"] == code, frame
        assert len(await asyncio.to_thread(rows, broker)) == 2, "what was refused has no number"


@story
async def test_a_change_that_is_sent_again_is_done_once(broker):
    async with member(broker) as ann:
        first = await say(ann, "helo")
        assert [(await edit(ann, first, "hello", "same"))["seq"] for _ in range(2)] == [2, 2]
        assert [(await delete(ann, first, "gone"))["seq"] for _ in range(2)] == [3, 3]


@story
async def test_plain_clients_hear_nothing_of_it_and_their_numbers_skip(broker):
    async with member(broker) as ann, member(broker, version1=False) as bob:
        first = await say(ann, "one")
        await edit(ann, first, "uno")
        await delete(ann, first)
        await say(ann, "two", "say2")
        assert [(event["seq"], event["message"]) for event in [await receive(bob), await receive(bob)]] == [
            (1, "one"), (4, "two")]


@pytest.mark.parametrize("is_reopened", [False, True], ids=["from memory", "from the disk"])
@story
async def test_who_comes_back_hears_it_in_order_and_never_what_was_deleted(broker, is_reopened):
    async with contextlib.AsyncExitStack() as stack:
        ann = await stack.enter_async_context(member(broker))
        epoch = ann.welcome["epoch"]
        await say(ann, SECRET, "1")
        await say(ann, "stays", "2")
        await edit(ann, 1, SECRET + " edited", "3")
        async with member(broker, f"?epoch={epoch}&after=0") as heard_before:  # renders it
            assert SECRET in repr(await hear(heard_before, 3))
        await edit(ann, 2, "stays, edited", "4")
        await delete(ann, 1, "5")
        if is_reopened:
            await stack.aclose()
        expected = [{"seq": 1, "type": "message", "message": "", "deleted": True},
                    {"seq": 2, "type": "message", "message": "stays, edited"},
                    {"seq": 3, "type": "edit", "target": 1, "message": ""},
                    {"seq": 4, "type": "edit", "target": 2, "message": "stays, edited"},
                    {"seq": 5, "type": "delete", "target": 1}]
        for after in range(5):
            async with member(broker, f"?epoch={epoch}&after={after}") as back:
                assert back.welcome["recovered"] and back.welcome["seq"] == 5
                heard = await hear(back, 5 - after)
                assert [short(event) for event in heard] == expected[after:]
        async with member(broker, f"?epoch={epoch}&after=0", version1=False) as plain:
            assert (await receive(plain))["message"] == "stays, edited" and await is_silent(plain)
        async with member(broker, f"?epoch={epoch}&after=2", version1=False) as plain:
            assert await is_silent(plain)


@story
async def test_streams_and_polls_go_on_behind_a_change(broker):
    async with member(broker) as ann:
        epoch = ann.welcome["epoch"]
        await say(ann, "one")
        await edit(ann, 1, "uno")
        async with Poll(broker.port, f"/poll/chat/lobby/?epoch={epoch}&after=1&wait=0") as answer:
            assert [short(event) for event in await events(answer) if event["type"] == "edit"] == [
                {"seq": 2, "type": "edit", "target": 1, "message": "uno"}]
        async with EventStream(broker.port, "/sse/chat/lobby/") as stream:
            assert (await stream.event())["type"] == "welcome"
            await delete(ann, 1)
            while (event := await stream.event())["type"] != "delete":
                pass
            assert (event["target"], stream.last_id) == (1, f"{epoch}-3")


@story
async def test_the_broker_comes_back_with_what_was_changed(broker):
    async with member(broker) as ann:
        epoch = ann.welcome["epoch"]
        await say(ann, SECRET, "1")
        await say(ann, "helo", "2")
        await edit(ann, 2, "hello", "3")
        await delete(ann, 1, "4")
        before = await asyncio.to_thread(rows, broker)
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    assert await asyncio.to_thread(rows, broker) == before
    async with member(broker, f"?epoch={epoch}&after=0") as back:
        assert SECRET not in repr(await hear(back, 4))


async def find(broker, query):
    answer = await ask(broker, op="search", room="lobby", query=query)
    return [row["seq"] for row in answer["messages"]]


@pytest.mark.parametrize("is_indexed", [False, True], ids=["before the index", "behind the index"])
@story
async def test_search_finds_what_messages_say_now(searcher, is_indexed):
    broker = searcher
    async with member(broker) as ann:
        await say(ann, SECRET + " one", "1")
        await say(ann, SECRET + " two", "2")
        if is_indexed:
            await asyncio.to_thread(until_indexed, broker, 2)
        await edit(ann, 1, "madagascar one", "3")
        assert (await find(broker, SECRET), await find(broker, "madagascar")) == ([2], [1]), "edits are no results"
        await delete(ann, 2, "4")
        assert (await find(broker, SECRET), await find(broker, "two")) == ([], [])
        await asyncio.to_thread(until_indexed, broker, 4)
        assert [await find(broker, word) for word in (SECRET, "two", "madagascar", "one")] == [[], [], [1], [1]]
    with sqlite3.connect(f"{broker.state}/history.db") as database:
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def until_indexed(broker, number):
    def indexed():
        with database_of(broker) as database:
            return database.execute("SELECT indexed FROM archive").fetchone()[0] >= number
    wait_for(indexed, "the index has come along")


@story
async def test_control_changes_as_the_site_and_as_a_person(broker):
    ann, bob = ANN, {"user": "bob", "user_id": "B" * 21 + "A"}
    async with member(broker) as listener:
        said = await ask(broker, op="say", room="lobby", message="mine", **ann)
        assert said["seq"] == 1
        assert (await ask(broker, op="edit", room="lobby", target=1, message="x", **bob))["error"] == "not_yours"
        assert (await ask(broker, op="delete", room="lobby", target=1, **bob))["error"] == "not_yours"
        assert (await ask(broker, op="edit", room="lobby", target=1, message="edited", **ann))["seq"] == 2
        assert (await ask(broker, op="edit", room="lobby", target=1, message="by the site"))["seq"] == 3
        assert (await ask(broker, op="delete", room="lobby", target=1, any=True, **bob))["seq"] == 4
        assert (await ask(broker, op="delete", room="lobby", target=1))["error"] == "no_target"
        assert (await ask(broker, op="delete", room="elsewhere", target=1))["error"] == "no_target"
        assert [event["user"] for event in await hear(listener, 4)] == ["ann", "ann", "", "bob"]
    for request, code in (({"op": "edit", "target": 1}, "no_message"), ({"op": "edit", "message": "x"}, "bad_target"),
                          ({"op": "delete", "target": -1}, "bad_target"),
                          ({"op": "delete", "target": 1, "any": 1, **ann}, "bad_any"),
                          ({"op": "delete", "target": 1, "user_id": "A"}, "bad_user"),
                          ({"op": "delete", "target": 1, "user": "a/b"}, "bad_user")):
        assert (await ask(broker, room="lobby", **request))["error"] == code, request


@story
async def test_an_edit_comes_too_late_after_ten_minutes_and_a_deletion_never():
    with tempfile.TemporaryDirectory() as state, FakedBroker(state) as broker:
        async with member(broker) as ann:
            await say(ann, "helo")
            broker.clock.set(TEN_MINUTES - 5)
            assert (await edit(ann, 1, "hello", "1"))["type"] == "ack"
            broker.clock.set(TEN_MINUTES + 5)
            assert (await edit(ann, 1, "hi", "2"))["code"] == "too_late"
            assert (await ask(broker, op="edit", room="lobby", target=1, message="hi"))["ok"], "the site may"
            assert (await delete(ann, 1, "3"))["type"] == "ack"


@story
async def test_a_broker_without_history_says_so():
    with Broker("history.durability=none") as broker:
        async with member(broker) as ann:
            await say(ann, "one")
            assert (await edit(ann, 1, "uno"))["code"] == "no_history"
            assert (await delete(ann, 1))["code"] == "no_history"
            assert (await ask(broker, op="delete", room="lobby", target=1))["error"] == "no_history"


@story
async def test_followers_and_mailboxes_hear_it(broker):
    mailbox = (await ask(broker, op="new_channel", prefix="test"))["channel"]
    assert (await ask(broker, op="group_add", room="lobby", channel=mailbox))["ok"]

    def story():
        with broker.follow("chat_lobby ") as next_line:
            for request in ({"op": "group_send", "event": {"type": "chat.message", "message": "helo"}},
                            {"op": "edit", "target": 1, "message": "hello", "user": "cron"},
                            {"op": "delete", "target": 1}):
                assert control(broker.state, room="lobby", **request)["ok"]
            return [json.loads(next_line().split(" ", 1)[1]) for _ in range(3)]
    lines = await asyncio.to_thread(story)
    assert [(line["type"], line.get("target")) for line in lines] == [
        ("chat.message", None), ("edit", 1), ("delete", 1)]
    types = []
    while "chat.delete" not in types:
        answer = await ask(broker, op="receive", channel=mailbox, timeout_ms=10000)
        types.append(answer["message"]["type"])
    assert types[-3:] == ["chat.message", "chat.edit", "chat.delete"]


@story
async def test_nobody_forges_a_change(broker):
    for kind in ("edit", "delete"):
        answer = await ask(broker, op="group_send", room="lobby", event={"type": kind, "target": 1})
        assert answer["error"] == "reserved_type"


@story
async def test_an_edit_on_redis_comes_too_late_after_ten_minutes_and_a_deletion_never():
    with RedisBroker() as broker:
        async with member(broker) as ann:
            await say(ann, "now", "1")
            with broker.redis.client() as client:
                (_, said), = client.xrange("roomwire:log:lobby")
                client.delete("roomwire:room:lobby", "roomwire:log:lobby")
                for number, seconds in enumerate((TEN_MINUTES + 5, TEN_MINUTES - 60), 1):
                    time = int(said["t"]) - seconds * 1000
                    client.xadd("roomwire:log:lobby", {**said, "m": "then", "t": time}, id=f"{number}-0")
            assert (await edit(ann, 1, "hello", "2"))["code"] == "too_late"
            assert (await edit(ann, 2, "hello", "3"))["type"] == "ack"
            assert (await ask(broker, op="edit", room="lobby", target=1, message="hi"))["ok"], "the site may"
            assert (await delete(ann, 1, "4"))["type"] == "ack"


@story
async def test_messages_around_those_that_were_changed_stay_as_they_were():
    with RedisBroker("limits.messages_per_second=0") as broker:
        def request(**members):
            return broker.control(room="lobby", **members)

        def told():
            pages = [request(op="history", after=after, limit=100)["messages"] for after in range(0, 400, 100)]
            back = [request(op="history", before=before, limit=100)["messages"] for before in range(401, 100, -100)]
            assert {row["seq"]: row for row in sum(back, [])} == {row["seq"]: row for row in sum(pages, [])}
            return sum(pages, [])
        for number in range(1, 361):
            assert request(op="say", **ANN, message=f"{SECRET} {number}")["seq"] == number
        before = told()
        for turn in range(36):  # more than the edits whose numbers are kept
            assert request(op="edit", target=150, message=f"{SECRET} edited {turn}")["ok"]
        for target in (1, 150, 360):
            assert request(op="delete", target=target)["ok"]
        after = told()
        assert [row["seq"] for row in after] == list(range(1, 400))
        for old, new in zip(before, after):
            assert old == new or (new["seq"] in (1, 150, 360) and new["deleted"] and new["message"] == "")
        assert not any(row.get("message") for row in after[360:])
        kept = broker.everything()
        assert not any(f"{SECRET} {gone}" in kept for gone in ("360", "edited"))
        assert f"{SECRET} 300" in kept and request(op="delete", target=150)["error"] == "no_target"


@story
async def test_what_a_room_keeps_ends_for_changed_messages_too():
    with RedisBroker("limits.messages_per_second=0", "redis.room_messages=100") as broker:
        for number in range(1, 11):
            assert broker.control(op="say", room="lobby", **ANN, message=f"{number}")["ok"]
        assert broker.control(op="delete", room="lobby", target=5)["ok"]
        for _ in range(600):
            assert broker.control(op="say", room="lobby", **ANN, message="more")["ok"]
        with broker.redis.client() as client:
            assert client.zcard("roomwire:changed:lobby") == 0
