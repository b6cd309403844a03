# SPDX-License-Identifier: MIT
"""A disk that fills up while rooms talk: senders are told, nothing is acked falsely, who reads reads on, and sending
works again by itself once there is space."""

import asyncio
import contextlib
import ctypes
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stack import Broker, eventually, receive, receive_type

DISK_BYTES = 8 * 1024 * 1024
BALLAST_BYTES = 4 * 1024 * 1024
MESSAGE_BYTES = 4000
SENDERS = 6
REFUSALS = 60  # while the disk is full
HEAL_SECONDS = 10
PAUSE_SECONDS = 0.05  # of a sender who was refused
PAGE = 500
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


class Sender:
    """Says one message after the other, each until it is acked, and keeps what it was promised."""

    def __init__(self, connection, name, stop):
        self.connection, self.name, self.stop = connection, name, stop
        self.acked = {}  # seq: text
        self.refused = []  # codes

    async def say(self, ref):
        text = f"{self.name} {ref} ".ljust(MESSAGE_BYTES, ".")
        await self.connection.send(json.dumps({"type": "message", "message": text, "ref": ref}))
        while True:
            answer = await receive(self.connection)
            if answer.get("ref") == ref:
                break
        if answer["type"] == "ack":
            self.acked[answer["seq"]] = text
            return True
        assert answer["type"] == "error"
        self.refused.append(answer["code"])
        return False

    async def run(self):
        for number in itertools.count():
            while not self.stop.is_set() and not await self.say(str(number)):
                await asyncio.sleep(PAUSE_SECONDS)
            if self.stop.is_set():
                return


class Reader:
    """Hears a room to its end."""

    def __init__(self, connection):
        self.connection = connection
        self.heard = []  # (seq, text)

    async def run(self):
        while True:
            event = await receive(self.connection, 60)
            if event["type"] == "message":
                self.heard.append((event["seq"], event["message"]))


def history(broker, room):
    """All of it, by control."""
    kept, more = [], True
    while more:
        page = broker.control(op="history", room=room, after=kept[-1]["seq"] if kept else 0, limit=PAGE)
        assert page["ok"], page
        kept += page["messages"]
        more = page["more"]
    return [(message["seq"], message["message"]) for message in kept]


async def ask(broker, **request):
    return await asyncio.to_thread(broker.control, **request)


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
    stop = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        async def enter():
            return await stack.enter_async_context(broker.connect("/ws/chat/r/", version1=True))
        reader = Reader(await enter())
        senders = [Sender(await enter(), f"sender {i}", stop) for i in range(SENDERS)]
        reading = asyncio.create_task(reader.run())
        talking = [asyncio.create_task(sender.run()) for sender in senders]

        def refusals():
            return sum(len(sender.refused) for sender in senders)

        def acks():
            return sum(len(sender.acked) for sender in senders)
        await eventually(lambda: refusals() >= REFUSALS, "the disk is full", 60)
        assert {code for sender in senders for code in sender.refused} == {"storage"}
        assert (await ask(broker, op="stats"))["history"] == "full"
        await check_readers_while_full(broker, reader.heard)
        acked_before = acks()
        ballast.unlink()
        await eventually(lambda: acks() >= acked_before + 10 * SENDERS, "sending works again", HEAL_SECONDS)
        stop.set()
        assert (await ask(broker, op="stats"))["history"] == "ok"
        for task in talking:
            await task  # none was closed, none was left without an answer
        await eventually(lambda: len(reader.heard) >= acks(), "all that was acked is heard")
        assert not reading.done()
        reading.cancel()
    return {seq: text for sender in senders for seq, text in sender.acked.items()}, reader.heard


def check_what_is_kept(kept, acked, heard):
    assert [seq for seq, _ in kept] == list(range(1, len(kept) + 1))
    assert heard == kept, "what is heard is what is kept, in its order"
    assert dict(kept) == acked, "what is kept is what was acked, once"


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
