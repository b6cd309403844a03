# SPDX-License-Identifier: MIT
"""A program with a key, which uses a site over HTTP."""

import http.client
import json

from manage import objects_of
from stack import DEADLINE_SECONDS, wait_for


class ProgramReply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        assert self.headers["Content-Type"] == "application/json", self.text
        return json.loads(self.text)

    @property
    def result(self):
        return self.status, self.json.get("error", "ok")


class Program:
    """key None: it shows none. prefix stands before all paths."""

    def __init__(self, port, key=None, prefix=""):
        self.port = port
        self.key = key
        self.prefix = prefix

    def ask(self, method, path, body=None, **headers):
        """body is bytes, or what is sent as JSON. Underscores in the names of headers are hyphens."""
        sent = {"Authorization": f"Bearer {self.key}" if self.key else None,
                "Content-Type": None if body is None else "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request(method, self.prefix + path, body,
                               {name: value for name, value in sent.items() if value is not None})
            return ProgramReply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, **headers)

    def say(self, text, room="lobby", **headers):
        return self.post(f"/api/rooms/{room}/messages", {"message": text}, **headers)


def persist(ask):
    """What is answered in the end, by a program that comes back when it is told to."""
    def answered():
        reply = ask()
        return reply if reply.status != 503 else None
    return wait_for(answered, "it is answered")


def make_key(state, *scopes, rooms=(), name="bot"):
    """What roomwire-manage says about a new one."""
    options = [f"--scope={scope}" for scope in scopes] + [f"--room={room}" for room in rooms]
    [made] = objects_of(state, "apikey", "add", name, *options)
    return made
