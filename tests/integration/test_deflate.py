# SPDX-License-Identifier: MIT
"""permessage-deflate (RFC 7692): agreed upon when it is configured and offered, both ways, and never to the broker's harm."""

import asyncio
import json
import os
import re
import zlib

import pytest
import websockets
from raw_websocket import (BINARY, CONTINUATION, PING, PONG, RESERVED_1, TEXT, RawWebSocket, close, frame,
                           upgrade_request)
from stack import Broker, is_silent, raw_request, receive, receive_type, status_of
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

COMPRESSED = 0x80 | RESERVED_1 << 4  # of a whole message
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
OFFERS = [
    ("permessage-deflate; client_max_window_bits", AGREED),
    ("permessage-deflate; server_max_window_bits=9", AGREED + "; server_max_window_bits=9"),
    ("permessage-deflate; server_max_window_bits=8", None),
    ("permessage-deflate; level=9, permessage-deflate", AGREED),
    ("x-webkit-deflate-frame", None),
]
MIB = 1 << 20  # [limits] echo_bytes, of what comes as well as of what it becomes
SIZES = [0, 1, 63, 64, 1000, 65535, 65536, MIB]


@pytest.fixture(scope="module")
def broker():
    with Broker("broker.deflate=yes") as running:
        yield running


def offering(*offers):
    return [f"Sec-WebSocket-Extensions: {offer}" for offer in offers]


def answer_to(broker, *offers, path="/ws/echo/"):
    return raw_request(broker.port, upgrade_request(path, *offering(*offers))).decode("latin-1")


def agreed_by(answer):
    found = re.search(r"(?im)^sec-websocket-extensions: (.*)$", answer)
    return found and found.group(1).strip()


def compress(data):
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def compressing(broker, path="/ws/echo/"):
    return RawWebSocket(broker.port, path, *offering("permessage-deflate"))


def inflate(payload):
    return zlib.decompressobj(wbits=-15).decompress(payload + b"\0\0\xff\xff")


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


@pytest.mark.parametrize("offer, answer", OFFERS, ids=[offer for offer, _ in OFFERS])
def test_what_is_agreed_upon(broker, offer, answer):
    assert agreed_by(answer_to(broker, offer)) == answer


def test_offers_in_several_lines(broker):
    answer = answer_to(broker, "x-foo; a=b", "permessage-deflate; server_max_window_bits=10")
    assert agreed_by(answer) == AGREED + "; server_max_window_bits=10"


def test_a_broken_header_is_400(broker):
    assert status_of(answer_to(broker, "permessage-deflate;").encode()) == 400


def test_the_ticker_does_not_compress(broker):
    assert agreed_by(answer_to(broker, "permessage-deflate", path="/ws/ticker/")) is None


def test_nothing_is_agreed_upon_by_default():
    with Broker() as plain:
        with compressing(plain) as connection:
            assert agreed_by(connection.head) is None
            connection.send(frame(TEXT, compress(b"hello"), reserved=RESERVED_1))
            assert connection.all_heard() == [1002]
        assert status_of(answer_to(plain, "permessage-deflate;").encode()) == 400


@pytest.mark.parametrize("bits", range(9, 16))
def test_echo_of_all_sizes(broker, bits):
    """The client's inflater has no larger window than it asked for: what it reads proves that ours was kept."""
    async def story():
        factory = ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=bits)
        async with broker.connect("/ws/echo/", compression=None, extensions=[factory]) as connection:
            for size in SIZES:
                # Of the largest size, bytes that do not shrink would come as more than they are.
                random = os.urandom(size) if size < MIB else os.urandom(128) * (size // 128)
                for data in (random, (b"%d " % size * size)[:size]):
                    await connection.send(data)
                    assert await connection.recv() == data
            await connection.send("héllo " * 1000)
            assert await connection.recv() == "héllo " * 1000
    run(story())


def test_a_long_message_comes_back_compressed(broker):
    with compressing(broker) as connection:
        connection.send(frame(BINARY, compress(bytes(60000)), reserved=RESERVED_1) + close(1000))
        first, payload = connection.frame()
    assert first == COMPRESSED | BINARY and len(payload) < 1000
    assert inflate(payload) == bytes(60000)


def test_a_message_compressed_in_fragments(broker):
    payload = compress(b"in three parts")
    with compressing(broker) as connection:
        connection.send(frame(TEXT, payload[:4], final=False, reserved=RESERVED_1) + frame(PING, b"p") +
                        frame(CONTINUATION, payload[4:8], final=False) + frame(CONTINUATION, payload[8:]) +
                        close(1000))
        assert connection.all_heard() == [(PONG, b"p"), (TEXT, b"in three parts"), 1000]


@pytest.mark.parametrize("data, expected", [
    (frame(TEXT, compress(b"a"), final=False, reserved=RESERVED_1) +
     frame(CONTINUATION, b"b", reserved=RESERVED_1), [1002]),
    (frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b", reserved=RESERVED_1), [1002]),
    (frame(PING, reserved=RESERVED_1), [1002]),
    (frame(TEXT, compress(b"a"), reserved=RESERVED_1 | 2), [1002]),
    (frame(TEXT, b"\x07", reserved=RESERVED_1), [1007]),
    (frame(TEXT, compress(b"\xff"), reserved=RESERVED_1), [1007]),
    (frame(BINARY, compress(b"\xff"), reserved=RESERVED_1) + close(1000), [(BINARY, b"\xff"), 1000]),
], ids=["continuation", "continuation of plain", "ping", "RSV2", "garbage", "bad UTF-8", "binary"])
def test_frames_against_the_rules(broker, data, expected):
    with compressing(broker) as connection:
        connection.send(data)
        assert connection.all_heard() == expected


def memory_peak(broker):
    status = open(f"/proc/{broker.process.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024


def too_big(broker):
    return broker.control(op="stats")["stats"]["inflated_too_big"]


def test_a_bomb_is_1009_and_costs_no_memory():
    """A megabyte on the wire would be 900 in memory."""
    compressor = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(compressor.compress(bytes(MIB)) for _ in range(900)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < MIB
    with Broker("broker.deflate=yes") as fresh:
        peak = memory_peak(fresh)
        for count in range(3):
            assert too_big(fresh) == count
            with compressing(fresh) as connection:
                connection.send(frame(BINARY, bomb, reserved=RESERVED_1))
                assert connection.all_heard() == [1009]
        assert memory_peak(fresh) - peak < 64 * MIB


TEXT_OF_ALL = "said by one, heard by all " * 20


@pytest.mark.parametrize("version1", [False, True])
def test_a_chat_of_those_who_compress_and_those_who_do_not(broker, version1):
    async def story():
        path = f"/ws/chat/both{version1}/"
        async with broker.connect(path, version1) as compressed, \
                broker.connect(path, version1, compression=None) as plain:
            assert [type(extension).__name__ for extension in compressed.extensions] == ["PerMessageDeflate"]
            assert plain.extensions == []
            for speaker in (compressed, plain):
                await speaker.send(json.dumps({"type": "message", "message": TEXT_OF_ALL, "ref": "r"}))
                if version1:
                    assert (await receive_type(speaker, "ack"))["ref"] == "r"
                for listener in (compressed, plain):
                    said = await (receive_type(listener, "message") if version1 else receive(listener))
                    assert said["message"] == TEXT_OF_ALL
            if not version1:
                assert await is_silent(compressed) and await is_silent(plain)
    run(story())


def test_a_room_sends_compressed_frames(broker):
    said = json.dumps({"message": TEXT_OF_ALL}).encode()
    with compressing(broker, "/ws/chat/raw/") as connection:
        assert agreed_by(connection.head) == AGREED
        connection.send(frame(TEXT, compress(said), reserved=RESERVED_1))
        first, payload = connection.frame()
    assert first == COMPRESSED | TEXT and len(payload) < len(TEXT_OF_ALL)
    assert json.loads(inflate(payload))["message"] == TEXT_OF_ALL


def test_a_room_does_not_compress_for_smaller_windows(broker):
    offer = "permessage-deflate; server_max_window_bits=14"
    assert agreed_by(answer_to(broker, offer, path="/ws/chat/raw/")) is None


def test_a_compressed_message_that_is_too_long_is_refused(broker):
    async def story():
        async with broker.connect("/ws/chat/long/") as connection:
            await connection.send(json.dumps({"message": "a" * 16384}))
            assert (await receive(connection))["error"] == "too_long"
            await connection.send(json.dumps({"message": "a" * 65536}))
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.code == 1009
    run(story())


def test_the_limit_is_kept_to_the_byte(broker):
    with compressing(broker) as connection:
        connection.send(frame(BINARY, compress(bytes(MIB)), reserved=RESERVED_1))
        assert connection.frame()[0] == COMPRESSED | BINARY
    with compressing(broker) as connection:
        connection.send(frame(BINARY, compress(bytes(MIB + 1)), reserved=RESERVED_1))
        assert connection.all_heard() == [1009]
