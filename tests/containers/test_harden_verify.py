"""`harden verify` on a real engine: what is up before and after, and what a fix breaks."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

import engine
from engine import docker

BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", engine.REPOSITORY / "build"))
PROGRAM = BUILD / "harden/harden"
HOLDS, BREAKS, TROUBLE = 0, 1, 2
BASE = "debian:trixie-slim"
SLEEP = 'CMD ["sleep", "1000"]\n'


@pytest.fixture(autouse=True, name="folder")
def need(tmp_path):
    engine.need_engine()
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is needed: make")
    return tmp_path


def start(folder, *arguments):
    return subprocess.Popen([PROGRAM, "verify", *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=engine.ENVIRONMENT)


def own(pid):
    """Whatever has a name that this process of harden gave it."""
    name = f"harden-verify-{pid}-"
    listings = (("ps", "-a", "--format", "{{.Names}}"), ("images", "--format", "{{.Repository}}"),
                ("network", "ls", "--format", "{{.Name}}"), ("volume", "ls", "-q"))
    return [line for listing in listings for line in docker(*listing).stdout.split()
            if name in line]


def verify(folder, *arguments):
    """The exit code, and both outputs; nothing is left of it."""
    process = start(folder, *arguments)
    said, progress = process.communicate(timeout=300)
    assert own(process.pid) == []
    assert [path.name for path in folder.iterdir() if path.name.startswith(".harden")] == []
    return process.returncode, said, progress


def dockerfile(folder, rest):
    (folder / "Dockerfile").write_text(f"FROM {BASE}\n{rest}")


def test_all_fixes_hold(folder):
    """By its own health check, which is asked at once; the files of the context are there."""
    (folder / "app").write_text("x")
    dockerfile(folder, "MAINTAINER me\nADD app /app\n"
                       'HEALTHCHECK --interval=1h CMD ["test", "-f", "/app"]\n' + SLEEP)
    code, said, progress = verify(folder, "Dockerfile")
    assert code == HOLDS, said + progress
    assert re.match(r"Dockerfile: before: healthy after \d+ s\nDockerfile: after: healthy ", said)
    assert re.findall(r"^gone: Dockerfile:\d+:\d+: \w+ (K\d+): ", said, re.M) == ["K1", "K18", "K4"]
    assert re.search(r"^\d+ findings before, \d+ after$", said, re.M)
    assert (folder / "Dockerfile").read_text().startswith(f"FROM {BASE}\nMAINTAINER me\n")


def test_a_fix_breaks_it(folder):
    """Who writes to /root must be root: K1 is found, and the rest is a patch that applies."""
    dockerfile(folder, "MAINTAINER me\nENV API_KEY=hunter2222\n"
                       'CMD ["sh", "-c", "echo $API_KEY; date >/root/now && exec sleep 1000"]\n')
    code, said, progress = verify(folder, "--wait", "1", "Dockerfile")
    assert code == BREAKS, said + progress
    assert "Dockerfile: this fix breaks it: K1\n" in said
    assert "Dockerfile: after all fixes it does not come up: it ended with code" in said
    assert "cannot create /root/now" in said and "hunter2222" not in said.split("--- a/")[0]
    assert "To write the rest: harden fix --skip K1 --write Dockerfile\n" in said
    assert "trying it with the fixes of K18\n" in progress
    done = subprocess.run(["patch", "-p1"], cwd=folder, input=said, text=True, check=False,
                          capture_output=True)
    assert done.returncode == 0, done.stdout
    text = (folder / "Dockerfile").read_text()
    assert "LABEL org.opencontainers.image.authors" in text and "USER" not in text


@pytest.mark.parametrize("rest, why", [
    ("RUN exit 7\n" + SLEEP, "it can't be built"),
    ('CMD ["false"]\n', "it ended with code 1 after"),
    ('CMD ["/nowhere"]\n', "it can't be started"),
])
def test_the_original_is_broken(folder, rest, why):
    dockerfile(folder, rest)
    code, said, progress = verify(folder, "--wait", "1", "Dockerfile")
    assert code == TROUBLE and said == ""
    assert "harden: Dockerfile: it does not come up as it is, so fixes can't break it: " in progress
    assert why in progress and "with the fixes" not in progress


def test_what_ends_well(folder):
    """A tool does its work and ends; arguments behind -- are those of `docker run`."""
    dockerfile(folder, 'CMD ["sh", "-c", "test \\"$WORD\\" = secret"]\n')
    code, said, _ = verify(folder, "Dockerfile", "--", "-e", "WORD=secret")
    assert code == HOLDS
    assert said.count(": ended with code 0 after ") == 2


@pytest.mark.parametrize("during", ["RUN sleep 1000\n" + SLEEP, SLEEP, None],
                         ids=["build", "run", "compose"])
def test_an_interrupt_leaves_nothing(folder, during):
    if during:
        dockerfile(folder, "COPY Dockerfile /\n" + during)
    else:
        compose_file(folder, '    command: ["sleep", "1000"]\n    volumes: [a:/a]\n'
                             "volumes:\n  a:\n")
    process = start(folder, "--wait", "600", "Dockerfile" if during else "docker-compose.yml")
    names = []
    deadline = time.monotonic() + 60
    while not names and time.monotonic() < deadline:
        time.sleep(0.2)
        running = docker("ps", "--format", "{{.Names}} {{.Command}}", "--no-trunc").stdout
        names = [line for line in running.splitlines()
                 if f"harden-verify-{process.pid}-" in line or "sleep 1000" in line]
    assert names
    process.send_signal(signal.SIGINT)
    said, progress = process.communicate(timeout=60)
    assert process.returncode == TROUBLE and said == ""
    assert "interrupted: nothing of it is left" in progress
    assert own(process.pid) == []
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


# --- Compose files --------------------------------------------------------------------------------

def compose_file(folder, rest):
    (folder / "docker-compose.yml").write_text(f"services:\n  web:\n    image: {BASE}\n{rest}")


def test_a_fix_breaks_a_service(folder):
    """Who changes owners needs a right for that; a volume that is there already stays."""
    volume = f"tests-verify-{os.getpid()}"
    compose_file(folder, '    command: ["sh", "-c", "chown 1 /tmp && exec sleep 1000"]\n'
                         "    volumes: [data:/data, more:/more]\n"
                         f"volumes:\n  more:\n  data:\n    name: {volume}\n")
    docker("volume", "create", volume)
    try:
        code, said, progress = verify(folder, "--wait", "1", "--only", "C12,C15", "--with", "C12",
                                      "docker-compose.yml")
        assert volume in docker("volume", "ls", "-q").stdout.split()
    finally:
        docker("volume", "rm", "-f", volume)
    assert code == BREAKS, said + progress
    assert "docker-compose.yml: before: still running after 1 s\n" in said
    assert "docker-compose.yml: this fix breaks it: C12\n" in said
    assert "web" in re.search(r"it does not come up: (.*)", said).group(1)
    assert "To write the rest: harden fix --only C15 --write docker-compose.yml\n" in said
    assert "+    pids_limit: " in said and "cap_drop" not in said


def test_what_is_in_the_way(folder):
    """A running instance of the same folder, and a port that somebody has."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        compose_file(folder, f'    command: ["sleep", "1000"]\n'
                             f'    ports: ["{taken.getsockname()[1]}:80"]\n')
        code, said, progress = verify(folder, "--only", "C15", "docker-compose.yml")
    assert code == TROUBLE and said == ""
    assert "a port that it publishes is taken: stop what has it" in progress
    name = f"tests-verify-{os.getpid()}"
    docker("run", "-d", "--name", name, "--label",
           f"com.docker.compose.project.working_dir={folder.resolve()}", BASE, "sleep", "1000")
    try:
        code, said, progress = verify(folder, "docker-compose.yml")
    finally:
        docker("rm", "-f", name)
    assert code == TROUBLE and said == ""
    assert "harden: docker-compose.yml: it is running: stop it first" in progress
