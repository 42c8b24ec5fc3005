#include "core/secrets.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* --- names ------------------------------------------------------------------------------------ */

enum { PARTS_MAX = 16 };

struct part {
    const char *text;
    size_t length;
};

static bool is_part(const struct part *part, const char *name)
{
    return strlen(name) == part->length && strncasecmp(part->text, name, part->length) == 0;
}

static bool is_one_of(const struct part *part, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (is_part(part, names[i]))
            return true;
    return false;
}

/* A new part begins behind what is no letter nor digit, and at a capital after a small letter. */
static size_t split(const char *name, size_t length, struct part *parts)
{
    size_t count = 0;

    for (size_t at = 0; at < length && count < PARTS_MAX;) {
        size_t end = at;
        while (end < length && isalnum((unsigned char)name[end]) &&
               !(end > at && isupper((unsigned char)name[end]) &&
                 islower((unsigned char)name[end - 1])))
            end++;
        if (end > at)
            parts[count++] = (struct part){ .text = name + at, .length = end - at };
        at = end > at ? end : at + 1;
    }
    return count;
}

bool is_secret_name(const char *name, size_t length)
{
    static const char *const secrets[] = { "PASSWORD",  "PASSWD",      "PASSPHRASE", "PWORD",
                                           "SECRET",    "SECRETS",     "TOKEN",      "CREDENTIAL",
                                           "APIKEY",    "CREDENTIALS", "PRIVATEKEY", "DBPASSWORD",
                                           "AUTHTOKEN", "PASSWORDS",   NULL };
    static const char *const keys[] = { "API",     "PRIVATE", "ACCESS", "SECRET", "ENCRYPTION",
                                        "SIGNING", "AUTH",    "MASTER", NULL };
    /* what is said about a secret, and is none */
    static const char *const about[] = { "FILE",    "PATH",     "DIR",    "URL",    "URI",
                                         "NAME",    "ENDPOINT", "EXPIRY", "TTL",    "TYPE",
                                         "LENGTH",  "ID",       "HOST",   "PORT",   "HEADER",
                                         "SIZE",    "FORMAT",   "PUBLIC", "POLICY", "REGION",
                                         "VERSION", "LIMIT",    "COUNT",  NULL };
    struct part parts[PARTS_MAX];
    const size_t count = split(name, length, parts);

    if (count == 0 || is_one_of(&parts[count - 1], about) || is_part(&parts[0], "PUBLIC"))
        return false;
    /* PWD alone is a shell's own: where it is */
    if (count > 1 && (is_part(&parts[count - 1], "PWD") || is_part(&parts[count - 1], "PASS")))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_one_of(&parts[i], secrets) ||
            (i > 0 && is_part(&parts[i], "KEY") && is_one_of(&parts[i - 1], keys)))
            return true;
    return false;
}

/* --- values ----------------------------------------------------------------------------------- */

/* A prefix that a service gives its tokens, and the least number of characters behind it. */
static const struct {
    const char *prefix;
    size_t least;
} tokens[] = {
    { "AKIA", 16 },      { "ASIA", 16 },     { "ghp_", 36 },     { "gho_", 36 },
    { "ghu_", 36 },      { "ghs_", 36 },     { "ghr_", 36 },     { "github_pat_", 40 },
    { "glpat-", 20 },    { "xoxb-", 10 },    { "xoxp-", 10 },    { "xoxa-", 10 },
    { "AIza", 35 },      { "sk_live_", 20 }, { "rk_live_", 20 }, { "npm_", 36 },
    { "dckr_pat_", 20 }, { "pypi-AgE", 40 }, { "SG.", 40 },      { "hf_", 30 },
    { "sk-ant-", 20 },   { "dop_v1_", 40 },  { "shpat_", 30 },
};

static size_t token_length(const char *at, size_t left)
{
    enum { TOKEN_MAX = 400 };
    size_t length = 0;

    while (length < left && length < TOKEN_MAX &&
           (isalnum((unsigned char)at[length]) || strchr("_-.", at[length]) != NULL))
        length++;
    return length;
}

/* The row of the token that begins there; NULL: none does. */
static const char *token_at(const char *bytes, size_t left, size_t *length)
{
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        const char *const prefix = tokens[i].prefix;
        if (bytes[0] != prefix[0] || left < 2 || bytes[1] != prefix[1])
            continue;
        const size_t begin = strlen(prefix);
        if (left <= begin || memcmp(bytes, prefix, begin) != 0)
            continue;
        const size_t rest = token_length(bytes + begin, left - begin);
        if (rest < tokens[i].least)
            continue;
        *length = begin + rest;
        return prefix;
    }
    return NULL;
}

/* Names and examples have few digits, or few different characters, or say what they are. */
static bool could_be_real(const char *token, size_t length, size_t prefix)
{
    bool seen[256] = { false };
    size_t different = 0, digits = 0;

    for (size_t i = prefix; i < length; i++) {
        digits += isdigit((unsigned char)token[i]) != 0;
        different += !seen[(unsigned char)token[i]];
        seen[(unsigned char)token[i]] = true;
    }
    return digits >= 2 && different >= 8 && memmem(token, length, "EXAMPLE", 7) == NULL &&
           memmem(token, length, "xxxx", 4) == NULL &&
           memmem(token, length, "1234567890", 10) == NULL;
}

bool secret_next(const char *bytes, size_t length, struct secret_token *token)
{
    static const char first[] = "AgxsrndphS";
    bool begins[256] = { false };

    for (size_t i = 0; i < sizeof(first) - 1; i++)
        begins[(unsigned char)first[i]] = true;
    for (size_t i = token->at; i < length; i++) {
        if (!begins[(unsigned char)bytes[i]] ||
            (i > 0 && (isalnum((unsigned char)bytes[i - 1]) || bytes[i - 1] == '_')))
            continue;
        token->prefix = token_at(bytes + i, length - i, &token->length);
        if (token->prefix == NULL ||
            !could_be_real(bytes + i, token->length, strlen(token->prefix)))
            continue;
        token->at = i;
        return true;
    }
    return false;
}

bool value_has(const char *value, size_t length, const char *part)
{
    const size_t size = strlen(part);

    for (size_t i = 0; i + size <= length; i++)
        if (strncasecmp(value + i, part, size) == 0)
            return true;
    return false;
}

/* Compose and make write a dollar as two; one at the end is that, too. */
static bool has_variable(const char *value, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if (value[i] == '$' && value[++i] != '$')
            return true;
    return false;
}

bool is_placeholder(const char *value, size_t length)
{
    static const char *const parts[] = { "placeholder", "replace", "your-", "your_", "xxxx", "****",
                                         "....",        "{{",      "%s",    "%(",    "#{",   NULL };

    if (length == 0 || has_variable(value, length))
        return true;
    for (size_t i = 0; parts[i] != NULL; i++)
        if (value_has(value, length, parts[i]))
            return true;
    const char *const opens = memchr(value, '<', length);
    if (opens != NULL && memchr(opens, '>', (size_t)(value + length - opens)) != NULL)
        return true;
    return length > 4 && strncasecmp(value, "your", 4) == 0;
}

/* SCHEME://NAME:PASSWORD@..., where the password is no variable. */
static bool has_password(const char *value, size_t length)
{
    const char *const scheme = memmem(value, length, "://", 3);

    if (scheme == NULL)
        return false;
    const char *const from = scheme + 3, *const end = value + length;
    const char *const at = memchr(from, '@', (size_t)(end - from));
    const char *const colon = at != NULL ? memchr(from, ':', (size_t)(at - from)) : NULL;
    return colon != NULL && at > colon + 1 && memchr(from, '/', (size_t)(at - from)) == NULL &&
           !is_placeholder(colon + 1, (size_t)(at - colon - 1));
}

bool is_secret_value(const char *value, size_t length)
{
    size_t token;

    if (memmem(value, length, "PRIVATE KEY-----", 16) != NULL || has_password(value, length))
        return true;
    for (size_t i = 0; i < length; i++)
        if ((i == 0 || !(isalnum((unsigned char)value[i - 1]) || value[i - 1] == '_')) &&
            token_at(value + i, length - i, &token) != NULL)
            return true;
    return false;
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *const files[] = { ".env",
                                     ".env.*",
                                     "*.env",
                                     "id_rsa",
                                     "id_dsa",
                                     "id_ecdsa",
                                     "id_ed25519",
                                     "*.key",
                                     "*key.pem",
                                     "*.p12",
                                     "*.pfx",
                                     "*.jks",
                                     ".npmrc",
                                     ".pypirc",
                                     ".netrc",
                                     ".pgpass",
                                     "*.kdbx",
                                     "kubeconfig",
                                     ".dockercfg",
                                     ".ssh",
                                     ".aws",
                                     ".gnupg",
                                     "credentials",
                                     ".git-credentials",
                                     "credentials.json",
                                     "*.keystore",
                                     "service-account*.json",
                                     NULL };
/* .env.example, and what is public of a key. */
static const char *const public_files[] = { "*.example", "*.sample", "*.template",
                                            "*.dist",    "*.pub",    NULL };

static bool is_matched(const char *name, const char *const *patterns)
{
    for (size_t i = 0; patterns[i] != NULL; i++)
        if (fnmatch(patterns[i], name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

bool is_secret_file(const char *path)
{
    char base[256];
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/')
        length--;
    size_t from = length;
    while (from > 0 && path[from - 1] != '/')
        from--;
    if (length - from >= sizeof(base))
        return false;
    memcpy(base, path + from, length - from);
    base[length - from] = '\0';
    return is_matched(base, files) && !is_matched(base, public_files);
}
