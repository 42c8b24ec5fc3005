"""
Both generations of Compose, as Debian packages them: 1.29 in Debian 12, 2 in Debian 13, each in a
container of its own. What either makes of the files of this repository, in one form.
"""

import json
import os
import re
import subprocess

from engine import ENVIRONMENT, REPOSITORY, docker

SOCKET = "/var/run/docker.sock"
DEBIAN = {1: "bookworm", 2: "trixie"}
UNITS = {"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30,
         "gb": 1 << 30}
PARSER = f"bulkhead-tests/compose:1-{os.getpid()}"
TO_JSON = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"


class Compose:
    """One generation: an image with it, which is gone at the end."""

    def __init__(self, generation):
        self.generation = generation
        self.image = f"bulkhead-tests/compose:{generation}-{os.getpid()}"
        text = (f"FROM debian:{DEBIAN[generation]}-slim\n"
                "RUN apt-get update -q && apt-get install -q -y --no-install-recommends "
                "docker-compose ca-certificates && rm -rf /var/lib/apt/lists/*\n")
        done = subprocess.run(["docker", "build", "-q", "-t", self.image, "-"], input=text,
                              capture_output=True, text=True, timeout=600, check=False,
                              env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr

    def run(self, folder, *arguments, timeout=300, check=True, **settings):
        """In a copy of the repository's files; the engine is the host's."""
        options = [f"--env={name}={value}" for name, value in settings.items()]
        return docker("run", "--rm", "-v", f"{SOCKET}:{SOCKET}", "-v", f"{folder}:{folder}",
                      "-w", folder, *options, self.image, "docker-compose", *arguments,
                      timeout=timeout, check=check)

    def version(self):
        return self.run("/tmp", "version", "--short").stdout.strip()

    def config(self, folder, files, **settings):
        """As a dict of services, networks, volumes and secrets, in one form."""
        named = [part for file in files for part in ("-f", file)]
        return normalised(as_dict(self.run(folder, *named, "config", **settings).stdout))

    def remove(self):
        docker("rmi", self.image, check=False)


def as_dict(text):
    """YAML, read by the library that 1.29 is made with: no other is needed here."""
    done = subprocess.run(["docker", "run", "--rm", "-i", "--network", "none", PARSER, "python3",
                           "-c", TO_JSON], input=text, capture_output=True, text=True, check=False,
                          timeout=60, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def copy_files(folder):
    """What Compose reads, and a secret: the paths are the same for the engine."""
    subprocess.run(["cp", "-r", *REPOSITORY.glob("docker-compose*.yml"), REPOSITORY / "docker",
                    folder], check=True)
    (folder / "secrets").mkdir()
    (folder / "secrets/password").write_text("x9-keeps-out-the-sea\n")
    return folder


# --- one form -------------------------------------------------------------------------------------

def normalised(said):
    return {"services": {name: service(each) for name, each in said["services"].items()},
            "networks": {name: each.get("driver_opts") for name, each in said["networks"].items()},
            "volumes": {name: (each or {}).get("driver_opts")
                        for name, each in said["volumes"].items()},
            "secrets": {name: os.path.basename(each["file"])
                        for name, each in said["secrets"].items()}}


def service(said):
    found = {name: value for name, value in said.items() if value not in (None, [], {}, "")}
    for name, form in FORMS.items():
        if name in found:
            found[name] = form(found[name])
    for name in ("memswap_limit", "mem_limit"):
        if name in found:
            found[name] = size(found[name])
    found.pop("build", None)  # how, not what: test_images_builds.py
    return found


def size(value):
    number, unit = re.fullmatch(r"(\d+)([a-z]*)", str(value).lower()).groups()
    return int(number) * UNITS[unit]


def volume(said):
    """(source, target, whether it is read-only)"""
    if isinstance(said, dict):
        return (os.path.basename(said["source"]), said["target"], said.get("read_only", False))
    source, target, *how = said.split(":")
    return (os.path.basename(source), target, how == ["ro"])


def port(said):
    """(address, port of the host, port of the container)"""
    if isinstance(said, dict):
        return (said["host_ip"], str(said["published"]), str(said["target"]))
    return tuple(said.removesuffix("/tcp").split(":"))


def duration(said):
    """1m0s is 60s."""
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", said)
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def by_target(said):
    """Later ones replace those at the same place, as the engine has it."""
    return {found[1]: found for found in map(volume, said)}


DURATIONS = ("interval", "start_period", "timeout")
def health_check(said):
    """That of an image is switched off by either of two words."""
    if said.get("disable") or said.get("test") == ["NONE"]:
        return None
    return {name: duration(value) if name in DURATIONS else value for name, value in said.items()}


FORMS = {
    "volumes": by_target,
    "ports": lambda said: sorted(map(port, said)),
    "networks": sorted,
    "environment": lambda said: {name: value if value is None else str(value)
                                 for name, value in said.items()},
    "sysctls": lambda said: {name: str(value) for name, value in said.items()},
    "depends_on": lambda said: {name: each["condition"] for name, each in said.items()},
    "secrets": lambda said: sorted(each["source"] for each in said),
    "healthcheck": health_check,
    "ulimits": lambda said: {name: value if isinstance(value, dict) else {
        "soft": value, "hard": value} for name, value in said.items()},
    "cpus": float,
    "stop_grace_period": duration,
}
