/*
 * What the parser makes of an expression: instructions for a machine with a stack, in the order in
 * which Python evaluates. So a chain of a thousand additions needs no recursion to evaluate, and
 * nothing is computed before the whole expression is known to be well-formed.
 */
#ifndef BULKHEAD_CODE_H
#define BULKHEAD_CODE_H

#include "number.h"

enum opcode {
    CODE_PUSH,     /* constant: pushes it */
    CODE_FUNCTION, /* function: a name that still waits for its call; never evaluated */
    CODE_UNARY,    /* op: replaces the top */
    CODE_NOT,
    CODE_BINARY,  /* op: replaces the two topmost */
    CODE_COMPARE, /* op, target: a link of a chain: leaves the right operand, or False and jumps */
    CODE_AND,     /* target: leaves what is false and jumps; else takes it away */
    CODE_OR,      /* target: leaves what is true and jumps; else takes it away */
    CODE_NUMBER,  /* op: checks that the top is a number: the last operand of `and` and `or` */
    CODE_CALL,    /* function, count: replaces its arguments */
    CODE_BUILD,   /* kind, count: replaces so many items by one container */
};

struct instruction {
    enum opcode code;
    uint32_t position; /* in the expression, for errors */
    union {
        struct value constant;
        struct {
            enum op op;
            size_t target; /* index of an instruction */
        };
        struct {
            const struct function *function; /* NULL: set */
            size_t arguments;
        };
        struct {
            enum value_kind kind;
            size_t count;
        };
    };
};

#endif
