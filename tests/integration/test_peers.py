# SPDX-License-Identifier: MIT
"""Several brokers, one room; and copies between rooms."""

import asyncio
import subprocess
import tempfile

import pytest
from stack import BUILD, Broker, eventually, is_silent, receive, receive_type, wait_for


def run(coroutine):
    return asyncio.run(coroutine)


def followers_are_connected(sender, room, receiver):
    """Pushes until the other broker hears it: nothing tells when a subscription stands."""
    def heard():
        sender.push('chat_%s {"type":"probe"}' % room)
        return receiver.control(op="stats")["stats"]["peer_events"] > 0
    wait_for(heard, "the peers hear each other")


def test_two_brokers_share_a_room():
    with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
        with Broker(f"broker.peers=ipc://{b}/run/events.ipc", state=a) as first, \
                Broker(f"broker.peers=ipc://{a}/run/events.ipc", state=b) as second:
            followers_are_connected(first, "probe", second)
            followers_are_connected(second, "probe", first)

            async def story():
                async with first.connect("/ws/chat/r/") as ann, second.connect("/ws/chat/r/") as bob:
                    await ann.send('{"message": "from ann"}')
                    one, two = await receive(ann), await receive(bob)
                    assert one["message"] == two["message"] == "from ann" and one["user"] == two["user"]
                    await bob.send('{"message": "from bob"}')
                    assert (await receive(ann))["message"] == "from bob"
                    assert (await receive(bob))["message"] == "from bob"
                    assert await is_silent(ann) and await is_silent(bob)
            run(story())


def test_what_is_done_to_a_message_stays_with_its_broker():
    with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
        with Broker("routes.r=copies", state=a) as first, \
                Broker(f"broker.peers=ipc://{a}/run/events.ipc", state=b) as second:
            followers_are_connected(first, "probe", second)

            def history(broker, room="r"):
                messages = broker.control(op="history", room=room)["messages"]
                return [message.get("message") for message in messages]
            say = {"op": "group_send", "room": "r", "event": {"type": "chat.message", "message": "one"}}
            assert first.control(**say)["ok"]
            wait_for(lambda: history(second) == ["one"], "the peer has it")
            assert first.control(op="edit", room="r", target=1, message="uno")["ok"]
            assert first.control(op="delete", room="r", target=1)["ok"]
            assert first.control(**say)["ok"]
            wait_for(lambda: history(second) == ["one", "one"], "the peer has the next one too")
            wait_for(lambda: history(first, "copies") == ["one", "one"], "so has the room of the copies")
            assert second.control(op="stats")["stats"]["peer_refused"] == 0


def test_three_brokers_hear_each_message_once():
    folders = [tempfile.TemporaryDirectory() for _ in range(3)]
    names = [folder.name for folder in folders]
    brokers = []
    try:
        for name in names:
            peers = " ".join(f"ipc://{other}/run/events.ipc" for other in names if other != name)
            brokers.append(Broker(f"broker.peers={peers}", state=name).start())
        for sender in brokers:
            for receiver in brokers:
                if sender is not receiver:
                    before = receiver.control(op="stats")["stats"]["peer_events"]

                    def heard(before=before, receiver=receiver, sender=sender):
                        sender.push('chat_probe {"type":"probe"}')
                        return receiver.control(op="stats")["stats"]["peer_events"] > before
                    wait_for(heard, "peers")

        async def story():
            async with brokers[0].connect("/ws/chat/r/") as ann, brokers[1].connect("/ws/chat/r/") as bob, \
                    brokers[2].connect("/ws/chat/r/") as cid:
                await ann.send('{"message": "once"}')
                for member in (ann, bob, cid):
                    assert (await receive(member))["message"] == "once"
                for member in (ann, bob, cid):
                    assert await is_silent(member)
        run(story())
    finally:
        for broker in brokers:
            broker.__exit__()
        for folder in folders:
            folder.cleanup()


def broker_follows_itself(broker):
    """Waits for a copy, which goes over the broker's own events socket too."""
    def heard():
        broker.push('chat_probe {"type":"probe"}')
        return broker.control(op="stats")["stats"]["routed_copies"] > 0
    wait_for(heard, "the broker hears itself")


def test_a_broker_that_follows_itself_doubles_nothing():
    with tempfile.TemporaryDirectory() as a:
        with Broker(f"broker.peers=ipc://{a}/run/events.ipc", "routes.probe=heard", state=a) as broker:
            async def story():
                async with broker.connect("/ws/chat/r/", version1=True) as ann:
                    broker_follows_itself(broker)
                    await receive_type(ann, "presence")
                    for event in ('{"type":"job.done"}', '{"type":"chat.message","message":"once"}'):
                        broker.push("chat_r " + event)
                    # What the broker would hear of itself is behind it when the copy of this is.
                    copies = broker.control(op="stats")["stats"]["routed_copies"]
                    broker.push('chat_probe {"type":"probe"}')
                    await eventually(lambda: broker.control(op="stats")["stats"]["routed_copies"] > copies, "the copy")
                    heard = [(await receive(ann))["type"] for _ in range(2)]
                    assert heard == ["job.done", "message"] and await is_silent(ann)
            run(story())


def test_routes_copy_between_rooms():
    with Broker("routes.alerts.*=ops, audit", "routes.probe=heard") as broker:
        broker_follows_itself(broker)

        async def story():
            async with broker.connect("/ws/chat/ops/") as ops, broker.connect("/ws/chat/audit/") as audit, \
                    broker.connect("/ws/chat/alerts.cpu/") as source:
                await source.send('{"message": "hot"}')
                for member in (source, ops, audit):
                    assert (await receive(member))["message"] == "hot"
                assert await is_silent(ops) and await is_silent(source)
        run(story())


def test_rows_of_two_brokers_make_no_circle():
    with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
        with Broker(f"broker.peers=ipc://{b}/run/events.ipc", "routes.left=right", state=a) as first, \
                Broker(f"broker.peers=ipc://{a}/run/events.ipc", "routes.right=left", state=b) as second:
            followers_are_connected(first, "probe", second)
            followers_are_connected(second, "probe", first)

            async def story():
                async with first.connect("/ws/chat/left/") as left, first.connect("/ws/chat/right/") as right:
                    await left.send('{"message": "round"}')
                    assert (await receive(left))["message"] == "round"
                    assert (await receive(right))["message"] == "round"
                    assert await is_silent(left, 1) and await is_silent(right)
            run(story())


@pytest.mark.parametrize("rows", [["routes.a=a"], ["routes.a=b", "routes.b=a"], ["routes.x*=y", "routes.y=xa"]])
def test_a_loop_in_the_rows_stops_the_start_with_a_sentence(rows):
    command = [str(BUILD / "bin/roomwire-broker"), "--check-config"]
    for row in rows:
        command += ["--set", row]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert result.returncode == 78
    assert "loop" in result.stderr and len(result.stderr.strip().splitlines()) == 1
