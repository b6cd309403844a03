# SPDX-License-Identifier: MIT
"""What the admin's pages do, and the table that says where else it can be done: both walked."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGES = ROOT / "fcgi/views/admin"
MANAGE = pathlib.Path(os.environ["ROOMWIRE_BUILD"]) / "bin/roomwire-manage"
ROW = re.compile(r"^\| (\w+) \| (\w+) \| (.+?) \| (.+?) \| (.+?) \|$", flags=re.M)
ACTIONS = re.compile(r"static const struct admin_action actions\[\] = \{(.*?)\n\};", flags=re.S)
NONE = "–"
# A page's path to the sources of its list, where they are not called alike.
SOURCES = {"sessions": "user_sessions"}

ROWS = ROW.findall((PAGES / "README.md").read_text(encoding="utf-8"))[1:]  # without the titles


def lists():
    """(path, the text of its source) of each list."""
    names = re.findall(r'\{ "(\w+)", MESSAGE\("[^"]+"\), &admin_', (PAGES / "sections.c").read_text())
    assert len(names) > 5
    return [(name, (PAGES / f"{SOURCES.get(name, name)}.c").read_text()) for name in names]


def actions():
    """(path, word) of all that can be done to what is selected, or added."""
    for name, source in lists():
        for table in ACTIONS.findall(source):
            yield from ((name, word) for word in re.findall(r'^\t\{ "(\w+)",', table, flags=re.M))
        if ".make = make" in source:
            yield name, "add"


def test_each_action_of_the_pages_has_a_row_and_no_row_is_left_over():
    done = set(actions())
    rows = {(page, action) for page, action, *_ in ROWS if action not in ("see", "role", "people")}

    assert done and rows == done
    assert {page for page, action, *_ in ROWS if action == "see"} >= {name for name, _ in lists()}


def test_no_row_is_there_twice():
    keys = [(page, action) for page, action, *_ in ROWS]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("command", sorted({row[2] for row in ROWS} - {NONE}))
def test_roomwire_manage_has_the_command(command):
    result = subprocess.run([str(MANAGE), *command.split(), "--help"], capture_output=True, text=True, timeout=60)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: roomwire-manage {command}")


def test_roomctl_has_the_commands():
    usage = subprocess.run([str(ROOT / "scripts/roomctl"), "--help"], capture_output=True, text=True, timeout=60).stdout
    commands = set(re.findall(r"(?:^  |, )([a-z-]+)(?= [A-Z[]|  |,|$)", usage, flags=re.M))

    assert {row[3] for row in ROWS} - {NONE} <= commands


def test_http_has_the_paths():
    table = re.findall(r'\{ METHOD_(GET|POST), "([^"]+)"', (ROOT / "fcgi/urls.c").read_text())

    patterns = [re.compile(f"{method} {re.sub(':[a-z]+', '(:?[a-z]+)', path)}") for method, path in table]

    assert all(any(pattern.fullmatch(row[4]) for pattern in patterns) for row in ROWS)


def test_http_has_all_of_it():
    assert NONE not in {row[4] for row in ROWS}
