# SPDX-License-Identifier: MIT
"""Sections 12 and 13 of the catalogue: what is compressed both ways (RFC 7692) comes back as it was. The suite sends a
thousand messages of each size; so many are sent here as fit into a second."""

import itertools
import json
import random
import re
import zlib

import pytest
from autobahn_cases import deflate
from raw_websocket import BINARY, CLOSE, RESERVED_1, TEXT, RawWebSocket, close, fragments
from stack import Broker

FAMILIES = {family: list(cases) for family, cases in itertools.groupby(
    deflate(), lambda case: case.number.rpartition(".")[0])}
MESSAGES_MAX = 100
CASE_BYTES = 1 << 20
TAIL = b"\x00\x00\xff\xff"  # RFC 7692 7.2.1
WORTH_COMPRESSING_BYTES = 1024


def words(chance, count):
    vocabulary = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(600)]
    return chance.choices(vocabulary, k=count)


def make_data(kind):
    """(opcode, bytes): half a megabyte, the same in every run."""
    chance = random.Random(kind)
    if kind == "json":
        return TEXT, json.dumps([{"name": name, "friends": [], "age": chance.randint(1, 99)}
                                 for name in words(chance, 12000)]).encode()
    if kind == "html":
        return TEXT, "".join(f'<li class="{a}"><a href="/{b}/">{a} {b}</a></li>\n'
                             for a, b in zip(words(chance, 9000), words(chance, 9000))).encode()
    if kind == "picture":
        return BINARY, bytes((x + y) // 4 + chance.randint(0, 3) & 0xff for y in range(512) for x in range(1024))
    if kind == "prose":
        return BINARY, " ".join(words(chance, 90000)).encode()
    return BINARY, chance.randbytes(1 << 19)


DATA = {}  # made when it is first asked for


def messages_of(case):
    if case.data not in DATA:
        DATA[case.data] = make_data(case.data)
    opcode, data = DATA[case.data]
    count = min(MESSAGES_MAX, CASE_BYTES // case.message_bytes)
    starts = (i * case.message_bytes % (len(data) - case.message_bytes) for i in range(count))
    return opcode, [data[start:start + case.message_bytes] for start in starts]


class Codec:
    """What was agreed upon, seen from the client; raises when the server may not have agreed to it."""

    def __init__(self, offers, agreed):
        names = [part.partition("=")[0] for part in agreed]
        values = {name: int(value) for name, _, value in (part.partition("=") for part in agreed) if value}
        assert len(set(names)) == len(names) and set(names) <= {
            "server_no_context_takeover", "client_no_context_takeover",
            "server_max_window_bits", "client_max_window_bits"}, agreed
        assert any(self.fits(offer, names, values) for offer in offers.split(", ")), f"{agreed} for {offers}"
        self.keeps = {side: f"{side}_no_context_takeover" not in names for side in ("client", "server")}
        self.bits = {side: values.get(f"{side}_max_window_bits", 15) for side in ("client", "server")}
        self.compressor = self.inflater = None

    @staticmethod
    def fits(offer, names, values):
        """RFC 7692 7.1: whether the answer grants what this offer asks for."""
        asked = re.search(r"server_max_window_bits=(\d+)", offer)
        if "server_no_context_takeover" in offer and "server_no_context_takeover" not in names:
            return False
        return asked is None or 8 <= values.get("server_max_window_bits", 99) <= int(asked.group(1))

    def deflated(self, message):
        if self.compressor is None or not self.keeps["client"]:
            self.compressor = zlib.compressobj(wbits=-self.bits["client"])
        data = self.compressor.compress(message) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        assert data.endswith(TAIL)
        return data[:-len(TAIL)]

    def inflated(self, data):
        if self.inflater is None or not self.keeps["server"]:
            self.inflater = zlib.decompressobj(wbits=-self.bits["server"])
        return self.inflater.decompress(data + TAIL)


def codec_of(case, head):
    """None when the server has agreed to nothing: it may only where a window of 8 bits, which zlib does not make, is
    all that is offered."""
    found = re.findall(r"(?im)^sec-websocket-extensions:\s*(.*?)\s*$", head)
    if not found:
        assert all("server_max_window_bits=8" in offer for offer in case.offers.split(", ")), "nothing was agreed upon"
        return None
    name, *agreed = re.split(r"\s*;\s*", found[0])
    assert len(found) == 1 and name == "permessage-deflate", found
    return Codec(case.offers, agreed)


def echo(connection, codec, opcode, message, fragment_bytes):
    """Whether it came back compressed."""
    payload = codec.deflated(message) if codec else message
    connection.send(b"".join(fragments(opcode, payload, fragment_bytes or max(len(payload), 1),
                                       RESERVED_1 if codec else 0)))
    first, answer = connection.frame()
    is_compressed = bool(first & RESERVED_1 << 4)
    assert first & 0xbf == 0x80 | opcode and (codec or not is_compressed), f"a first byte of {first:#x}"
    assert (codec.inflated(answer) if is_compressed else answer) == message, f"another message of {len(answer)} bytes"
    return is_compressed


def perform(port, case):
    opcode, messages = messages_of(case)
    with RawWebSocket(port, "/ws/echo/", f"Sec-WebSocket-Extensions: {case.offers}") as connection:
        codec = codec_of(case, connection.head)
        compressed = [echo(connection, codec, opcode, message, case.fragment_bytes) for message in messages]
        assert any(compressed) or not codec or case.data == "packed" or case.message_bytes < WORTH_COMPRESSING_BYTES, \
            "nothing was compressed"
        connection.send(close(1000))
        assert connection.frame() == (0x80 | CLOSE, b"\x03\xe8") and connection.frame() is None


@pytest.fixture(scope="module")
def broker():
    with Broker("broker.deflate=yes", "limits.echo_bytes=16777216") as running:
        yield running


@pytest.mark.parametrize("family", FAMILIES)
def test_family(broker, family):
    problems = []
    for case in FAMILIES[family]:
        try:
            perform(broker.port, case)
        except (AssertionError, OSError, TypeError, zlib.error) as error:
            problems.append(f"{case.number}: {type(error).__name__}: {error}")
    assert not problems, "\n" + "\n".join(problems)


def test_the_catalogue_is_complete():
    assert len({case.number for case in deflate()}) == 216
