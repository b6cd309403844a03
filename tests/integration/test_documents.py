# SPDX-License-Identifier: MIT
"""Every example of README.md, of the manuals and of --help is run as it is written, against a site that is up; where
its output is shown, it prints that."""

import contextlib
import itertools
import json
import os
import re
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import documents
import pytest
from account_site import Browser
from manage import PASSWORD, Session, output_of
from raw_websocket import RawWebSocket
from roomctl import output_of as roomctl_output
from stack import BUILD, TOP, WRAPPER, Site, wait_for

README = TOP / "README.md"
CONFIGURATION = TOP / "scripts/roomwire.conf.5"
MANUALS = [TOP / "scripts/roomctl.1", TOP / "fcgi/roomwire-manage.8"]
# What a reader may type only on a host of his own, by what it begins with.
NOT_RUN = {
    "scripts/run ": "is what all others are run against",
    "scripts/test ": "is what runs this",
    "scripts/deps ": "installs packages",
    "cmake ": "installs the programs",
    "systemd-sysusers ": "adds users",
    "systemctl ": "starts services",
    "install ": "writes into /etc",
    "editor ": "is for people",
    "apt-get ": "installs packages",
    "cp ": "writes into /etc",
    "ln ": "writes into /etc",
    "nginx ": "reloads the host's",
    "lighttpd ": "restarts the host's",
    "scripts/examples/django/run ": "is run by tests/browser/django.test.mjs",
}
FOLLOWS = re.compile(r"^(roomctl tail |nngcat --sub |curl -N )")
SERVES = re.compile(r"^roomctl serve .*--user (\w+)")
GIVEN = {"changepassword": PASSWORD + "\n"}
ASKS_AT_A_TERMINAL = "roomwire-manage createsuperuser"
TALK_SECONDS = 0.1
MESSAGES = 42  # of the lobby when it begins; an example deletes the last of them


def is_not_run(text):
    return any(text.startswith(begin) for begin in NOT_RUN)


def examples():
    found = documents.examples_of_markdown(README)
    for manual in MANUALS:
        found += documents.examples_of_manual(manual)
    return found + documents.examples_of_help(roomctl_output(None, "--help"))


EXAMPLES = examples()
RUN = [example for example in EXAMPLES if not all(is_not_run(command.text) for command in example.commands)]


def link(place, name, target):
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def furnish(place, site):
    """A folder in which the programs, the scripts and the state lie where a reader has them."""
    for program in ("roomwire-broker", "roomwire-manage", "roomwire-serve"):
        link(place, f"bin/{program}", BUILD / "bin" / program)
    link(place, "bin/roomctl", TOP / "scripts/roomctl")
    link(place, "build/release", BUILD)
    link(place, "scripts", TOP / "scripts")
    link(place, "state", site.state)
    link(place, "run", site.state / "run")
    (place / ".curlrc").write_text("".join(
        f'connect-to = "{host}::127.0.0.1:{site.port}"\n' for host in ("localhost", "chat.example.org")))
    for name, text in STAND_INS.items():
        (place / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / "bin" / name).chmod(0o755)


# Programs of the reader's own.
STAND_INS = {"pass": f"echo '{PASSWORD}'"}


@contextlib.contextmanager
def talk(site):
    """Somebody says something in the lobby that programs answer, as nothing tells when a follower follows."""
    has_ended = threading.Event()

    def speak():
        while not has_ended.wait(TALK_SECONDS):
            for text in ("ping", "!hello"):
                site.control(op="group_send", room="lobby", event={"type": "chat.message", "message": text})
    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        yield
    finally:
        has_ended.set()
        speaker.join()


@pytest.fixture(scope="module")
def site():
    with Site("--set", "site.allowed_hosts=localhost 127.0.0.1 chat.example.org") as running:
        for _ in range(MESSAGES):
            running.control(op="group_send", room="lobby", event={"type": "chat.message", "message": "welcome"})
        Browser(running.port).register("ann", PASSWORD)
        with talk(running):
            yield running


@pytest.fixture
def place(tmp_path, site):
    """A folder of the example's own, while ann is in the lobby."""
    furnish(tmp_path, site)
    ann = Browser(site.port)
    ann.log_in("ann", PASSWORD)
    with RawWebSocket(site.port, "/ws/chat/lobby/", f"Cookie: {ann.cookie_header()}"):
        yield tmp_path


def environment_of(place):
    return {**os.environ, "PATH": f"{place}/bin:{os.environ['PATH']}", "HOME": str(place), "LC_ALL": "C.UTF-8"}


def answer_at_a_terminal(place, text, numbers=itertools.count()):
    settings = [f"{key}={value}" for key, value in environment_of(place).items()]
    with Session(["/usr/bin/env", "-C", str(place), *settings, "/bin/sh", "-c", text]) as terminal:
        for question, answer in (("name: ", f"root{next(numbers)}"), ("Password: ", PASSWORD), ("again: ", PASSWORD)):
            terminal.wait_for_text(question)
            terminal.type(answer + "\n")
        assert terminal.finish() == 0, terminal.shown


def given_to(text):
    return next((lines for word, lines in GIVEN.items() if f" {word}" in text), "")


def endings(site):
    """From now on: who follows has heard something, who serves has said something."""
    since = site.control(op="history", room="lobby", limit=1)["messages"][0]["seq"]

    def ended_by(text):
        if served := SERVES.match(text):
            return f"roomctl history --since {since} lobby | grep ' {served[1]}: ' | grep -v 'has ended'"
        return documents.HAS_PRINTED if FOLLOWS.match(text) else None
    return ended_by


def pattern_of(lines):
    """What is shown, with "…" for what differs from site to site."""
    return ".*".join(re.escape(part) for part in "\n".join(lines).split("…"))


def check(done):
    assert done.status == 0, f"{done.command.text}\n{done.output}{done.errors}"
    assert "Sanitizer" not in done.errors, done.errors
    if done.command.output:
        assert re.fullmatch(pattern_of(done.command.output) + r"\n?", done.output, re.S), done.output


@pytest.mark.parametrize("example", RUN, ids=lambda example: f"{example.where}: {example.commands[0].text[:40]}")
def test_an_example_does_what_it_says(site, place, example):
    asked = [one for one in example.commands if one.text.startswith(ASKS_AT_A_TERMINAL)]
    run = [one for one in example.commands if one not in asked and not is_not_run(one.text)]
    for command in asked:
        answer_at_a_terminal(place, command.text)
    example = documents.Example(example.where, run)
    for done in documents.run_example(example, place, environment_of(place), given_to, endings(site)):
        check(done)


@pytest.mark.parametrize("begin", NOT_RUN)
def test_what_is_not_run_is_written(begin):
    assert any(command.text.startswith(begin) for example in EXAMPLES for command in example.commands)


def configurations():
    found = [lines for lines in documents.literal_blocks(CONFIGURATION) if lines[0][0] == "["]
    return found + [lines for _, _, lines in documents.blocks_of_markdown(README, ["ini"])]


@pytest.mark.parametrize("lines", configurations())
def test_an_example_of_the_configuration_is_taken(tmp_path, lines):
    path = tmp_path / "roomwire.conf"
    path.write_text("\n".join(lines) + "\n")
    done = subprocess.run([*WRAPPER, str(BUILD / "bin/roomwire-broker"), "--check-config", "--config", str(path)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_example_of_a_ticket_lets_a_user_of_another_site_in(site):
    [block] = [lines for heading, _, lines in documents.blocks_of_markdown(README, ["python"])
               if heading == "Users of your own site"]
    assert "{" in output_of(site.state, "gentoken", "42", "--json"), "there is a key now"
    back_end = {"open": lambda path: open(site.state / Path(path).name, encoding="ascii")}
    exec("\n".join(block), back_end)  # pylint: disable=exec-used

    def name():
        token = back_end["ticket"](SimpleNamespace(pk=42, username="Kim"))
        offer = f"Sec-WebSocket-Protocol: roomwire.v1, ticket.{token}"
        with RawWebSocket(site.port, "/ws/chat/lobby/", offer) as kim:
            heard = kim.heard()  # after a start the broker takes none for two seconds
            return isinstance(heard, tuple) and json.loads(heard[1])["user"]
    assert wait_for(name, "the ticket is taken") == "Kim"


def test_the_example_for_prometheus_is_taken(tmp_path):
    [block] = [lines for _, _, lines in documents.blocks_of_markdown(README, ["yaml"])]
    (tmp_path / "prometheus.yml").write_text("\n".join(block) + "\n")
    subprocess.run(["promtool", "check", "config", str(tmp_path / "prometheus.yml")], check=True,
                   stdout=subprocess.DEVNULL)


def test_the_readers_mistake_is_told_as_it_is_shown(tmp_path):
    [shown] = re.findall(r"^    (roomwire-broker: roomwire.conf:2: .*)$", README.read_text(), re.M)
    (tmp_path / "roomwire.conf").write_text("[limits]\nconections = 5\n")
    done = subprocess.run([*WRAPPER, str(BUILD / "bin/roomwire-broker"), "--check-config", "--config", "roomwire.conf"],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown in done.stderr
