# SPDX-License-Identifier: MIT
"""What can befall history.db under a running broker, with people who talk and read all the time: senders are told,
nothing is acked falsely, reading goes on, and everything heals by itself when the cause is gone."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from crash_harness import fill
from stack import DEADLINE_SECONDS, Broker, Pages, WebServer, fetch, receive_type, wait_for
from talk import SENDERS, Sender, Talk, ask, check_what_is_kept, history, messages_of

LOCKED_SECONDS = 8
MESSAGES = 20000  # that a backup takes a while for
PATIENCE_SECONDS = 4.5  # of a message that waits for another process, at least
BIG_MESSAGE_BYTES = 100000
WAL_STEP_BYTES = 4096 * 1000  # a checkpoint each
SETTINGS = ("limits.messages_per_second=0", f"limits.message_bytes={BIG_MESSAGE_BYTES + 1000}", "history.durability=process")


@pytest.fixture(scope="module")
def broker():
    with Broker(*SETTINGS) as started:
        yield started


@pytest.fixture(scope="module")
def web(broker):
    with Pages(broker.state) as pages, WebServer(pages) as server:
        yield server


def check(talk):
    """After its block."""
    with other_program(talk.broker.state) as database:
        kept = database.execute("SELECT seq, text FROM message WHERE room = (SELECT id FROM room WHERE name = ?) "
                                "ORDER BY id", (talk.room,)).fetchall()
    check_what_is_kept(kept, talk.acked(), talk.reader.heard)


def health(broker):
    status, _, text = fetch(f"http://127.0.0.1:{broker.port}/healthz")
    return status, json.loads(text)["history"]


async def becomes(look, is_wanted, what):
    """Looks at the broker from another thread, so that those who talk go on."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not is_wanted(value := await asyncio.to_thread(look)):
        assert time.monotonic() < end, f"not within {DEADLINE_SECONDS} s: {what}, but {value}"
        await asyncio.sleep(0.1)


async def health_becomes(broker, *wanted):
    await becomes(lambda: health(broker), lambda found: found == wanted, wanted)


async def check_reading(broker, room, web=None):
    """Over a socket of one who comes, by control, and on the pages."""
    page = await ask(broker, op="history", room=room, limit=3)
    seqs = [message["seq"] for message in page["messages"]]
    assert len(seqs) == 3
    async with broker.connect(f"/ws/chat/{room}/", version1=True) as late:
        assert (await receive_type(late, "welcome"))["seq"] >= seqs[-1]
        await late.send(json.dumps({"type": "history", "before": seqs[-1] + 1, "limit": 3}))
        assert [message["seq"] for message in (await receive_type(late, "history"))["messages"]] == seqs
    async with asyncio.timeout(DEADLINE_SECONDS):
        async with broker.connect(f"/ws/chat/{room}-{time.monotonic()}/", version1=True) as first:
            assert (await receive_type(first, "welcome"))["seq"] == 0, "a room that nobody was in"
    if web:
        answer = await asyncio.to_thread(web.get, f"/api/rooms/{room}/messages?before={seqs[-1] + 1}&limit=3")
        assert answer.status == 200
        assert [message["seq"] for message in json.loads(answer.text)["messages"]] == seqs


@contextlib.contextmanager
def other_program(state, *statements):
    """A transaction of another connection to history.db, in another process as far as SQLite can tell."""
    database = sqlite3.connect(state / "history.db", isolation_level=None, timeout=10)
    try:
        for statement in statements:
            database.execute(statement).fetchall()
        yield database
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
        database.close()


def test_a_lock_of_another_process_is_waited_for_and_then_told(broker, web):
    async def story():
        async with Talk(broker, "locked") as talk:
            with other_program(broker.state, "BEGIN IMMEDIATE"):
                end = time.monotonic() + LOCKED_SECONDS
                assert health(broker) == (200, "ok"), "nobody has waited too long"
                await check_reading(broker, "locked", web)
                await talk.nothing_is_promised(1)
                await talk.refused_with("busy")
                await health_becomes(broker, 503, "busy")
                await check_reading(broker, "locked", web)
                await talk.nothing_is_promised(end - time.monotonic())
            assert all(sender.refused_after[0] > PATIENCE_SECONDS for sender in talk.senders)
            await talk.more_acks(10 * SENDERS)
            await health_becomes(broker, 200, "ok")
        check(talk)
    asyncio.run(story())


def test_nobody_notices_one_who_reads_for_long(broker):
    """With few and large messages, so that a checkpoint comes to an end between two of them."""
    def wal_steps():
        return broker.control(op="stats")["stats"]["wal_bytes"] / WAL_STEP_BYTES

    async def story():
        async with Talk(broker, "read", message_bytes=BIG_MESSAGE_BYTES, pause_seconds=0.3) as talk:
            with other_program(broker.state, "BEGIN", "SELECT count(*) FROM message"):
                await becomes(wal_steps, lambda steps: steps > 1.2, "the log grows")
            await becomes(wal_steps, lambda steps: steps < 1, "the log begins anew")
            assert health(broker) == (200, "ok")
            assert not talk.refusals()
        check(talk)
    asyncio.run(story())


@contextlib.contextmanager
def failing_writes(broker, error):
    """A tracer between the broker and its disk. No file system can be remounted read-only while a file is open for
    writing: the kernel does that by itself only when the disk fails, and then writes fail like this."""
    files = [f"-P{broker.state}/history.db{suffix}" for suffix in ("", "-wal", "-shm")]
    calls = "pwrite64,ftruncate,fdatasync,fsync,fallocate"
    with tempfile.NamedTemporaryFile() as trace:
        tracer = subprocess.Popen(
            ["strace", "-f", "-p", str(broker.process.pid), "-o", trace.name, *files, "-e", f"trace={calls}",
             "-e", f"inject={calls}:error={error}", "-e", "signal=none"],
            stderr=subprocess.PIPE, text=True)
        try:
            while "attached" not in (line := tracer.stderr.readline()):
                assert line, "the tracer has ended"
            yield
        finally:
            tracer.send_signal(signal.SIGINT)  # detaches
            tracer.communicate(timeout=20)


def may_trace():
    """Whether one process may trace another that is not its child."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return os.geteuid() == 0 or not scope.exists() or scope.read_text().strip() == "0"


@pytest.mark.parametrize("error, state", [("EROFS", "read_only"), ("EIO", "io")])
def test_a_disk_that_takes_nothing_is_told_until_it_does(request, broker, web, error, state):
    async def story():
        async with Talk(broker, state) as talk:
            with failing_writes(broker, error):
                await talk.refused_with("storage")
                await health_becomes(broker, 503, state)
                assert (await ask(broker, op="stats"))["history"] == state
                await talk.nothing_is_promised(0.5)
                await check_reading(broker, state, web)
            await talk.more_acks(10 * SENDERS)
            await health_becomes(broker, 200, "ok")
        check(talk)
    if may_trace():
        asyncio.run(story())
    else:  # who is root in a namespace may trace there
        command = ["unshare", "--map-root-user", sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   f"{__file__}::{request.node.name}"]
        assert subprocess.run(command).returncode == 0


def test_a_deleted_file_is_missed_until_it_is_put_back(broker):
    async def story():
        here, away = broker.state / "history.db", broker.state / "away.db"
        async with Talk(broker, "gone") as talk:
            here.rename(away)
            await talk.refused_with("storage")
            await health_becomes(broker, 503, "gone")
            await talk.nothing_is_promised(1)
            assert not here.exists(), "nothing is put in its place"
            away.rename(here)
            await talk.more_acks(10 * SENDERS)
            await health_becomes(broker, 200, "ok")
        check(talk)
    asyncio.run(story())


async def replace_under(broker, here, away, copy, is_noticed):
    """Puts a backup in the place of the file; noticed is that when somebody talks."""
    async with Talk(broker, "replaced") as talk:
        assert (await ask(broker, op="backup", path=str(copy)))["ok"]
        await talk.more_acks(10 * SENDERS)
        if not is_noticed:
            talk.stop.set()
            await asyncio.gather(*talk.tasks[1:])
        here.rename(away)
        copy.rename(here)
        if is_noticed:
            await talk.refused_with("storage")
            await health_becomes(broker, 503, "gone")
            assert Path(f"{here}-wal").stat().st_size == 0
            await talk.nothing_is_promised(1.5)
    return talk.acked()


def rows(path):
    """As they are, without what a log beside it may have."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(database.execute("SELECT seq, text FROM message"))


@pytest.mark.parametrize("is_noticed", [True, False])
def test_another_file_in_its_place_is_refused_until_a_restart(is_noticed):
    """The file that was moved away has all that was acked, and nothing of it gets into the other by way of the log,
    whose name they share."""
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        broker = Broker(*SETTINGS, state=state)
        here, away, copy = (broker.state / name for name in ("history.db", "away.db", "copy.db"))
        with broker:
            acked = asyncio.run(replace_under(broker, here, away, copy, is_noticed))
        assert rows(away) == acked
        backed_up = rows(here)
        assert backed_up.items() < acked.items()
        with broker:
            assert dict(history(broker, "replaced")) == backed_up


def test_a_stop_waits_for_no_lock():
    broker = Broker(*SETTINGS).start()

    async def story():
        async with contextlib.AsyncExitStack() as stack:
            people = [await stack.enter_async_context(broker.connect("/ws/chat/r/", version1=True)) for _ in range(3)]
            stop = asyncio.Event()
            senders = [Sender(one, f"sender {i}", stop) for i, one in enumerate(people)]
            assert await senders[0].say("before")
            with other_program(broker.state, "BEGIN IMMEDIATE"):
                answers = [asyncio.create_task(sender.answer_to("waits")) for sender in senders]
                await becomes(lambda: broker.control(op="stats")["stats"]["history_waiting"],
                              lambda count: count == len(senders), "all wait")
                broker.process.send_signal(signal.SIGTERM)
                for answer in answers:
                    assert (await answer)["code"] == "busy"
                for one in people:
                    await receive_type(one, "bye")
                assert await asyncio.to_thread(broker.process.wait, DEADLINE_SECONDS) == 0
                assert "event=stop_timeout" not in broker.log()
    asyncio.run(story())
    with broker:
        assert [message["message"].split(".")[0].strip() for message in messages_of(broker, "r")] == ["sender 0 before"]


def is_killed_amid_a_backup(broker, path):
    """False when the backup was faster."""
    for left in path.parent.iterdir():
        left.unlink()
    broker.start()
    asking = subprocess.Popen(
        ["nngcat", "--req", "--dial", broker.ipc("control"), "--data",
         json.dumps({"op": "backup", "path": str(path)}), "--raw"], stdout=subprocess.DEVNULL)
    wait_for(lambda: os.listdir(path.parent), "the backup begins")
    broker.kill()
    asking.kill()
    asking.wait()
    return not path.exists()


def test_a_kill_amid_a_backup_harms_nothing():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state, tempfile.TemporaryDirectory() as folder:
        fill(state, 1, MESSAGES)
        broker = Broker(*SETTINGS, state=state)
        path = Path(folder) / "copy.db"
        wait_for(lambda: is_killed_amid_a_backup(broker, path), "the kill meets a backup")
        left = os.listdir(folder)
        assert all(re.fullmatch(r"copy\.db\.\w{6}(-journal)?", name) for name in left)
        with broker:
            assert broker.control(op="backup", path=str(path))["ok"]
            assert broker.control(op="history", room="bench0", limit=1)["messages"]
        assert sorted(os.listdir(folder)) == sorted([*left, "copy.db"])
        assert len(rows(path)) == len(rows(Path(state) / "history.db")) == MESSAGES
