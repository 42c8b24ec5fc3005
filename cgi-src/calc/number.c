/* Which arithmetic an operator is done in: Python's coercion. */
#include "number.h"

#include "complex.h"
#include "integer.h"
#include "number_order.h"
#include "real.h"

static const char *const symbols[OPERATORS] = {
    [OP_ADD] = "+",         [OP_SUBTRACT] = "-",      [OP_MULTIPLY] = "*",
    [OP_DIVIDE] = "/",      [OP_FLOOR_DIVIDE] = "//", [OP_MODULO] = "%",
    [OP_POWER] = "**",      [OP_AND] = "&",           [OP_OR] = "|",
    [OP_XOR] = "^",         [OP_SHIFT_LEFT] = "<<",   [OP_SHIFT_RIGHT] = ">>",
    [OP_EQUAL] = "==",      [OP_NOT_EQUAL] = "!=",    [OP_LESS] = "<",
    [OP_LESS_EQUAL] = "<=", [OP_GREATER] = ">",       [OP_GREATER_EQUAL] = ">=",
    [OP_PLUS] = "+",        [OP_MINUS] = "-",         [OP_INVERT] = "~",
};

/* The richest kind that an operator is for; the others are for all numbers. */
static const enum value_kind richest[OPERATORS] = {
    [OP_ADD] = VALUE_COMPLEX,
    [OP_SUBTRACT] = VALUE_COMPLEX,
    [OP_MULTIPLY] = VALUE_COMPLEX,
    [OP_DIVIDE] = VALUE_COMPLEX,
    [OP_FLOOR_DIVIDE] = VALUE_FLOAT,
    [OP_MODULO] = VALUE_FLOAT,
    [OP_POWER] = VALUE_COMPLEX,
    [OP_AND] = VALUE_INT,
    [OP_OR] = VALUE_INT,
    [OP_XOR] = VALUE_INT,
    [OP_SHIFT_LEFT] = VALUE_INT,
    [OP_SHIFT_RIGHT] = VALUE_INT,
    [OP_EQUAL] = VALUE_COMPLEX,
    [OP_NOT_EQUAL] = VALUE_COMPLEX,
    [OP_LESS] = VALUE_FLOAT,
    [OP_LESS_EQUAL] = VALUE_FLOAT,
    [OP_GREATER] = VALUE_FLOAT,
    [OP_GREATER_EQUAL] = VALUE_FLOAT,
    [OP_PLUS] = VALUE_COMPLEX,
    [OP_MINUS] = VALUE_COMPLEX,
    [OP_INVERT] = VALUE_INT,
};

const char *value_type_name(const struct value *value)
{
    static const char *const names[VALUE_KINDS] = {
        [VALUE_BOOL] = "bool",       [VALUE_INT] = "int",       [VALUE_FLOAT] = "float",
        [VALUE_COMPLEX] = "complex", [VALUE_NONE] = "NoneType", [VALUE_ELLIPSIS] = "ellipsis",
        [VALUE_STR] = "str",         [VALUE_BYTES] = "bytes",   [VALUE_TUPLE] = "tuple",
        [VALUE_LIST] = "list",       [VALUE_SET] = "set",       [VALUE_DICT] = "dict",
    };

    return names[value->kind];
}

static bool takes(struct calc *calc, enum op op, const struct value *operand, size_t position)
{
    static const char *const wanted[VALUE_NUMBERS] = {
        [VALUE_INT] = "integers",
        [VALUE_FLOAT] = "real numbers",
        [VALUE_COMPLEX] = "numbers",
    };

    if (operand->kind <= richest[op])
        return true;
    return calc_fail(calc, CALC_VALUE, position, "%s takes %s, not %s", symbols[op],
                     wanted[richest[op]], value_type_name(operand));
}

static bool complex_of(struct calc *calc, const struct value *value, size_t position,
                       struct complex_number *z)
{
    if (value->kind != VALUE_COMPLEX) {
        z->imaginary = 0.0;
        return real_of(calc, value, position, &z->real);
    }
    z->real = value->complex.real;
    z->imaginary = value->complex.imaginary;
    return true;
}

static bool binary_complex(struct calc *calc, enum op op, const struct value *left,
                           const struct value *right, struct place place, struct value *out)
{
    struct complex_number a, b;

    return complex_of(calc, left, place.position, &a) &&
           complex_of(calc, right, place.position, &b) &&
           complex_binary(calc, op, a, b, place, out);
}

static bool binary_real(struct calc *calc, enum op op, const struct value *left,
                        const struct value *right, struct place place, struct value *out)
{
    double a, b;

    return real_of(calc, left, place.position, &a) && real_of(calc, right, place.position, &b) &&
           real_binary(calc, op, a, b, place, out);
}

bool number_binary(struct calc *calc, enum op op, const struct value *left,
                   const struct value *right, struct place place, struct value *out)
{
    if (!takes(calc, op, left, place.position) || !takes(calc, op, right, place.position))
        return false;
    if (op >= OP_EQUAL) {
        const bool truth = number_compare(op, left, right);
        calc_release(calc, place.mark);
        *out = (struct value){ .kind = VALUE_BOOL, .truth = truth };
        return true;
    }
    const enum value_kind kind = left->kind > right->kind ? left->kind : right->kind;
    if (kind == VALUE_COMPLEX)
        return binary_complex(calc, op, left, right, place, out);
    if (kind == VALUE_FLOAT)
        return binary_real(calc, op, left, right, place, out);
    return integer_binary(calc, op, left, right, place, out);
}

static bool negate(struct calc *calc, const struct value *operand, struct place place,
                   struct value *out)
{
    if (operand->kind == VALUE_FLOAT)
        return real_store(calc, -operand->number, place, out);
    const struct complex_number z = { .real = -operand->complex.real,
                                      .imaginary = -operand->complex.imaginary };
    return complex_store(calc, z, place, out);
}

bool number_unary(struct calc *calc, enum op op, const struct value *operand, struct place place,
                  struct value *out)
{
    if (!takes(calc, op, operand, place.position))
        return false;
    if (is_integer(operand))
        return integer_unary(calc, op, operand, place, out);
    if (op == OP_MINUS)
        return negate(calc, operand, place, out);
    /* The same object to Python, also where it is not a number. */
    *out = *operand;
    calc_release(calc, place.mark);
    return true;
}

bool value_truth(const struct value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        return value->truth;
    case VALUE_INT:
        return value->integer.size != 0;
    case VALUE_FLOAT:
        return value->number != 0.0;
    case VALUE_COMPLEX:
        return value->complex.real != 0.0 || value->complex.imaginary != 0.0;
    case VALUE_NONE:
        return false;
    case VALUE_STR:
        return value->str.length != 0;
    case VALUE_BYTES:
        return value->bytes.length != 0;
    case VALUE_TUPLE:
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_DICT:
        return value->sequence.count != 0;
    default:
        return true;
    }
}
