"""
Thousands of generated files, before and after their fixes. HARDEN_CASES says how many, HARDEN_SEED
repeats a run. Without it each run has other files; but under CI=true always the same, so that what
is red there is of the change that is judged.
"""

import json
import os
import random
import re
import subprocess

from harden import CLEAN, FINDINGS, PROGRAM, STOPPED, harden

LONG = os.environ.get("CHECK") == "long"
BY_FORM = {"long": 2500, "full": 1000}
CASES = int(os.environ.get("HARDEN_CASES") or BY_FORM.get(os.environ.get("CHECK"), 300))
SEED = int(os.environ.get("HARDEN_SEED") or (
    1217228774 if os.environ.get("CI") == "true" else random.SystemRandom().randrange(1 << 32)))
MUTATED = 0.4  # of all


class Lab:
    """
    All cases of one type, those that are given first, each in a folder of its own, so that one run
    looks at them all.
    """

    def __init__(self, folder, name, generator, asked, given=()):
        print(f"HARDEN_SEED={SEED} HARDEN_CASES={CASES}")
        self.folder, self.name, self.asked = folder, name, asked
        self.before = {}
        rng = random.Random(SEED)
        for number in range(len(given) + CASES):
            data = given[number] if number < len(given) else generator.document(rng)
            if number >= len(given) and rng.random() < MUTATED:
                data = generator.mutated(rng, data)
            path = folder / f"{number:05d}" / name
            path.parent.mkdir()
            path.write_bytes(data)
            self.before[path] = data
        self.placed = self.places()
        self.found = {path: {check for check, _ in here} for path, here in self.placed.items()}
        self.patch = self.fix().stdout
        self.notes = self.fix("--write").stderr.decode(errors="replace")
        self.after = {path: path.read_bytes() for path in self.before}

    def findings(self):
        """File to the ids of what is found in it now."""
        return {path: {check for check, _ in found} for path, found in self.places().items()}

    def places(self):
        """File to the ids and lines of what is found in it now."""
        found = {path: set() for path in self.before}
        done = harden("audit", "--format", "json", self.folder)
        for finding in json.loads(done.stdout)["findings"]:
            found[type(self.folder)(finding["file"])].add((finding["id"], finding["line"]))
        return found

    def fix(self, *arguments):
        asked = ["--with", self.asked] if self.asked else []
        return subprocess.run([PROGRAM, "fix", *asked, *arguments, "."],
                              cwd=self.folder, capture_output=True, timeout=600, check=False)

    def refused(self):
        """File to the ids of which some fix was refused, and to those that were done."""
        refused, fixed = ({path: set() for path in self.before} for _ in range(2))
        pattern = rf"harden: \./(\d+)/{self.name}:\d+: ([A-Z]\d+): (not fixed|fixed): "
        for number, check, what in re.findall(pattern, self.notes):
            (refused if what == "not fixed" else fixed)[self.folder / number / self.name].add(check)
        return refused, fixed

    # --- what must be so of every type ------------------------------------------------------------

    def expect_settled(self):
        """Another run changes nothing."""
        done = self.fix("--write")
        assert b": changed;" not in done.stderr and b": made" not in done.stderr
        for path, data in self.after.items():
            assert path.read_bytes() == data, (SEED, path)
        assert self.fix().stdout == b""

    def expect_patch(self, folder):
        """patch(1) makes the same of the files as they were; and the backups are those."""
        for path, data in self.before.items():
            copy = folder / path.parent.name / path.name
            copy.parent.mkdir()
            copy.write_bytes(data)
            backup = path.with_name(self.name + ".bak")
            assert backup.exists() == (data != self.after[path])
            assert not backup.exists() or backup.read_bytes() == data, (SEED, path)
        subprocess.run(["patch", "-s", "-p1", "--binary"], cwd=folder, input=self.patch, check=True)
        for path, data in self.after.items():
            assert (folder / path.parent.name / path.name).read_bytes() == data, (SEED, path)

    def expect_gone(self, fixable, cured=frozenset()):
        """Of what has a fix, only what was refused is found; and of the rest, what was found, but
        what is cured by the way, perhaps."""
        now = self.findings()
        refused, _ = self.refused()
        for path, found in self.found.items():
            left = now[path] & fixable - refused[path]
            others = (now[path] ^ found) - fixable - (found & cured)
            assert not left and not others, (SEED, path, left, others)

    def expect_honest(self):
        """No fix was one that the core had to stop."""
        assert not STOPPED.search(self.notes), SEED


__all__ = ["CASES", "CLEAN", "FINDINGS", "LONG", "Lab", "SEED"]
