"""
The calls of a route with a database, cgi-src/trail/database_calls.c, with a real PostgreSQL: that
they are enough for libpq, that it connects again by itself, and that they open nothing else.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from postgres import NAME, PASSWORD, SOCKET, Database, need
import fcgi_client
from program import BUILD, Program, clean_environment, is_sanitized, wait_until

DATABASE = "../tests/sandbox/database"
WORKERS = 4
NOBODY = pwd.getpwnam("nobody")
MIB = 1 << 20


@pytest.fixture(scope="module")
def database():
    need((BUILD / "cgi-src" / DATABASE).exists(), "libpq-dev, and a build that has found it,")
    made = Database()
    yield made
    made.remove()


class Asker(Program):
    """The route, as root would start it: in a root folder with the database's socket alone."""

    def __init__(self, database, **settings):
        self.database = database
        as_root = os.geteuid() == 0
        super().__init__(DATABASE, *(["--root", str(database.root)] if as_root else []),
                         environment={"DATABASE_SOCKET_DIR": f"/{NAME}" if as_root
                                      else str(database.sockets), **settings})

    def query(self, text="", ask="echo", **more):
        return self.ask(urllib.parse.urlencode({"text": text, "ask": ask, **more}))

    def answers(self, text="still here"):
        return self.query(text).text == f"{text}\n"

    def attack(self, name, text=""):
        """The name of the errno that it got, "done", or "killed" by seccomp."""
        try:
            return self.query(text, attack=name).text.strip()
        except fcgi_client.Dropped:
            assert self.process.wait(20) == -signal.SIGSYS, self.errors()
            return "killed"

    def sessions(self):
        return int(self.database.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'audit'"))


class UsersAsker(Asker):
    """The same, started by a user: without a root folder, on a copy that he can read."""

    def __init__(self, database):  # pylint: disable=super-init-not-called
        self.database = database
        self.folder = pathlib.Path(f"{database.folder}/user")
        self.folder.mkdir()
        os.chown(self.folder, NOBODY.pw_uid, NOBODY.pw_gid)
        shutil.copy(BUILD / "cgi-src" / DATABASE, self.folder / "database")
        self.socket, self.log = self.folder / "program.sock", self.folder / "stderr"
        self.stats_file = self.folder / "stats"
        command = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}",
                   "--clear-groups", "spawn-fcgi", "-n", "-s", self.socket, "-M", "0660", "--",
                   self.folder / "database", "--peer", "0", "--stats", self.stats_file]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment({"DATABASE_SOCKET_DIR": str(database.sockets)}))
        self._wait_for_start()


@pytest.fixture
def asker(database):
    with Asker(database) as program:
        wait_until(lambda: program.sessions() == 0, "the end of an earlier program's sessions")
        yield program


@pytest.fixture(name="same")
def fixture_same(asker):
    """The program, which must be the same process in the end, and end in order."""
    yield asker
    assert asker.alive(), asker.errors()
    assert asker.terminate()[0] == 0


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


# --- asking ---------------------------------------------------------------------------------------

def test_asks_behind_every_wall(same, database):
    """The first connection of a thread is made when its first question comes."""
    assert same.query("it's; DROP \u00e9").text == "it's; DROP \u00e9\n"
    fields = status_of(same.pid)
    assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1"
    assert int(fields["CapEff"], 16) == 0
    assert same.stats()["landlock"] >= 1
    if os.geteuid() == 0:
        assert fields["Uid"].split() == [str(NOBODY.pw_uid)] * 4
        assert os.listdir(database.root) == [NAME]
        assert {*os.listdir(database.sockets)} == {SOCKET, f"{SOCKET}.lock"}


def test_four_threads_ask_two_hundred_times(same):
    with ThreadPoolExecutor(WORKERS) as pool:
        texts = [f"question {n}" for n in range(200)]
        assert list(pool.map(lambda text: same.query(text).text.strip(), texts)) == texts
        list(pool.map(lambda _: same.query("0.3", "sleep"), range(WORKERS)))
    assert same.sessions() == WORKERS


def test_large_results(same):
    """On every thread at once: memory is bounded."""
    with ThreadPoolExecutor(WORKERS) as pool:
        replies = pool.map(lambda _: same.query(MIB, "repeat").text, range(2 * WORKERS))
        assert set(replies) == {f"{MIB} bytes\n"}


def test_a_result_without_a_place(database):
    """libpq meets the limit of memory, and says so, or is still at it in the end; and goes on."""
    if is_sanitized(DATABASE):
        pytest.skip("a sanitizer's build has no limit of memory")
    with Asker(database, DATABASE_TIMEOUT_MS="10000") as program:  # half of what the client waits
        assert program.query(100 * MIB, "repeat").status in (500, 503)
        assert program.answers()
        assert program.terminate()[0] == 0


def test_a_question_that_fails(same, database):
    """It costs no connection."""
    def pids():
        return database.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'audit' ORDER BY 1")

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda _: same.query("0.3", "sleep"), range(WORKERS)))
        before = pids()
        for reply in pool.map(lambda _: same.query("0", "divide"), range(5 * WORKERS)):
            assert (reply.status, reply.json()["detail"]) == (500, "22012")
    assert same.query("1", "divide").text == "1\n"
    assert pids() == before and len(before.split()) == WORKERS


def test_asks_with_a_password(database):
    """As where the database does not know its peers: SCRAM takes OpenSSL, and no call more."""
    for password, status in ((PASSWORD, 200), ("wrong", 503)):
        with Asker(database, DATABASE_USER="keyed", PGPASSWORD=password) as program:
            assert [program.query("hello").status for _ in range(WORKERS)] == [status] * WORKERS
            assert program.terminate()[0] == 0


# --- the database goes away and comes back --------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_comes_back_by_itself(same, database, number):
    """Without its socket, and with one that nobody listens on."""
    for _ in range(3):
        assert same.answers()
        database.stop(number)
        for _ in range(WORKERS):
            assert same.query("hello").status == 503
        database.start()
        assert same.answers()


def test_started_without_a_database(database):
    database.stop()
    try:
        with Asker(database) as program:
            assert program.query("hello").status == 503
            database.start()
            assert program.answers()
    finally:
        if database.server.poll() is not None:
            database.start()


def test_a_session_is_ended(same, database):
    """The next question finds the connection lost, and is asked once more on a new one."""
    for _ in range(5):
        assert same.answers()
        assert database.sql("SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity "
                            "WHERE usename = 'audit'") == "t"
        assert same.answers()


def test_a_database_that_hangs(database):
    """Stopped with its connections open: an answer in time, and the next ones as ever."""
    with Asker(database, DATABASE_TIMEOUT_MS="300") as program:
        assert program.answers()
        stopped = database.processes()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert [program.query("hello").status for _ in range(WORKERS)] == [503] * WORKERS
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        wait_until(program.answers, "a database that answers in time")  # it has much to catch up
        assert program.alive()


def test_restarts_under_load(same, database):
    """Every question is answered, by the database or with 503."""
    ended = threading.Event()

    def load(thread):
        statuses = set()
        while not ended.is_set():
            statuses.add(same.query(f"thread {thread}").status)
        return statuses

    with ThreadPoolExecutor(WORKERS) as pool:
        loads = [pool.submit(load, thread) for thread in range(WORKERS)]
        with contextlib.ExitStack() as stack:
            stack.callback(ended.set)
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGINT):
                database.restart(number)
        assert {200} <= set().union(*(one.result() for one in loads)) <= {200, 503}
    assert same.answers()


# --- what the calls do not open -------------------------------------------------------------------

KILLED = ("inet", "inet6", "netlink", "alg", "vsock", "datagram", "seqpacket", "protocol", "pair",
          "short", "abstract", "bind", "out-of-band", "message", "duplicate", "blocking", "signals",
          "inherit", "owner", "buffer", "pass-credentials", "domain")


@pytest.mark.parametrize("name", KILLED)
def test_any_other_call_ends_the_program(asker, name):
    assert asker.answers()
    assert asker.attack(name, "bulkhead") == "killed"


def test_no_file_is_opened(same):
    """Politely: libpq looks for a password file."""
    assert same.attack("open", "/") == "EACCES"
    assert same.attack("open", f"/{NAME}/{SOCKET}.lock") == "EACCES"


@contextlib.contextmanager
def listener(address):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(address)
        sock.listen(64)
        yield


@pytest.fixture(name="other")
def fixture_other(tmp_path_factory):
    """The path of a socket that everybody may connect to, in a folder that all may pass."""
    folder = pathlib.Path(os.path.realpath(tmp_path_factory.getbasetemp()))
    path = f"/tmp/bulkhead-other-{os.getpid()}-{folder.name}"
    with listener(path):
        os.chmod(path, 0o777)
        yield path
    os.unlink(path)


def test_no_socket_outside_of_the_root_folder(same, other):
    """The one wall that has a word in it is the root folder."""
    need(os.geteuid() == 0, "root, to give the program a root folder,")
    assert same.attack("path", f"/{NAME}/{SOCKET}") == "done"
    for path in (other, f"/..{other}", f"/{NAME}/../..{other}", "/run/systemd/notify"):
        assert same.attack("path", path) == "ENOENT"


def test_no_abstract_socket_of_the_one_length(same):
    """An abstract name as long as it gets passes seccomp, and not Landlock."""
    if same.stats()["landlock"] < 6:
        pytest.skip("Landlock of this kernel has no scope for abstract sockets")
    name = f"bulkhead-{os.getpid()}"
    with listener(b"\0" + name.encode().ljust(107, b"\0")):
        assert same.attack("padded", name) == "EPERM"


# --- started by a user ----------------------------------------------------------------------------

def test_started_by_a_user(database, other):
    """As with root, but for the root folder: any socket of that user's is in reach."""
    need(os.geteuid() == 0, "root, to start it as another user,")
    with UsersAsker(database) as program:
        assert program.answers()
        assert status_of(program.pid)["Seccomp"] == "2"
        database.restart()
        assert program.answers()
        assert program.attack("path", other) == "done"
        assert program.attack("inet") == "killed"


# --- the list -------------------------------------------------------------------------------------

def calls_of(program):
    """The names, and how many the program says that there are."""
    said = subprocess.run([BUILD / "cgi-src" / program, "--sandbox"], check=True, text=True,
                          capture_output=True, env=clean_environment()).stdout
    table = said.split("\nWith --journal")[0]
    names = re.findall(r"^  (\w+) ", table, re.M)
    return set(names), int(re.search(r"^(\d+) system calls", said, re.M)[1])


def test_the_list_is_no_longer_than_it_was(database):
    names, count = calls_of(DATABASE)
    pool = {"exit"}
    assert names - calls_of("hello")[0] == pool | {"socket", "connect", "fcntl", "getsockname",
                                                   "sendto"}
    assert count == len(names) <= 31 or is_sanitized(DATABASE)
