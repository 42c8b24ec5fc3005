/* The languages, a row each. */
#include "source/source.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct source_language languages[] = {
    { .kind = SOURCE_PYTHON,
      .suffixes = " py pyi pyw ",
      .interpreters = " python python2 python3 ",
      .line = { "#" },
      .quotes = "\"'",
      .fields = { "{" },
      .fielded = "\"'",
      .has_triple = true },
    { .kind = SOURCE_SCRIPT,
      .suffixes = " js jsx mjs cjs ts tsx mts cts vue ",
      .interpreters = " node deno bun ",
      .line = { "//" },
      .open = "/*",
      .close = "*/",
      .quotes = "\"'`",
      .fields = { "${" },
      .fielded = "`",
      .multiline = "`",
      .has_regex = true },
    { .kind = SOURCE_PHP,
      .suffixes = " php phtml ",
      .interpreters = " php ",
      .line = { "//", "#" },
      .open = "/*",
      .close = "*/",
      .quotes = "\"'`",
      .fields = { "{$", "${" },
      .fielded = "\"`",
      .multiline = "\"'`",
      .has_heredocs = true },
    { .kind = SOURCE_RUBY,
      .suffixes = " rb rake gemspec ",
      .interpreters = " ruby ",
      .line = { "#" },
      .open = "\n=begin",
      .close = "\n=end",
      .quotes = "\"'`",
      .fields = { "#{" },
      .fielded = "\"`",
      .multiline = "\"'`",
      .has_regex = true,
      .has_heredocs = true },
    { .kind = SOURCE_SHELL,
      .suffixes = " sh bash zsh ksh ",
      .interpreters = " sh bash dash zsh ksh ",
      .line = { "#" },
      .quotes = "\"'",
      .fields = { "$(" },
      .fielded = "\"",
      .raw = "'",
      .multiline = "\"'",
      .has_heredocs = true },
    { .kind = SOURCE_C,
      .suffixes = " c h cc cpp cxx hh hpp m mm ",
      .line = { "//" },
      .open = "/*",
      .close = "*/",
      .quotes = "\"'" },
    { .kind = SOURCE_GO,
      .suffixes = " go ",
      .line = { "//" },
      .open = "/*",
      .close = "*/",
      .quotes = "\"'`",
      .raw = "`",
      .multiline = "`" },
    { .kind = SOURCE_JAVA,
      .suffixes = " java kt kts cs scala groovy swift ",
      .line = { "//" },
      .open = "/*",
      .close = "*/",
      .quotes = "\"'" },
    { .kind = SOURCE_PERL,
      .suffixes = " pl pm ",
      .interpreters = " perl ",
      .line = { "#" },
      .open = "\n=",
      .close = "\n=cut",
      .quotes = "\"'`",
      .fields = { "@{", "${" },
      .fielded = "\"`",
      .multiline = "\"'`",
      .has_regex = true,
      .has_heredocs = true },
    { .kind = SOURCE_JSON, .suffixes = " json ", .quotes = "\"" },
    { .kind = SOURCE_SETTINGS,
      .suffixes = " env properties ini cfg conf toml yml yaml ",
      .line = { "#", ";" } },
};

/* Whether that is one of the words of a list with a blank around each. */
static bool is_one_of(const char *list, const char *word, size_t length)
{
    char *const key = format_text(" %.*s ", (int)length, word);
    const bool is_there = list != NULL && length > 0 && strcasestr(list, key) != NULL;

    free(key);
    return is_there;
}

/* The program that #! names, behind env and its folders. */
static struct span interpreter(const struct text *text)
{
    const struct span line = text_line(text, 1);
    const char *const bytes = text->bytes;
    const size_t end = line.offset + line.length;
    struct span word = { .length = 0 };
    size_t at = line.offset + 2;

    if (line.length < 3 || bytes[line.offset] != '#' || bytes[line.offset + 1] != '!')
        return word;
    for (int words = 0; words < 2; words++) {
        while (at < end && isspace((unsigned char)bytes[at]))
            at++;
        word.offset = at;
        for (; at < end && !isspace((unsigned char)bytes[at]); at++)
            if (bytes[at] == '/')
                word.offset = at + 1;
        word.length = at - word.offset;
        if (word.length != 3 || memcmp(bytes + word.offset, "env", 3) != 0)
            break;
    }
    while (word.length > 0 && strchr("0123456789.", bytes[word.offset + word.length - 1]) != NULL)
        word.length--;
    return word;
}

const struct source_language *source_language_of(const struct text *text)
{
    const char *const slash = strrchr(text->name, '/');
    const char *const base = slash != NULL ? slash + 1 : text->name;
    const bool is_env = strncasecmp(base, ".env", 4) == 0;
    const char *const dot = is_env ? ".env" : strrchr(base, '.');
    const struct span program = interpreter(text);

    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        if (dot != NULL ? is_one_of(languages[i].suffixes, dot + 1, strlen(dot + 1))
                        : is_one_of(languages[i].interpreters, text->bytes + program.offset,
                                    program.length))
            return &languages[i];
    return NULL;
}
