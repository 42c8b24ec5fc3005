"""Time and memory are bounded, whoever made the files."""

import resource
import subprocess

import pytest

import hostile
from harden import CLEAN, FINDINGS, PROGRAM, TROUBLE, checks

SIZE = hostile.MIB // 16
SECONDS = 60  # of the processor's; most take less than one
TYPES = {row["type"] for row in checks().values()}
IS_PLAIN = b"__asan_init" not in PROGRAM.read_bytes()
SMALL = {"daemon.json": b'{"debug": true}\n', "Dockerfile": b"FROM debian\nUSER root\n",
         "compose.yml": b"services:\n  a:\n    image: b\n    ports: [80:80]\n"}


def bounded(*arguments, data=0):
    """A run that ends, by a signal, when it takes more than it may."""
    def bind():
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        if data and IS_PLAIN:
            resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=300, check=False,
                          preexec_fn=bind)  # noqa: PLW1509 nothing else runs here


def test_memory_does_not_grow_with_the_files(tmp_path):
    """Ten thousand, of which each finding stays for a moment only."""
    for number in range(10000):
        folder = tmp_path / str(number % 100) / str(number)
        folder.mkdir(parents=True)
        name = list(SMALL)[number % len(SMALL)]
        (folder / name).write_bytes(SMALL[name])
    done = bounded("audit", tmp_path, data=6 * hostile.MIB)
    assert done.returncode == FINDINGS, done.stderr
    assert b"in 10000 files" in done.stdout.splitlines()[-1]


def cases(table):
    return [pytest.param(kind, table[kind][name], id=f"{kind}: {name}")
            for kind in table if kind in TYPES for name in table[kind]]


@pytest.mark.parametrize("kind, data", cases(hostile.DEEP))
def test_deep(kind, data, tmp_path):
    """It is refused in words, or found; nothing is changed."""
    file = tmp_path / "file"
    file.write_bytes(data)
    done = bounded("audit", "--type", kind, file, data=512 * hostile.MIB)
    assert done.returncode in (FINDINGS, TROUBLE), done.stderr
    if done.returncode == TROUBLE:
        assert done.stderr.startswith(b"harden: %s: " % bytes(file)), done.stderr
        assert b"there is not enough" not in done.stderr
    assert bounded("fix", "--write", "--type", kind, file).returncode in (CLEAN, FINDINGS, TROUBLE)
    assert done.returncode != TROUBLE or file.read_bytes() == data


@pytest.mark.parametrize("kind, row", cases(hostile.LARGE))
def test_large(kind, row, tmp_path):
    """Nothing takes time, or memory, that grows with more than the file."""
    file = tmp_path / "file"
    file.write_bytes(hostile.filled(SIZE, *row))
    for command in ("audit", "fix"):
        done = bounded(command, "--type", kind, file, data=768 * hostile.MIB)
        assert done.returncode in (CLEAN, FINDINGS, TROUBLE), (command, done.stderr[-200:])
        assert b"there is not enough" not in done.stderr
