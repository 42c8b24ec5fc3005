/* The route / as a CGI program, which fcgiwrap starts for each request. */
#include "greeting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    const char *const query = getenv("QUERY_STRING");
    const char *name = NULL;
    const size_t length = query == NULL ? 0 : greeting_name(query, strlen(query), &name);

    if (length == 0) {
        puts("Status: 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
             "Invalid name");
        return 0;
    }
    printf("Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, %.*s!\n",
           (int)length, name);
    return 0;
}
