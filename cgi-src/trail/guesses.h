/*
 * How many passwords a client may try. The edge makes who waits for an answer wait; whoever does
 * not wait is stopped here, before a password is looked at. Pure: time is the caller's, and so is
 * the lock.
 */
#ifndef BULKHEAD_GUESSES_H
#define BULKHEAD_GUESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GUESSES_AT_ONCE = 20,    /* more than the edge lets through of who waits */
    GUESS_EVERY_MS = 12000,  /* one comes back */
    GUESSES_CLIENTS = 1024,  /* that are known; a new one takes the place of the most harmless */
    GUESSES_CLIENT_BYTES = 9 /* a family, and an IPv4 address or an IPv6 network of 64 bits */
};

struct guesses {
    struct guesser {
        unsigned char client[GUESSES_CLIENT_BYTES];
        int64_t due; /* when all of its tries are back */
    } list[GUESSES_CLIENTS];
};

/* All zero is nobody's. `now` are milliseconds of a clock that never goes back, and over 0. */

/* Takes one try of a client (its address as text; NULL: unknown). False: it has none left. */
bool guesses_take(struct guesses *guesses, const char *client, int64_t now);

/* It was no guess after all. */
void guesses_give_back(struct guesses *guesses, const char *client);

#endif
