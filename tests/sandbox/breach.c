/*
 * A route's program in enemy hands: its own main() and its own profile, whose handler makes the
 * attack that the parameter `attack` names. Linked with --wrap=route_main.
 *
 * The verdict goes to standard error as well as into the answer: not every attack leaves a
 * connection to answer on.
 */
#include "attacks.h"
#include "route/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 64, VERDICT_BYTES = 128 };

int __real_route_main(int argc, char **argv, const struct route *route);
int __wrap_route_main(int argc, char **argv, const struct route *route);

/* Only some programs are linked with the attacks on what they alone may touch. */
/* NOLINTBEGIN(readability-redundant-declaration): the header's are not weak */
extern const struct attack attacks_on_journal[] __attribute__((weak));
extern const struct attack attacks_on_run[] __attribute__((weak));
/* NOLINTEND(readability-redundant-declaration) */

static const struct attack *const tables[] = {
    attacks_on_files,     attacks_by_files,   attacks_on_network, attacks_on_processes,
    attacks_by_processes, attacks_on_memory,  attacks_on_kernel,  attacks_on_rights,
    attacks_on_resources, attacks_on_journal, attacks_on_run,
};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static const struct attack *find(const char *name)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct attack *at = tables[i]; at != NULL && at->name != NULL; at++)
            if (strcmp(at->name, name) == 0)
                return at;
    return NULL;
}

static bool is_attack(const char *value, size_t bytes)
{
    (void)bytes;
    return find(value) != NULL;
}

static const struct param params[] = {
    { .name = "attack",
      .max_bytes = NAME_MAX_BYTES,
      .accepts = is_attack,
      .error = "Invalid attack",
      .expected = "one of the tables" },
    PARAMS_END,
};

static int make(const struct attack *attack)
{
    if (attack == NULL)
        abort();
    const uintptr_t *const a = attack->arguments;
    if (attack->make != NULL)
        return attack->make();
    return outcome(syscall(attack->number, a[0], a[1], a[2], a[3], a[4], 0));
}

static void write_verdict(char *verdict, int result)
{
    if (result == DONE)
        snprintf(verdict, VERDICT_BYTES, "DONE");
    else if (result == ABSENT)
        snprintf(verdict, VERDICT_BYTES, "ABSENT %s", absent_reason());
    else if (result == ENOSYS)
        snprintf(verdict, VERDICT_BYTES, "ABSENT ENOSYS");
    else if (result == NO_EFFECT)
        snprintf(verdict, VERDICT_BYTES, "STOPPED no effect");
    else
        snprintf(verdict, VERDICT_BYTES, "STOPPED %s", strerrorname_np(result));
}

static void attack(const struct request *request, struct response *response)
{
    char verdict[VERDICT_BYTES], line[VERDICT_BYTES + 16];

    write_verdict(verdict, make(find(request_param(request, "attack"))));
    const int length = snprintf(line, sizeof(line), "\nBREACH %s\n", verdict);
    if (write(STDERR_FILENO, line, (size_t)length) != length)
        abort();
    answer_text(response, "%s", verdict);
}

/* A command's one argument: the attack. */
static int attack_by_command(const char *name)
{
    char verdict[VERDICT_BYTES];

    if (find(name) == NULL)
        return EXIT_FAILURE;
    write_verdict(verdict, make(find(name)));
    puts(verdict);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int list(void)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct attack *at = tables[i]; at != NULL && at->name != NULL; at++)
            printf("%s\t%s\n", at->name, at->what);
    return EXIT_SUCCESS;
}

int __wrap_route_main(int argc, char **argv, const struct route *route)
{
    struct route taken = *route;

    if (argc == 2 && strcmp(argv[1], "--attacks") == 0)
        return list();
    taken.params = params;
    taken.handle = attack;
    taken.only_json = false; /* the verdict is text */
    taken.command = route->command != NULL ? attack_by_command : NULL;
    return __real_route_main(argc, argv, &taken);
}
