"""Asks the calculator, and compares what it says with the judge."""

import os
import pathlib
import subprocess
import unicodedata
from typing import NamedTuple

from judge import OK, judge, prepared

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", REPOSITORY / "build"))
PROGRAM = BUILD / "tests/unit/calc-judge"
BATCH = 10_000


class Answer(NamedTuple):
    """What calc-judge wrote: `text` of an OK, else `detail` and `position`."""
    status: str
    text: str = ""
    type: str = ""
    detail: str = ""
    position: int = -1
    nanoseconds: float = 0


class Died(AssertionError):
    """calc-judge ended at an expression: a crash, or a sanitizer's finding."""


def read_answer(line):
    status, second, encoded, *rest = line.split(" ")
    decoded = bytes.fromhex(encoded).decode(errors="backslashreplace")  # which no verdict is
    took = float(rest[0]) if rest else 0
    if status == OK:
        return Answer(OK, decoded, second, nanoseconds=took)
    return Answer(status, detail=decoded, position=int(second), nanoseconds=took)


def ask(texts, times=None):
    """The calculator's answers; with `times`, each with the nanoseconds it took."""
    lines = "".join(text.encode().hex() + "\n" for text in texts)
    command = [PROGRAM] + ([str(times)] if times else [])
    done = subprocess.run(command, input=lines, text=True, capture_output=True, check=False)
    answers = [read_answer(line) for line in done.stdout.split("\n")[:-1]]
    if done.returncode or len(answers) != len(texts):
        at = "the end" if len(answers) >= len(texts) else ascii(texts[len(answers)])[:5000]
        raise Died(f"calc-judge: exit code {done.returncode} at {at}: {done.stderr[-3000:]}")
    return answers


def agrees(verdict, answer):
    """Whether the answer is the judge's, or another that it takes for as right."""
    if answer.status != verdict.status:
        return answer.status in verdict.also
    return answer.status != OK or (answer.text, answer.type) == (verdict.text, verdict.type)


def is_about_unicode(verdict, answer):
    """Unicode has grown: a code point that this Python does not know may be printable by now."""
    return verdict.status == answer.status == OK and any(
        unicodedata.category(character) == "Cn" for character in answer.text)


def disagreement(text, verdict, answer):
    """One line that says all there is to say."""
    ours = (answer.text, answer.type) if answer.status == OK else (answer.detail,)
    theirs = (verdict.text, verdict.type) if verdict.status == OK else sorted(verdict.also)
    return (f"{ascii(text)}\n    calculator: {answer.status} {ascii(ours)}"
            f"\n    CPython:    {verdict.status} {ascii(theirs)}")


def differing(texts):
    """Those of the expressions that are answered wrongly, each with verdict and answer."""
    answers = ask(texts)
    with prepared():
        verdicts = [judge(text) for text in texts]
    return [(text, verdict, answer) for text, verdict, answer in zip(texts, verdicts, answers)
            if not agrees(verdict, answer) and not is_about_unicode(verdict, answer)]
