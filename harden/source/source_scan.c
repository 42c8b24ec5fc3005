/* What is code, what a comment, and what a string: near enough for all languages of the table. */
#include "source/source_scan.h"
#include "core/memory.h"

#include <ctype.h>
#include <string.h>

bool scan_begins(const struct scan *scan, size_t at, const char *with)
{
    const size_t length = strlen(with);

    return scan->length - at >= length && memcmp(scan->bytes + at, with, length) == 0;
}

void scan_blank(const struct scan *scan, size_t from, size_t end, char with)
{
    for (size_t i = from; i < end; i++)
        if (scan->bytes[i] != '\n')
            scan->source->code[i] = with;
}

static size_t end_of_line(const struct scan *scan, size_t at)
{
    const char *const end = memchr(scan->bytes + at, '\n', scan->length - at);

    return end != NULL ? (size_t)(end - scan->bytes) : scan->length;
}

/*
 * The last byte of code before this one on its line; 0: there is none near. Of a word behind which
 * a value begins it is a comma, which is the same.
 */
static char before(const struct scan *scan)
{
    enum { BACK_MAX = 200 };
    static const char *const words[] = { "return", "typeof", "case",   "if",   "and",
                                         "or",     "not",    "unless", "when", "split" };
    const char *const code = scan->source->code;
    const size_t least = scan->at > BACK_MAX ? scan->at - BACK_MAX : 0;
    size_t at = scan->at;

    while (at > least && (code[at - 1] == ' ' || code[at - 1] == '\t'))
        at--;
    if (at == least || code[at - 1] == '\n')
        return '\0';
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i]);
        if (at >= length && memcmp(code + at - length, words[i], length) == 0 &&
            (at == length || !source_is_name(code[at - length - 1])))
            return ',';
    }
    return code[at - 1];
}

/* --- comments --------------------------------------------------------------------------------- */

/* In a shell a # within a word is one of its characters; and $# is no comment, nor is &#39; */
static bool is_comment(const struct scan *scan, const char *with)
{
    const enum source_kind kind = scan->source->language->kind;
    const char last = scan->at > 0 ? scan->bytes[scan->at - 1] : '\n';

    if (!scan_begins(scan, scan->at, with))
        return false;
    if (kind == SOURCE_SHELL)
        return isspace((unsigned char)last) || strchr(";()&|", last) != NULL;
    if (with[0] == '#' && kind != SOURCE_PYTHON)
        return last != '$' && last != '&' && last != '{';
    return true;
}

static bool take_comment(struct scan *scan)
{
    const struct source_language *const language = scan->source->language;

    for (size_t i = 0; i < 3 && language->line[i] != NULL; i++)
        if (is_comment(scan, language->line[i])) {
            const size_t end = end_of_line(scan, scan->at);
            scan_blank(scan, scan->at, end, ' ');
            scan->at = end;
            return true;
        }
    if (language->open == NULL || !scan_begins(scan, scan->at, language->open))
        return false;
    const size_t from = scan->at + strlen(language->open);
    if (language->kind == SOURCE_PERL && !isalpha((unsigned char)scan->bytes[from]))
        return false;
    const char *const close =
        memmem(scan->bytes + from, scan->length - from, language->close, strlen(language->close));
    const size_t end =
        close != NULL ? (size_t)(close - scan->bytes) + strlen(language->close) : scan->length;
    scan_blank(scan, scan->at, end, ' ');
    scan->at = end;
    return true;
}

/* --- regular expressions and heredocs --------------------------------------------------------- */

/* A / is one's beginning where no value can end: else it divides. */
static bool take_regex(struct scan *scan)
{
    enum { REGEX_MAX = 1000 };
    const size_t most = scan->at + REGEX_MAX < scan->length ? scan->at + REGEX_MAX : scan->length;
    bool is_class = false;

    if (!scan->source->language->has_regex || scan->bytes[scan->at] != '/')
        return false;
    const char last = before(scan);
    if (last != '\0' && strchr("(,=:[!&|?{};~", last) == NULL)
        return false;
    for (size_t i = scan->at + 1; i < most && scan->bytes[i] != '\n'; i++) {
        const char c = scan->bytes[i];
        if (c == '\\')
            i++;
        else if (c == '/' && !is_class) {
            scan_blank(scan, scan->at, i + 1, ' ');
            scan->at = i + 1;
            return true;
        } else {
            is_class = c == '[' || (is_class && c != ']');
        }
    }
    return false;
}

/* <<NAME, <<-'NAME', <<~NAME, <<<NAME of PHP: its body begins on the next line. */
static void see_heredoc(struct scan *scan)
{
    const enum source_kind kind = scan->source->language->kind;
    size_t at = scan->at + 2;

    if (!scan->source->language->has_heredocs || scan->heredoc.length > 0 ||
        !scan_begins(scan, scan->at, "<<") || scan->failures > FAILURES_MAX)
        return;
    if (scan->bytes[at] == '<' && kind != SOURCE_PHP)
        return;
    at += scan->bytes[at] == '<';
    at += scan->bytes[at] == '-' || scan->bytes[at] == '~';
    while (kind == SOURCE_SHELL && scan->bytes[at] == ' ')
        at++;
    const char quote = scan->bytes[at];
    at += quote == '\'' || quote == '"' || quote == '\\';
    const size_t from = at;
    while (source_is_name(scan->bytes[at]))
        at++;
    if (at == from || isdigit((unsigned char)scan->bytes[from]) ||
        (kind == SOURCE_RUBY && !isupper((unsigned char)scan->bytes[from])))
        return;
    scan->heredoc = (struct scan_heredoc){
        .name = from,
        .length = at - from,
        .is_raw = quote == '\'' || quote == '\\' || (quote == '"' && kind == SOURCE_SHELL),
    };
}

/* At the end of a line: the body up to the line that ends it is like a string. */
static void take_heredoc(struct scan *scan)
{
    const size_t from = scan->at + 1, length = scan->heredoc.length;
    const size_t most = scan->depth > 0 ? scan->texts[scan->depth - 1].most : scan->length;

    scan->heredoc.length = 0;
    for (size_t at = from; at < most; at = end_of_line(scan, at) + 1) {
        size_t word = at;
        while (scan->bytes[word] == ' ' || scan->bytes[word] == '\t')
            word++;
        if (scan->length - word < length ||
            memcmp(scan->bytes + word, scan->bytes + scan->heredoc.name, length) != 0 ||
            source_is_name(scan->bytes[word + length]))
            continue;
        scan->at = from;
        scan_heredoc_body(scan, word, word + length);
        return;
    }
    scan->failures++;
    scan->at++;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void step(struct scan *scan)
{
    const char c = scan->bytes[scan->at];

    /* names and blanks are most of it, and never begin anything */
    if (source_is_name(c) || c == ' ') {
        scan->at++;
        return;
    }
    if (c == '\\') {
        scan->at += 2;
        return;
    }
    if (take_comment(scan) || take_regex(scan) || (scan->depth > 0 && scan_field(scan)))
        return;
    see_heredoc(scan);
    if (scan_string(scan))
        return;
    if (c == '\n' && scan->heredoc.length > 0)
        take_heredoc(scan);
    else
        scan->at++;
}

void source_scan(struct source *source)
{
    const struct text *const text = source->text;
    struct scan scan = {
        .source = source, .bytes = text->bytes, .length = text->length, .at = text->begin
    };

    if (source->language == NULL || source->language->quotes == NULL)
        return;
    source->code = copy_bytes(text->bytes, text->length);
    while (scan_give_up_late(&scan), scan.at < scan.length)
        step(&scan);
}
