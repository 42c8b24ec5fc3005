#include "trail/escape.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

enum { REPLACEMENT = 0xfffd, BRAILLE_BLANK = 0x2800 };

/* The first character of a text that is not empty; how many bytes it takes. */
static size_t take_character(const char *text, utf8proc_int32_t *character)
{
    const utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, character);

    if (taken > 0)
        return (size_t)taken;
    *character = REPLACEMENT;
    return 1;
}

/* Whether a reader would not see it, or would see something else for it. */
static bool is_invisible(utf8proc_int32_t character)
{
    if (character >= ' ' && character <= '~')
        return false;
    const utf8proc_property_t *const property = utf8proc_get_property(character);

    switch (property->category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
        return true;
    default:
        return property->ignorable || character == BRAILLE_BLANK;
    }
}

static void put_character(struct buffer *buffer, utf8proc_int32_t character)
{
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(character, bytes);

    put_bytes(buffer, (const char *)bytes, (size_t)length);
}

static const char *html_of(utf8proc_int32_t character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void put_html(struct buffer *buffer, const char *text)
{
    utf8proc_int32_t character;

    while (*text != '\0') {
        text += take_character(text, &character);
        const char *const entity = html_of(character);
        if (entity != NULL)
            put_text(buffer, entity);
        else if (is_invisible(character) || (character == '\\' && strncmp(text, "u{", 2) == 0))
            put_format(buffer, "\\u{%04X}", (unsigned)character);
        else
            put_character(buffer, character);
    }
}

void put_field(struct buffer *buffer, const char *text)
{
    utf8proc_int32_t character;

    while (*text != '\0') {
        text += take_character(text, &character);
        const char *const entity = html_of(character);
        if (entity != NULL)
            put_text(buffer, entity);
        else if (character >= 0xa0 && is_invisible(character)) /* HTML has other plans for 80-9F */
            put_format(buffer, "&#x%X;", (unsigned)character);
        else
            put_character(buffer, character);
    }
}

static void put_json_escape(struct buffer *buffer, utf8proc_int32_t character)
{
    if (character < 0x10000) {
        put_format(buffer, "\\u%04x", (unsigned)character);
        return;
    }
    const unsigned above = (unsigned)character - 0x10000;
    put_format(buffer, "\\u%04x\\u%04x", 0xd800 + (above >> 10), 0xdc00 + (above & 0x3ff));
}

void put_json(struct buffer *buffer, const char *text)
{
    utf8proc_int32_t character;

    put_text(buffer, "\"");
    while (*text != '\0') {
        text += take_character(text, &character);
        if (character == '"' || character == '\\')
            put_format(buffer, "\\%c", (char)character);
        else if (is_invisible(character))
            put_json_escape(buffer, character);
        else
            put_character(buffer, character);
    }
    put_text(buffer, "\"");
}

/* Of what begins a formula; the last four are as wide as Chinese characters, and taken likewise. */
static bool is_formula(const char *text)
{
    utf8proc_int32_t first;

    if (text[0] == '\0')
        return false;
    take_character(text, &first);
    switch (first) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
    case '\n':
    case 0xff1d:
    case 0xff0b:
    case 0xff0d:
    case 0xff20:
        return true;
    default:
        return false;
    }
}

void put_csv(struct buffer *buffer, const char *text)
{
    const bool is_quoted = text[strcspn(text, "\",;\t\r\n ")] != '\0';

    if (is_quoted)
        put_text(buffer, "\"");
    if (is_formula(text))
        put_text(buffer, "'");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            put_text(buffer, "\"");
        put_bytes(buffer, text, 1);
    }
    if (is_quoted)
        put_text(buffer, "\"");
}

void put_percent(struct buffer *buffer, const char *text, const char *kept)
{
    for (; *text != '\0'; text++)
        if ((*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
            (*text >= 'a' && *text <= 'z') || strchr(kept, *text) != NULL)
            put_bytes(buffer, text, 1);
        else
            put_format(buffer, "%%%02X", (unsigned)(unsigned char)*text);
}
