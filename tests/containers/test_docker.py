"""
What the scripts of docker/ find and remove, with images of the test's own: each is made of nothing
(FROM scratch), and has a name that nobody else has. Needs a Docker engine.
"""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = f"bulkheadtest{os.getpid()}"  # of the project, and before each image's
CI = os.environ.get("CI") == "true"
CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"

PROGRAM = """#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--probe") == 0)
        return access("/sick", F_OK) == 0;
    puts("this is what it said last");
    fflush(stdout);
    for (;;)
        pause();
}
"""
GOOD = """FROM scratch
LABEL org.opencontainers.image.title=t org.opencontainers.image.version=1 \\
      org.opencontainers.image.revision=1 org.opencontainers.image.licenses=ISC
ADD tree.tar /
USER 10001:10001
HEALTHCHECK --interval=1s CMD ["/program", "--probe"]
ENTRYPOINT ["/program"]
"""
SBOM = "usr/share/doc/bulkhead/sbom.spdx.json"


def docker(*arguments, check=True):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=check,
                          timeout=300).stdout


@pytest.fixture(scope="module", name="program")
def a_program(tmp_path_factory):
    """A program that needs no file of its own."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        if CI:
            pytest.fail("no Docker engine answers")
        pytest.skip("no Docker engine answers")
    folder = tmp_path_factory.mktemp("program")
    (folder / "program.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-static", "-Os", "-s", "-o", folder / "program",
                    folder / "program.c"], check=True, timeout=120)
    return folder / "program"


@pytest.fixture(name="images")
def made_images(tmp_path, program):
    """A function that makes an image of a Dockerfile and files; they are removed afterwards."""
    made = []

    def make(name, dockerfile=GOOD, files=(), change=lambda tree: None):
        folder = tmp_path / f"context{len(made)}"
        tree = folder / "tree"
        tree.mkdir(parents=True)
        shutil.copy(program, tree / "program")
        for path, text in {SBOM: json.dumps({"packages": []}), **dict(files)}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        change(tree)
        # The engine's own COPY takes setuid bits and attributes away.
        subprocess.run(["tar", "-c", "--owner=0", "--group=0", "--xattrs", "--xattrs-include=*",
                        "-C", tree, "-f", folder / "tree.tar", "."], check=True, timeout=60)
        (folder / "Dockerfile").write_text(dockerfile)
        image = f"{NAME}/{name}:latest"
        docker("build", "-q", "-t", image, str(folder))
        made.append(image)
        return image

    yield make
    for image in reversed(made):
        docker("rmi", "-f", image, check=False)


def run(script, *arguments, folder=ROOT, **environment):
    """A script of docker/: its exit code and what it says, of no project but the test's."""
    done = subprocess.run([str(folder / "docker" / script), *arguments], text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, "COMPOSE_PROJECT_NAME": NAME,
                               "BULKHEAD_REPOSITORY": NAME, **environment})
    return done.returncode, done.stdout


def findings(said):
    return [line for line in said.splitlines()
            if line.split()[0] in (CRITICAL, HIGH, MEDIUM, LOW, "unknown")]


# --- scan -----------------------------------------------------------------------------------------

def mode(path, bits):
    return lambda tree: (tree / path).chmod(bits)


def setcap(tree):
    subprocess.run(["setcap", "cap_net_raw+ep", tree / "program"], check=True, timeout=60,
                   env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})


def large(tree):
    with open(tree / "large", "wb") as file:
        file.write(os.urandom(1000) * 16000)


KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIE\n"
PLANTED = [
    # name, Dockerfile, files, change, level, what it says, why this row
    ("hello", GOOD.replace("USER 10001:10001\n", ""), (), None, HIGH, "I1: no user", "none"),
    ("hello", GOOD.replace("10001:10001", "0:10001"), (), None, HIGH, "I1: its user is 0:",
     "root"),
    ("hello", GOOD.replace("10001:10001", "daemon"), (), None, HIGH, "no number", "a name"),
    ("hello", GOOD.replace("10001:10001", "10001:0"), (), None, MEDIUM, "group 0", "root's"),
    ("hello", GOOD.replace('HEALTHCHECK --interval=1s CMD ["/program", "--probe"]', ""), (), None,
     LOW, "I2: it has no health check", "none"),
    ("hello", GOOD + "EXPOSE 8080\n", (), None, MEDIUM, "exposes 8080", "a route has no port"),
    ("edge", GOOD + "EXPOSE 80\n", (), None, LOW, "exposes 80/", "a port of root's"),
    ("hello", GOOD.replace(".revision", ".other"), (), None, LOW, "no label revision", "a label"),
    ("hello", GOOD, (), large, LOW, "MB, over 15", "too large"),
    ("hello", GOOD + "ENV API_TOKEN=sword" + "fish17\n", (), None, CRITICAL, "I3: API_TOKEN has",
     "in the environment"),
    ("hello", "FROM scratch\nARG PASSWORD=sword" + "fish17\n" + GOOD.split("\n", 1)[1], (), None,
     CRITICAL, "I3: PASSWORD has", "in the history"),
    ("hello", GOOD, {"etc/server.pem": KEY}, None, HIGH, "keys: /etc/server.pem", "a key"),
    ("hello", GOOD, {"root/.netrc": "machine x\n"}, None, HIGH, "keys: /root/.netrc", "its name"),
    ("hello", GOOD, {"etc/app.conf": "password = sword" + "fish17\n"}, None, HIGH,
     "secrets: /etc/app.conf", "a setting"),
    ("hello", GOOD, (), mode("program", 0o4755), MEDIUM, "I4: /program is setuid", "setuid"),
    ("hello", GOOD, (), mode("program", 0o2755), MEDIUM, "I4: /program is setgid", "setgid"),
    ("hello", GOOD, (), setcap, MEDIUM, "I4: /program is given capab", "of a file"),
    ("hello", GOOD, {"etc/passwd": "root::0:0::/:/bin/sh\n"}, None, HIGH,
     "I5: root has no password", "an account"),
    ("hello", GOOD, {"etc/x": ""}, mode("etc/x", 0o666), HIGH, "may write: /etc/x", "a file"),
    ("hello", GOOD, {"data/x": ""}, mode("data", 0o777), HIGH, "may write: /data", "a folder"),
    ("hello", GOOD, {"bin/sh": ""}, None, HIGH, "has /bin/sh", "a shell"),
    ("trail", GOOD, {"usr/bin/busybox": ""}, None, HIGH, "has /usr/bin/busybox", "many shells"),
    ("ping", GOOD, {"usr/bin/apt-get": ""}, None, HIGH, "has /usr/bin/apt-get", "packages"),
    ("hello", GOOD, {SBOM: "{"}, None, MEDIUM, "can't be read", "no JSON"),
    ("hello", GOOD, (), lambda tree: (tree / SBOM).unlink(), MEDIUM, f"no /{SBOM}", "none"),
]


@pytest.mark.parametrize("name, dockerfile, files, change, level, says, why", PLANTED,
                         ids=[f"{row[5]}: {row[6]}" for row in PLANTED])
def test_scan_finds(images, name, dockerfile, files, change, level, says, why):
    """
    Exactly the fault of the row, at its level; and no secret is shown. What harden finds is a
    failure at any level.
    """
    image = images(name, dockerfile, files, change or (lambda tree: None))
    code, said = run("scan", image)
    found = findings(said)
    assert len(found) == 1 and found[0].startswith(level) and says in found[0], f"{why}: {said}"
    assert code == (1 if level in (CRITICAL, HIGH) or ": I" in found[0] else 0)
    assert "fish" not in said


def test_scan_of_a_good_one(images):
    """It says first what it looks at, finds nothing, and leaves no container."""
    code, said = run("scan", images("hello", GOOD, {"tmp/x": ""}, mode("tmp", 0o1777)))
    assert code == 0 and said.startswith("scan: checks ") and not findings(said)
    assert said.endswith("scan: 0 high, 0 medium, 0 low, 0 not checked\n")
    assert not docker("ps", "-aq", "--filter", f"ancestor={NAME}/hello:latest")


def test_scan_of_an_old_package(images):
    """Its parts list is compared with Debian's, or it is said that it could not be."""
    package = {"name": "libssl3t64", "versionInfo": "3.0.0-1", "externalRefs": [
        {"referenceLocator": "pkg:deb/debian/libssl3t64@3.0.0-1?arch=amd64&distro=debian-13"}]}
    image = images("hello", GOOD, {SBOM: json.dumps({"packages": [package]})})
    _, said = run("scan", image)
    found = findings(said)
    assert found and ("I6: libssl3t64 3.0.0-1: a security update is out" in found[0]
                      or found[0].startswith("unknown")), said


def test_scan_without_lists(images):
    """A base that can't be had is no pass in silence."""
    package = {"name": "x", "versionInfo": "1", "externalRefs": [
        {"referenceLocator": "pkg:deb/debian/x@1?arch=amd64&distro=debian-13"}]}
    image = images("hello", GOOD, {SBOM: json.dumps({"packages": [package]})})
    _, said = run("scan", image, BASE=image)
    assert f"unknown {image}: updates of packages: " in said
    assert "1 not checked" in said


def test_scan_of_none():
    """An image that isn't there."""
    code, said = run("scan", f"{NAME}/nothing")
    assert code == 1 and "no such image" in said


# --- start, stop and clean ------------------------------------------------------------------------

COMPOSE = f"""
services:
  good:
    image: {NAME}/hello:latest
    ports: ["127.0.0.1::80"]
    volumes: ["sockets:/sockets", "journals:/journals"]
    healthcheck: {{interval: 1s}}
    stop_signal: SIGKILL
  other:
    image: {NAME}/ping:latest
    stop_signal: SIGKILL
    healthcheck: {{interval: 1s, retries: 1}}
volumes:
  sockets: {{driver_opts: {{type: tmpfs, device: tmpfs, o: "size=64k"}}}}
  journals: {{}}
"""


@pytest.fixture(name="project")
def a_project(tmp_path, images):
    """A project of two containers; all of it goes away afterwards, by its own name."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "docker", folder / "docker")
    (folder / "docker/first-start").write_text("#!/bin/sh\ntouch secrets.made\n")
    (folder / "docker/first-start").chmod(0o755)
    (folder / "docker/build").write_text("#!/bin/sh\necho builds \"$@\"\n")
    (folder / "docker-compose.yml").write_text(COMPOSE)
    for name in ("hello", "ping"):
        images(name)
    yield folder
    run("compose", "down", "-v", folder=folder)


def test_start(project):
    """Images that are missing are built, secrets made, and the address is said."""
    code, said = run("start", folder=project)
    assert code == 0, said
    assert "builds calculate audit healthz metrics trail edge db\n" in said
    assert "2 containers are healthy; listening on 127.0.0.1:" in said


def test_start_of_a_sick_one(project, images):
    """Named, with the end of its log."""
    images("ping", files={"sick": ""})
    code, said = run("start", folder=project, START_SECONDS="4")
    assert code == 1
    assert "start: other: running" in said and "this is what it said last" in said
    assert "start: good:" not in said


def test_clean(project, images, tmp_path):
    """
    What can be made again goes, data stays. What is not this project's stays too: containers whose
    image is made from one of ours, or that somebody has started of ours; other tags.
    """
    foreign = f"{NAME}other/thing:latest"
    (tmp_path / "Dockerfile").write_text(f"FROM {NAME}/hello:latest\nLABEL other=1\n")
    docker("build", "-q", "-t", foreign, str(tmp_path))
    docker("tag", f"{NAME}/hello:latest", f"{NAME}/hello:theirs")
    docker("run", "-d", "--name", f"{NAME}-theirs", foreign)
    docker("run", "-d", "--name", f"{NAME}-also-theirs", f"{NAME}/hello:theirs")
    try:
        assert run("start", folder=project)[0] == 0
        before = docker("ps", "-aq", "--filter", f"name={NAME}")
        code, said = run("clean", "--show", folder=project)
        assert code == 0 and "would remove 2 containers" in said
        assert docker("ps", "-aq", "--filter", f"name={NAME}") == before
        code, said = run("clean", folder=project)
        assert code == 0, said
        assert "removed 2 containers" in said and "removed 2 images" in said
        assert f"docker volume rm {NAME}_journals" in said
        assert docker("volume", "ls", "-q", "--filter", f"name={NAME}").split() == [
            f"{NAME}_journals"]
        names = docker("ps", "--format", "{{.Names}}", "--filter", f"name={NAME}").split()
        assert sorted(names) == [f"{NAME}-also-theirs", f"{NAME}-theirs"]
        assert docker("images", "-q", f"{NAME}/hello:theirs")
        assert run("clean", folder=project)[0] == 0, "a second time there is nothing to do"
    finally:
        docker("rm", "-f", f"{NAME}-theirs", f"{NAME}-also-theirs", check=False)
        docker("rmi", "-f", foreign, f"{NAME}/hello:theirs", check=False)
