#define _GNU_SOURCE 1 /* MREMAP_MAYMOVE */
#include "calls.h"

#include "build.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#ifndef MAP_DROPPABLE /* linux/mman.h since 6.11 */
#define MAP_DROPPABLE 0x08
#endif

/* Memory of one kind, for this process alone: backed by no file, and never executable. */
#define OWN_MEMORY(kind)                                                                           \
    NONE_OF(2, PROT_EXEC), BITS(3, MAP_TYPE | MAP_ANONYMOUS | MAP_GROWSDOWN, (kind) | MAP_ANONYMOUS)

/* A lock's operation, for threads of one process or of several, with either clock. */
#define LOCK(operation)                                                                            \
    BITS(1, UINT32_MAX & ~(uint32_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), operation)

const struct call calls_of_runtime[] = {
    /* a connection, from the first to the last */
    ALLOW(accept4, "loop.c: accept_connections"),
    ALLOW(getsockopt, "peer.c: peer_right", IS(1, SOL_SOCKET), IS(2, SO_PEERCRED)),
    ALLOW(epoll_ctl, "loop.c: watch, begin_stop"),
#ifdef __NR_epoll_wait
    ALLOW(epoll_wait, "loop.c: loop_run"),
#else
    ALLOW(epoll_pwait, "loop.c: loop_run"),
#endif
#ifdef __NR_poll
    ALLOW(poll, "loop.c: accept_connections, when descriptors are used up; pool.c: send_reply; "
                "trail: spool.c, shipper.c"),
#else
    ALLOW(ppoll, "loop.c: accept_connections, when descriptors are used up; pool.c: send_reply; "
                 "trail: spool.c, shipper.c"),
#endif
    /* no other flags: MSG_OOB on Unix sockets has led out of sandboxes */
    ALLOW(recvfrom, "inbox.c: inbox_read", IS(3, MSG_DONTWAIT)),
    ALLOW(read, "pool.c: pool_collect; cgi.c: discard_body"),
    ALLOW(write, "turn.c: send_answer; pool.c: send_reply, hand_back; probe.c: probe_answer; "
                 "cgi.c: write_all; log.c: write_line"),
    ALLOW(close, "connections.c: connection_close"),
    /* no other clock: a process's own clock tells how long it has run, of any process */
    ALLOW(clock_gettime, "clock.c: clock_ms, where the vDSO has none", IS(0, CLOCK_MONOTONIC)),
    ALLOW(clock_gettime, "ping, audit: what time it is, likewise", IS(0, CLOCK_REALTIME)),

    /* memory */
    ALLOW(brk, "libc: malloc, free"),
    ALLOW(mmap, "libc: malloc", OWN_MEMORY(MAP_PRIVATE)),
    ALLOW(mmap, "libc 2.41: getrandom without a call", OWN_MEMORY(MAP_DROPPABLE)),
    ALLOW(mprotect, "libc: malloc, in the arenas of threads", NONE_OF(2, PROT_EXEC)),
    /* no MREMAP_FIXED: nothing is moved to where somebody wants it */
    ALLOW(mremap, "libc: realloc", IS(3, MREMAP_MAYMOVE)),
    ALLOW(munmap, "libc: free"),
    ALLOW(madvise, "libc: free, in the arenas of threads; the end of a thread",
          IS(2, MADV_DONTNEED)),
    ALLOW(getrandom, "libc: malloc's first use in a thread; json-c: the seed of its tables"),

    /* waiting */
    ALLOW(futex, "libc: mutexes", LOCK(FUTEX_WAIT)),
    ALLOW(futex, "libc: mutexes, conditions", LOCK(FUTEX_WAKE)),
    ALLOW(futex, "libc: conditions, joining a thread", LOCK(FUTEX_WAIT_BITSET)),
    ALLOW(restart_syscall, "the kernel, for a poll that SIGSTOP and SIGCONT interrupted"),

    /* the end, the good and the bad */
    ALLOW(exit_group, "libc: exit, _exit"),
    ALLOW(getpid, "main.c: serve_fastcgi, for its log; libc: abort"),
    ALLOW(gettid, "libc: abort"),
    ALLOW(rt_sigprocmask, "libc: abort, the end of a thread"),
    ALLOW(tgkill, "libc: abort", OWN_PID(0), IS(2, SIGABRT)),
    ALLOW(writev, "journal.c: append; libc: what it says when it finds memory corrupted"),
    CALLS_END,
};

const struct call calls_of_pool[] = {
    ALLOW(exit, "libc: the end of a thread"),
    CALLS_END,
};

const struct call calls_of_journal[] = {
    ALLOW_JOURNAL_OPEN("journal.c: next_file"),
    ALLOW(flock, "journal.c: next_file", IS(1, LOCK_SH | LOCK_NB)),
    ALLOW(fdatasync, "journal.c: append, with TRAIL_SYNC=1"),
    CALLS_END,
};

const struct call calls_of_sanitizers[] = {
#if HAS_SANITIZER
    ALLOW(sched_yield, "sanitizers: their locks"),
    ALLOW(sigaltstack, "sanitizers: the end of a thread"),
    ALLOW(mmap, "sanitizers: shadow memory", NONE_OF(2, PROT_EXEC)),
    ALLOW(madvise, "sanitizers: shadow memory"),
    ALLOW(nanosleep, "ThreadSanitizer: its own thread"),
    ALLOW(clock_nanosleep, "ThreadSanitizer: its own thread"),
    ALLOW(gettimeofday, "ThreadSanitizer: its own thread"),
#endif
    CALLS_END,
};

const struct refusal_of_call calls_refused[] = {
    { SCMP_SYS(openat), "libc: malloc counts processors and reads whether memory is overcommitted; "
                        "the texts of strerror" },
    { SCMP_SYS(newfstatat), "libc: the first output of a stdio stream" },
    { SCMP_SYS(fstat), "libc: the same, before 2.33" },
    { -1, NULL },
};
