"""Compose 1.29 and Compose 2 take the same files, and make the same of them."""

import os
import shutil
import urllib.request

import pytest

import engine
from engine import REPOSITORY, ids, need_engine
from program import wait_until
from stack import free_port, make_folder
from versions import Compose, copy_files

URL = "postgresql://me@db.example.com/bulkhead?sslrootcert=/run/secrets/database_ca"
# With what each of them wants to be set.
FILES = {
    "alone": ([], {}),
    "tls": (["tls"], {}),
    "redirect": (["tls", "redirect"], {}),
    "client-ca": (["tls", "client-ca"], {}),
    # 1.29 does not tell a file the project's name by itself
    "database": (["database"], {"DATABASE_URL": URL, "COMPOSE_PROJECT_NAME": "bulkhead"}),
    "dev": (["dev"], {}),
    "all settings": ([], {
        "BIND": "0.0.0.0", "PORT": "8443", "RATE_LIMIT": "off", "LOG_LEVEL": "debug",
        "HEALTH_FROM": "10.0.0.0/8", "BULKHEAD_TAG": "7", "PING_DENY": "none"}),
}


@pytest.fixture(scope="module")
def generations():
    """Both, in containers of Debian's."""
    need_engine()
    made = {generation: Compose(generation) for generation in (1, 2)}
    yield made
    for each in made.values():
        each.remove()


@pytest.fixture(scope="module")
def folder():
    made = copy_files(make_folder())
    yield made
    shutil.rmtree(made)


def test_they_are_what_they_should_be(generations):
    assert generations[1].version().startswith("1.29.")
    assert generations[2].version().startswith("2.")


def test_every_file_is_asked_for():
    named = {f"docker-compose.{part}.yml" for parts, _ in FILES.values() for part in parts}
    assert named | {"docker-compose.yml"} == {
        path.name for path in REPOSITORY.glob("docker-compose*.yml")}


@pytest.mark.parametrize("name", FILES)
def test_they_mean_the_same(generations, folder, name):
    parts, settings = FILES[name]
    files = ["docker-compose.yml", *(f"docker-compose.{part}.yml" for part in parts)]
    first, second = (generations[each].config(folder, files, **settings) for each in (1, 2))
    assert len(first["services"]) >= 15
    for service, said in first["services"].items():
        assert said == second["services"][service], service
    assert first == second


def test_version_2_brings_it_up(generations, folder):
    """And down, with nothing left."""
    project = f"bulkhead-tests-v2-{os.getpid()}"
    settings = {"PORT": str(free_port()), "BULKHEAD_TAG": engine.images(),
                "COMPOSE_PROJECT_NAME": project}
    os.chown(folder / "secrets/password", 10004, -1)
    os.chmod(folder / "secrets/password", 0o600)
    compose = generations[2]
    try:
        compose.run(folder, "up", "-d", "--no-build", **settings)
        wait_until(lambda: states(project) == {"healthy"}, "all are healthy", patience=120)
        assert len(ids("container", project=project)) == 15
        with urllib.request.urlopen(f"http://127.0.0.1:{settings['PORT']}/?name=Bob") as answer:
            assert answer.read() == b"Hello, Bob!\n"
    finally:
        compose.run(folder, "down", "-v", "-t", "5", **settings)
    for kind in ("container", "volume", "network"):
        assert not ids(kind, project=project), kind


def states(project):
    found = engine.inspect("container", *ids("container", project=project))
    return {each["State"].get("Health", {}).get("Status", "none") for each in found}
