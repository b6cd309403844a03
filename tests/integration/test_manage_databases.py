# SPDX-License-Identifier: MIT
"""roomwire-manage migrate and check: what they find in a state directory, and what they leave as it is."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import stat

import pytest
from manage import add_account, manage, objects_of, output_of
from stack import Broker, Pages

DATABASES = ("accounts.db", "history.db")
CHECKS = ["configuration", "state", "run", "log", "secret.key", "ticket.key", "accounts.db", "history.db", "broker",
          "pages"]
DATA, TRY_AGAIN, CONFIG = 65, 75, 78


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state"
    path.mkdir(mode=0o750)
    return path


@pytest.fixture
def site(state):
    """A state directory with everything in it, that no program uses."""
    with Broker(state=state) as broker, Pages(broker.state):
        pass
    for name in ("broker.log", "fcgi.log"):
        (state / name).unlink()
    add_account(state, "ann")
    return state


def bytes_of(state):
    """All files, but for what whoever reads a database may make: an empty log, and its index."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in state.rglob("*")
            if path.is_file() and not path.name.endswith("-shm") and (path.suffix != ".db-wal" or path.stat().st_size)}


def run_sql(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def problems_of(state, *arguments):
    """What check finds, by name."""
    result = manage(state, "check", "--json", *arguments)
    found = {}
    for line in result.stdout.splitlines():
        entry = json.loads(line)
        assert list(entry) == ["check", "ok", "message"]
        if not entry["ok"]:
            found[entry["check"]] = entry["message"]
    assert result.returncode == (1 if found else 0) and result.stderr == ""
    return found


# migrate


def test_what_is_missing_is_made_once(state):
    made = objects_of(state, "migrate")
    assert [list(entry) for entry in made] == [["database", "from", "to", "backup"]] * 2
    assert [(entry["database"], entry["from"], entry["backup"]) for entry in made] == [
        (name, 0, None) for name in DATABASES]
    for entry in made:
        path = state / entry["database"]
        with contextlib.closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (entry["to"],)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = bytes_of(state)
    assert [(entry["from"], entry["to"]) for entry in objects_of(state, "migrate")] == [
        (entry["to"], entry["to"]) for entry in made]
    assert output_of(state, "migrate") == "".join(
        f"{entry['database']}: is of version {entry['to']}\n" for entry in made)
    assert bytes_of(state) == before


def test_a_history_that_is_not_kept_is_not_made(state):
    [made] = objects_of(state, "migrate", "--set", "history.durability=none")
    assert made["database"] == "accounts.db" and not (state / "history.db").exists()


@pytest.mark.parametrize("name", DATABASES)
def test_a_later_version_is_refused_and_left_as_it_is(state, name):
    output_of(state, "migrate")
    run_sql(state / name, "PRAGMA user_version = 99")
    before = bytes_of(state)
    result = manage(state, "migrate")
    assert result.returncode == DATA and result.stderr.count("\n") == 1
    assert name in result.stderr and "of version 99" in result.stderr
    [other] = [other for other in DATABASES if other != name]
    assert result.stdout.startswith(f"{other}: ")
    assert bytes_of(state) == before
    assert name in problems_of(state)


def test_commands_leave_accounts_of_a_later_version_as_they_are(state):
    add_account(state, "ann")
    run_sql(state / "accounts.db", "PRAGMA user_version = 99")
    before = bytes_of(state)
    for command in (("user", "list"), ("user", "ban", "ann"), ("invite",), ("session", "purge", "--all")):
        result = manage(state, *command)
        assert result.returncode == DATA and "later version" in result.stderr
    assert bytes_of(state) == before


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_of_somebody_else_is_left_as_it_is(state, name):
    run_sql(state / name, "CREATE TABLE theirs (x)")
    before = (state / name).read_bytes()
    result = manage(state, "migrate")
    assert result.returncode == DATA and "another program" in result.stderr
    assert (state / name).read_bytes() == before


# check


def test_a_site_that_is_stopped_is_in_order(site):
    before = bytes_of(site)
    assert problems_of(site) == {}
    lines = output_of(site, "check").splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", f"{name}:"] for name in CHECKS]
    assert bytes_of(site) == before


def test_a_site_that_runs_is_in_order(state):
    with Broker(state=state) as broker, Pages(broker.state):
        assert problems_of(state) == {}
        for _ in range(3):  # a look does no harm
            assert problems_of(state) == {}
        said = {entry["check"]: entry["message"] for entry in objects_of(state, "check")}
        assert "listener_replaced" not in broker.log()
        assert (said["broker"], said["pages"]) == ("answers", "take connections")


def test_checking_an_empty_directory_makes_nothing(state):
    assert problems_of(state) == {}
    assert list(state.iterdir()) == []


def test_a_directory_that_is_not_there_is_a_problem_and_stays_so(tmp_path):
    assert set(problems_of(tmp_path / "new")) == {"state"}
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_the_configuration_ends_it(state):
    result = manage(state, "check", "--set", "site.nmae=x")
    assert result.returncode == CONFIG and result.stdout == ""


def damage(path):
    data = bytearray(path.read_bytes())
    data[-4096:] = b"Z" * 4096
    path.write_bytes(data)


def cut(path):
    os.truncate(path, path.stat().st_size - 100)


def link_to_open(path):
    moved = path.with_name("elsewhere")
    path.rename(moved)
    moved.chmod(0o777)
    path.symlink_to(moved)


FAULTS = {
    "a state directory that others write": ("state", lambda state: state.chmod(0o777), "chmod 0755"),
    "a run folder that others write": ("run", lambda state: (state / "run").chmod(0o777), "open to others"),
    "a log folder that others write, behind a link": ("log", lambda state: link_to_open(state / "log"), "open to others"),
    "a key that others read": ("secret.key", lambda state: (state / "secret.key").chmod(0o644), "chmod 0600"),
    "a short key": ("secret.key", lambda state: cut_key(state), "not a key of 32 bytes"),
    "a ticket key that others read": ("ticket.key", lambda state: write(state / "ticket.key", "x" * 43, 0o640), "chmod"),
    "a short ticket key": ("ticket.key", lambda state: write(state / "ticket.key", "short\n", 0o600), "ticket.key"),
    "accounts that others read": ("accounts.db", lambda state: (state / "accounts.db").chmod(0o640), "chmod 0600"),
    "accounts that are damaged": ("accounts.db", lambda state: damage(state / "accounts.db"), "damaged"),
    "accounts that are cut": ("accounts.db", lambda state: cut(state / "accounts.db"), "damaged"),
    "accounts of somebody else": ("accounts.db", lambda state: shutil.copy(state / "history.db", state / "accounts.db"),
                                  "another program"),
    "a history that others write": ("history.db", lambda state: (state / "history.db").chmod(0o662), "open to others"),
    "a history that is damaged": ("history.db", lambda state: damage(state / "history.db"), "damaged"),
    "a history of a later version": ("history.db", lambda state: run_sql(state / "history.db",
                                                                         "PRAGMA user_version = 99"), "later version"),
}


def write(path, text, mode):
    path.write_text(text)
    path.chmod(mode)


def cut_key(state):
    os.truncate(state / "secret.key", 31)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_problem_under_its_name(site, name):
    check, apply, words = FAULTS[name]
    for database in DATABASES:  # nothing is left in a log
        run_sql(site / database, "PRAGMA user_version = 1")
    apply(site)
    problems = problems_of(site)
    assert set(problems) == {check} and words in problems[check], problems


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_a_problem(site):
    os.chown(site / "accounts.db", 65534, 65534)
    assert "belongs to user 65534" in problems_of(site)["accounts.db"]


def test_a_broker_that_does_not_answer_is_a_problem(site):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(site / "run/control.ipc"))
        silent.listen()
        assert "timed out" in problems_of(site)["broker"]


def test_a_socket_that_is_left_over_is_none(site):
    for name in ("run/control.ipc", "run/fcgi.sock"):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(site / name))
    assert problems_of(site) == {}
