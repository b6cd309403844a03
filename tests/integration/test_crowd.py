# SPDX-License-Identifier: MIT
"""A thousand people in one room: everyone gets every message, in order, once."""

import re
import selectors
import socket
import time

import pytest
from raw_websocket import TEXT, frame, upgrade_request
from stack import Broker

CLIENTS = 1000
SPEAKERS = 10
MESSAGES = 200
DEADLINE_SECONDS = 60
NUMBER = re.compile(rb'"seq": (\d+)}')


def join(port):
    connection = socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS)
    connection.sendall(upgrade_request("/ws/chat/crowd/"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101")
    return connection


def read_all(members):
    """Everything that comes until each has the last number."""
    selector = selectors.DefaultSelector()
    heard = {member: [] for member in members}
    waiting = set(members)
    for member in members:
        member.setblocking(False)
        selector.register(member, selectors.EVENT_READ)
    end = time.monotonic() + DEADLINE_SECONDS
    last = b'"seq": %d}' % MESSAGES
    while waiting and time.monotonic() < end:
        for key, _ in selector.select(1):
            part = key.fileobj.recv(1 << 16)
            assert part, "a member was cut off"
            heard[key.fileobj].append(part)
            if last in b"".join(heard[key.fileobj][-2:]):
                waiting.discard(key.fileobj)
    assert not waiting, f"{len(waiting)} members miss the end"
    return [[int(number) for number in NUMBER.findall(b"".join(parts))] for parts in heard.values()]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_thousand_clients_get_two_hundred_messages_each(threads):
    with Broker(f"broker.threads={threads}", "limits.connections_per_address=0") as broker:
        members = [join(broker.port) for _ in range(CLIENTS)]
        for i in range(MESSAGES // SPEAKERS):
            for speaker in members[:SPEAKERS]:
                speaker.sendall(frame(TEXT, b'{"message": "message %d"}' % i))
        for numbers in read_all(members):
            assert numbers == list(range(1, MESSAGES + 1))
        for member in members:
            member.close()
