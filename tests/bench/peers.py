# SPDX-License-Identifier: MIT
"""The table of peers: which programs each one is, where it listens, and what has to be installed for it. They all
serve /ws/chat/<room>/, and most of them /ws/echo/."""

import contextlib
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from bench import machine
from bench.page_load import PASSWORD, USER
from bench.processes import Program, ProgramError
from support.namespaces import Network

TOP = Path(__file__).parents[2]
OWN = Path(__file__).parent / "peers"

# On each host of a rack.
CLIENTS_PORT = 8000
RACK_PORT = 7000

# Nothing is to stand in the way of the load but the work itself. Peers keep nothing of what is said, and so does
# Roomwire beside them: history is only in the lanes that are named after their durability.
OPEN = ("limits.connections=0", "limits.connections_per_address=0", "limits.messages_per_second=0",
        "limits.message_burst=1000000", "broker.log_level=error")


@dataclass(frozen=True)
class Place:
    """What a peer gets to start with: a folder of its own, a free port, and the length of Roomwire's frames."""

    folder: Path
    port: int
    build: Path
    frame_bytes: int
    # Of a folder with a history, for those who read one.
    past: Path = None
    # The hosts of a rack.
    network: Network = None


@dataclass(frozen=True)
class Step:
    """A program to start, and where it listens when it is ready. Its processes are those of pid_files, or it itself."""

    command: list
    address: object
    environment: dict = None
    pid_files: tuple = ()
    # In the place's network; by default this one.
    host: str = None
    is_counted: bool = True


@dataclass(frozen=True)
class Peer:
    name: str
    # From a Place to Steps, in the order of starting; the last one is where clients come to.
    steps: Callable
    # What --peers calls it.
    family: str
    # The group of scripts/deps.
    packages: str = "build"
    both_cores: bool = False
    # So many of its last programs are where clients come to.
    doors: int = 1
    # Its folder must not lie in memory, where a sync costs nothing.
    is_durable: bool = False
    # Of a rack, each a network namespace; clients come from the first.
    hosts: tuple = ()


def address_of(place):
    return ("127.0.0.1", place.port)


def settings(*more):
    return [word for setting in (*OPEN, *more) for word in ("--set", setting)]


def roomwire(threads=1, durability="none"):
    def steps(place):
        own = (f"paths.state={place.past or place.folder}", f"broker.listen=127.0.0.1:{place.port}",
               f"broker.threads={threads}", f"history.durability={durability}")
        return [Step([place.build / "bin/roomwire-broker", *settings(*own)], address_of(place))]
    return steps


def broker_at(place, name, port, *more):
    own = (f"paths.state={place.folder / name}", f"broker.listen=127.0.0.1:{port}", "broker.threads=1",
           "history.durability=none")
    return Step([place.build / "bin/roomwire-broker", *settings(*own, *more)], ("127.0.0.1", port))


def behind(web):
    """The files of scripts/deploy, as scripts/run starts them."""
    def steps(place):
        return [site(place, web, ("broker", "web"), settings("broker.threads=1", "history.durability=none"))]
    return steps


def site(place, web, counted, arguments):
    """scripts/run with what is there before; the processes of these names are counted."""
    state = place.folder / "state"
    if place.past:
        shutil.copytree(place.past, state)
    command = [TOP / "scripts/run", "--port", place.port, "--state", state, "--web", web, *arguments]
    pid_files = tuple(state / f"run/{name}.pid" for name in counted)
    return Step(command, address_of(place), {"ROOMWIRE_BUILD": str(place.build)}, pid_files)


def pages(web):
    """As it is deployed; the broker has no part in a room's page."""
    def steps(place):
        return [site(place, web, ("fcgi", "web"), ("--set", "history.durability=disk"))]
    return steps


def logins(place):
    """Where nobody is ever made to wait for a wrong password."""
    return [site(place, "lighttpd", ("broker", "fcgi", "web"),
                 settings("history.durability=none", "limits.login_penalty_seconds=0"))]


def raw(mode):
    def steps(place):
        command = [place.build / "bin/bench-raw", "--listen", place.port, "--mode", mode,
                   "--frame-bytes", place.frame_bytes]
        return [Step(command, address_of(place))]
    return steps


def configuration(place, name):
    """The path of a web server's configuration, filled in."""
    text = (OWN / name).read_text(encoding="utf-8")
    path = place.folder / name
    path.write_text(text.replace("@port@", str(place.port)).replace("@folder@", str(place.folder)), encoding="utf-8")
    return path


def nginx(place, name):
    command = ["/usr/sbin/nginx", "-p", place.folder, "-e", "stderr", "-c", configuration(place, name)]
    # Its worker has to reach what is in the folder.
    user = ["-g", "user root;"] if os.getuid() == 0 else []
    return Step([*command, *user], address_of(place))


def lighttpd(place, name):
    return Step(["/usr/sbin/lighttpd", "-D", "-f", configuration(place, name)], address_of(place))


def nchan(place):
    return [nginx(place, "nchan.conf")]


def ws(place):
    return [Step(["node", OWN / "rooms.mjs", place.port], address_of(place))]


def redis_of(place):
    """One that keeps nothing on the disk."""
    socket = str(place.folder / "redis.sock")
    return Step(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", place.folder], socket)


def channels(layer="core.RedisChannelLayer"):
    def steps(place):
        store = redis_of(place)
        site = ["/usr/bin/python3", "-B", "/usr/bin/daphne", "-v", "0", "-b", "127.0.0.1", "-p", place.port,
                "channels_site:application"]
        environment = {"PYTHONPATH": str(OWN), "BENCH_REDIS": f"unix://{store.address}",
                       "BENCH_LAYER": f"channels_redis.{layer}"}
        return [store, Step(site, address_of(place), environment)]
    return steps


def roomwire_redis(brokers):
    """So many, and clients come to each of them in turns."""
    def steps(place):
        store = redis_of(place)
        ports = [machine.free_port() for _ in range(brokers - 1)] + [place.port]
        return [store, *(broker_at(place, f"broker{port}", port, "layer.backend=redis", "redis.layout=none",
                                   f"redis.url=unix://{store.address}") for port in ports)]
    return steps


def broker_on(place, host, *more, is_counted=True):
    address = place.network.address(host)
    own = (f"paths.state={place.folder / host}", f"broker.listen={address}:{CLIENTS_PORT}", "broker.threads=1",
           "site.allowed_hosts=*", "history.durability=none")
    command = [place.build / "bin/roomwire-broker", *settings(*own, *more)]
    return Step(command, (address, CLIENTS_PORT), host=host, is_counted=is_counted)


def lone_host(place):
    """What an edge is held against: the same way for its clients, and nobody behind it."""
    return [broker_on(place, "edge1")]


def rack(counted, edges):
    """A hub, and so many edges to which clients come; one of the two is what is counted."""
    def steps(place):
        key = place.folder / "rack.key"
        key.touch(0o600)
        key.write_text(secrets.token_hex(32), encoding="ascii")
        hub = f"tcp://{place.network.address('hub')}:{RACK_PORT}"
        shared = ("layer.backend=nng", f"layer.key_file={key}")
        return [broker_on(place, "hub", *shared, f"layer.listen={hub}", is_counted=counted == "hub"),
                *(broker_on(place, host, *shared, f"layer.hub={hub}", is_counted=counted == "edge")
                  for host in edge_hosts(edges))]
    return steps


def edge_hosts(edges):
    return [f"edge{number}" for number in range(1, edges + 1)]


def rack_peer(counted, edges):
    return Peer(f"{counted}-of-{edges}", rack(counted, edges), "roomwire", "bench", doors=edges,
                hosts=("clients", "hub", *edge_hosts(edges)))


def tutorial(web, name):
    """One worker of gunicorn, behind a web server as ours is."""
    def steps(place):
        socket = str(place.folder / "site.sock")
        command = ["/usr/bin/python3", "-B", "/usr/bin/gunicorn", "--workers", "1", "--bind", f"unix:{socket}",
                   "--log-level", "error", "tutorial_site:application"]
        environment = {"PYTHONPATH": str(OWN), "BENCH_FOLDER": str(place.folder), "BENCH_USER": USER,
                       "BENCH_PASSWORD": PASSWORD, "BENCH_HISTORY": str(place.past / "history.db")}
        return [Step(command, socket, environment), web(place, name)]
    return steps


PEERS = {peer.name: peer for peer in (
    Peer("roomwire", roomwire(), "roomwire"),
    Peer("roomwire-threads", roomwire(threads=2), "roomwire", both_cores=True),
    Peer("roomwire-process", roomwire(durability="process"), "roomwire", is_durable=True),
    Peer("roomwire-disk", roomwire(durability="disk"), "roomwire", is_durable=True),
    Peer("roomwire-process-cores", roomwire(durability="process"), "roomwire", both_cores=True, is_durable=True),
    Peer("roomwire-disk-cores", roomwire(durability="disk"), "roomwire", both_cores=True, is_durable=True),
    Peer("roomwire-lighttpd", behind("lighttpd"), "roomwire", "run"),
    Peer("roomwire-nginx", behind("nginx"), "roomwire", "run"),
    Peer("roomwire-disk-lighttpd", pages("lighttpd"), "roomwire", "run", is_durable=True),
    Peer("roomwire-disk-nginx", pages("nginx"), "roomwire", "run", is_durable=True),
    Peer("roomwire-logins", logins, "roomwire", "run"),
    Peer("raw-send", raw("send"), "raw-send"),
    Peer("raw-writev", raw("writev"), "raw-writev"),
    Peer("nchan", nchan, "nchan", "bench"),
    Peer("ws", ws, "ws", "bench"),
    Peer("channels", channels(), "channels", "bench"),
    Peer("channels-pubsub", channels("pubsub.RedisPubSubChannelLayer"), "channels", "bench"),
    Peer("roomwire-redis", roomwire_redis(1), "roomwire", "bench"),
    Peer("roomwire-redis-2", roomwire_redis(2), "roomwire", "bench", doors=2),
    Peer("lone-host", lone_host, "roomwire", "bench", hosts=("clients", "edge1")),
    rack_peer("edge", 1), *(rack_peer("hub", edges) for edges in (1, 2, 4)),
    Peer("django-lighttpd", tutorial(lighttpd, "tutorial_lighttpd.conf"), "django", "bench"),
    Peer("django-nginx", tutorial(nginx, "tutorial_nginx.conf"), "django", "bench"),
)}
FAMILIES = tuple(dict.fromkeys(peer.family for peer in PEERS.values()))


class Server:
    """A peer that runs: where clients come to, and the processes that its cost is counted of."""

    def __init__(self, target, programs, pids):
        self.target = target
        self.programs = programs
        self.pids = pids


def pids_of(step, program):
    if not step.is_counted:
        return []
    if not step.pid_files:
        return [program.pid]
    return [int(path.read_text(encoding="ascii")) for path in step.pid_files]


@contextlib.contextmanager
def network_of(peer):
    try:
        with Network(*peer.hosts) if peer.hosts else contextlib.nullcontext() as network:
            yield network
    except PermissionError as problem:
        raise ProgramError(f"no hosts of {peer.name}'s own: {problem}") from problem


def on_host(network, name):
    """Where what is started meanwhile runs."""
    return network.inside(name) if name else contextlib.nullcontext()


@contextlib.contextmanager
def running(peer, build, frame_bytes=0, past=None):
    """Starts all programs of a peer in a folder of their own, and ends them backwards."""
    server_core, load_core = machine.cores()
    core = f"{server_core},{load_core}" if peer.both_cores else server_core
    folder = Path(tempfile.mkdtemp(prefix="roomwire-bench-", dir=build if peer.is_durable else None))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        network = stack.enter_context(network_of(peer))
        place = Place(folder, machine.free_port(), build, frame_bytes, past, network)
        steps, programs, pids = peer.steps(place), [], []
        for number, step in enumerate(steps):
            with on_host(network, step.host):
                program = Program(step.command, folder / f"program{number}.log", core, step.environment)
                stack.callback(program.stop)
                program.wait_for(step.address)
            programs.append(program)
            pids += pids_of(step, program)
        target = ",".join(f"{host}:{port}" for host, port in (step.address for step in steps[-peer.doors:]))
        with on_host(network, peer.hosts[0] if peer.hosts else None):
            yield Server(target, programs, pids)
