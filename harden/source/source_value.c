/* Whether a name and a value are those of a credential: what looks like one and is none is more. */
#include "core/secrets.h"
#include "source/source.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* --- names ------------------------------------------------------------------------------------ */

/* Where the last part of a name begins: DB_PASSWORD, dbPassword, db.password. */
static size_t last_part(const char *name, size_t length)
{
    while (length > 0 && isalnum((unsigned char)name[length - 1])) {
        length--;
        if (length > 0 && isupper((unsigned char)name[length]) &&
            islower((unsigned char)name[length - 1]))
            break;
    }
    return length;
}

enum worth { NO_SECRET, PASSWORD, KEY };

/* What it is about says the last of its parts: password_prompt is no password. */
static enum worth worth_of(const char *name, size_t length)
{
    static const char *const keys[] = { "TOKEN",   "SECRET",    "KEY",       "APIKEY",
                                        "SECRETS", "AUTHTOKEN", "PRIVATEKEY" };

    while (length > 0 && (isdigit((unsigned char)name[length - 1]) || name[length - 1] == '_'))
        length--;
    const size_t part = last_part(name, length);
    const bool needs_more = (length - part == 3 && (strncasecmp(name + part, "KEY", 3) == 0 ||
                                                    strncasecmp(name + part, "PWD", 3) == 0)) ||
                            (length - part == 4 && strncasecmp(name + part, "PASS", 4) == 0);
    size_t from = part;
    while (needs_more && from > 0 && !isalnum((unsigned char)name[from - 1]))
        from--;
    if (needs_more)
        from = last_part(name, from);
    if (!is_secret_name(name + from, length - from) || !is_secret_name(name, length))
        return NO_SECRET;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strlen(keys[i]) == length - part &&
            strncasecmp(name + part, keys[i], length - part) == 0)
            return KEY;
    return PASSWORD;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool is_word(const char *value, size_t length, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == length && strncasecmp(value, words[i], length) == 0)
            return true;
    return false;
}

/* Letters, digits and what is in passwords and tokens; of one character alone it is none. */
static bool is_one_word(const char *value, size_t length)
{
    bool differs = false;

    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)value[i]))
            return false;
        differs |= value[i] != value[0];
    }
    return differs;
}

/* A word or a piece of a language, an address, an example of a manual: no value of one's own. */
static bool is_code(const char *value, size_t length)
{
    static const char *const words[] = {
        "none",        "null",     "nil",     "true",     "false",   "undefined", "string",
        "str",         "text",     "bool",    "boolean",  "int",     "integer",   "number",
        "any",         "object",   "hidden",  "required", "prompt",  "optional",  "disabled",
        "enabled",     "yes",      "no",      "on",       "off",     "default",   "unset",
        "redacted",    "empty",    "missing", "unknown",  "basic",   "bearer",    "plain",
        "ask",         "input",    "files",   "compat",   "systemd", "include",   "omit",
        "same-origin", "Passwort", NULL
    };
    static const char *const parts[] = { "example", "://", "<", ">", NULL };

    if (is_word(value, length, words) || strchr("/.~@-$%:&*!?|([{,;=", value[0]) != NULL ||
        strchr(":(,=", value[length - 1]) != NULL)
        return true;
    for (size_t i = 0; parts[i] != NULL; i++)
        if (value_has(value, length, parts[i]))
            return true;
    return false;
}

/* A number with dots, or a name of several words that speaks of one: show_password. */
static bool is_version_or_name(const char *value, size_t length)
{
    static const char *const parts[] = { "passw", "credential", "secret", "token", NULL };
    size_t digits = 0, joints = 0, letters = 0;

    for (size_t i = 0; i < length; i++) {
        digits += isdigit((unsigned char)value[i]) != 0;
        letters += isalpha((unsigned char)value[i]) != 0;
        joints += strchr("._-", value[i]) != NULL;
    }
    if (digits + letters + joints < length || joints == 0)
        return false;
    if (letters == 0)
        return memchr(value, '.', length) != NULL;
    for (size_t i = 0; parts[i] != NULL; i++)
        if (digits == 0 && value_has(value, length, parts[i]))
            return true;
    return false;
}

/* Letters of both kinds and digits, as nobody makes up. */
static bool is_random(const char *value, size_t length)
{
    size_t letters = 0, digits = 0, others = 0;

    for (size_t i = 0; i < length; i++) {
        letters += isalpha((unsigned char)value[i]) != 0;
        digits += isdigit((unsigned char)value[i]) != 0;
        others += strchr("+/=_-.", value[i]) == NULL && !isalnum((unsigned char)value[i]);
    }
    return length >= 16 && letters >= 4 && digits >= 3 && others == 0;
}

static bool is_weak(const char *value, size_t length)
{
    static const char *const words[] = { "changeme",    "change_me", "change-me", "changeit",
                                         "s3cr3t",      "passw0rd",  "admin",     "letmein",
                                         "qwerty",      "123456",    "12345678",  "hunter2",
                                         "supersecret", "mysecret",  "my-secret", "secret123",
                                         "admin123",    NULL };

    return is_word(value, length, words);
}

/* A value that is its own name: "password": "password". Case and what joins words don't count. */
static bool is_name_again(const char *name, size_t length, const char *value, size_t size)
{
    size_t i = 0, j = 0;

    for (;; i++, j++) {
        while (i < length && !isalnum((unsigned char)name[i]))
            i++;
        while (j < size && !isalnum((unsigned char)value[j]))
            j++;
        if (i == length || j == size)
            return i == length && j == size;
        if (tolower((unsigned char)name[i]) != tolower((unsigned char)value[j]))
            return false;
    }
}

/* A line of /etc/passwd, NAME:PASSWORD:UID:GID: what a file of that name has, not a password. */
static bool is_account(const char *value, size_t size)
{
    const char *const end = value + size;
    const char *at = value;

    for (int field = 0; field < 2; field++) {
        at = memchr(at, ':', (size_t)(end - at));
        if (at == NULL)
            return false;
        at++;
    }
    const char *const uid = at;
    while (at < end && isdigit((unsigned char)*at))
        at++;
    return at > uid && at < end && *at == ':';
}

bool source_is_credential(const char *name, size_t length, const char *value, size_t size)
{
    enum { VALUE_MIN = 3, VALUE_MAX = 512 };

    if (size < VALUE_MIN || size > VALUE_MAX)
        return false;
    const enum worth worth = worth_of(name, length);
    if (worth == NO_SECRET || !is_one_word(value, size) || is_placeholder(value, size) ||
        is_code(value, size) || is_name_again(name, length, value, size) || is_account(value, size))
        return false;
    /* Test2::Event::Pass is a module */
    if (memmem(name, length, "::", 2) != NULL)
        return false;
    if (is_weak(value, size))
        return true;
    if (is_version_or_name(value, size))
        return false;
    return worth == PASSWORD || is_random(value, size);
}

bool source_has_password(const char *value, size_t length)
{
    static const char *const made_up[] = { "password", "passwd", "pass", "pw", "pwd", "secret",
                                           "passwort", "user",   "test", "p",  NULL };
    const char *at = value;
    const char *const end = value + length;

    while ((at = memmem(at, (size_t)(end - at), "://", 3)) != NULL) {
        const char *const from = at += 3;
        while (at < end && isgraph((unsigned char)*at) &&
               strchr("@/?#\"'<>\\{}[](),;", *at) == NULL)
            at++;
        const char *const colon = memchr(from, ':', (size_t)(at - from));
        if (at == end || *at != '@' || colon == NULL || colon == from || at - colon < 4)
            continue;
        const char *const password = colon + 1;
        const size_t size = (size_t)(at - password);
        const size_t rest = (size_t)(end - at);
        if (!is_placeholder(password, size) && !is_code(password, size) &&
            !is_word(password, size, made_up) && is_one_word(password, size) && rest > 1 &&
            isalnum((unsigned char)at[1]) && !value_has(at, rest < 60 ? rest : 60, "example."))
            return true;
    }
    return false;
}
