# SPDX-License-Identifier: MIT
"""Hosts for a test: each is a network namespace, and one bridge connects them. A host can be cut off: then its packets
are dropped in both directions, and no connection is closed. All hosts share the file system, so unix sockets reach each
of them."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
FORWARDING, DISABLED = 3, 0  # states of a port of a bridge
C = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"{' '.join(words)}: {done.stderr.strip()}")


def why_not():
    """The reason why this machine cannot make namespaces; None when it can."""
    try:
        with Network("probe"):
            return None
    except (PermissionError, FileNotFoundError) as problem:
        return f"no network namespaces here: {problem}"


def enter(path):
    with open(path, encoding="ascii") as space:
        if C.setns(space.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", path)


class Network:
    """with Network("a", "b") as network: …  The bridge has a namespace, too, so the real host is not changed."""

    def __init__(self, *hosts):
        self.prefix = f"roomwire{os.getpid()}"
        self.bridge = f"{self.prefix}-bridge"
        self.hosts = {name: number for number, name in enumerate(hosts, 1)}

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for space in (self.bridge, *map(self.space, self.hosts)):
                ip("ip", "netns", "add", space)
                stack.callback(ip, "ip", "netns", "del", space)
                ip("ip", "-n", space, "link", "set", "lo", "up")
            ip("ip", "-n", self.bridge, "link", "add", "bridge", "type", "bridge")
            ip("ip", "-n", self.bridge, "link", "set", "bridge", "up")
            for name in self.hosts:
                self.plug_in(name)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def space(self, name):
        return f"{self.prefix}-{name}"

    def address(self, name):
        return f"10.77.0.{self.hosts[name]}"

    def plug_in(self, name):
        space = self.space(name)
        ip("ip", "-n", self.bridge, "link", "add", "name", name, "type", "veth", "peer", "name", "wire", "netns", space)
        ip("ip", "-n", self.bridge, "link", "set", "dev", name, "master", "bridge", "up")
        ip("ip", "-n", space, "address", "add", f"{self.address(name)}/24", "dev", "wire")
        ip("ip", "-n", space, "link", "set", "wire", "up")

    def set_port(self, name, state):
        ip("bridge", "-n", self.bridge, "link", "set", "dev", name, "state", str(state))

    def cut(self, name):
        self.set_port(name, DISABLED)

    def heal(self, name):
        self.set_port(name, FORWARDING)

    @contextlib.contextmanager
    def inside(self, name):
        """Programs that this thread starts inside the with block run on that host."""
        home = "/proc/thread-self/ns/net"
        with open(home, encoding="ascii") as here:
            enter(f"/run/netns/{self.space(name)}")
            try:
                yield
            finally:
                C.setns(here.fileno(), CLONE_NEWNET)
