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
#include <stdbool.h>
#include <stdint.h>

/* --- system calls ----------------------------------------------------------------------------- */

/* What an argument of a call must be: (argument & mask) == value. */
struct argument {
    bool is_checked; /* false: anything, and the end of a call's list */
    unsigned place;  /* 0 to 5 */
    uint64_t mask;   /* not 0 */
    uint64_t value;
};
#define BITS(at, of, wanted)                                                                       \
    {                                                                                              \
        .is_checked = true, .place = (at), .mask = (of), .value = (wanted)                         \
    }
/* The kernel takes an int from the lower half of the register; the upper may hold anything. */
#define IS(at, wanted) BITS(at, UINT32_MAX, (uint32_t)(wanted))
/* The process id of the program itself, which no table can know. */
#define OWN_PID_VALUE UINT64_MAX
#define OWN_PID(at)   BITS(at, UINT32_MAX, OWN_PID_VALUE)
/* None of some bits. */
#define NONE_OF(at, bits) BITS(at, bits, 0)

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
    /* A folder of others' journals: it lists and reads what is below it, and removes files. */
    PLACE_SPOOL,
    /* What nginx has: see supervise/enclose.c. A file that is run; a file or a folder that is read;
       a folder whose files are written to; one in which anything is done with files. */
    PLACE_PROGRAM,
    PLACE_TREE,
    PLACE_LOG,
    PLACE_OWN,
    /* A file that is read. Another one that takes its name is not: that takes a restart. */
    PLACE_FILE,
    /* A folder with the counters of others: it opens what it knows by name, and reads it. */
    PLACE_PAGES,
};

/* A table of them ends with PLACES_END. */
struct place {
    const char *setting; /* of the route's settings: it holds the path */
    enum place_use use;
    const char *(*path)(void); /* where only a part of the setting is the path; else NULL */
};
#define PLACES_END                                                                                 \
    {                                                                                              \
        .setting = NULL                                                                            \
    }

/*
 * How a file of a PLACE_JOURNAL is opened, to the letter: seccomp compares. Without O_APPEND its
 * past could be written over, which Landlock can't tell from appending.
 */
enum {
    JOURNAL_OPEN_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
    JOURNAL_MODE = 0640, /* the group is who ships it */
};
_Static_assert((JOURNAL_OPEN_FLAGS & (O_APPEND | O_TRUNC)) == O_APPEND, "its past stays");

/* The rule for it: openat(folder, name, JOURNAL_OPEN_FLAGS, JOURNAL_MODE). */
#define ALLOW_JOURNAL_OPEN(who) ALLOW(openat, who, IS(2, JOURNAL_OPEN_FLAGS), IS(3, JOURNAL_MODE))

/* --- a route's ------------------------------------------------------------------------------- */

struct sandbox {
    const struct call *calls;   /* beyond those of every program; NULL: none */
    const struct call *also;    /* likewise: a second table, of a library; NULL: none */
    const struct place *places; /* NULL: no file at all */
    long (*tcp_port)(void);     /* that it may connect to, and to no other; NULL: no TCP at all */
};

/* For a route that only computes: nothing beyond what every program needs. */
extern const struct sandbox sandbox_pure;

#endif
