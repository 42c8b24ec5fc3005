/* Counters of one process, in a page that others may read without asking it: `bulkhead status`. */
#ifndef BULKHEAD_STATS_H
#define BULKHEAD_STATS_H

#include "layers.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The places in the page, one 64-bit number each, in the host's byte order. */
enum stats_place {
    STATS_MAGIC, /* STATS_MAGIC_VALUE once the rest is good */
    STATS_PID,
    STATS_STARTED,  /* seconds since 1970 */
    STATS_ANSWERED, /* requests */
    STATS_ANSWERED_2XX,
    STATS_ANSWERED_4XX,
    STATS_ANSWERED_5XX,
    STATS_CONNECTIONS, /* open now */
    STATS_DROPPED,  /* connections that sent no request of a web server's making, or half of one */
    STATS_REFUSED,  /* connections of a uid that may not connect */
    STATS_LANDLOCK, /* the ABI of Landlock in force; 0: none */
    /* of the shipper alone */
    STATS_SHIPPED,   /* records that the database has */
    STATS_SKIPPED,   /* lines that are none */
    STATS_BEHIND,    /* bytes that are still to be shipped */
    STATS_WAITING,   /* since when, in seconds since 1970; 0: nothing is */
    STATS_CONNECTED, /* 1: to the database */
    STATS_KEPT,      /* bytes of the journals' files */
    /* of all again */
    STATS_LAYERS,       /* a bit for each enum layer in force, the first the lowest */
    STATS_MICROSECONDS, /* that all answers took together */
    STATS_DURATIONS,    /* the first of DURATION_CLASSES places: how many took how long */
    STATS_PLACES = STATS_DURATIONS + 14,
};
#define STATS_MAGIC_VALUE UINT64_C(0x31736b6862) /* "bhks1" */
enum { STATS_PAGE_BYTES = 4096 };

/* How long an answer may take to be of a class, in microseconds; the last class has no bound. */
enum { DURATION_BOUNDS = 13, DURATION_CLASSES };
_Static_assert(STATS_DURATIONS + (int)DURATION_CLASSES == (int)STATS_PLACES, "a place for each");
extern const uint64_t duration_bounds[DURATION_BOUNDS];

struct stats {
    _Atomic uint64_t places[STATS_PLACES];
};

/*
 * Reads the bytes of a page, which may hold anything. False: they are no whole page of a process
 * that is ready; then all places are 0.
 */
bool stats_read(const uint8_t *bytes, size_t length, uint64_t places[STATS_PLACES]);

/* Who kept its counters in the page before, and never came to stats_end. By its own word. */
struct predecessor {
    pid_t pid;        /* 0: nobody */
    uint64_t started; /* seconds since 1970 */
};

/*
 * Makes `path` (mode 0644, STATS_PAGE_BYTES, a regular file) and maps it; it stays mapped for good.
 * NULL, after the reason was logged, on failure. `path` NULL: counters that nobody else sees.
 */
struct stats *stats_open(const char *path, struct predecessor *predecessor);

/* Says that this process ends as it should. */
void stats_end(struct stats *stats);

/* Publishes the magic number: this process is ready for its first request. */
void stats_ready(struct stats *stats);

void stats_count(struct stats *stats, enum stats_place place);
void stats_set(struct stats *stats, enum stats_place place, uint64_t value);
void stats_count_answer(struct stats *stats, int status, int64_t microseconds);
/* Says that a layer is in force. */
void stats_add_layer(struct stats *stats, enum layer layer);

#endif
