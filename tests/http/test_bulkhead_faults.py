"""
The control command, where things go wrong: a clear line, exit code 1, nothing half-started.
Processes that are killed while they serve have test_bulkhead_kills.py.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from load import Load
from ping_lab import need
from program import hear_interrupts, wait_until
from stack import LIMITS_OFF, ROUTES, Stack, children, name_of, processes_in

ROOT = os.geteuid() == 0


def assert_refuses(stack, pattern, *arguments, **settings):
    """Exit code 1, one line that says what and why, nothing left running."""
    done = stack.bulkhead(*(arguments or ["up"]), **settings)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(f"bulkhead: {pattern}\n", done.stderr), done.stderr
    assert processes_in(stack.state) == []


# --- what stands in the way of a start ------------------------------------------------------------

@pytest.mark.parametrize("there", ["127.0.0.1", "0.0.0.0"])
def test_port_in_use(down, there):
    """Also by a listener on all addresses. nginx alone would share the port with one of its own."""
    with socket.socket() as taken:
        taken.bind((there, down.port))
        taken.listen()
        assert_refuses(down, rf"PORT={down.port}: something else listens on 127\.0\.0\.1:\d+ .*")
    down.up()


def test_port_in_use_by_another_instance(down, own):
    """Whose nginx listens with reuseport too, as the same user: the kernel would let us."""
    assert_refuses(down, rf"PORT={own.port}: something else listens .* already", PORT=str(own.port))
    assert own.get("/").status == 200


def test_port_taken_while_it_was_down(own):
    """nginx died and somebody else was faster: what starts what is missing looks, too."""
    with own.locked():  # nobody starts it again meanwhile
        for pid in [own.edge(), *own.workers()]:
            os.kill(pid, signal.SIGKILL)
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_until(lambda: can_bind(taken, own.port), "the port is free")
        taken.listen()
    with taken:
        done = own.bulkhead("up")
        assert done.returncode == 1
        assert f"PORT={own.port}: something else listens" in done.stderr
    own.up()
    assert own.get("/").status == 200


def can_bind(made, port):
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def test_address_not_ours(down):
    """nginx's own words, from its log."""
    assert_refuses(down, r"nginx .*bind\(\) to 192\.0\.2\.1:\d+ failed .*", BIND="192.0.2.1")


@contextlib.contextmanager
def mounted(path, *options):
    need(ROOT, "root, to mount a file system,")
    path.mkdir()
    path.chmod(0o755)
    subprocess.run(["mount", "-t", "tmpfs", *options, "none", str(path)], check=True, timeout=20)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, timeout=20)


def test_full_disk(down):
    """Refused at once, not when the tenth file does not fit."""
    with mounted(down.state, "-o", "size=256k,mode=755"):
        assert_refuses(down, r"STATE_DIR=\S+: no room: free at least 1 MiB there")


@pytest.mark.parametrize("room", range(0, 1200, 150))
def test_disk_that_fills_up_at_start(down, room):
    """Whichever file is the one that does not fit: programs, configuration, counters, logs."""
    with mounted(down.state, "-o", "size=2m,mode=755"):
        total = 2048 - 1024 - room  # 1 MiB of room is asked for, and then taken away
        (down.state / "ballast").write_bytes(bytes(max(total, 0) * 1024))
        done = down.bulkhead("up")
        if done.returncode == 0:
            assert down.get("/").status == 200
            down.down()
        else:
            assert done.returncode == 1
            assert done.stderr.startswith("bulkhead: ")
        assert processes_in(down.state) == []


def test_full_disk_while_it_runs(down):
    """What runs goes on, status and down work: neither needs to write."""
    stack = down
    with mounted(stack.state, "-o", "size=4m,mode=755"):
        try:
            stack.up()
            with contextlib.suppress(OSError):
                with (stack.state / "ballast").open("wb") as file:
                    while True:
                        file.write(bytes(4096))
            assert stack.get("/").status == 200
            assert stack.bulkhead("status").returncode == 0
            done = stack.bulkhead("reload", PROCESSES="3")
            assert done.returncode == 1 and "no room" in done.stderr
            os.kill(stack.pids("hello")[0], signal.SIGKILL)
            assert {stack.get("/").status for _ in range(20)} == {200}
            stack.down()
        finally:
            stack.bulkhead("down")
            assert processes_in(stack.state) == []


def test_state_folder_read_only(down):
    """A file system that lets nobody write."""
    with mounted(down.state, "-o", "ro,mode=755"):
        assert_refuses(down, r"STATE_DIR=\S+: cannot be written to")


def test_state_folder_below_a_file(down):
    """The reason is the kernel's."""
    assert_refuses(down, r"STATE_DIR=/dev/null/x: .*Not a directory", STATE_DIR="/dev/null/x")


def test_state_folder_of_another_user(down):
    """Who owns it could swap the programs that root starts."""
    need(ROOT, "root, to give a folder away,")
    down.state.mkdir()
    os.chown(down.state, 65534, 65534)
    assert_refuses(down, r"STATE_DIR=\S+: belongs to another user: .*")


def test_state_folder_that_others_may_write(down):
    """The same."""
    down.state.mkdir()
    down.state.chmod(0o777)
    assert_refuses(down, r"STATE_DIR=\S+: others may write there: .*")


def test_state_folder_below_another_users(down):
    """Who could move it away and put another there, with programs of his own for root to start."""
    need(ROOT, "root, to give a folder away,")
    os.chown(down.folder, 65534, 65534)
    assert_refuses(down, rf"STATE_DIR=\S+: {down.folder} belongs to another user, .*")


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_state_folder_below_one_that_others_may_write(down, mode):
    """The same; also further up."""
    down.folder.chmod(mode)
    assert_refuses(down, rf"STATE_DIR=\S+: others may write in {down.folder}: .*",
                   STATE_DIR=f"{down.state}/a/b")


def test_state_folder_below_a_sticky_one(down):
    """As /tmp is: there nobody can move what is another's."""
    down.folder.chmod(0o1777)
    down.up()
    assert down.get("/").status == 200


def test_state_folder_through_a_link(down):
    """It is the folder that counts, wherever the link is; every command finds the same."""
    (down.folder / "real").mkdir(mode=0o755)
    down.state.symlink_to("real")
    down.up()
    assert down.bulkhead("status").returncode == 0
    assert down.bulkhead("reload", PROCESSES="1").returncode == 0
    assert down.get("/").status == 200
    down.down()
    assert processes_in(down.folder) == []


def test_state_folder_through_a_link_to_another_users(down):
    """The same rules where it leads."""
    need(ROOT, "root, to give a folder away,")
    (down.folder / "real").mkdir(mode=0o755)
    os.chown(down.folder / "real", 65534, 65534)
    down.state.symlink_to("real")
    assert_refuses(down, rf"STATE_DIR={down.folder}/real: belongs to another user: .*")


def test_state_folder_in_a_closed_one(down):
    """nginx, as its own user, could not get there: said now, not as a permission in its log."""
    need(ROOT, "root, to start nginx as another user,")
    down.state.parent.chmod(0o700)
    assert_refuses(down, r"STATE_DIR=\S+: bulkhead-edge cannot enter it: a folder above is closed")


def test_state_folder_with_a_long_path(down):
    """A socket's path has at most 107 bytes."""
    route = max(ROUTES, key=len)
    longest = 107 - len(f"/run/{route}-2.sock") - len(str(down.state)) - 1
    long = f"{down.state}/{'a' * (longest + 1)}"
    assert_refuses(down, r"STATE_DIR=\S+: the path of a socket there is 1 bytes too long: .*",
                   STATE_DIR=long)
    down.settings["STATE_DIR"] = long[:-1]
    down.state = down.state / ("a" * longest)
    down.up()
    assert down.get("/").status == 200
    down.down()


@pytest.mark.parametrize(("tool", "package"), [
    ("nginx", "nginx"), ("spawn-fcgi", "spawn-fcgi"), ("multiwatch", "multiwatch")])
def test_missing_tool(down, tool, package):
    """Named with the Debian package that has it."""
    need(ROOT, "root, to hide a program in a mount namespace,")
    hidden = shutil.which(tool, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$1" && exec "$2" up', "sh", hidden,
         str(down.source / "bulkhead")],
        env=down.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (f"bulkhead: {tool}: not found: install the Debian package {package} "
                           "(./quickstart does)\n")
    assert not down.state.exists()


def test_program_that_is_not_built(copy):
    """Says how to build it."""
    (copy.programs / "cgi-src/ping").unlink()
    assert_refuses(copy, r"\S+/ping: not built: run \./quickstart, or make in the build folder")


BROKEN_PROGRAM = """#!/bin/sh
case $* in *--check*) exit 0 ;; esac
{}
"""


@pytest.mark.parametrize(("does", "words"), [
    ("echo 'ping: error: no socket for me' >&2; exit 1", ".*no socket for me"),
    ("kill -SEGV $$", ".*"),
    ("sleep 100", ".*"),
])
def test_program_that_does_not_start(copy, does, words):
    """The other one has started already and is taken down again; the reason is the program's."""
    (copy.programs / "cgi-src/ping").write_text(BROKEN_PROGRAM.format(does))
    assert_refuses(copy, f"ping: process 1 did not start: {words}")
    assert not list((copy.state / "run").glob("*.sock"))


def test_broken_nginx_file(copy):
    """nginx's own words, with file and line; also for a name that nothing fills in."""
    route = copy.source / "nginx/routes/ping.conf"
    good = route.read_text()
    route.write_text("nonsense;\n")
    assert_refuses(copy, r'nginx refuses its configuration: .*unknown directive "nonsense" in .*:1')
    route.write_text(good.replace("@PING_READ_TIMEOUT@", "@PING_REED_TIMEOUT@"))
    assert_refuses(copy, r"nginx: unknown placeholder: \S+/ping.conf:\d+:@PING_REED_TIMEOUT@")


def test_interrupted_start(copy):
    """Ctrl-C takes down what has started."""
    (copy.programs / "cgi-src/ping").write_text(BROKEN_PROGRAM.format("sleep 100"))
    with subprocess.Popen([str(copy.source / "bulkhead"), "up"], env=copy.environment(), text=True,
                          stderr=subprocess.PIPE, preexec_fn=hear_interrupts) as starting:
        wait_until(lambda: list((copy.state / "run").glob("ping-1*.pid")), "ping is being started")
        starting.send_signal(signal.SIGINT)
        _, errors = starting.communicate(timeout=180)
    assert starting.returncode == 130
    assert "interrupted" in errors
    assert processes_in(copy.state) == []


@pytest.mark.parametrize("before", ["write_pid() {", '{ echo "$! ${s_start:-0}" >"$1"; '])
def test_interrupted_while_it_is_written_down(copy, before):
    """No pid file has its number yet, or standard error is elsewhere: nothing is left, all said."""
    script = copy.source / "bulkhead.d/processes.sh"
    assert script.read_text().count(before) == 1
    script.write_text(script.read_text().replace(before, f"{before} kill -s INT $$; "))
    done = subprocess.run([str(copy.source / "bulkhead"), "up"], env=copy.environment(), text=True,
                          capture_output=True, timeout=180, preexec_fn=hear_interrupts, check=False)
    assert (done.returncode, done.stderr) == (130, "bulkhead: interrupted\n")
    assert processes_in(copy.state) == []


# --- a lock that is taken -------------------------------------------------------------------------

def test_a_lock_of_before_is_closed(down):
    """Everybody could open that of an earlier version, and hold it."""
    down.up()
    (down.state / "lock").chmod(0o644)
    down.up()
    assert (down.state / "lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["restart", "reload"])
def test_what_was_stopped_meanwhile_stays_so(own, command):
    """While one waits for the lock another may take all down: that one has the last word."""
    wait_until(own.is_watch_asleep, "the watch does not wait for the lock as well")
    with own.locked():
        waiting = subprocess.Popen([str(own.source / "bulkhead"), command], env=own.environment(),
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: [name_of(pid) for pid in children(waiting.pid)] == ["flock"], "it waits")
        own.kill_all()
    _, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 1
    assert errors == "bulkhead: not running; start it with: bulkhead up\n"
    assert processes_in(own.state) == []


# --- a reload that cannot be done -----------------------------------------------------------------

def spoil_setting(stack):
    return {"PROCESSES": "many"}


def spoil_program_setting(stack):
    return {"PING_ALLOW": "everybody"}


def spoil_nginx(stack):
    (stack.source / "nginx/edge/limits.conf").write_text("nonsense;\n")
    return {}


def spoil_port(stack):
    stack.blocker = socket.socket()
    stack.blocker.bind(("127.0.0.1", 0))
    stack.blocker.listen()
    return {"PORT": str(stack.blocker.getsockname()[1])}


def spoil_address(stack):
    return {"BIND": "192.0.2.1", "PROCESSES": "3"}


def spoil_program(stack):
    (stack.programs / "cgi-src/ping").write_text(BROKEN_PROGRAM.format("exit 1"))
    with (stack.programs / "cgi-src/hello").open("ab") as program:
        program.write(b"another build")  # which starts, and must be taken back
    return {}


@pytest.mark.parametrize("spoil", [spoil_setting, spoil_program_setting, spoil_nginx, spoil_port,
                                   spoil_address, spoil_program])
def test_reload_that_fails_changes_nothing(copy, spoil):
    """All or nothing: what ran before serves on, all the time, and a restart starts the same."""
    copy.up()
    programs = {name: (copy.state / "bin" / name).read_bytes() for name in ROUTES}
    with Load(copy) as load:
        done = copy.bulkhead("reload", **spoil(copy))
        load.wait_for_more()
    assert done.returncode == 1
    assert done.stderr.startswith("bulkhead: ") or done.stderr.startswith("ping: ")
    assert load.failed == []
    assert copy.bulkhead("status").returncode == 0
    assert {len(pids) for pids in copy.all_pids().values()} == {2}
    for name, before in programs.items():
        assert (copy.state / "bin" / name).read_bytes() == before
    for pid in copy.all_supervisors():
        child, = children(pid)
        assert not os.readlink(f"/proc/{child}/exe").endswith("(deleted)") or not ROOT
    assert copy.get("/ping?ip=127.0.0.1").status == 200
