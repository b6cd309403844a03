# SPDX-License-Identifier: MIT
"""The admin's pages as a superuser's browser reads them, and what it does there."""

import html.parser

from account_site import PASSWORD
from manage import output_of


class Tables(html.parser.HTMLParser):
    """The rows of all tables of a page, as objects by the titles of their columns; "id" is what selects them."""

    def __init__(self, text):
        super().__init__()
        self.titles = []
        self.rows = []
        self.row = None
        self.title = None
        self.tag = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "table":
            self.titles = []
        if tag == "tr" and self.titles:
            self.row = {}
        if tag == "th":
            self.title = None if attributes["scope"] == "col" else self.titles[0]
            if attributes["scope"] == "col":
                self.titles.append("")
            else:
                self.row[self.title] = ""
        if tag == "td" and "data-label" in attributes and self.row is not None:
            self.title = attributes["data-label"]
            self.row[self.title] = ""
        if tag == "input" and attributes.get("name") == "id" and attributes.get("type") == "checkbox":
            self.row["id"] = attributes["value"]
        self.tag = tag

    def handle_endtag(self, tag):
        if tag == "tr" and self.row:
            self.rows.append(self.row)
            self.row = None
        if tag in ("th", "td"):
            self.title, self.tag = None, ""

    def handle_data(self, data):
        if self.title is not None and self.row is not None:
            self.row[self.title] += data.strip()
        elif self.tag == "th" and self.titles:
            self.titles[-1] += data.strip()


class Admin:
    """Somebody who has registered, was made a superuser in a shell, and has logged in again."""

    def __init__(self, site, name):
        self.site = site
        self.browser = site.person(name)
        output_of(site.state, "user", "promote", name)
        self.browser.cookies.clear()
        self.browser.log_in(name, PASSWORD)

    def page(self, path, status=200):
        reply = self.browser.get(f"/admin/{path}")
        assert reply.status == status, (path, reply.status, reply.text)
        return reply

    def rows(self, path):
        return Tables(self.page(path).text).rows

    def token(self):
        return self.browser.form("/admin/", "/accounts/logout/")["csrf_token"]

    def post(self, path, fields):
        return self.browser.post(f"/admin/{path}", [("csrf_token", self.token()), *fields])

    def ask(self, path, action, ids, **values):
        """Chooses an action for rows, and answers the question with values; what comes of it."""
        fields = [("action", action), *[("id", id) for id in ids], ("next", f"/admin/{path}")]
        question = self.post(path, fields)
        assert question.status == 200 and 'name="confirmed"' in question.text, question.text
        return self.post(path, [*fields, ("confirmed", "yes"), *values.items()])

    def do(self, path, action, ids, **values):
        reply = self.ask(path, action, ids, **values)
        assert (reply.status, reply.location) == (303, f"/admin/{path}"), reply.text
        return reply

    def add(self, path, **values):
        return self.post(f"{path}/add", values.items())

    def id_of(self, path, title, text):
        """What selects the row that has text in that column."""
        return next(row["id"] for row in self.rows(path) if row[title] == text)

    def audit(self):
        """(action, room, whom, detail) of all that was done here, newest first."""
        return [(row["Action"], row["Room"], row["Whom"], row["Detail"]) for row in self.rows("audit/?filter=admin")]
