"""
The calculator against CPython: hand-picked traps, and random expressions.

CALC_CASES is how many random ones (40,000 without it), CALC_SEED repeats a run. A case that fails
is made small before it is printed.
"""

import os
import re
import secrets
import sys
import unicodedata
from collections import Counter
from itertools import islice

import mutate
import traps
import traps_text
from compare import ask, differing, disagreement
from judge import OK, judge, prepared
from minimise import minimise

CASES = int(os.environ.get("CALC_CASES", 40_000))
SEED = int(os.environ.get("CALC_SEED", secrets.randbits(32)))
BATCH = 10_000
SHOWN = 5
HERE = f"CALC_SEED={SEED} CALC_CASES={CASES}"

TRAPS = [row for module in (traps, traps_text) for table in vars(module).values()
         if isinstance(table, list) for row in table]


# --- traps ----------------------------------------------------------------------------------------

def test_the_table_is_cpythons():
    """What a person wrote into it is what the judge says; details are 3.11's."""
    with prepared():
        wrong = [(text, why, verdict) for text, status, answer, why in TRAPS
                 if (verdict := judge(text))[:2] != (status, answer)]
    assert wrong == [] or sys.version_info[:2] != (3, 11)
    assert len(wrong) < 10, "a later CPython changes details, not arithmetic"


def test_no_trap_is_there_twice():
    """Each has one reason."""
    texts = Counter(text for text, *_ in TRAPS)
    assert [text for text, count in texts.items() if count > 1] == []
    assert len(TRAPS) > 500


def test_traps():
    """Ours is the table's answer, whatever Python runs the test."""
    answers = ask([text for text, *_ in TRAPS])
    wrong = [f"{ascii(text)}: {why}: {status} {answer!r}, but ours is {ours}"
             for (text, status, answer, why), ours in zip(TRAPS, answers)
             if (ours.status, ours.text) != (status, answer)]
    assert not wrong, "\n".join(wrong)


# --- random expressions ---------------------------------------------------------------------------

def batches():
    expressions = mutate.expressions(SEED, CASES)
    while batch := list(islice(expressions, BATCH)):
        yield batch


def still_failing(texts):
    return [text for text, _, _ in differing(texts)]


def test_random(capsys):
    """The same answer, to the digit, or none where CPython has none."""
    with capsys.disabled():
        print(f"\n{HERE}: ", end="", flush=True)
    wrong = [case for batch in batches() for case in differing(batch)]
    smaller = dict.fromkeys(minimise(text, still_failing) for text, _, _ in wrong[:SHOWN])
    shown = "\n".join(disagreement(*case) for case in differing(list(smaller)))
    assert not wrong, f"{HERE}: {len(wrong)} differ, the first:\n{shown}"
    with capsys.disabled():
        print(f"{CASES} agreements ", end="")


def test_details():
    """Whatever is refused, why is said in a line, with a position inside the expression."""
    texts = list(mutate.expressions(SEED, 20_000))
    for text, answer in zip(texts, ask(texts)):
        if answer.status == OK:
            continue
        assert 0 <= answer.position <= len(text.encode()), (ascii(text), answer)
        assert answer.detail.isprintable() and len(answer.detail) > 5, (ascii(text), answer)
        named = re.search(r" at position (\d+)$", answer.detail)
        assert not named or int(named[1]) == answer.position, (ascii(text), answer)


# --- every code point -----------------------------------------------------------------------------

# Not every version of Unicode agrees about those that are not assigned.
ASSIGNED = [point for point in range(1, sys.maxunicode + 1)
            if unicodedata.category(chr(point)) != "Cn"]


def test_every_code_point_escaped():
    """What a repr shows as itself is what str.isprintable says, for each that this Python knows."""
    answers = ask([f"['\\U{point:08x}']" for point in ASSIGNED])
    assert [f"U+{point:04X}" for point, answer in zip(ASSIGNED, answers)
            if answer.text != repr([chr(point)])] == []
    assert len(ASSIGNED) > 280_000


def test_every_code_point_as_itself():
    """Each that UTF-8 holds, 300 in a string, as text and in a repr."""
    characters = [chr(point) for point in ASSIGNED
                  if unicodedata.category(chr(point)) != "Cs" and chr(point) not in "\r\\'"]
    strings = ["'''" + "".join(characters[at:at + 300]) + "'''"
               for at in range(0, len(characters), 300)]
    assert differing(strings + [f"[{string}]" for string in strings]) == []


def test_every_code_point_in_an_expression():
    """Which are blanks, digits, parts of names, or nothing at all, is for Python to say."""
    points = [chr(point) for point in ASSIGNED if unicodedata.category(chr(point)) != "Cs"]
    texts = [f"1{character}+1" for character in points]
    assert [ascii(text) for text in still_failing(texts)] == []
