# SPDX-License-Identifier: MIT
"""Guessing does not pay: who fails is refused for a while, owners come in meanwhile, nobody learns which names there
are, and hashes neither pile up nor hold the workers."""

import asyncio
import collections
import re
import time

import pytest
from account_site import PASSWORD, AccountSite
from stack import wait_for

TRIES = 10000
STEP = 500  # after which is looked
HASHES_A_MINUTE = 30
BYTES_OF_GROWTH = 1 << 20


def hashes(site):
    return site.count_log("event=hash ")


def count_statuses(ask, count):
    return collections.Counter(ask(number).status for number in range(count))


class Guesser:
    """Tries one password after the other with the form that it has got once."""

    def __init__(self, site, address):
        self.browser = site.browser(address=address)
        self.fields = self.browser.form("/accounts/login/")

    def guess(self, name, password="a guess of mine"):
        return self.browser.post("/accounts/login/", {**self.fields, "username": name, "password": password})


def refusal_of(guesser):
    """Whoever has waited long enough is let through once more."""
    return wait_for(lambda: (reply := guesser.guess("Owner")).status == 429 and reply, "it is refused")


def seconds_of_a_login(site, address):
    owner = site.browser(address=address)
    fields = owner.form("/accounts/login/")
    begun = time.monotonic()
    assert owner.post("/accounts/login/", {**fields, "username": "Owner", "password": PASSWORD}).status == 303
    return time.monotonic() - begun


def minutes_since(begun):
    return 1 + int((time.monotonic() - begun) / 60)


@pytest.mark.parametrize("spray", [False, True], ids=["one-account", "many-accounts"])
def test_ten_thousand_guesses_cost_few_hashes_and_no_owner_their_login(spray):
    with AccountSite() as site:
        site.person("Owner", address="127.0.0.2")
        guesser, begun, before = Guesser(site, "127.0.0.66"), time.monotonic(), hashes(site)
        found = collections.Counter()
        while found.total() < TRIES:
            found += count_statuses(lambda number: guesser.guess(f"Name {number}" if spray else "Owner"), STEP)
            assert hashes(site) - before <= HASHES_A_MINUTE * minutes_since(begun), found
        assert set(found) <= {400, 403, 401, 429} and found[429] > TRIES - 10 * HASHES_A_MINUTE
        assert int(refusal_of(guesser).headers["Retry-After"]) > 0
        for address in ("127.0.0.2", "127.0.0.3"):
            assert min(seconds_of_a_login(site, address) for _ in range(2)) < 1, "an owner waits for nothing"


def test_right_password_is_refused_too_where_guesses_came_from():
    """Else the answer to a guess would tell."""
    with AccountSite() as site:
        site.person("Owner", address="127.0.0.2")
        guesser = Guesser(site, "127.0.0.66")
        refusal_of(guesser)
        assert guesser.guess("Owner", PASSWORD).status == 429


def test_three_wrong_tries_cost_nothing():
    with AccountSite() as site:
        site.person("Clumsy", address="127.0.0.3")
        guesser = Guesser(site, "127.0.0.2")
        for _ in range(3):
            assert guesser.guess("Clumsy").status not in (303, 429)
        assert guesser.guess("Clumsy", PASSWORD).status == 303


def test_penalty_ends_by_itself():
    with AccountSite(is_clocked=True) as site:
        site.person("Owner", address="127.0.0.2")
        guesser = Guesser(site, "127.0.0.66")
        refusal = refusal_of(guesser)
        site.clock.set(int(refusal.headers["Retry-After"]) + 1)
        assert guesser.guess("Owner", PASSWORD).status == 303


def test_address_that_is_only_claimed_does_not_count():
    """Who comes through a proxy may say what it likes in front of what the proxy says."""
    with AccountSite() as site:
        guesser = Guesser(site, "127.0.0.66")

        def guess(number):
            fields = {**guesser.fields, "username": "Owner", "password": "guess"}
            return guesser.browser.post("/accounts/login/", fields, X_Forwarded_For=f"10.0.0.{number}, 203.0.113.9")
        assert count_statuses(guess, 40)[429] > 30


def test_penalty_outlives_a_restart():
    with AccountSite() as site:
        guesser = Guesser(site, "127.0.0.66")
        refusal_of(guesser)
        site.pages.stop()
        site.pages.start()
        assert guesser.guess("Owner").status == 429


@pytest.fixture(scope="module")
def open_site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        started.person("Aknown")
        started.person("Banned")
        with started.database() as database:
            database.execute("UPDATE account SET is_active = 0 WHERE username = 'Banned'")
        yield started


def shape_of(reply, name):
    """All that an answer says, but for the name that was typed and what differs each time."""
    headers = sorted((key, value) for key, value in reply.headers.items() if key not in ("Date", "Set-Cookie"))
    text = re.sub(r'(name="csrf_token" value=")[\w.-]+"', r"\1", reply.text).replace(name, "Nobody")
    return reply.status, headers, sorted(reply.set_cookies()), text


def test_answer_to_a_wrong_login_does_not_tell_why(open_site):
    guesser = Guesser(open_site, "127.0.0.66")
    tries = [("Aknown", "a guess"), ("Nobody", "a guess"), ("Banned", "a guess"), ("Banned", PASSWORD)]
    shapes = [shape_of(guesser.guess(name, password), name) for name, password in tries]
    assert all(shape == shapes[0] for shape in shapes), shapes


@pytest.mark.parametrize("name, password", [
    ("Aknown", "a wrong guess"), ("Nobody", "a wrong guess"), ("Banned", "a wrong guess"), ("Banned", PASSWORD),
    ("guest-1234", "a wrong guess"), ("", "a wrong guess"), ("x" * 500, "a wrong guess"), ("a\nb", "a wrong guess")],
    ids=["known", "unknown", "banned", "banned-right", "reserved", "empty", "long", "odd"])
def test_every_wrong_login_costs_one_hash(open_site, name, password):
    guesser = Guesser(open_site, "127.0.0.66")
    before = hashes(open_site)
    assert guesser.guess(name, password).status != 303
    assert hashes(open_site) == before + 1


def test_hash_of_nobody_is_as_much_work():
    """scripts/bench logins-time says more exactly how long answers take; this is what would be seen from afar."""
    with AccountSite("limits.login_penalty_seconds=0", is_cheap=False) as site:
        site.person("Known")
        guesser = Guesser(site, "127.0.0.66")
        for _ in range(7):
            guesser.guess("Known")
            guesser.guess("Nobody")
        times = [int(took) for took in re.findall(r"event=hash result=\w+ ms=(\d+)", site.pages.log())][-14:]
        known, nobody = min(times[::2]), min(times[1::2])  # what else a machine does makes it no less
        assert known / 2 < nobody < known * 2


def test_password_that_is_too_long_is_a_wrong_one(open_site):
    guesser = Guesser(open_site, "127.0.0.66")
    for name in ("Aknown", "Nobody"):
        reply = guesser.guess(name, "x" * 1025)
        assert reply.status == guesser.guess(name, "wrong words").status


def test_more_hashes_than_may_wait_are_refused_at_once_and_cost_nothing():
    """Half of the workers may wait; the others go on with pages."""
    slow = ("accounts.password_kibibytes=65536", "accounts.password_passes=8", "fcgi.threads=4")
    with AccountSite(*slow, "limits.login_penalty_seconds=600") as site:
        guessers = [Guesser(site, f"127.0.1.{number + 1}") for number in range(12)]
        reader = site.browser()

        async def story():
            rush = [asyncio.create_task(asyncio.to_thread(one.guess, f"Name {i}")) for i, one in enumerate(guessers)]
            pages = 0
            while not all(task.done() for task in rush):
                assert (await asyncio.to_thread(reader.get, "/chat/lobby/")).status == 200
                pages += 1
            assert pages > len(rush), "pages go on"
            return await asyncio.gather(*rush)
        replies = asyncio.run(story())
        refused = [reply for reply in replies if reply.status == 503]
        assert refused and len(refused) < len(replies)
        assert all(int(reply.headers["Retry-After"]) > 0 for reply in refused)
        assert hashes(site) == len(replies) - len(refused)


def rss_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", status.read(), re.M).group(1)) * 1024


def test_memory_stays_with_thousands_of_pages_and_logins(monkeypatch):
    # What is freed is to be free: AddressSanitizer keeps it for a while.
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
    with AccountSite() as site:
        browser, guesser = site.person("Reader"), Guesser(site, "127.0.0.66")
        site.browser().get("/chat/lobby/")

        def read(count):
            for number in range(count):
                assert browser.get(f"/chat/room-{number % 7}/").status == 200
                guesser.guess(f"Name {number}")
            return rss_bytes(site.pages.process.pid)
        warm = read(1500)
        assert read(3500) - warm < BYTES_OF_GROWTH
