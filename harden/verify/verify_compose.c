/*
 * A Compose file: all of it is started as a project of its own. The project's label is on
 * containers, networks and volumes that were made for it; what has another project's stays, though
 * the file may name it.
 */
#include "core/memory.h"
#include "core/write.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UP_SECONDS = 1800, DOWN_SECONDS = 300, ASK_SECONDS = 60 };

static int run(struct verification *verification, struct bytes *out, const char *const *words,
               int seconds)
{
    struct arguments arguments = { .count = 0 };

    for (size_t i = 0; words[i] != NULL; i++)
        argue(&arguments, words[i]);
    return run_program(&verification->runner, &arguments, out, seconds);
}

/* `file` is the copy of the Compose file; then Compose's own words. */
static int compose(struct verification *verification, const char *file, const char *const *words,
                   int seconds)
{
    struct arguments arguments = { .count = 0 };

    if (verification->is_plugin)
        argue(&arguments, "docker");
    argue(&arguments, verification->is_plugin ? "compose" : "docker-compose");
    const char *const options[] = { "-p", verification->name,    "-f",
                                    file, "--project-directory", verification->folder };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        argue(&arguments, options[i]);
    for (size_t i = 0; words[i] != NULL; i++)
        argue(&arguments, words[i]);
    return run_program(&verification->runner, &arguments, NULL, seconds);
}

/* Two of one folder would share what it mounts, and its ports. */
static bool prepare(struct verification *verification, char **why)
{
    char *const label =
        format_text("label=com.docker.compose.project.working_dir=%s", verification->folder);
    const char *const plugin[] = { "docker", "compose", "version", NULL };
    const char *const list[] = { "docker", "ps", "-q", "--filter", label, NULL };
    struct bytes out = { .data = NULL };

    verification->runner.is_open = true;
    verification->is_plugin = run(verification, NULL, plugin, ASK_SECONDS) == 0;
    if (run(verification, &out, list, ASK_SECONDS) != 0)
        *why = format_text("no Docker engine answers");
    else if (out.length > 0)
        *why = format_text("it is running: stop it first, for two would share its ports and what "
                           "it mounts");
    bytes_free(&out);
    free(label);
    return *why == NULL;
}

/* In the file's own folder, which its paths start from. */
static char *put_copy(const struct verification *verification, const struct text *text)
{
    char *why = NULL;
    struct text copy = *text;

    copy.name = format_text("%s/.%s.yml", verification->folder, verification->name);
    if (write_new(&copy, 0600, &why))
        return copy.name;
    free(why);
    free(copy.name);
    return NULL;
}

/* Of a kind of things, those of this project. */
static void list_own(struct verification *verification, const char *const *kind, struct bytes *ids)
{
    char *const label = format_text("label=com.docker.compose.project=%s", verification->name);
    const char *words[8] = { "docker" };
    size_t count = 1;

    for (; kind[count - 1] != NULL; count++)
        words[count] = kind[count - 1];
    words[count] = "--filter";
    words[count + 1] = label;
    if (run(verification, ids, words, ASK_SECONDS) != 0)
        bytes_clear(ids);
    free(label);
}

static void remove_own(struct verification *verification, const char *const *kind,
                       const char *const *how)
{
    struct bytes ids = { .data = NULL };
    struct arguments arguments = { .count = 0 };

    list_own(verification, kind, &ids);
    argue(&arguments, "docker");
    for (size_t i = 0; how[i] != NULL; i++)
        argue(&arguments, how[i]);
    const size_t before = arguments.count;
    if (ids.length > 0)
        argue_words(&arguments, ids.data);
    if (arguments.count > before)
        run_program(&verification->runner, &arguments, NULL, DOWN_SECONDS);
    bytes_free(&ids);
}

/* Without -v: Compose would take volumes that others have made too, when the file names them. */
static void stop(struct verification *verification, const char *file)
{
    static const char *const down[] = { "down", "--rmi", "local", "--remove-orphans",
                                        "-t",   "5",     NULL };
    static const char *const containers[] = { "ps", "-aq", NULL };
    static const char *const rm[] = { "rm", "-f", "-v", NULL };
    static const char *const networks[] = { "network", "ls", "-q", NULL };
    static const char *const rm_network[] = { "network", "rm", NULL };
    static const char *const volumes[] = { "volume", "ls", "-q", NULL };
    static const char *const rm_volume[] = { "volume", "rm", "-f", NULL };

    verification->runner.is_cleaning = true;
    remove_own(verification, containers, rm);
    compose(verification, file, down, DOWN_SECONDS);
    remove_own(verification, containers, rm);
    remove_own(verification, networks, rm_network);
    remove_own(verification, volumes, rm_volume);
    verification->runner.is_cleaning = false;
}

static void conclude_up(struct verification *verification, struct trial *trial, int code)
{
    conclude_failure(verification, trial, code, "Compose can't start it");
    const char *const said = trial->tail.data;
    if (trial->outcome != OUTCOME_DOWN || said == NULL)
        return;
    if (strstr(said, "port is already allocated") != NULL ||
        strstr(said, "address already in use") != NULL)
        conclude(trial, OUTCOME_TROUBLE, "a port that it publishes is taken: stop what has it");
    else if (strstr(said, "is already in use by container") != NULL)
        conclude(trial, OUTCOME_TROUBLE, "a container of a name that it gives is there already");
}

static void attempt(struct verification *verification, const struct text *text, struct trial *trial)
{
    static const char *const up[] = { "up", "-d", NULL };
    static const char *const containers[] = { "ps", "-aq", "--no-trunc", NULL };
    char *const file = put_copy(verification, text);
    struct bytes ids = { .data = NULL };

    if (file == NULL) {
        conclude(trial, OUTCOME_TROUBLE, "no file can be made in %s", verification->folder);
        return;
    }
    const int code = compose(verification, file, up, UP_SECONDS);
    if (code != 0) {
        conclude_up(verification, trial, code);
    } else {
        list_own(verification, containers, &ids);
        watch_containers(verification, ids.data, trial);
    }
    stop(verification, file);
    unlink(file);
    bytes_free(&ids);
    free(file);
}

const struct method method_compose = { .type = "compose", .prepare = prepare, .attempt = attempt };
