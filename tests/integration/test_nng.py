# SPDX-License-Identifier: MIT
"""Shells at the table: control, ingest and events with nngcat."""

import asyncio
import json
import re
import time

import pytest
from stack import Broker, is_silent, receive, receive_type, wait_for, wait_until_followed


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


def run(coroutine):
    return asyncio.run(coroutine)


def test_what_a_shell_pushes_is_seen_in_the_room(broker):
    async def story():
        async with broker.connect("/ws/chat/lobby/") as plain, broker.connect("/ws/chat/lobby/", version1=True) as ann:
            broker.push('chat_lobby {"type":"chat.message","message":"hi"}')
            message = await receive(plain)
            assert message["message"] == "hi" and message["user"] == ""
            assert (await receive_type(ann, "message"))["user"] == ""
            broker.push('chat_lobby {"type":"chat_message","message":"again","user":"cron"}')
            message = await receive(plain)
            assert message["message"] == "again" and message["user"] == "cron"
    run(story())


def test_what_is_typed_is_followed_line_by_line(broker):
    async def story():
        async with broker.connect("/ws/chat/follow/") as ann, broker.connect("/ws/chat/follower/") as other:
            with broker.follow("chat_follow ") as next_line:
                await other.send('{"message": "not for them"}')
                for text in ("one", "two\nlines", "房间"):
                    await ann.send(json.dumps({"message": text}))
                for text in ("one", "two\nlines", "房间"):
                    group, line = next_line().split(" ", 1)
                    event = json.loads(line)
                    assert group == "chat_follow"
                    assert event["type"] == "chat.message" and event["room"] == "follow"
                    assert event["message"] == text and event["user"].startswith("guest-")
                    assert event["seq"] > 0 and event["epoch"] and event["time"]
    run(story())


def test_who_is_turned_away_from_events_does_not_silence_it(broker):
    with broker.sp("events") as stranger:
        assert stranger.greet(stranger.PULL) == stranger.PUB
        assert stranger.receive() is None, "another protocol is turned away"
    with broker.sp("events") as follower:
        follower.greet(follower.SUB)
        wait_until_followed(broker, follower)


def test_rooms_and_members_are_listed(broker):
    async def story():
        async with broker.connect("/ws/chat/%E6%88%BF%E9%97%B4/", version1=True) as ann:
            name = (await receive_type(ann, "welcome"))["user"]
            rooms = {room["room"]: room for room in broker.control(op="rooms")["rooms"]}
            assert rooms["房间"]["people"] == 1 and rooms["房间"]["group"].startswith("chat_u--")
            members = broker.control(op="members", room="房间")
            assert [member["user"] for member in members["members"]] == [name] and members["people"] == 1
            group = broker.control(op="group", room="房间")["group"]
            assert broker.control(op="members", group=group)["room"] == "房间"
            channel = members["members"][0]["channels"][0]
            assert channel.startswith("specific.") and "!" in channel
    run(story())


def test_lists_go_on_behind_after(broker):
    async def story():
        async with broker.connect("/ws/chat/page-a/"), broker.connect("/ws/chat/page-b/"):
            first = broker.control(op="rooms", limit=1, after="page-")
            assert [room["room"] for room in first["rooms"]] == ["page-a"] and first["more"]
            second = broker.control(op="rooms", limit=1, after="page-a")
            assert [room["room"] for room in second["rooms"]] == ["page-b"]
    run(story())


def test_group_send_answers_with_the_number(broker):
    async def story():
        async with broker.connect("/ws/chat/send/") as ann:
            answer = broker.control(op="group_send", group="chat_send", event={"type": "chat.message", "message": "x"})
            assert answer["ok"] is True
            assert (await receive(ann))["seq"] == answer["seq"]
            answer = broker.control(op="group_send", room="send", event={"type": "chat.message", "message": "y"})
            assert (await receive(ann))["seq"] == answer["seq"]
    run(story())


def test_rooms_tell_where_their_numbering_stands(broker):
    async def story():
        async with broker.connect("/ws/chat/head/", version1=True) as ann:
            epoch = (await receive_type(ann, "welcome"))["epoch"]
            answer = broker.control(op="group_send", room="head", ref="a", sender="test",
                                    event={"type": "chat.message", "message": "x"})
            room = next(room for room in broker.control(op="rooms")["rooms"] if room["room"] == "head")
            assert room["seq"] == answer["seq"] and room["epoch"] == epoch
    run(story())


def test_many_requests_of_one_connection_get_their_own_answers(broker):
    requests = {i: json.dumps({"op": "group_send", "room": "many", "event": {"type": "chat.message", "message": "x"}}
                              if i % 2 else {"op": "group", "room": f"r{i}"}).encode() for i in range(60)}
    with broker.sp("control") as client:
        client.greet(client.REQ)
        for i, request in requests.items():
            client.send((1 << 31 | i).to_bytes(4, "big") + request)
        answers = {}
        for _ in requests:
            message = client.receive()
            answers[int.from_bytes(message[:4], "big") & 0xffff] = json.loads(message[4:])
    assert all(answers[i]["room"] == f"r{i}" for i in range(0, 60, 2))
    numbers = [answers[i]["seq"] for i in range(1, 60, 2)]
    assert numbers == list(range(numbers[0], numbers[0] + 30))


def test_other_events_go_to_version_1_as_they_are_and_to_plain_clients_never(broker):
    async def story():
        async with broker.connect("/ws/chat/other/") as plain, broker.connect("/ws/chat/other/", version1=True) as ann:
            await receive_type(ann, "welcome")
            answer = broker.control(op="group_send", room="other", event={"type": "disco.ball", "speed": 3})
            assert answer == {"ok": True}
            assert await receive_type(ann, "disco.ball") == {"type": "disco.ball", "speed": 3}
            assert await is_silent(plain)
    run(story())


@pytest.mark.parametrize("request_, code", [
    ({"op": "dance"}, "unknown_op"), ({}, "unknown_op"), ({"op": "members"}, "bad_room"),
    ({"op": "members", "group": "no/chat"}, "bad_group"), ({"op": "members", "room": "a/b"}, "bad_room"),
    ({"op": "group_send", "room": "a"}, "not_an_object"),
    ({"op": "group_send", "room": "a", "event": {"message": "x"}}, "no_type"),
    ({"op": "group_send", "room": "a", "event": {"type": "_private"}}, "no_type"),
    ({"op": "group_send", "room": "a", "event": {"type": "welcome"}}, "reserved_type"),
    ({"op": "group_send", "room": "a", "event": {"type": "chat.message"}}, "no_message"),
    ({"op": "group_send", "room": "a", "event": {"type": "chat.message", "message": "x", "user": "a\nb"}}, "bad_user"),
    ({"op": "group_send", "room": "a", "event": {"type": "chat.message", "message": "x"}, "ref": ""}, "bad_ref"),
    ({"op": "group_send", "room": "a", "event": {"type": "chat.message", "message": "x"}, "sender": 7}, "bad_sender"),
    ({"op": "announce"}, "no_message"), ({"op": "close", "channel": "specific.x!1"}, "no_channel")])
def test_refusals_have_a_code_and_a_sentence(broker, request_, code):
    answer = broker.control(**request_)
    assert answer["ok"] is False and answer["error"] == code and answer["message"].endswith(".")


def test_announcements_reach_everybody(broker):
    async def story():
        async with broker.connect("/ws/chat/x/") as plain, broker.connect("/ws/chat/y/", version1=True) as ann:
            await receive_type(ann, "welcome")
            wait_for(lambda: broker.control(op="members", room="x")["people"] == 1, "both are in")
            assert broker.control(op="announce", message="maintenance")["connections"] == 2
            assert (await receive(plain)) == {"message": "[announcement] maintenance"}
            assert (await receive_type(ann, "notice"))["message"] == "maintenance"
    run(story())


def test_a_channel_can_be_closed(broker):
    async def story():
        async with broker.connect("/ws/chat/close/", version1=True) as ann:
            await receive_type(ann, "welcome")
            member = broker.control(op="members", room="close")["members"][0]
            assert broker.control(op="close", channel=member["channels"][0])["ok"]
            with pytest.raises(Exception):
                await receive(ann)
            assert ann.close_code == 4403
    run(story())


def test_bad_lines_are_counted_and_do_no_harm(broker):
    before = broker.control(op="stats")["stats"]["ingest_refused"]
    for line in ("nonsense", "chat_lobby nonsense", 'bad/group {"type":"chat.message","message":"x"}',
                 'chat_lobby {"type":"chat.message"}'):
        broker.push(line)
    wait_for(lambda: broker.control(op="stats")["stats"]["ingest_refused"] == before + 4, "all are counted")


def test_bad_lines_are_logged_once_a_second(broker):
    begin = time.monotonic()
    before = broker.log().count("event=ingest_refused")
    for _ in range(3):
        broker.push("nonsense\n" * 1000)
    wait_for(lambda: broker.push("nonsense") or re.search(r"event=ingest_refused .* suppressed=\d{3,}", broker.log()),
             "what was not logged is counted")
    assert broker.log().count("event=ingest_refused") - before <= time.monotonic() - begin + 1


def test_who_sends_too_much_at_once_is_disconnected(broker):
    for name, protocol, limit in (("control", 0x30, (128 << 10) + 4), ("ingest", 0x50, 1 << 20), ("events", 0x21, 1 << 10)):
        with broker.sp(name) as client:
            client.greet(protocol)
            client.socket.sendall(b"\1" + (limit + 1).to_bytes(8, "big"))
            assert client.receive() is None, name
    with broker.sp("control") as client:
        client.greet(client.REQ)
        request = b"\x80\0\0\1" + json.dumps({"op": "group", "room": "a", "x": "x"}).encode()
        client.send(request.ljust((128 << 10) + 4))
        assert json.loads(client.receive()[4:])["ok"]


def test_lines_of_a_turn_are_published_in_messages_that_peers_take(broker):
    with broker.sp("events") as follower:
        follower.greet(follower.SUB)
        wait_until_followed(broker, follower)
        lines = ['chat_large {"type":"chat.message","message":"%s"}' % (letter * 100000) for letter in "abcdefghi"]
        with broker.sp("ingest") as pusher:
            pusher.greet(pusher.PUSH)
            pusher.send("\n".join(lines).encode())
        heard = b""
        while b"iii" not in heard:
            message = follower.receive()
            assert len(message) <= 128 << 10
            heard += message if message.startswith(b"chat_large ") else b""
        assert [json.loads(line.split(b" ", 1)[1])["message"][0] for line in heard.splitlines()] == list("abcdefghi")


def test_several_lines_may_come_in_one_message(broker):
    async def story():
        async with broker.connect("/ws/chat/lines/") as ann:
            broker.push("\n".join('chat_lines {"type":"chat.message","message":"%d"}' % i for i in range(3)) + "\n")
            assert [(await receive(ann))["message"] for _ in range(3)] == ["0", "1", "2"]
    run(story())
