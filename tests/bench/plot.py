# SPDX-License-Identifier: MIT
"""Draws summaries as SVG, by hand: bars with ratios for a case of one point, lines for one of several. Text takes the
reader's light or dark scheme, colours are readable on both, and nothing is loaded."""

import math
from html import escape

from bench.table import TITLES, UNITS, number

WIDTH = 720
LEFT = 150
RIGHT = 90
ROW = 20
BAR = 12
TITLE = 24
GAP = 18
LINES_HEIGHT = 180
# What is longer than so many times Roomwire's own, or the bar to be met, is cut off there; its number still says it.
CUT = 4

COLOURS = {"roomwire": "#e8590c", "raw-send": "#868e96", "raw-writev": "#a98467", "nchan": "#2f9e44",
           "ws": "#228be6", "channels": "#be4bdb"}
OTHER_COLOURS = ("#f59f00", "#15aabf", "#e64980")

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.quiet { fill: #59636e }
.axis { stroke: #868e96; stroke-width: 1; fill: none }
.bar { stroke: #e03131; stroke-width: 1.5; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #9198a1 } }
"""


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, kind="axis"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def colours_of(lanes):
    others = iter(OTHER_COLOURS * len(lanes))
    return {lane: COLOURS.get(lane) or next(others) for lane in lanes}


def heading(case, what):
    return [text(0, 14, case.name, **{"class": "title"}),
            text(WIDTH, 14, f"{case.sentence} · {what}", text_anchor="end", **{"class": "quiet"})]


def limit_of(case, base):
    """Of the bar that such a drawing can show, None where there is none."""
    return next((bar.limit for bar in case.bars if (bar.metric, bar.against) == (case.metric, base)), None)


def bar_figures(summary):
    """What is drawn as bars: ratios to whom a bar names, or the metric itself where nobody was measured."""
    case = summary.case
    named = [bar.against for bar in case.bars if bar.metric == case.metric and bar.against]
    base = next((lane for lane in (*named, *case.against) if summary.row("", lane)), None)
    if base is None:
        what = f"{TITLES[case.metric]}, {UNITS[case.metric]}"
        return what, {row.lane: row.figures[case.metric] for row in summary.rows}, limit_of(case, None)
    return f"{TITLES[case.metric]} × {base}", {row.lane: row.ratios[base] for row in summary.rows}, limit_of(case, base)


def draw_bar(lane, figure, y, scale, end, colour):
    length = min(figure.value * scale, end - LEFT)
    low, high = (min(LEFT + value * scale, end) for value in (figure.low, figure.high))
    middle = y + BAR / 2
    cut = figure.value * scale > end - LEFT
    return [text(LEFT - 8, y + 10, lane, text_anchor="end"),
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
            *([] if cut else [line(low, middle, high, middle)]),
            text(end + 8, y + 10, ("… " if cut else "") + number(figure.value))]


def draw_bars(summary):
    """The elements of a panel and its height."""
    what, figures, limit = bar_figures(summary)
    figures = {lane: figure for lane, figure in figures.items() if figure}
    if not figures:
        return [], 0
    usual = max(next(iter(figures.values())).value, limit or 0)
    longest = max(min(max(figure.value for figure in figures.values()), CUT * usual), usual) or 1
    end = WIDTH - RIGHT
    scale = (end - LEFT) / longest
    colours = colours_of(figures)
    parts = heading(summary.case, what)
    for index, (lane, figure) in enumerate(figures.items()):
        parts += draw_bar(lane, figure, TITLE + index * ROW, scale, end, colours[lane])
    bottom = TITLE + len(figures) * ROW
    parts.append(line(LEFT, TITLE - 4, LEFT, bottom))
    if limit:
        parts.append(line(LEFT + limit * scale, TITLE - 4, LEFT + limit * scale, bottom, "bar"))
    return parts, bottom + GAP


def line_figures(summary):
    """The medians of each lane by the position of their point, those that were measured."""
    points = list(summary.case.points)
    found = {}
    for row in summary.rows:
        figure = row.figures[summary.case.metric]
        if figure and figure.value > 0:
            found.setdefault(row.lane, {})[points.index(row.point)] = figure.value
    return found


def decades(lowest, highest):
    """The powers of ten between which a logarithmic axis runs."""
    return math.floor(math.log10(lowest)), max(math.ceil(math.log10(highest)), math.floor(math.log10(lowest)) + 1)


def draw_axes(points, at_x, at_y, first, last):
    parts = [line(LEFT, at_y(10 ** power), WIDTH - RIGHT, at_y(10 ** power)) for power in range(first, last + 1)]
    parts += [text(LEFT - 8, at_y(10 ** power) + 4, f"{10.0 ** power:g}", text_anchor="end")
              for power in range(first, last + 1)]
    return parts + [text(at_x(index), TITLE + LINES_HEIGHT + 16, point, text_anchor="middle")
                    for index, point in enumerate(points)]


def spread(positions, least):
    """Moves apart what lies too close, in the order of the positions and up from the lowest: labels stay readable."""
    moved, last = {}, math.inf
    for name, position in sorted(positions.items(), key=lambda item: -item[1]):
        last = min(position, last - least)
        moved[name] = last
    return moved


def draw_lines(summary):
    case = summary.case
    lanes = line_figures(summary)
    if not lanes:
        return [], 0
    values = [value for medians in lanes.values() for value in medians.values()]
    first, last = decades(min(values), max(values))
    step = (WIDTH - RIGHT - LEFT) / max(1, len(case.points) - 1)

    def at_x(index):
        return LEFT + index * step

    def at_y(value):
        return TITLE + LINES_HEIGHT * (last - math.log10(value)) / (last - first)

    parts = heading(case, f"{TITLES[case.metric]}, {UNITS[case.metric]}")
    parts += draw_axes(case.points, at_x, at_y, first, last)
    colours = colours_of(lanes)
    labels = spread({lane: at_y(medians[max(medians)]) for lane, medians in lanes.items()}, 13)
    for lane, medians in lanes.items():
        path = " ".join(f"{at_x(index):.1f},{at_y(value):.1f}" for index, value in sorted(medians.items()))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[lane]}" stroke-width="2"/>')
        parts.append(text(at_x(max(medians)) + 6, labels[lane] + 4, lane, style=f"fill: {colours[lane]}"))
    return parts, TITLE + LINES_HEIGHT + 24 + GAP


def draw(summaries, machine_line):
    """The whole drawing."""
    panels, top = [], 0
    for summary in summaries:
        parts, height = (draw_lines if len(summary.case.points) > 1 else draw_bars)(summary)
        panels.append(f'<g transform="translate(0 {top})">{"".join(parts)}</g>')
        top += height
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -4 {WIDTH + 20} {top + 24}" role="img" '
            f'aria-label="Roomwire beside its peers"><style>{STYLE}</style>\n' + "\n".join(panels)
            + f'\n{text(0, top + 12, machine_line, **{"class": "quiet"})}</svg>\n')
