/* JSON: what is a value, where it is, and what is a fault. */
#include "json/json.h"

#include <criterion/criterion.h>
#include <string.h>

static void read(struct json_document *document, struct text *text, const char *bytes)
{
    text_of(text, "name", bytes, strlen(bytes));
    json_read(document, text);
}

static void release(struct json_document *document, struct text *text)
{
    json_free(document);
    text_free(text);
}

static const struct {
    const char *bytes;
    size_t offset;
    const char *why;
} fault_rows[] = {
    { "{", 1, "it ends too early" },
    { "{,}", 1, "no name of a member, which is a string in double quotes" },
    { "{\"a\"}", 4, "no colon after the name of a member" },
    { "{\"a\":}", 5, "no value: a string, a number, true, false, null, [ or {" },
    { "{\"a\":1,}", 6, "a comma that nothing follows" },
    { "[1,]", 2, "a comma that nothing follows" },
    { "[1 2]", 3, "no comma, and no bracket that closes" },
    { "[1} ", 2, "no comma, and no bracket that closes" },
    { "[] x", 3, "something follows the value" },
    { "// a\n[]", 0, "a comment, which JSON does not have" },
    { "['a']", 1, "a single quote: JSON has double ones" },
    { "[\"a", 1, "a string without its closing quote" },
    { "[\"a\\\"]", 1, "a string without its closing quote" },
    { "[\"\\x\"]", 2, "a backslash that escapes nothing" },
    { "[\"\\u12\"]", 2, "a \\u that four hexadecimal digits do not follow" },
    { "[\"\\udc00\"]", 2, "half of a surrogate pair" },
    { "[\"\\ud800\\u0041\"]", 2, "half of a surrogate pair" },
    { "[\"\xff\"]", 2, "what is no UTF-8" },
    { "[\"\n\"]", 2, "a control character in a string, or it does not end" },
    { "[01]", 1, "a number that begins with 0" },
    { "[-]", 1, "a minus without a number" },
    { "[1.]", 1, "a number without digits after its point" },
    { "[1e+]", 1, "a number without digits in its exponent" },
    { "[9223372036854775808]", 1, "a number that is too big: parsers make others of it" },
    { "[-9223372036854775809]", 1, "a number that is too big: parsers make others of it" },
    { "[1e999]", 1, "a number that is too big: parsers make others of it" },
    { "{\"a\":1,\"b\":2,\"a\":3}", 13,
      "a name that is there twice: parsers take one or the "
      "other" },
    { "{\"a\":1,\"\\u0061\":3}", 7,
      "a name that is there twice: parsers take one or the "
      "other" },
    { "{\"\\u0000\":1}", 1, "a NUL in a name" },
    { "True", 0, "no value: a string, a number, true, false, null, [ or {" },
};

/* The first, and only one; else one that is none. */
static struct fault only_fault(const struct json_document *document)
{
    if (document->faults.list == NULL || document->faults.count != 1)
        return (struct fault){ .why = "not just one" };
    return document->faults.list[0];
}

Test(harden_json, faults)
{
    for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
        struct json_document document;
        struct text text;
        read(&document, &text, fault_rows[i].bytes);
        const struct fault fault = only_fault(&document);
        cr_expect_str_eq(fault.why, fault_rows[i].why, "%s", fault_rows[i].bytes);
        cr_expect_eq(fault.offset, fault_rows[i].offset, "%s", fault_rows[i].bytes);
        release(&document, &text);
    }
}

Test(harden_json, values_and_their_places)
{
    static const char bytes[] = "\xef\xbb\xbf {\"a\\u00e4\" : [1, \"x\\n\\ud83d\\ude00\", {}],\r\n"
                                "\t\"b\":null}\n";
    struct json_document document;
    struct text text;

    read(&document, &text, bytes);
    cr_assert_eq(document.faults.count, 0);
    const struct json *const list = json_member(document.root, "a\xc3\xa4");
    cr_assert_not_null(list, "names mean what their escapes do");
    cr_expect_eq(list->count, 3);
    cr_expect(text_is(&text, list->name, "\"a\\u00e4\""), "with its quotes");
    cr_expect(text_is(&text, list->at, "[1, \"x\\n\\ud83d\\ude00\", {}]"), "with its brackets");
    cr_expect(json_is_string(list->first->next, "x\n\xf0\x9f\x98\x80"));
    cr_expect_eq(json_member(document.root, "b")->kind, JSON_NULL);
    cr_expect_null(json_member(document.root, "c"));
    struct fault fault;
    cr_expect(json_judge(&text, &document, &fault), "json-c reads the same");
    release(&document, &text);
}

/* Pairs that json-c misreads, as values and as names, and beside them what is no such pair. */
Test(harden_json, what_json_c_misreads)
{
    static const char *const texts[] = { "{\"a\": \"\\ud836\\ude00\"}",
                                         "{\"\\ud836\\ude00\": 1, \"\\ud836\\ude01\": 2, \"b\": 3}",
                                         "[\"\\ud836\\ude00\\ud834\\udd1e\"]",
                                         "{\"a\": \"\xf0\x9d\xa8\x80\"}",
                                         "{\"a\": \"\\ud834\\udd1e\\ud83d\\ude00\"}" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct json_document document;
        struct fault fault;
        struct text text;
        read(&document, &text, texts[i]);
        cr_expect(json_judge(&text, &document, &fault), "%s", texts[i]);
        release(&document, &text);
    }
}

Test(harden_json, facts)
{
    static const char *const expected[] = { " {", "/a [", "/a/0 = 1", "/a/1 {", "/b~1c~0 = \"x\"" };
    struct json_document document;
    struct facts facts = { .ends = NULL };
    struct text text;

    read(&document, &text, "{\"a\": [1, {}], \"b/c~\": \"x\"}");
    json_facts(&facts, &text, document.root);
    cr_assert_eq(facts.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < facts.count; i++) {
        size_t length;
        const char *const fact = fact_at(&facts, i, &length);
        cr_expect_eq(length, strlen(expected[i]), "%s", expected[i]);
        cr_expect_eq(memcmp(fact, expected[i], length), 0, "%s", expected[i]);
    }
    facts_free(&facts);
    release(&document, &text);
}

Test(harden_json, without_a_value)
{
    static const char *const texts[] = { "", " \r\n\t", "\xef\xbb\xbf" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct json_document document;
        struct text text;
        read(&document, &text, texts[i]);
        cr_expect(document.is_empty && document.root == NULL && document.faults.count == 0);
        release(&document, &text);
    }
}

Test(harden_json, many_members)
{
    struct bytes bytes = { .data = NULL };
    struct json_document document;
    struct text text;

    bytes_text(&bytes, "{\"0\": 0");
    for (int i = 1; i < 100000; i++)
        bytes_format(&bytes, ",\"%d\": \"\\\\\"", i);
    bytes_text(&bytes, "}");
    read(&document, &text, bytes.data);
    cr_expect_eq(document.faults.count, 0);
    cr_expect_eq(document.root->count, 100000, "and in no quadratic time");
    release(&document, &text);
    bytes_free(&bytes);
}
