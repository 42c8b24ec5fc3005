/*
 * Python's tokens, one at a time: the lexical analysis of the language reference, chapter 2, as far
 * as the expression language goes. Inside calc/ only.
 */
#ifndef BULKHEAD_LEXER_H
#define BULKHEAD_LEXER_H

#include "state.h"

enum token_kind {
    TOKEN_NONE, /* of the tables: no token is of this kind */
    TOKEN_END,
    TOKEN_INTEGER,
    TOKEN_FLOAT,
    TOKEN_IMAGINARY,
    TOKEN_STRING,
    TOKEN_NAME,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_ELLIPSIS,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_OPEN_PAREN,
    TOKEN_CLOSE_PAREN,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_OPEN_BRACE,
    TOKEN_CLOSE_BRACE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_DOUBLE_SLASH,
    TOKEN_PERCENT,
    TOKEN_DOUBLE_STAR,
    TOKEN_TILDE,
    TOKEN_AMPERSAND,
    TOKEN_BAR,
    TOKEN_CARET,
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_KINDS,
};

struct token {
    enum token_kind kind;
    size_t position; /* where it begins */
    size_t length;
    /* Of a STRING: its body, without prefix and quotes. */
    size_t body, body_length;
    bool is_bytes, is_raw;
};

struct lexer {
    struct calc *calc;
    const char *source;
    size_t length;
    size_t at;       /* behind the token */
    size_t brackets; /* open ones: inside them a line's end is a space */
    struct token token;
};

/*
 * Checks that the source is text, skips what may stand before an expression, and reads the first
 * token. False after calc_fail, as lexer_next.
 */
bool lexer_start(struct lexer *lexer, struct calc *calc);
bool lexer_next(struct lexer *lexer);

/* How many bytes of a line's end lie at `at`: 2 for CR LF, which Python reads as one; 0: none. */
size_t lexer_newline(const struct lexer *lexer, size_t at);

/* The byte at `at`; 0 behind the end. */
static inline unsigned char lexer_byte(const struct lexer *lexer, size_t at)
{
    return at < lexer->length ? (unsigned char)lexer->source[at] : 0;
}

static inline bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* What Python lets a name begin with; of other than ASCII it says later whether it is a letter. */
static inline bool is_name_start(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

/* Reads the number at lexer->at, where a digit is, or a point and a digit (numeral.c). */
bool lexer_number(struct lexer *lexer);

#endif
