"""
What the attacks of this folder meet: real programs, a real nginx, files and sockets of theirs, in
namespaces of their own. Run as a program, it is inside, and /mnt is all that anything can harm.

    /mnt/bin/breach       the program that attacks; a process of its own for each attempt
    /mnt/empty            the root folder that it is given
    /mnt/open             where anybody may read and write
    /mnt/journals         the journal of the program's own, if it keeps one
    /mnt/others, secret   another program's journal, root's .env
    /mnt/mounted          a file system
    /mnt/run              sockets, logs; the root folder of what looks after the others
"""

import contextlib
import ctypes
import json
import os
import pathlib
import pwd
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import fcgi_client  # noqa: E402
from program import BUILD, clean_environment, wait_until  # noqa: E402

WORLD = pathlib.Path("/mnt")
RUN = WORLD / "run"
PROGRAM = WORLD / "bin/breach"
ATTACKER, SIBLING = pwd.getpwnam("nobody"), pwd.getpwnam("daemon")
LAYERS = ("user", "root", "landlock", "seccomp", "limits", "mdwe")
LOOKS_AFTER = ("breach-healthz", "breach-metrics")
OUTCOME_SECONDS = 20
MARK = b"\nBREACH "
ANY_THREAD = 0x40000000  # __WALL: a thread that has let itself be traced too

DONE, STOPPED, ABSENT, HUNG = "DONE", "STOPPED", "ABSENT", "HUNG"

# Attacks whose effect is seen from outside, and how.
ENDS_SIBLING = ("kill-sibling", "kill-thread", "kill-thread-simply", "kill-queued", "kill-pidfd",
                "kill-descriptor", "signal-all")
BY_INT80 = ("int80", "int80-fork")
LEAVES_CORE = ("core-file", "core-file-after-all")
# After these a new sibling is wanted.
CHANGES_SIBLING = (*ENDS_SIBLING, "stop-sibling", "process-madvise", "ptrace", "ptrace-seize",
                   "write-memory", "slow-sibling", "move-sibling", "idle-sibling",
                   "starve-sibling")


# --- outside --------------------------------------------------------------------------------------

def all_but(*layers):
    """The layers that are off when only these are on."""
    return [layer for layer in LAYERS if layer not in layers]


def run_attacks(program, configurations, attacks=None, environment=None):
    """
    Configuration to attack to verdict. A configuration is (layers that are off, whether it is
    started by a plain user); without `attacks`: all that the program knows. Root has every right
    inside but the one to exceed limits, which containers don't have either.
    """
    plan = json.dumps({"program": program, "configurations": configurations, "attacks": attacks,
                       "environment": environment or {}})
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-sys_resource", "unshare", "--mount", "--net", "--pid",
         "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__],
        input=plan, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the world ended with {done.returncode}: {done.stderr[-4000:]}"
    return json.loads(done.stdout)


def attacks_of(program):
    """Name to what it does, in their order."""
    listed = subprocess.run([BUILD / "tests/sandbox" / program, "--attacks"], check=True,
                            capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in listed.splitlines())


# --- inside ---------------------------------------------------------------------------------------

def write(path, text, mode, owner=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def listen(path, mode, kind=socket.SOCK_STREAM):
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(str(path))
    path.chmod(mode)
    if kind == socket.SOCK_STREAM:
        made.listen(64)
    return made


def mount(kind, where, *options):
    subprocess.run(["mount", "-t", kind, *options, "none", str(where)], check=True)


class World:
    def __init__(self, program, environment):
        self.program = program
        self.more = environment
        mount("tmpfs", WORLD, "-o", "mode=755")
        for name in ("bin", "empty", "run", "mounted"):
            (WORLD / name).mkdir()
        shutil.copy(BUILD / "tests/sandbox" / program, PROGRAM)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.breach_path = RUN / "breach.sock"
        self.listeners = self._open_sockets()
        self.looked_after_listener = listen(RUN / "looked-after.sock", 0o666)
        self.sibling = self.looked_after = None
        self.restart_sibling()
        self.edge = self._start_edge()
        self.reset()

    def _open_sockets(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 15001))
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0breach-sibling")
        abstract.listen()
        self.sibling_listener = listen(RUN / "sibling.sock", 0o660)
        return [udp, abstract, listen(RUN / ".s.PGSQL.5432", 0o660),
                listen(RUN / "log.sock", 0o666, socket.SOCK_DGRAM)]

    def _start_edge(self):
        folder = RUN / "nginx"
        folder.mkdir()
        temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        write(folder / "nginx.conf",
              f"user {SIBLING.pw_name}; daemon off; worker_processes 1; pid {folder}/pid;"
              f"error_log {folder}/log; events {{}}"
              f"http {{ access_log off; {temporary} server {{ return 204;"
              f"listen 127.0.0.1:15000; listen [::1]:15000; listen unix:{RUN}/edge.sock; }} }}",
              0o644)
        edge = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"),
                                 "-e", str(folder / "log")], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL)
        wait_until(lambda: (folder / "pid").exists() and (RUN / "edge.sock").exists(), "nginx")
        return edge

    def restart_sibling(self):
        """
        A released program with all its layers, as another user; and a second one, at whose socket
        healthz may ask whether it serves.
        """
        for process in filter(None, (self.sibling, self.looked_after)):
            process.kill()
            process.wait()
        monitor = ["--monitor", ATTACKER.pw_name] if self.program == "breach-healthz" else []
        self.sibling = self.start_sibling(self.sibling_listener, "sibling.sock")
        self.looked_after = self.start_sibling(self.looked_after_listener, "looked-after.sock",
                                               "--stats", RUN / "looked-after.stats", *monitor)
        start = first_addresses(self.sibling.pid)
        self.environment = clean_environment({
            "BREACH_SIBLING": str(self.sibling.pid), "JOURNAL_DIR": str(WORLD / "journals"),
            "BREACH_SIBLING_ADDRESS": str(start["r--p"]),
            "BREACH_SIBLING_WRITABLE": str(start["rw-p"]), "LOG_LEVEL": "warning",
            "ROUTES": "looked-after", "RUN_DIR": str(RUN), "TRAIL": "off"} | self.more)

    @staticmethod
    def start_sibling(listener, name, *options):
        process = subprocess.Popen(
            [BUILD / "cgi-src/hello", "--user", SIBLING.pw_name, "--peer", "0",
             "--root", str(WORLD / "empty"), *options], stdin=listener,
            stderr=subprocess.DEVNULL, env=clean_environment())
        with fcgi_client.Connection(RUN / name) as connection:
            assert connection.ask(fcgi_client.request_params(), keep=False).status == 200
        return process

    def reset(self):
        """Everything as it was: whatever the last attack has left."""
        mounted = WORLD / "mounted"
        while mounted.is_mount() and subprocess.run(["umount", "-l", str(mounted)],
                                                    check=False).returncode == 0:
            pass
        mount("tmpfs", mounted)
        for name in ("open", "others", "journals", "secret", "empty"):
            empty_folder(WORLD / name)
        for left in ("way-out", "new"):  # where run/ is the root folder
            remove(RUN / left)
        (WORLD / "open/folder").mkdir()
        (WORLD / "open/folder").chmod(0o777)
        (WORLD / "open").chmod(0o777)
        write(WORLD / "open/file", "VICTIM\n", 0o666)
        write(WORLD / "secret/.env", "VICTIM\n", 0o600)
        (WORLD / "secret").chmod(0o700)
        write(WORLD / "others/journal", "VICTIM\n", 0o600, SIBLING)
        (WORLD / "others").chmod(0o700)
        os.chown(WORLD / "others", SIBLING.pw_uid, SIBLING.pw_gid)
        os.chown(WORLD / "journals", ATTACKER.pw_uid, ATTACKER.pw_gid)
        socket.sethostname("bulkhead")

    # --- one attack ---

    def start(self, off, plain, listener, output):
        command = [str(PROGRAM), "--peer", "0"]
        if plain:
            command = ["setpriv", "--reuid", str(ATTACKER.pw_uid), "--regid",
                       str(ATTACKER.pw_gid), "--clear-groups", *command]
        else:
            root = RUN if self.program in LOOKS_AFTER else WORLD / "empty"
            command += ["--user", ATTACKER.pw_name, "--root", str(root)]
        return subprocess.Popen(
            command, stdin=listener, stdout=output, stderr=output,
            cwd=WORLD / "open", process_group=0,
            env=self.environment | {"BULKHEAD_TEST_LAYERS_OFF": ",".join(off),
                                    "BREACH_EDGE": str(self.edge.pid),
                                    "BREACH_EDGE_ADDRESS":
                                        str(first_addresses(self.edge.pid)["r--p"])})

    def attack(self, name, off, plain):
        """"DONE", "STOPPED by what", "ABSENT why"."""
        (RUN / "nginx/log").unlink(missing_ok=True)
        source, output = os.pipe()
        self.breach_path.unlink(missing_ok=True)
        (WORLD / "journals/own").unlink(missing_ok=True)  # each program makes a file of its own
        with listen(self.breach_path, 0o660) as listener:  # each its own: some break it
            process = self.start(off, plain, listener, output)
        os.close(output)
        with open(source, "rb", buffering=0) as pipe, self.connect(name, pipe) as connection:
            with contextlib.suppress(OSError):
                connection.send(fcgi_client.request_bytes(
                    fcgi_client.request_params(f"attack={name}")))
            text = read_verdict(pipe)
        verdict = verdict_of(text)
        status = end_group(process, at_once=verdict is not None)
        if verdict is None:
            verdict = self.judge_end(name, status, text)
        if verdict == DONE and not self.is_confirmed(name):
            verdict = f"{STOPPED} no effect"
        return verdict

    def connect(self, name, pipe):
        try:
            return fcgi_client.Connection(self.breach_path)
        except ConnectionRefusedError as error:  # it has ended: why, it has said
            raise AssertionError(f"{name}: it ended: {pipe.read(65536)!r}") from error

    def judge_end(self, name, status, text):
        """It ended without a word: killed, or what it has become did."""
        if name in LEAVES_CORE and os.WIFSIGNALED(status):
            return DONE if os.WCOREDUMP(status) else f"{STOPPED} no core file"
        if name in BY_INT80 and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSEGV:
            return f"{ABSENT} no 32-bit calls"  # the processor's own word: no layer ends it so
        if os.WIFSIGNALED(status):
            return f"{STOPPED} {signal.Signals(os.WTERMSIG(status)).name}"
        return f"{HUNG} {status} {text[-300:]!r}"

    def is_confirmed(self, name):
        if name in ENDS_SIBLING:
            return happens(lambda: self.sibling.poll() is not None)
        if name == "stop-sibling":
            return happens(lambda: state_of(self.sibling.pid) == "T")
        if name == "signal-edge":
            return happens((RUN / "nginx/log").exists)
        return True

    def run(self, configurations, attacks):
        results = {}
        for configuration, (off, plain) in configurations.items():
            results[configuration] = {}
            for name in attacks:
                results[configuration][name] = verdict = self.attack(name, off, plain)
                if (verdict == DONE and name in CHANGES_SIBLING or self.sibling.poll() is not None
                        or self.looked_after.poll() is not None):
                    self.restart_sibling()
                if verdict == DONE or name.startswith(("journal", "escape")):
                    self.reset()
        return results


def first_addresses(pid):
    """Of a process's memory: its rights, as in "r--p", to the first address that has them."""
    maps = [line.split() for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return {rights: int(at.partition("-")[0], 16) for at, rights, *_ in reversed(maps)}


def remove(path):
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)


def empty_folder(folder):
    """Removes what is in it, and makes it new: permissions and owner too."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    folder.chmod(0o755)


def read_verdict(pipe):
    """What it says until it has a verdict, or ends."""
    text, deadline = b"", time.monotonic() + OUTCOME_SECONDS
    while verdict_of(text) is None:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            break
        part = pipe.read(65536)
        if not part:
            break
        text += part
    return text


def verdict_of(text):
    _, found, rest = (b"\n" + text).rpartition(MARK)
    return rest.partition(b"\n")[0].decode() if found and b"\n" in rest else None


def end_group(process, at_once):
    """Ends it with all that it has started; the status is its own."""
    if not at_once:  # it has closed its output: by ending, but for what hangs
        happens(lambda: os.waitid(os.P_PID, process.pid,
                                  os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:  # this is process 1 here: what has lost its parent is its child
            pid, status = os.waitpid(-process.pid, ANY_THREAD)
            if pid == process.pid and not os.WIFSTOPPED(status):
                process.returncode = status
    return process.returncode


def happens(condition, seconds=1):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def be_unlimited():
    """So that what stops an attack is a layer, and not what the tests were started with."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))


def main():
    plan = json.load(sys.stdin)
    be_unlimited()
    world = World(plan["program"], plan["environment"])
    attacks = plan["attacks"] or list(attacks_of(plan["program"]))
    json.dump(world.run(plan["configurations"], attacks), sys.stdout)


if __name__ == "__main__":
    main()
