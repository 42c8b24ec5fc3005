"""
Which texts /ping takes for an address, compared with CPython's own ipaddress.

The strings come from a generator whose seed is printed with a failure; ADDRESS_SEED repeats a run.
They are answered by tests/unit/address_judge.c, which reads a line each, so that many thousands
cost a second; that /ping itself asks the same parser is what the last test is about.
"""

import ipaddress
import os
import random
import secrets
import subprocess
from urllib.parse import quote

import pytest

from program import BUILD, cgi

SEED = int(os.environ.get("ADDRESS_SEED", secrets.randbits(32)))
GENERATED = 40000

# --- the generator --------------------------------------------------------------------------------

OCTETS = ["0", "1", "9", "10", "99", "127", "249", "255", "256", "300", "999", "1000", "00", "01",
          "007", "0x1", "", "-1", "+1", " 1", "1 ", "١", "１", "²", "a"]
HEXTETS = ["0", "1", "ff", "0db8", "FFFF", "abcd", "00000", "12345", "fffff", "g", "", "-1", "0x1",
           " 1", "١", "f٣", "1.2"]
SCOPES = ["eth0", "1", "0", "", "%", "a%b", "a/b", "/", " ", "\t", "\n", "é", "網", "\U0001f642",
          ":", "::1", "1.2.3.4", "x" * 300]
NOISE = list("0123456789abcdefABCDEFgx.:%/ -+[]\n\t\0é１") + ["::", "0.", ".0", "%1", ":0"]


def ipv4(rng):
    """Mostly right; a third of the time with an odd octet, or a wrong number of them."""
    good = [str(rng.randrange(256)) for _ in range(4)]
    if rng.random() < 0.2:
        good[rng.randrange(4)] = rng.choice(OCTETS)
    if rng.random() < 0.1:
        good = [rng.choice(OCTETS) for _ in range(rng.randrange(7))]
    return ".".join(good)


def hextets(rng, count):
    def one():
        if rng.random() < 0.03:
            return rng.choice(HEXTETS)
        text = f"{rng.choice([0, 0, 1, rng.randrange(65536)]):x}"
        return rng.choice([text, text.upper(), text.zfill(4)])
    return [one() for _ in range(count)]


def ipv6(rng):
    """Some hextets on both sides of a gap, or none; with IPv4 or a scope behind, or not."""
    before = ":".join(hextets(rng, rng.randrange(9)))
    after = hextets(rng, rng.randrange(9 - min(8, before.count(":"))))
    if rng.random() < 0.2:
        after = after[:-2] + [ipv4(rng)]
    gap = rng.choice(["::"] * 10 + [":"] * 6 + ["", ":::"])
    text = before + gap + ":".join(after)
    if rng.random() < 0.2:
        text += "%" + rng.choice(SCOPES)
    return text


def right(rng):
    """An address, in one of the ways to write it."""
    if rng.random() < 0.3:
        return str(ipaddress.IPv4Address(rng.randrange(2 ** 32)))
    bits = rng.randrange(2 ** 128)
    for _ in range(rng.randrange(4)):
        bits &= ~(0xffff << 16 * rng.randrange(8))
    address = ipaddress.IPv6Address(bits)
    text = rng.choice([str(address), address.exploded, str(address).upper()])
    return text + (f"%{rng.choice(SCOPES)}" if rng.random() < 0.1 else "")


def mutated(rng):
    """An address with one to three characters inserted, removed, replaced or swapped."""
    text = list(right(rng))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            text[at:at] = rng.choice(NOISE)
        elif kind == 1:
            del text[at:at + rng.randrange(1, 4)]
        elif kind == 2:
            text[at:at + 1] = rng.choice(NOISE)
        else:
            text[at:at + 2] = text[at:at + 2][::-1]
    return "".join(text)


def noise(rng):
    return "".join(rng.choice(NOISE) for _ in range(rng.randrange(40)))


def generate(seed, count):
    rng = random.Random(seed)
    kinds = [ipv4, ipv6, ipv6, right, mutated, mutated, noise]
    return [rng.choice(kinds)(rng) for _ in range(count)]


# --- the two judges -------------------------------------------------------------------------------

def cpython(text):
    """In the words of address_judge.c."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "-"
    scope = getattr(address, "scope_id", None)
    return (f"{address.version} {address.packed.hex()} "
            + ("" if scope is None else "+" + scope.encode().hex()))


def ours(texts):
    lines = "".join(text.encode().hex() + "\n" for text in texts)
    done = subprocess.run([BUILD / "tests/unit/address-judge"], input=lines, text=True,
                          capture_output=True, timeout=60, check=True)
    return done.stdout.split("\n")[:-1]


def test_generated():
    """CPython and we agree about every one: whether it is an address, which, and its scope."""
    texts = generate(SEED, GENERATED)
    answers = ours(texts)
    assert len(answers) == len(texts)
    differing = [(text, answer) for text, answer in zip(texts, answers) if cpython(text) != answer]
    assert not differing, f"ADDRESS_SEED={SEED}: {len(differing)}, first {differing[:5]}"


def test_the_generator_is_worth_its_time():
    """A good part of what it makes is accepted, of each kind; else the test above says little."""
    answers = [cpython(text) for text in generate(SEED, GENERATED)]
    assert len(set(answers)) > GENERATED / 4, f"ADDRESS_SEED={SEED}"
    for start in ("-", "4", "6"):
        assert sum(a.startswith(start) for a in answers) > GENERATED / 10, f"ADDRESS_SEED={SEED}"
    assert sum("+" in answer for answer in answers) > GENERATED / 50


# --- the same parser behind /ping -----------------------------------------------------------------

SAMPLES = ["", "1.2.3", "1.2.3.04", "localhost", "::1::", "1:2:3:4:5:6:7:8:", "::1%", "::1%a/b",
           "::1%a%b", " ::1", "[::1]", "１.2.3.4", "255.255.255.255", "ff02::1", "fe80::1%eth0",
           "::ffff:0.0.0.0"]


@pytest.mark.parametrize("text", SAMPLES, ids=[s or "empty" for s in SAMPLES])
def test_route(text):
    """400 where CPython raises; the others here are refused by the policy, so nothing is sent."""
    reply = cgi("ping", "ip=" + quote(text, safe="")).reply
    if cpython(text) == "-":
        assert (reply.status, reply.json()["error"]) == (400, "Invalid IP address")
    else:
        assert (reply.status, reply.json()["error"]) == (403, "Address not allowed")


def test_the_longest_text():
    """256 bytes: no interface and no number that names a zone is as long."""
    longest = "fe80::1%" + "x" * (256 - len("fe80::1%"))
    assert cgi("ping", "ip=" + quote(longest)).reply.status == 403
    assert cgi("ping", "ip=" + quote(longest + "x")).reply.status == 400
