# SPDX-License-Identifier: MIT
"""A whole room is cut at once and comes back at once: all hear what they have missed and what is said meanwhile, and
the history is read for all of them together. `scripts/bench come-back` does it with 5,000."""

import asyncio
import contextlib
import time

import pytest
from stack import DEADLINE_SECONDS, Broker, receive_type

SETTINGS = ("limits.messages_per_second=0", "limits.connections_per_address=0")
# At first one, and then one each 100 ms.
READS_PER_SECOND = 10
LIVE_PAUSE_SECONDS = 0.05
LAST = "that was all"


class Member:
    """Hears a room, and stays where it is when it is cut."""

    def __init__(self, broker):
        self.broker = broker
        self.heard = []
        self.was_recovered = None

    async def come(self, query=""):
        self.socket = await self.broker.connect(f"/ws/chat/r/{query}", version1=True, compression=None,
                                                ping_interval=None, open_timeout=None)
        self.welcome = await receive_type(self.socket, "welcome")

    async def listen(self, until):
        while not self.heard or self.heard[-1][1] != until:
            message = await receive_type(self.socket, "message")
            self.heard.append((message["seq"], message["message"]))

    def cut(self):
        self.socket.transport.abort()

    async def come_back(self, epoch):
        await self.come(f"?epoch={epoch}&after={self.heard[-1][0]}")
        self.was_recovered = self.welcome["recovered"]
        await self.listen(LAST)


class Speaker(Member):
    """Is never cut, so that its own messages come to it as to everybody."""

    async def say(self, text):
        await self.socket.send('{"type": "message", "message": "%s"}' % text)

    async def go_on(self):
        for number in range(100000):
            await self.say(f"live {number}")
            await asyncio.sleep(LIVE_PAUSE_SECONDS)


async def talk_until(speaker, tasks):
    """The speaker goes on until all are there again; the last message is heard by them all."""
    live = asyncio.create_task(speaker.go_on())
    while any(member.was_recovered is None for member, task in tasks.items() if not task.done()):
        await asyncio.sleep(LIVE_PAUSE_SECONDS)
    live.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await live
    await speaker.say(LAST)
    await asyncio.gather(speaker.listen(LAST), *tasks.values())


async def story(broker, count, missed, size):
    speaker = Speaker(broker)
    members = [Member(broker) for _ in range(count)]
    await asyncio.gather(speaker.come(), *(member.come() for member in members))
    await speaker.say("hello")
    await asyncio.gather(*(member.listen("hello") for member in [speaker, *members]))
    for member in members:
        member.cut()
    for number in range(missed):
        await speaker.say(f"missed {number} ".ljust(size, "."))
    await speaker.listen(f"missed {missed - 1} ".ljust(size, "."))
    begun = time.monotonic()
    reads = broker.control(op="stats")["stats"]["history_reads"]
    tasks = {member: asyncio.create_task(member.come_back(speaker.welcome["epoch"])) for member in members}
    await asyncio.wait_for(talk_until(speaker, tasks), DEADLINE_SECONDS)
    seconds = time.monotonic() - begun
    reads = broker.control(op="stats")["stats"]["history_reads"] - reads
    for member in [speaker, *members]:
        await member.socket.close()
    return speaker, members, seconds, reads


# The broker has the last 256 KiB of a room in memory; what is more comes from the disk.
@pytest.mark.parametrize("count, missed, size, least_reads", [(500, 50, 100, 0), (100, 150, 3000, 1)])
def test_a_whole_room_comes_back_and_has_missed_nothing(count, missed, size, least_reads):
    with Broker(*SETTINGS, "history.durability=disk") as broker:
        speaker, members, seconds, reads = asyncio.run(story(broker, count, missed, size))
    texts = [text for _, text in speaker.heard]
    assert len([text for text in texts if text.startswith("missed ")]) == missed
    assert [seq for seq, _ in speaker.heard] == list(range(1, len(texts) + 1))
    assert all(member.was_recovered for member in members)
    for member in members:
        assert member.heard == speaker.heard
    assert least_reads <= reads <= 1 + READS_PER_SECOND * seconds
