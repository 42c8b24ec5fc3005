#include "core/utf8.h"

/* What the first byte says: how many follow, and the least that is not written shorter. */
static const struct {
    unsigned char mask, mark, length;
    uint32_t least;
} leads[] = {
    { 0x80, 0x00, 1, 0 },
    { 0xe0, 0xc0, 2, 0x80 },
    { 0xf0, 0xe0, 3, 0x800 },
    { 0xf8, 0xf0, 4, 0x10000 },
};

size_t utf8_take(const char *bytes, size_t left, uint32_t *code_point)
{
    const unsigned char first = (unsigned char)bytes[0];

    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if ((first & leads[i].mask) != leads[i].mark)
            continue;
        if (leads[i].length > left)
            return 0;
        uint32_t value = first & (unsigned char)~leads[i].mask;
        for (size_t j = 1; j < leads[i].length; j++) {
            const unsigned char next = (unsigned char)bytes[j];
            if ((next & 0xc0) != 0x80)
                return 0;
            value = value << 6 | (next & 0x3f);
        }
        if (value < leads[i].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
            return 0;
        *code_point = value;
        return leads[i].length;
    }
    return 0;
}

size_t utf8_length(const char *bytes, size_t left)
{
    uint32_t ignored;
    const size_t length = utf8_take(bytes, left, &ignored);

    return length > 0 ? length : 1;
}

/* Controls, and the formatting characters that make a line look like another one. */
static bool is_invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void put_visible(struct bytes *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t c = (unsigned char)bytes[at];
        const size_t taken = utf8_take(bytes + at, length - at, &c);
        if (c == '\t')
            bytes_add(out, " ", 1);
        else if (taken == 0 || (c < 0x100 && is_invisible(c)))
            bytes_format(out, "\\x%02x", c);
        else if (is_invisible(c))
            bytes_format(out, "\\u{%x}", c);
        else
            bytes_add(out, bytes + at, taken);
        at += taken > 0 ? taken : 1;
    }
}

void put_json_string(struct bytes *out, const char *bytes, size_t length)
{
    bytes_add(out, "\"", 1);
    for (size_t at = 0; at < length;) {
        uint32_t c;
        const size_t taken = utf8_take(bytes + at, length - at, &c);
        if (taken == 0)
            bytes_text(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            bytes_format(out, "\\%c", (char)c);
        else if (is_invisible(c) && c < 0x10000)
            bytes_format(out, "\\u%04x", c);
        else
            bytes_add(out, bytes + at, taken);
        at += taken > 0 ? taken : 1;
    }
    bytes_add(out, "\"", 1);
}
