/*
 * How a process ended that could not say it itself. seccomp ends a process without another word of
 * its own, but the kernel writes a line about it (its audit log, in dmesg(1) where no auditd takes
 * it). The process that takes its place, a moment later, looks there.
 *
 * It is a help, not evidence: the kernel leaves lines out that come too fast (ten in five seconds
 * are sure of theirs), and a process in enemy hands can wipe from its page that it was ever there.
 */
#ifndef BULKHEAD_OBITUARY_H
#define BULKHEAD_OBITUARY_H

#include "stats.h"

#include <stddef.h>

struct obituary {
    uint32_t architecture; /* AUDIT_ARCH_* of linux/audit.h */
    int call;              /* the number of the system call */
};

/*
 * Finds the last line in `length` bytes of the kernel's log that says that seccomp ended a process
 * of this id since `process` has started: ids come again. Pure.
 */
bool obituary_find(const char *log, size_t length, const struct predecessor *process,
                   struct obituary *obituary);

/*
 * Logs how a process, of this program and gone without a word, has ended. Needs the right to read
 * the kernel's log (CAP_SYSLOG, or sysctl kernel.dmesg_restrict=0), so before the drop. In a PID
 * namespace of its own it does not look: there the log has other ids than the process knows.
 */
void before_drop_log_obituary(const struct predecessor *process);

#endif
