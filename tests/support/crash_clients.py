# SPDX-License-Identifier: MIT
"""Who writes and reads while the broker is killed under them. They note what they have said and heard, come back
whatever happens to their sockets, and judge nothing: that is crash_checker's."""

import asyncio
import json
import sys

import websockets
from crash_checker import Change, Reader, Writer

# What says that a broker or its connection has gone.
GONE = (OSError, EOFError, asyncio.TimeoutError, websockets.WebSocketException)
AGAIN_SECONDS = 0.03
OPEN_SECONDS = 5
# Messages of a writer that are under way at a time.
WINDOW = 16
# So often a client leaves by itself, a message is said once more although it was acknowledged.
LEAVING = 1 / 300
REPEATING = 1 / 30
# So often a message is edited or deleted when it is acknowledged, and what was edited is deleted.
CHANGING = 1 / 4
DELETING = 1 / 2
# Between two readings of the history.
PAUSE_SECONDS = 0.05
PAGE_MAX = 500
LETTERS = "abcdefgh ijklmno äöüß 房间 \U0001f600\"\\\n"


def heard_as(event):
    """What Reader notes of an event or of a row of the history."""
    if event.get("type", "message") == "message":
        return event["seq"], sys.intern(event["message"])
    return event["seq"], Change(event["target"], event.get("message"))


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
    """Keeps a window of messages under way, changes some of them, and says again what was not acknowledged."""

    changing = CHANGING

    def __init__(self, port, chance, name, room):
        super().__init__(port, chance, Writer(name, room))
        self.pending = {}
        self.is_ending = False
        self.repeats = 0
        self.refusals = 0

    async def talk(self):
        for ref in list(self.pending):
            self.repeats += 1
            await self.say(ref)
        while True:
            while len(self.pending) < WINDOW and not self.is_ending:
                await self.say_something()
            await self.take(await self.receive())
            self.leave_sometimes()

    async def say_something(self):
        ref = self.next_ref()
        await self.begin(ref, self.text_for(ref))

    def next_ref(self):
        return f"{self.log.name}-{len(self.log.said)}"

    def text_for(self, ref):
        return ref + " " + "".join(self.chance.choices(LETTERS, k=self.chance.choice((5, 50, 400))))

    async def begin(self, ref, text):
        self.pending[ref] = self.log.said[ref] = text
        await self.say(ref)

    async def say(self, ref):
        text = self.log.said[ref]
        if not isinstance(text, Change):
            await self.send(type="message", ref=ref, message=text)
        elif text.text is None:
            await self.send(type="delete", ref=ref, target=text.target)
        else:
            await self.send(type="edit", ref=ref, target=text.target, message=text.text)

    async def take(self, message):
        if message["type"] == "ack":
            await self.take_ack(message["ref"], message["seq"])
        elif message["type"] == "error" and message.get("ref") in self.pending:
            self.refusals += 1
            self.log.refused.add(message["ref"])
            await asyncio.sleep(AGAIN_SECONDS)
            await self.say(message["ref"])

    async def take_ack(self, ref, seq):
        self.log.acks.append((ref, seq))
        text = self.pending.pop(ref, None)
        if self.chance.random() < REPEATING:
            self.repeats += 1
            await self.say(ref)
        if text is not None and not self.is_ending:
            await self.change_sometimes(text, seq)

    async def change_sometimes(self, text, seq):
        """One thing after the other, so that nothing is done to what is deleted."""
        ref = self.next_ref()
        if isinstance(text, Change):
            if text.text is not None and self.chance.random() < DELETING:
                await self.begin(ref, Change(text.target))
        elif self.chance.random() < self.changing:
            await self.begin(ref, Change(seq, self.chance.choice((self.text_for(ref), None))))


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
            if message["type"] in ("message", "edit", "delete"):
                self.log.heard.append(heard_as(message))
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
            self.log.heard += [heard_as(one) for one in answer.get("messages", [])]
            if not answer.get("more"):
                await asyncio.sleep(PAUSE_SECONDS)
