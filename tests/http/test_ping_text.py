"""
/ping's text, compared with what the real ping prints in the same namespace about the same address.

Times are masked, and one blank: iputils 20240905 (Debian 13) writes "PING ::1 (::1)" where 20221126
(Debian 12), which is our model, writes "PING ::1(::1)".
"""

import re
import subprocess
from urllib.parse import quote

import pytest

from ping_lab import (DEVICE, FAR4, FAR6, NOBODY4, NOBODY6, SILENT4, SILENT6, Lab, need,
                      need_tools)
from program import cgi

TIMEOUT = 0.7  # seconds; a neighbour is given up after 0.1


@pytest.fixture(scope="module", params=["raw", "datagram"])
def kind(request, lab):
    """Both kinds of socket give the same answers; ping uses the same kind as we do."""
    lab.use_sockets(request.param)
    return request.param


FIREWALL = """
table inet filter {
    chain output {
        type filter hook output priority 0;
        ip daddr 198.51.100.71 drop
        ip daddr 198.51.100.72 reject
        ip daddr 198.51.100.73 reject with icmp type admin-prohibited
        ip6 daddr 2001:db8:1::71 drop
        ip6 daddr 2001:db8:1::72 reject
        ip6 daddr 2001:db8:1::73 reject with icmpv6 type admin-prohibited
    }
}
"""


@pytest.fixture(scope="module")
def firewall(lab):
    """In namespace `near`, so it is the sender's own."""
    with lab.inside():
        done = subprocess.run(["nft", "-f", "-"], input=FIREWALL, text=True, capture_output=True,
                              timeout=20, check=False)
    need(done.returncode == 0, f"a kernel with nftables ({done.stderr.strip()})")


def real_ping(address):
    done = subprocess.run(["ping", "-n", "-c", "1", "-W", str(TIMEOUT), address], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
    return done.stdout


def our_ping(address, **variables):
    return cgi("ping", "ip=" + quote(address), PING_TIMEOUT_MS=str(int(TIMEOUT * 1000)),
               PING_DENY="none", **variables).reply


def masked(text):
    text = re.sub(r"time=[0-9.]+ ms", "time=T ms", text)
    # How long it took the real one to see an error: 0, unless the machine is busy.
    text = re.sub(r", time \d+ms", ", time Tms", text)
    text = re.sub(r"= [0-9.]+/[0-9.]+/[0-9.]+/0\.000 ms", "= T/T/T/0.000 ms", text)
    return re.sub(r"^PING (\S+) \((\S+)\) (\d+) data bytes", r"PING \1(\2) \3 data bytes", text)


def compare(lab, address, said):
    """Byte for byte but for the masks; `said` has to be in both, or the row is about nothing."""
    with lab.inside():
        theirs, ours = masked(real_ping(address)), our_ping(address)
    assert ours.status == 200, ours.text
    assert said in theirs, "the namespace is not what the row says"
    assert masked(ours.text) == theirs


SAME = {
    "loopback": ("127.0.0.1", "1 received"),
    "another address of loopback": ("127.8.9.10", "1 received"),
    "loopback of IPv6": ("::1", "1 received"),
    "a neighbour": (FAR4, "ttl=64"),
    "a neighbour of IPv6": (FAR6, "ttl=64"),
    "a text that is not canonical": ("2001:0DB8:1:0::0002", "PING 2001:0DB8:1:0::0002(2001:db8:1"),
    "silence": (SILENT4, "0 received, 100% packet loss"),
    "silence of IPv6": (SILENT6, "0 received, 100% packet loss"),
    "no answer to ARP": (NOBODY4, "Destination Host Unreachable"),
    "no answer to neighbour discovery": (NOBODY6, "Destination unreachable: Address unreachable"),
    "a router: prohibited": ("192.0.2.1", "Packet filtered"),
    "a router: prohibited, IPv6": ("2001:db8:2::1", "Administratively prohibited"),
    "a router: unreachable": ("192.0.2.65", "Destination Host Unreachable"),
    "a router: unreachable, IPv6": ("2001:db8:3::1", "Destination unreachable: No route"),
    "a router: no route": ("192.0.2.129", "Destination Net Unreachable"),
    "a router: no route, IPv6": ("2001:db8:4::1", "No route"),
    "a loop": ("192.0.2.193", "Time to live exceeded"),
    "a loop of IPv6": ("2001:db8:5::1", "Time exceeded: Hop limit"),
    "a route of our own: unreachable": ("203.0.113.1", "connect: No route to host"),
    "a route of our own: unreachable, IPv6": ("2001:db8:6::1", "connect: No route to host"),
    "a route of our own: prohibited, IPv6": ("2001:db8:7::1", "connect: Permission denied"),
    "a route of our own: blackhole": ("203.0.113.129", "connect: Invalid argument"),
    "a route of our own: blackhole, IPv6": ("2001:db8:8::1", "connect: Invalid argument"),
    "no route": ("203.0.113.200", "connect: Network is unreachable"),
    "no route, IPv6": ("2001:db9::1", "connect: Network is unreachable"),
    "this host": ("0.0.0.0", "PING 0.0.0.0 (127.0.0.1)"),
    "a zone by name": (f"fe80::2%{DEVICE}", "1 received"),
    "a zone by name, no answer": (f"fe80::77%{DEVICE}", f"From fe80::1%{DEVICE} icmp_seq=1"),
    "a zone by name that is none": ("fe80::2%nosuch", "Name or service not known"),
    "a zone by name of a global address": ("::1%lo", "Name or service not known"),
    "a zone by number of a global address": ("::1%1", "PING ::1%1(::1%1)"),
    "no such zone, of a global address": ("::1%99", "PING ::1%99(::1%99)"),
    "zone 0": ("::1%0", "PING ::1%0(::1)"),
    "a zone that is too large": ("::1%4294967296", "Name or service not known"),
    "a group": (f"ff02::1%{DEVICE}", "1 received"),
    "a subnet's routers": ("2001:db8:1::", "1 received"),
}


@pytest.mark.parametrize("row", SAME)
def test_same(lab, kind, row):
    compare(lab, *SAME[row])


def test_zone_by_number(lab, kind):
    """Both print the interface's name for it."""
    compare(lab, f"fe80::2%{lab.index()}", f"(fe80::2%{DEVICE})")


REJECTED = {
    "rejected": ("198.51.100.72", "Destination Port Unreachable"),
    "rejected as prohibited": ("198.51.100.73", "Packet filtered"),
    "rejected, IPv6": ("2001:db8:1::72", "Port unreachable"),
    "rejected as prohibited, IPv6": ("2001:db8:1::73", "Administratively prohibited"),
}


@pytest.mark.parametrize("row", REJECTED)
def test_firewall(lab, kind, firewall, row):
    """Our own firewall: an ICMP error, and as a rule the kernel's refusal as well, in one text."""
    compare(lab, *REJECTED[row])


# What this version of ping loses: its own line about a refused send. See report.h.
LOST = {
    "dropped by our own firewall": ("198.51.100.71", "Operation not permitted"),
    "dropped by our own firewall, IPv6": ("2001:db8:1::71", "Operation not permitted"),
    "a mapped address": (f"::ffff:{FAR4}", "Network is unreachable"),
    "a mapped loopback address": ("::ffff:127.0.0.1", "Network is unreachable"),
    "no such zone": ("fe80::2%99", "Network is unreachable"),
}


@pytest.mark.parametrize("row", LOST)
def test_lost_line(lab, kind, firewall, row):
    """The same but for that line, which says why nothing was received."""
    address, reason = LOST[row]
    with lab.inside():
        theirs, ours = masked(real_ping(address)), our_ping(address)
    line = f"ping: sendmsg: {reason}\n"
    is_told = not (kind == "datagram" and address.startswith("2001:"))  # by such a socket: silence
    assert (line in ours.text) == is_told
    assert masked(ours.text).replace(line, "") == theirs.replace(line, "")


FORBIDDEN = {
    "a network's broadcast address": "198.51.100.255",
    "loopback's broadcast address": "127.255.255.255",
    "a prohibited route": "203.0.113.65",
}


@pytest.mark.parametrize("row", FORBIDDEN)
def test_broadcast(lab, kind, row):
    """ping asks whether a broadcast is meant, for the kernel says EACCES; we do not send any."""
    with lab.inside():
        theirs, ours = real_ping(FORBIDDEN[row]), our_ping(FORBIDDEN[row])
    assert "Do you want to ping broadcast?" in theirs
    assert (ours.status, ours.json()["error"]) == (403, "Address not allowed")


def test_without_ipv6():
    """IPv6 switched off by sysctl: the socket opens, and no address is left."""
    need_tools("ip", "ping")
    bare = Lab()
    try:
        bare.set("near", "ipv6/conf/lo/disable_ipv6", "1")  # this removes routes as well
        compare(bare, "::1", "connect: ")
    finally:
        bare.remove()


# --- JSON -----------------------------------------------------------------------------------------

MEMBERS = ["address", "family", "transmitted", "received", "rtt_ms", "ttl", "icmp"]
TIME = object()  # some time, with at most three decimals

JSON = {
    "a reply": (FAR4, [FAR4, "ipv4", 1, 1, TIME, 64, None]),
    "a reply of IPv6": ("2001:DB8:1::0:2", [FAR6, "ipv6", 1, 1, TIME, 64, None]),
    "a scope": (f"FE80::2%{DEVICE}", [f"fe80::2%{DEVICE}", "ipv6", 1, 1, TIME, 64, None]),
    "this host": ("0.0.0.0", ["0.0.0.0", "ipv4", 1, 1, TIME, 64, None]),
    "this host, IPv6": ("::", ["::", "ipv6", 1, 1, TIME, 64, None]),
    "silence": (SILENT4, [SILENT4, "ipv4", 1, 0, None, None, None]),
    "an error": (NOBODY4, [NOBODY4, "ipv4", 1, 0, None, None, "Destination Host Unreachable"]),
    "an error of IPv6": ("2001:db8:4::1", ["2001:db8:4::1", "ipv6", 1, 0, None, None,
                                           "Destination unreachable: No route"]),
    "no route": ("203.0.113.200", ["203.0.113.200", "ipv4", 0, 0, None, None,
                                   "Network is unreachable"]),
    "no zone": ("::1%lo", ["::1%lo", "ipv6", 0, 0, None, None, "Name or service not known"]),
    "control characters": ("::1%\n\x1b", ["::1%\\012\\033", "ipv6", 0, 0, None, None,
                                          "Name or service not known"]),
    "a refused send": (f"::ffff:{FAR4}", [f"::ffff:{FAR4}", "ipv6", 1, 0, None, None,
                                          "Network is unreachable"]),
}


@pytest.mark.parametrize("row", JSON)
def test_json(lab, kind, row):
    """Which members, in which order, and what they are when there is nothing to say."""
    address, expected = JSON[row]
    with lab.inside():
        reply = our_ping(address, accept="application/json")
    answer = reply.json()
    assert reply.status == 200 and list(answer) == MEMBERS
    for member, value in zip(MEMBERS, expected):
        if value is TIME:
            assert 0 < answer[member] < TIMEOUT * 1000
            assert re.search(r'"rtt_ms": ?\d+\.\d{3},', reply.text)
        else:
            assert answer[member] == value, member
