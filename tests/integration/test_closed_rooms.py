# SPDX-License-Identifier: MIT
"""Rooms that are not open to everybody: who may not enter learns nothing of who and what is inside, by any address."""

import asyncio
import json

import pytest
from account_site import AccountSite, welcome
from manage import output_of
from program import Program, make_key

ROOM = "secret"


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0", "limits.messages_per_second=0") as started:
        started.una = started.person("una")
        started.mo = started.person("mo")
        started.admin = Program(started.web.port, make_key(started.state, "admin")["key"])
        order(started, "members_only")
        order(started, "role", user="mo", role="member")
        started.said = started.admin.say("between us", ROOM).json["seq"]
        yield started


def order(site, action, room=ROOM, **fields):
    reply = site.admin.post(f"/api/rooms/{room}/moderate", {"action": action, **fields})
    assert reply.status == 200, reply.text


def result(reply):
    return reply.status, json.loads(reply.text).get("error", "ok")


def moderate(browser, room=ROOM, **fields):
    return result(browser.post(f"/chat/{room}/moderate/", {"csrf_token": browser.token(), **fields},
                               Accept="application/json"))


@pytest.mark.parametrize("whom", ["target", "gone", "user", "user_id"])
def test_stranger_who_orders_something_learns_nothing(site, whom):
    fields = {"target": {"target": site.said}, "gone": {"target": site.said + 1}, "user": {"user": "nobody-at-all"},
              "user_id": {"user_id": "AAAA"}}[whom]
    assert moderate(site.una, action="mute", **fields) == (403, "forbidden")


def test_name_of_who_is_inside_is_free_for_who_is_not(site):
    order(site, "ban", "cafe", address="127.0.0.9")
    inside = site.browser()
    inside.call_oneself("Gus")

    def choose(browser, next):
        return browser.submit("/chat/name", name="Gus", next=next).status

    async def story():
        async with site.socket(inside, "cafe") as connection:
            await welcome(connection)
            banned = [await asyncio.to_thread(choose, site.browser(address="127.0.0.9"), path)
                      for path in ("/chat/cafe/", "/chat/caf%65/")]
            return banned, await asyncio.to_thread(choose, site.browser(), "/chat/cafe/")
    assert asyncio.run(story()) == ([303, 303], 400)


def read(browser, room):
    reply = browser.get(f"/api/rooms/{room}/messages")
    return *result(reply), reply.headers["Cache-Control"]


def test_what_not_everybody_may_read_is_in_no_shared_cache(site):
    assert read(site.mo, "open") == (200, "ok", "no-cache")
    assert read(site.mo, ROOM) == (200, "ok", "private, no-cache")
    assert read(site.una, ROOM) == (403, "members_only", "private, no-cache")


def test_who_is_banned_is_told_from_where(site):
    order(site, "ban", "bar", address="127.0.0.8")
    assert read(site.browser(address="127.0.0.8"), "bar")[:2] == (403, "banned_here")
    assert read(site.browser(address="127.0.0.8"), "open")[:2] == (200, "ok")
    output_of(site.state, "ban", "add", "--address", "127.0.0.7")
    assert read(site.browser(address="127.0.0.7"), "bar")[:2] == (403, "banned")


def test_every_ban_of_a_room_can_be_lifted_on_its_page(site):
    order(site, "role", "crowd", user="mo", role="moderator")
    for number in range(201):
        order(site, "ban", "crowd", address=f"192.0.2.{number}")
    assert site.mo.get("/chat/crowd/people/").text.count('name="sanction"') == 201
