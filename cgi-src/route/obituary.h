/*
 * How a process ended that could not say it itself. seccomp ends a process without another word of
 * its own, but the kernel writes a line about it (its audit log, in dmesg(1) where no auditd takes
 * it). The process that takes its place, a moment later, looks there.
 */
#ifndef BULKHEAD_OBITUARY_H
#define BULKHEAD_OBITUARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct obituary {
    uint32_t architecture; /* AUDIT_ARCH_* of linux/audit.h */
    int call;              /* the number of the system call */
};

/*
 * Finds the last line in `length` bytes of the kernel's log that says that seccomp ended process
 * `pid`. Pure.
 */
bool obituary_find(const char *log, size_t length, pid_t pid, struct obituary *obituary);

/*
 * Logs how the process `pid`, of this program and gone without a word, has ended. Needs the right
 * to read the kernel's log (CAP_SYSLOG, or sysctl kernel.dmesg_restrict=0), so before the drop.
 */
void before_drop_log_obituary(pid_t pid);

#endif
