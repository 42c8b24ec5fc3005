/*
 * What a program may still do once it serves: a list of system calls (seccomp) and of places in the
 * file system (Landlock). Nothing else is left, whoever runs code in it by then.
 *
 * A route declares what it needs beyond what every program needs, in a table of its own file, each
 * rule on a line with the call that needs it. `PROGRAM --sandbox` prints both.
 */
#ifndef BULKHEAD_SANDBOX_H
#define BULKHEAD_SANDBOX_H

#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>

/* --- system calls ----------------------------------------------------------------------------- */

/* What an argument of a call must be: (argument & mask) == value. */
struct argument {
    uint64_t mask; /* 0: anything, and the end of a call's list */
    uint64_t value;
    unsigned place; /* 0 to 5 */
};
/* The kernel takes an int from the lower half of the register; the upper may hold anything. */
#define IS(at, wanted)                                                                             \
    {                                                                                              \
        .place = (at), .mask = UINT32_MAX, .value = (uint32_t)(wanted)                             \
    }
/* The process id of the program itself, which no table can know. */
#define OWN_PID_VALUE UINT64_MAX
#define OWN_PID(at)                                                                                \
    {                                                                                              \
        .place = (at), .mask = UINT32_MAX, .value = OWN_PID_VALUE                                  \
    }
/* Of some bits: none of them, all of them. */
#define NONE_OF(at, bits)                                                                          \
    {                                                                                              \
        .place = (at), .mask = (bits), .value = 0                                                  \
    }
#define ALL_OF(at, bits)                                                                           \
    {                                                                                              \
        .place = (at), .mask = (bits), .value = (bits)                                             \
    }

/*
 * A system call that is let through when all of its arguments are as said; one that stands in
 * several rules, when those of any rule are. Any other ends the process. A table ends with
 * CALLS_END.
 */
enum { CALL_ARGUMENTS = 3 };
struct call {
    const char *needed_by; /* the function that makes it, and what for */
    int number;            /* SCMP_SYS(NAME) */
    struct argument arguments[CALL_ARGUMENTS];
};
#define ALLOW(name, who, ...)                                                                      \
    {                                                                                              \
        .number = SCMP_SYS(name), .needed_by = (who), .arguments = { __VA_ARGS__ }                 \
    }
#define CALLS_END                                                                                  \
    {                                                                                              \
        .needed_by = NULL                                                                          \
    }

/* --- places of the file system ---------------------------------------------------------------- */

enum place_use {
    /*
     * A folder of the program's own in which it makes files and appends to them. It can't read,
     * truncate, rename or remove them there, nor run them.
     */
    PLACE_JOURNAL,
};

/* A table of them ends with PLACES_END. */
struct place {
    const char *setting; /* of the route's settings: it holds the path */
    enum place_use use;
};
#define PLACES_END                                                                                 \
    {                                                                                              \
        .setting = NULL                                                                            \
    }

/*
 * How a file of a PLACE_JOURNAL is opened, to the letter: seccomp compares. Without O_APPEND its
 * past could be written over, which Landlock can't tell from appending.
 */
enum { JOURNAL_OPEN_FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC };

/* --- a route's ------------------------------------------------------------------------------- */

struct sandbox {
    const struct call *calls;   /* beyond those of every program; NULL: none */
    const struct place *places; /* NULL: no file at all */
};

/* For a route that only computes: nothing beyond what every program needs. */
extern const struct sandbox sandbox_pure;

#endif
