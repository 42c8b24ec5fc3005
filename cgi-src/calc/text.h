/* What string and bytes literals mean. Inside calc/ only. */
#ifndef BULKHEAD_TEXT_H
#define BULKHEAD_TEXT_H

#include "lexer.h"

/*
 * Takes the STRING tokens that follow each other, from the current one on, as Python does: they are
 * one value, a str or bytes. False after calc_fail.
 */
bool text_read(struct lexer *lexer, struct value *out);

#endif
