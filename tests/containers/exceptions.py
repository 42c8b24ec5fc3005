"""
Doors that are open, each with its reason: which parts, which attempts (both may have an asterisk),
why. All other attempts are refused in all parts. A row that nothing needs any more is a failure,
unless it depends on the engine.
"""

import fnmatch
from dataclasses import dataclass

from expected import STATE, WRITERS
from stack import ROUTES

ALL = ("*",)
JOURNAL = f"{STATE}/journal"
CLUSTER = f"{STATE}/database/cluster"
DATABASE = f"{STATE}/database/socket"
OWN = "it is the part's own"


@dataclass(frozen=True)
class Door:
    parts: tuple
    attempts: tuple
    why: str
    depends: bool = False  # on the version of the engine


def of_route(route):
    return (route, f"{route}-2")


def files_in(*folders):
    """No volume on a disk can be mounted without the right to run what is in it."""
    return tuple(f"{kind}:{folder}" for kind in ("create", "run", "map") for folder in folders)


DOORS = [
    # what a part is there for
    Door(("edge",), ("fastcgi:*",), "it asks the programs"),
    Door(("edge",), ("bind:80",), "its port is the operator's choice"),
    Door(of_route("ping"), ("echo:*", "socket:2,2,1"), "it sends echoes, to whom it is told"),
    Door(of_route("audit"), ("read:/run/secrets/password", "list:/run/secrets"),
         "it asks for that password"),
    Door(of_route("audit"), ("postgres:bulkhead_audit@/run/postgresql/*",),
         "it reads the trail, which is all that the role may"),
    Door(("trail",), ("postgres:bulkhead_trail@/run/postgresql/*",),
         "it adds to the trail, which is all that the role may"),
    Door(("db",), ("postgres:postgres@*",), "it is the database"),
    Door(("db",), ("setuid:10008",), OWN),
    # its own files
    Door(tuple(name for route in ROUTES for name in of_route(route)),
         ("create:/run/bulkhead", *files_in(JOURNAL)), OWN),
    Door(("edge",), (f"create:{STATE}", *files_in(f"{JOURNAL}/edge"), f"list:{JOURNAL}/edge"), OWN),
    Door(("trail",), ("create:/run/bulkhead", *files_in(JOURNAL)), OWN),
    Door(("trail",), (*files_in(*(f"{JOURNAL}/{name}" for name in WRITERS)), f"list:{JOURNAL}/*"),
         "it removes what it has shipped"),
    Door(("db",), (f"create:{STATE}", f"create:{DATABASE}", *files_in(CLUSTER), f"list:{CLUSTER}",
                   f"read:{CLUSTER}/PG_VERSION"), OWN),
    # what the engine leaves to every container: it is for each program's own seccomp filter
    Door(ALL, ("memfd:probe",), "memory may be run: no option of the engine's says otherwise"),
    Door(ALL, ("create:/dev/mqueue",), "a queue in an IPC namespace of its own, with nobody"),
    Door(ALL, ("call:io-uring",), "the seccomp profile of engines before 25 allows it", True),
    Door(ALL, ("socket:40,1,0",), "the seccomp profile of engines before 24 allows it", True),
    # what a network cannot be told by Compose: a host's firewall can
    Door(("edge", *of_route("ping")), tuple(f"{kind}:{{{to}}}" for kind in ("tcp", "udp")
                                            for to in ("frontend", "gateway", "host")),
         "the gateway of its network is the host, whose ports answer there as on any address"),
    Door(("edge",), ("tcp:{neighbour}", "udp:{neighbour}"),
         "the answer finds the way where the host is the router; elsewhere none does"),
    Door(of_route("ping"), tuple(f"{kind}:{{{to}}}" for kind in ("tcp", "udp")
                                 for to in ("internet", "neighbour", "metadata")),
         "a network that lets echoes out lets all out"),
    Door(of_route("ping"), ("dns:{resolver}",), "the same, to a resolver"),
]


def is_open(door, part, attempt):
    return (any(fnmatch.fnmatchcase(part, each) for each in door.parts)
            and any(attempt == each or fnmatch.fnmatchcase(attempt, each)
                    for each in door.attempts))


def doors_for(part, attempt):
    return [door for door in DOORS if is_open(door, part, attempt)]
