# SPDX-License-Identifier: MIT
"""What was said, on the pages and for scripts, behind both web servers and without a broker."""

import html.parser
import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote, urljoin

import pytest
from stack import BUILD, DEADLINE_SECONDS, Pages, Site, WebServer, fetch, wait_for

HOSTILE = ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "&lt;b&gt;&amp;",
           "</script><!--", "{{user}}", "%3Cscript%3E", "\\u003cscript>", "a]]>b", "javascript:alert(1)",
           "\u202egpj.exe", "a\u200b\u2028b", "x" * 16384, "北京大学", "👩‍👩‍👧 😀", "two\nlines", "  blanks  ", "\x7f\x1b[0m",
           "ﷺ ไทย עברית", "<li class=message id=message-1>"]
VOID = {"br", "hr", "img", "input", "link", "meta"}


class Page(html.parser.HTMLParser):
    """A page whose elements are all closed in order: its links, its data and its messages."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.links = {}
        self.ids = []
        self.messages = []
        self.texts = {}
        self.shape = []
        self.feed(text)
        self.close()
        assert not self.open
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.shape.append((tag, *sorted(attributes)))
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "a":
            self.links[attributes.get("id", attributes["href"])] = attributes["href"]
        if "data-seq" in attributes:
            self.messages.append({"seq": int(attributes["data-seq"]), "user": attributes["data-user"],
                                  "time": attributes["data-time"], "message": ""})
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag, attrs):
        self.shape.append((tag, *sorted(dict(attrs))))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            attributes = self.open[-1][1]
            if any(outer.get("class") == "message-text" for _, outer in self.open):  # a link is within it
                self.messages[-1]["message"] += data
            name = attributes.get("id", self.open[-1][0])
            self.texts[name] = self.texts.get(name, "") + data

    def handle_comment(self, data):
        raise AssertionError(f"a page of ours has no comments: {data}")

    @property
    def settings(self):
        return json.loads(self.texts["room-settings"])


def say(state, room, *messages, user="ann"):
    """Fills history.db as a broker that is gone would have left it."""
    lines = "".join(json.dumps({"user": user, "message": message}) + "\n" for message in messages)
    subprocess.run([str(BUILD / "bin/say"), f"{state}/history.db", room], input=lines.encode(),
                   timeout=DEADLINE_SECONDS, check=True)


@pytest.fixture(scope="module", params=["lighttpd", "nginx"])
def site(request):
    """A site whose broker has been killed."""
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        say(state, "lobby", *[f"message {number}" for number in range(1, 201)])
        say(state, "房间", *HOSTILE)
        for text in HOSTILE[:12]:
            say(state, "people", "hello", user=text)
        with Site("--set", "history.durability=process", web=request.param, state=state) as started:
            os.kill(started.pid("broker"), signal.SIGKILL)
            wait_for(lambda: "roomwire-broker has ended" in started.log.read_text(), "the broker is gone")
            yield started


def page_at(site, path):
    status, _, text = fetch(urljoin(site.url, path))
    assert status == 200
    return Page(text)


def api(site, room, query="", what="messages", **headers):
    return fetch(site.at(f"/api/rooms/{quote(room, safe='')}/{what}{query}"), **headers)


def test_a_reader_without_scripts_walks_through_all_of_a_room(site):
    page = page_at(site, "lobby/")
    assert page.settings["isNewest"] and page.settings["seq"] == 200 and "newer-row" in page.ids
    found = page.messages
    while found[0]["seq"] > 1:
        page = page_at(site, "lobby/" + page.links["older"])
        assert len(page.messages) == 50
        found = page.messages + found
    assert [(message["seq"], message["message"]) for message in found] == [(n, f"message {n}") for n in range(1, 201)]
    while page.messages[-1]["seq"] < 200:
        page = page_at(site, "lobby/" + page.links["newer"])
    assert page.messages == found[-50:]


def test_a_link_to_a_message_shows_what_led_to_it(site):
    page = page_at(site, "lobby/?message=42")
    assert [message["seq"] for message in page.messages] == list(range(17, 67))
    assert "message-42" in page.ids
    assert (page.settings["seq"], page.settings["first"], page.settings["isNewest"]) == (0, 17, False)


def test_hostile_messages_stay_text(site):
    page = page_at(site, quote("房间") + "/")
    assert [message["message"] for message in page.messages] == HOSTILE
    harmless = page_at(site, "lobby/?message=1")
    assert set(page.shape) <= set(harmless.shape)
    people = page_at(site, "people/")
    assert [message["user"] for message in people.messages] == HOSTILE[:12]
    assert set(people.shape) <= set(harmless.shape)


def test_search_leads_to_the_message(site):
    page = page_at(site, "lobby/search?q=" + quote("MESSAGE 42"))
    target = "/chat/lobby/?message=42#message-42"
    assert target in page.links.values()
    assert "message-42" in page_at(site, target).ids
    page = page_at(site, quote("房间") + "/search?q=" + quote("京大"))
    assert f"/chat/{quote('房间')}/?message=14#message-14" in page.links.values()
    assert "no-results" in page_at(site, "lobby/search?q=nowhere").ids


def test_older_results_follow_until_there_are_none(site):
    page = page_at(site, "lobby/search?q=message")
    found = []
    while True:
        found += [int(re.search(r"message=(\d+)", link).group(1)) for link in page.links.values() if "?message=" in link]
        if "older" not in page.links:
            break
        page = page_at(site, "lobby/search" + page.links["older"])
    assert found == list(range(200, 0, -1))


def test_hostile_queries_stay_text(site):
    harmless = {status: Page(fetch(site.at(f"/chat/lobby/search?q={word}"))[2]).shape
                for status, word in [(200, "nowhere"), (400, "!")]}
    for text in HOSTILE:
        if text.isprintable() or "\u202e" in text:  # lighttpd refuses control characters in addresses itself
            status, _, answer = fetch(site.at("/chat/lobby/search?q=" + quote(text[:200])))
            assert Page(answer).shape == harmless[status]


def test_the_api_says_what_the_page_says(site):
    for room in ["lobby", "房间", "people"]:
        page = page_at(site, quote(room) + "/")
        status, headers, text = api(site, room)
        answer = json.loads(text)
        assert status == 200 and headers["Content-Type"] == "application/json" and headers["Set-Cookie"] is None
        assert answer["room"] == room and answer["epoch"] == page.settings["epoch"]
        assert answer["seq"] == page.settings["seq"]
        assert answer["messages"] == page.messages[-len(answer["messages"]):]
        assert page.settings["apiUrl"] == f"/api/rooms/{quote(room)}/messages"


def test_the_api_gives_pages_until_there_is_no_more(site):
    found, more = [], True
    while more:
        answer = json.loads(api(site, "lobby", f"?limit=70&after={found[-1] if found else 0}")[2])
        found += [message["seq"] for message in answer["messages"]]
        more = answer["more"]
    assert found == list(range(1, 201))


def test_what_is_known_is_not_sent_again(site):
    status, headers, _ = api(site, "lobby", "?limit=10")
    tag = headers["ETag"]
    assert status == 200 and re.fullmatch(r'"[^"]+"', tag) and headers["Cache-Control"] == "no-cache"
    status, headers, text = api(site, "lobby", "?limit=10", **{"If-None-Match": f'"other", W/{tag}'})
    assert (status, headers["ETag"], text) == (304, tag, "")
    assert api(site, "lobby", "?limit=11", **{"If-None-Match": tag})[0] == 200
    _, headers, _ = api(site, "news")
    say(site.state, "news", "hello")
    status, _, text = api(site, "news", **{"If-None-Match": headers["ETag"]})
    assert status == 200 and json.loads(text)["messages"][0]["message"] == "hello"


@pytest.mark.parametrize("query", ["?after=x", "?before=-1", "?limit=0", "?limit=501", "?after=1&before=2", "?after="])
def test_the_api_refuses_with_a_sentence(site, query):
    status, _, text = api(site, "lobby", query)
    answer = json.loads(text)
    assert status == 400 and answer["ok"] is False and answer["error"] and answer["message"]


def test_the_api_refuses_a_room_that_is_none(site):
    for room in ["a\u202eb", " ", "x" * 200]:
        status, _, text = api(site, room)
        assert status == 400 and json.loads(text)["error"] == "bad_room"


def test_no_history_is_an_empty_list():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state, \
            Pages(state, "history.durability=process") as pages, WebServer(pages) as web:
        answer = json.loads(web.get("/api/rooms/lobby/messages").text)
        assert answer == {"room": "lobby", "epoch": "", "seq": 0, "messages": [], "more": False}
        assert Page(web.get("/chat/lobby/").text).messages == []
        assert web.ask("HEAD", "/api/rooms/lobby/messages").text == ""
        say(state, "lobby", "hello")
        page = Page(web.get("/chat/lobby/").text)
        assert page.messages[0]["message"] == "hello" and page.settings["seq"] == 1


def test_a_history_that_is_not_kept_is_not_shown():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        say(state, "lobby", "hello")
        with Pages(state, "history.durability=none") as pages, WebServer(pages) as web:
            assert Page(web.get("/chat/lobby/").text).messages == []
            assert json.loads(web.get("/api/rooms/lobby/messages").text)["messages"] == []


def test_a_damaged_database_is_said_and_healed():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state, \
            Pages(state, "history.durability=process") as pages, WebServer(pages) as web:
        database = Path(state) / "history.db"
        database.write_bytes(b"This is no database. " * 1000)
        answer = web.get("/api/rooms/lobby/messages")
        assert answer.status == 503 and json.loads(answer.text)["error"] == "corrupt"
        assert json.loads(web.get("/healthz").text)["history"] == "corrupt"
        page = Page(web.get("/chat/lobby/").text)
        assert "history-problem" in page.ids and page.messages == []
        assert web.get("/chat/lobby/search?q=hello").status == 503
        database.unlink()
        say(state, "lobby", "hello")
        page = Page(web.get("/chat/lobby/").text)
        assert "history-problem" not in page.ids and len(page.messages) == 1


def test_plain_cgi_reads_the_same_history():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        say(state, "lobby", "hello")
        with Pages(state, "history.durability=process") as pages, WebServer(pages, plain_cgi=True) as web:
            page = Page(web.get("/chat.cgi/chat/lobby/").text)
            assert page.messages[0]["message"] == "hello"
            assert page.settings["apiUrl"] == "/chat.cgi/api/rooms/lobby/messages"
            answer = web.get("/chat.cgi/api/rooms/lobby/messages")
            assert json.loads(answer.text)["messages"] == page.messages
            known = web.get("/chat.cgi/api/rooms/lobby/messages", If_None_Match=answer.headers["ETag"])
            assert known.status == 304
