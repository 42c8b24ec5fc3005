"""Programs from npm, each in the version and with the hash that a lock file says."""

import hashlib
import shutil
import subprocess

from ping_lab import need
from stack import BUILD


def installed(source):
    """
    The folder node_modules of what SOURCE/package.json and package-lock.json name: fetched once
    for each state of the lock file, below the build folder.
    """
    need(shutil.which("npm"), "the program npm")
    lock = (source / "package-lock.json").read_bytes()
    folder = BUILD / "npm" / f"{source.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit",
                        "--no-fund"], cwd=folder, stdin=subprocess.DEVNULL, timeout=300,
                       check=True, capture_output=True)
        (folder / "complete").touch()
    return folder / "node_modules"
