#!/usr/bin/python3
"""
How fast harden looks at a source tree, in how much memory, and how fast it mends one large file.

    tests/harden/bench.py [FILES]

Makes a tree of so many files (10,000) in a temporary folder: this repository's own, fixtures and
generated ones, as SHARES says. Prints the best of five runs of `harden audit` on one core, files a
second, and the peak memory. Exit code 1 when it takes more than 2 s for each 10,000 files, or 10 s
for all fixes of 6,000 services. What counts is the processor's time: that by the clock is printed
too, and is other people's as well where the machine is busy. BULKHEAD_BUILD names the build folder;
it has been configured without sanitizers.
"""

import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

import generate_compose
import generate_dockerfile
import generate_json
from harden import PROGRAM, REPOSITORY

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
ROUNDS = 5
MOST_SECONDS = 2
SERVICES, FIXES, MOST_FIXING = 6000, 14, 10
SERVICE = """\
  s{0}:
    image: postgres:16
    privileged: true
    pid: host
    ipc: host
    uts: host
    userns_mode: host
    ports: ["{0}:80", "81"]
    volumes: ["/srv:/srv:rshared"]
"""
FIXTURES = "tests/harden/fixtures/"
# What of a hundred files is what: where it comes from in the repository, or who makes it; its name.
SHARES = [
    (24, ["*.c", "*.h"], "{0}.c"),
    (24, ["*.py"], "{0}.py"),
    (8, ["*.js", "*.mjs"], "{0}.js"),
    (6, ["*.sh", "docker/*", "bulkhead.d/*"], "{0}.sh"),
    (8, ["*.md"], "{0}.md"),
    (6, ["nginx/*.conf", "nginx/*", FIXTURES + "N*/*"], "{0}.conf"),
    (6, ["docker/*/Dockerfile", FIXTURES + "K*/*"], "{0}.Dockerfile"),
    (3, generate_dockerfile, "Dockerfile"),
    (6, ["docker-compose*.yml", "tests/harden/published/*", FIXTURES + "C*/*"],
     "docker-compose.{0}.yml"),
    (3, generate_compose, "compose.yml"),
    (3, ["*.json", FIXTURES + "D*/*"], "{0}.json"),
    (3, generate_json, "daemon.json"),
]


def tracked(patterns):
    """The bytes of the files of the repository that match."""
    done = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=REPOSITORY, check=True,
                          capture_output=True, text=True)
    paths = [REPOSITORY / name for name in done.stdout.split("\0") if name]
    return [path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()]


def plant(folder, files):
    """Bytes of all of it."""
    rng, size, number = random.Random(1), 0, 0
    pools = [source if hasattr(source, "document") else tracked(source)
             for _, source, _ in SHARES]
    while number < files:
        for pool, (share, _, name) in zip(pools, SHARES):
            for _ in range(min(share, files - number)):
                data = rng.choice(pool) if isinstance(pool, list) else pool.document(rng)
                place = folder / f"part{number // 100}" / f"folder{number // 10 % 10}"
                place = place / str(number) if "{" not in name else place
                place.mkdir(parents=True, exist_ok=True)
                (place / name.format(f"file{number}")).write_bytes(data)
                size += len(data)
                number += 1
    return size


def processor_seconds():
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def look(folder, notes):
    """Seconds of a processor and by the clock, MiB at most, and what it says at the end."""
    core = min(os.sched_getaffinity(0))
    start, used = time.monotonic(), processor_seconds()
    done = subprocess.run(["taskset", "-c", str(core), "/usr/bin/time", "-q", "-f", "%M", "-o",
                           notes, PROGRAM, "audit", folder],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    spent = time.monotonic() - start, processor_seconds() - used
    if not done.stdout:
        sys.exit(f"bench: harden ended with {done.returncode}")
    return spent[1], spent[0], int(notes.read_text()) / 1024, done.stdout.decode().splitlines()[-1]


def mend(folder):
    """Seconds of a processor that all fixes of many services take; each of them has to be done."""
    path = folder / "compose.yml"
    path.write_text("services:\n" + "".join(SERVICE.format(i) for i in range(SERVICES)))
    used = processor_seconds()
    done = subprocess.run([PROGRAM, "fix", "--write", "--with", "C1,C8,C12,C16,C22", path],
                          stderr=subprocess.PIPE, check=False)
    spent = processor_seconds() - used
    fixed = done.stderr.count(b": fixed: ")
    print(f"{SERVICES} services, {fixed} fixes: {spent:.2f} s")
    if fixed != SERVICES * FIXES:
        sys.exit(f"bench: {SERVICES * FIXES} fixes were to be done")
    return spent


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, "tree")
        size = plant(folder, FILES)
        results = [look(folder, folder.with_name("notes")) for _ in range(ROUNDS)]
        mended = mend(folder)
    best, _, peak, said = min(results)
    print(said)
    print(f"{FILES} files, {size / 2 ** 20:.1f} MiB: {best:.2f} s, {FILES / best:.0f} files/s, "
          f"{peak:.1f} MiB at most; by the clock {min(row[1] for row in results):.2f} s")
    return best > MOST_SECONDS * FILES / 10000 or mended > MOST_FIXING


if __name__ == "__main__":
    sys.exit(main())
