#include "evaluate.h"
#include "parser.h"
#include "print.h"
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct calc *calc_new(void)
{
    struct calc *const calc = malloc(sizeof(*calc));

    if (calc == NULL)
        return NULL;
    calc->memory = malloc(CALC_MEMORY + SCRATCH_BYTES);
    if (calc->memory == NULL) {
        free(calc);
        return NULL;
    }
    calc->scratch.memory = calc->memory + CALC_MEMORY;
    scratch_install();
    return calc;
}

void calc_free(struct calc *calc)
{
    if (calc != NULL)
        free(calc->memory);
    free(calc);
}

/* --- memory, work and errors: see value.h ----------------------------------------------------- */

void *calc_alloc(struct calc *calc, size_t bytes, size_t position)
{
    const size_t unit = _Alignof(max_align_t);
    const size_t start = (calc->used + unit - 1) / unit * unit;

    if (start > CALC_MEMORY || bytes > CALC_MEMORY - start) {
        calc_fail(calc, CALC_LIMIT, position, "the values need more than %d MiB of memory",
                  CALC_MEMORY / (1024 * 1024));
        return NULL;
    }
    calc->used = start + bytes;
    return calc->memory + start;
}

size_t calc_mark(const struct calc *calc)
{
    return calc->used;
}

void calc_release(struct calc *calc, size_t mark)
{
    calc->used = mark;
}

bool calc_work(struct calc *calc, uint64_t nanoseconds, size_t position)
{
    if (nanoseconds <= calc->work_left) {
        calc->work_left -= nanoseconds;
        return true;
    }
    calc->work_left = 0;
    return calc_fail(calc, CALC_LIMIT, position, "this takes more time than an expression may");
}

uint32_t calc_identity(struct calc *calc)
{
    return ++calc->identities;
}

bool calc_fail(struct calc *calc, enum calc_status status, size_t position, const char *format, ...)
{
    struct calc_result *const result = calc->result;
    char why[124]; /* leaves room for any position */
    va_list args;

    if (result->status != CALC_OK)
        return false;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    result->status = status;
    result->position = position != CALC_NOWHERE ? position : 0;
    if (position != CALC_NOWHERE)
        snprintf(result->detail, sizeof(result->detail), "%s at position %zu", why, position);
    else
        snprintf(result->detail, sizeof(result->detail), "%s", why);
    return false;
}

/* --- one expression ----------------------------------------------------------------------------
 */

static void begin(struct calc *calc, const char *source, size_t length, struct calc_result *result)
{
    *result = (struct calc_result){ .status = CALC_OK };
    calc->source = source;
    calc->length = length;
    calc->result = result;
    calc->used = 0;
    calc->work_left = WORK;
    calc->identities = 0;
    calc->code_count = 0;
    calc->output_length = 0;
}

/* False after calc_fail. */
static bool run(struct calc *calc)
{
    struct value value;

    if (calc->length > CALC_MAX_BYTES)
        return calc_fail(calc, CALC_LIMIT, CALC_MAX_BYTES,
                         "an expression takes %d bytes at most: this one goes on", CALC_MAX_BYTES);
    if (!parser_parse(calc) || !evaluate_run(calc, &value) || !print_value(calc, &value))
        return false;
    calc->result->text = calc->output;
    calc->result->length = calc->output_length;
    calc->result->type = value_type_name(&value);
    return true;
}

void calc_evaluate(struct calc *calc, const char *source, size_t length, struct calc_result *result)
{
    begin(calc, source, length, result);
    scratch_begin(&calc->scratch);
    if (setjmp(calc->scratch.exhausted) == 0)
        run(calc);
    else
        calc_fail(calc, CALC_LIMIT, CALC_NOWHERE, "an operation needs more than %d MiB of memory",
                  SCRATCH_BYTES / (1024 * 1024));
    scratch_end();
}
