"""
Settings of `bulkhead`: what is taken, what is refused with which words, and how .env is read.

The functions of bulkhead.d/settings.sh and checks.sh are called by a shell of the tests' own, which
takes milliseconds; that nothing starts on a bad one is asked of the command itself.
"""

import os
import subprocess

import pytest

from stack import REPOSITORY, Stack

HARNESS = """
complain() { printf 'bulkhead: %s\\n' "$*" >&2; }
die() { complain "$@"; exit 1; }
is_root() { [ "$(id -u)" -eq 0 ]; }
env_file=$BULKHEAD_ENV
. "$1/checks.sh"
. "$1/settings.sh"
shift
"$@"
"""


def call(*words, env_file="/dev/null", **environment):
    """Runs a function of settings.sh in a clean environment."""
    return subprocess.run(
        ["sh", "-uc", HARNESS, "sh", str(REPOSITORY / "bulkhead.d"), *words],
        env={"PATH": os.environ["PATH"], "BULKHEAD_ENV": str(env_file), **environment},
        capture_output=True, text=True, timeout=20, check=False)


def load(env_file="/dev/null", **environment):
    """Loads all settings; returns (the settings as a dict, the completed process)."""
    done = call("eval", "load_settings && print_settings $setting_names", env_file=env_file,
                **environment)
    return dict(line.split("=", 1) for line in done.stdout.splitlines()), done


# --- values ---------------------------------------------------------------------------------------

GOOD = [
    ("BIND", "0.0.0.0"), ("BIND", "::"), ("BIND", "::1"), ("BIND", "2001:db8::1"),
    ("BIND", "1:2:3:4:5:6:7:8"), ("BIND", "fe80::a:b"), ("BIND", "1::"),
    ("BIND", "255.255.255.255"),
    ("PORT", "1"), ("PORT", "65535"),
    ("SERVER_NAMES", "example.com"), ("SERVER_NAMES", "*.example.com [::1] 10.0.0.1 a_b x"),
    ("RATE_LIMIT", "off"), ("RATE_LIMIT", "1"), ("RATE_LIMIT", "100000"),
    ("RATE_BURST", "1"), ("PING_RATE_LIMIT", "off"),
    ("PING_TIMEOUT_MS", "60000"), ("PING_DENY", ""), ("PING_DENY", "none"), ("PING_ALLOW", ""),
    ("PROCESSES", "64"),
    ("TRUSTED_PROXIES", ""), ("TRUSTED_PROXIES", "10.0.0.1 10.1.0.0/16 2001:db8::/32"),
    ("HEALTH_FROM", ""), ("HEALTH_FROM", "0.0.0.0/0 ::/0"), ("HEALTH_FROM", "127.0.0.1/32 ::1/128"),
    ("TLS", "off"), ("TLS", "self-signed"), ("TLS_CERT", "/a.pem"), ("TLS_KEY", ""),
    ("TLS_CLIENT_CA", "/a.pem"), ("REDIRECT_PORT", ""), ("REDIRECT_PORT", "80"),
    ("STATE_DIR", "/srv/b-1_2+3.4/x"),
    ("LOG_LEVEL", "debug"),
    ("SANDBOX", "required"), ("SANDBOX", "best-effort"), ("SANDBOX", ""),
    ("TRAIL_SYNC", "0"), ("TRAIL_SYNC", "1"), ("TRAIL_KEEP", "512MiB"),
    ("TRAIL_BURST_MS", "0"), ("TRAIL_BURST_MS", "30000"),
    ("DATABASE_URL", "off"), ("DATABASE_URL", ""), ("PASSWORD", "a b # c"),
    ("PASSWORD_FILE", "/run/secrets/x"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_taken(name, value):
    """The ends of each range, and every form of a value."""
    settings, done = load(**{name: value})
    assert done.returncode == 0, done.stderr
    assert settings[name] == value


BAD = [
    ("BIND", "", "empty is no address"),
    ("BIND", "localhost", "a name may mean several addresses"),
    ("BIND", "1.2.3", "an old short form"),
    ("BIND", "1.2.3.4.5", "five parts"),
    ("BIND", "256.0.0.1", "over 255"),
    ("BIND", "01.2.3.4", "octal, to some"),
    ("BIND", "[::1]", "brackets are added"),
    ("BIND", "1::2::3", "two gaps"),
    ("BIND", "12345::", "five digits"),
    ("BIND", "1:2:3:4:5:6:7", "seven parts"),
    ("BIND", "1:2:3:4:5:6:7:8:9", "nine parts"),
    ("BIND", ":1:2:3:4:5:6:7", "begins with half a gap"),
    ("BIND", "::1%lo", "a scope is not for nginx"),
    ("BIND", "0.0.0.0; root /", "must not reach nginx's file"),
    ("PORT", "0", "is no port"),
    ("PORT", "65536", "too large"),
    ("PORT", "080", "octal, to some"),
    ("PORT", "+80", "digits only"),
    ("PORT", " 80", "digits only"),
    ("PORT", "http", "a name"),
    ("PORT", "99999999999999999999", "no overflow may make it good"),
    ("SERVER_NAMES", "", "would answer nobody"),
    ("SERVER_NAMES", "  ", "would answer nobody"),
    ("SERVER_NAMES", "~.*", "a regular expression"),
    ("SERVER_NAMES", "a;b", "ends nginx's directive"),
    ("SERVER_NAMES", "a b{", "opens a block"),
    ("SERVER_NAMES", "$host", "a variable of nginx's"),
    ("SERVER_NAMES", "a/b|c&d\\1", "what sed would take as its own"),
    ("RATE_LIMIT", "0", "nobody could ask"),
    ("RATE_LIMIT", "1.5", "an integer"),
    ("RATE_LIMIT", "10r/s", "without a unit"),
    ("RATE_LIMIT", "OFF", "in small letters"),
    ("RATE_BURST", "off", "only rates can be off"),
    ("RATE_BURST", "-1", "negative"),
    ("PING_RATE_LIMIT", "", "empty is neither a rate nor off"),
    ("PING_TIMEOUT_MS", "60001", "too long"),
    ("PING_TIMEOUT_MS", "2s", "without a unit"),
    ("PING_DENY", "10.0.0.0/8\n", "one line"),
    ("PING_ALLOW", "a\x1b[2J", "no control characters, as the value is printed"),
    ("TRUSTED_PROXIES", "0.0.0.0/0", "whose word would not be taken?"),
    ("TRUSTED_PROXIES", "10.0.0.1 ::/0", "likewise, over IPv6"),
    ("TRUSTED_PROXIES", "proxy.example.com", "a name may come to mean another"),
    ("TRUSTED_PROXIES", "unix:", "nothing of ours is in front of nginx"),
    ("HEALTH_FROM", "10.0.0.0/33", "more bits than there are"),
    ("HEALTH_FROM", "::/129", "likewise, over IPv6"),
    ("HEALTH_FROM", "10.0.0.0/8/8", "one slash"),
    ("HEALTH_FROM", "10.0.0.0/", "how many?"),
    ("HEALTH_FROM", "10.0.0.0,10.0.0.1", "blanks stand between"),
    ("HEALTH_FROM", "all; allow all", "must not reach nginx's file"),
    ("HEALTH_FROM", "*", "nor a file's name the list"),
    ("TLS", "on", "with which certificate?"),
    ("TLS_KEY", "key.pem", "relative to what?"),
    ("REDIRECT_PORT", "0", "is no port"),
    ("PROCESSES", "0", "nobody would answer"),
    ("PROCESSES", "65", "more than sensible"),
    ("STATE_DIR", "state", "relative to what?"),
    ("STATE_DIR", "/", "the root is not ours"),
    ("STATE_DIR", "/a b", "a blank"),
    ("STATE_DIR", "/a/../b", "where is that?"),
    ("STATE_DIR", "/a;b", "ends nginx's directive"),
    ("STATE_DIR", "/a|b", "sed's separator"),
    ("LOG_LEVEL", "INFO", "in small letters"),
    ("SANDBOX", "off", "there is no such thing"),
    ("SANDBOX", "Required", "in small letters"),
    ("TRAIL_SYNC", "yes", "a digit"),
    ("PASSWORD_FILE", "secret", "relative to what?"),
    ("LOG_LEVEL", "warn", "nginx's word for it, not ours"),
]


@pytest.mark.parametrize(("name", "value", "why"), BAD)
def test_refused(name, value, why):
    """With its name, its value and what is allowed; the row says why."""
    _, done = load(**{name: value})
    assert done.returncode == 1, why
    shown = "".join(letter if letter.isprintable() else "?" for letter in value)
    assert done.stderr.startswith(f"bulkhead: {name}={shown}: allowed is ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["PASSWORD", "DATABASE_URL"])
def test_no_message_holds_a_secret(name):
    """Not even one of two lines, which is refused."""
    _, done = load(**{name: "my secret\nof two lines"})
    assert done.returncode == 1
    assert f"{name}=(not shown): allowed is " in done.stderr and "secret" not in done.stderr


def test_all_bad_ones_are_named_at_once():
    """Nobody should have to start five times to find five mistakes."""
    _, done = load(PORT="x", BIND="x", PROCESSES="x")
    assert [line.split("=")[0] for line in done.stderr.splitlines()] == [
        "bulkhead: BIND", "bulkhead: PORT", "bulkhead: PROCESSES"]


# --- .env -----------------------------------------------------------------------------------------

LINES = [
    ("PORT=8080", "8080", "plain"),
    ('PORT="8080"', "8080", "double quotes"),
    ("PORT='8080'", "8080", "single quotes"),
    ("PORT=8080   ", "8080", "blanks behind"),
    ("PORT=8080 # the usual", "8080", "a comment behind a blank"),
    ("PORT=8080\r", "8080", "written on Windows"),
    ("# PORT=1\n\n  \nPORT=8080", "8080", "comments, empty lines, no last newline"),
    ("\ufeff# from an editor\nPORT=8080", None, "a byte order mark is no comment"),
]


@pytest.mark.parametrize(("text", "port", "why"), LINES)
def test_lines_of_env(tmp_path, text, port, why):
    """What a line may look like."""
    (tmp_path / "env").write_bytes(text.encode())
    settings, done = load(tmp_path / "env")
    assert done.returncode == (0 if port else 1), why
    assert settings.get("PORT") == port, why


VERBATIM = ["$(touch HERE)", "`touch HERE`", "; touch HERE", "$HOME", "a'b", 'a"b', "a#b", "\\n",
            "a|b&c"]


@pytest.mark.parametrize("value", VERBATIM)
def test_values_are_never_evaluated(tmp_path, value):
    """A value is data, quoted or not: it comes out as it went in."""
    value = value.replace("HERE", str(tmp_path / "trace"))
    for quote in ("", '"'):
        (tmp_path / "env").write_text(f"PING_DENY={quote}{value}{quote}\n")
        settings, done = load(tmp_path / "env")
        assert done.returncode == 0, done.stderr
        assert settings["PING_DENY"] == value
        assert not (tmp_path / "trace").exists()


def test_the_environment_wins(tmp_path):
    """So that one run can differ from the file."""
    (tmp_path / "env").write_text("PORT=8080\nPROCESSES=3\n")
    settings, _ = load(tmp_path / "env", PORT="9090")
    assert (settings["PORT"], settings["PROCESSES"]) == ("9090", "3")


@pytest.mark.parametrize(("text", "words"), [
    ("PROT=8080", "PROT in ENV: unknown; allowed are: BIND PORT "),
    ("PATH=/tmp", "PATH in ENV: unknown"),
    ("port=8080", "port in ENV: unknown"),
    ("PORT", "ENV line 1: allowed is NAME=value"),
    ("PORT 8080", "ENV line 1: allowed is NAME=value"),
    ("\nexport PORT=8080", "ENV line 2: allowed is NAME=value"),
    ("PORT =8080", "ENV line 1: allowed is NAME=value"),
    ("=8080", "ENV line 1: allowed is NAME=value"),
    ("PORT=1\nPORT=2", "PORT in ENV: given twice"),
    ("PORT=eighty", "PORT=eighty: allowed is an integer from 1 to 65535"),
])
def test_refused_in_env(tmp_path, text, words):
    """A typing mistake in a name is as bad as one in a value: what was meant would not happen."""
    (tmp_path / "env").write_text(text + "\n")
    _, done = load(tmp_path / "env")
    assert done.returncode == 1
    assert words.replace("ENV", str(tmp_path / "env")) in done.stderr


def test_example_is_a_good_env(tmp_path):
    """As it is, and with every line taken in: it says the defaults."""
    example = (REPOSITORY / ".env.example").read_text()
    plain, done = load(REPOSITORY / ".env.example")
    assert done.returncode == 0 and plain["PORT"] == "15000"
    (tmp_path / "env").write_text(example.replace("\n#STATE_DIR", "\n# STATE_DIR")
                                  .replace("\n#", "\n").replace("\n ", "\n# "))
    taken_in, done = load(tmp_path / "env")
    assert done.returncode == 0, done.stderr
    assert {name: taken_in[name] for name in plain} == plain


# --- the command itself ---------------------------------------------------------------------------

@pytest.mark.parametrize(("settings", "words"), [
    ({"PORT": "eighty"}, "bulkhead: PORT=eighty: allowed is an integer from 1 to 65535"),
    ({"PING_DENY": "10.0.0.0/33"}, "PING_DENY=10.0.0.0/33: allowed is "),
    ({"TLS": "x"}, "bulkhead: TLS=x: allowed is off or self-signed"),
    ({"PASSWORD": "too short"}, "fewer than 12"),
    ({"PASSWORD": ""}, "PASSWORD"),
    ({"DATABASE_URL": "", "TRAIL_KEEP": "1GB"}, "TRAIL_KEEP=1GB: allowed is "),
    ({"DATABASE_URL": "postgresql://h/x?service=y"}, "DATABASE_URL: "),
    ({"BULKHEAD_ENV": "/nonexistent/env"}, "/nonexistent/env: no such file"),
])
def test_nothing_is_started_on_a_bad_setting(settings, words):
    """Refused before the state folder is even made; what is a program's, by that program."""
    stack = Stack()
    try:
        done = stack.bulkhead("up", **settings)
        assert done.returncode == 1
        assert words in done.stderr
        assert not stack.state.exists()
    finally:
        stack.close()


def test_down_works_with_every_other_setting_broken():
    """A mistake in .env must not keep anything running."""
    with Stack() as stack:
        done = stack.bulkhead("down", PORT="x", PROCESSES="", PING_DENY="x")
        assert (done.returncode, done.stdout) == (0, "bulkhead: down\n")
