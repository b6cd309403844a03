# SPDX-License-Identifier: MIT
"""What the pages of accounts take from whom: tokens, origins, ways back, and headers, walked by the table of URLs."""

import contextlib

import pytest
from account_site import PASSWORD, AccountSite, urls

# What every route finds what it needs in.
FIELDS = {"name": "Mallory", "username": "Mallory", "password": "mallory's words", "old_password": PASSWORD,
          "new_password": "mallory's words", "others": "1", "next": "/chat/"}
POSTS = [(path, flags) for method, path, _, flags in urls() if method == "POST" and "URL_KEY" not in flags]
GETS = [(path, name) for method, path, name, _ in urls() if method == "GET"]
FOREIGN = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
           {"Origin": "http://127.0.0.1.evil.example"}, {"Sec_Fetch_Site": "cross-site"},
           {"Sec_Fetch_Site": "same-site"}]
AWAY = ["//evil.example", "//evil.example/chat/", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "https://evil.example/", "http:evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example",
        "/\n/evil.example", "\t//evil.example", " //evil.example", "evil.example", "?x", "", "/%5cevil.example\\x",
        "/chat/\r\nSet-Cookie: a=b", "/chat/\r\n\r\n<script>", "/chat/\0x", "/.//evil.example", "/..//evil.example",
        "/chat/..//evil.example", "/\u2028/evil.example", "/\x7f/evil.example", "x" * 70000]
HERE = ["/chat/", "/chat/lobby/", "/chat/a%20b/?message=3", "/chat/lobby/search?q=a%2Fb&x=//y", "/accounts/profile/"]


def test_table_has_forms_to_walk():
    assert {"/accounts/register/", "/accounts/login/", "/accounts/logout/", "/accounts/password/",
            "/accounts/sessions/", "/chat/name"} <= {path for path, _ in POSTS}


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        yield started


@contextlib.contextmanager
def unchanged(site, browser):
    """Nothing of an account changes meanwhile: its row, its sessions, and who the browser is."""
    def state():
        with site.database() as database:
            return (database.execute("SELECT username, display_name, password, is_active, is_superuser FROM account "
                                     "ORDER BY id").fetchall(),
                    database.execute("SELECT key_hash FROM session ORDER BY key_hash").fetchall())
    before, cookies = state(), dict(browser.cookies)
    yield
    assert state() == before
    assert browser.cookies.get("roomwire_session") == cookies.get("roomwire_session")


NAMES = iter(f"Person {number}" for number in range(10000))


@pytest.fixture(params=["account", "guest"])
def browser(request, site):
    made = site.browser()
    if request.param == "account":
        made.register(next(NAMES))
    made.get("/chat/")  # what is to be said once has been said
    return made


@pytest.mark.parametrize("path, flags", POSTS)
def test_post_needs_its_token(site, browser, path, flags):
    own = browser.token()
    another = site.person(next(NAMES))
    guest = site.browser()
    wrong = [None, "", "x", own[:-1], own + "A", own[:-2] + ("AA" if own[-2:] != "AA" else "BB"), own.swapcase(),
             another.token(), guest.token()]
    with unchanged(site, browser):
        for token in wrong:
            fields = {**FIELDS, **({} if token is None else {"csrf_token": token})}
            assert browser.post(path, fields).status == 403, f"with {token!r}"
        assert browser.post(f"{path}?csrf_token={own}", FIELDS).status == 403, "in the address"
        assert browser.post(path, FIELDS, Cookie=None).status == 403, "and nobody"
        assert browser.ask("POST", path).status == 403, "and nothing"


@pytest.mark.parametrize("path, flags", POSTS)
def test_token_is_no_use_after_the_session(site, path, flags):
    browser = site.person(next(NAMES))
    name, old = browser.name(), browser.token()
    browser.log_out()
    browser.log_in(name)
    with unchanged(site, browser):
        assert browser.post(path, {**FIELDS, "csrf_token": old}).status == 403


@pytest.mark.parametrize("path, flags", POSTS)
def test_post_from_another_site_is_refused_whatever_it_carries(site, browser, path, flags):
    fields = {**FIELDS, "csrf_token": browser.token()}
    with unchanged(site, browser):
        for headers in FOREIGN:
            assert browser.post(path, fields, **headers).status == 403, headers


@pytest.mark.parametrize("path, flags", [row for row in POSTS if "URL_SUPERUSER" not in row[1]])
def test_post_with_its_token_from_here_is_taken(site, path, flags):
    """What the others leave out is all that stands in the way."""
    for headers in ({}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"},
                    {"Origin": f"http://127.0.0.1:{site.web.port}", "Sec_Fetch_Site": "same-origin"}):
        browser = site.person(next(NAMES))
        fields = {**FIELDS, "csrf_token": browser.token(), "username": next(NAMES)}
        assert browser.post(path, fields, **headers).status != 403, headers


@pytest.mark.parametrize("path, flags", POSTS)
def test_get_changes_nothing(site, path, flags):
    browser = site.person(next(NAMES))
    query = "&".join(f"{name}={value}" for name, value in
                     {"csrf_token": browser.token(), "others": "1", "name": "Mallory", "password": "x"}.items())
    browser.get("/chat/")
    with unchanged(site, browser):
        for method in ("GET", "HEAD"):
            assert browser.ask(method, f"{path}?{query}").status in (200, 303, 403, 405)
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            assert browser.ask(method, path, {"csrf_token": browser.token()}).status == 405


def login_way(site, next_path):
    browser = site.browser()
    return browser.submit("/accounts/login/", username="Returner", password=PASSWORD, next=next_path)


def register_way(site, next_path):
    return site.browser().try_to_register(next(NAMES), next=next_path)


def name_way(site, next_path):
    return site.browser().submit("/chat/name", name=next(NAMES), next=next_path)


@pytest.fixture(scope="module")
def returner(site):
    return site.person("Returner")


@pytest.mark.parametrize("way", [login_way, register_way, name_way], ids=lambda way: way.__name__)
@pytest.mark.parametrize("next_path", AWAY, ids=lambda text: repr(text)[:30])
def test_way_back_never_leads_away(site, returner, way, next_path):
    reply = way(site, next_path)
    if len(next_path) > 60000:
        assert reply.status == 413
        return
    assert reply.status == 303
    assert is_local(reply.location), reply.location
    assert set(reply.headers.keys()) <= set(way(site, "/chat/").headers.keys())


def is_local(location):
    """As a browser resolves it: tabs and line ends dropped, backslashes as slashes. What dots fold into two slashes
    behind the host stays behind it."""
    seen = "".join(c for c in location if c not in "\t\r\n").replace("\\", "/")
    return location.isascii() and location.isprintable() and seen.startswith("/") and not seen.startswith("//")


@pytest.mark.parametrize("way", [login_way, register_way, name_way], ids=lambda way: way.__name__)
@pytest.mark.parametrize("next_path", HERE)
def test_way_back_leads_back(site, returner, way, next_path):
    assert way(site, next_path).location == next_path


def test_login_page_does_not_lead_a_logged_in_user_away(site, returner):
    for next_path in ("//evil.example", "/\\evil.example", "https://evil.example"):
        reply = returner.get("/accounts/login/?next=" + next_path)
        assert reply.status == 303 and is_local(reply.location)


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: roomwire_session=x", "a\nX-Evil: 1", "a\rb", "a\0b", "é\r\n\r\n<b>",
                                  "%0d%0aSet-Cookie:a=b", "\u560d\u560aSet-Cookie:a=b"])
def test_no_field_reaches_the_headers(site, text):
    browser = site.person(next(NAMES))
    token = browser.token()
    for path, _ in POSTS:
        if path in ("/accounts/logout/", "/accounts/sessions/"):
            continue
        fields = {**FIELDS, "csrf_token": token, "name": text, "username": text, "next": "/chat/" + text}
        reply = browser.post(path, {**fields, "old_password": text, "password": text})
        assert "X-Evil" not in reply.headers and "Set-Cookie: a" not in str(reply.headers)
        for line in reply.headers.get_all("Set-Cookie", []):
            assert line.split("=")[0] in ("roomwire", "roomwire_session", "roomwire_flash")
            assert not line.startswith("roomwire_session=x")


@pytest.mark.parametrize("path, name", GETS)
def test_every_page_keeps_itself_to_its_reader(site, path, name):
    for browser in (site.person(next(NAMES)), site.browser()):
        reply = browser.get(path)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        policy = reply.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                     "form-action 'self'"):
            assert rule in policy
        assert "unsafe" not in policy
        # What was said is the same for all who may read it.
        is_history = name in ("api-messages", "api-search")
        assert reply.headers["Cache-Control"] == ("no-cache" if is_history else "no-store")


def test_error_pages_keep_themselves_too(site):
    browser = site.person(next(NAMES))
    for reply in (browser.get("/nothing"), browser.post("/accounts/login/", {}), browser.get("/chat/a%2Fb/"),
                  browser.ask("PUT", "/chat/"), browser.post("/chat/name", {"x": "y" * 70000})):
        assert reply.status >= 400
        assert reply.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_logout_takes_what_is_cached_along(site):
    browser = site.person(next(NAMES))
    reply = browser.log_out()
    assert '"cache"' in reply.headers["Clear-Site-Data"]
    assert '"cookies"' not in reply.headers["Clear-Site-Data"], "others may live on this host"
    assert any("Max-Age=0" in line for line in reply.headers.get_all("Set-Cookie") if "roomwire_session" in line)


@pytest.mark.parametrize("path", [path for path, flags in [*POSTS, *[(p, f) for m, p, _, f in urls() if m == "GET"]]
                                  if "URL_LOGIN" in flags])
def test_page_of_an_account_leads_a_guest_to_the_login(site, path):
    reply = site.browser().get(path)
    assert (reply.status, reply.location.split("?")[0]) == (303, "/accounts/login/")
    assert "next=" in reply.location


def test_every_page_has_a_way_out(site):
    browser = site.person(next(NAMES))
    for path, name in GETS:
        reply = browser.get(path)
        if reply.status == 200 and "text/html" in reply.headers["Content-Type"]:
            assert "/accounts/logout/" in reply.page.forms, path
