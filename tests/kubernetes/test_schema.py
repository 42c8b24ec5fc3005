"""Kubernetes' own schema, offline: every object of every overlay; and that it sees a fault."""

import copy
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from manifests import containers_of, of_kind, pod_templates
from npm import installed
from ping_lab import need

HERE = pathlib.Path(__file__).parent / "schemas"


@pytest.fixture(scope="module")
def faults():
    """What the validator says of objects."""
    need(shutil.which("node"), "the program node")
    modules = installed(HERE)

    def found(objects):
        done = subprocess.run(["node", HERE / "validate.mjs", modules], input=json.dumps(objects),
                              capture_output=True, text=True, timeout=120, check=False,
                              env={"PATH": os.environ["PATH"]})
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.splitlines()
    return found


def test_every_object(faults, base, production):
    assert len(production) > 15
    assert faults([*base, *production]) == []


def spoil(production, kind, change):
    objects = copy.deepcopy(production)
    change(of_kind(objects, kind, "bulkhead" if kind == "Deployment" else None))
    return objects


def last(deployment):
    return containers_of(pod_templates([deployment])["Deployment bulkhead"]["spec"])[-1]


FAULTS = {
    "a field that is missing": ("Deployment", lambda it: it["spec"].pop("selector"), "selector"),
    "of another type": ("Deployment", lambda it: last(it)["ports"][0].update(containerPort="x"),
                        "containerPort"),
    "misspelt": ("Deployment", lambda it: last(it).update(livenessprobe={}), "livenessprobe"),
    "at the wrong place": ("Deployment", lambda it: it["spec"]["template"]["spec"].update(
        readOnlyRootFilesystem=True), "readOnlyRootFilesystem"),
    "in a Job": ("Job", lambda it: it["spec"].update(backoff=1), "backoff"),
    "in the autoscaler": ("HorizontalPodAutoscaler", lambda it: it["spec"].pop("scaleTargetRef"),
                          "scaleTargetRef"),
    "in the budget": ("PodDisruptionBudget", lambda it: it["spec"].update(maxUnavailabl=1),
                      "maxUnavailabl"),
    "in the monitor": ("ServiceMonitor", lambda it: it["spec"].update(endpoint=[]), "endpoint"),
    "in the Ingress": ("Ingress", lambda it: it["spec"]["rules"][0]["http"]["paths"][0].pop(
        "pathType"), "pathType"),
}


@pytest.mark.parametrize(("kind", "change", "word"), FAULTS.values(), ids=FAULTS.keys())
def test_it_sees_a_fault(faults, production, kind, change, word):
    found = faults(spoil(production, kind, change))
    assert len(found) == 1 and word in found[0] and kind in found[0]
