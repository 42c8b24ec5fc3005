/* Lines of hexadecimal, in which any byte can be told to a judge, and told by it. */
#ifndef BULKHEAD_HEX_LINES_H
#define BULKHEAD_HEX_LINES_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline int hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *const found = memchr(digits, digit, 16);

    return found ? (int)(found - digits) : -1;
}

/* Decodes a line up to its end. The number of bytes; SIZE_MAX: not hexadecimal. */
static inline size_t read_hex(const char *line, char *bytes)
{
    size_t count = 0;

    for (; line[0] != '\n' && line[0] != '\0'; line += 2) {
        const int high = hex_value(line[0]);
        const int low = high < 0 ? -1 : hex_value(line[1]);
        if (low < 0)
            return SIZE_MAX;
        bytes[count++] = (char)(high << 4 | low);
    }
    return count;
}

static inline void write_hex(const void *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        putchar(digits[((const unsigned char *)bytes)[i] >> 4]);
        putchar(digits[((const unsigned char *)bytes)[i] & 15]);
    }
}

#endif
