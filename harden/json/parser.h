/* What the files that read JSON share. Inside json/ only. */
#ifndef BULKHEAD_PARSER_H
#define BULKHEAD_PARSER_H

#include "json/json.h"

struct json_parser {
    const struct text *text;
    struct json_document *document;
    size_t at;
    int depth;
    bool is_broken; /* a fault after which nothing can be read */
};

/* 0 at the end, which is no character of JSON either. */
static inline unsigned char json_peek(const struct json_parser *parser)
{
    return (unsigned char)parser->text->bytes[parser->at];
}

/* Adds a fault after which nothing can be read; false. */
bool json_fail(struct json_parser *parser, size_t offset, const char *why);

/*
 * Reads a string from its opening quote on: where it is, and what it means, in memory of the
 * document. False after json_fail.
 */
bool json_read_string(struct json_parser *parser, struct span *at, const char **string,
                      size_t *length);

#endif
