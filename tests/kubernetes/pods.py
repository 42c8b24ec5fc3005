"""
A pod of the rendered manifests, run by podman, with this module in the kubelet's place. What
podman 4.3 does not do as the kubelet does is done here, and is this:

    emptyDir, Secret   folders of mode 0777, in a tmpfs of the limit's size where they are in
                       memory; a Secret's files are root's, of the volume's mode, or 0644
    subPath            a folder in the volume; one that is not there is made when its container is
    environment        envFrom, valueFrom and $(NAME) are put in
    initContainers     those that end are run to their end in a pod before; sidecars then start in
                       their order, before the others
    what has ended     is started again, in its order, by podman start. podman ends a pod with its
                       last container, so there is one more, which sleeps
    probes, preStop    are podman's exec of the very commands
    the end            preStop; the pod's containers get their stop signal and end; then sidecars,
                       the routes' together, the first of all last. Then the volumes are gone

Security contexts, limits, commands and mounts are podman's to obey, from the manifest as it is.
"""

import base64
import copy
import os
import re
import shutil
import signal
import subprocess
import time

import yaml

from manifests import containers_of, is_sidecar, of_kind
from program import wait_until

GRACE = 30  # seconds for one container's end
UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
SANDBOX = {"name": "sandbox", "command": ["/usr/bin/sleep", "86400"], "volumeMounts": []}
# What is the kubelet's, or the scheduler's, and podman would misunderstand.
NOT_PODMANS = ("restartPolicy", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle",
               "env", "envFrom", "volumeMounts")


def size_of(text):
    number, unit = re.fullmatch(r"(\d+)(\w*)", text).groups()
    return int(number) * UNITS.get(unit, 1)


class Pod:
    """Of the template of a Deployment or a Job, with the address `ip`; `port` is published too."""

    def __init__(self, podman, objects, template, name, ip, port=None):
        self.podman, self.objects, self.name, self.ip, self.port = podman, objects, name, ip, port
        self.spec = copy.deepcopy(template["spec"])
        self.folder = podman.folder / name
        self.sidecars = [each["name"] for each in self.spec.get("initContainers", [])
                         if is_sidecar(each)]
        self.mains = [each["name"] for each in self.spec["containers"]]
        self.mounted = []

    # --- volumes and settings ---

    def _make_volumes(self):
        self.folder.mkdir()
        for volume in self.spec["volumes"]:
            folder = self.folder / volume["name"]
            folder.mkdir()
            if "secret" in volume:
                self._fill(folder, volume["secret"])
                continue
            if volume["emptyDir"].get("medium") == "Memory":
                size = size_of(volume["emptyDir"]["sizeLimit"])
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                               check=True, timeout=60)
                self.mounted.append(folder)
            folder.chmod(0o777)

    def _fill(self, folder, source):
        data = of_kind(self.objects, "Secret", source["secretName"])["data"]
        for name, text in data.items():
            (folder / name).write_bytes(base64.b64decode(text))
            (folder / name).chmod(source.get("defaultMode", 0o644))

    def environment(self, container):
        found = {}
        for each in container.get("envFrom", []):
            found.update(of_kind(self.objects, "ConfigMap", each["configMapRef"]["name"])["data"])
        own = {}
        for each in container.get("env", []):
            own[each["name"]] = re.sub(r"\$\((\w+)\)", lambda match: own[match.group(1)],
                                       each["value"]) if "value" in each else self._value_of(each)
        return found | own

    def _value_of(self, variable):
        source = variable["valueFrom"]
        if "fieldRef" in source:
            assert source["fieldRef"]["fieldPath"] == "status.podIP"
            return str(self.ip)
        reference = source["configMapKeyRef"]
        return of_kind(self.objects, "ConfigMap", reference["name"])["data"][reference["key"]]

    def _for_podman(self, container):
        made = {name: value for name, value in container.items() if name not in NOT_PODMANS}
        made["imagePullPolicy"] = "Never"
        made["env"] = [{"name": name, "value": value}
                       for name, value in self.environment(container).items()]
        made["volumeMounts"] = mounts = []
        for mount in container["volumeMounts"]:
            mounts.append({key: value for key, value in mount.items() if key != "subPath"} |
                          {"name": self._volume(mount)})
        if "ports" in made:  # which podman would publish all
            made["ports"] = [port | {"hostPort": self.port, "hostIP": "127.0.0.1"}
                             for port in made["ports"] if self.port]
        return made

    def _volume(self, mount):
        """Its name for podman, a volume for each folder in one."""
        folder = self.folder / mount["name"]
        if "subPath" not in mount:
            return mount["name"]
        inner = folder / mount["subPath"]
        if not inner.exists():
            inner.mkdir()
            inner.chmod(0o777)
        return f"{mount['name']}-{mount['subPath']}"

    def _play(self, name, containers, *options):
        volumes = {self._volume(mount): str(self.folder / mount["name"] / mount.get("subPath", ""))
                   for each in containers for mount in each["volumeMounts"]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "restartPolicy": "Never",
            "containers": [self._for_podman(each) for each in containers],
            "volumes": [{"name": volume, "hostPath": {"path": path, "type": "Directory"}}
                        for volume, path in volumes.items()]}}
        self.podman("play", "kube", "--network", self.podman.network, *options, "-",
                    text_in=yaml.safe_dump(pod), timeout=180)
        self.podman.keep_address()

    # --- its life ---

    def run_to_the_end(self, containers, suffix):
        """Each exits with 0. What they said."""
        name, said = f"{self.name}-{suffix}", ""
        self._play(name, containers)
        for each in containers:
            container = f"{name}-{each['name']}"
            code = self.podman("wait", container).stdout.strip()
            done = self.podman("logs", container, check=False)
            said += done.stdout + done.stderr
            assert code == "0", f"{each['name']}: {code}: {said}"
        self.podman("pod", "rm", "-f", name)
        return said

    def start(self):
        self._make_volumes()
        first = [each for each in self.spec.get("initContainers", []) if not is_sidecar(each)]
        self.run_to_the_end(first, "first")
        later = [each for each in containers_of(self.spec) if each not in first]
        later.append({**later[-1], "ports": [], **SANDBOX})
        self._play(self.name, later, "--ip", self.ip)
        return self

    def run(self):
        """Of a Job: all that it says."""
        self._make_volumes()
        return self.run_to_the_end(self.spec["containers"], "job")

    def container(self, name):
        return f"{self.name}-{name}"

    def exec(self, name, *command, check=False):
        return self.podman("exec", self.container(name), *command, check=check)

    def is_ready(self):
        """Each readiness probe that there is."""
        return all(self.exec(each["name"], *each["readinessProbe"]["exec"]["command"]).returncode
                   == 0 for each in containers_of(self.spec) if "readinessProbe" in each)

    def wait_until_ready(self):
        try:
            wait_until(self.is_ready, f"{self.name} is ready", patience=90)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.logs()}") from None

    def logs(self, lines=8):
        texts = []
        for name in [*self.sidecars, *self.mains]:
            done = self.podman("logs", "--tail", lines, self.container(name), check=False)
            texts.append(f"--- {name}\n{done.stdout}{done.stderr}")
        return "\n".join(texts)

    def pid(self, name):
        """Of a container's first process."""
        return self.podman.inspect(self.container(name))["State"]["Pid"]

    def kill(self):
        """SIGKILL for each container at once; its volumes stay, and what has ended starts again."""
        pids = [self.pid(name) for name in [*self.mains, *self.sidecars]]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(pid and os.path.exists(f"/proc/{pid}") for pid in pids),
                   "the end of each container")
        self.podman("start", *map(self.container, self.sidecars + self.mains))

    def stop(self):
        """As the kubelet ends a pod, once it is told so. Seconds."""
        began = time.monotonic()
        for each in self.spec["containers"]:
            if "preStop" in each.get("lifecycle", {}):
                self.exec(each["name"], *each["lifecycle"]["preStop"]["exec"]["command"],
                          check=True)
        for names in (self.mains, self.sidecars[1:], self.sidecars[:1]):
            self.podman("stop", "-t", GRACE, *map(self.container, names))
        return time.monotonic() - began

    def remove(self):
        """The pod, and its volumes."""
        self.podman("pod", "rm", "-f", "-t", "1", self.name, check=False)
        while self.mounted:
            subprocess.run(["umount", "-l", self.mounted.pop()], check=False, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


