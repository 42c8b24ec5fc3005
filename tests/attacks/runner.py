"""Runs classes of attacks against both, and tells what came of it."""

import concurrent.futures
import contextlib
import datetime
import json
import os
import platform
import random
import re
import signal
import subprocess
import sys
import time

import scans
import scene
from classes import all_classes
from model import Marks
from program import BUILD, REPOSITORY
from targets import After, Before

LEAST_BEFORE = 0.6  # of the attempts that have a meaning there


def rows_of(each, marks):
    return [marks.attempt(what, payload) for what, payload in each.attempts.items()]


def run_on(each, target, rows):
    """Evidence of each row; of what has no meaning there, None."""
    started = time.monotonic()
    skipped = each.not_before if target.name == "before" else {}
    made = [row for row in rows if row.what not in skipped]
    seen = dict(zip((row.what for row in made), each.run(target, made)))
    assert len(seen) == len(made), f"{each.id}: an attempt without an outcome"
    return [seen.get(row.what) for row in rows], time.monotonic() - started


def run_class(each, targets, marks):
    """On both at once, where nothing is measured that the other would disturb."""
    rows = [rows_of(each, marks) for _ in targets]
    if each.alone:
        results = [run_on(each, target, mine) for target, mine in zip(targets, rows)]
    else:
        with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
            results = list(pool.map(lambda pair: run_on(each, *pair), zip(targets, rows)))
    (before, _), (after, _) = results
    times = [seconds for _, seconds in results]
    return entry(each, rows, before, after, sum(times) if each.alone else max(times))


def shown(payload):
    text = payload if isinstance(payload, str) else repr(payload)
    return text.encode("utf-8", "backslashreplace").decode()


def entry(each, rows, before, after, seconds):
    """As attacks.json has it."""
    attempts = [{"id": f"{each.id}/{re.sub(r'[^a-z0-9]+', '-', row.what.lower()).strip('-')}",
                 "what": row.what, "payload": shown(row.payload)[:400],
                 "success_by": each.success_by, "before": outcome(first),
                 "after": outcome(second), "not_before": each.not_before.get(row.what)}
                for row, first, second in zip(rows[0], before, after)]
    return {"id": each.id, "title": each.title, "threats": each.threats, "layer": each.layer,
            "attempts": len(attempts),
            "applicable_before": sum(one["before"] is not None for one in attempts),
            "succeeded_before": sum(bool(one["before"]) for one in attempts),
            "succeeded_after": sum(bool(one["after"]) for one in attempts),
            "seconds": round(seconds, 1), "made": attempts}


def outcome(evidence):
    """None: it has no meaning there; "": stopped; else what was seen."""
    return evidence if evidence is None else str(evidence)


# --- telling --------------------------------------------------------------------------------------

ROW = "{:<24}{:>9}{:>11}{:>7}  {}"


def table(entries):
    lines = [ROW.format("class", "attempts", "before", "after", "layer that stops it")]
    for one in entries:
        lines.append(ROW.format(one["id"], one["attempts"], f"{one['succeeded_before']}/"
                                f"{one['applicable_before']}", one["succeeded_after"],
                                one["layer"]))
    sums = totals(entries)
    lines.append(ROW.format(f"{len(entries)} classes", sums["attempts"],
                            f"{sums['succeeded_before']}/{sums['applicable_before']}",
                            sums["succeeded_after"], ""))
    return "\n".join(lines)


def totals(entries):
    return {name: sum(one[name] for one in entries) for name in (
        "attempts", "applicable_before", "succeeded_before", "succeeded_after")}


def command(*words):
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False,
                              cwd=REPOSITORY)
        return (done.stdout + done.stderr).strip().splitlines()[0]
    return "unknown"


def versions():
    return {"bulkhead": re.search(r"^AC_INIT\(\[[^]]*\], *\[([^]]*)\]",
                                  (REPOSITORY / "configure.ac").read_text(), re.M)[1],
            "revision": command("git", "rev-parse", "--short", "HEAD"),
            "linux": platform.release(), "python": platform.python_version(),
            "nginx": command("nginx", "-v"), "postgresql": command("psql", "--version")}


def faults(entries, whole):
    """What is wrong, in words."""
    for one in entries:
        for made in one["made"]:
            if made["after"]:
                yield f"{made['id']} succeeds: {made['after']}"
    sums = totals(entries)
    if whole and sums["succeeded_before"] < LEAST_BEFORE * sums["applicable_before"]:
        yield "too few succeed before: what stops them is not Bulkhead"


# --- running --------------------------------------------------------------------------------------

def make_programs():
    """Those that attack from inside, where nobody has made them yet."""
    if not (BUILD / "tests/sandbox/breach-metrics").exists():
        subprocess.run(["make", "-s", "-C", str(BUILD), "check-programs"], check=True)


def say_what_ran(entries, wrong):
    """For tests/threats: a line for each class, as it has one for each test."""
    folder = os.environ.get("BULKHEAD_RAN")
    if folder:
        with open(os.path.join(folder, "attacks"), "w", encoding="utf-8") as file:
            for one in entries:
                failed = one["succeeded_after"] or wrong
                file.write(f"{'failed' if failed else 'passed'} attacks:{one['id']}\n")


def run_all(wanted, seed):
    marks = Marks(seed)
    secret = "key-" + "".join(random.Random(seed).choices("abcdefghjkmnpqrstuvwxyz23456789", k=16))
    entries = []
    with scene.Scene(secret) as place, Before(place) as before, After(place) as after:
        for each in wanted:
            print(f"{each.id}: {len(each.attempts)} attempts", flush=True)
            entries.append(run_class(each, (before, after), marks))
            one = entries[-1]
            print(f"    before {one['succeeded_before']}/{one['applicable_before']}, after "
                  f"{one['succeeded_after']}, {one['seconds']} s", flush=True)
    return entries


def main(arguments, usage):
    full = "--full" in arguments
    names = [each for each in arguments if each != "--full"]
    known = {each.id: each for each in all_classes() if full or not each.full}
    if any(name not in known for name in names):
        print(usage.strip(), file=sys.stdout if "--help" in names else sys.stderr)
        return 0 if "--help" in names else 2
    if os.geteuid() != 0:
        print("attacks: it has to be root", file=sys.stderr)
        return 1
    make_programs()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and all that runs is ended
    seed = os.environ.get("BULKHEAD_SEED") or str(random.SystemRandom().randrange(10 ** 9))
    started = time.monotonic()
    print(f"attacks: BULKHEAD_SEED={seed}", flush=True)
    entries = run_all([known[name] for name in names] or list(known.values()), seed)
    scanned = scans.scan()
    wrong = [*faults(entries, whole=not names), *scans.faults(scanned)]
    written = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
               "seed": seed, "versions": versions(), "totals": totals(entries),
               "seconds": round(time.monotonic() - started, 1), "scans": scanned,
               "classes": entries}
    say_what_ran(entries, wrong)
    (BUILD / "attacks.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    print("\n" + table(entries))
    print(f"first scan: {scanned['before']['findings']} findings; second scan: "
          f"{scanned['after']['findings']}")
    for fault in wrong:
        print(f"attacks: {fault}")
    stopped = totals(entries)["attempts"] - totals(entries)["succeeded_after"]
    print(f"{stopped} passed, {len(wrong)} failed, in {written['seconds']} s")
    return 1 if wrong else 0
