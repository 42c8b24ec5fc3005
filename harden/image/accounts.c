#include "image/accounts.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

bool fields_next(struct fields *fields, const char **text, size_t *length)
{
    if (*length == 0)
        return false;
    const char *const end = memchr(*text, '\n', *length);
    const size_t line = end != NULL ? (size_t)(end - *text) : *length;
    const char *at = *text;
    size_t left = line;

    for (size_t i = 0; i < FIELDS_MAX; i++) {
        const char *const colon = memchr(at, ':', left);
        const size_t size = colon != NULL ? (size_t)(colon - at) : left;
        fields->text[i] = at;
        fields->length[i] = size;
        at += size + (colon != NULL);
        left -= size + (colon != NULL);
    }
    *text += line + (end != NULL);
    *length -= line + (end != NULL);
    return true;
}

bool field_is(const struct fields *fields, size_t index, const char *what)
{
    return fields->length[index] == strlen(what) &&
           memcmp(fields->text[index], what, fields->length[index]) == 0;
}

/* A name whose password in shadow is empty. */
struct open_name {
    const char *name;
    size_t length;
};

static int compare_names(const void *a, const void *b)
{
    const struct open_name *const x = a, *const y = b;
    const size_t length = x->length < y->length ? x->length : y->length;
    const int order = memcmp(x->name, y->name, length);

    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static struct open_name *open_names(const char *shadow, size_t length, size_t *count)
{
    struct open_name *list = NULL;
    struct fields fields;
    size_t room = 0;

    *count = 0;
    while (*count < ACCOUNTS_MAX && fields_next(&fields, &shadow, &length)) {
        /* a line without a colon is none */
        if (fields.length[0] == 0 || fields.length[1] > 0 ||
            fields.text[0][fields.length[0]] != ':')
            continue;
        list = need_room(list, &room, *count + 1, sizeof(list[0]));
        list[(*count)++] = (struct open_name){ fields.text[0], fields.length[0] };
    }
    if (*count > 1)
        qsort(list, *count, sizeof(list[0]), compare_names);
    return list;
}

static void put_account(struct bytes *out, const struct fields *fields, bool is_open)
{
    bytes_text(out, "{\"name\": ");
    put_json_string(out, fields->text[0], fields->length[0]);
    bytes_text(out, ", \"uid\": ");
    put_json_string(out, fields->text[2], fields->length[2]);
    bytes_format(out, ", \"password\": \"%s\"}", is_open ? "none" : "set");
}

void accounts_put(struct bytes *out, const char *passwd, size_t passwd_length, const char *shadow,
                  size_t shadow_length)
{
    size_t open_count, count = 0;
    struct open_name *const open = open_names(shadow, shadow_length, &open_count);
    struct fields fields;

    bytes_text(out, "[");
    while (count < ACCOUNTS_MAX && fields_next(&fields, &passwd, &passwd_length)) {
        const struct open_name name = { fields.text[0], fields.length[0] };
        if (name.length == 0 || fields.length[2] == 0 || name.name[0] == '#')
            continue;
        const bool is_open =
            fields.length[1] == 0 ||
            (field_is(&fields, 1, "x") && open_count > 0 &&
             bsearch(&name, open, open_count, sizeof(open[0]), compare_names) != NULL);
        bytes_text(out, count++ > 0 ? ", " : "");
        put_account(out, &fields, is_open);
    }
    bytes_text(out, "]");
    free(open);
}
