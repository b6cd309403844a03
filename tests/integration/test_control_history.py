# SPDX-License-Identifier: MIT
"""What scripts do with what was said: send it once, read it page by page, find it, copy it."""

import json
import signal
import sqlite3

import pytest
from stack import DEADLINE_SECONDS, Broker, get, wait_for

MESSAGE = {"type": "chat.message", "message": "x"}


@pytest.fixture(scope="module")
def broker():
    with Broker("history.durability=process") as running:
        yield running


def send(broker, room, text, **members):
    return broker.control(op="group_send", room=room, event={"type": "chat.message", "message": text}, **members)


def numbers(answer):
    assert answer["ok"], answer
    return [message["seq"] for message in answer["messages"]]


def test_a_message_has_its_number_when_it_is_committed(broker):
    assert [send(broker, "numbers", "x") for _ in range(3)] == [{"ok": True, "seq": seq} for seq in (1, 2, 3)]


def test_what_is_sent_again_is_kept_once(broker):
    assert send(broker, "again", "a", ref="1", sender="cron") == {"ok": True, "seq": 1}
    assert send(broker, "again", "b") == {"ok": True, "seq": 2}
    assert send(broker, "again", "a", ref="1", sender="cron") == {"ok": True, "seq": 1, "repeated": True}
    assert send(broker, "again", "c", ref="1", sender="other") == {"ok": True, "seq": 3}, "another's ref is another"
    assert send(broker, "again", "d", ref="1") == {"ok": True, "seq": 4}, "nobody's too"
    assert send(broker, "again", "d", ref="1")["repeated"]
    assert [message["message"] for message in broker.control(op="history", room="again")["messages"]] == list("abcd")


def test_refs_outlive_the_broker():
    with Broker("history.durability=process") as broker:
        assert send(broker, "r", "a", ref="1", sender="cron")["seq"] == 1
        broker.kill()
        broker.start()
        assert send(broker, "r", "a", ref="1", sender="cron") == {"ok": True, "seq": 1, "repeated": True}
        assert send(broker, "r", "b", ref="2", sender="cron") == {"ok": True, "seq": 2}


def test_history_is_read_from_both_sides(broker):
    broker.push("\n".join('chat_pages {"type":"chat.message","message":"%d","user":"cron"}' % i for i in range(1, 121)))
    wait_for(lambda: numbers(broker.control(op="history", room="pages", after=119)) == [120], "all are kept")

    def read(**members):
        answer = broker.control(op="history", room="pages", **members)
        assert answer["room"] == "pages" and len(answer["epoch"]) == 16
        assert [int(message["message"]) for message in answer["messages"]] == numbers(answer)
        return numbers(answer), answer["more"]
    assert read() == (list(range(71, 121)), True)
    assert read(limit=500) == (list(range(1, 121)), False)
    assert read(after=0, limit=2) == ([1, 2], True)
    assert read(after=118) == ([119, 120], False)
    assert read(after=120) == ([], False)
    assert read(before=4) == ([1, 2, 3], False)
    assert read(before=4, limit=2) == ([2, 3], True)
    message = broker.control(op="history", group="chat_pages", limit=1)["messages"][0]
    assert set(message) == {"seq", "user", "message", "time"} and message["user"] == "cron"


def test_a_room_where_nothing_was_said_is_empty(broker):
    answer = broker.control(op="history", room="nobody")
    assert answer["ok"] and answer["messages"] == [] and answer["more"] is False


def test_a_page_ends_at_64_kib(broker):
    for _ in range(8):
        assert send(broker, "long", "y" * 20000)["ok"]
    answer = broker.control(op="history", room="long")
    assert numbers(answer) == [6, 7, 8] and answer["more"]
    assert numbers(broker.control(op="history", room="long", after=0)) == [1, 2, 3]


def test_messages_are_found_by_their_words(broker):
    for text in ("the disk is full", "backup done", "disk replaced", "房间很大"):
        send(broker, "search", text)

    def found(query, **members):
        answer = broker.control(op="search", room="search", query=query, **members)
        assert answer["ok"], answer
        return [message["message"] for message in answer["messages"]]
    assert found("很大") == ["房间很大"]
    assert found("DISK") == ["the disk is full", "disk replaced"]
    assert found("disk", before=3) == ["the disk is full"]
    assert found("disk", limit=1) == ["disk replaced"]
    assert found("printer") == []


def test_a_backup_is_a_database_with_what_was_said(broker, tmp_path):
    send(broker, "backup", "kept")
    copy = tmp_path / "copy.db"
    assert broker.control(op="backup", path=str(copy)) == {"ok": True}
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert broker.control(op="backup", path=str(copy))["error"] == "exists"
    assert broker.control(op="backup", path="copy.db")["error"] == "bad_path"
    assert broker.control(op="backup", path=str(tmp_path / "none/copy.db"))["ok"] is False
    assert f'event=backup path="{copy}"' in broker.log() and f'event=backup_done path="{copy}"' in broker.log()


def test_the_state_of_the_history_is_shown(broker):
    answer = broker.control(op="stats")
    assert answer["durability"] == "process" and answer["history"] == "ok"
    health = json.loads(get(f"http://127.0.0.1:{broker.port}/healthz")[1])
    assert health["ok"] and health["durability"] == "process" and health["history"] == "ok"


def test_requests_that_wait_are_answered_at_the_stop():
    """A shell that holds the database lets nothing be committed: the answer is no number then, and none is lost."""
    with Broker("history.durability=process") as broker, broker.sp("control") as client:
        send(broker, "r", "a")
        database = sqlite3.connect(broker.state / "history.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        client.greet(client.REQ)
        client.send(b"\x80\0\0\1" + json.dumps({"op": "group_send", "room": "r", "event": MESSAGE}).encode())
        wait_for(lambda: broker.control(op="stats")["stats"]["history_waiting"] == 1, "it waits")
        broker.process.send_signal(signal.SIGTERM)
        answer = json.loads(client.receive()[4:])
        assert answer["ok"] is False and answer["error"] in ("busy", "stopping")
        assert broker.process.wait(DEADLINE_SECONDS) == 0
        database.execute("ROLLBACK")
        database.close()
