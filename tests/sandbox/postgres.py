"""
A PostgreSQL of the tests' own: a cluster in a temporary folder, on a Unix socket and nothing else.

    FOLDER/root             what a program that asks it may see as its root folder
    FOLDER/root/database    where its socket is: the one thing in there
    FOLDER/data             the cluster, of the user `postgres` when root makes it

Who asks is told by the kernel (peer): a program's user may be each of PROGRAM_ROLES, the owner of
the cluster is its superuser. The role `keyed` has a PASSWORD instead. The server ends with whoever
started it, however that ends.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from ping_lab import need  # noqa: E402
from program import wait_until  # noqa: E402

NAME = "database"  # of the socket's folder, below the root folder
SOCKET = ".s.PGSQL.5432"
PASSWORD = "correct horse battery staple"
PROGRAM_ROLES = ("audit", "bulkhead_audit", "bulkhead_trail")
OPTIONS = {"listen_addresses": "", "unix_socket_permissions": "0777", "fsync": "off",
           "shared_buffers": "16MB", "max_connections": "20", "autovacuum": "off",
           "logging_collector": "off"}


def binaries():
    """The newest installed version's programs; they are in no PATH."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                     key=lambda folder: float(folder.parent.name))
    need(folders and (folders[-1] / "initdb").exists(), "the package postgresql")
    return folders[-1]


def start_of(pid):
    """When a process started, by which it is known from a later one of its id; None: it is over."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


class Database:
    def __init__(self):
        self.programs = binaries()
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-database-"))
        self.root, self.data = self.folder / "root", self.folder / "data"
        self.sockets = self.root / NAME
        self.server = None
        try:
            self._make()
            self.start()
            self.sql(f"CREATE ROLE audit LOGIN; CREATE ROLE keyed LOGIN PASSWORD '{PASSWORD}'")
        except BaseException:
            self.remove()
            raise

    def _make(self):
        for folder in (self.folder, self.root, self.sockets, self.data):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        for folder in (self.sockets, self.data):
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C",
                  "--no-sync", "--auth=reject")
        (self.data / "pg_hba.conf").write_text("local all keyed scram-sha-256\n"
                                               "local all all peer map=tests\n")
        owner = self.owner.pw_name
        program = "nobody" if os.geteuid() == 0 else owner
        users = [(owner, "postgres"), *((program, role) for role in PROGRAM_ROLES)]
        (self.data / "pg_ident.conf").write_text(
            "".join(f"tests {user} {role}\n" for user, role in users))

    def as_owner(self, name, *words):
        change = [f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}", "--clear-groups"]
        return ["setpriv", "--pdeathsig=INT", *(change if os.geteuid() == 0 else []),
                str(self.programs / name), *map(str, words)]

    def _run(self, *words, stdin=""):
        done = subprocess.run(self.as_owner(*words), capture_output=True, text=True, timeout=120,
                              input=stdin, cwd="/", env={"PATH": os.environ["PATH"]}, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def options(self):
        return {**OPTIONS, "unix_socket_directories": self.sockets}

    def start(self):
        """From the main thread only: the server would end with another one."""
        options = [word for name, value in self.options().items()
                   for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        with log:
            self.server = subprocess.Popen(
                self.as_owner("postgres", "-D", self.data, *options), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd="/", env={"PATH": os.environ["PATH"]})
        wait_until(self._is_ready, "a database that is ready")

    def _is_ready(self):
        assert self.server.poll() is None, (self.folder / "log").read_text()[-4000:]
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.server.pid)] and lines[7:] == ["ready   "]

    def stop(self, number=signal.SIGINT):
        """SIGINT: sessions are ended in order; SIGQUIT: at once; SIGKILL: the server crashes."""
        members = {pid: start_of(pid) for pid in self.processes()}
        self.server.send_signal(number)
        self.server.wait(60)
        wait_until(lambda: not any(start and start_of(pid) == start
                                   for pid, start in members.items()), "the end of all sessions")

    def processes(self):
        """The server's own pid and those of its children."""
        children = pathlib.Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        return [self.server.pid, *map(int, children.read_text().split())]

    def restart(self, number=signal.SIGINT):
        self.stop(number)
        self.start()

    def sql(self, statement, database="postgres"):
        """As the superuser; what it returns, one row a line."""
        return self._run(*self.psql(database), "-f", "-", stdin=statement).strip()

    def psql(self, database):
        return ["psql", "-h", self.sockets, "-U", "postgres", "-d", database, "-XAtq",
                "-v", "ON_ERROR_STOP=1"]

    def session(self, statements, database="postgres"):
        """A session beside others', which has been sent its statements; end it with kill()."""
        session = subprocess.Popen(self.as_owner(*self.psql(database)), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, cwd="/",
                                   env={"PATH": os.environ["PATH"]})
        session.stdin.write(statements + ";\nSELECT 'done';\n")
        session.stdin.flush()
        for line in session.stdout:
            if line.strip() == "done":
                return session
        raise AssertionError("the session has ended")

    def remove(self):
        if self.server is not None and self.server.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
