"""
How the images are made: the same from the same source, by either builder, on another base, and of
nothing but what .dockerignore lets through.
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

import engine
from engine import ENVIRONMENT, IMAGES, REPOSITORY, docker, inspect
from images import contents, holds

CANARY = b"canary-7d1f-sings-in-no-image"
# Where a secret, or whatever else is no part of the source, may lie about.
STRAY = ("secrets/password", ".env", "notes.txt", "bulkhead.d/notes.sh.orig", "console/notes.txt",
         "nginx/notes.txt", "nginx/routes/notes.txt", "cgi-src/notes.txt", "supervise/notes.txt",
         "cgi-src/trail/schema/notes.txt", "docs/man/notes.txt", "docs/notes.txt", "docker/notes",
         "tests/notes.txt", "build/notes.txt", ".git/notes", "id_rsa", "server.key")


@pytest.fixture(scope="module")
def tag():
    return engine.images()


@pytest.fixture(scope="module")
def other_source(tmp_path_factory):
    """
    A copy of the tree as git has it, in a folder of another name, with other times; with secrets
    and notes that git does not know; and with a comment in each of two files, which is in no image
    but makes the builder do all anew that makes one.
    """
    folder = tmp_path_factory.mktemp("another") / "place"
    listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files", "-z"], capture_output=True,
                            check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).exists():
            shutil.copy(REPOSITORY / name, folder / name)
    for name in STRAY:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(CANARY + b"\n")
    for name in ("README.md", "docker/contents"):
        with (folder / name).open("a") as file:
            file.write(f"# {time.time()}\n")
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return folder


def build_all(source, tag, command=("docker",), timeout=engine.BUILD_SECONDS, **how):
    """All targets, by the named client. `how` are arguments of the build, or DOCKER_BUILDKIT."""
    environment = ENVIRONMENT | {"DOCKER_BUILDKIT": how.pop("DOCKER_BUILDKIT", "0")}
    arguments = [part for name, value in how.items() for part in ("--build-arg", f"{name}={value}")]
    for name in IMAGES:
        done = subprocess.run(
            [*command, "build", "-q", "--target", name, "-t", f"bulkhead/{name}:{tag}", *arguments,
             "-f", str(source / "docker/Dockerfile"), str(source)], env=environment,
            capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"[-4000:]


@pytest.fixture(scope="module")
def another_tag(other_source):
    """Of all images, built once more from there."""
    made = f"tests-{os.getpid()}-again"
    build_all(other_source, made)
    yield made
    remove_all_of(other_source, made)


def remove_all_of(source, tag):
    """With the stages, a gigabyte that no later build can use: what has a name again can go."""
    docker("rmi", *(f"bulkhead/{name}:{tag}" for name in IMAGES))
    for stage in ("roots", "build"):
        docker("build", "-q", "--target", stage, "-t", f"bulkhead-tests/{stage}:{tag}",
               "-f", source / "docker/Dockerfile", source, timeout=engine.BUILD_SECONDS)
        docker("rmi", f"bulkhead-tests/{stage}:{tag}")


def assert_same(one, other):
    """Path by path: kind, mode, owner, time, content."""
    first, second = contents(one), contents(other)
    differing = {path: (first.get(path), second.get(path)) for path in first.keys() | second.keys()
                 if first.get(path) != second.get(path)}
    assert not differing, f"{one} and {other}: {differing}"[:2000]


@pytest.mark.parametrize("name", IMAGES)
def test_same_source_same_content(name, tag, another_tag):
    """Whenever, and in whatever folder it is built; down to the digests of the layers."""
    assert_same(f"bulkhead/{name}:{tag}", f"bulkhead/{name}:{another_tag}")
    digests = [inspect("image", f"bulkhead/{name}:{each}")[0]["RootFS"]["Layers"]
               for each in (tag, another_tag)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("name", IMAGES)
def test_times_are_the_source_date(name, tag):
    """Else it would differ from day to day."""
    assert {each.changed for each in contents(f"bulkhead/{name}:{tag}").values()} == {0}


@pytest.mark.parametrize("name", IMAGES)
def test_no_secret_is_in_an_image(name, another_tag):
    """Neither what was written to the folder beside the source, nor among it."""
    assert not holds(f"bulkhead/{name}:{another_tag}", CANARY)


def test_secrets_do_not_reach_the_engine(other_source):
    """What a build could take: all that .dockerignore lets through, and that is the source."""
    tag = f"bulkhead-tests/context:{os.getpid()}"
    with subprocess.Popen(["docker", "build", "-q", "-t", tag, "-f", "-", str(other_source)],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          env=ENVIRONMENT) as process:
        process.communicate(b"FROM scratch\nCOPY . /\n", timeout=120)
    assert process.returncode == 0
    sent = set(contents(tag))
    docker("rmi", tag)
    assert {"configure.ac", "bulkhead", "docker/roots", "cgi-src/hello.c"} <= sent
    tops = {path.split("/")[0] for path in sent}
    assert not tops & {".env", ".git", "secrets", "tests", "build", "notes.txt", "id_rsa",
                       "server.key"}
    assert {path for path in sent if path.startswith("docker/")} == {
        "docker/contents", "docker/roots", "docker/sbom"}
    assert "docs/notes.txt" not in sent


# --- another builder, another base ----------------------------------------------------------------

def client_with_buildkit():
    """A command line that has it: built in up to 20.10, a plugin from 23 on."""
    for client in filter(None, (shutil.which("docker"), "/usr/bin/docker")):
        if not pathlib.Path(client).exists():
            continue
        version = subprocess.run([client, "--version"], capture_output=True, text=True, check=True)
        major = int(re.search(r"version (\d+)\.", version.stdout)[1])
        plugin = subprocess.run([client, "buildx", "version"], capture_output=True, check=False)
        if major < 23 or plugin.returncode == 0:
            return client
    return None


@pytest.fixture(scope="module")
def derived_base(tmp_path_factory):
    """What an organisation makes of Debian's, under a name of its own."""
    name = f"registry.example/hardened/base:{os.getpid()}"
    folder = tmp_path_factory.mktemp("base")
    (folder / "Dockerfile").write_text("FROM debian:trixie-slim\nRUN echo ours >/etc/hardened\n")
    docker("build", "-q", "-t", name, folder)
    yield name
    docker("rmi", name, check=False)


@pytest.fixture(scope="module")
def buildkit_tag(derived_base):
    """By BuildKit, and on that base: all is built, for it has a cache of its own."""
    client = client_with_buildkit()
    if client is None:
        assert os.environ.get("CI") != "true", "no BuildKit: apt-get install docker-buildx"
        pytest.skip("this docker has no BuildKit: apt-get install docker-buildx")
    made = f"tests-{os.getpid()}-buildkit"
    build_all(REPOSITORY, made, command=(client,), DOCKER_BUILDKIT="1", BASE_IMAGE=derived_base)
    yield made
    engine.remove(made)


@pytest.mark.parametrize("name", IMAGES)
def test_buildkit_and_another_base_give_the_same(name, tag, buildkit_tag):
    """What the base has more is in none."""
    assert_same(f"bulkhead/{name}:{tag}", f"bulkhead/{name}:{buildkit_tag}")


def test_image_names_its_base(buildkit_tag, derived_base):
    for name in IMAGES:
        labels = inspect("image", f"bulkhead/{name}:{buildkit_tag}")[0]["Config"]["Labels"]
        assert labels["org.opencontainers.image.base.name"] == derived_base


def test_both_stages_are_of_the_base():
    """One that cannot install anything ends the build at its first command."""
    done = docker("build", "--target", "hello", "--build-arg", "BASE_IMAGE=scratch", "-f",
                  REPOSITORY / "docker/Dockerfile", REPOSITORY, check=False)
    assert done.returncode != 0
    text = (REPOSITORY / "docker/Dockerfile").read_text()
    bases = set(re.findall(r"^FROM (\S+)", text, re.M))
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.M))
    assert bases - stages == {"${BASE_IMAGE}", "scratch"}
