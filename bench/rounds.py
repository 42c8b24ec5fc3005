"""A run: how long it may take, in which order it measures, and what it says meanwhile."""

import sys
import time
from dataclasses import dataclass, field

import drivers
import figures
import processes
import subjects
from peers import QUESTION


@dataclass
class Plan:
    """How much is measured."""
    quick: bool
    rounds: int
    most_rounds: int   # of what all are asked at 32 connections
    seconds: float     # of each measurement
    records: int       # in the trail that /audit is asked of
    minutes: float     # after which no work begins
    connections: tuple
    requests: int      # after which memory is looked at


QUICK = Plan(quick=True, rounds=1, most_rounds=2, seconds=1, records=100_000, minutes=2.5,
             connections=(32, 1, 256, 2000), requests=100_000)
WHOLE = Plan(quick=False, rounds=3, most_rounds=5, seconds=2, records=10_000_000, minutes=18,
             connections=(32, 1, 256, 2000), requests=1_000_000)


@dataclass
class Run:
    """What works are given: the plan, what runs, and where to say what is under way."""
    plan: Plan
    running: subjects.Running
    folder: object
    began: float = field(default_factory=time.monotonic)
    errors: list = field(default_factory=list)
    left_out: list = field(default_factory=list)  # for want of a tool, a right, or time

    def say(self, text):
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def is_late(self):
        return time.monotonic() - self.began > self.plan.minutes * 60

    def present(self, *wanted):
        """Of these subjects those that run, in this order; of none, all."""
        return [name for name in wanted or self.running.started if name in self.running.started]

    def interleave(self, work, measures, rounds=None):
        """
        Rounds of A, B, C. `measures` is {subject: a function that returns (value, {others})}. A
        subject that fails is measured no more, and what it has said is kept.
        """
        left = dict(measures)
        for number in range(rounds or self.plan.rounds):
            for name, measure in list(left.items()):
                try:
                    value, more = measure()
                except (drivers.Wrong, OSError, AssertionError) as error:
                    self.errors.append(f"{work.id}: {name}: {error}")
                    self.say(f"{work.id}: {name} failed: {error}")
                    del left[name]
                    continue
                work.add(name, value, **more)
        self.tell(work)
        return work

    def tell(self, work):
        said = ", ".join(f"{row['subject']} {figures.number(row['median'])}"
                         for row in figures.entry(work)["rows"])
        self.say(f"{work.title}, {work.unit}: {said}")


def load_of(run, name, drive, path=QUESTION, **options):
    """A function that measures one subject once, with the processor's time of each request."""
    subject = run.running.started[name]

    def measure():
        before = subject.shipped() if hasattr(subject, "shipped") else 0
        meter = processes.Meter(subject.groups)
        asked = drive(subject.url + path, duration=run.plan.seconds, **options)
        # before the processor's time is read: shipping the records is part of it
        left = subject.settle(before + asked.requests) if hasattr(subject, "settle") else {}
        used = meter.per_request(asked.requests)
        if asked.requests == 0:
            raise drivers.Wrong("not one answer")
        return asked.rate, asked.more | used | left
    return measure
