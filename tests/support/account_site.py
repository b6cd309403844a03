# SPDX-License-Identifier: MIT
"""Broker, pages and web server on one state directory, and browsers that people use to have accounts there."""

import contextlib
import http.client
import re
import sqlite3
import time
import urllib.parse
from pathlib import Path

from faked_clock import Clock, Clocked
from page import Page
from stack import DEADLINE_SECONDS, TOP, Broker, Pages, WebServer, receive_type

PASSWORD = "four words of mine"
# As cheap as a hash may be: what it costs is not what these stories are about.
CHEAP = ("accounts.password_kibibytes=8192", "accounts.password_passes=1")
# A web server closes a connection that is idle for longer than a few seconds.
KEPT_SECONDS = 2
URL_ROW = re.compile(r'\{ METHOD_(GET|POST),\s+"([^"]+)",\s+view_\w+,\s+"([^"]+)",\s+([^}]*) \}')


class AccountBroker(Clocked, Broker):
    pass


class AccountPages(Clocked, Pages):
    pass


class AccountSite:
    """is_clocked: the wall clock of broker and pages is self.clock."""

    def __init__(self, *settings, is_clocked=False, is_cheap=True):
        settings = (*(CHEAP if is_cheap else ()), *settings)
        self.broker = AccountBroker(*settings)
        self.state = self.broker.state
        self.pages = AccountPages(self.state, *settings)
        self.web = WebServer(self.pages)
        if is_clocked:
            self.clock = self.broker.clock = self.pages.clock = Clock(self.state)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for part in (self.broker, self.pages, self.web):
                stack.enter_context(part)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self.stack.__exit__(*error)

    def browser(self, **options):
        return Browser(self.web.port, **options)

    def person(self, name, password=PASSWORD, **options):
        """A browser in which somebody has registered."""
        browser = self.browser(**options)
        browser.register(name, password)
        return browser

    def socket(self, browser, room="lobby", **options):
        headers = {"Cookie": browser.cookie_header(), **browser.forwarded()}
        return self.broker.connect(f"/ws/chat/{room}/", version1=True, extra_headers=headers, **options)

    def database(self):
        """accounts.db, as somebody who has it in hand."""
        return contextlib.closing(sqlite3.connect(self.state / "accounts.db", isolation_level=None, timeout=10))

    def count_log(self, *words):
        """How many lines of the pages' log have all of these words."""
        return sum(all(word in line for word in words) for line in self.pages.log().splitlines())


def urls():
    """(method, path, name, flags and scope) of the table; "@" is the mount point, :room a room."""
    table = (TOP / "fcgi/urls.c").read_text(encoding="utf-8")
    rows = [(method, re.sub(":[a-z]+", "lobby", pattern.replace("@", "/chat/")), name, flags)
            for method, pattern, name, flags in URL_ROW.findall(table)]
    assert len(rows) == len(re.findall(r"\{ METHOD_", table)), "a row of the table is written differently"
    return rows


class Reply:
    def __init__(self, response, path):
        self.path = path
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def page(self):
        return Page(self.text)

    def set_cookies(self):
        """The whole lines by name."""
        return {line.split("=", 1)[0]: line for line in self.headers.get_all("Set-Cookie", [])}


class Browser:
    """Keeps cookies as browsers do, and comes from an address of loopback; as_https: behind a proxy that speaks https.
    Follows no redirects."""

    def __init__(self, port, address="127.0.0.1", as_https=False, agent="Mozilla/5.0 (X11; Linux x86_64)"):
        self.port = port
        self.as_https = as_https
        self.agent = agent
        self.cookies = {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, DEADLINE_SECONDS, (address, 0))
        self.asked = time.monotonic()

    def cookie_header(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def forwarded(self):
        return {"X-Forwarded-Proto": "https"} if self.as_https else {}

    def ask(self, method, path, fields=None, **headers):
        """Underscores in the names of headers are hyphens; a header that is None is left out."""
        sent = {"Cookie": self.cookie_header() or None, "User-Agent": self.agent, **self.forwarded(),
                "Content-Type": None if fields is None else "application/x-www-form-urlencoded",
                **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = None if fields is None else urllib.parse.urlencode(fields)
        if time.monotonic() - self.asked > KEPT_SECONDS:
            self.connection.close()
        self.asked = time.monotonic()
        self.connection.request(method, path, body,
                                {name: value for name, value in sent.items() if value is not None})
        reply = Reply(self.connection.getresponse(), path)
        for line in reply.headers.get_all("Set-Cookie", []):
            self.keep(line)
        return reply

    def keep(self, line):
        pair, *attributes = line.split("; ")
        name, value = pair.split("=", 1)
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields, **headers):
        return self.ask("POST", path, fields, **headers)

    def form(self, path, action=None):
        """What a form of a page would send as it is; by default the one that posts to the page itself."""
        page = self.get(path).page
        action = action or urllib.parse.urlsplit(path).path
        assert action in page.forms, f"{path} has no form for {action}, only {list(page.forms)}"
        return dict(page.forms[action])

    def submit(self, path, action=None, headers=None, **values):
        action = action or urllib.parse.urlsplit(path).path
        return self.post(action, {**self.form(path, action), **values}, **(headers or {}))

    def token(self):
        return self.form("/chat/lobby/", "/chat/name")["csrf_token"]

    def try_to_register(self, name, password=PASSWORD, **values):
        return self.submit("/accounts/register/", username=name, password=password, **values)

    def register(self, name, password=PASSWORD, **values):
        reply = self.try_to_register(name, password, **values)
        assert reply.status == 303, reply.text
        return reply

    def try_to_log_in(self, name, password=PASSWORD, **values):
        return self.submit("/accounts/login/", username=name, password=password, **values)

    def log_in(self, name, password=PASSWORD):
        reply = self.try_to_log_in(name, password)
        assert reply.status == 303, reply.text
        return reply

    def log_out(self):
        reply = self.submit("/accounts/logout/")
        assert reply.status == 303, reply.text
        return reply

    def change_password(self, old, new):
        return self.submit("/accounts/password/", old_password=old, new_password=new)

    def call_oneself(self, name):
        return self.submit("/chat/name", name=name)

    def session(self):
        """The session's cookie; None for a guest."""
        return self.cookies.get(("__Host-" if self.as_https else "") + "roomwire_session")

    def is_logged_in(self):
        return "/accounts/logout/" in self.get("/chat/").page.forms

    def name(self, room="lobby"):
        return self.get(f"/chat/{room}/").page.texts["own-name"]


async def welcome(connection):
    return await receive_type(connection, "welcome")


def files_of(state):
    """All that is kept on disk, as bytes by path; sockets have none."""
    return {path: path.read_bytes() for path in Path(state).rglob("*") if path.is_file()}
