"""bulkhead run, which stays: for containers and supervisors. In containers: tests/containers."""

import contextlib
import os
import pathlib
import pwd
import signal
import subprocess
import threading

import pytest

from program import hear_interrupts, wait_until
from stack import LIMITS_OFF, Stack, is_alive

LONG = 60  # seconds, of a busy machine


@contextlib.contextmanager
def running(stack, *arguments, **settings):
    """
    The command, in a session of its own and with a pipe for its output, as a supervisor would have
    it; ended at the end. nginx opens its output by name: it must be its user's.
    """
    reader, writer = os.pipe()
    os.fchown(writer, stack.folder.stat().st_uid, -1)
    log = (stack.folder / "run.txt").open("wb")
    process = subprocess.Popen(
        [*stack.prefix, str(stack.source / "bulkhead"), "run", *arguments],
        stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, start_new_session=True,
        preexec_fn=hear_interrupts, env=stack.environment(**settings))
    os.close(writer)
    with log, open(reader, "rb", buffering=0) as output:
        threading.Thread(target=copy, args=(output, log), daemon=True).start()
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LONG)
            process.kill()


def copy(output, log):
    with contextlib.suppress(OSError, ValueError):  # it was closed meanwhile
        while data := output.read(65536):
            log.write(data)
            log.flush()


def said(stack):
    return (stack.folder / "run.txt").read_text(errors="replace")


def is_up(stack):
    return stack.bulkhead("status").returncode == 0


@pytest.fixture
def stayed(down):
    """(stack, process) of one that is up."""
    with running(down) as process:
        wait_until(lambda: is_up(down), "it is up")
        yield down, process


def test_stays_and_shows_the_logs(stayed):
    """Nginx's line of a request, and what the programs say."""
    stack, process = stayed
    number = stack.get("/?name=Bob").header("x-request-id")
    wait_until(lambda: number in said(stack), "the request in its output")
    assert "hello: info: ready" in said(stack)
    assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_takes_it_down(stayed, number):
    stack, process = stayed
    everything = [*stack.programs_alive(), *stack.all_supervisors(), stack.edge()]
    process.send_signal(number)
    assert process.wait(LONG) == 0
    wait_until(lambda: said(stack).endswith("bulkhead: down\n"), "its last word")
    assert not any(map(is_alive, everything))


def test_ends_while_it_starts(down):
    """Whatever it has started by then."""
    with running(down) as process:
        wait_until(lambda: down.all_supervisors(), "a first process")
        process.terminate()
        assert process.wait(LONG) == 0
        assert "interrupted" in said(down) or said(down).endswith("bulkhead: down\n")
    assert "not running" in down.bulkhead("status").stdout


def test_a_second_one_complains(stayed):
    """And leaves the first one's processes alone."""
    stack, process = stayed
    second = stack.bulkhead("run")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == ("bulkhead: run: another one stays here already: "
                             f"STATE_DIR={stack.state}\n")
    assert process.poll() is None and stack.get("/").status == 200


def test_stays_with_what_runs_already(own):
    """After a kill -9 of the one before, say: a supervisor starts it again."""
    with running(own) as first:
        wait_until(lambda: "already up" in said(own), "it has looked")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(LONG)
    with running(own) as second:
        wait_until(lambda: "already up" in said(own), "the second one too")
        second.terminate()
        assert second.wait(LONG) == 0
    assert "not running" in own.bulkhead("status").stdout


def test_outlives_what_shows_the_logs(stayed):
    """Whoever ends that has not ended the service."""
    stack, process = stayed
    for parent in children_named(process.pid, "bulkhead"):
        os.kill(parent, signal.SIGKILL)
    number = stack.get("/?name=Bob").header("x-request-id")
    wait_until(lambda: number in said(stack), "logs again")
    assert process.poll() is None


def children_named(parent, name):
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            head, _, rest = file.read_text().rpartition(") ")
            if int(rest.split()[1]) == parent and head.endswith(f"({name}"):
                found.append(int(file.parent.name))
    assert found
    return found


def test_a_start_that_fails(down):
    """Its code is that of up, and nothing is left."""
    done = down.bulkhead("run", RATE_LIMIT="many")
    assert done.returncode == 1 and "RATE_LIMIT=many: allowed is" in done.stderr
    assert not down.all_supervisors()


def test_makes_a_password_where_there_is_none():
    """Else a container would not start by itself."""
    stack = Stack(**LIMITS_OFF)
    del stack.settings["PASSWORD"]
    with contextlib.closing(stack), running(stack):
        wait_until(lambda: is_up(stack), "it is up")
        assert len((stack.state / "password").read_text().strip()) >= 20
        assert f"it is in {stack.state}/password" in said(stack)


@pytest.mark.parametrize("arguments", [
    ["nginx"], ["edge", "database"], ["edge", ""], [""], ["--help"], ["hello"], ["-f"]])
def test_nonsense_is_refused(down, arguments):
    """With the usage, on standard error."""
    done = down.bulkhead("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: bulkhead ")
    assert not down.state.exists()


def become_nobody(stack):
    """What is not for root; its folder, too."""
    who = pwd.getpwnam("nobody")
    os.chown(stack.folder, who.pw_uid, who.pw_gid)
    stack.prefix = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


@pytest.mark.parametrize(("part", "setting", "value", "text"), [
    ("edge", "PORT", "0", "PORT=0: allowed is"),
    ("edge", "HEALTH_FROM", "all", "HEALTH_FROM=all: allowed is"),
    ("database", "PORT", "x", "PORT=x: allowed is"),
    ("database", "DATABASE_URL", "postgresql:///x", "run database: DATABASE_URL names another one"),
    ("database", "DATABASE_URL", "off", "run database: DATABASE_URL names another one"),
])
def test_a_part_refuses_bad_settings(down, part, setting, value, text):
    """As up does, and the database what is no cluster of its own."""
    if os.geteuid() == 0:
        become_nobody(down)
    done = down.bulkhead("run", part, **{"DATABASE_URL": "", setting: value})
    assert done.returncode == 1 and text in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("part", ["edge", "database"])
def test_a_part_is_not_for_root(down, part):
    if os.geteuid() == 0:
        done = down.bulkhead("run", part, DATABASE_URL="")
        assert done.returncode == 1
        assert done.stderr == (f"bulkhead: run {part}: start it as a user of its own, as a "
                               "container does; root's is: run\n")


def test_edge_alone(down):
    """Becomes nginx; a route is a 502, for no program runs."""
    if os.geteuid() == 0:
        become_nobody(down)
    with running(down, "edge") as process:
        wait_until(lambda: process.poll() is None and "start worker" in said(down), "nginx")
        assert down.get("/console/").status == 200
        assert down.get("/").status == 502
        process.send_signal(signal.SIGQUIT)
        assert process.wait(LONG) == 0
