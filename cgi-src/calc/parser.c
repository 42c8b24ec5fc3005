/*
 * The grammar of the language, which is a part of Python's, by recursive descent. Above each
 * function stands its production, in the notation and with the names of Python's reference.
 */
#include "parser.h"

#include "grammar.h"

/* --- what all productions use ----------------------------------------------------------------- */

bool grammar_emit(struct parser *parser, struct instruction instruction)
{
    struct calc *const calc = parser->calc;

    if (calc->code_count == CODE_MAX)
        return calc_fail(calc, CALC_LIMIT, instruction.position, "the operations are too many");
    calc->code[calc->code_count++] = instruction;
    return true;
}

bool grammar_build(struct parser *parser, enum value_kind kind, size_t count, size_t at)
{
    return grammar_emit(
        parser, (struct instruction){
                    .code = CODE_BUILD, .position = (uint32_t)at, .kind = kind, .count = count });
}

bool grammar_enter(struct parser *parser)
{
    if (++parser->depth <= CALC_MAX_DEPTH)
        return true;
    return calc_fail(parser->calc, CALC_LIMIT, position(parser),
                     "the nesting goes deeper than %d levels", CALC_MAX_DEPTH);
}

bool grammar_leave(struct parser *parser)
{
    parser->depth--;
    return true;
}

bool grammar_unexpected(const struct parser *parser, const char *wanted)
{
    const struct token *const token = &parser->lexer.token;
    static const char *const names[TOKEN_KINDS] = {
        [TOKEN_END] = "the expression ends", [TOKEN_INTEGER] = "a number begins",
        [TOKEN_FLOAT] = "a number begins",   [TOKEN_IMAGINARY] = "a number begins",
        [TOKEN_STRING] = "a string begins",  [TOKEN_NAME] = "a name begins",
    };

    if (names[token->kind] != NULL)
        return calc_fail(parser->calc, CALC_SYNTAX, token->position, "%s is wanted where %s",
                         wanted, names[token->kind]);
    /* Operators and keywords, which are safe to repeat. */
    return calc_fail(parser->calc, CALC_SYNTAX, token->position, "%s is wanted where %.*s is",
                     wanted, (int)token->length, parser->lexer.source + token->position);
}

/*
 * A jump forward whose target is not known yet holds the number of the one before it that waits for
 * the same, counted from 1; *waiting is the last. This lets all of them jump to what comes next.
 */
static void land(struct parser *parser, size_t waiting)
{
    while (waiting > 0) {
        struct instruction *const jump = &parser->calc->code[waiting - 1];
        waiting = jump->target;
        jump->target = parser->calc->code_count;
    }
}

static bool emit_jump(struct parser *parser, enum opcode code, enum op op, size_t at,
                      size_t *waiting)
{
    const struct instruction jump = {
        .code = code, .position = (uint32_t)at, .op = op, .target = *waiting
    };

    if (!grammar_emit(parser, jump))
        return false;
    *waiting = parser->calc->code_count;
    return true;
}

/* --- operators -------------------------------------------------------------------------------- */

static bool emit_op(struct parser *parser, enum opcode code, enum op op, size_t at)
{
    return grammar_emit(parser,
                        (struct instruction){ .code = code, .position = (uint32_t)at, .op = op });
}

/* u_expr: power | ("-" | "+" | "~") u_expr; power: primary ["**" u_expr] */
static bool factor(struct parser *parser)
{
    static const struct {
        bool is_sign;
        enum op op;
    } signs[TOKEN_KINDS] = { [TOKEN_PLUS] = { true, OP_PLUS },
                             [TOKEN_MINUS] = { true, OP_MINUS },
                             [TOKEN_TILDE] = { true, OP_INVERT } };
    const enum token_kind sign = current(parser);
    size_t at = position(parser);

    if (signs[sign].is_sign)
        return grammar_enter(parser) && next(parser) && factor(parser) &&
               emit_op(parser, CODE_UNARY, signs[sign].op, at) && grammar_leave(parser);
    if (!grammar_primary(parser))
        return false;
    if (current(parser) != TOKEN_DOUBLE_STAR)
        return true;
    at = position(parser);
    return grammar_enter(parser) && next(parser) && factor(parser) &&
           emit_op(parser, CODE_BINARY, OP_POWER, at) && grammar_leave(parser);
}

/*
 * m_expr to or_expr: the operators that associate to the left, from "|" (1) to "*" (6), by
 * precedence climbing: those of at least `lowest` are taken.
 */
static bool binary(struct parser *parser, unsigned lowest)
{
    static const struct {
        unsigned precedence;
        enum op op;
    } operators[TOKEN_KINDS] = {
        [TOKEN_BAR] = { 1, OP_OR },
        [TOKEN_CARET] = { 2, OP_XOR },
        [TOKEN_AMPERSAND] = { 3, OP_AND },
        [TOKEN_SHIFT_LEFT] = { 4, OP_SHIFT_LEFT },
        [TOKEN_SHIFT_RIGHT] = { 4, OP_SHIFT_RIGHT },
        [TOKEN_PLUS] = { 5, OP_ADD },
        [TOKEN_MINUS] = { 5, OP_SUBTRACT },
        [TOKEN_STAR] = { 6, OP_MULTIPLY },
        [TOKEN_SLASH] = { 6, OP_DIVIDE },
        [TOKEN_DOUBLE_SLASH] = { 6, OP_FLOOR_DIVIDE },
        [TOKEN_PERCENT] = { 6, OP_MODULO },
    };

    if (!factor(parser))
        return false;
    for (;;) {
        const enum token_kind kind = current(parser);
        const unsigned precedence = operators[kind].precedence;
        const size_t at = position(parser);
        if (precedence < lowest)
            return true;
        if (!next(parser) || !binary(parser, precedence + 1) ||
            !emit_op(parser, CODE_BINARY, operators[kind].op, at))
            return false;
    }
}

/* The comparison that a token stands for; OPERATORS: it is none. */
static enum op comparison_op(enum token_kind kind)
{
    return kind >= TOKEN_EQUAL && kind <= TOKEN_GREATER_EQUAL
               ? OP_EQUAL + (enum op)(kind - TOKEN_EQUAL)
               : OPERATORS;
}

/* comparison: or_expr (("==" | "!=" | "<" | "<=" | ">" | ">=") or_expr)* */
static bool comparison(struct parser *parser)
{
    size_t waiting = 0;

    if (!binary(parser, 1))
        return false;
    enum op op = comparison_op(current(parser));
    while (op != OPERATORS) {
        const size_t at = position(parser);
        if (!next(parser) || !binary(parser, 1))
            return false;
        const enum op following = comparison_op(current(parser));
        if (following == OPERATORS ? !emit_op(parser, CODE_BINARY, op, at)
                                   : !emit_jump(parser, CODE_COMPARE, op, at, &waiting))
            return false;
        op = following;
    }
    land(parser, waiting);
    return true;
}

/* not_test: comparison | "not" not_test */
static bool inversion(struct parser *parser)
{
    const size_t at = position(parser);

    if (current(parser) != TOKEN_NOT)
        return comparison(parser);
    return grammar_enter(parser) && next(parser) && inversion(parser) &&
           emit_op(parser, CODE_NOT, OPERATORS, at) && grammar_leave(parser);
}

/* `operand` once or more with `kind` between: each but the last may jump behind the last. */
static bool short_circuit(struct parser *parser, enum token_kind kind, enum opcode code,
                          bool (*operand)(struct parser *))
{
    const enum op op = code == CODE_AND ? OP_AND : OP_OR;
    size_t waiting = 0, at = 0;

    if (!operand(parser))
        return false;
    while (current(parser) == kind) {
        at = position(parser);
        if (!emit_jump(parser, code, op, at, &waiting) || !next(parser) || !operand(parser))
            return false;
    }
    if (waiting > 0 && !emit_op(parser, CODE_NUMBER, op, at))
        return false;
    land(parser, waiting);
    return true;
}

/* and_test: not_test ("and" not_test)* */
static bool conjunction(struct parser *parser)
{
    return short_circuit(parser, TOKEN_AND, CODE_AND, inversion);
}

/* expression: and_test ("or" and_test)* */
bool grammar_expression(struct parser *parser)
{
    return short_circuit(parser, TOKEN_OR, CODE_OR, conjunction);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* A function whose call did not come is no value. */
static bool check_functions(const struct parser *parser)
{
    struct calc *const calc = parser->calc;

    for (size_t i = 0; i < calc->code_count; i++)
        if (calc->code[i].code == CODE_FUNCTION)
            return calc_fail(calc, CALC_SYNTAX, calc->code[i].position,
                             "call it, as in abs(-1): a function without its parentheses is");
    return true;
}

/* eval: items END, and at least one; a tuple needs no parentheses here */
bool parser_parse(struct calc *calc)
{
    struct parser parser = { .calc = calc };
    size_t count, commas;

    if (!lexer_start(&parser.lexer, calc))
        return false;
    const size_t at = position(&parser);
    if (!grammar_items(&parser, TOKEN_END, &count, &commas))
        return false;
    if (count == 0 || current(&parser) != TOKEN_END)
        return grammar_unexpected(&parser, count == 0 ? "a value" : "an operator, or the end,");
    if (commas > 0 && !grammar_build(&parser, VALUE_TUPLE, count, at))
        return false;
    return check_functions(&parser);
}
