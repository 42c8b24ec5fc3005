#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void put_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->is_full || length > buffer->size - buffer->length) {
        buffer->is_full = true;
        return;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void put_text(struct buffer *buffer, const char *text)
{
    put_bytes(buffer, text, strlen(text));
}

void put_decimal(struct buffer *buffer, uint64_t number)
{
    char digits[20]; /* UINT64_MAX has as many */
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put_bytes(buffer, digits + at, sizeof(digits) - at);
}

void put_format(struct buffer *buffer, const char *format, ...)
{
    const size_t left = buffer->size - buffer->length;
    va_list args;

    if (buffer->is_full)
        return;
    va_start(args, format);
    const int length = vsnprintf(buffer->bytes + buffer->length, left, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= left)
        buffer->is_full = true;
    else
        buffer->length += (size_t)length;
}
