"""
Whose word is taken for where a request comes from: nobody's, but that of TRUSTED_PROXIES. It counts
for the log, for the programs, and for the limits.
"""

import http.client

import pytest

from program import wait_until
from stack import LIMITS_OFF, PATIENCE, Stack, ask

PROXY = "127.0.0.5"


def get(stack, source, forwarded=None, target="/"):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=PATIENCE,
                                            source_address=(source, 0))
    try:
        return ask(connection, target, {"X-Forwarded-For": forwarded} if forwarded else {})
    finally:
        connection.close()


def client_of(stack, answer):
    """Who asked, by the access log."""
    number = answer.header("x-request-id")

    def logged():
        return [line for line in stack.access_log() if line["request_id"] == number]
    wait_until(logged, "the access log's line")
    return logged()[0]["client"]


@pytest.fixture(scope="module")
def proxied():
    """Behind one proxy, and behind those of a network."""
    with Stack(TRUSTED_PROXIES=f"{PROXY} 10.9.0.0/16", **LIMITS_OFF) as running:
        yield running


FORWARDED = {
    "a client": ("192.0.2.1", "192.0.2.1", "as the proxy says"),
    "what the client wrote before": ("6.6.6.6, 192.0.2.1", "192.0.2.1", "its own word"),
    "a second proxy": ("192.0.2.1, 10.9.8.7", "192.0.2.1", "trusted too"),
    "a second proxy that is not": ("192.0.2.1, 10.8.8.7", "10.8.8.7", "then it is the client"),
    "IPv6": ("2001:db8::1", "2001:db8::1", "by TCP over IPv4"),
    "nothing": (None, PROXY, "the proxy's own check"),
    "no address": ("localhost", PROXY, "not looked up"),
    "an address and a tail": ("192.0.2.1.evil", PROXY, "no address"),
    "commas": (",,,", PROXY, "no address"),
}


@pytest.mark.parametrize(("header", "client", "_"), FORWARDED.values(), ids=FORWARDED.keys())
def test_a_trusted_proxys_word(proxied, header, client, _):
    """The last address that is no trusted proxy's; the row says why."""
    assert client_of(proxied, get(proxied, PROXY, header)) == client


@pytest.mark.parametrize("header", ["192.0.2.1", PROXY, f"192.0.2.1, {PROXY}"])
def test_nobody_elses_word(proxied, stack, header):
    """Not by default, and not from beside the proxy."""
    assert client_of(proxied, get(proxied, "127.0.0.6", header)) == "127.0.0.6"
    assert client_of(stack, get(stack, PROXY, header)) == PROXY


def test_limits_are_the_clients():
    """One that floods through the proxy is refused; another one through it is not."""
    with Stack(TRUSTED_PROXIES=PROXY, RATE_LIMIT="1", RATE_BURST="1") as stack:
        flood = {get(stack, PROXY, "192.0.2.1").status for _ in range(20)}
        assert flood == {200, 429}
        assert get(stack, PROXY, "192.0.2.2").status == 200


def test_health_is_for_the_client_not_the_proxy():
    """Else everybody could ask through it."""
    with Stack(TRUSTED_PROXIES=PROXY, HEALTH_FROM="127.0.0.0/8", **LIMITS_OFF) as stack:
        assert get(stack, PROXY, "192.0.2.1", "/healthz").status == 403
        assert get(stack, PROXY, "127.0.0.9", "/healthz").status == 200
