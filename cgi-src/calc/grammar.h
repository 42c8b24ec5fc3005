/*
 * What the productions of the grammar share: parser.c has those with operators, atoms.c those
 * without. Each parses what its production says from the current token on, emits instructions that
 * leave one value, and is false after calc_fail.
 */
#ifndef BULKHEAD_GRAMMAR_H
#define BULKHEAD_GRAMMAR_H

#include "lexer.h"

struct parser {
    struct lexer lexer;
    struct calc *calc;
    unsigned depth;
};

/* expression: and_test ("or" and_test)* (parser.c) */
bool grammar_expression(struct parser *parser);
/* primary: atom | call (atoms.c) */
bool grammar_primary(struct parser *parser);
/*
 * items: expression ("," expression)* [","], up to the token `end`; nothing at all is good too. In
 * *count how many there are, in *commas how many of those (atoms.c).
 */
bool grammar_items(struct parser *parser, enum token_kind end, size_t *count, size_t *commas);

/* --- the current token ------------------------------------------------------------------------ */

static inline enum token_kind current(const struct parser *parser)
{
    return parser->lexer.token.kind;
}

static inline size_t position(const struct parser *parser)
{
    return parser->lexer.token.position;
}

static inline bool next(struct parser *parser)
{
    return lexer_next(&parser->lexer);
}

/* Fails on it, always with false. `wanted`: what should have stood in its place. */
bool grammar_unexpected(const struct parser *parser, const char *wanted);

/* --- depth ------------------------------------------------------------------------------------ */

/*
 * Around each production that leads back to itself, so that nobody's parentheses use up the stack.
 * enter fails with CALC_LIMIT at CALC_MAX_DEPTH; leave is always true.
 */
bool grammar_enter(struct parser *parser);
bool grammar_leave(struct parser *parser);

/* --- instructions ----------------------------------------------------------------------------- */

bool grammar_emit(struct parser *parser, struct instruction instruction);
/* Makes one container of the `count` last values. */
bool grammar_build(struct parser *parser, enum value_kind kind, size_t count, size_t at);

#endif
