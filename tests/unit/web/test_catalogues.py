# SPDX-License-Identifier: MIT
"""The catalogues against what templates, views and scripts say: messages.pot of the build."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
MESSAGES = pathlib.Path(os.environ["ROOMWIRE_BUILD"]) / "web/messages.pot"
CATALOGUES = [path for path in sorted((ROOT / "web/locale").glob("*.po")) if path.name != "en.po"]
PLACE = re.compile(r"\{\w+\}")
HAN = r"[\u3400-\u9fff]"
# What full-width text does not have: a space beside a sign of its own, its neighbours' signs, dots for an ellipsis.
UNCHINESE = re.compile(rf"{HAN} |\s{HAN}|{HAN}[,;:!?()]|[,;:!?()]{HAN}|{HAN}\.|\.\.\.|[，。：；！？（）【】“”] | [，。：；！？（）【】“”]")
# The arguments of a command, and marks in a text.
SYNTAX = re.compile(r"\[?[A-Z]{4,}\b|> ")


def strings_of(text):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def entries_of(path):
    """(message, its plural or None, its texts) of each entry, without the header."""
    wide = subprocess.run(["msgcat", "--no-wrap", str(path)], check=True, capture_output=True, text=True).stdout
    for block in wide.split("\n\n"):
        parts = re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) (".*"(?:\n".*")*)', block, flags=re.M)
        fields = [(keyword, strings_of(text)) for keyword, text in parts]
        message = dict(fields).get("msgid", "")
        if message != "":
            yield message, dict(fields).get("msgid_plural"), [text for word, text in fields if word.startswith("msgstr")]


def test_there_is_a_catalogue():
    assert [path.stem for path in CATALOGUES] == ["zh_CN"]


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)
def test_each_sentence_is_translated_and_none_is_left_over(catalogue):
    compared = subprocess.run(["msgcmp", str(catalogue), str(MESSAGES)], capture_output=True, text=True)

    assert (compared.returncode, compared.stderr) == (0, "")


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)
def test_no_translation_is_only_a_guess(catalogue):
    fuzzy = subprocess.run(["msgattrib", "--only-fuzzy", str(catalogue)], check=True, capture_output=True, text=True)

    assert fuzzy.stdout == ""


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_sentence(catalogue):
    entries = list(entries_of(catalogue))

    assert len(entries) > 100
    for message, plural, texts in entries:
        for text in texts:
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(plural or message)), message


def test_chinese_is_set_as_chinese():
    wrong = [text for message, _, texts in entries_of(ROOT / "web/locale/zh_CN.po") for text in texts
             if UNCHINESE.search(text) is not None and SYNTAX.match(message) is None]

    assert wrong == []


def test_messages_come_from_templates_views_and_scripts():
    sources = set(re.findall(r"^#: .*?([\w.]+\.(?:html|c|js)):", MESSAGES.read_text(), flags=re.M))

    assert {"index.html", "verdict.c", "errors.c", "name.c", "password.c", "sentences.js"} <= sources
