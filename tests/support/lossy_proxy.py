# SPDX-License-Identifier: MIT
"""A TCP proxy between a broker and its publisher (Redis or a hub). It loses some published messages: whole messages,
and never an answer."""

import contextlib
import random
import socket
import threading
from dataclasses import dataclass
from typing import Callable

PUSHED = (b"message", b"pmessage")
SP_HELLO_BYTES = 8
PIECE_BYTES = 65536


def line_end(data, start):
    """The position behind the next line end; -1 when it has not arrived yet."""
    found = data.find(b"\r\n", start)
    return found + 2 if found >= 0 else -1


def reply_end(data, start):
    """The end of the Redis reply that begins at start; -1 when it has not arrived yet."""
    end = line_end(data, start)
    if end < 0:
        return -1
    kind, number = data[start:start + 1], data[start + 1:end - 2]
    if kind == b"$" and int(number) >= 0:
        end += int(number) + 2
        return end if end <= len(data) else -1
    if kind == b"*":
        for _ in range(max(int(number), 0)):
            end = reply_end(data, end)
            if end < 0:
                return -1
    return end


def is_pushed(reply):
    words = reply.split(b"\r\n", 3)
    return words[0] in (b"*3", b"*4") and words[2].lower() in PUSHED


def frame_end(data, start):
    """The same for nng over TCP: a hello, then messages, each behind its length."""
    if data.startswith(b"\0SP\0", start):
        end = start + SP_HELLO_BYTES
    elif len(data) < start + 8:
        return -1
    else:
        end = start + 8 + int.from_bytes(data[start:start + 8], "big")
    return end if end <= len(data) else -1


def is_message(frame):
    return not frame.startswith(b"\0SP\0")


@dataclass(frozen=True)
class Wire:
    end_of: Callable  # (data, start): the end of the message that begins there, or -1
    may_be_lost: Callable


REDIS = Wire(reply_end, is_pushed)
NNG_PUB = Wire(frame_end, is_message)


class Sieve:
    """For one connection: passes the messages that are complete and not to be lost."""

    def __init__(self, wire, is_lost):
        self.wire = wire
        self.is_lost = is_lost
        self.rest = b""

    def __call__(self, data):
        data, kept, start = self.rest + data, [], 0
        while start < len(data) and (end := self.wire.end_of(data, start)) >= 0:
            part = data[start:end]
            start = end
            if not (self.wire.may_be_lost(part) and self.is_lost()):
                kept.append(part)
        self.rest = data[start:]
        return b"".join(kept)


class LossyProxy:
    """with LossyProxy(port, REDIS, loss=0.1, seed=7) as proxy: … proxy.port"""

    def __init__(self, target, wire, loss, seed, port=0):
        self.target = ("127.0.0.1", target)
        self.wire = wire
        self.loss = loss
        self.chance = random.Random(seed)
        self.passed = self.lost = 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.open = {self.listener}
        self.lock = threading.Lock()

    def __enter__(self):
        self.run(self.accept)
        return self

    def __exit__(self, *_):
        with self.lock:
            closing, self.open = self.open, None
        for one in closing:
            self.end(one)

    @staticmethod
    def run(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    @staticmethod
    def end(one):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def keep(self, *connections):
        """Remembers connections for the end. False when the proxy has ended."""
        with self.lock:
            if self.open is not None:
                self.open.update(connections)
            return self.open is not None

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.connect(near)

    def connect(self, near):
        try:
            far = socket.create_connection(self.target)
        except OSError:
            self.end(near)
            return
        if self.keep(near, far):
            self.run(self.copy, near, far, bytes)
            self.run(self.copy, far, near, Sieve(self.wire, self.is_lost))
        else:
            self.end(near)
            self.end(far)

    def copy(self, source, target, change):
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE_BYTES):
                target.sendall(change(data))
        self.end(source)
        self.end(target)

    def is_lost(self):
        is_lost = self.chance.random() < self.loss
        self.lost += is_lost
        self.passed += not is_lost
        return is_lost
