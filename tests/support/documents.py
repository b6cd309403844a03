# SPDX-License-Identifier: MIT
"""The examples of README.md, of manuals and of --help: commands as a reader would type them, and what they print."""

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 20
MDOC = {r"\(dq": '"', r"\e": "\\", r"\&": "", r"\-": "-", r"\(aq": "'"}


@dataclass
class Command:
    """Lines of a shell, and the output that stands behind them, if any does."""
    text: str
    output: list = field(default_factory=list)


@dataclass
class Example:
    """Commands that follow each other in one shell."""
    where: str
    commands: list


def is_whole(text):
    """Whether a shell would run it as it stands."""
    return subprocess.run(["sh", "-n"], input=text, text=True, stderr=subprocess.DEVNULL).returncode == 0 and \
        not text.endswith("\\")


def commands_of(lines):
    """Where lines begin with a prompt, what has none is output."""
    commands, has_prompt = [], any(line.startswith("$ ") for line in lines)
    for line in lines:
        goes_on = commands and not is_whole(commands[-1].text)
        if goes_on:
            commands[-1].text += "\n" + line
        elif has_prompt and not line.startswith("$ "):
            commands[-1].output.append(line)
        elif line.strip():
            commands.append(Command(line.removeprefix("$ ")))
    return commands


def blocks_of_markdown(path, languages):
    """(heading, language, lines) of the fenced blocks in one of these languages."""
    heading = ""
    for title, language, block in re.findall(r"^#+ ([^\n]*)$|^ *```(\w+)\n(.*?)^ *```$", path.read_text(), re.M | re.S):
        heading = title or heading
        if language in languages:
            yield heading, language, block.splitlines()


def examples_of_markdown(path):
    return [Example(f"{path.name}, {heading}", commands_of(lines))
            for heading, _, lines in blocks_of_markdown(path, ("sh", "console"))]


def examples_of_help(text):
    """Behind "Examples:", to the end."""
    return [Example("--help", commands_of([line.strip() for line in text.split("\nExamples:\n")[1].splitlines()]))]


def unescaped(text):
    return re.sub(r"\\(\(..|.)", lambda escape: MDOC[escape[0]], text)


def display_of(line):
    """What a display line of mdoc shows, with its indentation, or None."""
    if not line.startswith(".Dl "):
        return None
    return unescaped(re.sub(r'^"(.*)"$', r"\1", line.removeprefix(".Dl ").replace('""', '"')))


def examples_in(path):
    return path.read_text().split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]


def literal_blocks(path):
    """The lines of each of its EXAMPLES that is one."""
    return [[unescaped(line) for line in block.splitlines()]
            for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", examples_in(path), re.M | re.S)]


def examples_of_manual(path):
    """The displays of its EXAMPLES: a run of one-line displays, or a literal block."""
    text, found = examples_in(path), literal_blocks(path)
    for run in re.findall(r"(?:^\.Dl .*\n?)+", text, re.M):
        found.append([display_of(line) for line in run.splitlines()])
    return [Example(path.name, commands_of(lines)) for lines in found]


# One command of a script. What never ends by itself is ended when what it is for has come about.
ENDS = """{{ {text}
}} <{given} >{folder}/{number}.out 2>{folder}/{number}.err
echo $? >{folder}/{number}.status
"""
NEVER_ENDS = """{{ {text}
}} </dev/null >{folder}/{number}.out 2>{folder}/{number}.err &
SECONDS=0 status=1
while [ $SECONDS -lt {seconds} ] && kill -0 $! 2>{folder}/unused; do
	if {until}; then status=0 && break; fi >{folder}/unused 2>&1
	sleep 0.05
done
kill -- -$! 2>{folder}/unused
wait
echo $status >{folder}/{number}.status
"""


@dataclass
class Done:
    command: Command
    output: str
    errors: str
    status: int


def text_at(path):
    return path.read_text(errors="replace") if path.exists() else ""


HAS_PRINTED = "[ -s {folder}/{number}.out ]"


def run_example(example, place, environment, given, ended_by):
    """What became of each command. given(text) is what is typed into it; ended_by(text) a condition of the shell for
    what never ends by itself, else None."""
    with tempfile.TemporaryDirectory(prefix="roomwire-example-") as folder:
        script = "set -m\n"
        for number, command in enumerate(example.commands):
            typed = Path(folder) / f"{number}.in"
            typed.write_text(given(command.text))
            until = (ended_by(command.text) or "").format(folder=folder, number=number)
            script += (NEVER_ENDS if until else ENDS).format(
                text=command.text, given=typed, folder=folder, number=number, until=until, seconds=SECONDS)
        subprocess.run(["bash", "-c", script], cwd=place, env=environment, timeout=4 * SECONDS, check=False,
                       stdin=subprocess.DEVNULL)
        return [Done(command, text_at(Path(folder) / f"{number}.out"), text_at(Path(folder) / f"{number}.err"),
                     int(text_at(Path(folder) / f"{number}.status") or -1))
                for number, command in enumerate(example.commands)]
