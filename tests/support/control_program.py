# SPDX-License-Identifier: MIT
"""A program that uses a broker over control."""

import json

import wire
from stack import SpSocket


class Program:
    """A program with a connection of its own to the control socket, on which several requests may wait."""

    def __init__(self, broker):
        self.sp = SpSocket(broker.state / "run/control.ipc")
        assert self.sp.greet(SpSocket.REQ) == SpSocket.REP
        self.last_id = 0x80000000
        self.requests, self.answers = {}, {}
        hub = getattr(broker, "hub", None)  # where an edge's channels are, and are counted
        self.hub = Program(hub) if hub else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.hub:
            self.hub.sp.socket.close()
        self.sp.socket.close()

    def begin(self, **request):
        self.last_id += 1
        self.requests[self.last_id] = request
        self.sp.send(self.last_id.to_bytes(4, "big") + json.dumps(request).encode())
        return self.last_id

    def end(self, request_id):
        while request_id not in self.answers:
            message = self.sp.receive()
            assert message is not None, "the broker has closed the connection"
            self.answers[int.from_bytes(message[:4], "big")] = json.loads(message[4:])
        answer = self.answers.pop(request_id)
        wire.check_answer(self.requests.pop(request_id), answer)
        return answer

    def ask(self, **request):
        return self.end(self.begin(**request))

    def do(self, **request):
        answer = self.ask(**request)
        assert answer["ok"], (request, answer)
        return answer

    def refuse(self, **request):
        answer = self.ask(**request)
        assert not answer["ok"] and answer["message"].endswith("."), (request, answer)
        return answer["error"]

    def new_channel(self, **members):
        return self.do(op="new_channel", **members)["channel"]

    def receive(self, channel, timeout_ms=0):
        """The next message, or None."""
        answer = self.ask(op="receive", channel=channel, timeout_ms=timeout_ms)
        assert answer["ok"] or answer["error"] == "empty", answer
        return answer["message"] if answer["ok"] else None

    def send(self, channel, message):
        return self.do(op="send", channel=channel, message=message)

    def group_send(self, group, message):
        return self.do(op="group_send", group=group, event=message)

    def stat(self, name):
        here = self.do(op="stats")["stats"][name]
        return here + self.hub.stat(name) if self.hub else here
