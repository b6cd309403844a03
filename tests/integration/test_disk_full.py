# SPDX-License-Identifier: MIT
"""A disk that fills up while rooms talk: senders are told, nothing is acked falsely, who reads reads on, and sending
works again by itself once there is space."""

import asyncio
import contextlib
import ctypes
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stack import Broker, eventually, receive_type
from talk import Talk, ask, check_what_is_kept, history

DISK_BYTES = 8 * 1024 * 1024
BALLAST_BYTES = 4 * 1024 * 1024
MESSAGE_BYTES = 4000
SENDERS = 6
REFUSALS = 60  # while the disk is full
MNT_DETACH = 2


@contextlib.contextmanager
def small_disk():
    """A file system of its own, for root."""
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory(prefix="roomwire-disk-") as folder:
        if libc.mount(b"none", folder.encode(), b"tmpfs", 0, f"size={DISK_BYTES}".encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        try:
            yield Path(folder)
        finally:
            libc.umount2(folder.encode(), MNT_DETACH)


async def check_readers_while_full(broker, heard):
    """Those who are there, those who come, and those who ask."""
    last_seq = heard[-1][0]
    page = await ask(broker, op="history", room="r", before=last_seq + 1, limit=3)
    assert [message["seq"] for message in page["messages"]] == [last_seq - 2, last_seq - 1, last_seq]
    async with broker.connect("/ws/chat/r/", version1=True) as late:
        assert (await receive_type(late, "welcome"))["seq"] >= last_seq
        await late.send(json.dumps({"type": "history", "before": last_seq + 1, "limit": 2}))
        page = await receive_type(late, "history")
        assert [message["seq"] for message in page["messages"]] == [last_seq - 1, last_seq]
        await late.send('{"type": "ping"}')
        await receive_type(late, "pong")


async def talk_until_full_and_on(broker, ballast):
    async with Talk(broker, "r", SENDERS, MESSAGE_BYTES, pause_seconds=0) as talk:
        await eventually(lambda: len(talk.refusals()) >= REFUSALS, "the disk is full", 60)
        assert set(talk.refusals()) == {"storage"}
        assert (await ask(broker, op="stats"))["history"] == "full"
        await check_readers_while_full(broker, talk.reader.heard)
        ballast.unlink()
        await talk.more_acks(10 * SENDERS)
        talk.stop.set()
        assert (await ask(broker, op="stats"))["history"] == "ok"
    return talk.acked(), talk.reader.heard


def story(disk):
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(BALLAST_BYTES))
    state = disk / "state"
    state.mkdir()
    with tempfile.NamedTemporaryFile() as log:
        broker = Broker("history.durability=disk", "limits.messages_per_second=0", state=state)
        broker.log_path = Path(log.name)
        with broker:
            acked, heard = asyncio.run(talk_until_full_and_on(broker, ballast))
            check_what_is_kept(history(broker, "r"), acked, heard)
        with broker:
            check_what_is_kept(history(broker, "r"), acked, heard)


def test_senders_are_told_and_nobody_else_notices():
    if os.geteuid() == 0:
        with small_disk() as disk:
            story(disk)
    else:  # who is root in a namespace may mount there
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-B", "-m", "pytest", "-q",
                   "-p", "no:cacheprovider", __file__]
        assert subprocess.run(command).returncode == 0
