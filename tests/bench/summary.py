# SPDX-License-Identifier: MIT
"""From samples to what a table or a drawing shows: figures, ratios and verdicts. Knows no layout."""

from dataclasses import dataclass, field

from bench.cases import COARSE
from bench.statistics import figure_of, ratio_of, ratio_of_sums

WRONG = ("lost", "doubled", "disordered")
# What must not happen either; unsent and given_up are messages that a server held up.
WRONG_TOO = ("foreign", "closed", "unsent", "given_up")

# With fewer, the interval of a median is little else than its least and its greatest value.
DECISIVE_ROUNDS = 9


def latency(figures, part):
    """Nothing has come: then it is not 0 that it took."""
    return figures["latency_us"][part] if figures["latency_us"]["count"] else None


def message_cpu(figures):
    cpu = figures.get("server_cpu_us_per_delivery")
    return cpu * figures["members"] if cpu is not None and "members" in figures else None


def kept(figures):
    """What is left of the memory when all have gone, beside what it was before they came."""
    before = figures.get("pss_before_bytes")
    return figures["pss_closed_bytes"] / before if before else None


def stayed(figures):
    """Of those that do not read, who was not let go."""
    return figures["stalled"] - figures["stalled_closed"] if figures.get("stalled") else None


def reads_pace(figures):
    """Readings of the history in 100 ms, while all came back."""
    seconds = figures.get("back_seconds")
    return figures["history_reads"] / (10 * seconds) if seconds and "history_reads" in figures else None


def peak(figures):
    """How much more memory the pages ever had while others logged in."""
    grown = figures.get("beside", {}).get("peak_growth_bytes")
    return grown / 2**20 if grown is not None else None


# What is read from the figures of bench-load; None where it was not measured.
METRICS = {
    "cpu": lambda figures: figures.get("server_cpu_us_per_delivery"),
    "user": lambda figures: figures.get("server_user_us_per_delivery"),
    "message-cpu": message_cpu,
    "p50": lambda figures: latency(figures, "p50"),
    "p99": lambda figures: latency(figures, "p99"),
    "bytes": lambda figures: figures.get("bytes_per_connection"),
    "kept": kept,
    "stayed": stayed,
    "unknown": lambda figures: figures.get("unknown_by_known"),
    "peak": peak,
    "page-cpu": lambda figures: figures.get("server_cpu_us_per_page"),
    "connect-cpu": lambda figures: figures.get("server_cpu_us_per_connection"),
    "seconds": lambda figures: figures.get("seconds"),
    "rate": lambda figures: figures.get("deliveries_per_second"),
    "back": lambda figures: figures.get("back_seconds"),
    "reads": lambda figures: figures.get("history_reads"),
    "reads-pace": reads_pace,
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
    """How a bar was met. figure is None where missing says why."""

    bar: object
    point: str
    figure: object
    missing: str = None

    @property
    def has_few_rounds(self):
        return self.figure is not None and self.figure.rounds < DECISIVE_ROUNDS

    @property
    def word(self):
        """Of an interval on both sides of the bar nothing is said: it may be chance."""
        if self.figure is None:
            return "not measured"
        low, high, limit = self.figure.low, self.figure.high, self.bar.limit
        is_met, is_missed = (low >= limit, high < limit) if self.bar.is_least else (high <= limit, low > limit)
        if self.has_few_rounds or not (is_met or is_missed):
            return "open"
        if is_met:
            return "within"
        return "below" if self.bar.is_least else "above"


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

    def values(self, point, lane, metric, counts=bool):
        """Of each round, None where there is none, or none that counts."""
        samples = [self.of(point, lane).get(number) for number in self.rounds]
        return [METRICS[metric](sample.figures) if sample and counts(sample.figures) else None for sample in samples]

    def ratio(self, metric, point, lane, against, base_point=None):
        """A base in which something went wrong is nothing to be compared with."""
        values = self.values(point, lane, metric)
        bases = self.values(base_point or point, against, metric, is_sound)
        return ratio_of_sums(values, bases) if metric in COARSE else ratio_of(values, bases)


def wrong_of(figures, kind):
    return figures.get(kind, 0) + figures.get("beside", {}).get(kind, 0)


def is_sound(figures):
    return bool(figures) and not any(wrong_of(figures, kind) for kind in (*WRONG, *WRONG_TOO))


def row_of(case, samples, point, lane):
    measured = samples.of(point, lane)
    found = [sample.figures for sample in measured.values() if sample.figures]
    row = Row(point, lane)
    row.figures = {metric: figure_of(samples.values(point, lane, metric)) for metric in METRICS}
    row.ratios = {base: samples.ratio(case.metric, point, lane, base) for base in case.against}
    row.wrong = {kind: sum(wrong_of(figures, kind) for figures in found) for kind in (*WRONG, *WRONG_TOO)}
    row.errors = sorted({sample.error for sample in measured.values() if sample.error})
    return row


def missing_of(bar, samples, point):
    """Why there is no figure for a bar."""
    def has_any(lane, at):
        return any(value is not None for value in samples.values(at, lane, bar.metric))

    if not has_any(bar.lane, point):
        return f"no {bar.lane}"
    is_there = has_any(bar.against, bar.base_point or point)
    return f"nothing sound of {bar.against}" if is_there else f"no {bar.against}"


def verdict_of(bar, samples, point):
    if bar.against is None:
        figure = figure_of(samples.values(point, bar.lane, bar.metric))
    else:
        figure = samples.ratio(bar.metric, point, bar.lane, bar.against, bar.base_point)
    return Verdict(bar, point, figure, None if figure else missing_of(bar, samples, point))


def summarize(case, samples):
    by_row = Samples(samples)
    rows = [row_of(case, by_row, point, lane.name) for point in case.points for lane in case.lanes
            if by_row.of(point, lane.name)]
    verdicts = [verdict_of(bar, by_row, point) for point in case.points for bar in case.bars
                if point != bar.base_point]
    return Summary(case, rows, verdicts)


def lacks(case, row):
    """Whether what a lane is held to was not found out."""
    return any(row.figures[bar.metric] is None for bar in case.bars if bar.lane == row.lane)


def has_failed(summary, lanes):
    """Whether one of these lanes was not measured, or its messages did not all come once and in order."""
    return any(row.errors or any(row.wrong.values()) or lacks(summary.case, row)
               for row in summary.rows if row.lane in lanes)
