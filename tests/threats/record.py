"""
What ran, and how it ended: read from the folder where tests/run has its logs.

    ran/PART/pytest       a line for each phase of a test that has an outcome: "passed FILE::TEST"
    ran/PART/NAME.json    Criterion's own report of a program of units
    ran/PART/fuzz         "passed TARGET"
    ran/attacks/attacks   "passed attacks:CLASS"
    PART.passed           the part as a whole
"""

import json

# Which parts of tests/run run the tests of a folder; what is told here is asked of all of them.
PARTS = {
    "tests/analysis/": ("analysis",), "tests/attacks/": ("attacks",),
    "tests/browser/": ("browser",), "tests/build/": ("style",),
    "tests/calc/": ("calc",), "tests/containers/": ("compose",), "tests/debian/": ("debian",),
    "tests/faults/": ("faults",),
    "tests/harden/": ("harden",), "tests/http/": ("http", "command", "lasting"),
    "tests/judges/": ("judges",), "tests/kubernetes/": ("kubernetes",), "tests/load/": ("load",),
    "tests/sandbox/": ("sandbox",), "tests/style/": ("style",), "tests/systemd/": ("systemd",),
    "tests/threats/": ("style",),
}
OF_A_KIND = {"attacks": "attacks", "fuzz": "fuzz", "unit": "units"}
# What of a part only CHECK=long runs, as tests/run says.
LONG = ("tests/containers/test_adding_a_route.py", "tests/containers/test_dev.py",
        "tests/containers/test_images_builds.py::test_buildkit_and_another_base_give_the_same")
WORST_FIRST = ("failed", "passed", "skipped")  # of several with one id: a test's parameters


def parts_of(test):
    """The parts that run it; none: nobody does."""
    kind, _, name = test.partition(":")
    if kind == "part":
        return (name,)
    if kind in OF_A_KIND:
        return (OF_A_KIND[kind],)
    return next((parts for folder, parts in PARTS.items() if test.startswith(folder)), ())


def outcomes_of(folder):
    """(id, outcome) of all that a part has recorded."""
    for path in sorted(folder.glob("*")):
        if path.suffix == ".json":
            for suite in json.loads(path.read_text(encoding="utf-8"))["test_suites"]:
                for test in suite["tests"]:
                    yield f"unit:{suite['name']}/{test['name']}", test["status"].lower()
        else:
            for line in path.read_text(encoding="utf-8").splitlines():
                outcome, _, name = line.partition(" ")
                yield name, outcome


def worst(outcomes):
    """Of Criterion's words, whatever is neither passed nor skipped is a failure."""
    known = [each if each in WORST_FIRST else "failed" for each in outcomes]
    return min(known, key=WORST_FIRST.index, default=None)


def read_record(logs, part):
    """{id: the outcome that counts}"""
    seen = {}
    for name, outcome in outcomes_of(logs / "ran" / part):
        seen.setdefault(name, []).append(outcome)
    for outcome in ("passed", "failed"):
        if (logs / f"{part}.{outcome}").exists():
            seen[f"part:{part}"] = [outcome]
    return {name: worst(outcomes) for name, outcomes in seen.items()}


def judge(tests, logs, parts, skips_count, long_run=False):
    """
    Faults of those tests whose parts were all among `parts`; and what was left out, {why: number}.
    `skips_count`: a test that was skipped is a fault, for this machine should have all it needs.
    `long_run`: the parts had all that they have with CHECK=long.
    """
    records = {part: read_record(logs, part) for part in parts}
    found, left = [], {}
    for test in tests:
        wanted = parts_of(test)
        outcome = worst(records[part][test] for part in wanted if test in records.get(part, ()))
        if not wanted:
            found.append(f"{test}: no part of tests/run runs it")
        elif not set(wanted) <= set(parts):
            why = f"of {' and '.join(part for part in wanted if part not in parts)}"
            left[why] = left.get(why, 0) + 1
        elif outcome is None and test.startswith(LONG) and not long_run:
            left["of CHECK=long"] = left.get("of CHECK=long", 0) + 1
        elif outcome is None:
            found.append(f"{test}: did not run")
        elif outcome == "failed":
            found.append(f"{test}: did not pass")
        elif outcome == "skipped" and skips_count:
            found.append(f"{test}: was left out")
        elif outcome == "skipped":
            left["skipped for want of something"] = left.get("skipped for want of something", 0) + 1
    return found, left
