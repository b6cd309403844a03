# SPDX-License-Identifier: MIT
"""Members who do not read are let go with 1013; those who do miss nothing, and the broker holds no more than it may."""

import contextlib
import json

import pytest
from raw_websocket import TEXT, RawWebSocket, close, frame
from stack import Broker, wait_for

READERS, SLOW = 3, 4
BACKLOG_BYTES = 65536
TRIM_FACTOR = 2  # what all have is cut off a log once it is half of it
MESSAGE_BYTES = 4000
MESSAGES_MAX = 2000
TOO_SLOW = 1013


def stats(broker):
    return broker.control(op="stats")["stats"]


def enter(broker, version1, **options):
    lines = ["Sec-WebSocket-Protocol: roomwire.v1"] if version1 else []
    return RawWebSocket(broker.port, "/ws/chat/slow/", *lines, seconds=60, **options)


def say(member, number):
    text = str(number).ljust(MESSAGE_BYTES, ".")
    member.send(frame(TEXT, json.dumps({"type": "message", "message": text}).encode()))


def hear(member):
    """(seq, what was said) of the next message, whole; or the code of the close frame. What else a room tells is passed
    over."""
    while isinstance(heard := member.heard(), tuple):
        event = json.loads(heard[1])
        if event.get("type", "message") == "message":
            assert len(event["message"]) == MESSAGE_BYTES
            return event["seq"], int(event["message"].rstrip("."))
    return heard


def speak_until_the_slow_are_gone(broker, readers, log_bytes_max):
    """Each message is heard by all readers before the next one. How many there were."""
    for number in range(1, MESSAGES_MAX):
        say(readers[0], number)
        assert [hear(reader) for reader in readers] == [(number, number)] * len(readers)
        numbers = stats(broker)
        assert numbers["log_bytes"] <= log_bytes_max
        if numbers["closed_too_slow"] == SLOW:
            return number
    raise AssertionError("nobody was too slow")


def read_to_the_end(member):
    """The messages that a slow member finds, before the close frame and nothing behind it."""
    numbers = []
    while isinstance(heard := hear(member), tuple):
        numbers.append(heard)
    assert heard == TOO_SLOW
    member.send(close(TOO_SLOW))
    assert member.heard() is None and not member.was_reset
    return numbers


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("version1", [False, True], ids=["plain", "version1"])
def test_who_does_not_read_is_let_go_and_the_others_miss_nothing(version1, threads):
    settings = [f"broker.threads={threads}", f"limits.backlog_bytes={BACKLOG_BYTES}", "limits.messages_per_second=0",
                "limits.idle_ping_seconds=0"]
    with Broker(*settings) as broker, contextlib.ExitStack() as stack:
        readers = [stack.enter_context(enter(broker, version1)) for _ in range(READERS)]
        slow = [stack.enter_context(enter(broker, version1, receive_bytes=4096)) for _ in range(SLOW)]
        said = speak_until_the_slow_are_gone(broker, readers, threads * TRIM_FACTOR * BACKLOG_BYTES)

        for member in slow:
            found = read_to_the_end(member)
            assert found == [(number, number) for number in range(1, len(found) + 1)]
            assert 0 < len(found) < said
        wait_for(lambda: stats(broker)["log_bytes"] == 0, "nothing is held for those who are gone")
        assert stats(broker)["closed_too_slow"] == SLOW

        back = stack.enter_context(enter(broker, version1))
        say(readers[0], said + 1)
        assert [hear(member) for member in (*readers, back)] == [(said + 1, said + 1)] * (READERS + 1)
