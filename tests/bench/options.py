# SPDX-License-Identifier: MIT
"""The command line of scripts/bench, and its manual."""

import argparse
import textwrap

from bench.cases import CASES, expected_seconds, find_cases, quick_cases
from bench.peers import FAMILIES
from bench.summary import DECISIVE_ROUNDS
from bench.table import TITLES, limit_text

ROUNDS = 5
SECONDS = 2.0
QUICK_SECONDS = 0.5
QUICK_WARMUP_SECONDS = 0.1
QUICK_FAMILIES = ("roomwire", "raw-send", "raw-writev")
# What the bars are meant for.
BAR_ROUNDS = 15
BAR_SECONDS = 3.0


def hours(rounds, seconds):
    """How long everything takes, to half an hour."""
    return f"{round(expected_seconds(CASES, rounds, seconds) / 1800) / 2:g} h"


USUAL_HOURS = hours(ROUNDS, SECONDS)
LONG_HOURS = hours(BAR_ROUNDS, BAR_SECONDS)

ABOUT = f"""\
Measures Roomwire side by side with others that serve the same rooms, on this machine and in one run, and prints ratios:
times of two runs or two machines cannot be compared.

  scripts/bench            everything: about {USUAL_HOURS}
  scripts/bench quick      the main cases beside the raw system calls, one short round each: under a minute
  scripts/bench CASE…      some of them; "growth" stands for all that begin with growth-
  scripts/bench crash      kills the broker again and again and looks at what it has kept (crash --help)

What decides the bars is --rounds {BAR_ROUNDS} --seconds {BAR_SECONDS:g}: everything then takes about {LONG_HOURS}.

Servers run on the first core, the load on the second one. A round measures each peer once, in a server that is
started for it; the next round goes through them backwards. What is printed are medians over the rounds, and for
ratios, which are taken within each round, where the median lies with nine chances in ten. A bar is "within" or
"above" ("below" where it is the least) when all of that interval is, otherwise "open", as it always is with fewer
than {DECISIVE_ROUNDS} rounds. CPU is the time of all processes of the server for one message to one member; its user
part, which the kernel counts in ticks, is compared in sums over all rounds. Of pages it is that of the web server and
of what is behind it for one page, and in a rack that of the hub alone or of the edges alone. raw-send and raw-writev
do nothing but the kernel's work: one send(2) for each message and member, or one writev(2) for each member and all
that was read at once.

Roomwire keeps nothing of what is said (history.durability=none), as none of its peers do, but for the cases that
measure just that: history, commits, ack, last50 and come-back, whose lanes are named after the durability; and for
pages, which show it. In these, "nobody" is the tutorial's page for which nobody asks who reads it.
"""

PEERS_HELP = """\
  roomwire     roomwire-broker with one thread and without history, behind web servers the whole of scripts/run; in a
               rack each host is a network namespace, which takes root
  raw-send     send(2) of frames of the same length to all members, nothing else
  raw-writev   writev(2) of all frames that came together, nothing else
  nchan        nginx with nchan, one worker, nothing buffered
  ws           Node.js with the package ws
  channels     Django Channels with channels_redis, under daphne
  django       the tutorial's pages: Django under gunicorn, behind the same web servers
"""

EXIT_HELP = """\
Exit status: 1 when messages of Roomwire were lost, doubled, out of order or held up, a connection of it was closed or
a case of it could not be measured; 2 for a mistake in the arguments. A bar that is not met is printed and changes
nothing, nor does one whose base was not measured.
"""


def bar_text(bar):
    return f"{TITLES[bar.metric]} {'≥' if bar.is_least else '≤'} {limit_text(bar)}"


def case_text(case):
    bars = "; ".join(dict.fromkeys(map(bar_text, case.bars)))
    words = case.sentence + (f" ({bars})" if bars else "")
    return textwrap.fill(words, 118, initial_indent=f"  {case.name:<18}", subsequent_indent=" " * 20)


def parser():
    cases = "\n".join(map(case_text, CASES))
    made = argparse.ArgumentParser(
        prog="scripts/bench", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Cases, and what Roomwire is held to:\n{cases}\n\nPeers:\n{PEERS_HELP}\n{EXIT_HELP}")
    made.add_argument("cases", nargs="*", metavar="CASE", help="quick, or cases as listed below (all)")
    made.add_argument("--rounds", type=positive(int), metavar="N", help=f"rounds of each case ({ROUNDS}; quick: 1)")
    made.add_argument("--seconds", type=positive(float), metavar="S",
                      help=f"of each measurement, more where a case needs it ({SECONDS:g}; quick: {QUICK_SECONDS:g})")
    made.add_argument("--peers", type=families, metavar="P,P…", help="only these")
    made.add_argument("--build", metavar="DIR", help="measure what is built there; build and install nothing of ours")
    made.add_argument("--json", metavar="FILE", help="write all that was measured, with every round")
    made.add_argument("--svg", metavar="FILE", help="draw it")
    return made


def positive(kind):
    def parse(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not above zero")
        return value
    parse.__name__ = kind.__name__
    return parse


def families(text):
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}, only {', '.join(FAMILIES)}")
    return names


def parse(arguments):
    """Options whose cases are those of the table, and whose gaps are filled in."""
    made = parser()
    options = made.parse_args(arguments)
    is_quick = options.cases == ["quick"]
    try:
        options.cases = quick_cases() if is_quick else find_cases(options.cases)
    except LookupError as error:
        made.error(f"there is no case {error} (see --help)")
    options.rounds = options.rounds or (1 if is_quick else ROUNDS)
    options.seconds = options.seconds or (QUICK_SECONDS if is_quick else SECONDS)
    options.peers = options.peers or (QUICK_FAMILIES if is_quick else FAMILIES)
    options.warmup_seconds = QUICK_WARMUP_SECONDS if options.seconds <= QUICK_SECONDS else None
    return options
