/* How a handler answers: see route.h. */
#include "exchange.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void answer_text(struct response *response, const char *format, ...)
{
    va_list args;

    if (response->wants_json)
        return;
    va_start(args, format);
    response->text = arena_vformat(response->arena, &response->text_length, format, args);
    va_end(args);
    response->failed |= response->text == NULL;
}

void answer_bytes(struct response *response, const char *text, size_t length)
{
    if (response->wants_json)
        return;
    char *const copy = arena_alloc(response->arena, length);
    response->failed |= copy == NULL;
    if (copy == NULL)
        return;
    memcpy(copy, text, length);
    response->text = copy;
    response->text_length = length;
}

/* Takes `value` over. `is_null` says that NULL is JSON's null and not a lack of memory. */
static void add_member(struct response *response, const char *member, json_object *value,
                       bool is_null)
{
    if (response->members == NULL)
        response->members = json_object_new_object();
    json_object *const object =
        response->depth > 0 ? response->open[response->depth - 1] : response->members;
    if (object == NULL || (value == NULL && !is_null) ||
        json_object_object_add(object, member, value) != 0) {
        json_object_put(value);
        response->failed = true;
    }
}

void answer_string(struct response *response, const char *member, const char *value)
{
    if (response->wants_json)
        add_member(response, member, json_object_new_string(value), false);
}

void answer_string_bytes(struct response *response, const char *member, const char *value,
                         size_t length)
{
    if (response->wants_json)
        add_member(response, member, json_object_new_string_len(value, (int)length), false);
}

void answer_integer(struct response *response, const char *member, long long value)
{
    if (response->wants_json)
        add_member(response, member, json_object_new_int64(value), false);
}

void answer_decimal(struct response *response, const char *member, double value, int decimals)
{
    char digits[400]; /* the longest double has 309 digits before the point */

    if (!response->wants_json)
        return;
    if (!isfinite(value)) {
        add_member(response, member, NULL, true); /* JSON has neither infinities nor NaN */
        return;
    }
    snprintf(digits, sizeof(digits), "%.*f", decimals, value);
    add_member(response, member, json_object_new_double_s(value, digits), false);
}

void answer_null(struct response *response, const char *member)
{
    if (response->wants_json)
        add_member(response, member, NULL, true);
}

void answer_object_begin(struct response *response, const char *member)
{
    json_object *object;

    if (!response->wants_json)
        return;
    object = json_object_new_object();
    add_member(response, member, object, false);
    if (response->failed || response->depth == ANSWER_DEPTH)
        response->failed = true;
    else
        response->open[response->depth++] = object;
}

void answer_object_end(struct response *response)
{
    if (response->depth > 0)
        response->depth--;
}

void answer_later(struct response *response)
{
    response->is_later = true;
}

void answer_members(struct response *response, json_object *object)
{
    if (object == NULL)
        return;
    json_object_object_foreach(object, name, value)
        add_member(response, name, json_object_get(value), value == NULL);
}

void answer_body(struct response *response, const char *type, const char *body, size_t length)
{
    response->type = type;
    response->text = body;
    response->text_length = length;
}

static bool is_printable(const char *value)
{
    for (; *value != '\0'; value++)
        if (*value < ' ' || *value > '~')
            return false;
    return true;
}

void answer_header(struct response *response, const char *name, const char *value)
{
    if (response->headers == NULL)
        response->headers = arena_alloc(response->arena, EXTRA_HEADERS_BYTES);
    if (response->headers == NULL)
        return; /* a 500: the arena says so */
    const size_t left = EXTRA_HEADERS_BYTES - response->headers_length;
    const int length =
        snprintf(response->headers + response->headers_length, left, "%s: %s\r\n", name, value);

    if (length < 0 || (size_t)length >= left || !is_printable(value))
        response->has_bad_header = true;
    else
        response->headers_length += (size_t)length;
}

void answer_error(struct response *response, const struct error *error, const char *detail, ...)
{
    va_list args;

    va_start(args, detail);
    response->detail = arena_vformat(response->arena, NULL, detail, args);
    va_end(args);
    response->failed |= response->detail == NULL;
    response->error = error;
    response->headers_length = 0;
    json_object_put(response->members);
    response->members = NULL;
    response->depth = 0;
}
