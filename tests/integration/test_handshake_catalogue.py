# SPDX-License-Identifier: MIT
"""Every head of the catalogue, whole and a byte at a time: the same answer, one of them, and nothing behind it."""

import base64
import hashlib
import re
import selectors
import socket
import time

import pytest
from handshake_cases import CASES, SECOND, UNFINISHED
from raw_websocket import close
from stack import Broker, Site

DEADLINE_SECONDS = 60
WHOLE = 1 << 20
ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
REFUSAL_HEADERS = {405: {"allow": "GET"}, 426: {"upgrade": "websocket", "sec-websocket-version": "13"}}
# For the pages, and the end of a connection that is kept: what hears it as another request shows.
LAST = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UPGRADE_HEADERS = {"date", "connection", "upgrade", "sec-websocket-accept", "set-cookie"}


class Visit:
    """A case on its way through one connection, size bytes at a time."""

    def __init__(self, port, case, size):
        self.case, self.size = case, size
        self.rest = memoryview(case.data)
        self.answer = b""
        self.is_over = self.was_reset = self.has_said_goodbye = False
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def wants(self):
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self.rest else 0)

    def go_on(self, events):
        if events & selectors.EVENT_WRITE and self.rest:
            self.send()
        if events & selectors.EVENT_READ:
            self.receive()
        if not self.rest and not self.has_said_goodbye and self.answer.startswith(b"HTTP/1.1 101 ") and \
                b"\r\n\r\n" in self.answer:
            self.rest = memoryview(close(1000))
            self.has_said_goodbye = True

    def send(self):
        try:
            self.rest = self.rest[self.socket.send(self.rest[:self.size]):]
        except (BrokenPipeError, ConnectionResetError):
            self.was_reset = True
            self.rest = b""

    def receive(self):
        try:
            piece = self.socket.recv(1 << 16)
            self.answer += piece
            self.is_over = not piece
        except ConnectionResetError:
            self.is_over = self.was_reset = True


def visit_all(port, cases, size):
    """All at once; the visits, each ended by the server."""
    end = time.monotonic() + DEADLINE_SECONDS
    visits = [Visit(port, case, size) for case in cases]
    with selectors.DefaultSelector() as selector:
        for visit in visits:
            selector.register(visit.socket, visit.wants(), visit)
        while selector.get_map() and time.monotonic() < end:
            for key, events in selector.select(1):
                visit = key.data
                wanted = visit.wants()
                visit.go_on(events)
                if visit.is_over:
                    selector.unregister(visit.socket)
                elif visit.wants() != wanted:
                    selector.modify(visit.socket, visit.wants(), visit)
    for visit in visits:
        visit.socket.close()
    return visits


def headers_of(text):
    """Names in small letters; None when one comes twice or is no header."""
    headers = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon or name.lower() in headers:
            return None
        headers[name.lower()] = value
    return headers


def problem_of_upgrade(case, headers, rest):
    """RFC 6455 4.2.2, and nothing that is not said there but the date and the cookie of a new guest."""
    key = re.search(rb"(?i)\r\nsec-websocket-key:\s*([^\s]*)", case.data).group(1).decode()
    accept = base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()
    if headers.get("upgrade") != "websocket" or headers.get("connection") != "Upgrade":
        return "no upgrade"
    if headers.get("sec-websocket-accept") != accept:
        return "another Sec-WebSocket-Accept"
    if headers.get("sec-websocket-protocol") != case.protocol:
        return "another Sec-WebSocket-Protocol"
    if set(headers) - {"sec-websocket-protocol"} != UPGRADE_HEADERS:
        return f"other headers: {sorted(headers)}"
    if not re.fullmatch(r"[!-~]+=[!-~]+; Path=/.*; HttpOnly.*", headers["set-cookie"]):
        return "another Set-Cookie"
    return None if rest == case.after or case.protocol and rest.endswith(case.after) else f"{len(rest)} bytes behind the head: {rest[:40]!r}"


def problem_of_refusal(status, headers, rest):
    if headers.get("connection", "") != ("close, Upgrade" if status == 426 else "close"):
        return "the connection is not said to close"
    if "set-cookie" in headers or "transfer-encoding" in headers:
        return f"other headers: {sorted(headers)}"
    for name, value in REFUSAL_HEADERS.get(status, {}).items():
        if headers.get(name) != value:
            return f"another {name}"
    if headers.get("content-length") != str(len(rest)):
        return f"{len(rest)} bytes behind the head: {rest[-40:]!r}"
    return None


def problem_of(visit):
    """What is wrong with an answer, in a line, or None."""
    head, blank_line, rest = visit.answer.partition(b"\r\n\r\n")
    status_line, _, lines = head.decode("latin-1").partition("\r\n")
    match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Z][A-Za-z -]+", status_line)
    headers = headers_of(lines)
    if not visit.is_over:
        return f"no end after {visit.answer[:60]!r}"
    if visit.was_reset and visit.case.status != 200:
        return f"reset after {visit.answer[:60]!r}"
    if not match or not blank_line or headers is None:
        return f"no answer: {visit.answer[:200]!r}"
    if int(match.group(1)) != visit.case.status:
        return f"expected {visit.case.status}, got {match.group(1)}"
    if visit.case.status == 101:
        return problem_of_upgrade(visit.case, headers, rest)
    return problem_of_refusal(visit.case.status, headers, rest)


def assert_all_right(visits):
    problems = [f"{visit.case.name}: {problem}" for visit in visits if (problem := problem_of(visit))]
    assert not problems, "\n" + "\n".join(problems)


@pytest.fixture(scope="module")
def broker():
    with Broker(f"limits.handshake_seconds={DEADLINE_SECONDS}") as running:
        yield running


@pytest.mark.parametrize("size", [WHOLE, 1], ids=["whole", "byte_by_byte"])
def test_each_head_has_its_answer(broker, size):
    assert_all_right(visit_all(broker.port, CASES, size))


def heard_by(broker):
    """How many requests a broker has answered, but for those of pages."""
    stats = broker.control(op="stats")["stats"]
    return stats["connections_opened"] + sum(stats[name] for name in stats if name.startswith("refused_"))


def test_each_head_counts_once(broker):
    """A second request is in many of them."""
    before = heard_by(broker)
    visit_all(broker.port, CASES, WHOLE)
    assert heard_by(broker) - before == sum(case.status != 200 for case in CASES)


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_a_web_server_smuggles_nothing(web):
    """However it reads a head: the broker hears of no request that has not its own answer at the client."""
    problems = []
    with Site(web=web) as site:
        for case in CASES:
            before = heard_by(site)
            visit, = visit_all(site.port, [case._replace(data=case.data + LAST)], WHOLE)
            heard = heard_by(site) - before
            # In the oldest HTTP an answer has no head.
            answers = len(re.findall(rb"HTTP/1\.[01] \d{3} ", visit.answer)) or bool(visit.answer)
            if heard > (answers if SECOND in case.data else min(answers, 1)):
                problems.append(f"{case.name}: {heard} heard, {answers} answered")
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("size", [WHOLE, 1], ids=["whole", "byte_by_byte"])
def test_a_head_that_does_not_end_is_408(size):
    with Broker("limits.handshake_seconds=1") as impatient:
        assert_all_right(visit_all(impatient.port, UNFINISHED, size))


def test_the_catalogue_is_whole():
    names = [case.name for case in CASES + UNFINISHED]
    assert len(set(names)) == len(names) >= 237
    assert len({case.data for case in CASES + UNFINISHED}) == len(names)
