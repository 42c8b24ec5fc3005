/* Where a process keeps its socket and its counters. */
#include "health/programs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/bulkhead-programs-XXXXXX";
static int folder;

static void begin(void)
{
    cr_assert(mkdtemp(root) != NULL);
    folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(mkdirat(folder, "in-folder", 0755) == 0 &&
              symlinkat("in-folder", folder, "by-link") == 0 &&
              close(openat(folder, "by-file", O_CREAT | O_WRONLY, 0644)) == 0);
}

static void end(void)
{
    unlinkat(folder, "by-file", 0);
    unlinkat(folder, "by-link", 0);
    unlinkat(folder, "in-folder", AT_REMOVEDIR);
    close(folder);
    rmdir(root);
}

TestSuite(programs, .init = begin, .fini = end);

Test(programs, a_folder_of_its_own_holds_what_a_process_keeps)
{
    static const struct {
        const char *process;
        enum kept kept;
        const char *path;
        const char *reason;
    } rows[] = {
        { "in-folder", KEPT_SOCKET, "in-folder/sock", "a container's volume" },
        { "in-folder", KEPT_COUNTERS, "in-folder/stats", "likewise" },
        { "not-there", KEPT_SOCKET, "not-there.sock", "files side by side" },
        { "not-there", KEPT_COUNTERS, "not-there.stats", "likewise" },
        { "by-file", KEPT_SOCKET, "by-file.sock", "a file is no folder" },
        { "by-link", KEPT_SOCKET, "by-link.sock", "nor is a link to one" },
    };
    char path[KEPT_PATH_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        programs_find(folder, rows[i].process, rows[i].kept, path);
        cr_expect_str_eq(path, rows[i].path, "%s: %s", rows[i].process, rows[i].reason);
    }
}

Test(programs, the_longest_path_has_room)
{
    char process[PROBE_NAME_MAX + sizeof("-64")], path[KEPT_PATH_BYTES];

    snprintf(process, sizeof(process), "%0*d-64", (int)PROBE_NAME_MAX, 0);
    programs_find(folder, process, KEPT_COUNTERS, path);
    cr_expect_eq(strlen(path), KEPT_PATH_BYTES - 1, "to the last byte");
    cr_expect_str_eq(path + PROBE_NAME_MAX, "-64.stats");
}
