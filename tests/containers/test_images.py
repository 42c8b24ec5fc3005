"""The images: what is in them, what is not, and what they say of themselves."""

import re

import pytest

import engine
from engine import IMAGES, docker, inspect
from images import CAPABILITY, configuration, contents, files

ROUTES = [name for name in IMAGES if name not in ("bulkhead", "db", "edge", "trail")]
BARE = [*ROUTES, "trail"]  # no shell in them
MEGABYTE = 1_000_000

# With a reason where it is more than a route's 15.
LARGEST = dict.fromkeys(ROUTES, 15) | {
    "audit": 19,  # Debian's libpq loads OpenSSL (7.6 MB), Kerberos and LDAP (2.1 MB), used or not
    "trail": 19,  # likewise
    "edge": 40, "db": 100, "bulkhead": 110}

LABELS = {"title", "description", "vendor", "licenses", "version", "revision", "created",
          "base.name"}
# As they are in an image that has them: apt and dpkg, what runs text, what becomes somebody else.
MANAGERS = {"apt", "apt-get", "dpkg", "dpkg-deb", "rpm", "pip", "pip3", "npm"}
SHELLS = {"sh", "dash", "bash", "busybox", "env", "awk", "mawk", "sed", "find"}
INTERPRETERS = {"perl", "python3", "python", "node", "lua", "ruby", "php", "tclsh", "gdb", "gcc"}
CHANGERS = {"su", "sudo", "mount", "passwd", "newgrp", "chsh", "curl", "wget", "nc"}
STATE = re.compile(r"(^|/)(secrets|\.env|\.git|id_rsa)|\.(key|pem|log)$|(^|/)password$")
# Where a program could lie.
PLACES = re.compile(r"(usr/)?(local/)?(s?bin|libexec(/[a-z]+)?)/")


@pytest.fixture(scope="module", params=IMAGES)
def name(request):
    return request.param


@pytest.fixture
def image(name):
    return image_of(name)


def image_of(name):
    return f"bulkhead/{name}:{engine.images()}"


def names_of_programs(image):
    """Whatever could be started by its name."""
    return {path.rpartition("/")[2] for path, each in contents(image).items()
            if PLACES.match(path) and each.kind != "folder"}


def users():
    """Name to (uid, gid), as docker/contents has them."""
    rows = re.findall(r"^(?:user|route) (\S+) (\d+)(?: (\S+))?$",
                      (engine.REPOSITORY / "docker/contents").read_text(), re.M)
    numbers = {name: number for name, number, _ in rows}
    return {name: f"{number}:{numbers[group or name]}" for name, number, group in rows}


# --- files ----------------------------------------------------------------------------------------

def test_nothing_gives_rights(image):
    """No setuid or setgid file, none with a capability, no device."""
    for path, each in contents(image).items():
        assert each.kind in ("folder", "link", "hard link", "file"), path
        assert each.kind == "folder" or not each.mode & 0o6000, f"{path}: {each.mode:o}"
        assert CAPABILITY not in each.attributes and not each.attributes, path


def test_nothing_is_everybodys_to_write(image):
    for path, each in contents(image).items():
        assert each.kind == "link" or not each.mode & 0o002, f"{path}: {each.mode:o}"


def test_programs_are_roots(image):
    """Who runs as another user can't change what runs, or what it reads."""
    for path, each in files(image).items():
        assert each.owner == (0, 0) and not each.mode & 0o022, f"{path}: {each.owner} {each.mode:o}"


def test_only_these_folders_are_somebodys(image, name):
    """State is in volumes, and root's folders take nothing."""
    own = {path for path, each in contents(image).items() if each.owner != (0, 0)}
    state = "var/lib/bulkhead"
    routes = {f"{state}/journal", "run/bulkhead"}
    edges = {state, f"{state}/journal", f"{state}/journal/edge"}
    wanted = {"bulkhead": set(), "edge": edges,
              "db": {f"{state}/database/cluster", f"{state}/database/socket"},
              "trail": routes | {f"{state}/journal/{each}" for each in [*ROUTES, "edge"]}}
    assert own <= wanted.get(name, routes)


@pytest.mark.parametrize("name", BARE)
def test_a_program_is_alone(name):
    """No shell, no package manager, no interpreter: nothing but these."""
    around = {"multiwatch"} if name == "trail" else {"spawn-fcgi", "multiwatch"}
    found = names_of_programs(image_of(name)) - {"bin", "sbin"}  # Debian's links
    assert found == {name} | around
    scripts = [path for path, each in files(image_of(name)).items() if each.head[:2] == b"#!"]
    assert not scripts
    assert not [path for path in contents(image_of(name)) if "/perl" in path or "/python" in path]


@pytest.mark.parametrize("name", ["edge", "db", "bulkhead"])
def test_what_is_made_of_settings_has_a_shell_and_no_more(name):
    found = names_of_programs(image_of(name))
    assert SHELLS - {"bash", "busybox", "mawk"} <= found, "or this test looks in the wrong place"
    assert not found & (MANAGERS | INTERPRETERS | CHANGERS)


def test_no_state_is_baked_in(image):
    """Neither a password nor a key, a log, a cache, or a cluster that all would share."""
    for path, each in contents(image).items():
        assert not STATE.search(path)
        assert each.kind == "folder" or not path.startswith(("var/", "run/", "root/", "home/"))


# --- what an image says ---------------------------------------------------------------------------

def test_user(image, name):
    """Numbers: whoever runs it can hold them to be no root's. The image of all starts as root."""
    said = configuration(image)["User"]
    if name == "bulkhead":
        assert said in ("", "0", "root")
    else:
        assert said == users()[{"db": "database"}.get(name, name)]
        assert not re.search(r"\b0\b", said)


def test_health_check(image):
    """Its program is in the image, and no shell is between."""
    kind, program, *_ = configuration(image)["Healthcheck"]["Test"]
    assert kind == "CMD" and program.strip("/") in contents(image)


def test_labels(image, name):
    prefix = "org.opencontainers.image."
    said = configuration(image)["Labels"]
    assert {prefix + each for each in LABELS} <= said.keys()
    assert said[prefix + "title"] == f"bulkhead/{name}"
    assert said[prefix + "licenses"] == "ISC"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said[prefix + "created"])
    assert said[prefix + "base.name"].startswith("debian:")
    assert all(said.values())


def test_no_setting_is_baked_in(image):
    """But where state is, and that the port of a container is for whoever comes to it."""
    names = {each.partition("=")[0] for each in configuration(image)["Env"] or []}
    assert names <= {"PATH", "STATE_DIR", "BIND"}


def test_sizes():
    """Prints them, with what is in each: pytest -rP shows it."""
    rows = []
    for name in IMAGES:
        image = image_of(name)
        size = inspect("image", image)[0]["Size"] / MEGABYTE
        packages = {path.split("/")[3] for path in files(image) if path.endswith("/copyright")}
        rights = [path for path, each in files(image).items() if each.mode & 0o6000]
        rows.append((name, size, len(files(image)), len(packages) - 1, len(rights)))
    base = inspect("image", "debian:trixie-slim")[0]["Size"] / MEGABYTE
    print(f"{'image':12}{'MB':>8}{'files':>8}{'packages':>10}{'setuid':>8}")
    for row in rows:
        print("{:12}{:8.1f}{:8}{:10}{:8}".format(*row))
    print(f"{'debian:trixie-slim':12}{base:.1f} MB, setuid files: {debian_setuid()}")
    assert not [row for row in rows if row[1] > LARGEST[row[0]]]


def debian_setuid():
    found = docker("run", "--rm", "--network", "none", "debian:trixie-slim", "find", "/", "-xdev",
                   "-type", "f", "-perm", "/6000").stdout.split()
    return len(found)


# --- a program alone ------------------------------------------------------------------------------

LOCKED = ["--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt",
          "no-new-privileges", "--pids-limit", "100", "--memory", "64m"]
# Variables of the request; the first lines of the answer
CGI = {
    "hello": ("name=Bob", [], "Status: 200 OK", "Hello, Bob!"),
    "ping": ("ip=127.0.0.1", [], "Status: 200 OK", "1 packets transmitted, 1 received"),
    "calculate": ("expr=6*7", [], "Status: 200 OK", "42"),
    "audit": ("", ["-e", "PASSWORD=x9-keeps-out-the-sea", "-e", "DATABASE_URL=off"],
              "Status: 401 Unauthorized", "Unauthorized"),
    "healthz": ("", ["-e", "ROUTES=hello", "-e", "RUN_DIR=/run"],
                "Status: 503 Service Unavailable", '"hello":{"ready":0'),
    "metrics": ("", ["-e", "ROUTES=hello", "-e", "RUN_DIR=/run"], "Status: 200 OK",
                "bulkhead_landlock_abi"),
}


@pytest.mark.parametrize("name", BARE)
def test_help(name):
    done = docker("run", *LOCKED, "--entrypoint", f"/usr/libexec/bulkhead/{name}", image_of(name),
                  "--help")
    assert done.stdout.startswith(f"Usage: {name} ")


@pytest.mark.parametrize("name", ROUTES)
def test_plain_cgi(name):
    """With nothing around it, and no right at all."""
    query, options, status, text = CGI[name]
    done = docker("run", *LOCKED, "-e", "REQUEST_METHOD=GET", "-e", f"QUERY_STRING={query}",
                  *options, "--entrypoint", f"/usr/libexec/bulkhead/{name}", image_of(name))
    assert done.stdout.startswith(status), done
    assert text in done.stdout


@pytest.mark.parametrize("name", ["edge", "db", "bulkhead"])
def test_control_command(name):
    done = docker("run", *LOCKED, "--entrypoint", "/usr/sbin/bulkhead", image_of(name), "--help")
    assert done.stdout.startswith("Usage: bulkhead ")
