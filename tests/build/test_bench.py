"""
The benchmark: that it measures what is right and counts what is not, and that the page shows what
was measured. Never how fast anything is.
"""

import base64
import hashlib
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "bench"), str(ROOT / "tests/http")]

import drivers  # noqa: E402
import figures  # noqa: E402
import goals  # noqa: E402
from ping_lab import need  # noqa: E402


def bench(*arguments, timeout=60):
    return subprocess.run([str(ROOT / "bench/run"), *arguments], capture_output=True, text=True,
                          check=False, timeout=timeout, stdin=subprocess.DEVNULL)


# --- a run ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module", name="folder")
def a_run(tmp_path_factory):
    """Of a second each, of what CI has: the peers that need packages are none of it."""
    need(shutil.which("wrk"), "the program wrk")
    folder = tmp_path_factory.mktemp("bench")
    done = bench("--only", "new", "--subjects", "nginx,echo,no-trail", "--rounds", "2",
                 "--seconds", "1", "--output", str(folder), timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_figures(folder):
    """Each subject has as many as there were rounds, and the base is once itself."""
    found = json.loads((folder / "figures.json").read_text())
    assert found["errors"] == found["left_out"] == []
    assert [each["left_out"] for each in found["subjects"]] == ["", "", ""]
    work, = found["works"]
    rows = {row["subject"]: row for row in work["rows"]}
    assert set(rows) == {"nginx", "echo", "no-trail"} and work["base"] == "nginx"
    for row in rows.values():
        assert len(row["values"]) == 2 and row["more"]["failed"] == 0
        assert 0 < row["low"] <= row["median"] <= row["high"]
        assert row["more"]["cpu_edge"] > 0
    assert rows["nginx"]["ratio"] == 1


def test_page(folder):
    """It is whole, its pictures are, and it takes no style but its own."""
    text = (folder / "index.html").read_text()
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(pictures) == 1
    for picture in pictures:
        bars = xml.etree.ElementTree.fromstring(picture).findall("rect")
        assert len(bars) == 3 and all(float(bar.get("width")) > 0 for bar in bars)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in text
    assert "Bulkhead without the trail" in text


def test_usage():
    done = bench("--help")
    assert done.returncode == 0 and "bench/run" in done.stdout
    for wrong in (["--only", "nonsense"], ["--subjects", "nobody"], ["--nonsense"]):
        done = bench(*wrong)
        assert done.returncode == 2 and not done.stdout


def test_list():
    done = bench("--list")
    assert done.returncode == 0
    works, subjects, missing = done.stdout.splitlines()
    assert "hello" in works and "bulkhead" in subjects and missing.startswith("missing: ")


def test_what_is_shown_is_what_was_measured():
    """docs/performance.md and the page are made of bench/results/figures.json."""
    done = bench("--check")
    assert done.returncode == 0, done.stderr


# --- its parts ------------------------------------------------------------------------------------

WRK = """  2 threads and 32 connections
  Latency Distribution
     50%  812.00us
     90%    1.20ms
     99%    1.03s
  1000 requests in 2.00s, 1MB read
  Socket errors: connect 1, read 2, write 0, timeout 4
  Non-2xx or 3xx responses: 100
Requests/sec:    500.00
"""
H2LOAD = """finished in 1.25s, 3000.00 req/s, 2.16MB/s
requests: 3750 total, 3782 started, 3750 done, 2500 succeeded, 1250 failed, 0 errored, 0 timeout
status codes: 2500 2xx, 0 3xx, 0 4xx, 1250 5xx
"""


def test_only_right_answers_count():
    asked = drivers.read_wrk(WRK)
    assert (asked.rate, asked.requests, asked.failed) == (450, 900, 107)
    assert asked.p50 == pytest.approx(0.812) and asked.p99 == pytest.approx(1030)
    asked = drivers.read_h2load(H2LOAD)
    assert (asked.rate, asked.requests) == (2000, 2500) and asked.failed == 1250


def test_ratios_are_of_the_same_round():
    """The machine was slow in the second one: that is nobody's."""
    work = figures.Work("x", "x", "/s", base="a")
    for a, b in ((100, 50), (10, 5), (50, 40)):
        work.add("a", a, failed=1)
        work.add("b", b)
    rows = {row["subject"]: row for row in figures.entry(work)["rows"]}
    assert (rows["b"]["ratio"], rows["b"]["ratio_low"], rows["b"]["ratio_high"]) == (.5, .5, .8)
    assert (rows["a"]["median"], rows["a"]["low"], rows["a"]["high"]) == (50, 10, 100)
    assert rows["a"]["more"] == {"failed": 3}


@pytest.mark.parametrize(("ours", "met"), [(60, True), (50, True), (49, False)])
def test_goals(ours, met):
    work = figures.Work("hello-32", "x", "/s", base="nginx")
    work.add("nginx", 100)
    work.add("bulkhead", ours)
    judged, = goals.judge([figures.entry(work)])
    assert judged["met"] is met and judged["measured"] == ours / 100


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = {"/right?x": (200, "yes"), "/wrong?x": (200, "no"),
                        "/gone?x": (404, "yes")}.get(self.path, (308, "yes"))
        self.send_response(status)
        self.send_header("Location", "/right?x")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Nothing."""


@pytest.mark.parametrize("path", ["wrong", "gone", "moved"])
def test_what_is_wrong_is_not_timed(path):
    """A redirect to the right answer is none: it is what would be timed."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        drivers.check(f"{url}/right?x", "yes")
        with pytest.raises(drivers.Wrong):
            drivers.check(f"{url}/{path}?x", "yes")
        with pytest.raises(drivers.Wrong):
            drivers.check(f"{url}/right?x", "yes", sent=["X-Request-Id"])
        server.shutdown()
