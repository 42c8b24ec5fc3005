/*
 * What ping(8) of iputils 20221126 (Debian 12's) prints for `ping -n -c 1 ADDRESS`, byte for byte,
 * its standard error among its standard output where it writes it. Pure.
 *
 * Two differences, both on purpose. Where the kernel refuses to send and no ICMP error says why,
 * that version loses its own line "ping: sendmsg: ..." (ping4_receive_error_msg answers -1 to an
 * empty queue); here it is printed. And control characters of a scope, which an attacker chooses
 * and a terminal obeys, are printed in octal, as ping prints names.
 */
#ifndef BULKHEAD_REPORT_H
#define BULKHEAD_REPORT_H

#include "icmp/echo.h"

enum {
    REPORT_ASKED_MAX = 256, /* bytes of an address as it was asked for */
    /* It occurs twice, each byte as four at most; the rest of a report is shorter than 512 bytes.
     */
    REPORT_TEXT_BYTES = 2 * 4 * REPORT_ASKED_MAX + 512,
    REPORT_ERROR_BYTES = 96,
    REPORT_ADDRESS_BYTES = ADDRESS_TEXT_BYTES + 4 * REPORT_ASKED_MAX + 1,
};

/*
 * Writes the whole text without its last newline: so it ends with one where there was no reply, for
 * ping ends such a text with an empty line. `asked` is the address as it was asked for; beyond
 * REPORT_ASKED_MAX bytes of it are left out. Of an outcome that ping has no text for, it is empty.
 */
void report_text(const struct echo_result *result, const char *asked, char text[REPORT_TEXT_BYTES]);

/* The words for an ICMP error of a family, "Destination Host Unreachable". */
void report_icmp_error(int family, uint8_t type, uint8_t code, uint32_t info,
                       char text[REPORT_ERROR_BYTES]);

/* The canonical text of an address, with its scope as it was given, but for control characters. */
void report_address(const struct address *address, char text[REPORT_ADDRESS_BYTES]);

/* How many packets ping would say that it sent: it counts one that the kernel refused, too. */
unsigned report_transmitted(const struct echo_result *result);

#endif
