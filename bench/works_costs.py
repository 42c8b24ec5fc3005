"""What it takes: memory, calls of the kernel, time to start, and how it grows."""

import contextlib
import os
import shutil
import socket
import subprocess

import figures
import peers
import processes
import subjects
from drivers import check, wrk
from places import PEERS
from stack import copy_source, make_folder
from subjects import Bulkhead

IDLE = 1000
ROUTES = 8
MIB = 1 << 20


# --- memory ---------------------------------------------------------------------------------------

def programs_of(stack):
    """PSS of each program of hello, in MiB."""
    return [processes.pss(pid) / MIB for pid in stack.pids("hello")]


def memory(run):
    """Before and after the million requests, beside what each peer takes."""
    yield of_each(run)
    if "bulkhead" in run.running.started:
        yield growth_of_memory(run)
        yield idle_connections(run)


def of_each(run):
    work = figures.Work("memory", "memory (PSS) behind nginx, after the rounds above", "MiB",
                        better="less", note="of all processes of the route together, supervisors "
                        "too; a program of Bulkhead's alone is below")
    for name in run.present():
        programs = run.running.started[name].groups["program"]
        if programs:
            work.add(name, processes.total_pss(programs) / MIB)
    run.tell(work)
    return work


def growth_of_memory(run):
    stack = run.running.started["bulkhead"]
    work = figures.Work("memory-growth", "memory (PSS) of one program, hello", "MiB", better="less")
    work.add("before", max(programs_of(stack)))
    asked = 0
    for part in (0.1, 0.5, 1):
        while asked < run.plan.requests * part:
            asked += wrk(stack.url + peers.QUESTION, 32, 2).requests
        work.add(f"after {run.plan.requests * part:,.0f} requests", max(programs_of(stack)),
                 requests=asked)
    stack.settle()
    run.tell(work)
    return work


def idle_connections(run):
    """What clients that have asked once and stay cost nginx and the program, both new."""
    stack = Bulkhead(**subjects.NO_TRAIL)
    try:
        work = held_connections(stack)
    finally:
        stack.close()
    run.tell(work)
    return work


def held_connections(stack):
    work = figures.Work("memory-idle", f"memory (PSS) of an idle connection, of {IDLE:,}", "KiB",
                        better="less", note="the kernel's own buffers are not in it")
    before = {name: processes.total_pss(roots) for name, roots in stack.groups.items()}
    request = f"GET {peers.QUESTION} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with contextlib.ExitStack() as held:
        for _ in range(IDLE):
            each = held.enter_context(socket.create_connection(("127.0.0.1", stack.port), 30))
            each.sendall(request)
            assert b" 200 " in each.recv(4096)
        for name in ("edge", "program"):
            now = processes.total_pss(stack.groups[name])
            work.add({"edge": "of nginx", "program": "of hello"}[name],
                     max(now - before[name], 0) / IDLE / 1024)
    return work


# --- calls of the kernel --------------------------------------------------------------------------

def calls(run):
    """Of nginx's workers and of the program, a request each, at 32 connections."""
    if not shutil.which("strace"):
        run.left_out.append("calls: there is no strace")
        return
    names = run.present("bulkhead", "nginx", "echo", *(() if run.plan.quick else (
        "no-trail", "libfcgi", "go", "gunicorn")))
    work = figures.Work("calls", "calls of the kernel a request, 32 connections", "calls",
                        better="less", base="echo", note="under strace, which makes all slow")
    for name in names:
        subject = run.running.started[name]
        counted = {}
        for group in ("edge", "program"):
            pids = processes.tree(subject.groups[group])
            if not pids:
                continue
            with processes.Tracer(pids) as tracer:
                asked = wrk(subject.url + peers.QUESTION, 32, 1)
            for call, count in tracer.calls.items():
                if count / asked.requests >= 0.01:
                    counted[f"{group} {call}"] = count / asked.requests
        work.add(name, sum(counted.values()), **counted)
        if hasattr(subject, "settle"):
            subject.settle()
    run.tell(work)
    yield work


# --- start ----------------------------------------------------------------------------------------

def restart(run, name, number):
    """Starts another one of a peer's; Bulkhead is stopped and started, with the trail it has."""
    if isinstance(run.running.started[name], Bulkhead):
        stack = run.running.started[name]
        stack.down()
        begun = peers.time.perf_counter()
        stack.up()
        peers.wait_until_right(stack.url)
        return peers.time.perf_counter() - begun, {}
    subject = next(each for each in subjects.SUBJECTS if each.id == name)
    peer = subject.make(run.running.template, run.folder / f"start-{name}-{number}")
    try:
        return peer.ready, {}
    finally:
        peer.close()


def start(run):
    work = figures.Work("start", "from its start to the first right answer", "s", better="less",
                        note="nginx included; of Bulkhead every route, the trail and what watches "
                        "them")
    names = run.present("bulkhead", "no-trail", "nginx", "echo", "go", "php", "uwsgi", "gunicorn")
    counters = dict.fromkeys(names, 0)

    def measure(name):
        counters[name] += 1
        return restart(run, name, counters[name])
    yield run.interleave(work, {name: lambda name=name: measure(name) for name in names},
                         1 if run.plan.quick else None)


# --- growth ---------------------------------------------------------------------------------------

def by_processes(run):
    """1, 2 and 4 processes a route, side by side, without the trail."""
    work = figures.Work("processes", "hello, 32 connections, by processes a route", "requests/s",
                        base="1 process", note="without the trail")
    with contextlib.ExitStack() as held:
        stacks = {}
        for count in (1, 2, 4):
            stacks[f"{count} process{'es' if count > 1 else ''}"] = Bulkhead(
                PROCESSES=str(count), **subjects.NO_TRAIL)
            held.callback(list(stacks.values())[-1].close)
        yield run.interleave(work, {name: loading(run, stack, stack.url + peers.QUESTION)
                                    for name, stack in stacks.items()})


def loading(run, stack, url, script=None):
    def measure():
        asked = wrk(url, 32, run.plan.seconds, script=script)
        used = sum(processes.total_pss(stack.supervisors(route)) for route in routes_of(stack))
        return asked.rate, asked.more | {"mib": used / MIB}
    return measure


def routes_of(stack):
    return [path.stem for path in (stack.source / "nginx/routes").glob("*.conf")
            if path.stem.startswith("hello")]


def by_routes(run):
    """The same requests spread over 1, 2, 4 and 8 routes, each with programs of its own."""
    folder = make_folder()
    work = figures.Work("routes", "32 connections, by how many routes they ask", "requests/s",
                        base="1 route", note="without the trail; mib is the memory of these "
                        "routes' processes")
    made = [f"hello{number}" for number in range(2, ROUTES + 1)]
    copied = copy_source(folder)
    for name in made:
        route = (folder / "nginx/routes/hello.conf").read_text()
        (folder / f"nginx/routes/{name}.conf").write_text(
            route.replace("location = / ", f"location = /{name} ").replace("hello;", f"{name};"))
        shutil.copy2(folder / "build/cgi-src/hello", folder / f"build/cgi-src/{name}")
    stack = None
    try:
        stack = Bulkhead(**copied, **subjects.NO_TRAIL)
        for name in made:
            check(f"{stack.url}/{name}?name=Bob", peers.GREETING)
        counts = [1, 2, 4, ROUTES]
        yield run.interleave(work, {
            f"{count} route{'s' if count > 1 else ''}": loading(
                run, stack, stack.url, spread_over(folder, ["", *made][:count]))
            for count in counts})
    finally:
        if stack:
            stack.close()
        shutil.rmtree(folder, ignore_errors=True)
        remove_users(made)


def spread_over(folder, names):
    """A script for wrk, which asks one after the other."""
    path = folder / f"spread-{len(names)}.lua"
    path.write_text((PEERS / "spread.lua").read_text().replace(
        "@PATHS@", ", ".join(f'"/{name}?name=Bob"' for name in names)))
    return path


def remove_users(names):
    """Those that bulkhead has made for these routes, where root has."""
    for name in names if os.geteuid() == 0 else ():
        subprocess.run(["userdel", f"bulkhead-{name}"], capture_output=True, check=False)
