# SPDX-License-Identifier: MIT
"""roomwire-manage as admins and their scripts use it: accounts, passwords, invites and sessions. What it says is held
against its manual page, and what it does against accounts.db."""

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import tempfile
import termios
import time
from pathlib import Path

import pytest
from manage import PASSWORD, Session, add_account, command_of, job_of, manage, objects_of, output_of
from stack import TOP, wait_for

MANUAL = (TOP / "fcgi/roomwire-manage.8").read_text()
COMMANDS = ("createsuperuser", "changepassword", "user list", "user add", "user delete", "user ban", "user unban",
            "user promote", "user demote", "invite", "invite create", "invite list", "invite delete", "apikey add",
            "apikey list", "apikey remove", "session list", "session purge", "room list", "room show", "room topic",
            "room lock", "room slow", "room members-only", "room hide", "role list", "role set", "role remove",
            "ban list", "ban add", "ban remove", "mute list", "mute add", "mute remove", "audit list", "permissions",
            "permissions verbs", "gentoken", "checktoken", "rotatekey", "migrate", "check")
USAGE, DATA, NO_INPUT, NO_USER, CANNOT_CREATE, TRY_AGAIN, NO_PERMISSION, CONFIG = 64, 65, 66, 67, 73, 75, 77, 78
ACCOUNT_KEYS = ["username", "name", "superuser", "banned", "joined", "last_login", "id"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
NOBODY = 65534


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state"
    path.mkdir(mode=0o750)
    return path


@pytest.fixture
def ann(state):
    """A state directory with one account."""
    add_account(state, "ann")
    return state


@contextlib.contextmanager
def database(state):
    with contextlib.closing(sqlite3.connect(state / "accounts.db")) as connection:
        yield connection
        connection.commit()


def rows_of(state, question, *values):
    with database(state) as connection:
        return connection.execute(question, values).fetchall()


def account_of(state, name):
    [account] = [account for account in objects_of(state, "user", "list") if account["username"] == name]
    return account


def password_of(state, name):
    [(password,)] = rows_of(state, "SELECT password FROM account WHERE username = ?", name)
    return password


def log_in(state, name, number, age_seconds=0, agent="Browser"):
    """A session as a login leaves it."""
    now = int((time.time() - age_seconds) * 1000)
    with database(state) as connection:
        connection.execute("INSERT INTO session (key_hash, account, created, seen, address, agent) "
                           "SELECT ?, id, ?, ?, '2001:db8::1', ? FROM account WHERE username = ?",
                           (number.to_bytes(32, "big"), now, now, agent, name))


def revocations_of(state):
    return rows_of(state, "SELECT kind, key FROM revocation ORDER BY id")


def complaint_of(result):
    """The one sentence of a command that did nothing."""
    assert result.stdout == "" and result.stderr.startswith("roomwire-manage: ")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("roomwire-manage: ").rstrip("\n")


# The command line.


def test_help_and_manual_name_every_command_and_its_options(state):
    whole = output_of(state, "--help")
    for command in COMMANDS:
        assert re.search(rf"^  {command}( [A-Z\[]|  )", whole, re.M), command
        options = re.findall(r"^  --([a-z-]+)", output_of(state, *command.split(), "--help"), re.M)
        assert {"json", "config", "set", "help"} <= set(options)
        for option in options:
            assert f"Fl -{option}" in MANUAL, option
        noun, _, verb = command.partition(" ")
        assert re.search(rf"Cm {noun}( |$)", MANUAL, re.M) and verb in MANUAL, command
    assert sorted(re.findall(r"^  ([a-z]+(?: [a-z-]+)?)  ", re.sub(r" [A-Z\[]\S+", lambda m: " " * len(m[0]), whole),
                             re.M)) == sorted(COMMANDS)
    assert list(state.iterdir()) == []


def test_help_of_a_noun_lists_its_commands(state):
    listed = output_of(state, "invite", "list", "--help") + output_of(state, "session", "--help")
    assert "session purge" in listed and "session list [NAME]" in listed and "user" not in listed


MISTAKES = {
    "nothing": ((), USAGE, "no command"),
    "an unknown command": (("frobnicate",), USAGE, "unknown command"),
    "half a command": (("user",), USAGE, "a second word is missing"),
    "an unknown second word": (("user", "frobnicate"), USAGE, "unknown command"),
    "a missing name": (("user", "ban"), USAGE, "NAME: this word is missing"),
    "a second name": (("user", "ban", "ann", "bob"), USAGE, "one word too many"),
    "an unknown option": (("user", "list", "--frobnicate"), USAGE, "unknown option"),
    "an option of another command": (("user", "list", "--yes"), USAGE, "unknown option"),
    "a password as an argument": (("user", "add", "bob", "--password", "hunter2hunter2"), USAGE, "everybody"),
    "a password behind an equals sign": (("user", "add", "bob", "--password=hunter2hunter2"), USAGE, "everybody"),
    "no user name and no terminal": (("createsuperuser",), USAGE, "--username is missing"),
    "no uses": (("invite", "--uses", "0"), USAGE, "--uses: a number from 1 to"),
    "words for uses": (("invite", "--uses", "many"), USAGE, "--uses: a number from 1 to"),
    "negative days": (("invite", "--days", "-1"), USAGE, "--days: a number from 1 to"),
    "too many days": (("invite", "--days", "3651"), USAGE, "3650"),
    "uses beyond all numbers": (("invite", "--uses", "9" * 30), USAGE, "--uses"),
    "a long note": (("invite", "--note", "x" * 128), USAGE, "at most 127 bytes"),
    "a note that is no text": (("invite", "--note", b"\xff"), USAGE, "UTF-8"),
    "all of one account": (("session", "purge", "--all", "--user", "ann"), USAGE, "one of them"),
    "deleting without being asked": (("user", "delete", "ann"), USAGE, "--yes"),
    "a key that does not exist": (("user", "list", "--set", "site.nmae=x"), CONFIG, 'did you mean "name"'),
    "a configuration that is not there": (("user", "list", "--config", "/nonexistent"), CONFIG, "/nonexistent"),
    "a taken name": (("user", "add", "ann"), CANNOT_CREATE, "taken"),
    "a taken name in capitals": (("user", "add", "ANN"), CANNOT_CREATE, "taken"),
    "a name that looks taken": (("user", "add", "\u0430nn"), CANNOT_CREATE, "looks like"),
    "an empty name": (("user", "add", " "), DATA, "name"),
    "a long name": (("user", "add", "x" * 33), DATA, "name"),
    "a slash": (("user", "add", "a/b"), DATA, "/"),
    "a control character": (("user", "add", "a\x1bb"), DATA, "character"),
    "bytes that are no text": (("user", "add", b"\xff"), DATA, "UTF-8"),
    "a guest's name": (("user", "add", "Guest-1234"), DATA, "guests"),
    "nobody's password": (("changepassword", "bob"), NO_USER, "no such account"),
    "banning nobody": (("user", "ban", "bob"), NO_USER, "no such account"),
    "deleting nobody": (("user", "delete", "bob", "--yes"), NO_USER, "no such account"),
    "a name that nobody can have": (("user", "ban", "a/b"), NO_USER, "no such account"),
    "nobody's sessions": (("session", "list", "bob"), NO_USER, "no such account"),
    "purging nobody": (("session", "purge", "--user", "bob"), NO_USER, "no such account"),
    "an unknown invite": (("invite", "delete", "0" * 16), DATA, "no such invite"),
    "a password file that is not there": (("changepassword", "ann", "--password-file", "/nonexistent"), NO_INPUT,
                                          "/nonexistent: No such file"),
}


def test_what_is_wrong_is_said_in_a_sentence_and_changes_nothing(ann):
    before = rows_of(ann, "SELECT * FROM account"), revocations_of(ann)
    for name, (arguments, status, words) in MISTAKES.items():
        result = manage(ann, *arguments, input=PASSWORD + "\n")
        assert result.returncode == status, (name, result)
        complaint = complaint_of(result)
        assert words in complaint and "hunter2" not in complaint, (name, complaint)
    assert (rows_of(ann, "SELECT * FROM account"), revocations_of(ann)) == before
    assert rows_of(ann, "SELECT count(*) FROM invite") == [(0,)]


WEAK = {"": NO_INPUT, "\n": DATA, "short\n": DATA, "ann\n": DATA, "password\n": DATA, "x" * 1025 + "\n": DATA}


@pytest.mark.parametrize("password", WEAK)
def test_a_password_that_may_not_be_one_is_refused(ann, password):
    before = password_of(ann, "ann")
    for command in (("changepassword", "ann"), ("user", "add", "bob")):
        result = manage(ann, *command, input=password)
        assert result.returncode == WEAK[password]
        complaint_of(result)
    assert password_of(ann, "ann") == before and len(objects_of(ann, "user", "list")) == 1


def test_check_config_needs_no_command(state, tmp_path):
    path = tmp_path / "roomwire.conf"
    path.write_text("[site]\nname = x\n")
    assert output_of(state, "--check-config", "--config", str(path)) == f"{path}: ok\n"
    assert re.fullmatch(r"roomwire-manage \d+\.\d+\.\d+\n", output_of(state, "--version"))


# Accounts.


def test_the_first_superuser_of_a_site_makes_its_state_directory(tmp_path):
    state = tmp_path / "new"
    said = manage(state, "createsuperuser", "--username", "Ann Lee", input=PASSWORD + "\n")
    assert said.returncode == 0 and said.stdout == "Ann Lee: has an account now, as a superuser\n"
    assert said.stderr.startswith(f"roomwire-manage: {state} was not there and is made")
    assert stat.S_IMODE(state.stat().st_mode) == 0o750
    assert stat.S_IMODE((state / "accounts.db").stat().st_mode) == 0o600
    account = account_of(state, "Ann Lee")
    assert list(account) == ACCOUNT_KEYS
    assert re.fullmatch(TIME, account.pop("joined"))
    assert rows_of(state, "SELECT lower(hex(id)) FROM account") == [(account.pop("id"),)]
    assert account == {"username": "Ann Lee", "name": "Ann Lee", "superuser": True, "banned": False,
                       "last_login": None}


def test_a_list_is_in_order_and_has_everybody(state):
    add_account(state, "m")
    with database(state) as connection:
        connection.executemany(
            "INSERT INTO account (id, username, username_key, display_name, password, is_superuser, is_active, joined) "
            "VALUES (?, ?, ?, ?, '', 0, 1, 0)",
            [(number.to_bytes(16, "big"), f"u{number:04}", f"u{number:04}", f"U {number}") for number in range(1100)])
    names = [account["username"] for account in objects_of(state, "user", "list")]
    assert names == ["m"] + [f"u{number:04}" for number in range(1100)]
    lines = output_of(state, "user", "list").splitlines()
    assert lines[1].split("\t")[:4] == ["u0000", "U 0", "-", "-"] and lines[1].split("\t")[5:] == ["never", f"{0:032x}"]


def test_names_are_normalized_and_found_in_any_form(state):
    [account] = objects_of(state, "user", "add", "  Zoe\u0308 ", input=PASSWORD + "\n")
    assert account["username"] == account["name"] == "Zo\u00eb"
    assert objects_of(state, "user", "promote", "ZOE\u0308") == [account_of(state, "Zo\u00eb")]
    assert output_of(state, "user", "delete", "--yes", "zo\u00eb") == "Zo\u00eb: is deleted; what it has said stays\n"
    assert output_of(state, "user", "list") == ""


def test_a_name_may_begin_with_a_dash(state):
    add_account(state, "--json")
    assert output_of(state, "user", "ban", "--", "--json") == "--json: is banned now, and has no session\n"


@pytest.mark.parametrize("json_options", [(), ("--json",)])
def test_rights_are_given_and_taken_once(ann, json_options):
    def change(verb):
        said = output_of(ann, "user", verb, "ann", *json_options)
        if json_options:
            assert json.loads(said) == account_of(ann, "ann")
        return said

    for verb, key, value in (("promote", "superuser", True), ("ban", "banned", True), ("demote", "superuser", False),
                             ("unban", "banned", False)):
        log_in(ann, "ann", 1)
        change(verb)
        assert account_of(ann, "ann")[key] is value
        assert rows_of(ann, "SELECT count(*) FROM session") == [(0,)]
        revoked = revocations_of(ann)
        assert revoked, verb
        again = change(verb)
        assert json_options or "already" in again or "is no" in again
        assert revocations_of(ann) == revoked


def test_a_changed_password_is_hashed_and_ends_every_session(ann):
    before = password_of(ann, "ann")
    log_in(ann, "ann", 1)
    assert output_of(ann, "changepassword", "ann", input="another password\n") == \
        "ann: has another password now, and no session\n"
    after = password_of(ann, "ann")
    assert after.startswith("$argon2id$v=19$m=8192,t=1,p=1$") and after != before
    assert rows_of(ann, "SELECT count(*) FROM session") == [(0,)]
    assert revocations_of(ann)


def test_deleting_an_account_frees_its_name_and_keeps_its_id_from_others(ann):
    [(old,)] = rows_of(ann, "SELECT id FROM account")
    log_in(ann, "ann", 1)
    [was] = objects_of(ann, "user", "delete", "ann", "--yes")
    assert was["username"] == "ann"
    assert rows_of(ann, "SELECT count(*) FROM session") == [(0,)] and revocations_of(ann)
    add_account(ann, "ann")
    assert rows_of(ann, "SELECT id FROM account") != [(old,)]


# Passwords and where they come from.


def test_the_first_line_of_a_file_is_the_password(ann, tmp_path):
    path = tmp_path / "password"
    hashes = set()
    for content in (PASSWORD, PASSWORD + "\n", PASSWORD + "\r\nsecond line\n"):
        path.write_text(content)
        output_of(ann, "changepassword", "ann", "--password-file", str(path))
        output_of(ann, "changepassword", "ann", "--password-file=-", input=content)
        hashes.add(password_of(ann, "ann"))
    assert len(hashes) == 3


def test_a_password_is_on_no_command_line_in_no_environment_and_in_no_file(ann, tmp_path):
    """It waits for its input with everything else done, and is looked at there."""
    process = subprocess.Popen(command_of(ann, "changepassword", "ann"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    proc = Path(f"/proc/{process.pid}")
    process.stdin.write("a secret of ")
    process.stdin.flush()
    wait_for(lambda: "accounts.db" in str([os.readlink(fd) for fd in (proc / "fd").iterdir()]), "it has the database")
    assert "secret" not in (proc / "cmdline").read_text() + (proc / "environ").read_text()
    assert (proc / "cmdline").read_text().split("\0")[-3:] == ["changepassword", "ann", ""]
    printed, errors = process.communicate("many words\n", timeout=20)
    assert (process.returncode, errors) == (0, "") and "secret" not in printed
    for path in ann.rglob("*"):
        assert not path.is_file() or b"a secret of many words" not in path.read_bytes(), path


# At a terminal.


def test_a_password_is_typed_twice_and_never_shown(state):
    with Session(command_of(state, "createsuperuser")) as session:
        session.wait_for_text("User name: ")
        session.type("ann\n")
        shown = session.wait_for_text("Password: ")
        session.type(PASSWORD + "\n")
        shown += session.wait_for_text("The same again: ")
        session.type(PASSWORD + "\n")
        shown += session.wait_for_text("ann: has an account now, as a superuser")
        assert session.finish() == 0
        assert "horse" not in shown
    assert account_of(state, "ann")["superuser"]


def test_two_different_passwords_make_no_account(state):
    with Session(command_of(state, "user", "add", "ann")) as session:
        session.wait_for_text("Password: ")
        session.type(PASSWORD + "\n")
        session.wait_for_text("The same again: ")
        session.type(PASSWORD + "!\n")
        session.wait_for_text("two different passwords")
        assert session.finish() == DATA
    assert output_of(state, "user", "list") == ""


def test_the_end_of_the_input_is_no_password(state):
    with Session(command_of(state, "user", "add", "ann")) as session:
        session.wait_for_text("Password: ")
        session.type("\x04")
        session.wait_for_text("no password was given")
        assert session.finish() == NO_INPUT


def is_shown(session):
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(session.terminal)[3] & termios.ECHO)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_it_with_the_terminal_as_it_was(state, number):
    with Session(command_of(state, "user", "add", "ann")) as session:
        assert is_shown(session)
        session.wait_for_text("Password: ")
        assert not is_shown(session)
        session.type("half a pass")
        os.kill(session.pid, number)
        assert session.finish() == -number
        assert is_shown(session)
    assert output_of(state, "user", "list") == ""


def test_control_c_ends_it_with_the_terminal_as_it_was(state):
    with Session(command_of(state, "user", "add", "ann")) as session:
        session.wait_for_text("Password: ")
        session.type("half a pass\x03")
        assert session.finish() == -signal.SIGINT
        assert is_shown(session)


def test_a_stop_gives_the_terminal_back_and_asks_again(state):
    with Session(job_of(command_of(state, "user", "add", "ann"))) as session:
        session.wait_for_text("Password: ")
        assert not is_shown(session)
        session.type("\x1a")
        session.wait_for_text("the job is stopped")
        assert is_shown(session)
        session.type("\n")
        for question in ("Password: ", "The same again: "):
            session.wait_for_text(question)
            assert not is_shown(session)
            session.type(PASSWORD + "\n")
        session.wait_for_text("has an account now")
        assert session.finish() == 0


@pytest.mark.parametrize("answer, status, left", [("yes", 0, 0), ("y", USAGE, 1), ("", USAGE, 1), ("\x04", USAGE, 1)])
def test_deleting_asks_whoever_sits_there(ann, answer, status, left):
    with Session(command_of(ann, "user", "delete", "ann")) as session:
        session.wait_for_text("Type yes to delete it: ")
        session.type(answer + "\n")
        assert session.finish() == status
    assert len(objects_of(ann, "user", "list")) == left


# Invites.


def test_an_invite_is_a_link_of_which_only_the_hash_is_kept(state):
    before = time.time()
    link = output_of(state, "invite", "--uses", "25", "--days", "2", "--note", 'class "8b"').rstrip("\n")
    match = re.fullmatch(r"http://localhost/accounts/register/\?invite=([A-Za-z0-9_-]{43})", link)
    token = base64.urlsafe_b64decode(match[1] + "=")
    [(token_hash, created, expires, uses, note)] = rows_of(
        state, "SELECT token_hash, created, expires, uses_left, note FROM invite")
    assert token_hash == hashlib.sha256(token).digest()
    assert before * 1000 - 1 <= created <= time.time() * 1000
    assert (expires - created, uses, note) == (2 * 86400 * 1000, 25, 'class "8b"')


def test_an_invite_is_shown_listed_and_deleted_under_one_id(state):
    [made] = objects_of(state, "invite", "create", "--note", "bob\x1b[2J", "--set", "site.base_url=https://chat.example.org")
    assert list(made) == ["id", "link", "uses", "expires", "created", "note"]
    assert made["link"].startswith("https://chat.example.org/accounts/register/?invite=") and made["uses"] == 1
    [listed] = objects_of(state, "invite", "list")
    assert listed == {"id": made["id"], "usable": True, "uses": 1, "expires": made["expires"],
                      "created": made["created"], "note": "bob\x1b[2J"}
    text = output_of(state, "invite", "list")
    assert text.split("\t")[:3] == [made["id"], "usable", "1"] and "\x1b" not in text
    assert output_of(state, "invite", "delete", made["id"]) == f"{made['id']}: is deleted\n"
    assert output_of(state, "invite", "list") == ""


def test_an_invite_that_nobody_can_use_says_so(state):
    result = manage(state, "invite", "--set", "site.registration=closed")
    assert result.returncode == 0 and "registration is closed" in result.stderr and "invite=" in result.stdout


def test_an_invite_that_is_over_is_not_usable(state):
    for _ in range(2):
        output_of(state, "invite")
    with database(state) as connection:
        [first, second] = [row[0] for row in connection.execute("SELECT token_hash FROM invite")]
        connection.execute("UPDATE invite SET expires = 1 WHERE token_hash = ?", (first,))
        connection.execute("UPDATE invite SET uses_left = 0 WHERE token_hash = ?", (second,))
    assert [invite["usable"] for invite in objects_of(state, "invite", "list")] == [False, False]


# Sessions.


def test_sessions_are_listed_newest_first_and_cannot_harm_a_terminal(ann):
    add_account(ann, "bob")
    log_in(ann, "ann", 1, age_seconds=100)
    log_in(ann, "bob", 2, age_seconds=50, agent="\x1b[2Jevil\t\u202e")
    log_in(ann, "ann", 3)
    everybody = objects_of(ann, "session", "list")
    assert [session["username"] for session in everybody] == ["ann", "bob", "ann"]
    assert list(everybody[0]) == ["username", "created", "seen", "address", "agent"]
    assert everybody[1]["agent"] == "\x1b[2Jevil\t\u202e" and everybody[1]["address"] == "2001:db8::1"
    assert [session["username"] for session in objects_of(ann, "session", "list", "ANN")] == ["ann", "ann"]
    text = output_of(ann, "session", "list")
    assert "\x1b" not in text and "\u202e" not in text and [line.count("\t") for line in text.splitlines()] == [4] * 3


def test_purging_ends_those_that_are_over_or_of_one_account_or_all(ann):
    add_account(ann, "bob")
    hour = 3600
    for number, (name, age) in enumerate((("ann", 0), ("ann", 3 * hour), ("bob", 2 * hour), ("bob", 30 * hour))):
        log_in(ann, name, number + 1, age_seconds=age)
    assert output_of(ann, "session", "purge") == "0\n"
    limits = ("--set", "sessions.lifetime_minutes=1440", "--set", "sessions.idle_minutes=0")
    assert objects_of(ann, "session", "purge", *limits) == [{"purged": 1}]
    assert objects_of(ann, "session", "purge", "--set", "sessions.idle_minutes=150") == [{"purged": 1}]
    log_in(ann, "ann", 9)
    assert output_of(ann, "session", "purge", "--user", "Ann") == "2\n"
    assert [session["username"] for session in objects_of(ann, "session", "list")] == ["bob"]
    assert output_of(ann, "session", "purge", "--all") == "1\n"
    assert output_of(ann, "session", "list") == ""
    keys = {key for _, key in revocations_of(ann)}
    assert {number.to_bytes(32, "big") for number in (1, 2, 3, 4, 9)} <= keys


# Beside others.


def test_of_two_runs_at_once_one_has_the_name(tmp_path):
    """Also where neither the directory nor the database was there."""
    state = tmp_path / "new"
    runs = [subprocess.Popen(command_of(state, "user", "add", "ann"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for run in runs:
        run.stdin.write(PASSWORD + "\n")
        run.stdin.close()
    errors = [run.stderr.read() for run in runs]
    for run in runs:
        run.stdout.read()
        run.stdout.close()
        run.stderr.close()
    assert sorted(run.wait(20) for run in runs) == [0, CANNOT_CREATE, CANNOT_CREATE, CANNOT_CREATE], errors
    assert len(objects_of(state, "user", "list")) == 1


def test_a_database_that_is_held_is_tried_again_later(ann):
    with database(ann) as connection:
        connection.execute("BEGIN IMMEDIATE")
        result = manage(ann, "user", "ban", "ann")
        assert result.returncode == TRY_AGAIN and "holds the database" in complaint_of(result)
    assert not account_of(ann, "ann")["banned"]


def test_output_that_cannot_be_written_is_no_success(ann):
    with open("/dev/full", "wb") as full:
        result = subprocess.run(command_of(ann, "user", "list"), stdout=full, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, check=False)
    assert result.returncode == 74 and "stdout cannot be written" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_becomes_the_owner_of_the_state_directory(tmp_path):
    """What is made is the owner's, and a file that only root may read is still read."""
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        os.chown(state, NOBODY, NOBODY)
        state = Path(state)
        output_of(state, "user", "add", "ann", "--password-file", str(path))
        assert {entry.stat().st_uid for entry in state.iterdir()} == {NOBODY}
        assert manage(state, "check").returncode == 0
        (state / "accounts.db").chmod(0o400)
        result = manage(state, "user", "ban", "ann")
        assert result.returncode == NO_PERMISSION and "cannot be written" in complaint_of(result)
