/* How YAML is changed: the bytes, and whether that is what was said of it. */
#include "yaml/tree.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const values[] = { "v", NULL }, *const two[] = { "v", "w", NULL };
static const struct fresh entry = { .name = "n", .values = values };
static const struct fresh list = { .name = "n", .values = two, .is_list = true, .is_quoted = true };
static const struct fresh item = { .values = values };

static bool is_named_x(const struct node *value)
{
    return value->key != NULL ? node_is(value->key, "x") : node_is(value, "x");
}

/* What is done to the value `a` of the root. */
static bool insert(struct edits *edits, const struct tree *tree, const struct node *a)
{
    return node_insert(edits, tree, a, &entry, 1);
}

static bool insert_list(struct edits *edits, const struct tree *tree, const struct node *a)
{
    return node_insert(edits, tree, a, &list, 1);
}

static bool append(struct edits *edits, const struct tree *tree, const struct node *a)
{
    return node_append(edits, tree, a, &item);
}

static bool replace(struct edits *edits, const struct tree *tree, const struct node *a)
{
    return node_replace(edits, tree, a, 1, 1, "yz");
}

static bool set(struct edits *edits, const struct tree *tree, const struct node *a)
{
    return node_set(edits, tree, a, "v", false);
}

/* All that is x, or named so. */
static bool cut(struct edits *edits, const struct tree *tree, const struct node *a)
{
    for (const struct node *value = a->first; value != NULL; value = value->next)
        if (is_named_x(value) && !node_remove(edits, tree, value, is_named_x))
            return false;
    return true;
}

/* The text that is made, which is what was said; or why it is refused. The caller frees it. */
static char *change(const char *bytes,
                    bool (*how)(struct edits *edits, const struct tree *tree, const struct node *a))
{
    struct facts old = { .ends = NULL }, new = { .ends = NULL };
    struct edits edits = { .splices = NULL };
    struct fault fault = { .offset = 0 };
    struct text before, after = { .name = NULL };
    struct tree tree, made = { .roots = NULL };
    char *why = NULL, *result;

    text_of(&before, "", bytes, strlen(bytes));
    cr_assert(tree_read(&tree, &before, &fault), "%s: %s", bytes, fault.why);
    if (how(&edits, &tree, node_own(tree.roots[0], "a"))) {
        cr_assert(edits_apply(&edits, &before, &after), "%s", bytes);
        cr_assert(tree_read(&made, &after, &fault), "%s: %s", after.bytes, fault.why);
        tree_facts(&old, &tree);
        tree_facts(&new, &made);
        cr_expect(edits_explain(&edits, &old, &new, &why), "%s: %s", after.bytes, why);
        result = copy_bytes(after.bytes, after.length);
        tree_free(&made);
        text_free(&after);
    } else {
        result = copy_bytes(edits.refusal, strlen(edits.refusal));
    }
    free(why);
    facts_free(&old);
    facts_free(&new);
    edits_free(&edits);
    tree_free(&tree);
    text_free(&before);
    return result;
}

struct row {
    bool (*how)(struct edits *edits, const struct tree *tree, const struct node *a);
    const char *before, *after;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const after = change(rows[i].before, rows[i].how);
        cr_expect_str_eq(after, rows[i].after, "%s: %s", rows[i].before, after);
        free(after);
    }
}

Test(harden_yaml_edit, new_entries)
{
    static const struct row rows[] = {
        { insert, "a:\n  b: 1\n", "a:\n  n: v\n  b: 1\n" },
        { insert, "a: # c\n\n  # d\n  b: 1", "a: # c\n  n: v\n\n  # d\n  b: 1" },
        { insert, "a:\r\n  b: 1\r\n", "a:\r\n  n: v\r\n  b: 1\r\n" },
        { insert, "? a\n: b: 1\n  c: 2\n", "? a\n: n: v\n  b: 1\n  c: 2\n" },
        { insert, "a:\n  ? b\n  : 1\n", "a:\n  n: v\n  ? b\n  : 1\n" },
        { insert, "a:\n  ? [b]\n  : 1\n", "a:\n  n: v\n  ? [b]\n  : 1\n" },
        { insert, "a: &x\n  b: 1\n", "a: &x\n  n: v\n  b: 1\n" },
        { insert, "a:\n  &x\n  b: 1\n", "a:\n  &x\n  n: v\n  b: 1\n" },
        { insert, "a:\n  &x b: 1\n", "a:\n  n: v\n  &x b: 1\n" },
        { insert, "a: !t {}\n", "a: !t {n: v}\n" },
        { insert, "a: { b: 1 }\n", "a: { n: v, b: 1 }\n" },
        { insert, "a: {\n  b: 1, # c\n  }\n", "a: {\n  n: v, b: 1, # c\n  }\n" },
        { insert, "a: {? : 1}\n", "the braces are not plain enough to put something in" },
        { insert, "a: {#b\n  }\n", "a: {n: v #b\n  }\n" },
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(harden_yaml_edit, new_items)
{
    static const struct row rows[] = {
        { append, "a: [#b\n  ]\n", "a: [v #b\n  ]\n" },
        { insert_list, "a:\n  b: 1\n", "a:\n  n: [\"v\", \"w\"]\n  b: 1\n" },
        { insert, "a:\n  b: 1\n  b: 2\n",
          "a name is there twice: programs disagree about which counts" },
        { insert, "a: {}\n---\n", "there are several documents in the file" },
        { insert, "b: &x 1\nc: {<<: *x}\na: {}\n",
          "a << has what is no mapping: programs refuse that" },
        { insert, "b: &x 1\nc: &x 2\na: {}\n",
          "an anchor is there twice: programs disagree about what it means" },
        { insert, "a: {} # \xe2\x80\xa8",
          "some lines end with what is no newline to most programs" },
        { append, "a:\n- b\n", "a:\n- b\n- v\n" },
        { append, "a:\n  - b # c\n\n# d\n", "a:\n  - b # c\n  - v\n\n# d\n" },
        { append, "a:\n  - 'b'", "a:\n  - 'b'\n  - 'v'" },
        { append, "x: &x 1\na:\n  - *x\nb: 1\n", "x: &x 1\na:\n  - *x\n  - v\nb: 1\n" },
        { append, "a: [b]\n", "a: [b, v]\n" },
        { append, "a: [\"b\",\n  ]\n", "a: [\"b\", \"v\",\n  ]\n" },
        { append, "a: [ ]\n", "a: [v ]\n" },
        { append, "a:\n  - b\n    c\n",
          "the list is not plain enough to put something behind its last item" },
        { append, "a:\n  - |\n    b\n",
          "the list is not plain enough to put something behind its last item" },
        { append, "a:\n  -\n",
          "the list is not plain enough to put something behind its last item" },
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(harden_yaml_edit, other_values)
{
    static const struct row rows[] = {
        { replace, "a: bxb # c\n", "a: byzb # c\n" },
        { replace, "a: 'bxb'", "a: 'byzb'" },
        { replace, "a: \"b\\x62b\"", "it is written with escapes, or over several lines" },
        { replace, "a: 'b''b'", "it is written with escapes, or over several lines" },
        { replace, "a: |\n  bxb\n", "it is written with escapes, or over several lines" },
        { set, "a:\n", "a: v\n" },
        { set, "a:   # b\n", "a: v   # b\n" },
        { set, "a: 'b''c' # d\n", "a: 'v' # d\n" },
        { set, "a: b\n  c\nd: 1\n", "a: v\nd: 1\n" },
        { set, "a: &x !!str 1\n", "a: &x !!str v\n" },
        { set, "a: !x\n", "it is not plain enough to put another value in its place" },
        { set, "a: [b]\n", "it is not plain enough to put another value in its place" },
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(harden_yaml_edit, what_is_taken_out)
{
    static const struct row rows[] = {
        { cut, "a:\n  b: 1\n  x: 2 # c\n  # d\n  e: 3\n", "a:\n  b: 1\n  # d\n  e: 3\n" },
        { cut, "a:\n  x: 2\n  e: 3", "a:\n  e: 3" },
        { cut, "a:\r\n  e: 3\r\n  x: 2", "a:\r\n  e: 3" },
        { cut, "a:\n  e: 3\n  x:\n    - 1 # c\n    - 2\nb: 1\n", "a:\n  e: 3\nb: 1\n" },
        { cut, "a: {x: 1, e: 3}", "a: {e: 3}" },
        { cut, "a: {e: 3, x: 1}", "a: {e: 3}" },
        { cut, "a: [x, x, b, x, c, x, x]", "a: [b, c]" },
        { cut, "a: [\n  x,\n  b\n  ]", "a: [\n  b\n  ]" },
        { cut, "a: [x, \n  x,\n  b]", "a: [\n  b]" },
        { cut, "a: [x, # c\n  b]", "a comment is in what would be taken away" },
        { cut, "a: [b, # c\n  x]", "a comment is in what would be taken away" },
        { cut, "a:\n- x\n- b\n- x\n- x", "a:\n- b" },
        { cut, "a:\n- b\n- x\r\n- c\r\n", "a:\n- b\n- c\r\n" },
        { cut, "a:\n  b: 1\n  x:\n    # c\n    - 1\n", "a comment is in what would be taken away" },
        { cut, "a: [x, x]", "nothing would be left of what it is in" },
        { cut, "a: {b: 1, x: &y 1}\nc: *y",
          "other parts of the file refer to it, or it is no plain value" },
        { cut, "a:\n  b: 1\n  x: |\n    c\n",
          "other parts of the file refer to it, or it is no plain value" },
        { cut, "a:\n  b: 1\n  ? x\n  : c\n", "it is on a line with something else" },
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}
