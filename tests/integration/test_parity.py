# SPDX-License-Identifier: MIT
"""Each row of the table of the admin's README, walked: what the command does and what the request does is seen alike, on
somebody in a room, all of it new for each."""

import asyncio
import dataclasses
import itertools
import re

import pytest
import roomctl
from account_site import AccountSite, welcome
from manage import output_of
from program import Program, make_key
from stack import TOP, eventually, receive_type

ROW = re.compile(r"^\| (\w+) \| (\w+) \| (.+?) \| (.+?) \| (.+?) \|$", flags=re.M)
ROWS = ROW.findall((TOP / "fcgi/views/admin/README.md").read_text(encoding="utf-8"))[1:]  # without the titles
NONE = "–"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0", "limits.connections_per_address=1000",
                     "limits.login_penalty_seconds=0") as started:
        yield started


@pytest.fixture(scope="module")
def admin(site):
    return Program(site.web.port, make_key(site.state, "admin", name="watch")["key"])


class Scene:
    """Somebody with an account, who is in a room and has said something there. what is filled into the words of commands
    and requests."""

    def __init__(self, site, admin):
        number = next(NUMBERS)
        self.site, self.admin, self.socket = site, admin, None
        self.name, self.room = f"person{number}", f"scene{number}"
        self.browser = site.person(self.name)
        self.what = {"name": self.name, "room": self.room, "word": f"word{number}"}
        self.output = ""

    def rows(self, place, **query):
        fields = "&".join(f"{name}={value}" for name, value in query.items())
        reply = self.admin.get(f"/api/admin/{place}?{fields}")
        assert reply.status == 200, reply.text
        return reply.json["rows"]

    def note_id(self, place, **query):
        [row] = self.rows(place, **query)
        self.what["id"] = row["id"]

    def fill(self, value):
        if isinstance(value, (list, tuple)):
            return [self.fill(part) for part in value]
        if isinstance(value, dict):
            return {name: self.fill(part) for name, part in value.items()}
        return value.format(**self.what) if isinstance(value, str) else value

    def post(self, place, **fields):
        reply = self.admin.post(place, self.fill(fields))
        assert reply.status == 200, reply.text
        return reply

    def standing(self, who=None):
        return self.admin.get(f"/api/rooms/{self.room}/standing" + (f"?as={who}" if who else "")).json


def by_order(**fields):
    return lambda scene: scene.post(f"/api/rooms/{scene.room}/moderate", **fields)


def by_admin(place, **fields):
    return lambda scene: scene.post(f"/api/admin/{place}", **fields)


def id_in(place, **query):
    return lambda scene: scene.note_id(place, **scene.fill(query))


def rule(name, value):
    return lambda scene: scene.standing()["rules"][name] == value


def column(place, query, name, value):
    """Of all rows that the query finds; value None: there are none."""
    def seen(scene):
        found = [row[name] for row in scene.rows(place, **scene.fill(query))]
        return found == ([] if value is None else [scene.fill(value)])
    return seen


def says(word):
    return lambda scene: scene.fill(word) in scene.output


PERSON = id_in("people", q="{name}")
SESSION = id_in("sessions", q="{name}")
RIGHTS = ("people", {"q": "{name}"}, "rights")
INVITED = ("invites", {"q": "{word}"}, "note")
KEY = ("keys", {"q": "{word}"}, "name")
BANNED = ("bans", {"room": "{room}"}, "who")
BAN = by_admin("bans", action="add", kind="ban", who="{name}", room="{room}", seconds=60)
INVITE = by_admin("invites", action="add", note="{word}")


@dataclasses.dataclass
class Story:
    """seen is what is there afterwards, whichever way it came; manage and roomctl are what follows the command, http what is
    posted, or the query."""
    seen: callable
    http: object = ""
    manage: tuple = ()
    roomctl: tuple = ()
    before: tuple = ()


def announced(scene):
    return scene.heard == scene.what["word"]


STORIES = {
    ("rooms", "see"): Story(says("{room}"), "q={room}", before=(by_order(action="topic", text="x"),)),
    ("rooms", "lock"): Story(rule("locked", True), {"id": "{room}"}, ("{room}",), ("{room}",)),
    ("rooms", "unlock"): Story(rule("locked", False), {"id": "{room}"}, ("{room}", "--off"), ("{room}",),
                               (by_order(action="lock"),)),
    ("rooms", "members"): Story(rule("members_only", True), {"id": "{room}"}, ("{room}",), ("{room}", "on")),
    ("rooms", "everybody"): Story(rule("members_only", False), {"id": "{room}"}, ("{room}", "--off"), ("{room}", "off"),
                                  (by_order(action="members_only"),)),
    ("rooms", "hide"): Story(rule("hidden", True), {"id": "{room}"}, ("{room}",), ("{room}", "on")),
    ("rooms", "show"): Story(rule("hidden", False), {"id": "{room}"}, ("{room}", "--off"), ("{room}", "off"),
                             (by_order(action="hide"),)),
    ("rooms", "topic"): Story(rule("topic", "Tea"), {"id": "{room}", "topic": "Tea"}, ("{room}", "--text", "Tea"),
                              ("{room}", "Tea")),
    ("rooms", "slow"): Story(rule("slow_seconds", 7), {"id": "{room}", "seconds": 7}, ("{room}", "--seconds", "7"),
                             ("{room}", "7")),
    ("rooms", "role"): Story(lambda scene: scene.standing(scene.name)["role"] == "moderator",
                             {"user": "{name}", "role": "moderator"},
                             ("{name}", "--room", "{room}", "--role", "moderator"), ("{room}", "{name}", "moderator")),
    ("rooms", "people"): Story(says("{name}"), roomctl=("{room}",)),
    ("people", "see"): Story(says("{name}"), "q={name}"),
    ("people", "ban"): Story(column(*RIGHTS, "banned"), {"id": "{id}"}, ("{name}",), before=(PERSON,)),
    ("people", "unban"): Story(column(*RIGHTS, ""), {"id": "{id}"}, ("{name}",),
                               before=(PERSON, by_admin("people", action="ban", id="{id}"))),
    ("people", "end"): Story(column("sessions", {"q": "{name}"}, "username", None), {"id": "{id}"}, ("--user", "{name}"),
                             before=(PERSON,)),
    ("people", "promote"): Story(column(*RIGHTS, "superuser"), {"id": "{id}"}, ("{name}",), before=(PERSON,)),
    ("people", "demote"): Story(column(*RIGHTS, ""), {"id": "{id}"}, ("{name}",),
                                before=(PERSON, by_admin("people", action="promote", id="{id}"))),
    ("people", "delete"): Story(column("people", {"q": "{name}"}, "username", None), {"id": "{id}"}, ("{name}", "--yes"),
                                before=(PERSON,)),
    ("sessions", "see"): Story(says("{name}"), "q={name}"),
    ("sessions", "end"): Story(column("sessions", {"q": "{name}"}, "username", None), {"id": "{id}"},
                               ("--user", "{name}"), before=(SESSION,)),
    ("sessions", "ban"): Story(lambda scene: any(row["who"].startswith(scene.name) for row in scene.rows("bans")),
                               {"id": "{id}", "seconds": 60}, ("{name}",), ("{room}", "{name}", "--by", "session"),
                               (SESSION,)),
    ("connections", "see"): Story(says("{name}"), "room={room}", roomctl=("{room}",)),
    ("connections", "close"): Story(column("connections", {"room": "{room}"}, "user", None), {"id": "{id}"},
                                    roomctl=("{id}",), before=(id_in("connections", room="{room}"),)),
    ("messages", "see"): Story(says("{word}"), "room={room}&q={word}", roomctl=("{room}", "{word}")),
    ("messages", "delete"): Story(lambda scene: scene.rows("messages", room=scene.room)[-1]["message"] == "",
                                  {"id": "1 {room}"}, roomctl=("{room}", "1")),
    ("bans", "see"): Story(says("{name}"), "room={room}", before=(BAN,)),
    ("bans", "add"): Story(column(*BANNED, "{name}"), {"kind": "ban", "who": "{name}", "room": "{room}", "seconds": 60},
                           ("{name}", "--room", "{room}"), ("{room}", "{name}")),
    ("bans", "lift"): Story(column(*BANNED, None), {"id": "{id}"}, ("--id", "{id}"), ("{room}", "{name}"),
                            (BAN, id_in("bans", room="{room}"))),
    ("invites", "see"): Story(says("{word}"), "q={word}", before=(INVITE,)),
    ("invites", "add"): Story(column(*INVITED, "{word}"), {"note": "{word}"}, ("--note", "{word}")),
    ("invites", "delete"): Story(column(*INVITED, None), {"id": "{id}"}, ("{id}",),
                                 before=(INVITE, id_in("invites", q="{word}"))),
    ("keys", "see"): Story(says("{word}"), "q={word}",
                           before=(by_admin("keys", action="add", name="{word}", scope="rooms:read"),)),
    ("keys", "add"): Story(column(*KEY, "{word}"), {"name": "{word}", "scope": ["rooms:read"]},
                           ("{word}", "--scope", "rooms:read")),
    ("keys", "remove"): Story(column(*KEY, None), {"id": "{id}"}, ("{id}",),
                              before=(by_admin("keys", action="add", name="{word}", scope="rooms:read"),
                                      id_in("keys", q="{word}"))),
    ("announcements", "see"): Story(says("{word}"), "q={word}",
                                    before=(by_admin("announcements", action="add", message="{word}"),)),
    ("announcements", "add"): Story(announced, {"message": "{word}"}, roomctl=("{word}",)),
    ("audit", "see"): Story(says("{room}"), "room={room}", before=(by_order(action="lock"),)),
    ("health", "see"): Story(says("")),
    ("overview", "see"): Story(says("connections")),
}


def ways_of(row):
    page, action, *places = row
    return [(page, action, way, place) for way, place in zip(("manage", "roomctl", "http"), places) if place != NONE]


def run_http(scene, story, action, place):
    method, path = scene.fill(place.replace(":room", "{room}")).split()
    if method == "GET":
        return scene.admin.get(f"{path}?{scene.fill(story.http)}")
    return scene.admin.post(path, scene.fill({"action": action, **story.http}))


def run(scene, story, action, way, place):
    if way == "manage":
        return output_of(scene.site.state, *place.split(), *scene.fill(story.manage))
    if way == "roomctl":
        return roomctl.output_of(scene.site.broker, place, *scene.fill(story.roomctl))
    reply = run_http(scene, story, action, place)
    assert reply.status == 200, reply.text
    return reply.text


def test_each_row_has_its_story():
    assert list(STORIES) == [(page, action) for page, action, *_ in ROWS]


@pytest.mark.parametrize("page,action,way,place", [case for row in ROWS for case in ways_of(row)])
def test_it_comes_to_the_same(site, admin, page, action, way, place):
    story = STORIES[page, action]

    async def tell():
        scene = Scene(site, admin)
        async with site.socket(scene.browser, scene.room) as connection:
            await welcome(connection)
            await connection.send(f'{{"type": "message", "message": "{scene.what["word"]}"}}')
            await receive_type(connection, "message")
            for step in story.before:
                step(scene)
            scene.output = run(scene, story, action, way, place)
            if story.seen is announced:
                scene.heard = (await receive_type(connection, "notice"))["message"]
            await eventually(lambda: story.seen(scene), f"the effect of {place}: {scene.output}")
    asyncio.run(tell())
