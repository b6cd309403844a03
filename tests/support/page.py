# SPDX-License-Identifier: MIT
"""A page as a browser reads it."""

import html.parser
import json


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and the texts."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.forms = {}
        self.form = None
        self.texts = {}
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append((tag, dict(attrs).get("id", tag)))
        if tag == "form":
            self.form = self.forms.setdefault(dict(attrs).get("action", ""), {})
        elif tag == "input" and self.form is not None and "name" in dict(attrs):
            self.form[dict(attrs)["name"]] = dict(attrs).get("value", "")

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open:
            tag, name = self.open[-1]
            if tag == "textarea" and name not in self.texts:
                data = data.removeprefix("\n")  # it is not of the text (HTML 4.10.11)
            self.texts[name] = self.texts.get(name, "") + data

    def handle_comment(self, data):
        raise AssertionError(f"a page of ours has no comments: {data}")

    def shape(self):
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]

    def kinds(self):
        return {(tag, *attributes) for tag, attributes in self.shape()}

    def fields(self):
        """Of the forms: their inputs' names and values."""
        return {attributes["name"]: attributes["value"] for tag, attributes in self.elements
                if tag == "input" and "value" in attributes}

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def json(self, name):
        return json.loads(self.texts[name])
