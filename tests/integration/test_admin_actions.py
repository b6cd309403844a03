# SPDX-License-Identifier: MIT
"""What superusers do in the admin: each action is asked about, done, and written into the audit log."""

import asyncio
import re

import pytest
from account_site import AccountSite, welcome
from admin_site import Admin, Tables
from manage import objects_of
from stack import receive_type, wait_for


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0", "limits.connections_per_address=1000") as started:
        yield started


@pytest.fixture(scope="module")
def admin(site):
    return Admin(site, "Root")


def say(site, room, *texts):
    for text in texts:
        event = {"type": "chat.message", "message": text, "user": "ann"}
        assert site.broker.control(op="group_send", room=room, event=event)["ok"]


def row_of(admin, path, title, text):
    return next(row for row in admin.rows(path) if row[title] == text)


@pytest.mark.parametrize("action, values, verb, mark", [
    ("lock", {}, "lock", "locked"), ("members", {}, "members_only", "members only"),
    ("hide", {}, "hide", "hidden"), ("slow", {"seconds": "30"}, "slow", "slow")])
def test_rules_are_given_to_rooms_in_bulk_and_taken(site, admin, action, values, verb, mark):
    undo = {"lock": ("unlock", {}), "members": ("everybody", {}), "hide": ("show", {}), "slow": ("slow", {"seconds": "0"})}
    rooms = [f"bulk {action} {i}" for i in range(3)]
    for room in rooms:
        say(site, room, "hello")
    path = f"rooms/?q=bulk+{action}"
    admin.do(path, action, rooms[:2], **values)
    assert [row["Rules"] for row in admin.rows(path)] == [mark, mark, ""]
    assert [row[:2] for row in admin.audit()[:2]] == [(verb, rooms[1]), (verb, rooms[0])]
    admin.do(path, undo[action][0], rooms[:2], **undo[action][1])
    assert [row["Rules"] for row in admin.rows(path)] == ["", "", ""]


def test_rooms_are_filtered_by_their_rules(site, admin):
    say(site, "filtered", "hello")
    for name in ("locked", "members_only", "hidden", "slow", "ruled"):
        assert "filtered" not in [row["Room"] for row in admin.rows(f"rooms/?filter={name}")]
    admin.do("rooms/", "lock", ["filtered"])
    for name in ("locked", "ruled"):
        assert "filtered" in [row["Room"] for row in admin.rows(f"rooms/?filter={name}")]
    assert row_of(admin, "rooms/?filter=locked", "Room", "filtered")["Messages"] == "1"


def test_hidden_room_is_shown_with_the_people_in_it(site, admin):
    async def story():
        async with site.socket(site.browser(), "out%20of%20sight") as connection:
            await welcome(connection)
            await asyncio.to_thread(admin.do, "rooms/", "hide", ["out of sight"])
            await receive_type(connection, "rules")
            return [await asyncio.to_thread(admin.rows, f"rooms/?{query}q=out+of+sight") for query in ("", "filter=here&")]
    for rows in asyncio.run(story()):
        assert [(row["Room"], row["Rules"], row["People"]) for row in rows] == [("out of sight", "hidden", "1")]


def test_index_shows_a_hidden_room_to_its_members_alone(site, admin):
    member, other, guest = site.person("Insider"), site.person("Outsider"), site.browser()

    async def story():
        async with site.socket(guest, "secluded") as connection:
            await welcome(connection)
            await asyncio.to_thread(admin.do, "rooms/", "hide", ["secluded"])
            await receive_type(connection, "rules")
            fields = {"form": "role", "name": "Insider", "role": "member"}
            assert (await asyncio.to_thread(admin.post, "rooms/secluded/", fields.items())).status == 303
            await asyncio.to_thread(wait_for, lambda: "secluded" in member.get("/chat/").text, "its member finds it")
            return [await asyncio.to_thread(person.get, "/chat/") for person in (other, guest)]
    assert ["secluded" in reply.text for reply in asyncio.run(story())] == [False, False]


def test_topic_reaches_the_room_at_once(site, admin):
    async def story():
        async with site.socket(site.browser(), "topical") as connection:
            await welcome(connection)
            await asyncio.to_thread(admin.do, "rooms/", "topic", ["topical"], topic="Trains 火车")
            return await receive_type(connection, "rules")
    assert asyncio.run(story())["topic"] == "Trains 火车"


def test_page_of_a_room_saves_rules_and_gives_roles(site, admin):
    site.person("Mod")
    fields = {"form": "rules", "topic": "Of rules", "seconds": "5", "locked": "on"}
    assert admin.post("rooms/lobby/", fields.items()).status == 303
    page = admin.page("rooms/lobby/")
    assert 'value="Of rules"' in page.text and 'value="5"' in page.text
    assert re.search(r'name="locked"[^>]*checked', page.text)
    assert not re.search(r'name="hidden"[^>]*checked', page.text)
    assert admin.post("rooms/lobby/", {"form": "role", "name": "Mod", "role": "moderator"}.items()).status == 303
    assert row_of(admin, "rooms/lobby/", "Name", "Mod")["Role"] == "moderator"
    refused = admin.post("rooms/lobby/", {"form": "role", "name": "Nobody Here", "role": "member"}.items())
    assert refused.status == 400 and 'value="Nobody Here"' in refused.text
    refused = admin.post("rooms/lobby/", {"form": "rules", "seconds": "quick"}.items())
    assert refused.status == 400 and "number of seconds" in refused.text
    assert {row[0] for row in admin.audit()} >= {"topic", "slow", "lock", "role"}


def test_rules_are_saved_together_or_not_at_all(site, admin):
    for wrong in ({"topic": "x" * 300, "seconds": "30"}, {"topic": "Fine", "seconds": "quick"}):
        refused = admin.post("rooms/whole/", {"form": "rules", "locked": "on", **wrong}.items())
        assert refused.status == 400
        assert objects_of(site.state, "room", "list", "--search", "whole") == []


def test_rules_that_cannot_be_read_are_not_offered_to_be_saved(site, admin):
    with site.database() as database:
        database.execute("ALTER TABLE room RENAME TO hidden_room")
        try:
            page = admin.page("rooms/lobby/", 503)
            assert "/admin/rooms/lobby/" not in page.page.forms
        finally:
            database.execute("ALTER TABLE hidden_room RENAME TO room")


def test_account_is_banned_let_in_promoted_demoted_and_deleted(site, admin):
    person = site.person("Target")
    path = "people/?q=target"
    id = admin.id_of(path, "User name", "Target")
    admin.do(path, "ban", [id])
    assert admin.rows(path)[0]["Rights"] == "banned" and not person.is_logged_in()
    admin.do(path, "unban", [id])
    person.log_in("Target")
    admin.do(path, "promote", [id])
    assert admin.rows(path)[0]["Rights"] == "superuser"
    person.log_in("Target")
    assert person.get("/admin/").status == 200
    admin.do(path, "demote", [id])
    person.log_in("Target")
    assert person.get("/admin/").status == 403
    admin.do(path, "end", [id])
    assert not person.is_logged_in()
    admin.do(path, "delete", [id])
    assert admin.rows(path) == [] and admin.browser.get(f"/admin/people/{id}/").status == 404
    assert [row[0] for row in admin.audit()[:6]] == ["user delete", "session purge", "user demote", "user promote",
                                                     "user unban", "user ban"]
    assert {row[2] for row in admin.audit()[:6]} == {"Target"}


@pytest.mark.parametrize("action", ["ban", "demote", "delete", "end"])
def test_nobody_does_that_to_oneself(site, admin, action):
    site.person(f"Victim {action}")
    ids = [admin.id_of("people/", "User name", name) for name in ("Root", f"Victim {action}")]
    reply = admin.ask("people/", action, ids)
    assert reply.status == 409 and "your own account" in reply.text
    assert [row["User name"] for row in Tables(reply.text).rows] == ["Root"]
    assert admin.browser.get("/admin/").status == 200
    assert admin.audit()[0][2] == f"Victim {action}" or action == "demote"


def test_page_of_a_person_shows_what_belongs_to_them(site, admin):
    site.person("Shown")
    admin.post("rooms/lobby/", {"form": "role", "name": "Shown", "role": "member"}.items())
    admin.add("bans", kind="mute", who="Shown", room="lobby", seconds="600", reason="too loud")
    id = admin.id_of("people/?q=shown", "User name", "Shown")
    text = admin.page(f"people/{id}/").text
    assert "Sessions" in text and "member" in text and "too loud" in text
    assert "your own account" in admin.page(f"people/{admin.id_of('people/', 'User name', 'Root')}/").text


def test_session_is_found_by_name_and_ended(site, admin):
    person = site.person("Sitter")
    path = "sessions/?q=sitter"
    rows = admin.rows(path)
    assert [row["User name"] for row in rows] == ["Sitter"] and rows[0]["Browser"].strip()
    admin.do(path, "end", [rows[0]["id"]])
    assert admin.rows(path) == [] and not person.is_logged_in()
    assert admin.audit()[0][0] == "session purge"


def test_connections_are_found_and_closed_together(site, admin):
    async def story():
        people = [site.person(f"Closed {i}") for i in range(2)]
        async with site.socket(people[0], "closing") as first, site.socket(people[1], "closing") as second:
            await welcome(first)
            await welcome(second)
            rows = await asyncio.to_thread(admin.rows, "connections/?room=closing")
            assert {row["Who"] for row in rows} == {"Closed 0", "Closed 1"}
            assert [row["Who"] for row in await asyncio.to_thread(admin.rows, "connections/?q=closed+1")] == ["Closed 1"]
            await asyncio.to_thread(admin.do, "connections/?room=closing", "close", [row["id"] for row in rows])
            await asyncio.gather(first.wait_closed(), second.wait_closed())
            return first.close_code, second.close_code
    assert asyncio.run(story()) == (4403, 4403)
    assert [row[0] for row in admin.audit()[:2]] == ["close", "close"]


def test_messages_are_found_in_one_room_or_all_and_deleted(site, admin):
    for room in ("searched one", "searched two"):
        say(site, room, "a needle here", "straw")
    assert [row["Message"] for row in admin.rows("messages/?room=searched+one")] == ["straw", "a needle here"]
    wait_for(lambda: len(admin.rows("messages/?q=needle")) == 2, "the index has both")
    found = admin.rows("messages/?q=needle")
    assert [row["Room"] for row in found] == ["searched one", "searched two"]
    question = admin.post("messages/", [("action", "delete"), ("id", found[0]["id"]), ("next", "/admin/messages/")])
    assert "a needle here" in question.text
    admin.do("messages/?q=needle", "delete", [row["id"] for row in found])
    assert admin.rows("messages/?q=needle") == []
    assert "needle" not in site.browser().get("/chat/searched%20one/").text
    wait_for(lambda: len(admin.rows("audit/?q=delete&room=searched+two")) == 1, "it is written down")
    for room in ("searched one", "searched two"):
        [row] = admin.rows(f"audit/?q=delete&room={room.replace(' ', '+')}")
        assert (row["Action"], row["By"], row["From"]) == ("delete", "Root", "From here")


def test_messages_behind_a_page_of_edits_are_reached(site, admin):
    say(site, "edited", "the oldest", "edited over and over")
    for i in range(60):
        assert site.broker.control(op="edit", room="edited", target=2, message=f"edit {i}")["ok"]
    assert admin.rows("messages/?room=edited") == []
    link = re.search(r'id="next" href="([^"]+)"', admin.page("messages/?room=edited").text)[1].replace("&amp;", "&")
    assert [row["Message"] for row in admin.rows(f"messages/{link}")] == ["edit 59", "the oldest"]


@pytest.mark.parametrize("kind, who, room, verb", [("ban", "Held 0", "", "ban"), ("mute", "Held 1", "kept quiet", "mute"),
                                                   ("address", "192.0.2.0/24", "", "ban")])
def test_ban_is_made_and_lifted(site, admin, kind, who, room, verb):
    if not who[0].isdigit():
        site.person(who)
    assert admin.add("bans", kind=kind, who=who, room=room, seconds="3600", reason="rude").status == 303
    row = row_of(admin, "bans/", "Who", who)
    assert row["Reason"] == "rude" and row["By"] == "Root" and row["Where"] == (room or "the whole site")
    assert admin.audit()[0][0] == verb
    admin.do("bans/", "lift", [row["id"]])
    assert who not in [row["Who"] for row in admin.rows("bans/")]
    assert admin.audit()[0][0] == f"un{verb}"
    reply = admin.ask("bans/", "lift", [row["id"]])
    assert reply.status == 409 and "over already" in reply.text


def test_bans_are_searched_and_of_one_room(site, admin):
    for who, room in (("192.0.2.1", ""), ("192.0.2.2", "barred"), ("192.0.2.3", "barred")):
        assert admin.add("bans", kind="address", who=who, room=room, seconds="3600", reason=f"of {who}").status == 303
    for query, found in (("q=of+192.0.2.1", ["192.0.2.1"]), ("room=barred", ["192.0.2.3", "192.0.2.2"]),
                         ("room=barred&q=2.2", ["192.0.2.2"]), ("q=nobody+at+all", [])):
        assert [row["Who"] for row in admin.rows(f"bans/?{query}")] == found, query


def test_wrong_ban_is_refused_with_what_was_entered(admin):
    for values, sentence in (({"who": ""}, "Say who"), ({"who": "Nobody Of That Name"}, None),
                             ({"who": "no address", "kind": "address"}, None)):
        reply = admin.add("bans", **{"kind": "ban", "room": "", "seconds": "600", "reason": "kept text", **values})
        assert reply.status == 400 and 'value="kept text"' in reply.text and 'id="problem"' in reply.text
        assert sentence is None or sentence in reply.text


def test_invitation_is_shown_once_and_deleted(site, admin):
    reply = admin.add("invites", uses="3", days="2", note="for the choir")
    link = re.search(r'id="secret">([^<]+)<', reply.text)[1]
    assert reply.status == 200 and "/accounts/register/?invite=" in link
    row = row_of(admin, "invites/", "Note", "for the choir")
    assert row["Uses left"] == "3" and row["State"] == "usable" and link not in admin.page("invites/").text
    admin.do("invites/", "delete", [row["id"]])
    assert admin.rows("invites/") == []
    assert [row[0] for row in admin.audit()[:2]] == ["invite delete", "invite create"]
    assert admin.add("invites", uses="many").status == 400


def test_next_page_of_invitations_is_found_when_the_last_row_of_this_one_is_gone(site, admin):
    with site.database() as database:
        for i in range(60):
            database.execute("INSERT INTO invite VALUES (?, ?, ?, 1, ?)", (bytes([i]) * 32, i // 3, 2 ** 50, f"many {i:02}"))
    page = admin.page("invites/?q=many")
    first = [row["Note"] for row in Tables(page.text).rows]
    link = re.search(r'id="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    admin.do("invites/", "delete", [Tables(page.text).rows[-1]["id"]])
    second = [row["Note"] for row in admin.rows(f"invites/{link}")]
    assert (len(first), len(second)) == (50, 10)
    assert sorted(first + second) == [f"many {i:02}" for i in range(60)]


def test_key_is_shown_once_works_and_is_removed(site, admin):
    reply = admin.add("keys", **{"name": "robot", "rooms.read": "on", "messages.send": "on", "rooms": "robots*\nlobby"})
    key = re.search(r'id="secret">(rw_[^<]+)<', reply.text)[1]
    row = row_of(admin, "keys/", "Name", "robot")
    assert row["Good for"] == "messages:send rooms:read" and row["Rooms"] == "robots*, lobby"
    assert key not in admin.page("keys/").text
    headers = {"Authorization": f"Bearer {key}"}
    assert site.browser().get("/api/rooms", **headers).status == 200
    admin.do("keys/", "remove", [row["id"]])
    assert site.browser().get("/api/rooms", **headers).status == 401
    assert [row[0] for row in admin.audit()[:2]] == ["apikey remove", "apikey add"]
    for wrong in ({"name": ""}, {"name": "no scope"}, {"name": "x", "channels.send": "on", "rooms": "lobby"}):
        assert admin.add("keys", **wrong).status == 400


def test_announcement_reaches_rooms_and_stays_in_the_list(site, admin):
    async def story():
        async with site.socket(site.browser(), "lobby") as connection:
            await welcome(connection)
            reply = await asyncio.to_thread(admin.add, "announcements", message="Down at noon")
            assert reply.status == 303
            return await receive_type(connection, "notice")
    assert asyncio.run(story())["message"] == "Down at noon"
    assert row_of(admin, "announcements/", "Message", "Down at noon")["By"] == "Root"
    assert admin.add("announcements", message=" ").status == 400


def test_audit_log_is_searched_and_filtered(site, admin):
    admin.add("announcements", message="Findable words")
    assert {row["Detail"] for row in admin.rows("audit/?q=findable")} == {"Findable words"}
    assert admin.rows("audit/?filter=shell&q=findable") == []
    assert {row["By"] for row in admin.rows("audit/?filter=admin")} == {"Root"}


def test_without_the_broker_the_pages_say_so_and_show_what_they_know(site, admin):
    say(site, "left behind", "hello")
    site.broker.stop()
    try:
        for path in ("", "rooms/", "connections/", "health/", "rooms/lobby/"):
            assert "broker is away" in admin.page(path).text, path
        assert "left behind" in [row["Room"] for row in admin.rows("rooms/")]
        assert "systemctl start roomwire-broker" in admin.page("health/").text
        reply = admin.add("announcements", message="nobody hears it")
        assert reply.status == 400 and "broker is away" in reply.text and ">\nnobody hears it</textarea>" in reply.text
    finally:
        site.broker.start()
