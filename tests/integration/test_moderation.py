# SPDX-License-Identifier: MIT
"""Who keeps order: rooms with rules, and people who are muted, kicked and banned there, over sockets and control. The
table of roles and actions is tested cell by cell elsewhere (tests/unit/common/test_moderation.c); here its orders meet
people who are connected."""

import asyncio
import base64
import contextlib
import inspect
import json
import sqlite3

import pytest
import websockets
import wire
from account_site import AccountBroker
from faked_clock import Clock
from redis_server import RedisServer
from stack import DEADLINE_SECONDS, Broker, eventually, receive
from streams import EventStream, Poll, events
from test_layer import nng_may_leak  # autouse: what is on its way to a hub that goes
from test_remote_sessions import Home, Hub, without_accounts
from test_sessions import Accounts

ROOM = "lobby"


def connect(broker, who, room, headers):
    cookie = {"Cookie": who["cookie"]} if who else {}
    return wire.connect(f"ws://127.0.0.1:{broker.port}/ws/chat/{room}/", subprotocols=["roomwire.v1"], max_size=None,
                        extra_headers={**cookie, **headers})


class Somebody:
    """A connection to a room, and what it was told that nobody has asked for yet."""

    def __init__(self, broker, who=None, room=ROOM, **headers):
        self.connecting = connect(broker, who, room, headers)
        self.heard = []
        self.refs = 0

    async def __aenter__(self):
        self.connection = await self.connecting.__aenter__()
        self.welcome = await self.hear("welcome")
        self.name = self.welcome["user"]
        return self

    async def __aexit__(self, *error):
        await self.connecting.__aexit__(*error)

    async def hear(self, kind, **members):
        """The next object of that type with those members; others wait to be asked for."""
        def is_meant(told):
            return told["type"] == kind and all(told.get(key) == value for key, value in members.items())
        for told in filter(is_meant, self.heard):
            self.heard.remove(told)
            return told
        while not is_meant(told := await receive(self.connection)):
            self.heard.append(told)
        return told

    async def ask(self, kind, **members):
        """What comes of it: (type, code) of the answer."""
        self.refs += 1
        ref = f"r{self.refs}"
        await self.connection.send(json.dumps({"type": kind, "ref": ref, **members}))
        while True:
            told = await receive(self.connection)
            if told.get("ref") == ref:
                self.answer = told
                return told.get("code", told["type"])
            self.heard.append(told)

    async def say(self, text="hello"):
        return await self.ask("message", message=text)

    async def order(self, action, **members):
        return await self.ask("moderate", action=action, **members)

    async def closed(self):
        """(code, reason)"""
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await asyncio.wait_for(self.connection.recv(), DEADLINE_SECONDS)
        return self.connection.close_code, self.connection.close_reason


async def is_kept_out(broker, reason, who=None, room=ROOM, **headers):
    """It is let in and closed at once, without a welcome."""
    async with connect(broker, who, room, headers) as connection:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(connection.recv(), DEADLINE_SECONDS)
        return (connection.close_code, connection.close_reason) == (4403, reason)


@pytest.fixture(name="broker")
def fixture_broker():
    with Broker("broker.threads=2") as broker:
        yield broker


@pytest.fixture(name="accounts")
def fixture_accounts(broker):
    return Accounts(broker)


def site_orders(broker, action, room=ROOM, **members):
    answer = broker.control(op="moderate", room=room, action=action, **members)
    assert answer == {"ok": True}, answer


@pytest.fixture(name="people")
def fixture_people(broker, accounts):
    """olga owns the lobby, max is its moderator, mel a member; una has an account."""
    people = {name: accounts("add", name) for name in ("olga", "max", "mel", "una")}
    for name, role in (("olga", "owner"), ("max", "moderator"), ("mel", "member")):
        site_orders(broker, "role", user=name, role=role)
    return people


@contextlib.asynccontextmanager
async def together(broker, *people, room=ROOM):
    """Connections of people (None: a guest), in that order."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Somebody(broker, who, room)) for who in people]


def story(test):
    """Runs an asynchronous test."""
    def run(**fixtures):
        asyncio.run(test(**fixtures))
    run.__name__ = test.__name__
    run.__signature__ = inspect.signature(test)
    return run


@story
async def test_welcome_says_what_one_is_and_may(broker, people):
    site_orders(broker, "topic", text="Tea")
    async with together(broker, people["max"], None) as (moderator, guest):
        assert guest.welcome["you"] == {"role": "guest", "can": ["say", "hurry", "edit", "withdraw"]}
        assert moderator.welcome["you"]["role"] == "moderator"
        assert {"mute", "kick", "ban", "topic", "admit"} <= set(moderator.welcome["you"]["can"])
        assert "members_only" not in moderator.welcome["you"]["can"]
        assert guest.welcome["roles"] == {"max": "moderator"}
        assert guest.welcome["rules"] == {
            "topic": "Tea", "members_only": False, "locked": False, "hidden": False, "slow_seconds": 0}


@story
async def test_whoever_is_first_in_a_room_owns_it(broker, accounts):
    una = accounts("add", "una")
    async with together(broker, una, None, room="tea") as (owner, guest):
        assert owner.welcome["you"]["role"] == "user"
        assert await owner.say() == "ack"
        assert await owner.hear("moderation") == {
            "type": "moderation", "action": "role", "user": "una", "by": "", "role": "owner"}
        assert (await owner.hear("you"))["role"] == "owner"
        assert (await guest.hear("moderation"))["role"] == "owner"
        assert await owner.order("topic", text="Tea") == "done"
    async with together(broker, None, una, room="coffee") as (guest, user):
        assert await guest.say() == "ack"
        assert await user.say() == "ack"
        assert await user.order("topic", text="Coffee") == "forbidden"
    async with together(broker, una, room="water") as (user,):
        assert await user.order("topic", text="Water") == "done", "nothing was said there yet"
        assert (await user.hear("you"))["role"] == "owner"


@story
async def test_rules_are_told_to_all_and_hold_at_once(broker, people):
    async with together(broker, people["olga"], people["max"], people["mel"], None) as (owner, moderator, member, guest):
        assert await moderator.order("topic", text="Tea & cake") == "done"
        assert (await guest.hear("rules"))["topic"] == "Tea & cake"
        assert await guest.hear("moderation") == {
            "type": "moderation", "action": "topic", "by": "max", "text": "Tea & cake"}

        assert await moderator.order("lock", on=True) == "done"
        assert (await guest.hear("rules", locked=True))["topic"] == "Tea & cake"
        assert "say" not in (await guest.hear("you"))["can"]
        assert await guest.say() == "locked"
        assert await member.say() == "locked"
        assert await moderator.say() == "ack"
        assert await moderator.order("lock", on=False) == "done"
        assert "say" in (await guest.hear("you"))["can"]
        assert await guest.say() == "ack"

        assert await moderator.order("slow", seconds=3600) == "done"
        await guest.hear("rules", slow_seconds=3600)
        await guest.hear("you")
        assert await guest.say() == "ack"
        assert await guest.say() == "slow"
        assert 0 < guest.answer["retry_after_ms"] <= 3600 * 1000
        assert await moderator.say() == await moderator.say() == "ack"
        assert await moderator.order("slow", seconds=0) == "done"
        await guest.hear("rules", slow_seconds=0)
        assert await guest.say() == "ack"

        assert await moderator.order("members_only", on=True) == "forbidden"
        assert await owner.order("members_only", on=True) == "done"
        assert await guest.closed() == (4403, "members only")
        assert await member.say() == "ack"
        assert await is_kept_out(broker, "members only")
        assert await is_kept_out(broker, "members only", people["una"])
        async with Somebody(broker, people["mel"]) as other:
            assert other.welcome["rules"]["members_only"]


@story
async def test_what_is_sent_again_has_not_to_wait(broker, people):
    site_orders(broker, "slow", seconds=3600)
    async with together(broker, None) as (guest,):
        assert await guest.say("once") == "ack"
        seq = guest.answer["seq"]
        guest.refs -= 1
        assert await guest.say("once") == "ack"
        assert guest.answer["seq"] == seq


@story
async def test_what_was_said_is_acked_again_whatever_rule_has_come(broker, people):
    def by_a_page(ref):
        return broker.control(op="say", room=ROOM, user="una", user_id=user_id(people["una"]), message="once", ref=ref)

    async with together(broker, people["una"]) as (user,):
        assert await user.say("once") == await user.say("twice") == "ack"
        seq = user.answer["seq"] - 1
        for code, order in (("slow", {"action": "slow", "seconds": 3600}), ("locked", {"action": "lock"}),
                            ("muted", {"action": "mute", "user": "una"}), ("banned", {"action": "ban", "user": "una"})):
            site_orders(broker, **order)
            assert by_a_page("r1") == {"ok": True, "seq": seq, "repeated": True}
            assert by_a_page("new")["error"] == code
            if code == "banned":
                break
            user.refs = 0
            assert await user.say("once") == "ack" and user.answer["seq"] == seq
            user.refs = 100
            assert await user.say("new") == code
        assert broker.control(op="stats")["stats"]["said_forbidden"] == 7
        assert len(broker.control(op="history", room=ROOM)["messages"]) == 2


@story
async def test_muted_people_hear_and_do_not_speak(broker, people):
    async with together(broker, people["max"], people["una"], people["una"], None) as (moderator, one, other, guest):
        other.refs = 10  # one's own would be a repetition
        assert await one.say() == "ack"
        seq = one.answer["seq"]
        assert await moderator.order("mute", user="una", seconds=600, text="spam") == "done"
        assert await guest.hear("moderation") == {
            "type": "moderation", "action": "mute", "user": "una", "by": "max", "seconds": 600, "text": "spam"}
        for tab in (one, other):
            you = await tab.hear("you")
            assert "say" not in you["can"] and you["muted_until"].endswith("Z")
            assert await tab.say() == "muted"
        assert await one.ask("edit", target=seq, message="oh") == "muted"
        async with Somebody(broker, people["una"]) as third:
            third.refs = 20
            assert "muted_until" in third.welcome["you"] and third.welcome["muted"] == ["una"]
            assert await third.say() == "muted"
        assert await guest.say() == "ack"
        await one.hear("message", user=guest.name)
        assert await moderator.order("unmute", user="una") == "done"
        assert "say" in (await one.hear("you"))["can"]
        assert await one.say() == "ack"


def test_mute_ends_by_itself():
    with AccountBroker() as unclocked:
        pass
    broker = AccountBroker()
    broker.clock = Clock(broker.state)
    with broker:
        asyncio.run(mute_for_an_hour(broker))


async def mute_for_an_hour(broker):
    async with together(broker, None, None) as (guest, other):
        site_orders(broker, "mute", user=guest.name, seconds=3600)
        assert "muted_until" in await guest.hear("you")
        assert await guest.say() == "muted"
        broker.clock.set(3601)
        assert await guest.say() == "ack"
        site_orders(broker, "mute", user=other.name, seconds=2)
        assert "muted_until" in await other.hear("you")
        broker.clock.set(3700)
        assert "muted_until" not in await other.hear("you"), "the end is told"


@story
async def test_kicked_people_may_come_back(broker, people):
    async with together(broker, people["max"], people["una"], people["una"], None) as (moderator, one, other, guest):
        assert await moderator.order("kick", user="una") == "done"
        assert await one.closed() == await other.closed() == (4403, "kicked")
        assert (await guest.hear("moderation"))["action"] == "kick"
        async with Somebody(broker, people["una"]) as again:
            assert await again.say() == "ack"
            assert await moderator.say() == "ack"
            await again.hear("message", user="max")


@story
async def test_banned_people_do_not_come_back_to_that_room(broker, people):
    async with together(broker, people["max"], people["una"], None) as (moderator, user, guest):
        assert await moderator.order("ban", user="una", seconds=3600) == "done"
        assert await user.closed() == (4403, "banned here")
        assert await is_kept_out(broker, "banned here", people["una"])
        async with Somebody(broker, people["una"], "tea") as elsewhere:
            assert await elsewhere.say() == "ack"
        assert await moderator.order("unban", user="una") == "done"
        async with Somebody(broker, people["una"]) as again:
            assert await again.say() == "ack"
        assert await moderator.order("ban", user=guest.name) == "done"
        assert await guest.closed() == (4403, "banned here")
        assert await moderator.order("unban", user=guest.name) == "done"


@story
async def test_ban_of_the_site_holds_everywhere(broker, people):
    async with together(broker, people["una"]) as (here,), together(broker, people["una"], room="tea") as (there,):
        site_orders(broker, "ban", room="", user="una")
        assert await here.closed() == await there.closed() == (4403, "banned")
        assert await is_kept_out(broker, "banned", people["una"], "coffee")
        site_orders(broker, "unban", room="", user="una")
        async with Somebody(broker, people["una"]) as again:
            assert await again.say() == "ack"


@story
async def test_address_is_banned_with_whoever_comes_from_it(broker, people):
    spammer, neighbour = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
    async with together(broker, people["max"]) as (moderator,), Somebody(broker, **spammer) as guest, \
            Somebody(broker, **neighbour) as other:
        assert await moderator.order("ban", user=guest.name, by="address") == "done"
        assert await guest.closed() == (4403, "banned here")
        assert await is_kept_out(broker, "banned here", **spammer)
        assert await other.say() == "ack"
        for action in ("mute", "ban", "unban"):
            assert await moderator.order(action, address="198.51.100.7") == "forbidden", "addresses are not to be found out"
        site_orders(broker, "ban", address="198.51.100.0/24")
        assert await other.closed() == (4403, "banned here")
        site_orders(broker, "unban", address="198.51.100.7")
        assert await is_kept_out(broker, "banned here", **spammer)
        site_orders(broker, "unban", address="198.51.100.0/24")
        async with Somebody(broker, **spammer) as again:
            assert await again.say() == "ack"


@story
async def test_session_is_banned_alone(broker, people, accounts):
    phone = accounts("login", "una")
    async with together(broker, people["max"], people["una"]) as (moderator, user):
        assert await moderator.order("ban", user="una", by="session") == "done"
        assert await user.closed() == (4403, "banned here")
        assert await is_kept_out(broker, "banned here", people["una"])
        async with Somebody(broker, phone) as other:
            assert await other.say() == "ack"
            assert await moderator.order("ban", user=moderator.name, by="session") == "above"
    async with together(broker, people["max"], None) as (moderator, guest):
        assert await moderator.order("ban", user=guest.name, by="session") == "nobody"


@story
async def test_moderator_of_one_room_is_nobody_in_another(broker, people):
    async with together(broker, None, people["max"], people["una"], room="tea") as (guest, moderator, user):
        assert await guest.say() == "ack", "the room is nobody's"
        assert moderator.welcome["you"]["role"] == "user"
        for action in ("mute", "kick", "ban"):
            assert await moderator.order(action, user="una") == "forbidden"
        assert await user.say() == "ack"


@story
async def test_nobody_acts_on_who_is_not_lower(broker, people):
    async with together(broker, people["max"], people["olga"], people["una"]) as (moderator, owner, user):
        assert await moderator.order("kick", user="olga") == "above"
        assert await moderator.order("kick", user="max") == "above"
        assert await user.order("kick", user="max") == "forbidden"
        assert await moderator.order("kick", user="nobody") == "nobody"
        assert await moderator.order("role", user="una", role="moderator") == "forbidden"
        assert await owner.order("role", user="una", role="moderator") == "done"
        assert (await user.hear("you"))["role"] == "moderator"
        assert await user.order("mute", user="max") == "above"
        assert await owner.order("role", user="una", role="user") == "done"
        assert (await user.hear("you", role="user"))["can"] == ["say", "hurry", "edit", "withdraw"]
        assert await user.order("topic", text="mine") == "forbidden"


@story
async def test_author_of_a_message_is_meant_by_it(broker, people):
    async with together(broker, people["max"], None, None) as (moderator, guest, other):
        assert await guest.say() == "ack"
        seq = guest.answer["seq"]
        assert await moderator.order("mute", target=seq) == "done"
        assert "muted_until" in await guest.hear("you")
        assert await guest.say() == "muted"
        assert await other.say() == "ack"
        assert await moderator.order("mute", target=seq + 1000) == "nobody"


@story
async def test_bad_orders_are_refused(broker, people):
    async with together(broker, people["olga"]) as (owner,):
        for order in ({"action": "dance"}, {"action": "mute"}, {"action": "mute", "user": ""},
                      {"action": "slow", "seconds": "3"}, {"action": "slow", "seconds": 100000},
                      {"action": "topic", "text": "x" * 251}, {"action": "role", "user": "una", "role": "king"},
                      {"action": "ban", "user": "una", "by": "shoe size"}, {"action": "lock", "on": 1},
                      {"action": "mute", "target": 0}, {"action": "ban", "address": "not one"}):
            assert await owner.order(**order) == "bad_order", order
        assert await owner.ask("moderate", action="topic", text="x" * 5000) == "too_long"
        assert broker.control(op="stats")["stats"]["orders_refused"] == 3


@story
async def test_control_orders_for_the_site_and_for_people(broker, people):
    actor = {"user": "max", "user_id": user_id(people["max"])}
    async with together(broker, people["una"], None) as (user, guest):
        answer = broker.control(op="moderate", room=ROOM, action="mute", user="una", actor=actor, via="page")
        assert answer == {"ok": True}
        assert (await guest.hear("moderation"))["by"] == "max"
        assert await user.say() == "muted"
        stranger = {"user": guest.name, "user_id": "A" * 22, "guest": True}
        assert broker.control(op="moderate", room=ROOM, action="kick", user="una", actor=stranger)["error"] == "forbidden"
        assert broker.control(op="moderate", room=ROOM, action="kick", user="una", via="dream")["error"] == "bad_via"
        assert broker.control(op="moderate", room=ROOM, action="kick", user="una", actor={})["error"] == "bad_actor"
        assert broker.control(op="moderate", room=ROOM, action="lock", actor={"user": "every/hour", "site": True}) == {"ok": True}
        assert (await guest.hear("moderation", action="lock"))["by"] == "every/hour"
        assert broker.control(op="moderate", room="", action="topic", text="Tea")["error"] == "bad_order"
        standing = broker.control(op="standing", room=ROOM, user_id=user_id(people["una"]))
        assert standing["role"] == "user" and "say" not in standing["can"] and standing["muted_until"] is None
        assert broker.control(op="standing", room=ROOM, user_id=user_id(people["max"]))["role"] == "moderator"
        changes = broker.control(op="room_changes", after=-1)
        assert changes["ok"] and changes["complete"] is not None


def user_id(who):
    return base64.urlsafe_b64encode(bytes.fromhex(who["id"])).rstrip(b"=").decode()


@story
async def test_pages_say_nothing_where_their_people_must_not(broker, people):
    def says(name, room=ROOM):
        answer = broker.control(op="say", room=room, user=name, user_id=user_id(people[name]), message="by a page")
        return answer.get("error", "ok")
    assert says("una") == "ok", "nobody is in the room"
    site_orders(broker, "mute", user="una")
    assert says("una") == "muted"
    site_orders(broker, "lock")
    assert (says("mel"), says("max")) == ("locked", "ok")
    site_orders(broker, "lock", on=False)
    site_orders(broker, "slow", seconds=3600)
    assert (says("mel"), says("mel")) == ("ok", "slow")
    site_orders(broker, "members_only")
    site_orders(broker, "unmute", user="una")
    assert (says("una"), says("mel"), says("olga")) == ("members_only", "slow", "ok")
    site_orders(broker, "ban", user="mel")
    assert says("mel") == "banned", "and neither muted nor a stranger"
    assert says("mel", "tea") == "ok"
    await eventually(lambda: broker.control(op="standing", room="tea", user_id=user_id(people["mel"]))["role"] == "owner",
                     "the room that a page was the first in is its user's")
    sent = broker.control(op="group_send", room=ROOM, event={"type": "chat.message", "message": "by a program"})
    assert sent["ok"], "programs are not judged"


@story
async def test_order_is_kept_by_a_broker_that_starts_again(broker, people):
    site_orders(broker, "mute", user="mel")
    site_orders(broker, "ban", user="una")
    site_orders(broker, "lock")
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)
    assert await is_kept_out(broker, "banned here", people["una"])
    async with together(broker, people["mel"], people["max"], None) as (member, moderator, guest):
        assert guest.welcome["rules"]["locked"] and guest.welcome["muted"] == ["mel"]
        assert await guest.say() == "locked"
        assert await moderator.say() == "ack"
        assert await moderator.order("lock", on=False) == "done"
        await member.hear("rules", locked=False)
        assert await member.say() == "muted"


@story
async def test_ban_ends_event_streams_and_long_polls(broker, people):
    headers = {"Cookie": people["una"]["cookie"]}
    async with EventStream(broker.port, f"/sse/chat/{ROOM}/", **headers) as stream:
        welcome = await stream.event()
        place = f"?epoch={welcome['epoch']}&after={welcome['seq']}&wait=60"
        async with Poll(broker.port, f"/poll/chat/{ROOM}/?wait=0", **headers) as poll:
            await events(poll)
        await end_both(broker, stream, Poll(broker.port, f"/poll/chat/{ROOM}/{place}", **headers))


async def end_both(broker, stream, polling):
    async with polling as poll:
        await eventually(lambda: broker.control(op="stats")["stats"]["long_polls"] == 1, "it polls")
        site_orders(broker, "ban", user="una")
        banned = {"type": "close", "code": 4403, "reason": "banned here"}
        assert (await events(stream))[-1] == banned
        assert (await events(poll))[-1]["reason"] in ("poll again", "banned here")
    async with polling as again:
        assert await events(again) == [banned]


@story
async def test_who_is_kicked_between_two_polls_hears_it_by_the_next(broker, people):
    headers = {"Cookie": people["una"]["cookie"]}
    polling = f"/poll/chat/{ROOM}/?wait=0"
    async with together(broker, people["max"]) as (moderator,):
        async with Poll(broker.port, polling, **headers) as poll:
            assert (await events(poll))[-1]["reason"] == "poll again"
        assert await moderator.order("kick", user="una") == "done"
        await eventually(lambda: broker.control(op="members", room=ROOM)["people"] == 1, "she is not kept any more")
        async with Poll(broker.port, polling, **headers) as poll:
            assert await events(poll) == [{"type": "close", "code": 4403, "reason": "kicked"}]
        async with Poll(broker.port, polling, **headers) as poll:
            assert (await events(poll))[-1]["reason"] == "poll again", "and may come back"


@story
async def test_moderators_delete_what_others_say_and_it_is_in_the_log(broker, people):
    async with together(broker, people["max"], people["una"], None) as (moderator, user, guest):
        assert await guest.say("rude") == "ack"
        seq = guest.answer["seq"]
        assert await user.ask("delete", target=seq) == "not_yours"
        assert await moderator.ask("delete", target=seq) == "ack"
        assert (await guest.hear("delete"))["target"] == seq

    def is_logged():
        with contextlib.closing(sqlite3.connect(broker.state / "accounts.db")) as database:
            return database.execute("SELECT via, actor_name, room, subject FROM audit WHERE action = 'delete'").fetchall()
    await eventually(is_logged, "the deletion is in the audit log")
    assert is_logged() == [("socket", "max", ROOM, f"message {seq}")]


@pytest.fixture(name="home", params=[Home, Hub], ids=["ipc", "hub"])
def fixture_home(request):
    with request.param() as home:
        yield home


@pytest.fixture(name="away")
def fixture_away(home):
    """A broker without accounts.db: of rooms of its own, or an edge of the hub."""
    with without_accounts(home) as broker:
        yield broker


@story
async def test_order_is_kept_where_the_accounts_are_elsewhere(home, away):
    accounts = Accounts(home)
    max_, una = accounts("add", "max"), accounts("add", "una")
    site_orders(home, "role", user="max", role="moderator")

    def is_known():
        return away.control(op="standing", room=ROOM, user_id=user_id(max_)).get("role") == "moderator"
    await eventually(is_known, "the broker reaches the one with the accounts")
    async with together(away, max_, una, None) as (moderator, user, guest):
        assert moderator.welcome["you"]["role"] == "moderator" and guest.welcome["roles"] == {"max": "moderator"}
        assert await user.order("kick", user="max") == "forbidden"
        assert await moderator.order("mute", user=guest.name, seconds=600) == "done"
        assert (await user.hear("moderation", action="mute"))["user"] == guest.name
        assert "muted_until" in await guest.hear("you")
        assert await guest.say() == "muted"
        assert await moderator.order("topic", text="Tea") == "done"
        assert (await guest.hear("rules"))["topic"] == "Tea"
        assert await moderator.order("kick", user="una") == "done"
        assert await user.closed() == (4403, "kicked")
        async with Somebody(away, una) as again:
            assert await again.say() == "ack"
            assert await moderator.order("ban", user="una") == "done"
            assert await again.closed() == (4403, "banned here")
        assert await is_kept_out(away, "banned here", una)
        assert await moderator.order("unban", user="una") == "done"
        assert away.control(op="moderate", room=ROOM, action="lock")["ok"], "its own pages order there, too"
        await guest.hear("rules", locked=True)
        standing = away.control(op="standing", room=ROOM, user_id=user_id(max_))
        assert (standing["role"], standing["rules"]["locked"]) == ("moderator", True)
        said = away.control(op="say", room=ROOM, user="una", user_id=user_id(una), message="by a page")
        assert said["error"] == "locked"


@story
async def test_whoever_is_first_elsewhere_owns_the_room(home, away):
    una = Accounts(home)("add", "una")
    async with together(away, una, room="tea") as (user,):
        assert await user.say() == "ack"
        assert (await user.hear("you", role="owner"))["role"] == "owner"
        assert await user.order("topic", text="Tea") == "done"


@story
async def test_moderator_at_the_hub_reaches_people_at_the_edge():
    with Hub() as hub, without_accounts(hub) as edge:
        max_ = Accounts(hub)("add", "max")
        site_orders(hub, "role", user="max", role="moderator")
        async with together(hub, max_) as (moderator,), together(edge, None, None) as (guest, other):
            await moderator.hear("presence")
            assert await guest.say() == "ack"
            await moderator.hear("message")
            assert await moderator.order("mute", target=guest.answer["seq"]) == "done"
            await guest.hear("you")
            assert (await guest.say(), await other.say()) == ("muted", "ack")
            assert await moderator.order("kick", user=other.name) == "done"
            assert await other.closed() == (4403, "kicked")


class RedisHome(Home):
    """The broker that has the accounts, of several on one Redis."""

    def __init__(self, redis):
        self.shared = ("layer.backend=redis", f"redis.url={redis.url}")
        super().__init__(*self.shared)

    def elsewhere(self):
        return [*super().elsewhere(), *self.shared]


@story
async def test_orders_at_one_broker_on_redis_reach_people_at_the_other():
    with RedisServer() as redis, RedisHome(redis) as home, without_accounts(home) as away:
        accounts = Accounts(home)
        max_, una = accounts("add", "max"), accounts("add", "una")
        site_orders(home, "role", user="max", role="moderator")

        def is_known():
            return away.control(op="standing", room=ROOM, user_id=user_id(max_)).get("role") == "moderator"

        def is_banned(broker):
            return "banned_until" in broker.control(op="standing", room=ROOM, user_id=user_id(una))
        await eventually(is_known, "the broker reaches the one with the accounts")
        for turn, (here, there) in enumerate(((home, away), (away, home))):
            async with together(here, max_) as (moderator,), together(there, una, None) as (user, guest):
                moderator.refs = user.refs = 100 * turn  # a ref of the first turn would be a repetition
                await eventually(lambda: len(here.control(op="members", room=ROOM)["members"]) == 3, "all are known")
                assert await user.say() == "ack"
                assert await moderator.ask("delete", target=user.answer["seq"]) == "ack"
                assert (await guest.hear("delete"))["user"] == "max"
                assert await moderator.order("mute", user=guest.name) == "done"
                await guest.hear("you")
                assert (await guest.say(), await user.say()) == ("muted", "ack")
                assert await moderator.order("kick", user="una") == "done"
                assert await user.closed() == (4403, "kicked")
                async with Somebody(there, una) as again:
                    assert await moderator.order("ban", user="una") == "done"
                    assert await again.closed() == (4403, "banned here")
                await eventually(lambda: is_banned(here) and is_banned(there), "both know of the ban")
                for broker in (here, there):
                    assert await is_kept_out(broker, "banned here", una)
                assert await moderator.order("unban", user="una") == "done"
                await eventually(lambda: not is_banned(there) and not is_banned(here), "both know that the ban is over")
