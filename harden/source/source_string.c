/*
 * Strings, and the code in their fields: f"{}" of Python, `${}`, "#{}", "{$}", "@{}", "$()". Texts
 * and fields take turns on a stack of its own, which is bounded. A field without an end makes the
 * whole of its string a text, as if nothing were put into it.
 */
#include "core/memory.h"
#include "source/source_scan.h"

#include <ctype.h>
#include <string.h>

static bool is_kind(const struct scan *scan, enum source_kind kind)
{
    return scan->source->language->kind == kind;
}

static bool is_quote(const struct scan *scan, size_t at, char quote, size_t width)
{
    return scan->bytes[at] == quote &&
           (width == 1 || (scan->length - at >= 3 && scan->bytes[at + 1] == quote &&
                           scan->bytes[at + 2] == quote));
}

/* Whether letters before a quote of Python make it one of a string with fields: f, t, rf, Fr. */
static bool is_formatted(const struct scan *scan, size_t quote)
{
    size_t from = quote;

    while (from > 0 && quote - from < 3 && source_is_name(scan->bytes[from - 1]))
        from--;
    const char *const prefix = scan->bytes + from;
    const size_t length = quote - from;
    const char first = (char)tolower((unsigned char)prefix[0]);
    const char last = (char)tolower((unsigned char)prefix[length > 0 ? length - 1 : 0]);
    const char mark = first == 'r' ? last : first;
    return (length == 1 || (length == 2 && (first == 'r') != (last == 'r'))) &&
           (mark == 'f' || mark == 't');
}

/* Whether a part of it is given by variables. A shell's single quotes have none, nor C's. */
static bool is_put_in_to(const struct scan *scan, size_t quote, size_t from, size_t length)
{
    const char *const bytes = scan->bytes + from;

    switch ((int)scan->source->language->kind) {
    case SOURCE_PYTHON:
        return is_formatted(scan, quote);
    case SOURCE_SCRIPT:
        return scan->bytes[quote] == '`' && memmem(bytes, length, "${", 2) != NULL;
    case SOURCE_RUBY:
        return scan->bytes[quote] != '\'' && memmem(bytes, length, "#{", 2) != NULL;
    case SOURCE_PHP:
    case SOURCE_PERL:
    case SOURCE_SHELL:
        return scan->bytes[quote] != '\'' && memchr(bytes, '$', length) != NULL;
    case SOURCE_JAVA:
        return (quote > 0 && scan->bytes[quote - 1] == '$') ||
               memmem(bytes, length, "${", 2) != NULL;
    default:
        return false;
    }
}

/* --- strings without fields ------------------------------------------------------------------- */

static size_t width_at(const struct scan *scan, size_t quote)
{
    return scan->source->language->has_triple && is_quote(scan, quote, scan->bytes[quote], 3) ? 3
                                                                                              : 1;
}

/* Whether it may have several lines. */
static bool is_long(const struct scan *scan, size_t quote, size_t width)
{
    const char *const multiline = scan->source->language->multiline;

    return width == 3 || (multiline != NULL && strchr(multiline, scan->bytes[quote]) != NULL);
}

static size_t most_of(const struct scan *scan, size_t at)
{
    return scan->length - at > STRING_MAX ? at + STRING_MAX : scan->length;
}

/* Where the string ends whose quotes, `width` of them, are at `at`; the text's length: nowhere. */
static size_t end_of_string(const struct scan *scan, size_t at, size_t width)
{
    const char *const raw = scan->source->language->raw;
    const char quote = scan->bytes[at];
    const bool is_raw = raw != NULL && strchr(raw, quote) != NULL;
    const bool has_lines = is_long(scan, at, width);
    const size_t most = most_of(scan, at);

    for (size_t i = at + width; i < most; i++) {
        if (scan->bytes[i] == '\n' && !has_lines)
            break;
        if (scan->bytes[i] == '\\' && !is_raw)
            i++;
        else if (is_quote(scan, i, quote, width))
            return i;
    }
    return scan->length;
}

static size_t add_literal(struct source *source)
{
    source->literals =
        need_room(source->literals, &source->room, source->count + 1, sizeof(source->literals[0]));
    return source->count++;
}

static void end_literal(const struct scan *scan, size_t number, size_t quote, size_t width,
                        size_t end)
{
    const size_t from = quote + width;

    scan->source->literals[number] = (struct source_literal){
        .at = { .offset = from, .length = end - from },
        .end = end + width,
        .is_put_in_to = is_put_in_to(scan, quote, from, end - from),
    };
}

static bool take_plain(struct scan *scan, size_t quote)
{
    const size_t width = width_at(scan, quote), end = end_of_string(scan, quote, width);

    if (end == scan->length)
        return false;
    end_literal(scan, add_literal(scan->source), quote, width, end);
    scan_blank(scan, quote + width, end, SOURCE_FILLER);
    scan->at = end + width;
    return true;
}

/* --- texts with fields ------------------------------------------------------------------------ */

static void give_up(struct scan *scan)
{
    const struct scan_text first = scan->texts[0];
    const size_t read = scan->at < scan->length ? scan->at : scan->length;

    scan->failures += first.has_field;
    memcpy(scan->source->code + first.begin, scan->bytes + first.begin, read - first.begin);
    scan->source->count = first.literal;
    scan->heredoc = first.heredoc;
    scan->depth = 0;
    if (first.width == 0) {
        scan_blank(scan, first.begin, first.past, SOURCE_FILLER);
        scan->at = first.past;
    } else if (!take_plain(scan, first.begin)) {
        scan->at = first.begin + 1;
    }
}

void scan_give_up_late(struct scan *scan)
{
    if (scan->depth > 0 && scan->at >= scan->texts[scan->depth - 1].most)
        give_up(scan);
}

/* The bracket of the field that begins at `at`; 0: none does. */
static size_t field_at(const struct scan *scan, const struct scan_text *text, size_t at)
{
    const char *const *const fields = scan->source->language->fields;

    for (int i = 0; i < 2 && fields[i] != NULL; i++) {
        if (!scan_begins(scan, at, fields[i]))
            continue;
        const size_t bracket = at + strcspn(fields[i], "{(");
        /* {{ is one brace, but not in a format; $(( has a number, and << in it is no heredoc */
        const bool is_twice = scan->bytes[bracket + 1] == scan->bytes[bracket];
        if (is_twice &&
            (is_kind(scan, SOURCE_SHELL) || (is_kind(scan, SOURCE_PYTHON) && !text->is_format)))
            return 0;
        return bracket;
    }
    return 0;
}

/* How many bytes mean one: an escape, {{, \N{BULLET}. No brace of Python's is escaped by \. */
static size_t bytes_at(const struct scan *scan, const struct scan_text *text, size_t at)
{
    enum { NAME_MAX = 100 };
    const char *const bytes = scan->bytes + at;
    const bool is_python = is_kind(scan, SOURCE_PYTHON);

    if (is_python && bytes[0] == '{')
        return 2;
    if (bytes[0] != '\\')
        return 1;
    if (is_python && (bytes[1] == '{' || bytes[1] == '}'))
        return 1;
    if (is_python && !text->is_raw && scan_begins(scan, at, "\\N{")) {
        const size_t left = scan->length - at;
        const char *const end = memchr(bytes, '}', left < NAME_MAX ? left : NAME_MAX);
        return end != NULL ? (size_t)(end - bytes) + 1 : 2;
    }
    return 2;
}

static bool is_end(const struct scan *scan, const struct scan_text *text, size_t at)
{
    if (text->is_format)
        return scan->bytes[at] == '}';
    return text->width > 0 && is_quote(scan, at, scan->bytes[text->begin], text->width);
}

/* What is behind it is code again, if a field is still open. */
static void end_text(struct scan *scan, size_t at)
{
    const struct scan_text *const text = &scan->texts[--scan->depth];

    scan->at = at;
    if (text->is_format)
        return;
    if (text->width == 0) {
        scan_blank(scan, at, text->past, SOURCE_FILLER);
        scan->at = text->past;
        return;
    }
    end_literal(scan, text->literal, text->begin, text->width, at);
    scan->at = at + text->width;
}

static void begin_field(struct scan *scan, struct scan_text *text, size_t bracket)
{
    text->has_field = true;
    text->open = scan->bytes[bracket];
    text->close = text->open == '{' ? '}' : ')';
    text->own = text->other = 0;
    scan->at = bracket + 1;
}

/* Whether the text can't go on there: its line ends, or the string that a format is in. */
static bool is_broken(const struct scan *scan, const struct scan_text *text, size_t at)
{
    return (scan->bytes[at] == '\n' && !text->is_long) ||
           (text->is_format && text->width > 0 &&
            is_quote(scan, at, scan->bytes[text->begin], text->width));
}

/* From `at` on up to the next field, or the end of the text. */
static void read_text(struct scan *scan)
{
    struct scan_text *const text = &scan->texts[scan->depth - 1];
    const size_t from = scan->at;
    size_t at = from;

    while (at < text->most) {
        const size_t bracket = field_at(scan, text, at);
        const bool has_ended = is_end(scan, text, at);
        if (has_ended || bracket != 0)
            scan_blank(scan, from, has_ended ? at : bracket, SOURCE_FILLER);
        if (has_ended)
            end_text(scan, at);
        else if (bracket != 0)
            begin_field(scan, text, bracket);
        if (has_ended || bracket != 0)
            return;
        if (is_broken(scan, text, at))
            break;
        at += bytes_at(scan, text, at);
    }
    if (text->width > 0) {
        give_up(scan);
        return;
    }
    scan_blank(scan, from, text->most, SOURCE_FILLER);
    end_text(scan, text->most);
}

static bool can_have_fields(const struct scan *scan)
{
    return scan->depth < FIELDS_MAX && scan->failures <= FAILURES_MAX &&
           scan->source->language->fields[0] != NULL;
}

/* --- what begins and ends them ---------------------------------------------------------------- */

static bool has_fields(const struct scan *scan, size_t quote)
{
    return can_have_fields(scan) &&
           strchr(scan->source->language->fielded, scan->bytes[quote]) != NULL &&
           (!is_kind(scan, SOURCE_PYTHON) || is_formatted(scan, quote));
}

bool scan_string(struct scan *scan)
{
    const size_t at = scan->at;
    const char quote = scan->bytes[at];
    const char last = at > 0 ? scan->bytes[at - 1] : '\0';

    if (quote == '\0' || strchr(scan->source->language->quotes, quote) == NULL)
        return false;
    /* 1'000'000 of C++, and the words of comments that are none of ours */
    if (quote == '\'' && is_kind(scan, SOURCE_C) && isalnum((unsigned char)last) && last != 'L')
        return false;
    if (!has_fields(scan, at))
        return take_plain(scan, at);
    const size_t width = width_at(scan, at);
    const size_t most = scan->depth > 0 ? scan->texts[scan->depth - 1].most : most_of(scan, at);
    const char mark = at > 1 && tolower((unsigned char)last) != 'r' ? scan->bytes[at - 2] : last;
    scan->texts[scan->depth++] = (struct scan_text){
        .begin = at,
        .width = width,
        .most = most,
        .literal = add_literal(scan->source),
        .is_long = is_long(scan, at, width),
        .is_raw = tolower((unsigned char)mark) == 'r',
        .heredoc = scan->heredoc,
    };
    scan->at = at + width;
    read_text(scan);
    return true;
}

void scan_heredoc_body(struct scan *scan, size_t end, size_t past)
{
    const struct scan_text *const outer = scan->depth > 0 ? &scan->texts[scan->depth - 1] : NULL;

    if (scan->heredoc.is_raw || !can_have_fields(scan) || (outer != NULL && past > outer->most)) {
        scan_blank(scan, scan->at, past, SOURCE_FILLER);
        scan->at = past;
        return;
    }
    scan->texts[scan->depth++] = (struct scan_text){
        .begin = scan->at,
        .most = end,
        .past = past,
        .literal = scan->source->count,
        .is_long = true,
    };
    read_text(scan);
}

/* Behind a : of a field that is in none of its brackets is a format, which is a text. */
static void begin_format(struct scan *scan)
{
    struct scan_text format = scan->texts[scan->depth - 1];

    if (scan->depth == FIELDS_MAX) {
        give_up(scan);
        return;
    }
    format.is_format = true;
    scan->texts[scan->depth++] = format;
    scan->at++;
    read_text(scan);
}

bool scan_field(struct scan *scan)
{
    struct scan_text *const text = &scan->texts[scan->depth - 1];
    const char c = scan->bytes[scan->at];

    if (c == ':' && is_kind(scan, SOURCE_PYTHON) && text->own + text->other == 0) {
        begin_format(scan);
        return true;
    }
    if (c == text->close && text->own == 0) {
        scan->at++;
        read_text(scan);
        return true;
    }
    if (c == text->open)
        text->own++;
    else if (c == text->close)
        text->own--;
    else if (c == '(' || c == '[' || c == '{')
        text->other++;
    else if ((c == ')' || c == ']' || c == '}') && text->other > 0)
        text->other--;
    else
        return false;
    scan->at++;
    return true;
}
