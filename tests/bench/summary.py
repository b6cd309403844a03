# SPDX-License-Identifier: MIT
"""From samples to what a table or a drawing shows: figures, ratios and verdicts. Knows no layout."""

from dataclasses import dataclass, field

from bench.statistics import figure_of, ratio_of

WRONG = ("lost", "doubled", "disordered")


def latency(figures, part):
    """Nothing has come: then it is not 0 that it took."""
    return figures["latency_us"][part] if figures.get("deliveries") else None


# What is read from the figures of bench-load; None where it was not measured.
METRICS = {
    "cpu": lambda figures: figures.get("server_cpu_us_per_delivery"),
    "user": lambda figures: figures.get("server_user_us_per_delivery"),
    "p50": lambda figures: latency(figures, "p50"),
    "p99": lambda figures: latency(figures, "p99"),
    "bytes": lambda figures: figures.get("bytes_per_connection"),
    "connect-cpu": lambda figures: figures.get("server_cpu_us_per_connection"),
    "seconds": lambda figures: figures.get("seconds"),
}


@dataclass
class Row:
    """A lane at a point: its figures by metric, its ratios by the lane they are to, and what went wrong, by kind."""

    point: str
    lane: str
    figures: dict = field(default_factory=dict)
    ratios: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)


@dataclass
class Verdict:
    bar: object
    point: str
    figure: object

    @property
    def is_above(self):
        """Only when all of the interval is: what may as well be chance is not held against us."""
        return self.figure.low > self.bar.limit


@dataclass
class Summary:
    case: object
    rows: list
    verdicts: list

    def row(self, point, lane):
        return next((row for row in self.rows if (row.point, row.lane) == (point, lane)), None)


class Samples:
    """Samples of one case, by point and lane, each a list by round."""

    def __init__(self, samples):
        self.by_row = {}
        for sample in samples:
            self.by_row.setdefault((sample.point, sample.lane), {})[sample.round] = sample
        self.rounds = sorted({sample.round for sample in samples})

    def of(self, point, lane):
        return self.by_row.get((point, lane), {})

    def values(self, point, lane, metric):
        """Of each round, None where there is none."""
        samples = [self.of(point, lane).get(number) for number in self.rounds]
        return [METRICS[metric](sample.figures) if sample and sample.figures else None for sample in samples]

    def ratio(self, point, lane, against, metric):
        return ratio_of(self.values(point, lane, metric), self.values(point, against, metric))


def wrong_of(figures, kind):
    return figures.get(kind, 0) + figures.get("beside", {}).get(kind, 0)


def row_of(case, samples, point, lane):
    measured = samples.of(point, lane)
    found = [sample.figures for sample in measured.values() if sample.figures]
    row = Row(point, lane)
    row.figures = {metric: figure_of(samples.values(point, lane, metric)) for metric in METRICS}
    row.ratios = {base: samples.ratio(point, lane, base, case.metric) for base in case.against}
    row.wrong = {kind: sum(wrong_of(figures, kind) for figures in found) for kind in (*WRONG, "foreign", "closed")}
    row.errors = sorted({sample.error for sample in measured.values() if sample.error})
    return row


def verdict_of(bar, samples, point):
    """None when one of both was not measured."""
    if bar.against is None:
        figure = figure_of(samples.values(point, bar.lane, bar.metric))
    else:
        figure = samples.ratio(point, bar.lane, bar.against, bar.metric)
    return Verdict(bar, point, figure) if figure else None


def summarize(case, samples):
    by_row = Samples(samples)
    rows = [row_of(case, by_row, point, lane.name) for point in case.points for lane in case.lanes
            if by_row.of(point, lane.name)]
    verdicts = [verdict_of(bar, by_row, point) for point in case.points for bar in case.bars]
    return Summary(case, rows, [verdict for verdict in verdicts if verdict])


def has_failed(summary, lanes):
    """Whether one of these lanes was not measured, or its messages did not all come once and in order."""
    return any(row.errors or any(row.wrong.values()) for row in summary.rows if row.lane in lanes)
