/*
 * The programs of a deployment, as settings name them: what /healthz asks and /metrics reads.
 * `bulkhead` passes these settings at the start.
 */
#ifndef BULKHEAD_PROGRAMS_H
#define BULKHEAD_PROGRAMS_H

#include "route/probe.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PROGRAMS_MAX = 64,        /* routes */
    PROCESSES_MAX = 64,       /* of each */
    ALL_PROCESSES_MAX = 1024, /* of all */
};

/* What a process keeps in RUN_DIR. */
enum kept { KEPT_SOCKET, KEPT_COUNTERS };

/* Bytes of its path there, the NUL included. */
enum { KEPT_PATH_BYTES = PROBE_NAME_MAX + sizeof("-64.stats") };

struct programs {
    size_t count;
    char names[PROGRAMS_MAX][PROBE_NAME_MAX + 1];
    size_t processes;               /* of each */
    char (*paths)[KEPT_PATH_BYTES]; /* of each process of the first program, of the second, ... */
    bool *are_known;                /* of each: what programs_find said */
};

/* For tables of settings. */
bool is_list_of_routes(const char *value);
bool is_number_of_processes(const char *value);
bool is_absolute_path(const char *value);

#define SETTINGS_OF_PROGRAMS                                                                       \
    { .name = "ROUTES",                                                                            \
      .fallback = "",                                                                              \
      .accepts = is_list_of_routes,                                                                \
      .allowed = "the routes that there are, blanks between, at most 64" },                        \
        { .name = "PROCESSES",                                                                     \
          .fallback = "2",                                                                         \
          .accepts = is_number_of_processes,                                                       \
          .allowed = "an integer from 1 to 64: processes of each program" },                       \
    {                                                                                              \
        .name = "RUN_DIR", .fallback = "/var/lib/bulkhead/run", .accepts = is_absolute_path,       \
        .allowed = "the folder of the programs' sockets and counters"                              \
    }

/* For check_settings: whether these are few enough. False after the reason was logged. */
bool programs_check(void);

/*
 * Writes the path of what a process keeps, from RUN_DIR on, of which `folder` is a descriptor;
 * AT_FDCWD: it is the working folder. `process` is "hello-1", or "trail" for the shipper. Its files
 * are PROCESS.sock and PROCESS.stats; where there is a folder PROCESS, as in containers, which have
 * a volume each, PROCESS/sock and PROCESS/stats. A link to a folder is none. False: there is
 * neither yet; it is written as a file, and may turn out to be a folder, for systemd makes a
 * process its own when it starts it.
 */
bool programs_find(int folder, const char *process, enum kept kept, char path[KEPT_PATH_BYTES]);

/*
 * Reads the settings, and finds what each process keeps, once and for all: the sandbox forbids to
 * look later. NULL after the lack of memory was logged. It is never freed.
 */
struct programs *programs_read(int folder, enum kept kept);

#endif
