# SPDX-License-Identifier: MIT
"""Every cell of the table of roles, actions and states, tried through a socket, on the pages and with the API: what it
allows is done, and what it refuses changes nothing. The table is what roomwire-manage prints; the rooms and the people
in them are those of tests/support/permission_cells.py."""

import json

import pytest
from page import Page
from permission_cells import BAN, MUTE, NAMES, ROLES, RULES, STRANGER, TARGET, Site

STATES = [(state,) for state in RULES] + [("locked", "members_only"), ("hidden", "slow")]
ACTIONS = ["find", "enter", "say", "hurry", "edit", "withdraw", "delete", "topic", "lock", "slow", "mute", "kick",
           "ban", "admit", "members_only", "hide", "appoint", "hand_over"]


def switched(action):
    """An order that turns a rule of a room over."""
    return lambda room: {"action": action, "on": not room.row()[action]}


def made(name, role):
    return lambda room: {"action": "role", "user": name, "role": role}


def sanction(action):
    return lambda room: {"action": action, "user": TARGET, "seconds": 600}


# What a moderator orders, by action of the table.
ORDERS = {
    "topic": lambda room: {"action": "topic", "text": "Snails"},
    "lock": switched("lock"),
    "slow": lambda room: {"action": "slow", "seconds": 7},
    "mute": sanction("mute"),
    "kick": lambda room: {"action": "kick", "user": TARGET},
    "ban": sanction("ban"),
    "admit": made(STRANGER, "member"),
    "members_only": switched("members_only"),
    "hide": switched("hide"),
    "appoint": made(TARGET, "moderator"),
    "hand_over": made(TARGET, "owner"),
}
STATE_OF = {"lock": "locked", "members_only": "members_only", "hide": "hidden"}  # what turns a switch on
RULES_ORDERED = {"topic", "slow", *STATE_OF}


def is_done(room, action, order):
    """Whether an order has its effect, by what accounts.db says; of a kick, when it was refused, the audit log does."""
    if action in RULES_ORDERED:
        return room.row()[action] == order.get("text", order.get("seconds", order.get("on")))
    if order["action"] == "role":
        return room.role(order["user"]) == order["role"]
    return action == "kick" or room.is_under(MUTE if action == "mute" else BAN)


def undo(room, action):
    if action == "topic":
        room.order("topic", text="")
    elif action == "slow":
        room.order("slow", seconds=3600 if "slow" in room.states else 0)
    elif action in STATE_OF:
        room.order(action, on=STATE_OF[action] in room.states)
        if action == "members_only":
            room.leave()
            room.target = room.join(room.site.target)
    elif action == "admit":
        room.order("role", user=STRANGER, role="user")
    elif action in ("appoint", "hand_over"):
        room.give_roles()
    elif action == "mute":
        room.order("unmute", user=TARGET)
    else:
        if action == "ban":
            room.order("unban", user=TARGET)
        room.target = room.join(room.site.target)


class Socket:
    """By frames of roomwire.v1. Whoever is not let in is refused everything."""

    word = "socket"

    @staticmethod
    def is_tried(action):
        return action != "find"  # a socket has no list of rooms

    def __init__(self, room, role):
        self.room, self.role = room, role
        self.talker = room.talker(role)

    def ask(self, kind, **members):
        if self.talker.reason is not None:
            return self.talker.reason.replace(" ", "_")
        return self.room.site.run(self.talker.ask(kind, **members))

    def offers(self, action):
        """What a page is told that it may show; None of what it shows in any case."""
        if self.talker.reason is not None or action == "enter":
            return None
        return action in self.talker.welcome["you"]["can"]

    def enter(self):
        return "ok" if self.talker.reason is None else self.talker.reason.replace(" ", "_")

    def say(self):
        return self.ask("message", message="said")

    def edit(self, seq):
        return self.ask("edit", target=seq, message="edited")

    def delete(self, seq):
        return self.ask("delete", target=seq)

    def order(self, order):
        return self.ask("moderate", **order)


class PageForms:
    """By the forms of the pages, and whether they are there."""

    word = "page"
    FORMS = {  # action: (page, form, an option in it)
        "topic": ("settings/", "topic-form", None), "lock": ("settings/", "lock-form", None),
        "slow": ("settings/", "slow-form", None), "members_only": ("settings/", "members-form", None),
        "hide": ("settings/", "hide-form", None), "mute": ("people/", "sanction-form", "mute"),
        "kick": ("people/", "sanction-form", "kick"), "ban": ("people/", "sanction-form", "ban"),
        "admit": ("people/", "role-form", "member"), "appoint": ("people/", "role-form", "moderator"),
        "hand_over": ("people/", "role-form", "owner"), "edit": ("message/?seq={own[0]}", "edit-form", None),
        "withdraw": ("message/?seq={own[1]}", "delete-form", None),
        "delete": ("message/?seq={others}", "delete-form", None),
    }

    @staticmethod
    def is_tried(_action):
        return True

    def __init__(self, room, role):
        self.room, self.role = room, role
        self.browser, self.token = room.site.browsers[role], room.site.tokens[role]
        self.url = f"/chat/{room.name}/"

    def offers(self, action):
        if action not in self.FORMS:
            return None
        path, form, option = self.FORMS[action]
        own, others = self.room.own[self.role], self.room.others[self.role]
        reply = self.browser.get(self.url + path.format(own=own, others=others))
        if reply.status == 403:
            return False
        assert reply.status == 200, reply.text
        elements = Page(reply.text).elements
        return any(tag == "form" and attributes.get("id") == form for tag, attributes in elements) and (
            option is None or any(tag == "option" and attributes["value"] == option for tag, attributes in elements))

    def post(self, path, fields, **headers):
        """"ok", or the status of the refusal."""
        reply = self.browser.post(self.url + path, {**fields, "csrf_token": self.token}, **headers)
        return "ok" if reply.status == 303 else str(reply.status)

    def find(self):
        return "ok" if self.room.is_listed_for(self.role) else "hidden"

    def enter(self):
        reply = self.browser.get(self.url)
        assert reply.status in (200, 403), reply.text
        return "ok" if reply.status == 200 else "403"

    def say(self):
        return self.post("", {"message": "said"})

    def edit(self, seq):
        return self.post("edit/", {"target": seq, "message": "edited"})

    def delete(self, seq):
        return self.post("delete/", {"target": seq})

    def order(self, order):
        return self.post("moderate/", {key: int(value) if isinstance(value, bool) else value
                                       for key, value in order.items()})


class Script(PageForms):
    """As the client library asks where there is no way for a WebSocket: for JSON, with the browser's cookie."""

    word = "script"

    @staticmethod
    def is_tried(action):
        return action != "find" and action not in ORDERS  # these are what the library asks for

    def offers(self, action):
        return None

    def post(self, path, fields, **headers):
        """"ok", or the code of the refusal."""
        reply = self.browser.post(self.url + path, {**fields, "csrf_token": self.token}, Accept="application/json")
        answer = json.loads(reply.text)
        assert (reply.status == 200) == answer.get("ok", False), reply.text
        return answer.get("error", "ok")

    def enter(self):
        reply = self.browser.get(f"/api/rooms/{self.room.name}/messages")
        return "ok" if reply.status == 200 else json.loads(reply.text)["error"]


class Api:
    """By a program with an admin's key that acts as somebody. It is told what they may do, and gives orders; what they
    say and change is their own affair."""

    word = "api"

    @staticmethod
    def is_tried(_action):
        return True

    def __init__(self, room, role):
        self.room, self.role = room, role
        self.program = room.site.program
        self.who = NAMES[role] or "guest"
        self.url = f"/api/rooms/{room.name}"

    def offers(self, action):
        standing = self.program.get(f"{self.url}/standing?as={self.who}").json
        assert standing["role"] == self.role
        return action in standing["can"]

    def order(self, order):
        _, code = self.program.post(f"{self.url}/moderate", {**order, "as": self.who}).result
        return code


WAYS = {way.word: way for way in (Socket, PageForms, Script, Api)}
# The words and numbers by which a way refuses what the table forbids.
REFUSALS = {"forbidden", "locked", "members_only", "not_yours", "hidden", "403"}
TOO_SOON = {"slow", "429"}


@pytest.fixture(name="site", scope="module")
def fixture_site():
    with Site() as site:
        yield site


def judged(code, refusals=frozenset(REFUSALS)):
    """Whether a way has allowed it."""
    assert code == "ok" or code in refusals, code
    return code == "ok"


def try_to_say(way):
    before = way.room.last_seq()
    is_said = judged(way.say())
    assert (way.room.last_seq() > before) == is_said
    return is_said


def try_to_hurry(way):
    """Twice in a row: whatever else is refused to those who may come in, it is not for the haste."""
    codes = [way.say(), way.say()]
    return judged(way.enter()) and codes[1] not in TOO_SOON


def try_to_edit(way):
    seq = way.room.own[way.role][0]
    is_edited = judged(way.edit(seq))
    assert (way.room.message(seq)["message"] == "edited") == is_edited
    return is_edited


def try_to_delete(way, seq):
    is_deleted = judged(way.delete(seq))
    assert way.room.message(seq).get("deleted", False) == is_deleted
    return is_deleted


def try_to_order(way, action):
    room = way.room
    order = ORDERS[action](room)
    before = room.audited()
    is_ordered = judged(way.order(order))
    assert (room.audited() > before) == is_ordered, "done is what is in the audit log"
    assert is_done(room, action, order) == (is_ordered or action == "kick")
    if is_ordered:
        if action in ("kick", "ban"):
            assert room.site.run(room.target.closed()) == {"kick": "kicked", "ban": "banned here"}[action]
        undo(room, action)
    return is_ordered


def try_it(way, action):
    if action in ORDERS:
        return try_to_order(way, action)
    attempts = {
        "find": lambda: judged(way.find()), "enter": lambda: judged(way.enter()),
        "say": lambda: try_to_say(way), "hurry": lambda: try_to_hurry(way), "edit": lambda: try_to_edit(way),
        "withdraw": lambda: try_to_delete(way, way.room.own[way.role][1]),
        "delete": lambda: try_to_delete(way, way.room.others[way.role]),
    }
    return attempts[action]()


CELLS = [pytest.param(way, states, role, action, id="-".join([way, "+".join(states), role, action]))
         for way, kind in WAYS.items() for states in STATES for role in ROLES for action in ACTIONS
         if kind.is_tried(action)]


@pytest.mark.parametrize(("way", "states", "role", "action"), CELLS)
def test_cell(site, way, states, role, action):
    hand = WAYS[way](site.room(way, states), role)
    expected = site.table.allows(role, action, states)
    offered = hand.offers(action)
    assert offered in (None, expected), "what is offered is what may be done"
    if way != "api" or action in ORDERS:
        assert try_it(hand, action) == expected


def test_the_table_has_all_that_is_tried(site):
    assert list(site.table.rows) == ACTIONS and all(list(row) == list(RULES) for row in site.table.rows.values())
