# SPDX-License-Identifier: MIT
"""One site with a room for each state and way in, and a person of each role in all of them: what the cells of the table
of permissions are tried with (tests/integration/test_permission_cells.py). Orders that change something are undone."""

import asyncio
import contextlib
import json

import websockets
from account_site import PASSWORD, AccountSite
from manage import objects_of, output_of
from program import Program, make_key
from stack import DEADLINE_SECONDS, receive, wait_for

ROLES = ["guest", "user", "member", "moderator", "owner", "superuser"]
NAMES = dict(zip(ROLES, [None, "una", "mel", "max", "olga", "sue"], strict=True))
TARGET = "tom"  # a member, in every room: whom orders are about
STRANGER = "nick"  # an account without a part in any room
UNLIMITED = ("limits.connections_per_address=0", "limits.messages_per_second=0", "limits.api_requests_per_second=0")
RULES = {
    "open": [], "members_only": [{"action": "members_only"}], "locked": [{"action": "lock"}],
    "slow": [{"action": "slow", "seconds": 3600}], "hidden": [{"action": "hide"}],
}
MUTE, BAN = 1, 2  # kinds of sanctions


class Table:
    """What roomwire-manage prints of it."""

    def __init__(self, state):
        self.rows = {row.pop("action"): row for row in objects_of(state, "permissions")}

    def allows(self, role, action, states):
        """What is refused in one of the states is refused."""
        least = [self.rows[action][state] for state in ("open", *states)]
        return all(ROLES.index(role) >= ROLES.index(word) for word in least)


class Talker:
    """Somebody's socket in a room; reason: why they were not let in, else None."""

    def __init__(self, connection):
        self.connection = connection
        self.refs = 0

    async def enter(self):
        self.welcome, self.reason = None, None
        try:
            while self.welcome is None:
                told = await receive(self.connection)
                self.welcome = told if told["type"] == "welcome" else None
        except websockets.ConnectionClosed:
            assert self.connection.close_code == 4403
            self.reason = self.connection.close_reason
        return self

    async def ask(self, kind, **members):
        """"ok", or the code of the refusal."""
        self.refs += 1
        await self.connection.send(json.dumps({"type": kind, "ref": str(self.refs), **members}))
        while (told := await receive(self.connection)).get("ref") != str(self.refs):
            pass
        return told.get("code", "ok")

    async def closed(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.wait_for(self.connection.recv(), DEADLINE_SECONDS)
        return self.connection.close_reason


class Site:
    """The programs, and browsers of the people by role; loop: in which their sockets live."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.site = AccountSite(*UNLIMITED)
        self.rooms = {}

    def __enter__(self):
        self.site.__enter__()
        self.table = Table(self.site.state)
        self.browsers = {role: self.site.person(name) if name else self.site.browser() for role, name in NAMES.items()}
        output_of(self.site.state, "user", "promote", NAMES["superuser"])
        self.browsers["superuser"].cookies.clear()
        self.browsers["superuser"].log_in(NAMES["superuser"], PASSWORD)
        self.target = self.site.person(TARGET)
        self.site.person(STRANGER)
        self.program = Program(self.site.web.port, make_key(self.site.state, "admin")["key"])
        self.tokens = {role: browser.token() for role, browser in self.browsers.items()}
        return self

    def __exit__(self, *error):
        for room in self.rooms.values():
            room.leave()
        self.loop.close()
        self.site.__exit__(*error)

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def room(self, way, states):
        """The room of a way for states, made when it is first asked for."""
        name = "-".join([way, *states]).replace("_", "-")
        if name not in self.rooms:
            self.rooms[name] = Room(self, name, states)
        return self.rooms[name]

    def query(self, statement, *values):
        with self.site.database() as database:
            return database.execute(statement, values).fetchall()


class Room:
    """own: two messages of each role, the first to edit, the second to delete; others: one of the target for each."""

    def __init__(self, site, name, states):
        self.site, self.name, self.states = site, name, states
        self.talkers = {}
        self.give_roles()
        self.own = {role: [self.post(browser), self.post(browser)] for role, browser in site.browsers.items()}
        self.others = {role: self.post(site.target) for role in ROLES}
        for order in self.rules():
            self.order(**order)
        self.target = self.join(site.target)

    def give_roles(self):
        for role in ("owner", "moderator", "member"):
            self.order("role", user=NAMES[role], role=role)
        self.order("role", user=TARGET, role="member")

    def rules(self):
        return [order for state in self.states for order in RULES[state]]

    def order(self, action, **members):
        """By the site itself, which may do everything."""
        answer = self.site.site.broker.control(op="moderate", room=self.name, action=action, **members)
        assert answer["ok"], (action, members, answer)

    def post(self, browser):
        """The number of what somebody says in the page, before the room has rules."""
        fields = {"message": "hello", "csrf_token": browser.token()}
        reply = browser.post(f"/chat/{self.name}/", fields, Accept="application/json")
        assert reply.status == 200, reply.text
        return json.loads(reply.text)["seq"]

    def join(self, browser):
        async def join():
            connecting = self.site.site.socket(browser, self.name, ping_interval=None, max_queue=None)
            return await Talker(await connecting).enter()
        return self.site.run(join())

    def talker(self, role):
        if role not in self.talkers:
            self.talkers[role] = self.join(self.site.browsers[role])
        return self.talkers[role]

    def leave(self):
        for talker in [self.target, *self.talkers.values()]:
            self.site.run(talker.connection.close())
        self.talkers.clear()

    def message(self, seq):
        [row] = self.site.site.broker.control(op="history", room=self.name, after=seq - 1, limit=1)["messages"]
        return row

    def last_seq(self):
        rows = self.site.site.broker.control(op="history", room=self.name, limit=1)["messages"]
        return rows[-1]["seq"]

    def row(self):
        """topic, is_members_only, is_locked, is_hidden, slow_seconds"""
        [row] = self.site.query(
            "SELECT topic, is_members_only, is_locked, is_hidden, slow_seconds FROM room WHERE name = ?", self.name)
        return dict(zip(["topic", "members_only", "lock", "hide", "slow"], row, strict=True))

    def role(self, name):
        rows = self.site.query("SELECT role FROM room_role WHERE room = ? AND name = ?", self.name, name)
        return ROLES[rows[0][0]] if rows else "user"

    def is_under(self, kind):
        return self.site.query("SELECT count(*) FROM sanction WHERE room = ? AND kind = ?", self.name, kind) == [(1,)]

    def audited(self):
        return self.site.query("SELECT count(*) FROM audit WHERE room = ? AND actor IS NOT NULL", self.name)[0][0]

    def is_listed(self, browser):
        return f'href="/chat/{self.name}/"' in browser.get("/chat/").text

    def is_listed_for(self, role):
        """The list is kept for a moment: it is new when it has the room, which a superuser sees in any case."""
        wait_for(lambda: self.is_listed(self.site.browsers["superuser"]), "the list has the room")
        return self.is_listed(self.site.browsers[role])
