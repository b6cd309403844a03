# SPDX-License-Identifier: MIT
"""tests/bench/summary.py: from samples to verdicts."""

import pytest
from bench.cases import Bar, case, talk
from bench.measure import Sample
from bench.summary import has_failed, summarize
from bench_samples import FLAT, GROWTH, PLAIN, failed, figures, samples


def summary_of(ours, raw=(1.0, 1.0, 1.0), **more):
    return summarize(PLAIN, samples("plain", "roomwire", ours, **more) + samples("plain", "raw-send", raw))


def test_row_has_medians_and_ratios():
    row = summary_of((2.0, 4.0, 3.0)).row("", "roomwire")
    assert row.figures["cpu"].value == 3.0
    assert row.figures["p99"].value == 3000
    assert row.ratios["raw-send"].value == 3.0


@pytest.mark.parametrize("ours, word", [
    ((1.0,) * 9, "within"),
    ((1.1,) * 9, "within"),  # at most
    ((1.2,) * 9, "above"),
    ((1.0, 1.2, 1.3) * 3, "open"),  # it may be chance
    ((1.0,) * 8, "open"),  # too few
    ((1.2,) * 8, "open"),
    ((1.2,), "open"),
])
def test_verdict_is_what_all_of_the_interval_says(ours, word):
    verdict, = summary_of(ours, raw=(1.0,) * len(ours)).verdicts
    assert verdict.word == word
    assert verdict.has_few_rounds == (len(ours) < 9)


@pytest.mark.parametrize("rates, word", [
    ((40.0,) * 9, "within"),
    ((30.0,) * 9, "within"),
    ((20.0,) * 9, "below"),
    ((20.0, 40.0, 35.0) * 3, "open"),
    ((40.0,) * 8, "open"),
])
def test_bar_may_be_the_least(rates, word):
    lane = case("fast", "", talk(), lanes=("roomwire",), against=(), bars=(Bar("rate", 30, is_least=True),))
    found = [Sample("fast", "", "roomwire", number, figures(1.0, deliveries_per_second=rate))
             for number, rate in enumerate(rates)]
    verdict, = summarize(lane, found).verdicts
    assert verdict.word == word


def test_readings_are_counted_by_the_time_of_coming_back():
    row = summary_of((1.0,), back_seconds=2.0, history_reads=10).row("", "roomwire")
    assert (row.figures["reads"].value, row.figures["reads-pace"].value) == (10, 0.5)
    assert summary_of((1.0,), back_seconds=None, history_reads=10).row("", "roomwire").figures["reads-pace"] is None


@pytest.mark.parametrize("base, missing", [
    ([], "no raw-send"),
    ([failed("plain", "raw-send", "it does not start")], "no raw-send"),
    (samples("plain", "raw-send", (0,)), "nothing sound of raw-send"),
    (samples("plain", "raw-send", (1.0,), lost=1), "nothing sound of raw-send"),
    (samples("plain", "raw-send", (1.0,), given_up=1), "nothing sound of raw-send"),
])
def test_bar_without_its_base_is_not_measured_and_no_failure(base, missing):
    found = summarize(PLAIN, samples("plain", "roomwire", (1.0,)) + base)
    verdict, = found.verdicts
    assert (verdict.word, verdict.missing) == ("not measured", missing)
    assert found.row("", "roomwire").ratios["raw-send"] is None
    assert not has_failed(found, {"roomwire"})


def test_bar_whose_own_figure_is_missing_is_a_failure():
    found = summary_of((1.0,), server_cpu_us_per_delivery=None)
    verdict, = found.verdicts
    assert (verdict.word, verdict.missing) == ("not measured", "no roomwire")
    assert has_failed(found, {"roomwire"})


def test_rounds_in_which_the_base_lost_something_do_not_count():
    base = samples("plain", "raw-send", (1.0, 1.0)) + [Sample("plain", "", "raw-send", 2, figures(9.0, lost=1))]
    found = summarize(PLAIN, samples("plain", "roomwire", (2.0, 2.0, 2.0)) + base)
    assert found.row("", "roomwire").ratios["raw-send"] == (2.0, 2.0, 2.0, 2)


def test_points_are_held_against_the_one_that_is_named():
    found = summarize(FLAT, samples("flat", "roomwire", (2.0,), "0") + samples("flat", "roomwire", (5.0,), "100"))
    verdict, = found.verdicts
    assert (verdict.point, verdict.figure.value) == ("100", 2.5)


def test_user_part_is_compared_in_sums():
    lane = case("user", "", talk(), lanes=("roomwire", "raw-send"), bars=(Bar("user", 2, "raw-send"),))
    found = summarize(lane, samples("user", "roomwire", (1.0, 8.0, 1.0)) + samples("user", "raw-send", (1.0, 2.0, 2.0)))
    assert found.verdicts[0].figure.value == pytest.approx(2.0)


def test_memory_that_is_left_is_beside_what_was_before():
    row = summary_of((1.0,), pss_before_bytes=1000, pss_closed_bytes=1100).row("", "roomwire")
    assert row.figures["kept"].value == 1.1


def test_stalled_members_that_stay_are_counted():
    assert summary_of((1.0,), stalled=100, stalled_closed=97).row("", "roomwire").figures["stayed"].value == 3
    assert summary_of((1.0,), stalled=0, stalled_closed=0).row("", "roomwire").figures["stayed"] is None


def test_points_are_told_apart():
    measured = samples("growth", "roomwire", (2.0,), "10") + samples("growth", "roomwire", (5.0,), "100")
    found = summarize(GROWTH, measured)
    assert [row.figures["cpu"].value for row in found.rows] == [2.0, 5.0]


def test_latency_of_nothing_is_not_zero():
    row = summary_of((1.0,), latency_us={"count": 0, "p50": 0, "p99": 0}).row("", "roomwire")
    assert row.figures["p99"] is None


@pytest.mark.parametrize("kind", ["lost", "doubled", "disordered", "foreign", "closed", "unsent", "given_up"])
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
