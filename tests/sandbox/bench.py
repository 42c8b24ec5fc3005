#!/usr/bin/python3
"""
What the sandbox costs: each program with all its layers against the same with none.

    tests/sandbox/bench.py [ROUNDS [SECONDS [STARTS]]]

Requests a second through nginx, which does next to nothing beside, with wrk; microseconds a request
takes on one connection to the program's own socket; milliseconds from a program's start to its
first answer, hello's also with any one layer off; and the program's own processor time beside.

Both sides of a pair run right after each other, in turns the one and the other first, so that what
else the machine does meets both: the ratio of medians, and the median and quartiles of the ratios
of pairs, say more than the figures, and on a busy machine those of processor time most. Exit code
1: more than 2 % of some route's requests a second are lost, by the median pair.

Start it as root, or the layers that take root's rights are in neither. BULKHEAD_BUILD names the
build folder, which has been configured without sanitizers; `make check-programs` builds the rest.
"""

import contextlib
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import fcgi_client  # noqa: E402
from program import (BUILD, PATIENCE, Program, clean_environment, privileges,  # noqa: E402
                     wait_until)
from stack import free_port  # noqa: E402

ROUNDS, SECONDS, STARTS = (int(value) for value in (sys.argv[1:] + ["11", "2", "60"])[:3])
LAYERS = ("user", "root", "landlock", "seccomp", "limits", "mdwe")
QUESTIONS = {"hello": "name=Ada", "calculate": "expr=2**100", "ping": "ip=127.0.0.1"}
CLIENTS = 16
ASKED = 1000  # on one connection
MOST_LOST = 0.02


def switched(*off):
    """The environment of a program without these layers."""
    return {"BULKHEAD_TEST_LAYERS_OFF": ",".join(off), "LOG_LEVEL": "warning"}


def program_of(route):
    return f"../tests/sandbox/switch-{route}"


# --- figures --------------------------------------------------------------------------------------

def in_pairs(rounds, measure_on, measure_off):
    """Rounds of (on, off), of which every second is measured the other way round."""
    pairs = []
    for number in range(rounds):
        first, second = (measure_on, measure_off)[::-1 if number % 2 else 1]
        one, other = first(), second()
        pairs.append((other, one) if number % 2 else (one, other))
    return pairs


def show(name, pairs, unit):
    """Prints a row; returns the median of the pairs' ratios."""
    pairs = list(pairs)
    on, off = (statistics.median(values) for values in zip(*pairs))
    low, middle, high = statistics.quantiles((a / b for a, b in pairs), n=4, method="inclusive")
    print(f"{name:30} {on:10.2f} {off:10.2f} {unit:6} {on / off:8.3f} {middle:9.3f} "
          f"{low:7.3f} to {high:.3f}", flush=True)
    return middle


# --- through nginx --------------------------------------------------------------------------------

NGINX = """
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; {temporary}
    fastcgi_keep_conn on;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param HTTP_ACCEPT $http_accept if_not_empty;
    fastcgi_param REQUEST_ID $request_id;
    {upstreams}
    server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextlib.contextmanager
def nginx(**sockets):
    """Answers /NAME by the program on that socket; yields its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = NGINX.format(
            folder=folder, port=port,
            temporary="".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY),
            upstreams="".join(f"upstream {name} {{ server unix:{path}; keepalive 64; "
                              f"keepalive_requests 1000000000; }}"
                              for name, path in sockets.items()),
            locations="".join(f"location = /{name} {{ fastcgi_pass {name}; }}"
                              for name in sockets))
        if os.geteuid() != 0:
            config = config.replace("user root;", "")
        pathlib.Path(folder, "conf").write_text(config)
        with subprocess.Popen(["nginx", "-c", f"{folder}/conf", "-e", f"{folder}/log"]) as process:
            try:
                wait_until(pathlib.Path(folder, "pid").exists, "nginx")
                yield port
            finally:
                process.terminate()


def processor_time(pid):
    """Nanoseconds of all threads; each file begins with them."""
    return sum(int(file.read_text().split()[0])
               for file in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))


def rate(url, pid):
    """
    Requests a second, and the program's microseconds for each. What is not answered with 200 would
    be no measurement.
    """
    before = processor_time(pid)
    done = subprocess.run(["wrk", "-t", "1", "-c", str(CLIENTS), "-d", f"{SECONDS}s", url],
                          capture_output=True, text=True, check=True, timeout=SECONDS + PATIENCE)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return (float(re.search(r"Requests/sec: +([\d.]+)", done.stdout)[1]),
            (processor_time(pid) - before) / requests / 1000)


def compare_rates(route, on, off):
    with nginx(on=on.socket, off=off.socket) as port:
        url = f"http://127.0.0.1:{port}/{{}}?{QUESTIONS[route]}"
        pairs = in_pairs(ROUNDS, lambda: rate(url.format("on"), on.pid),
                         lambda: rate(url.format("off"), off.pid))
    return show_two(f"{route}, through nginx", pairs, "/s", "us")


def show_two(name, pairs, unit, processor_unit):
    """Of pairs of (figure, processor time)."""
    middle = show(name, (tuple(side[0] for side in pair) for pair in pairs), unit)
    show("  processor time", (tuple(side[1] for side in pair) for pair in pairs), processor_unit)
    return middle


# --- on its own socket ----------------------------------------------------------------------------

def microseconds(program, route):
    """Of one request after another; each answer is as long as the first, but for a ping's time."""
    question = fcgi_client.request_bytes(fcgi_client.request_params(QUESTIONS[route]), keep=True)
    with program.connect() as connection:
        start = time.perf_counter()
        for _ in range(ASKED):
            connection.sock.sendall(question)
            answer = connection.sock.recv(65536)
            assert b"200 OK" in answer
        return (time.perf_counter() - start) / ASKED * 1e6


def compare_requests(route, on, off):
    pairs = in_pairs(ROUNDS, lambda: microseconds(on, route), lambda: microseconds(off, route))
    show(f"{route}, on its socket", pairs, "us")


def serving(route):
    """Requests a second of one route, of which it returns what is left, and their microseconds."""
    with Program(program_of(route), "--root", ROOT, environment=switched()) as on, \
            Program(program_of(route), "--root", ROOT, environment=switched(*LAYERS)) as off:
        left = compare_rates(route, on, off)
        compare_requests(route, on, off)
    return left


# --- starting -------------------------------------------------------------------------------------

def start(route, *off):
    """
    Milliseconds from before the program's exec to the answer of who has asked already, and of the
    processor.
    """
    command = [BUILD / "cgi-src" / program_of(route), *privileges(), "--peer", str(os.geteuid()),
               "--root", ROOT]
    question = fcgi_client.request_bytes(fcgi_client.request_params(QUESTIONS[route]))
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        listener.listen()
        with fcgi_client.Connection(f"{folder}/socket") as connection:
            connection.send(question)
            begun = time.perf_counter()
            process = subprocess.Popen(command, stdin=listener,
                                       env=clean_environment(switched(*off)))
            assert connection.read_reply().status == 200
            took = (time.perf_counter() - begun) * 1000
            process.kill()
            _, process.returncode, used = os.wait4(process.pid, 0)
    return took, (used.ru_utime + used.ru_stime) * 1000


def starting(route):
    """All layers against none, and hello, whose are everybody's, against all but one."""
    for off in (LAYERS, *((layer,) for layer in LAYERS if route == "hello")):
        pairs = in_pairs(STARTS, lambda: start(route), lambda off=off: start(route, *off))
        name = "" if off == LAYERS else f" against no {off[0]}"
        show_two(f"{route}, start{name}", pairs, "ms", "ms")


def main():
    print(f"{'':30} {'all layers':>10} {'without':>10} {'':6} {'ratio':>8} {'of pairs':>9} "
          f"{'quartiles':>16}")
    left = [serving(route) for route in QUESTIONS]
    for route in QUESTIONS:
        starting(route)
    return 0 if min(left) >= 1 - MOST_LOST else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as ROOT:
        sys.exit(main())
