# SPDX-License-Identifier: MIT
"""Judges what a history holds by what its writers and readers have noted: nothing that was acknowledged is lost or
twice, nothing has a gap, and all have seen the same. Knows no sockets: lists in, sentences out."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """A message as the database has it."""

    seq: int
    text: str
    ref: str = None
    time: int = 0


@dataclass
class Writer:
    """What somebody has said in a room: texts by their refs, in the order of saying, and the answers."""

    name: str
    room: str
    said: dict = field(default_factory=dict)
    acks: list = field(default_factory=list)  # (ref, seq), as often as they came
    refused: set = field(default_factory=set)  # refs that got an error and were said again: these may come later


@dataclass
class Reader:
    """What somebody has heard in a room, whose last message had the number start when it began."""

    name: str
    room: str
    start: int = 0
    heard: list = field(default_factory=list)  # (seq, text)
    complaints: list = field(default_factory=list)

    @property
    def position(self):
        return self.heard[-1][0] if self.heard else self.start


def judge_room(name, rows):
    """Rows in the order in which they were committed."""
    for before, row in zip([Row(0, "")] + rows, rows):
        if row.seq != before.seq + 1:
            yield f"{name}: {row.seq} follows {before.seq}"
        if row.time < before.time:
            yield f"{name}: the time goes back at {row.seq}"
    for ref, count in Counter(row.ref for row in rows if row.ref).items():
        if count > 1:
            yield f"{name}: {ref} is there {count} times"


def judge_acks(writer, rows_by_ref):
    first = {}
    for ref, seq in writer.acks:
        if first.setdefault(ref, seq) != seq:
            yield f"{writer.name}: {ref} was acknowledged as {first[ref]} and as {seq}"
    for ref, seq in first.items():
        row = rows_by_ref.get(ref)
        if row is None:
            yield f"{writer.name}: {ref} was acknowledged and is lost"
        elif row.seq != seq:
            yield f"{writer.name}: {ref} was acknowledged as {seq} and is {row.seq}"
    for ref in writer.said.keys() - first.keys():
        yield f"{writer.name}: {ref} was never acknowledged"


def judge_writer(writer, rows_by_ref):
    yield from judge_acks(writer, rows_by_ref)
    last = 0
    for ref, text in writer.said.items():
        row = rows_by_ref.get(ref)
        if row is None:
            continue
        if row.text != text:
            yield f"{writer.name}: {ref} is not what was said"
        if ref in writer.refused:
            continue
        if row.seq < last:
            yield f"{writer.name}: {ref} has come before what was said before it"
        last = row.seq


def judge_reader(reader, texts):
    """texts by their numbers."""
    yield from (f"{reader.name}: {complaint}" for complaint in reader.complaints)
    before = reader.start
    for seq, text in reader.heard:
        if seq != before + 1:
            yield f"{reader.name}: heard {seq} behind {before}"
        if texts.get(seq) != text:
            yield f"{reader.name}: heard something else at {seq}"
        before = seq
    if before != max(texts, default=0):
        yield f"{reader.name}: ends at {before} of {max(texts, default=0)}"


def judge(rows_by_room, writers, readers):
    """All that is wrong, a sentence each; nothing when all promises were kept."""
    found = []
    refs = {room: {row.ref: row for row in rows} for room, rows in rows_by_room.items()}
    texts = {room: {row.seq: row.text for row in rows} for room, rows in rows_by_room.items()}
    for room, rows in rows_by_room.items():
        found += judge_room(room, rows)
    for writer in writers:
        found += judge_writer(writer, refs[writer.room])
    for reader in readers:
        found += judge_reader(reader, texts[reader.room])
    return found + list(judge_strangers(rows_by_room, writers))


def judge_strangers(rows_by_room, writers):
    """What stands behind a room's first message of ours, and nobody has said."""
    for room, rows in rows_by_room.items():
        ours = {ref for writer in writers if writer.room == room for ref in writer.said}
        first = next((row.seq for row in rows if row.ref in ours), None)
        for row in rows:
            if first and row.seq > first and row.ref not in ours:
                yield f"{room}: nobody has said {row.seq}"
