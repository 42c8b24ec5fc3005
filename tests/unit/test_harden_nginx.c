/* nginx's configuration: what is a word, what is in which block, and where it is. */
#include "nginx/nginx.h"

#include <criterion/criterion.h>
#include <string.h>

static struct nginx *read(struct text *text, const char *bytes, struct fault *fault)
{
    text_of(text, "nginx.conf", bytes, strlen(bytes));
    return nginx_read(text, fault);
}

/* The directives, each with the words of it and a bar between, and what is in its block. */
static void put_all(struct bytes *out, const struct nginx *nginx, size_t block)
{
    bytes_text(out, "");
    for (size_t i = nginx_first(nginx, block); i < nginx_past(nginx, block);
         i = nginx->list[i].past) {
        const struct nginx_directive *const directive = &nginx->list[i];
        for (size_t j = 0; j < directive->count; j++)
            bytes_format(out, "%s%s", j > 0 ? "|" : "", directive->words[j].value);
        bytes_text(out, directive->is_block ? "{" : ";");
        if (directive->code.length > 0)
            bytes_add(out, nginx->text->bytes + directive->code.offset, directive->code.length);
        if (directive->is_block) {
            put_all(out, nginx, i);
            bytes_text(out, "}");
        }
    }
}

Test(harden_nginx, directives)
{
    static const struct {
        const char *bytes, *said, *reason;
    } rows[] = {
        { "", "", "nothing" },
        { " # a; {\n\n", "", "a comment" },
        { "a b;c;", "a|b;c;", "two" },
        { "a\n  b # x;\n c\n;", "a|b|c;", "several lines, and a comment within" },
        { "a{b{c;}d;}e{}", "a{b{c;}d;}e{}", "blocks" },
        { "a \"b c;{}\" 'd\"e';", "a|b c;{}|d\"e;", "quotes" },
        { "a \"b\\\"c\" 'd\\'e' f\\;g;", "a|b\"c|d'e|f\\;g;", "escapes" },
        { "a \\t\\n\\\\x \\d;", "a|\t\n\\x|\\d;", "those that mean something" },
        { "a $b ${c}d e${f};", "a|$b|${c}d|e${f};", "variables in braces" },
        { "a$b{c;}", "a$b{c;}", "a block behind one without" },
        { "a b#c;", "a|b#c;", "a # within a word is no comment" },
        { "a b\"c;", "a|b\"c;", "nor is a quote within one a quote" },
        { "a ( $b = \"c\") {}", "a|(|$b|=|c|){}", "a parenthesis behind quotes" },
        { "\xef\xbb\xbf"
          "a;",
          "a;", "a byte order mark" },
        { "a;\r\nb;\r\n", "a;b;", "CRLF" },
        { "x_by_lua_block { a = \"}\" -- }\n }b;", "x_by_lua_block{ a = \"}\" -- }\n }b;", "Lua" },
        { "x_by_lua_block{[[}]] --[=[ } ]=]\n{}}", "x_by_lua_block{[[}]] --[=[ } ]=]\n{}}",
          "its long brackets" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes out = { .data = NULL };
        struct fault fault = { .offset = 0 };
        struct text text;
        struct nginx *const nginx = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(nginx, "%s: %s", rows[i].reason, fault.why);
        put_all(&out, nginx, NGINX_TOP);
        cr_expect_str_eq(out.data, rows[i].said, "%s: %s", rows[i].reason, out.data);
        bytes_free(&out);
        nginx_free(nginx);
        text_free(&text);
    }
}

Test(harden_nginx, what_can_not_be_read)
{
    static const struct {
        const char *bytes, *why;
        size_t offset;
    } rows[] = {
        { "a b", "the file ends before what ends this", 2 },
        { "a ", "the file ends where a ; or { should be", 2 },
        { "a 'b;", "the file ends before what ends this", 2 },
        { "a { b;", "the block has no } that ends it", 0 },
        { "a; }", "a } is where none may be", 3 },
        { "a { b }", "a } is where none may be", 6 },
        { "a; ;", "a ; is where none may be", 3 },
        { "{}", "a { is where none may be", 0 },
        { "a \"b\"c;", "a blank, ; or { is missing behind the quotes", 5 },
        { "a_by_lua_block { '}'", "the block of Lua has no end", 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 99 };
        struct text text;
        cr_expect_null(read(&text, rows[i].bytes, &fault), "%s", rows[i].bytes);
        cr_expect_str_eq(fault.why, rows[i].why, "%s: %s", rows[i].bytes, fault.why);
        cr_expect_eq(fault.offset, rows[i].offset, "%s: %zu", rows[i].bytes, fault.offset);
        text_free(&text);
    }
}

Test(harden_nginx, depth)
{
    struct bytes deep = { .data = NULL };
    struct fault fault;
    struct text text;

    for (int i = 0; i < NGINX_DEPTH_MAX + 1; i++)
        bytes_text(&deep, "a{");
    for (int i = 0; i < NGINX_DEPTH_MAX + 1; i++)
        bytes_text(&deep, "}");
    cr_expect_null(read(&text, deep.data, &fault));
    cr_expect_str_eq(fault.why, "blocks are more than 64 deep");
    text_free(&text);
    struct nginx *const nginx = read(&text, deep.data + 2, &fault);
    cr_expect_null(nginx, "one } too many");
    text_free(&text);
    deep.data[deep.length - 1] = '\0';
    struct nginx *const fits = read(&text, deep.data + 2, &fault);
    cr_assert_not_null(fits, "%s", fault.why);
    cr_expect_eq(fits->list[fits->count - 1].depth, NGINX_DEPTH_MAX - 1);
    nginx_free(fits);
    text_free(&text);
    bytes_free(&deep);
}

Test(harden_nginx, locations)
{
    static const struct {
        const char *bytes, *path;
        int kind;
        bool is_final;
    } rows[] = {
        { "location /a {}", "/a", NGINX_PREFIX, false },
        { "location ^~ /a {}", "/a", NGINX_PREFIX, true },
        { "location ^~/a {}", "/a", NGINX_PREFIX, true },
        { "location = /a {}", "/a", NGINX_EXACT, false },
        { "location =/a {}", "/a", NGINX_EXACT, false },
        { "location ~ a {}", "a", NGINX_REGEX, false },
        { "location ~* \"a{2}\" {}", "a{2}", NGINX_REGEX, false },
        { "location ~*a {}", "a", NGINX_REGEX, false },
        { "location @a {}", "@a", NGINX_NAMED, false },
        { "location /a;", NULL, 0, false },
        { "location / a {}", NULL, 0, false },
        { "location {}", NULL, 0, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nginx_location location;
        struct fault fault;
        struct text text;
        struct nginx *const nginx = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(nginx);
        const bool is_one = nginx_location(&nginx->list[0], &location);
        cr_expect_eq(is_one, rows[i].path != NULL, "%s", rows[i].bytes);
        if (is_one && rows[i].path != NULL) {
            cr_expect_str_eq(location.path, rows[i].path, "%s", rows[i].bytes);
            cr_expect_eq((int)location.kind, rows[i].kind, "%s", rows[i].bytes);
            cr_expect_eq(location.is_final, rows[i].is_final, "%s", rows[i].bytes);
        }
        nginx_free(nginx);
        text_free(&text);
    }
}

Test(harden_nginx, what_includes_may_say)
{
    static const struct {
        const char *bytes;
        enum nginx_unknown unknown;
    } rows[] = {
        { "a;", NGINX_KNOWN },
        { "include mime.types;", NGINX_KNOWN },
        { "include /etc/nginx/mime.types;", NGINX_KNOWN },
        { "include /etc/nginx/conf.d/*.conf;", NGINX_SERVERS },
        { "include mime.types; include sites-enabled/*; include fastcgi_params;", NGINX_SERVERS },
        { "include sites-enabled/*; include x.conf;", NGINX_UNKNOWN },
        { "a { include x.conf; }", NGINX_KNOWN },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault;
        struct text text;
        struct nginx *const nginx = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(nginx);
        cr_expect_eq(nginx_unknown(nginx, NGINX_TOP), rows[i].unknown, "%s", rows[i].bytes);
        nginx_free(nginx);
        text_free(&text);
    }
}
