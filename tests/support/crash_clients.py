# SPDX-License-Identifier: MIT
"""Who writes and reads while the broker is killed under them. They note what they have said and heard, come back
whatever happens to their sockets, and judge nothing: that is crash_checker's."""

import asyncio
import json
import sys

import websockets
from crash_checker import Reader, Writer

# What says that a broker or its connection has gone.
GONE = (OSError, EOFError, asyncio.TimeoutError, websockets.WebSocketException)
AGAIN_SECONDS = 0.03
OPEN_SECONDS = 5
# Messages of a writer that are under way at a time.
WINDOW = 16
# So often a client leaves by itself, a message is said once more although it was acknowledged.
LEAVING = 1 / 300
REPEATING = 1 / 30
# Between two readings of the history.
PAUSE_SECONDS = 0.05
PAGE_MAX = 500
LETTERS = "abcdefgh ijklmno äöüß 房间 \U0001f600\"\\\n"


class Client:
    """One that is in a room of roomwire.v1 whenever that is possible."""

    def __init__(self, port, chance, log):
        self.port = port
        self.chance = chance
        self.log = log
        self.cookie = None
        self.socket = None
        self.connections = 0

    def query(self):
        return ""

    def way(self):
        """Where the broker is, and how to get there."""
        return f"ws://127.0.0.1:{self.port}", {}

    async def talk(self):
        """Until the connection is gone."""
        raise NotImplementedError

    async def live(self):
        while True:
            try:
                await self.visit()
            except GONE:
                pass
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * AGAIN_SECONDS)

    async def visit(self):
        site, options = self.way()
        async with websockets.connect(
                f"{site}/ws/chat/{self.log.room}/{self.query()}", **options, subprotocols=["roomwire.v1"],
                compression=None, max_size=None, max_queue=None, ping_interval=None,
                open_timeout=OPEN_SECONDS, close_timeout=OPEN_SECONDS, origin=None,
                extra_headers={"Cookie": self.cookie} if self.cookie else None) as self.socket:
            self.connections += 1
            self.keep_cookie(self.socket.response_headers.get("Set-Cookie"))
            await self.talk()

    def keep_cookie(self, line):
        """The sender is who the first 101 has made of us."""
        if line and not self.cookie:
            self.cookie = line.split(";")[0]

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def receive(self):
        return json.loads(await self.socket.recv())

    def leave_sometimes(self):
        """Without a word, so that what is under way is lost."""
        if self.chance.random() < LEAVING:
            self.socket.transport.abort()


class Speaker(Client):
    """Keeps a window of messages under way, and says again what was not acknowledged."""

    def __init__(self, port, chance, name, room):
        super().__init__(port, chance, Writer(name, room))
        self.pending = {}
        self.is_ending = False
        self.repeats = 0
        self.refusals = 0

    async def talk(self):
        for ref, text in list(self.pending.items()):
            self.repeats += 1
            await self.send(type="message", ref=ref, message=text)
        while True:
            while len(self.pending) < WINDOW and not self.is_ending:
                await self.say_something()
            await self.take(await self.receive())
            self.leave_sometimes()

    async def say_something(self):
        ref = f"{self.log.name}-{len(self.log.said)}"
        text = ref + " " + "".join(self.chance.choices(LETTERS, k=self.chance.choice((5, 50, 400))))
        self.pending[ref] = self.log.said[ref] = text
        await self.send(type="message", ref=ref, message=text)

    async def take(self, message):
        if message["type"] == "ack":
            await self.take_ack(message["ref"], message["seq"])
        elif message["type"] == "error" and message.get("ref") in self.pending:
            self.refusals += 1
            self.log.refused.add(message["ref"])
            await asyncio.sleep(AGAIN_SECONDS)
            await self.send(type="message", ref=message["ref"], message=self.pending[message["ref"]])

    async def take_ack(self, ref, seq):
        self.log.acks.append((ref, seq))
        self.pending.pop(ref, None)
        if self.chance.random() < REPEATING:
            self.repeats += 1
            await self.send(type="message", ref=ref, message=self.log.said[ref])


class Follower(Client):
    """Hears what is said, and when it comes back first what it has missed."""

    def __init__(self, port, chance, name, room):
        super().__init__(port, chance, Reader(name, room))
        self.epoch = None
        self.missed = 0

    def query(self):
        return f"?epoch={self.epoch}&after={self.log.position}" if self.epoch else ""

    async def talk(self):
        self.take_welcome(await self.receive())
        while True:
            message = await self.receive()
            if message["type"] == "message":
                self.log.heard.append((message["seq"], sys.intern(message["message"])))
                self.leave_sometimes()

    def take_welcome(self, welcome):
        if welcome["type"] != "welcome":
            self.log.complaints.append(f"was greeted with {welcome}")
        elif not self.epoch:
            self.epoch, self.log.start = welcome["epoch"], welcome["seq"]
        else:
            self.missed += welcome["seq"] - self.log.position
            if not welcome["recovered"] or welcome["epoch"] != self.epoch:
                self.log.complaints.append(f"was not recovered at {self.log.position}: {welcome}")


class Pager(Client):
    """Reads the history from its beginning, page by page, however far it has grown."""

    def __init__(self, port, chance, name, room):
        super().__init__(port, chance, Reader(name, room))
        self.refusals = 0

    async def talk(self):
        while True:
            await self.send(type="history", after=self.log.position, limit=self.chance.randint(1, PAGE_MAX))
            answer = await self.receive()
            while answer["type"] not in ("history", "error"):
                answer = await self.receive()
            self.refusals += answer["type"] == "error"
            self.log.heard += [(one["seq"], sys.intern(one["message"])) for one in answer.get("messages", [])]
            if not answer.get("more"):
                await asyncio.sleep(PAUSE_SECONDS)
