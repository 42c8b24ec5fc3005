/* The grammar's productions without operators: literals, names, displays, parentheses, calls. */
#include "grammar.h"
#include "names.h"
#include "text.h"

#include <string.h>

/* --- displays and calls ----------------------------------------------------------------------- */

bool grammar_items(struct parser *parser, enum token_kind end, size_t *count, size_t *commas)
{
    *count = *commas = 0;
    while (current(parser) != end) {
        if (!grammar_expression(parser))
            return false;
        ++*count;
        if (current(parser) != TOKEN_COMMA)
            return true;
        ++*commas;
        if (!next(parser))
            return false;
    }
    return true;
}

static bool expect(struct parser *parser, enum token_kind kind, const char *wanted)
{
    return current(parser) == kind ? next(parser) : grammar_unexpected(parser, wanted);
}

/* parenth_form: "(" [items] ")"; one expression without a comma is that expression itself */
static bool parenthesis(struct parser *parser)
{
    const size_t at = position(parser);
    size_t count, commas;

    return grammar_enter(parser) && next(parser) &&
           grammar_items(parser, TOKEN_CLOSE_PAREN, &count, &commas) &&
           expect(parser, TOKEN_CLOSE_PAREN, commas > 0 ? ", or )" : ")") &&
           ((count == 1 && commas == 0) || grammar_build(parser, VALUE_TUPLE, count, at)) &&
           grammar_leave(parser);
}

/* list_display: "[" [items] "]" */
static bool list_display(struct parser *parser)
{
    const size_t at = position(parser);
    size_t count, commas;

    return grammar_enter(parser) && next(parser) &&
           grammar_items(parser, TOKEN_CLOSE_BRACKET, &count, &commas) &&
           expect(parser, TOKEN_CLOSE_BRACKET, ", or ]") &&
           grammar_build(parser, VALUE_LIST, count, at) && grammar_leave(parser);
}

/* pair: expression ":" expression */
static bool pair_value(struct parser *parser)
{
    return expect(parser, TOKEN_COLON, ":") && grammar_expression(parser);
}

/* What comes after the first key and its colon: expression ("," pair)* [","] */
static bool pairs(struct parser *parser, size_t *count)
{
    if (!pair_value(parser))
        return false;
    for (*count = 2; current(parser) == TOKEN_COMMA; *count += 2) {
        if (!next(parser))
            return false;
        if (current(parser) == TOKEN_CLOSE_BRACE)
            return true;
        if (!grammar_expression(parser) || !pair_value(parser))
            return false;
    }
    return true;
}

/*
 * dict_display: "{" [pair ("," pair)* [","]] "}"
 * set_display: "{" items "}"
 */
static bool brace_display(struct parser *parser)
{
    const size_t at = position(parser);
    enum value_kind kind = VALUE_DICT;
    size_t count = 0, commas = 0;

    if (!grammar_enter(parser) || !next(parser))
        return false;
    if (current(parser) != TOKEN_CLOSE_BRACE) {
        if (!grammar_expression(parser))
            return false;
        if (current(parser) == TOKEN_COLON) {
            if (!pairs(parser, &count))
                return false;
        } else {
            kind = VALUE_SET;
            if (current(parser) == TOKEN_COMMA &&
                (!next(parser) || !grammar_items(parser, TOKEN_CLOSE_BRACE, &count, &commas)))
                return false;
            count++;
        }
    }
    return expect(parser, TOKEN_CLOSE_BRACE, ", or }") && grammar_build(parser, kind, count, at) &&
           grammar_leave(parser);
}

/* call: primary "(" [items] ")", where the primary is the name of a function, which was emitted */
static bool call(struct parser *parser)
{
    struct calc *const calc = parser->calc;
    struct instruction function = calc->code[calc->code_count - 1];
    size_t commas;

    if (function.code != CODE_FUNCTION)
        return calc_fail(calc, CALC_SYNTAX, position(parser),
                         "only functions can be called, and this is none: a parenthesis is");
    calc->code_count--;
    if (!grammar_enter(parser) || !next(parser) ||
        !grammar_items(parser, TOKEN_CLOSE_PAREN, &function.arguments, &commas) ||
        !expect(parser, TOKEN_CLOSE_PAREN, ", or )"))
        return false;
    grammar_leave(parser);
    function.code = CODE_CALL;
    if (function.function != NULL)
        return grammar_emit(parser, function);
    if (function.arguments > 0)
        return calc_fail(calc, CALC_SYNTAX, function.position,
                         "write {1, 2}, for only the empty set is written set(): set is");
    return grammar_build(parser, VALUE_SET, 0, function.position);
}

/* --- atoms ------------------------------------------------------------------------------------ */

static bool push(struct parser *parser, struct value value, size_t at)
{
    return grammar_emit(
        parser,
        (struct instruction){ .code = CODE_PUSH, .position = (uint32_t)at, .constant = value });
}

/* integer | floatnumber | imagnumber */
static bool number(struct parser *parser)
{
    const struct token token = parser->lexer.token;
    const char *const text = parser->lexer.source + token.position;
    const bool is_imaginary = token.kind == TOKEN_IMAGINARY;
    struct value value;

    if (token.kind == TOKEN_INTEGER
            ? !number_parse_integer(parser->calc, text, token.length, token.position, &value)
            : !number_parse_float(parser->calc, text, token.length - is_imaginary, is_imaginary,
                                  token.position, &value))
        return false;
    return push(parser, value, token.position) && next(parser);
}

/* (stringliteral | bytesliteral)+ */
static bool string(struct parser *parser)
{
    const size_t at = position(parser);
    struct value value;

    return text_read(&parser->lexer, &value) && push(parser, value, at);
}

static bool is_keyword_value(const char *name, size_t length, struct value *out)
{
    static const struct {
        char name[6];
        struct value value;
    } values[] = { { "True", { .kind = VALUE_BOOL, .truth = true } },
                   { "False", { .kind = VALUE_BOOL, .truth = false } },
                   { "None", { .kind = VALUE_NONE } } };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0) {
            *out = values[i].value;
            return true;
        }
    return false;
}

/* identifier: True, False, None, a constant, or a function that is called */
static bool name(struct parser *parser)
{
    const struct token token = parser->lexer.token;
    const char *const text = parser->lexer.source + token.position;
    struct instruction function = { .code = CODE_FUNCTION, .position = (uint32_t)token.position };
    char normal[NAME_MAX_BYTES];
    struct value value;

    /* Python knows its keywords by their very letters, and only names by their normal form. */
    if (is_keyword_value(text, token.length, &value))
        return push(parser, value, token.position) && next(parser);
    const size_t length = name_normalize(text, token.length, normal);
    if (constant_find(normal, length, &value))
        return push(parser, value, token.position) && next(parser);
    function.function = function_find(normal, length);
    if (function.function != NULL || (length == 3 && memcmp(normal, "set", 3) == 0))
        return grammar_emit(parser, function) && next(parser);
    return calc_fail(parser->calc, CALC_SYNTAX, token.position,
                     "a name that is no function or constant of this language is");
}

static bool ellipsis(struct parser *parser)
{
    return push(parser, (struct value){ .kind = VALUE_ELLIPSIS }, position(parser)) && next(parser);
}

/* atom: identifier | literal | parenth_form | list_display | dict_display | set_display */
static bool atom(struct parser *parser)
{
    static bool (*const atoms[TOKEN_KINDS])(struct parser *) = {
        [TOKEN_INTEGER] = number,
        [TOKEN_FLOAT] = number,
        [TOKEN_IMAGINARY] = number,
        [TOKEN_STRING] = string,
        [TOKEN_NAME] = name,
        [TOKEN_ELLIPSIS] = ellipsis,
        [TOKEN_OPEN_PAREN] = parenthesis,
        [TOKEN_OPEN_BRACKET] = list_display,
        [TOKEN_OPEN_BRACE] = brace_display,
    };

    if (atoms[current(parser)] == NULL)
        return grammar_unexpected(parser, "a value");
    return atoms[current(parser)](parser);
}

/* primary: atom | call */
bool grammar_primary(struct parser *parser)
{
    if (!atom(parser))
        return false;
    while (current(parser) == TOKEN_OPEN_PAREN)
        if (!call(parser))
            return false;
    return true;
}
