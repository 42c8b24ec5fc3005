"""
Assumed breach: code of the attacker's runs in a program. Before: by eval, in the one process that
there is. After: each route's own program with all its walls, whose handler attacks
(tests/sandbox/breach.c); what it did is judged from outside where it can be.
"""

from concurrent.futures import ThreadPoolExecutor

import world
from model import AttackClass, encoded

CONFIGURATION = ([], False)  # the layers that are off: none
PROGRAMS = ("hello", "calculate", "ping", "database", "healthz", "metrics")
OS = "__import__('os')"
SOCKET = "__import__('socket')"
LIBC = "__import__('ctypes').CDLL(None,use_errno=True)"

# Attack of breach.c: the same by Python, true when it is done. {folder}: to leave files in.
FILES = {
    # harden: ignore S1 because it is the name of an attack
    "read-passwd": "open('/etc/passwd').read(1)",
    "read-secret": "open('{secret}').read(1)",
    "read-own-environment": "open('/proc/self/environ').read(1)",
    "read-above-root": "open('/tmp/../../../../etc/passwd').read(1)",
    "list-folder": f"{OS}.listdir('/')", "stat": f"{OS}.stat('/etc/passwd')",
    "write-own-memory": "open('/proc/self/mem','r+b')",
    "make-file": "open('{file}','w')", "write-file": "open('{file}','w').write('x')",
    "append-others-journal": "open(TRAIL.path,'a')",
    "symlink": f"{OS}.symlink('/','{{file}}') is None",
    "mkdir": f"{OS}.mkdir('{{file}}') is None", "mkfifo": f"{OS}.mkfifo('{{file}}') is None",
    "chmod": f"{OS}.chmod('{{folder}}',0o777) is None",
    "chown": f"{OS}.chown('{{folder}}',0,0) is None",
    "open-core-pattern": "open('/proc/sys/kernel/core_pattern','r+')",
}
NETWORK = {
    "connect-edge": f"{SOCKET}.create_connection(('127.0.0.1',{{port}}),2)",
    "bind-tcp": f"{SOCKET}.create_server(('127.0.0.1',0))",
    "send-udp": f"{SOCKET}.socket(2,2).sendto(b'x',('127.0.0.1',9))",
    "raw-socket": f"{SOCKET}.socket(2,3,1)", "packet-socket": f"{SOCKET}.socket(17,3,0)",
    "netlink": f"{SOCKET}.socket(16,3,0)", "connect-sibling": f"{SOCKET}.socket(1).connect(TRAIL.pa"
                                           "th.replace('trail.sqlite','control.sock')) is None",
    "bind-path": f"{SOCKET}.socket(1).bind('{{file}}') is None",
    "connect-abstract": f"[s for s in [{SOCKET}.socket(1)] if s.bind(chr(0)+'{{mark}}') is None]",
}
PROCESSES = {
    "kill-sibling": f"{OS}.kill(1,0) is None", "pidfd": f"{OS}.pidfd_open(1)",
    "ptrace-me": f"{LIBC}.ptrace(0,0,0,0) == 0",
    "execve": f"{OS}.spawnv(0,'/bin/true',['true']) == 0",
    "fork": f"[{OS}.waitpid({OS}.spawnv(1,'/bin/true',['true']),0)]",
    "thread": "__import__('threading').Thread(target=len,args=('',)).start() is None",
    "nice": f"{OS}.setpriority(0,0,-1) is None",
    "affinity": f"{OS}.sched_setaffinity(0,[0]) is None",
    "real-time": f"{OS}.sched_setscheduler(0,1,{OS}.sched_param(1)) is None",
    "setpgid": f"{OS}.setpgid(0,0) is None or 1",
    "read-limits": "__import__('resource').getrlimit(7)",
}
KERNEL = {
    "setuid": f"{OS}.setuid(0) is None", "setgid": f"{OS}.setgid(0) is None",
    "setgroups": f"{OS}.setgroups([0]) is None",
    "sethostname": f"{SOCKET}.sethostname('x') is None",
    "mmap-code": "__import__('mmap').mmap(-1,4096,prot=7)",
    "memfd": f"{OS}.memfd_create('x')",
    "execute-memory": f"{OS}.memfd_create('x') and {OS}.spawnv(0,'/proc/self/exe',['x','-c','']) "
                      "== 0",
    "uname": f"{OS}.uname()", "keyctl": f"{LIBC}.syscall(250,0,-3,1) > 0",
    "syslog": f"{LIBC}.klogctl(10,0,0) > 0", "dumpable": f"{LIBC}.prctl(4,1,0,0,0) == 0",
    "msgget": f"{LIBC}.msgget(0,0o1600) >= 0", "shmget": f"{LIBC}.shmget(0,4096,0o1600) >= 0",
}

# Ways out of what holds it: namespaces, mounts, devices, the kernel itself. None changes the
# machine: what would is asked for in a way that the kernel could not carry out, or only opened.
TAKEN = "__import__('ctypes').get_errno() not in (1, 13, 38)"  # not for want of a right
WAYS_OUT = {
    "chroot": f"{OS}.chroot('/') is None",
    "escape-chroot": "__import__('subprocess').call(['chroot','/','/bin/true']) == 0",
    "mount": f"{LIBC}.mount(b'none',b'/mnt',b'tmpfs',0,None) == 0",
    "escape-mount": f"{LIBC}.mount(b'/',b'/mnt',None,4096,None) == 0",
    "umount": f"{LIBC}.umount2(b'/mnt',2) == 0",
    "remount": f"{LIBC}.mount(None,b'/',None,32|4096,None) == 0 or {TAKEN}",
    "fsopen": f"{LIBC}.syscall(430,b'tmpfs',0) > 0",
    "open-tree": f"{LIBC}.syscall(428,-100,b'/',1) > 0",
    "user-namespace": f"{LIBC}.unshare(0x10000000) == 0 or {LIBC}.unshare(0x4000000) == 0",
    "mount-namespace": f"{LIBC}.unshare(0x20000) == 0 or {LIBC}.unshare(0x4000000) == 0",
    "network-namespace": f"{LIBC}.unshare(0x40000000) == 0",
    "join-by-file": f"{LIBC}.setns({OS}.open('/proc/1/ns/uts',0),0) == 0",
    "mknod": f"{OS}.mknod('{{file}}',0o60600,{OS}.makedev(8,0)) is None",
    "bpf": f"{LIBC}.syscall(321,0,b'',0) == 0 or {TAKEN}",
    "read-kernel-messages": "open('/dev/kmsg','rb')",
}


def attempts(table):
    return {f"{program}: {attack}": (program, attack) for program in PROGRAMS for attack in table}


def run_within(table):
    def run(target, rows):
        if target.name == "before":
            return [by_eval(target, row, table) for row in rows]
        return by_breach(rows)
    return run


def by_eval(target, row, table):
    """One process for every route: what it may do is the same for each."""
    code = target.scene.fill(table[row.payload[1]], row).replace(
        "{folder}", str(target.scene.canaries))
    code = f"({code}) and 'do'+'ne-{row.mark}'"
    try:
        answer = target.ask(f"/calculate?expr={encoded(code)}")
    except OSError:
        return ""
    return "done, by eval" if f"done-{row.mark}".encode() in answer.body else ""


def by_breach(rows):
    """Each program in a world of its own, two at a time."""
    wanted = {}
    for program, attack in (row.payload for row in rows):
        wanted.setdefault(program, []).append(attack)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(wanted, pool.map(
            lambda program: world.run_attacks(f"breach-{program}", {"all": CONFIGURATION},
                                              wanted[program])["all"], wanted)))
    verdicts = [found[program][attack] for program, attack in (row.payload for row in rows)]
    return [verdict if verdict.startswith(("DONE", "HUNG")) else
            None if verdict.startswith("ABSENT") else "" for verdict in verdicts]


def within(name, title, layer, table, threats):
    return AttackClass(name, title, threats, layer,
                       "the program says that it was done, and where it can be seen, it is",
                       attempts(table), run_within(table))


CLASSES = [
    within("breach-files", "From inside a program: files", "root-folder", FILES,
           ["reads-secrets-inside", "changes-a-neighbour"]),
    within("breach-network", "From inside a program: networks", "seccomp", NETWORK,
           ["packets-of-its-own", "stranger-at-a-socket"]),
    within("breach-processes", "From inside a program: processes", "seccomp", PROCESSES,
           ["changes-a-neighbour", "takes-over-the-machine"]),
    within("breach-walls", "From inside a program: ways out", "seccomp", WAYS_OUT,
           ["takes-over-the-machine"]),
    within("breach-kernel", "From inside a program: rights, memory, kernel", "seccomp", KERNEL,
           ["takes-over-the-machine", "born-with-more"]),
]
