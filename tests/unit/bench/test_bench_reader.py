# SPDX-License-Identifier: MIT
"""tests/bench/reader.py and page_load.py: forms are found, cookies are kept, and what a process spends is seen."""

import os
import time

import pytest
from bench.page_load import cpu_ns, parse, percentiles_us
from bench.reader import Forms, Reader

SEARCH = '<form><input name="q" value="x"></form>'
LOGIN = ('<form><input name="csrf_token" value="t"><input name="username"><input type="password" name="password">'
         '<input type="submit"></form>')


@pytest.mark.parametrize("text, fields", [
    ("", {}), (SEARCH, {}), ('<input name="a" type="password">', {}),
    (LOGIN, {"csrf_token": "t", "username": "", "password": ""}),
    (SEARCH + LOGIN, {"csrf_token": "t", "username": "", "password": ""})])
def test_form_that_asks_for_a_password_is_found(text, fields):
    assert Forms(text).with_password() == fields


def test_cookies_are_kept_until_they_are_gone():
    reader = Reader("127.0.0.1:1")
    for line in ("a=1; Path=/", "b=2=; HttpOnly", "a=3", "c=4; Max-Age=0", "b=; Path=/; Max-Age=0"):
        reader.keep(line)
    assert reader.cookies == {"a": "3"}


def test_percentiles_are_of_what_there_is():
    assert percentiles_us([0.001]) == {"count": 1, "p50": 1000, "p99": 1000}
    found = percentiles_us([number / 1e6 for number in range(1000, 0, -1)])
    assert found["p50"] == pytest.approx(501) and found["p99"] == pytest.approx(991)


def test_time_of_a_process_goes_on_only_while_it_works():
    before = cpu_ns([os.getpid()])
    end = time.process_time_ns() + 20_000_000
    while time.process_time_ns() < end:
        pass
    assert 20_000_000 <= cpu_ns([os.getpid()]) - before < 1_000_000_000


def test_mode_is_one_that_there_is():
    with pytest.raises(SystemExit):
        parse(["nonsense", "--target", "127.0.0.1:1"])
