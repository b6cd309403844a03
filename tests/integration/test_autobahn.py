# SPDX-License-Identifier: MIT
"""Every case of the catalogue against the real broker, on three roads: straight, through lighttpd and through nginx."""

import pytest
from autobahn_cases import SECTIONS, Await, Chopped
from raw_websocket import RawWebSocket
from stack import Broker, Site

SETTING = "limits.echo_bytes=16777216"
# What a proxy makes of a size it has shown at 1 MiB, and of a cut that it undoes, it need not show again.
STRAIGHT_ONLY = {*(f"9.{family}.{i}" for family in (1, 2) for i in (4, 5, 6)),
                 *(f"9.{family}.{i}" for family in (3, 4) for i in range(2, 9)),
                 *(f"9.{family}.{i}" for family in (5, 6) for i in (2, 3, 5))}
BYTE_BY_BYTE_MAX = 500


@pytest.fixture(scope="module")
def straight():
    with Broker(SETTING) as running:
        yield running.port


@pytest.fixture(scope="module")
def lighttpd():
    with Site("--set", SETTING, web="lighttpd") as site:
        yield site.port


@pytest.fixture(scope="module")
def nginx():
    with Site("--set", SETTING, web="nginx") as site:
        yield site.port


def perform(connection, steps):
    """Takes the steps; the frames that came by the end, the close code last."""
    heard = []
    for step in steps:
        if isinstance(step, Await):
            heard += [connection.heard() for _ in range(step.count)]
        elif isinstance(step, Chopped):
            for start in range(0, len(step.data), step.size):
                connection.send(step.data[start:start + step.size])
        else:
            connection.send(step)
    while (frame := connection.heard()) is not None:
        heard.append(frame)
    return heard


def problem_of(port, steps, expected, is_straight):
    """What went wrong, in a line, or None."""
    try:
        with RawWebSocket(port) as connection:
            heard = perform(connection, steps)
    except (AssertionError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    if heard != expected:
        return f"expected {brief(expected)}, heard {brief(heard)}"
    if is_straight and connection.was_reset:
        return "reset rather than closed"
    return None


def brief(frames):
    """A list of frames that fits a line."""
    shown = [frame if not isinstance(frame, tuple) or len(frame[1]) < 40 else (frame[0], len(frame[1]), frame[1][:16])
             for frame in frames[:4] + frames[4:][-2:]]
    return f"{len(frames)}: {shown}"


def assert_all_pass(port, cases, is_straight=True):
    problems = [f"{case.number}: {problem}" for case in cases
                if (problem := problem_of(port, case.steps, case.expected, is_straight))]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("road", ["straight", "lighttpd", "nginx"])
def test_section(request, road, section):
    cases = SECTIONS[section][0]()
    is_straight = road == "straight"
    assert_all_pass(request.getfixturevalue(road),
                    (case for case in cases if is_straight or case.number not in STRAIGHT_ONLY), is_straight)


def byte_by_byte(step):
    return Chopped(step, 1) if isinstance(step, bytes) else step


@pytest.mark.parametrize("section", range(1, 8))
def test_section_byte_by_byte(straight, section):
    assert_all_pass(straight, (
        case._replace(steps=[byte_by_byte(step) for step in case.steps]) for case in SECTIONS[section][0]()
        if sum(len(step) for step in case.steps if isinstance(step, bytes)) <= BYTE_BY_BYTE_MAX))


def test_the_catalogue_is_complete():
    """301 cases, none twice: what a generator left out would pass unseen."""
    for section, (cases, count) in SECTIONS.items():
        numbers = [case.number for case in cases()]
        assert len(set(numbers)) == len(numbers) == count
        assert all(number.startswith(f"{section}.") for number in numbers)
    assert sum(count for _, count in SECTIONS.values()) == 301
