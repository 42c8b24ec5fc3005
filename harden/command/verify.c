#include "command/options.h"
#include "core/diff.h"
#include "core/discover.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "verify/outcome.h"

#include <stdlib.h>
#include <string.h>

/* What is tried, and what is said of it on standard output. */
struct verifying {
    const struct options *options;
    struct outcome_context context;
    struct bytes out;
};

static void put_line(struct verifying *verifying, const char *what, const char *why)
{
    const char *const name = verifying->context.verification->text->name;

    put_visible(&verifying->out, name, strlen(name));
    bytes_format(&verifying->out, ": %s: ", what);
    put_visible(&verifying->out, why, strlen(why));
    bytes_text(&verifying->out, "\n");
}

/* --- what is offered -------------------------------------------------------------------------- */

/* The checks of the list that are to be asked for: "--with K8,K12 ". */
static void put_with(struct bytes *out, const struct outcome_context *context, const bool *chosen)
{
    bool is_asked[CHANGES_MAX] = { false };
    bool is_any = false;

    for (size_t i = 0; i < context->count; i++)
        is_any |= is_asked[i] = chosen[i] && context->checks[i]->fix == FIX_ASKED;
    if (!is_any)
        return;
    bytes_text(out, "--with ");
    put_chosen(out, context, is_asked, ",");
    bytes_text(out, " ");
}

/* Named by what to leave out, unless only some were asked for. */
static void put_command(struct verifying *verifying, const bool *chosen)
{
    const struct outcome_context *const context = &verifying->context;
    const struct selection *const selection = context->selection;
    struct bytes *const out = &verifying->out;
    bool is_skipped[CHANGES_MAX];

    for (size_t i = 0; i < context->count; i++)
        is_skipped[i] = !chosen[i];
    bytes_text(out, "To write the rest: harden fix ");
    put_with(out, context, chosen);
    if (verifying->options->type != NULL)
        bytes_format(out, "--type %s ", context->reader->type);
    const bool is_part =
        selection->only.count > 0 || selection->skip.count > 0 || selection->least != SEVERITY_INFO;
    bytes_text(out, is_part ? "--only " : "--skip ");
    put_chosen(out, context, is_part ? chosen : is_skipped, ",");
    bytes_text(out, " --write ");
    bytes_quoted(out, context->verification->text->name);
    bytes_text(out, "\n");
}

static void put_patch(struct verifying *verifying, const bool *chosen)
{
    const struct text *const before = verifying->context.verification->text;
    struct besides besides = { .list = NULL };
    struct text after;

    change_text(&verifying->context, chosen, &after, &besides);
    put_gone(&verifying->out, &verifying->context, &after);
    put_command(verifying, chosen);
    for (size_t i = 0; i < besides.count; i++) {
        struct text made, nothing;
        if (!beside_text(&besides, i, before, &made))
            continue;
        text_of(&nothing, "/dev/null", "", 0);
        diff_unified(&verifying->out, &nothing, &made);
        text_free(&nothing);
        text_free(&made);
    }
    diff_unified(&verifying->out, before, &after);
    besides_cut(&besides, 0);
    text_free(&after);
}

/* --- the search ------------------------------------------------------------------------------- */

static void put_culprits(struct verifying *verifying, const struct bisection *bisection)
{
    const struct outcome_context *const context = &verifying->context;

    for (size_t i = 0; i < context->count; i++) {
        const struct check *const check = context->checks[i];
        size_t others = 0;
        for (size_t j = 0; j < context->count; j++)
            others += j != i && bisection->group[j] == bisection->group[i];
        if (bisection->group[i] == 0)
            continue;
        put_line(verifying,
                 others > 0 ? "together with others, this fix breaks it" : "this fix breaks it",
                 check->id);
        bytes_format(&verifying->out, "    %s: %s; may break: %s\n",
                     bisection->is_left_out[i] ? "left out" : "kept", check->title,
                     check->may_break);
    }
}

/* All of them together are down, and the trial says how. */
static int search(struct verifying *verifying)
{
    struct outcome_context *const context = &verifying->context;
    struct bisection bisection = { .count = context->count,
                                   .attempt = try_changes,
                                   .context = context };
    bool rest[CHANGES_MAX] = { false };
    bool is_any = false;

    put_line(verifying, "after all fixes it does not come up", context->trial.what);
    put_tail(&verifying->out, context, &context->trial.tail);
    for (size_t i = 0; i < context->count; i++)
        bisection.weight[i] = (int)context->checks[i]->severity;
    if (bisect(&bisection) != OUTCOME_UP) {
        complain(context->verification->text->name, "which fix breaks it was not found: %s",
                 bisection.tries == TRIES_MAX ? "it would take too many tries"
                                              : context->trial.what);
        return EXIT_TROUBLE;
    }
    put_culprits(verifying, &bisection);
    for (size_t i = 0; i < context->count; i++)
        is_any |= rest[i] = !bisection.is_left_out[i];
    if (is_any) {
        put_line(verifying, "with the rest of the fixes it comes up", context->trial.what);
        put_patch(verifying, rest);
    } else {
        put_line(verifying, "no fix is left", "each breaks it");
    }
    return EXIT_FINDINGS;
}

static int trouble(struct verifying *verifying, const char *what)
{
    struct outcome_context *const context = &verifying->context;
    struct bytes tail = { .data = NULL };

    complain(context->verification->text->name, "%s: %s", what, context->trial.what);
    put_tail(&tail, context, &context->trial.tail);
    if (tail.length > 0)
        fputs(tail.data, stderr);
    bytes_free(&tail);
    return EXIT_TROUBLE;
}

static int compare(struct verifying *verifying)
{
    struct outcome_context *const context = &verifying->context;
    struct verification *const verification = context->verification;
    struct besides nothing = { .list = NULL };
    bool all[CHANGES_MAX] = { false };
    struct text after;

    complain(verification->text->name, "trying it as it is");
    verify_text(verification, context->method, verification->text, &nothing, &context->trial);
    if (context->trial.outcome != OUTCOME_UP)
        return trouble(verifying, context->trial.outcome == OUTCOME_DOWN
                                      ? "it does not come up as it is, so fixes can't break it"
                                      : "it can't be tried");
    context->is_ended = context->trial.is_ended;
    put_line(verifying, "before", context->trial.what);
    for (size_t i = 0; i < context->count; i++)
        all[i] = true;
    const enum outcome outcome = try_changes(context, all);
    if (outcome == OUTCOME_TROUBLE)
        return trouble(verifying, "it can't be tried");
    if (outcome == OUTCOME_DOWN)
        return search(verifying);
    put_line(verifying, "after", context->trial.what);
    change_text(context, all, &after, &nothing);
    put_gone(&verifying->out, context, &after);
    besides_cut(&nothing, 0);
    text_free(&after);
    return EXIT_SUCCESS;
}

/* --- the command ------------------------------------------------------------------------------ */

static void tell_refusal(const struct text *text, const struct note *note)
{
    char *const name = format_text("%s:%zu", text->name, note->line);

    complain(name, "%s: not fixed: %s", note->check->id, note->refusal);
    free(name);
}

static int verify(struct verifying *verifying)
{
    struct outcome_context *const context = &verifying->context;
    const struct text *const text = context->verification->text;
    struct notes notes = { .list = NULL };
    struct fault fault;
    char *why = NULL;
    int code = EXIT_SUCCESS;

    if (!changes_of(context, &notes, &fault)) {
        const struct position position = text_position(text, fault.offset);
        complain(text->name, "%zu:%zu: %s", position.line, position.column, fault.why);
        return EXIT_TROUBLE;
    }
    for (size_t i = 0; i < notes.count; i++)
        if (notes.list[i].refusal != NULL)
            tell_refusal(text, &notes.list[i]);
    notes_free(&notes);
    if (context->count == 0) {
        complain(text->name, "no fix of those that are asked for changes it");
        return EXIT_SUCCESS;
    }
    if (!verification_begin(context->verification, context->method, &why)) {
        complain(text->name, "%s", why);
        code = EXIT_TROUBLE;
    } else {
        code = compare(verifying);
    }
    verification_end(context->verification, context->method);
    trial_free(&context->trial);
    free(why);
    return code;
}

static const struct reader *reader_of(const struct options *options, const struct text *text)
{
    const char *const slash = strrchr(text->name, '/');
    const struct reader *const reader =
        options->type != NULL ? options->type
                              : reader_for(slash != NULL ? slash + 1 : text->name, text);

    if (reader == NULL)
        complain(text->name, "its name says no type of file that is known; --type does");
    else if (method_for(reader->type) == NULL)
        complain(text->name, "nothing is known that starts a file of the type %s", reader->type);
    else
        return reader;
    return NULL;
}

static int verify_file(const struct options *options, const char *path, char **extra)
{
    struct text text;
    const char *const error = text_read(&text, path);
    int code = EXIT_TROUBLE;

    if (error != NULL) {
        complain(path, "%s", error);
        return EXIT_TROUBLE;
    }
    const struct reader *const reader = reader_of(options, &text);
    if (reader != NULL && extra[0] != NULL && strcmp(reader->type, "dockerfile") != 0) {
        complain(extra[0], "only `docker run` takes arguments, for a Dockerfile");
    } else if (reader != NULL) {
        struct verification verification = {
            .text = &text, .context = options->context, .seconds = options->seconds, .extra = extra
        };
        struct verifying verifying = { .options = options,
                                       .context = { .verification = &verification,
                                                    .method = method_for(reader->type),
                                                    .reader = reader,
                                                    .selection = &options->selection } };
        code = verify(&verifying);
        if (verifying.out.length > 0 &&
            fwrite(verifying.out.data, 1, verifying.out.length, stdout) != verifying.out.length)
            code = EXIT_TROUBLE;
        bytes_free(&verifying.out);
    }
    text_free(&text);
    return fflush(stdout) == 0 ? code : EXIT_TROUBLE;
}

int verify_command(int argc, char **argv)
{
    static const char allowed[] = " type severity only skip with wait context help ";
    struct options options;
    int first;

    if (!options_read(&options, allowed, argc, argv, &first))
        return EXIT_TROUBLE;
    if (options.is_help)
        return fputs(usage, stdout) < 0 ? EXIT_TROUBLE : EXIT_SUCCESS;
    if (first == argc || argc - first > ARGUMENTS_MAX / 2) {
        fputs(usage, stderr);
        return EXIT_TROUBLE;
    }
    return verify_file(&options, argv[first], argv + first + 1);
}
