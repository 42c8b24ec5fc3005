"""A program that is of use on the command line: its one argument, answered."""

import os
import subprocess

import pytest

from ping_lab import need
from program import BUILD, PATIENCE, run

ANSWERED = [
    (["1+2"], "3\n", "an argument"),
    (["-1"], "-1\n", "a lone argument may begin with a minus"),
    (["--", "--1"], "1\n", "behind -- anything is an argument"),
    (["'a\\0b'"], "a\0b\n", "NUL is written like any other"),
    (["''"], "\n", "an empty answer"),
]


@pytest.mark.parametrize("arguments, output, why", ANSWERED, ids=[row[2] for row in ANSWERED])
def test_answered(arguments, output, why):
    """On standard output and with 0; root needs no --user, for it is only asked to compute."""
    done = run("calculate", *arguments, privileged=False)
    assert (done.code, done.output.decode(), done.errors) == (0, output, ""), why


def test_error():
    """On standard error, with where it is, and with 1."""
    done = run("calculate", "1/0", privileged=False)
    assert (done.code, done.output) == (1, b"")
    assert done.errors == "calculate: division by zero at position 1\n"


@pytest.mark.parametrize("argument", [b"\xff", b"'\xff'", b"#\xc3"], ids=repr)
def test_not_utf8(argument):
    """An argument, unlike a query, has been checked by nobody."""
    done = subprocess.run([BUILD / "cgi-src/calculate", argument], capture_output=True,
                          timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"UTF-8" in done.stderr


def test_the_environment_does_not_matter():
    """What is asked is the argument, also where a web server's variables are set."""
    done = run("calculate", "6*7", privileged=False,
               environment={"REQUEST_METHOD": "GET", "QUERY_STRING": "expr=1"})
    assert done.output == b"42\n"


def test_output_that_can_not_be_written():
    """Is said, and is no success."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BUILD / "cgi-src/calculate", "1"], stdout=full, timeout=PATIENCE,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"standard output" in done.stderr


@pytest.mark.parametrize("program", ["hello", "ping"])
def test_others_take_no_argument(program):
    """A route without a command says so."""
    done = run(program, "argument", privileged=False)
    assert (done.code, done.output) == (2, b"")
    assert done.errors == f"{program}: error: argument: takes no arguments; see --help\n"


@pytest.mark.parametrize("option", ["--peer", "--root", "--stats", "--journal"])
def test_what_is_of_a_server_is_refused(option):
    """Nothing that was asked for is ignored."""
    done = run("calculate", option, "/nonexistent", "1", privileged=False)
    assert (done.code, done.output) == (2, b"")
    assert "1: with an argument there is no other option than --user" in done.errors


def test_user_is_obeyed():
    """--user is a promise here too."""
    need(os.geteuid() == 0, "root, to become somebody else,")
    assert run("calculate", "--user", "nobody", "1", privileged=False).output == b"1\n"
    refused = run("calculate", "--user", "root", "1", privileged=False)
    assert (refused.code, refused.output) == (1, b"") and "root" in refused.errors
