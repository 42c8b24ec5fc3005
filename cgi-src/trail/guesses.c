#include "trail/guesses.h"

#include <arpa/inet.h>
#include <string.h>

/* One host owns an IPv6 network of 64 bits at least, so its single addresses are not counted. */
static void name_client(const char *address, unsigned char client[GUESSES_CLIENT_BYTES])
{
    unsigned char bytes[sizeof(struct in6_addr)] = { 0 };

    memset(client, 0, GUESSES_CLIENT_BYTES);
    if (address == NULL)
        return;
    if (inet_pton(AF_INET, address, bytes) == 1)
        client[0] = 4;
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        client[0] = 6;
    memcpy(client + 1, bytes, GUESSES_CLIENT_BYTES - 1);
}

static struct guesser *find(struct guesses *guesses, const unsigned char *client)
{
    for (size_t i = 0; i < GUESSES_CLIENTS; i++)
        if (memcmp(guesses->list[i].client, client, GUESSES_CLIENT_BYTES) == 0)
            return &guesses->list[i];
    return NULL;
}

/* The place of the one that will first have all of its tries again. */
static struct guesser *replace(struct guesses *guesses, const unsigned char *client)
{
    struct guesser *place = &guesses->list[0];

    for (size_t i = 1; i < GUESSES_CLIENTS; i++)
        if (guesses->list[i].due < place->due)
            place = &guesses->list[i];
    place->due = 0;
    memcpy(place->client, client, GUESSES_CLIENT_BYTES);
    return place;
}

bool guesses_take(struct guesses *guesses, const char *client, int64_t now)
{
    unsigned char name[GUESSES_CLIENT_BYTES];

    name_client(client, name);
    struct guesser *guesser = find(guesses, name);
    if (guesser == NULL)
        guesser = replace(guesses, name);
    const int64_t due = (guesser->due > now ? guesser->due : now) + GUESS_EVERY_MS;
    if (due - now > (int64_t)GUESSES_AT_ONCE * GUESS_EVERY_MS)
        return false;
    guesser->due = due;
    return true;
}

void guesses_give_back(struct guesses *guesses, const char *client)
{
    unsigned char name[GUESSES_CLIENT_BYTES];

    name_client(client, name);
    struct guesser *const guesser = find(guesses, name);
    if (guesser != NULL)
        guesser->due -= GUESS_EVERY_MS;
}
