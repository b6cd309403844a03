# SPDX-License-Identifier: MIT
"""The clock of the host is set while rooms talk, by libfaketime: a year back, and then forward beyond where it was.
Order is that of numbers, times never go back, and nothing that is counted in seconds notices."""

import asyncio
import collections
import contextlib
import datetime
import tempfile
import time

from faked_clock import Clock, Clocked
from stack import Broker, eventually
from talk import Reader, Sender, ask, check_what_is_kept, messages_of

SENDERS = 3
PING_SECONDS = 2
LOOK_SECONDS = 3.5  # at what goes on after a jump
YEAR, HOUR = 365 * 24 * 3600, 3600


class FakedBroker(Clocked, Broker):
    """Only its wall clock is faked."""

    def __init__(self, *settings, state):
        super().__init__(*settings, state=state)
        self.clock = Clock(state)


class Pinged:
    """A member that only answers pings, and counts them."""

    def __init__(self, connection):
        self.connection, self.count = connection, 0
        answer = connection.pong

        async def count(*arguments):
            self.count += 1
            await answer(*arguments)
        connection.pong = count


async def look(broker, senders, silent):
    """That pings come, and that acks do not take long."""
    before = silent.count
    acks = sum(len(sender.acked) for sender in senders)
    for sender in senders:
        sender.slowest_ack = 0
    await asyncio.sleep(LOOK_SECONDS)
    assert 1 <= silent.count - before <= LOOK_SECONDS / PING_SECONDS + 1
    assert sum(len(sender.acked) for sender in senders) > acks + 10 * SENDERS
    assert all(sender.slowest_ack < 2 and not sender.refused for sender in senders)
    assert (await ask(broker, op="stats"))["history"] == "ok"


async def say_again(broker, sender, cookie):
    """What was acked first and what was acked last, over a connection that comes back."""
    refs = list(sender.refs.items())
    async with broker.connect("/ws/chat/r/", version1=True, extra_headers={"Cookie": cookie}) as back:
        again = Sender(back, sender.name, sender.stop)
        for ref, seq in (refs[0], refs[-1]):
            assert (await again.answer_to(ref))["seq"] == seq


def check_messages(broker, senders, heard, begun):
    kept = messages_of(broker, "r")
    said = [(message["seq"], message["message"]) for message in kept]
    assert heard == said
    assert said[-1][1] == "the end"
    check_what_is_kept(said[:-1], {seq: text for sender in senders for seq, text in sender.acked.items()}, said[:-1])
    times = [datetime.datetime.fromisoformat(message["time"]).timestamp() for message in kept]
    assert times == sorted(times)
    assert collections.Counter(times).most_common(1)[0][1] > 10 * SENDERS, "the clock was set back, and times stood still"
    jump = next(i for i, at in enumerate(times) if at > begun + HOUR / 2)
    assert begun - 1 < times[0] and times[jump - 1] < time.time() < times[jump]


async def story(broker):
    async with contextlib.AsyncExitStack() as stack:
        async def enter():
            return await stack.enter_async_context(broker.connect("/ws/chat/r/", version1=True, ping_interval=None))
        stop = asyncio.Event()
        quiet = await stack.enter_async_context(broker.connect("/ws/chat/quiet/", version1=True, ping_interval=None))
        silent, reader = Pinged(quiet), Reader(await enter())
        people = [await enter() for _ in range(SENDERS)]
        cookies = [one.response_headers["Set-Cookie"].split(";")[0] for one in people]
        senders = [Sender(one, f"sender {i}", stop, pause_seconds=0.02) for i, one in enumerate(people)]
        tasks = [asyncio.create_task(one.run()) for one in [reader, *senders]]
        await look(broker, senders, silent)
        for offset in (-YEAR, HOUR):
            broker.clock.set(offset)
            await look(broker, senders, silent)
            await say_again(broker, senders[0], cookies[0])
        stop.set()
        await asyncio.gather(*tasks[1:])
        await ask(broker, op="group_send", room="r", event={"type": "chat.message", "message": "the end"})
        await eventually(lambda: reader.heard[-1][1] == "the end", "all is heard")
        tasks[0].cancel()
    return senders, cookies, reader.heard


def test_a_clock_that_is_set_disturbs_nothing():
    with tempfile.TemporaryDirectory(prefix="roomwire-") as state:
        broker = FakedBroker("limits.messages_per_second=0", f"limits.idle_ping_seconds={PING_SECONDS}",
                             f"limits.pong_seconds={PING_SECONDS}",
                             "history.durability=process", state=state)
        with broker:
            begun = time.time()
            senders, cookies, heard = asyncio.run(story(broker))
            check_messages(broker, senders, heard, begun)
        broker.clock.set(-YEAR)
        with broker:
            asyncio.run(say_again(broker, senders[1], cookies[1]))
