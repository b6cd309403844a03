# SPDX-License-Identifier: MIT
"""The table of cases: what load is put on which peers, and the bars that Roomwire is held to."""

from dataclasses import dataclass, field

MESSAGE_BYTES = 100
RAW = ("raw-send", "raw-writev")
ALL = ("roomwire", *RAW, "nchan", "ws", "channels")
FAST = ("roomwire", *RAW, "nchan", "ws")

# What a table shows, by column (see table.py).
DELIVERIES = ("cpu", "ratios", "p50", "p99", "wrong")
LATENCIES = ("p50", "p99", "ratios", "cpu", "wrong")
CONNECTIONS = ("connect-cpu", "ratios", "seconds", "closed")
MEMORY = ("bytes", "closed")


class Load:
    """A mode of bench-load and its options: in_flight=8 is --in-flight 8."""

    def __init__(self, mode, **options):
        self.mode = mode
        self.options = options

    def changed(self, **options):
        return Load(self.mode, **{**self.options, **options})

    def or_else(self, **options):
        """Of these, what it does not say itself."""
        return Load(self.mode, **{**options, **self.options})

    def connections(self):
        """How many a load of rooms opens."""
        return self.options["rooms"] * self.options["members"]

    def arguments(self):
        words = [self.mode]
        for name, value in self.options.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return words


@dataclass(frozen=True)
class Bar:
    """What a metric of a lane may be at most: so many times the same of another lane, or so much."""

    metric: str
    limit: float
    against: str = None
    lane: str = "roomwire"


@dataclass(frozen=True)
class Lane:
    """A row of a case: a peer, by default under its own name, and what its load has of its own."""

    peer: str
    label: str = None
    options: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.label or self.peer


@dataclass(frozen=True)
class Case:
    name: str
    sentence: str
    # By what tells them apart; "" where there is only one.
    points: dict
    lanes: tuple
    bars: tuple = ()
    columns: tuple = DELIVERIES
    # The lanes that ratios are given to.
    against: tuple = RAW
    # The metric that ratios are of, and that is drawn.
    metric: str = "cpu"
    # What else goes on in the same server all the while.
    beside: Load = None
    quick: bool = False


def case(name, sentence, load, lanes=ALL, **columns):
    points = load if isinstance(load, dict) else {"": load}
    return Case(name, sentence, points, tuple(Lane(one) if isinstance(one, str) else one for one in lanes), **columns)


def talk(mode="fanout", **options):
    return Load(mode, **{"path": "/ws/chat/%r/", "rooms": 1, "speakers": 1, "size": MESSAGE_BYTES, **options})


def connect(connections, parallel, keep_open=0):
    return Load("connect", path="/ws/chat/%r/", rooms=1000, connections=connections, parallel=parallel,
                keep_open=keep_open)


ECHO = Load("echo", path="/ws/echo/", connections=50, in_flight=1, size=MESSAGE_BYTES)
IDLE = Load("idle", path="/ws/chat/%r/", rooms=1000, connections=10000)
BURST = talk(members=1000, in_flight=32)
BURST_ROOMS = talk(rooms=100, members=10, in_flight=8)
# Long enough for what is not read to fill the sockets, and more.
STALLING = talk("rate", members=1000, rate=50, size=8192, warmup_seconds=6)
THREADS = ("roomwire", Lane("roomwire-threads"))
VERSION_1 = {"subprotocol": "roomwire.v1"}

CASES = (
    case("alone-1000", "1 room of 1,000, one speaks, one message at a time", talk(members=1000, in_flight=1),
         quick=True, bars=(Bar("cpu", 1.08, "raw-send"), Bar("user", 2, "raw-send"))),
    case("burst-1000", "1 room of 1,000, one speaks, 32 messages under way", BURST, quick=True,
         bars=(Bar("cpu", 1.10, "raw-writev"),)),
    case("alone-rooms", "100 rooms of 10, one speaks in each, one message at a time",
         talk(rooms=100, members=10, in_flight=1), quick=True, bars=(Bar("cpu", 1.08, "raw-send"),)),
    case("burst-rooms", "100 rooms of 10, one speaks in each, 8 messages of each under way", BURST_ROOMS, quick=True,
         bars=(Bar("cpu", 1.10, "raw-writev"),)),
    case("crowd", "1 room of 50, all of them speak, 8 messages of each under way",
         talk(members=50, speakers=50, in_flight=8), quick=True, bars=(Bar("cpu", 1.0, "raw-writev"),)),
    case("echo", "50 connections, each hears its own", ECHO, lanes=("roomwire", *RAW, "ws", "channels"), quick=True,
         bars=(Bar("cpu", 1.05, "raw-send"),)),
    case("latency", "100 messages a second to 100 members, whether they keep up or not",
         talk("rate", members=100, rate=100), quick=True, columns=LATENCIES, metric="p99",
         bars=(Bar("p50", 1.15, "raw-send"), Bar("p99", 2, "raw-send"))),
    case("idle", "10,000 connections in 1,000 rooms that say nothing: memory of the server", IDLE,
         lanes=("roomwire", Lane("roomwire", "roomwire.v1", VERSION_1), "nchan", "ws", "channels"),
         columns=MEMORY, metric="bytes", against=(),
         bars=(Bar("bytes", 300), Bar("bytes", 300, lane="roomwire.v1"))),
    case("connect", "connections that come, with so many open already",
         {"0": connect(4000, 100), "15,000": connect(4000, 100, 15000)}, lanes=("roomwire", "nchan", "ws"),
         columns=CONNECTIONS, metric="connect-cpu", against=("nchan",), bars=(Bar("connect-cpu", 1.3, "nchan"),)),
    case("reconnect", "10,000 connections that come at once", connect(10000, 0), lanes=("roomwire", "nchan", "ws"),
         columns=CONNECTIONS, metric="seconds", against=(), bars=(Bar("seconds", 2.5),)),
    case("threads-burst", "burst-1000 with one thread and with two", BURST, lanes=THREADS, against=("roomwire",),
         bars=(Bar("cpu", 1.15, "roomwire", "roomwire-threads"),)),
    case("threads-rooms", "burst-rooms with one thread and with two", BURST_ROOMS, lanes=THREADS, against=("roomwire",),
         bars=(Bar("cpu", 1.3, "roomwire", "roomwire-threads"),)),
    case("slow", "1,000 members, and of these 100 that do not read", STALLING,
         lanes=("roomwire", Lane("roomwire", "100-stalled", {"stalled": 100})),
         columns=LATENCIES, metric="p99", against=("roomwire",), bars=(Bar("p99", 2, "roomwire", "100-stalled"),)),
    case("big-beside-small", "a room of 10, while a room of 10,000 hears 5 messages a second",
         talk("rate", members=10, rate=100, path="/ws/chat/small-%r/", warmup_seconds=2),
         lanes=("roomwire", "raw-send", "nchan", "ws"),
         beside=talk("rate", members=10000, rate=5, path="/ws/chat/big-%r/"),
         columns=("p50", "p99", "ratios", "wrong"), metric="p99", against=("raw-send",), bars=(Bar("p99", 10000),)),
    case("growth-members", "1 room with more and more members, one speaks",
         {f"{count:,}": talk(members=count, in_flight=1) for count in (10, 100, 1000, 10000)}, lanes=FAST),
    case("growth-rooms", "more and more rooms of 1, who speaks",
         {f"{count:,}": talk(rooms=count, members=1, in_flight=1) for count in (1, 10, 100, 1000, 10000)}, lanes=FAST),
    case("growth-size", "1 room of 100, one speaks, longer and longer messages",
         {f"{size:,}": talk(members=100, in_flight=8, size=size) for size in (64, 256, 1024, 4096)}, lanes=FAST),
    case("road", "1 room of 100, one speaks: direct, through a web server on the way, and nchan in its place",
         talk(members=100, in_flight=1), lanes=("roomwire", "roomwire-lighttpd", "roomwire-nginx", "nchan"),
         against=("roomwire", "nchan")),
)


def find_cases(names):
    """Those that are named, or begin with a name and a hyphen, in the table's order; LookupError for a name of none."""
    for name in names:
        if not any(belongs(one, name) for one in CASES):
            raise LookupError(name)
    return [one for one in CASES if not names or any(belongs(one, name) for name in names)]


def belongs(one, name):
    return one.name == name or one.name.startswith(name + "-")
