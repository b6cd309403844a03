# SPDX-License-Identifier: MIT
"""/ws/echo/ beyond the catalogue of test_autobahn: masks, lengths and limits."""

import socket
import struct

import pytest
from raw_websocket import BINARY, CONTINUATION, TEXT, RawWebSocket, close, frame
from stack import Broker

GREEK = "κόσμε".encode()

# name, bytes in, frames out (numbers are close codes)
CASES = [
    ("bytes that are no text", frame(BINARY, GREEK + b"\xed\xa0\x80") + close(1000),
     [(BINARY, GREEK + b"\xed\xa0\x80"), 1000]),
    ("no mask", b"\x81\x04bare", [1002]),
    ("5 in 16 bits", b"\x81\xfe\x00\x05\0\0\0\0hello", [1002]),
    ("5 in 64 bits", b"\x81\xff\0\0\0\0\0\0\x00\x05\0\0\0\0hello", [1002]),
    ("top bit", b"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", [1002]),
    *[(f"close with {code}", close(code), [code]) for code in (1012, 1013, 1014)],
    ("close with 1015", close(1015), [1002]),
]


@pytest.fixture(scope="module")
def broker():
    with Broker("limits.echo_bytes=16777216") as running:
        yield running


@pytest.mark.parametrize("data, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(broker, data, expected):
    with RawWebSocket(broker.port) as connection:
        connection.send(data)
        assert connection.all_heard() == expected
        assert connection.heard() is None, "the server closes the connection"


@pytest.mark.parametrize("data, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case_byte_by_byte(broker, data, expected):
    with RawWebSocket(broker.port) as connection:
        for byte in data:
            connection.send(bytes([byte]))
        assert connection.all_heard() == expected


def test_bad_utf8_is_refused_before_the_rest_has_come(broker):
    """The rest is never sent."""
    begun = GREEK + b"\xf4\x90"
    rest = bytes(100 - len(begun))
    with RawWebSocket(broker.port) as connection:
        connection.send(frame(TEXT, begun + rest, final=False)[:-len(rest)])
        assert connection.all_heard() == [1007]


def test_above_the_limit_is_1009(broker):
    with RawWebSocket(broker.port) as connection:
        connection.send(struct.pack("!BBQ", 0x82, 0xff, (16 << 20) + 1) + b"\0\0\0\0")
        assert connection.all_heard() == [1009]


def test_fragments_above_the_limit_are_1009():
    with Broker("limits.echo_bytes=1000") as small, RawWebSocket(small.port) as connection:
        connection.send(frame(TEXT, b"x" * 600, final=False) + frame(CONTINUATION, b"x" * 600))
        assert connection.all_heard() == [1009]


def test_a_reader_that_does_not_read_stops_being_read(broker):
    """Messages that nobody takes back: they wait in the socket, not in the broker's memory."""
    messages = frame(TEXT, b"m" * 125) * 1000
    sent = 0
    with RawWebSocket(broker.port, receive_bytes=4096) as connection:
        connection.socket.settimeout(2)
        with pytest.raises(socket.timeout):
            while sent < 400:
                connection.socket.sendall(messages)
                sent += 1
    assert sent < 400
