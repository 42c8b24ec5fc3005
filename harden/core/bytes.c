#include "core/bytes.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_add(struct bytes *bytes, const char *data, size_t length)
{
    bytes->data = need_room(bytes->data, &bytes->room, bytes->length + length + 1, 1);
    if (length > 0)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    bytes->data[bytes->length] = '\0';
}

void bytes_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length >= 0) {
        bytes->data = need_room(bytes->data, &bytes->room, bytes->length + (size_t)length + 1, 1);
        vsnprintf(bytes->data + bytes->length, (size_t)length + 1, format, again);
        bytes->length += (size_t)length;
    }
    va_end(again);
}

void bytes_quoted(struct bytes *bytes, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./,:@%+-";

    if (strspn(word, plain) == strlen(word) && word[0] != '-') {
        bytes_text(bytes, word);
        return;
    }
    bytes_text(bytes, word[0] == '-' ? "./'" : "'");
    for (; *word != '\0'; word++)
        if (*word == '\'')
            bytes_text(bytes, "'\\''");
        else
            bytes_add(bytes, word, 1);
    bytes_text(bytes, "'");
}

void bytes_clear(struct bytes *bytes)
{
    bytes->length = 0;
    if (bytes->data != NULL)
        bytes->data[0] = '\0';
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){ .data = NULL };
}
