"""docker/dev: a changed handler is what answers; and nothing is weaker than the page says."""

import subprocess

import pytest

from compose_stack import ComposeStack
from engine import REPOSITORY, build, docker, images, inspect
from expected import EXPECTED, STATE
from seen import mounts, of_engine, wanted

PROGRAMS = {"/usr/libexec/bulkhead": ("programs", "ro")}
SHARE = "/usr/share/bulkhead"


def of_source(*names):
    """Mounts of folders of the source."""
    return {f"{SHARE}/{name.rpartition('/')[2]}": (name, "ro") for name in names}


MORE_MOUNTS = {
    "edge": {**PROGRAMS, **of_source("nginx", "console", "bulkhead.d")},
    "db": of_source("cgi-src/trail/schema", "bulkhead.d"),
}


class Dev(ComposeStack):
    """In a copy of what is or could be committed."""

    def __init__(self):
        super().__init__()
        listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], check=True,
                                cwd=REPOSITORY, capture_output=True).stdout
        # harden: ignore S3 because both are this test's own folders
        subprocess.run(f"tar -C {REPOSITORY} -c --null --ignore-failed-read -T - | "
                       f"tar -C {self.folder} -x --no-same-owner", shell=True, input=listed,
                       check=True)

    def dev(self):
        done = self.run("docker/dev", COMPOSE_PROJECT_NAME=self.project, timeout=600)
        self.wait_until_healthy()
        return done.stdout

    def change(self, path, old, new):
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def dev():
    build(images(), names=["build"])
    made = Dev()
    try:
        made.said = made.dev()
        yield made
    finally:
        made.close()
        docker("rmi", "--no-prune", f"bulkhead/build:{made.tag}", check=False)


def started(stack):
    return {name: each["State"]["StartedAt"] for name, each in stack.containers().items()
            if name != "builder"}


def test_it_says_what_it_is(dev):
    assert "a container with a compiler may write the programs" in dev.said


def test_what_is_weaker(dev):
    """A volume of programs, the source's folders, more logs; else each is as without the file."""
    containers = dev.containers()
    assert set(containers) == {*EXPECTED, "builder"}
    for name, service in EXPECTED.items():
        found, without = of_engine(containers[name], dev.project), wanted(service, dev.port)
        assert {key for key, value in found.items() if value != without[key]} == {"mounts"}, name
        more = {path: (where, how) for path, (where, how) in found["mounts"].items()
                if path not in without["mounts"]}
        short = {path: (where.rpartition("/")[2], how)
                 for path, (where, how) in MORE_MOUNTS.get(name, PROGRAMS).items()}
        assert {path: (where.rpartition("/")[2], how)
                for path, (where, how) in more.items()} == short, name
        assert {**found["mounts"], **without["mounts"]} == found["mounts"], name
        assert "LOG_LEVEL=debug" in containers[name]["Config"]["Env"], name


def test_settings_are_the_same(dev, stack):
    """But for how much is logged."""
    def settings(of, name):
        return {line for line in of.containers()[name]["Config"]["Env"]
                if not line.startswith(("LOG_LEVEL=", "PORT="))}
    for name in EXPECTED:
        assert settings(dev, name) == settings(stack, name), name


def test_the_builder(dev):
    """Nobody's user, without a network or a right; the source is there to be read."""
    container = dev.containers()["builder"]
    found = of_engine(container, dev.project)
    host = container["HostConfig"]
    assert (found["user"], found["mode"], found["dropped"]) == ("10009:10009", "none", ["ALL"])
    assert found["read-only"] and not host["Privileged"]
    assert found["security"] == ["no-new-privileges:true"]
    assert mounts(container, dev.project) == {
        "/source": ("/".join(dev.folder.parts[-2:]), "ro"), "/built": ("built", "rw"),
        "/programs": ("programs", "rw")}
    assert container["State"]["Status"] == "exited" and container["State"]["ExitCode"] == 0
    assert inspect("volume", f"{dev.project}_programs")[0]["Options"] is None
    assert STATE not in str(container["Mounts"])


def test_a_changed_handler_is_what_answers(dev):
    """And nothing else is started anew than who runs it, and those that read files at the start."""
    assert dev.get("/?name=Bob").text == "Hello, Bob!\n"
    dev.change("cgi-src/hello.c", "Hello, ", "Ahoy, ")
    before = started(dev)
    dev.dev()
    assert dev.get("/?name=Bob").text == "Ahoy, Bob!\n"
    after = started(dev)
    assert {name for name in after if after[name] != before[name]} == \
        {"hello", "hello-2", "edge", "db"}


def test_a_changed_file_of_nginx_and_of_the_console(dev):
    """These need no compiler."""
    dev.change("console/index.html", "<title>", "<title>Ahoy: ")
    dev.change("nginx/routes/hello.conf", "location = /", "location = /ahoy { return 204; }\n"
               "location = /")
    dev.dev()
    assert "<title>Ahoy: " in dev.get("/console/").text
    assert dev.get("/ahoy").status == 204


def test_what_does_not_compile(dev):
    """Is said, and what runs runs on."""
    before, source = started(dev), (dev.folder / "cgi-src/hello.c").read_text()
    (dev.folder / "cgi-src/hello.c").write_text(source + "\nno C at all\n")
    try:
        done = dev.run("docker/dev", COMPOSE_PROJECT_NAME=dev.project, check=False, timeout=300)
        assert done.returncode == 1 and "the build failed" in done.stderr
        assert "hello.c" in done.stdout + done.stderr
        assert started(dev) == before and dev.get("/?name=Bob").text == "Ahoy, Bob!\n"
    finally:
        (dev.folder / "cgi-src/hello.c").write_text(source)
