#include "trail/password_rules.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

/* Fewer are a pattern: 121212121212, aaaabbbbcccc. */
enum { DIFFERENT_MIN = 5 };

/* What is tried first, and what people put together of it. */
static const char *const words[] = {
    "admin",   "audit",    "bulkhead", "changeit", "change", "default", "hunter",
    "letmein", "login",    "me",       "my",       "new",    "pass",    "passphrase",
    "passwd",  "password", "passwort", "please",   "pwd",    "qwerty",  "root",
    "secret",  "test",     "the",      "this",     "user",   "welcome", "word",
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* The letters of a password in lower case; what it becomes is no longer than it was. */
struct letters {
    char text[PASSWORD_BYTES_MAX];
    size_t length;
};

/* A digit or sign that stands for a letter, to many; 0: none. */
static char letter_meant(char byte)
{
    static const char pairs[] = "0o1i3e4a5s7t@a$s!i|i";

    for (size_t i = 0; pairs[i] != '\0'; i += 2)
        if (pairs[i] == byte)
            return pairs[i + 1];
    return '\0';
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool is_letter(char byte)
{
    return lower(byte) >= 'a' && lower(byte) <= 'z';
}

/* With `meant`, signs that stand for letters are taken for these, up to the last true letter. */
static void take_letters(const char *password, size_t length, bool meant, struct letters *letters)
{
    letters->length = 0;
    while (meant && length > 0 && !is_letter(password[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++) {
        const char letter = is_letter(password[i]) ? lower(password[i])
                            : meant                ? letter_meant(password[i])
                                                   : '\0';
        if (letter != '\0')
            letters->text[letters->length++] = letter;
    }
}

/* Whether the letters are words of the list and nothing else. */
static bool are_words(const struct letters *letters)
{
    bool reached[PASSWORD_BYTES_MAX + 1] = { true };

    for (size_t at = 0; at < letters->length; at++)
        for (size_t i = 0; reached[at] && i < WORDS; i++) {
            const size_t length = strlen(words[i]);
            if (length <= letters->length - at && memcmp(letters->text + at, words[i], length) == 0)
                reached[at + length] = true;
        }
    return letters->length > 0 && reached[letters->length];
}

/* The password must not be anything else than ASCII: what is left out here may be what makes it. */
static bool is_made_of_words(const char *password, size_t length)
{
    struct letters plain, meant;

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)password[i] >= 0x80)
            return false;
    take_letters(password, length, false, &plain);
    take_letters(password, length, true, &meant);
    const bool found = are_words(&plain) || are_words(&meant);
    explicit_bzero(&plain, sizeof(plain));
    explicit_bzero(&meant, sizeof(meant));
    return found;
}

/* 1234567890, abcdef, 987654: each one up, or one down, from the one before. */
static bool is_sequence(const char *password, size_t length)
{
    bool up = true, down = true;

    for (size_t i = 1; i < length; i++) {
        const int step = password[i] - password[i - 1];
        up = up && (step == 1 || (password[i - 1] == '9' && password[i] == '0'));
        down = down && (step == -1 || (password[i - 1] == '0' && password[i] == '9'));
    }
    return up || down;
}

/* What its characters are like, and how many there are. */
struct census {
    size_t characters;
    size_t different; /* up to DIFFERENT_MIN */
    bool is_utf8;
    bool has_control;
};

static struct census count_characters(const char *password, size_t length)
{
    struct census census = { .is_utf8 = true };
    utf8proc_int32_t known[DIFFERENT_MIN], character;

    for (size_t at = 0; at < length; census.characters++) {
        const utf8proc_ssize_t taken = utf8proc_iterate(
            (const utf8proc_uint8_t *)password + at, (utf8proc_ssize_t)(length - at), &character);
        if (taken <= 0) {
            census.is_utf8 = false;
            break;
        }
        at += (size_t)taken;
        census.has_control |= character < 0x20 || (character >= 0x7f && character < 0xa0);
        size_t i = 0;
        while (i < census.different && known[i] != character)
            i++;
        if (i == census.different && i < DIFFERENT_MIN)
            known[census.different++] = character;
    }
    explicit_bzero(known, sizeof(known));
    return census;
}

const char *password_fault(const char *password, size_t length)
{
    if (length > PASSWORD_BYTES_MAX)
        return "is longer than 1024 bytes: take a shorter one";
    const struct census census = count_characters(password, length);
    if (!census.is_utf8)
        return "is not UTF-8: save it as UTF-8, or take one of ASCII characters";
    if (census.has_control)
        return "has a control character, which no browser can send: take one without";
    if (census.characters < PASSWORD_CHARACTERS_MIN)
        return "has fewer than 12 characters: take a longer one, such as openssl rand -hex 16 "
               "makes";
    if (census.different < DIFFERENT_MIN || is_sequence(password, length))
        return "is a simple pattern: take one that nobody guesses, such as openssl rand -hex 16 "
               "makes";
    if (is_made_of_words(password, length))
        return "is made of words like password, default and changeme, which are guessed first: "
               "take another, such as openssl rand -hex 16 makes";
    return NULL;
}
