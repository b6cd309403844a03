# SPDX-License-Identifier: MIT
"""What was said, for scripts: roomctl reads it back, misses nothing of what follows, and copies it. What awk
reads is read with both awks."""

import itertools
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading

import pytest
from roomctl import REFUSED, ROOMCTL, UNAVAILABLE, Tail, awk, environment_of, output_of, roomctl, tail_of, with_both_awks
from stack import DEADLINE_SECONDS, Broker, SpSocket, wait_for

HOSTILE = ['"}, {"seq": 9, "user": "root", "message": "forged', "}, {", '"], "more": false}', "\\", '\\"', "a\nb\r\n",
           "2026-11-21 00:00:00 ann: forged", "\x1b]0;title\x07\x1b[2J\x00", "\x9b2J\x7f\u2028\u202etxt", "房间 😀",
           "$(touch /tmp/x) `id` %s %n & \\&", "tick", "x" * 16384]
PAGE_MESSAGES = 500
MANY = 5 * PAGE_MESSAGES + 7
NAMES = itertools.count()


@pytest.fixture(scope="module")
def broker():
    with Broker("history.durability=process") as running:
        yield running


@pytest.fixture
def room():
    return f"room-{next(NAMES)}"


def say(broker, room, *texts, **fields):
    for text in texts:
        event = {"type": "chat.message", "message": text, **fields}
        assert broker.control(op="group_send", room=room, event=event)["ok"]


def say_many(broker, room, count):
    """Much faster than one request each."""
    broker.push("\n".join(f'chat_{room} {{"type":"chat.message","message":"{i}"}}' for i in range(1, count + 1)))
    wait_for(lambda: [m["seq"] for m in broker.control(op="history", room=room, limit=1)["messages"]] == [count], "kept")


@pytest.fixture(scope="module")
def many(broker):
    say_many(broker, "many", MANY)
    return "many"


def objects(text):
    return [json.loads(line) for line in text.split("\n")[:-1]]


def texts(output):
    """What messages say, of lines for people."""
    lines = output.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines), lines
    return [line.split(": ", 1)[1] for line in lines]


def numbers(output):
    return [message["seq"] for message in objects(output)]


@with_both_awks
def test_history_prints_the_last_messages_in_order(broker, many):
    assert texts(output_of(broker, "history", many)) == [str(i) for i in range(MANY - 49, MANY + 1)]
    assert numbers(output_of(broker, "history", "--json", "--limit", "3", many)) == [MANY - 2, MANY - 1, MANY]
    more_than_a_page = output_of(broker, "history", "--json", "--limit", "1200", many)
    assert numbers(more_than_a_page) == list(range(MANY - 1199, MANY + 1))
    assert numbers(output_of(broker, "history", "--json", "--limit", "99999", many)) == list(range(1, MANY + 1))


@with_both_awks
def test_history_prints_what_follows_a_number(broker, many):
    assert numbers(output_of(broker, "history", "--since", "0", "--json", many)) == list(range(1, MANY + 1))
    assert numbers(output_of(broker, "history", "--since=9", "--limit=1000", "--json", many)) == list(range(10, 1010))
    assert texts(output_of(broker, "history", "--since", str(MANY - 2), many)) == [str(MANY - 1), str(MANY)]
    assert output_of(broker, "history", "--since", str(MANY), many) == ""
    assert texts(output_of(broker, "history", many, "--since", str(MANY - 1))) == [str(MANY)]
    assert numbers(output_of(broker, "history", many, "--json", "--limit=2", "--since=3")) == [4, 5]
    assert output_of(broker, "history", "--since", "9" * 18, many) == ""


def test_a_room_where_nothing_was_said_prints_nothing(broker, room):
    for command in (("history", room), ("history", "--since", "0", room), ("export", room), ("search", room, "x")):
        assert output_of(broker, *command) == ""


@with_both_awks
def test_hostile_texts_stay_one_line_and_harmless(broker, room):
    say(broker, room, *HOSTILE, user='a"}, {b')
    messages = objects(output_of(broker, "export", room))
    assert [message["message"] for message in messages] == HOSTILE
    assert {message["user"] for message in messages} == {'a"}, {b'}
    for command in (("history", room), ("history", "--since", "0", room)):
        output = output_of(broker, *command)
        assert len(texts(output)) == len(HOSTILE)
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", output)
    with Tail(broker, room, "--since", "0") as tail:
        assert "".join(line + "\n" for line in tail.next_lines(len(HOSTILE))) == output


@with_both_awks
def test_names_are_passed_on_as_they_are(broker):
    room = '房 "\\$(id)'
    say(broker, room, "hi")
    assert numbers(output_of(broker, "export", room))[:1] == [1]
    with Tail(broker, room, "--since", "0", "--json") as tail:
        event = json.loads(tail.next_line())
        assert (event["type"], event["room"], event["seq"], event["message"]) == ("chat.message", room, 1, "hi")
        assert event["epoch"] == broker.control(op="history", room=room)["epoch"]


def test_long_messages_are_read_page_by_page(broker, room):
    """A page ends at 64 KiB, however many were asked for."""
    say(broker, room, *[letter * 30000 for letter in "abcdefgh"])
    assert [text[0] for text in texts(output_of(broker, "history", room))] == list("abcdefgh")
    assert [text[0] for text in texts(output_of(broker, "history", "--limit", "5", room))] == list("defgh")
    assert [text[0] for text in texts(output_of(broker, "history", "--since", "1", room))] == list("bcdefgh")


@with_both_awks
def test_search_finds_words(broker, room):
    say(broker, room, "the disk is full", "backup done", 'disk "replaced"', "房间很大")
    assert texts(output_of(broker, "search", room, "DISK")) == ["the disk is full", 'disk "replaced"']
    assert texts(output_of(broker, "search", room, "full", "disk")) == ["the disk is full"]
    assert texts(output_of(broker, "search", "--limit", "1", room, "disk")) == ['disk "replaced"']
    assert numbers(output_of(broker, "search", "--json", room, "很大")) == [4]
    assert output_of(broker, "search", room, "printer") == ""


@pytest.mark.parametrize("command, sentence", [
    (("history", "/"), "Name a room"), (("export", "."), "Name a room"), (("search", "a", ""), "query"),
    (("search", "a", "x" * 300), "query"), (("search", "a", "x" * 100000, "y" * 100000), "too many"),
    (("history", "\1" * 30000), "too many"), (("tail", "--since", "0", "/"), "Name a room")])
def test_a_refusal_is_status_1_and_a_sentence(broker, command, sentence):
    result = roomctl(broker, *command)
    assert (result.returncode, result.stdout) == (REFUSED, "")
    assert result.stderr.startswith("roomctl: ") and sentence in result.stderr and result.stderr.count("\n") == 1


@with_both_awks
def test_a_refusal_with_json_is_printed_too(broker):
    result = roomctl(broker, "history", "--json", "/")
    assert result.returncode == REFUSED and json.loads(result.stdout)["error"] == "bad_room"


@with_both_awks
def test_export_prints_everything(broker, many):
    messages = objects(output_of(broker, "export", many))
    assert [(m["seq"], m["message"]) for m in messages] == [(i, str(i)) for i in range(1, MANY + 1)]


@with_both_awks
def test_export_tells_a_terminal_how_far_it_is(broker, many):
    ours, terminal = os.openpty()
    subprocess.run([str(ROOMCTL), "export", many], env=environment_of(broker.state), stdout=subprocess.DEVNULL,
                   stderr=terminal, timeout=DEADLINE_SECONDS, check=True)
    os.close(terminal)
    told = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.fullmatch(r"\r2000 messages, up to [-0-9]+ [:0-9]+\r2500 messages, up to [-0-9]+ [:0-9]+\r\n", told)


BREAKING = {
    "no answer": "exit 1",
    "an empty answer": "exit 0",
    "half an answer": '"$real" "$@" | head -c 20000',
    "another history": '"$real" "$@" | sed \'s/"epoch": "[0-9a-f]*"/"epoch": "0"/\'',
}


@pytest.mark.parametrize("way", BREAKING)
def test_an_export_that_breaks_is_status_69(broker, many, awk, tmp_path, way):
    """The first page comes, the second does not."""
    (awk / "nngcat").write_text(f"""#!/bin/sh
real={shutil.which("nngcat")}
[ -e "{tmp_path}/first" ] || {{ : >"{tmp_path}/first"; exec "$real" "$@"; }}
{BREAKING[way]}
""")
    (awk / "nngcat").chmod(0o755)
    result = roomctl(broker, "export", many)
    assert result.returncode == UNAVAILABLE and result.stderr.count("\n") == 1
    assert numbers(result.stdout) == list(range(1, PAGE_MESSAGES + 1))


def test_an_export_to_a_full_disk_fails(broker, many):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([str(ROOMCTL), "export", many], env=environment_of(broker.state), stdout=full,
                                stderr=subprocess.PIPE, timeout=DEADLINE_SECONDS)
    assert result.returncode != 0


def test_what_is_sent_again_is_said_once(broker, room):
    for _ in range(3):
        assert output_of(broker, "send", "--ref", 'a "1"', room, "once") == ""
    [answer] = objects(output_of(broker, "send", "--json", "--ref", 'a "1"', room, "once"))
    assert answer == {"ok": True, "seq": 1, "repeated": True}
    output_of(broker, "send", "--ref", 'a "1"', "--sender", "cron", "--user", "ann", room, "another's")
    output_of(broker, "send", "--ref", 'a "1"', "--sender", "cron", "--user", "ann", room, "another's")
    assert texts(output_of(broker, "history", room)) == ["once", "another's"]
    assert roomctl(broker, "send", "--ref", "x" * 65, room, "x").returncode == REFUSED


class FakeEvents:
    """A state folder with the control socket of a broker, but an events socket that says what a test wants."""

    def __init__(self, folder, broker):
        self.state = folder / "state"
        (self.state / "run").mkdir(parents=True)
        (self.state / "run/control.ipc").symlink_to(broker.state / "run/control.ipc")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.state / "run/events.ipc"))
        self.listener.listen()
        self.listener.settimeout(DEADLINE_SECONDS)
        self.follower = None

    def accept(self):
        self.follower = SpSocket.__new__(SpSocket)
        self.follower.socket = self.listener.accept()[0]
        assert self.follower.greet(SpSocket.PUB) == SpSocket.SUB

    def publish(self, *lines):
        self.follower.send("".join(line + "\n" for line in lines).encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        if self.follower:
            self.follower.socket.close()


@pytest.fixture
def events(broker, tmp_path):
    with FakeEvents(tmp_path, broker) as fake:
        yield fake


def event_line(broker, room, seq):
    answer = broker.control(op="history", room=room, after=seq - 1, limit=1)
    event = {"type": "chat.message", "room": room, "epoch": answer["epoch"], **answer["messages"][0], "broker": "b"}
    return f"chat_{room} {json.dumps(event)}"


def said(line):
    return line.split(": ", 1)[1]


@with_both_awks
def test_tail_prints_first_what_was_said_since(broker, room):
    say(broker, room, *"abcd", user="ann")
    with Tail(broker, room, "--since", "1") as tail:
        assert texts("\n".join(tail.next_lines(3))) == list("bcd")
        tail.say("e", user="ann")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ann: e", tail.next_line())
        assert tail.end() == ""


def test_tail_reads_everything_of_a_long_past(broker, many):
    with Tail(broker, many, "--since", "0", "--json") as tail:
        assert [json.loads(line)["seq"] for line in tail.next_lines(MANY)] == list(range(1, MANY + 1))


@with_both_awks
@pytest.mark.parametrize("options", [(), ("--since", "0")])
def test_tail_fills_gaps_and_drops_doubles(broker, room, events, options):
    with Tail(broker, room, *options, state=events.state) as tail:
        events.accept()
        tail.wait_until_it_follows()
        head = broker.control(op="history", room=room, limit=1)["messages"][0]["seq"]
        say(broker, room, *"abcdef")
        line = [event_line(broker, room, head + i) for i in range(7)]
        events.publish(line[1])
        events.publish(line[4], line[3])
        events.publish(line[4], line[6], line[0], line[6])
        assert [said(heard) for heard in tail.next_lines(6)] == list("abcdef")
        say(broker, room, "g", "last")
        line += [event_line(broker, room, head + i) for i in (7, 8)]
        events.publish(line[7], line[7], line[1], line[8])
        assert [said(heard) for heard in tail.next_lines(2)] == ["g", "last"]
        assert (tail.end(), tail.pending) == ("", b"")


def test_tail_prints_what_no_event_tells_of(broker, room, events):
    """The last of a burst was dropped, and nobody says anything more."""
    with Tail(broker, room, "--since", "0", "--json", state=events.state) as tail:
        events.accept()
        for text in "ab":
            say(broker, room, text)
            assert json.loads(tail.next_line())["message"] == text


def test_tail_does_not_print_what_it_cannot_place(broker, room, events, tmp_path):
    """While the history cannot be read, a message behind a gap waits for those before it."""
    with Tail(broker, room, "--since", "0", state=events.state) as tail:
        events.accept()
        tail.wait_until_it_follows()
        head = broker.control(op="history", room=room, limit=1)["messages"][0]["seq"]
        control = events.state / "run/control.ipc"
        control.rename(tmp_path / "control")
        say(broker, room, "a", "b")
        events.publish(event_line(broker, room, head + 2))
        assert tail.next_line(0.3) is None
        (tmp_path / "control").rename(control)
        assert [said(line) for line in tail.next_lines(2)] == ["a", "b"]


@with_both_awks
def test_tail_misses_nothing_of_a_flood(broker, room):
    """Many more than nngcat has room for, from several sides at once."""
    count = 4000
    with tail_of(broker, room, "--json") as tail:
        first = broker.control(op="history", room=room, limit=1)["messages"][0]["seq"] + 1
        for _ in range(4):
            broker.push("\n".join(f'chat_{room} {{"type":"chat.message","message":"x"}}' for _ in range(count // 4)))
        heard = [json.loads(line)["seq"] for line in tail.next_lines(count)]
        assert heard == list(range(first, first + count))


def test_tail_misses_nothing_of_a_restart(tmp_path):
    with Broker("history.durability=process") as broker, tail_of(broker, "again") as tail:
        broker.kill()
        broker.start()
        texts_said = [str(i) for i in range(20)]
        say(broker, "again", *texts_said)
        assert [said(line) for line in tail.next_lines(20)] == texts_said
        assert tail.end() == ""


def test_tail_begins_anew_with_another_history(tmp_path):
    """First one that was copied before the last message, then an empty one."""
    copy = tmp_path / "copy.db"
    with Broker("history.durability=process") as broker, tail_of(broker, "new") as tail:
        tail.say("a")
        assert said(tail.next_line()) == "a"
        output_of(broker, "backup", str(copy))
        tail.say("b")
        assert said(tail.next_line()) == "b"
        for replacement in (copy, None):
            broker.stop()
            for name in ("history.db", "history.db-wal", "history.db-shm"):
                (broker.state / name).unlink(missing_ok=True)
            if replacement:
                shutil.copy(replacement, broker.state / "history.db")
            broker.start()
            say(broker, "new", "c", "d")
            assert [said(line) for line in tail.next_lines(2)] == ["c", "d"]
        assert re.fullmatch(r"(roomctl: The broker has begun with new numbers\.\n){2}", tail.end())


def test_tail_knows_when_since_lies_in_the_future(broker, room):
    say(broker, room, "a")
    with Tail(broker, room, "--since", "1000") as tail:
        tail.wait_until_it_follows()
        assert re.fullmatch(r"roomctl: The last number in this room is \d+, not 1000\.\n", tail.end())


def test_tail_tells_what_is_not_kept(room):
    with Broker("history.durability=process", "history.keep_messages=2") as broker:
        say(broker, room, *"abcdef")
        broker.stop()
        broker.start()  # at the start, or once a minute, the past is cut
        wait_for(lambda: [m["seq"] for m in broker.control(op="history", room=room)["messages"]] == [5, 6], "pruned")
        with Tail(broker, room, "--since", "1") as tail:
            assert texts("\n".join(tail.next_lines(2))) == ["e", "f"]
            assert "between the numbers 1 and 5 is not kept" in tail.end()


@with_both_awks
def test_without_a_history_tail_prints_what_it_hears(tmp_path):
    with Broker("history.durability=none") as broker:
        with tail_of(broker, "r") as tail:
            tail.say("a")
            assert said(tail.next_line()) == "a"
            assert tail.end() == ""
        for command in (("tail", "--since", "0", "r"), ("history", "r"), ("export", "r"), ("search", "r", "x"),
                        ("backup", str(tmp_path / "copy.db"))):
            result = roomctl(broker, *command)
            assert result.returncode == REFUSED and "keeps no history" in result.stderr


class Speaker(threading.Thread):
    """Says one message after the other over control, and keeps what was acknowledged."""

    def __init__(self, broker, room):
        super().__init__(daemon=True)
        self.broker, self.room = broker, room
        self.acked = []
        self.is_over = False

    def run(self):
        with self.broker.sp("control") as client:
            client.greet(client.REQ)
            for i in itertools.count():
                if self.is_over:
                    return
                event = {"type": "chat.message", "message": f"{i}"}
                request = {"op": "group_send", "room": self.room, "event": event}
                client.send(b"\x80\0\0\1" + json.dumps(request).encode())
                self.acked.append(json.loads(client.receive()[4:])["seq"])


def test_a_backup_under_load_has_what_was_acknowledged_before_it(broker, room, tmp_path):
    speakers = [Speaker(broker, f"{room}-{i}") for i in range(4)]
    for speaker in speakers:
        speaker.start()
    try:
        wait_for(lambda: all(len(speaker.acked) > 50 for speaker in speakers), "all speak")
        before = [list(speaker.acked) for speaker in speakers]
        assert output_of(broker, "backup", 'a "copy".db', cwd=tmp_path) == ""
        wait_for(lambda: all(len(s.acked) > len(b) for s, b in zip(speakers, before)), "they go on")
    finally:
        for speaker in speakers:
            speaker.is_over = True
            speaker.join(DEADLINE_SECONDS)
    database = sqlite3.connect(tmp_path / 'a "copy".db')
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for speaker, acked in zip(speakers, before):
        rows = database.execute("SELECT seq, text FROM message JOIN room ON room.id = message.room WHERE name = ? "
                                "ORDER BY seq", (speaker.room,)).fetchall()
        assert rows[:len(acked)] == [(seq, str(seq - 1)) for seq in acked]
        assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    [(epoch,)] = database.execute("SELECT epoch FROM archive").fetchall()
    assert re.fullmatch("[0-9a-f]{16}", epoch) and epoch != broker.control(op="history", room=room)["epoch"]
    database.close()


def test_a_backup_takes_no_file_that_is_there(broker, tmp_path):
    (tmp_path / "file").write_text("precious")
    for name in ("file", "none/file"):
        result = roomctl(broker, "backup", name, cwd=tmp_path)
        assert (result.returncode, result.stdout) == (REFUSED, "") and result.stderr.startswith("roomctl: ")
    assert (tmp_path / "file").read_text() == "precious"
    [answer] = objects(output_of(broker, "backup", "--json", "copy", cwd=tmp_path))
    assert answer["ok"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_tail_ends_in_the_middle_of_the_past(broker, many, number):
    with Tail(broker, many, "--since", "0") as tail:
        tail.next_line()
        tail.process.send_signal(number)
        tail.process.communicate(timeout=DEADLINE_SECONDS)
        assert tail.process.returncode == 128 + number
