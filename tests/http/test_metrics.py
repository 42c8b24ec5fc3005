"""/metrics: what it counts, and how it says so."""

import contextlib
import os
import signal
import socket
import time

import pytest

from metrics_lab import LAYERS, TYPE, buckets, scrape
from program import wait_until
from stack import LIMITS_OFF, ROUTES, Stack, stopped

AS_ROOT = os.geteuid() == 0
OF_ROUTES = {
    "bulkhead_up": "gauge", "bulkhead_requests": "counter",
    "bulkhead_request_duration_seconds": "histogram", "bulkhead_connections": "gauge",
    "bulkhead_connections_dropped": "counter", "bulkhead_connections_refused": "counter",
    "bulkhead_process_start_time_seconds": "gauge", "bulkhead_sandbox_layer": "gauge",
    "bulkhead_landlock_abi": "gauge"}
OF_SHIPPER = {
    "bulkhead_trail_shipped": "counter", "bulkhead_trail_skipped": "counter",
    "bulkhead_trail_behind_bytes": "gauge", "bulkhead_trail_lag_seconds": "gauge",
    "bulkhead_trail_database_connected": "gauge", "bulkhead_trail_kept_bytes": "gauge"}


@pytest.fixture(scope="module")
def stack(make_stack):
    with make_stack(**LIMITS_OFF) as running:
        yield running


# --- the answer -----------------------------------------------------------------------------------

def test_every_series(stack):
    """Of every process of every route, and no other; of the shipper where a trail is kept."""
    found = scrape(stack)
    assert found.types == OF_ROUTES | (OF_SHIPPER if stack.keeps_trail else {})
    for name in ("up", "connections", "connections_dropped_total", "landlock_abi",
                 "request_duration_seconds_count", "process_start_time_seconds"):
        assert len(of_routes(found, name)) == 2 * len(ROUTES)
        for route in ROUTES:
            for process in "12":
                assert found.get(name, route=route, process=process) is not None
    assert set(found.all("up")) == {1}
    assert not found.text.endswith("\n\n")


def of_routes(found, name):
    return [value for route in ROUTES for value in found.all(name, route=route)]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*",
                                    "application/openmetrics-text;version=1.0.0"])
def test_one_format_whatever_is_accepted(stack, accept):
    answer = stack.get("/metrics", {"Accept": accept})
    assert (answer.status, answer.all("content-type")) == (200, [TYPE])


def test_head(stack):
    head = stack.get("/metrics", method="HEAD")
    assert (head.status, head.body, head.header("content-type")) == (200, b"", TYPE)


@pytest.mark.parametrize("query", ["x=%", "%zz", "x=%00", "x=%ff"])
def test_a_malformed_query(stack, query):
    answer = stack.get(f"/metrics?{query}")
    assert (answer.status, answer.json()["error"]) == (400, "Bad request")


def test_other_methods(stack):
    assert stack.get("/metrics", method="POST").status == 405


def test_since_when_and_behind_which_walls(stack):
    found = scrape(stack)
    for started in found.all("process_start_time_seconds"):
        assert 0 <= time.time() - started < 3600
    assert set(found.all("landlock_abi")) <= set(range(1, 1000))
    for route in ROUTES:
        layers = {layer: found.get("sandbox_layer", route=route, process="1", layer=layer)
                  for layer in LAYERS}
        assert layers == dict.fromkeys(LAYERS, 1) or not AS_ROOT
    assert len(found.all("sandbox_layer")) == 2 * len(ROUTES) * len(LAYERS)


# --- counting -------------------------------------------------------------------------------------

def change(stack, ask):
    """Series that ask() changes, by how much; without those of the two routes that watch."""
    before = scrape(stack)
    ask()
    after = scrape(stack)
    return {(name, labels): value - before.values[name, labels]
            for (name, labels), value in after.values.items()
            if value != before.values[name, labels]
            and dict(labels).get("route", "trail") not in ("metrics", "healthz", "trail")}


def test_exactly_what_was_asked(stack):
    """Each verdict of each route, and nothing of any other; nginx alone has what it refuses."""
    def ask():
        for path, status, times in (("/?name=Ada", 200, 5), ("/?name=%21", 400, 3),
                                    ("/calculate?expr=6*7", 200, 7), ("/calculate", 400, 2),
                                    ("/audit", 401, 1), ("/ping?ip=0.0.0.0", 403, 4)):
            for _ in range(times):
                assert stack.get(path).status == status
        assert stack.get("/nope").status == 404
        assert stack.get("/", method="POST").status == 405
    found = change(stack, ask)
    requests = {}
    for (name, labels), value in found.items():
        if name == "bulkhead_requests_total":
            key = dict(labels)["route"], dict(labels)["verdict"]
            requests[key] = requests.get(key, 0) + value
    assert requests == {("hello", "allowed"): 5, ("hello", "rejected"): 3,
                        ("calculate", "allowed"): 7, ("calculate", "rejected"): 2,
                        ("audit", "rejected"): 1, ("ping", "rejected"): 4}
    counts = {}
    for (name, labels), value in found.items():
        if name == "bulkhead_request_duration_seconds_count":
            route = dict(labels)["route"]
            counts[route] = counts.get(route, 0) + value
    assert counts == {"hello": 8, "calculate": 9, "audit": 1, "ping": 4}


def test_a_failed_one(stack):
    """503, of a route that lacks what it needs."""
    before = scrape(stack).sum("requests_total", route="audit", verdict="failed")
    token = "YWRtaW46eDkta2VlcHMtb3V0LXRoZS1zZWE="  # admin and stack.PASSWORD
    assert stack.get("/audit", {"Authorization": f"Basic {token}"}).status == 503
    assert scrape(stack).sum("requests_total", route="audit", verdict="failed") == before + 1


def test_histograms_add_up(stack):
    """Cumulative, and as many as there were requests."""
    for _ in range(20):
        stack.get("/calculate?expr=factorial(5000)%7")
    found = scrape(stack)
    for route in ROUTES:
        for process in "12":
            cumulative = buckets(found, route, process)
            assert None not in cumulative and cumulative == sorted(cumulative)
            labels = {"route": route, "process": process}
            count = found.get("request_duration_seconds_count", **labels)
            assert cumulative[-1] == count == found.sum("requests_total", **labels)
            total = found.get("request_duration_seconds_sum", **labels)
            assert 0 <= total < 60 and (total > 0 or count == 0)


def test_how_long_it_takes(stack):
    """A healthz that waits for a process which stands still takes its second, and a bit."""
    def slow(found):
        below = found.sum("request_duration_seconds_bucket", route="healthz", le="0.5")
        return found.sum("request_duration_seconds_count", route="healthz") - below
    before = scrape(stack)
    with stopped(stack.pids("hello")[0]):
        assert stack.get("/healthz").status == 200
    after = scrape(stack)
    assert slow(after) >= slow(before) + 1  # containers' health checks ask too
    took = (after.sum("request_duration_seconds_sum", route="healthz")
            - before.sum("request_duration_seconds_sum", route="healthz"))
    assert 0.9 < took < 30


def test_connections(stack):
    """nginx keeps some open; what is dropped and refused is counted as such."""
    assert stack.get("/").status == 200
    found = scrape(stack)
    assert found.sum("connections", route="hello") >= 1
    before = found.sum("connections_refused_total", route="hello")
    if AS_ROOT:
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(stack.socket("hello", 2)))
            wait_until(lambda: scrape(stack).get("connections_refused_total", route="hello",
                                                 process="2") is not None
                       and scrape(stack).sum("connections_refused_total",
                                             route="hello") == before + 1, "root is refused")


def test_a_new_process_is_a_new_page(stack):
    """Its file is another one, and is opened anew."""
    stack.get("/")
    assert stack.bulkhead("restart", "hello").returncode == 0
    found = scrape(stack)
    assert found.sum("requests_total", route="hello") == 0
    assert found.all("up", route="hello") == [1, 1]
    os.kill(stack.pids("hello")[0], signal.SIGKILL)
    wait_until(lambda: len(stack.pids("hello")) == 2 and stack.get("/").status == 200, "a new one")


# --- the shipper ----------------------------------------------------------------------------------

@contextlib.contextmanager
def away(stack):
    """The database, which the watch would bring back."""
    wait_until(stack.is_watch_asleep, "its first look, which starts others")
    with stopped(*stack.watch()):
        os.kill(int((stack.state / "run/database.pid").read_text().split()[0]), signal.SIGQUIT)
        yield
    assert stack.bulkhead("up").returncode == 0


def test_the_shipper():
    """With a database of its own: what is shipped, and what is not while that is away."""
    with Stack(DATABASE_URL="", **LIMITS_OFF) as stack:
        before = scrape(stack)
        assert before.types == OF_ROUTES | OF_SHIPPER
        assert before.get("up", route="trail", process="1") == 1
        assert before.get("trail_database_connected") == 1
        assert before.all("requests_total", route="trail") == []
        assert before.get("landlock_abi", route="trail", process="1") >= 1
        for _ in range(10):
            assert stack.get("/").status == 200
        wait_until(lambda: scrape(stack).get("trail_shipped_total")
                   >= before.get("trail_shipped_total") + 10, "the records")
        found = scrape(stack)
        assert found.get("trail_skipped_total") == 0
        assert found.get("trail_kept_bytes") > 10 * 200
        with away(stack):
            wait_until(lambda: scrape(stack).get("trail_database_connected") == 0, "it is away")
            assert stack.get("/").status == 200
            wait_until(lambda: scrape(stack).get("trail_behind_bytes") > 0
                       and scrape(stack).get("trail_lag_seconds") >= 1, "records that wait")
        wait_until(lambda: scrape(stack).get("trail_database_connected") == 1, "it is back")
        wait_until(lambda: scrape(stack).get("trail_lag_seconds") <= 1, "it has caught up")
        wait_until(stack.is_watch_asleep, "nothing brings it back at once")
        (stack.state / "run/trail.stats").unlink()
        found = scrape(stack)
        assert found.get("up", route="trail", process="1") == 0
        assert found.types == OF_ROUTES, "nothing is known of it"
