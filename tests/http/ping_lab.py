"""
Two network namespaces of the tests' own, joined by a veth pair: `near`, where ping runs, and `far`.

Nothing leaves the machine. A thread that is `inside` a namespace opens sockets and starts programs
there; both stay there when the thread has left.

Addresses in `near` (RFC 5737 and 3849 ones; `far` has 198.51.100.2 and 2001:db8:1::2):

    198.51.100.1        2001:db8:1::1       near itself
    198.51.100.2        2001:db8:1::2       far: answers
    198.51.100.66       2001:db8:1::66      far drops it silently, being no router for its own net
    198.51.100.100-199  2001:db8:1::100-199 the same: for responders of the tests
    198.51.100.77       2001:db8:1::77      nobody: no answer to ARP or neighbour discovery
    192.0.2.0/26        2001:db8:2::/64     far is the router, and says: prohibited
    192.0.2.64/26       2001:db8:3::/64     ... unreachable
    192.0.2.128/26      2001:db8:4::/64     ... no route
    192.0.2.192/26      2001:db8:5::/64     far sends it back: a loop
    203.0.113.0/26      2001:db8:6::/64     near: an unreachable route
    203.0.113.64/26     2001:db8:7::/64     near: a prohibited route
    203.0.113.128/26    2001:db8:8::/64     near: a blackhole route
    everything else                         no route
"""

import contextlib
import ctypes
import itertools
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

NEAR4, FAR4, SILENT4, NOBODY4 = (f"198.51.100.{host}" for host in (1, 2, 66, 77))
NEAR6, FAR6, SILENT6, NOBODY6 = (f"2001:db8:1::{host}" for host in (1, 2, 66, 77))
DEVICE = "bh-near"
PEER = "bh-far"
SILENT_HOSTS = [66, *range(100, 200)]

CLONE_NEWNET = 0x40000000
CI = os.environ.get("CI") == "true"


def need(condition, what):
    """A missing prerequisite: a failure in CI, a skip elsewhere."""
    if condition:
        return
    if CI:
        pytest.fail(f"{what} is needed")
    pytest.skip(f"{what} is needed")


def need_tools(*tools):
    need(os.geteuid() == 0, "root, to make network namespaces,")
    for tool in tools:
        need(shutil.which(tool), f"the program {tool}")


def need_echo():
    """Who may not open an ICMP socket gets a 503 for each ping."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
    except PermissionError:
        need(os.geteuid() == 0, "root, or a group of net.ipv4.ping_group_range,")


def ip(*words, namespace=None, check=True):
    command = ["ip", *(["-n", namespace] if namespace else []), *" ".join(words).split()]
    subprocess.run(command, check=check, capture_output=True, timeout=20)


_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Lab:
    made = itertools.count()

    def __init__(self):
        unique = f"{os.getpid()}-{next(self.made)}"
        self.names = {side: f"bulkhead-{side}-{unique}" for side in ("near", "far")}
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def remove(self):
        for name in self.names.values():
            ip("netns del", name, check=False)

    @contextlib.contextmanager
    def inside(self, side="near"):
        """The calling thread is in that namespace until the end of the block."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.names[side]}", os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(home)
            os.close(there)
            os.close(home)

    def set(self, side, name, value):
        """A sysctl below net."""
        with self.inside(side):
            pathlib.Path("/proc/sys/net", name).write_text(value)

    def near(self, *words):
        ip(*words, namespace=self.names["near"])

    def far(self, *words):
        ip(*words, namespace=self.names["far"])

    def link_address(self, side):
        """The link-layer and the link-local address of a side of the pair."""
        device = DEVICE if side == "near" else PEER
        with self.inside(side):
            shown = subprocess.run(["ip", "-o", "addr", "show", "dev", device, "scope", "link"],
                                   check=True, capture_output=True, text=True).stdout
            link = subprocess.run(["ip", "-o", "link", "show", "dev", device],
                                  check=True, capture_output=True, text=True).stdout
        return link.split("link/ether ")[1].split()[0], shown.split("inet6 ")[1].split("/")[0]

    def index(self):
        with self.inside("near"):
            return int(subprocess.run(["ip", "-o", "link", "show", "dev", DEVICE], check=True,
                                      capture_output=True, text=True).stdout.split(":")[0])

    def use_sockets(self, kind):
        """Which kind programs that start from now on can open: by the group range, icmp(7)."""
        self.set("near", "ipv4/ping_group_range",
                 "0 2147483647" if kind == "datagram" else "1 0")

    def _make(self):
        for name in self.names.values():
            ip("netns add", name)
            ip("link set lo up", namespace=name)
        self.near(f"link add {DEVICE} type veth peer name {PEER} netns {self.names['far']}")
        for side, device in ((self.near, DEVICE), (self.far, PEER)):
            host = 1 if side == self.near else 2
            side(f"link set {device} addrgenmode none")  # the link-local address is ours, below
            side(f"addr add 198.51.100.{host}/24 broadcast 198.51.100.255 dev {device}")
            side(f"addr add 2001:db8:1::{host}/64 dev {device} nodad")
            side(f"addr add fe80::{host}/64 dev {device} nodad")
            side(f"link set {device} up")
        self._set_timing()
        self._add_silent_hosts()
        self._add_routes()

    def _set_timing(self):
        """Errors without the kernel's limits, and a neighbour given up soon."""
        for side in ("near", "far"):
            self.set(side, "ipv4/icmp_ratelimit", "0")
            self.set(side, "ipv6/icmp/ratelimit", "0")
            self.set(side, "ipv4/conf/all/send_redirects", "0")
            self.set(side, "ipv4/ip_forward", "1")
            self.set(side, "ipv6/conf/all/forwarding", "1")
            for device in ("default", DEVICE if side == "near" else PEER):
                self.set(side, f"ipv4/conf/{device}/send_redirects", "0")
        for family in ("ipv4", "ipv6"):
            self.set("near", f"{family}/neigh/{DEVICE}/mcast_solicit", "1")
            self.set("near", f"{family}/neigh/{DEVICE}/retrans_time_ms", "100")
        self.set("near", f"ipv6/conf/{DEVICE}/accept_redirects", "0")
        self.set("near", f"ipv4/conf/{DEVICE}/accept_local", "1")  # for the loop

    def _add_silent_hosts(self):
        """Neighbours that near believes in; far gets their packets, and has a route to nowhere."""
        link = self.link_address("far")[0]
        for host in SILENT_HOSTS:
            for prefix in ("198.51.100.", "2001:db8:1::"):
                self.near(f"neigh add {prefix}{host} lladdr {link} nud permanent dev {DEVICE}")
        self.far("route add blackhole 198.51.100.64/26")
        self.far("route add blackhole 198.51.100.128/25")
        for host in SILENT_HOSTS:
            self.far(f"-6 route add blackhole 2001:db8:1::{host}/128")

    def _add_routes(self):
        for number, start in enumerate((0, 64, 128, 192)):
            # The kernel sends five errors to an address, and then one a second (ip_error).
            self.near(f"addr add 198.51.100.{10 + number}/24 dev {DEVICE}")
            self.near(f"route add 192.0.2.{start}/26 via {FAR4} src 198.51.100.{10 + number}")
        for net in (2, 3, 4, 5):
            self.near(f"-6 route add 2001:db8:{net}::/64 via {FAR6}")
        self.far("route add prohibit 192.0.2.0/26")
        self.far("route add unreachable 192.0.2.64/26")
        self.far(f"route add 192.0.2.192/26 via {NEAR4}")
        self.far("-6 route add prohibit 2001:db8:2::/64")
        self.far("-6 route add unreachable 2001:db8:3::/64")
        self.far(f"-6 route add 2001:db8:5::/64 via {NEAR6}")
        for start, net, kind in ((0, 6, "unreachable"), (64, 7, "prohibit"), (128, 8, "blackhole")):
            self.near(f"route add {kind} 203.0.113.{start}/26")
            self.near(f"-6 route add {kind} 2001:db8:{net}::/64")
