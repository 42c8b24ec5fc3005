#define _GNU_SOURCE 1 /* CLONE_NEWNS */
#include "enclosure.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* linux/sched.h; not in sched.h of Debian 12 */
#define NEW_TIME_NAMESPACE 0x00000080

#define NEW_NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | NEW_TIME_NAMESPACE)

/*
 * Of nginx 1.22 to 1.28 as Debian builds it, with OpenSSL and glibc, traced through start, load,
 * TLS, reload, new logs, a killed worker, stapling and the end. Calls that are new in a later
 * version fail with an error that it logs; none ends it.
 */
const struct call calls_of_nginx[] = {
    /* connections of clients and to programs */
    ALLOW(accept4, "ngx_event_accept"),
    ALLOW(accept, "ngx_event_accept, where accept4 is not there"),
    ALLOW(bind, "ngx_open_listening_sockets"),
    ALLOW(listen, "ngx_open_listening_sockets"),
    ALLOW(connect, "ngx_event_connect_peer"),
    ALLOW(shutdown, "ngx_http_set_lingering_close"),
    ALLOW(socket, "ngx_event_connect_peer, to programs", IS(0, AF_UNIX)),
    ALLOW(socket, "ngx_open_listening_sockets; OCSP and its resolver", IS(0, AF_INET)),
    ALLOW(socket, "likewise over IPv6", IS(0, AF_INET6)),
    ALLOW(socketpair, "ngx_spawn_process, from master to worker", IS(0, AF_UNIX)),
    ALLOW(getsockname, "ngx_connection_local_sockaddr"),
    ALLOW(getpeername, "ngx_http_upstream"),
    ALLOW(getsockopt, "ngx_http_upstream_test_connect"),
    ALLOW(setsockopt, "ngx_open_listening_sockets, ngx_tcp_nodelay"),
    ALLOW(recvfrom, "ngx_unix_recv"),
    ALLOW(recvmsg, "ngx_read_channel"),
    ALLOW(sendmsg, "ngx_write_channel"),
    ALLOW(sendto, "ngx_udp_unix_send, of the resolver"),
    ALLOW(ioctl, "ngx_nonblocking", IS(1, FIONBIO)),
    ALLOW(ioctl, "ngx_spawn_process", IS(1, FIOASYNC)),
    ALLOW(ioctl, "ngx_unix_recv", IS(1, FIONREAD)),
    ALLOW(sendfile, "ngx_linux_sendfile"),
/* waiting */
#ifdef __NR_epoll_create
    ALLOW(epoll_create, "ngx_epoll_init"),
    ALLOW(epoll_wait, "ngx_epoll_process_events"),
    ALLOW(poll, "OpenSSL, glibc"),
    ALLOW(pause, "glibc"),
#endif
    ALLOW(epoll_create1, "ngx_epoll_init"),
    ALLOW(epoll_pwait, "ngx_epoll_process_events"),
    ALLOW(epoll_ctl, "ngx_epoll_add_event"),
    ALLOW(ppoll, "OpenSSL, glibc"),
    ALLOW(eventfd2, "ngx_epoll_notify_init"),
    ALLOW(setitimer, "ngx_master_process_cycle"),
    ALLOW(timer_create, "glibc"),
    ALLOW(timer_settime, "glibc"),
    ALLOW(clock_nanosleep, "ngx_msleep"),
    ALLOW(nanosleep, "ngx_msleep"),
    ALLOW(clock_gettime, "ngx_time_update, without vDSO"),
    ALLOW(clock_getres, "glibc"),
    ALLOW(gettimeofday, "ngx_time_update, without vDSO"),
    ALLOW(time, "OpenSSL, without vDSO"),
    ALLOW(sched_yield, "ngx_shmtx_lock"),
    ALLOW(futex, "ngx_shmtx_lock; locks of OpenSSL and glibc"),
    ALLOW(restart_syscall, "the kernel, after a stop"),
    /* files, where Landlock lets it */
    ALLOW(openat, "ngx_open_file; the loader"),
    ALLOW(close, "everywhere"),
    ALLOW(read, "everywhere"),
    ALLOW(readv, "ngx_readv_chain"),
    ALLOW(pread64, "ngx_read_file"),
    ALLOW(write, "logs, sockets"),
    ALLOW(writev, "ngx_writev_chain"),
    ALLOW(pwrite64, "ngx_write_file"),
    ALLOW(pwritev, "ngx_write_chain_to_file"),
    ALLOW(lseek, "glibc"),
    ALLOW(fcntl, "ngx_cloexec, ngx_spawn_process"),
    ALLOW(newfstatat, "ngx_file_info"),
    ALLOW(fstat, "ngx_fd_info"),
    ALLOW(statx, "glibc"),
    ALLOW(faccessat, "the loader"),
    ALLOW(faccessat2, "glibc"),
    ALLOW(readlinkat, "glibc"),
    ALLOW(getdents64, "ngx_read_dir: include of a pattern"),
    ALLOW(fadvise64, "ngx_read_ahead"),
    ALLOW(ftruncate, "ngx_create_temp_file"),
    ALLOW(mkdirat, "ngx_create_dir: temporary folders"),
    ALLOW(unlinkat, "ngx_delete_file: the file of its process id"),
#ifdef __NR_open
    ALLOW(open, "older glibc"),
    ALLOW(stat, "older glibc"),
    ALLOW(lstat, "older glibc"),
    ALLOW(access, "the loader"),
    ALLOW(readlink, "glibc"),
    ALLOW(mkdir, "ngx_create_dir: temporary folders"),
    ALLOW(unlink, "ngx_delete_file: the file of its process id"),
    ALLOW(dup2, "ngx_log_redirect_stderr"),
    ALLOW(arch_prctl, "the loader"),
    ALLOW(getpgrp, "ngx_daemon"),
#endif
    ALLOW(dup3, "ngx_log_redirect_stderr"),
    ALLOW(dup, "glibc"),
    ALLOW(umask, "ngx_create_pidfile"),
    /* memory; executable too, for the loader and for PCRE's compiler */
    ALLOW(mmap, "everywhere"),
    ALLOW(munmap, "everywhere"),
    ALLOW(mremap, "glibc"),
    ALLOW(mprotect, "the loader, PCRE, glibc"),
    ALLOW(madvise, "glibc, OpenSSL"),
    ALLOW(brk, "glibc"),
    /* its processes */
    ALLOW(execve, "to become nginx; Landlock lets it run nothing else"),
    ALLOW(clone, "ngx_spawn_process", NONE_OF(0, NEW_NAMESPACES)),
    ALLOW(wait4, "ngx_process_get_status"),
    ALLOW(kill, "ngx_signal_worker_processes"),
    ALLOW(tgkill, "abort"),
    ALLOW(exit, "glibc"),
    ALLOW(exit_group, "exit"),
    ALLOW(getpid, "ngx_init_cycle"),
    ALLOW(getppid, "ngx_spawn_process"),
    ALLOW(gettid, "ngx_log_tid"),
    ALLOW(getuid, "OpenSSL: secure_getenv"),
    ALLOW(geteuid, "ngx_core_module_init_conf"),
    ALLOW(getgid, "glibc"),
    ALLOW(getegid, "glibc"),
    ALLOW(setpgid, "ngx_spawn_process"),
    ALLOW(setsid, "ngx_daemon"),
    ALLOW(prctl, "ngx_worker_process_init", IS(0, PR_SET_DUMPABLE)),
    ALLOW(prctl, "ngx_setproctitle", IS(0, PR_SET_NAME)),
    ALLOW(prlimit64, "ngx_os_init, ngx_worker_process_init"),
    ALLOW(setpriority, "ngx_worker_process_init"),
    ALLOW(sched_getaffinity, "ngx_os_init"),
    ALLOW(sched_setaffinity, "ngx_setaffinity"),
    ALLOW(getcpu, "glibc"),
    ALLOW(sysinfo, "glibc: get_phys_pages"),
    ALLOW(uname, "ngx_os_specific_init"),
    ALLOW(getrandom, "OpenSSL, glibc"),
    ALLOW(rt_sigaction, "ngx_init_signals"),
    ALLOW(rt_sigprocmask, "ngx_master_process_cycle"),
    ALLOW(rt_sigsuspend, "ngx_master_process_cycle"),
    ALLOW(rt_sigreturn, "the end of a signal"),
    ALLOW(sigaltstack, "glibc"),
    ALLOW(set_tid_address, "glibc"),
    ALLOW(set_robust_list, "glibc"),
    ALLOW(rseq, "glibc"),
    CALLS_END,
};
