# SPDX-License-Identifier: MIT
"""What the broker does between a message and its ack, as the kernel sees it: at durability `disk` the write-ahead log
is synced in between, at `process` nobody waits for that."""

import json
import os
import re
import tempfile

import pytest
from raw_websocket import TEXT, RawWebSocket, frame
from stack import BUILD, WRAPPER, Broker, wait_for

MESSAGES = 20
SYNCS = ["fdatasync", "fsync"]
RECEIVES = ["recvfrom", "recvmsg", "read", "readv"]
SENDS = ["sendto", "sendmsg", "write", "writev"]
# A whole call, or the two halves of one that another thread came between.
CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)")
RESUMED = re.compile(r"(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
RESULT = re.compile(r"\) += (?P<result>-?\d+)")
UNFINISHED = "<unfinished ...>"


class TracedBroker(Broker):
    """Its files are on the file system of the build, since that of temporary files may be in memory. The tracer is no
    parent of it, so that signals and the exit status are the broker's own."""

    def __init__(self, *settings):
        self.traced = tempfile.TemporaryDirectory(prefix="s-", dir=BUILD)
        super().__init__(*settings, state=self.traced.name)
        self.trace_path = self.state / "trace"

    def command(self):
        return ["strace", "-D", "-f", "-y", "-s", "256", "-o", str(self.trace_path), "-e", "signal=none",
                "-e", "trace=" + ",".join(SYNCS + RECEIVES + SENDS), *super().command()[len(WRAPPER):]]

    def trace(self):
        """Of a broker that has been stopped."""
        wait_for(lambda: "+++ exited" in self.trace_path.read_text(errors="replace").splitlines()[-1], "all is traced")
        return list(calls(self.trace_path.read_text(errors="replace").splitlines()))


def calls(lines):
    """(line of its begin, line of its end, name, arguments, result), in the order of their ends."""
    begun = {}
    for number, line in enumerate(lines):
        if match := CALL.match(line):
            name, rest, begin = match["name"], match["rest"], number
            if UNFINISHED in line:
                begun[match["thread"]] = number, rest.replace(UNFINISHED, "")
                continue
        elif match := RESUMED.match(line):
            name = match["name"]
            begin, first_half = begun.pop(match["thread"])
            rest = first_half + match["rest"]
        else:
            continue
        if result := RESULT.search(rest):
            yield begin, number, name, rest, int(result["result"])


def talk(broker):
    """One message after the other, each acked before the next."""
    with RawWebSocket(broker.port, "/ws/chat/r/", "Sec-WebSocket-Protocol: roomwire.v1") as client:
        for number in range(MESSAGES):
            said = {"type": "message", "message": f"hello {number}", "ref": f"ref-{number}"}
            client.send(frame(TEXT, json.dumps(said).encode()))
            while True:
                event = json.loads(client.heard()[1])
                if event["type"] == "ack":
                    break
            assert event["ref"] == f"ref-{number}" and event["seq"] == number + 1


def syncs_before_acks(trace):
    """For each message how many syncs of the log begin after it came in and end before its ack goes out."""
    counts = []
    for number in range(MESSAGES):
        ack_begin, fd = next(
            (begin, rest.split("<")[0]) for begin, _, name, rest, _ in trace
            if name in SENDS and f'\\"ref\\": \\"ref-{number}\\"' in rest)
        arrival = max(
            end for _, end, name, rest, result in trace
            if name in RECEIVES and rest.startswith(f"{fd}<") and result > 0 and end < ack_begin)
        counts.append(sum(
            name in SYNCS and "/history.db-wal>" in rest and result == 0 and arrival < begin and end < ack_begin
            for begin, end, name, rest, result in trace))
    return counts


@pytest.fixture(autouse=True)
def without_leak_check(monkeypatch):
    """Who is traced cannot trace itself."""
    monkeypatch.setenv("ASAN_OPTIONS", f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks=0")


def trace_of(durability):
    broker = TracedBroker(f"history.durability={durability}")
    with broker.traced:
        with broker:
            talk(broker)
        return broker.trace()


def test_an_ack_goes_out_when_the_message_is_on_disk():
    counts = syncs_before_acks(trace_of("disk"))
    assert min(counts) >= 1, counts


def test_what_only_the_process_promises_is_not_waited_for():
    counts = syncs_before_acks(trace_of("process"))
    assert sum(counts) <= 1, counts  # the head of a new log is synced
