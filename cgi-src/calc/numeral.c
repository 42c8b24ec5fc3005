/*
 * Numeric literals: the language reference, section 2.4.5 to 2.4.7, and what CPython's tokenizer
 * lets stand behind one.
 */
#include "lexer.h"

#include <string.h>

static bool is_digit_of(unsigned char c, unsigned base)
{
    if (is_digit(c))
        return (unsigned)(c - '0') < base;
    c |= 0x20;
    return base == 16 && c >= 'a' && c <= 'f';
}

static bool fail(const struct lexer *lexer, const char *why)
{
    return calc_fail(lexer->calc, CALC_SYNTAX, lexer->token.position, "%s", why);
}

/* digits: digit (["_"] digit)* */
static bool skip_digits(struct lexer *lexer, unsigned base)
{
    for (;;) {
        if (!is_digit_of(lexer_byte(lexer, lexer->at), base))
            return fail(lexer, "an underscore must be between digits: a number is malformed");
        while (is_digit_of(lexer_byte(lexer, lexer->at), base))
            lexer->at++;
        if (lexer_byte(lexer, lexer->at) != '_')
            return true;
        lexer->at++;
    }
}

/* A number ends where no letter follows; but Python lets `and` and `or` follow at once: 1or 2. */
static bool check_end(const struct lexer *lexer)
{
    const char *const rest = lexer->source + lexer->at;
    const size_t left = lexer->length - lexer->at;

    if (!is_name_start(lexer_byte(lexer, lexer->at)) && !is_digit(lexer_byte(lexer, lexer->at)))
        return true;
    if ((left >= 3 && memcmp(rest, "and", 3) == 0) || (left >= 2 && memcmp(rest, "or", 2) == 0))
        return true;
    return fail(lexer, "a letter or a digit is one too many in the number");
}

/* integer: "0" ("x" | "o" | "b") (["_"] digit)+ */
static bool read_based(struct lexer *lexer, unsigned base)
{
    lexer->token.kind = TOKEN_INTEGER;
    lexer->at += 2;
    if (lexer_byte(lexer, lexer->at) == '_')
        lexer->at++;
    if (!is_digit_of(lexer_byte(lexer, lexer->at), base))
        return fail(lexer, "no digit follows the prefix of the number");
    if (!skip_digits(lexer, base))
        return false;
    /* 0b12 and 0o18 are no two numbers */
    return check_end(lexer);
}

/* exponent: ("e" | "E") ["+" | "-"] digits */
static bool skip_exponent(struct lexer *lexer)
{
    const size_t e = lexer->at++;
    const unsigned char sign = lexer_byte(lexer, lexer->at);

    if (sign == '+' || sign == '-')
        lexer->at++;
    if (!is_digit(lexer_byte(lexer, lexer->at))) {
        lexer->at = e;
        return fail(lexer, "no digit follows the e of the number");
    }
    return skip_digits(lexer, 10);
}

/* Whether the digits so far are an integer that Python refuses: 0777, but neither 00 nor 0777.5. */
static bool has_leading_zero(const struct lexer *lexer)
{
    size_t at = lexer->token.position;

    if (lexer_byte(lexer, at) != '0')
        return false;
    while (at < lexer->at && (lexer_byte(lexer, at) == '0' || lexer_byte(lexer, at) == '_'))
        at++;
    return at < lexer->at;
}

/* number: digits ["." [digits]] [exponent] ["j"] | "." digits [exponent] ["j"] */
static bool read_decimal(struct lexer *lexer)
{
    struct token *const token = &lexer->token;

    token->kind = TOKEN_INTEGER;
    if (is_digit(lexer_byte(lexer, lexer->at)) && !skip_digits(lexer, 10))
        return false;
    if (lexer_byte(lexer, lexer->at) == '.') {
        token->kind = TOKEN_FLOAT;
        lexer->at++;
        if (is_digit(lexer_byte(lexer, lexer->at)) && !skip_digits(lexer, 10))
            return false;
    }
    if ((lexer_byte(lexer, lexer->at) | 0x20) == 'e') {
        token->kind = TOKEN_FLOAT;
        if (!skip_exponent(lexer))
            return false;
    }
    if ((lexer_byte(lexer, lexer->at) | 0x20) == 'j') {
        token->kind = TOKEN_IMAGINARY;
        lexer->at++;
    }
    if (token->kind == TOKEN_INTEGER && has_leading_zero(lexer))
        return fail(lexer, "a number has a leading zero (an octal one begins with 0o)");
    return check_end(lexer);
}

bool lexer_number(struct lexer *lexer)
{
    static const struct {
        unsigned char letter;
        unsigned base;
    } prefixes[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };
    const unsigned char letter = lexer_byte(lexer, lexer->at + 1) | 0x20;

    if (lexer_byte(lexer, lexer->at) == '0')
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
            if (letter == prefixes[i].letter)
                return read_based(lexer, prefixes[i].base);
    return read_decimal(lexer);
}
