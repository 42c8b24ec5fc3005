"""What the rendered manifests say, beside what keeps the restricted standard."""

import pytest

from engine import REPOSITORY
from manifests import containers_of, is_sidecar, of_kind, pod_templates, render
from stack import ROUTES

TWINS = {f"{route}-{number}" for route in ROUTES for number in (1, 2)}


@pytest.fixture(scope="module")
def spec(base):
    return pod_templates(base)["Deployment bulkhead"]["spec"]


@pytest.mark.parametrize("overlay", ["overlays/local", "overlays/production",
                                     "overlays/production/setup", "base", "setup"])
def test_each_renders(source, overlay):
    """Without a warning."""
    assert render(source, overlay)


def test_the_order_of_start_and_end(spec):
    """What is prepared, the shipper, the routes; nginx, which ends first. The shipper ends last."""
    names = [each["name"] for each in containers_of(spec)]
    assert names[:3] == ["prepare", "prepare-audit", "trail"]
    assert set(names[3:-1]) == TWINS and names[-1] == "edge"
    assert [each["name"] for each in spec["containers"]] == ["edge"]
    assert {each["name"] for each in spec["initContainers"] if is_sidecar(each)} == \
        {"trail", *TWINS}


def test_twins_are_equal(spec):
    """But for the folder of their sockets."""
    found = {each["name"]: each for each in containers_of(spec)}
    for route in ROUTES:
        first, second = (str({**found[f"{route}-{n}"], "name": ""}).replace(f"{route}-{n}", "")
                         for n in (1, 2))
        assert first == second, route


def test_a_node_that_is_slow_has_the_time_that_it_takes(spec):
    """Load balancers forget the pod, nginx finishes, the routes do, the shipper ships the rest."""
    edge = spec["containers"][0]
    pause = int(edge["lifecycle"]["preStop"]["exec"]["command"][-1])
    nginx = (REPOSITORY / "nginx/nginx.conf").read_text()
    assert "worker_shutdown_timeout 10s;" in nginx
    shipper = (REPOSITORY / "cgi-src/trail/shipper.c").read_text()
    assert "REST_MS = 10 * 1000," in shipper
    assert spec["terminationGracePeriodSeconds"] >= pause + 10 + 10 + 10


def test_no_request_is_lost_by_an_update(base):
    deployment = of_kind(base, "Deployment")["spec"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert deployment["replicas"] > of_kind(base, "PodDisruptionBudget")["spec"]["maxUnavailable"]


def test_all_selectors_find_the_pods(base, production):
    for objects in (base, production):
        labels = pod_templates(objects)["Deployment bulkhead"]["metadata"]["labels"]
        for kind in ("Deployment", "PodDisruptionBudget"):
            selector = of_kind(objects, kind)["spec"]["selector"]["matchLabels"]
            assert selector.items() <= labels.items(), kind
        assert of_kind(objects, "Service")["spec"]["selector"].items() <= labels.items()
        for each in pod_templates(objects)["Deployment bulkhead"]["spec"][
                "topologySpreadConstraints"]:
            assert each["labelSelector"]["matchLabels"].items() <= labels.items()
    monitor = of_kind(production, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
    assert monitor.items() <= of_kind(production, "Service")["metadata"]["labels"].items()


def test_what_is_named_is_there(production):
    """Secrets and ConfigMaps, by the names that their content gives them."""
    there = {kind: {each["metadata"]["name"] for each in production if each["kind"] == kind}
             for kind in ("Secret", "ConfigMap")}
    named = {"Secret": set(), "ConfigMap": set()}
    for template in pod_templates(production).values():
        for volume in template["spec"]["volumes"]:
            named["Secret"] |= {volume["secret"]["secretName"]} if "secret" in volume else set()
        for each in containers_of(template["spec"]):
            named["ConfigMap"] |= {one["configMapRef"]["name"] for one in each.get("envFrom", [])}
    assert named == there


def test_the_number_of_pods_is_the_autoscalers(production):
    assert "replicas" not in of_kind(production, "Deployment")["spec"]
    scaler = of_kind(production, "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"]["name"] == of_kind(production, "Deployment")["metadata"]["name"]
    assert 1 < scaler["minReplicas"] < scaler["maxReplicas"]
    asked = sum(int(each["resources"]["requests"]["cpu"].removesuffix("m")) for each in
                containers_of(pod_templates(production)["Deployment bulkhead"]["spec"])
                if not each["name"].startswith("prepare"))
    target = scaler["metrics"][0]["resource"]["target"]["averageValue"]
    assert 0.6 < int(target.removesuffix("m")) / asked < 0.9
    page = (REPOSITORY / "docs/kubernetes.md").read_text()
    assert f"| the pod | {asked}m |" in page and f"({target} each" in page


def test_one_url_for_both(production):
    """Two folders have it, for kustomize reads none above its own."""
    urls = {each["data"]["DATABASE_URL"] for each in production
            if each["kind"] == "ConfigMap" and "DATABASE_URL" in each["data"]}
    assert len(urls) == 1


# --- who may talk to whom -------------------------------------------------------------------------

def policies(objects):
    return {each["metadata"]["name"]: each["spec"] for each in objects
            if each["kind"] == "NetworkPolicy"}


def test_nobody_may_talk_but_who_is_named(base, production):
    for objects in (base, production):
        nobody = policies(objects)["nobody"]
        assert nobody == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert set(policies(base)) == {"nobody", "dns", "database"}
    assert set(policies(production)) == {"nobody", "dns", "database", "ingress", "monitoring",
                                         "ping"}


def test_each_opens_what_it_is_for(production):
    found = policies(production)
    ports = {name: {(port["protocol"], port["port"]) for rule in spec.get("egress", []) +
                    spec.get("ingress", []) for port in rule.get("ports", [])}
             for name, spec in found.items()}
    assert ports == {"nobody": set(), "dns": {("UDP", 53), ("TCP", 53)},
                     "database": {("TCP", 5432)}, "ingress": {("TCP", "http")},
                     "monitoring": {("TCP", "http")}, "ping": set()}
    for name in ("dns", "database", "ping"):
        assert found[name]["policyTypes"] == ["Egress"]
    for name in ("ingress", "monitoring"):
        assert found[name]["policyTypes"] == ["Ingress"]
    assert all(rule["to"] for name in ("dns", "database", "ping") for rule in found[name]["egress"])
    assert all(rule["from"] for name in ("ingress", "monitoring")
               for rule in found[name]["ingress"])
    blocks = [each["ipBlock"] for each in found["ping"]["egress"][0]["to"]]
    assert [block["except"] for block in blocks] == [["169.254.0.0/16"], ["fe80::/10"]]


# --- kept together with the rest of the repository ------------------------------------------------

def test_routes_are_the_routes(base):
    found = [each["data"]["ROUTES"].split() for each in base
             if each["kind"] == "ConfigMap" and "ROUTES" in each["data"]]
    assert found == [sorted(ROUTES)]


def test_settings_are_those_of_env_example(base):
    documented = (REPOSITORY / ".env.example").read_text()
    for each in base:
        if each["kind"] == "ConfigMap" and not each["metadata"]["name"].startswith("routes-"):
            for name in set(each["data"]) - {"HOSTS"}:
                assert f"\n#{name}=" in documented, name
