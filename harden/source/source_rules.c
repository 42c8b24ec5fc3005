/* The reader of source and settings, and its checks. */
#include "core/memory.h"
#include "source/source.h"

#include <stdlib.h>
#include <string.h>

static void *parse(const struct text *text, struct fault *fault)
{
    enum { LOOK_MAX = 8192 };
    struct source *const source = need(1, sizeof(*source));

    (void)fault;
    source->text = text;
    source->is_binary =
        memchr(text->bytes, '\0', text->length < LOOK_MAX ? text->length : LOOK_MAX) != NULL;
    if (source->is_binary)
        return source;
    source->language = source_language_of(text);
    source_scan(source);
    return source;
}

static void release(void *model)
{
    struct source *const source = model;

    free(source->code);
    free(source->literals);
    free(source);
}

/* Nothing is fixed, so the bytes will do. */
static void facts(const struct document *document, struct facts *facts)
{
    fact_add(facts, document->text->bytes, document->text->length);
}

/* In code; a plain text has none, and a line of settings is one if it begins as one. */
static bool is_comment(const struct document *document, size_t offset)
{
    const struct source *const source = document->model;

    return source->code != NULL ? source->code[offset] == ' ' : source->language != NULL;
}

/* Not .env itself: there the values belong, as C20 says, and git should not have it. */
static const char *const names[] = {
    "*.py",    "*.pyi",        "*.pyw",     "*.js",   "*.jsx",    "*.mjs",      "*.cjs",
    "*.ts",    "*.tsx",        "*.mts",     "*.cts",  "*.vue",    "*.php",      "*.phtml",
    "*.rb",    "*.rake",       "*.gemspec", "*.sh",   "*.bash",   "*.zsh",      "*.ksh",
    "*.c",     "*.h",          "*.cc",      "*.cpp",  "*.cxx",    "*.hh",       "*.hpp",
    "*.m",     "*.mm",         "*.go",      "*.java", "*.kt",     "*.kts",      "*.cs",
    "*.scala", "*.groovy",     "*.swift",   "*.pl",   "*.pm",     "*.json",     "?*.env",
    ".env.*",  "*.properties", "*.ini",     "*.cfg",  "*.conf",   "*.toml",     "*.yml",
    "*.yaml",  "*.pem",        "*.key",     "id_rsa", "id_ecdsa", "id_ed25519", "*.md",
    "*.txt",   ".npmrc",       ".pypirc",   ".netrc", "*.xml",    "*.tf",       "*.tfvars",
    NULL
};
static const char *const comments[] = { "#", "//", "/*", ";", "<!--", NULL };

static const struct rule rules[] = {
    { "S1", source_find_credentials, NULL, NULL },
    { "S2", source_find_tokens, NULL, NULL },
    { "S3", source_find_calls, NULL, NULL },
    { "S4", NULL, NULL, NULL },
    { "S5", NULL, NULL, NULL },
    { "S6", NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

const struct reader source_reader = {
    .type = "source",
    .names = names,
    .comments = comments,
    .is_comment = is_comment,
    .parse = parse,
    .release = release,
    .facts = facts,
    .rules = rules,
};
