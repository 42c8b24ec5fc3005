/* K4, K5, K17: what ADD and COPY bring in. */
#include "dockerfile/docker_checks.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* How many folders above that of the Dockerfile may be the one that is built in. */
enum { FOLDERS_MAX = 8 };

static bool is_url(const char *source)
{
    static const char *const schemes[] = { "http://", "https://", "ftp://",
                                           "git://",  "git@",     "ssh://" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncasecmp(source, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

/* What ADD unpacks, by its name. */
static bool is_archive(const char *source)
{
    static const char *const patterns[] = { "*.tar",    "*.tar.*", "*.tgz", "*.txz", "*.tbz",
                                            "*.tbz2",   "*.tzst",  "*.gz",  "*.xz",  "*.bz2",
                                            "*.tar[*]", "*.zst",   "*.tar?" };

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        if (fnmatch(patterns[i], source, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

/* The sources are all words but the last and the flags. */
static bool is_source(const struct docker_instruction *instruction, size_t index)
{
    return !instruction->words[index].is_flag && index + 1 < instruction->word_count;
}

/* Whether ADD does with that what COPY does not, or may. */
static bool needs_add(const char *source)
{
    return is_url(source) || is_archive(source) || strchr(source, '$') != NULL;
}

/* --- K4 --------------------------------------------------------------------------------------- */

void docker_find_add(const struct document *document, const struct rule *rule,
                     struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const add = &dockerfile->instructions[i];
        bool is_needed = docker_flag(add, "checksum") != NULL ||
                         docker_flag(add, "keep-git-dir") != NULL ||
                         docker_flag(add, "unpack") != NULL;
        size_t sources = 0;
        for (size_t j = 0; j < add->word_count && !is_needed; j++)
            if (is_source(add, j)) {
                sources++;
                is_needed = needs_add(add->words[j].value);
            }
        if (add->keyword == DOCKER_ADD && sources > 0 && !is_needed)
            found(findings, rule->id, docker_place(add), "ADD of plain files, where COPY would do");
    }
}

bool docker_fix_add(const struct document *document, const struct finding *finding,
                    struct edits *edits)
{
    const struct dockerfile *const dockerfile = document->model;
    const struct docker_instruction *const add = finding->node;
    const char *keyword = add->line;

    for (size_t i = 0; i < add->word_count; i++)
        if (is_source(add, i) && strpbrk(add->words[i].value, "*?[") != NULL)
            return refuse(edits, "%s may be an archive, which ADD unpacks", add->words[i].value);
    /* behind ONBUILD, if that is there: its offset is the same as in the line */
    while (strncasecmp(keyword, "ADD", 3) != 0)
        keyword++;
    const size_t from = (size_t)(keyword - add->line);
    const struct docker_part part = { .from = from,
                                      .end = from + 3,
                                      .value = keyword[0] == 'a' ? "copy" : "COPY" };
    return docker_rewrite(edits, dockerfile, add, &part, 1);
}

/* --- K5 --------------------------------------------------------------------------------------- */

/* A git repository at a commit, which is its own checksum. */
static bool is_commit(const char *source)
{
    const char *const hash = strchr(source, '#');

    return hash != NULL && strspn(hash + 1, "0123456789abcdef") >= 40;
}

void docker_find_remote(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const add = &dockerfile->instructions[i];
        if (add->keyword != DOCKER_ADD || docker_flag(add, "checksum") != NULL)
            continue;
        for (size_t j = 0; j < add->word_count; j++)
            if (is_source(add, j) && is_url(add->words[j].value) && !is_commit(add->words[j].value))
                found(findings, rule->id, docker_where(add, &add->words[j]),
                      "what the server sends that day is in the image");
    }
}

/* --- K17 -------------------------------------------------------------------------------------- */

static bool exists(const char *folder, const char *name)
{
    char *const path = format_text("%s%s", folder, name);
    struct stat status;
    const bool is_there = stat(path, &status) == 0;

    free(path);
    return is_there;
}

/* The folder that is built in is that of the Dockerfile, or one above, up to the repository's top.
 */
static bool has_ignore_file(const struct document *document)
{
    const char *const name = document->text->name;
    const char *const slash = strrchr(name, '/');
    char *folder = format_text("%.*s", slash != NULL ? (int)(slash + 1 - name) : 0, name);
    char *const own = format_text("%s.dockerignore", slash != NULL ? slash + 1 : name);
    bool is_there =
        document_has_beside(document, ".dockerignore") || document_has_beside(document, own);

    for (int i = 0; i < FOLDERS_MAX && !is_there && !exists(folder, ".git"); i++) {
        char *const above = format_text("%s../", folder);
        free(folder);
        folder = above;
        is_there = exists(folder, ".dockerignore");
    }
    free(folder);
    free(own);
    return is_there;
}

static bool is_everything(const char *source)
{
    static const char *const all[] = { ".", "./", "*", "./*", "/", "/." };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(source, all[i]) == 0)
            return true;
    return false;
}

void docker_find_copy_all(const struct document *document, const struct rule *rule,
                          struct findings *findings)
{
    const struct dockerfile *const dockerfile = document->model;

    for (size_t i = 0; i < dockerfile->count; i++) {
        const struct docker_instruction *const copy = &dockerfile->instructions[i];
        if ((copy->keyword != DOCKER_COPY && copy->keyword != DOCKER_ADD) ||
            docker_flag(copy, "from") != NULL)
            continue;
        for (size_t j = 0; j < copy->word_count; j++)
            if (is_source(copy, j) && is_everything(copy->words[j].value) &&
                !has_ignore_file(document))
                found(findings, rule->id, docker_where(copy, &copy->words[j]),
                      "the whole folder, and no .dockerignore says without what");
    }
}

/* What no image needs. More is for who knows the folder. */
bool docker_fix_copy_all(const struct document *document, const struct finding *finding,
                         struct edits *edits)
{
    static const char ignored[] = ".git\n"
                                  ".env\n"
                                  ".env.*\n"
                                  "**/*.key\n"
                                  "**/*.pem\n"
                                  "**/id_rsa\n"
                                  "**/id_ed25519\n"
                                  "**/.ssh\n"
                                  "**/.aws\n"
                                  "**/.npmrc\n"
                                  "**/.netrc\n"
                                  "**/node_modules\n"
                                  "**/__pycache__\n";

    (void)finding;
    if (document_has_beside(document, ".dockerignore"))
        return true;
    if (!beside_has(&edits->besides, edits->besides.count, ".dockerignore"))
        edit_beside(edits, ".dockerignore", ignored, sizeof(ignored) - 1, 0644);
    return true;
}
