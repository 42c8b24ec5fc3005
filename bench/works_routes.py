"""What the other routes do: echoes, also of who is silent; expressions."""

import ast
import contextlib
import http.client
import os
import threading
import time
import timeit
import urllib.parse

import figures
import peers
import subjects
from compare import ask
from drivers import Wrong, check, wrk
from ping_lab import Lab
from rounds import load_of
from subjects import Bulkhead

LOOPBACK = "/ping?ip=127.0.0.1"
SILENT = 64
# small, literal, big (beyond a machine's words): what literal_eval takes too
EXPRESSIONS = {"small": "-4.5", "literal": '[1,2,3,{"a":1.5}]', "big integer": str(2 ** 70),
               "1,000 digits": "7" * 1000}
ARITHMETIC = {"arithmetic": "(1+2)*3-4/5", "power": "2**1000"}  # what only eval takes
ASKED = 200_000


# --- ping -----------------------------------------------------------------------------------------

def ping(run):
    for count in (1, 32):
        work = figures.Work(f"ping-{count}", f"ping to loopback, {count} at once", "requests/s",
                            base="gunicorn", note="Flask starts the program ping for each")
        names = run.present("bulkhead", "gunicorn")
        for name in names:
            check(run.running.started[name].url + LOOPBACK, lambda body: "1 received" in body)
        yield run.interleave(work, {name: load_of(run, name, wrk, path=LOOPBACK, connections=count)
                                    for name in names})


def ask_one(port, address, answers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", f"/ping?ip={address}")
        answers.append(connection.getresponse().read().decode())
    connection.close()


def ask_all(lab, port, addresses):
    """Seconds until all have their answer, which says that there was none."""
    answers = []
    with lab.inside():
        threads = [threading.Thread(target=ask_one, args=(port, address, answers))
                   for address in addresses]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begun
    if sum("0 received" in answer for answer in answers) != len(addresses):
        raise Wrong(f"{len(addresses)} silent addresses: {len(answers)} answers, "
                    f"the last {answers[-1:]}")
    return took, {"addresses": len(addresses)}


def silent(run):
    """In a network of the benchmark's own, with addresses that answer nothing."""
    if os.geteuid() != 0:
        run.left_out.append("silent: it takes root, to make a network namespace")
        return
    work = figures.Work("silent", f"ping of {SILENT} silent addresses at once, until the last "
                        "answer", "s", better="less",
                        note="the time-out of one is 2 s")
    lab = Lab()
    try:
        addresses = [f"198.51.100.{100 + number}" for number in range(SILENT)]
        with lab.inside():
            bulkhead = Bulkhead(**subjects.NO_TRAIL)
        try:
            run.interleave(work, {"bulkhead": lambda: ask_all(lab, bulkhead.port, addresses)},
                           1 if run.plan.quick else None)
            if not run.plan.quick and run.present("gunicorn"):
                run.interleave(work, {"gunicorn": lambda: one_of_flask(run, lab, bulkhead,
                                                                       addresses)}, 1)
        finally:
            bulkhead.close()
    finally:
        lab.remove()
    yield work


def one_of_flask(run, lab, template, addresses):
    """Once: it takes as many time-outs as its workers need turns."""
    with lab.inside():
        peer = peers.Gunicorn(template, run.folder / "silent")
    try:
        return ask_all(lab, peer.edge.port, addresses)
    finally:
        peer.close()


# --- calculate ------------------------------------------------------------------------------------

def as_id(name):
    return name.replace(" ", "-").replace(",", "")


def microseconds(function):
    times, taken = timeit.Timer(function).autorange()
    return taken / times * 1e6, {}


def refusing(text):
    """literal_eval, which refuses arithmetic: that counts like an answer."""
    with contextlib.suppress(ValueError):
        return str(ast.literal_eval(text))


def in_process(run):
    """From text to text, without any server."""
    for name, text in (EXPRESSIONS | ARITHMETIC).items():
        work = figures.Work("calculate-" + as_id(name),
                            f"calculate in process, {name}: {text[:20]}", "us", better="less",
                            base="literal_eval" if name in EXPRESSIONS else "eval")
        if ask([text])[0].text != str(python(text)):
            raise Wrong(f"calculate: {text[:40]}: {ask([text])[0].text[:40]}")
        measures = {"bulkhead": lambda text=text: (ask([text], ASKED)[0].nanoseconds / 1000, {}),
                    "literal_eval": lambda text=text: microseconds(lambda: refusing(text)),
                    "eval": lambda text=text: microseconds(lambda: str(python(text)))}
        if name in ARITHMETIC:
            del measures["literal_eval"]
        yield run.interleave(work, measures)


def python(text):
    # harden: ignore S4 because it is Python's own calculator, given this file's texts
    return eval(text)


def through_http(run):
    for name, text in EXPRESSIONS.items():
        path = "/calculate?expr=" + urllib.parse.quote(text)
        work = figures.Work("calculate-http-" + as_id(name),
                            f"calculate, 32 connections, {name}", "requests/s", base="gunicorn",
                            note="Flask asks literal_eval")
        names = run.present("bulkhead", "gunicorn")
        for each in names:
            check(run.running.started[each].url + path,
                  lambda body, text=text: body.strip() == str(ast.literal_eval(text)))
        yield run.interleave(work, {each: load_of(run, each, wrk, path=path, connections=32)
                                    for each in names}, 1 if run.plan.quick else None)
