# SPDX-License-Identifier: MIT
"""The pages behind a real web server, as FastCGI and as plain CGI, with and without a broker."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import subprocess
import tempfile
import time
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from page import Page
from raw_websocket import upgrade_request
from stack import BUILD, DEADLINE_SECONDS, Broker, Pages, WebServer, receive, receive_type, wait_for

HOSTILE = ['"><script>alert(1)', "<img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "&lt;b&gt;&amp;", "<!--",
           "<b>", "{{user}}", "%3Cscript%3E", "\\u003cscript>", "a]]>b", "javascript:alert(1)"]


class Site:
    """Broker, pages and web server on one state directory."""

    def __init__(self, *settings):
        self.broker = Broker(*settings)
        self.pages = Pages(self.broker.state, *settings)
        self.web = WebServer(self.pages)

    def __enter__(self):
        self.broker.__enter__()
        self.pages.__enter__()
        self.web.__enter__()
        return self

    def __exit__(self, *error):
        self.web.__exit__(*error)
        self.pages.__exit__(*error)
        self.broker.__exit__(*error)


@pytest.fixture(scope="module")
def site():
    with Site() as started:
        yield started


@pytest.fixture
def pages_alone():
    """No broker, no web server: a state directory with the pages' program."""
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        with Pages(state) as pages:
            yield pages


def room_path(room, mount="/chat/"):
    return f"{mount}{quote(room, safe='')}/"


def change_name(web, name, room, cookie=None):
    """Somebody fills in the form of the room's page; the answer, and the cookie that the form came with."""
    page = web.get(room_path(room), Cookie=cookie)
    cookie = cookie or page.cookie
    fields = Page(page.text).fields()
    return web.post("/chat/name", {**fields, "name": name}, Cookie=cookie), cookie


def person(web, name):
    """The cookie of somebody with that name."""
    answer, _ = change_name(web, name, "nobody is here")
    assert answer.status == 303
    return answer.cookie


def test_the_root_leads_to_the_index_and_the_index_to_a_room(site):
    assert (site.web.get("/").status, site.web.get("/").location) == (302, "/chat/")
    page = Page(site.web.get("/chat/").text)
    assert "room-name-input" in page.values("id")
    answer = site.web.get("/chat/?room=" + quote(" 房间 "))
    assert (answer.status, answer.location) == (302, room_path("房间"))
    assert site.web.get("/nothing").status == 404


@pytest.mark.parametrize("room", ["lobby", "房间", "a b", "a-b.c", "😀", "a+b", "50%", "name", "ß?#&=", "a" * 64])
def test_a_room_page_leads_to_its_room(site, room):
    answer = site.web.get(room_path(room))
    page = Page(answer.text)
    assert answer.status == 200 and page.texts["h1"] == room and page.json("room-name") == room
    settings = page.json("room-settings")
    assert settings["room"] == room
    assert settings["group"] == site.broker.control(op="group", room=room)["group"]

    async def story():
        async with site.broker.connect(settings["socketPath"], version1=True,
                                       extra_headers={"Cookie": answer.cookie}) as ann:
            welcome = await receive_type(ann, "welcome")
            assert (welcome["room"], welcome["user"]) == (room, settings["user"])
    asyncio.run(story())


@pytest.mark.parametrize("room, words", [
    ("房间 1/2", "must not have a slash"), ("..", "must not be"), (".", "must not be"), (" ", "empty"), ("", "empty"),
    ("房" * 65, "too long"), ("\u202egpj", "control"), ("a\u200bb", "control")])
def test_a_name_that_is_none_is_refused_with_a_sentence(site, room, words):
    answer = site.web.get("/chat/?room=" + quote(room, safe=""))
    assert answer.status == 400 and words in Page(answer.text).texts["room-problem"]


@pytest.mark.parametrize("room, words", [
    ("房间 1/2", "must not have a slash"), (" ", "empty"), ("房" * 65, "too long"), ("\u202egpj", "control")])
def test_an_address_that_names_no_room_is_refused_with_a_sentence(site, room, words):
    answer = site.web.get(room_path(room))
    assert answer.status == 400 and words in answer.text


@pytest.mark.parametrize("room", ["é", "가", " lobby ", "\u00a0a"])
def test_a_room_has_one_address(site, room):
    normal = unicodedata.normalize("NFC", room).strip()
    typed = unicodedata.normalize("NFD", room)
    answer = site.web.get(room_path(typed) + "?a=b")
    assert (answer.status, answer.location) == (302, room_path(normal) + "?a=b")
    answer = site.web.get(room_path(normal)[:-1])
    assert (answer.status, answer.location) == (301, room_path(normal))


def test_hostile_texts_stay_text(site):
    room_shape = Page(site.web.get(room_path("lobby")).text).shape()
    name_shape = Page(site.web.get("/chat/name").text).shape()
    error_shape = Page(site.web.get(room_path("a/b")).text).shape()
    for text in HOSTILE:
        cookie = person(site.web, text[:32])
        page = Page(site.web.get(room_path(text), Cookie=cookie).text)
        assert page.shape() == room_shape
        assert page.texts["h1"] == text and page.json("room-name") == text
        assert page.texts["own-name"] == text[:32] and page.json("room-settings")["user"] == text[:32]
        assert Page(site.web.get("/chat/name", Cookie=cookie).text).shape() == name_shape
        assert Page(site.web.get(room_path(text + "/")).text).shape() == error_shape
        entered = Page(site.web.get("/chat/?room=" + quote(text + "/")).text)
        assert entered.fields()["room"] == text + "/"


def test_the_index_lists_the_open_rooms_as_text(site):
    async def index_with(rooms):
        async with contextlib.AsyncExitStack() as stack:
            for room in rooms:
                await stack.enter_async_context(site.broker.connect("/ws" + room_path(room)))

            def index():
                page = Page(site.web.get("/chat/").text)
                return {room_path(room) for room in rooms} <= set(page.values("href")) and page
            return wait_for(index, "the index has the rooms")

    async def story():
        harmless = await index_with(["harmless"])
        assert "harmless" in harmless.texts["span"] and "1 person" in harmless.texts["span"]
        page = await index_with(HOSTILE)
        assert page.kinds() == harmless.kinds()
        for text in HOSTILE:
            assert text in page.texts["span"]
    asyncio.run(story())


def test_the_name_form_needs_its_token_and_keeps_who_one_is(site):
    answer, cookie = change_name(site.web, "ann", "房间")
    assert (answer.status, answer.location) == (303, room_path("房间"))
    page = Page(site.web.get(answer.location, Cookie=answer.cookie).text)
    assert page.texts["own-name"] == "ann"
    fields = page.fields()
    del fields["csrf_token"]
    assert site.web.post("/chat/name", fields, Cookie=cookie).status == 403
    assert site.web.post("/chat/name", page.fields()).status == 403
    assert site.web.post("/chat/name", {**page.fields(), "csrf_token": "x"}, Cookie=cookie).status == 403
    other = Page(site.web.get("/chat/name").text).fields()["csrf_token"]
    assert site.web.post("/chat/name", {**page.fields(), "csrf_token": other}, Cookie=cookie).status == 403
    # The id did not change: the old form's token is good with the new cookie.
    assert site.web.post("/chat/name", page.fields(), Cookie=answer.cookie).status == 303


def test_a_name_that_somebody_else_has_in_the_room_is_refused(site):
    ann = person(site.web, "ann")

    async def story():
        headers = {"Cookie": ann}
        async with site.broker.connect("/ws/chat/taken/", version1=True, extra_headers=headers) as socket_of_ann:
            await receive_type(socket_of_ann, "presence")
            refused, cookie = change_name(site.web, "ann", "taken")
            assert refused.status == 400 and "Somebody in this room has that name" in refused.text
            assert refused.cookie is None
            assert Page(refused.text).fields()["name"] == "ann"
            assert change_name(site.web, "ann", "elsewhere", cookie)[0].status == 303
            assert change_name(site.web, "Ann", "taken", cookie)[0].status == 303
            assert change_name(site.web, "ann", "taken", ann)[0].status == 303
    asyncio.run(story())
    wait_for(lambda: not site.broker.control(op="members", room="taken")["members"], "ann has left")
    assert change_name(site.web, "ann", "taken")[0].status == 303


def test_a_name_is_taken_in_a_crowd_too(site):
    """The broker lists 500 people at once; here are more in front of zoe."""
    crowd = []
    try:
        for lines in [[]] * 505 + [["Cookie: " + person(site.web, "zoe")]]:
            connection = socket.create_connection(("127.0.0.1", site.broker.port), DEADLINE_SECONDS)
            connection.sendall(upgrade_request("/ws/chat/crowd/", *lines))
            crowd.append(connection)
        wait_for(lambda: site.broker.control(op="members", room="crowd", after="y")["members"], "zoe is here")
        assert change_name(site.web, "zoe", "crowd")[0].status == 400
        assert change_name(site.web, "zo", "crowd")[0].status == 303
    finally:
        for connection in crowd:
            connection.close()


def test_a_broker_that_is_away_is_said_and_pages_stay(pages_alone):
    with WebServer(pages_alone) as web:
        answer = web.get("/chat/")
        assert answer.status == 200 and "away at the moment" in answer.text
        assert web.get(room_path("房间")).status == 200
        assert json.loads(web.get("/healthz").text)["broker"] is False
        seconds = []
        for _ in range(3):
            begin = time.monotonic()
            assert change_name(web, "ann", "lobby")[0].status == 303
            seconds.append(time.monotonic() - begin)
        assert min(seconds) < 2, "nobody is waited for"
        with Broker(state=pages_alone.state):
            wait_for(lambda: json.loads(web.get("/healthz").text)["broker"], "the pages have found the broker")
            assert "away at the moment" not in web.get("/chat/").text


@pytest.mark.parametrize("mount", ["/", "/talk/"])
def test_the_pages_can_be_mounted_elsewhere(mount):
    with Site(f"site.mount={mount}") as site:
        answer = site.web.get(mount)
        assert answer.status == 200 and mount in Page(answer.text).values("href")
        page = Page(site.web.get(room_path("房间", mount)).text)
        assert page.json("room-settings")["socketPath"] == "/ws" + room_path("房间")
        assert set(page.values("action")) == {f"{mount}name", room_path("房间", mount), room_path("房间", mount) + "search"}
        assert page.fields()["next"] == room_path("房间", mount)
        assert site.web.get(f"{mount}lobby").location == f"{mount}lobby/"
        assert site.web.get("/healthz").status == 200
        assert site.web.get(room_path("lobby", "/chat/")).status == 404
        assert site.web.get(f"{mount}ws/").status == (404 if mount == "/" else 200)


def without_tokens(text):
    """Each page has its own."""
    return re.sub(r'(name="csrf_token" value="|"csrfToken": ")[\w.-]+"', r"\1", text)


def test_plain_cgi_serves_the_same_pages_under_a_prefix(site):
    cookie = person(site.web, "ann")
    with WebServer(site.pages, plain_cgi=True) as cgi:
        def is_same(path):
            """Also when the broker took its time for one of them."""
            theirs, ours = cgi.get("/chat.cgi" + path, Cookie=cookie), site.web.get(path, Cookie=cookie)
            names = "Content-Type", "X-Content-Type-Options", "Cache-Control", "Referrer-Policy"
            return (theirs.status == ours.status and
                    all(theirs.headers[name] == ours.headers[name] for name in names) and
                    without_tokens(theirs.text).replace("/chat.cgi/", "/").replace("%2Fchat.cgi%2F", "%2F") ==
                    without_tokens(ours.text))

        for path in ["/chat/", room_path("房间"), room_path("a b"), room_path("<script>"), "/chat/name", "/chat/.x/",
                     "/chat/?room=" + quote("a/b"), "/nothing"]:
            wait_for(lambda path=path: is_same(path), f"{path} is the same")
        assert cgi.get("/chat.cgi").location == "/chat.cgi/chat/"
        fields = Page(cgi.get("/chat.cgi" + room_path("房间"), Cookie=cookie).text).fields()
        answer = cgi.post("/chat.cgi/chat/name", {**fields, "name": "bob"}, Cookie=cookie)
        assert (answer.status, answer.location) == (303, "/chat.cgi" + room_path("房间"))
        assert Page(cgi.get(answer.location, Cookie=answer.cookie).text).texts["own-name"] == "bob"
        assert cgi.ask("HEAD", "/chat.cgi/chat/").text == ""


def test_programs_that_do_not_ask_the_broker_leave_it_alone():
    """nng 1.5.2 accepts nobody behind a client that is gone before it has shaken hands."""
    with Site() as site, WebServer(site.pages, plain_cgi=True) as cgi:
        for _ in range(30):
            assert cgi.get("/chat.cgi" + room_path("lobby")).status == 200
        wait_for(lambda: json.loads(cgi.get("/chat.cgi/healthz").text)["broker"], "the broker accepts new clients")


def test_a_form_that_is_too_large_is_refused_and_the_next_is_read(site):
    cookie = person(site.web, "ann")
    for size, status in [(65536, 403), (65537, 413), (1 << 20, 413)]:
        assert site.web.ask("POST", "/chat/name", "a" * size, Cookie=cookie).status == status
    assert change_name(site.web, "bob", "lobby", cookie)[0].status == 303


def test_a_socket_that_listens_already_is_taken():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{state}/given.sock")
        listening.listen()
        with Pages(state, listening=listening) as pages, WebServer(pages) as web:
            assert web.get("/chat/").status == 200
            assert pages.stop() == 0
            assert pages.socket.exists()  # it is not the program's own
            pages.start()
            wait_for(lambda: web.get("/chat/").status == 200, "the same socket serves again")


def test_sigterm_ends_the_pages_in_time_whatever_is_open(pages_alone):
    with WebServer(pages_alone) as web, socket.socket(socket.AF_UNIX) as silent, \
            socket.create_connection(("127.0.0.1", web.port)) as half:
        silent.connect(str(pages_alone.socket))
        half.sendall(b"POST /chat/name HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        assert web.get("/healthz").status == 200
        assert pages_alone.stop() == 0
        assert not pages_alone.socket.exists()


def test_pages_that_answer_end_their_answers_before_they_stop(pages_alone):
    with WebServer(pages_alone) as web:
        assert web.get("/chat/").status == 200
        assert pages_alone.stop() == 0
    assert "requests were cut off" not in pages_alone.log()


def test_killed_pages_leave_sockets_open_and_come_back(site):
    async def story():
        async with site.broker.connect("/ws/chat/lobby/") as ann, site.broker.connect("/ws/chat/lobby/") as bob:
            site.pages.kill()
            assert site.web.get("/chat/").status >= 500
            await ann.send('{"message": "still here"}')
            assert (await receive(bob))["message"] == "still here"
            site.pages.start()
            wait_for(lambda: site.web.get("/chat/").status == 200, "the pages are back")
            await bob.send('{"message": "me too"}')
            assert [(await receive(ann))["message"] for _ in range(2)] == ["still here", "me too"]
    asyncio.run(story())


@pytest.mark.parametrize("arguments, status, words", [
    (["--help"], 0, "--socket"), (["--version"], 0, "roomwire-fcgi"), (["--check-config"], 0, ""),
    (["--nonsense"], 2, "--nonsense"), (["--set", "site.mout=/"], 78, "mount"),
    (["--set", "site.mount=x"], 78, "mount")])
def test_the_command_line_is_that_of_all_programs(arguments, status, words):
    result = subprocess.run([str(BUILD / "bin/roomwire-fcgi"), *arguments], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=DEADLINE_SECONDS)
    assert result.returncode == status
    assert words in result.stdout + result.stderr


def test_a_hangup_leaves_the_pages_alone(pages_alone):
    with WebServer(pages_alone) as web:
        pages_alone.process.send_signal(signal.SIGHUP)
        assert web.get("/chat/").status == 200


def test_interrupt_ends_the_pages_too(pages_alone):
    pages_alone.process.send_signal(signal.SIGINT)
    assert pages_alone.process.wait(DEADLINE_SECONDS) == 0
    pages_alone.process = None


def times_woken(pid):
    """How often the threads of a process have waited for something that came."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", path.read_text(), re.M).group(1))
               for path in Path(f"/proc/{pid}/task").glob("*/status"))


def test_a_request_wakes_one_worker(pages_alone):
    """To wake all eight, seven of which see that another one was faster, costs more than the page."""
    requests = 200
    with WebServer(pages_alone) as web:
        assert web.get("/chat/lobby/").status == 200
        before = times_woken(pages_alone.process.pid)
        for _ in range(requests):
            assert web.get("/chat/lobby/").status == 200
        assert times_woken(pages_alone.process.pid) - before < 5 * requests
