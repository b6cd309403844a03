# SPDX-License-Identifier: MIT
"""The admin's lists and actions over HTTP: as whom they are done, and what is refused."""

import contextlib
import sqlite3

import pytest
from account_site import AccountSite
from manage import objects_of, output_of
from program import Program, make_key
from stack import wait_for


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0") as started:
        for name in ("root", "una"):
            started.person(name)
        output_of(started.state, "user", "promote", "root")
        yield started


@pytest.fixture(scope="module")
def admin(site):
    return Program(site.web.port, make_key(site.state, "admin", name="watch")["key"])


def do(admin, place, action, **fields):
    return admin.post(f"/api/admin/{place}", {"action": action, **fields})


def last_audit(site):
    row = objects_of(site.state, "audit", "list", "--limit", "1")[0]
    return row["action"], row["via"], row["actor"], row["room"]


def test_what_is_done_is_in_the_audit_log_by_the_keys_name_or_by_whom_it_acts_as(site, admin):
    assert do(admin, "rooms", "lock", id="tea").status == 200
    assert last_audit(site) == ("lock", "api", "watch", "tea")
    assert do(admin, "rooms", "unlock", id="tea", **{"as": "root"}).status == 200
    assert last_audit(site) == ("lock", "api", "root", "tea")
    assert do(admin, "invites", "add", note="for ann").status == 200
    assert last_audit(site)[1:3] == ("api", "watch")


def test_message_that_a_program_deletes_is_in_the_audit_log_as_what_it_orders(site, admin):
    for who in ({}, {"as": "root"}):
        said = admin.say("rude", "tea").json
        assert do(admin, "messages", "delete", id=f"{said['seq']} tea", **who).status == 200
        wait_for(lambda: last_audit(site) == ("delete", "api", who.get("as", "watch"), "tea"), "it is written down")


def test_who_is_no_superuser_is_no_admin(site, admin):
    for who in ("una", "guest"):
        assert admin.get(f"/api/admin/rooms?as={who}").result == (403, "forbidden")
        assert do(admin, "rooms", "lock", id="tea", **{"as": who}).result == (403, "forbidden")
    assert admin.get("/api/admin/rooms?as=noone").result == (404, "nobody")
    assert admin.get("/api/admin/stats?as=root").status == 200


@pytest.mark.parametrize("scopes", [("rooms:read", "messages:send", "messages:read", "rooms:moderate", "channels:send")])
def test_other_scopes_together_are_no_admins(site, scopes):
    other = Program(site.web.port, make_key(site.state, *scopes)["key"])
    assert other.get("/api/admin/audit").result == (403, "insufficient_scope")
    assert do(other, "keys", "add", name="x", scope="admin").result == (403, "insufficient_scope")
    assert site.browser().get("/api/admin/audit").status == 401


def test_own_account_of_whom_it_acts_as_is_safe(admin):
    [root] = admin.get("/api/admin/people?q=root").json["rows"]
    refused = do(admin, "people", "ban", id=root["id"], **{"as": "root"})
    assert refused.result == (409, "not_done") and "your own account" in refused.json["message"]


def test_new_key_is_shown_and_works(site, admin):
    made = do(admin, "keys", "add", name="made", scope=["rooms:read", "messages:read"], rooms=["tea", "ops*"])
    [row] = admin.get("/api/admin/keys?q=made").json["rows"]
    assert (row["scopes"], row["rooms"], row["until"]) == ("messages:read rooms:read", "tea, ops*", None)
    assert Program(site.web.port, made.json["secret"]).get("/api/rooms/tea/messages").status == 200
    assert do(admin, "keys", "add", name="wrong", scope=["rooms:read", "all"]).result == (400, "bad_field")
    assert do(admin, "keys", "add", name="wrong", scope="admin", rooms="tea").result == (400, "bad_field")


def test_what_can_be_done_is_done_and_the_rest_is_told(admin):
    assert do(admin, "invites", "add", note="half").status == 200
    [row] = admin.get("/api/admin/invites?q=half").json["rows"]
    reply = do(admin, "invites", "delete", id=[row["id"], "0123"])
    assert (reply.status, reply.json["done"], [failed["id"] for failed in reply.json["failed"]]) == (200, 1, ["0123"])
    assert do(admin, "invites", "delete", id=row["id"]).result == (409, "not_done")


def test_mistakes_are_refused(admin):
    assert admin.get("/api/admin/nothing").result == (404, "not_found")
    assert do(admin, "nothing", "lock", id="tea").result == (404, "not_found")
    assert do(admin, "rooms", "dance", id="tea").result == (400, "bad_field")
    assert do(admin, "rooms", "add").result == (400, "bad_field")
    assert do(admin, "rooms", "lock").result == (400, "bad_field")
    assert do(admin, "bans", "add", kind="ban", who="noone", seconds=60).result == (404, "nobody")
    assert do(admin, "connections", "close", id="specific.x!y").result == (404, "no_channel")
    assert admin.get("/api/admin/rooms?limit=501").result == (400, "bad_field")
    assert admin.get("/api/admin/rooms?limit=0").result == (400, "bad_field")


def test_list_goes_on_behind_its_next(admin):
    for room in ("page-a", "page-b", "page-c"):
        assert do(admin, "rooms", "hide", id=room).status == 200
    names, after = [], ""
    for _ in range(3):
        page = admin.get(f"/api/admin/rooms?q=page-&limit=1&after={after}").json
        names += [row["room"] for row in page["rows"]]
        after = page.get("next", "")
    assert names == ["page-a", "page-b", "page-c"] and not page["more"]


def test_lists_are_words_for_programs_in_any_language(admin):
    [row] = admin.ask("GET", "/api/admin/rooms?q=page-a", Accept_Language="zh-CN").json["rows"]
    assert (row["rules"], row["last_message"]) == ("hidden", None)
    row = admin.ask("GET", "/api/admin/audit?room=page-a", Accept_Language="zh-CN").json["rows"][0]
    assert (row["action"], row["via"], row["by"], row["detail"]) == ("hide", "api", "watch", "on")


def test_more_rows_than_an_action_takes_are_all_left_alone(admin):
    many = [f"row-{number}" for number in range(201)]
    assert do(admin, "rooms", "lock", id=many).result == (400, "bad_field")
    assert do(admin, "rooms", "lock").result == (400, "bad_field")
    assert admin.get("/api/admin/rooms?q=row-").json["rows"] == []
    assert do(admin, "rooms", "lock", id=many[:200]).json["done"] == 200


def test_history_that_cannot_be_read_is_no_mistake_of_who_asks(site, admin):
    assert admin.say("soon gone", "tea").status == 200
    with contextlib.closing(sqlite3.connect(site.state / "history.db", timeout=10)) as database:
        database.execute("ALTER TABLE message RENAME TO hidden_message")
        try:
            for query in ("room=tea", "q=soon&room=tea", "q=soon"):
                reply = admin.get(f"/api/admin/messages?{query}")
                assert reply.status == 503, reply.text
        finally:
            database.execute("ALTER TABLE hidden_message RENAME TO message")
