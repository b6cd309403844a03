# SPDX-License-Identifier: MIT
"""Nobody is called like an account but its owner; and who may have one, or come in without."""

import asyncio
import base64
import hashlib
import os
import time

import pytest
import websockets
from account_site import PASSWORD, AccountSite, welcome

LIKE = ["Admin Ann", "admin ann", "ADMIN ANN", "Аdmin Ann", "Admin Αnn", "Adm\u0456n Ann", "Admin\u00a0Ann",
        "\uff21dmin Ann", "Adm\u0131n Ann", "Adrnin Ann", "𝐀dmin Ann", "Admin Aոn"]
UNLIKE = ["Admin Anne", "Ann", "Адмін", "安安", "Admin Bob"]


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        started.person("Admin Ann")
        yield started


def name_in_a_room(site, browser):
    async def story():
        async with site.socket(browser) as connection:
            return (await welcome(connection))["user"]
    return asyncio.run(story())


@pytest.mark.parametrize("name", LIKE, ids=ascii)
def test_guest_cannot_take_an_accounts_name_or_one_that_looks_like_it(site, name):
    browser = site.browser()
    reply = browser.call_oneself(name)
    assert reply.status == 400 and reply.page.texts["name-problem"]
    assert browser.name().startswith("guest-")
    assert name_in_a_room(site, browser).startswith("guest-")


@pytest.mark.parametrize("name", LIKE, ids=ascii)
def test_nobody_registers_a_name_that_looks_like_anothers(site, name):
    reply = site.browser().try_to_register(name)
    assert reply.status == 400 and reply.page.texts["username-problem"]


@pytest.mark.parametrize("name", LIKE[1:], ids=ascii)
def test_no_account_is_called_so_in_the_rooms(site, name):
    browser = site.browser()
    if browser.try_to_log_in("Other").status != 303:
        browser.register("Other")
    assert browser.call_oneself(name).status == 400
    assert browser.name() == name_in_a_room(site, browser) == "Other"


@pytest.mark.parametrize("name", UNLIKE, ids=ascii)
def test_other_names_are_free(site, name):
    browser = site.browser()
    assert browser.call_oneself(name).status == 303
    assert browser.name() == name_in_a_room(site, browser) == name


def test_guest_who_had_the_name_before_is_called_guest_again():
    with AccountSite() as site:
        guests = {name: site.browser() for name in LIKE}
        for name, guest in guests.items():
            assert guest.call_oneself(name).status == 303

        site.person("Admin Ann")
        for name, guest in guests.items():
            assert guest.name().startswith("guest-"), ascii(name)
            assert name_in_a_room(site, guest).startswith("guest-"), ascii(name)


def test_user_name_stays_taken_when_the_owner_goes_by_another(site):
    owner = site.person("First Name")
    assert owner.call_oneself("Second Name").status == 303
    for name in ("first name", "Second Name"):
        assert site.browser().try_to_register(name).status == 400
        assert site.browser().call_oneself(name).status == 400
    assert owner.call_oneself("Third Name").status == 303
    assert site.browser().call_oneself("Second Name").status == 303, "what is given back is free"
    assert owner.call_oneself("First Name").status == 303, "one's own is"


def test_without_guests_only_accounts_come_in():
    with AccountSite("site.guests=no") as site:
        browser = site.browser()
        for path in ("/chat/", "/chat/lobby/", "/chat/lobby/search?q=x"):
            reply = browser.get(path)
            assert (reply.status, reply.location.split("?")[0]) == (303, "/accounts/login/"), path
        assert browser.get("/api/rooms/lobby/messages").status == 401
        assert browser.get("/healthz").status == 200

        async def refused():
            with pytest.raises(websockets.InvalidStatusCode) as error:
                async with site.socket(browser):
                    pass
            return error.value.status_code
        assert asyncio.run(refused()) == 401
        browser.register("Member")
        assert browser.get("/chat/lobby/").status == 200 and name_in_a_room(site, browser) == "Member"
        browser.log_out()
        assert browser.get("/chat/lobby/").status == 303
        assert asyncio.run(refused()) == 401


def test_closed_site_registers_nobody():
    with AccountSite("site.registration=closed") as site:
        browser = site.browser()
        reply = browser.get("/accounts/register/")
        assert reply.status == 403 and "/accounts/register/" not in reply.page.forms
        fields = {"csrf_token": browser.token(), "username": "Eve", "password": PASSWORD, "invite": ""}
        assert browser.post("/accounts/register/", fields).status == 403
        assert "/accounts/register/" not in browser.get("/chat/").text
        with site.database() as database:
            assert database.execute("SELECT count(*) FROM account").fetchone() == (0,)


def add_invite(site, uses, minutes=60):
    """As roomwire-manage does it: the link's word, of which only the hash is kept."""
    word = os.urandom(32)
    now = int(time.time() * 1000)
    with site.database() as database:
        database.execute("INSERT INTO invite (token_hash, created, expires, uses_left, note) VALUES (?, ?, ?, ?, '')",
                         (hashlib.sha256(word).digest(), now, now + minutes * 60000, uses))
    return base64.urlsafe_b64encode(word).rstrip(b"=").decode()


def use(site, word, name):
    browser = site.browser()
    page = browser.get(f"/accounts/register/?invite={word}")
    if page.status != 200:
        return page.status
    fields = {**page.page.forms["/accounts/register/"], "username": name, "password": PASSWORD}
    return browser.post("/accounts/register/", fields).status


def test_invites_let_in_as_many_as_they_say_and_no_later():
    with AccountSite("site.registration=invite") as site:
        site.browser().get("/chat/")
        assert use(site, "", "Eve") == 403
        twice, late, none = add_invite(site, 2), add_invite(site, 5, minutes=-1), add_invite(site, 0)
        for word in (late, none, twice[:-1], twice[:-2] + "AA", "x", "A" * 1000):
            assert use(site, word, "Eve") == 403, word
        assert [use(site, twice, name) for name in ("One", "Two", "Three")] == [303, 303, 403]


def test_invite_is_not_used_up_by_a_try():
    with AccountSite("site.registration=invite") as site:
        site.browser().get("/chat/")
        word = add_invite(site, 1)
        assert use(site, word, "guest-1") == 400
        assert use(site, word, "One") == 303
        assert use(site, word, "Two") == 403


def test_invite_for_one_lets_one_of_many_in():
    with AccountSite("site.registration=invite") as site:
        site.browser().get("/chat/")
        word = add_invite(site, 1)

        async def rush():
            return await asyncio.gather(*(asyncio.to_thread(use, site, word, f"Racer {i}") for i in range(4)))
        statuses = asyncio.run(rush())
        assert statuses.count(303) == 1, statuses
        with site.database() as database:
            assert database.execute("SELECT count(*) FROM account").fetchone() == (1,)
