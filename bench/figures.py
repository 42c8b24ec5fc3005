"""
What a run has measured, and how it is told: medians with their range, and ratios of what was
measured in the same round.

A work is one thing that was measured of several subjects:

    {"id": "hello-32", "title": ..., "unit": "requests/s", "better": "more" or "less",
     "base": the subject that the others are compared with, "note": ...,
     "rows": [{"subject": ..., "values": [one a round], "median", "low", "high",
               "ratio", "ratio_low", "ratio_high": to the base, "more": {name: median}}]}
"""

import statistics
from dataclasses import dataclass, field


@dataclass
class Work:
    """`rows` is {subject: [(value, {other figures}) of each round]}."""
    id: str
    title: str
    unit: str
    better: str = "more"
    base: str = ""
    note: str = ""
    rows: dict = field(default_factory=dict)

    def add(self, subject, value, **more):
        self.rows.setdefault(subject, []).append((value, more))

    def values(self, subject):
        return [value for value, _ in self.rows.get(subject, [])]


def spread(values):
    """Of numbers: their median and their range."""
    return {"median": round(statistics.median(values), 6), "low": round(min(values), 6),
            "high": round(max(values), 6)}


def ratios(values, base):
    """Round by round, as far as both have one: what the machine did else then met both."""
    return [mine / theirs for mine, theirs in zip(values, base) if theirs]


def medians(more):
    """Of dicts with the same names; what failed is the sum of all rounds."""
    names = dict.fromkeys(name for each in more for name in each)
    return {name: round((sum if name == "failed" else statistics.median)(
        [each[name] for each in more if name in each]), 6) for name in names}


def row_of(work, subject):
    values = work.values(subject)
    row = {"subject": subject, "values": [round(value, 6) for value in values], **spread(values)}
    if work.base and (found := ratios(values, work.values(work.base))):
        row |= {"ratio" + name.replace("_median", ""): value for name, value in (
            (f"_{key}", value) for key, value in spread(found).items())}
    more = medians([each for _, each in work.rows[subject]])
    if more:
        row["more"] = more
    return row


def entry(work):
    """As the file of results has it."""
    return {"id": work.id, "title": work.title, "unit": work.unit, "better": work.better,
            "base": work.base, "note": work.note,
            "rows": [row_of(work, subject) for subject in work.rows]}


# --- numbers as text ------------------------------------------------------------------------------

def number(value):
    """Three digits that count."""
    if value == int(value) and value < 1000:
        return f"{value:.0f}"
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"


def ratio(value):
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
