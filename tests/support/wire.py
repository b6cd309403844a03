# SPDX-License-Identifier: MIT
"""Holds what goes over the wire to the schema of the protocol, object by object, and remembers which it has seen."""

import json
from pathlib import Path

import websockets
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[2] / "web/static/roomwire.v1.schema.json"
DEFINITIONS = json.loads(SCHEMA.read_text())["$defs"]
ROOM = "/ws/chat/"

seen = {}  # the last object of each definition, by its name
_validators = {}


def resolved(schema):
    """With every definition in the place of its name: looking them up takes longer than all the rest."""
    if isinstance(schema, list):
        return [resolved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: resolved(part) for key, part in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return parts
    definition = resolved(definition_at(schema["$ref"]))
    return {"allOf": [definition, parts]} if parts else definition


def definition_at(reference):
    assert reference.startswith("#/$defs/")
    return DEFINITIONS[reference.removeprefix("#/$defs/")]


def check(name, value):
    """Raises where the value is not what the definition of that name says."""
    if name not in _validators:
        assert name in DEFINITIONS, f"the protocol knows no {name}: {value}"
        _validators[name] = Draft202012Validator(resolved(DEFINITIONS[name]))
    problem = next(_validators[name].iter_errors(value), None)
    assert problem is None, f"{name} {value} is not the protocol's: {problem.message}"
    seen[name] = value


def check_v1(value):
    """An object from the broker to a client of roomwire.v1."""
    kind = value.get("type")
    check(kind if kind in words_of_broker() else "event", value)


def check_v1_said(value):
    check(f"client_{value['type']}", value)


def check_plain(value):
    """An object from the broker to a client without a subprotocol."""
    check("plain_message" if "user" in value else "plain_error" if "error" in value else "plain_announcement", value)


def check_line(line):
    """Of the events socket: the group, a blank, and an event."""
    group, event = line.split(" ", 1)
    check("group", group)
    value = json.loads(event)
    words = {"chat.message": "line_message", "edit": "line_edit", "delete": "line_delete"}
    check(words.get(value["type"], "line_event"), value)


def check_answer(request, answer):
    """What was answered ok was asked well, too."""
    if not answer["ok"]:
        check("refusal", answer)
        return
    check(f"request_{request['op']}", request)
    check(f"answer_{request['op']}", answer)


def rows_of(name):
    """A definition, and those that it stands on."""
    row = DEFINITIONS[name]
    return [row, *(rows_of(row["$ref"].removeprefix("#/$defs/")) if "$ref" in row else [])]


def required_of(name):
    return [member for row in rows_of(name) for member in row.get("required", [])]


def properties_of(name):
    return [member for row in rows_of(name) for member in row.get("properties", {})]


def words_of_broker():
    return {row["$ref"].removeprefix("#/$defs/") for row in DEFINITIONS["from_broker"]["oneOf"]} - {"event"}


def check_heard(path, protocol, text):
    """What a client of an address has received; only rooms speak the protocol."""
    if path.startswith(ROOM):
        (check_v1 if protocol == "roomwire.v1" else check_plain)(json.loads(text))


class CheckedClient(websockets.WebSocketClientProtocol):
    """A client that looks at each text before the test does."""

    async def recv(self):
        data = await super().recv()
        if isinstance(data, str):
            check_heard(self.path, self.subprotocol, data)
        return data


def connect(url, **options):
    return websockets.connect(url, create_protocol=CheckedClient, **options)
