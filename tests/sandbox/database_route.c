/*
 * A program that may make the calls of one with a database, and makes none: for the attacks that
 * these calls open a way to. What libpq does with them is database.c's.
 */
#include "route/route.h"
#include "trail/database_calls.h"

static const struct sandbox sandbox = { .calls = calls_of_database };

static void handle(const struct request *request, struct response *response)
{
    (void)request;
    answer_text(response, "nothing");
}

static const struct param params[] = { PARAMS_END };

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "database",
                                             .summary = "Does nothing, for the tests",
                                             .params = params,
                                             .sandbox = &sandbox,
                                             .handle = handle });
}
