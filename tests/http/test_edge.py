"""
What nginx itself answers: the contract's JSON for each error, and its headers on every answer.

What a program answers through it is in the tests of each route; limits are in
test_edge_limits.py, and what stands between nginx and a program in test_edge_upstream.py.
"""

import re

import pytest

from program import wait_until
from stack import REPOSITORY, ask, parse_answer

# Each comes exactly once, whoever made the answer.
HARDENING = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
                               "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "server": "nginx",
}
# contract.md: the public text of each status that the edge may answer
ERRORS = {
    400: "Bad request", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Request timeout", 413: "Request too large", 414: "URI too long",
    429: "Too many requests", 431: "Headers too large", 502: "Bad gateway",
    503: "Service unavailable", 504: "Gateway timeout",
}


def lines(*text, body=b""):
    """A raw request; its connection closes after it."""
    encoded = [line if isinstance(line, bytes) else line.encode() for line in text]
    return b"\r\n".join([*encoded, b"Connection: close", b"", b""]) + body


def request(first, *more, body=b""):
    return lines(first, "Host: localhost", *more, body=body)


def assert_headers(answer):
    """The headers that no answer may lack or repeat."""
    for name, value in HARDENING.items():
        assert answer.all(name) == [value], name
    assert len(answer.all("permissions-policy")) == 1
    assert len(answer.all("x-request-id")) == 1
    assert re.fullmatch("[0-9a-f]{32}", answer.header("x-request-id"))
    assert answer.all("x-powered-by") == []


def assert_error(answer, status):
    """An error as the contract has it, with no version and no part of the request in it."""
    assert answer.status == status
    assert_headers(answer)
    assert answer.all("content-type") == ["application/json"]
    assert list(answer.json()) == ["error", "detail", "request_id"]
    assert answer.json()["error"] == ERRORS[status]
    assert len(answer.json()["detail"]) > 10
    assert answer.json()["request_id"] == answer.header("x-request-id")
    assert (answer.header("allow") == "GET, HEAD") is (status == 405)
    assert (answer.header("retry-after") is not None) is (status == 429)
    assert not re.search(rb"\d+\.\d+\.\d+|<html|/tmp|\.sock", answer.body)


# --- errors ---------------------------------------------------------------------------------------

REFUSED = {
    # unknown paths
    "unknown path": (404, request("GET /nope HTTP/1.1"), "only known paths go further"),
    "slash behind": (404, request("GET /ping/ HTTP/1.1"), "a location with = has no children"),
    "below a route": (404, request("GET /ping/x HTTP/1.1"), "no PATH_INFO"),
    "two slashes": (404, request("GET //ping HTTP/1.1"), "merge_slashes is off"),
    "capitals": (404, request("GET /PING HTTP/1.1"), "paths are case-sensitive"),
    "file beside": (404, request("GET /nginx.conf HTTP/1.1"), "nothing is served from disk"),
    "internal error page": (404, request("GET /_error HTTP/1.1"), "is internal"),
    "internal error page, by its query": (404, request("GET /_error?unknown-host HTTP/1.1"),
                                          "nor does its argument do anything"),
    "unknown path, POST": (404, request("POST /nope HTTP/1.1", "Content-Length: 0"),
                           "a path that is not there has no methods"),
    "dots escaped": (404, request("GET /a%2f%2e%2e%2fnginx.conf HTTP/1.1"), "decoded, not there"),
    # methods
    **{f"{method} {path}": (405, request(f"{method} {path} HTTP/1.1", "Content-Length: 0"),
                            "GET and HEAD only")
       for path in ("/", "/ping") for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH",
                                                 "TRACE", "PROPFIND", "BREW")},
    "CONNECT": (405, request("CONNECT / HTTP/1.1"), "we are no proxy"),
    "CONNECT to a host": (400, request("CONNECT localhost:80 HTTP/1.1"), "its target is no path"),
    "get": (400, request("get / HTTP/1.1"), "methods are case-sensitive"),
    # sizes
    "large body": (413, request("POST / HTTP/1.1", "Content-Length: 8193"), "8 KiB at most"),
    "large body of a GET": (413, request("GET /?name=a HTTP/1.1", "Content-Length: 8193"),
                            "whatever the method"),
    "huge length": (413, request("GET / HTTP/1.1", "Content-Length: 9223372036854775807"),
                    "the most that the number holds"),
    "large chunks": (413, request("GET / HTTP/1.1", "Transfer-Encoding: chunked",
                                  body=b"3000\r\n" + b"a" * 0x3000 + b"\r\n0\r\n\r\n"),
                     "counted as they come"),
    "large body, unknown path": (413, request("POST /nope HTTP/1.1", "Content-Length: 99999"),
                                 "before any location"),
    "long query": (414, request(f"GET /?name={'a' * 100_000} HTTP/1.1"), "100 kB"),
    "long path": (414, request(f"GET /{'a' * 20_000} HTTP/1.1"), "the line counts, not the query"),
    "large header": (431, request("GET / HTTP/1.1", "X: " + "a" * 20_000), "one of 20 kB"),
    "many headers": (431, request("GET / HTTP/1.1", *[f"X-{n}: {'a' * 100}" for n in range(1000)]),
                     "100 kB of small ones"),
    "long cookie": (431, request("GET / HTTP/1.1", "Cookie: " + "a" * 17_000), "no exception"),
    # malformed
    "no request": (400, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "the start of TLS"),
    "no version": (400, request("GET / HTTP/"), "nor HTTP/0.9"),
    "unknown version": (400, request("GET / HTTP/2.5"), "nginx's own 505 is not in the contract"),
    "letters as version": (400, request("GET / HTTP/x.y"), "not a number"),
    "space in the path": (400, request("GET /a b HTTP/1.1"), "what follows is no version"),
    "NUL in the path": (400, request(b"GET /\0 HTTP/1.1"), "a C string would end"),
    "escaped NUL in the path": (400, request("GET /%00 HTTP/1.1"), "so would it, decoded"),
    "broken escape": (400, request("GET /%zz HTTP/1.1"), "in the path nginx decodes itself"),
    "above the root": (400, request("GET /../etc/passwd HTTP/1.1"), "there is nothing above"),
    "above the root, escaped": (400, request("GET /%2e%2e%2fetc/passwd HTTP/1.1"), "decoded first"),
    "relative path": (400, request("GET ping HTTP/1.1"), "a path starts with a slash"),
    "NUL in a header": (400, request("GET / HTTP/1.1", b"X: a\0b"), "a C string would end"),
    "letters as length": (400, request("POST / HTTP/1.1", "Content-Length: ten"), "not a number"),
    "negative length": (400, request("POST / HTTP/1.1", "Content-Length: -1"), "not a length"),
    "two lengths": (400, request("POST / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
                    "request smuggling"),
    "length and chunks": (400, request("POST / HTTP/1.1", "Content-Length: 5",
                                       "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
                          "request smuggling"),
    "unknown coding": (400, request("POST / HTTP/1.1", "Transfer-Encoding: gzip"),
                       "nginx's own 501 is not in the contract"),
    # hosts
    "no Host": (400, lines("GET / HTTP/1.1"), "HTTP/1.1 demands one"),
    "no Host, HTTP/1.0": (400, lines("GET / HTTP/1.0"), "we serve names only"),
    "empty Host": (400, lines("GET / HTTP/1.1", "Host:"), "is none"),
    "two Hosts": (400, request("GET / HTTP/1.1", "Host: localhost"), "which one?"),
    "unknown Host": (400, lines("GET / HTTP/1.1", "Host: example.com"), "DNS rebinding ends here"),
    "unknown Host, unknown path": (400, lines("GET /nope HTTP/1.1", "Host: example.com"),
                                   "a stranger learns no path"),
    "name within": (400, lines("GET / HTTP/1.1", "Host: localhost.example.com"), "not a prefix"),
    "name behind": (400, lines("GET / HTTP/1.1", "Host: evil-localhost"), "not a suffix"),
    "other loopback": (400, lines("GET / HTTP/1.1", "Host: 127.0.0.2"), "is not in SERVER_NAMES"),
    "malformed Host": (400, lines("GET / HTTP/1.1", "Host: local/host"), "no name has a slash"),
    "absolute target": (400, request("GET http://example.com/ HTTP/1.1"), "it beats Host"),
}


@pytest.mark.parametrize(("status", "data", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(stack, status, data, why):
    """Each refusal is the contract's JSON under the contract's status; the row says why."""
    assert_error(parse_answer(stack.raw(data)), status), why


def test_detail_says_what_to_change(stack):
    """A wrong name and a malformed request are both 400, but not the same mistake."""
    name = parse_answer(stack.raw(lines("GET / HTTP/1.1", "Host: example.com"))).json()
    line = parse_answer(stack.raw(request("GET / HTTP/x"))).json()
    assert "host name" in name["detail"]
    assert "well-formed" in line["detail"]


def test_every_error_of_the_contract_has_its_texts():
    """Also those that are hard to bring about: a status without a text would say Internal error."""
    conf = (REPOSITORY / "nginx/edge/errors.conf").read_text()
    errors, details = re.findall(r"map \S+ \$\w+ \{(.*?)\}", conf, re.DOTALL)
    assert {int(s): t for s, t in re.findall(r'(\d{3}) "(.+)";', errors)} == ERRORS
    assert {int(s) for s in re.findall(r'^ +(\d{3}) "', details, re.M)} == set(ERRORS)
    pages = re.search(r"error_page (4[\d ]+) /_error;",
                      (REPOSITORY / "nginx/edge/error_pages.conf").read_text()).group(1)
    assert set(map(int, pages.split())) == set(ERRORS) - {431} | {500}, "431 is mapped from 494"


def test_head_of_an_error(stack):
    """The headers of the GET, and no body."""
    got, head = stack.get("/nope"), stack.get("/nope", method="HEAD")
    assert (head.status, head.body) == (404, b"")
    assert head.header("content-length") == got.header("content-length")
    assert_headers(head)


def test_connection_lives_on_after_a_404(stack):
    """A refusal is no reason to pay for another handshake."""
    connection = stack.connect()
    assert ask(connection, "/nope").status == 404
    first = connection.sock
    assert ask(connection, "/").text == "Hello, World!\n"
    assert connection.sock is first is not None


# --- answers that pass through --------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/", "/?name=Bob", "/?name=%20", "/ping", "/ping?ip=x"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_headers_of_the_programs_answers(stack, path, method):
    """The edge's headers are on them too, and what both set is there once."""
    answer = stack.get(path, method=method)
    assert answer.status in (200, 400)
    assert_headers(answer)
    assert (answer.body == b"") is (method == "HEAD")


SERVED = {
    "Host in capitals": (lines("GET / HTTP/1.1", "Host: LOCALHOST"), "names have no case"),
    "final dot": (lines("GET / HTTP/1.1", "Host: localhost."), "the same name in DNS"),
    "with a port": (lines("GET / HTTP/1.1", "Host: localhost:1"), "a tunnel's port is not ours"),
    "IPv4": (lines("GET / HTTP/1.1", "Host: 127.0.0.1"), "curl by address"),
    "IPv6": (lines("GET / HTTP/1.1", "Host: [::1]:15000"), "curl by the other address"),
    "HTTP/1.0": (lines("GET / HTTP/1.0", "Host: localhost"), "with a Host it is served"),
    "absolute target": (lines("GET http://localhost/ HTTP/1.1", "Host: example.com"),
                        "RFC 9112: its host is the one that counts"),
    "escaped path": (request("GET /%2e/ HTTP/1.1"), "decoded and normalized: /"),
    "longest query": (request(f"GET /?other={'%41' * 4096} HTTP/1.1"),
                      "4,096 bytes, each percent-encoded"),
    "large header": (request("GET / HTTP/1.1", "X: " + "a" * 15_000), "under the limit"),
    "small body": (request("GET / HTTP/1.1", "Content-Length: 5", body=b"hello"),
                   "read and left aside"),
    "newlines alone": (b"GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
                       "RFC 9112: may be taken"),
}


@pytest.mark.parametrize(("data", "why"), SERVED.values(), ids=SERVED.keys())
def test_served(stack, data, why):
    """Unusual, but no mistake; the row says why."""
    answer = parse_answer(stack.raw(data))
    assert (answer.status, answer.text) == (200, "Hello, World!\n"), why
    assert_headers(answer)


def test_escaped_path_is_the_same_route(stack):
    """/%70ing is /ping, so nothing that guards one may miss the other."""
    assert stack.get("/%70ing").json()["error"] == "Invalid IP address"


@pytest.mark.parametrize("line", [b"GET /?name=Bob\r\n", b"GET http://localhost/?name=Bob\r\n"])
def test_http_0_9_gets_no_answer_of_a_program(stack, line):
    """It has no headers, so none of ours; its absolute target would reach any server."""
    data = stack.raw(line)
    assert b"Hello" not in data
    assert data == b"" or b'"Bad request"' in data


# --- request ids and the access log ---------------------------------------------------------------

@pytest.mark.parametrize("path", ["/?name=Bob", "/?name=%20", "/nope"])
def test_request_id_is_the_same_everywhere(stack, path):
    """Header, JSON and access log: what a user reports can be found."""
    answer = stack.get(path, headers={"X-Request-Id": "f" * 32})
    number = answer.header("x-request-id")
    assert number != "f" * 32, "a client does not choose it"
    if answer.status != 200:
        assert answer.json()["request_id"] == number

    def logged():
        return [line for line in stack.access_log() if line["request_id"] == number]
    wait_until(logged, "the access log's line, which follows the answer")
    assert [(line["target"], line["status"]) for line in logged()] == [(path, answer.status)]


def test_request_ids_differ(stack):
    """Also on one connection."""
    connection = stack.connect()
    ids = {ask(connection, "/").header("x-request-id") for _ in range(20)}
    assert len(ids) == 20


def test_access_log_is_json_whatever_comes(stack):
    """Bytes that are no UTF-8, quotes, controls: a line stays one line and stays readable."""
    def logged():
        """Those of this test alone: another one's may be written late."""
        return [line for line in stack.access_log() if line["client"] == "127.0.0.77"]
    marks = [request(b'GET /"\\ HTTP/1.1', b'User-Agent: "\x07\\'),
             request(b"GET /\xff\xfe HTTP/1.1", b"User-Agent: \xff"),
             lines(b"GET / HTTP/1.1", b"Host: \xc0\xaf"),
             b"\xff\xfe\r\n\r\n",
             b"GET /\r\n"]
    for data in marks:
        stack.raw(data, source="127.0.0.77")
    wait_until(lambda: len(logged()) >= len(marks), "a line for each")
    assert len(logged()) == len(marks)
    assert all(isinstance(line["status"], int) for line in logged())
    assert [line["target"] for line in logged()[:2]] == ['/"\\', "(bytes outside ASCII)"]
