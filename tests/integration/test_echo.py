# SPDX-License-Identifier: MIT
"""RFC 6455 on /ws/echo/, numbered as the catalogue of Autobahn: frames in, the frames and the close code that must come out."""

import os
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


def text(payload):
    return TEXT, payload


GOODBYE = close(1000)
HALF = "\u6c49".encode()[:2]
GREEK = "κόσμε".encode()
BAD = GREEK + b"\xed\xa0\x80edited"

# number, bytes in, frames out (numbers are close codes)
CASES = [
    ("1.1.1", frame(TEXT) + GOODBYE, [text(b""), 1000]),
    ("1.1.2", frame(TEXT, b"*" * 125) + GOODBYE, [text(b"*" * 125), 1000]),
    ("1.1.3", frame(TEXT, b"*" * 126) + GOODBYE, [text(b"*" * 126), 1000]),
    ("1.1.6", frame(TEXT, b"*" * 65535) + GOODBYE, [text(b"*" * 65535), 1000]),
    ("1.1.7", frame(TEXT, b"*" * 65536) + GOODBYE, [text(b"*" * 65536), 1000]),
    ("1.2.7", frame(BINARY, b"\xfe" * 65536) + GOODBYE, [(BINARY, b"\xfe" * 65536), 1000]),
    ("2.1", frame(PING) + GOODBYE, [(PONG, b""), 1000]),
    ("2.2", frame(PING, b"Hello") + GOODBYE, [(PONG, b"Hello"), 1000]),
    ("2.3", frame(PING, b"\x00\xff\xfe") + GOODBYE, [(PONG, b"\x00\xff\xfe"), 1000]),
    ("2.4", frame(PING, b"p" * 125) + GOODBYE, [(PONG, b"p" * 125), 1000]),
    ("2.5", frame(PING, b"p" * 126), [1002]),
    ("2.7", frame(PONG) + GOODBYE, [1000]),
    ("2.9", frame(PONG, b"unasked") + frame(PING, b"x") + GOODBYE, [(PONG, b"x"), 1000]),
    ("2.10", b"".join(frame(PING, b"%d" % i) for i in range(10)) + GOODBYE,
     [(PONG, b"%d" % i) for i in range(10)] + [1000]),
    ("3.1", frame(TEXT, b"x", reserved=1), [1002]),
    ("3.2", frame(TEXT, b"a") + frame(TEXT, b"b", reserved=2), [text(b"a"), 1002]),
    ("3.6", frame(BINARY, b"x", reserved=6), [1002]),
    ("3.7", frame(CLOSE, reserved=7), [1002]),
    ("4.1.1", frame(3), [1002]), ("4.1.5", frame(7, b"x"), [1002]),
    ("4.2.1", frame(11), [1002]), ("4.2.5", frame(15, b"x"), [1002]),
    ("5.1", frame(PING, b"a", final=False) + frame(CONTINUATION, b"b"), [1002]),
    ("5.3", frame(TEXT, b"fragment1", final=False) + frame(CONTINUATION, b"fragment2") + GOODBYE,
     [text(b"fragment1fragment2"), 1000]),
    ("5.6", frame(TEXT, b"one", final=False) + frame(PING, b"p") + frame(CONTINUATION, b"two") + GOODBYE,
     [(PONG, b"p"), text(b"onetwo"), 1000]),
    ("5.9", frame(CONTINUATION, b"nothing to continue"), [1002]),
    ("5.15", frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b") + frame(CONTINUATION, b"c", final=False),
     [text(b"ab"), 1002]),
    ("5.18", frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), [1002]),
    ("5.19", frame(TEXT, b"1", final=False) + frame(CONTINUATION, b"2", final=False) + frame(PING, b"x") +
     frame(CONTINUATION, b"3", final=False) + frame(PING, b"y") + frame(CONTINUATION, b"4") + GOODBYE,
     [(PONG, b"x"), (PONG, b"y"), text(b"1234"), 1000]),
    ("5.empty", frame(TEXT, final=False) + frame(CONTINUATION, final=False) + frame(CONTINUATION) + GOODBYE,
     [text(b""), 1000]),
    ("6.1.3", frame(TEXT, final=False) + frame(CONTINUATION, b"middle", final=False) + frame(CONTINUATION) + GOODBYE,
     [text(b"middle"), 1000]),
    ("6.2.1", frame(TEXT, GREEK) + GOODBYE, [text(GREEK), 1000]),
    ("6.2.3", b"".join(frame(TEXT if i == 0 else CONTINUATION, GREEK[i:i + 1], final=i == len(GREEK) - 1)
                       for i in range(len(GREEK))) + GOODBYE, [text(GREEK), 1000]),
    ("6.3.1", frame(TEXT, BAD), [1007]),
    ("6.4.1", frame(TEXT, GREEK, final=False) + frame(CONTINUATION, b"\xf4\x90\x80\x80", final=False), [1007]),
    ("6.6.1", frame(TEXT, HALF), [1007]),
    ("6.bin", frame(BINARY, BAD) + GOODBYE, [(BINARY, BAD), 1000]),
    ("7.1.3", GOODBYE + GOODBYE, [1000]),
    ("7.1.4", GOODBYE + frame(TEXT, b"late"), [1000]),
    ("7.1.5", frame(TEXT, b"part", final=False) + GOODBYE, [1000]),
    ("7.3.1", frame(CLOSE), [1000]),
    ("7.3.2", frame(CLOSE, b"a"), [1002]),
    ("7.3.4", close(1000, b"Hello World!"), [1000]),
    ("7.3.5", close(1000, b"*" * 123), [1000]),
    ("7.3.6", close(1000, b"*" * 124), [1002]),
    ("7.5.1", close(1000, BAD), [1007]),
    *[(f"7.7.{code}", close(code), [code]) for code in (1001, 1002, 1003, 1007, 1009, 1011, 3000, 3999, 4000, 4999)],
    *[(f"7.9.{code}", close(code), [1002]) for code in (0, 999, 1004, 1005, 1006, 1016, 2000, 2999, 5000, 65535)],
    ("mask", frame(TEXT, b"bare", masked=False), [1002]),
    ("length16", b"\x81\xfe\x00\x05\0\0\0\0hello", [1002]),
    ("length64", b"\x81\xff\0\0\0\0\0\0\x00\x05\0\0\0\0hello", [1002]),
    ("top bit", b"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", [1002]),
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


@pytest.mark.parametrize("data, expected", [case[1:] for case in CASES if len(case[1]) < 300],
                         ids=[case[0] for case in CASES if len(case[1]) < 300])
def test_case_byte_by_byte(broker, data, expected):
    connection = Connection(broker.port)
    try:
        for byte in data:
            connection.socket.sendall(bytes([byte]))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has heard enough
    assert connection.frames() == expected


def test_bad_utf8_is_refused_before_the_rest_has_come(broker):
    """6.4.2: the rest is never sent."""
    connection = Connection(broker.port)
    connection.socket.sendall(frame(TEXT, GREEK + b"\xf4\x90", final=False, length=100))
    assert connection.frames() == [1007]


@pytest.mark.parametrize("size", [1 << 20, 16 << 20])
def test_large_messages_come_back(broker, size):
    payload = os.urandom(4096) * (size // 4096)
    connection = Connection(broker.port)
    head = struct.pack("!BBQ", 0x82, 0xff, size) + b"\0\0\0\0"
    connection.socket.sendall(head + payload)
    assert connection.frame() == (BINARY, payload)


def test_a_message_of_65536_fragments_comes_back(broker):
    count = 65536
    connection = Connection(broker.port)
    connection.socket.sendall(frame(BINARY, b"x", final=False) + frame(CONTINUATION, b"x", final=False) * (count - 2) +
                              frame(CONTINUATION, b"x"))
    assert connection.frame() == (BINARY, b"x" * count)


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
    """7,000 pings and nobody who takes the pongs: they wait in the socket, not in the broker's memory."""
    connection = Connection(broker.port)
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.socket.settimeout(2)
    pings = frame(PING, b"p" * 125) * 1000
    sent = 0
    with pytest.raises(socket.timeout):
        while sent < 400:
            connection.socket.sendall(pings)
            sent += 1
    assert sent < 400
