"""Another user of the machine: files, sockets and processes that are not theirs."""

import json
import subprocess
from pathlib import Path

from model import AttackClass
from paths import HERE

USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]  # nobody

# What there is of each kind: before, and after. Patterns of the state folder, or of it and a name.
KINDS = {
    "a record": (["trail.sqlite"], ["journal/*/*", "database/cluster/PG_VERSION"]),
    "a log": (["access.log"], ["log/*"]),
    "a secret": (["password.txt"], ["password", "settings", "run/*.env"]),
    "a setting": (["settings.env"], ["settings"]),
    "a program's number": (["server.pid"], ["run/*.pid"]),
    "what a program says": (["output"], ["log/*.log"]),
    "a counter": ([], ["run/*.stats"]),
    "a lock": (["access.log"], ["lock"]),
    "the configuration": (["settings.env"], ["nginx/nginx.conf", "nginx/routes/*"]),
    "what is run": ([], ["bin/*"]),
    "a socket": (["control.sock"], ["run/*.sock", "database/socket/.s.PGSQL*"]),
    "the folder": (["."], [".", "run", "log", "journal", "journal/*", "nginx", "bin", "empty",
                           "edge", "database"]),
    "a closed folder": (["."], ["run", "log", "edge", "database", "database/cluster"]),
}
WANTED = {
    "read": ("a record", "a log", "a secret", "a setting", "a program's number",
             "what a program says", "a counter"),
    "append": ("a log", "a setting", "a program's number", "the configuration", "what is run",
               "a counter"),
    "lead": ("a program's number", "what a program says", "a secret", "a log"),
    "rename": ("a setting", "the configuration"),
    "make": ("the folder",), "names": ("a closed folder",),
    "connect": ("a socket",), "order": ("a socket",), "lock": ("a lock",),
    "truncate": ("a log", "a record"), "remove": ("a record", "a log", "a secret", "a socket",
                                                  "a program's number"),
}
PROCESSES = {"signal a program": "end", "trace a program": "trace",
             "read a program's environment": "environ", "read a program's memory": "mem",
             "read where it is": "maps", "list its descriptors": "fd"}


def attempts():
    made = {f"{operation} {kind}": (operation, kind) for operation, kinds in WANTED.items()
            for kind in kinds}
    return made | {what: ("process", how) for what, how in PROCESSES.items()} | {
        "listen in its place": ("squat", "")}


def paths_of(target, kind):
    patterns = KINDS[kind][0 if target.name == "before" else 1]
    found = [path for pattern in patterns for path in (
        [target.state] if pattern == "." else sorted(target.state.glob(pattern)))]
    return [str(path) for path in found[:40]]


def orders(target, row, pids):
    """What the user is to do, a list."""
    operation, what = row.payload
    if operation == "squat":
        return [["squat", str(target.port), ""]]
    if operation == "process":
        if what in ("end", "trace"):
            return [[what, str(pid), ""] for pid in pids]
        how = "names" if what == "fd" else "read"
        return [[how, f"/proc/{pid}/{what}", ""] for pid in pids]
    words = {"lead": str(target.scene.canaries / f"victim-{row.mark}"),
             "order": str(target.scene.file_of(row))}
    return [[operation, path, words.get(operation, row.mark)] for path in paths_of(target, what)]


def carry_out(target, row, pids):
    """Returns (what was ordered, what came of it) of each that came to something."""
    (target.scene.canaries / f"victim-{row.mark}").touch(mode=0o600)
    listed = orders(target, row, pids)
    done = subprocess.run([*USER, "/usr/bin/python3", "-S", str(HERE / "local_user.py")],
                          input=json.dumps(listed), capture_output=True, text=True, timeout=60,
                          check=True, cwd="/")
    return [(order, said) for order, said in zip(listed, json.loads(done.stdout)) if said]


def is_so(order, said, row, target):
    """What the user says is believed where it can be seen from here, too."""
    operation, path, word = order
    if operation == "append":
        return row.mark in Path(path).read_text(encoding="utf-8", errors="replace")
    if operation == "make":
        return (Path(path) / row.mark).exists()
    if operation == "rename":
        return Path(f"{path}.{word}").exists()
    if operation == "remove":
        return not Path(path).exists()
    if operation == "lead":
        if target.name == "before":  # some is written at its start, some at each request
            target.restart()
        target.ask("/?name=Ada")
        return Path(word).stat().st_size > 0
    if operation == "order":
        return Path(word).exists()
    return operation not in ("squat",) or bool(said and target)


def make_anew(target):
    for path in target.state.iterdir():
        if path.is_symlink():
            path.unlink()
    target.restart()
    target.ask("/?name=Ada")


def run_local(target, rows):
    """Then what was taken away before is made again, for the next one."""
    target.ask("/?name=Ada")
    target.settle()
    seen, pids = [], target.pids()
    for row in rows:
        done = [(order, said) for order, said in carry_out(target, row, pids)
                if is_so(order, said, row, target)]
        seen.append(f"{done[0][1].split()[0][:20]}: {Path(done[0][0][1]).name}" if done else "")
        if target.name == "before" and row.payload[0] in ("remove", "rename", "lead", "truncate"):
            make_anew(target)
            pids = target.pids()
    return seen


CLASSES = [
    AttackClass("local-users", "Another user of the machine", ["state-read", "state-changed",
                "log-forged", "journal-read", "stranger-at-a-socket", "secrets-read"], "settings",
                "what was read, changed, removed or connected to, seen from outside as well",
                attempts(), run_local,
                not_before={f"{operation} {kind}": "it has none" for operation in WANTED
                            for kind in ("a counter", "what is run")
                            if kind in WANTED[operation]}),
]
