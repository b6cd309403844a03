# SPDX-License-Identifier: MIT
"""The load generator against servers whose behaviour is known: what it says of them is true, faults included."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from raw_websocket import RawWebSocket
from stack import BUILD, DEADLINE_SECONDS, WRAPPER, Broker, free_port, wait_for

SETTINGS = ("limits.connections_per_address=0", "limits.messages_per_second=0", "history.durability=none")
KEEPING = (*SETTINGS[:-1], "history.durability=process")
CLEAN = ("lost", "doubled", "disordered", "foreign", "closed", "stalled_closed")


def run_load(mode, target, *options, pid=None, **more):
    """The finished process. Keywords are options too, with hyphens for underscores."""
    command = [*WRAPPER, str(BUILD / "bin/bench-load"), mode, "--target", target, *options]
    for name, value in more.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    if pid:
        command += ["--server-pid", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def load(mode, target, *options, **more):
    finished = run_load(mode, target, *options, **more)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == "" and finished.stdout.count("\n") == 1
    return json.loads(finished.stdout)


def assert_is_clean(figures):
    assert {name: figures[name] for name in CLEAN if name in figures and figures[name]} == {}


def assert_is_plausible(figures):
    """What must hold for any server: parts make the whole, and percentiles ascend."""
    parts = figures["server_user_us_per_delivery"], figures["server_system_us_per_delivery"]
    if None not in parts:
        assert sum(parts) == pytest.approx(figures["server_cpu_us_per_delivery"], rel=1e-6)
    cost = figures["server_cpu_us_per_delivery"] * figures["deliveries"] / 1e6
    assert cost == pytest.approx(figures["server_cpu_seconds"], rel=1e-6)
    # A process is never more than all processors, with a little for the granularity of its clock.
    assert 0 < figures["server_cpu_seconds"] < figures["seconds"] * os.cpu_count() * 1.2 + 0.05
    assert figures["client_cpu_us_per_delivery"] > 0
    assert figures["server_pss_bytes"] > 100_000
    latency = [figures["latency_us"][name] for name in ("p50", "p90", "p99", "p999", "max")]
    assert latency == sorted(latency) and latency[0] > 0
    assert latency[-1] < 1e6 * DEADLINE_SECONDS
    per_second = figures["deliveries"] / figures["seconds"]
    assert figures["deliveries_per_second"] == pytest.approx(per_second, rel=1e-6)


class Raw:
    """A bench-raw on a free port."""

    def __init__(self, mode="gather", frame_bytes=200, prefix=(), **more):
        self.port = free_port()
        self.command = [*prefix, *WRAPPER, str(BUILD / "bin/bench-raw"), "--listen", str(self.port), "--mode", mode,
                        "--frame-bytes", str(frame_bytes)]
        for name, value in more.items():
            self.command += ["--" + name.replace("_", "-"), str(value)]

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def is_listening(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True)
        wait_for(self.is_listening, "bench-raw listens")
        return self

    def __exit__(self, *_):
        os.killpg(self.pid, signal.SIGTERM)  # a prefix that waits for it ends too
        _, log = self.process.communicate(timeout=DEADLINE_SECONDS)
        assert log == ""


@pytest.fixture(scope="module")
def broker():
    with Broker(*SETTINGS) as running:
        yield running


@pytest.fixture(params=["tcp", "unix"])
def target(request, broker):
    return f"127.0.0.1:{broker.port}" if request.param == "tcp" else f"unix:{broker.state}/run/broker.sock"


@pytest.mark.parametrize("mode", ["send", "writev", "gather"])
def test_the_raw_server_delivers_everything_in_frames_of_the_size_asked_for(mode):
    with Raw(mode, frame_bytes=250) as raw:
        figures = load("fanout", raw.target, rooms=3, members=7, speakers=2, in_flight=5, size=100, seconds=0.3,
                       warmup_seconds=0.1, pid=raw.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["frame_bytes"] == 250
    assert figures["bursts"] > 3 and figures["given_up"] == 0
    # Bursts are said whole, and only those at the ends of the window are delivered partly outside of it.
    assert figures["messages"] % 10 == 0
    assert abs(figures["messages"] * 7 - figures["deliveries"]) <= 3 * 2 * 5 * 7


def test_the_raw_server_echoes_to_the_sender_alone():
    with Raw("writev", frame_bytes=5000) as raw:
        figures = load("echo", raw.target, connections=5, in_flight=3, size=300, seconds=0.3, pid=raw.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["frame_bytes"] == 5000
    assert figures["messages"] > 0


def test_what_is_dropped_is_lost_and_the_room_goes_on():
    """The first loss holds the room up until it is given up; the second one stands at the end."""
    with Raw(drop_every=30) as raw:
        figures = load("fanout", raw.target, members=6, in_flight=20, seconds=3, warmup_seconds=0)
    assert figures["lost"] == 2 * 6
    assert figures["given_up"] == 1
    assert figures["doubled"] == figures["disordered"] == figures["foreign"] == figures["closed"] == 0


def test_what_is_dropped_from_a_schedule_is_lost():
    with Raw(drop_every=10) as raw:
        figures = load("rate", raw.target, members=4, rate=200, seconds=0.5, warmup_seconds=0)
    assert figures["lost"] > 0 and figures["lost"] % 4 == 0
    assert figures["doubled"] == figures["disordered"] == 0


def test_what_comes_late_is_counted_by_when_it_was_due():
    """The server stands still until the window is over: a window of arrivals would have no latencies at all."""
    with Raw() as raw, RawWebSocket(raw.port, "/ws/chat/bench0/") as listener:
        command = [*WRAPPER, str(BUILD / "bin/bench-load"), "rate", "--target", raw.target, "--members", "4", "--rate",
                   "100", "--seconds", "0.5", "--warmup-seconds", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert listener.frame()  # the first message: all are there
        os.kill(raw.pid, signal.SIGSTOP)
        end = time.monotonic() + 1
        wait_for(lambda: time.monotonic() > end, "the window is over")
        os.kill(raw.pid, signal.SIGCONT)
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
    figures = json.loads(output)
    # The first one was due just before the window.
    assert figures["latency_us"]["count"] == 4 * 50
    assert figures["latency_us"]["max"] > 400_000
    assert_is_clean(figures)


def test_memory_that_cannot_be_read_is_not_nothing():
    if os.geteuid() != 0:
        pytest.skip("whose memory we can't read takes another user")
    with Raw() as raw, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(BUILD / "bin/bench-load", folder)
        finished = subprocess.run([*WRAPPER, program, "idle", "--target", raw.target, "--server-pid", str(raw.pid)],
                                  capture_output=True, text=True, timeout=DEADLINE_SECONDS, user=65534, group=65534)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == f"bench-load: the memory of process {raw.pid} can't be read\n"


def test_connections_that_the_server_closes_are_counted():
    with Broker(*SETTINGS) as broker:
        process = subprocess.Popen(
            [*WRAPPER, str(BUILD / "bin/bench-load"), "idle", "--target", f"127.0.0.1:{broker.port}",
             "--connections", "9", "--seconds", "3"], stdout=subprocess.PIPE, text=True)
        wait_for(lambda: broker.control(op="members", room="bench0").get("people") == 9, "all are in the room")
        broker.stop()
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0
    assert json.loads(output)["closed"] == 9


@pytest.mark.parametrize("subprotocol", [None, "roomwire.v1"])
def test_the_broker_delivers_everything(broker, target, subprotocol):
    more = {"subprotocol": subprotocol} if subprotocol else {}
    figures = load("fanout", target, rooms=2, members=20, speakers=3, in_flight=4, seconds=0.3, warmup_seconds=0.1,
                   pid=broker.process.pid, **more)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["deliveries"] > 0
    # Each is welcomed where there is a protocol for it.
    assert (figures["other"] >= 40) == (subprotocol is not None)


def test_members_that_stall_hold_up_nobody(broker, target):
    figures = load("fanout", target, "--stalled", "2", members=10, seconds=0.3, in_flight=10, size=1000)
    assert figures["lost"] == figures["doubled"] == figures["closed"] == figures["given_up"] == 0
    assert figures["deliveries"] > 0


def test_members_that_are_let_go_are_found():
    """Just before the end, so that they are still told why when they read at last; a busy machine fills a queue later."""
    for seconds in (0.5, 2, 8):
        with Broker(*SETTINGS, "limits.backlog_bytes=262144") as broker:
            figures = load("fanout", f"127.0.0.1:{broker.port}", members=4, stalled=2, seconds=seconds, warmup_seconds=0,
                           in_flight=32, size=16000)
        if figures["stalled_closed"]:
            break
    assert figures["lost"] == figures["closed"] == 0
    assert figures["stalled_closed"] == figures["stalled_told"] == 2


def test_a_schedule_is_kept(broker, target):
    figures = load("rate", target, rooms=2, members=10, speakers=2, rate=300, seconds=1, warmup_seconds=0.1,
                   pid=broker.process.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["messages"] == pytest.approx(300, rel=0.3)
    assert figures["unsent"] == 0


def test_the_broker_echoes(broker, target):
    figures = load("echo", target, connections=10, in_flight=2, seconds=0.3, pid=broker.process.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["other"] == 0


@pytest.mark.parametrize("parallel", [0, 1, 8])
def test_handshakes_are_measured(broker, target, parallel):
    figures = load("connect", target, connections=40, parallel=parallel, keep_open=10, rooms=4,
                   pid=broker.process.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["deliveries"] == figures["latency_us"]["count"] == 40
    assert figures["server_cpu_us_per_connection"] == pytest.approx(figures["server_cpu_us_per_delivery"], rel=1e-6)


def test_memory_of_idle_connections_is_measured(broker, target):
    figures = load("idle", target, connections=100, rooms=10, seconds=0.2, pid=broker.process.pid)
    assert_is_clean(figures)
    for kind, each in (("pss", "bytes_per_connection"), ("anonymous", "anonymous_bytes_per_connection")):
        grown = figures[f"{kind}_open_bytes"] - figures[f"{kind}_before_bytes"]
        assert figures[each] == pytest.approx(grown / 100)
        assert min(figures[f"{kind}_{when}_bytes"] for when in ("before", "open", "closed")) > 100_000


def test_children_of_the_server_are_counted():
    """A shell that only waits has no share worth speaking of."""
    with Raw(prefix=["sh", "-c", '"$@"; true', "sh"]) as raw:
        figures = load("fanout", raw.target, members=10, in_flight=10, seconds=2, pid=raw.pid)
    assert_is_plausible(figures)
    assert figures["server_cpu_seconds"] > 0.005


def test_what_joining_leads_to_counts_as_the_servers_time_and_not_as_the_handshakes(broker):
    began = time.monotonic()
    figures = load("connect", f"127.0.0.1:{broker.port}", connections=40, after_seconds=1, pid=broker.process.pid)
    assert time.monotonic() - began > 1 > figures["seconds"]
    assert_is_clean(figures)


def test_acks_are_what_a_latency_of_refs_is():
    """Of those that do not come nothing is known."""
    with Broker(*KEEPING) as broker:
        figures = load("rate", f"127.0.0.1:{broker.port}", rooms=4, rate=200, seconds=0.5, warmup_seconds=0, refs=1,
                       subprotocol="roomwire.v1", pid=broker.process.pid)
    assert_is_clean(figures)
    assert_is_plausible(figures)
    assert figures["latency_us"]["count"] == pytest.approx(100, abs=2)
    with Raw() as raw:  # it knows no acks
        figures = load("rate", raw.target, rooms=4, rate=200, seconds=0.5, warmup_seconds=0, refs=1,
                       subprotocol="roomwire.v1")
    assert figures["latency_us"]["count"] == 0
    assert figures["lost"] == pytest.approx(100, abs=2)


def test_who_comes_back_has_missed_nothing():
    with Broker(*KEEPING) as broker:
        figures = load("return", f"127.0.0.1:{broker.port}", members=30, rate=50, missed=40, away_seconds=0.3,
                       seconds=2, warmup_seconds=0.2, pid=broker.process.pid)
    assert_is_clean(figures)
    assert figures["missed"] == pytest.approx(40, abs=2)
    assert figures["back"] == figures["recovered"] == 29
    assert 0 < figures["back_seconds"] < 2


def test_what_who_comes_back_is_not_told_is_lost():
    """Without a history nobody is told anything: all that was missed is missing."""
    with Broker(*SETTINGS) as broker:
        figures = load("return", f"127.0.0.1:{broker.port}", members=5, rate=50, missed=40, away_seconds=0.3,
                       seconds=1, warmup_seconds=0.2)
    assert figures["recovered"] == 0
    assert figures["lost"] == pytest.approx(4 * figures["missed"], abs=8)


def test_pages_are_read_and_one_that_is_not_full_is_lost():
    with Broker(*KEEPING) as broker:
        target = f"127.0.0.1:{broker.port}"
        load("fanout", target, rooms=2, in_flight=20, seconds=0.1, warmup_seconds=0)
        figures = load("read", target, rooms=2, limit=20, seconds=0.3, warmup_seconds=0.1, pid=broker.process.pid)
        assert_is_clean(figures)
        assert_is_plausible(figures)
        assert figures["deliveries"] == figures["latency_us"]["count"] > 0
        empty = load("read", target, rooms=3, limit=20, seconds=0.3, warmup_seconds=0)
    assert empty["lost"] == pytest.approx(empty["deliveries"] / 3, abs=2)


@pytest.mark.parametrize("arguments, sentence", [
    (["fanout", "--target", "127.0.0.1:1"], "can't connect: Connection refused"),
    (["fanout", "--target", "unix:/nowhere.sock"], "can't connect: No such file or directory"),
    (["fanout", "--target", "{broker}", "--path", "/nowhere/"], "the handshake was refused: HTTP/1.1 404 Not Found"),
    (["idle", "--target", "{broker}", "--server-pid", "2147483647"], "there is no process 2147483647"),
    (["fanout", "--target", "nowhere"], '--target takes HOST:PORT or unix:PATH, not "nowhere"'),
    (["fanout"], "--target is missing"),
    (["dance", "--target", "{broker}"], "there is no mode dance (--help lists them)"),
    (["fanout", "--colour", "red"], "there is no option --colour (--help lists them)"),
    (["fanout", "--size", "47"], '--size takes a number from 48 to 8388608, not "47"'),
    (["fanout", "--rooms"], "--rooms takes a value"),
    (["rate", "--target", "{broker}", "--refs", "1"], "--refs need a --subprotocol"),
    (["fanout", "--target", "{broker}", "--speakers", "2"],
     "a room of 1 --members can't hold its --speakers and --stalled ones"),
    (["echo", "--target", "{broker}", "--connections", "99999"],
     "99999 connections need more than the 1000 files that may be open"),
])
def test_what_cannot_be_done_is_said(broker, arguments, sentence):
    arguments = [argument.format(broker=f"127.0.0.1:{broker.port}") for argument in arguments]
    finished = subprocess.run([*WRAPPER, str(BUILD / "bin/bench-load"), *arguments], capture_output=True, text=True,
                              timeout=DEADLINE_SECONDS,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000)))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == f"bench-load: {sentence}\n"
