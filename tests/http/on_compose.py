"""
The tests of this folder that ask a deployment through HTTP, asked of one in containers: by Compose,
in a pod, or run by systemd. What is left out there, and why; tests/containers/compose_http sees
that nothing else is.
"""

import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys

import pytest

from audit_lab import basic, insertion
from stack import LIMITS_OFF, PASSWORD, PATIENCE, Answer, ask, children

ON_THIS_MACHINE = "asks a program, files, or a deployment of its own on this machine"
OWN = "changes a deployment by its command and its files, on this machine"
NAMESPACE = "asks from namespaces of the tests' own"
ADDRESSES = "asks from several addresses, and all clients are the gateway's here"
COMMAND = "gives the command bulkhead, which no container of a route has"
FILES = "changes sockets and processes in the state folder"
TLS = "is about TLS, which docker-compose.tls.yml brings"
DATABASE = "is about a deployment without a trail, and this one has one"
ROOT = "is about layers that root's start gives; tests/containers has those of containers"

# Which of those it is: BULKHEAD_STACK.
STACKS = ("compose", "kubernetes", "systemd")
IN_A_POD = os.environ.get("BULKHEAD_STACK") == "kubernetes"
OF_SYSTEMD = os.environ.get("BULKHEAD_STACK") == "systemd"

# What makes a deployment that is asked through HTTP alone.
GENERAL = {"make_stack", "make_trail"}
BY_FIXTURE = {"own": OWN, "down": OWN, "copy": OWN, "lab": NAMESPACE}
BY_FILE = {
    "test_bulkhead.py": COMMAND,
    "test_bulkhead_lies.py": COMMAND,
    "test_bulkhead_users.py": FILES,
    "test_edge_walls.py": FILES,
}
# file and test, and where only some of its cases are meant a part of their names
BY_TEST = {
    ("test_audit.py", "test_401", ""): ADDRESSES,
    ("test_audit.py", "test_the_password_is_quick_the_second_time", ""): ADDRESSES,
    ("test_audit.py", "test_too_many_guesses", ""): ADDRESSES,
    ("test_edge.py", "test_access_log_is_json_whatever_comes", ""): ADDRESSES,
    ("test_edge_headers.py", "test_every_answer", "TLS"): TLS,
    ("test_edge_headers.py", "test_every_answer", "HTTP/2"): TLS,
    ("test_edge_headers.py", "test_every_answer", "audit without a database"): DATABASE,
    ("test_edge_headers.py", "test_every_answer", "health, to a stranger"): ADDRESSES,
    ("test_edge_headers.py", "test_no_server_where_the_module_is", ""): TLS,
    ("test_edge_proxies.py", "test_nobody_elses_word", ""): ADDRESSES,
    ("test_edge_limits.py", "test_one_client_does_not_limit_another", ""): ADDRESSES,
    ("test_healthz.py", "test_from_elsewhere", ""): ADDRESSES,
    ("test_healthz.py", "test_by_default_from_this_machine", ""): ADDRESSES,
    ("test_healthz.py", "test_all_processes_are_gone", ""): FILES,
    ("test_healthz.py", "test_another_program_at_a_socket", ""): FILES,
    ("test_healthz.py", "test_probes_leave_no_trace", ""): COMMAND,
    ("test_healthz.py", "test_what_its_user_can_do", ""): FILES,
    ("test_hostile.py", "test_the_counters_are_readable", ""): COMMAND,
    ("test_metrics.py", "test_a_failed_one", ""): DATABASE,
    ("test_metrics.py", "test_connections", ""): FILES,
    ("test_metrics.py", "test_a_new_process_is_a_new_page", ""): COMMAND,
    ("test_metrics.py", "test_since_when_and_behind_which_walls", ""): ROOT,
    ("test_openapi.py", "", "/audit"): ON_THIS_MACHINE,
    ("test_readme.py", "test_bulkhead", ""): COMMAND,
}
REASONS = {ON_THIS_MACHINE, *BY_FILE.values(), *BY_FIXTURE.values(), *BY_TEST.values()}


def leave_out(items):
    for item in items:
        reason = why_not(item)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_not(item):
    """None for a test that is to run."""
    if item.path.name in BY_FILE:
        return BY_FILE[item.path.name]
    for (file, test, case), reason in BY_TEST.items():
        if (item.path.name == file and test in ("", item.originalname)
                and (case == "" or case in item.name.partition("[")[2])):
            return reason
    for fixture in item.fixturenames:
        if fixture in BY_FIXTURE:
            return BY_FIXTURE[fixture]
    return None if GENERAL & set(item.fixturenames) else ON_THIS_MACHINE


# --- a deployment in containers -------------------------------------------------------------------

_running = {}  # by its settings: for all tests that want the same


def make_stack(**settings):
    """A context, as Stack is; what is in containers stays up until close_all()."""
    if settings.get("HEALTH_FROM", "").startswith("127.0.0.1"):
        del settings["HEALTH_FROM"]  # the gateway has loopback's part here, and that by default
    key = tuple(sorted(settings.items()))
    if key not in _running:
        _running[key] = deploy(**settings)
    return contextlib.nullcontext(_running[key])


def close_all():
    while _running:
        _running.popitem()[1].close()
    if IN_A_POD:
        pods().close()


def pods():
    """The module of those in pods."""
    for name in ("sandbox", "containers", "kubernetes"):
        folder = str(pathlib.Path(__file__).resolve().parents[1] / name)
        if folder not in sys.path:
            sys.path.insert(1, folder)
    import deployed  # pylint: disable=import-outside-toplevel
    return deployed


def machine_of_systemd(**settings):
    sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "systemd"))
    from machine import Machine  # pylint: disable=import-outside-toplevel
    return Machine(PASSWORD, **{"RATE_LIMIT": "10", "PING_RATE_LIMIT": "2", **settings}).up()


def deploy(**settings):
    """One that nobody shares, up and healthy."""
    if IN_A_POD:
        return pods().Deployment(**settings)
    if OF_SYSTEMD:
        return machine_of_systemd(**settings)
    sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "containers"))
    from compose_stack import ComposeStack  # pylint: disable=import-outside-toplevel

    class Deployment(ComposeStack):
        """Asked like a Stack."""

        keeps_trail = True

        def __init__(self):
            defaults = {"RATE_LIMIT": "10", "PING_RATE_LIMIT": "2"}
            super().__init__(**defaults | settings)
            file = self.folder / "password"
            file.write_text(PASSWORD + "\n")
            self.settings["PASSWORD_FILE"] = str(file)

        def access_log(self):
            said = subprocess.run(["docker", "logs", self.id("edge")], capture_output=True,
                                  text=True, check=True, timeout=60).stdout
            return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

        def pids(self, route):
            """The programs, as the host numbers them: children of each container's multiwatch."""
            return [pid for service in (route, f"{route}-2") for pid in children(self.pid(service))]

        def edge(self):
            return self.pid("edge")

        def workers(self):
            return children(self.edge())

    return Deployment().up()


# --- a trail in containers ------------------------------------------------------------------------

def make_trail():
    return PodTrail() if IN_A_POD else ComposeTrail()


class TrailBehindNginx:
    """Who has its stack, and asks it."""

    def add(self, records):
        statement, ids = insertion(records)
        self.ask(statement)
        return ids

    def audit(self):
        return contextlib.nullcontext(ComposeAudit(self.stack))


class PodTrail(TrailBehindNginx):
    """Likewise, and the database is outside."""

    def __init__(self):
        self.trail = pods().Trail()
        self.stack, self.ask, self.remove = self.trail.stack, self.trail.ask, self.trail.remove


class ComposeTrail(TrailBehindNginx):
    """Whose shipper stands still: what is in it are the records that a test has put there."""

    def __init__(self):
        self.stack = deploy(**LIMITS_OFF)
        self.stack.stop("trail")
        # Nobody may; who owns the server can switch that off.
        self.ask("SET session_replication_role = replica; TRUNCATE trail.records")

    def ask(self, statement):
        place = "/var/lib/bulkhead/database/socket"
        subprocess.run(["docker", "exec", "-i", self.stack.id("db"), "psql", "-XAtq", "-v",
                        "ON_ERROR_STOP=1", "-h", place, "-U", "postgres", "-d", "bulkhead"],
                       input=statement, text=True, check=True, timeout=60, capture_output=True)

    def remove(self):
        self.stack.close()


class ComposeAudit:
    """The program, through nginx."""

    def __init__(self, stack):
        self.port = stack.port

    def get(self, query="", accept="", method="GET", authorization=None) -> Answer:
        given = basic() if authorization is None else authorization
        headers = {"Accept": accept, "Authorization": given}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            return ask(connection, f"/audit?{query}",
                       {name: value for name, value in headers.items() if value}, method)
