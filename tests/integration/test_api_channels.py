# SPDX-License-Identifier: MIT
"""Programs that send to channels over HTTP: to mailboxes from which others receive, and to single connections."""

import asyncio
import concurrent.futures

import pytest
from account_site import AccountSite, welcome
from program import Program, make_key, persist
from stack import receive_type

CAPACITY = 100
AT_ONCE = 50


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0") as started:
        yield started


CHANNELS = iter(f"box-{number}" for number in range(1000))


@pytest.fixture
def channel():
    return next(CHANNELS)


def program(site, *scopes):
    return Program(site.web.port, make_key(site.state, *(scopes or ("channels:send", "rooms:read")))["key"])


def send(sender, channel, message, **headers):
    return sender.post(f"/api/channels/{channel}/messages", {"message": message}, **headers)


def received(site, channel):
    """What lies in a mailbox, in its order."""
    found = []
    while (answer := site.broker.control(op="receive", channel=channel, timeout_ms=0))["ok"]:
        found.append(answer["message"])
    assert answer["error"] == "empty"
    return found


def test_letter_is_received_as_it_was_sent(site, channel):
    letter = {"type": "job.done", "id": 7, "parts": [1, {"a": None}], "name": "\u623f"}
    reply = send(program(site), channel, letter)
    assert (reply.status, reply.json) == (200, {"ok": True})
    assert received(site, channel) == [letter]


def test_letters_of_a_batch_come_in_their_order(site, channel):
    batch = {"messages": [{"message": {"id": number}} for number in range(CAPACITY)]}
    reply = program(site).post(f"/api/channels/{channel}/messages", batch)
    assert reply.json == {"ok": True, "results": [{"ok": True}] * CAPACITY, "failed": 0}
    assert received(site, channel) == [{"id": number} for number in range(CAPACITY)]


def test_letter_sent_many_times_at_once_is_received_once(site, channel):
    sender = program(site)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda _: persist(lambda: send(sender, channel, {"id": 1}, Idempotency_Key="a")),
                                range(AT_ONCE)))
    assert {reply.status for reply in replies} == {200}
    assert sum("repeated" not in reply.json for reply in replies) == 1
    assert received(site, channel) == [{"id": 1}]


def test_full_channel_is_told_and_nothing_is_lost(site, channel):
    sender = program(site)
    batch = {"messages": [{"message": {"id": number}} for number in range(CAPACITY)]}
    assert sender.post(f"/api/channels/{channel}/messages", batch).json["failed"] == 0
    reply = send(sender, channel, {"id": CAPACITY})
    assert reply.result == (503, "channel_full") and reply.headers["Retry-After"]
    assert received(site, channel) == [{"id": number} for number in range(CAPACITY)]
    assert send(sender, channel, {"id": CAPACITY}).status == 200
    assert received(site, channel) == [{"id": CAPACITY}]


def test_batch_ends_behind_what_is_full_and_goes_on_when_it_is_sent_again(site, channel):
    sender = program(site)
    path = f"/api/channels/{channel}/messages"
    assert sender.post(path, {"messages": [{"message": {}}] * (CAPACITY - 1)}).json["failed"] == 0
    batch = {"messages": [{"message": {"id": number}} for number in range(3)]}
    first = sender.post(path, batch, Idempotency_Key="a").json
    assert [result.get("error") for result in first["results"]] == [None, "channel_full", "not_tried"]
    assert received(site, channel)[-1] == {"id": 0}
    again = sender.post(path, batch, Idempotency_Key="a").json
    assert again["results"] == [{"ok": True, "repeated": True}, {"ok": True}, {"ok": True}]
    assert received(site, channel) == [{"id": 1}, {"id": 2}]


def test_connection_gets_an_event_that_nobody_else_gets(site):
    async def story():
        sender = program(site)
        async with site.socket(site.browser(), "alone") as one, site.socket(site.browser(), "alone") as other:
            await welcome(one)
            await welcome(other)
            members = sender.get("/api/rooms/alone/members").json["members"]
            channels = [channel for member in members for channel in member["channels"]]
            assert len(channels) == 2
            for number, channel in enumerate(channels):
                assert send(sender, channel, {"type": "light.on", "number": number}).status == 200
            heard = [(await receive_type(connection, "light.on"))["number"] for connection in (one, other)]
            assert sorted(heard) == [0, 1]
            assert send(sender, channels[0], {"colour": "red"}).result == (400, "no_type")
        gone = send(sender, channels[0], {"type": "light.off"})
        assert gone.result == (404, "no_channel")
    asyncio.run(story())


def test_key_without_the_scope_sends_nothing(site, channel):
    assert send(program(site, "messages:send", "rooms:read"), channel, {}).result == (403, "insufficient_scope")
    assert received(site, channel) == []


@pytest.mark.parametrize("name", ["a%20b", "x" * 100, "a!b!c", "%E6%88%BF", "a%2Fb"])
def test_what_is_no_name_of_a_channel_is_refused(site, name):
    assert send(program(site), name, {}).result == (400, "bad_channel")
