# SPDX-License-Identifier: MIT
"""roomctl serve: a program in a room, whatever becomes of it, of the broker and of roomctl."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from roomctl import REFUSED, ROOMCTL, UNAVAILABLE, USAGE, awk, environment_of, is_any_alive, roomctl, with_both_awks
from stack import BUILD, DEADLINE_SECONDS, Broker, wait_for

ECHO_SH = 'while IFS= read -r line; do printf "%s\\n" "$line"; done'
LAST_WORDS = "trap 'echo bye; exit' TERM; echo hello; while read -r x; do :; done; echo bye"
HOSTILE = ["$(touch /tmp/x) `id` ${HOME} * ; | & > <", "say \"hi\" and 'bye'", "\\ \\n \\u0041 %s %n", "& \\& /x/ \"; #",
           "{\"op\": \"flush\"}", "é 房间 😀", "  two  spaces  ", "--json", "-"]


@pytest.fixture(scope="module")
def broker():
    with Broker("history.durability=process") as running:
        yield running


@pytest.fixture
def room(request):
    return f"r{abs(hash(request.node.name)) % 10**12}"


def say(broker, room, *texts, user="ann"):
    for text in texts:
        event = {"type": "chat.message", "user": user, "message": text}
        assert broker.control(op="group_send", room=room, event=event)["ok"]


def said(broker, room, user=None):
    """(user, text) of everything in the room, or the texts of one."""
    messages, more = [], True
    while more:
        after = messages[-1]["seq"] if messages else 0
        answer = broker.control(op="history", room=room, after=after, limit=500)
        messages += answer["messages"]
        more = answer["more"]
    return [(m["user"], m["message"]) if user is None else m["message"] for m in messages if user in (None, m["user"])]


def descendants(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(child)]
    return found


class Serve:
    """A running "roomctl serve", told of everything from the room's beginning."""

    def __init__(self, broker, room, *arguments, user="bot", since="0"):
        self.broker, self.room, self.user = broker, room, user
        options = ["--user", user] + (["--since", since] if since else [])
        self.process = subprocess.Popen(
            [str(ROOMCTL), "serve", *options, room, *arguments], env=environment_of(broker.state),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def said(self):
        assert self.process.poll() is None, self.process.communicate()
        return said(self.broker, self.room, self.user)

    def wait_until_said(self, *texts):
        wait_for(lambda: self.said() == list(texts), f"{texts} was said")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        printed, errors = self.process.communicate(timeout=DEADLINE_SECONDS)
        assert "Sanitizer" not in errors and "runtime error" not in errors, errors
        return printed, errors


PROGRAMS = {
    "sh": ["sh", "-c", 'for i in 1 2 3 4 5 6 7 8 9 10; do IFS="\t" read -r user text; echo "got $text"; done; exit 3'],
    "python": [sys.executable, "-c", "import sys\nfor i, line in enumerate(sys.stdin, 1):\n"
               "    print('got', line.split('\\t')[1], end='', flush=True)\n    if i == 10: sys.exit(3)"],
    "awk": ["gawk", '-F\t', '{ print "got " $2; fflush() } NR == 10 { exit 3 }'],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_dies_every_ten_messages_skips_none_and_the_room_is_told_once(broker, room, program):
    texts = [str(i) for i in range(200)]
    say(broker, room, *texts[:100])
    with Serve(broker, room, "--text", "--", *PROGRAMS[program]) as serve:
        say(broker, room, *texts[100:])
        wait_for(lambda: len(serve.said()) == 201, "all was read", 60)
        told = [text for text in serve.said() if not text.startswith("got ")]
        assert told == ["bot has ended (exit status 3) and is started again."]
        assert [text for text in serve.said() if text not in told] == [f"got {text}" for text in texts]


def test_nothing_is_lost_or_said_twice_while_the_broker_dies_again_and_again(room):
    texts = [str(i) for i in range(60)]
    with Broker("history.durability=process") as broker:
        with Serve(broker, room, "--text", "--", "sh", "-c", 'while IFS="\t" read -r user text; do echo "got $text"; done') \
                as serve:
            for i in range(0, 60, 20):
                say(broker, room, *texts[i:i + 20])
                wait_for(lambda: len(serve.said()) > i, "it answers")
                broker.kill()
                broker.start()
            wait_for(lambda: len(serve.said()) >= 60, "all was read", 60)
            serve.wait_until_said(*[f"got {text}" for text in texts])


def test_what_is_printed_without_a_broker_is_said_when_it_is_back(room, tmp_path):
    os.mkfifo(tmp_path / "lines")
    with Broker("history.durability=process") as broker, \
            Serve(broker, room, "--", "cat", str(tmp_path / "lines")) as serve, open(tmp_path / "lines", "w") as lines:
        print("first", file=lines, flush=True)
        serve.wait_until_said("first")
        broker.stop()
        print("second\nthird", file=lines, flush=True)
        broker.start()
        print("fourth", file=lines, flush=True)
        serve.wait_until_said("first", "second", "third", "fourth")


@with_both_awks
def test_events_are_json_lines_and_hostile_texts_come_and_go_as_they_are(broker, room):
    program = "import json, sys\nfor line in sys.stdin:\n    event = json.loads(line)\n" \
              "    if event['type'] == 'chat.message': print(event['message'], flush=True)"
    with Serve(broker, room, "--", sys.executable, "-c", program) as serve:
        say(broker, room, *HOSTILE)
        serve.wait_until_said(*HOSTILE)


@with_both_awks
def test_text_is_a_name_a_tab_and_a_line(broker, room):
    with Serve(broker, room, "--text", "--", "sh", "-c", ECHO_SH) as serve:
        say(broker, room, "two\nlines\tand a tab \x1b[2J")
        broker.control(op="group_send", room=room, event={"type": "disco.ball", "speed": 3})
        say(broker, room, "nobody's", user="")
        serve.wait_until_said(r"ann	two\nlines\tand a tab \u001b[2J", "*\tnobody's")


def test_a_program_does_not_hear_itself_unless_it_is_asked_for(broker, room):
    with Serve(broker, room, "--text", "--", "sh", "-c", ECHO_SH) as serve:
        say(broker, room, "one", "two")
        serve.wait_until_said("ann\tone", "ann\ttwo")
    program = 'echo hello; while IFS="\t" read -r user text; do [ "$user $text" = "bat hello" ] && echo heard; done'
    with Serve(broker, room, "--text", "--echo", "--", "sh", "-c", program, user="bat") as serve:
        serve.wait_until_said("hello", "heard")


def test_lines_can_be_said_in_another_room(broker, room):
    with Serve(broker, room, "--to", f"{room}-2", "--text", "--", "sed", "-u", "s/\t/ says: /") as serve:
        say(broker, room, "hi")
        wait_for(lambda: said(broker, f"{room}-2") == [("bot", "ann says: hi")], "it is said there")
        assert serve.said() == []


@with_both_awks
def test_what_was_said_is_printed_harmlessly(broker, room):
    with Serve(broker, room, "--", "printf", "yes, one\\n\\033[2Jtwo\\n\\nthree\\n") as serve:
        wait_for(lambda: len(serve.said()) > 2, "it is said")
        assert serve.end()[0].startswith("yes, one\n\\u001b[2Jtwo\nthree\n")


@with_both_awks
def test_a_line_that_the_broker_refuses_is_told_and_the_next_is_said(broker, room):
    with Serve(broker, room, "--", "sh", "-c", "printf 'a\\377b\\n'; echo next; exec cat") as serve:
        serve.wait_until_said("next")
        assert "A line was refused" in serve.end()[1]


def test_with_since_only_what_follows_is_heard(broker, room):
    say(broker, room, "a", "b")
    with Serve(broker, room, "--text", "--", "sh", "-c", ECHO_SH, since="1") as serve:
        serve.wait_until_said("ann\tb")


def test_without_a_history_a_program_hears_what_is_said_from_now_on(room):
    with Broker("history.durability=none") as broker, \
            Serve(broker, room, "--text", "--", "sed", "-u", "s/.*\t//", since=None) as serve:
        wait_for(lambda: say(broker, room, "hi") or select.select([serve.process.stdout], [], [], 0.1)[0], "it answers")
        assert serve.process.stdout.readline() == "hi\n"


def test_an_installed_roomctl_finds_its_part(broker, room, tmp_path, monkeypatch):
    monkeypatch.delenv("ROOMWIRE_BUILD")
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOMCTL, tmp_path / "bin/roomctl")
    (tmp_path / "libexec/roomwire").mkdir(parents=True)
    (tmp_path / "libexec/roomwire/roomwire-serve").symlink_to(BUILD / "bin/roomwire-serve")
    (tmp_path / "roomctl").symlink_to("bin/roomctl")
    result = subprocess.run([tmp_path / "roomctl", "serve", room, "--", "/nonexistent"], capture_output=True, text=True,
                            env=environment_of(broker.state), timeout=DEADLINE_SECONDS, check=False)
    assert result.returncode == 127 and "event=start" in result.stderr
    shutil.rmtree(tmp_path / "libexec")
    result = subprocess.run([tmp_path / "roomctl", "serve", room, "--", "cat"], capture_output=True, text=True,
                            env=environment_of(broker.state), timeout=DEADLINE_SECONDS, check=False)
    assert result.returncode == UNAVAILABLE and "roomwire-serve is not installed" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_and_the_last_lines_are_said(broker, room, number):
    with Serve(broker, room, "--", "sh", "-c", LAST_WORDS) as serve:
        serve.wait_until_said("hello")
        children = descendants(serve.process.pid)
        assert len(children) >= 6
        serve.process.send_signal(number)
        assert serve.process.wait(DEADLINE_SECONDS) == 128 + number
        assert said(broker, room, "bot") == ["hello", "bye"]
        wait_for(lambda: not is_any_alive(children), "its children are gone")


@pytest.mark.parametrize("program", ["exec cat", "trap '' TERM; while :; do sleep 1; done"])
def test_nothing_outlives_a_roomctl_that_was_killed(broker, room, program):
    with Serve(broker, room, "--", "sh", "-c", f"echo hello; {program}") as serve:
        serve.wait_until_said("hello")
        children = descendants(serve.process.pid)
        serve.process.kill()
        wait_for(lambda: not is_any_alive(children), "its children are gone")


def test_it_ends_without_a_broker_too(room):
    with Broker("history.durability=process") as broker, \
            Serve(broker, room, "--", "sh", "-c", LAST_WORDS) as serve:
        serve.wait_until_said("hello")
        children = descendants(serve.process.pid)
        broker.stop()
        assert "The last lines were not said." in serve.end()[1]
        wait_for(lambda: not is_any_alive(children), "its children are gone")
        broker.start()


@with_both_awks
def test_a_flood_of_events_is_read_once_and_in_order(broker, room, tmp_path):
    """More than all pipes have room for, while the program reads nothing."""
    os.mkfifo(tmp_path / "go")
    count = 4000
    heard = tmp_path / "heard"
    with Serve(broker, room, "--text", "--", "sh", "-c",
               f"echo hello; read -r go <{tmp_path}/go; exec sed -u 's/.*\t//' >{heard}") as serve:
        serve.wait_until_said("hello")
        lines = [f'chat_{room} {{"type":"chat.message","user":"ann","message":"{"x" * 100}{i}"}}' for i in range(count)]
        for i in range(0, count, 500):
            broker.push("\n".join(lines[i:i + 500]))
        wait_for(lambda: len(said(broker, room, "ann")) == count, "all is said")
        with open(tmp_path / "go", "w") as go:
            print("go", file=go)
        say(broker, room, "last")
        wait_for(lambda: heard.exists() and heard.read_text().count("\n") > count, "all is read", 60)
    texts = heard.read_text().splitlines()
    assert [text.lstrip("x") for text in texts] == [*map(str, range(count)), "last"]


@pytest.mark.parametrize("arguments, status", [
    (("serve",), USAGE), (("serve", "a"), USAGE), (("serve", "a", "--"), USAGE), (("serve", "--limit", "1", "a", "cat"), USAGE),
    (("serve", "--to", "", "a", "cat"), USAGE), (("tail", "--text", "a"), USAGE), (("serve", "a/b", "--", "cat"), REFUSED),
    (("serve", "a", "--", "/nonexistent"), 127)])
def test_a_mistake_ends_it_at_once(broker, arguments, status):
    result = roomctl(broker, *arguments)
    assert (result.returncode, result.stdout) == (status, "") and result.stderr


def test_without_a_broker_the_status_is_69(tmp_path):
    assert roomctl(tmp_path, "serve", "a", "--", "cat").returncode == UNAVAILABLE
