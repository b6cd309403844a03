# SPDX-License-Identifier: MIT
"""Messages are edited and deleted: everybody hears it in its place, and what was deleted is nowhere any more."""

import asyncio
import contextlib
import functools
import json
import sqlite3
import tempfile

import pytest
from account_site import AccountSite
from faked_clock import Clock, Clocked
from manage import manage
from roomctl import REFUSED, USAGE, Tail, output_of, roomctl, tail_of
from stack import Broker, control, is_silent, receive, receive_type, wait_for
from streams import EventStream, Poll, events
from talk import ask

ROOM = "/ws/chat/lobby/"
TEN_MINUTES = 10 * 60
SECRET = "zanzibar"


def story(coroutine):
    """A test that is told to the end."""
    @functools.wraps(coroutine)
    def told(*arguments, **named):
        asyncio.run(coroutine(*arguments, **named))
    return told


@pytest.fixture
def broker():
    with Broker() as started:
        yield started


class FakedBroker(Clocked, Broker):
    def __init__(self, state):
        super().__init__(state=state)
        self.clock = Clock(state)


@contextlib.asynccontextmanager
async def member(broker, query="", version1=True, cookie=None):
    """Someone in the lobby, with the welcome that came first."""
    headers = {"Cookie": cookie} if cookie else {}
    async with broker.connect(f"{ROOM}{query}", version1=version1, extra_headers=headers) as connection:
        connection.welcome = await receive_type(connection, "welcome") if version1 else None
        yield connection


async def answer_to(connection, ref="r", **frame):
    await connection.send(json.dumps({**frame, "ref": ref}))
    while True:
        answer = await receive(connection)
        if answer.get("ref") == ref:
            return answer


async def say(connection, text, ref="say"):
    return (await answer_to(connection, ref, type="message", message=text))["seq"]


async def edit(connection, target, text, ref="edit"):
    return await answer_to(connection, ref, type="edit", target=target, message=text)


async def delete(connection, target, ref="delete"):
    return await answer_to(connection, ref, type="delete", target=target)


async def hear(connection, count=1, types=("message", "edit", "delete")):
    heard = []
    while len(heard) < count:
        event = await receive(connection)
        if event["type"] in types:
            heard.append(event)
    return heard


def rows(broker, **page):
    return broker.control(op="history", room="lobby", **(page or {"after": 0}))["messages"]


def database_of(broker):
    return contextlib.closing(sqlite3.connect(f"file:{broker.state}/history.db?mode=ro", uri=True))


def everything_in(broker):
    """All that the tables say, with what the search index finds."""
    with database_of(broker) as database:
        return repr(database.execute("SELECT * FROM message").fetchall())


def short(row):
    return {key: row[key] for key in ("seq", "type", "target", "message", "deleted") if key in row}


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
        assert (await delete(ann, first))["seq"] == 3
        heard = await hear(bob, 3)
        assert short(heard[2]) == {"seq": 3, "type": "delete", "target": 1} and heard[2]["user"] == heard[0]["user"]
        kept = await asyncio.to_thread(rows, broker)
        assert [short(row) for row in kept] == [
            {"seq": 1, "message": "", "deleted": True}, {"seq": 2, "type": "edit", "target": 1, "message": ""},
            {"seq": 3, "type": "delete", "target": 1}]
        assert kept[0]["user"] == ann.welcome["user"] and "edited" not in kept[0]
        assert SECRET not in await asyncio.to_thread(everything_in, broker)
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
    assert (await ask(broker, op="search", room="lobby", query=SECRET))["messages"] == []


async def find(broker, query):
    answer = await ask(broker, op="search", room="lobby", query=query)
    return [row["seq"] for row in answer["messages"]]


@pytest.mark.parametrize("is_indexed", [False, True], ids=["before the index", "behind the index"])
@story
async def test_search_finds_what_messages_say_now(broker, is_indexed):
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
    ann, bob = {"user": "ann", "user_id": "A" * 22}, {"user": "bob", "user_id": "B" * 21 + "A"}
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


def test_roomctl_edits_deletes_and_prints_it(broker):
    assert output_of(broker, "send", "--user", "cron", "lobby", SECRET) == ""
    assert output_of(broker, "edit", "--user", "ann", "lobby", "1", f"{SECRET} \"again\"") == ""
    assert output_of(broker, "send", "lobby", "helo") == ""
    assert roomctl(broker, "edit", "--ref", "a", "lobby", "3", "-", input="hello\n").returncode == 0
    assert roomctl(broker, "edit", "--ref", "a", "lobby", "3", "-", input="hello\n").returncode == 0
    assert output_of(broker, "delete", "--user", "bob", "lobby", "1") == ""
    lines = [line.split(" ", 2)[2] for line in output_of(broker, "history", "lobby").splitlines()]
    assert lines == ["cron: (deleted)", "ann edits 1: (deleted)", "*: hello", "* edits 3: hello", "bob deletes 1"]
    for arguments in (("edit", "lobby", "9", "x"), ("delete", "lobby", "1")):
        result = roomctl(broker, *arguments)
        assert (result.returncode, result.stderr) == (REFUSED, "roomctl: There is no such message, or it is deleted.\n")
    for arguments in (("edit", "lobby", "1"), ("delete", "lobby", "x"), ("delete", "lobby", "01"), ("delete", "lobby", "")):
        assert roomctl(broker, *arguments).returncode == USAGE, arguments


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_roomctl_tail_follows_changes_in_order(broker, options):
    with tail_of(broker, "lobby", *options) as tail:
        tail.say("one")
        seq = json.loads(output_of(broker, "export", "lobby").splitlines()[-1])["seq"]
        output_of(broker, "edit", "lobby", str(seq), "uno")
        output_of(broker, "delete", "lobby", str(seq))
        tail.say("two")
        lines = tail.next_lines(4)
    if options:
        assert [json.loads(line)["type"] for line in lines] == ["chat.message", "edit", "delete", "chat.message"]
        assert [json.loads(line)["seq"] for line in lines] == list(range(seq, seq + 4))
    else:
        assert [line.split(" ", 1)[1] for line in lines] == [
            "*: one", f"* edits {seq}: uno", f"* deletes {seq}", "*: two"]


def test_roomctl_tail_reads_changes_that_it_has_missed(broker):
    for arguments in (("send", "lobby", "one"), ("edit", "lobby", "1", "uno"), ("send", "lobby", "two")):
        output_of(broker, *arguments)
    with Tail(broker, "lobby", "--json", "--since", "0") as tail:
        events = [json.loads(line) for line in tail.next_lines(3)]
    assert [event["type"] for event in events] == ["chat.message", "edit", "chat.message"]
    assert (events[1]["target"], events[1]["room"]) == (1, "lobby")


class Lobby:
    """A page's forms for two people, and the room's rows."""

    path = "/chat/lobby/"

    def __init__(self, site):
        self.site = site
        self.ann, self.bob = site.person("ann"), site.person("bob")

    def change(self, browser, what, accept="text/html", **fields):
        return browser.post(f"{self.path}{what}/", {"csrf_token": browser.token(), **fields}, Accept=accept)


def test_forms_edit_and_delete_without_scripts():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message=SECRET)
        reply = lobby.change(lobby.ann, "edit", target=1, message="hello\r\nagain")
        assert (reply.status, reply.location) == (303, f"{lobby.path}?message=1#message-1")
        page = lobby.bob.get(lobby.path).text
        assert "hello\nagain" in page and '<span class="message-edited">(edited)</span>' in page and SECRET not in page
        assert 'id="message-2"' not in page, "an edit is no message"
        assert '"seq": 2' in page, "scripts go on behind it"
        assert lobby.change(lobby.bob, "delete", target=1).status == 403
        assert lobby.change(lobby.ann, "delete", target=1).status == 303
        for browser in (lobby.ann, lobby.bob):
            page = browser.get(lobby.path).text
            assert "message-deleted" in page and "This message was deleted." in page
            assert "again" not in page and "(edited)" not in page
        assert [row.get("type") for row in site.broker.control(op="history", room="lobby")["messages"]] == [
            None, "edit", "delete"]


def test_scripts_post_changes_and_are_told_why_not():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message="helo")

        def answer(browser, what, **fields):
            reply = lobby.change(browser, what, "application/json", **fields)
            return reply.status, json.loads(reply.text)
        status, told = answer(lobby.ann, "edit", target=1, message="hello", ref="a")
        assert (status, told["seq"]) == (200, 2)
        assert answer(lobby.ann, "edit", target=1, message="hello", ref="a")[1] == {"ok": True, "seq": 2, "repeated": True}
        for browser, what, fields, expected in (
                (lobby.bob, "edit", {"target": 1, "message": "x"}, (403, "not_yours")),
                (lobby.ann, "edit", {"target": 1, "message": ""}, (400, "no_message")),
                (lobby.ann, "edit", {"target": "1x", "message": "x"}, (400, "bad_target")),
                (lobby.ann, "delete", {"target": 0}, (400, "bad_target")),
                (lobby.ann, "delete", {"target": 9}, (404, "no_target"))):
            status, told = answer(browser, what, **fields)
            assert (status, told["error"]) == expected, fields
        for what in ("edit", "delete"):
            reply = lobby.ann.post(f"{lobby.path}{what}/", {"target": 1, "message": "x"}, Accept="application/json")
            assert (reply.status, json.loads(reply.text)["error"]) == (403, "csrf")


def test_a_superuser_deletes_what_others_said_and_edits_nothing_of_it():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message="rude")
        assert manage(site.state, "user", "promote", "bob").returncode == 0
        lobby.bob.log_in("bob")
        assert lobby.change(lobby.bob, "edit", target=1, message="kind").status == 403
        assert lobby.change(lobby.bob, "delete", target=1).status == 303


def test_a_page_that_a_browser_has_is_new_when_a_message_of_it_was_changed():
    with AccountSite() as site:
        lobby = Lobby(site)
        for text in ("one", SECRET, "three"):
            lobby.ann.submit(lobby.path, message=text)
        path = "/api/rooms/lobby/messages?before=3&limit=2"
        first = lobby.ann.get(path)
        assert SECRET in first.text and lobby.ann.get(path, If_None_Match=first.headers["ETag"]).status == 304
        lobby.change(lobby.ann, "delete", target=2)
        again = lobby.ann.get(path, If_None_Match=first.headers["ETag"])
        assert again.status == 200 and SECRET not in again.text and '"deleted": true' in again.text
