"""
One pod, asked as tests/http asks a deployment: BULKHEAD_STACK=kubernetes. All pods are one
engine's, which ends with the process; whoever changes the trail has a database of its own.
"""

import json

from audit_lab import DATABASE, PASSWORD
from cluster import Cluster
from stack import LIMITS_OFF, Asking, children, free_port

_shared = []  # the Cluster that all but trails live in


def shared():
    if not _shared:
        _shared.append(Cluster().__enter__())
    return _shared[0]


def close():
    while _shared:
        _shared.pop().__exit__()


class Deployment(Asking):
    """Asked like a Stack. Of that cluster, or of the one that all share."""

    sees_sources = False  # the client is the gateway

    keeps_trail = True
    password = PASSWORD

    def __init__(self, cluster=None, **settings):
        self.cluster = cluster or shared()
        self.port = free_port()
        self.pod = self.cluster.start_pod(self.port, self.cluster.render(
            **{"RATE_LIMIT": "10", "PING_RATE_LIMIT": "2", **settings}))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        if self.pod in self.cluster.pods:
            self.cluster.pods.remove(self.pod)
            self.pod.remove()

    def access_log(self):
        said = self.cluster.podman("logs", self.pod.container("edge")).stdout
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def pids(self, route):
        """The programs, as the host numbers them: children of each container's multiwatch."""
        return [pid for number in (1, 2) for pid in children(self.pod.pid(f"{route}-{number}"))]

    def edge(self):
        return self.pod.pid("edge")

    def workers(self):
        return children(self.edge())


class Trail:
    """Whose shipper stands still: what is in it are the records that a test has put there."""

    def __init__(self):
        self.cluster = Cluster(shared().podman).__enter__()
        self.stack = Deployment(self.cluster, **LIMITS_OFF)
        self.cluster.podman("stop", self.stack.pod.container("trail"))
        # Nobody may; who owns the server can switch that off.
        self.ask("SET session_replication_role = replica; TRUNCATE trail.records")

    def ask(self, statement):
        self.cluster.server.sql(statement, DATABASE)

    def remove(self):
        self.cluster.__exit__()
