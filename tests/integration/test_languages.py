# SPDX-License-Identifier: MIT
"""Every page in both languages: nothing that people read stays English in Chinese, and the other way round."""

import asyncio
import html.parser
import re
import subprocess
import urllib.parse

import pytest
from account_site import PASSWORD, AccountSite, urls
from admin_site import Admin
from stack import BUILD, DEADLINE_SECONDS, TOP

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
WORD = re.compile(r"[A-Za-z]{2,}")
HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
ADMIN = "root"
# Names, and what is called so in every language.
NAMES = {"Roomwire", "lobby", "English", "JavaScript", "UTF", "Enter", "Shift", "Chrome", "Firefox", "Linux", "ann", "bob",
         ADMIN, "API", "CSV", "HTTP", "WAL", "KiB", "MiB", "GiB", "accounts", "history", "db",
         "chat",  # of a group's name
         "user", "promote"}  # as one orders it in a shell
GUEST = re.compile(r"guest-[0-9a-f]{4}")
READ_ATTRIBUTES = ("title", "placeholder", "aria-label", "alt")
UNREAD_ELEMENTS = ("script", "style")
NO_PAGES = {"health", "heads", "admin-list", "admin-export", "admin-person"}
LISTS = re.findall(r'^\t\{ "(\w+)", MESSAGE', (TOP / "fcgi/views/admin/sections.c").read_text(), flags=re.M)
PAGES = [path for method, path, name, flags in urls()
         if method == "GET" and "URL_KEY" not in flags and not path.startswith("/api/") and name not in NO_PAGES]
PAGES += [f"/admin/{name}/" for name in LISTS] + [f"/admin/people/{ADMIN}/", "/chat/lobby/message/?seq=1"]
FORMS = [(path, flags) for method, path, _, flags in urls() if method == "POST" and "URL_KEY" not in flags]


class Reading(html.parser.HTMLParser):
    """All that somebody sees or hears of a page, but for what says that it is in another language."""

    def __init__(self, text):
        super().__init__()
        self.language = None
        self.texts = []
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.language = attributes["lang"]
        if not self.is_other(attributes.get("lang", self.language)):
            self.texts += [attributes[name] for name in READ_ATTRIBUTES if name in attributes]
        if tag not in ("meta", "link", "input", "img", "br", "path", "circle"):
            self.open.append((tag, attributes.get("lang")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = [tag for tag, _ in self.open]
        if not set(UNREAD_ELEMENTS) & set(tags) and not any(self.is_other(lang) for _, lang in self.open):
            self.texts.append(data)

    def is_other(self, language):
        return language is not None and language != self.language

    def strange_words(self):
        """Those of the other language."""
        if self.language == "en":
            return [text for text in self.texts if HAN.search(text)]
        return [word for text in self.texts for word in WORD.findall(GUEST.sub("", text)) if word not in NAMES]


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.login_penalty_seconds=0") as started:
        yield started


@pytest.fixture(scope="module", params=["guest", "account", "superuser"])
def browser(request, site):
    """Somebody who has said something in the lobby, so that there is something on its pages."""
    if request.param == "superuser":
        made = Admin(site, ADMIN).browser
    else:
        made = site.person("ann") if request.param == "account" else site.browser()
    made.submit("/chat/lobby/", message="1 + 1")
    return made


@pytest.mark.parametrize("asked", [CHINESE, ENGLISH], ids=["zh-CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_in_one_language(browser, path, asked):
    reply = browser.get(path, **asked)
    for _ in range(2):
        if reply.status in (301, 302, 303):
            reply = browser.get(reply.location, **asked)
    reading = Reading(reply.text)

    assert reading.language == ("zh-CN" if asked is CHINESE else "en")
    assert reading.strange_words() == []
    assert len(reading.texts) > 10


@pytest.mark.parametrize("path,flags", FORMS)
def test_form_that_is_refused_is_answered_in_chinese(site, path, flags):
    """Once without its token, and once with nothing or nonsense in its fields."""
    browser = site.browser()
    if "URL_LOGIN" in flags:
        browser.register("bob" if "password" in path else f"bob{len(path)}")
    token = browser.token()
    fields = {"csrf_token": token, "name": "guest-12/34", "username": "a" * 50, "password": "x", "new_password": "x",
              "old_password": PASSWORD, "session": "nobody's", "message": ""}
    for given in ({}, fields):
        reply = browser.post(path, given, **CHINESE)
        if reply.status < 400:
            continue
        assert Reading(reply.text).language == "zh-CN", path
        assert [word for word in Reading(reply.text).strange_words() if not word.startswith("bob")] == []


@pytest.mark.parametrize("name,sentence", [
    ("a" * 33, "名字太长了。"), ("a/b", "名字里不能有斜杠。"), ("..", "名字不能是“.”或“..”。"),
    ("guest-1234", "这类名字留给访客使用，请换一个。"), ("\u202ea", "名字里有控制字符、格式字符或未知字符。")])
def test_name_that_is_none_is_refused_in_chinese(site, name, sentence):
    person = site.browser()
    reply = person.submit("/accounts/register/", username=name, password=PASSWORD, headers=CHINESE)

    assert reply.page.texts["username-problem"] == sentence


@pytest.mark.parametrize("path", ["/chat/a%2Fb/", "/nowhere", "/chat/lobby/search?q=%22", "/chat/?room=%2F"])
def test_problem_with_an_address_is_told_in_chinese(site, path):
    reading = Reading(site.browser().get(path, **CHINESE).text)

    assert (reading.language, reading.strange_words()) == ("zh-CN", [])


def test_choice_is_followed_without_scripts(site):
    person = site.browser()
    link = next(attributes["href"] for _, attributes in person.get("/chat/lobby/search?q=a", **ENGLISH).page.elements
                if attributes.get("hreflang") == "zh-CN")
    reply = person.get(link, **ENGLISH)

    assert (reply.status, reply.location) == (303, "/chat/lobby/search?q=a")
    assert Reading(person.get(reply.location, **ENGLISH).text).language == "zh-CN"
    person.get(link.replace("to=zh-CN", "to=en"))
    assert Reading(person.get("/chat/", **CHINESE).text).language == "en"


def test_people_are_counted_as_their_language_does(site):
    async def story():
        person = site.browser()
        async with site.socket(site.browser(), "counted"):
            assert await shows(person, "1 person<", ENGLISH) and await shows(person, "1人<", CHINESE)
            async with site.socket(site.browser(), "counted"):
                assert await shows(person, "2 people<", ENGLISH) and await shows(person, "2人<", CHINESE)
    asyncio.run(story())


async def shows(person, text, asked):
    """The list of rooms is a second old at most."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while text not in person.get("/chat/", **asked).text:
            await asyncio.sleep(0.1)
    return True


@pytest.mark.parametrize("language,status", [("en", 0), ("zh-CN", 0), ("zh", 78), ("", 78)])
def test_site_speaks_no_language_that_it_has_not(language, status):
    checked = subprocess.run([BUILD / "bin/roomwire-fcgi", "--check-config", "--set", f"site.language={language}"],
                             capture_output=True, text=True)

    assert checked.returncode == status
    assert ("en zh-CN" in checked.stderr) == (status != 0)


@pytest.mark.parametrize("path", [path for path, _ in FORMS])
def test_language_of_a_refused_form_is_switched_on_a_page(site, path):
    reply = site.browser().post(path, {"csrf_token": "old", "next": "/chat/lobby/people/"})
    links = re.findall(r"/accounts/language/\?to=[^&]+&amp;next=([^\"]+)", reply.text)
    assert reply.status in (303, 403) and (reply.status == 303 or links)
    for link in links:
        assert site.browser().get(urllib.parse.unquote(link)).status in (200, 302, 303, 404)
