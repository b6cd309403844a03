# SPDX-License-Identifier: MIT
"""Judges what a history holds by what its writers and readers have noted: nothing that was acknowledged is lost or
twice, nothing has a gap, and all have seen the same; an edit or a deletion is done to its message, or not there. Knows
no sockets: lists in, sentences out."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """In the place of a message's text: what is done to another message. A deletion has no text; an edit of what was
    deleted later has an empty one."""

    target: int
    text: str = None


@dataclass(frozen=True)
class Row:
    """A message as the database has it, or a change of one."""

    seq: int
    text: str | Change
    ref: str = None
    time: int = 0


@dataclass
class Writer:
    """What somebody has said in a room: texts and changes by their refs, in the order of saying, and the answers."""

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
    heard: list = field(default_factory=list)  # (seq, text or change)
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


class Room:
    """What a room has come to by its rows, if each says what its writer has said."""

    def __init__(self, rows, said):
        """said: what writers have said, by its ref."""
        self.rows = rows
        self.first = {row.seq: said.get(row.ref, row.text) for row in rows}
        self.versions = {seq: [text] for seq, text in self.first.items()}
        self.deleted, self.complaints = set(), []
        for row in rows:
            if isinstance(self.first[row.seq], Change):
                self.do(row.seq, self.first[row.seq])

    def do(self, seq, change):
        if isinstance(self.first.get(change.target, change), Change) or change.target > seq:
            self.complaints.append(f"{seq} changes {change.target}, which is no message before it")
        elif change.target in self.deleted:
            self.complaints.append(f"{seq} changes {change.target}, which is deleted")
        else:
            self.versions[change.target].append(change.text or "")
            if change.text is None:
                self.deleted.add(change.target)

    def kept(self, seq):
        """What has to be kept at that number in the end."""
        first = self.first[seq]
        if not isinstance(first, Change):
            return self.versions[seq][-1]
        return Change(first.target, "") if first.text is not None and first.target in self.deleted else first

    def may_be_heard(self, seq, text):
        return text in self.versions.get(seq, ()) or (seq in self.first and text == self.kept(seq))


def shown_by(heard):
    """What a reader shows of each message after all that it has heard."""
    shown = {}
    for seq, text in heard:
        if not isinstance(text, Change):
            shown[seq] = text
        elif text.target in shown:
            shown[text.target] = text.text or ""
    return shown


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


def judge_writer(writer, room):
    rows_by_ref = {row.ref: row for row in room.rows}
    yield from judge_acks(writer, rows_by_ref)
    last = 0
    for ref in writer.said:
        row = rows_by_ref.get(ref)
        if row is None:
            continue
        if row.text != room.kept(row.seq):
            yield f"{writer.name}: {ref} is not what was said"
        if ref in writer.refused:
            continue
        if row.seq < last:
            yield f"{writer.name}: {ref} has come before what was said before it"
        last = row.seq


def judge_reader(reader, room):
    kept = {row.seq: row.text for row in room.rows}
    yield from (f"{reader.name}: {complaint}" for complaint in reader.complaints)
    before = reader.start
    for seq, text in reader.heard:
        if seq != before + 1:
            yield f"{reader.name}: heard {seq} behind {before}"
        if not room.may_be_heard(seq, text):
            yield f"{reader.name}: heard something else at {seq}"
        before = seq
    if before != max(kept, default=0):
        yield f"{reader.name}: ends at {before} of {max(kept, default=0)}"
        return
    for seq, text in shown_by(reader.heard).items():
        if seq in kept and kept[seq] != text:
            yield f"{reader.name}: shows something else at {seq} in the end"


def judge(rows_by_room, writers, readers):
    """All that is wrong, a sentence each; nothing when all promises were kept."""
    found = []
    rooms = {name: Room(rows, said_in(name, writers)) for name, rows in rows_by_room.items()}
    for name, room in rooms.items():
        found += judge_room(name, room.rows)
        found += (f"{name}: {complaint}" for complaint in room.complaints)
    for writer in writers:
        found += judge_writer(writer, rooms[writer.room])
    for reader in readers:
        found += judge_reader(reader, rooms[reader.room])
    return found + list(judge_strangers(rows_by_room, writers))


def said_in(name, writers):
    return {ref: text for writer in writers if writer.room == name for ref, text in writer.said.items()}


def judge_strangers(rows_by_room, writers):
    """What stands behind a room's first message of ours, and nobody has said."""
    for room, rows in rows_by_room.items():
        ours = {ref for writer in writers if writer.room == room for ref in writer.said}
        first = next((row.seq for row in rows if row.ref in ours), None)
        for row in rows:
            if first and row.seq > first and row.ref not in ours:
                yield f"{room}: nobody has said {row.seq}"
