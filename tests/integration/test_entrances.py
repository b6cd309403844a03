# SPDX-License-Identifier: MIT
"""Clients that vanish while they say hello make nng's listeners deaf; the broker opens new ones."""

import contextlib
import json
import socket
import subprocess
from pathlib import Path

import pytest
from stack import DEADLINE_SECONDS, Broker, SpSocket, wait_for

VANISHING = 1000
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture
def broker(monkeypatch):
    # nng itself never frees what waits at a deaf listener.
    monkeypatch.setenv("LSAN_OPTIONS", f"suppressions={SUPPORT}/nng.lsan")
    with Broker() as running:
        yield running


def vanish(path, length):
    """Connects, says so many bytes of a hello (the ninth stands for garbage), and is gone."""
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(BlockingIOError, BrokenPipeError):
        client.setblocking(False)
        client.connect(str(path))
        client.send(b"garbage!" if length == 9 else SpSocket.hello(SpSocket.REQ)[:length])


def ask(broker):
    """The answer of a new client, or None when it does not come at once."""
    with contextlib.suppress(OSError), broker.sp("control") as client:
        client.socket.settimeout(0.5)
        client.greet(client.REQ)
        client.send(b"\x80\0\0\1" + b'{"op": "stats"}')
        answer = client.receive()
        return answer and json.loads(answer[4:])["stats"]


def hears(broker, follower):
    with contextlib.suppress(OSError):
        with broker.sp("ingest") as pusher:
            pusher.socket.settimeout(0.5)
            pusher.greet(pusher.PUSH)
            pusher.send(b'chat_r {"type": "job.done"}')
        return follower.receive()
    return None


def test_sockets_hear_again_after_a_thousand_clients_that_vanished(broker):
    for name in ("control", "ingest", "events"):
        for i in range(VANISHING):
            vanish(broker.state / f"run/{name}.ipc", i % 10)
    wait_for(lambda: ask(broker), "control answers")
    wait_for(lambda: (stats := ask(broker)) and stats["listeners_replaced"] > 0, "a listener is replaced")

    def follows():
        with contextlib.suppress(OSError), broker.sp("events") as follower:
            follower.socket.settimeout(0.5)
            follower.greet(follower.SUB)
            return hears(broker, follower)
    wait_for(follows, "what is pushed is followed")
    assert broker.control(op="stats")["ok"]
    assert broker.log().count("event=listener_replaced") <= 6


def test_a_client_that_stands_at_a_deaf_socket_is_answered_by_the_next(broker):
    """nng's own client dials again and asks again."""
    for i in range(VANISHING):
        vanish(broker.state / "run/control.ipc", i % 10)
    with broker.sp("control") as client:
        client.greet(client.REQ)  # behind the flood: nngcat does not wait for a place in the queue
    answer = subprocess.run(["nngcat", "--req", "--dial", broker.ipc("control"), "--data", '{"op": "stats"}', "--raw"],
                            capture_output=True, timeout=DEADLINE_SECONDS, check=True).stdout
    assert json.loads(answer)["ok"]
