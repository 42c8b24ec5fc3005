/* Route / : greets a name. It computes, opens nothing, and touches nothing but its connection. */
#include "alphanumeric.h"
#include "route/route.h"
#include "route/sandbox.h"

#include <string.h>

static const struct param params[] = {
    { .name = "name",
      .fallback = "World",
      .max_bytes = 4UL * ALPHANUMERIC_MAX_CODE_POINTS,
      .accepts = is_alphanumeric,
      .error = "Invalid name",
      .expected = "name takes 1 to 256 letters and numbers of any script, and nothing else: "
                  "no space, no punctuation" },
    PARAMS_END,
};

static void greet(const struct request *request, struct response *response)
{
    const char *greeting = request_format(request, "Hello, %s!", request_param(request, "name"));

    answer_bytes(response, greeting, strlen(greeting));
    answer_string(response, "greeting", greeting);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "hello",
                                             .summary = "Answers the route /: Hello, NAME!",
                                             .params = params,
                                             .sandbox = &sandbox_pure,
                                             .handle = greet });
}
