#include "trail/password.h"

#include "route/route.h"
#include "trail/credentials.h"
#include "trail/guesses.h"
#include "trail/password_rules.h"
#include "trail/secret_file.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char user[] = "admin";

/* A password in the clear, for as long as it must be. */
struct plain {
    char text[PASSWORD_BYTES_MAX + 3]; /* one byte too many shows, and so does a line's end */
    size_t length;
};

struct password {
    char hash[crypto_pwhash_STRBYTES];
    pthread_mutex_t verifying; /* so that memory is taken once */
    pthread_mutex_t remembering;
    unsigned char key[crypto_generichash_KEYBYTES];
    unsigned char good[crypto_generichash_BYTES]; /* of the last good credentials */
    bool has_good;
    pthread_mutex_t counting;
    struct guesses guesses;
};

/* --- where it comes from ---------------------------------------------------------------------- */

/* The first line, without its end. */
static bool read_file(const char *path, struct plain *plain)
{
    const ssize_t length =
        secret_file_read("PASSWORD_FILE", path, plain->text, sizeof(plain->text));

    if (length < 0)
        return false;
    plain->length = (size_t)length;
    const char *const end = memchr(plain->text, '\n', plain->length);
    if (end != NULL)
        plain->length = (size_t)(end - plain->text);
    if (end != NULL && plain->length > 0 && plain->text[plain->length - 1] == '\r')
        plain->length--;
    return true;
}

static bool read_source(const struct password_source *source, struct plain *plain)
{
    const bool has_text = source->text != NULL && source->text[0] != '\0';
    const bool has_file = source->file != NULL && source->file[0] != '\0';

    if (has_text && has_file)
        log_error("both PASSWORD and PASSWORD_FILE are set: set one of them");
    else if (has_file)
        return read_file(source->file, plain);
    else if (!has_text)
        log_error("there is no password, and no default: set PASSWORD_FILE to a file that has one "
                  "in its first line (mode 0600), or PASSWORD");
    else {
        plain->length = strnlen(source->text, sizeof(plain->text));
        memcpy(plain->text, source->text, plain->length);
        return true;
    }
    return false;
}

static bool is_good(const struct password_source *source, const struct plain *plain)
{
    const bool has_file = source->file != NULL && source->file[0] != '\0';
    const char *const fault = password_fault(plain->text, plain->length);

    if (fault != NULL)
        log_error("%s %s", has_file ? "the password in PASSWORD_FILE" : "PASSWORD", fault);
    return fault == NULL;
}

bool password_check(const struct password_source *source)
{
    struct plain plain;

    const bool good = read_source(source, &plain) && is_good(source, &plain);
    explicit_bzero(&plain, sizeof(plain));
    return good;
}

/* --- its hash --------------------------------------------------------------------------------- */

/* Where the environment had it, /proc shows it to whoever may look. */
static void forget_text(const struct password_source *source)
{
    /* not a constant's: it is a value of the environment, or the empty default */
    if (source->text != NULL && source->text[0] != '\0')
        sodium_memzero((char *)source->text, strlen(source->text));
}

static struct password *make(const struct plain *plain)
{
    struct password *const password = calloc(1, sizeof(*password));

    if (password == NULL || sodium_init() < 0 ||
        crypto_pwhash_str(password->hash, plain->text, plain->length, PASSWORD_PASSES,
                          PASSWORD_MEMORY) != 0) {
        log_error("the password's hash: not enough memory");
        free(password);
        return NULL;
    }
    pthread_mutex_init(&password->verifying, NULL);
    pthread_mutex_init(&password->remembering, NULL);
    pthread_mutex_init(&password->counting, NULL);
    crypto_generichash_keygen(password->key);
    return password;
}

struct password *password_open(const struct password_source *source)
{
    struct plain plain;

    const bool good = read_source(source, &plain) && is_good(source, &plain);
    struct password *const password = good ? make(&plain) : NULL;
    explicit_bzero(&plain, sizeof(plain));
    forget_text(source);
    return password;
}

/* --- who asks --------------------------------------------------------------------------------- */

static bool is_remembered(struct password *password, const unsigned char *hash)
{
    pthread_mutex_lock(&password->remembering);
    const bool same =
        password->has_good && sodium_memcmp(hash, password->good, sizeof(password->good)) == 0;
    pthread_mutex_unlock(&password->remembering);
    return same;
}

static void remember(struct password *password, const unsigned char *hash)
{
    pthread_mutex_lock(&password->remembering);
    memcpy(password->good, hash, sizeof(password->good));
    password->has_good = true;
    pthread_mutex_unlock(&password->remembering);
}

static bool is_user(const struct credentials *credentials)
{
    return credentials->user_length == strlen(user) &&
           sodium_memcmp(credentials->bytes, user, strlen(user)) == 0;
}

/* The slow way. The hash is verified whoever the user is. */
static bool verify(struct password *password, const struct credentials *credentials)
{
    pthread_mutex_lock(&password->verifying);
    const bool same = crypto_pwhash_str_verify(password->hash, credentials->password,
                                               credentials->password_length) == 0;
    pthread_mutex_unlock(&password->verifying);
    return is_user(credentials) && same;
}

static bool is_right(struct password *password, const struct credentials *credentials)
{
    unsigned char hash[crypto_generichash_BYTES];

    crypto_generichash(hash, sizeof(hash), (const unsigned char *)credentials->bytes,
                       credentials->length, password->key, sizeof(password->key));
    if (is_remembered(password, hash))
        return true;
    if (!verify(password, credentials))
        return false;
    remember(password, hash);
    return true;
}

static bool take_guess(struct password *password, const char *client)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&password->counting);
    const bool taken = guesses_take(&password->guesses, client,
                                    (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1);
    pthread_mutex_unlock(&password->counting);
    return taken;
}

static void give_back_guess(struct password *password, const char *client)
{
    pthread_mutex_lock(&password->counting);
    guesses_give_back(&password->guesses, client);
    pthread_mutex_unlock(&password->counting);
}

/* A try is taken before it is known what it is: many at once are no way around the count. */
enum password_verdict password_try(struct password *password, const char *authorization,
                                   const char *client)
{
    enum password_verdict verdict = PASSWORD_WRONG;
    struct credentials credentials;

    if (credentials_parse(authorization, &credentials)) {
        if (!take_guess(password, client))
            verdict = PASSWORD_TOO_MANY;
        else if (is_right(password, &credentials)) {
            verdict = PASSWORD_RIGHT;
            give_back_guess(password, client);
        }
    }
    sodium_memzero(&credentials, sizeof(credentials));
    return verdict;
}
