# SPDX-License-Identifier: MIT
"""roomctl and the pages edit and delete messages, and show what was done to them."""

import json
import re

import pytest
from account_site import AccountSite
from changes import SECRET
from manage import manage
from roomctl import REFUSED, USAGE, Tail, output_of, roomctl, tail_of
from stack import Broker


@pytest.fixture
def broker():
    with Broker() as started:
        yield started


def test_roomctl_edits_deletes_and_prints_it(broker):
    assert output_of(broker, "send", "--user", "cron", "lobby", SECRET) == ""
    assert output_of(broker, "edit", "--user", "ann", "lobby", "1", f"{SECRET} \"again\"") == ""
    assert output_of(broker, "send", "lobby", "helo") == ""
    assert roomctl(broker, "edit", "--ref", "a", "lobby", "3", "-", input="hello\n").returncode == 0
    assert roomctl(broker, "edit", "--ref", "a", "lobby", "3", "-", input="hello\n").returncode == 0
    assert output_of(broker, "delete", "--user", "bob", "lobby", "1") == ""
    lines = [line.split(" ", 2)[2] for line in output_of(broker, "history", "lobby").splitlines()]
    assert lines == ["cron: (deleted)", "ann edits 1: (deleted)", "*: hello", "* edits 3: hello", "bob deletes 1"]
    for arguments in (("edit", "lobby", "9", "x"), ("delete", "lobby", "1")):
        result = roomctl(broker, *arguments)
        assert (result.returncode, result.stderr) == (REFUSED, "roomctl: There is no such message, or it is deleted.\n")
    for arguments in (("edit", "lobby", "1"), ("delete", "lobby", "x"), ("delete", "lobby", "01"),
                      ("delete", "lobby", "")):
        assert roomctl(broker, *arguments).returncode == USAGE, arguments


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_roomctl_tail_follows_changes_in_order(broker, options):
    with tail_of(broker, "lobby", *options) as tail:
        tail.say("one")
        seq = json.loads(output_of(broker, "export", "lobby").splitlines()[-1])["seq"]
        output_of(broker, "edit", "lobby", str(seq), "uno")
        output_of(broker, "delete", "lobby", str(seq))
        tail.say("two")
        lines = tail.next_lines(4)
    if options:
        assert [json.loads(line)["type"] for line in lines] == ["chat.message", "edit", "delete", "chat.message"]
        assert [json.loads(line)["seq"] for line in lines] == list(range(seq, seq + 4))
    else:
        assert [line.split(" ", 1)[1] for line in lines] == [
            "*: one", f"* edits {seq}: uno", f"* deletes {seq}", "*: two"]


def test_roomctl_tail_reads_changes_that_it_has_missed(broker):
    for arguments in (("send", "lobby", "one"), ("edit", "lobby", "1", "uno"), ("send", "lobby", "two")):
        output_of(broker, *arguments)
    with Tail(broker, "lobby", "--json", "--since", "0") as tail:
        events = [json.loads(line) for line in tail.next_lines(3)]
    assert [event["type"] for event in events] == ["chat.message", "edit", "chat.message"]
    assert (events[1]["target"], events[1]["room"]) == (1, "lobby")


class Lobby:
    """A page's forms for two people, and the room's rows."""

    path = "/chat/lobby/"

    def __init__(self, site):
        self.site = site
        self.ann, self.bob = site.person("ann"), site.person("bob")

    def change(self, browser, what, accept="text/html", **fields):
        return browser.post(f"{self.path}{what}/", {"csrf_token": browser.token(), **fields}, Accept=accept)


def test_forms_edit_and_delete_without_scripts():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message=SECRET)
        reply = lobby.change(lobby.ann, "edit", target=1, message="hello\r\nagain")
        assert (reply.status, reply.location) == (303, f"{lobby.path}?message=1#message-1")
        page = lobby.bob.get(lobby.path).text
        assert re.search(r'data-seq="1"[^>]* data-edited="\d{4}-\d\d-\d\dT[\d:.]+Z">', page)
        assert "hello\nagain" in page and '<span class="message-edited">(edited)</span>' in page and SECRET not in page
        assert 'id="message-2"' not in page, "an edit is no message"
        assert '"seq": 2' in page, "scripts go on behind it"
        assert lobby.change(lobby.bob, "delete", target=1).status == 403
        assert lobby.change(lobby.ann, "delete", target=1).status == 303
        for browser in (lobby.ann, lobby.bob):
            page = browser.get(lobby.path).text
            assert "message-deleted" in page and "This message was deleted." in page
            assert "again" not in page and "(edited)" not in page
        assert [row.get("type") for row in site.broker.control(op="history", room="lobby")["messages"]] == [
            None, "edit", "delete"]


def test_scripts_post_changes_and_are_told_why_not():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message="helo")

        def answer(browser, what, **fields):
            reply = lobby.change(browser, what, "application/json", **fields)
            return reply.status, json.loads(reply.text)
        status, told = answer(lobby.ann, "edit", target=1, message="hello", ref="a")
        assert (status, told["seq"]) == (200, 2)
        assert answer(lobby.ann, "edit", target=1, message="hello", ref="a")[1] == {
            "ok": True, "seq": 2, "repeated": True}
        for browser, what, fields, expected in (
                (lobby.bob, "edit", {"target": 1, "message": "x"}, (403, "not_yours")),
                (lobby.ann, "edit", {"target": 1, "message": ""}, (400, "no_message")),
                (lobby.ann, "edit", {"target": "1x", "message": "x"}, (400, "bad_target")),
                (lobby.ann, "delete", {"target": 0}, (400, "bad_target")),
                (lobby.ann, "delete", {"target": 9}, (404, "no_target"))):
            status, told = answer(browser, what, **fields)
            assert (status, told["error"]) == expected, fields
        for what in ("edit", "delete"):
            reply = lobby.ann.post(f"{lobby.path}{what}/", {"target": 1, "message": "x"}, Accept="application/json")
            assert (reply.status, json.loads(reply.text)["error"]) == (403, "csrf")


def test_a_superuser_deletes_what_others_said_and_edits_nothing_of_it():
    with AccountSite() as site:
        lobby = Lobby(site)
        lobby.ann.submit(lobby.path, message="rude")
        assert manage(site.state, "user", "promote", "bob").returncode == 0
        lobby.bob.log_in("bob")
        assert lobby.change(lobby.bob, "edit", target=1, message="kind").status == 403
        assert lobby.change(lobby.bob, "delete", target=1).status == 303


def test_a_page_that_a_browser_has_is_new_when_a_message_of_it_was_changed():
    with AccountSite() as site:
        lobby = Lobby(site)
        for text in ("one", SECRET, "three"):
            lobby.ann.submit(lobby.path, message=text)
        path = "/api/rooms/lobby/messages?before=3&limit=2"
        first = lobby.ann.get(path)
        assert SECRET in first.text and lobby.ann.get(path, If_None_Match=first.headers["ETag"]).status == 304
        lobby.change(lobby.ann, "delete", target=2)
        again = lobby.ann.get(path, If_None_Match=first.headers["ETag"])
        assert again.status == 200 and SECRET not in again.text and '"deleted": true' in again.text
