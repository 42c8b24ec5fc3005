/* What is a secret, by its name or by its form. */
#ifndef BULKHEAD_SECRETS_H
#define BULKHEAD_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a variable of that name holds a secret: DB_PASSWORD, apiKey, AWS_SECRET_ACCESS_KEY; but
 * not PASSWORD_FILE, TOKEN_URL, PUBLIC_KEY.
 */
bool is_secret_name(const char *name, size_t length);

/* Whether it has the form of a token or a private key, or is an address with a password in it. */
bool is_secret_value(const char *value, size_t length);

/* A token in a text: where, and what all of its form begin with. */
struct secret_token {
    size_t at, length;
    const char *prefix;
};

/*
 * Finds the next token from token->at on that could be a real one: enough of it is digits, and it
 * is no example of a manual. False: there is none.
 */
bool secret_next(const char *bytes, size_t length, struct secret_token *token);

/*
 * Whether a value stands for one that is given elsewhere, or says itself that it has to be
 * replaced: nothing, a variable, <password>, {{ password }}, your-password, xxxxxxxx. This alone
 * decides it, for all types of files. `changeme` is none: it works until somebody changes it.
 */
bool is_placeholder(const char *value, size_t length);

/* Whether a value has that part, in letters of any case. */
bool value_has(const char *value, size_t length, const char *part);

/* Whether a file of that path holds secrets, by its name: .env, id_rsa, server.key. */
bool is_secret_file(const char *path);

#endif
