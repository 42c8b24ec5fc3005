/*
 * A stack machine. Beside each value on the stack stands the mark from which on memory is its own:
 * an operation gives up its operands' memory by giving its result the first one's mark.
 */
#include "evaluate.h"

#include "container.h"

#include <string.h>

struct machine {
    struct calc *calc;
    size_t count; /* of values on the stack */
    size_t next;  /* instruction */
};

/* The stack has room: see STACK_MAX. */
static void push(struct machine *machine, struct value value, size_t mark)
{
    machine->calc->stack[machine->count] = value;
    machine->calc->marks[machine->count] = mark;
    machine->count++;
}

static struct value *top(const struct machine *machine)
{
    return &machine->calc->stack[machine->count - 1];
}

/*
 * Replaces the `count` topmost values, at least one, by the result of an operation on them, which
 * has put what it needs beside the value, if anything, at their mark.
 */
static void replace(struct machine *machine, size_t count, struct value result)
{
    machine->count -= count - 1;
    *top(machine) = result;
    if (result.kind == VALUE_BOOL || result.kind == VALUE_FLOAT || result.kind == VALUE_COMPLEX)
        calc_release(machine->calc, machine->calc->marks[machine->count - 1]);
}

/* Where an operation on the `count` topmost values is, and from where on it may use the memory. */
static struct place place(const struct machine *machine, const struct instruction *instruction,
                          size_t count)
{
    return (struct place){ .position = instruction->position,
                           .mark = count > 0 ? machine->calc->marks[machine->count - count]
                                             : calc_mark(machine->calc) };
}

static bool check_number(const struct machine *machine, const struct instruction *instruction,
                         const char *operator)
{
    if (is_number(top(machine)))
        return true;
    return calc_fail(machine->calc, CALC_VALUE, instruction->position,
                     "%s takes numbers, not %s", operator, value_type_name(top(machine)));
}

/* --- one function an instruction -------------------------------------------------------------- */

static bool run_push(struct machine *machine, const struct instruction *instruction)
{
    push(machine, instruction->constant, calc_mark(machine->calc));
    return true;
}

static bool run_unary(struct machine *machine, const struct instruction *instruction)
{
    struct value result;

    if (!number_unary(machine->calc, instruction->op, top(machine), place(machine, instruction, 1),
                      &result))
        return false;
    replace(machine, 1, result);
    return true;
}

static bool run_not(struct machine *machine, const struct instruction *instruction)
{
    if (!check_number(machine, instruction, "not"))
        return false;
    replace(machine, 1, (struct value){ .kind = VALUE_BOOL, .truth = !value_truth(top(machine)) });
    return true;
}

static bool run_binary(struct machine *machine, const struct instruction *instruction)
{
    struct value result;

    if (!number_binary(machine->calc, instruction->op, top(machine) - 1, top(machine),
                       place(machine, instruction, 2), &result))
        return false;
    replace(machine, 2, result);
    return true;
}

/* One link of a < b < c: the right operand is the next one's left, so its memory stays. */
static bool run_compare(struct machine *machine, const struct instruction *instruction)
{
    const struct place keeps = { instruction->position, calc_mark(machine->calc) };
    const struct value right = *top(machine);
    struct value result;

    if (!number_binary(machine->calc, instruction->op, top(machine) - 1, top(machine), keeps,
                       &result))
        return false;
    if (result.truth) {
        machine->count--;
        *top(machine) = right;
    } else {
        replace(machine, 2, result);
        machine->next = instruction->target;
    }
    return true;
}

/* `and` and `or`: what decides is the result, anything else gives way to the next operand. */
static bool decide(struct machine *machine, const struct instruction *instruction, bool deciding)
{
    if (value_truth(top(machine)) == deciding)
        machine->next = instruction->target;
    else
        calc_release(machine->calc, machine->calc->marks[--machine->count]);
    return true;
}

static bool run_and(struct machine *machine, const struct instruction *instruction)
{
    return check_number(machine, instruction, "and") && decide(machine, instruction, false);
}

static bool run_or(struct machine *machine, const struct instruction *instruction)
{
    return check_number(machine, instruction, "or") && decide(machine, instruction, true);
}

static bool run_number(struct machine *machine, const struct instruction *instruction)
{
    return check_number(machine, instruction, instruction->op == OP_AND ? "and" : "or");
}

static bool run_call(struct machine *machine, const struct instruction *instruction)
{
    const size_t count = instruction->arguments;
    const struct place where = place(machine, instruction, count);
    struct value result;

    if (!function_call(machine->calc, instruction->function,
                       &machine->calc->stack[machine->count - count], count, where, &result))
        return false;
    if (count > 0)
        replace(machine, count, result);
    else
        push(machine, result, where.mark);
    return true;
}

static bool run_build(struct machine *machine, const struct instruction *instruction)
{
    const size_t count = instruction->count;
    const struct place where = place(machine, instruction, count);
    struct value result;

    if (!container_build(machine->calc, instruction->kind,
                         &machine->calc->stack[machine->count - count], count,
                         instruction->position, &result))
        return false;
    machine->count -= count;
    push(machine, result, where.mark);
    return true;
}

bool evaluate_run(struct calc *calc, struct value *result)
{
    static bool (*const run[])(struct machine *, const struct instruction *) = {
        [CODE_PUSH] = run_push,       [CODE_FUNCTION] = NULL, /* the parser leaves none */
        [CODE_UNARY] = run_unary,     [CODE_NOT] = run_not,   [CODE_BINARY] = run_binary,
        [CODE_COMPARE] = run_compare, [CODE_AND] = run_and,   [CODE_OR] = run_or,
        [CODE_NUMBER] = run_number,   [CODE_CALL] = run_call, [CODE_BUILD] = run_build,
    };
    struct machine machine = { .calc = calc };

    while (machine.next < calc->code_count) {
        const struct instruction *const instruction = &calc->code[machine.next++];
        if (!run[instruction->code](&machine, instruction))
            return false;
    }
    *result = *top(&machine);
    return true;
}
