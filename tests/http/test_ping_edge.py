"""/ping through nginx: what is refused, and one answer; test_ping_text.py has all others."""

import re
from urllib.parse import quote

import pytest

from ping_lab import DEVICE, need_echo
from test_ping_policy import DENIED, INVALID

# What needs the lab's device, or its network, to be what it is.
HERE = {row: address for row, address in DENIED.items()
        if DEVICE not in address and not address.startswith("198.51.100.")}


@pytest.mark.parametrize("row", HERE)
def test_denied(stack, row):
    answer = stack.get("/ping?ip=" + quote(HERE[row]))
    assert (answer.status, answer.json()["error"]) == (403, "Address not allowed")


@pytest.mark.parametrize("address", INVALID)
def test_invalid(stack, address):
    answer = stack.get("/ping?ip=" + quote(address))
    assert (answer.status, answer.json()["error"]) == (400, "Invalid IP address")


@pytest.mark.parametrize(("address", "data"), [("127.0.0.1", "56(84) bytes of data"),
                                               ("127.8.9.10", "56(84) bytes of data"),
                                               ("::1", "56 data bytes")])
def test_text(stack, address, data):
    """Of loopback, which is there wherever the program is."""
    need_echo()
    answer = stack.get(f"/ping?ip={address}")
    assert answer.status == 200
    blank = "" if ":" in address else " "
    shown = re.escape(address)
    assert re.fullmatch(
        rf"PING {shown}{blank}\({shown}\) {re.escape(data)}\.?\n"
        rf"64 bytes from {shown}: icmp_seq=1 ttl=64 time=[\d.]+ ms\n\n"
        rf"--- {shown} ping statistics ---\n"
        r"1 packets transmitted, 1 received, 0% packet loss, time 0ms\n"
        r"rtt min/avg/max/mdev = ([\d.]+)/\1/\1/0\.000 ms\n", answer.text), answer.text
