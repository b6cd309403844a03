# SPDX-License-Identifier: MIT
"""The table of cases: what load is put on which peers, and the bars that Roomwire is held to."""

from dataclasses import dataclass, field, replace

MESSAGE_BYTES = 100
RAW = ("raw-send", "raw-writev")
ALL = ("roomwire", *RAW, "nchan", "ws", "channels")
FAST = ("roomwire", *RAW, "nchan", "ws")

# What a table shows, by column (see table.py).
DELIVERIES = ("cpu", "ratios", "p50", "p99", "wrong")
LATENCIES = ("p50", "p99", "ratios", "cpu", "wrong")
CONNECTIONS = ("connect-cpu", "ratios", "seconds", "closed")
MEMORY = ("bytes", "closed")
COMMITS = ("rate", "cpu", "ratios", "wrong")
MESSAGES = ("message-cpu", "ratios", "p50", "wrong")
PAGES = ("p50", "p99", "cpu", "wrong")
PAGE_COSTS = ("page-cpu", "ratios", "p50")
RETURNS = ("back", "reads", "cpu", "wrong", "closed")

# Metrics that the kernel counts in ticks of 10 ms: only many rounds together tell them.
COARSE = ("user",)


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
        """How many a load of rooms opens; of pages none that stay."""
        return self.options.get("rooms", 0) * self.options.get("members", 0)

    def unmeasured_seconds(self):
        return self.options.get("warmup_seconds", 0) + self.options.get("after_seconds", 0)

    def arguments(self):
        words = [self.mode]
        for name, value in self.options.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return words


@dataclass(frozen=True)
class Bar:
    """What a metric of a lane may be at most: so many times the same of another lane, or so much. With a base point
    it is that lane's figure there which all other points are held against. is_least: what it has to be instead."""

    metric: str
    limit: float
    against: str = None
    lane: str = "roomwire"
    base_point: str = None
    is_least: bool = False


@dataclass(frozen=True)
class Lane:
    """A row of a case: a peer, by default under its own name, and what its load has of its own."""

    peer: str
    label: str = None
    options: dict = field(default_factory=dict)
    # What else goes on in the same server meanwhile, instead of the case's own.
    beside: object = None

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
    # By point: the messages that the server's history has before.
    past: dict = None
    # What its figures take, however short measurements are asked for.
    least_seconds: float = 0
    quick: bool = False


def case(name, sentence, load, lanes=ALL, **columns):
    points = load if isinstance(load, dict) else {"": load}
    return Case(name, sentence, points, tuple(Lane(one) if isinstance(one, str) else one for one in lanes), **columns)


def talk(mode="fanout", **options):
    return Load(mode, **{"path": "/ws/chat/%r/", "rooms": 1, "speakers": 1, "size": MESSAGE_BYTES, **options})


def connect(connections, parallel, **options):
    return Load("connect", path="/ws/chat/%r/", connections=connections, parallel=parallel,
                **{"rooms": 1000, **options})


def idle(**options):
    return Load("idle", path="/ws/chat/%r/", rooms=1000, connections=10000, **options)


ECHO = Load("echo", path="/ws/echo/", connections=50, in_flight=1, size=MESSAGE_BYTES)
BURST = talk(members=1000, in_flight=32)
BURST_ROOMS = talk(rooms=100, members=10, in_flight=8)
# Long enough for what is not read to fill a socket, 4 MiB by default, and what the broker keeps behind it.
STALLING = talk("rate", members=900, rate=50, size=8192, warmup_seconds=10)
# Of fewer messages the 99th percentile is two or three of them.
PERCENTILE_SECONDS = 10
# What a crowd needs to come in is given back when it is quiet for a while; what is asked for is what stays.
QUIET_SECONDS = 5
# Longer than the broker remembers an empty room, and is quiet after that.
FORGETTING_SECONDS = 70
THREADS = ("roomwire", Lane("roomwire-threads"))
HUBS = ("hub-of-1", "hub-of-2", "hub-of-4")
REDIS = ("roomwire-redis", "roomwire-redis-2", "channels", "channels-pubsub")
VERSION_1 = {"subprotocol": "roomwire.v1"}
# What history costs: under these names in the tables.
NONE, PROCESS, DISK = Lane("roomwire", "none"), Lane("roomwire-process", "process"), Lane("roomwire-disk", "disk")
ACKED = {"members": 1, "size": 200, "refs": 1, **VERSION_1}
PASTS = {f"{count:,}": count for count in (1000, 10000, 100000, 1000000, 5000000)}
RUSH = Load("login-rush", logins=200, program="roomwire-fcgi")
# In these rooms together; of each the last 50 are there even with the fewest.
READ = Load("read", path="/ws/chat/%r/", rooms=10, limit=50)
# Long enough for all to be away, and for the slowest machine that is within the bar.
RETURN_SECONDS = 20


def come_back(missed):
    return Load("return", path="/ws/chat/%r/", members=5000, rate=10, size=200, away_seconds=2, missed=missed)


def pages(name, sentence, room, unasked, limit):
    """The page of a room, read by somebody with a session, beside the same of the tutorial, both behind each web
    server; and beside the tutorial's page for nobody in particular."""
    django = {"enter": "/accounts/login/"}
    ours = {"enter": "/accounts/register/"}
    lanes = (Lane("roomwire-disk-lighttpd", "roomwire", ours), Lane("django-lighttpd", "django", django),
             Lane("django-lighttpd", "nobody", {"path": unasked}),
             Lane("roomwire-disk-nginx", "roomwire-nginx", ours), Lane("django-nginx", "django-nginx", django))
    bars = (Bar("page-cpu", limit, "nobody"), Bar("page-cpu", limit, "django"),
            Bar("page-cpu", limit, "django-nginx", "roomwire-nginx"))
    return case(name, sentence, Load("page", path=f"/chat/{room}/", rooms=1), lanes=lanes, past={"": 50}, bars=bars,
                columns=PAGE_COSTS, metric="page-cpu", against=("nobody", "django", "django-nginx"))


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
         least_seconds=PERCENTILE_SECONDS,
         bars=(Bar("p50", 1.15, "raw-send"), Bar("p99", 2, "raw-send"))),
    case("idle", "10,000 connections in 1,000 rooms that say nothing: memory of the server", idle(),
         lanes=("roomwire", Lane("roomwire", "roomwire.v1", VERSION_1), "nchan", "ws", "channels"),
         columns=MEMORY, metric="bytes", against=(), least_seconds=QUIET_SECONDS,
         bars=(Bar("bytes", 300), Bar("bytes", 300, lane="roomwire.v1"))),
    case("closed", "10,000 connections that have gone, and their rooms forgotten: what is left of their memory",
         idle(after_seconds=FORGETTING_SECONDS), lanes=("roomwire",), columns=("kept", "closed"), metric="kept",
         against=(), least_seconds=QUIET_SECONDS, bars=(Bar("kept", 1.10),)),
    case("connect", "connections that come, with so many open already",
         {"0": connect(4000, 100), "15,000": connect(4000, 100, keep_open=15000)}, lanes=("roomwire", "nchan", "ws"),
         columns=CONNECTIONS, metric="connect-cpu", against=("nchan",),
         bars=(Bar("connect-cpu", 1.3, "nchan"), Bar("connect-cpu", 1.3, "roomwire", base_point="0"))),
    case("reconnect", "10,000 connections that come at once", connect(10000, 0), lanes=("roomwire", "nchan", "ws"),
         columns=CONNECTIONS, metric="seconds", against=(), bars=(Bar("seconds", 2.5),)),
    case("join", "10,000 who come into one room at once, and all that is told of them",
         connect(10000, 0, rooms=1, subprotocol="roomwire.v1", after_seconds=1), lanes=("roomwire",),
         columns=CONNECTIONS, metric="connect-cpu", against=(), bars=(Bar("connect-cpu", 100),)),
    case("threads-burst", "burst-1000 with one thread and with two", BURST, lanes=THREADS, against=("roomwire",),
         bars=(Bar("cpu", 1.15, "roomwire", "roomwire-threads"),)),
    case("threads-rooms", "burst-rooms with one thread and with two", BURST_ROOMS, lanes=THREADS, against=("roomwire",),
         bars=(Bar("cpu", 1.3, "roomwire", "roomwire-threads"),)),
    case("slow", "900 members, alone and with 100 more that do not read", STALLING,
         lanes=("roomwire", Lane("roomwire", "100-stalled", {"members": 1000, "stalled": 100})),
         columns=(*LATENCIES, "stayed"), metric="p99", against=("roomwire",), least_seconds=PERCENTILE_SECONDS,
         bars=(Bar("p99", 2, "roomwire", "100-stalled"), Bar("stayed", 0, lane="100-stalled"))),
    case("big-beside-small", "a room of 10, while a room of 10,000 hears 5 messages a second",
         talk("rate", members=10, rate=100, path="/ws/chat/small-%r/", warmup_seconds=2),
         lanes=("roomwire", "raw-send", "nchan", "ws"),
         beside=talk("rate", members=10000, rate=5, path="/ws/chat/big-%r/"),
         columns=("p50", "p99", "ratios", "wrong"), metric="p99", against=("raw-send",),
         least_seconds=PERCENTILE_SECONDS, bars=(Bar("p99", 10000),)),
    case("growth-members", "1 room with more and more members, one speaks",
         {f"{count:,}": talk(members=count, in_flight=1) for count in (10, 100, 1000, 10000)}, lanes=FAST),
    case("growth-rooms", "more and more rooms of 1, who speaks",
         {f"{count:,}": talk(rooms=count, members=1, in_flight=1) for count in (1, 10, 100, 1000, 10000)}, lanes=FAST),
    case("growth-size", "1 room of 100, one speaks, longer and longer messages",
         {f"{size:,}": talk(members=100, in_flight=8, size=size) for size in (64, 256, 1024, 4096)}, lanes=FAST),
    case("road", "1 room of 100, one speaks: direct, through a web server on the way, and nchan in its place",
         talk(members=100, in_flight=1), lanes=("roomwire", "roomwire-lighttpd", "roomwire-nginx", "nchan"),
         against=("roomwire", "nchan")),
    case("redis", "rooms whose messages go by Redis: one broker, two, and Channels with either layer of channels_redis",
         {"1 of 1,000": talk(members=1000, in_flight=1), "100 of 10": talk(rooms=100, members=10, in_flight=1),
          "100 of 10, 8 under way": BURST_ROOMS},
         lanes=REDIS, against=("channels", "channels-pubsub"),
         bars=tuple(Bar("cpu", 0.1, peer, lane) for lane in REDIS[:2] for peer in REDIS[2:])),
    case("rack-hub", "500 messages a second in rooms of 100, with more and more clients at one edge, two and four: the hub",
         {f"{rooms * 100:,}": talk("rate", rooms=rooms, members=100, rate=500) for rooms in (1, 10, 40)},
         lanes=HUBS, against=("hub-of-1",), columns=MESSAGES, metric="message-cpu",
         bars=tuple(Bar("message-cpu", 1.1, hub, hub, base_point="100") for hub in HUBS)),
    case("rack-busy", "100 rooms of 10, one speaks in each, 8 messages of each under way: the hub", BURST_ROOMS, lanes=HUBS,
         against=("hub-of-1",), columns=MESSAGES, metric="message-cpu"),
    case("rack-edge", "an edge beside a broker that is alone, each on a host of its own",
         {"1 of 1,000": talk(members=1000, in_flight=1), "1 of 1,000, 32 under way": BURST,
          "100 of 10, 8 under way": BURST_ROOMS},
         lanes=("lone-host", "edge-of-1"), against=("lone-host",), bars=(Bar("cpu", 1.1, "lone-host", "edge-of-1"),)),
    case("history", "1 room of 1,000, one speaks: what is said is kept, or not",
         {"1 under way": talk(members=1000, in_flight=1), "32 under way": BURST}, lanes=(NONE, PROCESS, DISK),
         against=("none",), bars=(Bar("cpu", 1.15, "none", "process"),)),
    case("commits", "100 rooms of 1, 64 messages of 200 bytes under way in each, which are acknowledged; both cores",
         talk(rooms=100, in_flight=64, **ACKED),
         lanes=(Lane("roomwire-process-cores", "process"), Lane("roomwire-disk-cores", "disk")),
         against=("process",), columns=COMMITS, metric="rate",
         bars=(Bar("rate", 30000, lane="process", is_least=True),)),
    case("ack", "100 messages a second in 10 rooms of 1: until each is acknowledged",
         talk("rate", rooms=10, rate=100, **ACKED), lanes=(PROCESS, DISK), against=(), columns=PAGES, metric="p50",
         least_seconds=PERCENTILE_SECONDS, bars=(Bar("p50", 2000, lane="process"),)),
    case("last50", "reading the last 50 messages of a room, with so many in 10 rooms", {name: READ for name in PASTS},
         lanes=(Lane("roomwire-disk", "roomwire"),), against=(), columns=PAGES, metric="p50", past=PASTS,
         bars=(Bar("p50", 1.5, "roomwire", base_point="1,000"),)),
    case("come-back", "5,000 of one room are cut at once, miss so many messages, and come back at once",
         {f"{missed:,}": come_back(missed) for missed in (40, 1500)}, lanes=(DISK,), against=(), columns=RETURNS,
         metric="back", least_seconds=RETURN_SECONDS,
         bars=(Bar("back", 15, lane="disk"), Bar("reads-pace", 1, lane="disk"))),
    pages("pages-empty", "the page of an empty room beside the tutorial's, web server included", "empty",
          "/unasked/empty/", 0.1),
    pages("pages-50", "the page of a room with 50 messages beside the tutorial's, web server included", "bench0",
          "/messages/bench0/", 0.2),
    case("pages-memory", "10,000 pages: memory of roomwire-fcgi beside what it was before",
         Load("page-memory", path="/chat/bench0/", pages=10000, program="roomwire-fcgi", rooms=1),
         lanes=(Lane("roomwire-disk-lighttpd", "roomwire", {"enter": "/accounts/register/"}),), past={"": 50}, columns=("kept",), metric="kept",
         against=(), bars=(Bar("kept", 1.01),)),
    case("logins-time", "500 wrong logins and 500 of nobody, in turns: how much longer the latter take",
         Load("login-times", logins=500), lanes=(Lane("roomwire-logins", "roomwire"),), columns=("p50", "unknown"),
         metric="unknown", against=(), bars=(Bar("unknown", 1.05), Bar("unknown", 0.95, is_least=True))),
    case("logins-rush", "100 messages a second to 100 members, alone and while 200 log in at once again and again",
         talk("rate", members=100, rate=100), columns=(*LATENCIES, "peak"), metric="p99", against=("roomwire",),
         lanes=(Lane("roomwire-logins", "roomwire"), Lane("roomwire-logins", "200-logins", beside=RUSH)),
         least_seconds=PERCENTILE_SECONDS, bars=(Bar("p99", 3, "roomwire", "200-logins"),
                                                 Bar("peak", 64, lane="200-logins"))),
)


def find_cases(names):
    """Those that are named, or begin with a name and a hyphen, in the table's order; LookupError for a name of none."""
    for name in names:
        if not any(belongs(one, name) for one in CASES):
            raise LookupError(name)
    return [one for one in CASES if not names or any(belongs(one, name) for name in names)]


def belongs(one, name):
    return one.name == name or one.name.startswith(name + "-")


def quick_cases():
    """The main ones, as short as is asked for, and without bars that a short round can't tell."""
    return [replace(one, least_seconds=0, bars=tuple(bar for bar in one.bars if bar.metric not in COARSE))
            for one in CASES if one.quick]


# For starting and ending a server, and for opening connections.
START_SECONDS = 2


def expected_seconds(cases, rounds, seconds):
    """Roughly how long measuring takes."""
    return rounds * sum(len(one.lanes) * (max(seconds, one.least_seconds) + load.unmeasured_seconds() + START_SECONDS)
                        for one in cases for load in one.points.values())
