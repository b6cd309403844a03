# SPDX-License-Identifier: MIT
"""Somebody who reads pages and fills in their forms: one connection, kept as a browser keeps it, and its cookies."""

import html.parser
import http.client
import time
import urllib.parse

ANSWER_SECONDS = 30


class FormError(Exception):
    """A page was not what was asked for; the text says which."""


class Forms(html.parser.HTMLParser):
    """The inputs of each form of a page."""

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

    def with_password(self):
        """What the first one that asks for a password would send; empty where none does."""
        form = next((form for form in self.forms if any(one.get("type") == "password" for one in form)), [])
        return {one["name"]: one.get("value", "") for one in form if "name" in one}


class Reader:
    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), ANSWER_SECONDS)
        self.cookies = {}

    def ask(self, method, path, body=None, **headers):
        """The status and the body; cookies are kept, redirects are not followed."""
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise FormError(f"{path}: {error or type(error).__name__}") from error
        for line in answer.headers.get_all("Set-Cookie", []):
            self.keep(line)
        return answer.status, data

    def keep(self, line):
        name, value = line.split(";")[0].split("=", 1)
        if "max-age=0" in line.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def page(self, path):
        status, data = self.ask("GET", path)
        if status != 200:
            raise FormError(f"{path} answers {status}")
        return data

    def fields(self, path):
        fields = Forms(self.page(path).decode()).with_password()
        if not fields:
            raise FormError(f"{path} has no form with a password")
        return fields

    def send(self, path, fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields),
                        **{"Content-Type": "application/x-www-form-urlencoded"})

    def enter(self, path, user, password):
        """Registers or logs in."""
        status, _ = self.send(path, {**self.fields(path), "username": user, "password": password})
        if status not in (302, 303):
            raise FormError(f"{path} does not let {user} in: it answers {status}")


def timed(call, *arguments):
    """What it returns, and how many seconds it took."""
    start = time.perf_counter()
    return call(*arguments), time.perf_counter() - start
