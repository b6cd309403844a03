# SPDX-License-Identifier: MIT
"""The table of roles, actions and states: roomwire-moderation(7) has it as the programs do."""

import re

from manage import objects_of, output_of
from stack import TOP

MANUAL = (TOP / "fcgi/roomwire-moderation.7").read_text()
STATES = ["open", "members_only", "locked", "slow", "hidden"]
ROLES = ["guest", "user", "member", "moderator", "owner", "superuser"]


def tables_of(manual):
    """The rows of each of its column lists, the heads included."""
    lists = re.findall(r"^\.Bl -column .*?\n(.*?)^\.El$", manual, re.M | re.S)
    return [[re.split(r" Ta ", row.removeprefix(".It ").replace("Sy ", "")) for row in rows.splitlines()]
            for rows in lists]


def words_of(section):
    """The words that a list of the section explains."""
    text = re.search(rf"^\.Ss {section}\n(.*?)^\.Ss ", MANUAL, re.M | re.S)[1]
    return re.findall(r"^\.It Cm (\w+)$", text, re.M)


def test_the_manual_has_every_cell(tmp_path):
    [head, *rows] = tables_of(MANUAL)[0]
    assert head == ["action", *STATES]
    assert [dict(zip(head, row, strict=True)) for row in rows] == objects_of(tmp_path, "permissions")


def test_the_manual_has_every_verb(tmp_path):
    [head, *rows] = tables_of(MANUAL)[1]
    verbs = [{"verb": verb, "action": action, "person": person == "person", "value": None if value == "-" else value}
             for verb, action, person, value in rows]
    assert head == ["verb", "action", "person", "value"] and verbs == objects_of(tmp_path, "permissions", "verbs")


def test_the_manual_explains_every_role_and_state(tmp_path):
    assert words_of("Roles") == ROLES and words_of("States") == STATES
    cells = {role for row in objects_of(tmp_path, "permissions") for role in list(row.values())[1:]}
    assert cells <= set(ROLES)


def test_for_people_the_table_has_the_same_columns(tmp_path):
    rows = [line.split("\t") for line in output_of(tmp_path, "permissions").splitlines()]
    assert rows == [list(row.values()) for row in objects_of(tmp_path, "permissions")]
    assert list(tmp_path.iterdir()) == []
