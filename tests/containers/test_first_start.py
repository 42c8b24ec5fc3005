"""docker/first-start by itself: what it makes, of what, whose it is, and what it shows: nothing."""

import os
import shutil
import signal
import stat
import subprocess

import pytest

from engine import ENVIRONMENT, REPOSITORY, images
from program import wait_until
from stack import make_folder

AUDIT, EDGE, TRAIL, DATABASE = 10004, 10000, 10007, 10008
SOMEBODY = 12345  # a user who may use the engine, and nothing else


class Place:
    """A folder with docker/ in it, and who works there."""

    def __init__(self, user):
        self.folder, self.user = make_folder(), user
        shutil.copytree(REPOSITORY / "docker", self.folder / "docker")
        self.secrets = self.folder / "secrets"
        os.chown(self.folder, user, user)

    def command(self):
        if self.user == 0:
            return ["docker/first-start"]
        group = os.stat("/var/run/docker.sock").st_gid
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", f"--groups={group}",
                "docker/first-start"]

    def environment(self, **more):
        return {**ENVIRONMENT, "HOME": str(self.folder), "BULKHEAD_TAG": images(), **more}

    def run(self, *options, check=True, **settings):
        done = subprocess.run([*self.command(), *options], cwd=self.folder, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
                              env=self.environment(**settings))
        assert not check or done.returncode == 0, done.stderr
        return done

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, self.user, self.user)
        return path

    def made(self):
        """Path in secrets/ to (owner, mode), of files."""
        return {str(path.relative_to(self.secrets)):
                (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode))
                for path in self.secrets.rglob("*") if path.is_file()}

    def read(self, name):
        return (self.secrets / name).read_text()


@pytest.fixture(params=[0, SOMEBODY], ids=["root", "a user of the engine's group"])
def place(request):
    made = Place(request.param)
    yield made
    shutil.rmtree(made.folder)


@pytest.fixture
def roots():
    made = Place(0)
    yield made
    shutil.rmtree(made.folder)


def test_a_password(place):
    """Made once, of 18 random bytes; another when it is asked for."""
    done = place.run()
    assert place.made() == {"password": (AUDIT, 0o600)}
    assert stat.S_IMODE(place.secrets.stat().st_mode) == 0o700
    first = place.read("password")
    assert len(first.strip()) == 24 and first.strip() not in done.stdout + done.stderr
    assert str(place.secrets / "password") in done.stdout
    again = place.run()
    assert (again.stdout, again.stderr, place.read("password")) == ("", "", first)
    place.run("--new-password")
    assert place.made() == {"password": (AUDIT, 0o600)}
    assert place.read("password") not in ("", first)


def test_copies(place):
    """Of what .env names; again when it has changed; the originals stay as they are."""
    files = {"PASSWORD_FILE": "mine of a door", "TLS_CERT": "a certificate", "TLS_KEY": "a key",
             "TLS_CLIENT_CA": "an authority"}
    paths = {name: place.write(name.lower(), text) for name, text in files.items()}
    place.write(".env", "".join(f"{name}={path}\n" for name, path in paths.items()))
    names = {"PASSWORD_FILE": "password", "TLS_CERT": "tls/certificate", "TLS_KEY": "tls/key",
             "TLS_CLIENT_CA": "tls/client_ca"}
    for more in ("", ", and another"):
        for name, path in paths.items():
            path.write_text(files[name] + more)
        done = place.run()
        assert (done.stdout, done.stderr) == ("", "")
        assert place.made() == {"password": (AUDIT, 0o600), **{
            names[name]: (EDGE, 0o600) for name in files if name != "PASSWORD_FILE"}}
        assert {name: place.read(names[name]) for name in files} == \
            {name: text + more for name, text in files.items()}
    assert stat.S_IMODE((place.secrets / "tls").stat().st_mode) == 0o711
    assert {path.stat().st_uid for path in paths.values()} == {place.user}


PGPASS = r"""# of the tests
db.example.com:5432:bulkhead:me:for the tables
2001\:db8\:\:1:5432:bulkhead:bulkhead_audit:reads\: 1
db.example.com:5432:bulkhead:bulkhead_audit:reads 2
db.example.com:5432:bulkhead:bulkhead_trail:bulkhead_audit
*:*:*:bulkhead_trail:ships \\ 2
db.example.com:5432:bulkhead_audit:me:of another database
"""


def test_each_gets_its_roles_passwords(place):
    place.run()
    place.write("secrets/pgpass", PGPASS)
    place.run()
    lines = PGPASS.splitlines(keepends=True)
    assert place.read("pgpass_audit") == lines[2] + lines[3]
    assert place.read("pgpass_trail") == lines[4] + lines[5]
    assert place.read("pgpass_setup") == lines[0] + lines[1] + lines[6]
    made = place.made()
    assert {name: made[f"pgpass_{name}"] for name in ("audit", "trail", "setup")} == {
        "audit": (AUDIT, 0o600), "trail": (TRAIL, 0o600), "setup": (DATABASE, 0o600)}


@pytest.mark.parametrize("line", ["PASSWORD_FILE={}", "PASSWORD_FILE='{}'", 'PASSWORD_FILE="{}"',
                                  "PASSWORD_FILE={} # a word", "PASSWORD_FILE={}\r",
                                  "PASSWORD_FILE=/nowhere\nPASSWORD_FILE={}\n#PASSWORD_FILE=/x"])
def test_lines_of_env(roots, line):
    path = roots.write("a file", "of a blank in its name")
    roots.write(".env", line.format(path) + "\nPASSWORD=\n")
    roots.run()
    assert roots.read("password") == "of a blank in its name"
    other = roots.write("another", "of the environment")
    roots.run(PASSWORD_FILE=str(other))
    assert roots.read("password") == "of the environment"


@pytest.mark.parametrize(("env", "options", "words"), [
    ("PASSWORD=x9-keeps-out-the-sea", [], "PASSWORD: whoever may ask the engine"),
    ("PASSWORD_FILE=/nowhere", [], "PASSWORD_FILE=/nowhere: cannot be copied"),
    ("TLS_KEY=/", [], "TLS_KEY=/: cannot be copied"),
    ("PASSWORD_FILE=/etc/hostname", ["--new-password"], "PASSWORD_FILE names the one that counts"),
])
def test_what_is_refused(roots, env, options, words):
    roots.run()
    before = roots.read("password")
    roots.write(".env", env + "\n")
    done = roots.run(*options, check=False)
    assert done.returncode == 1 and f"first-start: {words}" in done.stderr.replace(
        "--new-password: ", "") and "x9-keeps" not in done.stderr + done.stdout
    assert roots.made() == {"password": (AUDIT, 0o600)} and roots.read("password") == before


def test_usage(roots):
    done = roots.run("--new", check=False)
    assert done.returncode == 2 and "docker/first-start [--new-password]" in done.stderr
    assert not roots.secrets.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_interrupted(roots, number):
    """Before it is somebody's: there is no password, or the old one; and then a whole one."""
    shims = roots.folder / "shims"
    shims.mkdir()
    (shims / "chown").write_text("#!/bin/sh\ntouch reached\nexec sleep 60\n")
    (shims / "chown").chmod(0o755)

    def interrupt(*options):
        reached = roots.folder / "reached"
        with subprocess.Popen(["docker/first-start", *options], cwd=roots.folder,
                              stdout=subprocess.DEVNULL, start_new_session=True,
                              env=roots.environment(PATH=f"{shims}:{os.environ['PATH']}")) as run:
            wait_until(reached.exists, "it is half-way")
            os.killpg(run.pid, number)
        reached.unlink()
        assert run.returncode != 0
        if number == signal.SIGTERM:
            assert not list(roots.secrets.rglob("*.new"))
    interrupt()
    assert not (roots.secrets / "password").exists()
    roots.run()
    before = roots.read("password")
    assert roots.made() == {"password": (AUDIT, 0o600)}
    interrupt("--new-password")
    assert roots.read("password") == before
    roots.run()
    assert roots.made() == {"password": (AUDIT, 0o600)} and roots.read("password") == before


def test_as_a_user_after_an_interruption(place):
    """What is left may be somebody else's already."""
    place.run()
    left = place.write("secrets/password.new", "half")
    os.chown(left, AUDIT, AUDIT)
    place.run("--new-password")
    assert place.made() == {"password": (AUDIT, 0o600)}
    assert len(place.read("password").strip()) == 24
