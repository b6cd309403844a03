# SPDX-License-Identifier: MIT
"""Faults of a Redis that two brokers share, while people talk and read all the time. No connection is closed. Each
acknowledged message is stored and delivered once, in one order, at both brokers. All recovers by itself when the fault
is over. No log, answer or command line shows the password."""

import asyncio
import contextlib
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from control_program import Program
from redis_server import DURABLE, RedisServer
from stack import BUILD, TOP, WRAPPER, Broker, eventually, fetch, receive, wait_for
from talk import Talk, ask, check_what_is_kept, history

SECRET = "Se%cret#word"
SETTINGS = ("layer.backend=redis", "limits.messages_per_second=0")


def health(broker):
    status, _, text = fetch(f"http://127.0.0.1:{broker.port}/healthz")
    return status, json.loads(text)


def is_well(broker):
    return health(broker)[0] == 200


def stat(broker, name):
    return broker.control(op="stats")["stats"][name]


@contextlib.contextmanager
def brokers_at(*urls, settings=()):
    where = f"redis.url={' '.join(urls)}"
    with Broker(*SETTINGS, where, *settings) as one, Broker(*SETTINGS, where, *settings) as other:
        for broker in (one, other):
            wait_for(lambda broker=broker: is_well(broker), "it has found Redis")
        yield one, other


@pytest.fixture(scope="module")
def server():
    with RedisServer(**DURABLE) as running:
        yield running


@pytest.fixture(scope="module")
def brokers(server):
    with brokers_at(server.url) as both:
        yield both


def load_slowly(server):
    server.cli("EVAL", "for i = 1, 2000 do redis.call('SET', 'k' .. i, 'v') end", 0)
    server.options["key-load-delay"] = "1000"
    server.stop()
    server.start(wait=False)


def lock(server):
    server.cli("CONFIG", "SET", "requirepass", SECRET)
    server.options["requirepass"] = SECRET
    server.cli("CLIENT", "KILL", "TYPE", "normal")


def unlock(server):
    server.cli("CONFIG", "SET", "requirepass", "")
    del server.options["requirepass"]


def nothing(_):
    pass


async def is_refused(broker, code):
    """Waits until new messages are refused with code. Messages under way may still wait."""
    await asyncio.to_thread(wait_for, lambda: not is_well(broker), "it knows")
    answer = await ask(broker, op="group_send", room="elsewhere", event={"type": "chat.message", "message": "hello"})
    assert answer["error"] == code, answer


# A fault, the error code during it (None: it is over before anybody gets one), and its end.
FAULTS = {
    "killed": (RedisServer.kill, "unavailable", RedisServer.start),
    "stopped": (RedisServer.stop, "unavailable", RedisServer.start),
    "paused": (RedisServer.pause, "unavailable", RedisServer.resume),
    "loading": (load_slowly, "unavailable", lambda server: server.options.pop("key-load-delay")),
    "locked": (lock, "unavailable", unlock),
    "replica": (lambda server: server.cli("REPLICAOF", "127.0.0.1", "1"), "unavailable",
                lambda server: server.cli("REPLICAOF", "NO", "ONE")),
    "full": (lambda server: server.cli("CONFIG", "SET", "maxmemory", "1"), "storage",
             lambda server: server.cli("CONFIG", "SET", "maxmemory", "0")),
    "forbidden": (lambda server: server.cli("ACL", "SETUSER", "default", "-eval", "-evalsha"), "unavailable",
                  lambda server: server.cli("ACL", "SETUSER", "default", "+eval", "+evalsha")),
    "commands cut": (lambda server: server.cli("CLIENT", "KILL", "TYPE", "normal"), None, nothing),
    "events cut": (lambda server: server.cli("CLIENT", "KILL", "TYPE", "pubsub"), None, nothing),
    "scripts gone": (lambda server: server.cli("SCRIPT", "FLUSH"), None, nothing),
}


def check_talk(server, brokers, room, fault):
    """Members at both brokers hear the messages from before, during and after a fault."""
    begin, code, end = fault
    one, other = brokers

    async def story():
        async with Talk(other, room, count=0) as listening, Talk(one, room) as talk:
            await talk.more_acks(20)
            await asyncio.to_thread(begin, server)
            if code:
                await is_refused(one, code)
            await asyncio.to_thread(end, server)
            await talk.more_acks(20)
            talk.stop.set()
            await eventually(lambda: len(listening.reader.heard) >= talk.acks(), "all is heard")
        assert set(talk.refusals()) <= {code, "unavailable", "busy"}
        return talk, listening
    talk, listening = asyncio.run(story())
    for broker in brokers:
        wait_for(lambda broker=broker: is_well(broker), "it has found Redis again")
    check_what_is_kept(history(one, room), talk.acked(), talk.reader.heard)
    assert listening.reader.heard == talk.reader.heard and history(other, room) == history(one, room)


@pytest.mark.parametrize("name", FAULTS)
def test_who_talks_goes_on_when_redis_is_back(server, brokers, name):
    check_talk(server, brokers, name.replace(" ", "-"), FAULTS[name])


def test_rooms_of_either_host_go_on_when_one_was_away():
    with RedisServer(**DURABLE) as first, RedisServer(**DURABLE) as second, \
            brokers_at(first.url, second.url) as brokers:
        for room, home in (("lobby", first), ("garden", second)):
            check_talk(second, brokers, room, FAULTS["killed"])
            assert home.client().exists(f"roomwire:log:{room}")


def test_a_broker_that_starts_without_redis_waits_for_it():
    with RedisServer() as server:
        server.stop()
        with Broker(*SETTINGS, f"redis.url={server.url}") as broker:
            wait_for(lambda: "Connection refused" in broker.log(), "it says why")
            assert health(broker)[0] == 503 and stat(broker, "redis_links_up") == 0
            server.start()
            wait_for(lambda: is_well(broker), "it is well")
            assert stat(broker, "redis_links_up") == 1 and stat(broker, "redis_reconnects") == 0
            server.restart()
            wait_for(lambda: stat(broker, "redis_reconnects") == 1 and is_well(broker), "it is well again")


class Chatterbox:
    """Sends far more than the queues hold, without waiting for answers."""

    COUNT, BYTES = 6000, 16000

    def __init__(self, connection):
        self.connection = connection
        self.answers = {}  # by ref

    async def run(self):
        for number in range(self.COUNT):
            await self.connection.send(json.dumps({"type": "message", "message": "x" * self.BYTES, "ref": str(number)}))

    async def listen(self):
        while len(self.answers) < self.COUNT:
            answer = await receive(self.connection)
            if "ref" in answer:
                assert answer["ref"] not in self.answers
                self.answers[answer["ref"]] = answer

    def codes(self):
        return {answer.get("code", "ack") for answer in self.answers.values()}


def test_what_waits_for_redis_has_an_end():
    async def story(server, broker):
        async with broker.connect("/ws/chat/lobby/", version1=True) as connection:
            await receive(connection)
            speaker = Chatterbox(connection)
            await asyncio.to_thread(server.pause)
            try:
                tasks = [asyncio.create_task(task) for task in (speaker.run(), speaker.listen())]
                await eventually(lambda: speaker.codes() & {"busy", "unavailable"}, "some are refused")
            finally:
                await asyncio.to_thread(server.resume)
            await asyncio.gather(*tasks)
        return speaker
    patience = ["limits.backlog_bytes=67108864"]  # the speaker hears all of its own messages
    with RedisServer() as server, brokers_at(server.url, settings=patience) as (broker, _):
        speaker = asyncio.run(story(server, broker))
        assert speaker.codes() <= {"ack", "busy", "unavailable"}
        wait_for(lambda: is_well(broker), "it has found Redis again")
        acked = [answer for answer in speaker.answers.values() if answer["type"] == "ack"]
        kept = [int(entry.split("-")[0]) for entry, _ in server.client().xrange("roomwire:log:lobby")]
        assert sorted(answer["seq"] for answer in acked) == kept


def test_who_asks_for_history_while_redis_stands_still_does_no_harm_at_the_stop():
    with RedisServer() as server, Broker(*SETTINGS, f"redis.url={server.url}") as broker, Program(broker) as program:
        wait_for(lambda: is_well(broker), "Redis is there")
        server.pause()
        program.begin(op="history", room="lobby")
        program.do(op="stats")  # answered after the question was taken
        assert broker.stop() == 0
        server.resume()


def check_hidden(broker):
    command = Path(f"/proc/{broker.process.pid}/cmdline").read_bytes().decode()
    spoken = [broker.log(), json.dumps(broker.control(op="stats")), json.dumps(health(broker)), command]
    for secret in (SECRET, "Se%25cret%23word"):
        assert not [text for text in spoken if secret in text]


def test_the_password_of_a_file_is_seen_by_nobody(tmp_path):
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    with RedisServer(requirepass=SECRET) as server:
        where = f"redis.url=redis://127.0.0.1:{server.port}"
        with Broker(*SETTINGS, where, f"redis.password_file={file}") as broker:
            wait_for(lambda: is_well(broker), "it is let in")
            check_hidden(broker)
            server.cli("CONFIG", "SET", "requirepass", "another")
            server.options["requirepass"] = "another"
            server.cli("CLIENT", "KILL", "TYPE", "normal")
            wait_for(lambda: "AUTH is refused: WRONGPASS" in broker.log(), "it says why")
            check_hidden(broker)


def test_the_password_of_the_environment_is_seen_by_nobody(monkeypatch):
    with RedisServer(requirepass=SECRET) as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        with Broker(*SETTINGS) as broker:
            wait_for(lambda: is_well(broker), "it is let in")
            check_hidden(broker)


def rights_of_the_readme():
    [rights] = re.findall(r"^redis-cli ACL SETUSER roomwire on '>PASSWORD' (.*?[^\\])$",
                          (TOP / "README.md").read_text(), re.M | re.S)
    return shlex.split(rights.replace("\\\n", " "))


def receive_one(broker, other):
    """Adds a channel to a group; the other broker sends to the group; returns what the channel receives."""
    channel = broker.control(op="new_channel")["channel"]
    assert broker.control(op="group_add", group="news", channel=channel)["ok"]
    assert other.control(op="group_send", group="news", event={"type": "news", "text": "new"})["ok"]
    return broker.control(op="receive", channel=channel, timeout_ms=5000)["message"]


@pytest.mark.parametrize("layout", ["core", "pubsub", "none"])
def test_few_rights_in_redis_are_enough(layout):
    with RedisServer() as server:
        server.cli("ACL", "SETUSER", "chat", "on", ">word", *rights_of_the_readme())
        with brokers_at(server.url_of("chat", "word"), settings=[f"redis.layout={layout}"]) as (one, other):
            check_talk(server, (one, other), "lobby", (nothing, None, nothing))
            assert receive_one(one, other) == {"type": "news", "text": "new"}
        assert server.cli("ACL", "LOG") == []


@pytest.mark.parametrize("url, sentence", [
    ("rediss://:Se%25cret%23word@localhost", "rediss:// is not spoken here"),
    ("redis://:Se%25cret%23word@localhost:port", "the port of an address is a number"),
    ("redis://a redis://a/1", "two of the addresses are of one server"),
])
def test_a_bad_address_is_refused_before_the_start(url, sentence):
    done = subprocess.run([*WRAPPER, str(BUILD / "bin/roomwire-broker"), "--check-config", "--set", "layer.backend=redis",
                           "--set", f"redis.url={url}"], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 78
    assert sentence in done.stderr and "word" not in done.stdout + done.stderr
