# SPDX-License-Identifier: MIT
"""Changes are whole when a broker is killed, and the same at all brokers of a site."""

import asyncio
import contextlib
import itertools
import sqlite3

import pytest
import websockets
from changes import SECRET, delete, edit, hear, member, rows, say, short, story
from redis_server import RedisServer
from stack import Broker
from talk import ask
from test_hub import Rack

SAYS, EDITS, DELETES, DELETED = range(4)  # message.kind


def check_that_nothing_is_half_done(path):
    """Each change and what it did are there together, or not at all."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = {seq: (kind, target, text) for seq, kind, target, text in database.execute(
            "SELECT seq, kind, target, text FROM message ORDER BY seq")}
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    assert list(rows) == list(range(1, len(rows) + 1))
    wanted = {}
    for seq, (kind, target, text) in rows.items():
        if kind in (SAYS, DELETED):
            wanted[seq] = text if kind == SAYS else ""
        elif kind == EDITS:
            wanted[target] = text
        else:
            assert (rows[target][0], text) == (DELETED, "")
    deleted = {target for kind, target, _ in rows.values() if kind == DELETES}
    assert deleted == {seq for seq, (kind, _, _) in rows.items() if kind == DELETED}
    for seq, text in wanted.items():
        assert rows[seq][2] == ("" if seq in deleted else text)
    assert not any(text for kind, target, text in rows.values() if kind == EDITS and target in deleted)
    return rows


async def change_what_is_said(broker, promised):
    """Until the broker is gone: a message, two edits of it, and of every other one the deletion."""
    with contextlib.suppress(websockets.ConnectionClosed):
        async with member(broker) as ann:
            for turn in itertools.count():
                seq = await say(ann, f"{turn}", f"s{turn}")
                for part in "ab":
                    promised[(await edit(ann, seq, f"{turn}{part}", f"e{turn}{part}"))["seq"]] = (EDITS, seq)
                if turn % 2:
                    promised[(await delete(ann, seq, f"d{turn}"))["seq"]] = (DELETES, seq)


def test_a_killed_broker_leaves_no_change_half_done():
    with Broker("limits.messages_per_second=0") as broker:
        async def story():
            promised = {}
            task = asyncio.create_task(change_what_is_said(broker, promised))
            while len(promised) < 50:
                await asyncio.sleep(0.01)
            backup = str(broker.state / "backup.db")
            assert (await ask(broker, op="backup", path=backup))["ok"]
            while len(promised) < 100:
                await asyncio.sleep(0.01)
            broker.kill()
            await task
            return promised, backup
        promised, backup = asyncio.run(story())
        broker.start()
        kept = check_that_nothing_is_half_done(broker.state / "history.db")
        assert {seq: kept[seq][:2] for seq in promised} == promised
        assert len(check_that_nothing_is_half_done(backup)) >= 50


class RedisRack:
    """Brokers on one Redis, of which none is the hub."""

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        redis = self.stack.enter_context(RedisServer())
        self.all = [self.stack.enter_context(Broker("layer.backend=redis", f"redis.url={redis.url}"))
                    for _ in range(3)]
        self.hub, *self.edges = self.all
        return self

    def __exit__(self, *_):
        self.stack.close()


@pytest.fixture(name="rack", params=[Rack, RedisRack], ids=["hub", "redis"])
def fixture_rack(request):
    with request.param() as rack:
        yield rack


@contextlib.asynccontextmanager
async def members_of(rack):
    """Someone in the lobby of each broker: of the hub, and of two edges."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(member(broker)) for broker in rack.all]


@story
async def test_edges_edit_and_delete_and_all_brokers_hear_it(rack):
    async with members_of(rack) as (at_hub, ann, at_edge), member(rack.edges[1]) as bob:
        first = await say(ann, "helo")
        assert (await edit(bob, first, "mine"))["code"] == "not_yours"
        assert (await edit(ann, first, "hello"))["seq"] == 2
        assert (await delete(ann, 9))["code"] == "no_target"
        assert (await delete(ann, first))["seq"] == 3
        for listener in (at_hub, at_edge):
            assert [short(event) for event in await hear(listener, 3)] == [
                {"seq": 1, "type": "message", "message": "helo"},
                {"seq": 2, "type": "edit", "target": 1, "message": "hello"},
                {"seq": 3, "type": "delete", "target": 1}]
        await say(at_hub, "by the hub", "2")
        assert (await ask(rack.edges[1], op="edit", room="lobby", target=4, message="by an edge"))["seq"] == 5
        assert [event["message"] for event in await hear(at_edge, 2)] == ["by the hub", "by an edge"]
        assert [await asyncio.to_thread(rows, broker) for broker in rack.all] == 3 * [
            await asyncio.to_thread(rows, rack.hub)]


@story
async def test_who_comes_back_at_another_broker_never_hears_what_was_deleted(rack):
    async with members_of(rack) as (at_hub, ann, _):
        epoch = ann.welcome["epoch"]
        await say(ann, SECRET, "1")
        await edit(ann, 1, SECRET + " too", "2")
        await say(ann, "helo", "3")
        await edit(ann, 3, "hello", "4")
        await delete(ann, 1, "5")
        await hear(at_hub, 5)
    for broker in rack.all:  # from the disk of the hub, and from memory
        for _ in range(2):
            async with member(broker, f"?epoch={epoch}&after=0") as back:
                heard = await hear(back, 5)
                assert back.welcome["recovered"] and SECRET not in repr(heard)
                assert [event.get("deleted", False) for event in heard] == [True, False, False, False, False]
                assert heard[2]["message"] == "hello" and "edited" in heard[2]


@story
async def test_an_edge_of_a_hub_without_history_says_so():
    with Rack(settings=("history.durability=none",)) as rack:
        async with member(rack.edges[0]) as ann:
            await say(ann, "one")
            assert (await edit(ann, 1, "uno"))["code"] == "no_history"
