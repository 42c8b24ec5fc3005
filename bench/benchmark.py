"""The command bench/run: what is asked for, what runs, what is written."""

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import figures
import goals
import page
import places
import rounds
import subjects
import works_audit
import works_costs
import works_hello
import works_routes
from drivers import DRIVERS, Wrong
from stack import make_folder

WORKS = {
    "hello": works_hello.by_connections,
    "memory": works_costs.memory,
    "calls": works_costs.calls,
    "new": works_hello.on_new_connections,
    "tls": works_hello.over_tls,
    "ping": works_routes.ping,
    "silent": works_routes.silent,
    "calculate": works_routes.in_process,
    "calculate-http": works_routes.through_http,
    "start": works_costs.start,
    "processes": works_costs.by_processes,
    "routes": works_costs.by_routes,
    "audit": works_audit.audit,  # the last: it makes as many records as there is time for
}
NOT_QUICK = ("calculate-http", "start", "routes")
FILES = 20_000  # descriptors: 2,000 connections are some 6,000 of nginx's and wrk's


# --- what is asked for ----------------------------------------------------------------------------

def read_arguments(arguments, usage):
    """None: wrong usage, which was said."""
    parser = argparse.ArgumentParser(prog="bench/run", add_help=False, usage=usage.strip())
    for name in ("--quick", "--list", "--page", "--check", "--help"):
        parser.add_argument(name, action="store_true")
    for name in ("--only", "--subjects"):
        parser.add_argument(name, type=lambda text: text.split(","))
    for name, kind in (("--rounds", int), ("--seconds", int), ("--records", int),
                       ("--output", str)):
        parser.add_argument(name, type=kind)
    return parser.parse_args(arguments)


def plan_of(asked):
    plan = rounds.QUICK if asked.quick else rounds.WHOLE
    given = {name: getattr(asked, name) for name in ("rounds", "seconds", "records")
             if getattr(asked, name)}
    return dataclasses.replace(plan, **given, **({"most_rounds": asked.rounds} if asked.rounds
                                                 else {}))


def choose(names, known, what):
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise Wrong(f"{what}: {', '.join(unknown)}: there is none of that name; see --list")
    return [name for name in known if not names or name in names]


def show_list():
    print("works:    " + " ".join(WORKS))
    print("subjects: " + " ".join(subjects.TITLES))
    missing = [name for each in subjects.SUBJECTS for name in each.missing()]
    missing += [package for tool, package in DRIVERS.items() if not shutil.which(tool)]
    print("missing:  " + (" ".join(dict.fromkeys(missing)) or "nothing"))
    return 0


# --- what the figures are of ----------------------------------------------------------------------

def first_line(*command):
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False,
                              stdin=subprocess.DEVNULL, cwd=places.REPOSITORY)
        lines = (done.stdout + done.stderr).strip().splitlines()
        return lines[0].strip() if lines else "unknown"
    return "unknown"


def processor_ticks():
    """Of all processors: all, and those in which they had nothing to do."""
    fields = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    return sum(fields), fields[3] + fields[4]


def busy(seconds=1):
    """The share of the processors' time that something else takes."""
    before = processor_ticks()
    time.sleep(seconds)
    total, idle = (after - old for after, old in zip(processor_ticks(), before))
    return round(1 - idle / max(total, 1), 3)


def machine():
    info = open("/proc/cpuinfo", encoding="utf-8").read()
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"processor": model[1] if model else platform.machine(), "processors": os.cpu_count(),
            "memory_gib": round(pages / 2 ** 30, 1), "linux": platform.release(),
            "busy_before": busy()}


def versions():
    text = (places.REPOSITORY / "configure.ac").read_text(encoding="utf-8")
    commands = {"nginx": ("nginx", "-v"), "wrk": ("wrk", "-v"), "go": ("go", "version"),
                "php": ("php", "-v"), "gunicorn": ("gunicorn", "--version"),
                "uwsgi": ("uwsgi", "--version"), "kore": ("kore", "-v"),
                "postgresql": ("psql", "--version"), "h2load": ("h2load", "--version"),
                "revision": ("git", "rev-parse", "--short", "HEAD")}
    return {"bulkhead": re.search(r"^AC_INIT\(\[[^]]*\], *\[([^]]*)\]", text, re.M)[1],
            "python": platform.python_version(),
            **{name: first_line(*command) for name, command in commands.items()
               if shutil.which(command[0])}}


# --- running --------------------------------------------------------------------------------------

def raise_limits():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if most < 0 or most > FILES else most,
                                                    most))


def do_works(run, names):
    """Entries of all works; a work that fails costs no other."""
    entries, late = [], []
    for name in names:
        if run.is_late():
            late.append(name)
            continue
        try:
            for work in WORKS[name](run):
                entries += [figures.entry(work)] if work.rows else []
        except (Wrong, AssertionError, OSError, subprocess.SubprocessError) as error:
            run.errors.append(f"{name}: {error}")
            run.say(f"{name} failed: {error}")
        except (KeyboardInterrupt, SystemExit):
            run.errors.append(f"interrupted in: {name}; what came before is here")
            run.say("interrupted")
            break
    if late:
        run.left_out.append("for want of time: " + ", ".join(late))
    return entries


def make_programs():
    """Of the build those that only tests and this want, where nobody has made them yet."""
    if not all((places.BUILD / f"tests/{name}").exists()
               for name in ("unit/calc-judge", "sandbox/switch-hello")):
        subprocess.run(["make", "-s", "-C", str(places.BUILD), "check-programs"], check=True)


def measure(plan, names, wanted):
    make_programs()
    folder = make_folder()
    before, began = machine(), time.monotonic()
    started = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = rounds.Run(plan, None, folder)
    try:
        run.say(f"starting {len(wanted)} subjects")
        with subjects.Running(wanted, folder, run.say) as running:
            run.running = running
            entries = do_works(run, names)
        skipped = running.skipped
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"date": started, "seconds": round(time.monotonic() - began), "quick": plan.quick,
            "rounds": plan.rounds, "most_rounds": plan.most_rounds,
            "seconds_each": plan.seconds, "records": plan.records,
            "as_root": subjects.is_root(), "machine": before, "versions": versions(),
            "subjects": [{"id": each.id, "title": each.title, "place": each.place,
                          "left_out": skipped.get(each.id, "")} for each in wanted],
            "left_out": run.left_out, "errors": run.errors, "works": entries,
            "targets": goals.judge(entries)}


def main(arguments, usage):
    asked = read_arguments(arguments, usage)
    if asked.help:
        print(usage.strip())
        return 0
    if asked.list:
        return show_list()
    if asked.page or asked.check:
        return page.renew(check=asked.check)
    try:
        names = choose(asked.only, WORKS, "--only")
        wanted = choose(asked.subjects, subjects.TITLES, "--subjects")
    except Wrong as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 2
    if not shutil.which("wrk"):
        print("bench/run: install wrk: it is what asks", file=sys.stderr)
        return 1
    if asked.quick and not asked.only:
        names = [name for name in names if name not in NOT_QUICK]
    return run_and_write(asked, names, wanted)


def run_and_write(asked, names, wanted):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and all that runs is ended
    raise_limits()
    found = measure(plan_of(asked), names,
                    [each for each in subjects.SUBJECTS if each.id in wanted])
    output = places.pathlib.Path(asked.output or places.RESULTS / ("quick" if asked.quick else ""))
    output.mkdir(parents=True, exist_ok=True)
    (output / "figures.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n",
                                         encoding="utf-8")
    page.write(found, output)
    print(page.as_text(found))
    print(f"bench: {len(found['works'])} works in {found['seconds']} s; {output}/index.html shows "
          "them")
    for text in [*found["left_out"], *found["errors"]]:
        print(f"bench: {text}")
    return 0 if found["works"] and not found["errors"] else 1
