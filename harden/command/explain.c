#include "command/options.h"
#include "core/discover.h"
#include "core/memory.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 78, INDENT = 4 };

/* A paragraph, its lines broken between words. */
static void put_paragraph(struct bytes *out, const char *title, const char *text)
{
    size_t column = WIDTH;

    bytes_format(out, "\n%s", title);
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        if (column + 1 + length > WIDTH) {
            bytes_format(out, "\n%*s", INDENT, "");
            column = INDENT;
        } else {
            bytes_text(out, " ");
            column++;
        }
        bytes_add(out, text, length);
        column += length;
        text += length + (text[length] == ' ');
    }
    bytes_text(out, "\n");
}

static void put_page(struct bytes *out, const struct check *check)
{
    char *const fix = check->fix == FIX_NONE ? format_text("By hand.")
                      : check->fix == FIX_SAFE
                          ? format_text("`harden fix` does it.")
                          : format_text("`harden fix --with %s` does it.", check->id);

    bytes_format(out, "%s: %s\n", check->id, check->title);
    bytes_format(out,
                 "\n%*sseverity      %s\n%*sfiles         %s\n%*sSTRIDE        %s\n"
                 "%*sMITRE ATT&CK  %s\n",
                 INDENT, "", severity_name(check->severity), INDENT, "", check->type, INDENT, "",
                 stride_name(check->stride), INDENT, "", check->attack);
    if (check->benchmark.source != NULL || check->also.source != NULL) {
        bytes_format(out, "%*sbenchmark     ", INDENT, "");
        put_benchmarks(out, check);
        bytes_text(out, "\n");
    }
    put_paragraph(out, "Why it matters", check->why);
    put_paragraph(out, "What to do", check->advice);
    put_paragraph(out, "The fix", fix);
    free(fix);
    if (check->may_break != NULL)
        put_paragraph(out, "What the fix may break", check->may_break);
}

static void put_list(struct bytes *out)
{
    for (size_t i = 0; i < check_count(); i++) {
        const struct check *const check = check_at(i);
        bytes_format(out, "%-4s %-9s %-11s %s\n", check->id, severity_name(check->severity),
                     check->type, check->title);
    }
}

static void put_json_list(struct bytes *out)
{
    bytes_text(out, "[");
    for (size_t i = 0; i < check_count(); i++) {
        bytes_text(out, i > 0 ? ",\n{" : "\n{");
        put_json_check(out, check_at(i));
        bytes_text(out, "}");
    }
    bytes_text(out, "\n]\n");
}

static bool put_pages(struct bytes *out, int count, char **ids)
{
    for (int i = 0; i < count; i++) {
        const struct check *const check = check_named(ids[i], strlen(ids[i]));
        if (check == NULL) {
            complain(ids[i], "there is no such check: `harden explain --list` has them");
            return false;
        }
        bytes_text(out, i > 0 ? "\n" : "");
        put_page(out, check);
    }
    return true;
}

int explain_command(int argc, char **argv)
{
    struct bytes out = { .data = NULL };
    struct options options;
    int first;

    if (!options_read(&options, " list format help ", argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    if (options.is_list == (first < argc) || options.format == &format_sarif) {
        fputs(usage, stderr);
        return EXIT_TROUBLE;
    }
    bool is_done = true;
    if (!options.is_list)
        is_done = put_pages(&out, argc - first, argv + first);
    else if (options.format == &format_json)
        put_json_list(&out);
    else
        put_list(&out);
    if (is_done && (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0))
        is_done = false;
    bytes_free(&out);
    return is_done ? EXIT_SUCCESS : EXIT_TROUBLE;
}
