"""
What must be true of each container: one table, written by hand from what each part needs. It reads
nothing of docker-compose.yml, which is on trial.
"""

from dataclasses import dataclass, field

from stack import ROUTES

MIB = 2**20
UIDS = {"edge": 10000, "hello": 10001, "ping": 10002, "calculate": 10003, "audit": 10004,
        "healthz": 10005, "metrics": 10006, "trail": 10007, "db": 10008}
EDGE, DB = UIDS["edge"], UIDS["db"]
WRITERS = ("edge", *ROUTES)  # of a journal each
STATE = "/var/lib/bulkhead"
PROCESSES = [(route, n) for route in ROUTES for n in (1, 2)]


def sockets_of(routes=ROUTES):
    """Mounts of what each process of these routes listens on, for whoever asks them."""
    return {f"{STATE}/run/{route}-{n}": (f"{route}-{n}", "ro")
            for route, n in PROCESSES if route in routes}


def own_of(route, n):
    """Of a route's process: its socket's folder and its journal."""
    return {"/run/bulkhead": (f"{route}-{n}", "rw"),
            f"{STATE}/journal": (f"journal-{route}", "rw")}


DATABASE = {"/run/postgresql": ("database-socket", "ro")}
MORE_MOUNTS = {  # of a route, beside its own
    "audit": {**DATABASE, "/run/secrets/password": ("secrets/password", "ro")},
    "healthz": sockets_of(),
    "metrics": {**sockets_of(), f"{STATE}/run/trail": ("trail", "ro")},
}


NO_ECHOES = {"net.ipv4.ping_group_range": "1 0"}
NO_LOW_PORTS = {"net.ipv4.ip_unprivileged_port_start": "1024"}
NO_NAMES = ["127.0.0.1"]  # the resolver that the engine's own asks: none


@dataclass
class Service:
    uid: int
    gid: int
    mounts: dict  # path in the container to (volume or secret, how)
    network: str = "none"
    memory: int = 64
    cpus: float = 1.0
    pids: int = 32
    files: int = 4096
    grace: int = 10  # seconds that it has to end
    pause: float = 10.0  # seconds between two health checks
    tmpfs: dict = field(default_factory=dict)
    sysctls: dict = field(default_factory=lambda: {**NO_ECHOES, **NO_LOW_PORTS})
    dns: list = None
    after: list = field(default_factory=list)  # services that it waits for, until they are healthy
    publishes: bool = False
    signal: str = None  # that asks it to end; None: SIGTERM


ROUTE_EXTRAS = {
    "audit": {"memory": 256, "pids": 64},
    "ping": {"network": "ping", "pids": 128, "dns": NO_NAMES,
             "sysctls": {"net.ipv4.ping_group_range": "10002 10002", **NO_LOW_PORTS,
                         "net.ipv6.conf.lo.disable_ipv6": "0"}},
}


def route_service(route, n):
    # healthz and metrics may enter folders that the edge may enter.
    gid = EDGE if route in ("healthz", "metrics") else UIDS[route]
    return Service(UIDS[route], gid, own_of(route, n) | MORE_MOUNTS.get(route, {}),
                   **ROUTE_EXTRAS.get(route, {}))


EXPECTED = {
    "edge": Service(
        EDGE, EDGE, {f"{STATE}/journal/edge": ("journal-edge", "rw"), **sockets_of()},
        network="frontend", dns=NO_NAMES, sysctls=NO_ECHOES, memory=256, cpus=2.0, pids=128,
        files=10240, grace=15, pause=5.0,
        tmpfs={STATE: "size=16m,uid=10000,gid=10000,mode=0700,noexec,nosuid,nodev"},
        after=sorted(ROUTES), publishes=True, signal="SIGQUIT"),
    "trail": Service(
        UIDS["trail"], UIDS["trail"],
        {"/run/bulkhead": ("trail", "rw"), f"{STATE}/journal": ("journals", "rw"), **DATABASE,
         **{f"{STATE}/journal/{name}": (f"journal-{name}", "rw") for name in WRITERS}},
        after=["db"]),
    "db": Service(
        DB, DB, {f"{STATE}/database/cluster": ("database", "rw"),
                 f"{STATE}/database/socket": ("database-socket", "rw")},
        memory=512, cpus=2.0, pids=128, grace=60, signal="SIGINT",
        tmpfs={STATE: "size=1m,uid=10008,gid=10008,mode=0755,noexec,nosuid,nodev"}),
    **{route if n == 1 else f"{route}-{n}": route_service(route, n) for route, n in PROCESSES},
}

# --- volumes: what is in memory; all others are on the disk, and have no options ------------------

IN_MEMORY = "size=64k,nr_inodes=16,uid={uid},gid={gid},mode={mode},noexec,nosuid,nodev"
VOLUMES = {
    **{f"{route}-{n}": IN_MEMORY.format(uid=UIDS[route], gid=EDGE, mode="2750")
       for route, n in PROCESSES},
    "trail": IN_MEMORY.format(uid=UIDS["trail"], gid=EDGE, mode="0750"),
    # its folder is open, for peers are told apart by the database
    "database-socket": IN_MEMORY.format(uid=DB, gid=DB, mode="0755"),
    **{name: None for name in ("database", "journals", *(f"journal-{each}" for each in WRITERS))},
}
