/* A Dockerfile: its image is built, and a container of it is started, without any port outside. */
#include "core/memory.h"
#include "verify/verify.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUILD_SECONDS = 1800, RUN_SECONDS = 120 };

static int run_words(struct verification *verification, struct bytes *out, const char *const *words,
                     size_t count, int seconds)
{
    struct arguments arguments = { .count = 0 };

    for (size_t i = 0; i < count; i++)
        argue(&arguments, words[i]);
    return run_program(&verification->runner, &arguments, out, seconds);
}

/*
 * The old builder leaves an image without a name for each step, and says which: those that it has
 * made now are noted, but neither a base image nor what an earlier build has left.
 */
static void note_layers(struct verification *verification)
{
    static const char arrow[] = " ---> ";
    struct bytes log = { .data = NULL };
    bool is_new = false;

    runner_log(&verification->runner, &log);
    char *rest = log.data;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        const char *const id = line + strlen(arrow);
        if (strncmp(line, arrow, strlen(arrow)) == 0 && is_new &&
            strspn(id, "0123456789abcdef") == 12 && id[12] == '\0')
            bytes_format(&verification->layers, "%s ", id);
        is_new = strncmp(line, "Removing intermediate container", 31) == 0 ||
                 (strncmp(line, "Step ", 5) == 0 && strcasestr(line, " : COPY ") != NULL) ||
                 (strncmp(line, "Step ", 5) == 0 && strcasestr(line, " : ADD ") != NULL);
    }
    bytes_free(&log);
}

/* What BuildKit heeds beside a Dockerfile has to be beside the copy as well. */
static char *put_ignored(struct verification *verification)
{
    char *const path = format_text("%s.dockerignore", verification->text->name);
    char *copy = NULL;
    struct text text;

    if (text_read(&text, path) == NULL) {
        copy = put_temporary(verification, "Dockerfile.dockerignore", &text);
        text_free(&text);
    }
    free(path);
    return copy;
}

static bool build(struct verification *verification, const struct text *text, const char *image,
                  struct trial *trial)
{
    char *const file = put_temporary(verification, "Dockerfile", text);
    char *const ignored = put_ignored(verification);
    int code = RUN_NOT_FOUND;

    if (file != NULL) {
        const char *const words[] = {
            "docker",
            "build",
            "--force-rm",
            "-t",
            image,
            "-f",
            file,
            verification->context != NULL ? verification->context : verification->folder
        };
        code =
            run_words(verification, NULL, words, sizeof(words) / sizeof(words[0]), BUILD_SECONDS);
        if (code != 0)
            conclude_failure(verification, trial, code, "it can't be built");
        note_layers(verification);
        unlink(file);
    } else {
        conclude(trial, OUTCOME_TROUBLE, "%s can't be written", verification->temporary);
    }
    if (ignored != NULL)
        unlink(ignored);
    free(ignored);
    free(file);
    return code == 0;
}

/* Its health check is asked every second: whoever waits for it wants to know soon. */
static void start(struct verification *verification, const char *image, struct trial *trial)
{
    static const char *const first[] = {
        "docker", "run", "-d", "--health-interval", "1s", "--name"
    };
    struct arguments arguments = { .count = 0 };

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        argue(&arguments, first[i]);
    argue(&arguments, verification->name);
    for (char **extra = verification->extra; *extra != NULL; extra++)
        argue(&arguments, *extra);
    argue(&arguments, image);
    const int code = run_program(&verification->runner, &arguments, NULL, RUN_SECONDS);
    if (code == 0)
        watch_containers(verification, verification->name, trial);
    else
        conclude_failure(verification, trial, code, "it can't be started");
}

static void stop(struct verification *verification)
{
    const char *const words[] = { "docker", "rm", "-f", "-v", verification->name };

    verification->runner.is_cleaning = true;
    run_words(verification, NULL, words, sizeof(words) / sizeof(words[0]), RUN_SECONDS);
    verification->runner.is_cleaning = false;
}

static char *image_name(const struct verification *verification, size_t number)
{
    return format_text("%s:%zu", verification->name, number);
}

static void attempt(struct verification *verification, const struct text *text, struct trial *trial)
{
    char *const image = image_name(verification, verification->attempts);

    if (build(verification, text, image, trial)) {
        start(verification, image, trial);
        stop(verification);
    }
    free(image);
}

/* The images last: each try is built on what the one before has left. */
static void finish(struct verification *verification)
{
    struct bytes layers = { .data = NULL };
    size_t end = verification->layers.length;

    for (size_t i = 1; i <= verification->attempts; i++) {
        char *const image = image_name(verification, i);
        const char *const words[] = { "docker", "rmi", "-f", image };
        run_words(verification, NULL, words, sizeof(words) / sizeof(words[0]), RUN_SECONDS);
        free(image);
    }
    /* the youngest first: no other stands on it; what somebody else has built on stays */
    for (size_t i = end; i-- > 0;)
        if (i == 0 || verification->layers.data[i - 1] == ' ') {
            bytes_clear(&layers);
            bytes_add(&layers, verification->layers.data + i,
                      strcspn(verification->layers.data + i, " "));
            const char *const words[] = { "docker", "rmi", layers.data };
            if (layers.length > 0)
                run_words(verification, NULL, words, sizeof(words) / sizeof(words[0]), RUN_SECONDS);
        }
    bytes_free(&layers);
}

const struct method method_dockerfile = { .type = "dockerfile",
                                          .attempt = attempt,
                                          .finish = finish };
