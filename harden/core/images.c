#include "core/images.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *copy_part(struct pool *pool, const char *part, size_t length)
{
    char *const copy = pool_take(pool, length + 1);

    if (length > 0)
        memcpy(copy, part, length);
    return copy;
}

struct image image_split(struct pool *pool, const char *reference)
{
    static const char *const libraries[] = { "docker.io/library/", "docker.io/", "library/" };

    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        if (strncmp(reference, libraries[i], strlen(libraries[i])) == 0) {
            reference += strlen(libraries[i]);
            break;
        }
    const char *const slash = strrchr(reference, '/');
    const char *at = slash != NULL ? slash : reference;
    at += strcspn(at, ":@");
    const char *const tag = *at == ':' ? at + 1 : at;
    const size_t tag_length = *at == ':' ? strcspn(tag, "@") : 0;
    const char *const digest = tag[tag_length] == '@' ? tag + tag_length + 1 : "";
    return (struct image){ .repository = copy_part(pool, reference, (size_t)(at - reference)),
                           .tag = copy_part(pool, tag, tag_length),
                           .digest = copy_part(pool, digest, strlen(digest)) };
}

/* --- releases that are not maintained any more ------------------------------------------------ */

/*
 * Of the distributor's own word, which stands in endoflife.date too; of Debian the end of its long
 * term support. A tag is of a release when it is that, or goes on behind it with no digit.
 */
static const struct {
    const char *repository, *release, *end;
} ends[] = {
    { "debian", "wheezy", "2018-05-31" },   { "debian", "7", "2018-05-31" },
    { "debian", "jessie", "2020-06-30" },   { "debian", "8", "2020-06-30" },
    { "debian", "stretch", "2022-06-30" },  { "debian", "9", "2022-06-30" },
    { "debian", "buster", "2024-06-30" },   { "debian", "10", "2024-06-30" },
    { "debian", "bullseye", "2026-08-31" }, { "debian", "11", "2026-08-31" },
    { "debian", "bookworm", "2028-06-30" }, { "debian", "12", "2028-06-30" },
    { "ubuntu", "14.04", "2019-04-25" },    { "ubuntu", "trusty", "2019-04-25" },
    { "ubuntu", "16.04", "2021-04-30" },    { "ubuntu", "xenial", "2021-04-30" },
    { "ubuntu", "18.04", "2023-05-31" },    { "ubuntu", "bionic", "2023-05-31" },
    { "ubuntu", "20.04", "2025-05-31" },    { "ubuntu", "focal", "2025-05-31" },
    { "ubuntu", "22.04", "2027-06-01" },    { "ubuntu", "jammy", "2027-06-01" },
    { "ubuntu", "24.10", "2025-07-10" },    { "ubuntu", "oracular", "2025-07-10" },
    { "ubuntu", "25.04", "2026-01-15" },    { "ubuntu", "plucky", "2026-01-15" },
    { "alpine", "2", "2017-05-01" },        { "alpine", "3.1", "2016-11-01" },
    { "alpine", "3.2", "2017-05-01" },      { "alpine", "3.3", "2017-11-01" },
    { "alpine", "3.4", "2018-05-01" },      { "alpine", "3.5", "2018-11-01" },
    { "alpine", "3.6", "2019-05-01" },      { "alpine", "3.7", "2019-11-01" },
    { "alpine", "3.8", "2020-05-01" },      { "alpine", "3.9", "2020-11-01" },
    { "alpine", "3.10", "2021-05-01" },     { "alpine", "3.11", "2021-11-01" },
    { "alpine", "3.12", "2022-05-01" },     { "alpine", "3.13", "2022-11-01" },
    { "alpine", "3.14", "2023-05-01" },     { "alpine", "3.15", "2023-11-01" },
    { "alpine", "3.16", "2024-05-23" },     { "alpine", "3.17", "2024-11-22" },
    { "alpine", "3.18", "2025-05-09" },     { "alpine", "3.19", "2025-11-01" },
    { "alpine", "3.20", "2026-04-01" },     { "alpine", "3.21", "2026-11-01" },
    { "alpine", "3.22", "2027-05-01" },     { "centos", "", "2024-06-30" },
    { "python", "2", "2020-01-01" },        { "python", "3.4", "2019-03-18" },
    { "python", "3.5", "2020-09-30" },      { "python", "3.6", "2021-12-23" },
    { "python", "3.7", "2023-06-27" },      { "python", "3.8", "2024-10-07" },
    { "python", "3.9", "2025-10-31" },      { "python", "3.10", "2026-10-31" },
    { "node", "8", "2019-12-31" },          { "node", "10", "2021-04-30" },
    { "node", "12", "2022-04-30" },         { "node", "14", "2023-04-30" },
    { "node", "16", "2023-09-11" },         { "node", "18", "2025-04-30" },
    { "node", "20", "2026-04-30" },         { "node", "22", "2027-04-30" },
    { "php", "5", "2018-12-31" },           { "php", "7", "2022-11-28" },
    { "php", "8.0", "2023-11-26" },         { "php", "8.1", "2025-12-31" },
    { "ruby", "2", "2023-03-31" },          { "ruby", "3.0", "2024-04-23" },
    { "ruby", "3.1", "2025-03-31" },        { "ruby", "3.2", "2026-03-31" },
    { "postgres", "9", "2021-11-11" },      { "postgres", "10", "2022-11-10" },
    { "postgres", "11", "2023-11-09" },     { "postgres", "12", "2024-11-21" },
    { "postgres", "13", "2025-11-13" },     { "postgres", "14", "2026-11-12" },
    { "mysql", "5", "2023-10-31" },         { "mysql", "8.0", "2026-04-30" },
    { "redis", "5", "2022-04-27" },         { "mongo", "4", "2024-02-29" },
    { "mongo", "5", "2024-10-31" },         { "openjdk", "", "2022-07-01" },
};

/* Today, as the dates above; SOURCE_DATE_EPOCH is another day for who wants to know of that. */
static void put_today(char *today, size_t size)
{
    const char *const epoch = getenv("SOURCE_DATE_EPOCH");
    time_t now = time(NULL);
    struct tm parts;

    if (epoch != NULL && epoch[0] != '\0' && strspn(epoch, "0123456789") == strlen(epoch) &&
        strlen(epoch) <= 12) {
        now = 0;
        for (const char *digit = epoch; *digit != '\0'; digit++)
            now = now * 10 + (*digit - '0');
    }
    if (gmtime_r(&now, &parts) == NULL || strftime(today, size, "%Y-%m-%d", &parts) == 0)
        today[0] = '\0';
}

bool image_is_past(const char *day)
{
    char today[16];

    put_today(today, sizeof(today));
    return strcmp(day, today) < 0;
}

/* The tag is of that release, or one of the words between its hyphens is: 3.12-bullseye. */
static bool is_release(const char *tag, const char *release)
{
    const size_t length = strlen(release);

    return strncmp(tag, release, length) == 0 &&
           (length == 0 || !isalnum((unsigned char)tag[length]));
}

static const char *end_of(const char *repository, const char *tag)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (strcmp(ends[i].repository, repository) == 0 && is_release(tag, ends[i].release))
            return ends[i].end;
    return NULL;
}

/* Of an image that is made on Debian, the tag says the release: python:3.12-slim-buster. */
static const char *end_of_base(const char *tag)
{
    for (const char *word = strchr(tag, '-'); word != NULL; word = strchr(word, '-')) {
        word++;
        if (isdigit((unsigned char)*word))
            continue;
        const char *const end =
            strncmp(word, "alpine", 6) == 0 ? end_of("alpine", word + 6) : end_of("debian", word);
        if (end != NULL)
            return end;
    }
    return NULL;
}

const char *image_end_of_life(const struct image *image)
{
    const char *end = end_of(image->repository, image->tag);
    const char *const base = end_of_base(image->tag);

    if (base != NULL && (end == NULL || strcmp(base, end) < 0))
        end = base;
    return end != NULL && image_is_past(end) ? end : NULL;
}

const char *image_fault(struct pool *pool, const struct image *image)
{
    const char *const end = image_end_of_life(image);
    char why[100];

    if (end != NULL)
        snprintf(why, sizeof(why), "its release gets no fixes since %s", end);
    else if (image->digest[0] != '\0')
        return NULL;
    else if (image->tag[0] == '\0')
        snprintf(why, sizeof(why), "it has no tag, which means latest: another one each time");
    else if (strcmp(image->tag, "latest") == 0)
        snprintf(why, sizeof(why), "its tag is latest: another one each time");
    else
        snprintf(why, sizeof(why), "it has no digest: its tag may be moved");
    return copy_part(pool, why, strlen(why));
}

/* --- what is in them -------------------------------------------------------------------------- */

static bool is_named(const char *repository, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(repository, names[i]) == 0)
            return true;
    return false;
}

enum image_family image_family(const struct image *image)
{
    static const char *const busybox[] = { "alpine", "busybox", NULL };
    static const char *const bash[] = { "debian",      "ubuntu",    "fedora",
                                        "rockylinux",  "almalinux", "amazonlinux",
                                        "oraclelinux", "python",    "node",
                                        "ruby",        "php",       "golang",
                                        "rust",        "perl",      "nginx",
                                        "httpd",       "tomcat",    "openjdk",
                                        "gradle",      "maven",     "eclipse-temurin",
                                        "mysql",       "redis",     "mongo",
                                        "postgres",    "mariadb",   "buildpack-deps",
                                        "gcc",         NULL };

    if (is_named(image->repository, busybox) || strstr(image->tag, "alpine") != NULL)
        return is_named(image->repository, busybox) || is_named(image->repository, bash)
                   ? FAMILY_BUSYBOX
                   : FAMILY_UNKNOWN;
    if (strstr(image->tag, "nanoserver") != NULL || strstr(image->tag, "windows") != NULL)
        return FAMILY_UNKNOWN;
    return is_named(image->repository, bash) ? FAMILY_BASH : FAMILY_UNKNOWN;
}

bool image_is_rootless(const struct image *image)
{
    static const char *const makers[] = { "cgr.dev/chainguard/", "nginxinc/nginx-unprivileged",
                                          "bitnami/" };

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        if (strncmp(image->repository, makers[i], strlen(makers[i])) == 0)
            return true;
    return strstr(image->tag, "nonroot") != NULL || strstr(image->repository, "nonroot") != NULL ||
           strstr(image->tag, "rootless") != NULL;
}
