# SPDX-License-Identifier: MIT
"""tests/bench/statistics.py: medians and their intervals."""

import pytest
from bench.statistics import bootstrap_interval, figure_of, ratio_of, ratio_of_sums


def test_interval_of_equal_values_is_that_value():
    assert bootstrap_interval([3.0] * 5) == (3.0, 3.0)


def test_interval_lies_within_the_values_and_around_their_median():
    low, high = bootstrap_interval([1, 2, 3, 4, 100])
    assert 1 <= low < 3 < high <= 100


def test_interval_of_many_values_is_narrow():
    """That of the median of 0 to 100: 50, give or take 1.64 standard errors, each about 5."""
    low, high = bootstrap_interval(list(range(101)))
    assert 38 <= low <= 46
    assert 54 <= high <= 62


def test_wider_part_gives_a_wider_interval():
    values = list(range(101))
    narrow, wide = bootstrap_interval(values, part=0.5), bootstrap_interval(values, part=0.99)
    assert wide[0] < narrow[0] and narrow[1] < wide[1]


def test_interval_is_the_same_each_time():
    values = [1.0, 1.3, 1.1, 0.9, 1.7]
    assert bootstrap_interval(values) == bootstrap_interval(values)


def test_figure_leaves_out_what_was_not_measured():
    assert figure_of([None, 2.0, None]) == (2.0, 2.0, 2.0, 1)
    assert figure_of([None, None]) is None
    assert figure_of([]) is None


def test_ratio_is_taken_within_each_round():
    """The machine got twice as slow in the second round: the ratio did not."""
    assert ratio_of([2.0, 4.0], [1.0, 2.0]) == (2.0, 2.0, 2.0, 2)


@pytest.mark.parametrize("values, bases", [([None, 3.0], [1.0, 1.0]), ([9.0, 3.0], [None, 1.0]), ([9.0, 3.0], [0, 1])])
def test_ratio_counts_rounds_with_both_only(values, bases):
    assert ratio_of(values, bases) == (3.0, 3.0, 3.0, 1)


def test_ratio_of_sums_levels_out_what_is_coarse():
    """One tick or two of each round: quotients are 0.5, 1 or 2, and their median would be any of these."""
    figure = ratio_of_sums([1, 2, 2, 1, 2, None] * 4, [2, 1, 2, 2, 1, 7] * 4)
    assert figure.value == 1 and figure.rounds == 20
    assert 0.7 < figure.low < 1 < figure.high < 1.4


@pytest.mark.parametrize("values, bases", [([], []), ([None], [1]), ([1, 1], [0, 0]), ([1], [None])])
def test_ratio_of_sums_needs_something_to_divide_by(values, bases):
    assert ratio_of_sums(values, bases) is None
