"""Who is measured: Bulkhead, Bulkhead with a layer less, and the peers."""

import contextlib
import os
import pathlib
import shutil
import stat
import struct
import time
from dataclasses import dataclass, field

import peers
from drivers import Wrong, check
from places import BUILD
from stack import LIMITS_OFF, Stack

NO_TRAIL = {"DATABASE_URL": "off"}
# All but the own user, whose its journal is.
LAYERS = "root,landlock,seccomp,limits,mdwe"
SHIPPED, BEHIND = 11, 13  # of the shipper's counters, see cgi-src/route/stats.h
GATHERED = 0.2            # seconds; the shipper looks at what is new after 0.1
HEADERS = ("X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy",
           "Permissions-Policy", "Cross-Origin-Resource-Policy")


class Bulkhead(Stack):
    """
    As shipped: every layer required, each request in the trail and from there in a PostgreSQL of
    its own; but the limits, which would be all that a benchmark sees.
    """

    def __init__(self, **settings):
        super().__init__(**{**LIMITS_OFF, "DATABASE_URL": "", **settings})
        begun = time.perf_counter()
        self.up()
        self.ready = time.perf_counter() - begun

    @property
    def url(self):
        return ("https" if "TLS" in self.settings else "http") + f"://127.0.0.1:{self.port}"

    @property
    def groups(self):
        """The trail's are the shipper's and PostgreSQL's."""
        files = [self.state / f"run/{name}.pid" for name in ("trail", "database")]
        return {"edge": [self.edge()], "program": self.supervisors("hello"),
                "trail": [int(file.read_text().split()[0]) for file in files if file.exists()]}

    def trail_count(self, place):
        """A counter of the shipper's."""
        try:
            page = (self.state / "run/trail.stats").read_bytes()
            return struct.unpack_from("=Q", page, place * 8)[0]
        except (FileNotFoundError, struct.error):
            return 0

    def shipped(self):
        """How many records are in the database."""
        return self.trail_count(SHIPPED)

    def settle(self, goal=0, patience=30):
        """
        Until so many records are in the database and no line is left to be, so that none is shipped
        beside the next measurement. Returns how long that took, and how many are not.
        """
        if not self.groups["trail"]:
            return {}
        begun = time.monotonic()
        while self.shipped() < goal and time.monotonic() < begun + patience:
            time.sleep(0.02)
        took = time.monotonic() - begun
        time.sleep(GATHERED)
        while self.trail_count(BEHIND) and time.monotonic() < begun + patience:
            time.sleep(0.02)
        return {"settled": took, "unshipped": max(goal - self.shipped(), 0)}


class WithoutSandbox(Bulkhead):
    """Its hello is built of the same source, with a switch for each layer: all are off."""

    def __init__(self, **settings):
        program = BUILD / "tests/sandbox/switch-hello"
        if not program.exists():
            raise Wrong(f"{program}: make check-programs, in {BUILD}, makes it")
        self.copies = BUILD.resolve() / "bench/without-sandbox"
        shutil.rmtree(self.copies, ignore_errors=True)
        self.copies.parent.mkdir(parents=True, exist_ok=True)
        for name in ("cgi-src", "supervise"):
            shutil.copytree(BUILD / name, self.copies / name,
                            ignore=shutil.ignore_patterns("*.o", "*.a"))
        starter = self.copies / "cgi-src/hello"
        starter.write_text(f"#!/bin/sh\nBULKHEAD_TEST_LAYERS_OFF={LAYERS} exec {program} \"$@\"\n")
        starter.chmod(starter.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        super().__init__(programs=self.copies, **settings)

    def close(self):
        super().close()
        shutil.rmtree(self.copies, ignore_errors=True)


@dataclass(frozen=True)
class Subject:
    id: str
    title: str
    place: str             # what is between the client and it
    make: object           # of (template, folder)
    needs: dict = field(default_factory=dict)  # a file or a command: its package

    def missing(self):
        """Packages that would have to be installed."""
        return [package for what, package in self.needs.items() if not is_there(what)]


def is_there(what):
    if "/" in what:
        folder = pathlib.Path(what).parent
        return any(folder.glob(pathlib.Path(what).name))
    return shutil.which(what) is not None


def own(kind, **settings):
    return lambda template, folder, **more: kind(**settings, **more)


def peer(kind):
    """Its nginx is the template's, and so has TLS where that has."""
    return lambda template, folder, **_: kind(template, folder)


SAME = "behind the same nginx"
OURS = "its own nginx"
FLASK = {"/usr/lib/python3/dist-packages/flask": "python3-flask"}
SUBJECTS = [
    Subject("bulkhead", "Bulkhead as shipped", OURS, own(Bulkhead)),
    Subject("nginx", "nginx alone, a fixed string", "the same nginx", peer(peers.NginxAlone)),
    Subject("echo", "bare FastCGI echo, C", SAME, peer(peers.Echo)),
    Subject("meanwhile", "Bulkhead, records shipped meanwhile", OURS,
            own(Bulkhead, TRAIL_BURST_MS="0")),
    Subject("no-trail", "Bulkhead without the trail", OURS, own(Bulkhead, **NO_TRAIL)),
    Subject("no-sandbox", "Bulkhead without the sandbox", OURS, own(WithoutSandbox)),
    Subject("neither", "Bulkhead without both", OURS, own(WithoutSandbox, **NO_TRAIL)),
    Subject("libfcgi", "bare libfcgi accept loop, C", SAME, peer(peers.Libfcgi)),
    Subject("go", "Go net/http", SAME, peer(peers.Go), {"go": "golang-go"}),
    Subject("php", "PHP-FPM", SAME, peer(peers.Php), {"/usr/sbin/php-fpm*": "php-fpm"}),
    Subject("uwsgi", "Flask on uWSGI", SAME, peer(peers.Uwsgi), {
        "uwsgi": "uwsgi-core", "/usr/lib/uwsgi/plugins/python3_plugin.so": "uwsgi-plugin-python3",
        **FLASK}),
    Subject("gunicorn", "Flask on gunicorn", SAME, peer(peers.Gunicorn), {"gunicorn": "gunicorn",
                                                                    **FLASK}),
    Subject("fcgiwrap", "CGI by fcgiwrap, C", SAME, peer(peers.Fcgiwrap), {"fcgiwrap": "fcgiwrap"}),
    Subject("kore", "kore", "no nginx", peer(peers.Kore), {"kore": "kore"}),
]
TITLES = {subject.id: subject.title for subject in SUBJECTS}


class Running:
    """
    The subjects of a run, started once; they idle while another one is asked. `skipped` has what
    could not be, with the reason.
    """

    def __init__(self, wanted, folder, say, **settings):
        self.folder, self.say, self.settings = pathlib.Path(folder), say, settings
        self.wanted, self.skipped, self.started = wanted, {}, {}
        self.template = None

    def __enter__(self):
        try:
            self.template = Bulkhead(**NO_TRAIL, **self.settings)
            for subject in self.wanted:
                self._start(subject)
        except BaseException:
            self.close()
            raise
        return self

    def _start(self, subject):
        missing = subject.missing()
        if missing:
            self.skipped[subject.id] = "there is no " + ", ".join(missing)
            self.say(f"{subject.title}: left out: {self.skipped[subject.id]}")
            return
        try:
            running = subject.make(self.template, self.folder / subject.id, **self.settings)
        except (Wrong, AssertionError, OSError) as error:
            self.skipped[subject.id] = str(error).strip() or type(error).__name__
            self.say(f"{subject.title}: left out: {self.skipped[subject.id]}")
            return
        self.started[subject.id] = running
        check(running.url + peers.QUESTION, peers.GREETING,
              sent=() if subject.place == "no nginx" else HEADERS)

    def close(self):
        with contextlib.ExitStack() as ends:  # one that fails keeps no other
            for running in [self.template, *self.started.values()]:
                if running:
                    ends.callback(running.close)

    def __exit__(self, *_):
        self.close()


def is_root():
    return os.geteuid() == 0
