# SPDX-License-Identifier: MIT
"""roomctl as people and cron use it: against a real broker, and against answers that no broker of today gives."""

import asyncio
import contextlib
import json
import os
import re
import signal

import pytest
from roomctl import REFUSED, UNAVAILABLE, USAGE, environment_of, is_any_alive, output_of, roomctl, tail_of
from stack import DEADLINE_SECONDS, TOP, Broker, receive, receive_type, wait_for

COMMANDS = ("send", "tail", "history", "search", "export", "backup", "rooms", "who", "group", "announce", "close", "stats",
            "connections", "topic", "lock", "unlock", "slow", "members-only", "hide", "mute", "unmute", "kick", "ban", "unban",
            "role", "standing", "serve", "channel new", "channel send", "channel receive", "group add", "group discard", "group send")
OPTIONS = ("--state", "--json", "--help", "--user", "--ref", "--sender", "--since", "--limit", "--text", "--to", "--echo",
           "--prefix", "--timeout", "--seconds", "--reason", "--by")

HOSTILE_TEXTS = {
    "quotes": "say \"hi\" and 'bye'",
    "backslashes": "\\ \\\\ \\n \\u0041 \\\" C:\\new",
    "control characters": "".join(chr(code) for code in range(1, 32)) + "\x7f",
    "newlines": "\none\n\ntwo\n",
    "every plane": "é 房间 😀 \u202e \u009b \ufffd",
    "shell": "$(touch /tmp/x) `id` ${HOME} * ; | & > <",
    "formats": "%s %d %n %%",
    "awk": "& \\& \\\\& /x/ \"; system(\"id\") #",
    "JSON": '", "user": "root", "x": "',
    "an option": "--json",
    "blanks": "  two  spaces\tand a tab  ",
    "long": "0123456789\"" * 1000,
}


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


def run(coroutine):
    return asyncio.run(coroutine)


@pytest.fixture
def answering(tmp_path):
    """roomctl with an nngcat in its PATH that gives an answer of the test's choice."""
    def ask(answer, *arguments):
        (tmp_path / "answer").write_text(answer)
        fake = tmp_path / "nngcat"
        fake.write_text('#!/bin/sh\n[ "$1" = --sub ] || cat >/dev/null\ncat "${0%/*}/answer"\n')
        fake.chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        return roomctl(None, *arguments, env=environment_of(tmp_path, PATH=path))
    return ask


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_text_arrives_byte_for_byte(broker, name):
    async def story():
        async with broker.connect("/ws/chat/bytes/") as ann:
            assert output_of(broker, "send", "bytes", HOSTILE_TEXTS[name]) == ""
            message = await receive(ann)
            assert message["message"] == HOSTILE_TEXTS[name] and message["user"] == ""
    run(story())


def test_standard_input_is_one_message_without_the_newlines_at_its_end(broker):
    async def story():
        async with broker.connect("/ws/chat/input/") as ann:
            output_of(broker, "send", "--user", "cron", "input", "-", input='up "3" days\nload\\1\n\n')
            message = await receive(ann)
            assert message["message"] == 'up "3" days\nload\\1' and message["user"] == "cron"
    run(story())


def test_a_room_of_any_script_is_reached_by_its_name(broker):
    async def story():
        async with broker.connect("/ws/chat/%E6%88%BF%20%22%5C/", version1=True) as ann:
            assert (await receive_type(ann, "welcome"))["room"] == '房 "\\'
            output_of(broker, "send", '房 "\\', "hi")
            assert (await receive_type(ann, "message"))["message"] == "hi"
            group = output_of(broker, "group", '房 "\\').rstrip("\n")
            assert group == broker.control(op="group", room='房 "\\')["group"]
            assert f'房 "\\\t1\t{group}' in output_of(broker, "rooms").splitlines()
    run(story())


def test_who_names_people_and_the_channels_that_close_takes(broker):
    async def story():
        async with broker.connect("/ws/chat/who/", version1=True) as ann:
            name = (await receive_type(ann, "welcome"))["user"]
            [line] = output_of(broker, "who", "who").splitlines()
            user, channels = line.split("\t")
            assert user == name and re.fullmatch(r"specific\.[^! ]+![0-9a-z]+", channels)
            await ann.send('{"type": "away", "away": true}')
            while "away" not in await receive_type(ann, "presence"):
                pass
            assert output_of(broker, "who", "who") == f"{name}\t{channels}\taway\n"
            output_of(broker, "close", channels)
            await asyncio.wait_for(ann.wait_closed(), DEADLINE_SECONDS)
            assert ann.close_code == 4403
            assert output_of(broker, "who", "nobody-is-here") == ""
    run(story())


def test_announce_reaches_everybody(broker):
    async def story():
        async with broker.connect("/ws/chat/news/") as ann:
            wait_for(lambda: broker.control(op="members", room="news")["people"] == 1, "she is in")
            output_of(broker, "announce", 'back in "5"\nminutes')
            assert (await receive(ann))["message"] == '[announcement] back in "5"\nminutes'
    run(story())


def test_stats_are_a_name_and_a_value_a_line(broker):
    counters = dict(line.split("\t") for line in output_of(broker, "stats").splitlines())
    answer = broker.control(op="stats")
    assert set(counters) == set(answer["stats"]) | {"broker", "durability", "history"}
    assert counters["broker"] == answer["broker"] and int(counters["control_requests"]) > 0


def test_lists_are_read_to_their_end(broker):
    """A list of the broker ends at 64 KiB; these rooms need two."""
    names = [f"{i:03}" + "😀" * 60 for i in range(180)]

    async def story():
        async with contextlib.AsyncExitStack() as stack:
            for name in names:
                await stack.enter_async_context(broker.connect(f"/ws/chat/{name}/"))
            assert broker.control(op="rooms")["more"]
            rooms = [line.split("\t")[0] for line in output_of(broker, "rooms").splitlines()]
            assert [room for room in rooms if room in names] == names
            pages = [json.loads(line) for line in output_of(broker, "--json", "rooms").splitlines()]
            assert [page["more"] for page in pages] == [True, False]
    run(story())


@pytest.mark.parametrize("command", [
    ("send", "json", "x"), ("rooms",), ("who", "json"), ("group", "json"), ("announce", "x"), ("stats",)])
def test_json_prints_the_answer_as_it_is(broker, command):
    [line] = output_of(broker, *command[:1], "--json", *command[1:]).splitlines()
    assert json.loads(line)["ok"] is True


@pytest.mark.parametrize("command, sentence", [
    (("send", "a/b", "x"), "Name a room"), (("send", "a", ""), "message"), (("send", "--user", "a\nb", "a", "x"), "name"),
    (("who", ""), "Name a room"), (("tail", "."), "Name a room"), (("group", "x" * 200), "Name a room"),
    (("announce", ""), "missing"), (("close", "specific.x!1"), "no such channel")])
def test_a_refusal_is_status_1_and_a_sentence(broker, command, sentence):
    result = roomctl(broker, *command)
    assert (result.returncode, result.stdout) == (REFUSED, "")
    assert result.stderr.startswith("roomctl: ") and sentence in result.stderr and result.stderr.count("\n") == 1


def test_a_refusal_with_json_is_printed_too(broker):
    result = roomctl(broker, "--json", "close", "nobody")
    assert result.returncode == REFUSED and json.loads(result.stdout)["error"] == "no_channel"


def test_text_that_the_broker_would_not_receive_is_refused(broker):
    result = roomctl(broker, "send", "big", "-", input="x" * (128 * 1024))
    assert result.returncode == REFUSED and "131072 bytes" in result.stderr


@pytest.mark.parametrize("arguments", [
    (), ("dance",), ("send",), ("send", "a"), ("send", "a", "b", "c"), ("rooms", "a"), ("stats", "a"), ("who",), ("tail",),
    ("--dance", "rooms"), ("rooms", "--state"), ("--user", "ann", "rooms"), ("history",), ("history", "a", "b"),
    ("search", "a"), ("export",), ("export", "--since", "1", "a"), ("backup",), ("send", "--sender", "x", "a", "b"),
    ("send", "--ref", "", "a", "b"), ("tail", "--since", "x", "a"), ("tail", "--since", "-1", "a"),
    ("tail", "--since", "01", "a"), ("tail", "--limit", "1", "a"), ("history", "--limit", "0", "a"),
    ("history", "--limit=", "a"), ("search", "--since", "1", "a", "b"), ("--limit", "1")])
def test_a_wrong_command_line_is_status_2(broker, arguments):
    result = roomctl(broker, *arguments)
    assert (result.returncode, result.stdout) == (USAGE, "") and "--help" in result.stderr


@pytest.mark.parametrize("command", [
    ("send", "a", "x"), ("tail", "a"), ("rooms",), ("who", "a"), ("group", "a"), ("announce", "x"), ("close", "x"),
    ("stats",), ("history", "a"), ("history", "--since", "1", "a"), ("search", "a", "x"), ("export", "a"),
    ("backup", "/x/y"), ("tail", "--since", "1", "a"), ("send", "--ref", "1", "a", "x")])
def test_without_a_broker_the_status_is_69(tmp_path, command):
    result = roomctl(tmp_path, *command)
    assert (result.returncode, result.stdout) == (UNAVAILABLE, "") and "No broker" in result.stderr


@pytest.mark.parametrize("answer", ["", "\n", "nonsense", '"ok"', "[]", "{}", '{"ok": "maybe"}', '{"OK": true}',
                                    '{"x": {"ok": true}}', '{"x": "\\"ok\\": true"}', '{"ok"'])
def test_only_the_brokers_ok_is_success(answering, answer):
    assert answering(answer, "send", "a", "x").returncode == UNAVAILABLE


@pytest.mark.parametrize("text, shown", [
    (r"\u0041\u00e9\u623F", "Aé房"), (r"\ud83d\ude00!", "😀!"), (r"\uD83D\uDE00\ud83d\ude00", "😀😀"),
    (r"\ud83d", "\ufffd"), (r"\ude00\ud83d", "\ufffd\ufffd"), (r"\ud83dx\ude00", "\ufffdx\ufffd"),
    (r"\ud83d\u0041", "\ufffdA"), (r"a\/b \"c\" \\d\\", 'a/b "c" \\d\\'), (r"\\u0041", r"\u0041"),
    (r"\\\u0041\\\\", r"\A\\"), (r"\t\n\u0000\u001b", r"\t\n\u0000\u001b"), (r"\u009b\u007f\u202e", "\ufffd" * 3),
    ("\x7f\x9b\u202a\u2028\u2069\u200d", "\ufffd" * 5 + "\u200d"), (r"{\"a\": [1, 2]}, \\\"", '{"a": [1, 2]}, \\"'),
    ("", "")])
def test_escapes_of_json_are_read(answering, text, shown):
    answer = f'{{"ok": true, "a": [{{"group": 1}}, [], {{}}], "group": "{text}", "z": {{"group": null}}}}'
    assert answering(answer, "group", "x").stdout == shown + "\n"


def test_json_of_any_spacing_is_read(answering):
    rooms = [{"room": "a", "people": 1, "group": "g"}, {"room": "b: [", "people": 2, "group": "h"}]
    for separators in ((",", ":"), (" , ", " : ")):
        answer = json.dumps({"rooms": rooms, "more": False, "ok": True}, separators=separators)
        assert answering(answer, "rooms").stdout == "a\t1\tg\nb: [\t2\th\n"


def test_tail_ends_with_69_when_nothing_can_be_followed(answering):
    result = answering('{"ok": true, "group": "chat_x", "epoch": "e", "messages": [], "more": false}', "tail", "x")
    assert result.returncode == UNAVAILABLE and "events.ipc" in result.stderr


def test_tail_prints_time_user_and_message(broker):
    with tail_of(broker, "tail") as tail:
        tail.say("hi: 房间 😀 \\ \"", user="ann")
        assert re.fullmatch(r'\d\d:\d\d:\d\d ann: hi: 房间 😀 \\ "', tail.next_line())
        broker.control(op="group_send", room="tail", event={"type": "disco.ball", "message": "unseen"})
        broker.control(op="group_send", room="tailor", event={"type": "chat.message", "message": "elsewhere"})
        tail.say("nobody's")
        assert re.fullmatch(r"\d\d:\d\d:\d\d \*: nobody's", tail.next_line())


def test_tail_does_no_harm_to_a_terminal(broker):
    with tail_of(broker, "harm") as tail:
        tail.say("\x1b]0;title\x07 \x1b[2J\x9b2J \x7f\x08\r\u202etxt\n12:00:00 ann: forged\x00")
        assert tail.next_line()[9:] == (r"*: \u001b]0;title\u0007 \u001b[2J" "\ufffd2J \ufffd" r"\b\r" "\ufffdtxt"
                                        r"\n12:00:00 ann: forged\u0000")
        tail.say("next")
        assert tail.next_line()[9:] == "*: next"


def test_tail_takes_the_longest_message(broker):
    with tail_of(broker, "long") as tail:
        for text in ("x" * 120_000, "\x01" * 20_000):
            assert roomctl(broker, "send", "long", "-", input=text).returncode == 0
            assert len(tail.next_line()) >= 120_000


def test_tail_with_json_prints_the_events(broker):
    with tail_of(broker, "raw", "--json") as tail:
        tail.say("a\nb\x1b", user="ann")
        event = json.loads(tail.next_line())
        assert (event["type"], event["user"], event["message"]) == ("chat.message", "ann", "a\nb\x1b")
        broker.control(op="group_send", room="raw", event={"type": "disco.ball", "speed": 3})
        assert json.loads(tail.next_line())["speed"] == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_tail_leaves_nothing_behind_when_it_is_ended(broker, number):
    with tail_of(broker, "ended") as tail:
        children = tail.children()
        assert len(children) == 3
        tail.process.send_signal(number)
        assert tail.process.wait(DEADLINE_SECONDS) == 128 + number
        wait_for(lambda: not is_any_alive(children), "its children are gone")


def test_tail_ends_when_nobody_reads_it(broker):
    with tail_of(broker, "unread") as tail:
        children = tail.children()
        tail.process.stdout.close()
        wait_for(lambda: tail.say("to nobody") or tail.process.poll() is not None, "tail ends")
        assert tail.process.returncode == 128 + signal.SIGPIPE
        wait_for(lambda: not is_any_alive(children), "its children are gone")


def test_tail_goes_on_after_a_restart():
    with Broker() as broker:
        with tail_of(broker, "again") as tail:
            broker.stop()
            broker.start()
            tail.wait_until_it_follows()


def test_the_state_is_the_options_then_the_environments_then_the_folder_here(broker, tmp_path):
    (tmp_path / "state").symlink_to(broker.state)
    nowhere = environment_of("/nonexistent")
    assert output_of(None, "--state", str(broker.state), "rooms", "--json", env=nowhere)
    assert output_of(None, f"--state={broker.state}", "rooms", "--json", env=nowhere)
    assert output_of(broker, "rooms", "--json", cwd=tmp_path)
    assert roomctl(None, "rooms", cwd=tmp_path, env=nowhere).returncode == UNAVAILABLE
    assert output_of(None, "rooms", "--json", cwd=tmp_path)


def test_arguments_after_two_dashes_are_no_options(broker):
    result = roomctl(broker, "group", "--", "--json")
    assert (result.returncode, result.stdout) == (0, "chat_--json\n")


def test_help_and_the_manual_name_every_command_and_option():
    text = output_of(None, "--help")
    manual = (TOP / "scripts/roomctl.1").read_text()
    for command in COMMANDS:
        assert re.search(rf"(^  |, ){command} ", text, re.M) and re.search(rf"^\.It Cm {command}\b", manual, re.M)
    for option in OPTIONS:
        assert option in text and rf"Fl \-{option[2:]}" in manual
