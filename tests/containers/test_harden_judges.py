"""
What Debian 13's own programs say of what `harden fix` makes, in a container: dockerd of each
daemon.json, Compose 2 of each Compose file; and `harden verify`, by Compose 2.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import engine
from engine import docker

BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", engine.REPOSITORY / "build"))
PROGRAM = BUILD / "harden/harden"
HARDEN = engine.REPOSITORY / "tests/harden"
SOCKET = "/var/run/docker.sock"
IMAGE = f"bulkhead-tests/harden-judges:{os.getpid()}"
# Of docker.io only what judges: with all that it needs, it takes a minute. The libraries are those
# of the program under test.
DOCKERFILE = """\
FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates \
docker-cli docker-compose libcurl4t64 libjson-c5 libyaml-0-2 && \
cd /tmp && apt-get download -q docker.io && dpkg-deb -x docker.io_*.deb / && \
rm -rf /tmp/docker.io_* /var/lib/apt/lists/*
"""
# Each file that is named: a line, `taken` or `refused`, its name, and why. One after the other: two
# of dockerd would make the user for userns-remap at once.
EACH = """\
find . -name {name} | xargs -I@ sh -c \
'said=$({command} 2>&1) && echo "taken @" || echo "refused @ $(echo "$said" | tail -n 1)"'
"""
# Of D12's, what dockerd takes all the same, and why it is a finding.
TAKEN_ANYWAY = {
    "bad-duplicate.json": "it takes the last one, and who reads the file perhaps the first",
    "bad-duplicate-escaped.json": "the same",
    "bad-duplicate-nested.json": "the same",
    "bad-surrogate.json": "it takes half a character for another one",
    "bad-utf16.json": "the engines before 23 take none but UTF-8",
}
# It is JSON, and has a name that is no setting's.
NO_SETTING = "directives don't match any configuration option"
BREAKS = 1


@pytest.fixture(scope="module", autouse=True)
def judges():
    engine.need_engine()
    if not PROGRAM.exists():
        assert os.environ.get("CI") != "true", f"{PROGRAM} is missing"
        pytest.skip(f"{PROGRAM} is needed: make")
    docker("build", "-q", "-t", IMAGE, "-", text_in=DOCKERFILE, timeout=600)
    yield
    docker("rmi", IMAGE, check=False)


def ask(folder, name, command):
    """Path below the folder to None or why it is refused; all in one container."""
    done = docker("run", "--rm", "--network", "none", "-v", f"{folder}:{folder}", "-w", folder,
                  IMAGE, "sh", "-c", EACH.format(name=name, command=command), timeout=300)
    rows = re.findall(r"^(taken|refused) \./(\S+) ?(.*)", done.stdout, re.M)
    return {path: None if said == "taken" else why for said, path, why in rows}


def before_and_after(folder, sources, name, asked):
    """Copies of the sources, files or folders, below before/ and after/, where they are fixed."""
    for number, source in enumerate(sources):
        for where in ("before", "after"):
            here = folder / where / f"{number:03d}"
            if source.is_dir():
                shutil.copytree(source, here)
            else:
                here.mkdir(parents=True)
                shutil.copyfile(source, here / name)
    done = subprocess.run([PROGRAM, "fix", "--write", "--with", asked, "."], check=False,
                          cwd=folder / "after", capture_output=True, text=True, timeout=60)
    return done.stderr


def judged(said, sources, name, needed):
    """That what was taken is taken; and how many of what a fix has changed were."""
    taken = changed = 0
    for number, source in enumerate(sources):
        before, after = (said[f"{where}/{number:03d}/{name}"] for where in ("before", "after"))
        if before is None:
            assert after is None, (source.parent.name, source.name, after)
            taken += 1
        changed += before is None and source.name.startswith(("bad-", "refused-"))
    assert changed >= needed, f"{changed} of {taken} that are taken: too few to judge by"


def test_dockerd_takes_what_fix_makes(tmp_path):
    """Of each fixture that has a fix: what it took before, it takes."""
    sources = sorted(path for path in HARDEN.glob("fixtures/D*/*.json")
                     if path.parent.name not in ("D12", "D13") and path.name.startswith("bad-"))
    before_and_after(tmp_path, sources, "daemon.json", "D5,D6")
    said = ask(tmp_path, "daemon.json", "dockerd --validate --config-file @")
    judged(said, sources, "daemon.json", 40)


def test_dockerd_refuses_what_d12_finds(tmp_path):
    shutil.copytree(HARDEN / "fixtures/D12", tmp_path / "D12")
    said = ask(tmp_path, "*.json", "dockerd --validate --config-file @")
    assert len(said) > 20
    for path, why in said.items():
        name = path.split("/")[-1]
        is_read = name.startswith("good-") or name in TAKEN_ANYWAY
        assert (why is None or NO_SETTING in why) == is_read, (name, why)


def compose_sources():
    """The faulty fixtures of all fixes, and what people publish."""
    return sorted(path for path in HARDEN.glob("fixtures/C*/*")
                  if path.name.startswith(("bad-", "refused-"))) + \
        sorted(HARDEN.glob("published/*.yml"))


def test_compose_2_takes_what_fix_makes(tmp_path):
    sources = compose_sources()
    before_and_after(tmp_path, sources, "docker-compose.yml", "C1,C3,C8,C10,C12,C16,C20,C22")
    for here in tmp_path.glob("*/*"):  # what published/ refers to
        for name in ("mailserver.env", "a.env", "other.env"):
            (here / name).touch()
    said = ask(tmp_path, "docker-compose.yml",
               "cd $(dirname @) && API_TOKEN=x docker-compose config -q")
    judged(said, sources, "docker-compose.yml", 60)


def test_compose_2_reads_what_harden_does(tmp_path):
    """Where libyaml makes no tree, which is the judge in tests/harden: compose_oracle.py."""
    texts = {"anchor": "services: {a: &x {image: a}, b: &x {image: b}}\n",
             "documents": "services: {a: {image: a}}\n---\nservices: {b: {image: b}}\n",
             "itself": "services: {a: &x {image: a, labels: [*x]}}\n"}
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yml").write_text(text)
    said = ask(tmp_path, "compose.yml", "docker-compose -f @ config -q")
    assert {path.split("/")[0] for path, why in said.items() if why is None} == {
        "anchor", "documents"}, said


def test_verify_by_compose_2(tmp_path):
    """A service that changes owners needs a right for that: the fix that takes it is found."""
    (tmp_path / "docker-compose.yml").write_text(
        "services:\n  web:\n    image: debian:trixie-slim\n"
        '    command: ["sh", "-c", "chown 1 /tmp && exec sleep 1000"]\n')
    done = docker("run", "--rm", "-v", f"{SOCKET}:{SOCKET}", "-v", f"{tmp_path}:{tmp_path}",
                  "-v", f"{PROGRAM}:/harden:ro", "-w", tmp_path, IMAGE, "/harden", "verify",
                  "--wait", "1", "--only", "C12,C15", "--with", "C12", "docker-compose.yml",
                  check=False, timeout=300)
    assert done.returncode == BREAKS, done.stdout + done.stderr
    assert "docker-compose.yml: before: still running after 1 s\n" in done.stdout
    assert "docker-compose.yml: this fix breaks it: C12\n" in done.stdout
    assert "+    pids_limit: " in done.stdout and "cap_drop" not in done.stdout
    label = f"label=com.docker.compose.project.working_dir={tmp_path}"
    assert docker("ps", "-aq", "--filter", label).stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["docker-compose.yml"]
