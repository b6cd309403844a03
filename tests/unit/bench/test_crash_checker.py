# SPDX-License-Identifier: MIT
"""tests/support/crash_checker.py: each promise that is broken is found, and none where all were kept."""

from dataclasses import replace

import pytest
from crash_checker import Change, Reader, Row, Writer, judge

ROWS = [Row(1, "before", None, 5), Row(2, "one", "a1", 10), Row(3, "two", "b1", 10), Row(4, "three", "a2", 20)]


def writers():
    return [Writer("ann", "r", {"a1": "one", "a2": "three"}, [("a1", 2), ("a1", 2), ("a2", 4)]),
            Writer("bob", "r", {"b1": "two"}, [("b1", 3)])]


def readers():
    heard = [(row.seq, row.text) for row in ROWS]
    return [Reader("all", "r", 0, heard), Reader("late", "r", 2, heard[2:]), Reader("last", "r", 4, [])]


def without(rows, seq):
    return [row for row in rows if row.seq != seq]


def changed(rows, seq, **fields):
    return [replace(row, **fields) if row.seq == seq else row for row in rows]


def found_in(rows=ROWS, spoil=lambda writers, readers: None):
    ours, theirs = writers(), readers()
    spoil(ours, theirs)
    return judge({"r": list(rows)}, ours, theirs)


def test_kept_promises_are_no_complaint():
    assert found_in() == []


def test_room_in_which_nothing_was_said_is_no_complaint():
    assert judge({"r": []}, [Writer("ann", "r")], [Reader("all", "r")]) == []


@pytest.mark.parametrize("rows, complaint", [
    (ROWS[:-1], "ann: a2 was acknowledged and is lost"),
    (without(ROWS, 3), "bob: b1 was acknowledged and is lost"),
    (without(ROWS, 3), "r: 4 follows 2"),
    (without(ROWS, 1), "r: 2 follows 0"),
    ([*ROWS, Row(5, "one", "a1", 20)], "r: a1 is there 2 times"),
    ([*ROWS, Row(4, "x", "x", 20)], "r: 4 follows 4"),
    ([*ROWS, Row(5, "x", "x", 20)], "r: nobody has said 5"),
    ([ROWS[0], ROWS[2], ROWS[1], ROWS[3]], "r: 2 follows 3"),
    (changed(ROWS, 4, time=9), "r: the time goes back at 4"),
    (changed(ROWS, 2, text="won"), "ann: a1 is not what was said"),
    (changed(ROWS, 2, text="won"), "all: shows something else at 2 in the end"),
    (changed(changed(ROWS, 2, ref="b1"), 3, ref="a1"), "ann: a1 was acknowledged as 2 and is 3"),
    ([*ROWS, Row(5, "x", "x", 20)], "all: ends at 4 of 5"),
])
def test_wrong_row_is_found(rows, complaint):
    assert complaint in found_in(rows)


@pytest.mark.parametrize("heard, complaint", [
    ([(1, "before"), (2, "one"), (4, "three")], "all: heard 4 behind 2"),
    ([(1, "before"), (2, "one"), (2, "one"), (3, "two"), (4, "three")], "all: heard 2 behind 2"),
    ([(1, "before"), (3, "two"), (2, "one"), (4, "three")], "all: heard 2 behind 3"),
    ([(1, "before"), (2, "one"), (3, "two")], "all: ends at 3 of 4"),
    ([(1, "before"), (2, "one"), (3, "too"), (4, "three")], "all: heard something else at 3"),
    ([(1, "before"), (2, "one"), (3, "two"), (4, "three"), (5, "four")], "all: heard something else at 5"),
])
def test_wrong_hearing_is_found(heard, complaint):
    assert complaint in found_in(spoil=lambda _, theirs: setattr(theirs[0], "heard", heard))


def test_ack_of_another_number_is_found():
    found = found_in(spoil=lambda ours, _: ours[0].acks.append(("a1", 5)))
    assert found == ["ann: a1 was acknowledged as 2 and as 5"]


def test_missing_ack_is_found():
    found = found_in(spoil=lambda ours, _: ours[1].acks.clear())
    assert found == ["bob: b1 was never acknowledged"]


def test_disorder_of_a_writer_is_found_but_for_what_was_refused():
    def turn_round(ours, _):
        ours[0].said = {"a2": "three", "a1": "one"}

    def refuse(ours, theirs):
        turn_round(ours, theirs)
        ours[0].refused.add("a2")
    assert found_in(spoil=turn_round) == ["ann: a1 has come before what was said before it"]
    assert found_in(spoil=refuse) == []


def test_complaint_of_a_reader_is_passed_on():
    found = found_in(spoil=lambda _, theirs: theirs[1].complaints.append("was not recovered"))
    assert found == ["late: was not recovered"]


# Of ROWS the second is edited twice and then deleted, the third is edited.
SAID = {"a1": "one", "a2": Change(2, "1"), "a3": Change(2, "eins"), "a4": Change(2)}
CHANGED = [Row(1, "before", None, 5), Row(2, "", "a1", 10), Row(3, "zwei", "b1", 10), Row(4, Change(2, ""), "a2", 20),
           Row(5, Change(2, ""), "a3", 20), Row(6, Change(2), "a4", 20), Row(7, Change(3, "zwei"), "b2", 20)]
LIVE = [(1, "before"), (2, "one"), (3, "two"), (4, Change(2, "1")), (5, Change(2, "eins")), (6, Change(2)),
        (7, Change(3, "zwei"))]


def found_in_changes(rows=CHANGED, heard=LIVE, said=SAID):
    writers = [Writer("ann", "r", dict(said), [("a1", 2), ("a2", 4), ("a3", 5), ("a4", 6)]),
               Writer("bob", "r", {"b1": "two", "b2": Change(3, "zwei")}, [("b1", 3), ("b2", 7)])]
    return judge({"r": rows}, writers, [Reader("all", "r", 0, heard)])


@pytest.mark.parametrize("heard", [LIVE, [(row.seq, row.text) for row in CHANGED], [*LIVE[:2], (3, "zwei"), *LIVE[3:]],
                                   [*LIVE[:1], (2, "eins"), *LIVE[2:4], (5, Change(2, "")), *LIVE[5:]]],
                         ids=["live", "afterwards", "edited before", "between two changes"])
def test_changes_that_are_done_are_no_complaint(heard):
    assert found_in_changes(heard=heard) == []


@pytest.mark.parametrize("rows, complaint", [
    (changed(CHANGED, 2, text="one"), "ann: a1 is not what was said"),
    (changed(CHANGED, 2, text="eins"), "all: shows something else at 2 in the end"),
    (changed(CHANGED, 3, text="two"), "bob: b1 is not what was said"),
    (changed(CHANGED, 3, text=""), "bob: b1 is not what was said"),
    (changed(CHANGED, 4, text=Change(2, "1")), "ann: a2 is not what was said"),
    (changed(CHANGED, 7, text=Change(3, "")), "bob: b2 is not what was said"),
    (changed(CHANGED, 7, text=Change(2, "zwei")), "bob: b2 is not what was said"),
    (changed(CHANGED, 6, text="x"), "ann: a4 is not what was said"),
    (without(CHANGED, 6), "ann: a4 was acknowledged and is lost"),
    ([*CHANGED, Row(8, Change(9, "x"), "x", 20)], "r: 8 changes 9, which is no message before it"),
    ([*CHANGED, Row(8, Change(7, "x"), "x", 20)], "r: 8 changes 7, which is no message before it"),
    ([*CHANGED, Row(8, Change(2, "x"), "x", 20)], "r: 8 changes 2, which is deleted"),
])
def test_wrong_change_is_found(rows, complaint):
    assert complaint in found_in_changes(rows)


@pytest.mark.parametrize("heard, complaint", [
    ([*LIVE[:6], (7, Change(3, "drei"))], "all: heard something else at 7"),
    ([*LIVE[:6], (7, Change(2, "zwei"))], "all: heard something else at 7"),
    ([*LIVE[:6], (7, Change(3))], "all: heard something else at 7"),
    ([*LIVE[:6], (7, "zwei")], "all: heard something else at 7"),
    ([*LIVE[:5], (7, Change(3, "zwei"))], "all: heard 7 behind 5"),
    ([*LIVE[:5], (7, Change(3, "zwei"))], "all: shows something else at 2 in the end"),
    ([*LIVE[:2], (3, "eins"), *LIVE[3:]], "all: heard something else at 3"),
    (LIVE[:6], "all: ends at 6 of 7"),
])
def test_wrong_hearing_of_a_change_is_found(heard, complaint):
    assert complaint in found_in_changes(heard=heard)
