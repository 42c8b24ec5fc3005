"""A Debian whose first process is systemd, in a container, and what is asked of it."""

import json
import os
import subprocess
import time

import pytest

from packages import BINARIES, BUILDER, HOST, SUITE, field, find, needed_to_build

IMAGE = f"bulkhead-debian-test-{SUITE}-{os.getpid()}"
CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN", "SYS_NICE", "SYS_PTRACE")
SITE = "http://127.0.0.1:15000"
PATIENCE = 90
# What the package depends on, and what a test asks with. Mounts are shared, as on every machine:
# systemd does that itself, but not in a container, where up to 252 no credential is seen then.
DOCKERFILE = """\
FROM debian:{suite}-slim
RUN mkdir -p /etc/postgresql-common/createcluster.d && \\
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf && \\
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y \\
        --no-install-recommends systemd-sysv curl logrotate {packages} && \\
    systemctl disable nginx
CMD ["sh", "-c", "mount --make-rshared / && exec /lib/systemd/systemd"]
"""
# Each path with its kind, mode and owner, and what is in the files of /etc; not what grows by
# itself, nor the copies that are made of /etc/passwd and its like.
SNAPSHOT = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /root -o -path /var/log/journal \
    \) -prune -o -printf '%p %y %m %u:%g %l\n' | sort
find /etc -xdev -type f ! -name '*-' -exec sha256sum {} + | sort
find /run -name '*bulkhead*'
"""


def docker(*arguments, check=True, text_in=None, timeout=120):
    done = subprocess.run(["docker", *map(str, arguments)], text=True, input=text_in,
                          timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "DOCKER_BUILDKIT": "0"}, check=False)
    assert not check or done.returncode == 0, f"docker {arguments}: {done.stdout[-4000:]}"
    return done


def need_engine():
    """A machine of CI has one; on another, say that the test was left out."""
    if docker("info", check=False).returncode != 0:
        assert os.environ.get("CI") != "true", "no Docker engine answers"
        pytest.skip("no Docker engine answers: start one (apt-get install docker.io)")


def make_image(folder):
    """With what they depend on, and nothing else: what they forget to name is not there."""
    needed = [each.replace(" (", "(").split("|")[0].split("(")[0].strip()
              for name in BINARIES for each in field(find(folder, name), "Depends").split(",")]
    text = DOCKERFILE.format(suite=SUITE, packages=" ".join(sorted({*needed} - {""})))
    docker("build", "-q", "-t", IMAGE, "-", text_in=text, timeout=900)
    return IMAGE


def make_builder():
    """For the packages of a Debian that is not this machine's."""
    if SUITE == HOST:
        return
    need_engine()
    packages = " ".join(sorted({*needed_to_build(), "lintian"}))
    text = (f"FROM debian:{SUITE}-slim\nRUN apt-get update -q && DEBIAN_FRONTEND=noninteractive "
            f"apt-get install -q -y --no-install-recommends {packages}\n")
    docker("build", "-q", "-t", BUILDER, "-", text_in=text, timeout=900)


def remove_image(name):
    docker("rmi", name, check=False)


class Machine:
    def __init__(self, image):
        self.image = image

    def __enter__(self):
        self.name = docker(
            "run", "-dt", *(f"--cap-add={each}" for each in CAPABILITIES),
            *(f"--tmpfs={path}" for path in ("/run", "/run/lock", "/tmp")),
            "--security-opt=seccomp=unconfined", "--cgroupns=host",
            "--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro", self.image).stdout.strip()
        try:
            self.until("systemctl is-system-running | grep -E 'running|degraded'")
        except AssertionError as failure:
            said = docker("logs", "--tail=20", self.name, check=False).stdout
            self.__exit__()
            raise AssertionError(f"{failure}\n{said}") from None
        return self

    def __exit__(self, *_):
        docker("rm", "-f", "-v", self.name, check=False)

    def sh(self, script, check=True, timeout=180):
        """Its output, without the blanks around it."""
        done = docker("exec", "-i", "-e", "DEBIAN_FRONTEND=noninteractive", self.name, "sh", "-s",
                      text_in=script, check=False, timeout=timeout)
        assert not check or done.returncode == 0, f"{script}: {done.stdout[-4000:]}"
        return done.stdout.strip()

    def until(self, script):
        """Waits until it succeeds."""
        end = time.monotonic() + PATIENCE
        while docker("exec", self.name, "sh", "-c", script, check=False).returncode != 0:
            assert time.monotonic() < end, f"{script}: not within {PATIENCE} s\n" + self.sh(
                "systemctl --no-pager list-units 'bulkhead*'; journalctl --no-pager -n 40", False)
            time.sleep(0.3)

    def put(self, path, name=None):
        """Copies a file to /root, where nothing is looked for; returns its path there."""
        there = f"/root/{name or path.name}"
        docker("cp", path, f"{self.name}:{there}")
        return there

    def install(self, *files):
        """As dpkg does: it fetches nothing."""
        places = " ".join(self.put(path) for path in files)
        return self.sh(f"dpkg -i {places}")

    def wait_for_answers(self):
        self.until(f"curl -sf '{SITE}/?name=Bob' && curl -sf {SITE}/healthz")

    def audit(self, query):
        """What /audit knows, as a list of records."""
        answer = self.sh('curl -sf -u "admin:$(cat /var/lib/bulkhead/password)" '
                         f"-H 'Accept: application/json' '{SITE}/audit?{query}'")
        return json.loads(answer)["records"]

    def processes(self):
        """{unit: its main process}"""
        words = self.sh("systemctl show -p Id,MainPID $(systemctl list-units --plain --no-legend "
                        "--state=active 'bulkhead-*.service' | cut -d ' ' -f 1)").split()
        pairs = zip(words[::2], words[1::2])
        fields = [dict(word.split("=", 1) for word in pair) for pair in pairs]
        return {each["Id"]: each["MainPID"] for each in fields}

    def snapshot(self):
        return self.sh(SNAPSHOT).splitlines()
