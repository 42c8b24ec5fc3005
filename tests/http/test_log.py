"""Standard error, the log, when nobody takes what is written there."""

import os
import subprocess

from program import BUILD, Program, clean_environment, privileges

WARNED = {"REQUEST_METHOD": "GET", "QUERY_STRING": "name=Ada", "SANDBOX": "best-effort",
          "BULKHEAD_TEST_LANDLOCK_ABI": "0"}


def test_a_reader_that_has_gone():
    """Is no reason to end: the warning that it has no Landlock is lost."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([BUILD / "tests/sandbox/switch-hello", *privileges()],
                          stdout=subprocess.PIPE, stderr=writing, timeout=60, check=False,
                          env=clean_environment(WARNED))
    os.close(writing)
    assert (done.returncode, done.stdout.endswith(b"Hello, Ada!\n")) == (0, True)


def fill(writing):
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)


def test_a_reader_that_does_not_read():
    """The answer comes, and what is missing in the log is said there once there is room."""
    reading, writing = os.pipe()
    fill(writing)
    with Program("hello", log_to=writing) as program:
        assert program.ask("name=Ada").text == "Hello, Ada!\n"
        os.set_blocking(reading, False)
        while len(os.read(reading, 1 << 20)) == 1 << 20:
            pass
        assert program.terminate()[0] == 0
        text = os.read(reading, 1 << 16).decode()
    os.close(reading)
    os.close(writing)
    assert "lines are missing here: nobody read them" in text
    assert text.endswith("hello: info: stopped\n")
