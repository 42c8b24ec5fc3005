"""
The console's files through nginx: each with the edge's headers, whatever is asked and however, and
nothing else from the disk. What the page does is in tests/browser/test_console.py.
"""

import base64
import hashlib
import re

import pytest

from stack import REPOSITORY, ask
from test_edge import HARDENING, assert_error, assert_headers

FOLDER = REPOSITORY / "console"
PAGE = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'")
GUIDE = ("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
         "form-action 'none'; frame-ancestors 'none'")
NOTHING = HARDENING["content-security-policy"]
# path: its file, its type, what its answer may do in a browser
FILES = {
    "/console/": ("index.html", "text/html; charset=utf-8", PAGE),
    "/console/guide.html": ("guide.html", "text/html; charset=utf-8", GUIDE),
    "/console/console.css": ("console.css", "text/css", NOTHING),
    "/console/console.js": ("console.js", "text/javascript", NOTHING),
    "/console/icon.svg": ("icon.svg", "image/svg+xml", NOTHING),
    "/openapi.json": ("openapi.json", "application/json", NOTHING),
}
every_file = pytest.mark.parametrize("path", FILES)


def assert_all_headers(answer, policy):
    """Those of every answer, and this one's policy, each once."""
    assert answer.all("content-security-policy") == [policy]
    assert_headers(type(answer)(answer.status, [
        (name, NOTHING if name == "content-security-policy" else value)
        for name, value in answer.headers], answer.body))


def test_each_file_has_its_path():
    """And no path is without one."""
    assert {file for file, *_ in FILES.values()} == {path.name for path in FOLDER.iterdir()}


@every_file
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_file(stack, path, method):
    file, kind, policy = FILES[path]
    content = (FOLDER / file).read_bytes()
    answer = stack.get(path, method=method)
    assert answer.status == 200
    assert answer.body == (b"" if method == "HEAD" else content)
    assert answer.all("content-length") == [str(len(content))]
    assert answer.all("content-type") == [kind]
    assert answer.all("accept-ranges") == []
    assert_all_headers(answer, policy)


@every_file
@pytest.mark.parametrize("condition, value", [("If-None-Match", "etag"),
                                              ("If-Modified-Since", "last-modified")])
def test_not_modified(stack, path, condition, value):
    """The headers of a 304 replace those that a client has kept: all are there."""
    first = stack.get(path)
    answer = stack.get(path, {condition: first.header(value)})
    assert (answer.status, answer.body) == (304, b"")
    assert_all_headers(answer, FILES[path][2])


@every_file
def test_no_ranges(stack, path):
    """A part is no page; and a thousand parts of one are a lot of work."""
    answer = stack.get(path, {"Range": "bytes=0-9"})
    assert (answer.status, answer.body) == (200, (FOLDER / FILES[path][0]).read_bytes())


@every_file
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_methods(stack, path, method):
    assert_error(stack.get(path, method=method, headers={"Content-Length": "0"}), 405)


@pytest.mark.parametrize("path", [
    "/console/index.html", "/console/openapi.json", "/console/x", "/console/console.js/",
    "/console//console.js", "/console/../nginx.conf", "/console/..%2fnginx.conf", "/openapi.json/",
    "/Console/", "/console/.", "/console/console.css~"])
def test_nothing_else_is_there(stack, path):
    """One location a file: the disk is asked for no other name."""
    answer = stack.get(path)
    if path == "/console/.":
        assert answer.body == (FOLDER / "index.html").read_bytes(), "it is /console/"
    else:
        assert_error(answer, 404)


def test_without_the_slash(stack):
    """A relative address: nginx can't know by which one it was reached."""
    answer = stack.get("/console", {"Host": "localhost:1"})
    assert answer.status == 308
    assert answer.all("location") == ["/console/"]
    assert_headers(answer)
    assert_error(stack.get("/console", method="POST", headers={"Content-Length": "0"}), 405)


@pytest.mark.parametrize("path", ["/console", "/console/", "/openapi.json"])
def test_is_limited(limited_stack, path):
    """As every path is; the client is this test's alone."""
    data = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    source = f"127.0.1.{10 + len(path)}"
    assert any(b" 429 " in limited_stack.raw(data, source)[:20] for _ in range(200))


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.html")), ids=lambda page: page.name)
def test_integrity(page):
    """The hash of each script and style in the page is that of the file."""
    text = page.read_text()
    marks = re.findall(r'(?:src|href)="/console/(\S+\.(?:js|css))"\s+integrity="([^"]+)"', text)
    assert len(marks) == len(re.findall(r"<script|stylesheet", text)) > 0
    for name, mark in marks:
        digest = hashlib.sha384((FOLDER / name).read_bytes()).digest()
        assert mark == f"sha384-{base64.b64encode(digest).decode()}", f"{name} has changed"


def test_reload_takes_a_new_page(copy):
    """With the rest of nginx's configuration."""
    copy.up()
    page = copy.source / "console/index.html"
    page.write_text(page.read_text() + "<!-- new -->\n")
    connection = copy.connect()
    assert b"<!-- new -->" not in ask(connection, "/console/").body
    connection.close()
    done = copy.bulkhead("reload")
    assert done.returncode == 0, done.stderr
    assert b"<!-- new -->" in copy.get("/console/").body


def test_a_missing_file_is_a_404(own):
    """Not nginx's page, and no path of the server's."""
    for file in (own.state / "nginx/console").iterdir():
        file.unlink()
    for path in FILES:
        assert_error(own.get(path), 404)
