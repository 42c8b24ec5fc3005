"""
What the tests run of the manifests: an overlay of their own, pods of it by podman, and one
PostgreSQL over TLS.
"""

import itertools
import pathlib
import shutil
import tempfile
import time

import yaml

from audit_lab import DATABASE, PASSWORD
from engine import images
from manifests import copy_to, pod_templates, render
from pods import Pod
from podman import NETWORKS, Engine
from program import wait_until
from stack import LIMITS_OFF
from test_database_outside import gateway
from tls_lab import PASSWORDS, Server

PARTS = ("audit", "calculate", "db", "edge", "healthz", "hello", "metrics", "ping", "trail")
FIRST_IP = 10
NUMBERS = itertools.count(1)
LIMITS = {"RATE_LIMIT": "10", "RATE_BURST": "20", "PING_RATE_LIMIT": "2"}  # as shipped


class Cluster:
    """
    Use it as a context. `settings` are those of .env.example that the edge or ping has; `podman` is
    another one's, which outlives this.
    """

    def __init__(self, podman=None, **settings):
        self.settings = settings
        self.tag = images()
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-cluster-"))
        self.source = copy_to(self.work)
        self.pods = []
        self.podman, self.own_podman = podman, None
        self.server = None
        self.password = PASSWORD

    # --- up and down ---

    def __enter__(self):
        try:
            self.server = Server(gateway(), f"IP:{gateway()}", "0.0.0.0/0")
            self.objects = self.render(**self.settings)
            if not self.podman:
                spec = pod_templates(self.objects)["Deployment bulkhead"]["spec"]
                self.own_podman = Engine(spec["securityContext"]["sysctls"]).__enter__()
                self.podman = self.own_podman
                self.podman.load([f"bulkhead/{part}:{self.tag}" for part in PARTS])
            self._make_tables()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        while self.pods:
            self.pods.pop().remove()
        if self.own_podman:
            self.own_podman.__exit__()
        if self.server:
            self.server.remove()
        shutil.rmtree(self.work, ignore_errors=True)

    def _url(self):
        return self.server.url(gateway(), sslrootcert="/run/secrets/database_ca",
                               passfile="/run/secrets/pgpass")

    def _files(self):
        """What is secret, by the names of files."""
        files = {"password": self.password + "\n",
                 "database_ca": (self.server.tls / "ca.pem").read_text(),
                 "pgpass_setup": self._passwords("operator")}
        return files | {f"pgpass_{role}": self._passwords(f"bulkhead_{role}")
                        for role in ("audit", "trail")}

    def render(self, **settings):
        """An overlay beside those that are there."""
        given = {"HEALTH_FROM": f"127.0.0.1 {NETWORKS}", **LIMITS_OFF, **settings}
        pings = {name: value for name, value in given.items()
                 if name in ("PING_DENY", "PING_ALLOW", "PING_TIMEOUT_MS")}
        edges = {name: value for name, value in given.items() if name not in pings}
        return overlay(self.source, "../../base", self.tag, self._files(), {
            "edge": edges, "ping": pings, "database": {"DATABASE_URL": self._url()}}, {
                "audit": ("password", "pgpass_audit", "database_ca"),
                "trail": ("pgpass_trail", "database_ca")})

    def _passwords(self, role):
        return self.server.passfile("one", {role: PASSWORDS[role]}).read_text()

    def _make_tables(self):
        objects = overlay(self.source, "../../setup", self.tag, self._files(), {
            "setup-database": {"DATABASE_URL": self._url()}}, {
                "setup": ("pgpass_setup", "database_ca")})
        job = Pod(self.podman, objects, pod_templates(objects)["Job trail-setup"],
                  f"setup-{next(NUMBERS)}", None)
        try:
            self.setup_said = job.run()
        finally:
            job.remove()
        self.server.set_passwords()

    # --- pods ---

    def start_pod(self, port=None, objects=None):
        """Ready."""
        objects, number = objects or self.objects, next(NUMBERS)
        pod = Pod(self.podman, objects, pod_templates(objects)["Deployment bulkhead"],
                  f"pod-{number}", self.podman.subnet[FIRST_IP + number], port)
        self.pods.append(pod)
        pod.start().wait_until_ready()
        return pod

    def end_pod(self, pod):
        """In order; its volumes are gone afterwards. Seconds that it took."""
        took = pod.stop()
        self.pods.remove(pod)
        pod.remove()
        return took

    # --- the trail ---

    def stored(self):
        """The request ids of all records, as often as they are there, but for those of probes."""
        return self.server.sql("SELECT replace(request_id::text, '-', '') FROM trail.records "
                               "WHERE route <> 'healthz'", DATABASE).split()

    def count(self):
        """Of the records, once there are no more for a while: nobody asks."""
        counts = [-1]

        def is_still():
            time.sleep(1)
            counts.append(len(self.stored()))
            return counts[-1] == counts[-2]
        wait_until(is_still, "all is shipped")
        return counts[-1]

    def wait_until_stored(self, request_ids):
        missing = set()

        def is_stored():
            missing.clear()
            missing.update(set(request_ids) - set(self.stored()))
            return not missing
        try:
            wait_until(is_stored, "each record", patience=60)
        except AssertionError:
            raise AssertionError(f"{len(missing)} of {len(request_ids)} are lost") from None


def overlay(source, base, tag, files, settings, secrets):
    """The objects of one, as an operator would write it."""
    name = f"tests-{next(NUMBERS)}"
    folder = source / "overlays" / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)
    made = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "namespace": "bulkhead", "resources": [base],
        "images": [{"name": f"bulkhead/{part}", "newName": f"localhost/bulkhead/{part}",
                    "newTag": tag} for part in PARTS],
        "configMapGenerator": [
            {"name": each, "behavior": "merge",
             "literals": [f"{key}={value}" for key, value in values.items()]}
            for each, values in settings.items() if values],
        "secretGenerator": [
            {"name": each, "files": [f"{file.partition('_')[0]}={file}" if file.startswith("pgpass")
                                     else file for file in names]}
            for each, names in secrets.items()]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(made))
    return render(source, f"overlays/{name}")
