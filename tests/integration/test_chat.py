# SPDX-License-Identifier: MIT
"""What people and pages say to each other: plain clients, as the tutorial's pages are, and roomwire.v1."""

import asyncio
import json
import re

import pytest
from stack import Broker, is_silent, receive, receive_type


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


@pytest.fixture(scope="module")
def strict_broker():
    with Broker("limits.messages_per_second=1", "limits.message_burst=3", "limits.message_bytes=1000") as running:
        yield running


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_message_is_seen_by_everyone_in_the_room_and_nobody_else(broker):
    async def story():
        async with broker.connect("/ws/chat/r1/") as ann, broker.connect("/ws/chat/r1/") as bob, \
                broker.connect("/ws/chat/r2/") as stranger:
            await ann.send('{"message": "hello"}')
            first, second = await receive(ann), await receive(bob)
            assert first == second
            assert first["message"] == "hello"
            assert re.fullmatch(r"guest-[0-9a-f]{4}", first["user"])
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
            assert first["seq"] >= 1
            assert await is_silent(stranger)
    run(story())


@pytest.mark.parametrize("path", ["%E6%88%BF%E9%97%B4", "a%20b", "a-b.c", "%F0%9F%90%8C", "x" * 94])
def test_rooms_have_names_of_any_script(broker, path):
    async def story():
        async with broker.connect(f"/ws/chat/{path}/") as ann, broker.connect(f"/ws/chat/{path}/") as bob:
            await ann.send('{"message": "hi"}')
            assert (await receive(bob))["message"] == "hi"
    run(story())


@pytest.mark.parametrize("text", [
    "<img src=x onerror=alert(1)>", "</script>", "{{7*7}}", "%n%s", "é 房间 🐌", "\\\" \n\t\u0001", "a" * 10000])
def test_text_stays_text(broker, text):
    async def story():
        async with broker.connect("/ws/chat/text/") as ann:
            await ann.send(json.dumps({"message": text}))
            assert (await receive(ann))["message"] == text
    run(story())


def test_welcome_comes_first_and_ack_before_ones_own_message(broker):
    async def story():
        async with broker.connect("/ws/chat/v1/", version1=True) as ann:
            welcome = await receive(ann)
            assert welcome["type"] == "welcome" and welcome["room"] == "v1" and welcome["recovered"] is False
            assert welcome["members"] == [welcome["user"]] and welcome["members_total"] == 1
            await ann.send('{"type": "message", "message": "one", "ref": "r-1"}')
            kinds = []
            while "message" not in kinds:
                kinds.append((await receive(ann))["type"])
            assert [kind for kind in kinds if kind != "presence"] == ["ack", "message"]
    run(story())


def test_ack_names_the_ref_and_the_number(broker):
    async def story():
        async with broker.connect("/ws/chat/ack/", version1=True) as ann:
            await ann.send('{"type": "message", "message": "one", "ref": "r-1"}')
            ack, message = await receive_type(ann, "ack"), await receive_type(ann, "message")
            assert ack == {"type": "ack", "ref": "r-1", "seq": message["seq"]}
    run(story())


def test_numbers_of_a_room_have_no_gap(broker):
    async def story():
        async with broker.connect("/ws/chat/numbers/") as ann:
            for i in range(50):
                await ann.send(json.dumps({"message": str(i)}))
            got = [await receive(ann) for _ in range(50)]
            assert [message["message"] for message in got] == [str(i) for i in range(50)]
            assert [message["seq"] for message in got] == list(range(1, 51))
    run(story())


def test_presence_tells_who_comes_and_goes(broker):
    async def story():
        async with broker.connect("/ws/chat/who/", version1=True) as ann:
            await receive_type(ann, "presence")
            async with broker.connect("/ws/chat/who/", version1=True) as bob:
                name = (await receive_type(bob, "welcome"))["user"]
                joined = await receive_type(ann, "presence")
                assert joined["joined"] == [name] and joined["count"] == 2
            left = await receive_type(ann, "presence")
            assert left["left"] == [name] and left["count"] == 1
    run(story())


def test_two_tabs_are_one_person(broker):
    async def story():
        async with broker.connect("/ws/chat/tabs/", version1=True) as first:
            cookie = first.response_headers["Set-Cookie"].split(";")[0]
            async with broker.connect("/ws/chat/tabs/", version1=True, extra_headers={"Cookie": cookie}) as second:
                one, two = await receive(first), await receive(second)
                assert one["user"] == two["user"] and two["members_total"] == 1
                assert "Set-Cookie" not in second.response_headers
                members = broker.control(op="members", room="tabs")["members"]
                assert len(members) == 1 and len(members[0]["channels"]) == 2
    run(story())


def test_a_forged_cookie_makes_a_new_guest(broker):
    async def story():
        async with broker.connect("/ws/chat/forged/", version1=True) as first:
            cookie = first.response_headers["Set-Cookie"].split(";")[0]
            forged = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
            async with broker.connect("/ws/chat/forged/", version1=True, extra_headers={"Cookie": forged}) as second:
                assert "Set-Cookie" in second.response_headers
                assert (await receive(second))["members_total"] == 2
    run(story())


@pytest.mark.parametrize("bad, code", [
    ("no json", "not_json"), ("[1]", "not_json"), ("{}", "no_message"), ('{"message": 7}', "no_message"),
    ('{"message": {"a": 1}}', "no_message"), (b"\x00", "not_text"), ("[" * 100, "not_json")])
def test_a_mistake_is_an_error_to_that_client_alone(broker, bad, code):
    async def story():
        async with broker.connect("/ws/chat/bad/") as ann, broker.connect("/ws/chat/bad/") as bob:
            await ann.send(bad)
            error = await receive(ann)
            assert error["error"] == code and error["message"].startswith("[notice] ")
            assert await is_silent(bob, 0.1)
            await ann.send('{"message": "still here"}')
            assert (await receive(bob))["message"] == "still here"
    run(story())


def test_an_empty_message_of_a_plain_client_is_ignored(broker):
    async def story():
        async with broker.connect("/ws/chat/empty/") as ann:
            await ann.send('{"message": ""}')
            await ann.send('{"message": "next"}')
            assert (await receive(ann))["message"] == "next"
    run(story())


@pytest.mark.parametrize("bad, code", [
    ('{"type": "away"}', "bad_away"), ('{"type": "away", "away": "true"}', "bad_away"),
    ('{"type": "message", "message": "x", "ref": 5}', "bad_ref"),
    ('{"type": "message", "message": "x", "ref": "' + "r" * 65 + '"}', "bad_ref"),
    ('{"type": "message", "message": "", "ref": "r"}', "empty"), ('{"type": "dance", "ref": "r"}', "unknown_type"),
    ('{"message": "x"}', "unknown_type")])
def test_mistakes_of_version_1_have_codes(broker, bad, code):
    async def story():
        async with broker.connect("/ws/chat/bad1/", version1=True) as ann:
            await ann.send(bad)
            error = await receive_type(ann, "error")
            assert error["code"] == code and error["message"]
            assert error.get("ref") == ("r" if '"ref": "r"' in bad else None)
    run(story())


def test_too_fast_and_too_long_are_told(strict_broker):
    async def story():
        async with strict_broker.connect("/ws/chat/limits/") as ann:
            await ann.send(json.dumps({"message": "x" * 2000}))
            assert (await receive(ann))["error"] == "too_long"
            for i in range(4):
                await ann.send(json.dumps({"message": str(i)}))
            answers = [await receive(ann) for _ in range(4)]
            assert [answer.get("error") for answer in answers].count("too_fast") == 1
            await ann.send(json.dumps({"message": "x" * 5000}))
            with pytest.raises(Exception):
                while True:
                    await receive(ann)
            assert ann.close_code == 1009
    run(story())


def test_twenty_errors_in_a_minute_end_the_connection(broker):
    async def story():
        async with broker.connect("/ws/chat/errors/") as ann:
            for _ in range(20):
                await ann.send("nonsense")
            with pytest.raises(Exception):
                while True:
                    await receive(ann)
            assert ann.close_code == 1008
    run(story())


def test_stamp_prefix_puts_the_local_time_before_the_text():
    with Broker("site.stamp=prefix") as broker:
        async def story():
            async with broker.connect("/ws/chat/stamp/") as ann, broker.connect("/ws/chat/stamp/") as bob:
                await ann.send('{"message": "hello"}')
                one, two = await receive(ann), await receive(bob)
                assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: hello", one["message"])
                assert one == two
        run(story())


def test_the_ticker_repeats_a_message_until_the_next(broker):
    async def story():
        async with broker.connect("/ws/ticker/") as ann:
            await ann.send('{"message": "one"}')
            assert [await receive(ann), await receive(ann)] == [{"message": "one"}] * 2
            await ann.send('{"message": "two"}')
            assert [await receive(ann), await receive(ann)] == [{"message": "two"}] * 2
            await ann.send("{}")
            assert (await receive(ann))["error"] == "no_message"
    run(story())
