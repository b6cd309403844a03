# SPDX-License-Identifier: MIT
"""Starts the real programs on free ports and temporary folders, and ends them by process id."""

import asyncio
import contextlib
import http.client
import json
import os
import random
import re
import select
import shlex
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import wire

TOP = Path(__file__).parents[2]
BUILD = Path(os.environ["ROOMWIRE_BUILD"])
TOOLS = Path(os.environ.get("ROOMWIRE_TOOLS", BUILD))  # what tests use besides what they test
DEADLINE_SECONDS = 60  # of what comes at once on a machine that has nothing else to do
PORTS = range(10000, 32000)  # not of outgoing connections, which would take the port of a program that is killed
HELD_PORTS = []
RECEIVE_MS = 30000  # the most that a receiver may wait
# ThreadSanitizer's shadow does not fit every random layout of the address space.
WRAPPER = ["setarch", "-R"] if "tsan" in BUILD.name else []
if WRAPPER:
    # It does not see how nng, which is not built for it, counts the references to a message.
    os.environ.setdefault("TSAN_OPTIONS", f"suppressions={Path(__file__).parent}/nng.tsan")


def is_free(port):
    """Tests that run beside this one are told by a name that the kernel forgets with this process."""
    with contextlib.suppress(OSError), socket.socket() as probe:
        name = socket.socket(socket.AF_UNIX)
        name.bind(f"\0roomwire-test-port-{port}")
        HELD_PORTS.append(name)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def free_port(is_wanted=is_free):
    while not is_wanted(port := random.choice(PORTS)):
        pass
    return port


def free_pair():
    """A port with the next one."""
    return free_port(lambda port: is_free(port) and is_free(port + 1))


def wait_for(condition, what, seconds=DEADLINE_SECONDS):
    """Polls a condition with a deadline; its value when it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


async def eventually(condition, what, seconds=DEADLINE_SECONDS):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class SpSocket:
    """One end of nng's wire protocol over a unix socket, for what nngcat cannot do: the hello of 8 bytes, then
    messages as 1, their length in 8 bytes, and themselves."""

    PUB, SUB, REQ, REP, PUSH, PULL = 0x20, 0x21, 0x30, 0x31, 0x50, 0x51

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))  # without a timeout it waits for a place in the queue
        self.socket.settimeout(DEADLINE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @staticmethod
    def hello(protocol):
        return b"\0SP\0" + protocol.to_bytes(2, "big") + b"\0\0"

    def greet(self, protocol):
        """Says hello and returns the protocol of the other side."""
        self.socket.sendall(self.hello(protocol))
        answer = self.read(8)
        if len(answer) < 8:
            raise ConnectionError("closed in the middle of the hello")
        assert answer[:4] == b"\0SP\0" and answer[6:] == b"\0\0"
        return int.from_bytes(answer[4:6], "big")

    def read(self, length):
        """Fewer bytes only when the other side has closed."""
        data = b""
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                break
            data += part
        return data

    def send(self, message):
        self.socket.sendall(b"\1" + len(message).to_bytes(8, "big") + message)

    def receive(self):
        """The next message; None at the end."""
        head = self.read(9)
        return self.read(int.from_bytes(head[1:], "big")) if len(head) == 9 else None


def control(state, **request):
    """The answer of the broker of a state directory. Not by nngcat, which costs a process each time that one looks."""
    with SpSocket(f"{state}/run/control.ipc") as asker:
        asker.greet(SpSocket.REQ)
        asker.send(b"\x80\0\0\1" + json.dumps(request).encode())
        answer = asker.receive()
    if answer is None:
        raise ConnectionError("closed without an answer")
    reply = json.loads(answer[4:])
    wire.check_answer(request, reply)
    return reply


def wait_until_followed(broker, follower):
    """Pushes until the follower hears it: nothing tells when a subscription stands."""
    follower.socket.settimeout(0.2)

    def heard():
        broker.push('chat_probe {"type":"probe"}')
        with contextlib.suppress(TimeoutError):
            return follower.receive()
    assert wait_for(heard, "the follower hears").startswith(b"chat_probe ")
    follower.socket.settimeout(DEADLINE_SECONDS)


class Broker:
    """A roomwire-broker with a TCP listener of its own."""

    def __init__(self, *settings, state=None, port=None):
        self.folder = None if state else tempfile.TemporaryDirectory(prefix="roomwire-")
        self.state = Path(state or self.folder.name)
        self.port = port or free_port()
        self.settings = settings
        self.process = None
        self.log_path = self.state / "broker.log"

    def command(self):
        listen = f"broker.listen=127.0.0.1:{self.port} unix:run/broker.sock"
        command = [*WRAPPER, str(BUILD / "bin/roomwire-broker"), "--set", f"paths.state={self.state}", "--set", listen]
        for setting in self.settings:
            command += ["--set", setting]
        return command

    def spawn(self):
        """Without waiting until it is ready."""
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdin=subprocess.DEVNULL)

    def start(self):
        self.spawn()
        wait_for(self.is_ready, "the broker is ready")
        return self

    def is_ready(self):
        assert self.process.poll() is None, self.log()
        return "event=ready" in self.log()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        """SIGTERM, and the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE_SECONDS)
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        status = self.stop()
        log = self.log()
        if self.folder:
            self.folder.cleanup()
        assert status in (0, None), f"exit status {status}\n{log}"
        assert "Sanitizer" not in log and "runtime error" not in log, log

    def url(self, path):
        return f"ws://127.0.0.1:{self.port}{path}"

    def connect(self, path, version1=False, **options):
        options.setdefault("max_size", None)
        if version1:
            options["subprotocols"] = ["roomwire.v1"]
        return wire.connect(self.url(path), **options)

    def sp(self, name):
        return SpSocket(self.state / f"run/{name}.ipc")

    def ipc(self, name):
        return f"ipc://{self.state}/run/{name}.ipc"

    def control(self, **request):
        return control(self.state, **request)

    def push(self, text):
        subprocess.run(["nngcat", "--push", "--dial", self.ipc("ingest"), "--data", text],
                       timeout=DEADLINE_SECONDS, check=True)

    @contextlib.contextmanager
    def follow(self, topic):
        """Lines of the events socket that begin with a topic, as a function that waits for the next one."""
        process = subprocess.Popen(
            ["nngcat", "--sub", "--dial", self.ipc("events"), "--subscribe", topic, "--raw"],
            stdout=subprocess.PIPE, text=True)

        def is_heard():
            self.push(topic + '{"type":"probe"}')
            return select.select([process.stdout], [], [], 0.1)[0]

        def next_line():
            line = process.stdout.readline()
            wire.check_line(line)
            return line
        try:
            wait_for(is_heard, "nngcat follows")
            self.push(topic + '{"type":"last.probe"}')
            assert any('"last.probe"' in line for line in process.stdout)
            yield next_line
        finally:
            process.kill()
            process.wait()


class Pages:
    """A roomwire-fcgi on a socket of its state directory, or on one that listens already."""

    def __init__(self, state, *settings, listening=None):
        self.state = Path(state)
        self.settings = settings
        self.listening = listening
        self.socket = Path(listening.getsockname() if listening else self.state / "run/fcgi.sock")
        self.log_path = self.state / "fcgi.log"
        self.process = None

    def command(self):
        command = [*WRAPPER, str(BUILD / "bin/roomwire-fcgi"), "--set", f"paths.state={self.state}"]
        for setting in self.settings:
            command += ["--set", setting]
        return command

    def start(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdin=self.listening or subprocess.DEVNULL)
        wait_for(self.is_ready, "the pages are ready")
        return self

    def is_ready(self):
        assert self.process.poll() is None, self.log()
        return "event=ready" in self.log()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE_SECONDS)
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        status = self.stop() if self.process else None
        log = self.log()
        assert status in (0, None), f"exit status {status}\n{log}"
        assert "Sanitizer" not in log and "runtime error" not in log, log


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def cookie(self):
        """What a browser would send back."""
        return self.headers["Set-Cookie"].split(";")[0] if self.headers["Set-Cookie"] else None


class WebServer:
    """A lighttpd on a free port: before the FastCGI socket of pages, or with them as a CGI program at /chat.cgi."""

    FASTCGI = """
server.modules = ("mod_fastcgi")
fastcgi.server = ("/" => ((
    "socket" => "{pages.socket}", "check-local" => "disable", "fix-root-scriptname" => "enable")))
"""
    CGI = """
server.modules = ("mod_cgi")
cgi.assign = (".cgi" => "")
"""

    def __init__(self, pages, plain_cgi=False):
        self.pages = pages
        self.plain_cgi = plain_cgi
        self.folder = tempfile.TemporaryDirectory(prefix="roomwire-web-")
        self.port = free_port()
        self.process = None

    def write_files(self):
        folder = Path(self.folder.name)
        if self.plain_cgi:
            script = folder / "chat.cgi"
            script.write_text(f"#!/bin/sh\nexec {shlex.join(self.pages.command())}\n")
            script.chmod(0o755)
        configuration = folder / "lighttpd.conf"
        configuration.write_text(f"""server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {self.port}
server.errorlog = "{folder}/web.log"
server.stream-request-body = 2
{(self.CGI if self.plain_cgi else self.FASTCGI).format(pages=self.pages)}""")
        return configuration

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/sbin/lighttpd", "-D", "-f", str(self.write_files())],
                                        stdin=subprocess.DEVNULL)
        wait_for(self.is_listening, "the web server listens")
        return self

    def is_listening(self):
        assert self.process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self):
        path = Path(self.folder.name) / "web.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(DEADLINE_SECONDS)
        log = self.log()
        self.folder.cleanup()
        assert "Sanitizer" not in log and "runtime error" not in log, log

    def ask(self, method, path, body=None, **headers):
        """One request, no redirect is followed. Underscores in the names of headers are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request(method, path, body, {
                name.replace("_", "-"): value for name, value in headers.items() if value is not None})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields, **headers):
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.ask("POST", path, urllib.parse.urlencode(fields), **headers)


class Site:
    """scripts/run on a free port; started only where the test does not expect it to fail."""

    def __init__(self, *arguments, web="lighttpd", state=None):
        self.folder = tempfile.TemporaryDirectory(prefix="roomwire-run-")
        self.state = Path(state or self.folder.name)
        self.log = Path(self.folder.name) / "run.log"
        self.command = [str(TOP / "scripts/run"), "--state", str(self.state), "--web", web, *arguments]
        if "--port" not in arguments:
            self.command += ["--port", "0"]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.url = wait_for(self.ready, "the site is ready", 60)
        return self

    def ready(self):
        assert self.process.poll() is None, self.log.read_text()
        match = re.search(r"^ready: (http://\S+)$", self.log.read_text(), re.M)
        return match and match.group(1)

    def stop(self, number=signal.SIGTERM):
        """The exit status; nothing that knows of the state directory may be left."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        status = self.process.wait(20)
        wait_for(lambda: not processes_of(self.state), "all processes have ended")
        return status

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        log = self.log.read_text()
        self.folder.cleanup()
        assert "Sanitizer" not in log and "runtime error" not in log, log

    @property
    def port(self):
        return urllib.parse.urlsplit(self.url).port

    def control(self, **request):
        return control(self.state, **request)

    def pid(self, name):
        return int((self.state / f"run/{name}.pid").read_text())

    def at(self, path):
        """An address of the same host, outside the mount."""
        return urllib.parse.urljoin(self.url, path)

    def get(self, path=""):
        return get(self.url + path)

    def socket(self, room):
        return wire.connect(re.sub(r"^http://([^/]+)/.*", rf"ws://\1/ws/chat/{room}/", self.url))


def processes_of(state):
    """Command lines that name a state directory; a zombie has none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{state}/" in command or f"paths.state={state}" in command:
                found.append(command)
    return found


def get(url, **headers):
    status, _, body = fetch(url, **headers)
    return status, body


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


async def receive(connection, seconds=DEADLINE_SECONDS):
    return json.loads(await asyncio.wait_for(connection.recv(), seconds))


async def receive_type(connection, kind):
    """The next object of a type; others are passed over."""
    while True:
        message = await receive(connection)
        if message.get("type") == kind:
            return message


async def is_silent(connection, seconds=0.3):
    """Whether nothing comes: the one thing that only time can show."""
    try:
        await asyncio.wait_for(connection.recv(), seconds)
    except asyncio.TimeoutError:
        return True
    return False


def raw_request(port, data, seconds=DEADLINE_SECONDS):
    """Sends bytes and reads until the other side closes, or answers 101."""
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(data)
        answer = b""
        while not answer.startswith(b"HTTP/1.1 101"):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        return answer


def status_of(answer):
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else None
