"""
TLS: what is spoken and what is not, whose certificate, what becomes of plain HTTP, and who may see
/audit. What testssl.sh thinks of it is asked in tests/edge/.
"""

import base64
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import warnings

import pytest

from certificates import certify, certify_expired, openssl, responder
from curl import curl
from program import wait_until
from stack import LIMITS_OFF, PASSWORD, PATIENCE, Stack, free_port, parse_answer, receive_all
from test_edge import assert_error, assert_headers
from tls_stack import TlsStack

HSTS = "max-age=63072000"


@pytest.fixture(scope="module")
def tls():
    """With a certificate; for all: do not change it."""
    with TlsStack() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tls):
    """With an authority for the clients of /audit."""
    with TlsStack() as running:
        assert running.bulkhead("reload", TLS_CLIENT_CA=running.ca).returncode == 0
        yield running


# --- what is spoken -------------------------------------------------------------------------------

def handshake(stack, lowest, highest, ciphers=None):
    """The version that comes out; an SSLError where there is none."""
    context = stack.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions, which we try
        context.minimum_version, context.maximum_version = lowest, highest
    context.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", stack.port), PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            return connection.version(), connection.session.has_ticket


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_spoken(tls, version):
    """The two that have no known fault. No ticket: its key would open every session."""
    wanted = ssl.TLSVersion[version]
    spoken, has_ticket = handshake(tls, wanted, wanted)
    assert spoken == version.replace("_", ".")
    assert not has_ticket or version == "TLSv1_3"


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_versions_are_not_spoken(tls, version):
    """RFC 8996. The client of this test would: it says so by sending a hello."""
    old = ssl.TLSVersion[version]
    with pytest.raises(ssl.SSLError, match="(?i)alert|protocol"):
        handshake(tls, old, old)


WEAK = ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
        "DHE-RSA-AES256-GCM-SHA384", "NULL", "ECDHE-ECDSA-CAMELLIA256-SHA384", "AECDH-AES256-SHA"]


@pytest.mark.parametrize("cipher", WEAK)
def test_weak_suites_are_not_spoken(tls, cipher):
    """No forward secrecy, CBC, no encryption, nobody authenticated."""
    two = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="(?i)alert"):
        handshake(tls, two, two, f"{cipher}:@SECLEVEL=0")


@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_versions_of_http(tls, option, version):
    """By ALPN; the answer is the same."""
    answer = tls.curl("/?name=Bob", option)
    assert (answer.status, answer.text, answer.version) == (200, "Hello, Bob!\n", version)
    assert_headers(answer)
    assert answer.all("strict-transport-security") == [HSTS]


def test_plain_http_promises_no_tls(stack):
    """Over http the header would mean nothing, or lock its users out."""
    assert stack.get("/").all("strict-transport-security") == []


# --- plain HTTP where TLS is spoken ---------------------------------------------------------------

def ask_plain(port, target, host="localhost", method="GET"):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
                           "Connection: close\r\n\r\n".encode())
        return parse_answer(receive_all(connection))


TARGETS = {"/": "/", "/calculate?expr=1+2&x=%0d%0a": "/calculate?expr=1+2&x=%0d%0a",
           "//evil.example/x": "//evil.example/x", "/nope": "/nope",
           "http://localhost:1/ping?ip=::1": "/ping?ip=::1"}


@pytest.mark.parametrize(("target", "there"), TARGETS.items(), ids=TARGETS.keys())
@pytest.mark.parametrize("port", ["port", "plain_port"])
def test_plain_http_is_led_to_https(tls, port, target, there):
    """On both ports, to the same host and no other, with the target as it was sent."""
    answer = ask_plain(getattr(tls, port), target)
    assert answer.status == 308
    assert answer.all("location") == [f"https://localhost:{tls.port}{there}"]
    assert_headers(answer)
    assert b"<" not in answer.body


@pytest.mark.parametrize("port", ["port", "plain_port"])
@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "", "a\tb"])
def test_nobody_is_led_elsewhere(tls, port, host):
    """A redirect to whatever Host says would be everybody's redirect."""
    answer = ask_plain(getattr(tls, port), "/", host)
    assert_error(answer, 400)
    assert answer.all("location") == []


def test_the_usual_ports_are_not_named(down):
    """https://host/, not https://host:443/."""
    down.settings |= {"TLS": "self-signed", "PORT": "443", "REDIRECT_PORT": str(free_port())}
    with contextlib.suppress(AssertionError):  # only root may listen there, and only one may
        down.up()
        answer = ask_plain(int(down.settings["REDIRECT_PORT"]), "/x")
        assert answer.all("location") == ["https://localhost/x"]
        return
    pytest.skip("port 443 is not to be had: it takes root, and nobody else there")


def test_methods_are_refused_after_the_way_there(tls):
    """308 keeps the method, which is then refused as ever."""
    assert ask_plain(tls.port, "/", method="POST").status == 308
    assert_error(tls.curl("/", "-X", "POST"), 405)


def test_unknown_host_over_tls(tls):
    """With a certificate, for who asks by address sends no name; then refused as ever."""
    for version in ("--http1.1", "--http2"):
        answer = tls.curl("/", version, "-H", "Host: example.com")
        assert_error(answer, 400)
        assert answer.all("strict-transport-security") == [HSTS]


# --- certificates of clients ----------------------------------------------------------------------

BASIC = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_audit_is_for_who_has_a_certificate(guarded, version):
    """The password alone is not enough, nor is the certificate."""
    password = ["-H", f"Authorization: Basic {BASIC}"]
    client = guarded.as_client("client")
    refused = guarded.curl("/audit", version, *password)
    assert_error(refused, 403)
    assert "certificate" in refused.json()["detail"]
    assert guarded.curl("/audit", version, *client).status == 401
    # The tests' deployment has no trail: past both doors.
    assert guarded.curl("/audit", version, *client, *password).status == 503


def test_a_strangers_certificate_is_none(guarded):
    """Of another authority: refused, with the contract's words, wherever it is shown."""
    for path in ("/audit", "/"):
        answer = guarded.curl(path, *guarded.as_client("stranger"))
        assert_error(answer, 403)
        assert "certificate" in answer.json()["detail"]


def test_other_routes_ask_for_none(guarded):
    """And without the setting /audit does not either."""
    assert guarded.curl("/?name=Bob").text == "Hello, Bob!\n"


def test_without_the_setting_no_certificate_is_asked_for(tls):
    assert tls.curl("/audit").status == 401
    assert tls.curl("/audit", *tls.as_client("stranger")).status == 401


# --- files ----------------------------------------------------------------------------------------

@pytest.fixture
def given(tmp_path):
    """Files to be given in settings; each test spoils one."""
    authority = certify(tmp_path, "ca")
    certify(tmp_path, "another")
    (tmp_path / "open.key").write_bytes((tmp_path / "ca.key").read_bytes())
    (tmp_path / "open.key").chmod(0o644)
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "text").chmod(0o600)
    certify_expired(tmp_path, "expired")
    openssl("pkey", "-in", tmp_path / "ca.key", "-aes128", "-passout", "pass:x", "-out",
            tmp_path / "locked.key")
    (tmp_path / "locked.key").chmod(0o600)
    return authority.parent


REFUSED = {
    "no key": ({"TLS_CERT": "ca.pem"}, "TLS_CERT without TLS_KEY"),
    "no certificate": ({"TLS_KEY": "ca.key"}, "TLS_KEY without TLS_CERT"),
    "no file": ({"TLS_CERT": "nope", "TLS_KEY": "ca.key"}, "no such file"),
    "a folder": ({"TLS_CERT": ".", "TLS_KEY": "ca.key"}, "no such file"),
    "no certificate in it": ({"TLS_CERT": "text", "TLS_KEY": "ca.key"}, "holds no certificate"),
    "no key in it": ({"TLS_CERT": "ca.pem", "TLS_KEY": "text"}, "holds no key"),
    "a passphrase": ({"TLS_CERT": "ca.pem", "TLS_KEY": "locked.key"}, "a passphrase"),
    "another key": ({"TLS_CERT": "ca.pem", "TLS_KEY": "another.key"}, "is not the key of"),
    "everybody's key": ({"TLS_CERT": "ca.pem", "TLS_KEY": "open.key"}, "others may read it"),
    "expired": ({"TLS_CERT": "expired.pem", "TLS_KEY": "expired.key"}, "expired on"),
    "two": ({"TLS_CERT": "ca.pem", "TLS_KEY": "ca.key", "TLS": "self-signed"}, "which one?"),
    "clients without TLS": ({"TLS_CLIENT_CA": "ca.pem"}, "TLS_CLIENT_CA without TLS"),
    "clients by text": ({"TLS": "self-signed", "TLS_CLIENT_CA": "text"}, "holds no certificate"),
}


@pytest.mark.parametrize(("files", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_files_that_are_refused(down, given, files, words):
    """Before anything is touched, and in words that say what to change."""
    settings = {name: value if value == "self-signed" else str(given / value)
                for name, value in files.items()}
    done = down.bulkhead("up", **settings)
    assert done.returncode == 1
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert not down.state.exists()


@pytest.mark.parametrize(("settings", "words"), [
    ({"REDIRECT_PORT": "1234"}, "REDIRECT_PORT without TLS"),
    ({"TLS": "self-signed", "REDIRECT_PORT": "PORT"}, "is PORT")])
def test_ports_that_are_refused(down, settings, words):
    given = {name: str(down.port) if value == "PORT" else value
             for name, value in settings.items()}
    assert words in down.bulkhead("up", **given).stderr


def served_number(stack):
    """The serial number of the certificate that is served."""
    pem = ssl.get_server_certificate(("127.0.0.1", stack.port), timeout=PATIENCE)
    (stack.folder / "served.pem").write_text(pem)
    return openssl("x509", "-in", stack.folder / "served.pem", "-noout", "-serial")


def test_a_renewed_certificate_counts_from_the_reload_on():
    """And one that does not fit its key changes nothing."""
    with TlsStack() as stack:
        first = served_number(stack)
        stack.renew()
        assert served_number(stack) == first, "nginx has copies"
        assert stack.bulkhead("reload").returncode == 0
        second = served_number(stack)
        assert second != first
        certify(stack.tls, "server")  # not by the authority, but a pair
        (stack.tls / "server.key").write_bytes((stack.tls / "client.key").read_bytes())
        done = stack.bulkhead("reload")
        assert done.returncode == 1 and "is not the key of" in done.stderr
        assert served_number(stack) == second


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives nginx a user of its own")
def test_the_key_is_nginxs_alone(tls):
    """root's stays root's; the copy is for one user, from its first byte."""
    copy = (tls.state / "nginx/tls/key.pem").stat()
    assert copy.st_mode & 0o777 == 0o400
    assert copy.st_uid == int(subprocess.check_output(["id", "-u", "bulkhead-edge"]))
    assert (tls.tls / "server.key").stat().st_mode & 0o777 == 0o600


def test_status_says_until_when(tls):
    """And is not healthy once it has ended."""
    done = tls.bulkhead("status")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^certificate  until \w+ +\d+ [\d:]+ \d{4} GMT$", done.stdout, re.M)
    assert "ends soon" in done.stdout, "those of the tests are good for two days"
    copy = tls.state / "nginx/tls/certificate.pem"
    kept = copy.read_bytes()
    try:
        copy.write_bytes(certify_expired(tls.folder, "expired").read_bytes())
        done = tls.bulkhead("status")
        assert done.returncode == 1 and "the certificate has expired" in done.stderr
    finally:
        copy.write_bytes(kept)


# --- a certificate for a try-out ------------------------------------------------------------------

def test_self_signed(down):
    """For all names; the same until they change; and browsers are told whom it is not for."""
    down.settings["TLS"] = "self-signed"
    said = down.bulkhead("up").stdout
    assert "made a certificate of our own" in said
    assert f"up on https://127.0.0.1:{down.port}" in said
    pem = down.state / "tls/certificate.pem"
    for host in ("localhost", "127.0.0.1", "[::1]"):
        answer = curl(f"https://{host}:{down.port}/", "--cacert", pem, "--connect-to",
                      f"::127.0.0.1:{down.port}")
        assert answer.text == "Hello, World!\n"
    before = served_number(down)
    assert down.bulkhead("reload").returncode == 0
    assert served_number(down) == before
    assert down.bulkhead("reload", SERVER_NAMES="localhost x.test").returncode == 0
    assert served_number(down) != before
    answer = curl(f"https://x.test:{down.port}/", "--cacert", pem, "--connect-to",
                  f"::127.0.0.1:{down.port}")
    assert answer.status == 200
    key = down.state / "tls/key.pem"
    assert key.stat().st_mode & 0o777 == 0o600


def test_from_plain_to_tls_and_back(own):
    """A reload is all it takes, and no connection of before is needed."""
    assert own.bulkhead("reload", TLS="self-signed").returncode == 0
    assert ask_plain(own.port, "/").status == 308
    assert own.bulkhead("reload", TLS="off").returncode == 0
    assert own.get("/").text == "Hello, World!\n"


def test_a_port_more_and_less(own):
    """Beside the one that nginx has already; and one that somebody else has is refused."""
    port = free_port()
    own.settings["TLS"] = "self-signed"
    assert own.bulkhead("reload", REDIRECT_PORT=str(port)).returncode == 0
    assert ask_plain(port, "/").status == 308
    assert own.bulkhead("reload").returncode == 0
    with pytest.raises(ConnectionRefusedError):
        ask_plain(port, "/")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        done = own.bulkhead("reload", REDIRECT_PORT=str(port))
        assert done.returncode == 1 and f"REDIRECT_PORT={port}: something else" in done.stderr
    assert ask_plain(own.port, "/").status == 308


# --- stapling -------------------------------------------------------------------------------------

def stapled(stack):
    shown = openssl("s_client", "-connect", f"127.0.0.1:{stack.port}", "-status", "-CAfile",
                    stack.ca)
    return "OCSP Response Status: successful" in shown and "Cert Status: good" in shown


def test_stapling_where_the_certificate_names_a_responder():
    """nginx asks it after the first handshake, and says its answer from then on."""
    port = free_port()
    with TlsStack("-addext", f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}") as stack:
        with responder(stack.tls, port):
            wait_until(lambda: stapled(stack), "a stapled answer")


def test_no_stapling_where_it_names_none(tls):
    """nginx would warn at each start."""
    assert not stapled(tls)
    assert "ssl_stapling" not in (tls.state / "nginx/tls.conf").read_text()


# --- as a plain user ------------------------------------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become another user")
def test_as_a_plain_user():
    """All of it works without root; the files are then that user's."""
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    stack = Stack(prefix=nobody, TLS="self-signed", **{**LIMITS_OFF, "SANDBOX": "best-effort"})
    shutil.chown(stack.folder, "nobody", "nogroup")
    try:
        done = stack.bulkhead("up")
        assert done.returncode == 0, done.stderr
        assert curl(f"https://localhost:{stack.port}/", "--cacert",
                    stack.state / "tls/certificate.pem").status == 200
    finally:
        stack.close()
