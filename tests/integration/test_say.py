# SPDX-License-Identifier: MIT
"""Saying something without a socket: by the form of a page without scripts, and as the client library does where there is no
way for a WebSocket."""

import asyncio
import json

import pytest
from account_site import AccountSite, welcome
from manage import output_of
from stack import receive_type

ROOM = "/chat/lobby/"
JSON = "application/json"


@pytest.fixture
def site():
    with AccountSite() as started:
        yield started


def say(browser, text, path=ROOM, **fields):
    reply = browser.post(path, {"csrf_token": browser.token(), "message": text, **fields}, Accept=JSON)
    assert reply.headers["Content-Type"] == JSON
    return reply.status, json.loads(reply.text)


def test_form_without_scripts_says_it_and_leads_back(site):
    async def story():
        ann = site.person("ann")
        async with site.socket(site.browser()) as listener:
            reply = ann.submit(ROOM, message="hello\r\nfrom a form")
            assert (reply.status, reply.location) == (303, f"{ROOM}#chat-form")
            heard = await receive_type(listener, "message")
            assert (heard["user"], heard["message"]) == ("ann", "hello\nfrom a form")
        assert "from a form" in ann.get(ROOM).text
        assert ("li", "message message-own") in [(tag, more.get("class")) for tag, more in ann.get(ROOM).page.elements]
        assert ann.submit(ROOM, message="hello\r\nfrom a form").status == 303
        assert len(site.broker.control(op="history", room="lobby")["messages"]) == 2
    asyncio.run(story())


def test_empty_message_is_not_sent_and_told(site):
    reply = site.person("ann").submit(ROOM, message="")
    assert reply.status == 400 and "There is nothing in this message." in reply.text


def test_refused_text_stays_in_the_form(site):
    long = "\nwords " * 3000
    reply = site.person("ann").submit(ROOM, message=long)
    assert reply.status == 413
    assert reply.page.texts["chat-message-input"] == long
    assert reply.page.texts["chat-problem"] == "This message is too long. Shorten it and send it again."


def test_script_is_answered_with_the_number(site):
    async def story():
        ann = site.person("ann")
        async with site.socket(site.browser()) as listener:
            status, answer = say(ann, "one")
            assert (status, answer["ok"]) == (200, True)
            assert (await receive_type(listener, "message"))["seq"] == answer["seq"]
    asyncio.run(story())


def test_what_was_tried_on_a_socket_and_again_by_post_is_said_once(site):
    async def story():
        ann = site.person("ann")
        async with site.socket(ann) as connection:
            await welcome(connection)
            await connection.send(json.dumps({"type": "message", "message": "once", "ref": "a"}))
            first = await receive_type(connection, "ack")
        assert say(ann, "once", ref="a") == (200, {"ok": True, "seq": first["seq"], "repeated": True})
        assert say(site.person("bob"), "once", ref="a")[1]["seq"] == first["seq"] + 1, "refs are a person's own"
    asyncio.run(story())


def test_who_is_too_fast_is_told_when_to_go_on():
    with AccountSite("limits.message_burst=2", "limits.messages_per_second=1") as site:
        ann = site.person("ann")
        token = ann.token()
        replies = [ann.post(ROOM, {"csrf_token": token, "message": "x"}, Accept=JSON) for _ in range(5)]
        refused = [reply for reply in replies if reply.status != 200]
        assert len(refused) >= 2
        for reply in refused:
            assert (reply.status, reply.headers["Retry-After"]) == (429, "1")
            assert json.loads(reply.text)["error"] == "too_fast"


@pytest.mark.parametrize("accept, says", [(JSON, '"error": "csrf"'), ("text/html", "This form has expired")])
def test_without_its_token_nothing_is_said(site, accept, says):
    ann = site.person("ann")
    for fields in ({}, {"csrf_token": ""}, {"csrf_token": site.person("bob" + accept[:4]).token()}):
        reply = ann.post(ROOM, {**fields, "message": "x"}, Accept=accept)
        assert reply.status == 403 and says in reply.text
    assert site.broker.control(op="history", room="lobby")["messages"] == []


def test_ban_of_an_address_or_of_a_session_holds_without_a_socket_too(site):
    near, ann = site.browser(address="127.0.0.7"), site.person("ann")
    token = near.token()
    output_of(site.state, "ban", "add", "--address", "127.0.0.7", "--room", "lobby")
    assert near.post(ROOM, {"csrf_token": token, "message": "x"}, Accept=JSON).status == 403
    with site.database() as database:
        [[session]] = database.execute("SELECT key_hash FROM session")
        assert say(ann, "before")[0] == 200
        database.execute("INSERT INTO sanction (room, kind, subject, key, prefix, name, reason, by_name, created) "
                         "VALUES ('lobby', 2, 2, ?, 128, 'ann', '', '', 1)", [session])
    token = ann.form("/chat/tea/", "/chat/tea/")["csrf_token"]
    assert ann.post(ROOM, {"csrf_token": token, "message": "after"}).status == 403
    assert len(site.broker.control(op="history", room="lobby")["messages"]) == 1


def test_without_an_account_nobody_speaks_where_guests_may_not():
    with AccountSite("site.guests=no") as site:
        reply = site.browser().post(ROOM, {"message": "x"}, Accept=JSON)
        assert (reply.status, json.loads(reply.text)["error"]) == (403, "csrf")


def test_other_names_of_the_room_are_the_room(site):
    ann = site.person("ann")
    assert say(ann, "x", path="/chat/e%CC%81/")[0] == 200
    assert len(site.broker.control(op="history", room="é")["messages"]) == 1
    assert say(ann, "x", path="/chat/%2e%2e/")[1]["error"] == "bad_room"


def test_other_parts_of_the_site_are_no_rooms():
    with AccountSite("site.mount=/") as site:
        ann = site.browser()
        token = ann.form("/lobby/")["csrf_token"]
        assert ann.post("/lobby/", {"csrf_token": token, "message": "x"}, Accept=JSON).status == 200
        for page in ("", "edit/", "delete/", "moderate/"):
            fields = {"csrf_token": token, "message": "x", "target": "1", "action": "topic", "text": "Mine"}
            refused = ann.post(f"/ws/{page}", fields, Accept=JSON)
            assert (refused.status, json.loads(refused.text)["error"]) == (404, "not_found")


def test_nothing_is_lost_while_the_broker_is_away(site):
    ann = site.person("ann")
    token = ann.token()
    site.broker.stop()
    reply = ann.post(ROOM, {"csrf_token": token, "message": "kept", "ref": "1"}, Accept=JSON)
    assert (reply.status, json.loads(reply.text)["error"]) == (503, "unavailable") and reply.headers["Retry-After"]
    reply = ann.post(ROOM, {"csrf_token": token, "message": "kept"})
    assert reply.status == 503 and reply.page.texts["chat-message-input"] == "kept"
    site.broker.start()
    assert say(ann, "kept", ref="1")[0] == 200


def test_who_must_not_speak_is_told_why(site):
    ann = site.person("ann")
    said = {"csrf_token": ann.token(), "message": "hello"}
    for action, code, sentence in (("mute", "muted", "You are muted in this room: this was not sent."),
                                   ("ban", "banned", "You are banned from the room")):
        assert site.broker.control(op="moderate", room="lobby", action=action, user="ann") == {"ok": True}
        refused = ann.post(ROOM, said, Accept=JSON)
        assert (refused.status, json.loads(refused.text)["error"]) == (403, code)
        shown = ann.post(ROOM, said)
        assert shown.status == 403 and sentence in shown.text
