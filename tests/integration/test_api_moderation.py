# SPDX-License-Identifier: MIT
"""Order kept by programs over HTTP: as the site in the rooms of a key, and as somebody with an admin's key."""

import asyncio
import json

import pytest
from account_site import AccountSite, welcome
from manage import objects_of, output_of
from program import Program, make_key
from stack import receive_type

ACTIONS = {"find", "enter", "say", "hurry", "edit", "withdraw", "delete", "topic", "lock", "slow", "mute", "kick", "ban",
           "admit", "members_only", "hide", "appoint", "hand_over"}


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0") as started:
        for name in ("mo", "una"):
            started.person(name)
        yield started


ROOMS = iter(f"order-{number}" for number in range(1000))


@pytest.fixture
def room():
    return next(ROOMS)


@pytest.fixture(scope="module")
def admin(site):
    return Program(site.web.port, make_key(site.state, "admin", name="watch")["key"])


def order(program, room, action, **values):
    return program.post(f"/api/rooms/{room}/moderate", {"action": action, **values}).result


def standing(program, room, who=None):
    reply = program.get(f"/api/rooms/{room}/standing" + (f"?as={who}" if who else ""))
    assert reply.status == 200, reply.text
    return reply.json


def audit(site, room):
    rows = objects_of(site.state, "audit", "list", "--room", room)
    return [(row["action"], row["via"], row["actor"]) for row in rows]


def test_site_may_do_everything_and_is_called_as_its_key(site, admin, room):
    assert standing(admin, room)["role"] == "superuser" and set(standing(admin, room)["can"]) == ACTIONS
    assert order(admin, room, "topic", text="Tea") == (200, "ok")
    assert standing(admin, room)["rules"]["topic"] == "Tea"
    assert audit(site, room) == [("topic", "api", "watch")]


def test_first_order_of_somebody_in_a_new_room_makes_an_owner(admin, room):
    assert standing(admin, room, "una")["role"] == "user"
    assert order(admin, room, "lock", **{"as": "una"}) == (200, "ok")
    assert standing(admin, room, "una")["role"] == "owner"


def test_somebody_may_what_the_table_says(admin, room):
    assert order(admin, room, "topic", text="Tea") == (200, "ok")
    assert standing(admin, room, "guest")["role"] == "guest"
    assert standing(admin, room, "una")["role"] == "user"
    assert order(admin, room, "lock", **{"as": "una"}) == (403, "forbidden")
    assert order(admin, room, "role", user="mo", role="moderator") == (200, "ok")
    assert standing(admin, room, "mo")["role"] == "moderator"
    assert order(admin, room, "lock", **{"as": "mo"}) == (200, "ok")
    assert "say" in standing(admin, room, "mo")["can"] and "say" not in standing(admin, room, "una")["can"]
    assert order(admin, room, "mute", user="mo", **{"as": "mo"}) == (403, "above")
    assert order(admin, room, "mute", user="una", seconds=60, **{"as": "mo"}) == (200, "ok")
    assert standing(admin, room, "una")["muted_until"].endswith("Z")
    assert order(admin, room, "unmute", user="una", **{"as": "mo"}) == (200, "ok")
    assert "muted_until" not in standing(admin, room, "una")


def test_nobody_is_nobody(admin, room):
    assert order(admin, room, "lock", **{"as": "noone"}) == (404, "nobody")
    assert order(admin, room, "ban", user="noone") == (404, "nobody")
    assert order(admin, room, "dance") == (400, "bad_order")
    assert order(admin, room, "lock", on={"a": 1}) == (400, "bad_field")


def test_key_for_some_rooms_is_the_site_there_alone(site, room):
    mine = Program(site.web.port, make_key(site.state, "rooms:moderate", rooms=(room,))["key"])
    reader = Program(site.web.port, make_key(site.state, "rooms:read")["key"])

    assert order(mine, room, "lock") == (200, "ok")
    assert order(mine, "another", "lock") == (403, "wrong_room")
    assert order(mine, room, "lock", **{"as": "mo"}) == (403, "insufficient_scope")
    assert order(reader, room, "lock") == (403, "insufficient_scope")
    assert order(Program(site.web.port), room, "lock") == (401, "key_required")


def test_people_in_the_room_see_it_at_once(site, admin, room):
    async def story():
        async with site.socket(site.browser(), room) as listener:
            await welcome(listener)
            assert order(admin, room, "slow", seconds=7) == (200, "ok")
            assert (await receive_type(listener, "rules"))["slow_seconds"] == 7
    asyncio.run(story())


def test_ban_by_what_somebody_comes_with_is_the_keys_too(site, admin, room):
    async def story():
        for by in ("session", "address"):
            una = site.browser()
            una.log_in("una")
            async with site.socket(una, room) as user:
                await welcome(user)
                assert order(admin, room, "ban", user="una", by=by, seconds=60) == (200, "ok")
                assert (await receive_type(user, "moderation"))["by"] == "watch"
    asyncio.run(story())
    assert audit(site, room) == [("ban", "api", "watch")] * 2


def test_id_is_not_lost_beside_a_name(site, admin, room):
    async def story():
        async with site.socket(site.person("ivo"), room) as ivo:
            await welcome(ivo)
            for by in ("session", "address"):
                assert order(admin, room, "ban", user="ivo", user_id="A" * 22, by=by) == (400, "bad_order")
    asyncio.run(story())
    assert audit(site, room) == []


def test_page_without_a_socket_is_told_why(site, admin, room):
    def refusal():
        reply = site.browser().get(f"/api/rooms/{room}/messages")
        return reply.status, json.loads(reply.text).get("error")

    assert refusal() == (200, None)
    assert order(admin, room, "members_only") == (200, "ok")
    assert refusal() == (403, "members_only")
    assert order(admin, room, "ban", address="127.0.0.1") == (200, "ok")
    assert refusal() == (403, "banned_here")


def test_address_is_banned(site, admin, room):
    assert order(admin, room, "ban", address="192.0.2.7", seconds=60, text="spam") == (200, "ok")
    assert "192.0.2.7" in output_of(site.state, "ban", "list", "--room", room, "--json")
