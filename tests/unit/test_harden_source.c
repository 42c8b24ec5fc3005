/* Source: what is code, what a comment, what a string; and what could be a credential. */
#include "core/bytes.h"
#include "source/source.h"

#include <criterion/criterion.h>
#include <string.h>

static struct source *read(struct text *text, const char *name, const char *bytes)
{
    static struct fault fault; /* nobody asks */

    text_of(text, name, bytes, strlen(bytes));
    return source_reader.parse(text, &fault);
}

/* What is left of bytes: a dot for each byte of a string. */
struct code_row {
    const char *name, *bytes, *code;
};

static void expect_code(const struct code_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text text;
        struct source *const source = read(&text, rows[i].name, rows[i].bytes);
        cr_assert_not_null(source->code, "%s", rows[i].bytes);
        for (char *c = source->code; *c != '\0'; c++)
            *c = *c == SOURCE_FILLER ? '.' : *c;
        cr_expect_str_eq(source->code, rows[i].code, "%s:\n%s", rows[i].bytes, source->code);
        source_reader.release(source);
        text_free(&text);
    }
}

Test(harden_source, code)
{
    static const struct code_row rows[] = {
        { "a.py", "a = 'b # c' # d'", "a = '.....'     " },
        { "a.py", "'''it's\n\"x\"''' # a", "'''....\n...'''    " },
        { "a.py", "'a\nb = 'c'", "'a\nb = '.'" },
        { "a.py", "'a\\'b' + r'c'", "'....' + r'.'" },
        { "a.c", "a /* 'b' */ '\"' // c", "a           '.'     " },
        { "a.c", "1'000 \"a\\\\\" b", "1'000 \"...\" b" },
        { "a.js", "a = /b'c/g; d = 1 / 2 / 'e'", "a =      g; d = 1 / 2 / '.'" },
        { "a.js", "return /[/']/ + `a\n'${b}`", "return        + `.\n..{b}`" },
        { "a.sh", "a#b # c\n'\\' \"$d\" $#", "a#b    \n'.' \"..\" $#" },
        { "a.sh", "cat <<'E' && b\nit's\nE\n'c'", "cat <<'.' && b\n....\n.\n'.'" },
        { "a.rb", "a <<~E\n 'b\n E\n'c'", "a <<~E\n...\n..\n'.'" },
        { "a.go", "`a\\` + '\"'", "`..` + '.'" },
        { "a.php", "# 'a\n\"b\nc\" // d", "    \n\".\n.\"     " },
        { "a.pl", "\n=pod\n'a\n=cut\n'b'", "\n    \n  \n    \n'.'" },
        { "a", "#!/usr/bin/env python3\n'a' # b", "                      \n'.'    " },
    };

    expect_code(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What is in fields is code, and strings, comments and texts with fields may be in that again. */
Test(harden_source, fields)
{
    static const struct code_row rows[] = {
        { "a.py", "f'{a}b' 'c{d}' if'{e}' raf'{f}'", "f'{a}.' '....' if'...' raf'...'" },
        { "a.py", "rF\"\"\"a'\n{b\n}\"\"\" tr'{c}'", "rF\"\"\"..\n{b\n}\"\"\" tr'{c}'" },
        { "a.py", "f'{{a}} {b}}} {{{c}'", "f'......{b}.....{c}'" },
        { "a.py", "f'\\{a} \\\\{b} \\'{c}' rf'\\'{d}'", "f'.{a}...{b}...{c}' rf'..{d}'" },
        { "a.py", "f'\\N{BULLET}{a}' rf'\\N{b}'", "f'..........{a}' rf'..{b}'" },
        { "a.py", "f'{a!r:b{c}#{{d}}}}' #", "f'{a!r:.{c}.{{d}}}.'  " },
        { "a.py", "f'{a[b:c](lambda: d)}:e'", "f'{a[b:c](lambda: d)}..'" },
        { "a.py", "f'{a['b']}{f'{c}'}' 'd'", "f'{a['.']}{f'{c}'}' '.'" },
        { "a.py", "f'{a # b}'\n}c' 'd'", "f'{a      \n}.' '.'" },
        { "a.js", "`${a}$b{c}\\${d}` '${e}'", "`.{a}..........` '....'" },
        { "a.js", "`${ {a: `}${b}`} = /[}]/.c }d`", "`.{ {a: `..{b}`} =      .c }.`" },
        { "a.php", "\"{$a['b']}{c}${d}\" '{$e}'", "\"{$a['.']}....{d}\" '....'" },
        { "a.php", "<<<E\n'{$a}\nE;\n<<<'E'\n{$a}\nE", "<<<E\n.{$a}\n.;\n<<<'.'\n....\n." },
        { "a.rb", "\"#{a { \"#{b}}\" }}c\" '#{d}'", "\".{a { \".{b}.\" }}.\" '....'" },
        { "a.rb", "<<~E\n'#{a}\n E\n'b'", "<<~E\n..{a}\n..\n'.'" },
        { "a.pl", "\"@{[ a 'b' ]}@c\" '@{d}'", "\".{[ a '.' ]}..\" '....'" },
        { "a.sh", "\"$(a \"b)\" (c) ) $((1<<d))\"", "\".(a \"..\" (c) )..........\"" },
        { "a.sh", "\"$(a <<E\n'$(b)\nE\n)\"", "\".(a <<E\n..(b)\n.\n)\"" },
    };

    expect_code(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Then it is a text, up to where a string without fields would end. */
Test(harden_source, fields_without_an_end)
{
    static const struct code_row rows[] = {
        { "a.py", "f'{a\nb 'c'", "f'{a\nb '.'" },
        { "a.py", "f'{a' b # 'c'", "f'..' b      " },
        { "a.py", "f'{a}b\nc # 'd", "f'{a}b\nc     " },
        { "a.py", "f'{a:b' c }' # 'd", "f'....' c }'...'d" },
        { "a.py", "f'{a:b' c # 'd'", "f'....' c      " },
        { "a.py", "f'{(a}' b # '", "f'{(a}' b    " },
        { "a.js", "`${a` 'b'", "`...` '.'" },
        { "a.js", "`${ `${a` 'b'", "`...`${a` '.'" },
        { "a.rb", "<<E\n#{a '\nE\n'b'", "<<E\n.....\n.\n'.'" },
    };

    expect_code(rows, sizeof(rows) / sizeof(rows[0]));
}

/* As deep as is said, and not deeper; many that have no end take no more time than a few. */
Test(harden_source, fields_are_bounded, .timeout = 15)
{
    static const struct {
        const char *before, *after;
        size_t times;
        bool is_code;
    } rows[] = {
        { "`${", "}`", 100, true }, { "`${", "}`", 101, false },  { "`${`", "`}`", 1, false },
        { "`${", "", 1, true },     { "`${", "", 300000, false }, { "`${(", ")}`", 100, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes = { .data = NULL };
        for (size_t j = 0; j < rows[i].times; j++)
            bytes_text(&bytes, rows[i].before);
        bytes_text(&bytes, "x");
        for (size_t j = 0; j < rows[i].times; j++)
            bytes_text(&bytes, rows[i].after);
        struct text text;
        struct source *const source = read(&text, "a.js", bytes.data);
        if (rows[i].times < 300000)
            cr_expect_eq(strchr(source->code, 'x') != NULL, rows[i].is_code, "row %zu", i);
        source_reader.release(source);
        text_free(&text);
        bytes_free(&bytes);
    }
}

Test(harden_source, languages)
{
    static const struct {
        const char *name, *bytes;
        int kind; /* -1: none */
    } rows[] = {
        { "x/a.PY", "", SOURCE_PYTHON },
        { "a.tsx", "", SOURCE_SCRIPT },
        { ".env", "", SOURCE_SETTINGS },
        { ".env.production", "", SOURCE_SETTINGS },
        { "a", "#!/bin/sh -e\n", SOURCE_SHELL },
        { "a", "#!/usr/bin/env perl\n", SOURCE_PERL },
        { "a", "#! /usr/bin/python3.11\n", SOURCE_PYTHON },
        { "a", "#!/opt/shy\n", -1 },
        { "a.md", "", -1 },
        { "a.d/b", "", -1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        struct source *const source = read(&text, rows[i].name, rows[i].bytes);
        cr_expect_eq(source->language != NULL ? (int)source->language->kind : -1, rows[i].kind,
                     "%s %s", rows[i].name, rows[i].bytes);
        source_reader.release(source);
        text_free(&text);
    }
}

Test(harden_source, credentials)
{
    static const struct {
        const char *name, *value;
        bool is_one;
    } rows[] = {
        { "password", "changeme", true },
        { "dbPassword", "correct-horse", true },
        { "DB_PASS", "x9k", true },
        { "password2", "hunter2", true },
        { "API_KEY", "9f8e7d6c5b4a3928", true },
        { "SECRET_KEY", "changeme", true },
        { "DB_PASSWORD", "password", true },
        { "password", "password", false },
        { "PASS", "correct-horse", false },
        { "password_prompt", "correct-horse", false },
        { "passwordFile", "correct-horse", false },
        { "key", "9f8e7d6c5b4a3928", false },
        { "public_key", "9f8e7d6c5b4a3928", false },
        { "token", "identifier", false },
        { "password", "", false },
        { "password", "two words", false },
        { "password", "$PASSWORD", false },
        { "password", "<password>", false },
        { "password", "your-password", false },
        { "password", "/run/secrets/a", false },
        { "password", "********", false },
        { "password", "show_password", false },
        { "My::Password", "correct-horse", false },
        { "password", "1.302128", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(source_is_credential(rows[i].name, strlen(rows[i].name), rows[i].value,
                                          strlen(rows[i].value)),
                     rows[i].is_one, "%s = %s", rows[i].name, rows[i].value);
}

Test(harden_source, addresses)
{
    static const struct {
        const char *value;
        bool has_one;
    } rows[] = {
        /* harden: ignore S1 because they are made up, to be found */
        { "postgres://a:w9k2f@db/x", true },         { "see x://y and amqp://a:w9k2f@mq", true },
        { "postgres://a:password@db/x", false },     { "postgres://a:${P}@db/x", false },
        { "postgres://a:{p}@db/x", false },          { "postgres://db:5432/x@y", false },
        { "https://a:w9k2f@db.example.org", false }, { "://:@", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(source_has_password(rows[i].value, strlen(rows[i].value)), rows[i].has_one,
                     "%s", rows[i].value);
}
