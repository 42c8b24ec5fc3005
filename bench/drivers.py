"""What asks: wrk and h2load, their figures, and whether an answer is right before it is timed."""

import http.client
import re
import ssl
import subprocess
import urllib.parse
from dataclasses import dataclass

THREADS = 2
PATIENCE = 60
KEPT_REQUESTS = 900  # nginx closes a connection after 1,000
SECONDS_OF = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Wrong(Exception):
    """An answer, or a whole subject, that is not what was asked for."""


@dataclass
class Asked:
    """Of one run: right answers a second, how many in all, and how many went wrong beside them."""
    rate: float
    requests: int
    failed: int
    p50: float = 0.0  # milliseconds
    p99: float = 0.0

    @property
    def more(self):
        found = {"requests": self.requests, "failed": self.failed}
        return found | ({"p50": self.p50, "p99": self.p99} if self.p99 else {})


def run(*command, patience=PATIENCE):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{command[0]}: not done in {patience:.0f} s") from None
    if done.returncode != 0:
        raise Wrong(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


# --- is it right? ---------------------------------------------------------------------------------

def trusting():
    """A certificate of the benchmark's own is nobody's concern."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def get(url, headers=None):
    """(status, headers, body); a redirect is an answer, for it is what would be timed."""
    place = urllib.parse.urlsplit(url)
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(place.netloc, timeout=PATIENCE,
                                                 context=trusting())
    else:
        connection = http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", f"{place.path}?{place.query}", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except http.client.HTTPException as error:
        raise Wrong(f"{url}: {error}") from None
    finally:
        connection.close()


def check(url, wanted, headers=None, sent=()):
    """That the body is `wanted`, or satisfies it, and that it comes with these headers."""
    status, found, body = get(url, headers)
    is_right = wanted(body) if callable(wanted) else body == wanted
    missing = [name for name in sent if name not in found]
    if status != 200 or not is_right or missing:
        raise Wrong(f"{url}: {status} {body[:100]!r}"
                    + (f", without {', '.join(missing)}" if missing else ""))


# --- wrk ------------------------------------------------------------------------------------------

def seconds(text):
    """What wrk writes: 812.00us, 1.20ms."""
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * SECONDS_OF[unit]


def read_wrk(output):
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                       output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    times = {name: seconds(value) * 1000
             for name, value in re.findall(r"^ +(50|99)% +(\S+)$", output, re.M)}
    answered = int(re.search(r"(\d+) requests in", output)[1])
    wrong = int(refused[1]) if refused else 0
    rate = float(re.search(r"Requests/sec: +([\d.]+)", output)[1])
    return Asked(rate=rate * (answered - wrong) / max(answered, 1), requests=answered - wrong,
                 failed=sum(map(int, errors.groups() if errors else ())) + wrong,
                 p50=times.get("50", 0.0), p99=times.get("99", 0.0))


def wrk(url, connections, duration, headers=None, script=None):
    """As many connections for so many seconds; what takes longer than 10 s is a failure."""
    options = [word for name, value in (headers or {}).items()
               for word in ("-H", f"{name}: {value}")]
    options += ["-s", script] if script else []
    return read_wrk(run("wrk", "--latency", "--timeout", "10s", "-t", min(THREADS, connections),
                        "-c", connections, "-d", f"{duration}s", *options, url,
                        patience=duration + PATIENCE))


# --- h2load ---------------------------------------------------------------------------------------

def read_h2load(output):
    took = seconds(re.search(r"finished in ([\d.]+\w+),", output)[1])
    done = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", output)
    codes = [int(count) for count in re.search(
        r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output).groups()]
    return Asked(rate=codes[0] / took, requests=codes[0],
                 failed=int(done[2]))  # with those that it calls errored, or not 2xx


def h2load(url, connections, duration, version=2):
    """
    Over HTTP/2 each connection has four requests under way, as browsers do at least. As many
    requests as a connection of nginx's lives for, whatever the duration: h2load opens no other.
    """
    del duration
    options = ["--h1"] if version == 1 else ["-m", 4]
    return read_h2load(run("h2load", "-t", min(THREADS, connections), "-c", connections,
                           "-n", connections * KEPT_REQUESTS, *options, url))


DRIVERS = {"wrk": "wrk", "h2load": "nghttp2-client", "strace": "strace"}  # and their packages
