"""
The control command, where all goes well: each command's work, its words and its exit code.

What goes wrong is in test_bulkhead_faults.py, who runs as whom in test_bulkhead_users.py, the logs
in test_bulkhead_logs.py and test_bulkhead_rotate.py, settings in test_settings.py.
"""

import os
import re
import shutil
import subprocess
import threading

import pytest

from load import Load
from program import wait_until
from stack import LIMITS_OFF, REPOSITORY, ROUTES, Stack, ask, processes_in

PLAIN = {"PATH": os.environ["PATH"]}


def run(*arguments):
    return subprocess.run([str(REPOSITORY / "bulkhead"), *arguments], env=PLAIN, text=True,
                          capture_output=True, timeout=20, check=False)


# --- usage ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments", [
    (), ("start",), ("up", "hello"), ("down", "-f"), ("restart", "hello", "ping"), ("status", "-v"),
    ("logs", "-x"), ("logs", "hello", "ping"), ("reload", "now"), ("rotate", "edge"),
])
def test_wrong_usage(arguments):
    """Exit code 2, the usage on standard error and nothing done."""
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: bulkhead COMMAND")
    assert done.stdout == ""


@pytest.mark.parametrize("argument", ["--help", "-h", "help"])
def test_help(argument):
    """On standard output, naming each command."""
    done = run(argument)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("up", "down", "restart", "reload", "status", "logs", "rotate"):
        assert re.search(rf"^  {command} ", done.stdout, re.M)


def test_version():
    """That of configure.ac, so that there is one."""
    configure = (REPOSITORY / "configure.ac").read_text()
    version = re.search(r"^AC_INIT\(\[\w+\], \[([^]]+)\]", configure, re.M).group(1)
    assert run("--version").stdout == f"bulkhead {version}\n"


# --- up, down, status -----------------------------------------------------------------------------

def test_life():
    """Up twice, down twice: the second time of each says so, changes nothing and is no error."""
    stack = Stack(**LIMITS_OFF)
    try:
        assert stack.bulkhead("status").stdout == "bulkhead: not running\n"
        assert stack.bulkhead("status").returncode == 1
        assert stack.bulkhead("down").stdout == "bulkhead: not running\n"
        first = stack.bulkhead("up")
        assert (first.returncode, first.stderr) == (0, "")
        assert stack.url in first.stdout
        before = stack.all_pids()
        assert {len(pids) for pids in before.values()} == {2}
        again = stack.bulkhead("up")
        assert (again.returncode, again.stdout) == (0, f"bulkhead: already up on {stack.url}\n")
        assert stack.all_pids() == before
        assert stack.bulkhead("status").returncode == 0
        assert (stack.bulkhead("down").stdout, stack.bulkhead("down").returncode) == (
            "bulkhead: down\n", 0)
        assert stack.bulkhead("down").stdout == "bulkhead: not running\n"
        assert stack.bulkhead("status").returncode == 1
        assert not list((stack.state / "run").glob("*.sock")), "nothing is left"
        pids = [pid for some in before.values() for pid in some]
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "all ended")
    finally:
        stack.close()


def test_up_after_down_serves(own):
    """Nothing that the first life has left stands in the way of the second."""
    assert own.get("/").status == 200
    own.down()
    own.up()
    assert own.get("/").status == 200


def test_up_at_once(tmp_path):
    """Four at the same time: one does it, the others find it done."""
    stack = Stack(**LIMITS_OFF)
    try:
        results = []
        threads = [threading.Thread(target=lambda: results.append(stack.bulkhead("up")))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [done.returncode for done in results] == [0] * 4
        assert sum("already up" in done.stdout for done in results) == 3
        assert {len(pids) for pids in stack.all_pids().values()} == {2}
    finally:
        stack.close()


def test_side_by_side():
    """Two instances share nothing: one can go while the other serves."""
    with Stack(**LIMITS_OFF) as one, Stack(PROCESSES="1", **LIMITS_OFF) as other:
        assert one.get("/").status == other.get("/").status == 200
        assert len(one.pids("hello")) == 2 and len(other.pids("hello")) == 1
        assert not set(one.pids("hello")) & set(other.pids("hello"))
        other.down()
        assert one.get("/").status == 200
        assert one.bulkhead("status").returncode == 0


@pytest.mark.parametrize(("bind", "host"), [("::1", "::1"), ("0.0.0.0", "127.0.0.1")])
def test_bind(bind, host):
    """Also over IPv6, whose address takes brackets in nginx's file and in the one that is shown."""
    with Stack(BIND=bind) as stack:
        connection = stack.connect()
        connection.host = host
        assert ask(connection, "/", {"Host": "localhost"}).status == 200
        shown = f"[{bind}]" if ":" in bind else bind
        assert f"http://{shown}:{stack.port}" in stack.bulkhead("status").stdout


def rows_of_status(stack):
    """The table of `bulkhead status`: first column to the list of the others."""
    done = stack.bulkhead("status")
    assert done.returncode == 0, done.stderr
    table = done.stdout.split("\n\n")[1].splitlines()
    return {row.split()[0]: row.split()[1:] for row in table[1:]}


def test_status_counts_requests(own):
    """Read from the programs' own pages, without asking them."""
    for path in ("/", "/?name=Bob", "/?name=%20"):
        own.get(path)
    rows = rows_of_status(own)
    assert list(rows) == [*(f"{route}-{n}" for route in ROUTES for n in (1, 2)), "edge",
                          "watch"]
    served, good, refused, failed = (
        sum(int(rows[name][place]) for name in ("hello-1", "hello-2")) for place in range(3, 7))
    assert (served, good, refused, failed) == (3, 2, 1, 0)
    assert {int(rows[name][0]) for name in ("hello-1", "hello-2")} == set(own.pids("hello"))


def test_status_has_no_colour_in_a_pipe(stack):
    """Escape sequences are for terminals."""
    assert "\x1b" not in stack.bulkhead("status").stdout


@pytest.mark.parametrize("no_colour", [{}, {"NO_COLOR": "1"}])
def test_status_has_colour_on_a_terminal(stack, no_colour):
    """Unless no-color.org's variable is set."""
    shown = subprocess.run(
        ["script", "-qec", f"{REPOSITORY / 'bulkhead'} status", "/dev/null"], check=True,
        env=stack.environment(TERM="xterm", **no_colour), capture_output=True, text=True,
        timeout=60, stdin=subprocess.DEVNULL).stdout
    assert ("\x1b[32m" in shown) is not bool(no_colour)


# --- restart --------------------------------------------------------------------------------------

@pytest.mark.parametrize("processes", ["1", "2"])
def test_restart_under_load(processes):
    """Every process is a new one, and no request has failed; one process alone is enough."""
    with Stack(PROCESSES=processes, **LIMITS_OFF) as stack:
        before = stack.all_pids()
        with Load(stack) as load:
            for _ in range(3):
                done = stack.bulkhead("restart")
                assert (done.returncode, done.stdout) == (0, "bulkhead: restarted everything\n")
            load.wait_for_more()
        assert load.failed == []
        after = stack.all_pids()
        for route, pids in after.items():
            assert len(pids) == int(processes)
            assert not set(pids) & set(before[route])
        assert stack.bulkhead("status").returncode == 0


def test_restart_one_route(own):
    """The others stay as they are."""
    before = own.all_pids()
    assert own.bulkhead("restart", "hello").stdout == "bulkhead: restarted hello\n"
    after = own.all_pids()
    assert after["ping"] == before["ping"]
    assert not set(after["hello"]) & set(before["hello"])


def test_restart_unknown_route(stack):
    """Says which there are."""
    done = stack.bulkhead("restart", "nope")
    assert done.returncode == 1
    assert done.stderr == (
        f"bulkhead: restart: nope: no such route; there are: {' '.join(ROUTES)}\n")


def test_restart_keeps_the_settings_in_force(own):
    """What .env says meanwhile is for reload."""
    own.bulkhead("restart", PROCESSES="3", PORT="1")
    assert len(own.pids("hello")) == 2
    assert own.get("/").status == 200


@pytest.mark.parametrize("command", ["restart", "reload"])
def test_needs_something_that_runs(command):
    """Neither starts anything."""
    stack = Stack()
    try:
        done = stack.bulkhead(command)
        assert done.returncode == 1
        assert done.stderr == "bulkhead: not running; start it with: bulkhead up\n"
    finally:
        stack.close()


# --- reload ---------------------------------------------------------------------------------------

def test_reload_changes_the_number_of_processes(own):
    """More, then fewer, under load: those that stay are not touched."""
    before = own.pids("hello")
    with Load(own) as load:
        for number in (4, 1, 2):
            assert own.bulkhead("reload", PROCESSES=str(number)).returncode == 0
            assert len(own.pids("hello")) == len(own.pids("ping")) == number
            assert before[0] in own.pids("hello")
            assert own.bulkhead("status").returncode == 0
            load.wait_for_more()
    assert load.failed == []
    assert len(list((own.state / "run").glob("*.sock"))) == 2 * len(ROUTES)


def test_reload_replaces_only_what_changed(own):
    """A setting of ping's is no reason to touch hello, and one of nginx's none to touch either."""
    before, workers = own.all_pids(), own.workers()
    assert own.bulkhead("reload").returncode == 0
    assert (own.all_pids(), own.workers()) == (before, workers), "nothing has changed"
    assert own.bulkhead("reload", PING_ALLOW="10.0.0.0/8").returncode == 0
    after = own.all_pids()
    assert after["hello"] == before["hello"]
    assert not set(after["ping"]) & set(before["ping"])
    assert own.get("/ping?ip=127.0.0.1").status == 403
    assert own.bulkhead("reload", PING_ALLOW="10.0.0.0/8", SERVER_NAMES="x.test").returncode == 0
    assert own.all_pids() == after
    assert own.get("/").status == 400
    assert own.get("/", headers={"Host": "x.test"}).status == 200


def test_reload_switches_limits(own):
    """Between off and on, which share the zones that nginx keeps."""
    for limits in ({"RATE_LIMIT": "1", "RATE_BURST": "1"}, {"RATE_LIMIT": "off"}):
        assert own.bulkhead("reload", **limits).returncode == 0
        limited = 429 in {own.get("/").status for _ in range(10)}
        assert limited is (limits["RATE_LIMIT"] != "off")


def test_reload_moves_to_another_port(own):
    """The old one is closed, the new one open, the programs untouched."""
    before, old = own.all_pids(), own.port
    own.port += 1
    own.settings["PORT"] = str(own.port)
    assert own.bulkhead("reload").returncode == 0
    assert own.get("/").status == 200
    assert own.all_pids() == before
    own.port = old

    def is_closed():
        try:
            own.get("/")
        except ConnectionRefusedError:
            return True
        return False
    wait_until(is_closed, "the old port closed")


def test_reload_takes_new_programs(copy):
    """The file that runs is a copy: building changes nothing until reload, which fails nothing."""
    copy.up()
    before = copy.all_pids()
    with (copy.programs / "cgi-src/hello").open("ab") as program:
        program.write(b"another build")
    assert copy.all_pids() == before
    with Load(copy) as load:
        assert copy.bulkhead("reload").returncode == 0
        load.wait_for_more()
    assert load.failed == []
    after = copy.all_pids()
    assert after["ping"] == before["ping"]
    assert not set(after["hello"]) & set(before["hello"])
    assert (copy.state / "bin/hello").read_bytes().endswith(b"another build")


def test_reload_takes_new_routes_and_drops_old_ones(copy):
    """A route is one nginx file and one program: nothing else is to be told."""
    copy.up()
    shutil.copy2(copy.programs / "cgi-src/hello", copy.programs / "cgi-src/greet")
    (copy.source / "nginx/routes/greet.conf").write_text(
        "location = /greet {\n    set $route_name greet;\n    include edge/route.conf;\n"
        "    fastcgi_pass greet;\n}\n")
    assert copy.bulkhead("reload").returncode == 0
    assert copy.get("/greet?name=Bob").text == "Hello, Bob!\n"
    (copy.source / "nginx/routes/greet.conf").unlink()
    assert copy.bulkhead("reload").returncode == 0
    assert copy.get("/greet?name=Bob").status == 404
    assert not list((copy.state / "run").glob("greet*"))
    if os.geteuid() == 0:
        copy.down()
        subprocess.run(["userdel", "bulkhead-greet"], check=True, timeout=20)


# --- what is started ------------------------------------------------------------------------------

def test_programs_get_their_settings_and_nothing_else(own):
    """What the starter's environment holds is none of the programs' business."""
    own.bulkhead("reload", PING_TIMEOUT_MS="1500", AWS_SECRET="x")
    everyone = {"LOG_LEVEL", "SANDBOX", "TRAIL_SYNC"}
    for route, names in (("hello", everyone), ("ping", everyone | {"PING_TIMEOUT_MS"})):
        for pid in own.supervisors(route):
            with open(f"/proc/{pid}/environ", "rb") as file:
                found = {pair.split(b"=")[0].decode() for pair in file.read().split(b"\0") if pair}
            # a program that is built with a sanitizer is told what the tests say to that
            assert {name for name in found if not name.endswith("SAN_OPTIONS")} == names | {"PATH"}


def test_the_command_leaves_nothing_open(stack):
    """A process that kept the lock's or the terminal's descriptor would block the next command."""
    for pid in [*stack.supervisors("hello"), stack.edge(), stack.watch()[0]]:
        links = [os.readlink(entry) for entry in os.scandir(f"/proc/{pid}/fd")]
        assert not [link for link in links if link.endswith("/lock") or link.startswith("/dev/pts")]
        assert os.getsid(pid) == pid


def test_a_kernel_without_lists_of_children(copy):
    """Then they are looked for among all processes."""
    script = copy.source / "bulkhead.d/processes.sh"
    list_file = '"/proc/$$/task/$$/children"'
    assert script.read_text().count(list_file) == 1
    script.write_text(script.read_text().replace(list_file, "/nonexistent"))
    copy.up()
    for command in (["restart", "hello"], ["status"], ["reload"], ["rotate"]):
        wait_until(copy.is_watch_asleep, "the watch has seen to it")
        done = copy.bulkhead(*command)
        assert (done.returncode, done.stderr) == (0, ""), command
    copy.down()
    assert processes_in(copy.state) == []


# How many processes and threads a command may have started when it is done, a little more than it
# does: each look at what takes its time to start or end is a `sleep`. With `up` and `restart` these
# are the programs as well, of which ping has 64 threads.
COSTS = {"up": 400, "status": 60, "reload": 130, "restart hello": 80, "down": 70}
# Each in turn, in a namespace of their own: the next process id there says how many there were.
COUNT = """
for command in "$@"; do
    before=$(sh -c 'echo $$')
    "$0" $command >&2 || exit 1
    after=$(sh -c 'echo $$')
    echo "$((after - before - 1))"
    until [ "$command" = down ] || grep -qsx await-exit /proc/[0-9]*/comm; do sleep 0.1; done
done
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_what_commands_start(down):
    """Nearly all of a command's time is that of the processes that it starts."""
    done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-uc", COUNT,
                           down.source / "bulkhead", *COSTS], env=down.environment(), text=True,
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    counts = dict(zip(COSTS, map(int, done.stdout.split()), strict=True))
    print(counts)
    assert {name: n for name, n in counts.items() if n > COSTS[name]} == {}
