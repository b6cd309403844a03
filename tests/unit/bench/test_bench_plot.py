# SPDX-License-Identifier: MIT
"""tests/bench/plot.py: summaries as a drawing."""

import re
from xml.etree import ElementTree

from bench.plot import CUT, LEFT, RIGHT, WIDTH, draw, spread
from bench.summary import summarize
from bench_samples import GROWTH, PLAIN, samples

SVG = "{http://www.w3.org/2000/svg}"


def drawing(*summaries):
    return ElementTree.fromstring(draw(summaries, "2 cores <of a machine>"))


def words(root):
    return [element.text for element in root.iter(SVG + "text")]


def plain(**lanes):
    found = [one for lane, cpus in lanes.items() for one in samples("plain", lane.replace("_", "-"), cpus)]
    return summarize(PLAIN, found)


def growth():
    return summarize(GROWTH, [one for point, cpu in (("10", 1.0), ("100", 10.0)) for lane in ("roomwire", "raw-send")
                              for one in samples("growth", lane, (cpu,), point)])


def test_bars_are_as_long_as_their_ratios():
    root = drawing(plain(roomwire=(1.0,), raw_send=(2.0,)))
    ours, raw = (float(bar.get("width")) for bar in root.iter(SVG + "rect"))
    assert abs(raw / ours - 2) < 0.01
    assert "0.50" in words(root) and "1.00" in words(root)


def test_bar_that_is_much_longer_is_cut_and_says_so():
    root = drawing(plain(roomwire=(1.0,), raw_send=(1.0,), channels=(100.0,)))
    ours, _, cut = (float(bar.get("width")) for bar in root.iter(SVG + "rect"))
    assert abs(cut / ours - CUT * 1.1) < 0.01
    assert "… 100" in words(root)


def test_bars_without_their_base_are_the_figures_themselves():
    assert "7.00" in words(drawing(plain(roomwire=(7.0,))))


def test_bar_to_be_met_is_drawn():
    root = drawing(plain(roomwire=(1.0,), raw_send=(1.0,)))
    assert len([line for line in root.iter(SVG + "line") if line.get("class") == "bar"]) == 1


def test_lines_rise_with_their_values():
    root = drawing(growth())
    lines = [line.get("points") for line in root.iter(SVG + "polyline")]
    assert len(lines) == 2
    (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in lines[0].split())
    assert (x1, x2) == (LEFT, WIDTH - RIGHT)
    assert y1 > y2
    assert {"10", "100", "roomwire"} <= set(words(root))


def test_panels_do_not_overlap():
    root = drawing(plain(roomwire=(1.0,), raw_send=(1.0,)), growth())
    tops = [float(re.search(r" (\d+)\)", panel.get("transform")).group(1)) for panel in root.iter(SVG + "g")]
    lowest = max(float(text.get("y")) for text in next(root.iter(SVG + "g")).iter(SVG + "text"))
    assert tops[0] == 0 and tops[1] > lowest


def test_text_is_escaped():
    assert "2 cores <of a machine>" in words(drawing())


def test_labels_that_are_too_close_are_moved_apart():
    moved = spread({"a": 10, "b": 11, "c": 40}, 13)
    assert moved == {"c": 40, "b": 11, "a": -2}
