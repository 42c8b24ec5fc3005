"""/metrics, where a page of counters is missing, or somebody else has written it."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import time

import pytest

import fcgi_client as fcgi
from metrics_lab import LAYERS, Scraped, buckets, scrape
from program import (BUILD, DURATION_CLASSES, STATS_MAGIC, STATS_PAGE_BYTES, Program,
                     clean_environment, is_sanitized, privileges, run, wait_until)
from stack import LIMITS_OFF, ROUTES, Stack, make_folder
from trail_lab import PLACES

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def stack():
    """While the watch is awake, as after the start, it replaces a process without a page."""
    with Stack(**LIMITS_OFF) as running:
        wait_until(running.is_watch_asleep, "the end of its first look")
        yield running


def page(*numbers, magic=STATS_MAGIC, fill=0):
    numbers = [magic, *numbers]
    places = STATS_PAGE_BYTES // 8
    return struct.pack(f"={places}Q", *numbers, *[fill] * (places - len(numbers)))


@contextlib.contextmanager
def in_place_of(stack, name):
    """Another file under this name, for as long."""
    path, kept = stack.state / "run" / name, stack.state / f"kept-{name}"
    path.rename(kept)
    try:
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        kept.rename(path)


def nothing(_path):
    pass


def truncated(path):
    path.write_bytes(page(1, 2, 3)[:100])


def too_long(path):
    path.write_bytes(page(1, 2, 3) + b"\0")


def empty(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(os.urandom(STATS_PAGE_BYTES))


def text(path):
    path.write_bytes(b'"} 1\nbulkhead_up{route="evil"} 1\n'.ljust(STATS_PAGE_BYTES))


def not_ready(path):
    path.write_bytes(page(1, 2, 3, magic=0))


def fifo(path):
    os.mkfifo(path)


def link(path):
    """To a page that would be taken."""
    path.symlink_to("calculate-1.stats")


def link_outside(path):
    path.symlink_to("/etc/passwd")


def unreadable(path):
    path.write_bytes(page(1))
    path.chmod(0)


def listening(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


BAD = [nothing, truncated, too_long, empty, garbage, text, not_ready, fifo, link, link_outside,
       listening, *([unreadable] if AS_ROOT else [])]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_what_is_no_page(stack, bad):
    """Its process is not up; all others are as they were, and the program too."""
    pids = stack.pids("metrics")
    with in_place_of(stack, "hello-1.stats") as path:
        bad(path)
        for _ in range(4):
            start = time.monotonic()
            found = scrape(stack)
            assert time.monotonic() - start < 5, "nothing is waited for"
        assert found.get("up", route="hello", process="1") == 0
        assert found.sum("up") == 2 * len(ROUTES) - 1
        assert found.all("connections", route="hello", process="1") == []
        assert "evil" not in found.text
    assert stack.pids("metrics") == pids
    found = scrape(stack)
    assert set(found.all("up")) == {1}, found.text


def test_a_folder_in_the_place_of_a_page(stack):
    with in_place_of(stack, "hello-1.stats") as path:
        path.mkdir()
        assert scrape(stack).get("up", route="hello", process="1") == 0
        path.rmdir()


def test_huge_numbers(stack):
    """Whatever a program writes are numbers, and each series stays what its type says."""
    with in_place_of(stack, "hello-1.stats") as path:
        path.write_bytes(page(fill=2 ** 64 - 1))
        found = scrape(stack)
        assert found.get("up", route="hello", process="1") == 1
        assert found.get("requests_total", route="hello", process="1", verdict="allowed") > 1e19
        cumulative = buckets(found, "hello", "1")
        assert cumulative == sorted(cumulative)
        assert found.get("landlock_abi", route="hello", process="1") == 0
        assert set(found.all("sandbox_layer", route="hello", process="1")) == {1}
        assert found.sum("connections", route="calculate") < 1000


def test_the_places_are_those_that_are_read(stack):
    """Each number at its own place of the page."""
    shown = ["pid", 1234567, 1000, 11, 12, 13, 21, 31, 41, 6]
    numbers = [7, *shown[1:], *range(100, 100 + len(PLACES)), 0b000101, 2_500_000,
               *range(1, DURATION_CLASSES + 1)]
    with in_place_of(stack, "hello-1.stats") as path:
        path.write_bytes(page(*numbers))
        found = scrape(stack)

    def of(name, **labels):
        return found.get(name, route="hello", process="1", **labels)
    assert of("process_start_time_seconds") == 1234567
    assert [of("requests_total", verdict=verdict) for verdict in
            ("allowed", "rejected", "failed")] == [11, 12, 13]
    assert (of("connections"), of("connections_dropped_total"),
            of("connections_refused_total"), of("landlock_abi")) == (21, 31, 41, 6)
    assert {layer for layer in LAYERS if of("sandbox_layer", layer=layer)} == {"user", "landlock"}
    assert of("request_duration_seconds_sum") == 2.5
    assert buckets(found, "hello", "1") == [n * (n + 1) / 2 for n in range(1, 15)]


@pytest.mark.skipif(is_sanitized("metrics"), reason="a sanitizer needs more memory")
def test_as_many_as_there_may_be(tmp_path):
    """1,024 processes with the largest numbers and the longest names: there is room for them."""
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    routes = [f"{n:032}" for n in range(16)]
    for route in routes:
        for process in range(1, 65):
            (tmp_path / f"{route}-{process}.stats").write_bytes(page(fill=2 ** 64 - 1))
    done = run("metrics", environment={"ROUTES": " ".join(routes), "PROCESSES": "64",
                                       "RUN_DIR": str(tmp_path), "TRAIL": "off",
                                       "REQUEST_METHOD": "GET"})
    assert done.reply.status == 200, done.reply.body
    assert Scraped(done.reply.text).sum("up") == 1024


# --- a folder for each process --------------------------------------------------------------------

@pytest.fixture
def folder():
    made = make_folder()
    yield made
    shutil.rmtree(made)


def settings_of(folder):
    return {"ROUTES": "hello", "PROCESSES": "5", "RUN_DIR": str(folder), "TRAIL": "on",
            "REQUEST_METHOD": "GET"}


def who_is_up(text):
    found = Scraped(text)
    return {process for process in "12345" if found.get("up", route="hello", process=process)}, \
        found.get("up", route="trail", process="1") == 1


@pytest.mark.parametrize("has_root", [False, *([True] if AS_ROOT else [])])
def test_processes_in_folders_of_their_own(folder, has_root):
    """As in containers, beside files; where there is a folder, no file and no link is taken."""
    for name in ("hello-1", "hello-3", "hello-4", "elsewhere", "trail"):
        (folder / name).mkdir()
    for name in ("hello-1/stats", "hello-2.stats", "hello-3.stats", "elsewhere/stats",
                 "trail/stats"):
        (folder / name).write_bytes(page(1))
    (folder / "hello-4/stats").symlink_to("../elsewhere/stats")
    (folder / "hello-5").symlink_to("elsewhere")
    done = run("metrics", *(("--root", str(folder)) if has_root else ()),
               environment=settings_of(folder))
    assert who_is_up(done.reply.text) == ({"1", "2"}, True)


def test_folders_that_come_later(folder):
    """systemd makes one when it starts the process; what was there before stays what it is."""
    (folder / "hello-2").mkdir()
    (folder / "hello-3.stats").write_bytes(page(1))
    with Program("metrics", environment=settings_of(folder)) as program:
        for name in ("hello-1", "hello-3", "hello-4", "trail"):
            (folder / name).mkdir()
        (folder / "hello-3.stats").unlink()
        for name in ("hello-1/stats", "hello-2.stats", "hello-3/stats", "trail/stats"):
            (folder / name).write_bytes(page(1))
        (folder / "hello-4/stats").symlink_to("../hello-1/stats")
        with program.connect() as peer:
            assert who_is_up(peer.ask(fcgi.request_params("")).text) == ({"1"}, True)


@pytest.mark.skipif(not AS_ROOT, reason="only root can mount a volume")
def test_volumes(folder):
    """Each is a file system of its own, and Landlock's place is the folder around them."""
    for name in ("hello-1", "trail"):
        (folder / name).mkdir()
    (folder / "page").write_bytes(page(1))
    mount = """for name in hello-1 trail; do
        mount -t tmpfs -o mode=0755 tmpfs "$1/$name" && cp "$1/page" "$1/$name/stats" || exit
    done
    shift
    exec "$@" """
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mount, "sh", folder,
                           BUILD / "cgi-src/metrics", *privileges()], check=True, timeout=60,
                          capture_output=True, env=clean_environment(settings_of(folder)))
    assert who_is_up(done.stdout.partition(b"\r\n\r\n")[2].decode()) == ({"1"}, True)
