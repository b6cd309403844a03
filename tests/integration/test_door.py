# SPDX-License-Identifier: MIT
"""The door under pressure: crowds, drips, no descriptors, and proxies that tell who the client is."""

import contextlib
import multiprocessing
import os
import resource
import select
import socket
import struct
import subprocess
import time

import pytest
from raw_websocket import upgrade_request
from stack import DEADLINE_SECONDS, Broker, free_port, raw_request, status_of, wait_for

# Times are for a release build on a quiet machine (CONTRIBUTING.md); elsewhere only what happens counts.
IS_FULL_LOAD = os.environ.get("ROOMWIRE_FULL_LOAD") == "1"
CROWD = 10_000 if IS_FULL_LOAD else 1_000
DRIPPING = 5_000 if IS_FULL_LOAD else 600
ALL_IN_SECONDS = 2.5 if IS_FULL_LOAD else DEADLINE_SECONDS
HONEST_P99_SECONDS = 0.1
DRIPPING_ADDRESS, SLOW_ADDRESS = "127.0.0.2", "127.0.0.3"

REQUEST = upgrade_request()
HEAD = REQUEST[:-2]  # goes on
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


@pytest.fixture(autouse=True, scope="module")
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def stats(broker):
    return broker.control(op="stats")["stats"]


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0))


def ask(connection, data=REQUEST):
    connection.sendall(data)
    return status_of(connection.recv(4096))


# A crowd


def start_connecting(port):
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
    return connection


def drive(connections, deadline):
    """All of them at once: each sends its request when it is connected. How many got a 101."""
    poll = select.epoll()
    by_fd = {connection.fileno(): connection for connection in connections}
    for fd in by_fd:
        poll.register(fd, select.EPOLLOUT)
    welcome = 0
    while by_fd and time.monotonic() < deadline:
        for fd, events in poll.poll(0.1, 512):
            if events == select.EPOLLOUT:
                by_fd[fd].send(REQUEST)
                poll.modify(fd, select.EPOLLIN)
                continue
            welcome += status_of(by_fd.pop(fd).recv(4096)) == 101
            poll.unregister(fd)
    poll.close()
    return welcome


def test_a_crowd_that_comes_at_once_is_served():
    with Broker("broker.threads=1", "limits.connections_per_address=0") as broker, contextlib.ExitStack() as stack:
        begin = time.monotonic()
        crowd = [stack.enter_context(start_connecting(broker.port)) for _ in range(CROWD)]
        assert drive(crowd, begin + ALL_IN_SECONDS) == CROWD
        assert stats(broker)["handshakes_shed"] == 0


# Heads that come a byte a second


def drip(port, count, is_dripping):
    """One byte a second from each of count connections of one address, for ever."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    connections = [connect(port, DRIPPING_ADDRESS) for _ in range(count)]
    is_dripping.set()
    while True:
        begin = time.monotonic()
        for i, connection in enumerate(connections):
            try:
                connection.send(b"G")
            except OSError:
                connections[i] = connect(port, DRIPPING_ADDRESS)
        time.sleep(max(0.0, begin + 1 - time.monotonic()))


@contextlib.contextmanager
def dripping(port, count):
    is_dripping = multiprocessing.Event()
    process = multiprocessing.Process(target=drip, args=(port, count, is_dripping), daemon=True)
    process.start()
    try:
        assert is_dripping.wait(20)
        yield
    finally:
        process.kill()
        process.join()


def test_honest_clients_get_past_thousands_of_dripping_heads():
    with Broker("broker.threads=1") as broker, dripping(broker.port, DRIPPING), contextlib.ExitStack() as stack:
        seconds = []
        for _ in range(200):
            begin = time.monotonic()
            assert ask(stack.enter_context(connect(broker.port))) == 101
            seconds.append(time.monotonic() - begin)
        if IS_FULL_LOAD:
            assert sorted(seconds)[197] < HONEST_P99_SECONDS


class SmallBroker(Broker):
    """With few descriptors, half of which may be unfinished handshakes."""

    def command(self):
        return ["prlimit", "--nofile=400:400", *super().command()]


def test_who_drips_pushes_out_its_own_and_not_slow_clients():
    with SmallBroker() as broker, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(broker.port, SLOW_ADDRESS)) for _ in range(5)]
        for connection in slow:
            connection.sendall(HEAD)
        for _ in range(250):
            stack.enter_context(connect(broker.port, DRIPPING_ADDRESS)).send(b"G")
        wait_for(lambda: stats(broker)["handshakes_shed"] > 40, "some are shed")
        assert [ask(connection, b"\r\n") for connection in slow] == [101] * 5


def test_a_refused_client_is_not_listened_to_for_ever():
    with Broker() as broker, connect(broker.port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert status_of(connection.recv(4096)) == 405
        with pytest.raises(OSError):
            for _ in range(10_000):
                connection.sendall(bytes(65536))


# No descriptors


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def limit_descriptors(pid, count):
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={count}:"], check=True)


def is_let_in(port, stack):
    connection = connect(port)
    if ask(connection) == 101:
        stack.enter_context(connection)
        return True
    connection.close()
    return False


def test_without_descriptors_newcomers_get_a_503_until_there_are_some():
    with Broker("broker.threads=1") as broker, contextlib.ExitStack() as stack:
        pid = broker.process.pid
        limit_descriptors(pid, max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")) + 4)
        inside = []
        while (connection := stack.enter_context(connect(broker.port))) and ask(connection) == 101:
            inside.append(connection)
        assert 1 <= len(inside) <= 4
        for _ in range(20):
            answer = raw_request(broker.port, REQUEST)
            assert status_of(answer) == 503 and b"Retry-After:" in answer
        waiting = [stack.enter_context(connect(broker.port)) for _ in range(20)]
        before = cpu_seconds(pid)
        time.sleep(0.5)  # nothing is to happen
        assert cpu_seconds(pid) - before < 0.25
        for connection in [*waiting, inside[0]]:
            connection.close()
        wait_for(lambda: is_let_in(broker.port, stack), "a descriptor is free again")
        limit_descriptors(pid, 1000)
        assert stats(broker)["refused_descriptors"] > 0


def test_without_even_the_reserved_descriptor_newcomers_wait_and_nothing_spins():
    with Broker("broker.threads=1") as broker, contextlib.ExitStack() as stack:
        limit_descriptors(broker.process.pid, 3)
        waiting = [stack.enter_context(connect(broker.port)) for _ in range(20)]
        for connection in waiting:
            connection.sendall(REQUEST)
        wait_for(lambda: "no descriptor is left" in broker.log(), "the broker has noticed")
        before = cpu_seconds(broker.process.pid)
        time.sleep(0.5)  # nothing is to happen
        assert cpu_seconds(broker.process.pid) - before < 0.25
        limit_descriptors(broker.process.pid, 1000)
        assert [status_of(connection.recv(4096)) for connection in waiting] == [101] * 20


# Proxies that say who the client is


def v1(source, family="TCP4"):
    destination = "192.0.2.200" if family == "TCP4" else "2001:db8::200"
    return f"PROXY {family} {source} {destination} 40000 443\r\n".encode()


def v2(source, tlvs=b""):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    block = socket.inet_pton(family, source) * 2 + struct.pack("!HH", 40000, 443) + tlvs
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", 0x21, kind, len(block)) + block


V2_LOCAL = SIGNATURE + b"\x20\0\0\0"
V2_UNSPEC = SIGNATURE + b"\x21\0\0\0"


class ProxiedBroker(Broker):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.proxied_port = free_port()

    def command(self):
        listen = f"127.0.0.1:{self.port} proxy:127.0.0.1:{self.proxied_port} proxy:unix:run/proxied.sock"
        return [*super().command(), "--set", f"broker.listen={listen}"]


@pytest.fixture(scope="module")
def proxied():
    with ProxiedBroker("limits.handshake_seconds=2") as broker:
        yield broker


@pytest.mark.parametrize("header", [
    v1("192.0.2.1"), v1("2001:db8::1", "TCP6"), b"PROXY UNKNOWN\r\n", v2("192.0.2.1"), v2("2001:db8::1"),
    v2("192.0.2.1", b"\x04\x00\x02xx"), V2_LOCAL, V2_UNSPEC])
def test_a_header_comes_before_the_request_whole_or_in_pieces(proxied, header):
    assert status_of(raw_request(proxied.proxied_port, header + REQUEST)) == 101
    with connect(proxied.proxied_port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(header)):
            connection.send(header[i:i + 1])
        connection.send(REQUEST[:30])
        assert ask(connection, REQUEST[30:]) == 101


def test_a_unix_socket_may_be_proxied_too(proxied):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(proxied.state / "run/proxied.sock"))
        assert ask(connection, v1("192.0.2.1") + REQUEST) == 101


@pytest.mark.parametrize("data", [
    REQUEST, b"PROXY TCP4 192.0.2.1\r\n" + REQUEST, b"PROXY UNKNOWN\n" + REQUEST,
    SIGNATURE + b"\x21\x11\xff\xff", SIGNATURE + b"\x31\x11\0\x0c" + bytes(12), b"PROXY TCP4 192.0.2.1"])
def test_without_a_good_header_the_connection_is_closed_and_counted(proxied, data):
    before = stats(proxied)["proxy_headers_refused"]
    with connect(proxied.proxied_port) as connection:
        connection.sendall(data)
        try:
            assert connection.recv(4096) == b""
        except ConnectionResetError:
            pass
    assert stats(proxied)["proxy_headers_refused"] == before + 1


@pytest.mark.parametrize("header", [v1("192.0.2.1"), v2("192.0.2.1")])
def test_a_header_where_none_is_expected_is_a_bad_request(proxied, header):
    assert status_of(raw_request(proxied.port, header + REQUEST)) == 400


def proxied_statuses(headers, extra=b""):
    with ProxiedBroker("limits.connections_per_address=1") as broker, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(broker.proxied_port)) for _ in headers]
        return [ask(connection, header + HEAD + extra + b"\r\n") for connection, header in zip(connections, headers)]


def test_limits_count_the_client_that_the_header_names():
    assert proxied_statuses([
        v1("192.0.2.1"), v2("192.0.2.1"), v2("192.0.2.2"), v2("2001:db8:0:1::1"), v1("2001:db8:0:1:ffff::1", "TCP6"),
        v2("2001:db8:0:2::1"), v1("::ffff:192.0.2.2", "TCP6")]) == [101, 429, 101, 101, 429, 101, 429]


def test_a_client_without_a_name_gets_no_trust_from_its_proxy():
    assert proxied_statuses([V2_UNSPEC, b"PROXY UNKNOWN\r\n"], b"X-Forwarded-For: 192.0.2.9\r\n") == [101, 429]
    assert proxied_statuses([V2_LOCAL, v1("192.0.2.9")], b"X-Forwarded-For: 192.0.2.9\r\n") == [101, 429]
    assert proxied_statuses([v1("192.0.2.1"), v1("192.0.2.2")], b"X-Forwarded-For: 192.0.2.9\r\n") == [101, 101]


def own_address():
    """An address of this host that is not the loopback's; None on a host without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        if probe.connect_ex(("198.51.100.1", 9)) != 0:  # sends nothing
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def proxied_status_from(address, *settings):
    port = free_port()
    with Broker(f"broker.listen=unix:run/broker.sock proxy:{address}:{port}", *settings), \
            socket.create_connection((address, port), 10) as connection:
        try:
            return ask(connection, v1("192.0.2.1") + REQUEST)
        except ConnectionResetError:
            return None


def test_headers_are_believed_from_trusted_proxies_only():
    address = own_address()
    if address is None:
        pytest.skip("this host has the loopback only")
    assert proxied_status_from(address) is None
    assert proxied_status_from(address, f"broker.trusted_proxies={address}") == 101
