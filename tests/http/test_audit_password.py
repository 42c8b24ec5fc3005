"""
The password of /audit at the start: which ones the program refuses, with which words, and that none
is ever shown.
"""

import os
import pathlib

import pytest

from audit_lab import PASSWORD, Trail, basic, Audit
from program import run

GOOD = ["x9-keeps-out", "correct horse battery staple",
        "\u05e9\u05dc\u05d5\u05dd-\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6",
        "0123456789abcdef0123456789abcdee", "a:b:c:d:e:f:g",
        "changeme-7Kx9q2LmPz", "Tr0ub4dor&3-zebra", "xy3z-" * 204 + "four"]

WEAK = [
    ("", "no password", "none"),
    ("x9-keeps-ou", "fewer than 12", "eleven characters"),
    ("\u05e9\u05dc\u05d5\u05dd" * 2 + "\u05d0", "fewer than 12", "nine characters of 18 bytes"),
    ("password", "fewer than 12", "the word"),
    ("passwordpassword", "words", "twice the word"), ("default_password", "words", "the other"),
    ("Default-Password", "words", "in another case"), ("DEFAULT_PASSWORD_1", "words", "numbered"),
    ("changemechangeme", "words", "the third, twice"), ("changeme1234", "words", "and digits"),
    ("ChangeMe!2026", "words", "and a year"), ("password1234", "words", "and digits"),
    ("1234password", "words", "digits in front"), ("P@ssw0rd2026!", "words", "in disguise"),
    ("pa55word-1234", "words", "in another"), ("my_secret_password", "words", "a few more words"),
    ("bulkhead-admin", "words", "the names at hand"), ("aaaaaaaaaaaa", "pattern", "one character"),
    ("\u05e9" * 12, "pattern", "one character of two bytes"),
    ("abababababab", "pattern", "two"), ("112233441122", "pattern", "four"),
    ("1234567890123", "pattern", "digits in a row"), ("9876543210987", "pattern", "backwards"),
    ("abcdefghijklm", "pattern", "letters in a row"),
    ("xy3z-" * 205, "1024 bytes", "too long"),
    (b"x9-keeps-out\xff".decode(errors="surrogateescape"), "UTF-8", "not UTF-8"),
    ("x9-keeps\x07-out", "control", "a control character"),
]


def start(*options, **settings):
    """As plain CGI, or with --check."""
    return run("audit", *options, environment={"DATABASE_URL": "off", "REQUEST_METHOD": "GET",
                                               **settings})


@pytest.mark.parametrize("password", GOOD, ids=range(len(GOOD)))
def test_good(password):
    assert start("--check", PASSWORD=password).code == 0


@pytest.mark.parametrize("password, word", [row[:2] for row in WEAK], ids=[r[2] for r in WEAK])
@pytest.mark.parametrize("option", [["--check"], []], ids=["check", "start"])
def test_refused(password, word, option):
    """One line that says what to change, and holds nothing of the password."""
    done = start(*option, PASSWORD=password)
    assert (done.code, done.output) == (1, b"")
    assert len(done.errors.splitlines()) == 1 and word in done.errors
    assert "PASSWORD" in done.errors and ": " in done.errors
    assert not password or password not in done.errors.replace("password ", "")


def write(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


FILES = [
    (PASSWORD.encode(), 0o600, "a line without an end"),
    (PASSWORD.encode() + b"\n", 0o400, "a line, only to be read"),
    (PASSWORD.encode() + b"\r\n", 0o600, "of another system"),
    (PASSWORD.encode() + b"\nremarks: password\n", 0o600, "the first of several"),
]


@pytest.mark.parametrize("content, mode", [row[:2] for row in FILES], ids=[r[2] for r in FILES])
def test_file(tmp_path, content, mode):
    """It opens the route: 503 is the answer of a deployment without a trail."""
    done = start(PASSWORD_FILE=write(tmp_path / "password", content, mode),
                 HTTP_AUTHORIZATION=basic())
    assert done.code == 0, done.errors
    assert done.reply.status == 503
    assert done.reply.json()["error"] == "Trail unavailable"
    assert done.reply.json()["detail"] == "this deployment keeps no trail: DATABASE_URL=off"


BAD_FILES = [
    (b"", 0o600, "fewer than 12", "empty"),
    (b"\n" + PASSWORD.encode(), 0o600, "fewer than 12", "an empty first line"),
    (b"changeme1234\n", 0o600, "words", "a weak one"),
    (b"xy3z-" * 400, 0o600, "1024 bytes", "too long"),
    (b"\xff" * 20, 0o600, "UTF-8", "not UTF-8"),
    (b"x9-keeps\0-out-the-sea", 0o600, "control", "NUL"),
    (PASSWORD.encode(), 0o640, "chmod 600", "readable by the group"),
    (PASSWORD.encode(), 0o604, "chmod 600", "readable by others"),
    (PASSWORD.encode(), 0o620, "chmod 600", "writable by the group"),
]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of root's")
@pytest.mark.parametrize("mode, group, good", [
    (0o440, 0, True), (0o440, 1, False), (0o460, 0, False), (0o444, 0, False), (0o640, 0, False)])
def test_credential(tmp_path, mode, group, good):
    """As systemd 254 gives one: root's, of mode 0440, where an access list names who reads it."""
    path = write(tmp_path / "password", PASSWORD.encode(), mode)
    os.chown(path, 0, group)
    assert (start("--check", PASSWORD_FILE=path).code == 0) == good


@pytest.mark.parametrize("content, mode, word", [row[:3] for row in BAD_FILES],
                         ids=[r[3] for r in BAD_FILES])
def test_refused_file(tmp_path, content, mode, word):
    done = start("--check", PASSWORD_FILE=write(tmp_path / "password", content, mode))
    assert done.code == 1
    assert len(done.errors.splitlines()) == 1 and word in done.errors
    assert PASSWORD not in done.errors


def test_no_file(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        done = start("--check", PASSWORD_FILE=str(path))
        assert done.code == 1 and "PASSWORD_FILE" in done.errors


def test_both(tmp_path):
    """Whichever was meant, the other may be one that was forgotten."""
    done = start("--check", PASSWORD=PASSWORD,
                 PASSWORD_FILE=write(tmp_path / "password", PASSWORD.encode()))
    assert done.code == 1 and "both" in done.errors and PASSWORD not in done.errors


URLS = [
    ("postgresql://127.0.0.1/bulkhead", "sslrootcert is missing", "over TCP"),
    # harden: ignore S1 because it is one that is refused
    ("postgresql://u:s3cret@db.example/bulkhead", "a password is not taken", "a password"),
    ("postgresql:///bulkhead", "host is missing", "no host"),
    ("postgresql:///bulkhead?host=/a,db.example", "one folder", "a second host"),
    ("postgresql:///bulkhead?host=/run&port=5432,5433", "port", "a second port"),
    ("postgresql:///bulkhead?host=/run&service=x", "service is not taken", "a service"),
    ("postgresql:///bulkhead?host=/run&passfile=/x", "for a server over TCP", "a file"),
    ("postgresql:///bulkhead?host=/run&options=-c%20x", "options is not taken", "options"),
    ("host=/run hostaddr=192.0.2.1", "hostaddr is not taken", "an address"),
    ("postgresql:///bulkhead?host=/" + "x" * 100, "too long", "a long path"),
    ("s3cret", "off", "no URL"), ("mysql://u:s3cret@/x", "off", "another database's"),
]


@pytest.mark.parametrize("url, words", [row[:2] for row in URLS], ids=[row[2] for row in URLS])
def test_refused_url(url, words):
    """What to change, without a word of the URL: it may have a password."""
    done = start("--check", DATABASE_URL=url, PASSWORD=PASSWORD)
    assert done.code == 1
    assert len(done.errors.splitlines()) == 1 and words in done.errors
    assert "s3cret" not in done.errors


@pytest.mark.parametrize("url", ["", "off", "postgresql:///x?host=/run", "host=/run port=5433",
                                 "postgres:///?host=/run"])
def test_good_url(url):
    assert start("--check", DATABASE_URL=url, PASSWORD=PASSWORD).code == 0


def test_the_password_is_not_in_the_environment():
    """Where ps and /proc would show it to whoever may look; the log has none either."""
    trail = Trail()
    try:
        with Audit(trail, "--journal", str(make_folder(trail))) as audit:
            assert audit.get("q=%01").status == 200
            assert audit.get(authorization=basic(password="wrong-" + PASSWORD)).status == 401
            if os.geteuid() == 0:  # to anybody else the program is closed
                environment = pathlib.Path(f"/proc/{audit.pid}/environ").read_bytes()
                assert b"PASSWORD=" in environment and PASSWORD.encode() not in environment
            assert PASSWORD not in audit.errors()
            lines = b"".join(p.read_bytes() for p in make_folder(trail).iterdir() if p.is_file())
            assert lines.count(b"\n") == 2 and b'"status":401,"reason":"Unauthorized"' in lines
            for secret in (PASSWORD, basic()[6:], basic(password="wrong-" + PASSWORD)[6:], "wrong"):
                assert secret.encode() not in lines, "a record has a credential"
    finally:
        trail.remove()


def make_folder(trail):
    folder = trail.folder / "journal"
    if not folder.exists():
        folder.mkdir()
        folder.chmod(0o777)
    return folder
