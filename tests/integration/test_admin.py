# SPDX-License-Identifier: MIT
"""The admin: who may see it, its lists with searches, filters and pages, and that nothing happens unasked."""

import re

import pytest
from account_site import AccountSite
from admin_site import Admin, Tables

LISTS = ["rooms", "people", "sessions", "connections", "messages", "bans", "invites", "keys", "announcements", "audit"]
PAGES = ["", *[f"{name}/" for name in LISTS], "health/", "rooms/lobby/"]
POSTS = ["rooms/", "people/", "sessions/", "connections/", "messages/", "bans/", "bans/add", "invites/", "invites/add",
         "keys/", "keys/add", "announcements/add", "rooms/lobby/"]
EXPORTED = ["rooms", "people", "bans", "audit"]
ROWS_EXPORTED = 20000
ROWS_OF_A_PAGE = 50


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0", "limits.connections_per_address=1000") as started:
        yield started


@pytest.fixture(scope="module")
def admin(site):
    return Admin(site, "Root")


@pytest.mark.parametrize("path", PAGES)
def test_superuser_sees_every_page_and_nobody_keeps_it(admin, path):
    reply = admin.page(path)
    assert reply.headers["Cache-Control"] == "no-store"
    assert "<h1>" in reply.text and 'class="problem' not in reply.text, reply.text


@pytest.mark.parametrize("path", PAGES)
def test_guest_is_led_to_the_login_and_back(site, path):
    reply = site.browser().get(f"/admin/{path}")
    assert (reply.status, reply.location.split("?")[0]) == (303, "/accounts/login/")
    assert reply.location.endswith(f"next=%2Fadmin%2F{path.replace('/', '%2F')}")


@pytest.mark.parametrize("path", [*PAGES, *[f"{name}/export" for name in EXPORTED], "nothing/"])
def test_account_without_the_right_sees_nothing(site, path):
    reply = site.browser(address="127.0.0.2")
    reply.register(f"Nobody {abs(hash(path))}"[:30])
    reply = reply.get(f"/admin/{path}")
    assert reply.status == 403 and "<table" not in reply.text and "superusers" in reply.text


@pytest.mark.parametrize("path", POSTS)
def test_account_without_the_right_changes_nothing(site, admin, path):
    before = admin.audit()
    person = site.browser(address="127.0.0.3")
    person.register(f"No one {abs(hash(path))}"[:30])
    fields = {"csrf_token": person.token(), "action": "ban", "confirmed": "yes", "id": "1", "message": "x", "who": "Root"}
    assert person.post(f"/admin/{path}", fields).status == 403
    assert admin.audit() == before


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_done_without_the_token_of_the_form(admin, path):
    before = admin.audit()
    for token in ({}, {"csrf_token": "wrong"}):
        reply = admin.browser.post(f"/admin/{path}", {**token, "action": "lock", "confirmed": "yes", "id": "lobby"})
        assert reply.status == 403
    assert admin.audit() == before


@pytest.mark.parametrize("name", ["rooms", "people", "bans"])
def test_nothing_selected_and_no_action_are_said(admin, name):
    for fields, sentence in ([("action", ""), ("id", "x")], "Choose what"), ([("action", "lock"), ("action", "ban")], None):
        reply = admin.post(f"{name}/", [*fields, ("next", f"/admin/{name}/")])
        assert reply.status == 303
        page = admin.page(f"{name}/").text
        assert sentence is None or sentence in page


def test_unknown_list_is_not_found(admin):
    assert admin.browser.get("/admin/nothing/").status == 404
    assert admin.browser.get("/admin/people/nobody/").status == 404
    assert admin.post("nothing/", []).status == 404
    assert admin.post("people/add", []).status == 404


def names_of_pages(admin, path, title):
    """The column of each page, led on by the links, and the pages that the way back leads through."""
    pages, ways = [], []
    link = path
    while link:
        reply = admin.page(link)
        pages.append([row[title] for row in Tables(reply.text).rows])
        ways.append(re.search(r'id="previous" href="([^"]+)"', reply.text))
        found = re.search(r'id="next" href="([^"]+)"', reply.text)
        link = found and path.split("?")[0] + found[1].replace("&amp;", "&")
    return pages, ways


def test_pages_lead_on_and_back_through_all_people(site, admin):
    with site.database() as database:
        row = database.execute("SELECT password FROM account LIMIT 1").fetchone()
        for i in range(2 * ROWS_OF_A_PAGE + 5):
            database.execute("INSERT INTO account VALUES (randomblob(16), ?, ?, ?, ?, 0, 1, 1, NULL)",
                             (f"paged{i:03}", f"paged{i:03}", f"Paged {i:03}", row[0]))
    pages, ways = names_of_pages(admin, "people/?q=paged", "User name")
    assert [len(page) for page in pages] == [ROWS_OF_A_PAGE, ROWS_OF_A_PAGE, 5]
    assert sum(pages, []) == sorted(f"paged{i:03}" for i in range(2 * ROWS_OF_A_PAGE + 5))
    assert ways[0] is None
    back = admin.rows("people/" + ways[2][1].replace("&amp;", "&"))
    assert [row["User name"] for row in back] == pages[1]
    first = admin.rows("people/" + ways[1][1].replace("&amp;", "&"))
    assert [row["User name"] for row in first] == pages[0]


def test_people_are_searched_in_any_case_and_filtered(site, admin):
    site.person("Ünal")
    assert [row["User name"] for row in admin.rows("people/?q=%C3%BCNA")] == ["Ünal"]
    assert admin.rows("people/?q=nobody+at+all") == []
    assert "Nothing was found" in admin.page("people/?q=nobody+at+all").text
    assert {row["User name"] for row in admin.rows("people/?filter=superusers")} == {"Root"}
    admin.do("people/", "ban", [admin.id_of("people/?q=%C3%BCnal", "User name", "Ünal")])
    assert {row["User name"] for row in admin.rows("people/?filter=banned")} == {"Ünal"}
    assert "Ünal" not in {row["User name"] for row in admin.rows("people/?filter=active&q=%C3%BCnal")}


@pytest.mark.parametrize("name", EXPORTED)
def test_lists_are_exported_as_a_spreadsheet_reads_them(admin, name):
    reply = admin.page(f"{name}/export")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert reply.text.startswith('"') and reply.text.endswith("\r\n")


def test_no_text_becomes_a_formula_or_markup(site, admin):
    admin.add("announcements", message='=1+1,"<b>bold</b>"')
    assert "<b>bold" not in admin.page("audit/").text
    assert '"\'=1+1,""<b>bold</b>"""' in admin.page("audit/export").text
    admin.add("announcements", message="＝1+1")
    assert '"\'＝1+1"' in admin.page("audit/export").text


def test_overview_shows_figures_and_asks_to_be_loaded_again_only_when_asked(admin):
    reply = admin.page("")
    assert "Connections" in reply.text and reply.headers["Refresh"] is None
    assert admin.page("?refresh=10").headers["Refresh"] == "10"
    assert admin.page("?refresh=1").headers["Refresh"] is None


def test_overview_asks_the_broker_for_numbers_and_never_for_lists(site, admin):
    """Two questions, whose answers have the same size however many are here."""
    def asked():
        return site.broker.control(op="stats")["stats"]["control_requests"]
    admin.page("")
    before = asked()
    admin.page("")
    assert asked() - before == 3, "two of the page, and the one that counts"


def test_health_says_all_is_well(admin):
    text = admin.page("health/").text
    assert "All is well." in text and "history.db" in text


def test_a_file_that_does_not_take_all_rows_says_so(site, admin):
    def make(count):
        with site.database() as database:
            database.execute(
                "WITH RECURSIVE row(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM row WHERE i < ?)"
                " INSERT INTO audit (time, via, actor_name, action, room, subject, detail)"
                " SELECT i, 'shell', 'bulk', 'topic', 'bulk', '', '' FROM row", (count,))

    def export():
        return admin.page("audit/export?room=bulk").text.splitlines()

    make(ROWS_EXPORTED)
    assert len(export()) == 1 + ROWS_EXPORTED, "its head and all rows"
    make(1)
    lines = export()
    assert len(lines) == 1 + ROWS_EXPORTED + 1
    assert lines[-1].startswith('"This is not all: one file takes 20000 rows.')
