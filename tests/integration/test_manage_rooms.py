# SPDX-License-Identifier: MIT
"""roomwire-manage room, role, ban, mute and audit, as admins and their scripts use them."""

import re

import pytest
from manage import add_account, manage, objects_of, output_of

USAGE, DATA, NO_USER, NO_PERMISSION = 64, 65, 67, 77
RULES = {"topic": "", "members_only": False, "locked": False, "hidden": False, "slow_seconds": 0}


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state"
    path.mkdir(mode=0o750)
    add_account(path, "Ann")
    add_account(path, "bob")
    return path


def rules_of(state, room):
    [row] = objects_of(state, "room", "show", room)
    assert row.pop("room") == room and re.match(r"\d{4}-", row.pop("created"))
    return row


def test_each_rule_is_set_and_taken_back(state):
    for words, rule, value in ((("topic", "lobby", "--text", "Tea & cake"), "topic", "Tea & cake"),
                               (("lock", "lobby"), "locked", True),
                               (("slow", "lobby", "--seconds", "30"), "slow_seconds", 30),
                               (("members-only", "lobby"), "members_only", True),
                               (("hide", "lobby"), "hidden", True)):
        output_of(state, "room", *words)
        assert rules_of(state, "lobby") == {**RULES, rule: value}
        off = ("--text", "") if rule == "topic" else ("--off",)
        output_of(state, "room", words[0], "lobby", *off)
        assert rules_of(state, "lobby") == RULES


def test_an_order_is_told_in_words_and_as_an_object(state):
    assert output_of(state, "room", "lock", "lobby") == '"lobby": is locked now\n'
    assert output_of(state, "room", "lock", "lobby", "--off") == '"lobby": is not locked any more\n'
    assert objects_of(state, "room", "lock", "lobby") == [{"action": "lock", "room": "lobby", "on": True}]
    assert objects_of(state, "room", "slow", "lobby", "--off") == [{"action": "slow", "room": "lobby", "seconds": 0}]
    assert objects_of(state, "role", "set", "ann", "--room", "lobby", "--role", "owner") == [
        {"action": "role", "room": "lobby", "user": "ann", "role": "owner"}]
    assert objects_of(state, "ban", "add", "bob", "--seconds", "60", "--reason", "noise") == [
        {"action": "ban", "room": "", "user": "bob", "seconds": 60, "text": "noise"}]
    assert objects_of(state, "ban", "remove", "--id", "1") == [{"action": "unban", "room": "", "id": 1}]


def test_rooms_are_listed_searched_and_paged(state):
    for room in ("lobby", "cafe\u0301", "attic"):
        output_of(state, "room", "topic", room, "--text", f"about {room}")

    def names(*options):
        return [row["room"] for row in objects_of(state, "room", "list", *options)]
    assert names() == ["attic", "caf\u00e9", "lobby"]
    assert names("--search", "CAF\u00c9") == ["caf\u00e9"] and names("--search", "about L") == ["lobby"]
    assert names("--limit", "1") == ["attic"] and names("--after", "attic", "--limit", "1") == ["caf\u00e9"]


def test_roles_are_given_listed_and_taken_away(state):
    output_of(state, "role", "set", "ann", "--room", "lobby", "--role", "owner")
    output_of(state, "role", "set", "bob", "--room", "lobby", "--role", "moderator")
    rows = objects_of(state, "role", "list", "lobby")
    assert [list(row) for row in rows] == [["room", "name", "role", "given", "id"]] * 2
    assert [(row["name"], row["role"]) for row in rows] == [("Ann", "owner"), ("bob", "moderator")]
    output_of(state, "role", "set", "bob", "--room", "lobby", "--role", "owner")
    assert [(row["name"], row["role"]) for row in objects_of(state, "role", "list")] == [
        ("Ann", "moderator"), ("bob", "owner")]
    output_of(state, "role", "remove", "ann", "--room", "lobby")
    assert [row["name"] for row in objects_of(state, "role", "list", "--search", "B")] == ["bob"]
    output_of(state, "user", "delete", "bob", "--yes")
    assert objects_of(state, "role", "list") == []


def test_bans_and_mutes_have_lists_of_their_own(state):
    output_of(state, "ban", "add", "bob", "--room", "lobby", "--reason", "noise")
    output_of(state, "mute", "add", "bob", "--room", "lobby", "--seconds", "60")
    output_of(state, "ban", "add", "--address", "192.0.2.7/24")
    bans = objects_of(state, "ban", "list")
    assert [(row["room"], row["of"], row["who"], row["until"], row["by"], row["reason"]) for row in bans] == [
        ("", "address", "192.0.2.0/24", None, "", ""), ("lobby", "user", "bob", None, "", "noise")]
    [mute] = objects_of(state, "mute", "list", "--limit", "1")
    assert mute["who"] == "bob" and mute["until"] > mute["created"]
    assert [row["id"] for row in objects_of(state, "ban", "list", "--before", str(bans[0]["id"]))] == [bans[1]["id"]]
    assert [row["who"] for row in objects_of(state, "ban", "list", "--room", "lobby")] == ["bob"]


@pytest.mark.parametrize("words", [("bob", "--room", "lobby"), ("--id", "1"), ("--id", "1", "--room", "lobby")])
def test_a_ban_is_lifted_by_name_or_by_its_id_wherever_it_is(state, words):
    output_of(state, "ban", "add", "bob", "--room", "lobby")
    output_of(state, "ban", "remove", *words)
    assert objects_of(state, "ban", "list") == []


def test_an_address_is_let_in_again(state):
    output_of(state, "ban", "add", "--address", "2001:db8::1/48")
    output_of(state, "ban", "remove", "--address", "2001:db8::/48")
    assert objects_of(state, "ban", "list") == []


def test_everything_that_was_done_is_in_the_log(state):
    output_of(state, "room", "topic", "lobby", "--text", "Tea")
    output_of(state, "mute", "add", "bob", "--room", "lobby", "--seconds", "60", "--reason", "noise")
    output_of(state, "user", "ban", "bob")
    rows = objects_of(state, "audit", "list")
    assert list(rows[0]) == ["id", "time", "via", "actor", "action", "room", "subject", "detail"]
    assert [(row["action"], row["room"], row["subject"], row["detail"]) for row in rows] == [
        ("user ban", "", "bob", ""), ("mute", "lobby", "bob", "60 s: noise"), ("topic", "lobby", "", "Tea"),
        ("user add", "", "bob", ""), ("user add", "", "Ann", "")]
    assert {(row["via"], row["actor"]) for row in rows} == {("shell", "")}
    assert [row["action"] for row in objects_of(state, "audit", "list", "--room", "lobby", "--limit", "1")] == ["mute"]
    assert [row["action"] for row in objects_of(state, "audit", "list", "--search", "TEA")] == ["topic"]


MISTAKES = {
    "no such room": (("room", "show", "nowhere"), DATA, "nobody owns this room"),
    "no name of a room": (("room", "lock", "a/b"), DATA, "slash"),
    "no topic": (("room", "topic", "lobby"), USAGE, "--text is missing"),
    "a topic of two lines": (("room", "topic", "lobby", "--text", "a\nb"), DATA, "out of its range"),
    "no pace": (("room", "slow", "lobby"), USAGE, "one of them"),
    "two paces": (("room", "slow", "lobby", "--seconds", "5", "--off"), USAGE, "one of them"),
    "too slow": (("room", "slow", "lobby", "--seconds", "3601"), USAGE, "3600"),
    "a role nowhere": (("role", "set", "ann", "--role", "owner"), USAGE, "--room is missing"),
    "no role": (("role", "set", "ann", "--room", "lobby"), USAGE, "--role is missing"),
    "no role that is given": (("role", "set", "ann", "--room", "lobby", "--role", "superuser"), USAGE, "none of"),
    "nobody's role": (("role", "set", "eve", "--room", "lobby", "--role", "member"), NO_USER, "nobody of that name"),
    "no role to take": (("role", "remove", "ann", "--room", "lobby"), NO_USER, "nobody of that name"),
    "nobody to ban": (("ban", "add"), USAGE, "whom?"),
    "nobody of that name": (("ban", "add", "eve\x1b[2J"), NO_USER, "nobody of that name"),
    "no address": (("ban", "add", "--address", "next door"), DATA, "missing"),
    "half the world": (("ban", "add", "--address", "0.0.0.0/0"), DATA, "missing"),
    "no ban to end": (("ban", "remove", "bob"), NO_USER, "nobody of that name"),
    "no ban of that id": (("ban", "remove", "--id", "7"), NO_USER, "nobody of that name"),
    "an id to ban": (("ban", "add", "--id", "7"), USAGE, "unknown option"),
    "no number of lines": (("audit", "list", "--limit", "0"), USAGE, "--limit"),
    "a superuser": (("ban", "add", "root"), NO_PERMISSION, "not below yours"),
}


def test_what_is_wrong_is_said_in_a_sentence_and_changes_nothing(state):
    output_of(state, "createsuperuser", "--username", "root", input="correct horse battery staple\n")
    before = objects_of(state, "audit", "list")
    for name, (arguments, status, words) in MISTAKES.items():
        result = manage(state, *arguments)
        assert (result.returncode, result.stdout) == (status, ""), (name, result)
        assert words in result.stderr and result.stderr.count("\n") == 1 and "\x1b" not in result.stderr, (
            name, result.stderr)
    assert objects_of(state, "audit", "list") == before
