# SPDX-License-Identifier: MIT
"""Whatever the broker or the pages can answer a person has a sentence of its own, which is translated."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
SENTENCES = (ROOT / "web/static/js/sentences.js").read_text()
# A row of a table of refusals: { "code", "Sentence.", { "code", MESSAGE("Sentence.") or { "code", 503, 5, "Sentence."
ROW = re.compile(r'\{\s*"([a-z][a-z_]*)",\s*(?:\d{3},|(?:MESSAGE\()?"[A-Z\\])')

# What a person can do wrong; all other codes that begin with bad_ are a program's mistakes in a frame or a request.
BAD_OF_PEOPLE = {"bad_order", "bad_room"}
# Nor do our pages cause these: a sentence for them would never be read.
FOR_PROGRAMS = {
    # a frame or a request that is malformed
    "method_not_allowed", "no_type", "not_an_object", "not_idempotent", "not_json", "not_text", "reserved_type",
    "too_many_fields", "too_many_messages", "unknown_op", "unknown_type", "unsupported_media_type",
    # channels and events of other programs
    "channel_full", "no_channel", "not_tried", "too_many_groups",
    # keys, tickets, and what brokers ask each other
    "insufficient_scope", "invalid_token", "key_required", "no_accounts", "no_tickets", "too_many_tries", "wrong_room",
    # the actions of an admin; its pages have a sentence for each
    "not_done",
    # a copy of the history, and its file; pages read it by their own sentences
    "corrupt", "denied", "exists", "foreign", "full", "gone", "io", "newer", "read_only", "refused",
}


def is_for_people(code):
    return code not in FOR_PROGRAMS and (code in BAD_OF_PEOPLE or not code.startswith("bad_"))


def codes_in(*patterns):
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return {code for path in files for code in ROW.findall(path.read_text())}


def keys_of(name):
    block = re.search(rf"^const {name} = \{{\n(.*?)^\}};", SENTENCES, flags=re.M | re.S)
    return set(re.findall(r"^\t(\w+):", block[1], flags=re.M))


def test_codes_are_found():
    found = codes_in("broker/**/*.c", "fcgi/refusal.c")

    assert {"too_long", "storage", "stopping", "no_history", "csrf", "not_json"} <= found


def test_each_refusal_has_a_sentence_in_the_scripts():
    answered = set(filter(is_for_people, codes_in("broker/**/*.c", "fcgi/refusal.c")))

    assert answered - keys_of("refusals") == set()


def test_each_refusal_of_the_control_socket_has_a_sentence_in_the_pages():
    answered = set(filter(is_for_people, codes_in("broker/broker*.c", "broker/bus/*.c", "broker/order*.c")))

    assert answered - codes_in("fcgi/views/refused.c") == set()


def test_only_what_is_answered_is_for_programs():
    assert FOR_PROGRAMS - codes_in("broker/**/*.c", "common/**/*.c", "fcgi/refusal.c") == set()


def test_each_end_of_a_connection_has_a_sentence():
    names = set(re.findall(r"name: '(\w+)'", (ROOT / "web/static/js/close_codes.js").read_text()))

    assert len(names) > 10
    assert names - keys_of("reasons") == set()


def test_each_reason_of_the_broker_for_a_person_has_an_end_of_its_own():
    closings = re.findall(r'CLOSE_FORBIDDEN, \w+,\s*"([^"]+)"', (ROOT / "broker/closing.c").read_text())
    told = set(re.findall(r"'4403 ([^']+)'", (ROOT / "web/static/js/close_codes.js").read_text()))

    assert set(closings) - told == {"closed by an administrator"}
