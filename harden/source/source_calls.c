/* S3 to S6: what gives a text to a shell, or runs it as code. */
#include "source/source.h"

#include <ctype.h>
#include <string.h>

/* A call of OWNER.NAME; without an owner nothing may be before the name. */
static const struct {
    unsigned kinds;
    const char *owner, *name, *id;
} calls[] = {
    { SOURCE_PYTHON, "os", "system", "S5" },
    { SOURCE_PYTHON, "os", "popen", "S5" },
    { SOURCE_PYTHON, "subprocess", "getoutput", "S3" },
    { SOURCE_PYTHON, "subprocess", "getstatusoutput", "S3" },
    { SOURCE_PYTHON, "asyncio", "create_subprocess_shell", "S3" },
    { SOURCE_PYTHON | SOURCE_SCRIPT | SOURCE_PHP | SOURCE_RUBY | SOURCE_PERL, NULL, "eval", "S4" },
    { SOURCE_PYTHON, NULL, "exec", "S4" },
    { SOURCE_PYTHON, "builtins", "eval", "S4" },
    { SOURCE_PYTHON, "builtins", "exec", "S4" },
    { SOURCE_SCRIPT, "window", "eval", "S4" },
    { SOURCE_SCRIPT, "globalThis", "eval", "S4" },
    { SOURCE_SCRIPT, "child_process", "exec", "S3" },
    { SOURCE_SCRIPT, "child_process", "execSync", "S3" },
    { SOURCE_SCRIPT, "cp", "execSync", "S3" },
    { SOURCE_SCRIPT, NULL, "execSync", "S3" },
    { SOURCE_PHP, NULL, "create_function", "S4" },
    { SOURCE_PHP, NULL, "system", "S3" },
    { SOURCE_PHP, NULL, "exec", "S3" },
    { SOURCE_PHP, NULL, "shell_exec", "S3" },
    { SOURCE_PHP, NULL, "passthru", "S3" },
    { SOURCE_PHP, NULL, "popen", "S3" },
    { SOURCE_RUBY, "Kernel", "eval", "S4" },
    { SOURCE_C, NULL, "system", "S6" },
    { SOURCE_C, NULL, "popen", "S6" },
    { SOURCE_C, NULL, "_popen", "S6" },
    { SOURCE_C, "std", "system", "S6" },
};

/* What is before a name and makes it a member of something: . or -> or ::. Where that begins. */
static size_t owner_end(const struct source *source, size_t at)
{
    const char *const code = source->code;

    if (at >= 1 && code[at - 1] == '.' && !(at >= 2 && code[at - 2] == '.'))
        return at - 1;
    if (at >= 2 && (memcmp(code + at - 2, "->", 2) == 0 || memcmp(code + at - 2, "::", 2) == 0))
        return at - 2;
    return at;
}

/* Whether the name is being made, not called: `def eval(`, `int system(` of a declaration. */
static bool is_made(const struct source *source, size_t at)
{
    static const char *const makers[] = { "def", "function", "func", "fn", "sub", "class", "new" };
    static const char *const passed[] = { "return", "else", "do", "case", "throw", "await" };
    const size_t back = source_back(source, at);
    const struct span word = source_name_before(source, back);

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        if (word.length > 0 && source_is(source, word, makers[i]))
            return true;
    if (source->language->kind != SOURCE_C || back == 0)
        return false;
    for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        if (source_is(source, word, passed[i]))
            return false;
    /* a type is before it */
    return word.length > 0 || source->code[back - 1] == '*' || source->code[back - 1] == '&' ||
           source->code[back - 1] == '~';
}

/* Whether what is called with is one string that nobody else gives a part of, or nothing. */
static bool is_constant(const struct source *source, size_t open)
{
    size_t at = source_skip(source, open + 1);

    while (source->code[at] != '\0' && strchr("rRbBuU", source->code[at]) != NULL)
        at++;
    const struct source_literal *const literal = source_literal_at(source, at);
    if (literal == NULL)
        return source->code[at] == ')';
    return !literal->is_put_in_to && source->code[source_skip(source, literal->end)] == ')';
}

/* The same of C's system(NULL), which asks whether there is a shell. */
static bool is_null(const struct source *source, size_t open)
{
    const size_t at = source_skip(source, open + 1);
    const struct span word = { .offset = at, .length = strspn(source->code + at, "NUL0") };

    return word.length > 0 && source->code[source_skip(source, at + word.length)] == ')';
}

static void look_at_call(const struct source *source, struct span name, size_t open,
                         struct findings *findings)
{
    const size_t end = owner_end(source, name.offset);
    const struct span owner = source_name_before(source, end);
    const bool is_member = end != name.offset;
    /* $eval of PHP and Perl is a variable, and so is @eval */
    if (name.offset > 0 && strchr("$%", source->code[name.offset - 1]) != NULL)
        return;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if ((calls[i].kinds & source->language->kind) == 0 ||
            !source_is(source, name, calls[i].name) ||
            (calls[i].owner != NULL ? !is_member || !source_is(source, owner, calls[i].owner)
                                    : is_member && owner.length + (source->code[end] != ':') > 0))
            continue;
        const bool is_code = strcmp(calls[i].id, "S4") == 0;
        if (is_made(source, calls[i].owner != NULL ? owner.offset : end) ||
            (is_code && is_constant(source, open)) ||
            (source->language->kind == SOURCE_C && is_null(source, open)))
            return;
        found(findings, calls[i].id, (struct where){ .at = name }, "%s%s%s is called",
              calls[i].owner != NULL ? calls[i].owner : "", calls[i].owner != NULL ? "." : "",
              calls[i].name);
        return;
    }
}

/* --- what is not a call by its name ----------------------------------------------------------- */

/* Where the ( is that what is at `at` is given in; 0: there is none near. */
static size_t open_before(const struct source *source, size_t at)
{
    enum { BACK_MAX = 1024 };
    const size_t least = at > BACK_MAX ? at - BACK_MAX : 0;
    size_t depth = 0;

    while (at-- > least) {
        const char c = source->code[at];
        if (c == ')' || c == ']' || c == '}')
            depth++;
        else if ((c == '(' || c == '[' || c == '{') && depth-- == 0)
            return c == '(' ? at : 0;
    }
    return 0;
}

/* shell=True of Python, given to a function and not as the default of one's parameter. */
static void look_at_shell(const struct source *source, struct span name, struct findings *findings)
{
    size_t at = source_skip(source, name.offset + name.length);

    if (source->language->kind == SOURCE_PYTHON) {
        if (source->code[at] != '=' || source->code[at + 1] == '=')
            return;
        at = source_skip(source, at + 1);
        if (strncmp(source->code + at, "True", 4) != 0 || source_is_name(source->code[at + 4]))
            return;
        const size_t open = open_before(source, name.offset);
        if (open == 0)
            return;
        const struct span callee = source_name_before(source, source_back(source, open));
        if (callee.length == 0 || is_made(source, callee.offset))
            return;
        struct where where = { .at = { name.offset, at + 4 - name.offset } };
        where.within = (struct span){ callee.offset, at + 4 - callee.offset };
        found(findings, "S3", where, "shell is True");
    } else if (source->language->kind == SOURCE_SCRIPT && source->code[at] == ':') {
        at = source_skip(source, at + 1);
        if (strncmp(source->code + at, "true", 4) == 0 && !source_is_name(source->code[at + 4]))
            found(findings, "S3", (struct where){ .at = { name.offset, at + 4 - name.offset } },
                  "shell is true");
    }
}

/* new Function("...") of JavaScript. */
static void look_at_function(const struct source *source, struct span name, size_t open,
                             struct findings *findings)
{
    const struct span before = source_name_before(source, source_back(source, name.offset));

    if (source->language->kind == SOURCE_SCRIPT && source_is(source, before, "new") &&
        !is_constant(source, open))
        found(findings, "S4", (struct where){ .at = name }, "a function is made of a text");
}

/* exec.Command("sh", "-c", ...) of Go. */
static void look_at_command(const struct source *source, struct span name, size_t open,
                            struct findings *findings)
{
    static const char *const shells[] = { "sh", "bash", "/bin/sh", "/bin/bash", "cmd" };
    const size_t end = owner_end(source, name.offset);

    if (source->language->kind != SOURCE_GO || end == name.offset ||
        !source_is(source, source_name_before(source, end), "exec"))
        return;
    const struct source_literal *const shell =
        source_literal_at(source, source_skip(source, open + 1));
    for (size_t i = 0; shell != NULL && i < sizeof(shells) / sizeof(shells[0]); i++)
        if (source_is(source, shell->at, shells[i]))
            found(findings, "S3", (struct where){ .at = name }, "a shell is what is run");
}

/* eval of Perl without parentheses; eval { } is another thing. */
static void look_at_eval(const struct source *source, struct span name, struct findings *findings)
{
    const size_t at = source_skip(source, name.offset + name.length);
    const char before = name.offset > 0 ? source->code[name.offset - 1] : '\0';

    if (source->language->kind != SOURCE_PERL || (before != '\0' && strchr("$@%&>{:-", before)) ||
        is_made(source, name.offset))
        return;
    const struct source_literal *const literal = source_literal_at(source, at);
    if (literal != NULL ? literal->is_put_in_to : source->code[at] == '$')
        found(findings, "S4", (struct where){ .at = name }, "a text is evaluated");
}

void source_find_calls(const struct document *document, const struct rule *rule,
                       struct findings *findings)
{
    const struct source *const source = document->model;
    const char *const code = source->code;

    (void)rule;
    if (code == NULL || source->language->kind == SOURCE_JSON)
        return;
    for (size_t at = 0; at < source->text->length;) {
        struct span name = { .offset = at };
        while (source_is_name(code[at]))
            at++;
        name.length = at - name.offset;
        at += name.length == 0;
        if (name.length < 4 || name.length > 23 || strchr("spegc_FC", code[name.offset]) == NULL)
            continue;
        if (source_is(source, name, "shell"))
            look_at_shell(source, name, findings);
        if (source_is(source, name, "eval"))
            look_at_eval(source, name, findings);
        const size_t open = source_skip(source, at);
        if (code[open] != '(')
            continue;
        look_at_call(source, name, open, findings);
        if (source_is(source, name, "Function"))
            look_at_function(source, name, open, findings);
        if (source_is(source, name, "Command"))
            look_at_command(source, name, open, findings);
    }
}
