"""
What Kubernetes gets: deploy/kubernetes as kubectl's own kustomize renders it, Debian 13's, in a
container of its image.
"""

import functools
import pathlib
import shutil

import yaml

from engine import REPOSITORY, docker, need_engine

SOURCE = REPOSITORY / "deploy/kubernetes"
IMAGE = "bulkhead-tests/kubectl"
DOCKERFILE = """FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends kubectl && \
    rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["/usr/bin/kubectl"]
"""
SECRETS = ("password", "pgpass_audit", "pgpass_trail", "pgpass_setup", "database_ca")


@functools.cache
def kubectl_image():
    need_engine()
    docker("build", "-q", "-t", IMAGE, "-", text_in=DOCKERFILE, timeout=600)
    return IMAGE


def render(folder, path="."):
    """The objects that `kubectl kustomize` makes of a folder below this one."""
    said = docker("run", "--rm", "--network", "none", "-v", f"{folder}:/source:ro",
                  kubectl_image(), "kustomize", f"/source/{path}")
    assert said.stderr == "", "a warning, of something deprecated say"
    return list(yaml.safe_load_all(said.stdout))


def copy_to(folder):
    """The source, with files where an operator's secrets would be."""
    copied = pathlib.Path(folder) / "kubernetes"
    shutil.copytree(SOURCE, copied)
    for overlay in (*copied.glob("overlays/*"), copied / "overlays/production/setup"):
        (overlay / "secrets").mkdir()
        for name in SECRETS:
            (overlay / "secrets" / name).write_text(f"the {name} of tests\n")
    return copied


def of_kind(objects, kind, name=None):
    """The one of that kind, and name."""
    found = [each for each in objects
             if each["kind"] == kind and name in (None, each["metadata"]["name"])]
    assert len(found) == 1, f"{kind} {name}: {len(found)}"
    return found[0]


def pod_templates(objects):
    """Of whatever makes pods: its kind and name to the pod's template."""
    return {f"{each['kind']} {each['metadata']['name']}": each["spec"]["template"]
            for each in objects if each["kind"] in ("Deployment", "Job")}


def containers_of(spec):
    """All of a pod's, in the order in which they start."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def is_sidecar(container):
    return container.get("restartPolicy") == "Always"
