# SPDX-License-Identifier: MIT
"""Someone in a room who says, edits and deletes, and hears it."""

import asyncio
import contextlib
import functools
import json

from stack import receive, receive_type

ROOM = "/ws/chat/lobby/"
SECRET = "zanzibar"


def story(coroutine):
    """A test that is told to the end."""
    @functools.wraps(coroutine)
    def told(*arguments, **named):
        asyncio.run(coroutine(*arguments, **named))
    return told


@contextlib.asynccontextmanager
async def member(broker, query="", version1=True, cookie=None):
    """Someone in the lobby, with the welcome that came first."""
    headers = {"Cookie": cookie} if cookie else {}
    async with broker.connect(f"{ROOM}{query}", version1=version1, extra_headers=headers) as connection:
        connection.welcome = await receive_type(connection, "welcome") if version1 else None
        yield connection


async def answer_to(connection, ref="r", **frame):
    await connection.send(json.dumps({**frame, "ref": ref}))
    while True:
        answer = await receive(connection)
        if answer.get("ref") == ref:
            return answer


async def say(connection, text, ref="say"):
    return (await answer_to(connection, ref, type="message", message=text))["seq"]


async def edit(connection, target, text, ref="edit"):
    return await answer_to(connection, ref, type="edit", target=target, message=text)


async def delete(connection, target, ref="delete"):
    return await answer_to(connection, ref, type="delete", target=target)


async def hear(connection, count=1, types=("message", "edit", "delete")):
    heard = []
    while len(heard) < count:
        event = await receive(connection)
        if event["type"] in types:
            heard.append(event)
    return heard


def rows(broker, **page):
    return broker.control(op="history", room="lobby", **(page or {"after": 0}))["messages"]


def short(row):
    return {key: row[key] for key in ("seq", "type", "target", "message", "deleted") if key in row}
