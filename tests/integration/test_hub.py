# SPDX-License-Identifier: MIT
"""A hub numbers and keeps messages for its edges: what is said at any broker is heard at all, once and in one order."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from lossy_proxy import NNG_PUB, LossyProxy
from stack import BUILD, DEADLINE_SECONDS, WRAPPER, Broker, eventually, free_pair, receive, wait_for
from test_layer import nng_may_leak  # autouse: what is on its way to a hub that goes


def run(coroutine):
    return asyncio.run(coroutine)


class Rack:
    """A hub and its edges, each with a state folder."""

    def __init__(self, kind="ipc", edges=2, edge_settings=(), settings=()):
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="roomwire-"))
        self.url = f"ipc://{self.folder}/hub" if kind == "ipc" else f"tcp://127.0.0.1:{free_pair()}"
        self.key = [] if kind == "ipc" else [f"layer.key_file={self.write_key('key', 'k' * 40)}"]
        self.settings = settings
        self.edge_settings = edge_settings
        self.count = edges

    def write_key(self, name, key):
        path = f"{self.folder}/{name}"
        with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="ascii") as file:
            file.write(key + "\n")
        return path

    def edge(self, *settings, url=None, key=None):
        return Broker("layer.backend=nng", f"layer.hub={url or self.url}", *(key or self.key), *settings,
                      *self.edge_settings, *self.settings)

    def start(self, broker):
        self.stack.callback(broker.__exit__)
        return broker.start()

    def __enter__(self):
        self.hub = self.start(Broker("layer.backend=nng", f"layer.listen={self.url}", *self.key, *self.settings))
        self.edges = [self.start(self.edge()) for _ in range(self.count)]
        self.all = [self.hub, *self.edges]
        return self

    def __exit__(self, *_):
        self.stack.close()


@pytest.fixture(name="rack", params=["ipc", "tcp"])
def _rack(request):
    with Rack(request.param) as rack:
        yield rack


@pytest.fixture(name="pair")
def _pair():
    with Rack(edges=1) as rack:
        yield rack


class Member:
    """A member of a room, who records all events."""

    def __init__(self, connection):
        self.connection = connection
        self.events = []
        self.task = asyncio.create_task(self.listen())

    async def listen(self):
        while True:
            self.events.append(await receive(self.connection, 60))

    def of_type(self, kind):
        return [event for event in self.events if event["type"] == kind]

    async def first(self, kind):
        await eventually(lambda: self.of_type(kind), f"a {kind}")
        return self.of_type(kind)[0]

    async def start_saying(self, text, ref):
        await self.connection.send(json.dumps({"type": "message", "message": text, "ref": ref}))

    async def say(self, text, ref):
        """Says text. The answer: an ack or an error."""
        await self.start_saying(text, ref)
        await eventually(lambda: self.answer(ref), f"an answer to {ref}")
        return self.answer(ref)

    def answer(self, ref):
        return next((event for event in self.events if event.get("ref") == ref), None)

    def heard(self):
        return [(event["seq"], event["message"]) for event in self.of_type("message")]

    def codes(self):
        return [event["code"] for event in self.of_type("error")]

    def people(self):
        """The people in the room, as this member was told."""
        people = set(self.of_type("welcome")[0]["members"])
        for event in self.of_type("presence"):
            people = (people | {*event["joined"]}) - {*event["left"]}
        return people


@contextlib.asynccontextmanager
async def members_of(*brokers, room="r", query=""):
    async with contextlib.AsyncExitStack() as stack:
        members = [Member(await stack.enter_async_context(
            broker.connect(f"/ws/chat/{room}/{query}", version1=True, ping_interval=None))) for broker in brokers]
        for member in members:
            await member.first("welcome")
        try:
            yield members
        finally:
            for member in members:
                member.task.cancel()


async def say_many(members, count, start=0):
    """Members speak in turns. The acknowledged texts by sequence number."""
    acked = {}
    for number in range(start, start + count):
        answer = await members[number % len(members)].say(f"message {number}", f"r{number}")
        acked[answer["seq"]] = f"message {number}"
    return acked


def test_what_is_said_anywhere_is_heard_everywhere_once_and_in_one_order(rack):
    async def story():
        async with members_of(*rack.all) as members:
            acked = await say_many(members, 30)
            for member in members:
                await eventually(lambda member=member: len(member.heard()) >= 30, "all is heard")
                assert member.heard() == sorted(acked.items())
    run(story())


def test_pages_of_the_past_are_the_hubs(rack):
    async def story():
        async with members_of(rack.edges[0]) as [ann]:
            await say_many([ann], 5)
            epoch = (await ann.first("welcome"))["epoch"]
        async with members_of(rack.edges[1], query=f"?epoch={epoch}&after=2") as [bob]:
            welcome = await bob.first("welcome")
            assert welcome["seq"] == 5 and welcome["recovered"]
            await eventually(lambda: len(bob.heard()) == 3, "the past")
            assert [seq for seq, _ in bob.heard()] == [3, 4, 5]
            await bob.connection.send('{"type": "history", "before": 4, "limit": 2}')
            page = await bob.first("history")
            assert [message["seq"] for message in page["messages"]] == [2, 3] and page["more"]
    run(story())
    for broker in rack.all:
        page = broker.control(op="history", room="r", after=3)
        assert [message["message"] for message in page["messages"]] == ["message 3", "message 4"]
    assert len({broker.control(op="history", room="r")["epoch"] for broker in rack.all}) == 1


def test_people_are_true_across_brokers(rack):
    async def story():
        async with members_of(rack.hub, rack.edges[0]) as [ann, bob]:
            async with members_of(rack.edges[1]) as [cid]:
                everybody = {(await member.first("welcome"))["user"] for member in (ann, bob, cid)}
                for member in (ann, bob, cid):
                    await eventually(lambda member=member: member.people() == everybody, "all see all")
                gone = (await cid.first("welcome"))["user"]
            for member in (ann, bob):
                await eventually(lambda member=member: member.people() == everybody - {gone}, "one is gone")
    run(story())


def test_program_talks_to_any_broker(rack):
    first, second = rack.edges
    asked = {"type": "chat.message", "message": "from a program"}
    assert first.control(op="group_send", group="chat_r", event=asked, ref="x", sender="cron")["seq"] == 1
    again = first.control(op="group_send", group="chat_r", event=asked, ref="x", sender="cron")
    assert again["seq"] == 1 and again["repeated"]
    assert second.control(op="send", channel="jobs", message={"n": 1})["ok"]
    assert first.control(op="receive", channel="jobs")["message"] == {"n": 1}
    name = first.control(op="new_channel")["channel"]
    for broker in rack.all:
        assert broker.control(op="send", channel=name, message={"from": str(broker.port)})["ok"]
    assert first.control(op="receive", channel=name)["message"] == {"from": str(rack.hub.port)}
    assert second.control(op="send", channel="specific.0123456789ab!1", message={})["error"] == "no_channel"


def test_groups_have_members_everywhere(rack):
    first, second = rack.edges
    names = [broker.control(op="new_channel")["channel"] for broker in rack.all] + ["plain"]
    for name in names:
        assert second.control(op="group_add", group="g", channel=name)["ok"]
    for broker in rack.all:
        assert broker.control(op="members", group="g")["channels"] == sorted(names)
    assert first.control(op="group_send", group="g", event={"type": "x", "n": 1})["ok"]
    for broker, name in zip([*rack.all, first], names, strict=True):
        assert broker.control(op="receive", channel=name)["message"] == {"type": "x", "n": 1}
    assert rack.hub.control(op="group_discard", group="g", channel=names[1])["ok"]
    assert first.control(op="members", group="g")["channels"] == sorted([*names[:1], *names[2:]])
    assert first.control(op="flush")["ok"]
    assert second.control(op="members", group="g")["channels"] == []


def test_announcement_reaches_all_within_a_second(rack):
    async def story():
        async with members_of(*rack.all) as members:
            for broker, text in zip(rack.all, ("one", "two", "three"), strict=True):
                broker.control(op="announce", message=text)
                for member in members:
                    await eventually(lambda member=member, text=text: text in [
                        event["message"] for event in member.of_type("notice")], "it is announced")
    run(story())


@pytest.mark.parametrize("other", [0, 2])
def test_connection_of_another_broker_is_closed(rack, other):
    async def story():
        async with members_of(rack.edges[0]) as [ann]:
            [person] = rack.edges[0].control(op="members", room="r")["members"]
            rack.all[other].control(op="close", channel=person["channels"][0])
            await asyncio.wait_for(ann.connection.wait_closed(), DEADLINE_SECONDS)
    run(story())


def test_connection_that_is_closed_while_its_edge_is_away_is_closed_when_it_is_back(pair):
    edge = pair.edges[0]

    async def story():
        async with members_of(pair.hub, edge) as [ann, bob]:
            name = (await bob.first("welcome"))["user"]
            [person] = [member for member in edge.control(op="members", room="r")["members"] if member["user"] == name]
            await eventually(lambda: name in ann.people(), "one is there")
            edge.process.send_signal(signal.SIGSTOP)
            try:
                await eventually(lambda: name not in ann.people(), "the edge is gone")
                pair.hub.control(op="close", channel=person["channels"][0])
            finally:
                edge.process.send_signal(signal.SIGCONT)
            await asyncio.wait_for(bob.connection.wait_closed(), 20)
    run(story())


def test_edge_that_dies_takes_its_people_with_it(pair):
    async def story():
        async with members_of(pair.hub, pair.edges[0]) as [ann, bob]:
            name = (await bob.first("welcome"))["user"]
            await eventually(lambda: name in ann.people(), "one is there")
            pair.edges[0].kill()
            await eventually(lambda: name not in ann.people(), "one is gone")
    run(story())


def test_edge_loses_its_hub_and_goes_on_where_it_was(pair):
    async def story():
        async with members_of(pair.edges[0], pair.edges[0]) as [ann, bob]:
            acked = await say_many([ann, bob], 10)
            pair.hub.kill()
            await eventually(lambda: "unavailable" in bob.codes(), "the hub is lost")
            answer = await ann.say("refused", "x")
            assert answer["type"] == "error" and answer["code"] == "unavailable"
            assert pair.edges[0].control(op="group_send", group="chat_r", event={
                "type": "chat.message", "message": "refused"})["error"] == "unavailable"
            pair.hub.start()
            await ann.first("available")
            await eventually(lambda: bob.of_type("available"), "the hub is back")
            acked |= await say_many([ann, bob], 10, start=10)
            for member in (ann, bob):
                await eventually(lambda member=member: len(member.heard()) == 20, "all is heard")
                assert member.heard() == sorted(acked.items()) and not member.of_type("epoch")
    run(story())


def test_what_is_on_its_way_when_the_hub_dies_is_said_once():
    with Rack(edges=1, settings=["limits.messages_per_second=0"]) as pair:
        run(dies_meanwhile(pair))


async def dies_meanwhile(pair):
    async with members_of(pair.edges[0]) as [ann]:
        await say_many([ann], 1)
        refs = [f"w{number}" for number in range(300)]
        for number, ref in enumerate(refs):
            await ann.start_saying(f"on its way {number}", ref)
            if number == 150:
                pair.hub.kill()
        pair.hub.start()
        await eventually(lambda: all(ann.answer(ref) for ref in refs), "each has its answer", 60)
        said = {ann.answer(ref)["seq"]: f"on its way {number}" for number, ref in enumerate(refs)
                if ann.answer(ref)["type"] == "ack"}
        assert len(said) > 100
        await eventually(lambda: len(ann.heard()) >= 1 + len(said), "all is heard")
        assert dict(ann.heard()[1:]) == said and len(ann.heard()) == 1 + len(said)
        assert [seq for seq, _ in ann.heard()] == list(range(1, len(said) + 2))


def test_hub_that_stands_still_for_five_seconds_loses_nothing(pair):
    async def story():
        async with members_of(*pair.all) as members:
            acked = await say_many(members, 4)
            pair.hub.process.send_signal(signal.SIGSTOP)
            try:
                await members[1].start_saying("meanwhile", "m")
                await eventually(lambda: "unavailable" in members[1].codes(), "the hub is lost")
            finally:
                pair.hub.process.send_signal(signal.SIGCONT)
            await eventually(lambda: members[1].answer("m"), "it is answered")
            acked[members[1].answer("m")["seq"]] = "meanwhile"
            await members[1].first("available")
            acked |= await say_many(members, 4, start=4)
            for member in members:
                await eventually(lambda member=member: len(member.heard()) == 9, "all is heard")
                assert member.heard() == sorted(acked.items())
    run(story())


def test_hub_that_stops_before_an_edge_has_answered_goes_as_ever(pair):
    def requests():
        return pair.hub.control(op="stats")["stats"]["control_requests"]

    channel = pair.edges[0].control(op="new_channel", prefix="bot")["channel"]
    pair.edges[0].process.send_signal(signal.SIGSTOP)
    try:
        before = requests()
        with ThreadPoolExecutor() as threads:
            asked = threads.submit(pair.hub.control, op="send", channel=channel, message={"n": 1})
            own = itertools.count(1)
            wait_for(lambda: requests() > before + next(own), "it is asked")
            requests()  # behind it
            assert pair.hub.stop() == 0
            assert not asked.result()["ok"]
    finally:
        pair.edges[0].process.send_signal(signal.SIGCONT)
    assert "Sanitizer" not in pair.hub.log()


def test_edge_that_is_killed_comes_back_to_the_same_room(pair):
    async def story():
        edge = pair.edges[0]
        async with members_of(pair.hub) as [ann]:
            async with members_of(edge) as [bob]:
                await say_many([bob, ann], 6)
                epoch = (await bob.first("welcome"))["epoch"]
                edge.kill()
            await say_many([ann], 4, start=6)
            edge.start()
            async with members_of(edge, query=f"?epoch={epoch}&after=5") as [bob]:
                assert (await bob.first("welcome"))["recovered"]
                await say_many([bob], 2, start=10)
                await eventually(lambda: len(bob.heard()) == 7, "all is heard")
                assert [seq for seq, _ in bob.heard()] == list(range(6, 13))
                await eventually(lambda: len(ann.heard()) == 12, "all is heard")
    run(story())


def test_hub_knows_at_once_that_a_channel_is_empty(pair):
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        assert pair.hub.control(op="receive", channel="jobs", timeout_ms=0)["error"] == "empty"
        seconds.append(time.monotonic() - began)
    assert min(seconds) < 0.9  # the edge waits a second for its hub; a busy machine is slow, but not each time
    assert pair.edges[0].control(op="receive", channel="jobs", timeout_ms=0)["error"] == "empty"


def test_frames_that_are_lost_leave_no_gap():
    with Rack("tcp", edges=0) as rack, contextlib.ExitStack() as stack:
        port = free_pair()
        hub_port = int(rack.url.rsplit(":", 1)[1])
        stack.enter_context(LossyProxy(hub_port, NNG_PUB, 0, seed=1, port=port))
        lossy = stack.enter_context(LossyProxy(hub_port + 1, NNG_PUB, 0.1, seed=7, port=port + 1))
        edge = rack.start(rack.edge(url=f"tcp://127.0.0.1:{port}"))

        async def story():
            async with members_of(edge, rack.hub, edge) as members:
                acked = await say_many(members, 150)
                for member in members:
                    await eventually(lambda member=member: len(member.heard()) >= 150, "all is heard")
                    assert member.heard() == sorted(acked.items())
        run(story())
        assert lossy.lost > 5
        assert edge.control(op="stats")["stats"]["layer_gaps"] > 0


def test_wrong_key_is_refused_and_counted():
    with Rack("tcp", edges=0) as rack:
        stranger = rack.start(rack.edge(key=[f"layer.key_file={rack.write_key('other', 'x' * 40)}"]))
        wait_for(lambda: rack.hub.control(op="stats")["stats"]["layer_refused"] > 0, "it is refused")
        wait_for(lambda: stranger.control(op="stats")["stats"]["layer_refused"] > 0, "both refuse")
        wait_for(lambda: "event=hub_lost" in stranger.log(), "it is alone")
        assert stranger.control(op="group_send", group="chat_r", event={
            "type": "chat.message", "message": "x"})["error"] == "unavailable"
        assert rack.hub.control(op="history", room="r")["messages"] == []
        assert "problem=wrong_key" in rack.hub.log()


@pytest.mark.parametrize(("settings", "status", "sentence"), [
    (["layer.hub=tcp://127.0.0.1:1", "layer.key_file=none"], 1, "cannot read"),
    (["layer.listen=tcp://127.0.0.1:1"], 78, "takes a key_file"),
])
def test_broker_that_cannot_start_says_why(settings, status, sentence):
    broker = Broker("layer.backend=nng", *settings)
    broker.spawn()
    assert broker.process.wait(20) == status
    assert sentence in broker.log()


@pytest.mark.parametrize(("settings", "sentence"), [
    ([], "takes either listen"),
    (["layer.listen=ipc:///tmp/a", "layer.hub=ipc:///tmp/b"], "takes either listen"),
    (["layer.listen=tcp://127.0.0.1:1"], "takes a key_file"),
    (["layer.hub=tcp://127.0.0.1:1"], "takes a key_file"),
    (["layer.hub=ipc:///tmp/b", "routes.alerts.*=ops"], "takes no [routes]"),
])
def test_a_hub_or_edge_that_could_not_start_is_told_before(settings, sentence):
    arguments = [part for setting in ("layer.backend=nng", *settings) for part in ("--set", setting)]
    done = subprocess.run([*WRAPPER, str(BUILD / "bin/roomwire-broker"), "--check-config", *arguments],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 78 and sentence in done.stderr
