"""
What the network sends who means harm, through nginx, to each route.

A row is a request, its one acceptable answer and the reason. An answer of OWN is the route's own
400; of SERVED, the answer to a good request: what is odd about it is no matter. At the end every
process must be the one that it was, with the memory that it had.
"""

import http.client
import json
import os
import pathlib
import socket
from dataclasses import dataclass

import pytest

from program import is_sanitized, resident_bytes, wait_until

MIB = 1 << 20


@dataclass
class Route:
    path: bytes
    param: bytes
    good: bytes  # a good value
    own: str     # the public text of its own 400
    missing: int  # the status without the parameter
    takes: tuple = ()  # rows that are hostile to the others, and a good value here


ROUTES = {
    "hello": Route(b"/", b"name", b"Bob", "Invalid name", 200),
    "ping": Route(b"/ping", b"ip", b"127.0.0.1", "Invalid IP address", 400),
    "calculate": Route(b"/calculate", b"expr", b"6*7", "Invalid expression", 400,
                       takes=("a line break at the end", "JSON")),
}

SERVED, OWN, MISSING = "served", "the route's own 400", "what the route says without a parameter"
BAD = (400, "Bad request")
METHOD = (405, "Method not allowed")
BODY = (413, "Request too large")
LONG = (414, "URI too long")
HEADERS = (431, "Headers too large")


def query(text):
    """A GET with this query. PARAM and GOOD stand for the route's parameter and a good value."""
    text = text if isinstance(text, bytes) else text.encode()
    return b"GET PATH?" + text + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def value(text):
    text = text if isinstance(text, bytes) else text.encode()
    return query(b"PARAM=" + text)


def headers(*lines, method=b"GET", body=b"", host=b"127.0.0.1"):
    """A good query under these header lines."""
    head = [method + b" PATH?PARAM=GOOD HTTP/1.1", b"Host: " + host, b"Connection: close", *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def line(text):
    """A request line of its own, with the headers that make it complete."""
    return text + b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


HOSTILE = {
    # percent signs
    "percent alone": (value("%"), OWN, "an escape of nothing"),
    "percent twice": (value("%%"), OWN, "no way to write a percent sign"),
    "one digit": (value("%4"), OWN, "half an escape"),
    "no digits": (value("%zz"), OWN, "not hexadecimal"),
    "a signed escape": (value("%-1"), OWN, "sscanf would take it"),
    "%u": (value("%u0041"), OWN, "JavaScript's escape, not ours"),
    "a thousand percents": (value("%" * 1000), OWN, "many of them"),
    "escaped twice": (value("%2541"), OWN, "decoded once only"),
    "malformed elsewhere": (query("PARAM=GOOD&x=%zz"), OWN, "a query is well-formed or not"),
    "malformed name": (query("PARAM=GOOD&%=1"), OWN, "in a name, too"),
    "format string": (value("%25s%25n%25x"), OWN, "printf must never see it"),
    # NUL and other controls
    "NUL": (value("%00"), OWN, "C ends there"),
    "NUL behind": (value("GOOD%00"), OWN, "C would see a good value"),
    "NUL before": (value("%00GOOD"), OWN, "C would see an empty value"),
    "NUL in a name": (query("PARAM%00x=GOOD"), OWN, "C would see the parameter"),
    "a raw NUL": (value(b"GOOD\x00"), BAD, "no byte of a request line"),
    "a raw control": (value(b"GOOD\x01"), BAD, "no byte of a request line"),
    "a raw DEL": (value(b"GOOD\x7f"), BAD, "no byte of a request line"),
    "a raw blank": (value(b"GOOD x"), BAD, "it ends the target"),
    "line breaks": (value("GOOD%0d%0aX-Injected:%20yes"), OWN, "a header of the attacker's"),
    "a line break at the end": (value("GOOD%0a"), OWN, "where $ of a regex fails"),
    "escape sequences": (value("%1b%5b2J"), OWN, "a terminal that reads the log"),
    # UTF-8
    "overlong NUL": (value("%c0%80"), OWN, "two bytes for U+0000"),
    "overlong slash": (value("%c0%af"), OWN, "two bytes for one"),
    "overlong, three bytes": (value("%e0%80%af"), OWN, "three for one"),
    "overlong, four bytes": (value("%f0%80%80%af"), OWN, "four for one"),
    "high surrogate": (value("%ed%a0%80"), OWN, "not in UTF-8"),
    "surrogate pair": (value("%ed%a0%80%ed%b0%80"), OWN, "CESU-8"),
    "over U+10FFFF": (value("%f4%90%80%80"), OWN, "no code point"),
    "six bytes": (value("%fc%80%80%80%80%80"), OWN, "UTF-8 of 1993"),
    "continuation alone": (value("%80"), OWN, "begins nothing"),
    "cut sequence": (value("GOOD%e2%82"), OWN, "ends too early"),
    "cut by &": (query("PARAM=GOOD%e2%82&x=%ac"), OWN, "a sequence across two parameters"),
    "Latin-1": (value("%e9"), OWN, "another encoding"),
    "raw bytes": (value(b"\xff\xfe\xfd"), OWN, "unescaped, and no UTF-8"),
    "bad UTF-8 elsewhere": (query("PARAM=GOOD&x=%ff"), OWN, "a query is UTF-8 or not"),
    "right-to-left override": (value("%e2%80%ae" + "GOOD"), OWN, "it fools readers"),
    "zero width": (value("GOOD%e2%80%8b"), OWN, "two values that look alike"),
    "BOM": (value("%ef%bb%bfGOOD"), OWN, "not trimmed away"),
    # size
    "100 kB": (value("A" * 100_000), LONG, "no request line is that long"),
    "1 MB": (value("A" * 1_000_000), LONG, "nor that long"),
    "17 kB": (value("A" * 17_000), LONG, "just over"),
    "a value of 10 kB": (value("A" * 10_000), OWN, "fits the line, not the parameter"),
    "15 kB elsewhere": (query("x=" + "A" * 15_000 + "&PARAM=GOOD"), SERVED, "fits, and is ignored"),
    # parameters
    "1,000 parameters": (query("&".join(f"p{i}=x" for i in range(1000)) + "&PARAM=GOOD"), SERVED,
                         "undeclared ones are ignored, however many"),
    "1,000 times the parameter": (query("&".join(["PARAM=GOOD"] * 1000)), OWN, "once is enough"),
    "twice": (query("PARAM=GOOD&PARAM=GOOD"), OWN, "which one?"),
    "twice, differently": (query("PARAM=GOOD&PARAM=x"), OWN, "which one?"),
    "twice, once empty": (query("PARAM&PARAM=GOOD"), OWN, "which one?"),
    "10,000 ampersands": (query("&" * 10_000 + "PARAM=GOOD"), SERVED, "empty pairs are nothing"),
    "equals signs": (query("==&===&PARAM=GOOD"), SERVED, "the empty name is undeclared"),
    "an array": (query("PARAM[]=GOOD"), MISSING, "PHP's syntax is another name"),
    "an object": (query("PARAM[$ne]=GOOD"), MISSING, "so is this"),
    "another case": (query("PaRaM=GOOD"), MISSING, "names are exact"),
    "a prefix": (query("PARAMS=GOOD"), MISSING, "names are exact"),
    # what interpreters would like
    "shell": (value("$(id)"), OWN, "no shell ever sees it"),
    "backquotes": (value("%60id%60"), OWN, "no shell ever sees it"),
    "a pipe": (value("GOOD|id"), OWN, "no shell ever sees it"),
    "a semicolon": (value("GOOD;id"), OWN, "no shell, and no separator"),
    "an option": (value("-c1"), OWN, "no program is called with it"),
    "SQL": (value("%27%20OR%201=1--"), OWN, "no statement is built of it"),
    "markup": (value("%3Cscript%3Ealert(1)%3C/script%3E"), OWN, "nor a page"),
    "a template": (value("${jndi:ldap://127.0.0.1/x}"), OWN, "nor a logger's template"),
    "a path": (value("../../../../etc/passwd"), OWN, "nor a path"),
    "a URL": (value("http://169.254.169.254/"), OWN, "nor is it fetched"),
    "JSON": (value("%7B%22a%22:1%7D"), OWN, "nor parsed as anything else"),
    # the body
    "POST": (headers(b"Content-Length: 8", method=b"POST", body=b"12345678"), METHOD, "no route"),
    "a small body": (headers(b"Content-Length: 8", body=b"12345678"), BODY, "no route takes one"),
    "a large body": (headers(b"Content-Length: 10000", body=b"x" * 10_000), BODY, "over 8 KiB"),
    "a promised body": (headers(b"Content-Length: 99999999999"), BODY, "refused unread"),
    "POST, large": (headers(b"Content-Length: 10000", method=b"POST", body=b"x" * 10_000), BODY,
                    "the size is looked at first"),
    "negative length": (headers(b"Content-Length: -1"), BAD, "no length"),
    "no number": (headers(b"Content-Length: abc"), BAD, "no length"),
    "a huge length": (headers(b"Content-Length: 99999999999999999999999"), BAD, "no length"),
    "two lengths": (headers(b"Content-Length: 0", b"Content-Length: 1"), BAD, "smuggling"),
    "length and chunks": (headers(b"Content-Length: 5", b"Transfer-Encoding: chunked",
                                  body=b"0\r\n\r\n"), BAD, "smuggling"),
    "unknown coding": (headers(b"Transfer-Encoding: gzip"), BAD, "not understood"),
    # methods
    "PUT": (headers(method=b"PUT"), METHOD, "nothing is changed here"),
    "DELETE": (headers(method=b"DELETE"), METHOD, "nothing is changed here"),
    "OPTIONS": (headers(method=b"OPTIONS"), METHOD, "no cross-origin use"),
    "TRACE": (headers(method=b"TRACE"), METHOD, "it would echo headers"),
    "an unknown method": (headers(method=b"GETX"), METHOD, "a longer one"),
    "lower case": (headers(method=b"get"), BAD, "no method"),
    "a binary method": (headers(method=b"G\x00T"), BAD, "no method"),
    "an override": (headers(b"X-HTTP-Method-Override: DELETE"), SERVED, "no such convention here"),
    # headers
    "a header of 20 kB": (headers(b"X-Bomb: " + b"A" * 20_000), HEADERS, "one is too large"),
    "1,000 headers": (headers(*[b"X-Bomb-%d: " % i + b"A" * 100 for i in range(1000)]), HEADERS,
                      "all are too large"),
    "100 headers": (headers(*[b"X-%d: x" % i for i in range(100)]), SERVED, "still few bytes"),
    "cookies of 15 kB": (headers(b"Cookie: " + b"a=b; " * 3000), SERVED, "nobody reads them"),
    "a header without a name": (headers(b": x"), BAD, "no header"),
    "a NUL in a header": (headers(b"X-Bomb: a\x00b"), BAD, "no byte of a header"),
    "no Host": (b"GET PATH?PARAM=GOOD HTTP/1.1\r\nConnection: close\r\n\r\n", BAD, "none named"),
    "two Hosts": (headers(b"Host: localhost"), BAD, "whose?"),
    "another's Host": (headers(host=b"attacker.example"), BAD, "rebinding"),
    "an impossible Host": (headers(host=b"127.0.0.1/../x"), BAD, "no name"),
    "Proxy": (headers(b"Proxy: http://127.0.0.1:9"), SERVED, "httpoxy"),
    "forwarded": (headers(b"X-Forwarded-For: 8.8.8.8", b"X-Real-IP: 8.8.8.8"), SERVED,
                  "not believed"),
    "a request id": (headers(b"X-Request-Id: ../../x", b"Request-Id: x"), SERVED, "ours is ours"),
    "rewriting": (headers(b"X-Original-URL: /admin", b"X-Rewrite-URL: /admin"), SERVED, "no such"),
    "ranges": (headers(b"Range: bytes=" + b"0-," * 3000), SERVED, "an answer has no parts"),
    "Accept garbage": (headers(b"Accept: \xff\xfe;;;,,,q=" + b"9" * 3000), SERVED, "no preference"),
    "an upgrade": (headers(b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"), SERVED, "declined"),
    # the request line
    "HTTP/2 on HTTP/1": (line(b"GET PATH?PARAM=GOOD HTTP/2.0"), BAD, "not that way"),
    "HTTP/9.9": (line(b"GET PATH?PARAM=GOOD HTTP/9.9"), BAD, "no version"),
    "no HTTP": (line(b"GET PATH?PARAM=GOOD FTP/1.1"), BAD, "another protocol"),
    "another's target": (line(b"GET http://attacker.example/ HTTP/1.1"), BAD, "no proxy"),
    "CONNECT": (line(b"CONNECT 127.0.0.1:22 HTTP/1.1"), BAD, "no proxy"),
    "no target": (line(b"GET HTTP/1.1"), BAD, "nothing to get"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), BAD, "the wrong port"),
    "garbage": (bytes(range(128, 256)) * 4 + b"\r\n\r\n", BAD, "no protocol at all"),
}

PATHS = {
    "two slashes": (b"//", 404, "not merged"),
    "a case": (b"/PING", 404, "paths are exact"),
    "a slash behind": (b"/ping/", 404, "paths are exact"),
    "a path behind": (b"/ping/x", 404, "no PATH_INFO"),
    "a suffix": (b"/ping.php", 404, "paths are exact"),
    "a dot file": (b"/.env", 404, "no file is served"),
    "a repository": (b"/.git/config", 404, "no file is served"),
    "a slash escaped": (b"/%2fping", 404, "two slashes"),
    "a dot segment": (b"/./ping?ip=127.0.0.1", 200, "normalised (RFC 3986, 5.2.4)"),
    "an escaped letter": (b"/%70ing?ip=127.0.0.1", 200, "the same path (RFC 3986, 6.2.2.2)"),
    "up and down": (b"/x/../ping?ip=127.0.0.1", 200, "normalised before it is compared"),
    "above the root": (b"/../etc/passwd", 400, "leads nowhere"),
    "above, escaped": (b"/%2e%2e/etc/passwd", 400, "leads nowhere, in disguise"),
    "NUL": (b"/ping%00", 400, "no path has one"),
    "no slash": (b"ping", 400, "no path"),
    "an escape of nothing": (b"/%", 400, "no path"),
    "our error page": (b"/_error", 404, "internal"),
    "our refusal": (b"/_405", 404, "internal"),
    "long": (b"/" + b"A" * 10_000, 404, "fits the line, leads nowhere"),
    "deep": (b"/a" * 5_000, 404, "fits the line, leads nowhere"),
    "bytes": (b"/\xff\xfe", 404, "no route has them"),
}


# --- asking ---------------------------------------------------------------------------------------

def exchange(stack, data):
    """Sends the bytes as they are; returns (response, body) of the one answer."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as sock:
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent: the answer is there all the same
        response = http.client.HTTPResponse(sock)
        response.begin()
        return response, response.read()


def for_route(data, route):
    for mark, text in ((b"PATH", route.path), (b"PARAM", route.param), (b"GOOD", route.good),
                       (b"PaRaM", route.param.upper())):
        data = data.replace(mark, text)
    return data


def expected(outcome, route):
    """Status, and the error text of anything but 200."""
    if outcome is MISSING:
        outcome = SERVED if route.missing == 200 else OWN
    if outcome is SERVED:
        return (200, None) if can_serve(route) else (503, "Service unavailable")
    return (400, route.own) if outcome is OWN else outcome


def can_serve(route):
    """A plain user may have no right to ICMP sockets: then ping says so, to whatever is served."""
    if route.path != b"/ping" or os.geteuid() == 0:
        return True
    low, high = pathlib.Path("/proc/sys/net/ipv4/ping_group_range").read_text().split()
    return int(low) <= os.getegid() <= int(high)


def check_answer(response, body, status, error, why):
    """What every answer must be, whatever the question was."""
    assert response.status == status, f"{why}: {body}"
    assert response.getheader("x-injected") is None
    assert response.getheader("server") in (None, "nginx"), "no version; see test_edge_headers.py"
    assert len(response.headers.get_all("x-request-id")) == 1
    assert response.headers.get_all("cache-control") == ["no-store"]
    if status == 200:
        return
    answer = http_json(response, body)
    assert error is None or answer["error"] == error
    assert answer["request_id"] == response.getheader("x-request-id")
    assert "attacker" not in answer["detail"] and "/etc" not in answer["detail"]


def http_json(response, body):
    assert response.getheader("content-type") == "application/json"
    answer = json.loads(body)
    assert list(answer) == ["error", "detail", "request_id"]
    return answer


# --- the processes --------------------------------------------------------------------------------

def all_processes(stack):
    """The programs, and nginx's master and workers."""
    found = {f"{route} {pid}": pid for route in ROUTES for pid in stack.pids(route)}
    found.update({f"nginx {pid}": pid for pid in [stack.edge(), *stack.workers()]})
    return found


@pytest.fixture(scope="module")
def before(stack):
    """All processes and their memory, each having met the largest requests that it may meet."""
    for _ in range(50):
        for route in ROUTES.values():
            for row in ("15 kB elsewhere", "cookies of 15 kB", "twice", "100 kB", "1,000 headers"):
                exchange(stack, for_route(HOSTILE[row][0], route))
    return {name: resident_bytes(pid) for name, pid in all_processes(stack).items()}


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("row", HOSTILE)
def test_hostile(stack, before, name, row):
    """Each row, to each route."""
    route = ROUTES[name]
    data, outcome, why = HOSTILE[row]
    status, error = expected(SERVED if row in route.takes else outcome, route)
    response, body = exchange(stack, for_route(data, route))
    check_answer(response, body, status, error, why)


@pytest.mark.parametrize("path, status, why", PATHS.values(), ids=PATHS)
def test_hostile_paths(stack, before, path, status, why):
    """Known paths go further, and nothing else does."""
    if status == 200 and not can_serve(ROUTES["ping"]):
        status = 503
    response, body = exchange(stack, line(b"GET " + path + b" HTTP/1.1"))
    error = {400: "Bad request", 404: "Not found"}.get(status)
    check_answer(response, body, status, error, why)


def test_http_0_9(stack, before):
    """It has no headers, so no hardening ones: refused, and all that can be sent is the JSON."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as sock:
        sock.sendall(b"GET /?name=Bob\r\n")
        received = b""
        while chunk := sock.recv(65536):
            received += chunk
    assert b"Hello" not in received and b'"error": "Bad request"' in received


def test_a_hang_up_in_the_middle(stack, before):
    """No answer is owed; nothing may be left behind."""
    request = for_route(query("PARAM=GOOD"), ROUTES["ping"])
    for length in range(1, len(request), 3):
        with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as sock:
            sock.sendall(request[:length])
    assert stack.get("/?name=Bob").status == 200


def test_every_process_is_as_it_was(stack, before):
    """The same pids, and the same memory but for less than 1 MiB each."""
    assert list(all_processes(stack)) == list(before), "a process died and was brought back"
    if is_sanitized("hello"):
        return
    # nginx frees what its connections held when it next looks at them
    wait_until(lambda: all(resident_bytes(pid) - before[name] < MIB
                           for name, pid in all_processes(stack).items()), "memory is back")


def test_the_counters_are_readable(stack, before):
    """`bulkhead status` still tells a healthy system, with requests on each route."""
    status = stack.bulkhead("status")
    assert status.returncode == 0, status.stderr
    for route in ROUTES:
        assert route in status.stdout
