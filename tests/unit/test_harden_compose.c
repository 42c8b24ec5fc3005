/* Compose files: what is a service, what is found in which, and what is made of variables. */
#include "compose/compose.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* All that is found, as "C4@3 C9@1 ", by line; of some checks alone. */
static void put_found(struct bytes *out, const char *name, const char *bytes, const char *checks)
{
    struct findings findings = { .selection = NULL };
    struct document document;
    struct fault fault = { .offset = 0 };
    struct text text;

    text_of(&text, name, bytes, strlen(bytes));
    cr_assert(document_open(&document, &compose_reader, &text, &fault), "%s: %s", bytes, fault.why);
    document_audit(&document, &findings);
    bytes_text(out, "");
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *const finding = &findings.list[i];
        char *const id = format_text(" %s ", finding->check->id);
        if (strstr(checks, id) != NULL)
            bytes_format(out, "%s@%zu ", finding->check->id,
                         text_position(&text, finding->at.offset).line);
        free(id);
    }
    findings_free(&findings);
    document_close(&document);
    text_free(&text);
}

struct row {
    const char *bytes, *found, *reason;
};

static void expect_rows(const struct row *rows, size_t count, const char *name, const char *checks)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes out = { .data = NULL };
        put_found(&out, name, rows[i].bytes, checks);
        cr_expect_str_eq(out.data, rows[i].found, "%s: %s", rows[i].reason, out.data);
        bytes_free(&out);
    }
}

#define EXPECT_ROWS(rows, name, checks)                                                            \
    expect_rows(rows, sizeof(rows) / sizeof((rows)[0]), name, checks)

/* Of whom it is told that something lacks. */
Test(harden_compose, who_lacks_something)
{
    static const struct row rows[] = {
        { "services:\n a: {image: x}\n", "C14@2 ", "it has an image" },
        { "services:\n a: {build: .}\n", "C14@2 ", "it is built" },
        { "services:\n a: {ports: []}\n", "", "a part of one" },
        { "services:\n a:\n b: 1\n", "", "nothing, and no mapping" },
        { "services:\n", "", "no service" },
        { "", "", "no file" },
        { "services:\n a: {image: x, extends: {file: b.yml, service: a}}\n", "", "another file's" },
        { "services:\n a: {image: x}\n b: {extends: a}\n c: {extends: {service: b}}\n", "C14@2 ",
          "what one takes over is told of there" },
        { "services:\n a: {image: x, extends: b}\n b: {ports: []}\n", "C14@2 ",
          "but not of one that is a part" },
        { "services:\n a: {image: x, extends: b}\n b: {mem_limit: 1g}\n", "", "what it has" },
        { "services:\n a: {image: x, extends: b}\n b: {extends: a}\n", "", "a circle" },
        { "services:\n a: {image: x, extends: a}\n", "", "one that is itself" },
        { "services:\n a: {image: x, extends: c}\n", "", "one that is not there" },
        { "x-a: &a {image: x}\nservices:\n a: *a\n b: *a\n", "C14@3 ", "aliases are one" },
        { "services:\n a: &a {image: x}\n b: {<<: *a}\n c: {<<: [*a]}\n d: *a\n", "C14@2 ",
          "merges, and an alias" },
        { "x-a: &a {mem_limit: 1g}\nservices:\n a: {<<: [*a], image: x}\n", "", "merged" },
        { "services:\n a: {image: x, mem_limit: !reset null}\n", "", "another file's is unwanted" },
        { "services:\n a: {image: x, mem_limit: null}\n", "C14@2 ", "nothing is no limit" },
        { "services:\n a: {image: x, mem_limit: 0}\n", "C14@2 ", "nor is 0" },
        { "services:\n a:\n  image: x\n  mem_limit: -1\n", "C14@4 ", "at what is there" },
        { "a:\n image: x\nb:\n image: y\n", "C14@1 C14@3 ", "version 1" },
        { "version: '2'\na:\n image: x\n", "", "no version 1" },
        { "services:\n a: {image: x}\n---\nservices:\n b: {image: x}\n", "C14@2 C14@5 ",
          "documents" },
        { "? services\n: ? a\n  : image: x\n", "C14@2 ", "long keys" },
        { "{\"services\": {\"a\": {\"image\": \"x\"}}}", "C14@1 ", "JSON" },
    };
    EXPECT_ROWS(rows, "compose.yml", " C14 ");
}

Test(harden_compose, overrides)
{
    static const struct row rows[] = {
        { "services:\n a: {image: x, privileged: true}\n", "C1@2 ", "what is there counts" },
    };
    EXPECT_ROWS(rows, "docker-compose.override.yml", " C1 C9 C12 C13 C14 C15 C16 C18 ");
}

#define PORT(port) "services:\n a:\n  ports:\n  - " port "\n"

Test(harden_compose, ports)
{
    static const struct row rows[] = {
        { PORT("80:80"), "C4@4 C6@4 ", "the short form" },
        { PORT("8080"), "C4@4 ", "a number" },
        { PORT("\"8080-8090\""), "C4@4 ", "a range" },
        { PORT("22:22"), "C4@4 C5@4 C6@4 ", "base 60" },
        { PORT("127.0.0.1:80:80"), "C6@4 ", "the loopback address" },
        { PORT("127.1.2.3:5432:5432"), "", "another one" },
        { PORT("\"[::1]:5432:5432\""), "", "IPv6" },
        { PORT("\"::1:5432:5432\""), "", "without brackets" },
        { PORT("\"[::]:8080:80\""), "C4@4 ", "all of IPv6" },
        { PORT("10.0.0.1:5432:5432"), "C5@4 ", "an address" },
        { PORT("${BIND:-0.0.0.0}:8080:80"), "C4@4 ", "a default" },
        { PORT("${BIND-127.0.0.1}:8080:80"), "", "another default" },
        { PORT("${BIND}:8080:80"), "", "no default" },
        { PORT("${PORT}:80"), "C4@4 ", "a port" },
        { PORT("${X}:80"), "", "anything" },
        { PORT("${X:-127.0.0.1:80}:80"), "", "a default with an address" },
        { PORT("${X:-81}:80"), "C4@4 C6@4 ", "a default that is a port" },
        { PORT("{target: 5432, published: 80}"), "C4@4 C5@4 C6@4 ", "the long form" },
        { PORT("{target: 5432, host_ip: 127.0.0.1}"), "", "with an address" },
        { PORT("{published: 80}"), "", "without a target" },
        { PORT("[80]"), "", "no port" },
        { PORT("a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p:q:r:s:t"), "", "nothing of the kind" },
        { PORT("${"), "", "no variable" },
        { PORT(""), "", "nothing" },
    };
    EXPECT_ROWS(rows, "compose.yml", " C4 C5 C6 ");
}

/* By its name, or by a line. */
Test(harden_compose, looks)
{
    static const struct {
        const char *name, *bytes;
        bool is_one;
    } rows[] = {
        { "compose.yml", "", true },
        { "a/docker-compose.prod.yaml", "a: 1", true },
        { "my-compose.yml", "version: '3'\r\nservices:\r\n", true },
        { "my-compose.yml", "# services:\nx:\n  services:\n", false },
        { "compose/values.yml", "a: 1", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        text_of(&text, rows[i].name, rows[i].bytes, strlen(rows[i].bytes));
        cr_expect_eq(compose_looks(&text), rows[i].is_one, "%s", rows[i].name);
        text_free(&text);
    }
}

Test(harden_compose, variables)
{
    static const struct {
        const char *value, *expanded;
        bool is_known;
    } rows[] = {
        { "a", "a", true },
        { "", "", true },
        { "$$a", "$a", true },
        { "${A:-b}c", "bc", true },
        { "${A-b}", "b", true },
        { "${A:-}", "", true },
        { "${A}", "", false },
        { "$A", "A", false },
        { "${A:?b}", "", false },
        { "${A:+b}", "", false },
        { "${A:-${B:-c}}", "${B:-c}", false },
        { "${", "{", false },
        { "${A:-b", "{A:-b", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct document document;
        struct fault fault;
        struct text text;
        bool is_known;
        text_of(&text, "", "", 0);
        cr_assert(document_open(&document, &compose_reader, &text, &fault));
        cr_expect_str_eq(compose_expand(&document, rows[i].value, &is_known), rows[i].expanded,
                         "%s", rows[i].value);
        cr_expect_eq(is_known, rows[i].is_known, "%s", rows[i].value);
        document_close(&document);
        text_free(&text);
    }
}
