"""
podman, with storage, settings and a network of the tests' own: what stands in for a node's engine.
"""

import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from engine import docker
from ping_lab import need

NETWORKS = ipaddress.ip_network("10.231.0.0/16")  # one of 256 addresses in it is an engine's
# podman 4.3 knows no sysctls of a pod's: it is told which all pods have.
SETTINGS = """[containers]
default_ulimits = ["nofile=10240:10240", "nproc=1024:1024"]
default_sysctls = [{sysctls}]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Engine:
    """Use it as a context: afterwards nothing is left of it."""

    def __init__(self, sysctls):
        need(shutil.which("podman"), "the package podman")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-podman-"))
        self.network = f"bulkhead-tests-{os.getpid()}"
        self.subnet = self.bridge = None
        settings = self.folder / "containers.conf"
        pairs = ", ".join(f'"{each["name"]}={each["value"]}"' for each in sysctls)
        settings.write_text(SETTINGS.format(sysctls=pairs))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder),
                            "CONTAINERS_CONF": str(settings), "TMPDIR": str(self.folder)}

    def __call__(self, *arguments, timeout=120, check=True, text_in=""):
        done = subprocess.run(
            ["podman", "--root", self.folder / "root", "--runroot", self.folder / "run",
             "--tmpdir", self.folder / "tmp", "--network-config-dir", self.folder / "networks",
             *map(str, arguments)], capture_output=True, text=True, check=False, timeout=timeout,
            input=text_in, env=self.environment)
        assert not check or done.returncode == 0, f"podman {arguments}: {done.stderr}"
        return done

    def inspect(self, container):
        return json.loads(self("container", "inspect", container).stdout)[0]

    def load(self, images):
        """From Docker, where they were built."""
        archive = self.folder / "images.tar"
        docker("save", "-o", archive, *images, timeout=300)
        self("load", "-q", "-i", archive, timeout=300)
        archive.unlink()

    def _make_network(self):
        """In the first that nobody has."""
        for self.subnet in NETWORKS.subnets(new_prefix=24):
            made = self("network", "create", "--subnet", self.subnet, "--disable-dns", self.network,
                        check=False)
            if "already used" not in made.stderr:
                break
        assert made.returncode == 0, made.stderr
        self.bridge = json.loads(self("network", "inspect", self.network).stdout)[0][
            "network_interface"]

    def keep_address(self):
        """
        Of the bridge, once there is a pod on it: else it is the least of those on it, and another
        one when that goes; and who has just learned it answers the old one for half a minute.
        """
        address = pathlib.Path(f"/sys/class/net/{self.bridge}/address").read_text().strip()
        subprocess.run(["ip", "link", "set", "dev", self.bridge, "address", address], check=True,
                       timeout=60)

    def __enter__(self):
        try:
            self._make_network()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for words in (("pod", "rm", "-a", "-f", "-t", "1"), ("rm", "-a", "-f", "-t", "1"),
                      ("network", "rm", "-f", self.network)):
            self(*words, check=False, timeout=300)
        for line in reversed(pathlib.Path("/proc/mounts").read_text().splitlines()):
            if line.split()[1].startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-l", line.split()[1]], check=False, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
