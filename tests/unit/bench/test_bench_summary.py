# SPDX-License-Identifier: MIT
"""tests/bench/summary.py: from samples to verdicts."""

import pytest
from bench.summary import has_failed, summarize
from bench_samples import GROWTH, PLAIN, failed, samples


def summary_of(ours, raw=(1.0, 1.0, 1.0), **more):
    return summarize(PLAIN, samples("plain", "roomwire", ours, **more) + samples("plain", "raw-send", raw))


def test_row_has_medians_and_ratios():
    row = summary_of((2.0, 4.0, 3.0)).row("", "roomwire")
    assert row.figures["cpu"].median == 3.0
    assert row.figures["p99"].median == 3000
    assert row.ratios["raw-send"].median == 3.0


@pytest.mark.parametrize("ours, is_above", [
    ((1.0, 1.0, 1.0), False),
    ((1.1, 1.1, 1.1), False),  # at most
    ((1.2, 1.2, 1.2), True),
    ((1.0, 1.2, 1.3), False),  # it may as well be chance
])
def test_bar_is_above_when_all_of_the_interval_is(ours, is_above):
    verdict, = summary_of(ours).verdicts
    assert verdict.is_above == is_above


def test_bar_without_its_base_has_no_verdict():
    assert summarize(PLAIN, samples("plain", "roomwire", (1.0,))).verdicts == []


def test_points_are_told_apart():
    measured = samples("growth", "roomwire", (2.0,), "10") + samples("growth", "roomwire", (5.0,), "100")
    found = summarize(GROWTH, measured)
    assert [row.figures["cpu"].median for row in found.rows] == [2.0, 5.0]


def test_latency_of_nothing_is_not_zero():
    row = summary_of((1.0,), deliveries=0).row("", "roomwire")
    assert row.figures["p99"] is None


@pytest.mark.parametrize("kind", ["lost", "doubled", "disordered", "foreign", "closed"])
def test_what_goes_wrong_is_a_failure_of_whose_it_is(kind):
    found = summary_of((1.0, 1.0), **{kind: 1})
    assert found.row("", "roomwire").wrong[kind] == 2
    assert has_failed(found, {"roomwire"})
    assert not has_failed(found, {"raw-send"})


def test_what_goes_wrong_in_the_load_beside_counts_too():
    found = summary_of((1.0,), beside={"lost": 3})
    assert found.row("", "roomwire").wrong["lost"] == 3


def test_what_could_not_be_measured_is_a_failure():
    found = summarize(PLAIN, [failed("plain", "roomwire", "it does not start")])
    assert found.row("", "roomwire").errors == ["it does not start"]
    assert has_failed(found, {"roomwire"})
