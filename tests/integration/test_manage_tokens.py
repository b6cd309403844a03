# SPDX-License-Identifier: MIT
"""Tickets of roomwire-manage and of PyJWT, each judged by the other."""

import re
import stat
import time

import jwt
import pytest
from manage import manage, objects_of

USAGE, DATA, CONFIG = 64, 65, 78


def key_of(state, name="ticket.key"):
    return (state / name).read_text().strip()


def ticket_of(state, *arguments):
    done = manage(state, "gentoken", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def judge(state, token):
    return manage(state, "checktoken", input=token + "\n")


def test_another_library_believes_our_ticket(tmp_path):
    now = int(time.time())
    token = ticket_of(tmp_path, "42", "--name", "张伟", "--room", "lobby", "--seconds", "100")
    claims = jwt.decode(token, key_of(tmp_path), algorithms=["HS256"], audience="roomwire")
    assert (claims["sub"], claims["name"], claims["room"]) == ("42", "张伟", "lobby")
    assert now <= claims["iat"] <= now + 5
    assert claims["exp"] - claims["iat"] == 100
    assert len(claims["jti"]) == 22
    assert claims["jti"] != jwt.decode(ticket_of(tmp_path, "42"), key_of(tmp_path), algorithms=["HS256"],
                                       audience="roomwire")["jti"]


def test_we_believe_its(tmp_path):
    ticket_of(tmp_path, "42")
    now = int(time.time())
    token = jwt.encode({"sub": "7", "aud": "roomwire", "iat": now, "exp": now + 60, "jti": "n"}, key_of(tmp_path))
    claims, = objects_of(tmp_path, "checktoken", input=token + "\n")
    assert list(claims) == ["subject", "name", "room", "expires"]
    assert (claims["subject"], claims["name"], claims["room"]) == ("7", "7", "")


def test_key_is_text_that_its_owner_alone_reads(tmp_path):
    ticket_of(tmp_path, "42")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}\n", (tmp_path / "ticket.key").read_text())
    assert stat.S_IMODE((tmp_path / "ticket.key").stat().st_mode) == 0o600
    (tmp_path / "ticket.key").chmod(0o644)
    done = manage(tmp_path, "gentoken", "42")
    assert (done.returncode, done.stdout) == (CONFIG, "")
    assert "open to others" in done.stderr


def test_last_key_is_good_until_the_next_change(tmp_path):
    token, key = ticket_of(tmp_path, "42"), key_of(tmp_path)
    for expected in 0, DATA:
        assert manage(tmp_path, "rotatekey").returncode == 0
        assert judge(tmp_path, token).returncode == expected
    assert key not in (key_of(tmp_path), key_of(tmp_path, "ticket.previous.key"))


@pytest.mark.parametrize(("token", "problem"), [
    ("", "not a signed JSON Web Token"),
    ("a.b.c", "not a signed JSON Web Token"),
    ("x" * 100000, "not a signed JSON Web Token"),
    (jwt.encode({"sub": "1"}, "k" * 32), "another key"),
    (jwt.encode({"sub": "1"}, None, algorithm="none"), "not signed with HS256"),
])
def test_bad_ticket_is_told_in_a_sentence(tmp_path, token, problem):
    ticket_of(tmp_path, "42")
    done = judge(tmp_path, token)
    assert (done.returncode, done.stdout) == (DATA, "")
    assert problem in done.stderr


def test_without_a_key_there_is_nothing_to_judge_by(tmp_path):
    done = judge(tmp_path, "a.b.c")
    assert (done.returncode, done.stdout) == (CONFIG, "")
    assert "no ticket.key" in done.stderr


@pytest.mark.parametrize("arguments", [
    ("42", "--seconds", "0"), ("42", "--seconds", "301"), ("42", "--seconds", "x"), ("42", "--name", "n" * 500),
    ("4" * 256,), ("",), (),
])
def test_wrong_use_prints_no_ticket(tmp_path, arguments):
    done = manage(tmp_path, "gentoken", *arguments)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr.startswith("roomwire-manage: ")


@pytest.mark.parametrize("arguments", [("a/b",), ("42", "--name", "a\nb"), ("42", "--room", "..")])
def test_claim_that_the_broker_would_refuse_is_not_signed(tmp_path, arguments):
    done = manage(tmp_path, "gentoken", *arguments)
    assert (done.returncode, done.stdout) == (DATA, "")
