/* iputils' words for ICMP errors: pr_icmph (ping.c) and print_icmp (ping6_common.c) as tables. */
#include "icmp/report.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>

/* Of the last row of a type. */
enum { ANY_CODE = -1 };

/* In the text, "#" stands for the code and "@" for the message's number: an MTU or a pointer. */
struct wording {
    uint8_t type;
    int code;
    const char *text;
};

static const struct wording icmp_wordings[] = {
    { ICMP_DEST_UNREACH, ICMP_NET_UNREACH, "Destination Net Unreachable" },
    { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, "Destination Host Unreachable" },
    { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, "Destination Protocol Unreachable" },
    { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, "Destination Port Unreachable" },
    { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, "Frag needed and DF set (mtu = @)" },
    { ICMP_DEST_UNREACH, ICMP_SR_FAILED, "Source Route Failed" },
    { ICMP_DEST_UNREACH, ICMP_NET_UNKNOWN, "Destination Net Unknown" },
    { ICMP_DEST_UNREACH, ICMP_HOST_UNKNOWN, "Destination Host Unknown" },
    { ICMP_DEST_UNREACH, ICMP_HOST_ISOLATED, "Source Host Isolated" },
    { ICMP_DEST_UNREACH, ICMP_NET_ANO, "Destination Net Prohibited" },
    { ICMP_DEST_UNREACH, ICMP_HOST_ANO, "Destination Host Prohibited" },
    { ICMP_DEST_UNREACH, ICMP_NET_UNR_TOS, "Destination Net Unreachable for Type of Service" },
    { ICMP_DEST_UNREACH, ICMP_HOST_UNR_TOS, "Destination Host Unreachable for Type of Service" },
    { ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, "Packet filtered" },
    { ICMP_DEST_UNREACH, ICMP_PREC_VIOLATION, "Precedence Violation" },
    { ICMP_DEST_UNREACH, ICMP_PREC_CUTOFF, "Precedence Cutoff" },
    { ICMP_DEST_UNREACH, ANY_CODE, "Dest Unreachable, Bad Code: #" },
    { ICMP_SOURCE_QUENCH, ANY_CODE, "Source Quench" },
    { ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, "Time to live exceeded" },
    { ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, "Frag reassembly time exceeded" },
    { ICMP_TIME_EXCEEDED, ANY_CODE, "Time exceeded, Bad Code: #" },
    { ICMP_PARAMETERPROB, ANY_CODE, "Parameter problem: pointer = @" },
};

static const struct wording icmpv6_wordings[] = {
    { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, "Destination unreachable: No route" },
    { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN,
      "Destination unreachable: Administratively prohibited" },
    { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE,
      "Destination unreachable: Beyond scope of source address" },
    { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, "Destination unreachable: Address unreachable" },
    { ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, "Destination unreachable: Port unreachable" },
    { ICMP6_DST_UNREACH, ANY_CODE, "Destination unreachable: Unknown code #" },
    { ICMP6_PACKET_TOO_BIG, 0, "Packet too big: mtu=@" },
    { ICMP6_PACKET_TOO_BIG, ANY_CODE, "Packet too big: mtu=@, code=#" },
    { ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, "Time exceeded: Hop limit" },
    { ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_REASSEMBLY, "Time exceeded: Defragmentation failure" },
    { ICMP6_TIME_EXCEEDED, ANY_CODE, "Time exceeded: code #" },
    { ICMP6_PARAM_PROB, ICMP6_PARAMPROB_HEADER, "Parameter problem: Wrong header field at @" },
    { ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER, "Parameter problem: Unknown header at @" },
    { ICMP6_PARAM_PROB, ICMP6_PARAMPROB_OPTION, "Parameter problem: Unknown option at @" },
    { ICMP6_PARAM_PROB, ANY_CODE, "Parameter problem: code # at @" },
};

static const struct wording *find_wording(int family, uint8_t type, uint8_t code)
{
    const bool is_v4 = family == AF_INET;
    const struct wording *const rows = is_v4 ? icmp_wordings : icmpv6_wordings;
    const size_t count = is_v4 ? sizeof(icmp_wordings) / sizeof(icmp_wordings[0])
                               : sizeof(icmpv6_wordings) / sizeof(icmpv6_wordings[0]);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == type && (rows[i].code == code || rows[i].code == ANY_CODE))
            return &rows[i];
    }
    return NULL;
}

void report_icmp_error(int family, uint8_t type, uint8_t code, uint32_t info,
                       char text[REPORT_ERROR_BYTES])
{
    const struct wording *const words = find_wording(family, type, code);
    if (!words) {
        snprintf(text, REPORT_ERROR_BYTES, "%s: %u",
                 family == AF_INET ? "Bad ICMP type" : "unknown icmp type", type);
        return;
    }
    size_t used = 0;
    text[0] = '\0';
    for (const char *c = words->text; *c && used < REPORT_ERROR_BYTES; c++) {
        char *const to = text + used;
        const size_t left = REPORT_ERROR_BYTES - used;
        const bool is_number = *c == '#' || *c == '@';
        const int wrote = is_number ? snprintf(to, left, "%u", *c == '#' ? code : info)
                                    : snprintf(to, left, "%c", *c);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}
