"""
System calls that somebody would make who runs code inside a program, each as (call, arguments...).

A call is a name, or a number. An argument that is a string or bytes is placed in the program's
memory, and its address is the argument. No call does harm where nothing stops it: the controls make
each of them in a process without a sandbox.
"""

import signal
import socket
import struct

OWN_PID, OWN_TID = "the process id", "the thread id"  # of whoever makes the call
INT80 = "int80 "  # before a call's name: a 32-bit program's way into the kernel, and its numbers
X32 = 0x40000000  # in a call's number: another architecture of the same processor

HERE = -100  # AT_FDCWD
BUFFER = bytes(256)
NOWHERE = "/nonexistent/file"
READ, WRITE, EXEC = 1, 2, 4
SHARED, PRIVATE, FIXED, ANONYMOUS, GROWSDOWN = 1, 2, 0x10, 0x20, 0x100
CHILD_ENDS = signal.SIGCHLD
NEW_NAMESPACE, NEW_USER, NEW_NET = 0x20000, 0x10000000, 0x40000000
THREAD = 0x10000 | 0x800 | 0x400 | 0x200 | 0x100  # its memory, files and signals too

LOOPBACK = struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", 9, bytes((127, 0, 0, 1)))
DATABASE = struct.pack("=H", socket.AF_UNIX) + b"/run/postgresql/.s.PGSQL.5432\0"
ABSTRACT = struct.pack("=H", socket.AF_UNIX) + b"\0bulkhead"
CLONE3 = struct.pack("=11Q", 0, 0, 0, 0, CHILD_ENDS, 0, 0, 0, 0, 0, 0)
JOURNAL = 0o1 | 0o100 | 0o2000 | 0o400000 | 0o2000000  # what a route with a journal opens it with


# --- what every program is stopped at ------------------------------------------------------------

PROGRAMS_AND_PROCESSES = (
    ("execve", NOWHERE, 0, 0), ("execve", "/etc/passwd", 0, 0), ("execveat", HERE, NOWHERE, 0, 0),
    ("execveat", 0, "", 0, 0, 0x1000), ("fork",), ("vfork",), ("clone", CHILD_ENDS, 0, 0, 0, 0),
    ("clone", THREAD, 0, 0, 0, 0), ("clone", CHILD_ENDS | NEW_USER, 0, 0, 0, 0),
    ("clone3", CLONE3, len(CLONE3)), ("wait4", -1, 0, 1, 0), ("waitid", 0, 0, 0, 5, 0),
    ("ptrace", 0, 0, 0, 0), ("ptrace", 0x4206, 1, 0, 0),
    ("process_vm_readv", 1, BUFFER, 1, BUFFER, 1, 0),
    ("process_vm_writev", 1, BUFFER, 1, BUFFER, 1, 0), ("process_madvise", -1, BUFFER, 1, 4, 0),
    ("process_mrelease", -1, 0), ("kcmp", 1, 1, 0, 0, 0), ("kill", 1, 0), ("kill", -1, 0),
    ("kill", OWN_PID, 0), ("kill", OWN_PID, signal.SIGABRT), ("tkill", 1, 0), ("tkill", OWN_TID, 0),
    ("tgkill", 1, 1, 0), ("tgkill", 1, 1, signal.SIGABRT), ("tgkill", OWN_PID, OWN_TID, 0),
    ("rt_sigqueueinfo", 1, 0, BUFFER), ("rt_tgsigqueueinfo", 1, 1, 0, BUFFER),
    ("pidfd_open", 1, 0), ("pidfd_getfd", -1, 0, 0), ("pidfd_send_signal", -1, 0, 0, 0),
    ("getppid",), ("getpgid", 0), ("getsid", 0), ("setsid",), ("setpgid", 0, 0),
)

FILES = (
    ("openat", HERE, "/etc/passwd", 0), ("openat", HERE, "/proc/self/exe", 0),
    ("openat", HERE, "/proc/self/mem", 2), ("openat", HERE, "/srv/bulkhead/.env", 0),
    ("openat", HERE, "/var/lib/bulkhead/run/ping-1.sock", 2), ("openat", HERE, "/", 0o200000),
    ("openat", HERE, "/var/lib/bulkhead/journal/any", JOURNAL, 0o600), ("openat", HERE, 0, 0),
    ("newfstatat", HERE, "/etc/passwd", BUFFER, 0), ("fstat", 0, BUFFER),
    ("open", "/etc/passwd", 0), ("openat2", HERE, "/etc/passwd", bytes(24), 24),
    ("creat", NOWHERE, 0o600), ("unlink", NOWHERE), ("unlinkat", HERE, NOWHERE, 0),
    ("rename", NOWHERE, NOWHERE), ("renameat", HERE, NOWHERE, HERE, NOWHERE),
    ("renameat2", HERE, NOWHERE, HERE, NOWHERE, 0), ("mkdir", NOWHERE, 0o700),
    ("mkdirat", HERE, NOWHERE, 0o700), ("rmdir", NOWHERE), ("symlink", "/etc", NOWHERE),
    ("link", NOWHERE, NOWHERE), ("chmod", NOWHERE, 0o777), ("fchmod", -1, 0o777),
    ("fchmodat", HERE, NOWHERE, 0o777), ("chown", NOWHERE, 0, 0), ("lchown", NOWHERE, 0, 0),
    ("fchown", -1, 0, 0), ("truncate", NOWHERE, 0), ("ftruncate", -1, 0),
    ("mknod", NOWHERE, 0o10600, 0), ("mknodat", HERE, NOWHERE, 0o10600, 0),
    ("access", "/etc/passwd", 4), ("faccessat2", HERE, "/etc/passwd", 4, 0),
    ("stat", "/etc/passwd", BUFFER), ("lstat", "/etc/passwd", BUFFER),
    ("statx", HERE, "/etc/passwd", 0, 0xfff, BUFFER), ("statfs", "/", BUFFER),
    ("readlink", "/proc/self/exe", BUFFER, 256), ("getcwd", BUFFER, 256), ("chdir", "/"),
    ("fchdir", -1), ("getdents64", 0, BUFFER, 256), ("getxattr", "/", "user.x", BUFFER, 256),
    ("setxattr", NOWHERE, "user.x", BUFFER, 1, 0), ("utimensat", HERE, NOWHERE, 0, 0),
    ("name_to_handle_at", HERE, "/", BUFFER, BUFFER, 0), ("open_by_handle_at", HERE, BUFFER, 0),
    ("inotify_init1", 0), ("fanotify_init", 0, 0), ("flock", -1, 0), ("fallocate", -1, 0, 0, 1),
    ("umask", 0o77),
)

SOCKETS = (
    ("socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    ("socket", socket.AF_INET, socket.SOCK_DGRAM, 0),
    ("socket", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    ("socket", socket.AF_INET6, socket.SOCK_STREAM, 0),
    ("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    ("socket", socket.AF_NETLINK, socket.SOCK_RAW, 0),
    ("socket", socket.AF_PACKET, socket.SOCK_RAW, 0),
    ("socket", socket.AF_VSOCK, socket.SOCK_STREAM, 0),
    ("socket", socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
    ("socketpair", socket.AF_UNIX, socket.SOCK_STREAM, 0, BUFFER),
    ("connect", 0, LOOPBACK, 16), ("connect", 0, DATABASE, len(DATABASE)),
    ("connect", 0, ABSTRACT, len(ABSTRACT)), ("bind", 0, LOOPBACK, 16), ("listen", 0, 1),
    ("accept", 0, 0, 0), ("shutdown", 0, 2), ("getpeername", 0, BUFFER, BUFFER),
    ("getsockname", 0, BUFFER, BUFFER), ("sendmsg", 0, bytes(56), 0),
    ("recvfrom", 0, BUFFER, 1, 1, 0, 0), ("recvfrom", 0, BUFFER, 1, 0x42, 0, 0),
    ("sendmmsg", 0, bytes(64), 1, 0), ("recvmmsg", 0, bytes(64), 1, 0, 0),
    ("getsockopt", 0, socket.SOL_SOCKET, socket.SO_PEERSEC, BUFFER, BUFFER),
    ("getsockopt", 0, socket.IPPROTO_TCP, socket.SO_PEERCRED, BUFFER, BUFFER),
)

# For the kernel an int is the lower half of a register: that is what must be compared.
MEMORY = (
    ("mprotect", 0, 0, READ | EXEC), ("mprotect", 0, 4096, READ | WRITE | EXEC),
    ("mprotect", 0, 0, 1 << 32 | EXEC),
    ("mmap", 0, 4096, READ | WRITE | EXEC, PRIVATE | ANONYMOUS, -1, 0),
    ("mmap", 0, 4096, EXEC, PRIVATE | ANONYMOUS, -1, 0),
    ("mmap", 0, 4096, READ | WRITE, SHARED | ANONYMOUS, -1, 0),
    ("mmap", 0, 4096, READ | WRITE, 3 | ANONYMOUS, -1, 0),
    ("mmap", 0, 4096, READ, PRIVATE, 0, 0), ("mmap", 0, 4096, READ, SHARED, 0, 0),
    ("mmap", 0, 4096, READ | WRITE, PRIVATE | ANONYMOUS | GROWSDOWN, -1, 0),
    ("pkey_mprotect", 0, 0, EXEC, -1), ("pkey_alloc", 0, 0), ("remap_file_pages", 0, 0, 0, 0, 0),
    ("memfd_create", "x", 0), ("memfd_secret", 0), ("userfaultfd", 1), ("mlock", 0, 0),
    ("mlockall", 0), ("shmget", 0, 4096, 0o1600), ("shmat", -1, 0, 0), ("msgget", 0, 0o1600),
    ("semget", 0, 1, 0o1600), ("mq_open", "x", 0, 0, 0), ("mbind", 0, 0, 0, 0, 0, 0),
    ("move_pages", 1, 0, 0, 0, 0, 0), (453, 0, 4096, 0), (462, 0, 0, 0),
    ("mremap", 0, 0, 4096, 1 | 2, 0), ("mremap", 0, 0, 4096, 1 | 4, 0), ("mremap", 0, 0, 4096, 0),
    *(("madvise", 0, 0, advice) for advice in (3, 8, 9, 10, 12, 14, 15, 18, 21, 100)),
)

# Locks of other kinds (with a priority to inherit, to be moved, with an operation).
LOCKS = tuple(("futex", 0, operation, 1, 0, 0, 0) for operation in
              (2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 128 | 4, 128 | 6, 256 | 11, 512))

RIGHTS = (
    ("setuid", 0), ("setgid", 0), ("setreuid", 0, 0), ("setresuid", 0, 0, 0),
    ("setresgid", 0, 0, 0), ("setgroups", 0, 0), ("setfsuid", 0),
    ("capset", struct.pack("=Ii", 0x20080522, 0), bytes(24)),
    ("capget", struct.pack("=Ii", 0x20080522, 0), bytes(24)), ("prctl", 4, 1), ("prctl", 3),
    ("prctl", 15, "x"), ("prctl", 22, 99), ("prctl", 38, 0, 0, 0, 0), ("prctl", 24, 0),
    ("prctl", 47, 2, 0, 0, 0), ("prctl", 0x59616d61, -1), ("prctl", 65, 0, 0, 0, 0),
    ("arch_prctl", 0x1003, BUFFER), ("arch_prctl", 0x1001, 0), ("seccomp", 99, 0, 0),
    ("seccomp", 2, 0, bytes(4)), ("landlock_create_ruleset", 0, 0, 1),
    ("landlock_restrict_self", -1, 0), ("personality", 0xffffffff), ("getuid",), ("geteuid",),
    ("unshare", NEW_NAMESPACE), ("unshare", NEW_NET), ("setns", -1, 0),
    ("mount", "none", "/", "tmpfs", 0, 0), ("umount2", NOWHERE, 2), ("chroot", NOWHERE),
    ("pivot_root", NOWHERE, NOWHERE), ("open_tree", HERE, NOWHERE, 0), ("fsopen", "tmpfs", 0),
    ("fsmount", -1, 0, 0), ("move_mount", -1, "", HERE, NOWHERE, 4),
    ("mount_setattr", HERE, NOWHERE, 0, bytes(32), 32), ("add_key", "user", "x", "y", 1, -2),
    ("request_key", "user", "x", 0, 0), ("keyctl", 0, -1, 0, 0, 0),
)

KERNEL = (
    ("bpf", 0, bytes(48), 48), ("perf_event_open", bytes(112), 0, -1, -1, 0),
    ("io_uring_setup", 0, BUFFER), ("io_uring_enter", -1, 0, 0, 0, 0), ("io_setup", 0, BUFFER),
    ("modify_ldt", 0, BUFFER, 16), ("iopl", 3), ("ioperm", 0, 1, 1),
    ("init_module", BUFFER, 0, ""), ("finit_module", -1, "", 0), ("delete_module", "x", 0),
    ("kexec_load", 0, 0, 0, 0), ("kexec_file_load", -1, -1, 0, "", 0), ("reboot", 1, 2, 3, 0),
    ("sethostname", "x", -1), ("setdomainname", "x", -1), ("settimeofday", 0, 0),
    ("clock_settime", 99, 0), ("adjtimex", 0), ("clock_adjtime", 99, 0), ("acct", NOWHERE),
    ("swapon", NOWHERE, 0), ("swapoff", NOWHERE), ("quotactl", -1, NOWHERE, 0, 0),
    ("syslog", 9, 0, 0), ("vhangup",), ("uname", bytes(400)), ("sysinfo", BUFFER),
    ("lookup_dcookie", 0, BUFFER, 256), (999,), (0x7fffffff,),
)

DESCRIPTORS = (
    ("signalfd4", -1, bytes(8), 8, 0), ("eventfd2", 0, 0), ("epoll_create1", 0),
    ("pipe2", BUFFER, 0), ("pipe", BUFFER), ("dup", 0), ("dup2", 0, 99),
    ("dup3", 0, 99, 0), ("close_range", 99, 99, 0),
    ("fcntl", 0, 0, 99), ("fcntl", 0, 4, 0),
    ("ioctl", 0, 0x5412, BUFFER), ("ioctl", 0, 0x5421, BUFFER),
    ("splice", 0, 0, 0, 0, 0, 0), ("tee", 0, 0, 0, 0), ("vmsplice", 0, BUFFER, 0, 0),
    ("sendfile", 1, 0, 0, 0), ("copy_file_range", -1, 0, -1, 0, 0, 0), ("readv", -1, BUFFER, 0),
    ("preadv", -1, BUFFER, 0, 0), ("pwritev", -1, BUFFER, 0, 0), ("pread64", -1, BUFFER, 0, 0),
    ("pwrite64", -1, BUFFER, 0, 0), ("lseek", 0, 0, 0), ("timerfd_create", 0, 0),
    ("select", 0, 0, 0, 0, bytes(16)),
)

TIME_AND_LIMITS = (
    ("timer_create", 0, 0, BUFFER), ("alarm", 0), ("setitimer", 0, 0, 0),
    ("nanosleep", bytes(16), 0), ("setrlimit", 4, bytes(16)),
    ("prlimit64", 0, 4, bytes(16), 0), ("prlimit64", 1, 4, bytes(16), 0), ("getrlimit", 4, BUFFER),
    ("setpriority", 0, 0, 19), ("sched_setaffinity", 0, 8, bytes(8)),
    ("sched_setscheduler", 0, 3, bytes(4)), ("sched_setattr", 0, bytes(56), 0),
    ("ioprio_set", 1, 0, 99), ("rt_sigaction", signal.SIGTERM, 0, 0, 8), ("rt_sigreturn",),
    ("rt_sigpending", BUFFER, 8), ("set_robust_list", 0, 24), ("rseq", 0, 0, 0, 0),
    ("set_tid_address", 0), ("membarrier", 0, 0, 0), ("clock_gettime", 2, BUFFER),
    ("clock_gettime", (~1 << 3 | 2) & 0xffffffff, BUFFER), ("clock_gettime", 7, BUFFER),
)

OTHER_ARCHITECTURES = (
    (INT80 + "getpid",), (INT80 + "execve", NOWHERE, 0, 0), (INT80 + "open", "/etc/passwd", 0),
    (INT80 + "write", 2, 0, 0), (INT80 + "socketcall", 1, BUFFER), (INT80 + "fork",),
    (X32 | 0, -1, 0, 0), (X32 | 39,), (X32 | 41, socket.AF_INET, socket.SOCK_STREAM, 0),
    (X32 | 520, NOWHERE, 0, 0),
)

EVERYWHERE = (PROGRAMS_AND_PROCESSES + FILES + SOCKETS + MEMORY + LOCKS + RIGHTS + KERNEL
              + DESCRIPTORS + TIME_AND_LIMITS + OTHER_ARCHITECTURES)

# --- what not every program may do ----------------------------------------------------------------

# Of ping's calls, those that no other program needs.
PING_ALONE = (
    ("sendto", 0, BUFFER, 0, 0, LOOPBACK, 16), ("recvmsg", 0, bytes(56), 0),
    ("ppoll", 0, 0, bytes(16), 0, 0), ("exit", 0),
    ("setsockopt", -1, socket.SOL_SOCKET, socket.SO_RCVTIMEO, bytes(16), 16),
    ("ioctl", 0, 0x8933, BUFFER),
)
# Their other forms, which ping may not make either.
PING_NEITHER = (
    ("sendto", -1, BUFFER, 1, 1, 0, 0), ("sendto", -1, BUFFER, 1, 0x20000000, LOOPBACK, 16),
    ("setsockopt", -1, socket.SOL_SOCKET, socket.SO_BINDTODEVICE, "lo", 3),
    ("setsockopt", -1, socket.SOL_SOCKET, socket.SO_MARK, bytes(4), 4),
    ("setsockopt", -1, socket.SOL_SOCKET, 26, bytes(16), 16),
    ("setsockopt", -1, socket.SOL_IP, 3, bytes(4), 4),
    ("setsockopt", -1, socket.SOL_IP, 35, BUFFER, 40), ("setsockopt", -1, 41, 5, bytes(4), 4),
    ("ioctl", -1, 0x8916, BUFFER), ("ioctl", -1, 0x8914, BUFFER), ("ioctl", -1, 0x8946, BUFFER),
)


def attacks_on(route):
    return EVERYWHERE + (PING_NEITHER if route == "ping" else PING_ALONE + PING_NEITHER)


# Answered EACCES: libc tries these by itself. Any other ends the process.
POLITELY_REFUSED = ("openat", "newfstatat", "fstat")
# Even where nothing forbids them they end whoever makes them, here.
ENDS_ANYBODY = (("exit", 0), ("rt_sigreturn",), ("kill", OWN_PID, signal.SIGABRT))
# The thread that it starts has nothing to run, and so ends them all: sooner or later.
ENDS_ANYBODY_LATER = (("clone", THREAD, 0, 0, 0, 0),)

# --- what every program may do --------------------------------------------------------------------

# Each with what it returns.
ALLOWED = (
    (("getpid",), OWN_PID), (("gettid",), OWN_TID), (("write", 2, BUFFER, 0), "0"),
    (("clock_gettime", 0, BUFFER), "0"), (("clock_gettime", 1, BUFFER), "0"),
    (("futex", BUFFER, 1, 1), "0"), (("futex", BUFFER, 129, 1), "0"),
    (("futex", BUFFER, 0, 1, 0), "EAGAIN"), (("futex", BUFFER, 128, 1, 0), "EAGAIN"),
    (("futex", BUFFER, 137, 1, 0, 0, 1), "EAGAIN"), (("futex", BUFFER, 393, 1, 0, 0, 1), "EAGAIN"),
    (("mremap", 0, 0, 0, 1), "EINVAL"), (("writev", 2, BUFFER, 0), "0"),
    (("epoll_ctl", -1, 1, -1, BUFFER), "EBADF"),
    (("madvise", 0, 0, 4), "0"), (("mprotect", 0, 0, READ | WRITE), "0"),
    (("getrandom", BUFFER, 8, 0), "8"), (("rt_sigprocmask", 0, 0, BUFFER, 8), "0"),
    (("poll", 0, 0, 0), "0"), (("read", -1, BUFFER, 1), "EBADF"), (("close", -1), "EBADF"),
    (("mmap", 0, 0, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0), "EINVAL"),
    (("munmap", 0, 0), "EINVAL"), (("accept4", -1, 0, 0, 0), "EBADF"),
    (("getsockopt", -1, socket.SOL_SOCKET, socket.SO_PEERCRED, BUFFER, BUFFER), "EBADF"),
    (("recvfrom", -1, BUFFER, 1, 0x40, 0, 0), "EBADF"), (("epoll_wait", -1, BUFFER, 1, 0), "EBADF"),
)
# It may end itself, so these do, and not by seccomp.
ALLOWED_ENDS = (
    (("exit_group", 7), "exited 7"),
    (("tgkill", OWN_PID, OWN_TID, signal.SIGABRT), "killed SIGABRT"),
)
