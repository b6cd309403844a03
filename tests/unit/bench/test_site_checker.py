# SPDX-License-Identifier: MIT
"""The judge of several brokers finds each thing that can be wrong with a history, and nothing in one that is right."""

import copy
from dataclasses import replace

import pytest
from checker import Chapters, Kept, Row, Writer, judge

ROOM = "lobby"
TEXTS = ["a-0 one", "b-0 two", "a-1 three", "b-1 four"]
OLD_TEXTS = ["a-9 gone", "b-9 gone too"]


def ref_of(text):
    return text.split(" ")[0]


class Run:
    """Two who write, two who read, on two brokers, and everything as it has to be. With an epoch that was lost before,
    when there is to be one."""

    def __init__(self, has_lost=False):
        self.renewals = int(has_lost)
        rows = [Row(seq, text, ref_of(text), seq) for seq, text in enumerate(TEXTS, 1)]
        self.kept = {broker: {ROOM: Kept("new", list(rows))} for broker in ("east", "west")}
        self.writers = [Writer(name, ROOM) for name in ("a", "b")]
        self.readers = [Chapters(name, ROOM) for name in ("ann", "bob")]
        if has_lost:
            self.happen("old", OLD_TEXTS)
        self.happen("new", TEXTS)

    def happen(self, epoch, texts):
        for reader in self.readers:
            reader.begin(epoch, 0)
            reader.last.heard += list(enumerate(texts, 1))
        for seq, text in enumerate(texts, 1):
            writer = self.writers[text[0] == "b"]
            writer.said[ref_of(text)] = text
            writer.acks.append((ref_of(text), seq))
            writer.epochs.append(epoch)

    @property
    def rooms(self):
        return [told[ROOM] for told in self.kept.values()]

    def in_all(self, change):
        """In what all brokers keep."""
        for told in self.kept.values():
            change(told[ROOM].rows)

    def complaints(self):
        return judge(self.kept, self.writers, self.readers, self.renewals)


def lose_an_acked_one(run):
    run.in_all(lambda rows: rows.pop())
    for reader in run.readers:
        reader.last.heard.pop()


def keep_twice(run):
    run.in_all(lambda rows: rows.append(replace(rows[0], seq=5)))
    for reader in run.readers:
        reader.last.heard.append((5, TEXTS[0]))


def keep_with_a_gap(run):
    def change(rows):
        rows[3] = replace(rows[3], seq=5)
    run.in_all(change)


def keep_what_nobody_said(run):
    run.in_all(lambda rows: rows.append(Row(5, "c-0 what?", "c-0", 5)))
    for reader in run.readers:
        reader.last.heard.append((5, "c-0 what?"))


def turn_the_time_back(run):
    def change(rows):
        rows[2] = replace(rows[2], time=0)
    run.in_all(change)


def keep_another_text(run):
    def change(rows):
        rows[2] = replace(rows[2], text="a-1 tree")
    run.in_all(change)


def keep_differently(run):
    run.kept["west"][ROOM].rows.pop()


def number_differently(run):
    run.kept["west"][ROOM] = Kept("other", run.kept["west"][ROOM].rows)


def ack_another_number(run):
    run.writers[0].acks[-1] = (run.writers[0].acks[-1][0], 4)


def ack_twice_differently(run):
    writer = run.writers[0]
    writer.acks.append((writer.acks[-1][0], 4))
    writer.epochs.append("new")


def never_ack(run):
    run.writers[1].acks.pop()
    run.writers[1].epochs.pop()


def say_in_another_order(run):
    writer = run.writers[0]
    writer.said = dict(reversed(writer.said.items()))


def hear_twice(run):
    run.readers[0].last.heard.insert(1, run.readers[0].last.heard[0])


def hear_a_gap(run):
    del run.readers[0].last.heard[1]


def hear_in_another_order(run):
    heard = run.readers[0].last.heard
    heard[1], heard[2] = heard[2], heard[1]


def hear_something_else(run):
    run.readers[1].last.heard[2] = (3, "a-1 tree")


def hear_not_to_the_end(run):
    run.readers[1].last.heard.pop()


def complain(run):
    run.readers[0].complaints.append("was greeted with a slap")


def begin_another_epoch(run):
    run.readers[0].read.insert(0, ("ancient", copy.deepcopy(run.readers[0].last)))


def go_back_to_an_epoch(run):
    run.readers[0].begin("other", 0)
    run.readers[0].begin("new", 4)


def end_in_another_epoch(run):
    run.readers[0].read[-1] = ("newer", run.readers[0].last)


def hear_a_gap_of_old(run):
    run.readers[0].read[0][1].heard.insert(1, (3, "b-8 skipped"))


def hear_something_else_of_old(run):
    run.readers[0].read[0][1].heard[0] = (1, "a-8 not that")


def hear_twice_of_old(run):
    for reader in run.readers:
        reader.read[0][1].heard.append((3, OLD_TEXTS[0]))


def ack_something_else_of_old(run):
    run.writers[0].acks[0] = (run.writers[0].acks[0][0], 2)


WRONG = (lose_an_acked_one, keep_twice, keep_with_a_gap, keep_what_nobody_said, turn_the_time_back, keep_another_text,
         keep_differently, number_differently, ack_another_number, ack_twice_differently, never_ack,
         say_in_another_order, hear_twice, hear_a_gap, hear_in_another_order, hear_something_else,
         hear_not_to_the_end, complain, begin_another_epoch, go_back_to_an_epoch, end_in_another_epoch)
WRONG_OF_OLD = (hear_a_gap_of_old, hear_something_else_of_old, hear_twice_of_old, ack_something_else_of_old)


@pytest.mark.parametrize("has_lost", [False, True])
def test_nothing_is_found_where_nothing_is_wrong(has_lost):
    assert Run(has_lost).complaints() == []


@pytest.mark.parametrize("has_lost", [False, True])
@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
def test_what_is_wrong_is_found(spoil, has_lost):
    run = Run(has_lost)
    spoil(run)
    assert run.complaints()


@pytest.mark.parametrize("spoil", WRONG_OF_OLD, ids=lambda spoil: spoil.__name__)
def test_what_was_wrong_in_an_epoch_that_is_lost_is_found(spoil):
    run = Run(has_lost=True)
    spoil(run)
    assert run.complaints()


def test_an_epoch_may_only_end_where_the_run_takes_it_away():
    run = Run(has_lost=True)
    run.renewals = 0
    assert run.complaints() == ["lobby: 2 epochs after 0 losses"]


def test_who_was_refused_may_come_later():
    run = Run()
    say_in_another_order(run)
    run.writers[0].refused.update(run.writers[0].said)
    assert run.complaints() == []


@pytest.mark.parametrize("broker, second, complaints", [("east", 9, 0), ("east", 12, 0), ("east", 13, 1), ("west", 10, 1)])
def test_who_may_have_been_refused_unread_may_come_later(broker, second, complaints):
    run = Run()
    say_in_another_order(run)
    run.writers[0].left.append(("east", 10, tuple(run.writers[0].said)))
    run.writers[1].errors.add((broker, second))
    assert len(run.complaints()) == complaints


def test_what_was_lost_with_its_epoch_may_be_said_again():
    run = Run(has_lost=True)
    text = OLD_TEXTS[0]
    run.in_all(lambda rows: rows.append(Row(5, text, ref_of(text), 5)))
    run.writers[0].acks.append((ref_of(text), 5))
    run.writers[0].epochs.append("new")
    for reader in run.readers:
        reader.last.heard.append((5, text))
    assert run.complaints() == []
