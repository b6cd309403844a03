# SPDX-License-Identifier: MIT
"""A WebSocket client that may break every rule: it sends the bytes it is given, and is strict about those it gets."""

import select
import socket
import struct
import time

import wire

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
RESERVED_1 = 4
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"
PIECE_BYTES = 1 << 18


def masked(payload, mask=MASK):
    """XOR as one long number: 16 MiB byte by byte would take seconds."""
    size = len(payload)
    stream = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(stream, "little")).to_bytes(size, "little")


def frame(opcode, payload=b"", final=True, reserved=0):
    size = len(payload)
    first = (0x80 if final else 0) | reserved << 4 | opcode
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + MASK + masked(payload)


def close(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def fragments(opcode, payload, size, reserved=0):
    """The frames of one message, size bytes each; reserved bits go into the first only (RFC 7692 6.1)."""
    starts = range(0, max(len(payload), 1), size)
    return [frame(CONTINUATION if start else opcode, payload[start:start + size], start + size >= len(payload),
                  0 if start else reserved) for start in starts]


def upgrade_request(path="/ws/echo/", *lines, host="localhost"):
    """A good head, with more lines at its end."""
    good = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    return ("\r\n".join([*good, *lines]) + "\r\n\r\n").encode("latin-1")


class RawWebSocket:
    """lines are more headers of the request; head is what the server has answered. With receive_bytes little fits in
    the sockets of both ends: the server's grows with the segments that the client takes."""

    SMALL_SEGMENT_BYTES = 536

    def __init__(self, port, path="/ws/echo/", *lines, seconds=20, receive_bytes=None):
        self.end = time.monotonic() + seconds
        self.socket = socket.socket()
        self.socket.settimeout(seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self.SMALL_SEGMENT_BYTES)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.data = bytearray()
        self.is_at_end = False
        self.was_reset = False
        self.send(upgrade_request(path, *lines))
        while b"\r\n\r\n" not in self.data and not self.is_at_end:
            self.wait(select.POLLIN)
        head, _, rest = bytes(self.data).partition(b"\r\n\r\n")
        self.head, self.data = head.decode("latin-1"), bytearray(rest)
        assert self.head.startswith("HTTP/1.1 101 "), self.head
        self.path = path
        self.protocol = "roomwire.v1" if "roomwire.v1" in self.head else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait(self, events):
        """Until the socket is ready; what has come is taken in."""
        poll = select.poll()
        poll.register(self.socket, events)
        left = self.end - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError(f"waited in vain, {len(self.data)} bytes are left over")
        self.take_in()

    def take_in(self):
        try:
            while not self.is_at_end:
                piece = self.socket.recv(PIECE_BYTES)
                self.data += piece
                self.is_at_end = not piece
        except BlockingIOError:
            pass
        except ConnectionResetError:
            self.is_at_end = self.was_reset = True

    def send(self, data):
        """Reads on while the server does not take it. What a server that has closed does not want is dropped."""
        rest = memoryview(data)
        while rest and not self.is_at_end:
            try:
                rest = rest[self.socket.send(rest):]
            except BlockingIOError:
                self.wait(select.POLLIN | select.POLLOUT)
            except (BrokenPipeError, ConnectionResetError):
                self.was_reset = True
                return

    def take(self, count):
        while len(self.data) < count:
            assert not self.is_at_end, f"the connection ends within a frame: {bytes(self.data[:80])!r}"
            self.wait(select.POLLIN)
        result = bytes(memoryview(self.data)[:count])
        del self.data[:count]
        return result

    def frame(self):
        """(first byte's bits, payload), or None at the end. RFC 6455 5.2: not masked, the length in its least form."""
        while not self.data and not self.is_at_end:
            self.wait(select.POLLIN)
        if not self.data:
            return None
        first, size = self.take(2)
        if size == 126:
            size = struct.unpack("!H", self.take(2))[0]
            assert size > 125, "a length of 16 bits for less"
        elif size == 127:
            size = struct.unpack("!Q", self.take(8))[0]
            assert size > 65535, "a length of 64 bits for less"
        else:
            assert size < 126, "a server's frame is not masked"
        assert first & 0x0f < CLOSE or (first & 0x80 and size < 126), "a control frame is whole and short"
        return first, self.take(size)

    def heard(self):
        """(opcode, payload) of a whole frame without reserved bits, the code of a close frame, or None at the end."""
        got = self.frame()
        if got is None:
            return None
        first, payload = got
        assert first & 0xf0 == 0x80, f"a first byte of {first:#x}"
        if first & 0x0f == TEXT:
            wire.check_heard(self.path, self.protocol, payload)
        if first & 0x0f != CLOSE:
            return first & 0x0f, payload
        payload[2:].decode()  # RFC 6455 5.5.1: a reason is UTF-8
        return struct.unpack("!H", payload[:2])[0] if payload else "close without a code"

    def all_heard(self):
        """What is heard up to the close frame, whose code comes last."""
        result = []
        while not result or isinstance(result[-1], tuple):
            result.append(self.heard())
        return result
