# SPDX-License-Identifier: MIT
"""Channels and groups from a shell: what one program sends, another receives."""

import json
import os
import re
import subprocess

import pytest
from roomctl import REFUSED, ROOMCTL, UNAVAILABLE, USAGE, awk, environment_of, output_of, roomctl, with_both_awks
from stack import DEADLINE_SECONDS, Broker, wait_for

HOSTILE = ["$(touch /tmp/x) `id` ${HOME} * ; | & > <", "say \"hi\" and 'bye'", "\\ \\n \\u0041 %s", '"}, "op": "flush", "x": {"',
           "é 房间 😀", "a=b", "{", "}"]


@pytest.fixture(scope="module")
def broker():
    with Broker() as running:
        yield running


@pytest.fixture
def channel(broker):
    return output_of(broker, "channel", "new").rstrip("\n")


def received(broker, channel, *options):
    return output_of(broker, "channel", "receive", "--timeout", "0", channel, *options)


def test_a_channel_has_a_name_of_its_own(broker, channel):
    assert re.fullmatch(r"specific\.[^! ]+![0-9a-f]{32}", channel)
    other = output_of(broker, "channel", "new", "--prefix", "reply").rstrip("\n")
    assert re.fullmatch(r"reply\.[^! ]+![0-9a-f]{32}", other) and other != channel


@with_both_awks
def test_what_is_sent_is_received_in_order(broker, channel):
    messages = [{"type": "hello"}, {"a": [1, {"b": None}], "text": HOSTILE[3]}, {}]
    for message in messages:
        assert output_of(broker, "channel", "send", channel, json.dumps(message)) == ""
    output_of(broker, "channel", "send", channel, "-", input='\n {"x":\n "y"}\n')
    output_of(broker, "channel", "send", channel, '\n {"x": "y=z"}')
    assert [json.loads(received(broker, channel)) for _ in range(5)] == [*messages, {"x": "y"}, {"x": "y=z"}]


def test_a_mailbox_is_there_without_being_made(broker):
    output_of(broker, "channel", "send", "test_channel", '{"type": "hello"}')
    assert json.loads(received(broker, "test_channel")) == {"type": "hello"}


@with_both_awks
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_comes_through_as_a_value(broker, channel, text):
    output_of(broker, "channel", "send", channel, f"text={text}", "other=", "=")
    assert json.loads(received(broker, channel)) == {"text": text, "other": "", "": ""}


@with_both_awks
def test_values_are_printed_one_a_line(broker, channel):
    message = {"a": "x\ny", "b": {"c": 3}, "d": ""}
    output_of(broker, "channel", "send", channel, json.dumps(message))
    assert received(broker, channel, "d", "b/c", "none", "a").splitlines() == ["", "3", "", "x\\ny"]
    output_of(broker, "channel", "send", channel, json.dumps(message))
    assert json.loads(received(broker, channel, "--json")) == {"ok": True, "message": message}


def test_nothing_in_time_is_status_1_and_prints_nothing(broker, channel):
    result = roomctl(broker, "channel", "receive", channel, "--timeout", "1")
    assert (result.returncode, result.stdout) == (REFUSED, "") and result.stderr.startswith("roomctl: ")


def test_a_receiver_waits_for_what_comes(broker, channel):
    broker.control(op="flush")
    with subprocess.Popen([str(ROOMCTL), "channel", "receive", "--timeout", "20", channel], stdout=subprocess.PIPE,
                          env=environment_of(broker.state)) as receiver:
        wait_for(lambda: broker.control(op="stats")["stats"]["channels"] == 1, "it waits")
        output_of(broker, "channel", "send", channel, "a=b")
        assert json.loads(receiver.communicate(timeout=DEADLINE_SECONDS)[0]) == {"a": "b"}


def test_a_receiver_that_is_killed_takes_nothing(broker, channel):
    broker.control(op="flush")
    with subprocess.Popen([str(ROOMCTL), "channel", "receive", "--timeout", "30", channel], stdout=subprocess.DEVNULL,
                          env=environment_of(broker.state)) as receiver:
        wait_for(lambda: broker.control(op="stats")["stats"]["channels"] == 1, "it waits")
        receiver.kill()
    wait_for(lambda: broker.control(op="stats")["stats"]["channels"] == 0, "it waits no longer")
    output_of(broker, "channel", "send", channel, "a=b")
    assert json.loads(received(broker, channel)) == {"a": "b"}


def test_long_waits_are_several_requests(tmp_path):
    """With an nngcat that shows what it was asked."""
    fake = tmp_path / "nngcat"
    fake.write_text(f'#!/bin/sh\ncat >>{tmp_path}/asked; echo " $*" >>{tmp_path}/asked\n'
                    'echo \'{"ok": false, "error": "empty", "message": "Nothing came in time."}\'\n')
    fake.chmod(0o755)
    environment = environment_of(tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert roomctl(None, "channel", "receive", "a", "--timeout", "65", env=environment).returncode == REFUSED
    asked = (tmp_path / "asked").read_text()
    assert re.findall(r'"timeout_ms": (\d+)', asked) == ["30000", "30000", "5000"]
    assert re.findall(r"--recv-timeout (\d+)", asked) == ["35", "35", "10"]


def test_a_channel_hears_what_its_groups_hear(broker, channel):
    for _ in range(2):
        output_of(broker, "group", "add", "chat_heard", channel)
    output_of(broker, "send", "--user", "ann", "heard", "hi")
    event = json.loads(output_of(broker, "channel", "receive", channel))
    assert (event["type"], event["user"], event["message"]) == ("chat.message", "ann", "hi")
    output_of(broker, "group", "add", "test-group", channel)
    output_of(broker, "group", "send", "test-group", "type=note", "text=x")
    assert json.loads(output_of(broker, "channel", "receive", channel)) == {"type": "note", "text": "x"}
    for group in ("chat_heard", "test-group", "test-group"):
        output_of(broker, "group", "discard", group, channel)
    output_of(broker, "send", "heard", "unheard")
    output_of(broker, "group", "send", "test-group", '{"type": "unheard"}')
    assert roomctl(broker, "channel", "receive", "--timeout", "0", channel).returncode == REFUSED


def test_a_reference_is_sent_once(broker, channel):
    for _ in range(3):
        output_of(broker, "channel", "send", "--ref", "1", "--sender", "me", channel, "a=b")
    assert json.loads(received(broker, channel)) == {"a": "b"}
    assert roomctl(broker, "channel", "receive", "--timeout", "0", channel).returncode == REFUSED


def test_a_full_channel_is_told(broker, channel):
    result = [roomctl(broker, "channel", "send", channel, "a=b") for _ in range(101)][-1]
    assert (result.returncode, result.stdout) == (REFUSED, "") and "full" in result.stderr


@with_both_awks
@pytest.mark.parametrize("text", [
    "", "{", "}", "{}}", "{}{}", "[]", "x", '"{}"', '{"a": "}', '{"a": 1}, "op": "flush"', '{} "a"', '{"a": [}', '{"a" 1}',
    '{"a": \\"}"}', '{"op": "x"', "{'a': 1}"])
def test_what_is_no_object_is_refused_and_changes_nothing(broker, channel, text):
    output_of(broker, "channel", "send", channel, "still=there")
    result = roomctl(broker, "channel", "send", channel, "-", input=text)
    assert (result.returncode, result.stdout) == (REFUSED, "") and result.stderr.startswith("roomctl: ")
    assert json.loads(received(broker, channel)) == {"still": "there"}


@pytest.mark.parametrize("command", [
    ("channel", "send", "a b", "{}"), ("channel", "receive", "a/b"), ("group", "add", "a b", "c"),
    ("group", "discard", "a", "c d"), ("group", "send", "a b", '{"type": "x"}'), ("group", "send", "a", "{}"),
    ("channel", "new", "--prefix", "a b")])
def test_a_refusal_is_status_1_and_a_sentence(broker, command):
    result = roomctl(broker, *command)
    assert (result.returncode, result.stdout) == (REFUSED, "") and result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    ("channel",), ("channel", "dance"), ("channel", "new", "a"), ("channel", "send"), ("channel", "send", "a"),
    ("channel", "send", "a", "{}", "b"), ("channel", "send", "a", "b=c", "d"), ("channel", "receive"),
    ("channel", "receive", "a", "--timeout", "x"), ("channel", "receive", "a", "--timeout", "1000000"), ("group", "add", "a"),
    ("group", "add"), ("group", "discard", "a", "b", "c"), ("group", "send", "a"), ("channel", "send", "--sender", "x", "a", "{}"),
    ("channel", "new", "--timeout", "1"), ("group", "add", "--ref", "1", "a", "b")])
def test_a_wrong_command_line_is_status_2(broker, arguments):
    result = roomctl(broker, *arguments)
    assert (result.returncode, result.stdout) == (USAGE, "") and "--help" in result.stderr


@pytest.mark.parametrize("command", [
    ("channel", "new"), ("channel", "send", "a", "{}"), ("channel", "receive", "a"), ("group", "add", "a", "b"),
    ("group", "discard", "a", "b"), ("group", "send", "a", "type=x")])
def test_without_a_broker_the_status_is_69(tmp_path, command):
    result = roomctl(tmp_path, *command)
    assert (result.returncode, result.stdout) == (UNAVAILABLE, "") and "No broker" in result.stderr


def test_a_room_may_be_called_as_a_command(broker):
    assert output_of(broker, "group", "--", "add") == "chat_add\n"
