#include "core/fix.h"
#include "command/options.h"
#include "core/diff.h"
#include "core/discover.h"
#include "core/write.h"

#include <stdlib.h>
#include <string.h>

struct fixes {
    const struct options *options;
    size_t changed, refused, troubles;
};

/* On standard error, so that what is on the other is a patch. */
static void tell(const struct fixes *fixes, const struct text *text, const struct note *note)
{
    struct bytes name = { .data = NULL };

    bytes_format(&name, "%s:%zu", text->name, note->line);
    if (note->refusal != NULL)
        complain(name.data, "%s: not fixed: %s", note->check->id, note->refusal);
    else
        complain(name.data, "%s: %s: %s; may break: %s", note->check->id,
                 fixes->options->is_written ? "fixed" : "would be fixed", note->message,
                 note->check->may_break);
    bytes_free(&name);
}

static void put_diff(struct fixes *fixes, const struct text *before, const struct text *after)
{
    struct bytes out = { .data = NULL };

    diff_unified(&out, before, after);
    if (fwrite(out.data, 1, out.length, stdout) != out.length)
        fixes->troubles++;
    bytes_free(&out);
}

/* Shows the files that are to be made beside the text, or makes them: false when one can't be. */
static bool put_besides(struct fixes *fixes, const struct besides *besides, const struct text *text)
{
    bool is_done = true;

    for (size_t i = 0; i < besides->count && is_done; i++) {
        struct text made, nothing;
        char *why = NULL;
        if (!beside_text(besides, i, text, &made))
            continue;
        text_of(&nothing, "/dev/null", "", 0);
        if (!fixes->options->is_written)
            put_diff(fixes, &nothing, &made);
        else if ((is_done = write_new(&made, besides->list[i].mode, &why)))
            complain(made.name, "made");
        else
            complain(text->name, "not changed: %s", why);
        text_free(&made);
        text_free(&nothing);
        free(why);
    }
    return is_done;
}

static void put_file(struct fixes *fixes, const struct text *before, const struct text *after)
{
    char *backup, *why;

    /* it may be that a file beside it was all that lacked */
    if (before->length == after->length && memcmp(before->bytes, after->bytes, before->length) == 0)
        return;
    if (write_text(before, after, &backup, &why)) {
        complain(before->name, "changed; what was there is in %s", backup);
    } else {
        fixes->troubles++;
        complain(before->name, "not changed: %s", why);
    }
    free(backup);
    free(why);
}

static void visit(void *context, const struct reader *reader, const struct text *text)
{
    struct fixes *const fixes = context;
    const struct options *const options = fixes->options;
    struct text after = { .name = NULL };
    struct besides besides = { .list = NULL };
    struct notes notes = { .list = NULL };
    struct fault fault;

    if (!fix_text(reader, text, &options->selection, &after, &besides, &notes, &fault)) {
        const struct position position = text_position(text, fault.offset);
        complain(text->name, "%zu:%zu: %s", position.line, position.column, fault.why);
        fixes->troubles++;
        return;
    }
    fixes->refused += notes.refused;
    for (size_t i = 0; i < notes.count; i++)
        tell(fixes, text, &notes.list[i]);
    if (notes.count > notes.refused) {
        fixes->changed++;
        if (!put_besides(fixes, &besides, text))
            fixes->troubles++;
        else if (options->is_written)
            put_file(fixes, text, &after);
        else
            put_diff(fixes, text, &after);
    }
    besides_cut(&besides, 0);
    notes_free(&notes);
    text_free(&after);
}

int fix_command(int argc, char **argv)
{
    static const char allowed[] = " type severity only skip with write help ";
    static char here[] = ".";
    struct options options;
    int first;

    if (!options_read(&options, allowed, argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    struct fixes fixes = { .options = &options };
    struct discovery discovery = { .type = options.type, .visit = visit, .context = &fixes };
    if (first == argc)
        discover(&discovery, here);
    for (int i = first; i < argc; i++)
        discover(&discovery, argv[i]);
    discovery_free(&discovery);
    if (fflush(stdout) != 0 || fixes.troubles + discovery.troubles > 0)
        return EXIT_TROUBLE;
    const bool is_left = fixes.refused > 0 || (fixes.changed > 0 && !options.is_written);
    return is_left ? EXIT_FINDINGS : EXIT_SUCCESS;
}
