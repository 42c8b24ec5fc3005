"""Every rule of the Pod Security Standards' restricted profile; and that each sees its fault."""

import copy

import pytest

from manifests import containers_of, is_sidecar, pod_templates
from restricted import RULES


@pytest.fixture(scope="module")
def templates(base, production):
    found = {**pod_templates(base), **pod_templates(production)}
    assert set(found) == {"Deployment bulkhead", "Job trail-setup"}
    return found


@pytest.mark.parametrize("rule", RULES)
def test_it_is_kept(templates, rule):
    for name, template in templates.items():
        assert RULES[rule](template["metadata"], template["spec"]) == [], name


def at_pod(**given):
    return lambda metadata, spec: spec.setdefault("securityContext", {}).update(given)


def at_first(**given):
    """At the last sidecar: no rule may look at the pod's main container alone."""
    return lambda metadata, spec: containers_of(spec)[-2].setdefault(
        "securityContext", {}).update(given)


def without(name):
    return lambda metadata, spec: containers_of(spec)[-2]["securityContext"].pop(name)


def of_spec(**given):
    return lambda metadata, spec: spec.update(given)


def of_container(**given):
    return lambda metadata, spec: containers_of(spec)[0].update(given)


def of_volumes(**given):
    return lambda metadata, spec: spec["volumes"].append({"name": "odd", **given})


def no_own_nor_the_pods(name):
    def mutate(_, spec):
        spec["securityContext"].pop(name)
        containers_of(spec)[0]["securityContext"].pop(name)
    return mutate


FAULTS = [
    ("host_process", at_first(windowsOptions={"hostProcess": True})),
    ("host_process", at_pod(windowsOptions={"hostProcess": True})),
    ("host_namespaces", of_spec(hostNetwork=True)),
    ("host_namespaces", of_spec(hostPID=True)),
    ("host_namespaces", of_spec(hostIPC=True)),
    ("privileged", at_first(privileged=True)),
    ("baseline_capabilities", at_first(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]})),
    ("host_path", of_volumes(hostPath={"path": "/"})),
    ("host_ports", of_container(ports=[{"containerPort": 1, "hostPort": 1}])),
    ("hosts_of_probes", of_container(livenessProbe={"tcpSocket": {"port": 1, "host": "x"}})),
    ("hosts_of_probes", of_container(
        lifecycle={"postStart": {"httpGet": {"port": 1, "host": "x"}}})),
    ("apparmor", at_pod(appArmorProfile={"type": "Unconfined"})),
    ("apparmor", lambda metadata, spec: metadata.update(
        annotations={"container.apparmor.security.beta.kubernetes.io/edge": "unconfined"})),
    ("selinux", at_first(seLinuxOptions={"type": "spc_t"})),
    ("selinux", at_pod(seLinuxOptions={"user": "system_u"})),
    ("proc_mount", at_first(procMount="Unmasked")),
    ("baseline_seccomp", at_pod(seccompProfile={"type": "Unconfined"})),
    ("sysctls", at_pod(sysctls=[{"name": "kernel.msgmax", "value": "1"}])),
    ("volume_types", of_volumes(nfs={"server": "x", "path": "/"})),
    ("privilege_escalation", at_first(allowPrivilegeEscalation=True)),
    ("privilege_escalation", without("allowPrivilegeEscalation")),
    ("non_root", at_first(runAsNonRoot=False)),
    ("non_root", no_own_nor_the_pods("runAsNonRoot")),
    ("non_root_user", at_first(runAsUser=0)),
    ("non_root_user", at_pod(runAsUser=0)),
    ("seccomp", at_first(seccompProfile={"type": "Unconfined"})),
    ("seccomp", no_own_nor_the_pods("seccompProfile")),
    ("capabilities", without("capabilities")),
    ("capabilities", at_first(capabilities={"drop": ["NET_RAW"]})),
    ("capabilities", at_first(capabilities={"drop": ["ALL"], "add": ["CHOWN"]})),
]


@pytest.mark.parametrize(("rule", "fault"), FAULTS, ids=[f"{rule}-{number}" for number, (rule, _)
                                                         in enumerate(FAULTS)])
def test_it_sees_its_fault(templates, rule, fault):
    template = copy.deepcopy(templates["Deployment bulkhead"])
    fault(template["metadata"], template["spec"])
    assert RULES[rule](template["metadata"], template["spec"]) != []


def test_each_rule_has_a_fault():
    assert {rule for rule, _ in FAULTS} == set(RULES)


# --- what this project asks beyond the standard ---------------------------------------------------

USERS = {"edge": 10000, "hello": 10001, "ping": 10002, "calculate": 10003, "audit": 10004,
         "healthz": 10005, "metrics": 10006, "trail": 10007, "prepare": 10007,
         "prepare-audit": 10004, "trail-setup": 10008}


def test_who_each_container_is(templates):
    """A user of its own, as in the image; the two that prepare are who has it afterwards."""
    for template in templates.values():
        for each in containers_of(template["spec"]):
            name = each["name"].removesuffix("-1").removesuffix("-2")
            assert each["securityContext"]["runAsUser"] == USERS[name], each["name"]
            assert each["securityContext"]["runAsGroup"] in (10000, USERS[name]), each["name"]


def test_nothing_is_written_to_a_root(templates):
    for template in templates.values():
        assert all(each["securityContext"]["readOnlyRootFilesystem"] is True
                   for each in containers_of(template["spec"]))


def test_nobody_asks_the_cluster(templates):
    for template in templates.values():
        assert template["spec"]["automountServiceAccountToken"] is False
        assert template["spec"]["enableServiceLinks"] is False
        assert "serviceAccountName" not in template["spec"]


def test_each_has_bounds(templates):
    for template in templates.values():
        for each in containers_of(template["spec"]):
            assert {"cpu", "memory"} <= set(each["resources"]["requests"]), each["name"]
            assert "memory" in each["resources"]["limits"], each["name"]


def test_icmp_is_pings_alone(templates):
    spec = templates["Deployment bulkhead"]["spec"]
    values = {each["name"]: each["value"] for each in spec["securityContext"]["sysctls"]}
    first, last = map(int, values["net.ipv4.ping_group_range"].split())
    assert first == last
    assert {each["name"] for each in containers_of(spec)
            if each["securityContext"]["runAsGroup"] == first} == {"ping-1", "ping-2"}
    assert "fsGroup" not in spec["securityContext"], "each container's processes would be in it"
    assert "supplementalGroups" not in spec["securityContext"]


def test_who_sees_which_files(templates):
    """Its own socket and journal to write; those of others to read, and no secret of anybody's."""
    spec = templates["Deployment bulkhead"]["spec"]
    watchers = {"edge", "healthz-1", "healthz-2", "metrics-1", "metrics-2"}
    for each in containers_of(spec):
        name, route = each["name"], each["name"].rpartition("-")[0]
        wide = {mount["name"] for mount in each["volumeMounts"] if "subPath" not in mount
                and not mount.get("readOnly")}
        assert wide <= {"prepare": {"sockets", "journals", "trail-own"},
                        "prepare-audit": {"audit-own"}, "trail": {"journals"},
                        "edge": {"state"}}.get(name, set()), name
        read = {mount["name"] for mount in each["volumeMounts"] if mount.get("readOnly")}
        assert ("sockets" in read) == (name in watchers), name
        assert ("audit-given" in read) == (name == "prepare-audit"), name
        assert ("trail-given" in read) == (name == "prepare"), name
        assert ("audit-own" in read) == (route == "audit"), name
        if is_sidecar(each) and name != "trail":
            assert {mount["subPath"] for mount in each["volumeMounts"] if "subPath" in mount} == \
                {name, route}
