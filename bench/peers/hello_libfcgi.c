/*
 * The route / with libfcgi as its manual has it: a loop that accepts one request after the other on
 * the socket that is descriptor 0.
 */
#include "greeting.h"

#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>

static void answer(FCGX_Request *request)
{
    const char *const query = FCGX_GetParam("QUERY_STRING", request->envp);
    const char *name = NULL;
    const size_t length = query == NULL ? 0 : greeting_name(query, strlen(query), &name);

    if (length == 0) {
        FCGX_FPrintF(request->out, "Status: 400 Bad Request\r\n"
                                   "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                                   "Invalid name\n");
        return;
    }
    FCGX_FPrintF(request->out,
                 "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                 "Hello, %.*s!\n",
                 (int)length, name);
}

int main(void)
{
    FCGX_Request request;

    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
        return EXIT_FAILURE;
    while (FCGX_Accept_r(&request) == 0) {
        answer(&request);
        FCGX_Finish_r(&request);
    }
    return EXIT_SUCCESS;
}
