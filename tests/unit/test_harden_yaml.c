/* YAML: what is there, where it is, and how it is changed. */
#include "yaml/tree.h"

#include <criterion/criterion.h>
#include <string.h>

static bool read(struct tree *tree, struct text *text, const char *bytes, struct fault *fault)
{
    text_of(text, "a.yml", bytes, strlen(bytes));
    return tree_read(tree, text, fault);
}

static void put_facts(struct bytes *out, const struct tree *tree)
{
    struct facts facts = { .ends = NULL };

    tree_facts(&facts, tree);
    cr_expect_eq(facts.count, tree->fact_count);
    bytes_text(out, "");
    for (size_t i = 0; i < facts.count; i++) {
        size_t length;
        const char *const fact = fact_at(&facts, i, &length);
        bytes_add(out, fact, length);
        bytes_text(out, "\n");
    }
    facts_free(&facts);
}

Test(harden_yaml, facts)
{
    static const struct {
        const char *bytes, *facts, *reason;
    } rows[] = {
        { "", "", "nothing" },
        { "# x\n", "", "a comment" },
        { "a: 1", "---\n {\n/a = 1\n", "a plain value" },
        { "a: '1'\nb: \"2\"", "---\n {\n/a = '1'\n/b = '2'\n", "quotes" },
        { "a:\n- b\n-  c", "---\n {\n/a [\n/a[] = b\n/a[] = c\n", "an unindented list" },
        { "a: [b,\n c]", "---\n {\n/a [\n/a[] = b\n/a[] = c\n", "flow over lines" },
        { "a:\n", "---\n {\n/a = \n", "nothing as a value" },
        { "a: &x b\nc: *x", "---\n {\n/a &x = b\n/c *x\n", "an alias" },
        { "a: !reset null", "---\n {\n/a !!reset = null\n", "a tag" },
        { "? a\n: b", "---\n {\n/a = b\n", "a long key" },
        { "? [a]\n: b", "---\n {\n/? [\n/?[] = a\n/? = b\n", "a key that is a list" },
        { "a: |\n  b\n\n", "---\n {\n/a = 'b\n'\n", "a block" },
        { "a: 22:22", "---\n {\n/a = 22:22\n", "base 60" },
        { "a: 1\na: 2", "---\n {\n/a = 1\n/a = 2\n", "a name twice" },
        { "a\n---\nb\n...\n", "---\n = a\n---\n = b\n", "two documents" },
        { "\xef\xbb\xbf"
          "a: 1\r\nb: 2\r\n",
          "---\n {\n/a = 1\n/b = 2\n", "a byte order mark, and CRLF" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes facts = { .data = NULL };
        struct fault fault = { .offset = 0 };
        struct text text;
        struct tree tree;
        cr_assert(read(&tree, &text, rows[i].bytes, &fault), "%s: %s", rows[i].reason, fault.why);
        put_facts(&facts, &tree);
        cr_expect_str_eq(facts.data, rows[i].facts, "%s: %s", rows[i].reason, facts.data);
        cr_expect(tree_judge(&tree, &fault), "%s: %s", rows[i].reason, fault.why);
        bytes_free(&facts);
        tree_free(&tree);
        text_free(&text);
    }
}

/* The value named x is just what is between the angle quotes. */
Test(harden_yaml, places)
{
    static const char *const rows[] = {
        "x: <1>",
        "x:   <'1'> # y",
        "a: \xc3\xa4\xe2\x82\xac\nx: <\"\xf0\x9f\x98\x80\">\n",
        "\xef\xbb\xbfx: <1>\r\n",
        "\xef\xbb\xbf# \xc3\xa4\r\nx: &a <\"1\">\r\n",
        "x: !!str &a <b>\n",
        "x: &a !!str <[b, c]> # d\n",
        "x: !<tag:yaml.org,2002:str> <b>\n",
        "{a: \xc3\xa4, x: <b>}\n",
        "{a: &b, x: <[1,\n 2]>}\n",
        "a: &a 1\nx: <*a> \n",
        "x: &a # b\n  <1>\n",
        "x: <1\n  2>\ny: 3\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct bytes bytes = { .data = NULL };
        struct text text;
        struct tree tree;
        size_t from = 0, end = 0;
        for (const char *at = rows[i]; *at != '\0'; at++) {
            const bool is_mark = (*at == '<' && at[-1] == ' ') || (*at == '>' && from > 0);
            if (!is_mark || at[1] == 't')
                bytes_add(&bytes, at, 1);
            else if (*at == '<')
                from = bytes.length;
            else
                end = bytes.length;
        }
        cr_assert(read(&tree, &text, bytes.data, &fault), "%zu: %s", i, fault.why);
        const struct node *const node = node_own(tree.roots[0], "x");
        cr_assert_not_null(node);
        cr_expect_eq(node->at.offset, from, "%zu: %zu is not %zu", i, node->at.offset, from);
        cr_expect_eq(node->at.length, end - from, "%zu: %zu", i, node->at.length);
        bytes_free(&bytes);
        tree_free(&tree);
        text_free(&text);
    }
}

Test(harden_yaml, merges)
{
    static const struct {
        const char *bytes, *value, *reason;
    } rows[] = {
        { "b: &b {x: 1}\na: {<<: *b}", "1", "a merge" },
        { "b: &b {x: 1}\na: {<<: *b, x: 2}", "2", "its own goes first" },
        { "b: &b {x: 1}\na: {x: 2, <<: *b}", "2", "wherever it is" },
        { "b: &b {x: 1}\nc: &c {x: 2}\na: {<<: [*c, *b]}", "2", "the first of a list" },
        { "b: &b {x: 1}\nc: &c {<<: *b}\na: {<<: *c}", "1", "a merge in a merge" },
        { "b: &b {x: 1}\na: *b", "1", "an alias" },
        { "a: {<<: {x: 1}}", "1", "one that is written in place" },
        { "b: &b {x: 1}\na: {'<<': *b}", NULL, "in quotes it is a name" },
        { "a: {x: 1, x: 2}", "2", "the last of two" },
        { "b: &b 1\na: {x: *b}", "1", "an alias as the value" },
        { "a: [x]", NULL, "a list" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct text text;
        struct tree tree;
        cr_assert(read(&tree, &text, rows[i].bytes, &fault), "%s", fault.why);
        const struct node *const node = node_get(node_own(tree.roots[0], "a"), "x");
        cr_expect_eq(node == NULL, rows[i].value == NULL, "%s", rows[i].reason);
        cr_expect(rows[i].value == NULL || node_is(node, rows[i].value), "%s", rows[i].reason);
        tree_free(&tree);
        text_free(&text);
    }
}

/* Aliases of aliases, nine of each: a billion of values. */
static void put_bomb(struct bytes *out)
{
    bytes_text(out, "a0: &a0 [x]\n");
    for (int i = 1; i < 10; i++) {
        bytes_format(out, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            bytes_format(out, "%s*a%d", j > 0 ? ", " : "", i - 1);
        bytes_text(out, "]\n");
    }
}

Test(harden_yaml, what_can_not_be_read)
{
    struct bytes bomb = { .data = NULL }, deep = { .data = NULL }, wide = { .data = NULL };

    put_bomb(&bomb);
    for (int i = 0; i < 1000; i++)
        bytes_text(&deep, "[");
    for (int i = 0; i <= YAML_NODES_MAX; i++)
        bytes_text(&wide, "- 1\n");
    const struct {
        const char *bytes, *why;
    } rows[] = {
        { "a: *b", "the alias names an anchor that is not there" },
        { "a: &b [*b]", "the alias stands for what it is in" },
        { "a: [", "did not find expected node content" },
        { "a: b: c", "mapping values are not allowed in this context" },
        { "a: \xff", "invalid leading UTF-8 octet" },
        { "\xff\xfe"
          "a",
          "invalid leading UTF-8 octet" },
        { bomb.data, "with its aliases replaced it would be more than 500000 values" },
        { deep.data, "it is more than 64 levels deep" },
        { wide.data, "there are more than 200000 values" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct text text;
        struct tree tree;
        cr_expect_not(read(&tree, &text, rows[i].bytes, &fault), "%zu", i);
        cr_expect_str_eq(fault.why, rows[i].why, "%zu: %s", i, fault.why);
        cr_expect_leq(fault.offset, text.length);
        tree_free(&tree);
        text_free(&text);
    }
    bytes_free(&bomb);
    bytes_free(&deep);
    bytes_free(&wide);
}

Test(harden_yaml, what_is_true)
{
    static const struct {
        const char *bytes;
        bool is_true, is_false, is_null;
    } rows[] = {
        { "true", true, false, false }, { "Yes", true, false, false },
        { "'on'", true, false, false }, { "false", false, true, false },
        { "No", false, true, false },   { "off", false, true, false },
        { "~", false, false, true },    { "null", false, false, true },
        { "''", false, false, false },  { "1", false, false, false },
        { "[]", false, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct text text;
        struct tree tree;
        cr_assert(read(&tree, &text, rows[i].bytes, &fault));
        cr_expect_eq(node_is_true(tree.roots[0]), rows[i].is_true, "%s", rows[i].bytes);
        cr_expect_eq(node_is_false(tree.roots[0]), rows[i].is_false, "%s", rows[i].bytes);
        cr_expect_eq(node_is_null(tree.roots[0]), rows[i].is_null, "%s", rows[i].bytes);
        tree_free(&tree);
        text_free(&text);
    }
}
