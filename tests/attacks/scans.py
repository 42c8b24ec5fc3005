"""First scan and second scan: what `harden audit` says of what is before, and of the project."""

import collections
import json
import pathlib
import shutil
import subprocess
import tempfile

import paths  # noqa: F401
from program import BUILD, REPOSITORY

# What the first has to find, and by which checks it may.
MUST_FIND = {"hard-coded credentials": ("S1",), "command injection": ("S3", "S5", "S6"),
             "eval": ("S4",), "an outdated base": ("K3",)}


def audit(*paths, folder):
    done = subprocess.run([BUILD / "harden/harden", "audit", "--format", "json", *paths],
                          cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"harden audit: exit code {done.returncode}: {done.stderr[-500:]}")
    found = json.loads(done.stdout)["findings"]
    counts = collections.Counter(each["id"] for each in found)
    return {"findings": len(found), "checks": dict(sorted(counts.items())),
            "found": [{name: each[name] for name in ("file", "line", "id", "severity", "title")}
                      for each in found]}


def files_of_the_project():
    """All that git knows or would take; of an unpacked release, all but what was built."""
    if (REPOSITORY / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], check=True,
                                cwd=REPOSITORY, capture_output=True, text=True).stdout.split("\0")
        return [name for name in listed if name and (REPOSITORY / name).is_file()]
    return [str(path.relative_to(REPOSITORY)) for path in REPOSITORY.rglob("*")
            if path.is_file() and not path.relative_to(REPOSITORY).parts[0].startswith("build")]


def scan():
    """{"before": ..., "after": ...}, each with how many findings, of which checks, and them."""
    with tempfile.TemporaryDirectory() as made:
        for name in files_of_the_project():
            (pathlib.Path(made) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, pathlib.Path(made) / name)
        return {"before": audit("tests/before", folder=REPOSITORY), "after": audit(folder=made)}


def faults(scans):
    for what, checks in MUST_FIND.items():
        if not set(checks) & set(scans["before"]["checks"]):
            yield f"the first scan does not find {what}"
    if scans["after"]["findings"]:
        yield f"the second scan finds something: {scans['after']['checks']}"
