# SPDX-License-Identifier: MIT
"""Request heads as bytes, and the one answer each may get (RFC 9112, RFC 6455 4.2, broker/ws/handshake.h). A head that two
readers could read differently gets 400, whatever either would make of it."""

from typing import NamedTuple

from raw_websocket import KEY, TEXT, close, frame

V1 = "roomwire.v1"
ECHO = "GET /ws/echo/ HTTP/1.1"
HOST, UPGRADE, CONNECTION = "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"
KEY_LINE, VERSION = f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"
GOOD = [HOST, UPGRADE, CONNECTION, KEY_LINE, VERSION]
HEAD_BYTES_MAX = 16384
HEADERS_MAX = 100
BROKEN = b"\x88\x02\x03\xea"  # a close frame, 1002
GOODBYE = b"\x88\x02\x03\xe8"  # and 1000, the answer to ours


class Case(NamedTuple):
    name: str
    data: bytes
    status: int
    protocol: str = None  # that a 101 chooses; a greeting follows
    after: bytes = GOODBYE  # what comes behind a 101 when a close frame follows the data


def head(*lines, request=ECHO, end="\r\n"):
    return (end.join([request, *lines]) + end * 2).encode("latin-1")


def target(text):
    return head(*GOOD, request=f"GET {text} HTTP/1.1")


def line(text, replaced=""):
    """The good head with one more line, in the place of those that begin with replaced."""
    return head(*(good for good in GOOD if not replaced or not good.startswith(replaced)), *([text] if text else []))


def rows(group, status, make, *texts, **expected):
    """The text, what is made of it and one outcome for all: the text is the name."""
    return [Case(f"{group} {text!r}" if len(text) < 60 else f"{group} {text[:20]!r} of {len(text)}", make(text), status,
                 **expected) for text in texts]


def in_place_of(prefix):
    return lambda text: line(text, prefix)


def value_of(name):
    """A header in the place of the good one of that name; the text is all that stands behind the colon."""
    return lambda text: line(f"{name}:{text}", f"{name}:")


def offering(protocols):
    return head(*GOOD, *(f"Sec-WebSocket-Protocol: {value}" for value in protocols.split("|")),
                request="GET /ws/chat/lobby/ HTTP/1.1")


def padded(size):
    """A good head of so many bytes."""
    return line("X-Long: " + "y" * (size - len(line("X-Long: "))))


REQUEST_LINES = [
    *rows("method", 405, lambda method: head(*GOOD, request=f"{method} /ws/echo/ HTTP/1.1"),
          "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "GETT"),
    *rows("method", 400, lambda method: head(*GOOD, request=f"{method} /ws/echo/ HTTP/1.1"),
          "G@T", "", "GE\0T", "G\xc9T", "GET ", "\tGET", "GET,"),
    *rows("version", 505, lambda version: head(*GOOD, request=f"GET /ws/echo/ {version}"),
          "HTTP/0.9", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"),
    *rows("version", 400, lambda version: head(*GOOD, request=f"GET /ws/echo/ {version}"),
          "HTTP/1.10", "HTTP/1", "http/1.1", "HTTPS/1.1", "HTTP/1,1", "HTTP/x.1", "HTTP/1.1 ", "HTTP/1.1\t", "HTTP/1.1 x",
          " HTTP/1.1", "", "HTTP/1.1\0"),
    *rows("request line", 400, lambda request: head(*GOOD, request=request),
          "", "\n" + ECHO, " " + ECHO, "GET", "GET /ws/echo/", "GET\t/ws/echo/\tHTTP/1.1", "GET\v/ws/echo/\vHTTP/1.1"),
    Case("a blank line first", b"\r\n" + head(*GOOD), 400),
    Case("HTTP/0.9", b"GET /ws/echo/\r\n\r\n", 400),
    Case("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0", 400),
    Case("PROXY in text", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + head(*GOOD), 400),
    Case("PROXY in binary", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + head(*GOOD), 400),
    Case("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(range(64)) + b"\r\n\r\n", 400),
]

TARGETS = [
    *rows("target", 101, target, "/ws/echo/", "/ws/echo/?", "/ws/echo/?a=b&c=%20?/:@!$'()*+,;", "/ws/echo/?a=[|]^",
          "/ws/ticker/", "/ws/chat/lobby/", "/ws/chat/%6cobby/", "/ws/chat/%E6%88%BF/", "/ws/chat/a.b-c_d~/",
          "/ws/chat/" + "x" * 94 + "/", "/ws/echo/?" + "y" * 8000),
    *rows("target", 101, target, "http://localhost/ws/echo/", "HTTP://LocalHost/ws/echo/?a", "https://localhost/ws/echo/"),
    *rows("target", 400, target, "http://127.0.0.1/ws/echo/", "http://localhost:80/ws/echo/", "http://evil.example/ws/echo/",
          "http://u@localhost/ws/echo/", "http:///ws/echo/", "http:/ws/echo/", "ws://localhost/ws/echo/",
          "http://localhost\\@evil.example/ws/echo/", "http://localhost#/ws/echo/", "http://localhost", "http://localhost?/ws/echo/"),
    *rows("target", 404, target, "/", "/ws/", "/ws/echo", "/ws/echo/x", "/ws//echo/", "//ws/echo/", "/ws/./echo/",
          "/ws/a/../echo/", "/WS/echo/", "/ws%2fecho/", "/ws/chat/", "/ws/chat/lobby", "/ws/chat//", "/ws/chat/a/b/",
          "http://localhost/"),
    *rows("target", 400, target, "*", "ws/echo/", "localhost:80", "/ws/echo/#a", "/ws/echo/\\", "/ws/echo/?a b",
          "/ws/echo/?\"", "/ws/echo/?<", "/ws/echo/?\xe9", "/ws/echo/?\x7f", "/ws/echo/\0", "/ws/echo/?%", "/ws/echo/?%4",
          "/ws/echo/?%zz", "/ws/echo/?%00", "/ws/chat/a%2Fb/", "/ws/chat/%2e%2e/", "/ws/chat/a%0Ab/",
          "/ws/chat/%E2%80%AEx/", "/ws/chat/%ff/", "/ws/chat/%C0%AF/", "/ws/chat/%ED%A0%80/",
          "/ws/chat/" + "x" * 95 + "/"),
]

HOSTS = [
    *rows("host", 101, value_of("Host"), "localhost", " \t localhost\t ", " LOCALHOST", " localhost.", " localhost:8000",
          " 127.0.0.1", " [::1]:80"),
    *rows("host", 400, value_of("Host"), "", " ", " localhost:x", " localhost:65536", " [::1", " ::1", " evil.example",
          " localhost, localhost", " localhost evil.example", " u@localhost", " localhost/", " http://localhost",
          " localhost\0", " localhost%2eevil.example", "\r\n localhost"),
    Case("no host", line("", "Host:"), 400),
    *rows("second host", 400, line, HOST, "Host: evil.example", "Host:", "hOST: localhost"),
]

UPGRADES = [
    *rows("upgrade", 101, value_of("Upgrade"), "websocket", " WebSocket", " h2c, websocket", " ,websocket ,", "\twebsocket\t"),
    *rows("upgrade", 426, value_of("Upgrade"), "", " h2c", " websockets", " websocket/13", " \"websocket\""),
    *rows("connection", 101, value_of("Connection"), "upgrade", " UPGRADE", " keep-alive, Upgrade", " Upgrade ,keep-alive",
          " close, Upgrade"),
    *rows("connection", 426, value_of("Connection"), "", " keep-alive", " close", " Upgrade-Insecure", " \"Upgrade\""),
    Case("no upgrade", line("", "Upgrade:"), 426),
    Case("no connection", line("", "Connection:"), 426),
    Case("neither", head(HOST), 426),
    Case("upgrade in two lines", line("Upgrade: h2c"), 101),
    Case("connection in two lines", line("Connection: keep-alive"), 101),
]

KEYS = [
    *rows("key", 101, value_of("Sec-WebSocket-Key"), KEY, f" \t{KEY}\t ", " AAAAAAAAAAAAAAAAAAAAAA==", " //////////+++++++++++w=="),
    *rows("key", 400, value_of("Sec-WebSocket-Key"), "", " AAAAAAAAAAAAAAAAAAAA", " AAAAAAAAAAAAAAAAAAAAAAA=",
          " AAAAAAAAAAAAAAAAAAAAAAAA", " AAAAAAAAAAAAAAAAAAAAAA", " AAAAAAAAAAAAAAAAAAAAAA=", " AAAAAAAAAAAAAAAAAAAAAB==",
          " __________-----------w==", " AAAAAAAAAAAAAAAAAAAAA!==", " AAAAAAAAAAA AAAAAAAAAA==", f" \"{KEY}\"", f" {KEY}, {KEY}",
          " ==AAAAAAAAAAAAAAAAAAAAAA", " " + "A" * 4000),
    Case("no key", line("", "Sec-WebSocket-Key:"), 400),
    *rows("second key", 400, line, KEY_LINE, "Sec-WebSocket-Key:"),
]

VERSIONS = [
    *rows("protocol version", 101, value_of("Sec-WebSocket-Version"), "13", " \t13 "),
    *rows("protocol version", 426, value_of("Sec-WebSocket-Version"), "", " 0", " 8", " 12", " 14", " 013", " 13, 14", " 13.0",
          " +13"),
    Case("no protocol version", line("", "Sec-WebSocket-Version:"), 426),
    *rows("second protocol version", 400, line, VERSION, "Sec-WebSocket-Version: 8"),
]

PROTOCOLS = [
    *rows("subprotocols", 101, offering, V1, f"other, {V1}", f"other|{V1}", f",{V1},,other", f"{V1}\t,{V1}", protocol=V1),
    *rows("subprotocols", 101, offering, "other", V1.upper(), V1 + "0", "|".join(["other"] * 8)),
    *rows("subprotocols", 400, offering, "", ",", f"other {V1}", f"other;{V1}", f"\"{V1}\"", f"{V1},\xe9", f"|{V1}"),
    *rows("subprotocols", 431, offering, "|".join(["other"] * 9)),
]

ORIGINS = [
    *rows("origin", 101, line, "Origin: http://localhost", "Origin: HTTP://LocalHost:80"),
    *rows("origin", 403, line, "Origin:", "Origin: null", "Origin: localhost", "Origin: http://evil.example",
          "Origin: http://localhost:81", "Origin: https://localhost", "Origin: http://localhost.evil.example",
          "Origin: http://localhost@evil.example", "Origin: http://localhost/", "Origin: http://localhost http://evil.example"),
    Case("two origins", head(*GOOD, "Origin: http://localhost", "Origin: http://localhost"), 400),
    Case("two origins, one empty", head(*GOOD, "Origin:", "Origin: http://localhost"), 400),
]

OTHER_HEADERS = [
    *rows("also", 101, line, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "TE: trailers",
          "Sec-WebSocket-Accept: x", "X-Forwarded-Host: evil.example", "X-Forwarded-For: nonsense", "Cookie: sessionid=forged",
          "Cookie: a=" + "y" * 7000),
    *rows("also", 417, line, "Expect: 100-continue", "Expect: nonsense"),
    Case("two cookies", head(*GOOD, "Cookie: a=b", "Cookie: c=d"), 400),
    Case("two schemes", head(*GOOD, "X-Forwarded-Proto: http", "X-Forwarded-Proto: https"), 400),
]

SYNTAX = [
    *rows("line", 101, line, "X:", "X: a\tb", "X: \xe9", "X: a:b", "!#$%&'*+-.^_`|~0: a", "x" * 1000 + ": a"),
    *rows("line", 400, line, "X: a\r\n b", "X: a\r\n\tb", "X:\r\n a", " X: a", "X : a", "X\t: a", ": a", "X", "X Y: a", "X(: a",
          "X\0: a", "\xe9: a", "X: a\nY: b", "X: a\rY: b", "X: a\r", "X: a\r\r", " "),
    *rows("value", 400, lambda text: line(f"X: a{text}b"), "\0", "\x01", "\b", "\v", "\f", "\x1b", "\x7f"),
    Case("folded first line", head(" X: a", *GOOD), 400),
    Case("bare line feeds", head(*GOOD, end="\n"), 400),
    Case("bare carriage returns, then a blank line", head(*GOOD, end="\r") + b"\r\n\r\n", 400),
    Case("blank line of a bare line feed", head(*GOOD)[:-2] + b"\n", 400),
    Case("as many lines as may be", head(*GOOD, *["X: y"] * (HEADERS_MAX - len(GOOD))), 101),
    Case("one more", head(*GOOD, *["X: y"] * (HEADERS_MAX - len(GOOD) + 1)), 431),
    Case("as long as may be", padded(HEAD_BYTES_MAX), 101),
    Case("a byte longer", padded(HEAD_BYTES_MAX + 1), 431),
    Case("a target longer than that", target("/ws/echo/?" + "y" * HEAD_BYTES_MAX), 414),
]

# Where two readers could see another number of requests. The second must never be answered.
SECOND = head(*GOOD)
BODIES = [
    *rows("length", 101, line, "Content-Length: 0", "Content-Length: 00"),
    *rows("length", 413, line, "Content-Length: 5", "content-length:5"),
    *rows("length", 400, line, "Content-Length:", "Content-Length: -0", "Content-Length: +0", "Content-Length: 0x0",
          "Content-Length: 0, 0", "Content-Length: 18446744073709551616", "Content-Length: 0\r\nContent-Length: 0",
          "Content-Length: 0\r\nContent-Length: 5", "Content-Length : 5"),
    *rows("coding", 400, line, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding:",
          "Transfer-Encoding:\tchunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: xchunked",
          "Transfer-Encoding : chunked", "X: y\r\n Transfer-Encoding: chunked",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    Case("length, body and second request", line("Content-Length: 5") + b"hello" + SECOND, 413),
    Case("second request as a body", line(f"Content-Length: {len(SECOND)}") + SECOND, 413),
    Case("length, then coding", line("Content-Length: 6\r\nTransfer-Encoding: chunked") + b"0\r\n\r\nG" + SECOND, 413),
    Case("coding, then length", line("Transfer-Encoding: chunked\r\nContent-Length: 4") + b"5c\r\n" + SECOND + b"0\r\n\r\n", 400),
    Case("chunks and second request", line("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n" + SECOND, 400),
    Case("a length that ends in the second request", line("Content-Length: 0\r\nContent-Length: 7") + b"hello\r\n" + SECOND, 400),
    Case("no method, then a second request", head(*GOOD, request="POST /ws/echo/ HTTP/1.1") + SECOND, 405),
    Case("old version, then a second request", head(HOST, "Connection: keep-alive", request="GET / HTTP/1.0") + SECOND, 505),
    Case("refused, then a second request", target("/ws/none/") + SECOND, 404),
    Case("a page, then a second request", head(HOST, "Connection: keep-alive", request="GET /healthz HTTP/1.1") + SECOND, 200),
    Case("second request behind an upgrade", head(*GOOD) + SECOND, 101, after=BROKEN),
    Case("no length, but a body", head(*GOOD) + b"hello", 101, after=BROKEN),
]

# Frames may come right behind the head (RFC 6455 4.1: the client waits; but nothing is lost when it does not).
EARLY = [
    Case("early frame", head(*GOOD) + frame(TEXT, b"hi"), 101, after=b"\x81\x02hi" + GOODBYE),
    Case("early frames", head(*GOOD) + frame(TEXT, b"hi") * 3, 101, after=b"\x81\x02hi" * 3 + GOODBYE),
    Case("early long frame", head(*GOOD) + frame(TEXT, b"x" * 60000), 101,
         after=b"\x81\x7e\xea\x60" + b"x" * 60000 + GOODBYE),
    Case("early close", head(*GOOD) + close(1001), 101, after=b"\x88\x02\x03\xe9"),
    Case("early rubbish", head(*GOOD) + b"\xff\xff\xff", 101, after=BROKEN),
]

CASES = [*REQUEST_LINES, *TARGETS, *HOSTS, *UPGRADES, *KEYS, *VERSIONS, *PROTOCOLS, *ORIGINS, *OTHER_HEADERS, *SYNTAX, *BODIES,
         *EARLY]

# No blank line: the answer is 408 when the time is over.
UNFINISHED = [
    Case("nothing", b"", 408),
    Case("half a line", ECHO[:9].encode(), 408),
    Case("no blank line", head(*GOOD)[:-2], 408),
    Case("half a blank line", head(*GOOD)[:-1], 408),
    Case("bare carriage returns", head(*GOOD, end="\r"), 408),
    Case("an empty line", b"\r\n", 408),
    Case("a banner of SSH", b"SSH-2.0-OpenSSH_9.2\r\n", 408),
    Case("the beginning of TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(32), 408),
]
