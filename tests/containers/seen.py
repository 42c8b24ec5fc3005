"""What the engine and the kernel say of a container, in the words of expected.py."""

import os
import pathlib

from expected import MIB

NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")
SECOND = 10**9
# Of the engine's own list of files of /proc and /sys that nobody in a container may read or write.
MASKED = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"}
READ_ONLY = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
NOTHING = ("CapAdd", "Devices", "DeviceRequests", "DeviceCgroupRules", "GroupAdd", "VolumesFrom",
           "Links", "ExtraHosts")


def short(name, project):
    return name.removeprefix(f"{project}_")


def mounts(container, project):
    """Path to (volume, or file beside docker-compose.yml; ro or rw)."""
    return {each["Destination"]:
            (short(each["Name"], project) if each["Type"] == "volume"
             else "/".join(pathlib.Path(each["Source"]).parts[-2:]),
             "rw" if each["RW"] else "ro") for each in container["Mounts"]}


def limits(host):
    return {"memory": host["Memory"] // MIB, "memory and swap": host["MemorySwap"] // MIB,
            "cpus": host["NanoCpus"] / SECOND, "pids": host["PidsLimit"],
            "ulimits": {each["Name"]: (each["Soft"], each["Hard"]) for each in host["Ulimits"]},
            "out of memory": host["OomKillDisable"] or False}


def walls(container):
    host = container["HostConfig"]
    return {"user": container["Config"]["User"], "privileged": host["Privileged"],
            "read-only": host["ReadonlyRootfs"], "dropped": host["CapDrop"],
            "security": sorted(host["SecurityOpt"] or []),
            "ipc": host["IpcMode"], "pid": host["PidMode"], "uts": host["UTSMode"],
            "users": host["UsernsMode"], "sysctls": host.get("Sysctls") or {},
            "masked": MASKED - set(host["MaskedPaths"] or []),
            "left open": READ_ONLY - set(host["ReadonlyPaths"] or []),
            **{name: host.get(name) or None for name in NOTHING}}


def network(container, project):
    host = container["HostConfig"]
    return {"mode": short(host["NetworkMode"], project),
            "networks": sorted(short(name, project)
                               for name in container["NetworkSettings"]["Networks"]),
            "dns": host["Dns"] or None, "ports": host["PortBindings"] or {},
            "all ports": host["PublishAllPorts"]}


def habits(container):
    config, host = container["Config"], container["HostConfig"]
    check = config.get("Healthcheck", {})
    return {"log": (host["LogConfig"]["Type"], host["LogConfig"]["Config"]),
            "restart": host["RestartPolicy"]["Name"], "grace": config.get("StopTimeout"),
            "signal": config.get("StopSignal"),
            "check": [check.get("Test", ["NONE"])[0],
                      *(check.get(name, 0) / SECOND for name in ("Interval", "Timeout",
                                                                 "StartPeriod"))]}


def of_engine(container, project):
    return {**walls(container), **limits(container["HostConfig"]), **network(container, project),
            **habits(container), "mounts": mounts(container, project),
            "tmpfs": container["HostConfig"].get("Tmpfs") or {}}


def wanted(service, port):
    """The same, of an expected.Service."""
    published = {f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    return {
        "user": f"{service.uid}:{service.gid}", "privileged": False, "read-only": True,
        "dropped": ["ALL"], "security": ["no-new-privileges:true"],  # seccomp: the engine's own
        "ipc": "none", "pid": "", "uts": "", "users": "", "sysctls": service.sysctls,
        "masked": set(), "left open": set(), **{name: None for name in NOTHING},
        "memory": service.memory, "memory and swap": service.memory, "cpus": service.cpus,
        "pids": service.pids,
        "ulimits": {"core": (0, 0), "nofile": (service.files, service.files)},
        "out of memory": False,
        "mode": service.network, "networks": [service.network], "dns": service.dns,
        "ports": published if service.publishes else {}, "all ports": False,
        "log": ("json-file", {"max-size": "10m", "max-file": "4"}), "restart": "unless-stopped",
        "grace": service.grace, "signal": service.signal,
        "check": ["CMD", service.pause, 3.0, 60.0],
        "mounts": service.mounts, "tmpfs": service.tmpfs}


# --- the kernel -----------------------------------------------------------------------------------

def processes(container_id):
    """The process ids on the host of all that runs in a container, by its control group."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cgroup"):
        try:
            if container_id in file.read_text():
                found.append(int(file.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return sorted(found)


def status(pid):
    """The fields of /proc/PID/status."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def namespaces(pid):
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in NAMESPACES}


def hard_limit(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith(name):
            return line[len(name):].split()[1]
    raise AssertionError(f"no limit {name}")


def mount_options(pid):
    """Path in the container to the options of the last mount there."""
    lines = [line.split() for line in
             pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return {fields[4]: set(fields[5].split(",")) for fields in lines}
