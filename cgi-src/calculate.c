/*
 * Route /calculate: evaluates a Python expression, or rather what is a number or a literal of them.
 * It computes, opens nothing, and runs nobody's code: docs/calculate.md has the language.
 */
#include "calc/calc.h"
#include "route/route.h"
#include "route/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_something(const char *value, size_t bytes)
{
    (void)value;
    return bytes > 0;
}

static const struct param params[] = {
    { .name = "expr",
      .max_bytes = CALC_MAX_BYTES,
      .accepts = is_something,
      .error = "Invalid expression",
      .expected = "expr takes one Python expression of 1 to 4096 bytes: numbers, operators, "
                  "functions of numbers, or any literal" },
    PARAMS_END,
};

static const struct error error_invalid = { 400, "Invalid expression" };

static void *open_calc(unsigned workers)
{
    struct calc *const calc = calc_new();

    (void)workers; /* it computes, in the loop: one at a time */
    if (calc == NULL)
        log_error("not enough memory");
    return calc;
}

/*
 * In a URL a + is a space, and yet people type 1+2 there. So what is no expression is tried again
 * with each + read as itself. Returns the text that the result is of; when neither is one, the
 * result is of the attempt that got further, or of the second.
 */
static const char *evaluate(const struct request *request, struct calc_result *result)
{
    const char *const text = request_param(request, "expr");
    const char *plus;
    struct calc_result second;

    calc_evaluate(request_context(request), text, strlen(text), result);
    if (result->status != CALC_SYNTAX || (plus = request_param_plus(request, "expr")) == NULL)
        return text;
    calc_evaluate(request_context(request), plus, strlen(plus), &second);
    if (second.status == CALC_SYNTAX && second.position < result->position)
        return text;
    *result = second;
    return plus;
}

static void answer_calculate(const struct request *request, struct response *response)
{
    struct calc_result result;
    const char *const text = evaluate(request, &result);

    if (result.status != CALC_OK) {
        answer_error(response, &error_invalid, "%s", result.detail);
        return;
    }
    answer_bytes(response, result.text, result.length);
    answer_string(response, "expression", text);
    answer_string_bytes(response, "result", result.text, result.length);
    answer_string(response, "type", result.type);
}

/* calculate EXPRESSION: the same on the command line. */
static int print_calculate(const char *argument)
{
    struct calc *const calc = open_calc(1);
    struct calc_result result;
    int code = EXIT_FAILURE;

    if (calc == NULL)
        return EXIT_FAILURE;
    calc_evaluate(calc, argument, strlen(argument), &result);
    if (result.status != CALC_OK)
        fprintf(stderr, "calculate: %s\n", result.detail);
    else if (fwrite(result.text, 1, result.length, stdout) != result.length ||
             putchar('\n') == EOF || fflush(stdout) != 0)
        log_error("standard output can't be written");
    else
        code = EXIT_SUCCESS;
    calc_free(calc);
    return code;
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "calculate",
                                             .summary = "Answers the route /calculate: Python's "
                                                        "answer to an expression",
                                             .params = params,
                                             .sandbox = &sandbox_pure,
                                             .open_before_drop = open_calc,
                                             .handle = answer_calculate,
                                             .command = print_calculate });
}
