# SPDX-License-Identifier: MIT
"""Session ids: never adopted, renewed where rights change, kept as hashes, and over when their time is."""

import asyncio
import base64
import hashlib
import itertools
import os
import re

import pytest
import websockets
from account_site import PASSWORD, AccountSite, files_of, welcome
from stack import DEADLINE_SECONDS, wait_for

MINUTE = 60


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        yield started


def new_id():
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def is_let_in_as_account(site, browser):
    """What the broker makes of the same cookies."""
    async def story():
        async with site.socket(browser) as connection:
            return not (await welcome(connection))["user"].startswith("guest-")
    return asyncio.run(story())


@pytest.mark.parametrize("value", [new_id(), "x", "", "A" * 43, "A" * 5000, "%00", "..", "'; DROP TABLE session; --"])
def test_id_that_we_have_not_given_out_is_a_guests(site, value):
    browser = site.browser()
    browser.cookies["roomwire_session"] = value
    assert not browser.is_logged_in()
    assert not is_let_in_as_account(site, browser)


def test_id_from_before_the_login_is_not_adopted(site):
    planted = new_id()
    for enter in ("register", "log_in"):
        browser = site.browser()
        browser.cookies["roomwire_session"] = planted
        getattr(browser, enter)("Fixed")
        assert browser.session() and browser.session() != planted
        thief = site.browser()
        thief.cookies["roomwire_session"] = planted
        assert not thief.is_logged_in() and not is_let_in_as_account(site, thief)


def test_id_is_new_at_every_login_and_the_old_one_is_dead(site):
    browser = site.person("Renewer")
    for enter in (lambda: browser.post("/accounts/login/", {
                      "csrf_token": browser.token(), "username": "Renewer", "password": PASSWORD}),
                  lambda: browser.change_password(PASSWORD, PASSWORD + " again")):
        old = site.browser()
        old.cookies["roomwire_session"] = before = browser.session()
        assert enter().status == 303
        assert browser.session() != before and browser.is_logged_in()
        assert not old.is_logged_in() and not is_let_in_as_account(site, old)


def test_id_is_dead_after_logout(site):
    browser = site.person("Goer")
    old = site.browser()
    old.cookies = dict(browser.cookies)
    assert old.is_logged_in()
    browser.log_out()
    assert not old.is_logged_in() and not is_let_in_as_account(site, old)


def test_id_in_an_address_or_a_field_is_nothing(site):
    browser, stranger = site.person("Addressed"), site.browser()
    stranger.get("/chat/lobby/")
    for path in (f"/chat/?roomwire_session={browser.session()}", f"/chat/;roomwire_session={browser.session()}"):
        assert "/accounts/logout/" not in stranger.get(path).page.forms
    fields = {"csrf_token": stranger.token(), "name": "x", "roomwire_session": browser.session()}
    stranger.post("/chat/name", fields)
    assert not stranger.is_logged_in()


def test_ids_have_256_bits_and_none_is_like_another(site):
    browser = site.person("Many")
    seen = set()
    for _ in range(20):
        seen.add(browser.session())
        browser.log_out()
        browser.log_in("Many")
    decoded = [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in seen]
    assert len(seen) == 20 and all(len(one) >= 32 for one in decoded)
    numbers = [int.from_bytes(one, "big") for one in decoded]
    assert min((a ^ b).bit_count() for a, b in itertools.combinations(numbers, 2)) > 64, "of 256, half differ by chance"


def test_only_hashes_are_kept(site):
    secret = "words that nobody else has"
    browser = site.person("Hashed", secret)
    raw = base64.urlsafe_b64decode(browser.session() + "=" * (-len(browser.session()) % 4))
    with site.database() as database:
        hashes = [row[0] for row in database.execute("SELECT key_hash FROM session")]
        assert hashlib.sha256(raw).digest() in hashes
        (password,) = database.execute("SELECT password FROM account WHERE username = 'Hashed'").fetchone()
        assert re.match(r"\$argon2id\$v=19\$m=8192,t=1,p=1\$", password)
    for path, data in files_of(site.state).items():
        for needle in (browser.session().encode(), raw, secret.encode()):
            assert needle not in data, path


def test_hash_is_raised_at_the_next_login():
    with AccountSite(is_cheap=False) as site:
        site.person("Raised")
        with site.database() as database:
            def cost():
                return database.execute("SELECT password FROM account").fetchone()[0].split("$")[3]
            assert cost() == "m=19456,t=2,p=1"
            site.pages.stop()
            site.pages.settings = ("accounts.password_kibibytes=20480",)
            site.pages.start()
            site.browser().log_in("Raised")
            assert cost() == "m=20480,t=2,p=1"
            site.browser().log_in("Raised")


def test_files_are_nobody_elses(site):
    site.person("Private")
    for path in site.state.glob("accounts.db*"):
        assert path.stat().st_mode & 0o077 == 0, path


def attributes_of(line):
    return set(line.split("; ")[1:])


def test_cookies_over_http_are_kept_from_scripts_and_other_sites(site):
    browser = site.browser()
    lines = {**browser.get("/chat/").set_cookies(), **browser.register("Plain").set_cookies()}
    assert {"roomwire", "roomwire_session", "roomwire_flash"} <= set(lines)
    for name, line in lines.items():
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= attributes_of(line), name
        assert "Secure" not in line and "Domain" not in line


def test_cookies_over_https_are_of_this_host_only():
    with AccountSite() as site:
        browser = site.browser(as_https=True)
        lines = {**browser.get("/chat/").set_cookies(), **browser.register("Safe").set_cookies()}
        assert {"__Host-roomwire", "__Host-roomwire_session", "__Host-roomwire_flash"} <= set(lines)
        for name, line in lines.items():
            assert name.startswith("__Host-")
            assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= attributes_of(line), name
            assert "Domain" not in line
        assert browser.is_logged_in() and is_let_in_as_account(site, browser)
        planted = site.browser(as_https=True)
        planted.cookies["roomwire_session"] = browser.session()
        assert not planted.is_logged_in(), "without the prefix it may be from another host"
        assert not is_let_in_as_account(site, planted)


def test_session_that_nobody_uses_is_over_and_one_in_use_is_not():
    with AccountSite("sessions.idle_minutes=10", "sessions.lifetime_minutes=30", is_clocked=True) as site:
        user, idler = site.person("User"), site.person("Idler")
        for minutes in (8, 16, 24):
            site.clock.set(minutes * MINUTE)
            wait_for(user.is_logged_in, "the session in use goes on", 1)
        assert not idler.is_logged_in() and not is_let_in_as_account(site, idler)
        assert is_let_in_as_account(site, user)
        site.clock.set(29 * MINUTE)
        assert user.is_logged_in()
        site.clock.set(31 * MINUTE)
        assert not user.is_logged_in(), "none lasts longer than that, however busy"
        assert not is_let_in_as_account(site, user)
        user.log_in("User")
        assert user.is_logged_in()


def test_clock_that_is_set_back_a_little_ends_no_session():
    with AccountSite("sessions.idle_minutes=10", "sessions.lifetime_minutes=60", is_clocked=True) as site:
        user = site.person("User")
        site.clock.set(-9 * MINUTE)
        assert user.is_logged_in() and is_let_in_as_account(site, user)
        site.clock.set(-365 * 24 * 60 * MINUTE)
        assert not user.is_logged_in(), "nobody knows how old it is"


def spoil(site):
    """Puts something that is no database where accounts.db is; returns how to bring it back."""
    paths = list(site.state.glob("accounts.db*"))
    aside = site.state / "aside"
    aside.mkdir()
    for path in paths:
        path.rename(aside / path.name)
    (site.state / "accounts.db").write_bytes(b"this is no database" * 1000)

    def restore():
        for path in site.state.glob("accounts.db*"):
            path.unlink()
        for path in aside.iterdir():
            path.rename(site.state / path.name)
        aside.rmdir()
    return restore


def test_accounts_that_cannot_be_read_let_guests_go_on_and_take_nobody_for_one():
    with AccountSite() as site:
        user, guest = site.person("User"), site.browser()
        guest.get("/chat/lobby/")
        asyncio.run(story_of_unreadable_accounts(site, user, guest))
        wait_for(lambda: user.get("/chat/lobby/").status == 200, "accounts are back")
        assert user.is_logged_in()
        wait_for(lambda: is_let_in_as_account_or_refused(site, user), "the broker has them back too")


async def story_of_unreadable_accounts(site, user, guest):
    """Rooms that are open go on: their rules are known."""
    async with site.socket(guest) as first:
        await welcome(first)
        restore = spoil(site)
        reply = wait_for(lambda: (found := user.get("/chat/lobby/")).status == 503 and found, "it is noticed")
        assert "own-name" not in reply.page.texts and "Retry-After" in reply.headers
        assert user.session(), "the cookie stays"
        reply = guest.get("/chat/lobby/")
        assert reply.status == 200 and "history-problem" in reply.text, "it may be for its members only"
        assert guest.get("/chat/lobby/search?q=a").status == 503
        assert guest.try_to_log_in("User").status == 503

        await asyncio.wait_for(until_refused(site, user, 503), DEADLINE_SECONDS)
        async with site.socket(guest) as connection:
            assert (await welcome(connection))["user"].startswith("guest-")
        async with site.socket(guest, "tea") as connection:
            with pytest.raises(websockets.ConnectionClosed):
                await welcome(connection)
            assert (connection.close_code, connection.close_reason) == (1013, "accounts"), "it may be for its members only"
    restore()


async def until_refused(site, browser, status):
    """The broker looks at the file four times a second."""
    with pytest.raises(websockets.InvalidStatusCode) as refused:
        while True:
            async with site.socket(browser):
                await asyncio.sleep(0.02)
    assert refused.value.status_code == status


def is_let_in_as_account_or_refused(site, browser):
    try:
        return is_let_in_as_account(site, browser)
    except websockets.InvalidStatusCode:
        return False


def test_logs_tell_who_and_never_how():
    with AccountSite("broker.log_level=debug") as site:
        secrets = {"password": "a password for logs", "wrong": "a wrong one for logs", "new": "a new one for logs"}
        browser = site.person("Logged", secrets["password"])
        secrets["first session"] = browser.session()
        secrets["flash"] = browser.cookies["roomwire_flash"]
        secrets["token"] = browser.token()
        is_let_in_as_account(site, browser)
        site.browser().try_to_log_in("Logged", secrets["wrong"])
        # Typed into the wrong field.
        secrets["name"] = "hunter2-as-a-name"
        site.browser().try_to_log_in(secrets["name"])
        site.browser().get(f"/accounts/register/?invite={new_id()}&next=/chat/?secret-in-a-query")
        secrets["query"] = "secret-in-a-query"
        browser.change_password(secrets["password"], secrets["new"])
        secrets["second session"] = browser.session()
        browser.log_out()
        wait_for(lambda: site.count_log("event=logout"), "the logout is logged")
        logs = {"pages": site.pages.log(), "broker": site.broker.log()}
    for place, log in logs.items():
        for what, secret in secrets.items():
            assert secret not in log, f"{what} in the log of {place}"
    events = re.findall(r"event=(login|register|logout|password_change|hash)\b", logs["pages"])
    assert {"login", "register", "logout", "hash"} <= set(events)
