"""`harden image` and `harden host` on a real engine: images and a container of the test's own."""

import json
import os
import pathlib
import subprocess
import tarfile

import pytest

from engine import docker, need_engine

ROOT = pathlib.Path(__file__).resolve().parents[2]
HARDEN = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build")) / "harden/harden"
NAME = f"hardentest{os.getpid()}"
SECRET = "sword" + "fish17"
BAD = f"""FROM scratch
COPY passwd /etc/passwd
COPY os-release /etc/os-release
ADD first.tar /
ADD second.tar /
ENV API_TOKEN={SECRET}
"""
GOOD = """FROM scratch
COPY good-passwd /etc/passwd
ADD second.tar /
USER 10001:10001
HEALTHCHECK CMD ["/bin/mended"]
"""


def found(*arguments):
    """Of a run as JSON: (id, message) each."""
    done = subprocess.run([HARDEN, *arguments, "--format", "json"], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert SECRET not in done.stdout + done.stderr
    return [(row["id"], row["message"]) for row in json.loads(done.stdout)["findings"]]


def archive(path, *members):
    """Of empty files: (name, mode) each."""
    with tarfile.open(path, "w") as file:
        for name, mode in members:
            info = tarfile.TarInfo(name)
            info.mode = mode
            file.addfile(info)


@pytest.fixture(scope="module", name="images")
def two_images(tmp_path_factory):
    """A bad one and a good one."""
    need_engine()
    folder = tmp_path_factory.mktemp("images")
    # the engine's own COPY takes setuid bits away
    archive(folder / "first.tar", ("bin/su", 0o4755), ("bin/mended", 0o4755))
    archive(folder / "second.tar", ("bin/mended", 0o755))
    for name, text in {"passwd": "root::0:0::/:/x\ntoor:x:0:0::/:/x\n",
                       "good-passwd": "root:x:0:0::/:/x\n",
                       "os-release": "ID=debian\nVERSION_ID=\"10\"\n"}.items():
        (folder / name).write_text(text)
    for name, text in {"bad": BAD, "good": GOOD}.items():
        (folder / "Dockerfile").write_text(text)
        docker("build", "-q", "-t", f"{NAME}:{name}", folder)
    yield f"{NAME}:bad", f"{NAME}:good"
    docker("rmi", "-f", f"{NAME}:bad", f"{NAME}:good", check=False)


def test_a_bad_image(images):
    said = found("image", images[0])
    assert {check for check, _ in said} == {"I1", "I2", "I3", "I4", "I5", "I6"}, said
    assert [text for check, text in said if check == "I4"] == ["/bin/su is setuid, of 0:0"]
    assert ("I3", "API_TOKEN has a secret, in its environment") in said
    assert ("I5", "toor is root by its number, 0") in said


def test_a_good_image(images):
    assert not found("image", images[1])


def test_a_running_container():
    """One with much that is wrong, and one with nothing."""
    need_engine()
    base = "debian:trixie-slim"
    try:
        docker("run", "-d", "--name", f"{NAME}-bad", "--network", "none", "--pid", "host",
               "--cap-add", "SYS_ADMIN", "-v", "/etc:/host:ro", base, "sleep", "300")
        docker("run", "-d", "--name", f"{NAME}-good", "--network", "none", "--read-only", "--user",
               "10001", "--memory", "64m", "--pids-limit", "9", "--cpus", "0.5", "--cap-drop",
               "ALL", "--security-opt", "no-new-privileges", "--health-cmd", "true", base, "sleep",
               "300")
        done = subprocess.run([HARDEN, "host", "--only", "R1,R2"], capture_output=True, text=True,
                              timeout=300, check=False)
    finally:
        docker("rm", "-f", f"{NAME}-bad", f"{NAME}-good", check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"container/{NAME}-")]
    assert not any("-good: " in line for line in lines), lines
    assert {line.split(": ")[2] for line in lines} == {
        "C3", "C8", "C9", "C11", "C12", "C13", "C14", "C15", "C16", "C17",
        "C18"}, lines
