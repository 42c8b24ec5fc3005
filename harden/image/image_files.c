/* Checks of the files of an image. */
#include "image/image.h"

#include "core/images.h"
#include "image/debian.h"

#include <stdlib.h>
#include <string.h>

/* --- I4 --------------------------------------------------------------------------------------- */

static void find_right(struct findings *findings, const char *id, const struct json *file)
{
    const char *const path = record_text(file, "path");
    const unsigned long mode = digits_of(record_text(file, "mode"), 8);
    const char *const what = (mode & 06000) == 06000 ? "setuid and setgid"
                             : (mode & 04000) != 0   ? "setuid"
                             : (mode & 02000) != 0   ? "setgid"
                                                     : "given capabilities";

    found(findings, id, (struct where){ .at = file->at, .node = file, .subject = path },
          "/%s is %s, of %s", path, what, record_text(file, "owner"));
}

void image_find_rights(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next)
        for (const struct json *file = record_items(image, "Harden/Rights"); file != NULL;
             file = file->next)
            find_right(findings, rule->id, file);
}

/* --- I5 --------------------------------------------------------------------------------------- */

/* An account, and the number that it is known to the kernel by. */
struct numbered {
    const struct json *account;
    unsigned long number;
    size_t place;
};

static int compare_numbers(const void *a, const void *b)
{
    const struct numbered *const x = a, *const y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

static void find_shared(struct findings *findings, const char *id, struct numbered *list,
                        size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof(list[0]), compare_numbers);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (list[i].number != list[first].number) {
            first = i;
            continue;
        }
        const char *const name = record_text(list[i].account, "name");
        found(findings, id,
              (struct where){ .at = list[i].account->at, .node = list[i].account, .subject = name },
              "%s is %s by its number, %lu", name, record_text(list[first].account, "name"),
              list[i].number);
    }
}

static void find_accounts(struct findings *findings, const char *id, const struct json *image)
{
    const struct json *const all = record_at(image, "Harden/Accounts");
    struct numbered *const list = need(all != NULL ? all->count + 1 : 1, sizeof(*list));
    size_t count = 0;

    for (const struct json *account = record_items(image, "Harden/Accounts"); account != NULL;
         account = account->next) {
        const char *const name = record_text(account, "name");
        list[count] = (struct numbered){ .account = account,
                                         .number = digits_of(record_text(account, "uid"), 10),
                                         .place = count };
        count++;
        if (strcmp(record_text(account, "password"), "none") == 0)
            found(findings, id,
                  (struct where){ .at = account->at, .node = account, .subject = name },
                  "%s has no password, and needs none", name);
    }
    find_shared(findings, id, list, count);
    free(list);
}

void image_find_accounts(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next)
        find_accounts(findings, rule->id, image);
}

/* --- I6 --------------------------------------------------------------------------------------- */

static void read_packages(struct packages *packages, const struct json *image, const char *path)
{
    for (const struct json *one = record_items(image, path); one != NULL; one = one->next)
        packages_put(packages, record_text(one, "name"), record_text(one, "arch"),
                     record_text(one, "version"));
    packages_sort(packages);
}

/* The newest that is to be had for it and that it is older than; NULL: it is up to date. */
static const char *newer(const struct packages *updates, const char *name, const char *arch,
                         const char *version)
{
    const char *best = NULL;

    for (size_t i = packages_find(updates, name);
         i < updates->count && strcmp(updates->list[i].name, name) == 0; i++) {
        const struct package *const update = &updates->list[i];
        if (strcmp(update->arch, arch) != 0 && strcmp(update->arch, "all") != 0 &&
            strcmp(arch, "all") != 0 && arch[0] != '\0')
            continue;
        if (debian_compare(update->version, best != NULL ? best : version) > 0)
            best = update->version;
    }
    return best;
}

static void find_updates(struct findings *findings, const char *id, const struct json *image)
{
    struct packages updates = { .list = NULL };

    read_packages(&updates, image, "Harden/Updates");
    for (const struct json *one = record_items(image, "Harden/Packages"); one != NULL;
         one = one->next) {
        const char *const name = record_text(one, "name");
        const char *const version = record_text(one, "version");
        const char *const update = newer(&updates, name, record_text(one, "arch"), version);
        if (update != NULL)
            found(findings, id, (struct where){ .at = one->at, .node = one, .subject = name },
                  "%s %s: a security update is out, %s", name, version, update);
    }
    packages_free(&updates);
}

void image_find_updates(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next) {
        const char *const end = record_text(image, "Harden/Release/End");
        if (end[0] != '\0' && image_is_past(end))
            found(findings, rule->id, record_place(image, "Harden/Release", "Release"),
                  "%s %s, which it is made of, gets no more fixes since %s",
                  record_text(image, "Harden/Release/ID"),
                  record_text(image, "Harden/Release/VERSION_ID"), end);
        find_updates(findings, rule->id, image);
    }
}
