"""
What is tried from inside each container: each attempt by the words that the probe takes, with what
its success would look like. In braces is what differs from stack to stack, or from part to part.
"""

import pathlib
import socket

from expected import MIB, PROCESSES, STATE, WRITERS

ENGINE = "/var/run/docker.sock"
PATHS = {"sockets of processes": [f"{STATE}/run/{route}-{n}" for route, n in PROCESSES],
         "journals": [f"{STATE}/journal/{name}" for name in WRITERS]}
DATABASE_SOCKETS = [f"{folder}/.s.PGSQL.5432"
                    for folder in ("/run/postgresql", f"{STATE}/database/socket")]
# Where anybody might put a file.
FOLDERS = ["/", "/etc", "/usr", "/usr/bin", "/usr/libexec/bulkhead", "/tmp", "/run", "/run/secrets",
           "/run/bulkhead", "/run/postgresql", "/var", "/var/tmp", STATE, f"{STATE}/run",
           f"{STATE}/run/trail", f"{STATE}/journal", *PATHS["sockets of processes"],
           *PATHS["journals"], f"{STATE}/database/cluster", f"{STATE}/database/socket",
           "/dev", "/dev/shm"]
NAMESPACES = ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup", "time")
CALLS = ("init-module", "finit-module", "delete-module", "kexec", "reboot", "swapon", "swapoff",
         "acct", "settimeofday", "iopl", "ioperm", "bpf", "perf", "io-uring", "userfaultfd",
         "add-key", "keyctl", "request-key", "personality", "fanotify", "ioprio")
IS_CGROUP_2 = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()
CGROUP = "/sys/fs/cgroup"
CGROUP_FILES = [f"{CGROUP}/{name}" for name in (
    ("cgroup.procs", "cgroup.subtree_control") if IS_CGROUP_2 else
    ("memory/memory.limit_in_bytes", "memory/cgroup.procs", "pids/cgroup.procs",
     "pids/notify_on_release", "devices/devices.allow", "cpu/cpu.cfs_quota_us"))]
# A task of the kernel's runs what this names; only the root of each hierarchy has it.
RELEASE_AGENT = [] if IS_CGROUP_2 else [f"{CGROUP}/memory/release_agent"]

# Who a part may not reach: name to address, as the stack has it.
MACHINES = {"edge": "the edge's port", "ping": "/ping's container", "ping-2": "its twin",
            "frontend": "the host, by the gateway of the edge's network",
            "gateway": "the host, by the gateway of ping's network",
            "host": "the host, by an address of its other side",
            "internet": "a machine that is no neighbour", "neighbour": "a machine nearby",
            "metadata": "where clouds keep secrets of a machine"}

NETWORK = {
    **{f"tcp:{{{name}}}": f"a SYN/ACK or a RST of {what}" for name, what in MACHINES.items()},
    **{f"udp:{{{name}}}": f"a datagram or a refusal of {what}" for name, what in MACHINES.items()},
    **{f"echo:{{{name}}}": f"an echo of {what}" for name, what in MACHINES.items()},
    "dns:127.0.0.11,53": "the engine's resolver asks outside",
    "dns:{resolver}": "a resolver outside answers",
    "multicast:ff02::1": "IPv6 takes a packet for all on the wire",
    "bind:80": "a port of the system's is one's own",
    "abstract:{abstract}": "an abstract socket of the host's takes the connection",
}
FAMILIES = {f"socket:{','.join(str(int(each)) for each in socket_)}": what for socket_, what in [
    ((socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), "raw packets of ICMP"),
    ((socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP), "raw packets of TCP"),
    ((socket.AF_INET, socket.SOCK_RAW, 255), "packets with headers of one's own"),
    ((socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6), "raw packets of ICMPv6"),
    ((socket.AF_PACKET, socket.SOCK_RAW, 0), "frames"),
    ((socket.AF_PACKET, socket.SOCK_DGRAM, 0), "packets of all protocols"),
    ((socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), "echoes"),
    ((socket.AF_VSOCK, socket.SOCK_STREAM, 0), "a way to the hypervisor"),
]}
SOCKETS = {
    f"unix:{ENGINE}": "the engine takes orders: all of the host",
    "unix:/run/docker.sock": "the same, by its other name",
    "unix:/run/containerd/containerd.sock": "what the engine gives orders to does",
    "unix:/run/systemd/private": "what starts services does",
    "unix:/run/dbus/system_bus_socket": "the system's bus does",
    **{f"fastcgi:{path}/sock": "the program answers, as it does the edge"
       for path in PATHS["sockets of processes"]},
    **{f"postgres:{role}@{path}": f"the database takes it for {role}"
       for role in ("postgres", "bulkhead_audit", "bulkhead_trail") for path in DATABASE_SOCKETS},
}
FILES = {
    **{f"create:{path}": "a file is made there" for path in FOLDERS},
    "create:/dev/mqueue": "a queue is made",
    **{f"run:{path}": "a program that was written there runs" for path in FOLDERS},
    **{f"map:{path}": "what was written there is code" for path in FOLDERS},
    **{f"mknod:{path}": "the first disk has a name there" for path in FOLDERS},
    **{f"give:{path}": "a file is root's" for path in FOLDERS},
    **{f"read:{path}": "a byte of it comes" for path in (
        "/run/secrets/password", f"{STATE}/database/cluster/PG_VERSION", "/dev/mem", "/dev/vda",
        "/proc/keys", "/proc/timer_list", "/etc/shadow")},
    **{f"list:{path}": "names of files come" for path in (
        *PATHS["journals"], f"{STATE}/database/cluster", "/run/secrets", "/root", "/var/lib/docker",
        "/sys/firmware")},
    **{f"write:{path}": "it may be written to" for path in (
        "/etc/passwd", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/mem", "/dev/kmsg",
        "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
        "/proc/sys/vm/overcommit_memory", "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/net/ipv4/ping_group_range", "/proc/sys/net/ipv4/ip_unprivileged_port_start",
        "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state",
        *CGROUP_FILES, *RELEASE_AGENT)},
    "addresses:/proc/kallsyms": "addresses of the kernel come",
    "handle:/dev/null": "a file opens by its number: one outside would, too",
    "memfd:probe": "a program runs that is in no file",
    "setuid-file:/probe-setuid": "root's file with the setuid bit runs as root",
}
MOUNTS = {
    "mount:/dev/pts": "a folder in memory is over it", "bind-mount:/dev/pts": "the root is over it",
    "remount:/": "the root is writable", "umount:/dev/pts": "it is gone",
    "fsopen:tmpfs": "a file system is made", "open-tree:/": "a tree of mounts is copied",
    "chroot:/dev/pts": "the root is elsewhere", "pivot-root:/usr": "the root may be changed",
    "own-root:/dev/pts": "as root of a user namespace, one mounts",
}
RIGHTS = {
    "setuid:0": "root", "setuid:10008": "the database's user", "setgid:0": "root's group",
    "setgroups:0": "root's group as well", "capset": "CAP_SYS_ADMIN",
    "bounding-set:21": "CAP_SYS_ADMIN can be had by a file",
    **{f"unshare:{name}": "a namespace of one's own" for name in NAMESPACES},
    **{f"clone:{name}": "a child in one" for name in NAMESPACES if name != "time"},
    "clone3:user": "a child in one, by the call that filters can't look into",
    **{f"setns:/proc/1/ns/{name}": "a namespace is entered" for name in
       ("mnt", "net", "pid", "ipc", "uts", "cgroup")},
    "ptrace": "a process that is closed is traced", "read-memory": "its memory is read",
    "open-memory": "its memory is open", "pidfd-getfd": "its descriptor is taken",
    "see-process:{process}": "a process of the host's is there",
    "segment:{segment}": "memory that the host's processes share is found",
    "priority": "others wait for it", "real-time": "all wait for it",
    "raise-limit": "a limit of its own is higher", "avoid-oom": "others die in its place",
}
KERNEL = {
    **{f"call:{name}": "the kernel takes it" for name in CALLS},
    "clock": "the host's clock is set", "hostname": "the host's name is set",
    "kernel-log": "the kernel's messages come",
}
# Numbers are the part's own bounds, and a bit.
RESOURCES = {
    "memory:{memory}": "it is all touched", "shared-memory:{memory}": "it is all touched",
    "memory-file:{memory}": "it is all written", "processes:{processes}": "all run",
    "descriptors:{files}": "all are open",
    **{f"fill:{34 * MIB}@{path}": "all is written" for path in (
        "/run/bulkhead", STATE, f"{STATE}/database/socket", "/dev", "/dev/shm", "/tmp")},
    **{f"files:5000@{path}": "all are made" for path in (
        "/run/bulkhead", f"{STATE}/database/socket")},
}

ATTEMPTS = {**NETWORK, **FAMILIES, **SOCKETS, **FILES, **MOUNTS, **RIGHTS, **KERNEL, **RESOURCES}


def bounds(service):
    """Of an expected.Service: what fills in the numbers of RESOURCES."""
    return {"memory": (service.memory + 16) * MIB, "processes": service.pids,
            "files": service.files}
