# SPDX-License-Identifier: MIT
"""The fuzzing client's catalogue of Autobahn|Testsuite by number, with the one outcome that RFC 6455 and our close codes
leave. Sections are generators: the largest messages do not all lie in memory at once."""

import itertools
from typing import NamedTuple

from raw_websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, fragments, frame)


class Chopped(NamedTuple):
    """Sent so many bytes at a time."""
    data: bytes
    size: int


class Await(NamedTuple):
    """So many frames have to come before anything more is sent."""
    count: int


class Case(NamedTuple):
    number: str
    steps: list  # bytes sent at once, Chopped, Await
    expected: list  # frames as (opcode, payload); the code of the close frame, which must be the last


KIB, MIB = 1 << 10, 1 << 20
TEXT_AND_BINARY = ((1, TEXT), (2, BINARY))
GOODBYE = close(1000)
HELLO, HELLO_BACK = frame(TEXT, b"Hello, world!"), (TEXT, b"Hello, world!")
# A prime period: what is lost or comes twice shows, in whatever pieces it was sent.
PATTERN = {TEXT: b"".join(b"%d," % i for i in range(14000))[:65521], BINARY: bytes(i * i % 251 for i in range(65521))}


def filler(opcode, size):
    return (PATTERN[opcode] * (size // 65521 + 1))[:size]


def echoed(number, opcode, payload, steps=None):
    """A message that comes back as it is."""
    return Case(number, [*(steps or [frame(opcode, payload)]), GOODBYE], [(opcode, payload), 1000])


def failed(number, code, *steps, before=()):
    return Case(number, list(steps), [*before, code])


def three_ways(first, frames, expected):
    """The same in one piece, a frame at a time and a byte at a time; numbers go on from first."""
    whole = b"".join(frames)
    for number, steps in enumerate(([whole], frames, [Chopped(whole, 1)]), first):
        yield Case(f"5.{number}", steps, expected)


def framing():
    sizes = (0, 125, 126, 127, 128, 65535, 65536)
    for family, opcode in TEXT_AND_BINARY:
        for i, size in enumerate(sizes, 1):
            yield echoed(f"1.{family}.{i}", opcode, filler(opcode, size))
        payload = filler(opcode, 65536)
        yield echoed(f"1.{family}.8", opcode, payload, [Chopped(frame(opcode, payload), 997)])


def pings_and_pongs():
    def answered(number, *payloads, size=None):
        data = b"".join(frame(PING, payload) for payload in payloads)
        return Case(number, [Chopped(data, size) if size else data, GOODBYE], [*((PONG, p) for p in payloads), 1000])

    ten = [b"payload-%d" % i for i in range(10)]
    yield answered("2.1", b"")
    yield answered("2.2", b"Hello")
    yield answered("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")
    yield answered("2.4", b"\xfe" * 125)
    yield failed("2.5", 1002, frame(PING, b"\xfe" * 126))
    yield answered("2.6", b"\xfe" * 125, size=1)
    yield Case("2.7", [frame(PONG), GOODBYE], [1000])
    yield Case("2.8", [frame(PONG, b"unasked"), GOODBYE], [1000])
    yield Case("2.9", [frame(PONG, b"unasked"), frame(PING, b"asked"), GOODBYE], [(PONG, b"asked"), 1000])
    yield answered("2.10", *ten)
    yield answered("2.11", *ten, size=1)


def reserved_bits():
    def after_hello(reserved):
        return [HELLO, frame(TEXT, b"Hello", reserved=reserved), frame(PING)]

    yield failed("3.1", 1002, frame(TEXT, b"Hello", reserved=1))
    yield failed("3.2", 1002, b"".join(after_hello(2)), before=[HELLO_BACK])
    yield failed("3.3", 1002, *after_hello(3), before=[HELLO_BACK])
    yield failed("3.4", 1002, Chopped(b"".join(after_hello(4)), 1), before=[HELLO_BACK])
    yield failed("3.5", 1002, frame(BINARY, b"\x00\xff\xfe", reserved=5))
    yield failed("3.6", 1002, frame(PING, b"Hello", reserved=6))
    yield failed("3.7", 1002, frame(CLOSE, reserved=7))


def opcodes():
    for family, first in ((1, 3), (2, 11)):
        frames = [frame(first), frame(first + 1, b"reserved"), frame(first + 2), frame(first + 3, b"reserved"),
                  frame(first + 4, b"reserved")]
        yield failed(f"4.{family}.1", 1002, frames[0])
        yield failed(f"4.{family}.2", 1002, frames[1])
        yield failed(f"4.{family}.3", 1002, HELLO + frames[2] + frame(PING), before=[HELLO_BACK])
        yield failed(f"4.{family}.4", 1002, HELLO + frames[3] + frame(PING), before=[HELLO_BACK])
        yield failed(f"4.{family}.5", 1002, Chopped(HELLO + frames[4] + frame(PING), 1), before=[HELLO_BACK])


def fragmentation():
    one, two = frame(TEXT, b"fragment1", final=False), frame(CONTINUATION, b"fragment2")
    both = (TEXT, b"fragment1fragment2")
    ping, pong = frame(PING, b"ping"), (PONG, b"ping")
    stray = {final: frame(CONTINUATION, b"nothing to continue", final=final) for final in (True, False)}

    yield failed("5.1", 1002, frame(PING, b"fragment1", final=False) + two)
    yield failed("5.2", 1002, frame(PONG, b"fragment1", final=False) + two)
    yield from three_ways(3, [one, two, GOODBYE], [both, 1000])
    yield from three_ways(6, [one, ping, two, GOODBYE], [pong, both, 1000])
    yield from three_ways(9, [stray[True], HELLO], [1002])
    yield from three_ways(12, [stray[False], HELLO], [1002])
    yield failed("5.15", 1002, one + two + stray[False] + HELLO, before=[both])
    yield failed("5.16", 1002, (stray[False] + one + two) * 2)
    yield failed("5.17", 1002, (stray[True] + one + two) * 2)
    yield failed("5.18", 1002, one + frame(TEXT, b"fragment2"))
    five = fragments(TEXT, b"fragment1fragment2fragment3fragment4fragment5", 9)
    halves = [*five[:2], frame(PING, b"first")], [*five[2:4], frame(PING, b"second"), five[4], GOODBYE]
    expected = [(PONG, b"first"), (PONG, b"second"), (TEXT, b"fragment1fragment2fragment3fragment4fragment5"), 1000]
    yield Case("5.19", [b"".join(halves[0]), Await(1), b"".join(halves[1])], expected)
    yield Case("5.20", [*halves[0], Await(1), *halves[1]], expected)


GREEK = "κ\u1f79σμε".encode()
UNFINISHED = [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80",
              b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"]
HIGH_SURROGATES, LOW_SURROGATES = ([b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf"],
                                   [b"\xed\xb0\x80", b"\xed\xbe\x80", b"\xed\xbf\xbf"])
# After Markus Kuhn's stress test of decoders, one family a row, from 6.5 on.
UTF8_FAMILIES = [
    [b"hello" + middle.encode() + b"world" for middle in "$¢€\U00024b62"] + [GREEK],
    [GREEK[:size] for size in range(1, len(GREEK) + 1)],
    [b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],  # the first of each length
    [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],  # the last of each length
    [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"],
    [b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"],
    [b"\x80", b"\xbf", *((b"\x80\xbf" * 3)[:size] for size in range(2, 7)), bytes(range(0x80, 0xc0))],
    [b"".join(b"%c " % byte for byte in range(first, last + 1))
     for first, last in ((0xc0, 0xdf), (0xe0, 0xef), (0xf0, 0xf7), (0xf8, 0xfb), (0xfc, 0xfd))],
    UNFINISHED,
    [b"".join(UNFINISHED)],
    [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"],
    [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"],
    [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"],
    [*HIGH_SURROGATES, *LOW_SURROGATES],
    [high + low for high in HIGH_SURROGATES for low in (LOW_SURROGATES[0], LOW_SURROGATES[2])],
    [chr(plane << 16 | last).encode() for plane in range(17) for last in (0xfffe, 0xffff)],  # valid all the same
    [chr(code).encode() for code in range(0xfff9, 0x10000)],
]


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def utf8():
    def in_pieces(number, payloads):
        frames = [frame(TEXT if i == 0 else CONTINUATION, payload, i == len(payloads) - 1)
                  for i, payload in enumerate(payloads)]
        return echoed(number, TEXT, b"".join(payloads), frames)

    mixed = "Hello-µ@ßöäüàá-UTF-8!!".encode()
    bad = GREEK + b"\xed\xa0\x80edited"
    yield echoed("6.1.1", TEXT, b"")
    yield in_pieces("6.1.2", [b"", b"", b""])
    yield in_pieces("6.1.3", [b"", b"middle", b""])
    yield echoed("6.2.1", TEXT, mixed)
    yield in_pieces("6.2.2", [mixed[:14], mixed[14:]])
    yield in_pieces("6.2.3", [bytes([byte]) for byte in mixed])
    yield in_pieces("6.2.4", [bytes([byte]) for byte in GREEK])
    yield failed("6.3.1", 1007, frame(TEXT, bad))
    yield failed("6.3.2", 1007, b"".join(fragments(TEXT, bad, 1)))
    # What comes after the byte that breaks it is never sent: the answer may not wait for it.
    whole = frame(TEXT, GREEK + b"\xf4\x90\x80\x80edited")
    for number, bad_from, bad_to in ((1, 0, 4), (2, 1, 2)):
        good, broken = GREEK + b"\xf4\x90\x80\x80"[:bad_from], b"\xf4\x90\x80\x80"[bad_from:bad_to]
        yield failed(f"6.4.{number}", 1007, frame(TEXT, good, final=False) + frame(PING), Await(1),
                     frame(CONTINUATION, broken, final=False), before=[(PONG, b"")])
        cut = len(whole) - len(b"\xf4\x90\x80\x80edited") + bad_from
        yield failed(f"6.4.{number + 2}", 1007, whole[:cut], whole[cut:cut + bad_to - bad_from])
    for family, sequences in enumerate(UTF8_FAMILIES, 5):
        for i, sequence in enumerate(sequences, 1):
            number = f"6.{family}.{i}"
            yield echoed(number, TEXT, sequence) if is_utf8(sequence) else failed(number, 1007, frame(TEXT, sequence))


def closing():
    half = frame(TEXT, b"fragment1", final=False)
    long = filler(TEXT, 256 * KIB)
    yield Case("7.1.1", [HELLO, GOODBYE], [HELLO_BACK, 1000])
    yield Case("7.1.2", [GOODBYE + GOODBYE], [1000])
    yield Case("7.1.3", [GOODBYE + frame(PING)], [1000])
    yield Case("7.1.4", [GOODBYE + HELLO], [1000])
    yield Case("7.1.5", [half + GOODBYE + frame(CONTINUATION, b"fragment2")], [1000])
    yield Case("7.1.6", [frame(TEXT, long) + HELLO + GOODBYE + frame(PING)], [(TEXT, long), HELLO_BACK, 1000])
    yield Case("7.3.1", [frame(CLOSE)], [1000])
    yield failed("7.3.2", 1002, frame(CLOSE, b"a"))
    yield Case("7.3.3", [GOODBYE], [1000])
    yield Case("7.3.4", [close(1000, b"Hello, world!")], [1000])
    yield Case("7.3.5", [close(1000, b"*" * 123)], [1000])
    yield failed("7.3.6", 1002, close(1000, b"*" * 124))
    yield failed("7.5.1", 1007, close(1000, GREEK + b"\xed\xa0\x80edited"))
    for i, code in enumerate((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999), 1):
        yield Case(f"7.7.{i}", [close(code)], [code])
    for i, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield failed(f"7.9.{i}", 1002, close(code))
    yield failed("7.13.1", 1002, close(5000))
    yield failed("7.13.2", 1002, close(65535))


def limits():
    for family, opcode in TEXT_AND_BINARY:
        for i, size in enumerate((64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB), 1):
            yield echoed(f"9.{family}.{i}", opcode, filler(opcode, size))
    for family, opcode in TEXT_AND_BINARY:
        payload = filler(opcode, 4 * MIB)
        for i, size in enumerate((64 << 2 * exponent for exponent in range(9)), 1):
            yield echoed(f"9.{family + 2}.{i}", opcode, payload, [b"".join(fragments(opcode, payload, size))])
    for family, opcode in TEXT_AND_BINARY:
        data = frame(opcode, filler(opcode, MIB))
        for i, size in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            yield echoed(f"9.{family + 4}.{i}", opcode, filler(opcode, MIB), [Chopped(data, size)])
    for family, opcode in TEXT_AND_BINARY:
        for i, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
            payload = filler(opcode, size)
            steps = [frame(opcode, payload), Await(1)] * 1000
            yield Case(f"9.{family + 6}.{i}", [*steps, GOODBYE], [(opcode, payload)] * 1000 + [1000])


def auto_fragmentation():
    payload = filler(TEXT, 65536)
    yield echoed("10.1.1", TEXT, payload, [b"".join(fragments(TEXT, payload, 1300))])


# Section, its cases and how many they are.
SECTIONS = {1: (framing, 16), 2: (pings_and_pongs, 11), 3: (reserved_bits, 7), 4: (opcodes, 10),
            5: (fragmentation, 20), 6: (utf8, 145), 7: (closing, 37), 9: (limits, 54), 10: (auto_fragmentation, 1)}


class DeflateCase(NamedTuple):
    number: str
    offers: str  # the value of Sec-WebSocket-Extensions
    data: str  # a key of DEFLATE_DATA
    message_bytes: int
    fragment_bytes: int  # 0: one frame


# RFC 7692 7.1: what 12.* and 13.* have the client offer.
DEFLATE_OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits"
DEFLATE_OFFERS = [", ".join(DEFLATE_OFFER + asked for asked in offer) for offer in (
    [""],
    ["; server_no_context_takeover"],
    ["; server_max_window_bits=8"],
    ["; server_max_window_bits=15"],
    ["; server_no_context_takeover; server_max_window_bits=8"],
    ["; server_no_context_takeover; server_max_window_bits=15"],
    ["; server_no_context_takeover; server_max_window_bits=8", "; server_no_context_takeover", ""],
)]
DEFLATE_SIZES = [*((16 << exponent, 0) for exponent in (0, 2, 4, 6, 8, 9, 10, 11, 12, 13)),
                 *((8192 << exponent, 256) for exponent in range(5)),
                 (131072, 1024), (131072, 4096), (131072, 32768)]
# As the suite has them by kind: objects, a picture, prose, a page, what is compressed already.
DEFLATE_DATA = ("json", "picture", "prose", "html", "packed")


def deflate():
    for (family, data), (i, sizes) in itertools.product(enumerate(DEFLATE_DATA, 1), enumerate(DEFLATE_SIZES, 1)):
        yield DeflateCase(f"12.{family}.{i}", DEFLATE_OFFERS[0], data, *sizes)
    for (family, offers), (i, sizes) in itertools.product(enumerate(DEFLATE_OFFERS, 1), enumerate(DEFLATE_SIZES, 1)):
        yield DeflateCase(f"13.{family}.{i}", offers, "json", *sizes)
