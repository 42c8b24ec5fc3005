/*
 * A route of the tests' that keeps a journal, as each one will: its file is open before the drop,
 * and the next ones are made in the same folder while it serves.
 */
#include "journal_route.h"

#include "route/route.h"
#include "route/sandbox.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct journal journal = { .file = -1, .folder = -1 };

static bool is_folder(const char *value)
{
    return value[0] == '/';
}

static const struct setting settings[] = {
    { .name = "JOURNAL_DIR",
      .fallback = "/nonexistent",
      .accepts = is_folder,
      .allowed = "an absolute path" },
    SETTINGS_END,
};

static const struct place places[] = {
    { .setting = "JOURNAL_DIR", .use = PLACE_JOURNAL },
    PLACES_END,
};

static const struct call calls[] = {
    ALLOW_JOURNAL_OPEN("journal_route.c: journal_make"),
    ALLOW(fdatasync, "journal_route.c: journal_route_append"),
    CALLS_END,
};

static const struct sandbox sandbox = { .calls = calls, .places = places };

int journal_make(const char *name)
{
    return openat(journal.folder, name, JOURNAL_OPEN_FLAGS, JOURNAL_MODE);
}

bool journal_route_append(int file, const char *line)
{
    const size_t length = strlen(line);

    return write(file, line, length) == (ssize_t)length && fdatasync(file) == 0;
}

static void *open_before_drop(unsigned workers)
{
    const char *const folder = setting_text("JOURNAL_DIR");

    (void)workers; /* it answers in the loop */
    journal.folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (journal.folder >= 0)
        journal.file = journal_make(JOURNAL_NAME);
    if (journal.file >= 0 && journal_route_append(journal.file, "its past\n"))
        return &journal;
    log_error("%s: %s", folder, strerror(errno));
    return NULL;
}

static void handle(const struct request *request, struct response *response)
{
    const struct journal *const own = request_context(request);

    answer_text(response, "%s", journal_route_append(own->file, "a line\n") ? "written" : "lost");
}

static const struct param params[] = { PARAMS_END };

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "journal",
                                             .summary = "Writes a line, for the tests",
                                             .params = params,
                                             .settings = settings,
                                             .sandbox = &sandbox,
                                             .open_before_drop = open_before_drop,
                                             .handle = handle });
}
