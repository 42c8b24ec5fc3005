"""What an attack is: a class of attempts that have the same aim, and are detected alike."""

import contextlib
import random
import string
from dataclasses import dataclass, field
from urllib.parse import quote


class Raw(str):
    """A payload that is sent as it is: what is to be encoded in it is."""


def encoded(payload):
    """Of a query's value or of a part of a path."""
    if isinstance(payload, Raw):
        return str(payload)
    return quote(payload.encode("utf-8", "surrogateescape"), safe="")


@dataclass
class AttackClass:
    """
    `attempts` is what is tried to its payload, which may be anything that `run` knows what to do
    with. `run(target, rows)` makes them all: a row is an Attempt; it returns a list as long of what
    was seen of the success of each, "" for none. `only` names the one target that an attempt has
    any meaning for, with the reason.
    """
    id: str
    title: str
    threats: list
    layer: str
    success_by: str
    attempts: dict
    run: object
    not_before: dict = field(default_factory=dict)  # what is tried: why it has no meaning there
    alone: bool = False  # what it measures would be disturbed by others
    full: bool = False   # of the long form only: it needs an engine


@dataclass
class Attempt:
    what: str
    payload: object
    mark: str     # a word of its own, letters and digits
    factors: tuple  # two numbers; nobody knows their product who has not computed it

    @property
    def product(self):
        return str(self.factors[0] * self.factors[1])


class Marks:
    """Words and numbers that no two attempts have in common, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = set()

    def attempt(self, what, payload):
        mark = ""
        while not mark or mark in self.made:
            mark = "z" + "".join(self.random.choices(string.ascii_lowercase + string.digits, k=7))
        self.made.add(mark)
        return Attempt(what, payload, mark,
                       (self.random.randrange(20011, 99991), self.random.randrange(20011, 99991)))


def one_by_one(function):
    """Of function(target, attempt), what makes one attempt and returns what was seen."""
    def run(target, rows):
        seen = []
        for row in rows:
            evidence = ""
            # Neither has answered, or it is down: no success by itself. See floods for what is.
            with contextlib.suppress(OSError):
                evidence = function(target, row)
            seen.append(evidence or "")
            target.mend()
        return seen
    return run
