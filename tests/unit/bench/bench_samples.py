# SPDX-License-Identifier: MIT
"""Samples as bench-load would have given them, for the tests of what is made of them."""

from bench.cases import Bar, case, talk
from bench.measure import Sample


def figures(cpu, **more):
    """Of one run."""
    return {"server_cpu_us_per_delivery": cpu, "server_user_us_per_delivery": cpu / 10, "deliveries": 1000,
            "lost": 0, "doubled": 0, "disordered": 0, "foreign": 0, "closed": 0,
            "latency_us": {"count": 1000, "p50": 100 * cpu, "p99": 1000 * cpu}, **more}


def samples(name, lane, cpus, point="", **more):
    """A lane's, one a round."""
    return [Sample(name, point, lane, number, figures(cpu, **more)) for number, cpu in enumerate(cpus)]


def failed(name, lane, error):
    return Sample(name, "", lane, 0, error=error)


PLAIN = case("plain", "one speaks", talk(members=10), lanes=("roomwire", "raw-send", "channels"),
             against=("raw-send",), bars=(Bar("cpu", 1.1, "raw-send"),))
GROWTH = case("growth", "more and more", {"10": talk(members=10), "100": talk(members=100)},
              lanes=("roomwire", "raw-send"), against=("raw-send",))
# Nobody beside it: it is held to its own first point.
FLAT = case("flat", "more and more", {"0": talk(members=10), "100": talk(members=100)}, lanes=("roomwire",),
            against=(), bars=(Bar("cpu", 1.3, "roomwire", base_point="0"),))
