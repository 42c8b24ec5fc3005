#include "peer.h"

#include <sys/socket.h>

enum peer_right peer_right(int fd, const struct identity *identity)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return PEER_NOTHING;
    if (identity->is_peer_group ? peer.gid == identity->peer_group : peer.uid == identity->peer)
        return PEER_REQUESTS;
    return peer.uid == identity->uid || peer.uid == identity->monitor ? PEER_PROBES : PEER_NOTHING;
}
