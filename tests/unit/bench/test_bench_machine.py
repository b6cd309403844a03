# SPDX-License-Identifier: MIT
"""tests/bench/machine.py: what figures are quoted with."""

import pytest
from bench import machine


@pytest.mark.parametrize("allowed, cores, is_shared", [({3}, ("3", "3"), True), ({2, 5, 7}, ("2", "5"), False)])
def test_one_core_is_shared_and_said_to_be(monkeypatch, allowed, cores, is_shared):
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda pid: allowed)
    assert machine.cores() == cores
    assert ("server and load share" in machine.describe()) == is_shared
