# SPDX-License-Identifier: MIT
"""Somebody who reads pages and fills in their forms: one connection, kept as a browser keeps it, and its cookies."""

import html.parser
import http.client
import http.cookies
import time
import urllib.parse

ANSWER_SECONDS = 30


class FormError(Exception):
    """A page was not what was asked for; the text says which."""


class Fields(html.parser.HTMLParser):
    """The inputs of the first form that has a password; all is empty where there is none."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "form":
            self.forms.append([])
        elif tag == "input" and self.forms:
            self.forms[-1].append(dict(attrs))

    def filled_in(self, user, password):
        inputs = next((form for form in self.forms if any(one.get("type") == "password" for one in form)), [])
        values = {one["name"]: one.get("value", "") for one in inputs if "name" in one}
        values.update({one["name"]: password for one in inputs if one.get("type") == "password"})
        return {**values, "username": user} if values else {}


class Reader:
    def __init__(self, target, address=None):
        host, port = target.rsplit(":", 1)
        source = (address, 0) if address else None
        self.connection = http.client.HTTPConnection(host, int(port), ANSWER_SECONDS, source)
        self.cookies = http.cookies.SimpleCookie()

    def ask(self, method, path, body=None, **headers):
        """The status and the body; cookies are kept, redirects are not followed."""
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{one.key}={one.coded_value}" for one in self.cookies.values())
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise FormError(f"{path}: {error or type(error).__name__}") from error
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer.status, data

    def page(self, path):
        status, data = self.ask("GET", path)
        if status != 200:
            raise FormError(f"{path} answers {status}")
        return data

    def fill_in(self, path, user, password):
        """The form of a page, ready to be sent: its fields as a body."""
        fields = Fields(self.page(path).decode()).filled_in(user, password)
        if not fields:
            raise FormError(f"{path} has no form with a password")
        return urllib.parse.urlencode(fields)

    def send(self, path, body):
        return self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"})

    def enter(self, path, user, password):
        """Registers or logs in."""
        status, _ = self.send(path, self.fill_in(path, user, password))
        if status not in (302, 303):
            raise FormError(f"{path} does not let {user} in: it answers {status}")


def timed(call, *arguments):
    """What it returns, and how many seconds it took."""
    start = time.perf_counter()
    return call(*arguments), time.perf_counter() - start
