#include "image/apt_lists.h"

#include "core/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A paragraph has at most 1 MiB; a list, unpacked, as much as all of Debian's and some more. */
enum { PIECE = 64 * 1024, PARAGRAPH_MAX = 1024 * 1024 };
static const size_t list_max = (size_t)512 * 1024 * 1024;

static const char helper[] = "/usr/lib/apt/apt-helper";

/* --- one list, paragraph by paragraph --------------------------------------------------------- */

struct reading {
    const struct packages *packages;
    struct packages *updates;
    struct bytes rest; /* of a paragraph whose end has not come yet */
};

static void take_paragraph(struct reading *reading, const char *text, size_t length)
{
    struct packages one = { .list = NULL };

    packages_add(&one, text, length);
    for (size_t i = 0; i < one.count; i++)
        if (packages_find(reading->packages, one.list[i].name) < reading->packages->count)
            packages_put(reading->updates, one.list[i].name, one.list[i].arch, one.list[i].version);
    packages_free(&one);
}

static bool take_piece(struct reading *reading, const char *bytes, size_t length)
{
    struct bytes *const rest = &reading->rest;
    size_t from = 0;

    bytes_add(rest, bytes, length);
    for (;;) {
        const char *const end = memmem(rest->data + from, rest->length - from, "\n\n", 2);
        if (end == NULL)
            break;
        const size_t size = (size_t)(end - rest->data) - from;
        take_paragraph(reading, rest->data + from, size);
        from += size + 2;
    }
    memmove(rest->data, rest->data + from, rest->length - from + 1);
    rest->length -= from;
    return rest->length <= PARAGRAPH_MAX;
}

static char *read_all(int file, struct reading *reading)
{
    char piece[PIECE];
    size_t sum = 0;

    for (;;) {
        const ssize_t length = read(file, piece, sizeof(piece));
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return format_text("%s", strerror(errno));
        if (length == 0)
            break;
        sum += (size_t)length;
        if (!take_piece(reading, piece, (size_t)length) || sum > list_max)
            return format_text("it is no list of apt's, or too large");
    }
    if (reading->rest.length > 0)
        take_paragraph(reading, reading->rest.data, reading->rest.length);
    bytes_clear(&reading->rest);
    return NULL;
}

/* --- what is compressed ----------------------------------------------------------------------- */

/* What the helper makes of it; *child is to be waited for. -1, with errno: it does not start. */
static int open_unpacked(const char *path, pid_t *child)
{
    char program[] = "apt-helper", verb[] = "cat-file";
    posix_spawn_file_actions_t actions;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    char *const list = copy_bytes(path, strlen(path));
    char *const arguments[] = { program, verb, list, NULL };
    const int code = posix_spawn(child, helper, &actions, NULL, arguments, environ);
    free(list);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (code == 0)
        return ends[0];
    close(ends[0]);
    errno = code;
    return -1;
}

static bool is_compressed(const char *path)
{
    static const char *const ends[] = { ".lz4", ".gz", ".xz", ".zst", ".bz2", ".lzma" };
    const size_t length = strlen(path);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (length > strlen(ends[i]) && strcmp(path + length - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static char *read_list(const char *path, struct reading *reading)
{
    pid_t child = 0;
    const int file =
        is_compressed(path) ? open_unpacked(path, &child) : open(path, O_RDONLY | O_CLOEXEC);
    int status = 0;

    if (file < 0)
        return child != 0 || is_compressed(path) ? format_text("%s: %s", helper, strerror(errno))
                                                 : format_text("%s", strerror(errno));
    char *why = read_all(file, reading);
    close(file);
    if (child != 0 && waitpid(child, &status, 0) == child && status != 0 && why == NULL)
        why = format_text("%s could not unpack it", helper);
    return why;
}

/* --- which lists ------------------------------------------------------------------------------ */

/* As apt names them: "deb.debian.org_debian-security_dists_trixie-security_main_binary-amd64_...".
 */
static bool is_security_list(const char *name, const char *release, const char *arch)
{
    char *const suite = format_text("_dists_%s-security_", release);
    char *const binary = format_text("_binary-%s_Packages", arch);
    const bool is_one = strstr(name, suite) != NULL && strstr(name, binary) != NULL;

    free(suite);
    free(binary);
    return is_one;
}

/* That of the packages, most of which are no texts or scripts alone. */
static const char *arch_of(const struct packages *packages)
{
    for (size_t i = 0; i < packages->count; i++)
        if (packages->list[i].arch[0] != '\0' && strcmp(packages->list[i].arch, "all") != 0)
            return packages->list[i].arch;
    return "amd64";
}

static char *read_folder(const char *path, const char *release, struct reading *reading)
{
    const char *const arch = arch_of(reading->packages);
    DIR *const folder = opendir(path);
    char *why = NULL;
    size_t lists = 0;

    if (folder == NULL)
        return format_text("%s: %s", path, strerror(errno));
    for (const struct dirent *file; why == NULL && (file = readdir(folder)) != NULL;) {
        if (!is_security_list(file->d_name, release, arch))
            continue;
        char *const list = format_text("%s/%s", path, file->d_name);
        char *const fault = read_list(list, reading);
        if (fault != NULL)
            why = format_text("%s: %s", list, fault);
        free(fault);
        free(list);
        lists++;
    }
    closedir(folder);
    if (why == NULL && lists == 0)
        why = format_text("%s has no list of %s-security for %s", path, release, arch);
    return why;
}

bool apt_lists_read(const char *path, const char *release, const struct packages *packages,
                    struct packages *updates, char **why)
{
    struct reading reading = { .packages = packages, .updates = updates };
    struct stat status;

    if (stat(path, &status) != 0)
        *why = format_text("%s: %s", path, strerror(errno));
    else if (S_ISDIR(status.st_mode))
        *why = read_folder(path, release, &reading);
    else if ((*why = read_list(path, &reading)) != NULL) {
        char *const fault = *why;
        *why = format_text("%s: %s", path, fault);
        free(fault);
    }
    bytes_free(&reading.rest);
    return *why == NULL;
}
