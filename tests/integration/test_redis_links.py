# SPDX-License-Identifier: MIT
"""Links to a real Redis that is killed, paused, loading, full, a replica, wants another password, or is not a Redis at
all. After each fault the links reconnect by themselves."""

import contextlib
import queue
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from redis_server import DURABLE, RedisServer
from stack import BUILD, DEADLINE_SECONDS, WRAPPER, wait_for


class Links:
    """Talks to the program redis_links, line by line."""

    def __init__(self, *urls):
        self.urls = urls
        self.lines = queue.Queue()
        self.log = []

    def __enter__(self):
        self.process = subprocess.Popen([*WRAPPER, str(BUILD / "bin/redis_links"), *self.urls], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self._read, args=(self.process.stdout, self.lines.put)),
                        threading.Thread(target=self._read, args=(self.process.stderr, self.log.append))]
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        status = self.process.wait(DEADLINE_SECONDS)
        for reader in self.readers:
            reader.join()
        assert status == 0, self.log

    @staticmethod
    def _read(stream, take):
        with stream:
            for line in stream:
                take(line.removesuffix("\n"))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.lines.get(timeout=DEADLINE_SECONDS)

    def ask(self, line):
        self.say(line)
        return self.hear()

    def logged(self, text):
        return [line for line in self.log if text in line]

    def wait_for_log(self, text):
        return wait_for(lambda: self.logged(text), f"it logs: {text}")

    def come_up(self):
        assert self.hear() == "up"

    def fall(self):
        assert self.hear() == "down"

    def works(self):
        return self.ask("ask PING") == "reply PONG"

    def is_on_its_way(self):
        """Waits until all earlier publications have arrived: this one arrives after them."""
        return self.ask("ask PUBLISH roomwire:events here").startswith(("reply", "pushed")) and \
            self.hear().startswith(("reply", "pushed"))


@contextlib.contextmanager
def links_to(server, **options):
    with Links(server.url_of(**options)) as links:
        links.come_up()
        yield links


@pytest.fixture(scope="module")
def server():
    with RedisServer() as running:
        yield running


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{port}", "redis://localhost:{port}/3", "redis://[::1]:{port}",
                                     "unix://{socket}?db=2"])
def test_it_is_reached_in_every_way(server, address):
    with Links(address.format(port=server.port, socket=server.socket)) as links:
        links.come_up()
        assert links.ask("ask SET place here") == "reply OK"
        assert links.ask("ask GET place") == "reply here"
        assert links.ask("eval key a b") == "reply [key a b]"
        names = [client["name"] for client in server.clients()]
        assert names == ["roomwire-0123456789ab"] * 2


def test_what_is_published_comes(server):
    with links_to(server) as links:
        links.say("channel news")
        links.say("pattern asgi__group__*")
        assert links.is_on_its_way()
        wait_for(lambda: server.cli("PUBLISH", "news", "one") == 1, "it listens")
        assert links.hear() == "pushed news one"
        server.cli("PUBLISH", "asgi__group__chat_lobby", "two")
        assert links.hear() == "pushed asgi__group__chat_lobby two"


def test_a_script_that_was_flushed_is_sent_again(server):
    with links_to(server) as links:
        server.cli("SCRIPT", "FLUSH")
        assert links.ask("eval key a") == links.ask("eval key a") == "reply [key a]"
        assert links.ask("stats") == "stats up=1 reconnects=0 errors=0"


def test_a_command_that_blocks_holds_up_nobody_and_can_be_ended(server):
    with links_to(server) as links:
        links.say("block BZPOPMIN waiting 5")
        assert links.works()
        wait_for(lambda: server.cli("CLIENT", "LIST").count("cmd=bzpopmin") == 1, "it waits")
        server.cli("ZADD", "waiting", 1, "member")
        assert links.hear() == "block [waiting member 1]"
        for _ in range(20):
            links.say("block BZPOPMIN waiting 5")
            assert links.ask("unblock") == "block nil"


@pytest.mark.parametrize("kind", ["normal", "pubsub"])
def test_connections_that_are_killed_come_back(server, kind):
    with links_to(server) as links:
        links.say("channel news")
        server.cli("CLIENT", "KILL", "TYPE", kind)
        links.fall()
        links.come_up()
        assert links.works()
        server.cli("PUBLISH", "news", "one")
        assert links.hear() == "pushed news one"
        links.wait_for_log("event=redis_down")  # closed or reset, depending on what was under way
        assert links.ask("stats") == "stats up=1 reconnects=1 errors=0"


def test_a_server_that_stands_still_is_lost():
    with RedisServer() as server, links_to(server) as links:
        began = time.monotonic()
        server.pause()
        links.say("ask INCR count")
        links.fall()
        assert 2.5 < time.monotonic() - began
        assert links.hear() == "reply lost"
        assert links.ask("ask GET a") == "refused"
        server.resume()
        links.come_up()
        assert links.works()


def test_a_server_that_is_killed_and_started_again_is_found_again():
    with RedisServer(**DURABLE) as server, links_to(server) as links:
        assert links.ask("ask SET kept yes") == "reply OK"
        server.kill()
        links.fall()
        links.wait_for_log("there is no connection: Connection refused")
        server.start()
        links.come_up()
        assert links.ask("ask GET kept") == "reply yes"
        assert links.ask("eval key a") == "reply [key a]"


def test_a_server_that_is_loading_is_waited_for():
    with RedisServer(**DURABLE) as server:
        server.cli("EVAL", "for i = 1, 3000 do redis.call('SET', 'k' .. i, 'v') end", 0)
        server.options["key-load-delay"] = "1000"
        server.stop()
        server.start(wait=False)
        with Links(server.url) as links:
            links.wait_for_log("LOADING: it is still loading its data")
            links.come_up()
            assert links.ask("ask GET k3000") == "reply v"


EVERYTHING = ["on", "~*", "&*", "+@all"]


@pytest.mark.parametrize("login, problem, cure", [
    ("", "NOAUTH: it wants a password", ["CONFIG", "SET", "requirepass", ""]),
    (":wrong-word@", "AUTH is refused: WRONGPASS: it does not know", ["CONFIG", "SET", "requirepass", "wrong-word"]),
    ("ann:ann-word@", "AUTH is refused: WRONGPASS: it does not know", ["ACL", "SETUSER", "ann", ">ann-word", *EVERYTHING]),
])
def test_who_is_not_let_in_says_so_and_keeps_the_password(login, problem, cure):
    with RedisServer(requirepass="secret-word") as server, Links(f"redis://{login}127.0.0.1:{server.port}") as links:
        links.wait_for_log(problem)
        server.cli(*cure)
        links.come_up()
        assert links.works()
        assert not links.logged("-word")


def test_a_user_with_few_rights_is_enough_and_fewer_are_told():
    rights = ["~roomwire:*", "~asgi*", "&roomwire:*", "-@all", "+ping", "+client|setname", "+client|id",
              "+client|unblock", "+del", "+script|load", "+evalsha", "+eval", "+subscribe", "+publish", "+bzpopmin"]
    with RedisServer() as server:
        server.cli("ACL", "SETUSER", "chat", "on", ">word", *rights)
        with links_to(server, user="chat", password="word") as links:
            assert links.works()
            links.say("block BZPOPMIN asgi 5")
            assert links.ask("unblock") == "block nil"
            assert links.ask("ask GET roomwire:x") == "reply error NOPERM"
            server.cli("ACL", "SETUSER", "chat", "-publish")
            links.fall()
            links.wait_for_log("PUBLISH is refused: NOPERM")
            server.cli("ACL", "SETUSER", "chat", "+publish")
            links.come_up()


def test_a_master_that_becomes_a_replica_is_left_until_it_is_master_again():
    with RedisServer() as server, links_to(server) as links:
        server.cli("REPLICAOF", "127.0.0.1", "1")
        assert links.ask("ask SET a b") == "reply error READONLY"
        links.fall()
        links.wait_for_log("DEL roomwire:probe is refused: READONLY: it is a replica, and takes no writes")
        server.cli("REPLICAOF", "NO", "ONE")
        links.come_up()
        assert links.ask("ask SET a b") == "reply OK"


def test_a_full_server_is_told_to_those_who_ask_and_said_once():
    with RedisServer() as server, links_to(server) as links:
        server.cli("CONFIG", "SET", "maxmemory", "1")
        assert [links.ask("ask SET a b") for _ in range(3)] == ["reply error OOM"] * 3
        server.cli("CONFIG", "SET", "maxmemory", "0")
        assert links.ask("ask SET a b") == "reply OK"
        assert links.ask("stats") == "stats up=1 reconnects=0 errors=3"
        assert len(links.wait_for_log("OOM: its memory (maxmemory) is full, and it takes no writes")) == 1


def test_a_server_that_cannot_save_says_so():
    with RedisServer(save="3600 1") as server, links_to(server) as links:
        Path(server.folder, "dump.rdb").mkdir()
        server.cli("BGSAVE")
        wait_for(lambda: links.ask("ask SET a b") == "reply error MISCONF", "no write is taken")
        links.wait_for_log("MISCONF: it cannot save its data, and takes no writes")
        assert not links.logged("event=redis_down")


@contextlib.contextmanager
def impostor(speech):
    """A server that accepts connections and sends speech on each of them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.sendall(speech)
                    kept.append(connection)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


@pytest.mark.parametrize("speech, problem", [
    (b"", "it does not answer"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", 'Protocol error, got \\"H\\" as reply type byte'),
    (b"SSH-2.0-OpenSSH_9.2\r\n", 'Protocol error, got \\"S\\" as reply type byte'),
    (b"*1000000000\r\n", "its answer is too large"),
], ids=["silent", "web", "ssh", "huge"])
def test_what_is_no_redis_is_told(speech, problem):
    with impostor(speech) as url, Links(url) as links:
        links.wait_for_log(problem)
        assert links.ask("ask GET a") == "refused"


def test_a_name_that_is_not_found_is_told():
    with Links("redis://nowhere.invalid:6379") as links:
        links.wait_for_log("its name is not found: ")


def test_shards_are_up_together_and_names_are_spread():
    with RedisServer() as one, RedisServer() as other, Links(one.url, other.url) as links:
        links.come_up()
        for number in range(20):
            assert links.ask(f"ask SET name{number} {number}") == "reply OK"
        kept = [set(server.client().keys("name*")) for server in (one, other)]
        assert all(kept) and not kept[0] & kept[1] and len(kept[0] | kept[1]) == 20
        other.kill()
        links.fall()
        other.start()
        links.come_up()
        assert links.ask("stats") == "stats up=2 reconnects=1 errors=0"


def test_tls_is_refused_with_a_sentence():
    done = subprocess.run([*WRAPPER, str(BUILD / "bin/redis_links"), "rediss://:word@localhost"], capture_output=True,
                          text=True, check=False, timeout=DEADLINE_SECONDS)
    assert done.returncode == 1 and "rediss:// is not spoken here" in done.stderr and "word" not in done.stderr
