# SPDX-License-Identifier: MIT
"""What the measurement runs on: cores, files and ports of this machine."""

import os
import platform
import resource
import socket

# A hundred bytes each of a process, and what the largest case needs.
DESCRIPTORS = 65536


def cores():
    """Of the server and of the load, as taskset takes them: two of those that we may use, or the same one."""
    allowed = sorted(os.sched_getaffinity(0))
    return str(allowed[0]), str(allowed[min(1, len(allowed) - 1)])


def describe():
    """A line that can be quoted with the figures."""
    count = len(os.sched_getaffinity(0))
    shared = "" if count > 1 else ", which server and load share: times say little"
    plural = "s" if count > 1 else ""
    return f"{count} core{plural} ({processor()}){shared}, {platform.system()} {platform.release()}"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def raise_descriptor_limit():
    """As far as we may; what it is then. Children take it over."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (max(hard, DESCRIPTORS), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
