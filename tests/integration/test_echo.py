# SPDX-License-Identifier: MIT
"""/ws/echo/ beyond the catalogue of test_autobahn: masks, lengths and limits."""

import socket
import struct

import pytest
from stack import Broker

HEAD = (b"GET /ws/echo/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload=b"", final=True, reserved=0, masked=True, length=None):
    first = (0x80 if final else 0) | reserved << 4 | opcode
    size = len(payload) if length is None else length
    mask = b"\x37\xfa\x21\x3d" if masked else b""
    flag = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, flag | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, flag | 126, size)
    else:
        head = struct.pack("!BBQ", first, flag | 127, size)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if masked else payload
    return head + mask + body


def close(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Connection:
    def __init__(self, port, head=HEAD):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(head)
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.socket.recv(65536)
        self.answer, self.data = self.data.split(b"\r\n\r\n", 1)

    def read(self, count):
        while len(self.data) < count:
            part = self.socket.recv(1 << 20)
            if not part:
                return None
            self.data += part
        result, self.data = self.data[:count], self.data[count:]
        return result

    def frame(self):
        """(opcode, payload), or None when the other side has closed."""
        head = self.read(2)
        if head is None:
            return None
        assert head[0] & 0x70 == 0 and head[1] & 0x80 == 0
        size = head[1] & 0x7f
        if size == 126:
            size = struct.unpack("!H", self.read(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.read(8))[0]
        return head[0] & 0x0f, self.read(size)

    def frames(self):
        """All frames until the close; its code last."""
        result = []
        while (got := self.frame()) is not None:
            if got[0] == CLOSE:
                result.append(struct.unpack("!H", got[1][:2])[0] if got[1] else None)
                break
            result.append(got)
        return result


GREEK = "κόσμε".encode()

# name, bytes in, frames out (numbers are close codes)
CASES = [
    ("bytes that are no text", frame(BINARY, GREEK + b"\xed\xa0\x80") + close(1000),
     [(BINARY, GREEK + b"\xed\xa0\x80"), 1000]),
    ("no mask", frame(TEXT, b"bare", masked=False), [1002]),
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
    connection = Connection(broker.port)
    connection.socket.sendall(data)
    assert connection.frames() == expected
    assert connection.read(1) is None, "the server closes the connection"


@pytest.mark.parametrize("data, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case_byte_by_byte(broker, data, expected):
    connection = Connection(broker.port)
    try:
        for byte in data:
            connection.socket.sendall(bytes([byte]))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has heard enough
    assert connection.frames() == expected


def test_bad_utf8_is_refused_before_the_rest_has_come(broker):
    """The rest is never sent."""
    connection = Connection(broker.port)
    connection.socket.sendall(frame(TEXT, GREEK + b"\xf4\x90", final=False, length=100))
    assert connection.frames() == [1007]


def test_above_the_limit_is_1009(broker):
    connection = Connection(broker.port)
    connection.socket.sendall(struct.pack("!BBQ", 0x82, 0xff, (16 << 20) + 1) + b"\0\0\0\0")
    assert connection.frames() == [1009]


def test_fragments_above_the_limit_are_1009():
    with Broker("limits.echo_bytes=1000") as small:
        connection = Connection(small.port)
        connection.socket.sendall(frame(TEXT, b"x" * 600, final=False) + frame(CONTINUATION, b"x" * 600))
        assert connection.frames() == [1009]


def test_a_reader_that_does_not_read_stops_being_read(broker):
    """Messages that nobody takes back: they wait in the socket, not in the broker's memory."""
    connection = Connection(broker.port)
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.socket.settimeout(2)
    messages = frame(TEXT, b"m" * 125) * 1000
    sent = 0
    with pytest.raises(socket.timeout):
        while sent < 400:
            connection.socket.sendall(messages)
            sent += 1
    assert sent < 400
