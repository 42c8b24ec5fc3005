/* Who is at the other end of a connection, and what that one may do. */
#ifndef BULKHEAD_PEER_H
#define BULKHEAD_PEER_H

#include "privileges.h"

enum peer_right {
    PEER_NOTHING,  /* not even be read */
    PEER_PROBES,   /* ask whether the program serves: see probe.h */
    PEER_REQUESTS, /* that, and be served */
};

/* Asked of the kernel, which noted who it was when it connected (SO_PEERCRED, unix(7)). */
enum peer_right peer_right(int fd, const struct identity *identity);

#endif
