#include "report/report.h"

#include "core/utf8.h"

#include <string.h>

const struct format *format_named(const char *name)
{
    static const struct format *const formats[] = { &format_text_lines, &format_json,
                                                    &format_sarif };

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

struct position finding_end(const struct text *text, const struct finding *finding)
{
    return text_position(text, finding->at.offset + finding->at.length);
}

void put_json_member(struct bytes *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (out->length > 0 && out->data[out->length - 1] != '{')
        bytes_text(out, ", ");
    bytes_format(out, "\"%s\": ", name);
    put_json_string(out, value, strlen(value));
}

static const char *fix_name(enum fix_kind kind)
{
    static const char *const names[] = {
        [FIX_NONE] = "none", [FIX_ASKED] = "asked", [FIX_SAFE] = "safe"
    };
    return names[kind];
}

static void put_json_benchmark(struct bytes *out, const struct benchmark *benchmark)
{
    struct bytes object = { .data = NULL };

    bytes_text(&object, "{");
    put_json_member(&object, "name", benchmark->source);
    put_json_member(&object, "number", benchmark->number);
    bytes_text(&object, "}");
    bytes_add(out, object.data, object.length);
    bytes_free(&object);
}

void put_json_check(struct bytes *out, const struct check *check)
{
    put_json_member(out, "id", check->id);
    put_json_member(out, "type", check->type);
    put_json_member(out, "title", check->title);
    put_json_member(out, "severity", severity_name(check->severity));
    put_json_member(out, "stride", (const char[]){ check->stride, '\0' });
    put_json_member(out, "attack", check->attack);
    bytes_text(out, ", \"benchmarks\": [");
    if (check->benchmark.source != NULL)
        put_json_benchmark(out, &check->benchmark);
    if (check->also.source != NULL) {
        bytes_text(out, check->benchmark.source != NULL ? ", " : "");
        put_json_benchmark(out, &check->also);
    }
    bytes_text(out, "]");
    put_json_member(out, "why", check->why);
    put_json_member(out, "advice", check->advice);
    put_json_member(out, "fix", fix_name(check->fix));
    put_json_member(out, "may_break", check->may_break);
}

void put_benchmarks(struct bytes *out, const struct check *check)
{
    const struct benchmark *const both[] = { &check->benchmark, &check->also };
    const char *before = "";

    for (size_t i = 0; i < 2; i++)
        if (both[i]->source != NULL) {
            bytes_format(out, "%s%s: %s", before, both[i]->source, both[i]->number);
            before = "; ";
        }
}
