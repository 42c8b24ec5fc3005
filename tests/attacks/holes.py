"""
That attacks find a hole where there is one: Bulkhead with a layer taken out, and the classes that
layer stops. Each has to succeed then; docs/attacks.md has the list.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import runner
import scene
from classes import all_classes, supplies, walls
from model import Marks
from paths import HERE
from stack import LIMITS_OFF, REPOSITORY, copy_source, name_of, processes_in
from targets import BOUNDS, After
from trail_stack import TrailStack

HEADERS = [(f"fastcgi_param HTTP_{name} $http_{name.lower()} if_not_empty;")
           for name in ("COOKIE", "USER_AGENT", "X_STATE", "AUTHORIZATION", "X_INTERNAL", "ORIGIN")]


# What has to wait for what it has stopped: some of its attempts are enough.
SLOW, FEW = ("expression-bombs", "slow-patterns"), 2


@dataclass
class Hole:
    what: str
    classes: tuple
    settings: dict = field(default_factory=dict)
    changes: tuple = ()  # (file, what is there, what is there instead)
    then: object = None  # of the stack, once it is up; a context
    around: object = None  # a context, in which the attacks are made


# --- holes ----------------------------------------------------------------------------------------

@contextlib.contextmanager
def programs_of_before(stack, routes=("hello", "ping", "calculate", "audit")):
    """What is before answers in these routes' places, behind nginx."""
    os.kill(stack.watch()[0], signal.SIGSTOP)  # or it would bring them back
    for pid in stack.watch()[1:]:
        os.kill(pid, signal.SIGSTOP)
    sockets = [stack.socket(route, number) for route in routes for number in (1, 2)]
    for pid in [*sum(map(stack.supervisors, routes), []), *sum(map(stack.pids, routes), [])]:
        os.kill(pid, signal.SIGKILL)
    for path in sockets:
        path.unlink()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["unshare", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child",
             "--mount-proc", "prlimit", *BOUNDS, "/usr/bin/python3", "-S",
             str(HERE / "program_of_before.py"), stack.password, folder, *map(str, sockets)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "SECRET_KEY": stack.secret})
        try:
            scene.wait_for(lambda: all(path.exists() for path in sockets))
            yield
        finally:
            process.kill()
            process.wait(20)
            for pid in stack.watch():
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def all_is_open(stack):
    """A state folder that anybody may change."""
    subprocess.run(["chmod", "-R", "a+rwX", str(stack.state)], check=True)
    workers = stack.workers()
    yield
    # By what anybody may remove, none of them is found any more.
    for pid in [*processes_in(stack.state), *(pid for pid in workers if name_of(pid) == "nginx")]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def no_walls():
    """The programs that are broken into start without any layer."""
    found = walls.CONFIGURATION
    walls.CONFIGURATION = list(walls.world.LAYERS), False
    try:
        yield
    finally:
        walls.CONFIGURATION = found


@contextlib.contextmanager
def nothing_is_signed():
    """A recipe that trusts its mirror, and a page that has nobody look at the signature."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "docker").mkdir()
        recipe = (REPOSITORY / "docker/Dockerfile").read_text()
        (folder / "docker/Dockerfile").write_text(
            recipe + '\nRUN echo "deb [trusted=yes] http://mirror.test ./"\n')
        (folder / "SECURITY.md").write_text((REPOSITORY / "SECURITY.md").read_text())
        supplies.REPOSITORY, supplies.VERIFY = folder, ["true"]
        try:
            yield
        finally:
            supplies.REPOSITORY, supplies.VERIFY = REPOSITORY, None


HOLES = [
    Hole("a program of before in the places of hello and calculate", ("slow-patterns",),
         then=lambda stack: programs_of_before(stack, ("hello", "calculate"))),
    Hole("programs of before in the places of hello, ping, calculate and audit, with all headers "
         "and POST",
         ("command-injection", "argument-injection", "code-injection", "format-injection",
          "deserialisation", "parameter-pollution", "header-injection", "sql-injection",
          "cross-site-scripting", "csv-injection", "unicode", "credential-guessing",
          "password-timing", "sessions", "disclosure", "methods", "expression-bombs"),
         changes=[("nginx/edge/parameters.conf", "fastcgi_param REQUEST_ID",
                   "\n".join([*HEADERS, "fastcgi_param REQUEST_ID"])),
                  ("nginx/edge/fastcgi.conf", "fastcgi_hide_header Set-Cookie;", ""),
                  ("nginx/edge/methods.conf", "    HEAD \"\";",
                   "    HEAD \"\";\n    POST \"\";"),
                  ("nginx/routes/audit.conf",
                   "    fastcgi_param HTTP_AUTHORIZATION $http_authorization if_not_empty;\n", "")],
         then=programs_of_before),
    Hole("TRUSTED_PROXIES has every client, PING_DENY none; X-Forwarded-Host leads; no headers for "
         "caches and frames; large headers are taken; the log has all as it came",
         ("address-spoofing", "server-side-requests", "redirects", "caches", "cross-site",
          "path-traversal", "filling", "floods", "log-injection"),
         settings={"TRUSTED_PROXIES": "127.0.0.0/8", "PING_DENY": "none"},
         changes=[("nginx/edge/headers.conf", "Cache-Control no-store", "Cache-Control public"),
                  ("nginx/edge/headers.conf", "; frame-ancestors 'none'\";", "\";"),
                  ("nginx/edge/console.conf", "set $moved_to /console/;",
                   "set $moved_to //$http_x_forwarded_host/console/;"),
                  ("nginx/edge/console.conf", "location = /console {",
                   "location /console.. {\n    alias @STATE_DIR@/nginx/;\n    max_ranges 0;\n}\n"
                   "location = /console {"),
                  ("nginx/edge/limits.conf", "large_client_header_buffers 4 16k",
                   "large_client_header_buffers 4 128m"),
                  ("nginx/edge/log.conf", "log_format json escape=json",
                   "log_format json escape=none"),
                  ("nginx/edge/log.conf", '"target":"$log_target"', '"target":"$request_uri"'),
                  ("nginx/edge/log.conf", '"agent":"$log_agent"', '"agent":"$http_user_agent"')]),
    Hole("the file of settings is run by the shell", ("settings-injection",),
         changes=[("bulkhead.d/settings.sh", "read_env_file() {", "read_env_file() {\n"
                   "    . \"$env_file\"")]),
    Hole("the state folder is open to everybody", ("local-users",), then=all_is_open),
    Hole("no layer around the programs", ("breach-files", "breach-network", "breach-processes",
                                          "breach-walls", "breach-kernel"), around=no_walls),
    Hole("apt trusts its mirror, and nobody looks at a signature", ("supply-chain",),
         around=nothing_is_signed),
]


# --- trying them ----------------------------------------------------------------------------------

def changed_copy(folder, hole):
    """What `bulkhead` is started from, with the hole; each change has to be one."""
    given = copy_source(folder)
    for name, there, instead in hole.changes:
        path = folder / name
        text = path.read_text()
        assert there in text, f"{name} has no {there!r}"
        path.write_text(text.replace(there, instead))
    return given


def try_hole(hole, place, names, marks):
    """{class: (attempts, succeeded)} of those that it is to open."""
    known = {each.id: each for each in all_classes()}
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        stack = TrailStack(**changed_copy(folder, hole),
                           **{"HEALTH_FROM": "127.0.0.1 ::1", **LIMITS_OFF, **hole.settings})
        stack.secret = place.secret
        target = held.enter_context(After(place, stack))
        for context in (hole.around and hole.around(), hole.then and hole.then(stack)):
            if context:
                held.enter_context(context)
        found = {}
        for name in names:
            rows = runner.rows_of(known[name], marks)
            rows = rows[-FEW:] if name in SLOW else rows
            seen, _ = runner.run_on(known[name], target, rows)
            found[name] = len(rows), sum(map(bool, seen))
            print(f"    {name}: {found[name][1]} of {len(rows)}", flush=True)
        return found


def main(arguments):
    tried, wrong, marks = set(), [], Marks(os.environ.get("BULKHEAD_SEED", "holes"))
    with scene.Scene("key-kept-for-the-holes") as place:
        for hole in HOLES:
            names = [name for name in hole.classes if not arguments or name in arguments]
            if names:
                print(hole.what, flush=True)
                found = try_hole(hole, place, names, marks)
                tried |= set(found)
                wrong += [name for name, (_, seen) in found.items() if not seen]
    for name in wrong:
        print(f"holes: {name} does not find it")
    print(f"not tried: {' '.join(sorted({each.id for each in all_classes()} - tried))}")
    print(f"{len(tried) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


