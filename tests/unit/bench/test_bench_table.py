# SPDX-License-Identifier: MIT
"""tests/bench/table.py: summaries as text."""

import pytest
from bench.summary import summarize
from bench.table import format_summary, number
from bench_samples import GROWTH, PLAIN, failed, samples


@pytest.mark.parametrize("value, text", [
    (0, "0.00"), (0.314159, "0.31"), (3.14159, "3.14"), (31.4159, "31.4"), (314.159, "314"), (31415.9, "31,416")])
def test_number_has_three_digits(value, text):
    assert number(value) == text


def test_table_of_one_round():
    found = samples("plain", "roomwire", (1.5,), lost=2) + samples("plain", "raw-send", (1.0,))
    assert format_summary(summarize(PLAIN, found)) == """\
plain: one speaks
  peer      CPU µs (user)  × raw-send  p50 µs  p99 µs  lost/doubled/disordered
  roomwire    1.50 (0.15)        1.50     150   1,500                    2/0/0
  raw-send    1.00 (0.10)           –     100   1,000                    0/0/0
  above   CPU at most 1.1 × raw-send: 1.50
"""


def test_interval_is_told_where_there_is_one():
    found = samples("plain", "roomwire", (1.0, 1.2, 1.1)) + samples("plain", "raw-send", (1.0, 1.0, 1.0))
    text = format_summary(summarize(PLAIN, found))
    assert "1.10 (1.00–1.20)" in text
    assert "  within  CPU at most 1.1 × raw-send: 1.10 (1.00–1.20)\n" in text


def test_what_was_not_measured_has_no_column():
    text = format_summary(summarize(PLAIN, samples("plain", "roomwire", (1.0,))))
    assert "raw-send" not in text


def test_points_have_a_column():
    found = samples("growth", "roomwire", (2.0,), "10") + samples("growth", "roomwire", (5.0,), "100")
    lines = format_summary(summarize(GROWTH, found)).splitlines()
    assert lines[2].startswith("  10   roomwire  ")
    assert lines[3].startswith("  100  roomwire  ")


def test_failure_says_why():
    text = format_summary(summarize(PLAIN, [failed("plain", "channels", "daphne has ended")]))
    assert "  failed  channels: daphne has ended\n" in text
