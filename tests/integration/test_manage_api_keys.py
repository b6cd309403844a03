# SPDX-License-Identifier: MIT
"""roomwire-manage apikey, as admins and their scripts use it: what it prints, and what it keeps in accounts.db."""

import base64
import contextlib
import hashlib
import re
import sqlite3
import time

import pytest
from manage import manage, objects_of, output_of

USAGE, DATA = 64, 65
DAY_MS = 86400 * 1000
FIELDS = ["name", "scopes", "rooms", "expires", "created"]


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state"
    path.mkdir(mode=0o750)
    return path


def rows_of(state, question, *values):
    with contextlib.closing(sqlite3.connect(state / "accounts.db", isolation_level=None)) as connection:
        return connection.execute(question, values).fetchall()


def test_a_key_is_a_secret_of_which_only_the_hash_is_kept(state):
    before = time.time()
    key = output_of(state, "apikey", "add", "deploy", "--scope", "messages:send", "--days", "2").rstrip("\n")
    match = re.fullmatch(r"rw_(\d+)_([A-Za-z0-9_-]{43})", key)
    [(number, secret_hash, created, expires)] = rows_of(state, "SELECT id, secret_hash, created, expires FROM api_key")
    secret = base64.urlsafe_b64decode(match[2] + "=")
    assert number == int(match[1]) and secret_hash == hashlib.sha256(secret).digest()
    assert before * 1000 - 1 <= created <= time.time() * 1000 and expires - created == 2 * DAY_MS
    kept = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert match[2].encode() not in kept and secret not in kept


def test_a_key_is_shown_listed_and_removed_under_one_id(state):
    [made] = objects_of(state, "apikey", "add", "bot\x1b[2J", "--scope=rooms:read", "--scope", "messages:send", "--room",
                        " ops* ", "--room", "cafe\u0301")
    assert list(made) == ["id", "key", *FIELDS]
    assert (made["scopes"], made["rooms"], made["expires"]) == (
        ["messages:send", "rooms:read"], ["ops*", "caf\u00e9"], None)
    del made["key"]
    [listed] = objects_of(state, "apikey", "list")
    assert listed == {**made, "usable": True, "used": None} and list(listed) == ["id", "usable", *FIELDS, "used"]
    text = output_of(state, "apikey", "list")
    assert text.split("\t")[3:5] == ["messages:send, rooms:read", "ops*, caf\u00e9"] and "\x1b" not in text
    assert objects_of(state, "apikey", "remove", str(made["id"])) == [made]
    assert output_of(state, "apikey", "list") == ""
    assert manage(state, "apikey", "remove", str(made["id"])).returncode == DATA


def test_the_id_of_a_removed_key_is_not_given_again(state):
    first = objects_of(state, "apikey", "add", "a", "--scope", "messages:send")[0]["id"]
    assert output_of(state, "apikey", "remove", str(first)) == f"{first}: is removed\n"
    assert objects_of(state, "apikey", "add", "b", "--scope", "messages:send")[0]["id"] == first + 1


def test_a_key_without_rooms_is_for_all_of_them(state):
    [made] = objects_of(state, "apikey", "add", "a", "--scope", "channels:send")
    assert made["rooms"] == ["*"] and rows_of(state, "SELECT rooms, expires FROM api_key") == [("", None)]


def test_a_key_that_is_over_is_not_usable(state):
    output_of(state, "apikey", "add", "a", "--scope", "messages:send", "--days", "1")
    rows_of(state, "UPDATE api_key SET expires = ?", int(time.time() * 1000) - 1)
    [listed] = objects_of(state, "apikey", "list")
    assert not listed["usable"]
    assert output_of(state, "apikey", "list").split("\t")[1] == "-"


MISTAKES = {
    "no name": (("apikey", "add"), USAGE, "NAME: this word is missing"),
    "no scope": (("apikey", "add", "a"), USAGE, "--scope is missing"),
    "an unknown scope": (("apikey", "add", "a", "--scope", "rooms:read", "--scope", "all"), USAGE, '"all" is none of'),
    "no scope that is one": (("apikey", "add", "a", "--scope", ""), USAGE, "none of"),
    "an empty name": (("apikey", "add", "", "--scope", "rooms:read"), DATA, "1 to 127 bytes"),
    "a long name": (("apikey", "add", "x" * 128, "--scope", "rooms:read"), DATA, "1 to 127 bytes"),
    "a name that is no text": (("apikey", "add", b"\xff", "--scope", "rooms:read"), DATA, "UTF-8"),
    "a slash in a room": (("apikey", "add", "a", "--scope", "rooms:read", "--room", "a/b"), USAGE, "--room"),
    "an empty room": (("apikey", "add", "a", "--scope", "rooms:read", "--room", ""), USAGE, "--room"),
    "a line end in a room": (("apikey", "add", "a", "--scope", "rooms:read", "--room", "a\nb"), USAGE, "--room"),
    "too many rooms": (("apikey", "add", "a", "--scope", "rooms:read", *["--room", "x" * 90] * 12), USAGE, "1023"),
    "more rooms than there is place for": (
        ("apikey", "add", "a", "--scope", "rooms:read", *["--room", "x"] * 33), USAGE, "too many of this option"),
    "channels in rooms": (("apikey", "add", "a", "--scope", "channels:send", "--room", "a"), USAGE, "in no room"),
    "an admin in rooms": (("apikey", "add", "a", "--scope", "admin", "--room", "a"), USAGE, "rooms:moderate"),
    "no days": (("apikey", "add", "a", "--scope", "rooms:read", "--days", "0"), USAGE, "--days"),
    "no id": (("apikey", "remove", "a"), USAGE, "a number"),
    "nobody's id": (("apikey", "remove", "7"), DATA, "no such key"),
}


def test_what_is_wrong_is_said_in_a_sentence_and_changes_nothing(state):
    output_of(state, "migrate")
    for name, (arguments, status, words) in MISTAKES.items():
        result = manage(state, *arguments)
        assert (result.returncode, result.stdout) == (status, ""), (name, result)
        assert words in result.stderr and result.stderr.count("\n") == 1, (name, result.stderr)
    assert rows_of(state, "SELECT count(*) FROM api_key") == [(0,)]


def test_accounts_of_the_version_before_are_copied_and_get_keys(state):
    output_of(state, "migrate")
    for table in ("api_key", "audit", "room_change", "sanction", "room_role", "room"):
        rows_of(state, f"DROP TABLE {table}")
    rows_of(state, "PRAGMA user_version = 1")
    [made] = objects_of(state, "apikey", "add", "a", "--scope", "rooms:read")
    assert made["id"] == 1 and (state / "accounts.db.v1").exists()
