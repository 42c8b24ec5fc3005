"""
The first start from nothing: how long it takes, what it keeps secret, how little memory it needs;
and what is still there when all has been stopped, or removed but for its volumes.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import time

import pytest

from audit_lab import basic
from compose_stack import SERVICES, ComposeStack
from engine import IMAGES, docker, inspect
from expected import UIDS
from seen import processes

START = 120.0  # seconds, from nothing but images: 30 are aimed at, where nothing else runs
MEMORY = 120e6  # bytes of all that runs, idle
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@pytest.fixture(scope="module")
def fresh():
    """A stack of this file's own, and what its first start has said and taken."""
    with contextlib.closing(ComposeStack()) as stack:
        began = time.monotonic()
        said = stack.first_start()
        stack.said = said.stdout + said.stderr
        stack.up()
        stack.took = time.monotonic() - began
        yield stack


def ask_audit(stack, query="limit=1", password=None):
    return stack.get(f"/audit?{query}", {"Accept": "application/json",
                                         "Authorization": basic(password=password or
                                                                stack.password)})


def test_first_start(fresh):
    print(f"\nfrom nothing to all {len(SERVICES)} healthy: {fresh.took:.1f} s")
    assert fresh.took <= START
    assert ask_audit(fresh).status == 200


def memory(stack):
    """Service to bytes, without the cache of files: as docker stats has it."""
    names = {each["Name"].lstrip("/"): service for service, each in stack.containers().items()}
    said = docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names).stdout
    found = re.findall(r"^(\S+) ([\d.]+)([KMG]?i?B) / ", said, re.MULTILINE)
    return {names[name]: float(number) * UNITS[unit] for name, number, unit in found}


def test_memory(fresh):
    used = memory(fresh)
    assert sorted(used) == SERVICES
    total = sum(used.values())
    for service, size in sorted(used.items(), key=lambda item: -item[1]):
        print(f"{service:<14}{size / 1e6:>8.1f} MB")
    print(f"{'all':<14}{total / 1e6:>8.1f} MB")
    assert total < MEMORY


# --- the password ---------------------------------------------------------------------------------

def test_the_password_is_its_containers_alone(fresh):
    file = (fresh.folder / "secrets/password").stat()
    assert (file.st_mode & 0o7777, file.st_uid) == (0o600, UIDS["audit"])
    assert (fresh.folder / "secrets").stat().st_mode & 0o7777 == 0o700
    assert len(base64.urlsafe_b64decode(fresh.password)) == 18


def test_the_password_is_made_once(fresh):
    before, file = fresh.password, (fresh.folder / "secrets/password").stat()
    fresh.first_start()
    assert fresh.password == before
    assert (fresh.folder / "secrets/password").stat().st_ino == file.st_ino


def everything_said(stack):
    """What a reader of logs, of the engine's answers or of /proc would see, by where it is."""
    containers = stack.containers()
    yield "first start", stack.said
    yield "compose config", stack.compose("config").stdout
    for service, each in containers.items():
        said = docker("logs", each["Id"])
        yield f"logs of {service}", said.stdout + said.stderr
        yield f"inspect {service}", json.dumps(each)
        for pid in processes(each["Id"]):
            for name in ("environ", "cmdline"):
                yield f"{name} of {service}", read(f"/proc/{pid}/{name}")
    for name in IMAGES:
        image = f"bulkhead/{name}:{stack.tag}"
        yield f"inspect {image}", json.dumps(inspect("image", image))
        yield f"history of {image}", docker("history", "--no-trunc", image).stdout


def read(path):
    try:
        return pathlib.Path(path).read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_the_password_is_shown_nowhere(fresh):
    """Not even once it was asked for, rightly and wrongly."""
    assert ask_audit(fresh).status == 200
    assert ask_audit(fresh, password=fresh.password + "x").status == 401
    secrets = [fresh.password, base64.b64encode(fresh.password.encode()).decode(),
               basic(password=fresh.password).split()[1]]
    said = dict(everything_said(fresh))
    assert len(said) > 5 * len(SERVICES)
    assert [where for where, text in said.items() if any(each in text for each in secrets)] == []


@pytest.mark.parametrize("name", IMAGES)
def test_no_secret_is_in_an_image(fresh, name):
    container = docker("create", f"bulkhead/{name}:{fresh.tag}").stdout.strip()
    try:
        archive = fresh.folder / "image.tar"
        docker("export", "-o", archive, container)
        listed = fresh.run("tar", "-tf", archive).stdout.splitlines()
    finally:
        docker("rm", container)
    os.remove(archive)
    assert len(listed) > 20
    assert [path for path in listed if re.search(r"secrets|password$|\.env$|\.git/", path)] == []


# --- what lasts -----------------------------------------------------------------------------------

def stop_and_start(stack):
    stack.compose("stop")
    assert set(stack.health().values()) == {"exited"}
    stack.compose("start")
    stack.wait_until_healthy()


def down_and_up(stack):
    stack.down()
    assert stack.containers() == {}
    stack.up()


def cluster(stack):
    """What tells a cluster from one that was made anew and was sent what journals still have."""
    return stack.sql("SELECT system_identifier FROM pg_control_system()")


@pytest.mark.parametrize("how", [stop_and_start, down_and_up])
def test_data_outlives(fresh, how):
    """The database, the password, and journals that nobody could ship before."""
    shipped = fresh.get("/?name=Ada").header("x-request-id")
    fresh.wait_until_shipped()
    before, made, password = fresh.stored(), cluster(fresh), fresh.password
    assert shipped in before
    fresh.stop("db")
    late = [fresh.get(f"/calculate?expr={number}").header("x-request-id") for number in range(50)]
    how(fresh)
    assert (fresh.password, cluster(fresh)) == (password, made)
    assert ask_audit(fresh).status == 200
    after = fresh.get("/?name=Eve").header("x-request-id")
    fresh.wait_until_shipped()
    assert {*before, *late, after} <= set(fresh.stored())
