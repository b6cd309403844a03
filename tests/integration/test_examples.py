# SPDX-License-Identifier: MIT
"""The files of scripts/examples, each run as it is, on texts that nobody would like."""

import contextlib
import json
import os
import signal
import subprocess

import pytest
from roomctl import environment_of
from stack import DEADLINE_SECONDS, TOP, Broker, wait_for

EXAMPLES = TOP / "scripts/examples"
HOSTILE = ["$(touch /tmp/x) `id` ${HOME} * ; | & > <", "say \"hi\" and 'bye'", "\\ \\\\ %s %n", "-", "é 房间 😀"]


@pytest.fixture(scope="module")
def broker():
    with Broker("history.durability=process") as running:
        yield running


def environment(broker, **more):
    return environment_of(broker.state, PATH=f"{TOP}/scripts:{EXAMPLES}:{os.environ['PATH']}", **more)


@contextlib.contextmanager
def running(broker, *command):
    process = subprocess.Popen(command, env=environment(broker), stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # as a terminal and a supervisor end a script
        process.wait(DEADLINE_SECONDS)


def run(broker, *command, text="", **more):
    return subprocess.run(command, env=environment(broker, **more), input=text.encode(), capture_output=True,
                          timeout=DEADLINE_SECONDS, check=False)


def say(broker, room, *texts, user="ann"):
    for text in texts:
        event = {"type": "chat.message", "user": user, "message": text}
        assert broker.control(op="group_send", room=room, event=event)["ok"]


def said(broker, room, user):
    messages = broker.control(op="history", room=room, after=0, limit=500)["messages"]
    return [message["message"] for message in messages if message["user"] == user]


def test_the_bot_answers_who_asks(broker):
    with running(broker, "roomctl", "serve", "--since", "0", "--text", "bots", "--", "bot"):
        say(broker, "bots", *HOSTILE, "!hello", "!date", "!nothing", "!help", user="$(id) *")
        wait_for(lambda: len(said(broker, "bots", "bot")) == 3, "it has answered")
        hello, date, text = said(broker, "bots", "bot")
        assert hello == "Hello, $(id) *!" and date.endswith(" UTC") and text.startswith("!date")
    with open(EXAMPLES / "bot", encoding="utf-8") as file:
        assert len(file.readlines()) <= 20


def test_the_counter_tells_of_each_hundred_once(broker):
    for value in ("0", "99", "100", "142", "199", "205"):
        done = run(broker, "counter", "counted", "visits", "echo", value)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert said(broker, "counted", "counter") == ["visits: more than 100", "visits: more than 200"]
    assert run(broker, "counter", "counted", "visits", "false").returncode != 0


def test_the_counter_counts_nothing_too(broker):
    assert run(broker, "counter", "counted", "none", "grep", "-c", "no such line", "/dev/null").returncode == 0


def test_the_bridge_leads_both_ways_and_not_back(broker):
    def has_crossed(text, room):
        say(broker, "east" if room == "west" else "west", text)
        return any(text in line for line in said(broker, room, "bridge"))
    with running(broker, "bridge", "east", "west"):
        wait_for(lambda: has_crossed("probe", "west"), "it leads west")
        wait_for(lambda: has_crossed("probe", "east"), "it leads east")
        say(broker, "east", *HOSTILE, user="ann")
        say(broker, "west", "back", user="bea")
        wait_for(lambda: f"ann: {HOSTILE[-1]}" in said(broker, "west", "bridge"), "all is there")
        wait_for(lambda: "bea: back" in said(broker, "east", "bridge"), "all is here")
        assert [line for line in said(broker, "west", "bridge") if "probe" not in line] == [f"ann: {t}" for t in HOSTILE]
        assert [line for line in said(broker, "east", "bridge") if "probe" not in line] == ["bea: back"]


def post(broker, text, **more):
    given = {"REQUEST_METHOD": "POST", "WEBHOOK_TOKEN": "secret", "HTTP_AUTHORIZATION": "Bearer secret",
             "WEBHOOK_ROOM": "hooks", "CONTENT_LENGTH": str(len(text.encode()))}
    answer = run(broker, "webhook", text=text, **{**given, **more}).stdout.decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert body.count("\n") == 1
    return int(head.split()[1])


def test_the_webhook_says_what_comes_in_once(broker):
    for text in HOSTILE:
        assert post(broker, text) == 200
    for _ in range(3):
        assert post(broker, "build 42", HTTP_IDEMPOTENCY_KEY="build-42 $(id)") == 200
    assert said(broker, "hooks", "webhook") == [*HOSTILE, "build 42"]


@pytest.mark.parametrize("more, status", [
    ({"REQUEST_METHOD": "GET"}, 405), ({"HTTP_AUTHORIZATION": "Bearer other"}, 403), ({"HTTP_AUTHORIZATION": ""}, 403),
    ({"CONTENT_LENGTH": "16001"}, 413), ({"WEBHOOK_ROOM": "a/b"}, 400), ({"ROOMWIRE_STATE": "/nonexistent"}, 503)])
def test_the_webhook_refuses(broker, more, status):
    assert post(broker, "refused", **more) == status
    assert "refused" not in said(broker, "hooks", "webhook")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_question_in_a_mailbox_is_answered(broker, text):
    with running(broker, "mailbox", "answer", "shouting", "tr", "a-z", "A-Z"):
        done = run(broker, "mailbox", "ask", "shouting", text)
        upper = "".join(c.upper() if c.isascii() else c for c in text)
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, upper + "\n", b"")


def test_the_mailbox_does_nothing_else(broker):
    assert run(broker, "mailbox", "echo", "x").returncode == 2


def test_every_script_is_a_program_in_few_lines():
    for path in (path for path in EXAMPLES.iterdir() if path.is_file() and not path.suffix):
        assert os.access(path, os.X_OK) and len(path.read_text().splitlines()) <= 35, path


def test_json_of_the_http_variant_is_right(tmp_path):
    """With a curl that shows what it was given."""
    (tmp_path / "curl").write_text('#!/bin/sh\nfor last; do printf "%s\\n" "$last"; done\n')
    (tmp_path / "curl").chmod(0o755)
    for text in HOSTILE:
        done = subprocess.run([EXAMPLES / "webhook-http", "https://chat.example.org", "lobby", "build-42"], text=True,
                              env={"PATH": f"{tmp_path}:/usr/bin:/bin", "KEY": "rw_1_x"}, input=text + "\n",
                              capture_output=True, timeout=DEADLINE_SECONDS, check=True)
        *options, body, url = done.stdout.splitlines()
        body = done.stdout[done.stdout.index("{"):done.stdout.rindex("}") + 1]
        assert json.loads(body) == {"user": "webhook", "message": text}
        assert url == "https://chat.example.org/api/rooms/lobby/messages" and "Idempotency-Key: build-42" in options
