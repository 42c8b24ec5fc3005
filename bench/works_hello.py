"""Greetings: by how many clients at once, on new connections, over TLS and HTTP/2."""

import shutil

import figures
import subjects
from drivers import h2load, wrk
from rounds import load_of

MAIN = ("bulkhead", "nginx", "echo", "no-trail", "go", "gunicorn")
UNIT = "requests/s"
CLOSING = {"Connection": "close"}


def by_connections(run):
    """All at 32; in a quick run the rest of the main ones alone, once."""
    for count in run.plan.connections:
        title = f"hello, {count} connection{'s' if count > 1 else ''}"
        work = figures.Work(f"hello-{count}", title, UNIT, base="nginx")
        names = run.present(*(MAIN[:3] if run.plan.quick and count != 32 else ()))
        rounds = run.plan.most_rounds if count == 32 else None
        yield run.interleave(work, {name: load_of(run, name, wrk, connections=count)
                                    for name in names}, rounds)


def on_new_connections(run):
    work = figures.Work("hello-new", "hello, a new connection for each request, 32 at once", UNIT,
                        base="nginx")
    names = run.present(*(MAIN[:3] if run.plan.quick else MAIN))
    yield run.interleave(work, {name: load_of(run, name, wrk, connections=32, headers=CLOSING)
                                for name in names})


def over_tls(run):
    """By deployments of their own, whose nginx has a certificate."""
    names = run.present(*MAIN[:3 if run.plan.quick else 4])
    wanted = [subject for subject in subjects.SUBJECTS if subject.id in names]
    folder = run.folder / "tls"
    folder.mkdir()
    with subjects.Running(wanted, folder, run.say, TLS="self-signed") as running:
        plain, run.running = run.running, running
        try:
            yield from tls_works(run)
        finally:
            run.running = plain


def tls_works(run):
    if not shutil.which("h2load"):
        run.left_out.append("HTTP/2: there is no h2load")
    for name, title, drive, options in (
            ("tls", "hello over TLS, HTTP/1.1, 32 connections", wrk, {}),
            ("tls-new", "hello over TLS, a new connection for each request, 32 at once", wrk,
             {"headers": CLOSING}),
            ("h1-tls", "hello over TLS, HTTP/1.1, asked by h2load as below", h2load,
             {"version": 1}),
            ("h2", "hello over HTTP/2, 32 connections of 4 requests at once", h2load, {})):
        if drive is h2load and not shutil.which("h2load"):
            continue
        work = figures.Work(f"hello-{name}", title, UNIT, base="nginx")
        yield run.interleave(work, {each: load_of(run, each, drive, connections=32, **options)
                                    for each in run.present()})
