# SPDX-License-Identifier: MIT
"""Starting and stopping in order: limits of a life."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from raw_websocket import RawWebSocket
from stack import BUILD, DEADLINE_SECONDS, Broker, eventually, receive, receive_type, wait_for, wait_until_followed

SUPPORT = Path(__file__).parents[1] / "support"


def run(coroutine):
    return asyncio.run(coroutine)


def test_sigterm_says_goodbye_with_1012_and_exits_0():
    broker = Broker("limits.idle_ping_seconds=0").start()

    async def story():
        async with broker.connect("/ws/chat/r/") as plain, broker.connect("/ws/chat/r/", version1=True) as ann:
            await receive_type(ann, "presence")
            broker.process.send_signal(signal.SIGTERM)
            bye = await receive_type(ann, "bye")
            assert bye["code"] == 1012 and bye["retry_after"] >= 0
            with pytest.raises(Exception):
                await receive(plain)
            assert plain.close_code == 1012
    run(story())
    assert broker.process.wait(DEADLINE_SECONDS) == 0
    assert "event=stop_timeout" not in broker.log()


def test_askers_that_vanish_do_not_hold_the_stop_up(monkeypatch):
    # nng loses answers to who is gone.
    monkeypatch.setenv("LSAN_OPTIONS", f"suppressions={SUPPORT}/nng.lsan")
    broker = Broker().start()
    question = json.dumps({"op": "stats"}).encode()
    for number in range(200):
        with broker.sp("control") as asker:
            asker.greet(asker.REQ)
            for place in range(2):  # the second one while the first is answered
                asker.send((0x80000000 + 2 * number + place).to_bytes(4, "big") + question)
    assert broker.control(op="stats")["ok"]
    assert broker.stop() == 0
    assert "event=stop_timeout" not in broker.log() and "Sanitizer" not in broker.log()


def test_what_was_said_last_is_still_published():
    with Broker() as broker, broker.sp("events") as follower, broker.sp("ingest") as pusher:
        follower.greet(follower.SUB)
        pusher.greet(pusher.PUSH)
        wait_until_followed(broker, follower)
        # Of two rooms in turn, so that each line is a message of its own for nng.
        lines = ['chat_%s {"type":"chat.message","message":"%d"}' % ("ab"[i % 2], i) for i in range(3000)]
        before = broker.control(op="stats")["stats"]["ingest_events"]
        pusher.send("\n".join(lines).encode())
        wait_for(lambda: broker.control(op="stats")["stats"]["ingest_events"] >= before + 3000, "all are taken")
        broker.process.send_signal(signal.SIGTERM)
        *_, last = iter(follower.receive, None)
        assert json.loads(last.split(b" ", 1)[1])["message"] == "2999"


def test_a_hangup_is_ignored():
    with Broker() as broker:
        broker.process.send_signal(signal.SIGHUP)
        assert broker.control(op="stats")["ok"]


def test_clients_that_do_not_answer_do_not_hold_the_stop_up():
    broker = Broker().start()
    with RawWebSocket(broker.port, "/ws/chat/r/"):
        assert broker.stop() == 0
    assert "event=stop_timeout" not in broker.log()


def test_a_killed_broker_leaves_nothing_that_stops_the_next():
    broker = Broker().start()
    broker.kill()
    broker.start()
    assert broker.stop() == 0


def test_a_second_broker_on_the_same_sockets_does_not_start():
    with Broker() as first:
        second = subprocess.run(first.command(), capture_output=True, text=True, timeout=20)
        assert second.returncode == 1
        assert "event=" in second.stderr
        assert first.control(op="stats")["ok"], "the first one goes on"


def test_an_unanswered_ping_ends_a_connection():
    with Broker("limits.idle_ping_seconds=1", "limits.pong_seconds=1") as broker:
        with RawWebSocket(broker.port, "/ws/chat/r/"):
            wait_for(lambda: broker.control(op="rooms")["rooms"], "the room is open")
            wait_for(lambda: not broker.control(op="rooms")["rooms"], "the connection is gone")
            assert broker.control(op="stats")["stats"]["closed_unanswered_ping"] == 1


def test_an_answered_ping_keeps_it():
    with Broker("limits.idle_ping_seconds=1", "limits.pong_seconds=1") as broker:
        async def story():
            async with broker.connect("/ws/chat/r/", ping_interval=None) as ann:
                pongs = broker.control(op="stats")["stats"]["frames_in"] + 3
                await eventually(lambda: broker.control(op="stats")["stats"]["frames_in"] >= pongs, "three pongs")
                await ann.send('{"message": "alive"}')
                assert (await receive(ann))["message"] == "alive"
        run(story())


@pytest.mark.parametrize("setting, words", [
    ("limits.conections=5", "connections"), ("limits.connections=many", "connections"),
    ("history.durability=tape", "disk process none"), ("nonsense", "SECTION.KEY=VALUE"), ("site.mount=chat", "mount")])
def test_a_wrong_configuration_is_one_line_and_78(setting, words):
    result = subprocess.run([str(BUILD / "bin/roomwire-broker"), "--check-config", "--set", setting],
                            capture_output=True, text=True, timeout=20)
    assert result.returncode == 78
    assert words in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_help_version_and_a_mistake_on_the_command_line():
    program = str(BUILD / "bin/roomwire-broker")
    shown = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0 and "--check-config" in shown.stdout and "message_bytes" in shown.stdout
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
    assert version.returncode == 0 and version.stdout.startswith("roomwire-broker ")
    wrong = subprocess.run([program, "--nonsense"], capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 2 and len(wrong.stderr.strip().splitlines()) == 1


def test_a_daemon_is_ready_when_its_parent_returns():
    with tempfile.TemporaryDirectory() as folder:
        command = [str(BUILD / "bin/roomwire-broker"), "--daemon", "--set", f"paths.state={folder}"]
        started = subprocess.run(command, timeout=20, stderr=subprocess.DEVNULL)
        assert started.returncode == 0
        pid = int((Path(folder) / "run/broker.pid").read_text())
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(f"{folder}/run/broker.sock")
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the daemon has ended")
        assert not (Path(folder) / "run/broker.pid").exists()


def test_systemd_is_told():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(f"{folder}/notify")
        supervisor.settimeout(20)
        process = subprocess.Popen(
            [str(BUILD / "bin/roomwire-broker"), "--set", f"paths.state={folder}/state"],
            env={**os.environ, "NOTIFY_SOCKET": f"{folder}/notify"}, stderr=subprocess.DEVNULL)
        assert supervisor.recv(100) == b"READY=1"
        process.send_signal(signal.SIGTERM)
        assert supervisor.recv(100) == b"STOPPING=1"
        assert process.wait(20) == 0


def test_the_log_is_one_line_an_event_and_has_priorities_for_the_journal():
    with Broker() as broker:
        assert all(line.startswith("level=info event=") for line in broker.log().splitlines())
    os.environ["JOURNAL_STREAM"] = "1:2"
    try:
        with Broker() as broker:
            assert all(line.startswith("<6>event=") for line in broker.log().splitlines())
    finally:
        del os.environ["JOURNAL_STREAM"]


def test_the_manual_lists_every_key():
    shown = subprocess.run([str(BUILD / "bin/roomwire-broker"), "--help"], capture_output=True, text=True, timeout=20)
    manual = (Path(__file__).parents[2] / "scripts/roomwire.conf.5").read_text()
    keys = re.findall(r"^    ([a-z_]+) = ", shown.stdout, re.M)
    assert len(keys) > 20
    for key in keys:
        assert re.search(rf"^\.It .*\b{key}\b", manual, re.M), key
