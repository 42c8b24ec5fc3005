"""
No memory and no room for the answer, at every place where that can happen: the n-th allocation
fails, for every n until there are no more; and what is written goes to a full device.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from program import BUILD, REPOSITORY, clean_environment, is_sanitized

REQUESTS = {
    "hello, text": ("hello", "name=Bob", "*/*"),
    "hello, JSON": ("hello", "name=Bob", "application/json"),
    "hello, an error": ("hello", "name=%20", "*/*"),
    "ping, JSON": ("ping", "ip=127.0.0.1", "application/json"),
    "calculate, text": ("calculate", "expr=2**3000//7", "*/*"),
    "calculate, JSON": ("calculate", "expr=[1.5,{'a':factorial(300)},'b']", "application/json"),
}
MOST_ALLOCATIONS = 2000
NOBODY = 65534


@pytest.fixture(scope="module")
def failing_malloc():
    """The library that makes them fail, where every user may read it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test-"))
    folder.chmod(0o755)
    library = folder / "failing_malloc.so"
    source = REPOSITORY / "tests/unit/failing_malloc.c"
    subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Werror", "-O1", "-fPIC",
                    "-shared", "-o", str(library), str(source)], check=True)
    yield library
    shutil.rmtree(folder)


def run(program, query, accept, stdout=subprocess.PIPE, **environment):
    command = [str(BUILD / "cgi-src" / program)]
    # Not by --user: the C library's own reading of the user database aborts without memory.
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    variables = clean_environment({"REQUEST_METHOD": "GET", "QUERY_STRING": query,
                                   "HTTP_ACCEPT": accept, "PING_TIMEOUT_MS": "100",
                                   **environment})
    return subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stdout=stdout,
                          stderr=subprocess.PIPE, timeout=30, check=False, **user)


def status_and_body(done):
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    body = re.sub(rb'"request_id":"[0-9a-f]{32}"|"rtt_ms":[0-9.]+', b"", body)
    return head.split(b"\r\n")[0], body


def judge(done, whole):
    """The very answer, or a 500, with 0; a reason with 1. Never a signal, never half an answer."""
    errors = done.stderr.decode()
    assert done.returncode in (0, 1), errors
    if done.returncode == 1:
        assert ": error: " in errors
        assert done.stdout == b""
        return
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}\r\n".encode() in head + b"\r\n"
    if status_and_body(done) == whole:
        return
    assert head.startswith(b"Status: 500 Internal Server Error")
    error = json.loads(body)
    assert error["error"] == "Internal error"
    assert re.fullmatch("[0-9a-f]{32}", error["request_id"])


@pytest.mark.skipif(is_sanitized("hello"), reason="the sanitizers have a malloc of their own")
@pytest.mark.parametrize("goes_on", [False, True], ids=["one fails", "all fail from there"])
@pytest.mark.parametrize("name", REQUESTS)
def test_every_allocation_may_fail(failing_malloc, name, goes_on):
    """From the first to the last; the loop ends at the n that is never reached."""
    program, query, accept = REQUESTS[name]
    whole = status_and_body(run(program, query, accept))
    environment = {"LD_PRELOAD": str(failing_malloc)}
    if goes_on:
        environment["FAIL_ON"] = "1"
    outcomes = set()
    for n in range(1, MOST_ALLOCATIONS):
        done = run(program, query, accept, FAIL_AT=str(n), **environment)
        judge(done, whole)
        outcomes.add(done.returncode)
        if b"failed\n" not in done.stderr:
            break
    assert n < MOST_ALLOCATIONS - 1, "more allocations than anybody expects"
    assert 1 in outcomes and 0 in outcomes, "some failures matter, and without one it answers"


def test_an_answer_that_can_not_be_written():
    """/dev/full takes nothing: exit code 1, and the reason."""
    with pathlib.Path("/dev/full").open("wb") as full:
        done = run("hello", "name=Bob", "*/*", stdout=full)
    assert done.returncode == 1
    assert b"hello: error: standard output: No space left on device" in done.stderr
