# SPDX-License-Identifier: MIT
"""Prints a summary as text: a row for each lane, and below them how the bars were met."""

from bench.summary import WRONG

TITLES = {"cpu": "CPU", "user": "user part of the CPU", "p50": "p50", "p99": "p99", "bytes": "memory of a connection",
          "connect-cpu": "CPU of a connection", "seconds": "time"}
UNITS = {"cpu": "µs", "user": "µs", "p50": "µs", "p99": "µs", "bytes": "bytes", "connect-cpu": "µs", "seconds": "s"}
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
        return number(figure.median)
    return f"{number(figure.median)} ({number(figure.low)}–{number(figure.high)})"


def median(figure):
    return number(figure.median) if figure else NOTHING


def cpu_and_user(row):
    cpu, user = row.figures["cpu"], row.figures["user"]
    return f"{number(cpu.median)} ({median(user)})" if cpu else NOTHING


def single(metric, heading):
    return lambda summary: [(heading, lambda row: median(row.figures[metric]))]


def ratios(summary):
    case = summary.case
    what = "" if case.metric in ("cpu", "connect-cpu") else f"{TITLES[case.metric]} "
    return [(f"{what}× {base}", lambda row, base=base: NOTHING if row.lane == base else with_interval(row.ratios[base]))
            for base in case.against if any(row.lane == base for row in summary.rows)]


# What a name among a case's columns stands for: headings, each with what a row has below it.
COLUMNS = {
    "cpu": lambda summary: [("CPU µs (user)", cpu_and_user)],
    "ratios": ratios,
    "p50": single("p50", "p50 µs"),
    "p99": single("p99", "p99 µs"),
    "bytes": lambda summary: [("bytes a connection", lambda row: with_interval(row.figures["bytes"]))],
    "connect-cpu": single("connect-cpu", "CPU µs"),
    "seconds": single("seconds", "seconds"),
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


def verdict_line(verdict, with_point):
    bar, unit = verdict.bar, UNITS[verdict.bar.metric]
    limit = f"{bar.limit:g} × {bar.against}" if bar.against else f"{bar.limit:,g} {unit}"
    lane = "" if bar.lane == "roomwire" else f"{bar.lane}: "
    point = f"{verdict.point}: " if with_point else ""
    word = "above " if verdict.is_above else "within"
    return f"{word}  {point}{lane}{TITLES[bar.metric]} at most {limit}: {with_interval(verdict.figure)}"


def format_summary(summary):
    """The text of one case, with a newline at its end."""
    case = summary.case
    columns = columns_of(summary)
    lines = [[heading for heading, _ in columns], *([cell(row) for _, cell in columns] for row in summary.rows)]
    lines = align(lines, names=1 if columns[0][0] == "peer" else 2)
    lines += [verdict_line(verdict, len(case.points) > 1) for verdict in summary.verdicts]
    lines += [f"failed  {row.lane} {row.point}: {error}".replace(" :", ":") for row in summary.rows
              for error in row.errors]
    return "\n".join([f"{case.name}: {case.sentence}", *(f"{GAP}{line}" for line in lines), ""])
