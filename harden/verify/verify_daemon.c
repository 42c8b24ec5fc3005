/* The engine's settings: the engine itself reads them, and does not start. */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALIDATE_SECONDS = 60 };

static void attempt(struct verification *verification, const struct text *text, struct trial *trial)
{
    char *const file = put_temporary(verification, "daemon.json", text);

    if (file == NULL) {
        conclude(trial, OUTCOME_TROUBLE, "%s can't be written", verification->temporary);
        return;
    }
    const char *const words[] = { "dockerd", "--validate", "--config-file", file };
    struct arguments arguments = { .count = 0 };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        argue(&arguments, words[i]);
    const int code = run_program(&verification->runner, &arguments, NULL, VALIDATE_SECONDS);
    if (code == 0)
        conclude(trial, OUTCOME_UP, "dockerd takes it");
    else
        conclude_failure(verification, trial, code, "dockerd does not take it");
    if (trial->outcome == OUTCOME_DOWN && trial->tail.data != NULL &&
        strstr(trial->tail.data, "unknown flag: --validate") != NULL)
        conclude(trial, OUTCOME_TROUBLE, "this dockerd can't tell: --validate came with 23.0");
    unlink(file);
    free(file);
}

const struct method method_daemon = { .type = "daemon", .attempt = attempt };
