"""
A trail of the tests' own, and what asks it: a PostgreSQL with the schema of cgi-src/trail/schema,
the program `audit`, and an nginx with the repository's configuration in front of it.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from datetime import datetime, timezone

import fcgi_client
from program import REPOSITORY, Program, clean_environment, wait_until
from stack import PASSWORD

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "sandbox"))

from postgres import NAME, Database  # noqa: E402

DATABASE = "bulkhead"
URL = f"postgresql:///{DATABASE}?host=/{NAME}"
COLUMNS = ("id", "time", "route", "client", "method", "verdict", "status", "reason", "input",
           "microseconds", "request_id")


def basic(user="admin", password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def id_of(milliseconds, number=0):
    """A UUIDv7 whose random part is a number, so that tests can say what comes first."""
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | number))


class Trail(Database):
    """The database, with the schema and records that tests put there as its superuser."""

    def __init__(self):
        super().__init__()
        try:
            self.sql(f"CREATE DATABASE {DATABASE}")
            for path in sorted((REPOSITORY / "cgi-src/trail/schema").glob("*.sql")):
                self.sql(path.read_text(), DATABASE)
        except BaseException:
            self.remove()
            raise

    def ask(self, statement):
        return self.sql(statement, DATABASE)

    def add(self, records):
        """Of dicts; what one lacks has a default. Returns their ids."""
        statement, ids = insertion(records)
        self.ask(statement)
        return ids

    def audit(self):
        """What shows it."""
        return Audit(self)


def insertion(records):
    """The statement that adds these, and their ids."""
    rows = [record(number, **given) for number, given in enumerate(records)]
    text = json.dumps(rows).replace("$trail$", "")
    return ("INSERT INTO trail.records SELECT id, time, route, client, method, verdict, "
            "status, reason, input, microseconds, request_id FROM "
            f"json_populate_recordset(NULL::trail.records, $trail${text}$trail$)",
            [row["id"] for row in rows])


def record(number, milliseconds=1_790_000_000_000, **given):
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return {"id": id_of(milliseconds, number), "time": moment.isoformat(), "route": "hello",
            "client": "192.0.2.7", "method": "GET", "verdict": "allowed", "status": 200,
            "reason": None, "input": "name=Bob", "microseconds": 1234,
            "request_id": f"{number:032x}", **given}


class Audit(Program):
    """The program, as root would start it: it sees the database's folder and nothing else."""

    def __init__(self, trail, *options, **settings):
        root = ["--root", str(trail.root)] if os.geteuid() == 0 else []
        url = URL if root else f"postgresql:///{DATABASE}?host={trail.sockets}"
        super().__init__("audit", *root, *options,
                         environment={"DATABASE_URL": url, "PASSWORD": PASSWORD, **settings})

    def get(self, query="", accept="", method="GET", authorization=None, **more):
        """With the good password, unless another header is given; "": none."""
        given = basic() if authorization is None else authorization
        params = fcgi_client.request_params(query, method, accept, **more)
        if given:
            params["HTTP_AUTHORIZATION"] = given
        with self.connect() as connection:
            return connection.ask(params, keep=False)


class Edge:
    """nginx with the repository's configuration, in front of one program's socket."""

    def __init__(self, program, rate_limit="off", burst=20):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-edge-"))
        for name in ("edge", "log"):
            (self.folder / name).mkdir()
        self.port = free_port()
        places = {"LISTEN": f"127.0.0.1:{self.port}", "SERVER_NAMES": "127.0.0.1",
                  "RATE_LIMIT": rate_limit, "RATE": "1" if rate_limit == "off" else rate_limit,
                  "RATE_BURST": burst, "PING_RATE_LIMIT": "off", "PING_RATE": "1",
                  "PING_READ_TIMEOUT": "7", "STATE_DIR": self.folder, "TRAIL": "off",
                  "LOG_LEVEL": "notice", "LISTEN_OPTIONS": "", "CLIENT_CERTIFICATES": "off",
                  "HTTPS_PORT": "", "REDIRECT_LISTEN": "127.0.0.1:0"}
        source = REPOSITORY / "nginx"
        for path in source.rglob("*.conf"):
            target = self.folder / "nginx" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(re.sub(r"@([A-Z_]+)@", lambda m: str(places[m.group(1)]),
                                     path.read_text()))
        for name in ("modules", "server_header", "tls", "trusted_proxies", "health_from"):
            (self.folder / f"nginx/{name}.conf").touch()
        (self.folder / "nginx/upstreams.conf").write_text("".join(
            f"upstream {path.stem} {{ server unix:{program.socket} max_fails=0; }}\n"
            for path in (source / "routes").glob("*.conf")))
        self.process = subprocess.Popen(
            ["nginx", "-e", str(self.folder / "log/edge.log"), "-c",
             str(self.folder / "nginx/nginx.conf"), *self._user()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=clean_environment())
        try:
            wait_until(self._is_ready, "nginx")
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _user():
        """The program answers who has started it."""
        return ["-g", "user root; worker_rlimit_nofile 1024;"] if os.geteuid() == 0 else []

    def _is_ready(self):
        assert self.process.poll() is None, self.process.stderr.read().decode()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, target="/audit", method="GET", body=None, authorization=None, **headers):
        """(status, headers as a list of pairs in lower case, body)."""
        if authorization:
            headers["Authorization"] = authorization
        connection = self.connect()
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, [(k.lower(), v) for k, v in answer.getheaders()], answer.read()
        finally:
            connection.close()

    def log(self):
        return (self.folder / "log/access.log").read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
