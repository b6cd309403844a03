# SPDX-License-Identifier: MIT
"""A history.db that a broker must not touch: it says so in one line, exits with the status that the manual names, and
leaves every byte as it was; the pages say that the history cannot be read."""

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from stack import BUILD, DEADLINE_SECONDS, WRAPPER, Broker, Pages, WebServer

MANUAL = Path(__file__).parents[2] / "broker/roomwire-broker.8"
SAYING = '{"user": "ann", "message": "hello"}\n' * 500
NOBODY = 65534


@pytest.fixture(scope="module")
def good():
    """A file that all programs take."""
    with tempfile.TemporaryDirectory(prefix="roomwire-") as folder:
        path = Path(folder) / "history.db"
        subprocess.run([str(BUILD / "bin/say"), str(path), "lobby"], input=SAYING.encode(), check=True,
                       timeout=DEADLINE_SECONDS)
        yield path


def change(statement):
    def apply(path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(statement)
            database.commit()
    return apply


def change_without_a_stop(statement):
    """What is changed is in the log, as a program that was killed leaves it."""
    def apply(path):
        copy = path.with_name("copy.db")
        shutil.copy(path, copy)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            database.execute("PRAGMA wal_autocheckpoint = 0")
            database.execute(statement)
            database.commit()
            shutil.copy(copy, path)
            shutil.copy(f"{copy}-wal", f"{path}-wal")
        copy.unlink()
    return apply


def turn_bits(offset, mask):
    def apply(path):
        data = bytearray(path.read_bytes())
        data[offset] ^= mask
        path.write_bytes(data)
    return apply


def cut(path):
    os.truncate(path, path.stat().st_size * 2 // 3 - 100)


def lose_pages(path):
    """To a length that some database could have."""
    os.truncate(path, 3 * 4096)


def lose_all_but_the_log(path):
    change_without_a_stop("UPDATE archive SET probe = probe + 1")(path)
    path.unlink()


FAULTS = [
    ("the first byte", turn_bits(0, 0x01), "corrupt", 65),
    ("the page size", turn_bits(16, 0x20), "corrupt", 65),
    ("the format's version", turn_bits(18, 0x04), "read_only", 77),
    ("the application's id", turn_bits(70, 0x10), "foreign", 65),
    ("the schema", turn_bits(100, 0xff), "corrupt", 65),
    ("cut within a page", cut, "corrupt", 65),
    ("cut between pages", lose_pages, "corrupt", 65),
    ("a text", lambda path: path.write_text("This is no database.\n" * 1000), "corrupt", 65),
    ("empty", lambda path: path.write_bytes(b""), "corrupt", 65),
    ("a later version", change("PRAGMA user_version = 9999"), "newer", 65),
    ("a later version, killed", change_without_a_stop("PRAGMA user_version = 9999"), "newer", 65),
    ("another program", change("PRAGMA application_id = 4711"), "foreign", 65),
    ("a log alone", lose_all_but_the_log, "gone", 74),
]


def start(state, *before):
    """The exit status and the log of a broker that cannot start."""
    broker = Broker(state=state)
    done = subprocess.run([*before, *broker.command()], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    return done.returncode, done.stderr


def fingerprints(state):
    """Of the history's files; one that only coordinates processes is none of them, and an empty log says nothing."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(state).glob("history.db*")
            if path.name == "history.db" or (path.name != "history.db-shm" and path.stat().st_size > 0)}


def check_refusal(state, status, log, problem, wanted):
    assert status == wanted, log
    assert "Sanitizer" not in log and "runtime error" not in log, log
    lines = [line for line in log.splitlines() if "level=error" in line]
    assert len(lines) == 1 and f'path="{state}/history.db" problem={problem} ' in lines[0], log


def statuses_in_manual():
    """The table of EXIT STATUS: words of problems by status."""
    section = MANUAL.read_text().split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    rows = re.split(r"^\.It ", section, flags=re.M)[1:]
    return {int(row.split()[0]): set(re.findall(r"\w+", row)) for row in rows}


@pytest.mark.parametrize("name, damage, problem, wanted", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_what_is_not_ours_to_write_is_refused_and_left_alone(good, name, damage, problem, wanted):
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        path = Path(state) / "history.db"
        shutil.copy(good, path)
        damage(path)
        before = fingerprints(state)
        status, log = start(state)
        check_refusal(state, status, log, problem, wanted)
        assert problem in statuses_in_manual()[wanted]
        assert fingerprints(state) == before


def test_a_file_of_somebody_else_is_refused(good):
    """Root may read everything, so it becomes somebody."""
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        path = Path(state) / "history.db"
        shutil.copy(good, path)
        path.chmod(0)
        before = path.stat()
        become = []
        if os.geteuid() == 0:
            os.chown(state, NOBODY, NOBODY)
            become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        status, log = start(state, *become)
        check_refusal(state, status, log, "denied", 77)
        assert "denied" in statuses_in_manual()[77]
        assert path.stat() == before


def test_a_file_that_another_program_holds_is_refused(good):
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        path = Path(state) / "history.db"
        shutil.copy(good, path)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("UPDATE archive SET probe = probe + 1")
            status, log = start(state)
            check_refusal(state, status, log, "busy", 75)
            assert "busy" in statuses_in_manual()[75]


@pytest.mark.parametrize("damage, problem", [(turn_bits(0, 1), "corrupt"), (change("PRAGMA user_version = 9999"), "newer")])
def test_pages_answer_and_say_that_the_history_cannot_be_read(good, damage, problem):
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        path = Path(state) / "history.db"
        shutil.copy(good, path)
        damage(path)
        before = fingerprints(state)
        with Pages(state) as pages, WebServer(pages) as web:
            page = web.get("/chat/lobby/")
            assert page.status == 200 and 'id="history-problem"' in page.text
            assert web.get("/api/rooms/lobby/messages").status == 503
            assert f'"history":"{problem}"' in web.get("/healthz").text.replace(" ", "")
        assert fingerprints(state) == before
