"""
Every answer has the whole set of hardening headers, each once: that of each route, each error, over
HTTP/1.1, over TLS and over HTTP/2.
"""

import pathlib

import pytest

from curl import curl
from stack import LIMITS_OFF, PASSWORD, Stack, copy_source
from test_edge import assert_headers
from test_edge_tls import HSTS
from tls_stack import TlsStack

MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so")

# status, target, options of curl's
ANSWERS = {
    "hello": (200, "/?name=Bob", []),
    "hello as JSON": (200, "/?name=Bob", ["-H", "Accept: application/json"]),
    "hello's error": (400, "/?name=%20", []),
    "ping": (403, "/ping?ip=0.0.0.0", []),
    "ping's error": (400, "/ping", []),
    "calculate": (200, "/calculate?expr=6*7", []),
    "calculate's error": (400, "/calculate?expr=", []),
    "audit without a password": (401, "/audit", []),
    "audit without a database": (503, "/audit", ["-u", f"admin:{PASSWORD}"]),
    "unknown path": (404, "/nope", []),
    "method": (405, "/", ["-X", "POST"]),
    "body": (413, "/", ["-X", "GET", "-d", "hello"]),
    "large body": (413, "/", ["-d", "x" * 10_000]),
    "long target": (414, "/?" + "a" * 40_000, []),
    "large header": (431, "/", ["-H", "X: " + "a" * 20_000]),
    "unknown host": (400, "/", ["-H", "Host: example.com"]),
    "malformed target": (400, "/%zz", []),
    "condition": (200, "/", ["-H", "If-None-Match: *", "-H", "Range: bytes=0-1"]),
    # of what comes with the page and with the state of things
    "page": (200, "/console/", []),
    "page, not changed": (304, "/console/", []),
    "way to the page": (308, "/console", []),
    "description": (200, "/openapi.json", []),
    "health": (200, "/healthz", []),
    "health, to a stranger": (403, "/healthz", ["--interface", "127.0.8.8"]),
    "metrics": (200, "/metrics", []),
}
WAYS = {"HTTP/1.1": (False, "1.1", ["--http1.1"]), "TLS": (True, "1.1", ["--http1.1"]),
        "HTTP/2": (True, "2", ["--http2"])}
# nginx answers these over HTTP/2 with GOAWAY: no request has come.
OWN_POLICY = {"/console/": "/console/index.html", "/audit": "/audit"}
NOT_OVER_HTTP_2 = {"long target", "large header", "malformed target"}


@pytest.fixture(scope="module")
def plain(make_stack):
    with make_stack(HEALTH_FROM="127.0.0.1", **LIMITS_OFF) as running:
        yield running


@pytest.fixture(scope="module")
def tls():
    with TlsStack(HEALTH_FROM="127.0.0.1") as running:
        yield running


def get(stack, target, *options):
    more = ["--cacert", stack.ca] if isinstance(stack, TlsStack) else []
    return curl(stack.url + target, "--path-as-is", *more, *options)


@pytest.mark.parametrize("is_head", [False, True], ids=["GET", "HEAD"])
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(("is_tls", "version", "way"), WAYS.values(), ids=WAYS.keys())
def test_every_answer(request, plain, is_tls, version, way, name, is_head):
    """The whole set, once; HSTS where there is TLS, and only there."""
    status, target, options = ANSWERS[name]
    if version == "2" and name in NOT_OVER_HTTP_2:
        return
    if is_head and {"-d", "-X"} & set(options):
        return
    stack = request.getfixturevalue("tls") if is_tls else plain
    if status == 304:
        changed = get(stack, target, *way).header("last-modified")
        options = ["-H", f"If-Modified-Since: {changed}"]
    answer = get(stack, target, *way, *options, *(["-I", "-o", "/dev/null"] if is_head else []))
    assert (answer.status, answer.version) == (status, version)
    assert_headers(answer, OWN_POLICY.get(target))
    assert answer.all("strict-transport-security") == ([HSTS] if is_tls else [])


# --- Server ---------------------------------------------------------------------------------------

@pytest.mark.skipif(not MODULE.exists(), reason=f"no {MODULE}")
def test_no_server_where_the_module_is(plain, tls):
    """On an answer of a program's, of nginx's, and over HTTP/2."""
    for stack, target, way in ((plain, "/", "--http1.1"), (plain, "/nope", "--http1.1"),
                               (tls, "/", "--http2"), (tls, "/%zz", "--http1.1")):
        assert get(stack, target, way).all("server") == []


def test_server_where_it_is_not(tmp_path):
    """The name, without a version; and nothing asks for a module that is not there."""
    source = copy_source(tmp_path)
    edge = tmp_path / "bulkhead.d/edge.sh"
    edge.write_text(edge.read_text().replace(str(MODULE), str(tmp_path / "none.so")))
    with Stack(**source, **LIMITS_OFF) as stack:
        assert stack.get("/").all("server") == ["nginx"]
        assert stack.get("/nope").all("server") == ["nginx"]
