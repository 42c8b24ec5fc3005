/*
 * Route /ping: one ICMP echo to an address, answered as iputils' ping -n -c 1 would print it.
 *
 * It opens its sockets before privileges are dropped, two for each request that may wait at once,
 * and from then on only uses these: no name is resolved, no file opened, no process started.
 */
#include "icmp/address.h"
#include "icmp/echo.h"
#include "icmp/policy.h"
#include "icmp/report.h"
#include "route/route.h"
#include "route/sandbox.h"

#include <errno.h>
#include <linux/icmp.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { WORKERS = 64, TIMEOUT_MS_MAX = 60000 };

#define NETWORKS_ALLOWED                                                                           \
    "at most 256 networks such as 10.0.0.0/8 or fd00::/8, separated by commas or spaces"

static bool is_address(const char *value, size_t bytes)
{
    struct address address;

    return address_parse(value, bytes, &address);
}

static bool is_timeout(const char *value)
{
    return is_integer_between(value, 1, TIMEOUT_MS_MAX);
}

static bool are_networks(const char *value)
{
    struct networks networks;
    char why[NETWORKS_ERROR_BYTES];

    if (networks_parse(value, &networks, why))
        return true;
    log_error("networks: %s", why);
    return false;
}

/* Empty is the default, for an empty variable is often one that somebody else passed on unset. */
static bool are_denied_networks(const char *value)
{
    return strcmp(value, "none") == 0 || are_networks(value);
}

static const struct param params[] = {
    { .name = "ip",
      .max_bytes = REPORT_ASKED_MAX,
      .accepts = is_address,
      .error = "Invalid IP address",
      .expected = "ip takes one IPv4 or IPv6 address, such as 192.0.2.1, 2001:db8::1 or "
                  "fe80::1%25eth0 (a scope's % is %25 in a URL): no host name, port, prefix or "
                  "leading zero, and at most 256 bytes" },
    PARAMS_END,
};

enum { TIMEOUT, DENY, ALLOW };

static const struct setting settings[] = {
    [TIMEOUT] = { .name = "PING_TIMEOUT_MS",
                  .fallback = "2000",
                  .accepts = is_timeout,
                  .allowed = "an integer from 1 to 60000" },
    /* Unspecified, limited broadcast, multicast; link-local, where clouds keep their metadata. */
    [DENY] = { .name = "PING_DENY",
               .fallback = "0.0.0.0/32 255.255.255.255/32 224.0.0.0/4 169.254.0.0/16 "
                           "::/128 ff00::/8 fe80::/10",
               .accepts = are_denied_networks,
               .allowed = NETWORKS_ALLOWED "; or none" },
    [ALLOW] = { .name = "PING_ALLOW",
                .fallback = "",
                .accepts = are_networks,
                .allowed = NETWORKS_ALLOWED },
    SETTINGS_END,
};

/* icmp/socket.h says which calls an open socket takes; opening it was over before the drop. */
static const struct call icmp_calls[] = {
    ALLOW(sendto, "icmp_socket_send", IS(3, 0)),
    ALLOW(recvmsg, "icmp_socket_receive, icmp_socket_receive_error"),
    ALLOW(ppoll, "echo_await"),
    ALLOW(setsockopt, "icmp_socket_listen", IS(1, SOL_RAW), IS(2, ICMP_FILTER)),
    ALLOW(setsockopt, "icmp_socket_listen", IS(1, SOL_IP), IS(2, IP_RECVERR)),
    ALLOW(setsockopt, "icmp_socket_listen", IS(1, IPPROTO_ICMPV6), IS(2, ICMP6_FILTER)),
    ALLOW(setsockopt, "icmp_socket_listen", IS(1, SOL_IPV6), IS(2, IPV6_RECVERR)),
    ALLOW(ioctl, "icmp_socket_interface_index", IS(1, SIOCGIFINDEX)),
    ALLOW(ioctl, "icmp_socket_interface_name", IS(1, SIOCGIFNAME)),
    CALLS_END,
};
static const struct sandbox sandbox = { .calls = icmp_calls };

static const struct error error_forbidden = { 403, "Address not allowed" };

/* What one worker pings with. */
struct pinger {
    struct echo_sockets sockets;
    struct echo_exchange exchange;
};

struct ping {
    struct policy policy;
    unsigned timeout_ms;
    struct pinger pingers[]; /* one a worker */
};

/* A missing family is no fault: the kernel was built or started without it. */
static void warn_of(const struct icmp_socket *sock, const char *family)
{
    if (sock->fd >= 0)
        return;
    if (sock->error == EAFNOSUPPORT)
        log_warning("this kernel has no %s: such addresses are answered accordingly", family);
    else
        log_warning("no ICMP socket for %s (%s), so such addresses are answered with 503: add the "
                    "program's group to sysctl net.ipv4.ping_group_range, or start it as root",
                    family, strerror(sock->error));
}

/* Both lists were accepted when the settings were read. */
static void read_policy(struct policy *policy)
{
    char why[NETWORKS_ERROR_BYTES];
    const char *denied = setting_text("PING_DENY");

    if (denied[0] == '\0')
        denied = settings[DENY].fallback;
    networks_parse(strcmp(denied, "none") == 0 ? "" : denied, &policy->denied, why);
    networks_parse(setting_text("PING_ALLOW"), &policy->allowed, why);
}

static bool are_alike(const struct icmp_socket *one, const struct icmp_socket *other)
{
    return (one->fd >= 0) == (other->fd >= 0);
}

/* All or, of a family, none: what fails for some of them is no lack of rights. */
static bool open_sockets(struct pinger *pingers, unsigned count)
{
    const struct echo_sockets *const first = &pingers->sockets;

    for (unsigned i = 0; i < count; i++) {
        struct echo_sockets *const pair = &pingers[i].sockets;
        echo_sockets_open(pair);
        if (!are_alike(&pair->ipv4, &first->ipv4) || !are_alike(&pair->ipv6, &first->ipv6)) {
            log_error("ICMP sockets: opened %u of %u pairs: %s", i, count,
                      strerror(pair->ipv4.fd < 0 ? pair->ipv4.error : pair->ipv6.error));
            return false;
        }
    }
    warn_of(&first->ipv4, "IPv4");
    warn_of(&first->ipv6, "IPv6");
    return true;
}

static void *open_before_drop(unsigned workers)
{
    const size_t bytes = sizeof(struct ping) + workers * sizeof(struct pinger);
    struct ping *const ping = calloc(1, bytes);

    if (ping == NULL) {
        log_error("not enough memory");
        return NULL;
    }
    read_policy(&ping->policy);
    ping->timeout_ms = (unsigned)setting_number("PING_TIMEOUT_MS");
    if (open_sockets(ping->pingers, workers))
        return ping;
    free(ping);
    return NULL;
}

/* The reason why there was no reply, if there is one. */
static void answer_reason(const struct request *request, struct response *response,
                          const struct echo_result *result)
{
    if (result->outcome == ECHO_FAILED) {
        char *const error = request_alloc(request, REPORT_ERROR_BYTES);
        report_icmp_error(result->from.family, result->icmp_type, result->icmp_code,
                          result->icmp_info, error);
        answer_string(response, "icmp", error);
    } else if (result->reason)
        answer_string(response, "icmp", result->reason);
    else
        answer_null(response, "icmp");
}

static void answer_echoed(const struct request *request, struct response *response,
                          const struct echo_result *result)
{
    const char *const asked = request_param(request, "ip");
    const bool is_reply = result->outcome == ECHO_REPLIED;
    char *const text = request_alloc(request, REPORT_TEXT_BYTES);
    char *const canonical = request_alloc(request, REPORT_ADDRESS_BYTES);
    struct address address;

    address_parse(asked, strlen(asked), &address);
    report_text(result, asked, text);
    report_address(&address, canonical);
    answer_bytes(response, text, strlen(text));
    answer_string(response, "address", canonical);
    answer_string(response, "family", address.family == AF_INET ? "ipv4" : "ipv6");
    answer_integer(response, "transmitted", report_transmitted(result));
    answer_integer(response, "received", is_reply);
    if (is_reply)
        answer_decimal(response, "rtt_ms", (double)result->rtt_us / 1000, 3);
    else
        answer_null(response, "rtt_ms");
    if (is_reply && result->ttl >= 0)
        answer_integer(response, "ttl", result->ttl);
    else
        answer_null(response, "ttl");
    answer_reason(request, response, result);
}

static void answer_result(const struct request *request, struct response *response,
                          const struct echo_result *result)
{
    if (result->outcome == ECHO_FORBIDDEN)
        answer_error(response, &error_forbidden,
                     "ask for another address: this one is a broadcast address, or its route is "
                     "prohibited");
    else if (result->outcome == ECHO_UNAVAILABLE)
        answer_error(response, &error_unavailable,
                     "no ICMP packet can be sent now: try again, or tell the operator, whose log "
                     "says more");
    else
        answer_echoed(request, response, result);
}

static struct pinger *find_pinger(const struct request *request)
{
    struct ping *const ping = request_context(request);

    return &ping->pingers[request_worker(request)];
}

static void begin_ping(const struct request *request, struct response *response)
{
    const struct ping *const ping = request_context(request);
    struct pinger *const pinger = find_pinger(request);
    const char *const ip = request_param(request, "ip");
    struct address address;

    if (!address_parse(ip, strlen(ip), &address)) /* it was accepted: never */
        answer_error(response, &error_internal, "try again");
    else if (!policy_allows(&ping->policy, &address))
        answer_error(response, &error_forbidden,
                     "ask for another address: this one, or an IPv4 address inside it, is refused "
                     "by the operator's policy, as unspecified, broadcast, multicast and "
                     "link-local addresses are by default");
    else if (echo_begin(&pinger->exchange, &pinger->sockets, &address, ping->timeout_ms)) {
        /* The loop comes back to the same pinger at once; who knows when a thread does. */
        if (request_may_wait(request))
            echo_rest(&pinger->sockets);
        answer_result(request, response, &pinger->exchange.result);
    } else {
        answer_later(response);
    }
}

static void finish_ping(const struct request *request, struct response *response)
{
    struct echo_exchange *const exchange = &find_pinger(request)->exchange;

    echo_await(exchange);
    answer_result(request, response, &exchange->result);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "ping",
                                             .summary = "Answers the route /ping: one ICMP echo",
                                             .params = params,
                                             .settings = settings,
                                             .sandbox = &sandbox,
                                             .workers = WORKERS,
                                             .open_before_drop = open_before_drop,
                                             .handle = begin_ping,
                                             .resume = finish_ping });
}
