# SPDX-License-Identifier: MIT
"""What the proxy of the tests cuts is whole, wherever the pieces end in which it comes."""

import pytest
from lossy_proxy import NNG_PUB, REDIS, Sieve

PUSHES = [b"*3\r\n$7\r\nmessage\r\n$2\r\nab\r\n$5\r\n\r\nx:1\r\n",
          b"*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$2\r\nab\r\n$0\r\n\r\n"]
REPLIES = [b"+OK\r\n", b":12\r\n", b"$-1\r\n", b"*-1\r\n", b"*0\r\n", b"-ERR what?\r\n",
           b"*2\r\n*2\r\n:1\r\n$3\r\na\r\n\r\n$4\r\nlast\r\n", b"*3\r\n$9\r\nsubscribe\r\n$2\r\nab\r\n:1\r\n"]
HELLO = b"\0SP\0\0\x20\0\0"
MESSAGES = [len(body).to_bytes(8, "big") + body for body in (b"", b"chat_lobby {}\n", b"x" * 300)]


def through(wire, data, pieces, is_lost):
    sieve = Sieve(wire, is_lost)
    return b"".join(sieve(data[start:start + pieces]) for start in range(0, len(data), pieces))


@pytest.mark.parametrize("pieces", [1, 2, 7, 10000])
@pytest.mark.parametrize("wire, kept, lost", [
    (REDIS, REPLIES, PUSHES), (NNG_PUB, [HELLO], MESSAGES)], ids=["redis", "nng"])
def test_only_what_is_published_is_lost(wire, kept, lost, pieces):
    mixed = b"".join(kept[:1] + lost + kept[1:] + lost)
    assert through(wire, mixed, pieces, lambda: False) == mixed
    assert through(wire, mixed, pieces, lambda: True) == b"".join(kept)


def test_one_of_two_is_lost():
    chances = iter([True, False])
    assert through(REDIS, b"".join(PUSHES), 5, lambda: next(chances)) == PUSHES[1]
