#define _GNU_SOURCE 1 /* ppoll, strerrordesc_np */
#include "icmp/echo.h"

#include "icmp/zone.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

enum { SEQUENCE = 1 };

bool echo_sockets_open(struct echo_sockets *sockets)
{
    const bool ipv4 = icmp_socket_open(&sockets->ipv4, AF_INET);
    const bool ipv6 = icmp_socket_open(&sockets->ipv6, AF_INET6);
    return ipv4 && ipv6;
}

static struct timespec now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time;
}

static int64_t nanoseconds_between(struct timespec from, struct timespec to)
{
    return (int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec);
}

static int64_t nanoseconds_left(const struct echo_exchange *exchange)
{
    return exchange->timeout_ns - nanoseconds_between(exchange->sent_at, now(CLOCK_MONOTONIC));
}

/* --- whom to ask -------------------------------------------------------------------------------
 */

/* 0.0.0.0 and :: mean this host (RFC 1122, 3.2.1.3); a datagram socket refuses the latter. */
static void fill_destination(struct echo_exchange *exchange, const struct address *address,
                             uint32_t zone)
{
    struct endpoint *const target = &exchange->result.target;
    static const unsigned char unspecified[IPV6_BYTES];
    const bool is_this_host = memcmp(address->bytes, unspecified, IPV6_BYTES) == 0;
    *target = (struct endpoint){ .family = address->family };
    memcpy(target->bytes, address->bytes, IPV6_BYTES);
    if (address->family == AF_INET) {
        if (is_this_host)
            memcpy(target->bytes, (const unsigned char[]){ 127, 0, 0, 1 }, IPV4_BYTES);
        exchange->to.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
        memcpy(&exchange->to.v4.sin_addr, target->bytes, IPV4_BYTES);
        return;
    }
    zone_text(exchange->socket, target->bytes, zone, target->zone);
    exchange->to.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_scope_id = zone };
    memcpy(&exchange->to.v6.sin6_addr, target->bytes, IPV6_BYTES);
    if (is_this_host)
        exchange->to.v6.sin6_addr = in6addr_loopback;
}

static void refuse(struct echo_result *result, enum echo_stage stage, const char *reason)
{
    result->outcome = ECHO_REFUSED;
    result->refused_at = stage;
    result->reason = reason;
}

/* getaddrinfo's texts for what ping -n learns from it. False: refused, or no socket. */
static bool find_destination(struct echo_exchange *exchange, const struct address *address)
{
    struct echo_result *const result = &exchange->result;
    const struct icmp_socket *const sock = exchange->socket;
    if (sock->fd < 0) {
        if (sock->error == EAFNOSUPPORT)
            refuse(result, AT_LOOKUP, "Address family for hostname not supported");
        else
            result->outcome = ECHO_UNAVAILABLE;
        return false;
    }
    uint32_t zone = 0;
    if (!zone_parse(sock, address, &zone)) {
        refuse(result, AT_LOOKUP, "Name or service not known");
        return false;
    }
    fill_destination(exchange, address, zone);
    /*
     * A mapped address is an IPv4 one in IPv6's notation, and no ICMPv6 reaches it: ping tries, and
     * the kernel refuses with one errno from a raw socket and with another from a datagram one.
     */
    if (address->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&exchange->to.v6.sin6_addr)) {
        refuse(result, AT_SEND, strerrordesc_np(ENETUNREACH));
        return false;
    }
    return true;
}

/* --- what comes back ---------------------------------------------------------------------------
 */

static void fill_endpoint(const struct echo_exchange *exchange, const union socket_address *address,
                          struct endpoint *endpoint)
{
    *endpoint = (struct endpoint){ .family = exchange->socket->family };
    if (endpoint->family == AF_INET) {
        memcpy(endpoint->bytes, &address->v4.sin_addr, IPV4_BYTES);
        return;
    }
    memcpy(endpoint->bytes, &address->v6.sin6_addr, IPV6_BYTES);
    zone_text(exchange->socket, endpoint->bytes, address->v6.sin6_scope_id, endpoint->zone);
}

/* Many may answer to a group address, and one of several to a subnet-router anycast (RFC 4291). */
static bool may_answer_from_elsewhere(const struct endpoint *target)
{
    static const unsigned char zeros[IPV6_BYTES / 2];
    if (target->family == AF_INET)
        return target->bytes[0] >= 224 && target->bytes[0] <= 239;
    return target->bytes[0] == 0xff ||
           memcmp(target->bytes + IPV6_BYTES / 2, zeros, sizeof(zeros)) == 0;
}

/* By the kernel's stamp, so that our own waking up does not count, unless the clock was set. */
static int64_t round_trip_us(const struct echo_exchange *exchange, const struct arrival *arrival)
{
    const int64_t until_now = nanoseconds_between(exchange->sent_at, now(CLOCK_MONOTONIC));
    const int64_t until_stamp = nanoseconds_between(exchange->sent_when, arrival->stamp);
    return (until_stamp >= 0 && until_stamp <= until_now ? until_stamp : until_now) / 1000;
}

static bool take_reply(struct echo_exchange *exchange, const struct arrival *arrival)
{
    const struct icmp_socket *const sock = exchange->socket;
    struct echo_result *const result = &exchange->result;
    size_t skip = 0;
    if (sock->is_raw && sock->family == AF_INET &&
        !packet_unwrap_ipv4(arrival->data, arrival->bytes, &skip))
        return false;
    if (!packet_is_reply(sock->family, arrival->data + skip, arrival->bytes - skip,
                         &exchange->echo))
        return false;
    result->outcome = ECHO_REPLIED;
    result->rtt_us = round_trip_us(exchange, arrival);
    result->ttl = arrival->ttl;
    fill_endpoint(exchange, &arrival->from, &result->from);
    result->is_other_address =
        !may_answer_from_elsewhere(&result->target) &&
        memcmp(result->from.bytes, result->target.bytes, sizeof(result->from.bytes)) != 0;
    return true;
}

static bool is_our_destination(const struct echo_exchange *exchange, const struct arrival *arrival)
{
    if (exchange->socket->family == AF_INET)
        return arrival->from.v4.sin_addr.s_addr == exchange->to.v4.sin_addr.s_addr;
    return IN6_ARE_ADDR_EQUAL(&arrival->from.v6.sin6_addr, &exchange->to.v6.sin6_addr);
}

static bool take_error(struct echo_exchange *exchange, const struct arrival *arrival)
{
    struct echo_result *const result = &exchange->result;
    const int family = exchange->socket->family;
    if (!arrival->is_icmp_error || !packet_is_failure(family, arrival->type) ||
        !is_our_destination(exchange, arrival) ||
        !packet_is_quote(family, arrival->data, arrival->bytes, &exchange->echo))
        return false;
    result->outcome = ECHO_FAILED;
    result->icmp_type = arrival->type;
    result->icmp_code = arrival->code;
    result->icmp_info = arrival->info;
    fill_endpoint(exchange, &arrival->offender, &result->from);
    return true;
}

/* How many packets are read before the clock is looked at again. */
enum { BATCH = 64 };

enum looked { NONE, OTHERS, OURS };

/* Reads the error queue. OTHERS: there were errors, but none of ours. */
static enum looked look_at_errors(struct echo_exchange *exchange)
{
    struct arrival arrival;
    for (int i = 0; i < BATCH; i++) {
        if (icmp_socket_receive_error(exchange->socket, &arrival) != 0)
            return i == 0 ? NONE : OTHERS;
        if (take_error(exchange, &arrival))
            return OURS;
    }
    return OTHERS;
}

/* Reads what is there, a reply before an error. False: nothing of it is ours. */
static bool is_settled(struct echo_exchange *exchange, bool has_error)
{
    struct arrival arrival;
    int error = 0;
    for (int i = 0; i < BATCH && error == 0; i++) {
        error = icmp_socket_receive(exchange->socket, &arrival);
        if (error == 0 && take_reply(exchange, &arrival))
            return true;
    }
    if (error != 0 && error != EAGAIN && error != EINTR)
        has_error = true;
    return has_error && look_at_errors(exchange) == OURS;
}

/* --- one exchange ------------------------------------------------------------------------------
 */

static bool is_short_of_memory(int error)
{
    return error == ENOBUFS || error == ENOMEM || error == EAGAIN;
}

/*
 * ping connects a probe socket first, and that is where it meets a missing route; but for a
 * link-local address the probe cannot fail (ping6_common.c leaves its family unset).
 */
static enum echo_stage stage_of(const struct echo_exchange *exchange, int error)
{
    static const int of_routing[] = { ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES, EADDRNOTAVAIL };
    if (zone_is_link_local(exchange->result.target.family, exchange->result.target.bytes))
        return AT_SEND;
    for (size_t i = 0; i < sizeof(of_routing) / sizeof(of_routing[0]); i++) {
        if (error == of_routing[i])
            return AT_CONNECT;
    }
    return AT_SEND;
}

/* False: it was not sent, and the result says why. */
static bool send_request(struct echo_exchange *exchange)
{
    enum { TRIES = 16 };
    unsigned char packet[ECHO_PACKET_BYTES];
    packet_request(exchange->socket->family, &exchange->echo, packet);
    int error = 0;
    enum looked looked = OTHERS;
    /*
     * A datagram socket that has a pending error reports it in place of sending; one that came
     * about an earlier echo since the drain says nothing about this one.
     */
    for (int i = 0; i < TRIES && looked == OTHERS; i++) {
        exchange->sent_when = now(CLOCK_REALTIME);
        exchange->sent_at = now(CLOCK_MONOTONIC);
        error = icmp_socket_send(exchange->socket, &exchange->to, packet);
        if (error == 0)
            return true;
        looked = look_at_errors(exchange);
    }
    struct echo_result *const result = &exchange->result;
    if (looked == OTHERS || is_short_of_memory(error))
        result->outcome = ECHO_UNAVAILABLE;
    else if (error == EACCES && exchange->socket->family == AF_INET)
        result->outcome = ECHO_FORBIDDEN;
    else {
        const enum echo_outcome outcome = looked == OURS ? ECHO_FAILED : ECHO_REFUSED;
        refuse(result, looked == OURS ? AT_SEND : stage_of(exchange, error),
               strerrordesc_np(error));
        result->outcome = outcome;
    }
    return false;
}

static bool make_echo(const struct icmp_socket *sock, struct echo *echo)
{
    if (getrandom(echo, sizeof(*echo), 0) != sizeof(*echo))
        return false;
    if (!sock->is_raw)
        echo->identifier = sock->identifier;
    echo->sequence = SEQUENCE;
    icmp_socket_tag(sock, echo->payload);
    return true;
}

bool echo_begin(struct echo_exchange *exchange, struct echo_sockets *sockets,
                const struct address *address, unsigned timeout_ms)
{
    *exchange = (struct echo_exchange){
        .socket = address->family == AF_INET ? &sockets->ipv4 : &sockets->ipv6,
        .timeout_ns = (int64_t)timeout_ms * 1000000,
        .result = { .outcome = ECHO_UNAVAILABLE, .ttl = -1 },
    };
    if (!find_destination(exchange, address) || !make_echo(exchange->socket, &exchange->echo))
        return true;
    icmp_socket_listen(exchange->socket, true);
    icmp_socket_drain(exchange->socket);
    return !send_request(exchange) || is_settled(exchange, false);
}

void echo_await(struct echo_exchange *exchange)
{
    bool has_error = false;

    while (!is_settled(exchange, has_error)) {
        const int64_t left = nanoseconds_left(exchange);
        if (left <= 0) {
            exchange->result.outcome = ECHO_SILENT;
            break;
        }
        const struct timespec limit = { .tv_sec = (time_t)(left / 1000000000),
                                        .tv_nsec = (long)(left % 1000000000) };
        struct pollfd ready = { .fd = exchange->socket->fd, .events = POLLIN };
        has_error = ppoll(&ready, 1, &limit, NULL) > 0 && (ready.revents & POLLERR) != 0;
    }
    icmp_socket_listen(exchange->socket, false);
}

void echo_rest(struct echo_sockets *sockets)
{
    icmp_socket_listen(&sockets->ipv4, false);
    icmp_socket_listen(&sockets->ipv6, false);
}
