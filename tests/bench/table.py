# SPDX-License-Identifier: MIT
"""Prints a summary as text: a row for each lane, and below them how the bars were met."""

from bench.peers import PEERS
from bench.summary import DECISIVE_ROUNDS, WRONG, WRONG_TOO

TITLES = {"cpu": "CPU", "message-cpu": "CPU of a message", "user": "user part of the CPU", "p50": "p50", "p99": "p99",
          "bytes": "memory of a connection",
          "kept": "memory when all have gone, beside before", "stayed": "stalled members that are not let go",
          "unknown": "time of an unknown user beside a known one", "peak": "more memory of the pages at most",
          "page-cpu": "CPU of a page", "connect-cpu": "CPU of a connection", "seconds": "time",
          "rate": "messages a second",
          "back": "time until all are back", "reads": "readings of the history",
          "reads-pace": "readings of the history in 100 ms"}
UNITS = {"cpu": "µs", "message-cpu": "µs", "user": "µs", "p50": "µs", "p99": "µs", "bytes": "bytes", "kept": "×",
         "stayed": "members", "unknown": "×", "peak": "MiB", "page-cpu": "µs", "connect-cpu": "µs", "seconds": "s", "rate": "/s",
         "back": "s", "reads": "times", "reads-pace": "times"}
NOTHING = "–"
GAP = "  "


def number(value):
    """Three digits, as more would not be true."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_interval(figure):
    if figure is None:
        return NOTHING
    if figure.low == figure.high:
        return number(figure.value)
    return f"{number(figure.value)} ({number(figure.low)}–{number(figure.high)})"


def median(figure):
    return number(figure.value) if figure else NOTHING


def cpu_and_user(row):
    cpu, user = row.figures["cpu"], row.figures["user"]
    return f"{number(cpu.value)} ({median(user)})" if cpu else NOTHING


def single(metric, heading):
    return lambda summary: [(heading, lambda row: median(row.figures[metric]))]


def ratios(summary):
    case = summary.case
    what = "" if case.metric in ("cpu", "message-cpu", "connect-cpu", "page-cpu") else f"{TITLES[case.metric]} "
    return [(f"{what}× {base}", lambda row, base=base: NOTHING if row.lane == base else with_interval(row.ratios[base]))
            for base in case.against if any(row.lane == base for row in summary.rows)]


# What a name among a case's columns stands for: headings, each with what a row has below it.
COLUMNS = {
    "cpu": lambda summary: [("CPU µs (user)", cpu_and_user)],
    "message-cpu": lambda summary: [("CPU µs a message", lambda row: with_interval(row.figures["message-cpu"]))],
    "ratios": ratios,
    "p50": single("p50", "p50 µs"),
    "p99": single("p99", "p99 µs"),
    "bytes": lambda summary: [("bytes a connection", lambda row: with_interval(row.figures["bytes"]))],
    "kept": single("kept", "when all have gone ×"),
    "stayed": single("stayed", "not let go"),
    "unknown": lambda summary: [("unknown × known", lambda row: with_interval(row.figures["unknown"]))],
    "peak": single("peak", "more memory MiB"),
    "page-cpu": lambda summary: [("CPU µs a page", lambda row: with_interval(row.figures["page-cpu"]))],
    "connect-cpu": single("connect-cpu", "CPU µs"),
    "seconds": single("seconds", "seconds"),
    "rate": single("rate", "messages/s"),
    "back": single("back", "all are back, s"),
    "reads": single("reads", "history reads"),
    "wrong": lambda summary: [("/".join(WRONG), lambda row: "/".join(str(row.wrong[kind]) for kind in WRONG))],
    "closed": lambda summary: [("closed", lambda row: f"{row.wrong['closed']:,}")],
}


def columns_of(summary):
    leading = [("", lambda row: row.point)] if len(summary.case.points) > 1 else []
    named = [column for name in summary.case.columns for column in COLUMNS[name](summary)]
    return [*leading, ("peer", lambda row: row.lane), *named]


def align(lines, names):
    """So many columns of names to the left, then figures to the right of theirs."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return [GAP.join(cell.ljust(width) if index < names else cell.rjust(width)
                     for index, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]


def limit_text(bar):
    """What a metric may be at most, or has to be."""
    if bar.against is None:
        return f"{bar.limit:,g} {UNITS[bar.metric]}"
    return f"{bar.limit:g} × {bar.against}" + (f" at {bar.base_point}" if bar.base_point else "")


def verdict_line(verdict, with_point):
    bar = verdict.bar
    lane = "" if bar.lane == "roomwire" else f"{bar.lane}: "
    point = f"{verdict.point}: " if with_point else ""
    found = verdict.missing or with_interval(verdict.figure)
    sense = "at least" if bar.is_least else "at most"
    return f"{verdict.word:<6}  {point}{lane}{TITLES[bar.metric]} {sense} {limit_text(bar)}: {found}"


def place(row):
    return f"{row.lane} {row.point}".rstrip()


def notes(summary):
    """What the columns have no room for."""
    few = any(verdict.has_few_rounds for verdict in summary.verdicts)
    return [*([f"too few rounds to decide: that takes {DECISIVE_ROUNDS}"] if few else []),
            *(f"wrong   {place(row)}: {row.wrong[kind]:,} {kind.replace('_', ' ')}" for row in summary.rows
              for kind in WRONG_TOO if row.wrong[kind]),
            *(f"failed  {place(row)}: {error}" for row in summary.rows for error in row.errors)]


def format_summary(summary):
    """The text of one case, with a newline at its end."""
    case = summary.case
    columns = columns_of(summary)
    lines = [[heading for heading, _ in columns], *([cell(row) for _, cell in columns] for row in summary.rows)]
    lines = align(lines, names=1 if columns[0][0] == "peer" else 2)
    lines += [verdict_line(verdict, len(case.points) > 1) for verdict in summary.verdicts]
    lines += notes(summary)
    kept = "" if any(PEERS[lane.peer].is_durable for lane in case.lanes) else " (nothing is kept)"
    return "\n".join([f"{case.name}: {case.sentence}{kept}", *(f"{GAP}{line}" for line in lines), ""])
