/*
 * Landlock: what a process may do with files, TCP, abstract sockets and signals (landlock(7)).
 *
 * Everything that this kernel's version of Landlock can refuse is refused, save for the places that
 * were named. An older kernel refuses less, and what it leaves out is named at the start.
 */
#ifndef BULKHEAD_LANDLOCK_H
#define BULKHEAD_LANDLOCK_H

#include "sandbox.h"

#include <stdbool.h>

/*
 * The version of Landlock that this kernel speaks, from 1 on; 0: none, or it is switched off; -1:
 * the question is refused (by a filter around this process, say), errno tells how.
 */
int landlock_kernel_abi(void);

/*
 * Makes a ruleset for that ABI, at least 1: no place but those of the sandbox and the folder of the
 * journal (NULL: none), no port but the sandbox's. Places are opened with the rights that the
 * caller has now. Returns a descriptor that the caller closes; -1 after the reason was logged.
 */
int landlock_make_ruleset(int abi, const struct sandbox *sandbox, const char *journal);

/*
 * Adds a place, `name` in messages, or a TCP port, which before ABI 4 nothing refuses. False after
 * the reason was logged.
 */
bool landlock_allow_place(int ruleset, int abi, const char *name, const char *path,
                          enum place_use use);
enum port_use { PORT_CONNECT, PORT_LISTEN };
bool landlock_allow_port(int ruleset, int abi, long port, enum port_use use);

/* Binds the calling thread and those that it starts, for good. False after the reason was logged.
 */
bool landlock_enforce(int ruleset);

/* Tries what must be refused now. False after what is wrong was logged. */
bool landlock_prove(void);

/* What a kernel of that ABI can't refuse yet, in words; NULL: nothing that we know of. */
const char *landlock_missing(int abi);

#endif
