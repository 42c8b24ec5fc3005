/* What an image says of itself: its user, its health check, what is in its environment. */
#include "image/image.h"

#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

/* --- I1 --------------------------------------------------------------------------------------- */

/* An account of the image's whose number is 0 is root too. */
static bool is_root(const struct json *image, const char *user, size_t length)
{
    if (length == 0 || strspn(user, "0") == length || (length == 4 && memcmp(user, "root", 4) == 0))
        return true;
    for (const struct json *account = record_items(image, "Harden/Accounts"); account != NULL;
         account = account->next) {
        const char *const name = record_text(account, "name");
        if (strlen(name) == length && memcmp(name, user, length) == 0)
            return strcmp(record_text(account, "uid"), "0") == 0;
    }
    return false;
}

static void find_user(const struct document *document, const struct rule *rule,
                      struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next) {
        const char *const user = record_text(image, "Config/User");
        const struct where where = record_place(image, "Config/User", "Config/User");
        if (!is_root(image, user, strcspn(user, ":")))
            continue;
        if (user[0] == '\0')
            found(findings, rule->id, where, "no user is named, so it is root");
        else
            found(findings, rule->id, where, "its user is %s", user);
    }
}

/* --- I2 --------------------------------------------------------------------------------------- */

static void find_health(const struct document *document, const struct rule *rule,
                        struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next) {
        const struct json *const test = record_items(image, "Config/Healthcheck/Test");
        if (test == NULL || json_is_string(test, "NONE") || json_is_string(test, ""))
            found(findings, rule->id,
                  record_place(image, "Config/Healthcheck", "Config/Healthcheck"),
                  test == NULL ? "it has no health check" : "its health check is turned off");
    }
}

/* --- I3 --------------------------------------------------------------------------------------- */

enum { SECRETS_MAX = 100 };

static bool is_found(const struct findings *findings, const char *id, const char *subject)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].check->id, id) == 0 &&
            strcmp(findings->list[i].subject, subject) == 0)
            return true;
    return false;
}

/* What is quoted, without the quotes. */
static const char *bare(const char *value, size_t *length)
{
    if (*length > 0 && (*value == '"' || *value == '\'')) {
        value++;
        (*length)--;
    }
    if (*length > 0 && (value[*length - 1] == '"' || value[*length - 1] == '\''))
        (*length)--;
    return value;
}

/* A word of the environment or history, NAME=VALUE or a value alone; a path is no secret. */
static void find_in_word(struct findings *findings, const char *id, const struct json *node,
                         const char *word, size_t length, const char *where_it_is)
{
    const char *const equals = memchr(word, '=', length);
    const size_t name = equals != NULL ? (size_t)(equals - word) : 0;
    size_t size = equals != NULL ? length - name - 1 : length;
    const char *const value = bare(equals != NULL ? equals + 1 : word, &size);
    const bool is_named = name > 0 && size > 0 && value[0] != '/' && is_secret_name(word, name) &&
                          !is_placeholder(value, size);

    if (!is_named && !is_secret_value(value, size))
        return;
    char *const subject = name > 0 && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                                   "UVWXYZ0123456789_") >= name
                              ? copy_bytes(word, name)
                              : copy_bytes(where_it_is, strlen(where_it_is));
    if (findings->count < SECRETS_MAX && !is_found(findings, id, subject))
        found(findings, id, (struct where){ .at = node->at, .node = node, .subject = subject },
              strcmp(subject, where_it_is) == 0 ? "a secret is in its %s"
                                                : "%s has a secret, in its %s",
              subject, where_it_is);
    free(subject);
}

/* The history has commands, and before them the arguments that they were built with: "|1 A=B". */
static void find_in_line(struct findings *findings, const char *id, const struct json *node,
                         const char *line)
{
    static const char between[] = " \t\n|;&()";

    while (*line != '\0') {
        const size_t length = strcspn(line, between);
        if (length > 0)
            find_in_word(findings, id, node, line, length, "history");
        line += length;
        line += strspn(line, between);
    }
}

static void find_secrets(const struct document *document, const struct rule *rule,
                         struct findings *findings)
{
    for (const struct json *image = record_first(document); image != NULL; image = image->next) {
        for (const struct json *pair = record_items(image, "Config/Env"); pair != NULL;
             pair = pair->next)
            if (pair->kind == JSON_STRING)
                find_in_word(findings, rule->id, pair, pair->string, pair->string_length,
                             "environment");
        for (const struct json *step = record_items(image, "Harden/History"); step != NULL;
             step = step->next) {
            const struct json *const line = json_member(step, "CreatedBy");
            if (line != NULL && line->kind == JSON_STRING)
                find_in_line(findings, rule->id, line, line->string);
        }
    }
}

/* --- the reader ------------------------------------------------------------------------------- */

const struct rule image_rules[] = {
    { "I1", find_user, NULL, NULL },
    { "I2", find_health, NULL, NULL },
    { "I3", find_secrets, NULL, NULL },
    { "I4", image_find_rights, NULL, NULL },
    { "I5", image_find_accounts, NULL, NULL },
    { "I6", image_find_updates, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

/* Nobody's file is one by its name. */
static const char *const names[] = { NULL };

const struct reader image_reader = {
    .type = "image",
    .names = names,
    .parse = record_parse,
    .release = record_release,
    .facts = record_facts,
    .judge = record_judge,
    .rules = image_rules,
};
