"""
/ping against a far side that lies: whatever is not the reply to our echo, or an error about it, is
ignored, wins no time and stops nothing.

Each lie is told twice: alone, and then there is no reply; and before the right reply, and then
there is that one.
"""

import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from fcgi_client import Reply, request_params
from hostile_responder import REPLY, REQUEST, Responder, changed, error, message, frame, reply
from ping_lab import FAR4, FAR6
from program import Program, cgi, is_sanitized

TIMEOUT_MS = 400
HOST = {4: "198.51.100.{}", 6: "2001:db8:1::{}"}


@pytest.fixture(scope="module", params=["raw", "datagram"])
def kind(request, lab):
    lab.use_sockets(request.param)
    return request.param


@pytest.fixture(scope="module", params=[4, 6], ids=["ipv4", "ipv6"])
def version(request):
    return request.param


WORKERS = 64
TOGETHER_MS = 1500


@pytest.fixture(scope="module")
def program(lab, kind):
    """One process for all that can be asked at the same time."""
    with lab.inside():
        started = Program("ping", environment={"PING_TIMEOUT_MS": str(TOGETHER_MS)})
    with started:
        yield started


@dataclass
class Said:
    """A JSON answer, and the seconds it took."""
    json: dict
    took: float

    @property
    def facts(self):
        return self.json["received"], self.json["icmp"], self.json["ttl"]


def ask_together(program, addresses):
    """One request each at the same time, on connections of their own."""
    answers, gate = {}, threading.Barrier(len(addresses))

    def one(address):
        params = request_params("ip=" + quote(address), accept="application/json")
        with program.connect() as connection:
            gate.wait(20)
            start = time.monotonic()
            reply_ = connection.ask(params)
            answers[address] = Said(reply_.json(), time.monotonic() - start)
            assert reply_.status == 200

    threads = [threading.Thread(target=one, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers[address] for address in addresses]


def ask(lab, address, timeout_ms=TIMEOUT_MS):
    with lab.inside():
        reply_ = cgi("ping", "ip=" + quote(address), accept="application/json",
                     PING_TIMEOUT_MS=str(timeout_ms)).reply
    assert reply_.status == 200, reply_.text
    return reply_.json()


# --- replies --------------------------------------------------------------------------------------

def other_target(request):
    return changed(request.target, len(request.target) - 1)


LIES = {
    "another identifier": lambda r: [reply(r, identifier=changed(r.identifier, 1))],
    "every other bit of the identifier": lambda r: [
        reply(r, identifier=bytes(b ^ 0xff for b in r.identifier))],
    "another sequence": lambda r: [reply(r, sequence=b"\0\2")],
    "sequence 0": lambda r: [reply(r, sequence=b"\0\0")],
    "the first byte of the payload": lambda r: [reply(r, payload=changed(r.payload, 0))],
    "the ninth byte of the payload": lambda r: [reply(r, payload=changed(r.payload, 8))],
    "the last byte of the payload": lambda r: [reply(r, payload=changed(r.payload, 55))],
    "a payload of zeros": lambda r: [reply(r, payload=bytes(56))],
    "ping's own payload": lambda r: [reply(r, payload=bytes(range(56)))],
    "a byte short": lambda r: [reply(r, payload=r.payload[:-1])],
    "no payload": lambda r: [reply(r, payload=b"")],
    "half a header": lambda r: [frame(r, message(r)[:4] + r.identifier[:1])],
    "a byte too many": lambda r: [reply(r, payload=r.payload + b"x")],
    "1,400 bytes": lambda r: [reply(r, payload=r.payload + bytes(1344))],
    "a wrong checksum": lambda r: [reply(r, right_sum=False)],
    "the request itself": lambda r: [reply(r, kind=REQUEST[r.version], source=other_target(r))],
    "a timestamp reply": lambda r: [reply(r, kind=14)],
    "the other family's type": lambda r: [reply(r, kind=REPLY[10 - r.version])],
    "three hundred of them": lambda r: [
        reply(r, payload=r.payload[:8] + n.to_bytes(48, "big")) for n in range(300)],
    "an error about another identifier": lambda r: [
        error(r, quoted=changed(r.icmp, 5))],
    "an error about another sequence": lambda r: [error(r, quoted=changed(r.icmp, 7))],
    "an error about another payload": lambda r: [error(r, quoted=changed(r.icmp, 63))],
    "an error about another address": lambda r: [error(r, target=other_target(r))],
    "an error about a reply": lambda r: [
        error(r, quoted=bytes([REPLY[r.version]]) + r.icmp[1:])],
    "an error that quotes seven bytes": lambda r: [error(r, quoted=r.icmp[:7])],
    "an error that quotes nothing": lambda r: [error(r, quoted=b"")],
    "a redirect": lambda r: [error(r, kind={4: 5, 6: 137}[r.version])],
    "an unknown type": lambda r: [error(r, kind={4: 44, 6: 200}[r.version])],
}


def tell(lab, program, version, then):
    """All lies at once, each to a host of its own, and `then(request)` to each; the answers."""
    addresses = [HOST[version].format(100 + n) for n in range(len(LIES))]
    lies = dict(zip(addresses, LIES.values()))
    with Responder(lab, lambda r: [*lies[r.target_text](r), *then(r)]) as responder:
        answers = ask_together(program, addresses)
    assert sorted(r.target_text for r in responder.requests) == sorted(addresses)
    return dict(zip(LIES, answers))


@pytest.fixture(scope="module")
def alone(lab, program, version):
    return tell(lab, program, version, lambda r: [])


@pytest.fixture(scope="module")
def first(lab, program, version):
    return tell(lab, program, version, lambda r: [(0.3, reply(r, ttl=33))])


@pytest.mark.parametrize("lie", LIES)
def test_lie_alone(alone, lie):
    """It counts for nothing, and the wait is as long as without it."""
    assert alone[lie].facts == (0, None, None)
    assert alone[lie].took >= TOGETHER_MS / 1000


@pytest.mark.parametrize("lie", LIES)
def test_lie_first(first, lie):
    """The right reply is found behind it. It has a time to live of its own."""
    assert first[lie].facts == (1, None, 33)
    assert first[lie].json["rtt_ms"] >= 300


def test_lies_win_no_time(lab, kind, version):
    """A lie every 20 ms for 3 s does not keep a ping of 0.4 s going."""
    def answer(request):
        lie = reply(request, payload=changed(request.payload, 55))
        return [(n * 0.02, lie) for n in range(150)]
    with Responder(lab, answer):
        start = time.monotonic()
        said = ask(lab, HOST[version].format(103))
        took = time.monotonic() - start
    assert said["received"] == 0
    assert took < 2.9, "less than the lies go on"


# --- what is no lie -------------------------------------------------------------------------------

def test_right_reply(lab, kind, version):
    """The responder can tell the truth; without this, every test above could be about nothing."""
    with Responder(lab, lambda r: [reply(r, ttl=7)]):
        said = ask(lab, HOST[version].format(104))
    assert (said["received"], said["ttl"]) == (1, 7)


def test_duplicate(lab, kind, version):
    """One reply is received, however often it comes."""
    with Responder(lab, lambda r: [reply(r)] * 3):
        assert ask(lab, HOST[version].format(105))["received"] == 1


def test_from_another_address(lab, kind, version):
    """The payload proves that it is ours: received, and the text says from where, as ping does."""
    def answer(request):
        return [reply(request, source=other_target(request))]
    address, other = (HOST[version].format(host) for host in (106, 107))
    with Responder(lab, answer), lab.inside():
        text = cgi("ping", "ip=" + address, PING_TIMEOUT_MS=str(TIMEOUT_MS)).reply.text
    assert f"64 bytes from {other}: icmp_seq=1" in text and "(DIFFERENT ADDRESS!)" in text


QUOTED = {"all": 64, "the header and a little": 24, "the header alone": 8}


@pytest.mark.parametrize("bytes_", QUOTED.values(), ids=QUOTED)
def test_right_error(lab, kind, version, bytes_):
    """An error that quotes our request is one, from whomever, and it ends the wait."""
    router = HOST[version].format(FAR4.split(".")[-1])
    source = {4: bytes([198, 51, 100, 2]),
              6: bytes.fromhex("20010db8000100000000000000000002")}[version]
    with Responder(lab, lambda r: [error(r, source=source, quoted=r.icmp[:bytes_])]):
        start = time.monotonic()
        with lab.inside():
            text = cgi("ping", "ip=" + HOST[version].format(108),
                       PING_TIMEOUT_MS="10000").reply.text
        assert time.monotonic() - start < 8
    assert f"From {router} icmp_seq=1 Destination" in text and "+1 errors" in text


def test_each_ping_is_its_own(lab, kind, version):
    """Payloads never repeat; identifiers are chosen anew by us, or by the kernel."""
    with Responder(lab, lambda r: [reply(r)]) as responder:
        for _ in range(8):
            ask(lab, HOST[version].format(109))
    assert len({request.payload for request in responder.requests}) == 8
    assert {request.icmp[6:8] for request in responder.requests} == {b"\0\1"}
    assert {len(request.icmp) for request in responder.requests} == {64}
    if kind == "raw":
        assert len({request.identifier for request in responder.requests}) > 4


# --- many at once, in one process -----------------------------------------------------------------

def hosts(version, count=WORKERS):
    return [HOST[version].format(100 + n) for n in range(count)]


def test_64_silent(lab, program, version):
    """All wait at the same time: together they take about as long as one."""
    with Responder(lab) as responder:
        start = time.monotonic()
        answers = ask_together(program, hosts(version))
        took = time.monotonic() - start
    assert [answer.facts for answer in answers] == [(0, None, None)] * WORKERS
    assert len({request.payload for request in responder.requests}) == WORKERS
    assert TOGETHER_MS / 1000 <= took < 6 * TOGETHER_MS / 1000, "and not 64 of them"
    assert program.alive()


def test_64_answered_in_reverse(lab, program, version):
    """Each gets its own reply, told by its time to live, though all arrive at once and turned."""
    came = []

    def answer(request):
        came.append(request)
        if len(came) < WORKERS:
            return []
        return [reply(r, ttl=int(r.target_text.replace(":", ".").split(".")[-1]))
                for r in reversed(came)]
    with Responder(lab, answer):
        answers = ask_together(program, hosts(version))
    assert [answer.json["ttl"] for answer in answers] == [100 + n for n in range(WORKERS)]


def test_64_of_which_half_fail(lab, program, version):
    """An ICMP error reaches every raw socket of the host: only the one it is about may fail."""
    def answer(request):
        host = int(request.target_text.replace(":", ".").split(".")[-1])
        return [error(request)] if host % 2 else [(0.3, reply(request))]
    with Responder(lab, answer):
        answers = ask_together(program, hosts(version))
    assert [a.json["icmp"] is not None for a in answers] == [False, True] * (WORKERS // 2)
    assert [a.json["received"] for a in answers] == [1, 0] * (WORKERS // 2)


def test_late_replies(lab, program, version):
    """Those to the pings before, which had given up, are no replies to these, nor errors."""
    def late(request):
        later = TOGETHER_MS / 1000 + 0.5
        return [(later, reply(request)), (later, reply(request)), (later, error(request))]
    with Responder(lab, late):
        first = ask_together(program, hosts(version))
        second = ask_together(program, hosts(version))
    for answers in (first, second):
        assert [answer.facts for answer in answers] == [(0, None, None)] * WORKERS


def honest(version):
    """As many addresses as there are workers, which the kernel itself answers at once."""
    return [f"127.0.0.{n + 1}" if version == 4 else f"::1%{n + 1}" for n in range(WORKERS)]


def test_who_is_near_waits_for_nobody(lab, program, version):
    """While all others wait for who is silent, one is answered; and its worker is of use again."""
    near = honest(version)[0]
    with Responder(lab):
        *silent, last = ask_together(program, [*hosts(version, WORKERS - 1), near])
    assert [answer.facts for answer in silent] == [(0, None, None)] * (WORKERS - 1)
    assert last.json["received"] == 1
    assert last.took < TOGETHER_MS / 1000 <= min(answer.took for answer in silent)


def test_64_flooded(lab, program, version):
    """Sixty duplicates fill a socket's buffer; the next ping on it has room for its own reply."""
    came = []

    def answer(request):
        came.append(request)
        flood = came * 60 if len(came) == WORKERS else []  # not before, or the last were late
        return [reply(request), *map(reply, flood)]
    with Responder(lab, answer):
        answers = ask_together(program, hosts(version))
        time.sleep(0.5)  # for the duplicates
    answers += ask_together(program, honest(version))
    assert [answer.json["received"] for answer in answers] == [1] * 2 * WORKERS


def test_storm_of_errors(lab, program, version):
    """While half of the workers meet errors all the time, the other half never sees one of them."""
    good = [address for address in honest(version)[::2] for _ in range(30)]
    ends, met = threading.Event(), []

    def meet_errors():
        params = request_params("ip=" + HOST[version].format(110), accept="application/json")
        with program.connect() as connection:
            while not ends.is_set():
                met.append(connection.ask(params).json()["icmp"])
    threads = [threading.Thread(target=meet_errors) for _ in range(WORKERS // 2)]
    with Responder(lab, lambda r: [error(r)]), program.connect() as connection:
        for thread in threads:
            thread.start()
        said = [connection.ask(request_params("ip=" + quote(address), accept="application/json"))
                for address in good]
        ends.set()
        for thread in threads:
            thread.join(20)
    assert {reply_.status for reply_ in said} == {200}
    assert {(a["received"], a["icmp"]) for a in map(Reply.json, said)} == {(1, None)}
    assert len(met) > WORKERS and None not in met


def test_after_all_that(program, version):
    """Every worker still answers."""
    address = {4: FAR4, 6: FAR6}[version]
    params = request_params("ip=" + address, accept="application/json")
    with program.connect() as connection:
        for _ in range(2 * WORKERS):
            answer = connection.ask(params).json()
            assert (answer["received"], answer["icmp"]) == (1, None)


def test_no_growth(program):
    """64 pairs of sockets and their packets fit; a leak of any of it would show."""
    if is_sanitized("ping"):
        return  # its memory is the sanitizer's
    assert program.resident() < 8 << 20
