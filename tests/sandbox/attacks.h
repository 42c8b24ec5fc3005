/*
 * What somebody would try who runs code of their own inside a program, and how it went.
 *
 * An attack counts as done only when it had its effect: the file was read, the signal went out, the
 * code ran. So with no layer at all every one must be done, and what stops it can't be a mistake of
 * its own. What it attacks stands at fixed places of a world of the tests' own: see world.py.
 */
#ifndef BULKHEAD_ATTACKS_H
#define BULKHEAD_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- the world -------------------------------------------------------------------------------- */

#define OPEN_FOLDER     "/mnt/open"           /* anybody may write here */
#define OPEN_FILE       "/mnt/open/file"      /* anybody may read and write it; it holds MARK */
#define SECRET_FILE     "/mnt/secret/.env"    /* root's alone */
#define OTHERS_JOURNAL  "/mnt/others/journal" /* another program's alone */
#define MOUNTED         "/mnt/mounted"        /* a file system of its own */
#define OWN_PROGRAM     "/mnt/bin/breach"
#define SIBLING_SOCKET  "/mnt/run/sibling.sock"
#define DATABASE_SOCKET "/mnt/run/.s.PGSQL.5432"
#define EDGE_SOCKET     "/mnt/run/edge.sock" /* nginx's; anybody may connect */
#define LOG_SOCKET      "/mnt/run/log.sock"  /* of datagrams; anybody may send */
#define ABSTRACT_SOCKET "breach-sibling"     /* after a NUL */
#define MARK            "VICTIM"

enum { EDGE_PORT = 15000, UDP_PORT = 15001, FREE_PORT = 15002 };

/* Process ids of the world, and whatever else is a number of it; 0: it was not given. */
long world_number(const char *name);
#define SIBLING ((int)world_number("BREACH_SIBLING"))
#define EDGE    ((int)world_number("BREACH_EDGE"))

/* --- attacks ---------------------------------------------------------------------------------- */

/* What an attack gives; any other is the errno that stopped it. */
enum { DONE = 0, ABSENT = -1, NO_EFFECT = -2 };

struct attack {
    const char *name;
    const char *what; /* for people: the row of a table */
    int (*make)(void);
    /* Without `make`: one system call is all, and that it was not refused is its effect. */
    long number;
    uintptr_t arguments[5];
};
#define POINTER(to) ((uintptr_t)(to))
#define ATTACK(called, in_words, function)                                                         \
    {                                                                                              \
        .name = (called), .what = (in_words), .make = (function)                                   \
    }
#define SINGLE_CALL(called, in_words, call, ...)                                                   \
    {                                                                                              \
        .name = (called), .what = (in_words), .number = (call), .arguments = { __VA_ARGS__ }       \
    }
#define ATTACKS_END                                                                                \
    {                                                                                              \
        .name = NULL                                                                               \
    }

extern const struct attack attacks_on_files[];
extern const struct attack attacks_by_files[]; /* what changes them */
extern const struct attack attacks_on_network[];
extern const struct attack attacks_on_processes[];
extern const struct attack attacks_by_processes[]; /* starting some */
extern const struct attack attacks_on_memory[];
extern const struct attack attacks_on_kernel[];
extern const struct attack attacks_on_rights[];
extern const struct attack attacks_on_resources[];
extern const struct attack attacks_on_journal[]; /* of breach-journal alone */
extern const struct attack attacks_on_run[];     /* of breach-healthz and breach-metrics */

/* --- their tools ------------------------------------------------------------------------------ */

/* Of a system call: DONE, or errno when it gave a negative number. */
int outcome(long returned);
/* This kernel or machine does not have what is attacked. */
int absent(const char *reason);
/* The reason that the last absent() of this thread gave. */
const char *absent_reason(void);
int effect(bool there); /* DONE or NO_EFFECT */

/* Opens a path and reads a byte at least. */
int read_some(const char *path);
/* Waits for a child, and whether it ended with CHILD_CODE. */
enum { CHILD_CODE = 42 };
int child_ran(long pid);
void end_child(void) __attribute__((noreturn));

/* A function in machine code: it returns CODE_RETURNS. Length 0: none for this processor. */
extern const unsigned char code_bytes[];
extern const size_t code_length;
enum { CODE_RETURNS = 42 };
int run_code(const void *code);
/* A whole program: it writes "BREACH DONE". Length 0: none for this processor. */
extern const unsigned char program_bytes[];
extern const size_t program_length;

#endif
