/*
 * The password of /audit. There is one user, `admin`, and one password, of which only an argon2id
 * hash stays. That is slow by design, so the last good credentials are remembered too, as a keyed
 * hash with a key that dies with the process: paging through the trail must not cost 30 ms a page.
 */
#ifndef BULKHEAD_PASSWORD_H
#define BULKHEAD_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* Where it comes from: exactly one of the two is given; "" and NULL are not. */
struct password_source {
    const char *text; /* cleared by password_open */
    const char *file; /* its first line is the password */
};

/* What one verification takes, of which there is one at a time. OWASP's least for argon2id. */
enum { PASSWORD_MEMORY = 19 * 1024 * 1024, PASSWORD_PASSES = 2 };

struct password;

/* False, after what to change was logged, which holds nothing of the password. */
bool password_check(const struct password_source *source);

/* Reads it, and forgets it but for its hash. NULL after the reason was logged. */
struct password *password_open(const struct password_source *source);

/*
 * What an Authorization header (NULL: none) of a client's is worth. A wrong user costs as much as a
 * wrong password. A client that has tried too many is not even told whether this one is right, see
 * guesses.h. Any thread may ask.
 */
enum password_verdict { PASSWORD_WRONG, PASSWORD_RIGHT, PASSWORD_TOO_MANY };
enum password_verdict password_try(struct password *password, const char *authorization,
                                   const char *client);

#endif
