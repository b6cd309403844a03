# SPDX-License-Identifier: MIT
"""tests/bench/table.py: summaries as text."""

import pytest
from bench.cases import Bar, Lane, case, talk
from bench.summary import summarize
from bench.table import format_summary, number
from bench_samples import FLAT, GROWTH, PLAIN, failed, samples


@pytest.mark.parametrize("value, text", [
    (0, "0.00"), (0.314159, "0.31"), (3.14159, "3.14"), (31.4159, "31.4"), (314.159, "314"), (31415.9, "31,416")])
def test_number_has_three_digits(value, text):
    assert number(value) == text


def test_table_of_one_round():
    found = samples("plain", "roomwire", (1.5,), lost=2) + samples("plain", "raw-send", (1.0,))
    assert format_summary(summarize(PLAIN, found)) == """\
plain: one speaks (nothing is kept)
  peer      CPU µs (user)  × raw-send  p50 µs  p99 µs  lost/doubled/disordered
  roomwire    1.50 (0.15)        1.50     150   1,500                    2/0/0
  raw-send    1.00 (0.10)           –     100   1,000                    0/0/0
  open    CPU at most 1.1 × raw-send: 1.50
  too few rounds to decide: that takes 9
"""


def test_interval_is_told_where_there_is_one():
    found = samples("plain", "roomwire", (1.0, 1.2, 1.1)) + samples("plain", "raw-send", (1.0, 1.0, 1.0))
    assert "1.10 (1.00–1.20)" in format_summary(summarize(PLAIN, found))


def test_verdict_is_told_with_its_interval():
    found = samples("plain", "roomwire", (1.05,) * 5 + (1.07,) + (1.1,) * 5)
    found += samples("plain", "raw-send", (1.0,) * 11)
    text = format_summary(summarize(PLAIN, found))
    assert text.endswith("  within  CPU at most 1.1 × raw-send: 1.07 (1.05–1.10)\n")


def test_bar_that_is_the_least_and_what_is_kept_are_told():
    lane = case("fast", "it is kept", talk(), lanes=(Lane("roomwire-disk", "disk"),), against=(), metric="rate",
                columns=("rate",), bars=(Bar("rate", 30000, lane="disk", is_least=True),))
    lines = format_summary(summarize(lane, samples("fast", "disk", (1.0,), deliveries_per_second=40000))).splitlines()
    assert lines[0] == "fast: it is kept"
    assert lines[3] == "  open    disk: messages a second at least 30,000 /s: 40,000"


def test_what_was_not_measured_has_no_column_and_its_bar_says_so():
    text = format_summary(summarize(PLAIN, samples("plain", "roomwire", (1.0,))))
    assert "× raw-send" not in text.splitlines()[1]
    assert text.endswith("  not measured  CPU at most 1.1 × raw-send: no raw-send\n")


def test_point_that_others_are_held_against_is_named():
    found = samples("flat", "roomwire", (1.0,), "0") + samples("flat", "roomwire", (1.2,), "100")
    assert "  open    100: CPU at most 1.3 × roomwire at 0: 1.20\n" in format_summary(summarize(FLAT, found))


def test_what_no_column_tells_has_a_line():
    text = format_summary(summarize(PLAIN, samples("plain", "roomwire", (1.0,), given_up=2, unsent=3000)))
    assert "  wrong   roomwire: 3,000 unsent\n  wrong   roomwire: 2 given up\n" in text


def test_points_have_a_column():
    found = samples("growth", "roomwire", (2.0,), "10") + samples("growth", "roomwire", (5.0,), "100")
    lines = format_summary(summarize(GROWTH, found)).splitlines()
    assert lines[2].startswith("  10   roomwire  ")
    assert lines[3].startswith("  100  roomwire  ")


def test_failure_says_why():
    text = format_summary(summarize(PLAIN, [failed("plain", "channels", "daphne has ended")]))
    assert "  failed  channels: daphne has ended\n" in text
