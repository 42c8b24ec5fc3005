"""The modules of tests/containers, tests/http and tests/sandbox are this folder's too."""

import sys
from pathlib import Path

for name in ("sandbox", "http", "containers"):
    sys.path.insert(1, str(Path(__file__).resolve().parents[1] / name))

import pytest  # noqa: E402

# What they assert is shown as in a test.
pytest.register_assert_rewrite("engine", "manifests", "podman", "pods", "cluster")

from cluster import LIMITS, Cluster  # noqa: E402
from manifests import copy_to, render  # noqa: E402
from podman import NETWORKS  # noqa: E402


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A copy of deploy/kubernetes, with files where secrets would be."""
    return copy_to(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def base(source):
    return render(source, "base")


@pytest.fixture(scope="session")
def production(source):
    """What makes the tables, and the rest."""
    return render(source, "overlays/production/setup") + render(source, "overlays/production")


@pytest.fixture(scope="session")
def cluster():
    """With the limits as shipped, for clients whom a balancer names."""
    with Cluster(TRUSTED_PROXIES=str(NETWORKS), **LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def pods(cluster):
    """Three, ready. Who replaces one leaves three."""
    while len(cluster.pods) < 3:
        cluster.start_pod()
    return cluster.pods
