/* Counters of one process, in a page that others may read without asking it: `bulkhead status`. */
#ifndef BULKHEAD_STATS_H
#define BULKHEAD_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
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
    STATS_PLACES,
};
#define STATS_MAGIC_VALUE UINT64_C(0x31736b6862) /* "bhks1" */

struct stats {
    _Atomic uint64_t places[STATS_PLACES];
};

/* Who kept its counters in the page before, and never came to stats_end. By its own word. */
struct predecessor {
    pid_t pid;        /* 0: nobody */
    uint64_t started; /* seconds since 1970 */
};

/*
 * Makes `path` (mode 0644, 4,096 bytes, a regular file) and maps it; it stays mapped for good.
 * NULL, after the reason was logged, on failure. `path` NULL: counters that nobody else sees.
 */
struct stats *stats_open(const char *path, struct predecessor *predecessor);

/* Says that this process ends as it should. */
void stats_end(struct stats *stats);

/* Publishes the magic number: this process is ready for its first request. */
void stats_ready(struct stats *stats);

void stats_count(struct stats *stats, enum stats_place place);
void stats_set(struct stats *stats, enum stats_place place, uint64_t value);
void stats_count_answer(struct stats *stats, int status);

#endif
