/* The route / as a module of kore's, which speaks HTTP itself: no nginx is in front of it. */
#include "greeting.h"

#if __has_include(<kore/kore.h>) /* who analyses this need not have it */

#include <kore/kore.h>

#include <kore/http.h>
#include <stdio.h>
#include <string.h>

int greet(struct http_request *request);

int greet(struct http_request *request)
{
    char body[GREETING_MAX_NAME + 16];
    const char *name = NULL;
    char *given = NULL;
    char query[GREETING_MAX_NAME + 8];
    size_t length = 0;

    http_populate_qs(request);
    if (http_argument_get_string(request, "name", &given)) {
        const int written = snprintf(query, sizeof(query), "name=%s", given);
        length = greeting_name(query, written < 0 ? 0 : (size_t)written, &name);
    }
    http_response_header(request, "content-type", "text/plain; charset=utf-8");
    if (length == 0) {
        http_response(request, 400, "Invalid name\n", 13);
        return KORE_RESULT_OK;
    }
    const int size = snprintf(body, sizeof(body), "Hello, %.*s!\n", (int)length, name);
    http_response(request, 200, body, (size_t)size);
    return KORE_RESULT_OK;
}

#endif
