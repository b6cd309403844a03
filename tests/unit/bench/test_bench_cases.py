# SPDX-License-Identifier: MIT
"""tests/bench/cases.py: the table holds together."""

import pytest
from bench.cases import CASES, COARSE, START_SECONDS, case, expected_seconds, find_cases, talk
from bench.options import parse
from bench.peers import PEERS, Place
from bench.summary import METRICS
from bench.table import COLUMNS, TITLES, UNITS
from support.namespaces import Network


def test_cases_have_names_of_their_own():
    assert len({one.name for one in CASES}) == len(CASES)


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_case_names_what_there_is(one):
    lanes = [lane.name for lane in one.lanes]
    assert len(set(lanes)) == len(lanes)
    assert {lane.peer for lane in one.lanes} <= set(PEERS)
    assert {one.metric, *(bar.metric for bar in one.bars)} <= set(METRICS)
    assert {bar.against for bar in one.bars if bar.against and not bar.base_point} <= set(one.against)
    assert {bar.base_point for bar in one.bars if bar.base_point} <= set(one.points)
    assert {*one.against, *(bar.lane for bar in one.bars)} <= set(lanes)
    assert set(one.columns) <= set(COLUMNS)
    assert one.past is None or set(one.past) == set(one.points)


@pytest.mark.parametrize("peer", [peer for peer in PEERS.values() if peer.family == "roomwire"],
                         ids=lambda peer: peer.name)
def test_durability_is_said_and_is_none_without_a_name_for_it(peer, tmp_path):
    place = Place(tmp_path, 1, tmp_path, 0, network=Network(*peer.hosts))
    words = [str(word) for step in peer.steps(place) for word in step.command]
    durability = next((name for name in ("process", "disk") if name in peer.name), "none")
    assert {word for word in words if word.startswith("history.durability=")} == {f"history.durability={durability}"}
    assert peer.is_durable == (durability != "none")


def test_metrics_have_titles_and_units():
    assert set(METRICS) == set(TITLES) == set(UNITS)


def test_name_stands_for_what_begins_with_it():
    assert [one.name for one in find_cases(["growth"])] == ["growth-members", "growth-rooms", "growth-size"]
    assert [one.name for one in find_cases(["echo", "crowd"])] == ["crowd", "echo"]
    assert find_cases([]) == list(CASES)


def test_quick_is_one_round_beside_the_kernel():
    options = parse(["quick"])
    assert options.rounds == 1
    assert set(options.peers) == {"roomwire", "raw-send", "raw-writev"}
    assert "alone-1000" in [one.name for one in options.cases]
    assert not any(one.least_seconds for one in options.cases)
    assert not any(bar.metric in COARSE for one in options.cases for bar in one.bars)


def test_expected_time_counts_lanes_points_and_what_a_case_needs():
    plain = case("plain", "", {"1": talk(), "2": talk()}, lanes=("roomwire", "ws"))
    assert expected_seconds([plain], 3, 10) == 3 * 2 * 2 * (10 + START_SECONDS)
    slow = case("slow", "", talk(warmup_seconds=5, after_seconds=60), lanes=("roomwire",), least_seconds=10)
    assert expected_seconds([slow], 1, 2) == 10 + 5 + 60 + START_SECONDS


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
    assert all(f"  {one.name} " in shown for one in CASES)
