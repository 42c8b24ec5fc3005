#include "verify/verify.h"

#include "core/memory.h"
#include "core/write.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

const struct method *method_for(const char *type)
{
    static const struct method *const methods[] = { &method_compose, &method_daemon,
                                                    &method_dockerfile };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(methods[i]->type, type) == 0)
            return methods[i];
    return NULL;
}

/* --- what became of it ------------------------------------------------------------------------ */

void conclude(struct trial *trial, enum outcome outcome, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    free(trial->what);
    if (vasprintf(&trial->what, format, args) < 0)
        trial->what = NULL;
    va_end(args);
    trial->outcome = outcome;
}

void conclude_failure(struct verification *verification, struct trial *trial, int code,
                      const char *what)
{
    static const char *const troubles[] = {
        [-RUN_NOT_FOUND] = "the program is not in PATH, or can't be started",
        [-RUN_LATE] = "it took too long",
        [-RUN_INTERRUPTED] = "interrupted",
    };

    if (code < 0)
        conclude(trial, OUTCOME_TROUBLE, "%s: %s", what, troubles[-code]);
    else
        conclude(trial, OUTCOME_DOWN, "%s", what);
    runner_log(&verification->runner, &trial->tail);
    if (trial->outcome == OUTCOME_DOWN && trial->tail.data != NULL &&
        strstr(trial->tail.data, "Cannot connect to the Docker daemon") != NULL)
        conclude(trial, OUTCOME_TROUBLE, "no Docker engine answers");
}

void trial_free(struct trial *trial)
{
    free(trial->what);
    bytes_free(&trial->tail);
    *trial = (struct trial){ .what = NULL };
}

/* --- names and files -------------------------------------------------------------------------- */

/* Lower case, as Compose wants it. */
static char *make_name(void)
{
    uint64_t number = 0;

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint64_t)clock_now();
    return format_text("harden-verify-%d-%012" PRIx64, (int)getpid(),
                       number & UINT64_C(0xffffffffffff));
}

bool verification_begin(struct verification *verification, const struct method *method, char **why)
{
    char *const path = realpath(verification->text->name, NULL);
    const char *const place = getenv("TMPDIR");

    if (path == NULL) {
        *why = format_text("%s", strerror(errno));
        return false;
    }
    verification->folder = format_text("%s", dirname(path));
    free(path);
    verification->name = make_name();
    verification->temporary =
        format_text("%s/harden-verify-XXXXXX", place != NULL && place[0] == '/' ? place : "/tmp");
    if (mkdtemp(verification->temporary) == NULL || !runner_begin(&verification->runner)) {
        *why = format_text("%s: %s", verification->temporary, strerror(errno));
        return false;
    }
    return method->prepare == NULL || method->prepare(verification, why);
}

void verification_end(struct verification *verification, const struct method *method)
{
    verification->runner.is_cleaning = true;
    if (method->finish != NULL && verification->name != NULL)
        method->finish(verification);
    if (verification->temporary != NULL)
        rmdir(verification->temporary);
    if (verification->runner.log != NULL)
        runner_end(&verification->runner);
    bytes_free(&verification->layers);
    free(verification->folder);
    free(verification->name);
    free(verification->temporary);
}

char *put_temporary(struct verification *verification, const char *name, const struct text *text)
{
    char *why = NULL;
    struct text copy = *text;

    copy.name = format_text("%s/%s", verification->temporary, name);
    if (write_new(&copy, 0600, &why))
        return copy.name;
    free(why);
    free(copy.name);
    return NULL;
}

void argue_words(struct arguments *arguments, char *words)
{
    char *rest = words;

    for (char *word; (word = strsep(&rest, " \t\r\n")) != NULL;)
        if (*word != '\0')
            argue(arguments, word);
}

/* --- one try ---------------------------------------------------------------------------------- */

/* What fixes make beside the file is there for as long as the try is. */
static size_t put_besides(const struct verification *verification, const struct besides *besides,
                          struct trial *trial)
{
    size_t i = 0;

    for (; i < besides->count && trial->what == NULL; i++) {
        struct text made;
        char *why = NULL;
        if (!beside_text(besides, i, verification->text, &made))
            continue;
        if (!write_new(&made, besides->list[i].mode, &why)) {
            conclude(trial, OUTCOME_TROUBLE, "%s", why);
            i--; /* it is not ours */
        }
        free(why);
        text_free(&made);
    }
    return i;
}

static void remove_besides(const struct verification *verification, const struct besides *besides,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text made;
        if (!beside_text(besides, i, verification->text, &made))
            continue;
        unlink(made.name);
        text_free(&made);
    }
}

void verify_text(struct verification *verification, const struct method *method,
                 const struct text *text, const struct besides *besides, struct trial *trial)
{
    *trial = (struct trial){ .what = NULL };
    const size_t made = put_besides(verification, besides, trial);

    verification->attempts++;
    if (trial->what == NULL)
        method->attempt(verification, text, trial);
    remove_besides(verification, besides, made);
    if (verification->runner.signal != 0)
        conclude(trial, OUTCOME_TROUBLE, "interrupted: nothing of it is left");
}
