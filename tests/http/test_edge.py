"""
What nginx itself answers: the contract's JSON for each error, and its headers on every answer.

What a program answers through it is in the tests of each route; limits are in
test_edge_limits.py, and what stands between nginx and a program in test_edge_upstream.py.
"""

import re

import pytest

from program import wait_until
from raw_requests import lines, request
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
}
POLICY = "content-security-policy"
# contract.md: the public text of each status that the edge may answer
ERRORS = {
    400: "Bad request", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Request timeout", 413: "Request too large", 414: "URI too long",
    429: "Too many requests", 431: "Headers too large", 502: "Bad gateway",
    503: "Service unavailable", 504: "Gateway timeout",
}


def assert_headers(answer, path=None):
    """The headers that no answer may lack or repeat; `path` has a policy of its own."""
    expected = HARDENING | ({POLICY: policy_of(path)} if path else {})
    for name, value in expected.items():
        assert answer.all(name) == [value], name
    assert len(answer.all("permissions-policy")) == 1
    assert len(answer.all("x-request-id")) == 1
    assert re.fullmatch("[0-9a-f]{32}", answer.header("x-request-id"))
    assert answer.all("x-powered-by") == []
    assert answer.all("server") in ([], ["nginx"]), "no version; see test_edge_headers.py"


def policy_of(path):
    """As nginx is told; what it does in a browser is asked there."""
    conf = (REPOSITORY / "nginx/edge/headers.conf").read_text()
    return re.search(rf'^ +{re.escape(path)} "(.*)";$', conf, re.M).group(1)


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
    # of several workers, each of which writes its own in their order
    assert {'/"\\', "(bytes outside ASCII)"} <= {line["target"] for line in logged()}
