# SPDX-License-Identifier: MIT
"""tests/bench/cases.py: the table holds together."""

import pytest
from bench.cases import CASES, find_cases
from bench.options import parse
from bench.peers import PEERS
from bench.summary import METRICS
from bench.table import COLUMNS, TITLES, UNITS


def test_cases_have_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_names_what_there_is(case):
    lanes = [lane.name for lane in case.lanes]
    assert len(set(lanes)) == len(lanes)
    assert {lane.peer for lane in case.lanes} <= set(PEERS)
    assert {case.metric, *(bar.metric for bar in case.bars)} <= set(METRICS)
    assert {bar.against for bar in case.bars if bar.against} <= set(case.against)
    assert {*case.against, *(bar.lane for bar in case.bars)} <= set(lanes)
    assert set(case.columns) <= set(COLUMNS)


def test_metrics_have_titles_and_units():
    assert set(METRICS) == set(TITLES) == set(UNITS)


def test_name_stands_for_what_begins_with_it():
    assert [case.name for case in find_cases(["growth"])] == ["growth-members", "growth-rooms", "growth-size"]
    assert [case.name for case in find_cases(["echo", "crowd"])] == ["crowd", "echo"]
    assert find_cases([]) == list(CASES)


def test_quick_is_one_round_beside_the_kernel():
    options = parse(["quick"])
    assert options.rounds == 1
    assert set(options.peers) == {"roomwire", "raw-send", "raw-writev"}
    assert "alone-1000" in [case.name for case in options.cases]


@pytest.mark.parametrize("arguments, complaint", [
    (["nothing"], "there is no case nothing"),
    (["echo", "--peers", "roomwire,apache"], "there is no 'apache'"),
    (["echo", "--rounds", "0"], "0 is not above zero"),
    (["echo", "--seconds", "x"], "invalid float value"),
])
def test_mistake_is_told(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as error:
        parse(arguments)
    assert error.value.code == 2
    assert complaint in capsys.readouterr().err


def test_help_lists_all_cases(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    shown = capsys.readouterr().out
    assert all(f"  {case.name} " in shown for case in CASES)
