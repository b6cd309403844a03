# SPDX-License-Identifier: MIT
"""Judges what the brokers of one site have told writers and readers. All brokers have one history, and all readers hear
one order; no acknowledged message is lost or doubled; no epoch has a gap; there are no more epochs than the run allows.
Knows no sockets: lists in, sentences out. crash_checker judges a single epoch."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

import crash_checker
from crash_checker import Reader, Row

UNREAD_SECONDS = 2  # from a refusal that was read to one of the same trouble that was not


@dataclass(frozen=True)
class Kept:
    """What a broker keeps of a room at the end."""

    epoch: str
    rows: list


@dataclass
class Writer(crash_checker.Writer):
    epochs: list = field(default_factory=list)  # one for each of acks
    errors: set = field(default_factory=set)  # (broker, second in which it told this writer of one)
    left: list = field(default_factory=list)  # (broker, second, refs that were pending when the connection ended)

    def unread_refusals(self, errors):
        """The refs that may have been refused in an answer that was never read: those that were pending when a
        connection ended at about the time that its broker refused somebody."""
        return {ref for broker, second, pending in self.left for ref in pending
                if any((broker, second + i) in errors for i in range(-UNREAD_SECONDS, UNREAD_SECONDS + 1))}

    def within(self, epoch):
        """This writer without the messages that only other epochs have acknowledged. A message that several epochs have
        acknowledged was said again in the later one."""
        acks = [ack for ack, told in zip(self.acks, self.epochs) if told == epoch]
        elsewhere = {ref for (ref, _), told in zip(self.acks, self.epochs) if told != epoch}
        only_elsewhere = elsewhere - {ref for ref, _ in acks}
        return replace(self, acks=acks, refused=self.refused | elsewhere,
                       said={ref: text for ref, text in self.said.items() if ref not in only_elsewhere})


@dataclass
class Chapters:
    """What a listener has heard in a room, by epoch."""

    name: str
    room: str
    read: list = field(default_factory=list)  # (epoch, Reader)
    complaints: list = field(default_factory=list)

    def begin(self, epoch, start):
        self.read.append((epoch, Reader(self.name, self.room, start)))

    @property
    def epoch(self):
        return self.read[-1][0] if self.read else None

    @property
    def last(self):
        return self.read[-1][1]

    @property
    def position(self):
        return self.last.position if self.read else 0

    def within(self, epoch):
        return [reader for told, reader in self.read if told == epoch]


def judge_brokers(kept):
    """kept: broker name -> room -> Kept."""
    (first, rooms), *others = kept.items()
    for broker, told in others:
        for room in rooms:
            if told[room] != rooms[room]:
                yield f"{room}: {broker} has another history of it than {first}"


def judge_epochs(room, last_epoch, readers, renewals):
    epochs = {last_epoch}.union(*([epoch for epoch, _ in reader.read] for reader in readers))
    if len(epochs) > renewals + 1:
        yield f"{room}: {len(epochs)} epochs after {renewals} losses"
    for reader in readers:
        told = [epoch for epoch, _ in reader.read]
        if any(count > 1 for count in Counter(told).values()):
            yield f"{reader.name}: went back to an epoch: {told}"
        if told[-1:] != [last_epoch]:
            yield f"{reader.name}: ends in another epoch than {room}"


def judge_lost_epoch(epoch, writers, readers):
    """Nobody keeps a lost epoch: only what was heard and acknowledged can be judged."""
    texts = {}
    for reader in readers:
        before = reader.start
        for seq, text in reader.heard:
            if texts.setdefault(seq, text) != text:
                yield f"{reader.name}: heard something else at {seq} of {epoch}"
            if before is not None and seq != before + 1:
                yield f"{reader.name}: heard {seq} behind {before} of {epoch}"
            before = seq
    for text, count in Counter(texts.values()).items():
        if count > 1:
            yield f"{epoch}: {text!r} was heard {count} times"
    for writer in writers:
        for ref, seq in writer.within(epoch).acks:
            if texts.get(seq, writer.said[ref]) != writer.said[ref]:
                yield f"{writer.name}: {ref} was acknowledged as {seq} of {epoch}, which is something else"


def judge_last_epoch(room, kept, writers, readers):
    told = crash_checker.Room(kept.rows, crash_checker.said_in(room, writers))
    yield from crash_checker.judge_room(room, kept.rows)
    for writer in writers:
        yield from crash_checker.judge_writer(writer.within(kept.epoch), told)
    for reader in readers:
        yield from crash_checker.judge_reader(reader, told)
    yield from crash_checker.judge_strangers({room: kept.rows}, writers)


def judge_room(room, kept, writers, readers, renewals):
    for reader in readers:
        yield from (f"{reader.name}: {complaint}" for complaint in reader.complaints)
    yield from judge_epochs(room, kept.epoch, readers, renewals)
    for epoch in {epoch for reader in readers for epoch, _ in reader.read} - {kept.epoch}:
        yield from judge_lost_epoch(epoch, writers, [part for reader in readers for part in reader.within(epoch)])
    yield from judge_last_epoch(room, kept, writers, [part for reader in readers for part in reader.within(kept.epoch)])


def judge(kept, writers, readers, renewals=0):
    """A sentence for each fault; empty when there is none. renewals: how often the test has deleted everything that was
    said."""
    errors = set().union(*(one.errors for one in writers))
    writers = [replace(one, refused=one.refused | one.unread_refusals(errors)) for one in writers]
    found = list(judge_brokers(kept))
    for room, told in next(iter(kept.values())).items():
        found += judge_room(room, told, [one for one in writers if one.room == room],
                            [one for one in readers if one.room == room], renewals)
    return found


def rows_of(messages):
    """The rows of a history as the control socket tells it. Each text begins with its ref."""
    return [Row(message["seq"], message["message"], message["message"].split(" ")[0],
                datetime.fromisoformat(message["time"]).timestamp()) for message in messages]
