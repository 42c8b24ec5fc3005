"""The Docker engine, as its command line shows it; and the images under test."""

import atexit
import functools
import json
import os
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ("audit", "bulkhead", "calculate", "db", "edge", "healthz", "hello", "metrics", "ping",
          "trail")
BUILD_SECONDS = 900
# Both builders do; the old one needs no plugin.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"),
               "DOCKER_BUILDKIT": "0"}


def docker(*arguments, timeout=120, check=True, text_in=""):
    """Returns what has run, its output as text."""
    done = subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True,
                          input=text_in, timeout=timeout, check=False, env=ENVIRONMENT)
    assert not check or done.returncode == 0, f"docker {arguments}: {done.stderr}"
    return done


def inspect(kind, *names):
    """What the engine says of containers, images, networks or volumes: a dict each."""
    return json.loads(docker(kind, "inspect", *names).stdout) if names else []


def ids(kind, **labels):
    """Of the kind's things with these labels, `x_y` meaning Compose's x.y."""
    listing = {"container": ["ps", "-aq", "--no-trunc"], "volume": ["volume", "ls", "-q"],
               "network": ["network", "ls", "-q", "--no-trunc"]}[kind]
    filters = [f"--filter=label=com.docker.compose.{name.replace('_', '.')}={value}"
               for name, value in labels.items()]
    return docker(*listing, *filters).stdout.split()


def need_engine():
    """A machine of CI has one; on another, say that the test was left out."""
    found = subprocess.run(["docker", "info"], capture_output=True, timeout=60, check=False)
    if found.returncode != 0:
        assert os.environ.get("CI") != "true", "no Docker engine answers"
        pytest.skip("no Docker engine answers: start one (apt-get install docker.io)")


def build(tag, source=REPOSITORY, names=IMAGES):
    for name in names:
        docker("build", "-q", "--target", name, "-t", f"bulkhead/{name}:{tag}", "-f",
               source / "docker/Dockerfile", source, timeout=BUILD_SECONDS)


def remove(tag, names=IMAGES):
    """The names alone: what it was built of is the next build's cache."""
    docker("rmi", "--no-prune", *(f"bulkhead/{name}:{tag}" for name in names), check=False)


@functools.cache
def images():
    """
    The tag of images of this tree, which are built once and are gone with the process; or
    BULKHEAD_TAG, of images that somebody has built already.
    """
    need_engine()
    if "BULKHEAD_TAG" in os.environ:
        return os.environ["BULKHEAD_TAG"]
    tag = f"tests-{os.getpid()}"
    atexit.register(remove, tag)
    build(tag)
    return tag
