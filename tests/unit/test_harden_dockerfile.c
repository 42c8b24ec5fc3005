/* Dockerfiles: what is an instruction, where it is, and what a shell would do. */
#include "dockerfile/docker_shell.h"

#include <criterion/criterion.h>
#include <string.h>

static struct dockerfile *read(struct text *text, const char *bytes, struct fault *fault)
{
    text_of(text, "Dockerfile", bytes, strlen(bytes));
    return docker_read(text, fault);
}

Test(harden_dockerfile, logical_lines)
{
    static const struct {
        const char *bytes, *last, *reason;
        size_t count;
    } rows[] = {
        { "", NULL, "nothing", 0 },
        { "# x\n\n  # y\n", NULL, "comments and empty lines", 0 },
        { "FROM x\nRUN a\n", "RUN a", "lines", 2 },
        { "FROM x\nRUN a \\\n b\n", "RUN a  b", "a continuation", 2 },
        { "FROM x\nRUN a \\  \t\n b\n", "RUN a  b", "blanks behind the backslash", 2 },
        { "FROM x\nRUN a \\\\\nRUN b\n", "RUN b", "two backslashes are none", 3 },
        { "FROM x\nRUN a \\\n# c\n\n\n b\n", "RUN a  b", "comments and empty lines inside", 2 },
        { "FROM x\nRUN a \\", "RUN a ", "the file ends in it", 2 },
        { "FROM x\r\nRUN a \\\r\n b\r\n", "RUN a  b", "CRLF", 2 },
        { "\xef\xbb\xbf"
          "FROM x",
          "FROM x", "a byte order mark", 1 },
        { "# escape=`\nFROM x\nRUN a `\n b \\\n", "RUN a  b \\", "another escape character", 2 },
        { "\xef\xbb\xbf# escape=`\nFROM x `\n y\n", "FROM x  y", "behind a byte order mark", 1 },
        { "# x\n# escape=`\nFROM x `\nRUN y\n", "RUN y", "only at the top", 2 },
        { "# syntax=a\n# escape = ` \nFROM x `\n y\n", "FROM x  y", "behind another one", 1 },
        { "FROM x\nRUN <<E\nFROM y\nE\nRUN z", "RUN z", "a heredoc", 3 },
        { "FROM x\nRUN <<-E a\n\tE\nRUN z", "RUN z", "one without tabs", 3 },
        { "FROM x\nRUN a <<E 3<<\"F\"\nE\nRUN b\nF\nRUN z", "RUN z", "two", 3 },
        { "FROM x\nRUN echo \"<<E\" a<<E '<<E'\nRUN z", "RUN z", "in quotes or a word is none", 3 },
        { "FROM x\nCMD <<E\nRUN z", "RUN z", "nor of CMD", 3 },
        { "FROM x\nRUN [\"<<E\"]\nRUN z", "RUN z", "nor of a list", 3 },
        { "FROM x\nONBUILD RUN <<E\nE\nRUN z", "RUN z", "but of ONBUILD", 3 },
        { "from x\nonbuild run a", "onbuild run a", "small letters", 2 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct text text;
        struct dockerfile *const dockerfile = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(dockerfile, "%s: %s", rows[i].reason, fault.why);
        cr_expect_eq(dockerfile->count, rows[i].count, "%s: %zu", rows[i].reason,
                     dockerfile->count);
        if (rows[i].last != NULL && dockerfile->count > 0)
            cr_expect_str_eq(dockerfile->instructions[dockerfile->count - 1].line, rows[i].last,
                             "%s", rows[i].reason);
        docker_free(dockerfile);
        text_free(&text);
    }
}

Test(harden_dockerfile, what_can_not_be_read)
{
    static const struct {
        const char *bytes, *why;
        size_t offset;
    } rows[] = {
        { "FROM x\nRUNN y\n", "RUNN is no instruction", 7 },
        { "FROM x\n  ONBUILD what\n", "what is no instruction", 17 },
        { "FROM x\nRUN <<E\ny\n", "the heredoc E has no end", 15 },
        { "# escape=x\n", "the escape character is \\ or `", 0 },
        { "# escape=\\\n# escape=`\n", "the directive escape is there twice", 11 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { .offset = 0 };
        struct text text;
        cr_expect_null(read(&text, rows[i].bytes, &fault), "%s", rows[i].bytes);
        cr_expect_str_eq(fault.why, rows[i].why);
        cr_expect_eq(fault.offset, rows[i].offset, "%s", rows[i].bytes);
        text_free(&text);
    }
}

Test(harden_dockerfile, images)
{
    static const struct {
        const char *bytes, *repository, *tag, *digest, *reason;
    } rows[] = {
        { "FROM debian", "debian", "", "", "a name alone" },
        { "FROM --platform=x docker.io/library/debian:12", "debian", "12", "", "Docker's own" },
        { "FROM r:5000/a/b", "r:5000/a/b", "", "", "a registry's port is no tag" },
        { "FROM r:5000/a/b:c@sha256:d", "r:5000/a/b", "c", "sha256:d", "all of it" },
        { "ARG A=x:1\nFROM $A", "x", "1", "", "a variable" },
        { "ARG A=x B=2\nARG C=$A:$B\nFROM ${C}-y", "x", "2-y", "", "in another one" },
        { "FROM ${A:-x:3}", "x", "3", "", "with a default in place" },
        { "FROM x:1 AS a\nFROM y\nFROM A", "x", "1", "", "a stage's" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault;
        struct text text;
        struct dockerfile *const dockerfile = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(dockerfile);
        const struct docker_stage *const root = docker_root(dockerfile, docker_final(dockerfile));
        cr_expect(root->is_known, "%s", rows[i].reason);
        cr_expect_str_eq(root->image.repository, rows[i].repository, "%s", rows[i].reason);
        cr_expect_str_eq(root->image.tag, rows[i].tag, "%s", rows[i].reason);
        cr_expect_str_eq(root->image.digest, rows[i].digest, "%s", rows[i].reason);
        docker_free(dockerfile);
        text_free(&text);
    }
}

/* The commands, a line each, words with a bar between; one that reads another's output with >. */
static void put_commands(struct bytes *out, const struct dockerfile *dockerfile)
{
    bytes_text(out, "");
    for (size_t i = 0; i < dockerfile->command_count; i++) {
        const struct shell_command *const command = &dockerfile->commands[i];
        bytes_text(out, command->piped_from != NO_COMMAND ? ">" : "");
        for (size_t j = 0; j < command->count; j++)
            bytes_format(out, "%s%s", j > 0 ? "|" : "", command->words[j].value);
        bytes_text(out, "\n");
    }
}

Test(harden_dockerfile, commands)
{
    static const struct {
        const char *bytes, *commands;
    } rows[] = {
        { "RUN a b", "a|b\n" },
        { "RUN --mount=x a", "a\n" },
        { "RUN a&&b ; c||d & e", "a\nb\nc\nd\ne\n" },
        { "RUN a | b |& c", "a\n>b\n>c\n" },
        { "RUN a 'b c' \"d $e\" f\\ g", "a|b c|d $e|f g\n" },
        { "RUN a >b 2>&1 </c <<<d &>e f", "a|f\n" },
        { "RUN a # b && c", "a\n" },
        { "RUN a#b", "a#b\n" },
        { "RUN (a; b) && { c; }", "a\nb\n{|c\n}\n" },
        { "RUN a $(b | c) `d`", "b\n>c\nd\na|$(b | c)|`d`\n" },
        { "RUN a <(b)", "b\na|<(b)\n" },
        { "RUN a $((1 + 2))", "a|$((1 + 2))\n" },
        { "RUN a '$(b)'", "a|$(b)\n" },
        { "RUN sh -c 'a | b'", "sh|-c|a | b\na\n>b\n" },
        { "RUN [\"sh\", \"-c\", \"a; b\"]", "sh|-c|a; b\na\nb\n" },
        { "RUN <<E\na \\\nb\nc | d # e\nE", "a|b\nc\n>d\n" },
        { "RUN cat <<E\na\nE", "cat\n" },
        { "RUN a $(b", "b\na|$(b\n" },
        { "RUN a 'b", "a|b\n" },
        { "CMD a", "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes out = { .data = NULL };
        struct fault fault;
        struct text text;
        struct dockerfile *const dockerfile = read(&text, rows[i].bytes, &fault);
        cr_assert_not_null(dockerfile, "%s", rows[i].bytes);
        put_commands(&out, dockerfile);
        cr_expect_str_eq(out.data, rows[i].commands, "%s", rows[i].bytes);
        bytes_free(&out);
        docker_free(dockerfile);
        text_free(&text);
    }
}
