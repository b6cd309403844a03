# SPDX-License-Identifier: MIT
"""Event streams and long polls: what a socket hears, under the same rules, and gone on with wherever it was cut."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess

import pytest
from account_site import AccountSite
from stack import Broker, Site, eventually, receive_type, wait_for
from streams import FOLLOWERS, EventStream, Poll, Refused, events

LAST = "that was all"
CYCLES = int(os.environ.get("ROOMWIRE_RESTART_CYCLES", "25"))
MESSAGES_PER_CYCLE = 3
STREAMS = int(os.environ.get("ROOMWIRE_STREAMS", "200"))
BACKLOG_BYTES = 65536
ORIGIN = "https://pages.example.org"


@pytest.fixture(name="broker", scope="module")
def make_broker():
    with Broker("history.durability=process", "limits.connections_per_address=0", "limits.messages_per_second=0",
                f"site.allowed_origins={ORIGIN}", f"limits.backlog_bytes={BACKLOG_BYTES}") as broker:
        yield broker


def say(broker, room, text):
    answer = broker.control(op="group_send", room=room, event={"type": "chat.message", "message": text})
    assert answer["ok"], answer
    return answer["seq"]


async def come_to_poll(broker, room):
    """The headers of a guest whose coming is no news any more, so that his next poll waits."""
    async with Poll(broker.port, f"/poll/chat/{room}/?wait=60") as stream:
        assert [event["type"] for event in await events(stream)] == ["welcome", "presence", "close"]
        return {"Cookie": stream.headers["Set-Cookie"].split(";")[0]}


async def follow_until_the_end(followers, until=LAST):
    return await asyncio.gather(*(follower.listen(until) for follower in followers))


def open_stream(broker, path, **headers):
    return (Poll if path.startswith("/poll/") else EventStream)(broker.port, path, **headers)


def test_all_transports_hear_the_same_in_the_same_order(broker):
    async def story():
        followers = [FOLLOWERS[name](broker.port, "order") for name in FOLLOWERS for _ in range(3)]
        listening = asyncio.create_task(follow_until_the_end(followers))
        await asyncio.gather(*(follower.is_in.wait() for follower in followers))
        async with broker.connect("/ws/chat/order/", version1=True) as ann, broker.connect("/ws/chat/order/") as bob:
            for number in range(300):
                await (ann, bob)[number % 2].send(json.dumps({"type": "message", "message": f"text {number}"}))
                if number % 7 == 0:
                    await asyncio.sleep(0)
            wait = asyncio.create_task(receive_type(ann, "message"))
            while (await wait)["seq"] < 300:
                wait = asyncio.create_task(receive_type(ann, "message"))
            await ann.send(json.dumps({"type": "message", "message": LAST}))
            await asyncio.wait_for(listening, 60)
        return followers
    followers = asyncio.run(story())
    assert [seq for seq, _ in followers[0].heard] == list(range(1, 302))
    assert len({text for _, text in followers[0].heard}) == 301
    for follower in followers:
        assert follower.heard == followers[0].heard


@pytest.mark.parametrize("transport", FOLLOWERS)
def test_each_goes_on_over_restarts_of_the_broker(transport):
    texts = []

    def speak(broker, cycle):
        for number in range(MESSAGES_PER_CYCLE):
            texts.append(f"{cycle} {number}")
            say(broker, "restarts", texts[-1])

    async def story(broker):
        follower = FOLLOWERS[transport](broker.port, "restarts")
        listening = asyncio.create_task(follower.listen(LAST))
        await follower.is_in.wait()
        for cycle in range(CYCLES):
            await asyncio.to_thread(speak, broker, cycle)
            if cycle % 2 == 0:
                broker.kill()
            else:
                assert await asyncio.to_thread(broker.stop) == 0
            await asyncio.to_thread(broker.start)
        await asyncio.to_thread(say, broker, "restarts", LAST)
        await asyncio.wait_for(listening, 60)
        return follower
    with Broker("history.durability=process") as broker:
        follower = asyncio.run(story(broker))
    assert [text for _, text in follower.heard] == [*texts, LAST]
    assert [seq for seq, _ in follower.heard] == list(range(1, len(texts) + 2))
    assert len(follower.welcomes) > CYCLES // 2


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_curl_follows_a_room_through_the_web_server(web):
    def spawn(site, path):
        return subprocess.Popen(["curl", "-sN", "--max-time", "60", site.at(path)], stdout=subprocess.PIPE, text=True)

    def lines_until(process, words):
        lines = []
        while not lines or words not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        return lines

    with Site(web=web) as site:
        stream = spawn(site, "/sse/chat/lobby/")
        lines_until(stream, '"welcome"')
        for number in range(3):  # each comes before the next one is said
            site.control(op="group_send", room="lobby", event={"type": "chat.message", "message": f"no. {number}"})
            lines = lines_until(stream, '"message": "no.')
            assert f"no. {number}" in lines[-1] and re.fullmatch(rf"id: [0-9a-f]{{16}}-{number + 1}\n", lines[-2])
        poll = spawn(site, "/poll/chat/lobby/?wait=0")
        heard = [json.loads(line) for line in poll.communicate(timeout=20)[0].splitlines()]
        assert [event["type"] for event in heard] == ["welcome", "close"]
        assert site.stop() == 0
        rest = stream.communicate(timeout=20)[0]
        assert rest.rstrip().endswith('data: {"type": "close", "code": 1012, "reason": "restart"}')
        assert '"bye"' in rest and stream.returncode == 0


@pytest.mark.parametrize("kind", ["sse", "poll"])
def test_refusals_are_those_of_a_socket(broker, kind):
    async def refusal(path, **headers):
        try:
            async with open_stream(broker, path, **headers):
                return None
        except Refused as refused:
            return refused

    async def story():
        for path, headers, status in [
                (f"/{kind}/chat/", {}, 404), (f"/{kind}/chat/x", {}, 404), (f"/{kind}/echo/", {}, 404),
                (f"/{kind}/chat/a%2Fb/", {}, 400), (f"/{kind}/chat/%00/", {}, 400),
                (f"/{kind}/chat/x/", {"Host": "elsewhere.example.org"}, 400),
                (f"/{kind}/chat/x/", {"Origin": "https://elsewhere.example.org"}, 403),
                (f"/{kind}/chat/x/", {"Origin": "null"}, 403), (f"/{kind}/chat/x/", {"Content_Length": "1"}, 413)]:
            refused = await refusal(path, **headers)
            assert refused is not None and refused.status == status, (path, headers, refused)
            assert refused.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert "Access-Control-Allow-Origin" not in refused.headers
        refused = await refusal(f"/{kind}/chat/a%2Fb/", Origin=ORIGIN)
        assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    asyncio.run(story())


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("kind", ["sse", "poll"])
def test_other_methods_are_refused(broker, kind, method):
    with socket.create_connection(("127.0.0.1", broker.port), 20) as connection:
        connection.sendall(f"{method} /{kind}/chat/x/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    assert answer.startswith("HTTP/1.1 405 ") and "\r\nAllow: GET\r\n" in answer


def test_full_broker_and_busy_address_are_told_as_to_a_socket():
    async def story(broker, status):
        async with open_stream(broker, "/sse/chat/x/") as stream:
            assert (await stream.event())["type"] == "welcome"
            with pytest.raises(Refused) as refused:
                async with open_stream(broker, "/poll/chat/x/"):
                    pass
            assert refused.value.status == status and "Retry-After" in refused.value.headers
    for setting, status in [("limits.connections=1", 503), ("limits.connections_per_address=1", 429)]:
        with Broker(setting) as broker:
            asyncio.run(story(broker, status))


def test_head_says_what_it_is_and_who_may_read_it(broker):
    async def story():
        for path, content_type in [("/sse/chat/head/", "text/event-stream"),
                                   ("/poll/chat/head/?wait=0", "application/x-ndjson")]:
            async with open_stream(broker, path, Origin=ORIGIN) as stream:
                assert stream.headers["Content-Type"] == content_type
                assert stream.headers["Cache-Control"] == "no-store"
                assert stream.headers["X-Accel-Buffering"] == "no"
                assert stream.headers["Connection"] == "close"
                assert stream.headers["Access-Control-Allow-Origin"] == ORIGIN
                assert stream.headers["Access-Control-Allow-Credentials"] == "true"
                assert stream.headers["Vary"] == "Origin"
                cookie = stream.headers["Set-Cookie"].split(";")[0]
                user = (await stream.event())["user"]
            async with open_stream(broker, path, Cookie=cookie) as again:
                assert "Set-Cookie" not in again.headers and "Vary" not in again.headers
                assert (await again.event())["user"] == user
    asyncio.run(story())


def test_poll_goes_on_where_the_last_one_ended(broker):
    async def story():
        headers = await come_to_poll(broker, "polled")

        async def poll(query):
            async with open_stream(broker, f"/poll/chat/polled/{query}", **headers) as stream:
                return await events(stream)

        welcome, end = await poll("?wait=0")
        assert end == {"type": "close", "code": 1000, "reason": "poll again"}
        for number in range(3):
            say(broker, "polled", f"text {number}")
        position = f"?epoch={welcome['epoch']}&after="
        welcome, *missed, end = await poll(position + "1")
        assert welcome["recovered"] and [event["seq"] for event in missed] == [2, 3] and end["code"] == 1000
        waiting = asyncio.create_task(poll(position + "3"))
        await eventually(lambda: broker.control(op="stats")["stats"]["long_polls"] == 1, "it waits")
        say(broker, "polled", "text 3")
        _, said, end = await waiting
        assert said["message"] == "text 3" and end["code"] == 1000
    asyncio.run(story())


def test_logout_closes_streams():
    async def story(site, browser):
        headers = {"Cookie": browser.cookie_header()}
        async with EventStream(site.broker.port, "/sse/chat/lobby/", **headers) as stream, \
                Poll(site.broker.port, "/poll/chat/lobby/?wait=60", **headers) as poll, \
                site.broker.connect("/ws/chat/lobby/", version1=True) as guest:
            assert (await stream.event())["user"] == "Streamer" and (await poll.event())["user"] == "Streamer"
            await events(poll)  # that the others came: from now on he is away
            await asyncio.to_thread(browser.log_out)
            assert (await events(stream))[-1] == {"type": "close", "code": 4401, "reason": "logged out"}
            while "Streamer" not in (await receive_type(guest, "presence"))["left"]:
                pass
    with AccountSite() as site:
        asyncio.run(story(site, site.person("Streamer")))


def test_administrator_closes_a_stream(broker):
    async def story():
        async with open_stream(broker, "/sse/chat/closed/") as stream:
            await stream.event()
            member = broker.control(op="members", room="closed")["members"][0]
            assert broker.control(op="close", channel=member["channels"][0])["ok"]
            assert (await events(stream))[-1]["code"] == 4403
    asyncio.run(story())


async def tell_both(broker, stream, stream_user, headers):
    async with open_stream(broker, "/poll/chat/alone/?wait=60", **headers) as poll:
        poll_user = (await poll.event())["user"]
        members = broker.control(op="members", room="alone")["members"]
        names = {member["user"]: member["channels"] for member in members}
        for user in (stream_user, poll_user):
            assert broker.control(op="send", channel=names[user][0], message={"type": "job.done", "of": user})["ok"]
        while (event := await stream.event())["type"] == "presence":
            pass
        assert event == {"type": "job.done", "of": stream_user}
        assert await events(poll) == [
            {"type": "job.done", "of": poll_user}, {"type": "close", "code": 1000, "reason": "poll again"}]


def test_event_for_one_client_alone_reaches_streams(broker):
    async def story():
        async with open_stream(broker, "/sse/chat/alone/") as stream:
            stream_user = (await stream.event())["user"]
            headers = await come_to_poll(broker, "alone")
            await tell_both(broker, stream, stream_user, headers)
    asyncio.run(story())


def test_slow_reader_is_cut_off_and_told(broker):
    async def story():
        async with open_stream(broker, "/sse/chat/slow/") as slow:
            await slow.event()
            slow.writer.transport.pause_reading()
            count = 0
            async with broker.connect("/ws/chat/slow/", version1=True) as ann:
                while not broker.control(op="stats")["stats"]["closed_too_slow"]:
                    for _ in range(20):
                        count += 1
                        await ann.send(json.dumps({"type": "message", "message": f"{count} ".ljust(16000, "x")}))
                    while (await receive_type(ann, "message"))["seq"] < count:
                        pass
                    assert count < 10000
            slow.writer.transport.resume_reading()
            heard = await events(slow)
            messages = [event["seq"] for event in heard if event["type"] == "message"]
            assert messages == list(range(1, len(messages) + 1)) and len(messages) < count
            assert heard[-1] == {"type": "close", "code": 1013, "reason": "too slow"}
    asyncio.run(story())


def test_who_polls_is_not_seen_to_come_and_go(broker):
    async def poll(cookie):
        async with open_stream(broker, "/poll/chat/seen/?wait=0", Cookie=cookie) as stream:
            return (await stream.event())["user"]

    async def story():
        async with broker.connect("/ws/chat/seen/", version1=True) as member:
            await receive_type(member, "welcome")
            async with open_stream(broker, "/poll/chat/seen/?wait=0") as stream:
                cookie = stream.headers["Set-Cookie"].split(";")[0]
                user = (await stream.event())["user"]
            assert await poll(cookie) == user
            while user not in (await receive_type(member, "presence"))["joined"]:
                pass
            for _ in range(10):
                assert await poll(cookie) == user
            await member.send('{"type": "members"}')
            heard = []
            while not heard or heard[-1]["type"] != "members":
                heard.append(json.loads(await member.recv()))
            assert user in heard[-1]["members"]
            assert "presence" not in [event["type"] for event in heard]
    asyncio.run(story())


def test_many_streams_at_once(broker):
    async def story():
        followers = [FOLLOWERS[("sse", "poll")[number % 2]](broker.port, "many") for number in range(STREAMS)]
        listening = asyncio.create_task(follow_until_the_end(followers))
        await asyncio.gather(*(follower.is_in.wait() for follower in followers))
        for number in range(20):
            await asyncio.to_thread(say, broker, "many", f"text {number}")
        await asyncio.to_thread(say, broker, "many", LAST)
        await asyncio.wait_for(listening, 120)
        for follower in followers:
            assert [seq for seq, _ in follower.heard] == list(range(1, 22))
    asyncio.run(story())
    wait_for(lambda: broker.control(op="stats")["stats"]["connections"] == 0, "all are gone")


def test_stop_is_told_with_a_time_to_come_back():
    async def story(broker):
        headers = await come_to_poll(broker, "stop")
        async with open_stream(broker, "/sse/chat/other/") as stream, \
                open_stream(broker, "/poll/chat/stop/?wait=60", **headers) as poll:
            assert (await stream.event())["type"] == (await poll.event())["type"] == "welcome"
            broker.process.send_signal(signal.SIGTERM)
            for heard in (await events(stream))[-2:], await events(poll):
                assert heard[0]["type"] == "bye" and heard[0]["code"] == 1012 and "retry_after" in heard[0]
                assert heard[1:] == [{"type": "close", "code": 1012, "reason": "restart"}]
        await eventually(lambda: broker.process.poll() == 0, "the broker has ended")
    with Broker() as broker:
        asyncio.run(story(broker))
