/*
 * What the calculator answers, for tests/calc/ to compare with CPython.
 *
 * Reads a line an expression, in hexadecimal so that it may hold any byte. Writes a line each:
 * "ok", the type and the text in hexadecimal; else "syntax", "value" or "limit", the position and
 * the detail in hexadecimal. With an argument N it evaluates each N times, and adds the nanoseconds
 * that one took.
 */
#include "calc/calc.h"
#include "hex_lines.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const words[] = {
    [CALC_OK] = "ok",
    [CALC_SYNTAX] = "syntax",
    [CALC_VALUE] = "value",
    [CALC_LIMIT] = "limit",
};

static double nanoseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e9 + (double)(now.tv_nsec - start->tv_nsec);
}

static void judge(struct calc *calc, const char *source, size_t length, unsigned long times)
{
    struct calc_result result = { 0 };
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned long i = 0; i < (times > 0 ? times : 1); i++)
        calc_evaluate(calc, source, length, &result);
    const double took = nanoseconds_since(&start);

    printf("%s ", words[result.status]);
    if (result.status == CALC_OK) {
        printf("%s ", result.type);
        write_hex(result.text, result.length);
    } else {
        printf("%zu ", result.position);
        write_hex(result.detail, strlen(result.detail));
    }
    if (times > 0)
        printf(" %.0f", took / (double)times);
    putchar('\n');
}

/* A copy of its own size, so that a sanitizer sees whoever reads on behind it. */
static void judge_line(struct calc *calc, const char *text, size_t length, unsigned long times)
{
    char *const source = malloc(length > 0 ? length : 1);

    if (source == NULL)
        exit(1);
    memcpy(source, text, length);
    judge(calc, source, length, times);
    free(source);
}

int main(int argc, char **argv)
{
    static char line[16 * CALC_MAX_BYTES], text[sizeof(line) / 2];
    unsigned long times = 0;
    struct calc *const calc = calc_new();

    if (calc == NULL)
        return 1;
    /* Line by line, so that after a crash the reader knows which expression it was. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (const char *digit = argc > 1 ? argv[1] : ""; *digit != '\0'; digit++)
        times = times * 10 + (unsigned long)(*digit - '0');
    while (fgets(line, sizeof(line), stdin)) {
        const size_t length = read_hex(line, text);
        if (length == SIZE_MAX)
            return 2;
        judge_line(calc, text, length, times);
    }
    calc_free(calc);
    return fflush(stdout) == 0 ? 0 : 1;
}
