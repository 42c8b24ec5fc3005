"""
The Pod Security Standards, baseline and restricted, rule by rule, as kubernetes.io has them
(v1.34): each a function from a pod's metadata and spec to what breaks it. Nothing is taken on trust
from an admission controller: these rules are the tests' own.
"""

from manifests import containers_of

SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
BASELINE_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret"}
SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t",
                 "container_engine_t"}
ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"


def security(thing):
    return thing.get("securityContext", {})


def all_containers(spec):
    return [*containers_of(spec), *spec.get("ephemeralContainers", [])]


def everybody(spec):
    """The pod itself, and each container: their names and security contexts."""
    yield "the pod", security(spec)
    for each in all_containers(spec):
        yield each["name"], security(each)


# --- baseline -------------------------------------------------------------------------------------

def host_process(_, spec):
    return [who for who, given in everybody(spec)
            if given.get("windowsOptions", {}).get("hostProcess")]


def host_namespaces(_, spec):
    return [each for each in ("hostNetwork", "hostPID", "hostIPC") if spec.get(each)]


def privileged(_, spec):
    return [each["name"] for each in all_containers(spec) if security(each).get("privileged")]


def baseline_capabilities(_, spec):
    return [each["name"] for each in all_containers(spec)
            if set(security(each).get("capabilities", {}).get("add", [])) - BASELINE_CAPABILITIES]


def host_path(_, spec):
    return [each["name"] for each in spec.get("volumes", []) if "hostPath" in each]


def host_ports(_, spec):
    return [each["name"] for each in all_containers(spec)
            if any(port.get("hostPort") for port in each.get("ports", []))]


def hosts_of_probes(_, spec):
    """Since v1.34: whom the kubelet asks is the pod."""
    hooks = [(each["name"], hook) for each in all_containers(spec) for hook in
             (*(each.get(f"{kind}Probe", {}) for kind in ("startup", "readiness", "liveness")),
              *each.get("lifecycle", {}).values()) if isinstance(hook, dict)]
    return [name for name, hook in hooks
            if any(hook.get(kind, {}).get("host") for kind in ("httpGet", "tcpSocket"))]


def apparmor(metadata, spec):
    found = [who for who, given in everybody(spec)
             if given.get("appArmorProfile", {}).get("type") not in
             (None, "RuntimeDefault", "Localhost")]
    return found + [name for name, value in metadata.get("annotations", {}).items()
                    if name.startswith(ANNOTATION) and value != "runtime/default"
                    and not value.startswith("localhost/")]


def selinux(_, spec):
    options = [(who, given.get("seLinuxOptions", {})) for who, given in everybody(spec)]
    return [who for who, given in options if given.get("type") not in SELINUX_TYPES
            or given.get("user") or given.get("role")]


def proc_mount(_, spec):
    return [who for who, given in everybody(spec) if given.get("procMount", "Default") != "Default"]


def baseline_seccomp(_, spec):
    return [who for who, given in everybody(spec)
            if given.get("seccompProfile", {}).get("type") == "Unconfined"]


def sysctls(_, spec):
    return [each["name"] for each in security(spec).get("sysctls", [])
            if each["name"] not in SAFE_SYSCTLS]


# --- restricted -----------------------------------------------------------------------------------

def volume_types(_, spec):
    return [each["name"] for each in spec.get("volumes", []) if not VOLUMES & set(each)]


def privilege_escalation(_, spec):
    return [each["name"] for each in all_containers(spec)
            if security(each).get("allowPrivilegeEscalation") is not False]


def non_root(_, spec):
    own = security(spec).get("runAsNonRoot")
    return [each["name"] for each in all_containers(spec)
            if security(each).get("runAsNonRoot", own) is not True]


def non_root_user(_, spec):
    return [who for who, given in everybody(spec) if given.get("runAsUser") == 0]


def seccomp(_, spec):
    own = security(spec).get("seccompProfile")
    return [each["name"] for each in all_containers(spec)
            if (security(each).get("seccompProfile", own) or {}).get("type") not in
            ("RuntimeDefault", "Localhost")]


def capabilities(_, spec):
    def is_bad(given):
        return ("ALL" not in given.get("drop", []) or
                set(given.get("add", [])) - {"NET_BIND_SERVICE"})
    return [each["name"] for each in all_containers(spec)
            if is_bad(security(each).get("capabilities", {}))]


RULES = {rule.__name__: rule for rule in (
    host_process, host_namespaces, privileged, baseline_capabilities, host_path, host_ports,
    hosts_of_probes, apparmor, selinux, proc_mount, baseline_seccomp, sysctls, volume_types,
    privilege_escalation, non_root, non_root_user, seccomp, capabilities)}
