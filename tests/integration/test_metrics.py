# SPDX-License-Identifier: MIT
"""What the broker says of itself: /metrics, /healthz and stats, to whom, and that they say the same."""

import asyncio
import contextlib
import http.client
import json
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from raw_websocket import RawWebSocket, upgrade_request
from stack import Broker, Site, eventually, free_port, raw_request, receive, receive_type, status_of, wait_for

MANUAL = Path(__file__).parents[2] / "broker/roomwire-broker.8"
REPORTS = ["/healthz", "/metrics"]
# They move by being read, or with time.
RESTLESS = {"uptime_seconds", "resident_bytes", "open_fds"}


def request(path, headers="", host="localhost"):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode()


def ask_unix(broker, data):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(broker.state / "run/broker.sock"))
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def metrics_text(broker):
    head, body = ask_unix(broker, request("/metrics")).decode().split("\r\n\r\n")
    assert "HTTP/1.1 200 " in head and "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in head
    return body


def samples(broker):
    """Every number by its series."""
    lines = [line for line in metrics_text(broker).splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}


def stats(broker):
    return broker.control(op="stats")["stats"]


def closes(code, cause):
    return f'roomwire_closes_total{{code="{code}",cause="{cause}"}}'


def refused(status, cause):
    return f'roomwire_handshakes_refused_total{{status="{status}",cause="{cause}"}}'


def manual():
    """The manual's section: a sentence for each metric, and the name in stats of each series."""
    section = MANUAL.read_text().split(".Sh METRICS\n")[1].split("\n.Sh ")[0]
    sentences, names = {}, {}
    for item in re.split(r"^\.It Ic (?=roomwire_|process_)", section, flags=re.M)[1:]:
        head, *lines = item.splitlines()
        metric, _, name = head.partition(" , Ic ")
        if name:
            names[metric] = name
        rows = [line for line in lines if " Ta " in line]
        sentences[metric] = " ".join(line for line in lines if not line.startswith("."))
        for row in rows[1:]:
            name, value, cause = row.removeprefix(".It Ic ").split(" Ta ")
            names[f'{metric}{{{rows[0].split(" Ta ")[1]}="{value}",cause="{cause}"}}'] = name
    return sentences, names


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


def test_numbers_move_when_something_happens(broker):
    async def story():
        before = samples(broker)
        foreign = upgrade_request("/ws/chat/r/", "Origin: http://evil.example")
        assert status_of(raw_request(broker.port, foreign)) == 403
        assert status_of(raw_request(broker.port, upgrade_request("/ws/chat/r/", host="evil.example"))) == 400
        assert status_of(raw_request(broker.port, upgrade_request("/ws/chat/a%0Ab/"))) == 400
        assert status_of(raw_request(broker.port, b"nonsense\r\n\r\n")) == 400
        async with contextlib.AsyncExitStack() as stack:
            members = [await stack.enter_async_context(broker.connect("/ws/chat/r/")) for _ in range(3)]
            await members[0].send('{"message": "hello"}')
            for member in members:
                assert (await receive(member))["message"] == "hello"
            during = samples(broker)
        await eventually(lambda: samples(broker)["roomwire_connections"] == 0, "all have left")
        after = samples(broker)

        def moved(series, numbers=after):
            return numbers[series] - before[series]
        assert moved("roomwire_connections", during) == 3 and moved("roomwire_rooms", during) == 1
        assert moved("roomwire_rooms") == 0
        for status, cause in ((403, "origin"), (400, "host"), (400, "room"), (400, "malformed")):
            assert moved(refused(status, cause)) == 1, cause
        assert moved("roomwire_messages_total") == 1 and moved("roomwire_deliveries_total") == 3
        assert moved('roomwire_fan_out_members_bucket{le="2"}') == 0
        assert moved('roomwire_fan_out_members_bucket{le="4"}') == moved("roomwire_fan_out_members_count") == 1
        assert moved("roomwire_message_size_bytes_sum") == len('{"message": "hello"}')
        assert moved("roomwire_handshake_duration_seconds_count") == 3
        assert 0 < moved("roomwire_handshake_duration_seconds_sum") < 60
        assert moved("roomwire_turn_duration_seconds_count") > 0
        assert moved(closes(1000, "client")) == moved("roomwire_connections_closed_total") == 3
        assert after["roomwire_log_bytes"] == after["roomwire_reply_bytes"] == 0
    asyncio.run(story())


def test_a_close_counts_under_its_cause(broker):
    async def story():
        before = samples(broker)
        async with broker.connect("/ws/chat/r/", version1=True) as ann:
            await receive_type(ann, "welcome")
            person = broker.control(op="members", room="r")["members"][0]
            assert broker.control(op="close", channel=person["channels"][0])["ok"]
            with pytest.raises(Exception):
                await receive(ann)
            assert ann.close_code == 4403
        async with broker.connect("/ws/chat/r/", version1=True) as ann:
            await receive_type(ann, "welcome")
            for _ in range(20):
                await ann.send("nonsense")
            with pytest.raises(Exception):
                while True:
                    await receive(ann)
            assert ann.close_code == 1008
        vanished = await broker.connect("/ws/chat/r/")
        vanished.transport.abort()
        await eventually(lambda: samples(broker)["roomwire_connections"] == 0, "all have left")
        after = samples(broker)
        expected = {closes(4403, "administrator"): 1, closes(1008, "too_many_errors"): 1, closes(1006, "lost"): 1}
        moved = {series: after[series] - before[series] for series in after if "closes" in series}
        assert {series: count for series, count in moved.items() if count} == expected
    asyncio.run(story())


def test_what_is_held_for_a_slow_member_is_told():
    async def story(broker):
        with RawWebSocket(broker.port, "/ws/chat/r/", receive_bytes=4096):
            text = json.dumps({"type": "chat.message", "message": "x" * 60000})
            for _ in range(200):
                broker.push(f"chat_r {text}")
                if samples(broker)["roomwire_log_bytes"] > 0:
                    break
            assert samples(broker)["roomwire_log_bytes"] > 0
        await eventually(lambda: samples(broker)["roomwire_log_bytes"] == 0, "what was held is gone")
    with Broker("broker.threads=2") as broker:
        asyncio.run(story(broker))


@pytest.mark.parametrize("path", REPORTS)
def test_this_host_is_answered_and_nobody_behind_a_proxy(broker, path):
    for ask in (lambda data: ask_unix(broker, data), lambda data: raw_request(broker.port, data)):
        assert status_of(ask(request(path))) == 200
        for header in ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-For:", "x-forwarded-for: ::1", "Forwarded: for=::1"):
            assert status_of(ask(request(path, header + "\r\n"))) == 404, header
    assert "event=libmicrohttpd" not in broker.log()  # whoever asks every second does not fill the log


@pytest.mark.parametrize("path", REPORTS)
def test_listeners_that_others_reach_say_nothing(path):
    public, proxied = free_port(), free_port()
    with Broker(f"broker.listen=unix:run/broker.sock 0.0.0.0:{public} proxy:127.0.0.1:{proxied}") as broker:
        assert status_of(raw_request(public, request(path))) == 404
        header = b"PROXY TCP4 127.0.0.1 127.0.0.1 1000 80\r\n"
        assert status_of(raw_request(proxied, header + request(path))) == 404
        assert status_of(ask_unix(broker, request(path))) == 200


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_the_site_does_not_tell(web):
    with Site(web=web) as site:
        for path in ("/metrics", "/ws/metrics", "/ws/../metrics", "/ws/%2e%2e/metrics", "/ws//metrics", "/ws/healthz"):
            connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 404 and b"roomwire_connections" not in answer.read(), path
            connection.close()


def test_a_broker_that_stops_says_503():
    """Who came before the listeners closed is answered while one client holds the stop up."""
    with Broker() as broker:
        heads = [*map(request, REPORTS), upgrade_request()]
        with RawWebSocket(broker.port, "/ws/chat/r/"):
            waiting = [socket.create_connection(("127.0.0.1", broker.port), 10) for _ in heads]
            for connection in waiting:
                connection.sendall(b"GET ")
            assert status_of(ask_unix(broker, request("/healthz"))) == 200
            broker.process.terminate()
            wait_for(lambda: "event=stopping" in broker.log(), "the broker stops")
            answers = []
            for connection, head in zip(waiting, heads):
                connection.sendall(head.removeprefix(b"GET "))
                answers.append(b"".join(iter(lambda: connection.recv(65536), b"")))
                connection.close()
        assert broker.process.wait(20) == 0
        assert [status_of(answer) for answer in answers] == [503, 503, 503]
        assert b'"ok": false' in answers[0]


def test_promtool_accepts_the_text(broker):
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics_text(broker), capture_output=True,
                             text=True, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_stats_and_metrics_agree(broker):
    """Number by number: what moves by being read lies between two readings."""
    names = manual()[1]
    before, numbers, after = stats(broker), samples(broker), stats(broker)
    compared = set()
    for series, name in names.items():
        if f"{series}_count" in numbers:
            unit = 1e6 if name.endswith("_microseconds") else 1
            total = round(numbers[f"{series}_sum"] * unit)
            pairs = [(f"{name}_count", numbers[f"{series}_count"]), (f"{name}_sum", total)]
        else:
            pairs = [(name, numbers[series])]
        for key, number in pairs:
            compared.add(key)
            assert key in RESTLESS or before[key] <= number <= after[key], key
    assert compared == set(before)


def test_the_process_is_told_apart(broker):
    numbers = samples(broker)
    pid = broker.process.pid
    assert abs(numbers["process_open_fds"] - len(list(Path(f"/proc/{pid}/fd").iterdir()))) <= 2
    assert numbers["process_resident_memory_bytes"] > 1 << 20
    assert 0 <= time.time() - numbers["process_start_time_seconds"] < 600
    version = json.loads(ask_unix(broker, request("/healthz")).split(b"\r\n\r\n")[1])["version"]
    assert numbers[f'roomwire_build_info{{version="{version}"}}'] == 1


def test_health_has_the_numbers_of_stats(broker):
    health = json.loads(ask_unix(broker, request("/healthz")).split(b"\r\n\r\n")[1])
    assert health.pop("ok") is True and health.pop("version") and health.pop("durability") == "disk"
    assert health.pop("history") == "ok"
    assert set(health) == {"connections", "connections_max", "rooms", "threads", "uptime_seconds"}
    numbers = stats(broker)
    assert all(health[name] == numbers[name] for name in set(health) - RESTLESS)


def test_the_manual_explains_each_number(broker):
    sentences, names = manual()
    text = metrics_text(broker)
    assert sentences == dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
    histograms = set(re.findall(r"^# TYPE (\S+) histogram$", text, re.M))
    series = {name for name in samples(broker) if re.sub(r"_(bucket|sum|count)(\{.*|)$", "", name) not in histograms}
    series = {name for name in series if not name.startswith("roomwire_build_info")}
    assert set(names) == series | histograms
