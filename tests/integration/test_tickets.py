# SPDX-License-Identifier: MIT
"""Another site vouches for its users with PyJWT; each ticket opens one socket, and everything else none."""

import asyncio
import json
import os
import time
import uuid

import jwt
import pytest
import websockets
import wire
from account_site import AccountSite
from stack import Broker, eventually, receive, wait_for

KEY = "one-key-of-a-site-that-vouches-for-its-users"
OTHER_KEY = "the-key-after-it-which-nobody-has-been-told-yet"
LEEWAY_SECONDS = 2


@pytest.fixture(scope="module")
def broker():
    with Broker() as broker:
        put_key(broker, "ticket.key", KEY)
        wait_until_open(broker)
        yield broker


def put_key(broker, name, text):
    path = broker.state / name
    path.write_text(text + "\n")
    path.chmod(0o600)


def wait_until_open(broker):
    """No ticket is taken that could be from before the start."""
    start = time.time()
    wait_for(lambda: time.time() > start + LEEWAY_SECONDS + 1, "tickets are taken")
    assert broker.is_ready()


def claims(**others):
    now = int(time.time())
    return {"sub": "42", "name": "ann", "aud": "roomwire", "jti": uuid.uuid4().hex, "iat": now, "exp": now + 60, **others}


def ticket(key=KEY, algorithm="HS256", headers=None, **others):
    return jwt.encode({name: value for name, value in claims(**others).items() if value is not None},
                      key, algorithm=algorithm, headers=headers)


def enter(broker, token, room="lobby", **options):
    return wire.connect(broker.url(f"/ws/chat/{room}/"), subprotocols=["roomwire.v1", f"ticket.{token}"], **options)


async def closed_with(broker, token, room="lobby"):
    async with enter(broker, token, room) as connection:
        try:
            event = await receive(connection)
        except websockets.ConnectionClosed:
            return connection.close_code
        return event["type"]


def test_user_of_another_site_speaks_under_its_name(broker):
    async def talk():
        async with enter(broker, ticket(name="张伟")) as one, \
                wire.connect(broker.url(f"/ws/chat/lobby/?ticket={ticket(name='张伟')}")) as plain:
            assert one.subprotocol == "roomwire.v1"
            assert (await receive(one))["user"] == "张伟"
            await plain.send(json.dumps({"message": "from the shop"}))
            heard = await receive(plain)
            assert (heard["user"], heard["message"]) == ("张伟", "from the shop")
    asyncio.run(talk())


def test_one_subject_is_one_person(broker):
    async def talk():
        async with enter(broker, ticket(sub="one"), "persons") as first, enter(broker, ticket(sub="one"), "persons") as again, \
                enter(broker, ticket(sub="two"), "persons") as other:
            await receive(first), await receive(again)
            welcome = await receive(other)
            assert sorted(welcome["members"]) == ["ann", "ann"]
    asyncio.run(talk())


def test_name_is_the_subject_when_there_is_none(broker):
    async def talk():
        async with enter(broker, ticket(name=None, sub="bob")) as connection:
            assert (await receive(connection))["user"] == "bob"
    asyncio.run(talk())


@pytest.mark.parametrize(("what", "make"), [
    ("expired", lambda: ticket(iat=int(time.time()) - 100, exp=int(time.time()) - 1)),
    ("good for too long", lambda: ticket(exp=int(time.time()) + 301)),
    ("from the future", lambda: ticket(iat=int(time.time()) + 30, exp=int(time.time()) + 60)),
    ("without an end", lambda: ticket(exp=None)),
    ("without a number", lambda: ticket(jti=None)),
    ("without a subject", lambda: ticket(sub=None)),
    ("for another audience", lambda: ticket(aud="shop")),
    ("without an audience", lambda: ticket(aud=None)),
    ("without a signature", lambda: ticket(key="", algorithm="none")),
    ("HS512", lambda: ticket(algorithm="HS512")),
    ("of another key", lambda: ticket(key=OTHER_KEY)),
    ("with a forbidden name", lambda: ticket(name="a/b")),
    ("from before the start", lambda: ticket(iat=int(time.time()) - 200, exp=int(time.time()) + 60)),
    ("cut", lambda: ticket()[:-1]),
    ("empty", lambda: ""),
])
def test_ticket_is_refused(broker, what, make):
    assert asyncio.run(closed_with(broker, make())) == 4401, what


def test_ticket_for_one_room_opens_no_other(broker):
    token = ticket(room="garden")
    assert asyncio.run(closed_with(broker, token, "lobby")) == 4401
    assert asyncio.run(closed_with(broker, token, "garden")) == "welcome"


def test_ticket_is_used_once_however_many_try(broker):
    token = ticket()

    async def all_at_once():
        return await asyncio.gather(*(closed_with(broker, token) for _ in range(20)))
    outcomes = asyncio.run(all_at_once())
    assert sorted(outcomes, key=str) == [4401] * 19 + ["welcome"]


def test_every_flipped_bit_of_a_ticket_is_noticed(broker):
    """Where a flip leaves a token of RFC 9110; the others are no handshake at all."""
    token = ticket()
    flips = [token[:i] + chr(ord(token[i]) ^ 1 << bit) + token[i + 1:] for i in range(0, len(token), 7) for bit in range(7)]
    spoken = [flip for flip in flips if all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in flip)]
    assert len(spoken) > 100

    async def all_of_them():
        return {await closed_with(broker, flip) for flip in spoken}
    assert asyncio.run(all_of_them()) == {4401}
    assert asyncio.run(closed_with(broker, token)) == "welcome"


def test_who_is_refused_is_never_seen_in_the_room(broker):
    async def watch():
        async with broker.connect("/ws/chat/watched/", version1=True) as watcher:
            await receive(watcher)
            assert await closed_with(broker, ticket(key=OTHER_KEY), "watched") == 4401
            async with enter(broker, ticket(name="eve"), "watched"):
                event = await receive(watcher)
                assert event["joined"][1:] == ["eve"]  # behind the watcher itself
                assert (event["left"], event["count"]) == ([], 2)
    asyncio.run(watch())


def test_keys_are_changed_without_a_restart(broker):
    put_key(broker, "ticket.previous.key", KEY)
    put_key(broker, "ticket.key", OTHER_KEY)
    try:
        assert asyncio.run(closed_with(broker, ticket())) == "welcome"
        assert asyncio.run(closed_with(broker, ticket(key=OTHER_KEY))) == "welcome"
        os.unlink(broker.state / "ticket.previous.key")
        assert asyncio.run(closed_with(broker, ticket())) == 4401
    finally:
        put_key(broker, "ticket.key", KEY)


def test_no_ticket_is_in_the_log(broker):
    """Lines about refusals are few, however many there are: one from before will do."""
    good, bad = ticket(), ticket(key=OTHER_KEY)
    for token in good, bad:
        asyncio.run(closed_with(broker, token))

    async def by_query():
        for token in ticket(), bad:
            async with wire.connect(broker.url(f"/ws/chat/lobby/?ticket={token}")) as connection:
                await connection.close()
    asyncio.run(by_query())
    log = broker.log()
    assert "event=ticket_refused problem=" in log
    assert "eyJ" not in log
    assert KEY not in log


def test_tickets_from_before_a_restart_are_not_taken_after_it():
    with Broker() as broker:
        put_key(broker, "ticket.key", KEY)
        wait_until_open(broker)
        used, unused = ticket(), ticket()
        assert asyncio.run(closed_with(broker, used)) == "welcome"
        broker.stop()
        broker.start()
        for token in used, unused:
            assert asyncio.run(closed_with(broker, token)) == 4401


def test_pages_give_a_role_to_who_is_vouched_for_and_to_no_guest():
    async def talk(site, owner):
        def order(**fields):
            return owner.post("/chat/vouched/moderate/", {"csrf_token": token, **fields}).status

        def offers_roles(name):
            return 'id="role-form"' in owner.get(f"/chat/vouched/people/?user={name}").text

        token = owner.token()
        assert order(action="topic", text="Shops") == 303
        async with enter(site.broker, ticket(name="ann"), "vouched") as ann, site.socket(site.browser(), "vouched") as guest:
            await receive(ann)
            name = (await receive(guest))["user"]
            assert (offers_roles("ann"), offers_roles(name)) == (True, False)
            assert order(action="role", user="ann", role="member") == 303
            assert order(action="role", user=name, role="member") == 400

    with AccountSite() as site:
        put_key(site.broker, "ticket.key", KEY)
        wait_until_open(site.broker)
        asyncio.run(talk(site, site.person("Owner")))
