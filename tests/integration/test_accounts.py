# SPDX-License-Identifier: MIT
"""Two people register, talk under their names, change what there is to change, and leave: pages and sockets agree."""

import asyncio
import json
import time

import pytest
import websockets
from account_site import PASSWORD, AccountSite, welcome
from stack import DEADLINE_SECONDS, receive_type

LOGGED_OUT, BANNED = 4401, 4403


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        yield started


async def closed_with(connection):
    """The code that a socket is closed with."""
    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(connection.recv(), DEADLINE_SECONDS)
    return closed.value.rcvd.code


async def is_heard(connection, text):
    """That a socket is open and its room is, by what it says itself."""
    await connection.send(json.dumps({"type": "message", "message": text, "ref": text}))
    while (await receive_type(connection, "message"))["message"] != text:
        pass


def test_two_people_register_and_talk_under_their_names(site):
    ann, bob = site.person("Ann"), site.person("Bob")
    assert (ann.name(), bob.name()) == ("Ann", "Bob")

    async def story():
        async with site.socket(ann) as first, site.socket(bob) as second:
            assert [(await welcome(one))["user"] for one in (first, second)] == ["Ann", "Bob"]
            await is_heard(first, "hello")
            heard = await receive_type(second, "message")
            assert (heard["user"], heard["message"]) == ("Ann", "hello")
    asyncio.run(story())


def test_page_that_one_registers_from_is_come_back_to(site):
    browser = site.browser()
    reply = browser.submit("/accounts/register/?next=/chat/garden/", username="Gardener", password=PASSWORD)
    assert (reply.status, reply.location) == (303, "/chat/garden/")
    assert browser.name("garden") == "Gardener"


def test_guest_who_registers_keeps_what_was_said(site):
    browser = site.browser()
    browser.get("/chat/kept/")

    async def say(text):
        async with site.socket(browser, "kept") as connection:
            await welcome(connection)
            await is_heard(connection, text)
    asyncio.run(say("as a guest"))
    browser.register("Keeper")
    asyncio.run(say("as Keeper"))
    page = browser.get("/chat/kept/").page
    own = [tag for tag, attributes in page.elements if "message-own" in attributes.get("class", "")]
    assert len(own) == 2, "both are the same person's"


def test_guest_of_this_browser_is_nobody_afterwards(site):
    browser = site.browser()
    browser.get("/chat/lobby/")
    guest = dict(browser.cookies)
    browser.register("Leaver")
    assert "roomwire" not in browser.cookies
    stranger = site.browser()
    stranger.cookies = dict(guest)
    assert stranger.name() != "Leaver" and not stranger.is_logged_in()
    assert stranger.cookies["roomwire"] != guest["roomwire"], "the id is the account's now"
    browser.log_out()
    assert browser.name().startswith("guest-") and "roomwire_session" not in browser.cookies


def test_user_name_logs_in_in_any_case_and_form(site):
    site.person("Zoë")
    for typed in ("zoë", "ZOË", "Zoe\u0308", " Zoë "):
        browser = site.browser()
        browser.log_in(typed)
        assert browser.name() == "Zoë"


def test_password_counts_in_any_unicode_form(site):
    site.person("Normal", "na\u00efve words here")
    assert site.browser().try_to_log_in("Normal", "nai\u0308ve words here").status == 303
    assert site.browser().try_to_log_in("Normal", "naive words here").status != 303


@pytest.mark.parametrize("password, words", [
    ("short", "8 characters"), ("Careless", "name"), ("password", "everybody"), ("x" * 1025, "long"), ("", "")])
def test_password_that_is_none_is_refused_with_a_sentence(site, password, words):
    reply = site.browser().try_to_register("Careless", password)
    assert reply.status == 400
    assert words in reply.page.texts["password-problem"] and reply.page.texts["password-problem"]
    assert password not in reply.text or len(password) < 9, "it does not come back"


@pytest.mark.parametrize("name", ["", "a" * 33, "guest-1234", "Guest-ann", "a\u202eb", "a\nb", "\ufeff"])
def test_user_name_that_is_none_is_refused_with_a_sentence(site, name):
    reply = site.browser().try_to_register(name)
    assert reply.status == 400 and reply.page.texts["username-problem"]


def test_logout_closes_the_sockets_of_that_session_and_of_no_other(site):
    here, there, other = site.person("Walker"), site.browser(), site.person("Stayer")
    there.log_in("Walker")

    async def story():
        async with site.socket(here) as one, site.socket(here, "garden") as two, site.socket(there) as elsewhere, \
                site.socket(other) as stranger:
            for connection in (one, two, elsewhere, stranger):
                await welcome(connection)
            await asyncio.to_thread(here.log_out)
            assert [await closed_with(one), await closed_with(two)] == [LOGGED_OUT] * 2
            await is_heard(elsewhere, "still here")
            await is_heard(stranger, "me too")
    asyncio.run(story())
    assert there.is_logged_in() and other.is_logged_in() and not here.is_logged_in()


def test_password_change_ends_all_other_sessions_and_moves_this_one(site):
    here, there = site.person("Changer"), site.browser()
    there.log_in("Changer")
    before = here.session()

    async def story():
        async with site.socket(here) as one, site.socket(there) as two:
            await welcome(one)
            await welcome(two)
            reply = await asyncio.to_thread(here.change_password, PASSWORD, "other words of mine")
            assert reply.status == 303, reply.text
            assert await closed_with(two) == LOGGED_OUT
            assert await closed_with(one) == LOGGED_OUT
    asyncio.run(story())
    assert here.is_logged_in() and here.session() != before and not there.is_logged_in()
    assert site.browser().try_to_log_in("Changer", PASSWORD).status != 303
    assert site.browser().try_to_log_in("Changer", "other words of mine").status == 303


def test_password_is_not_changed_without_the_old_one(site):
    browser = site.person("Forgetter")
    reply = browser.change_password("not this one", "other words of mine")
    assert reply.status == 400 and reply.page.texts["old-password-problem"]
    assert browser.is_logged_in()
    assert site.browser().try_to_log_in("Forgetter").status == 303


def test_name_in_the_rooms_changes_in_every_socket(site):
    here, there = site.person("Before"), site.browser()
    there.log_in("Before")

    async def story():
        async with site.socket(there) as connection:
            assert (await welcome(connection))["user"] == "Before"
            reply = await asyncio.to_thread(here.call_oneself, "After")
            assert reply.status == 303, reply.text
            assert await closed_with(connection) == LOGGED_OUT
        async with site.socket(there) as connection:
            assert (await welcome(connection))["user"] == "After"
    asyncio.run(story())
    assert here.name() == there.name() == "After"
    assert site.browser().try_to_log_in("before").status == 303, "the user name stays"


def test_banned_account_is_put_out_and_is_told(site):
    browser = site.person("Spammer")

    async def story():
        async with site.socket(browser) as connection:
            await welcome(connection)
            await asyncio.to_thread(ban, site, "spammer")
            assert await closed_with(connection) == BANNED
    asyncio.run(story())
    assert not browser.is_logged_in()
    assert site.browser().try_to_log_in("Spammer").status != 303


def ban(site, key):
    """As accounts_set_rights does it."""
    with site.database() as database:
        database.execute("BEGIN IMMEDIATE")
        (account,) = database.execute("SELECT id FROM account WHERE username_key = ?", (key,)).fetchone()
        database.execute("UPDATE account SET is_active = 0 WHERE id = ?", (account,))
        database.execute("DELETE FROM session WHERE account = ?", (account,))
        database.execute("INSERT INTO revocation (kind, key, time, is_ban) VALUES (2, ?, ?, 1)",
                         (account, int(time.time() * 1000)))
        database.execute("COMMIT")


def test_sessions_are_listed_and_ended_one_by_one_and_together(site):
    here = site.person("Lister", agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    there, elsewhere = site.browser(address="127.0.0.7"), site.browser()
    there.log_in("Lister")
    elsewhere.log_in("Lister")
    text = here.get("/accounts/sessions/").text
    assert "127.0.0.7" in text and "Firefox" in text
    assert here.session() not in text
    rows = [attributes["value"] for tag, attributes in here.get("/accounts/sessions/").page.elements
            if tag == "input" and attributes.get("name") == "session"]
    assert len(rows) == 2, "the others, not this one"
    token = here.form("/accounts/sessions/")["csrf_token"]
    assert here.post("/accounts/sessions/", {"csrf_token": token, "session": rows[0]}).status == 303
    assert sorted([there.is_logged_in(), elsewhere.is_logged_in()]) == [False, True]
    assert here.post("/accounts/sessions/", {"csrf_token": token, "others": "1"}).status == 303
    assert not there.is_logged_in() and not elsewhere.is_logged_in() and here.is_logged_in()


def test_session_of_somebody_else_is_not_ended(site):
    owner, other = site.person("Owner"), site.browser()
    other.log_in("Owner")
    rows = [attributes["value"] for tag, attributes in owner.get("/accounts/sessions/").page.elements
            if tag == "input" and attributes.get("name") == "session"]
    thief = site.person("Thief")
    thief.post("/accounts/sessions/", {"csrf_token": thief.token(), "session": rows[0]})
    assert other.is_logged_in() and owner.is_logged_in()


def test_what_is_said_once_is_said_once(site):
    browser = site.person("Flasher")
    first, second = browser.get("/chat/"), browser.get("/chat/")
    assert first.page.texts.get("flash") and not second.page.texts.get("flash")
    assert "roomwire_flash" not in browser.cookies


def test_flash_of_nobody_is_not_shown(site):
    browser = site.browser()
    browser.get("/chat/")
    for forged in ("1700000000000.in.AAAA", "1700000000000.in", ".", "in", "x" * 5000):
        reply = browser.get("/chat/", Cookie=f"{browser.cookie_header()}; roomwire_flash={forged}")
        assert reply.status == 200 and not reply.page.texts.get("flash")


def test_closed_flash_is_not_kept_for_later(site):
    browser = site.person("Hoarder")
    kept = browser.cookies["roomwire_flash"]
    word = kept.split(".")[1]
    assert not browser.get("/chat/", Cookie=f"roomwire_flash={kept.replace(word, 'password')}").page.texts.get("flash")
