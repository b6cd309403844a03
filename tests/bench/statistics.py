# SPDX-License-Identifier: MIT
"""Medians with an interval. Knows no servers and no units: numbers in, numbers out, the same ones each time."""

import random
import statistics
from typing import NamedTuple

INTERVAL_PART = 0.9
RESAMPLES = 2000


class Figure(NamedTuple):
    """A median, and where it lies with nine chances in ten."""

    median: float
    low: float
    high: float


def bootstrap_interval(values, part=INTERVAL_PART, resamples=RESAMPLES):
    """The interval of the median that resampling gives; its seed is fixed, so that a result can be printed again."""
    chance = random.Random(len(values))
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(resamples))
    outside = int(resamples * (1 - part) / 2)
    return medians[outside], medians[-1 - outside]


def figure_of(values):
    """The figure of all values that are there; None where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Figure(statistics.median(known), *bootstrap_interval(known))


def ratio_of(values, bases):
    """The figure of the quotients of each round; a round counts when both were measured and the base is not zero."""
    return figure_of([value / base if value is not None and base else None for value, base in zip(values, bases)])
