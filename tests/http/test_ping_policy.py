"""
/ping's policy: what is refused, and that nothing at all is sent then; and its rights: which socket
it can open, and what it says without one.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
from urllib.parse import quote

import fcgi_client
import pytest

from hostile_responder import sniffing
from ping_lab import DEVICE, FAR4, FAR6, SILENT4, Lab, need_tools
from program import BUILD, cgi, clean_environment, run


@pytest.fixture(scope="module")
def lab():
    need_tools("ip")
    made = Lab()
    made.near(f"route add default via {FAR4}")  # so that whatever is sent can be seen
    made.near(f"-6 route add default via {FAR6}")
    yield made
    made.remove()


def ask(lab, address, **settings):
    settings = {"PING_TIMEOUT_MS": "100"} | settings
    with lab.inside():
        return cgi("ping", "ip=" + quote(address), **settings).reply


def ask_and_look(lab, address, **settings):
    """The answer, and the echo requests that left meanwhile."""
    with sniffing(lab) as seen:
        answer = ask(lab, address, **settings)
    return answer, seen


def test_the_sniffer_sees(lab):
    """What is sent is seen, by the pair and by loopback; else the tests below are about nothing."""
    for address in (FAR4, SILENT4, FAR6, "127.0.0.1", "::1", "2002:808:808::1"):
        answer, seen = ask_and_look(lab, address)
        assert answer.status == 200
        assert len(seen) == 1, address


DENIED = {
    "unspecified": "0.0.0.0",
    "unspecified, IPv6": "::",
    "limited broadcast": "255.255.255.255",
    "multicast": "224.0.0.1",
    "multicast, the last": "239.255.255.255",
    "multicast, IPv6": "ff05::1",
    "all nodes": f"ff02::1%{DEVICE}",
    "the metadata service": "169.254.169.254",
    "link-local": f"fe80::2%{DEVICE}",
    "link-local without a zone": "fe80::2",
    "link-local, the last": "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "mapped": "::ffff:169.254.169.254",
    "mapped, in hexadecimal": "::ffff:a9fe:a9fe",
    "mapped, in full": "0000:0000:0000:0000:0000:FFFF:A9FE:A9FE",
    "mapped, with a scope": "::ffff:169.254.169.254%1",
    "compatible": "::169.254.169.254",
    "translated": "::ffff:0:169.254.169.254",
    "6to4": "2002:a9fe:a9fe::1",
    "NAT64": "64:ff9b::169.254.169.254",
    "NAT64, prefix of 48 bits": "64:ff9b:1:a9fe:a9:fe00::",
    "NAT64, prefix of 56 bits": "64:ff9b:1:a9:fe:a9fe::",
    "NAT64, prefix of 64 bits": "64:ff9b:1:0:a9:fea9:fe00:0",
    "NAT64, prefix of 96 bits": "64:ff9b:1::169.254.169.254",
    "Teredo's server": "2001:0:a9fe:a9fe::1",
    "Teredo's client": "2001:0:808:808::5601:5601",
    "ISATAP": "2001:db8::5efe:169.254.169.254",
    "ISATAP, global": "2001:db8::200:5efe:169.254.169.254",
    "a broadcast address, by the kernel's word": "198.51.100.255",
}


@pytest.mark.parametrize("row", DENIED)
def test_denied(lab, row):
    """403, and not a packet."""
    answer, seen = ask_and_look(lab, DENIED[row])
    assert (answer.status, answer.json()["error"]) == (403, "Address not allowed")
    assert seen == []


INVALID = ["", "localhost", "127.1", "0x7f000001", "2130706433", "127.0.0.01", "127.0.0.1/32",
           "::1/128", "[::1]", "127.0.0.1;id", "$(id)", "-f", "::1%a/b", "127.0.0.1 ",
           "\n127.0.0.1"]


@pytest.mark.parametrize("address", INVALID)
def test_invalid(lab, address):
    """400, and not a packet: none of it is resolved, executed or guessed at."""
    answer, seen = ask_and_look(lab, address)
    assert (answer.status, answer.json()["error"]) == (400, "Invalid IP address")
    assert answer.json()["detail"]
    assert seen == []


DENY, ALLOW = "PING_DENY", "PING_ALLOW"

SETTINGS = {
    "denied by a list of our own": ({DENY: "198.51.100.0/24"}, FAR4, 403),
    "which replaces the default": ({DENY: "198.51.100.0/24"}, f"fe80::2%{DEVICE}", 200),
    "nothing denied": ({DENY: "none"}, f"fe80::2%{DEVICE}", 200),
    "an empty list is the default": ({DENY: ""}, f"fe80::2%{DEVICE}", 403),
    "a rule for IPv4 meets 6to4": ({DENY: "10.0.0.0/8"}, "2002:a00:1::", 403),
    "a rule for IPv4 meets NAT64": ({DENY: "10.0.0.0/8"}, "64:ff9b::10.0.0.1", 403),
    "allowed": ({ALLOW: "198.51.100.0/24"}, FAR4, 200),
    "not among the allowed": ({ALLOW: "198.51.100.0/24"}, "127.0.0.1", 403),
    "nor of that family": ({ALLOW: "198.51.100.0/24"}, "::1", 403),
    "an empty list allows all": ({ALLOW: ""}, "127.0.0.1", 200),
    "denied although allowed": ({ALLOW: "0.0.0.0/0 ::/0"}, "169.254.169.254", 403),
    "allowed IPv6 that leads to IPv4": ({ALLOW: "2000::/3"}, "2002:7f00:1::", 403),
    "commas, blanks": ({ALLOW: "10.0.0.0/8, 198.51.100.2 ,::1"}, FAR4, 200),
}


@pytest.mark.parametrize("row", SETTINGS)
def test_settings(lab, row):
    """PING_DENY and PING_ALLOW; a refusal sends nothing."""
    settings, address, status = SETTINGS[row]
    answer, seen = ask_and_look(lab, address, **settings)
    assert answer.status == status
    assert (len(seen) == 0) == (status == 403)


WRONG = {
    "a list with a host in it": ({DENY: "::1, 10.0.0.1/8"}, "entry 2, '10.0.0.1/8'"),
    "a list with a name in it": ({ALLOW: "example.org"}, "entry 1, 'example.org'"),
    "257 networks": ({DENY: "::1 " * 257}, "entry 257"),
    "no time": ({"PING_TIMEOUT_MS": "0"}, "1 to 60000"),
    "over a minute": ({"PING_TIMEOUT_MS": "60001"}, "1 to 60000"),
}


@pytest.mark.parametrize("row", WRONG)
def test_wrong_settings(row):
    """Refused at start; of a list, with the entry that is wrong."""
    settings, said = WRONG[row]
    done = run("ping", "--check", environment=settings)
    assert done.code == 1 and said in done.errors and list(settings)[0] in done.errors


# --- rights ---------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def program_of_all():
    """A copy that any user may run: the repository may be where only its owner can look."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-ping-"))
    folder.chmod(0o755)
    yield shutil.copy(BUILD / "cgi-src/ping", folder / "ping")
    shutil.rmtree(folder)


def ask_as_nobody(lab, program, address):
    """As a user without any right from the start; the reply, and what was logged."""
    nobody = pwd.getpwnam("nobody")
    variables = {"REQUEST_METHOD": "GET", "QUERY_STRING": "ip=" + address, "PING_TIMEOUT_MS": "500"}
    with lab.inside():
        done = subprocess.run([program], env=clean_environment(variables), capture_output=True,
                              user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], timeout=20,
                              check=False, stdin=subprocess.DEVNULL)
    return fcgi_client.Reply(*fcgi_client.parse_cgi(done.stdout)), done.stderr.decode()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_without_a_right(lab, program_of_all, address):
    """It runs, says at start what is missing and how to get it, and answers 503."""
    lab.use_sockets("raw")
    reply, log = ask_as_nobody(lab, program_of_all, address)
    assert (reply.status, reply.json()["error"]) == (503, "Service unavailable")
    assert log.count("no ICMP socket for IPv") == 2
    assert "net.ipv4.ping_group_range" in log and "root" in log


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_with_the_group_range(lab, program_of_all, address):
    """A datagram socket needs no right but that."""
    lab.use_sockets("datagram")
    reply, log = ask_as_nobody(lab, program_of_all, address)
    lab.use_sockets("raw")
    assert reply.status == 200 and "1 received" in reply.text
    assert "ICMP" not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts with rights to lose")
def test_rights_are_gone_when_it_answers(lab):
    """The socket was opened before, so a program without any capability still sends."""
    lab.use_sockets("raw")
    assert "1 received" in ask(lab, "127.0.0.1").text
