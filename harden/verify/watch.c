/* Containers that have been started: whether they come up, and stay. */
#include "core/memory.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MILLISECONDS = 400, INSPECT_SECONDS = 60, PLAIN_SECONDS_MAX = 10 };

/* What the engine says of one: a line each. Not .State.Health: not every engine says it of all. */
static const char format[] =
    "{{.Id}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{.Name}} "
    "{{with index .State \"Health\"}}{{.Status}}{{else}}none{{end}}";

enum { WORDS = 6 };

/* How many containers are in which state. */
struct census {
    size_t all, waiting, unhealthy, running, ended;
    size_t plain;             /* of those that run: without a health check */
    char restarts[512];       /* their numbers one after the other: whether any has changed */
    char failed[80];          /* the id of one that has ended and should not have; "" : none */
    char name[128], code[16]; /* of that */
};

static void copy_word(char *to, size_t room, const char *word)
{
    const size_t length = strlen(word) < room - 1 ? strlen(word) : room - 1;

    memcpy(to, word, length);
    to[length] = '\0';
}

static void note_failure(struct census *census, char *const *words)
{
    if (census->failed[0] != '\0')
        return;
    copy_word(census->failed, sizeof(census->failed), words[0]);
    copy_word(census->code, sizeof(census->code), words[2]);
    copy_word(census->name, sizeof(census->name), words[4] + (words[4][0] == '/'));
}

static void count_one(struct census *census, char *const *words)
{
    const char *const status = words[1], *const health = words[5];
    const size_t used = strlen(census->restarts);

    census->all++;
    snprintf(census->restarts + used, sizeof(census->restarts) - used, "%s ", words[3]);
    if (strcmp(status, "exited") == 0 && strcmp(words[2], "0") == 0) {
        census->ended++;
    } else if (strcmp(status, "running") == 0) {
        census->running += strcmp(health, "none") == 0 || strcmp(health, "healthy") == 0;
        census->waiting += strcmp(health, "none") != 0 && strcmp(health, "healthy") != 0;
        census->unhealthy += strcmp(health, "unhealthy") == 0;
        census->plain += strcmp(health, "none") == 0;
    } else if (strcmp(status, "created") == 0 || strcmp(status, "restarting") == 0) {
        census->waiting++;
    } else {
        note_failure(census, words);
    }
    /* whom to ask what was said, if the time passes */
    if (census->name[0] == '\0' && census->waiting > 0)
        copy_word(census->name, sizeof(census->name), words[4] + (words[4][0] == '/'));
}

/* False: the engine does not say. */
static bool take_census(struct verification *verification, const char *ids, struct census *census)
{
    struct arguments arguments = { .count = 0 };
    struct bytes out = { .data = NULL };
    char *const words = copy_bytes(ids, strlen(ids));
    const char *const start[] = { "docker", "inspect", "--type", "container", "--format", format };

    for (size_t i = 0; i < sizeof(start) / sizeof(start[0]); i++)
        argue(&arguments, start[i]);
    argue_words(&arguments, words);
    const int code = run_program(&verification->runner, &arguments, &out, INSPECT_SECONDS);
    char *rest = out.data, *line;
    *census = (struct census){ .all = 0 };
    while (code == 0 && (line = strsep(&rest, "\n")) != NULL) {
        char *columns[WORDS], *words_left = line;
        size_t count = 0;
        while (count < WORDS && (columns[count] = strsep(&words_left, " ")) != NULL)
            count++;
        if (count < WORDS)
            continue;
        count_one(census, columns);
    }
    bytes_free(&out);
    free(words);
    return code == 0 && census->all > 0;
}

/* The last lines that it said, into the trial. */
static void take_tail(struct verification *verification, const char *container, struct trial *trial)
{
    struct arguments arguments = { .count = 0 };
    const char *const words[] = { "docker", "logs", "--tail", "20", container };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        argue(&arguments, words[i]);
    bytes_clear(&trial->tail);
    if (run_program(&verification->runner, &arguments, NULL, INSPECT_SECONDS) == 0)
        runner_log(&verification->runner, &trial->tail);
}

/* The service of a project, or just "it". */
static const char *shown_name(const struct verification *verification, const char *name)
{
    const size_t length = strlen(verification->name);

    if (strncmp(name, verification->name, length) != 0)
        return name;
    return name[length] == '\0' ? "it" : name + length + 1;
}

/* Without a health check nothing more can be seen than that it goes on. */
static int plain_seconds(const struct verification *verification)
{
    return verification->seconds < PLAIN_SECONDS_MAX ? verification->seconds : PLAIN_SECONDS_MAX;
}

static void conclude_late(struct verification *verification, const struct census *census,
                          bool is_restarted, struct trial *trial)
{
    conclude(trial, OUTCOME_DOWN, "%s is %s after %d s", shown_name(verification, census->name),
             is_restarted            ? "started again and again"
             : census->unhealthy > 0 ? "unhealthy"
                                     : "not healthy yet (--wait gives it longer)",
             is_restarted ? plain_seconds(verification) : verification->seconds);
    take_tail(verification, census->name, trial);
}

/* What can be said by now; false: nothing yet. */
static bool judge(struct verification *verification, const struct census *census, long passed,
                  struct trial *trial)
{
    const bool is_over = passed >= verification->seconds * 1000L;

    if (census->failed[0] != '\0') {
        conclude(trial, OUTCOME_DOWN, "%s ended with code %s after %ld s",
                 shown_name(verification, census->name), census->code, passed / 1000);
        take_tail(verification, census->failed, trial);
    } else if (census->ended == census->all) {
        conclude(trial, OUTCOME_UP, "ended with code 0 after %ld s", passed / 1000);
        trial->is_ended = true;
    } else if (census->waiting == 0 && census->plain == 0) {
        conclude(trial, OUTCOME_UP, "healthy after %ld s", passed / 1000);
    } else if (census->waiting == 0 && passed >= plain_seconds(verification) * 1000L) {
        conclude(trial, OUTCOME_UP, "%s after %d s",
                 census->plain == census->running ? "still running" : "healthy or still running",
                 plain_seconds(verification));
    } else if (is_over) {
        conclude_late(verification, census, false, trial);
    } else {
        return false;
    }
    return true;
}

/* Who is started again does so ever more rarely: a half of the time has a start of its own. */
void watch_containers(struct verification *verification, const char *ids, struct trial *trial)
{
    const long begin = clock_now();
    struct census census, half = { .all = 0 };

    for (;;) {
        const long passed = clock_now() - begin;
        if (!take_census(verification, ids, &census)) {
            conclude(trial, OUTCOME_TROUBLE, "the engine does not say what became of it");
            return;
        }
        if (half.all == 0 && passed >= plain_seconds(verification) * 500L)
            half = census;
        if (judge(verification, &census, passed, trial))
            break;
        if (!runner_sleep(&verification->runner, POLL_MILLISECONDS)) {
            conclude(trial, OUTCOME_TROUBLE, "interrupted");
            return;
        }
    }
    if (trial->outcome == OUTCOME_UP && half.all > 0 && strcmp(half.restarts, census.restarts) != 0)
        conclude_late(verification, &census, true, trial);
}
