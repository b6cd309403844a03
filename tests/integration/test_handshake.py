# SPDX-License-Identifier: MIT
"""Who gets a 101: every head is sent as raw bytes, whole and dripped, and must be answered at once."""

import socket
import time

import pytest
from handshake_cases import GOOD, HOST, KEY_LINE, VERSION, head, target
from stack import DEADLINE_SECONDS, Broker, raw_request, status_of


def without(prefix):
    return [line for line in GOOD if not line.startswith(prefix)]


CASES = [
    ("good", head(*GOOD), 101),
    ("lower case names", head(*[line.lower() if "Key" not in line else line for line in GOOD]), 101),
    ("keep-alive too", head(*without("Connection"), "Connection: keep-alive, Upgrade"), 101),
    ("room", target("/ws/chat/lobby/"), 101),
    ("room of another script", target("/ws/chat/%E6%88%BF/"), 101),
    ("query", target("/ws/chat/lobby/?epoch=1&after=2"), 101),
    ("no such path", target("/ws/nothing/"), 404),
    ("chat without room", target("/ws/chat/"), 404),
    ("missing slash", target("/ws/chat/lobby"), 404),
    ("prefixed path", target("/x/ws/chat/lobby/"), 404),
    ("root", target("/"), 404),
    ("empty room", target("/ws/chat//"), 404),
    ("two segments", target("/ws/chat/a/b/"), 404),
    ("slash in the name", target("/ws/chat/a%2Fb/"), 400),
    ("dots", target("/ws/chat/%2e%2e/"), 400),
    ("control character", target("/ws/chat/a%0Ab/"), 400),
    ("bidi override", target("/ws/chat/%E2%80%AEx/"), 400),
    ("not UTF-8", target("/ws/chat/%ff/"), 400),
    ("too long a name", target("/ws/chat/" + "x" * 95 + "/"), 400),
    ("NUL escape", target("/ws/chat/a%00/"), 400),
    ("broken escape", target("/ws/chat/a%4/"), 400),
    ("raw byte in path", target("/ws/chat/\xe9/"), 400),
    ("absolute form", target("http://localhost/ws/echo/"), 101),
    ("no upgrade", head(HOST), 426),
    ("other upgrade", head(*without("Upgrade"), "Upgrade: h2c"), 426),
    ("no connection header", head(*without("Connection")), 426),
    ("version 12", head(*without("Sec-WebSocket-Version"), "Sec-WebSocket-Version: 12"), 426),
    ("version 14", head(*without("Sec-WebSocket-Version"), "Sec-WebSocket-Version: 14"), 426),
    ("no version", head(*without("Sec-WebSocket-Version")), 426),
    ("two versions", head(*GOOD, VERSION), 400),
    ("no key", head(*without("Sec-WebSocket-Key")), 400),
    ("short key", head(*without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: abcd"), 400),
    ("key of 15 bytes", head(*without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA"), 400),
    ("two keys", head(*GOOD, KEY_LINE), 400),
    ("post", head(*GOOD, request="POST /ws/echo/ HTTP/1.1"), 405),
    ("HTTP/1.0", head(*GOOD, request="GET /ws/echo/ HTTP/1.0"), 505),
    ("no host", head(*without("Host")), 400),
    ("two hosts", head(*GOOD, HOST), 400),
    ("empty host", head(*without("Host"), "Host:"), 400),
    ("foreign host", head(*without("Host"), "Host: evil.example"), 400),
    ("host with port", head(*without("Host"), "Host: localhost:8000"), 101),
    ("host with letters as port", head(*without("Host"), "Host: localhost:abc"), 400),
    ("own origin", head(*GOOD, "Origin: http://localhost"), 101),
    ("own origin, default port", head(*GOOD, "Origin: http://localhost:80"), 101),
    ("foreign origin", head(*GOOD, "Origin: http://evil.example"), 403),
    ("other port", head(*GOOD, "Origin: http://localhost:81"), 403),
    ("other scheme", head(*GOOD, "Origin: https://localhost"), 403),
    ("prefix of another", head(*GOOD, "Origin: http://localhost.evil.example"), 403),
    ("null origin", head(*GOOD, "Origin: null"), 403),
    ("malformed origin", head(*GOOD, "Origin: localhost"), 403),
    ("two origins", head(*GOOD, "Origin: http://localhost", "Origin: http://localhost"), 400),
    ("origin through a proxy with https", head(*GOOD, "Origin: https://localhost", "X-Forwarded-Proto: https"), 101),
    ("body", head(*GOOD, "Content-Length: 5"), 413),
    ("no body", head(*GOOD, "Content-Length: 0"), 101),
    ("two lengths", head(*GOOD, "Content-Length: 0", "Content-Length: 0"), 400),
    ("chunked", head(*GOOD, "Transfer-Encoding: chunked"), 400),
    ("expect", head(*GOOD, "Expect: 100-continue"), 417),
    ("folded line", head(*GOOD, "X-A: b", " c"), 400),
    ("blank before the colon", head(*GOOD, "X-A : b"), 400),
    ("empty name", head(*GOOD, ": b"), 400),
    ("no colon", head(*GOOD, "nonsense"), 400),
    ("NUL in a value", head(*GOOD, "X-A: b\0c"), 400),
    ("bare line feeds", head(*GOOD).replace(b"\r\n", b"\n"), 400),
    ("bare carriage return", head(*GOOD, "X-A: b\rc"), 400),
    ("two spaces", head(*GOOD, request="GET  /ws/echo/ HTTP/1.1"), 400),
    ("garbage", b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    ("101 headers", head(*GOOD, *[f"X-{i}: y" for i in range(101)]), 431),
    ("long head", head(*GOOD, "X-Long: " + "y" * 17000), 431),
    ("long cookie", head(*GOOD, "Cookie: a=" + "y" * 7000), 101),
]


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


@pytest.mark.parametrize("data, status", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_head_is_answered(broker, data, status):
    answer = raw_request(broker.port, data)
    assert status_of(answer) == status, answer
    if status == 426:
        assert b"Sec-WebSocket-Version: 13\r\n" in answer
    if status != 101:
        assert b"\r\nConnection: close" in answer


def test_accept_is_the_one_of_the_rfc(broker):
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in raw_request(broker.port, head(*GOOD))


def test_a_dripped_head_gets_through(broker):
    with socket.create_connection(("127.0.0.1", broker.port), 10) as connection:
        for byte in head(*GOOD):
            connection.sendall(bytes([byte]))
        assert status_of(connection.recv(4096)) == 101


def test_frames_that_come_with_the_head_are_heard(broker):
    frame = b"\x81\x82\0\0\0\0hi"
    with socket.create_connection(("127.0.0.1", broker.port), 10) as connection:
        connection.sendall(head(*GOOD) + frame)
        answer = b""
        while not answer.endswith(b"\x81\x02hi"):
            part = connection.recv(4096)
            assert part, answer
            answer += part


def test_subprotocol_is_chosen_only_when_offered(broker):
    offered = head(*GOOD, "Sec-WebSocket-Protocol: other, roomwire.v1", request="GET /ws/chat/a/ HTTP/1.1")
    other = head(*GOOD, "Sec-WebSocket-Protocol: other", request="GET /ws/chat/a/ HTTP/1.1")
    assert b"Sec-WebSocket-Protocol: roomwire.v1\r\n" in raw_request(broker.port, offered)
    assert b"Sec-WebSocket-Protocol" not in raw_request(broker.port, other)


def test_healthz_answers(broker):
    answer = raw_request(broker.port, head(HOST, request="GET /healthz HTTP/1.1"))
    assert status_of(answer) == 200 and b'"ok": true' in answer


def half_a_head(broker):
    connection = socket.create_connection(("127.0.0.1", broker.port), DEADLINE_SECONDS)
    connection.sendall(b"GET /ws/echo/ HTTP/1.1\r\n")
    return connection


def test_a_head_has_the_deadline_that_is_set():
    """The one with the shorter deadline is answered first, although it came later."""
    with Broker(f"limits.handshake_seconds={DEADLINE_SECONDS}") as patient, Broker("limits.handshake_seconds=1") as broker, \
            half_a_head(patient) as other:
        begin = time.monotonic()
        with half_a_head(broker) as connection:
            answer = b""
            while part := connection.recv(4096):
                answer += part
        assert status_of(answer) == 408
        assert 0.9 < time.monotonic() - begin
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)


def test_connections_in_all_and_per_address_are_limited():
    with Broker("limits.connections=2") as broker:
        kept = [socket.create_connection(("127.0.0.1", broker.port), 10) for _ in range(2)]
        for connection in kept:
            connection.sendall(head(*GOOD))
            assert status_of(connection.recv(4096)) == 101
        answer = raw_request(broker.port, head(*GOOD))
        assert status_of(answer) == 503 and b"Retry-After:" in answer
        health = raw_request(broker.port, head(HOST, request="GET /healthz HTTP/1.1"))
        assert status_of(health) == 200
        for connection in kept:
            connection.close()
    with Broker("limits.connections_per_address=1") as broker:
        first = head(*GOOD, "X-Forwarded-For: 1.2.3.4, 10.0.0.1")
        with socket.create_connection(("127.0.0.1", broker.port), 10) as connection:
            connection.sendall(first)
            assert status_of(connection.recv(4096)) == 101
            assert status_of(raw_request(broker.port, first)) == 429
            other = head(*GOOD, "X-Forwarded-For: 10.0.0.2")
            assert status_of(raw_request(broker.port, other)) == 101
