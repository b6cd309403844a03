# SPDX-License-Identifier: MIT
"""Medians and ratios with an interval. Knows no servers and no units: numbers in, numbers out, the same ones each
time."""

import math
import random
import statistics
from typing import NamedTuple

INTERVAL_PART = 0.9
RESAMPLES = 2000


class Figure(NamedTuple):
    """A median or a ratio, where it lies with nine chances in ten, and how many rounds say so."""

    value: float
    low: float
    high: float
    rounds: int


def bootstrap_interval(values, of=statistics.median, part=INTERVAL_PART, resamples=RESAMPLES):
    """The interval that resampling gives; its seed is fixed, so that a result can be printed again."""
    chance = random.Random(len(values))
    found = sorted(of(chance.choices(values, k=len(values))) for _ in range(resamples))
    outside = int(resamples * (1 - part) / 2)
    return found[outside], found[-1 - outside]


def figure_of(values, of=statistics.median):
    """The figure of all values that are there; None where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Figure(of(known), *bootstrap_interval(known, of), len(known))


def ratio_of(values, bases):
    """The figure of the quotients of each round; a round counts when both were measured and the base is not zero."""
    return figure_of([value / base if value is not None and base else None for value, base in zip(values, bases)])


def quotient_of_sums(pairs):
    whole = sum(base for _, base in pairs)
    return sum(value for value, _ in pairs) / whole if whole else math.inf


def ratio_of_sums(values, bases):
    """The same of the sums over all rounds that have both, for what is too coarse to be told in one."""
    pairs = [pair for pair in zip(values, bases) if None not in pair]
    return figure_of(pairs, quotient_of_sums) if any(base for _, base in pairs) else None
