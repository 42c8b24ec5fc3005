"""The makefile that people type: what it offers, and that it steps aside for automake's."""

import os
import re
import shutil
import subprocess
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "GNUmakefile").read_text(encoding="utf-8")
PHONY = set(re.search(r"^\.PHONY:((?:.*\\\n)*.*)$", TEXT, re.M).group(1).replace("\\", "").split())
WANTED = {"help", "check", "attack", "bench", "host-security", "dbuild", "build", "run", "scan",
          "start", "stop", "restart", "logs", "clean"}
# Without what a make around this one says to those that it starts.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def make(*arguments, folder=ROOT, check=True, timeout=60):
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=folder, text=True,
                          capture_output=True, check=check, timeout=timeout, env=ENVIRONMENT)


@pytest.fixture(scope="module", name="fresh")
def a_fresh_copy(tmp_path_factory):
    """What a clone holds: nothing was configured in it."""
    folder = tmp_path_factory.mktemp("make") / "bulkhead"
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, check=True, timeout=60).stdout.decode()
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
    else:
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("build*"))
    return folder


def test_help_names_every_target(fresh):
    """Each with what it does, and it is what make says when nothing is asked."""
    said = make("help", folder=fresh).stdout
    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", said, re.M))
    assert set(listed) == PHONY >= WANTED
    assert make(folder=fresh).stdout == said
    assert all(len(line) <= 100 for line in said.splitlines())


@pytest.mark.parametrize("target", sorted(PHONY))
def test_each_target_is_a_script(fresh, target):
    """A recipe is a line or two, and what it names is there."""
    lines = make("-n", target, folder=fresh).stdout.splitlines()
    assert 1 <= len(lines) <= 6
    for line in lines:
        program = line.split()[0]
        assert program in ("sed", "awk") or os.access(fresh / program, os.X_OK), line


@pytest.mark.parametrize("target, lines", [
    ("check", ["tests/analysis/run compiler", "tests/analysis/run dependencies",
               "./quickstart check"]),
    ("dbuild", ["tests/analysis/run compiler", "tests/analysis/run dependencies",
                "./quickstart check", "docker/build"]),
    ("restart", ["docker/compose down", "docker/start"]),
])
def test_order(fresh, target, lines):
    """In this order, also when make may do several things at once."""
    said = make("-n", "-j4", target, folder=fresh).stdout
    places = [said.find(line) for line in lines]
    assert -1 not in places and places == sorted(places), said


def test_a_folder_of_a_target_s_name(fresh):
    """build/ is there after the first build, and make build still builds images."""
    (fresh / "build").mkdir(exist_ok=True)
    assert make("-n", "build", folder=fresh).stdout.strip() == "docker/build"


def test_in_place(fresh, tmp_path):
    """After ./configure in the folder itself, make is automake's, as packagers expect."""
    folder = tmp_path / "bulkhead"
    shutil.copytree(fresh, folder)
    for command in (["./autogen.sh"], ["./configure", "-q"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600,
                       env=ENVIRONMENT)
    assert "cgi-src/hello.o" in make("-n", folder=folder).stdout
    assert "install" in make("-n", "install", folder=folder, timeout=300).stdout
    make("cgi-src/hello", folder=folder, timeout=600)
    assert (folder / "cgi-src/hello").exists()
    assert make("help", folder=folder, check=False).returncode != 0


def test_version_of_the_images(fresh, tmp_path):
    """docker/build tells an image its version and revision, and the same time each time."""
    engine = tmp_path / "docker"
    engine.write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/calls"\n')
    engine.chmod(0o755)
    (fresh / "docker/Dockerfile").touch()
    subprocess.run(["docker/build", "hello", "edge"], cwd=fresh, check=True, timeout=60,
                   capture_output=True,
                   env={**ENVIRONMENT, "PATH": f"{tmp_path}:{os.environ['PATH']}",
                        "BASE": "somebody/base:1", "SOURCE_DATE_EPOCH": "17"})
    calls = [line for line in (tmp_path / "calls").read_text().splitlines()
             if line.startswith("build ")]
    version = re.search(r"^AC_INIT\(\[Bulkhead\], \[([^]]+)\]",
                        (fresh / "configure.ac").read_text(), re.M).group(1)
    assert [re.search(r"--target (\S+) -t (\S+)", call).groups() for call in calls] == [
        ("hello", "bulkhead/hello:latest"), ("edge", "bulkhead/edge:latest")]
    for call in calls:
        for argument in ("BASE_IMAGE=somebody/base:1", f"VERSION={version}",
                         "REVISION=unknown", "SOURCE_DATE_EPOCH=17"):
            assert f"--build-arg {argument} " in call, call


def test_harden_is_built_once(fresh, tmp_path):
    """Where it is not there, and without what only tests need; else nothing is built."""
    folder = tmp_path / "bulkhead"
    shutil.copytree(fresh / "docker", folder / "docker")
    calls, program = tmp_path / "calls", folder / "build/harden/harden"
    (folder / "quickstart").write_text(
        f'#!/bin/sh\necho "$* ${{CHECK-unset}}" >>"{calls}"\nmkdir -p "{program.parent}"\n'
        f'printf "#!/bin/sh\\n" >"{program}"\nchmod 755 "{program}"\n')
    (folder / "quickstart").chmod(0o755)
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "BULKHEAD_BUILD"}
    for _ in range(2):
        subprocess.run(["docker/host-security"], cwd=folder, check=False, timeout=60,
                       capture_output=True, env=environment)
        assert calls.read_text() == "build \n"
    program.unlink()
    done = subprocess.run(["docker/host-security"], cwd=folder, check=False, timeout=60, text=True,
                          capture_output=True, env={**environment, "BULKHEAD_BUILD": "/none"})
    assert done.returncode == 1 and "it is not built" in done.stderr
    assert calls.read_text() == "build \n"


@pytest.mark.parametrize("script", ["build", "clean", "host-security", "run", "scan", "start"])
def test_usage(script):
    """Each script says what it is for; what it does not know is wrong usage."""
    done = subprocess.run([str(ROOT / "docker" / script), "--help"], capture_output=True, text=True,
                          check=True, timeout=60)
    assert f"docker/{script}" in done.stdout
    done = subprocess.run([str(ROOT / "docker" / script), "--nonsense"], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == 2 and not done.stdout
