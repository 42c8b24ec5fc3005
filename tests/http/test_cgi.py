"""Plain CGI: one request from the environment, one answer on standard output; and the options."""

import os
import re

import pytest

from program import cgi, run

AS_ROOT = os.geteuid() == 0
PROGRAMS = ["calculate", "hello", "ping"]
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


# --- the answer -----------------------------------------------------------------------------------

def test_get():
    """All of it, to the byte: nginx and other servers take this form."""
    done = cgi("hello", "name=Bob", request_id="0123456789abcdef0123456789abcdef")
    assert done.code == 0
    assert done.errors == "" or not AS_ROOT, "a plain user is told what the program can't drop"
    head, _, body = done.output.partition(b"\r\n\r\n")
    assert head.startswith(b"Status: 200 OK\r\n"), "the first line, with its reason phrase"
    assert body == b"Hello, Bob!\n"
    assert sorted(done.reply.headers) == [
        ("cache-control", "no-store"), ("content-length", "12"), ("content-type", TEXT),
        ("x-request-id", "0123456789abcdef0123456789abcdef")]


def test_json():
    """The other form."""
    reply = cgi("hello", "name=Bob", accept=JSON).reply
    assert reply.header("content-type") == JSON
    assert reply.json() == {"greeting": "Hello, Bob!"}
    assert reply.text.endswith("}\n"), "a newline at the end, for terminals"


def test_no_query():
    """Neither QUERY_STRING nor name: the default."""
    assert run("hello", environment={"REQUEST_METHOD": "GET"}).reply.text == "Hello, World!\n"


def test_head():
    """RFC 9110, 9.3.2: no body, and the length that the GET's has."""
    reply = cgi("hello", "name=Bob", method="HEAD").reply
    assert (reply.status, reply.body) == (200, b"")
    assert reply.header("content-length") == "12"


def test_head_of_an_error():
    """An error is no exception."""
    get, head = (cgi("hello", "name=%2F", method=m).reply for m in ("GET", "HEAD"))
    assert (head.status, head.body) == (400, b"")
    assert head.header("content-type") == JSON
    assert head.header("content-length") == get.header("content-length") == str(len(get.body))


METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "Get", "GETX", "GE", " GET",
           "HEADER", "GET\nX", "é", "X" * 5000]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("method", METHODS, ids=[m[:8].strip() or "blank" for m in METHODS])
def test_other_methods(program, method):
    """405, with what is allowed; methods are case-sensitive (RFC 9110, 9.1)."""
    done = cgi(program, "name=Bob&ip=127.0.0.1", method=method)
    assert done.code == 0, "an answered request is a success of the program"
    assert done.reply.status == 405
    assert done.output.startswith(b"Status: 405 Method Not Allowed\r\n")
    assert done.reply.header("allow") == "GET, HEAD"
    assert done.reply.json()["error"] == "Method not allowed"


@pytest.mark.parametrize("program, query, error", [("hello", "name=a b", "Invalid name"),
                                                   ("ping", "ip=nonsense", "Invalid IP address")])
def test_errors_are_json_whatever_is_accepted(program, query, error):
    """One form, three members, no echo of the input."""
    for accept in (None, "text/plain", "text/html", JSON):
        reply = cgi(program, query, accept=accept, request_id="a" * 32).reply
        assert reply.status == 400
        assert reply.header("content-type") == JSON
        assert list(reply.json()) == ["error", "detail", "request_id"]
        assert reply.json()["error"] == error
        assert reply.json()["request_id"] == reply.header("x-request-id") == "a" * 32
        assert reply.json()["detail"] and "nonsense" not in reply.json()["detail"]


def test_a_body_on_standard_input_is_no_matter():
    """CONTENT_LENGTH and a body with a GET: ignored, not awaited."""
    done = run("hello", environment={"REQUEST_METHOD": "GET", "QUERY_STRING": "name=Bob",
                                     "CONTENT_LENGTH": "999999"}, stdin=b"name=Ada")
    assert done.reply.text == "Hello, Bob!\n"


def test_proxy_variables_are_no_matter():
    """httpoxy and its relatives: nothing but four variables has a meaning."""
    done = cgi("hello", "name=Bob", HTTP_PROXY="http://127.0.0.1:9", PATH_INFO="/../x",
               SCRIPT_NAME="/ping", HTTP_X_REQUEST_ID="b" * 32)
    assert done.reply.text == "Hello, Bob!\n"
    assert done.reply.header("x-request-id") != "b" * 32


# --- Accept (RFC 9110, 12.5.1; cgi-src/route/accept.h) --------------------------------------------

ACCEPT = [
    (None, False, "no preference: text"),
    ("", False, "an empty one says as little"),
    ("*/*", False, "curl's default"),
    ("application/*", False, "a wildcard does not ask for JSON"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False, "a browser"),
    ("text/plain", False, "asks for it"),
    ("text/*", False, "also fits text"),
    (JSON, True, "asks for it"),
    ("Application/JSON", True, "types know no case"),
    (" application/json ", True, "blanks around it"),
    ("application/json;charset=utf-8", True, "with a parameter"),
    ("application/json ; q=0.5", True, "the only named one, at any quality over 0"),
    ("application/json;q=1.000", True, "three decimals"),
    ("application/json;q=0.001", True, "the least there is"),
    ("application/json;Q=0.5", True, "names of parameters know no case"),
    ("application/json, text/plain", True, "a draw is JSON's: it was asked for"),
    ("text/plain, application/json", True, "whatever the order"),
    ("text/plain;q=0.5, application/json;q=0.5", True, "a draw below 1"),
    ("text/plain;q=0.9, application/json", True, "JSON more"),
    ("application/json;q=0.9, text/plain", False, "text more"),
    ("application/json;q=0.899, text/plain;q=0.9", False, "text more, in the third decimal"),
    ("*/*, application/json;q=0.1", True, "wildcards don't count"),
    ("text/html, application/json, */*;q=0.1", True, "among others"),
    ("application/json;q=0", False, "not acceptable"),
    ("application/json;q=0.000", False, "not acceptable, at length"),
    ("application/json;q=0, */*", False, "anything but"),
    ("application/json;q=2", False, "no quality: the range is skipped"),
    ("application/json;q=1.001", False, "no quality"),
    ("application/json;q=0.0001", False, "no quality: four decimals"),
    ("application/json;q=-1", False, "no quality"),
    ("application/json;q=", False, "no quality"),
    ("application/json;q=x", False, "no quality"),
    ("application/json;q=nan", False, "no quality"),
    ("application/jsonp", False, "another type"),
    ("application/json5", False, "another type"),
    ("xapplication/json", False, "another type"),
    ("application/json+x", False, "another type"),
    ("application / json", False, "no type"),
    ("json", False, "no type"),
    (";", False, "garbage"),
    (",,,", False, "empty elements are to be ignored"),
    (",,application/json,,", True, "empty elements are to be ignored"),
    (";q=1", False, "a quality of nothing"),
    ("\t", False, "garbage"),
    ("\x01\x7f", False, "garbage"),
    ("é" * 100, False, "garbage"),
    ("a/b;" * 5000, False, "long garbage"),
    ("a/b," * 5000 + JSON, True, "a long list, and then what counts"),
]


@pytest.mark.parametrize("accept, is_json, why", ACCEPT, ids=[row[2] for row in ACCEPT])
def test_accept(accept, is_json, why):
    """An explicit application/json of a quality at least that of text/plain is JSON; else text."""
    reply = cgi("hello", "name=Bob", accept=accept).reply
    assert reply.status == 200
    assert reply.header("content-type") == (JSON if is_json else TEXT), why


# --- request ids ----------------------------------------------------------------------------------

def test_request_id_is_kept():
    """nginx made it, and its log has it."""
    ours = "00112233445566778899aabbccddeeff"
    assert cgi("hello", request_id=ours).reply.header("x-request-id") == ours


BAD_IDS = [
    (None, "none"),
    ("", "empty"),
    ("a" * 31, "short"),
    ("a" * 33, "long"),
    ("A" * 32, "upper case: two spellings of one id"),
    ("g" * 32, "not hexadecimal"),
    (" " + "a" * 31, "a blank"),
    ("a" * 31 + "\n", "a line break"),
    ("a" * 16 + "\r\n" + "b" * 14, "a header of the attacker's"),
    ("a" * 32 + "\r\nSet-Cookie: x=y", "a header of the attacker's behind a good one"),
    ("\"" + "a" * 31, "a quote"),
    ("é" * 16, "32 bytes that are no digits"),
    ("a" * 100000, "very long"),
]


@pytest.mark.parametrize("given, why", BAD_IDS, ids=[row[1] for row in BAD_IDS])
def test_other_request_ids_are_replaced(given, why):
    """Only 32 lower-case hexadecimal digits are taken; anything else gets a fresh one."""
    reply = cgi("hello", "name=%", request_id=given).reply
    made = reply.header("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", made), why
    assert made != given and reply.json()["request_id"] == made
    assert reply.header("set-cookie") is None


def test_fresh_request_ids_differ():
    """They tell requests apart."""
    made = [cgi("hello").reply.header("x-request-id") for _ in range(20)]
    assert len(set(made)) == 20


# --- options --------------------------------------------------------------------------------------

@pytest.mark.parametrize("program", PROGRAMS)
def test_no_request(program):
    """Started by hand without anything: not a crash, not a silent wait, but what to do."""
    done = run(program)
    assert done.code == 2
    assert done.output == b""
    assert done.errors.startswith(f"{program}: ") and "REQUEST_METHOD" in done.errors
    assert "--help" in done.errors


@pytest.mark.parametrize("program", PROGRAMS)
def test_help(program):
    """To standard output, with every option, and it needs nothing to work."""
    done = run(program, "--help", privileged=False)
    assert (done.code, done.errors) == (0, "")
    text = done.output.decode()
    assert text.lower().startswith("usage:")
    for option in ("--user", "--peer", "--check", "--stats", "--help", "--version"):
        assert option in text


@pytest.mark.parametrize("program", PROGRAMS)
def test_version(program):
    """A name and a version, on a line."""
    done = run(program, "--version", privileged=False)
    assert (done.code, done.errors) == (0, "")
    assert re.fullmatch(rf"{program} \(?[Bb]ulkhead\)? \d+\.\d+(\.\d+)?\n", done.output.decode())


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("options", [["--bogus"], ["-x", "--check"], ["two", "arguments"],
                                     ["--user"], ["--peer"], ["--stats"], ["--help=yes"]],
                         ids=" ".join)
def test_usage_errors(program, options):
    """Exit code 2 and where to read on; nothing on standard output."""
    done = run(program, *options, environment={"REQUEST_METHOD": "GET"}, privileged=False)
    assert (done.code, done.output) == (2, b"")
    assert done.errors.startswith(f"{program}: ") and "--help" in done.errors


BAD_VALUES = [
    (["--user", "no-such-user"], "no-such-user", "a user that does not exist"),
    (["--peer", "no-such-user"], "no-such-user", "a peer that does not exist"),
    (["--peer", "-1"], "-1", "no uid"),
    (["--peer", "4294967296"], "4294967296", "over 32 bits"),
    (["--peer", ""], "--peer", "nobody"),
    (["--peer", ":no-such-group"], ":no-such-group", "a group that does not exist"),
    (["--peer", ":"], "--peer :", "no group"),
    (["--stats", "/no/such/folder/stats"], "/no/such/folder/stats", "a folder that is missing"),
]


@pytest.mark.parametrize("options, named, why", BAD_VALUES, ids=[row[2] for row in BAD_VALUES])
def test_bad_values_of_options(options, named, why):
    """Refused with the value that is wrong, before anything is served."""
    done = run("hello", *options, environment={"REQUEST_METHOD": "GET"})
    assert done.code in (1, 2) and done.output == b"", why
    assert done.errors.startswith("hello: ") and named in done.errors


@pytest.mark.skipif(not AS_ROOT, reason="only root is told what root must do")
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("options", [[], ["--user", "root"], ["--user", "0"]], ids=" ".join)
def test_root_without_a_user_to_become(program, options):
    """It would serve as root: refused, with what to do instead."""
    done = run(program, *options, environment={"REQUEST_METHOD": "GET"}, privileged=False)
    assert (done.code, done.output) == (1, b"")
    assert done.errors.startswith(f"{program}: ") and "--user" in done.errors


# --- settings -------------------------------------------------------------------------------------

BAD_SETTINGS = [
    ("hello", "LOG_LEVEL", "bogus", ["debug", "info", "warning", "error"]),
    ("hello", "LOG_LEVEL", "INFO", ["debug", "info", "warning", "error"]),
    ("ping", "LOG_LEVEL", "bogus", ["debug", "info", "warning", "error"]),
    ("ping", "PING_TIMEOUT_MS", "0", ["1", "integer"]),
    ("ping", "PING_TIMEOUT_MS", "2s", ["integer"]),
    ("ping", "PING_TIMEOUT_MS", "99999999999999999999", ["integer"]),
    ("ping", "PING_DENY", "10.0.0.0/33", ["10.0.0.0/8"]),
    ("ping", "PING_ALLOW", "example.org", ["10.0.0.0/8"]),
]


@pytest.mark.parametrize("check", [[], ["--check"]], ids=["to serve", "--check"])
@pytest.mark.parametrize("program, name, value, allowed", BAD_SETTINGS,
                         ids=[f"{r[0]} {r[1]}={r[2]}" for r in BAD_SETTINGS])
def test_malformed_settings(program, name, value, allowed, check):
    """Refused at start, with the name, the value and what is allowed."""
    done = run(program, *check, environment={"REQUEST_METHOD": "GET", name: value})
    assert (done.code, done.output) == (1, b"")
    assert name in done.errors and value in done.errors
    assert any(word in done.errors for word in allowed), done.errors


@pytest.mark.parametrize("program", PROGRAMS)
def test_check_of_good_settings(program):
    """Says nothing and serves nothing."""
    done = run(program, "--check", environment={"REQUEST_METHOD": "GET", "LOG_LEVEL": "debug"})
    assert (done.code, done.output) == (0, b"")


@pytest.mark.parametrize("program", PROGRAMS)
def test_settings_of_other_programs_are_no_matter(program):
    """One .env serves all: what a program does not know is another's."""
    # harden: ignore S1 because it is too short to be one
    done = run(program, "--check", environment={"RATE_LIMIT": "x", "PASSWORD": "short"})
    assert done.code == 0
