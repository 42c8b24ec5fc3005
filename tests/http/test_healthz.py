"""/healthz to the contract: who serves, who does not, and who may know."""

import contextlib
import http.client
import json
import os
import pwd
import shutil
import signal
import time

import pytest

import fcgi_client as fcgi
from program import Program, run, wait_until
from stack import LIMITS_OFF, ROUTES, Stack, ask, is_alive, make_folder, stopped

AS_ROOT = os.geteuid() == 0
READY = {"ready": 2, "processes": 2}
DEADLINE = 1.0  # PROBE_MS
SOON = 10 * DEADLINE  # for a machine that is busy


@pytest.fixture(scope="module")
def stack(make_stack):
    with make_stack(HEALTH_FROM="127.0.0.1 127.0.0.5", **LIMITS_OFF) as running:
        yield running


def members(answer):
    """Those of the answer, in their order: a JSON object in which no name comes twice."""
    def unique(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)
    assert answer.header("content-type") == "application/json"
    return json.loads(answer.body, object_pairs_hook=unique)


# --- the answer -----------------------------------------------------------------------------------

def test_all_are_ready(stack):
    """Itself too; the shipper has no socket and is not asked."""
    answer = stack.get("/healthz")
    assert answer.status == 200
    assert list(members(answer).items()) == [
        ("status", "ready"), ("programs", {route: READY for route in ROUTES})]
    assert answer.all("Cache-Control") == ["no-store"] and len(answer.all("X-Request-Id")) == 1


@pytest.mark.parametrize("accept", ["text/plain", "text/html", "*/*", "", "application/json"])
def test_json_whatever_is_accepted(stack, accept):
    assert members(stack.get("/healthz", {"Accept": accept}))["status"] == "ready"


def test_head(stack):
    whole, head = stack.get("/healthz"), stack.get("/healthz", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == whole.header("content-length")


@pytest.mark.parametrize("query", ["x=1", "x=%41&x=2", "&&", "name=" + "a" * 10_000])
def test_a_query_is_ignored(stack, query):
    """There is no parameter, and undeclared ones are ignored."""
    assert stack.get(f"/healthz?{query}").status == 200


@pytest.mark.parametrize("query", ["x=%", "%zz", "x=%00", "x=%ff"])
def test_but_not_a_malformed_one(stack, query):
    answer = stack.get(f"/healthz?{query}")
    assert (answer.status, answer.json()["error"]) == (400, "Bad request")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(stack, method):
    answer = stack.get("/healthz", method=method)
    assert (answer.status, answer.all("Allow")) == (405, ["GET, HEAD"])


@pytest.mark.parametrize("path", ["/healthz/", "/Healthz", "/healthz/x", "/health"])
def test_no_other_path(stack, path):
    assert stack.get(path).status == 404


# --- who may ask ----------------------------------------------------------------------------------

def from_address(stack, address, path):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60,
                                            source_address=(address, 0))
    with contextlib.closing(connection):
        return ask(connection, path)


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_from_elsewhere(stack, path):
    """HEALTH_FROM says who; a header of the client's does not."""
    assert from_address(stack, "127.0.0.5", path).status == 200
    for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}):
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60,
                                                source_address=("127.0.0.77", 0))
        with contextlib.closing(connection):
            answer = ask(connection, path, headers)
        assert (answer.status, answer.json()["error"]) == (403, "Forbidden")
        assert set(answer.json()) == {"error", "detail", "request_id"}


def test_by_default_from_this_machine(limited_stack):
    for path in ("/healthz", "/metrics"):
        assert from_address(limited_stack, "127.0.0.77", path).status == 200


# --- who serves -----------------------------------------------------------------------------------

@pytest.mark.parametrize("route", [route for route in ROUTES if route != "healthz"])
def test_one_process_that_stands_still(stack, route):
    """The other one serves, so the program does; and the answer says how many do."""
    with stopped(stack.pids(route)[0]):
        start = time.monotonic()
        answer = stack.get("/healthz")
        assert DEADLINE * 0.9 < time.monotonic() - start < SOON
    assert answer.status == 200
    assert members(answer)["programs"] == {name: READY for name in ROUTES} | {
        route: {"ready": 1, "processes": 2}}


@pytest.mark.parametrize("routes", [["calculate"], ["audit", "ping"]])
def test_all_processes_stand_still(stack, routes):
    """One deadline for all, however many do not answer."""
    with stopped(*(pid for route in routes for pid in stack.pids(route))):
        start = time.monotonic()
        answer = stack.get("/healthz")
        assert DEADLINE * 0.9 < time.monotonic() - start < SOON
    assert answer.status == 503
    assert list(members(answer).items()) == [
        ("error", "Service unavailable"),
        ("detail", f"no process of {', '.join(routes)} answers"),
        ("request_id", answer.header("X-Request-Id")),
        ("programs", {name: READY for name in ROUTES} | {
            route: {"ready": 0, "processes": 2} for route in routes})]
    assert stack.get("/healthz").status == 200, "they go on"


def test_all_processes_are_gone(stack):
    """With their supervisors, and the watch that would bring those back."""
    watch = stack.watch()
    with stopped(*watch):
        victims = [*stack.supervisors("hello"), *stack.pids("hello")]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, victims)), "their end")
        start = time.monotonic()
        answer = stack.get("/healthz")
        assert time.monotonic() - start < SOON
        assert answer.status == 503
        assert members(answer)["detail"] == "no process of hello answers"
        assert members(answer)["programs"]["hello"] == {"ready": 0, "processes": 2}
    assert stack.bulkhead("up").returncode == 0
    wait_until(lambda: stack.get("/healthz").status == 200, "the new ones")


def test_another_program_at_a_socket(stack):
    """It answers, but not in this one's name."""
    wait_until(stack.is_watch_asleep, "nothing is put right meanwhile")
    own, kept = stack.socket("hello"), stack.state / "kept.sock"
    own.rename(kept)
    try:
        os.link(stack.socket("ping"), own)
        assert stack.get("/healthz").json()["programs"]["hello"] == {"ready": 1, "processes": 2}
    finally:
        own.unlink()
        kept.rename(own)


def test_many_at_once_and_one_stands_still(stack):
    """Whoever finds no place is told so; nothing breaks."""
    with stopped(stack.pids("hello")[0]):
        connections = [stack.connect() for _ in range(12)]
        for connection in connections:
            connection.request("GET", "/healthz")
        statuses = [connection.getresponse().status for connection in connections]
    assert set(statuses) <= {200, 503} and 200 in statuses
    assert stack.get("/healthz").status == 200


def test_probes_leave_no_trace(stack):
    """Neither a request nor a connection that counts as dropped or refused; and none stays open."""
    def counted():
        rows = [line.split() for line in stack.bulkhead("status").stdout.splitlines()
                if line.startswith("calculate-")]
        return [(row[4], row[8], "dropped" in row, "refused" in row) for row in rows[:2]]
    before = counted()
    for _ in range(20):
        assert stack.get("/healthz").status == 200
    assert counted() == before
    assert len(before) == 2 and not any("refused" in row for row in before)


def test_one_process_each():
    """Whose single healthz asks itself while it waits for the answer."""
    with Stack(PROCESSES="1", **LIMITS_OFF) as stack:
        answer = stack.get("/healthz")
        assert answer.status == 200
        assert answer.json()["programs"] == {
            route: {"ready": 1, "processes": 1} for route in ROUTES}
        assert stack.bulkhead("reload", PROCESSES="3").returncode == 0
        stack.settings["PROCESSES"] = "3"
        assert stack.get("/healthz").json()["programs"]["hello"] == {"ready": 3, "processes": 3}


def test_a_route_that_comes_and_goes(copy):
    """What it asks follows the routes, by a reload."""
    copy.up()
    for name in ("nginx/routes/ping.conf", "build/cgi-src/ping"):
        (copy.source / name).rename(copy.folder / name.replace("/", "-"))
    done = copy.bulkhead("reload")
    assert done.returncode == 0, done.stderr
    assert "ping" not in copy.get("/healthz").json()["programs"]
    assert "ping" not in copy.get("/metrics").text
    for name in ("nginx/routes/ping.conf", "build/cgi-src/ping"):
        (copy.folder / name.replace("/", "-")).rename(copy.source / name)
    assert copy.bulkhead("reload").returncode == 0
    assert copy.get("/healthz").json()["programs"]["ping"] == READY
    assert copy.bulkhead("restart").returncode == 0
    assert copy.get("/healthz").status == 200


@pytest.mark.skipif(not AS_ROOT, reason="only root can be healthz")
def test_what_its_user_can_do(stack):
    """The sockets of all: to probe, and no more; the user of metrics not even that."""
    healthz, metrics = pwd.getpwnam("bulkhead-healthz"), pwd.getpwnam("bulkhead-metrics")
    question = fcgi.record(fcgi.GET_VALUES, fcgi.pair("BULKHEAD_READY", ""), request_id=0)
    for route in ROUTES:
        with fcgi.connect_as(stack.socket(route), healthz.pw_uid, healthz.pw_gid) as asker:
            asker.send(question)
            assert asker.read_record()[2] == fcgi.pair("BULKHEAD_READY", route)
            asker.try_send(fcgi.request_bytes(fcgi.request_params("name=Bob")))
            assert asker.read_to_end() == b""
        if route != "metrics":  # which may probe itself
            with fcgi.connect_as(stack.socket(route), metrics.pw_uid, metrics.pw_gid) as stranger:
                stranger.try_send(question)
                assert stranger.read_to_end() == b""
    status = stack.bulkhead("status").stdout
    assert "hello-1 " in status and "refused 2" in status


# --- settings -------------------------------------------------------------------------------------

GOOD = {"ROUTES": "hello", "PROCESSES": "1", "RUN_DIR": "/"}


@pytest.mark.parametrize("program", ["healthz", "metrics"])
@pytest.mark.parametrize(("setting", "value"), [
    ("ROUTES", ""), ("ROUTES", " "), ("ROUTES", "../x"), ("ROUTES", "a,b"), ("ROUTES", "a" * 33),
    ("ROUTES", " ".join(f"r{n}" for n in range(65))), ("PROCESSES", "0"), ("PROCESSES", "65"),
    ("RUN_DIR", ""), ("RUN_DIR", "run")])
def test_refused_settings(program, setting, value):
    done = run(program, "--check", environment=GOOD | {setting: value})
    assert done.code == 1 and f"{setting}={value}: allowed is " in done.errors


@pytest.mark.parametrize("program", ["healthz", "metrics"])
def test_more_processes_than_it_can_ask(program):
    routes = " ".join(f"r{n}" for n in range(17))
    done = run(program, "--check", environment=GOOD | {"ROUTES": routes, "PROCESSES": "64"})
    assert done.code == 1 and "with 17 routes there are more than 1024 processes" in done.errors
    assert run(program, "--check",
               environment=GOOD | {"ROUTES": routes, "PROCESSES": "60"}).code == 0


@pytest.mark.parametrize("program", ["healthz", "metrics"])
def test_a_folder_that_is_not_there(program):
    done = run(program, environment=GOOD | {"RUN_DIR": "/nowhere", "REQUEST_METHOD": "GET"})
    assert done.code == 1 and "RUN_DIR" in done.errors and "/nowhere" in done.errors


@pytest.mark.parametrize("has_root", [False, *([True] if AS_ROOT else [])])
def test_processes_in_folders_of_their_own(has_root):
    """As in containers, and beside files; a folder without a socket stands for its process too."""
    folder = make_folder()
    with Program("hello") as one, Program("hello") as other:
        for program in (one, other):
            os.chmod(program.socket, 0o666)
        for name in ("hello-1", "hello-3", "elsewhere"):
            (folder / name).mkdir()
        os.link(one.socket, folder / "hello-1/sock")
        os.link(other.socket, folder / "hello-2.sock")
        os.link(other.socket, folder / "hello-3.sock")
        os.link(other.socket, folder / "elsewhere/sock")
        (folder / "hello-4").symlink_to("elsewhere")
        done = run("healthz", *(("--root", str(folder)) if has_root else ()),
                   environment=GOOD | {"RUN_DIR": str(folder), "REQUEST_METHOD": "GET",
                                       "PROCESSES": "4"})
    shutil.rmtree(folder)
    assert done.reply.json()["programs"] == {"hello": {"ready": 2, "processes": 4}}, done.errors


def test_plain_cgi(tmp_path):
    """Nobody is there: that is an answer."""
    tmp_path.chmod(0o755)
    done = run("healthz", environment=GOOD | {"RUN_DIR": "/usr", "REQUEST_METHOD": "GET",
                                              "PROCESSES": "64"})
    assert done.reply.status == 503
    assert done.reply.json()["programs"] == {"hello": {"ready": 0, "processes": 64}}
