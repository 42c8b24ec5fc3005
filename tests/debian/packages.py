"""The Debian packages, made of the release's tarball as docs/debian.md says."""

import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build"))
BINARIES = ("bulkhead", "bulkhead-doc", "bulkhead-harden")
BUILD_SECONDS = 1200
# `make check` is another part's.
OPTIONS = f"nocheck parallel={os.cpu_count()}"
HOST = re.search(r"(?m)^VERSION_CODENAME=(.*)", pathlib.Path("/etc/os-release").read_text())[1]
# Which Debian's packages: this machine's, or another's that are built in a container.
SUITE = os.environ.get("DEBIAN_SUITE", HOST)
BUILDER = f"bulkhead-debian-build-{SUITE}-{os.getpid()}"


def run(*command, cwd=None, umask=-1, timeout=120, **environment):
    """Its output; what it says is in the failure."""
    done = subprocess.run([*map(str, command)], cwd=cwd, umask=umask, timeout=timeout, text=True,
                          env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def run_there(*command, cwd, umask=0o022, timeout=BUILD_SECONDS, **environment):
    """In the Debian whose packages they are; of files, it sees the folder above."""
    if SUITE == HOST:
        return run(*command, cwd=cwd, umask=umask, timeout=timeout, **environment)
    words = [f"--env={name}={value}" for name, value in environment.items()]
    return run("docker", "run", "--rm", f"--volume={cwd.parent}:{cwd.parent}", f"--workdir={cwd}",
               *words, BUILDER, "sh", "-c", f'umask {umask:o} && exec "$@"', "sh", *command,
               timeout=timeout)


def needed_to_build():
    """Of alternatives the first, the newer Debian's; debhelper is what those of d mean."""
    control = (ROOT / "debian/control").read_text()
    fields = re.search(r"(?ms)^Build-Depends:\n(.*?)\n\n", control)[1]
    names = re.findall(r"(?m)^ ([a-ce-z][a-z0-9.+-]*)", fields)
    return [*names, "build-essential", "debhelper"]


def unpack_release(folder):
    """`make dist`, and its tarball under Debian's name beside what it holds."""
    run("make", "-s", "-C", BUILD, "dist", timeout=BUILD_SECONDS)
    made, = BUILD.glob("bulkhead-*.tar.xz")
    version = re.fullmatch(r"bulkhead-(.*)\.tar\.xz", made.name)[1]
    original = folder / f"bulkhead_{version}.orig.tar.xz"
    shutil.move(made, original)
    run("tar", "-x", "-f", original, "-C", folder)
    return folder / f"bulkhead-{version}"


def build(source, *options, **how):
    """dpkg-buildpackage there; returns the .changes. What it makes lies beside the folder."""
    run_there("dpkg-buildpackage", "-us", "-uc", *options, cwd=source, DEB_BUILD_OPTIONS=OPTIONS,
              **how)
    changes, = source.parent.glob("*.changes")
    return changes


def find(folder, name):
    """The file of a binary package."""
    package, = folder.glob(f"{name}_*.deb")
    return package


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def listing(package):
    """{path: (mode, owner, size)}"""
    lines = (line.split(maxsplit=5) for line in run("dpkg-deb", "-c", package).splitlines())
    return {line[5][1:]: (line[0], line[1], int(line[2])) for line in lines}


def as_version(package, version, folder):
    """The same package, as if an earlier day had made it."""
    root = folder / "repacked"
    run("dpkg-deb", "-R", package, root)
    control = root / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*", f"Version: {version}", control.read_text()))
    older = folder / f"older-{package.name}"
    run("dpkg-deb", "--root-owner-group", "-b", root, older)
    shutil.rmtree(root)
    return older
