# SPDX-License-Identifier: MIT
"""Anybody can connect to the ports of a hub. Whatever strangers do there, edges get in and memory stays bounded."""

import contextlib
import resource
import socket
import struct
from pathlib import Path

import pytest
from stack import wait_for
from test_hub import Rack

HELLO_OF = {0: b"\0SP\0\0\x30\0\0", 1: b"\0SP\0\0\x21\0\0"}  # the first bytes of an edge's two sockets: REQ and SUB
CONNECTIONS_MAX = 256
STRANGERS_MAX = 64
ASK_BYTES_MAX = 1536 * 1024
SUPPORT = Path(__file__).parents[1] / "support"
REQUEST_ID = b"\x80\0\0\1"


@pytest.fixture(name="rack")
def _rack(monkeypatch):
    # nng leaks the message that it is sending when a connection ends.
    monkeypatch.setenv("LSAN_OPTIONS", f"suppressions={SUPPORT}/nng.lsan")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    with Rack("tcp") as rack:
        yield rack
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def port_of(rack):
    return int(rack.url.rsplit(":", 1)[1])


def knock(rack, offset, *said, hello=True):
    """Connects to one of the two ports and sends some bytes. The connection."""
    connection = socket.create_connection(("127.0.0.1", port_of(rack) + offset), timeout=20)
    with contextlib.suppress(OSError):  # the hub may close it at any time
        connection.sendall((HELLO_OF[offset] if hello else b"") + b"".join(said))
    return connection


def message(body):
    return struct.pack(">Q", len(body) + len(REQUEST_ID)) + REQUEST_ID + body


def is_over(connection):
    """Waits until the hub closes the connection; raises TimeoutError if it stays open."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def refused(rack):
    return rack.hub.control(op="stats")["stats"]["layer_refused"]


def says(edge, text):
    answer = edge.control(op="group_send", group="chat_r", event={"type": "chat.message", "message": text})
    return answer["ok"]


def resident_bytes(broker):
    status = Path(f"/proc/{broker.process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def come_in(rack, seconds=20):
    """Starts a new edge and waits until it can speak."""
    edge = rack.start(rack.edge())
    wait_for(lambda: says(edge, "hello"), "an edge gets in", seconds)


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize(("said", "hello"), [((), False), ((b"GET / HTTP/1.1\r\n\r\n",), False), ((), True)])
def test_edge_gets_in_past_those_who_say_nothing(rack, offset, said, hello):
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS_MAX + STRANGERS_MAX):
            stack.enter_context(knock(rack, offset, *said, hello=hello))
        come_in(rack)
        assert all(says(edge, "still here") for edge in rack.edges)


def test_strangers_are_few_and_the_first_of_them_goes(rack):
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(knock(rack, 0))
        for _ in range(CONNECTIONS_MAX):
            stack.enter_context(knock(rack, 0))
        assert is_over(first)
        wait_for(lambda: refused(rack) >= CONNECTIONS_MAX - STRANGERS_MAX, "they are counted")
        assert "problem=too_many" in rack.hub.log()
        assert rack.hub.log().count("event=layer_refused") < 10


def test_connection_without_the_key_is_closed_at_its_first_word(rack):
    for body in (b"", b"\1", b"\1\0" + b"x" * 100, b"\1\1" + b"x" * 100, b"\xff" * 1000):
        with knock(rack, 0, message(body)) as connection:
            assert is_over(connection)
    assert refused(rack) >= 5
    assert all(says(edge, "still here") for edge in rack.edges)


def test_edge_gets_in_past_those_who_say_much_and_go(rack):
    for number in range(60):
        with knock(rack, 0, *[message(b"x" * 1000)] * 100) as connection:
            if number % 2 == 0:
                assert is_over(connection)
    come_in(rack)
    assert all(says(edge, "still here") for edge in rack.edges)
    assert rack.hub.stop() == 0 and "event=nng_hangs" not in rack.hub.log()


def test_connection_that_is_silent_is_closed(rack):
    with knock(rack, 0) as connection:
        assert is_over(connection)
    assert "problem=silent" in rack.hub.log()


@pytest.mark.parametrize("offset", [0, 1])
def test_message_that_claims_too_much_is_not_made_room_for(rack, offset):
    bound = ASK_BYTES_MAX + 1024
    for length in (2**63, 2**40, 2**32, 16 * 1024 * 1024, bound):
        with knock(rack, offset, struct.pack(">Q", length)) as connection:
            assert is_over(connection)
    assert all(says(edge, "still here") for edge in rack.edges)


def test_memory_stays_bounded_while_strangers_send_as_much_as_they_may(rack):
    most = CONNECTIONS_MAX * ASK_BYTES_MAX
    before = resident_bytes(rack.hub)
    begun = struct.pack(">Q", ASK_BYTES_MAX) + REQUEST_ID + b"x" * (ASK_BYTES_MAX - 1024)
    with contextlib.ExitStack() as stack:
        for _ in range(4 * CONNECTIONS_MAX):
            stack.enter_context(knock(rack, 0, begun))
        come_in(rack, 60)
        assert resident_bytes(rack.hub) - before < 2 * most  # AddressSanitizer keeps some of what was freed
