# SPDX-License-Identifier: MIT
"""Clients of the three transports as anybody would write them: each hears a room, and goes on where it was."""

import asyncio
import contextlib
import json

import websockets
import wire
from stack import DEADLINE_SECONDS, receive

RETRY_SECONDS = 0.02


class Refused(Exception):
    def __init__(self, status, headers, text):
        super().__init__(f"{status} {text}")
        self.status, self.headers, self.text = status, headers, text


class Stream:
    """An answer that goes on, read as it comes. As a context it is closed at the end."""

    def __init__(self, port, path, host="127.0.0.1", **headers):
        self.port, self.path, self.host = port, path, host
        self.request_headers = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=1 << 24)
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.request_headers.items())]
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        try:
            head = (await self.wait(self.reader.readuntil(b"\r\n\r\n"))).decode().split("\r\n")
            self.status = int(head[0].split()[1])
            self.headers = dict(line.split(": ", 1) for line in head[1:] if line)
            if self.status != 200:
                raise Refused(self.status, self.headers, (await self.wait(self.reader.read())).decode())
        except BaseException:
            self.writer.close()
            raise
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    @staticmethod
    async def wait(coroutine):
        return await asyncio.wait_for(coroutine, DEADLINE_SECONDS)

    @staticmethod
    def read(text):
        value = json.loads(text)
        wire.check_v1(value)
        return value


class EventStream(Stream):
    """Events as a browser's EventSource has them: last_id is what it would come back with."""

    last_id = None
    comments = 0
    retry = None

    async def event(self):
        """The next object; None at the end, also in the middle of an event."""
        data, event_id = [], None
        while line := (await self.wait(self.reader.readline())).decode():
            if not line.endswith("\n"):
                return None
            field, _, value = line[:-1].partition(":")
            if line == "\n" and data:
                self.last_id = event_id or self.last_id
                return self.read("\n".join(data))
            if field == "data":
                data.append(value[1:])
            elif field == "id":
                event_id = value[1:]
            elif field == "retry":
                self.retry = int(value)
            elif line.startswith(":"):
                self.comments += 1
            else:
                assert line == "\n", line
        return None


class Poll(Stream):
    async def event(self):
        line = await self.wait(self.reader.readline())
        return self.read(line) if line.endswith(b"\n") else None


async def events(stream):
    """All to the end, the "close" included."""
    heard = []
    while (event := await stream.event()) is not None:
        heard.append(event)
    return heard


class Follower:
    """Hears a room until some text is said, across however many connections that takes."""

    def __init__(self, port, room, headers=None):
        self.port, self.room, self.headers = port, room, headers or {}
        self.heard = []  # (seq, text)
        self.epoch, self.after = None, None
        self.welcomes = []
        self.is_in = asyncio.Event()

    def query(self):
        return "" if self.epoch is None else f"?epoch={self.epoch}&after={self.after}"

    def take(self, event):
        if event["type"] == "welcome":
            self.welcomes.append(event)
            assert self.epoch in (None, event["epoch"])
            assert self.epoch is None or event["recovered"] is True
            if self.epoch is None:
                self.epoch, self.after = event["epoch"], event["seq"]
            self.is_in.set()
        elif event["type"] == "message":
            self.heard.append((event["seq"], event["message"]))
            self.after = event["seq"]

    async def listen(self, until):
        while not self.heard or self.heard[-1][1] != until:
            try:
                await self.follow(until)
            except (OSError, EOFError, Refused, websockets.WebSocketException, asyncio.TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)  # the broker is away

    async def follow_events(self, stream, until):
        while (event := await stream.event()) is not None:
            self.take(event)
            if self.heard and self.heard[-1][1] == until:
                return


class SocketFollower(Follower):
    async def follow(self, until):
        url = f"ws://127.0.0.1:{self.port}/ws/chat/{self.room}/{self.query()}"
        async with wire.connect(url, subprotocols=["roomwire.v1"], max_size=None,
                                extra_headers=self.headers) as connection:
            while not self.heard or self.heard[-1][1] != until:
                self.take(await receive(connection, 60))


class EventStreamFollower(Follower):
    last_id = None

    async def follow(self, until):
        headers = {**self.headers, **({"Last_Event_ID": self.last_id} if self.last_id else {})}
        async with EventStream(self.port, f"/sse/chat/{self.room}/", **headers) as stream:
            stream.last_id = self.last_id
            try:
                await self.follow_events(stream, until)
            finally:
                self.last_id = stream.last_id


class PollFollower(Follower):
    async def follow(self, until):
        async with Poll(self.port, f"/poll/chat/{self.room}/{self.query()}", **self.headers) as stream:
            await self.follow_events(stream, until)


FOLLOWERS = {"socket": SocketFollower, "sse": EventStreamFollower, "poll": PollFollower}
