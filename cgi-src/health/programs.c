#include "health/programs.h"

#include "route/route.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of a text, what is left of the blanks in front, and the length of the word there; 0: none. */
static const char *find_word(const char *text, size_t *length)
{
    text += strspn(text, " ");
    *length = strcspn(text, " ");
    return text;
}

bool is_list_of_routes(const char *value)
{
    size_t count = 0, length;

    for (value = find_word(value, &length); length > 0; value = find_word(value + length, &length))
        if (!probe_is_name(value, length) || ++count > PROGRAMS_MAX)
            return false;
    return count > 0;
}

bool is_number_of_processes(const char *value)
{
    return is_integer_between(value, 1, PROCESSES_MAX);
}

bool is_absolute_path(const char *value)
{
    return value[0] == '/';
}

static void read_into(struct programs *programs)
{
    const char *at = setting_text("ROUTES");
    size_t length;

    programs->processes = (size_t)setting_number("PROCESSES");
    for (at = find_word(at, &length); length > 0; at = find_word(at + length, &length)) {
        memcpy(programs->names[programs->count], at, length);
        programs->names[programs->count++][length] = '\0';
    }
}

bool programs_check(void)
{
    struct programs programs = { .count = 0 };

    read_into(&programs);
    if (programs.count * programs.processes <= ALL_PROCESSES_MAX)
        return true;
    log_error("PROCESSES=%zu: with %zu routes there are more than %d processes: set fewer",
              programs.processes, programs.count, ALL_PROCESSES_MAX);
    return false;
}

bool programs_find(int folder, const char *process, enum kept kept, char path[KEPT_PATH_BYTES])
{
    static const char *const names[] = { [KEPT_SOCKET] = "sock", [KEPT_COUNTERS] = "stats" };
    struct stat status;
    const bool is_there = fstatat(folder, process, &status, AT_SYMLINK_NOFOLLOW) == 0;
    const bool has_folder = is_there && S_ISDIR(status.st_mode);

    snprintf(path, KEPT_PATH_BYTES, "%s%c%s", process, has_folder ? '/' : '.', names[kept]);
    return is_there || fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void find_all(const struct programs *programs, int folder, enum kept kept)
{
    char process[KEPT_PATH_BYTES];

    for (size_t i = 0; i < programs->count * programs->processes; i++) {
        snprintf(process, sizeof(process), "%s-%zu", programs->names[i / programs->processes],
                 i % programs->processes + 1);
        programs->are_known[i] = programs_find(folder, process, kept, programs->paths[i]);
    }
}

struct programs *programs_read(int folder, enum kept kept)
{
    struct programs *const programs = calloc(1, sizeof(*programs));

    if (programs == NULL ||
        (programs->paths = calloc(ALL_PROCESSES_MAX, sizeof(*programs->paths))) == NULL ||
        (programs->are_known = calloc(ALL_PROCESSES_MAX, sizeof(bool))) == NULL) {
        log_error("not enough memory");
        if (programs != NULL)
            free(programs->paths);
        free(programs);
        return NULL;
    }
    read_into(programs);
    find_all(programs, folder, kept);
    return programs;
}
