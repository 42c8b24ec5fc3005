/* One exchange in the tests: what was asked of a route, and what came back. */
#ifndef BULKHEAD_ASKED_H
#define BULKHEAD_ASKED_H

#include "route/exchange.h"

#include <criterion/criterion.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"

struct asked {
    int status;
    char header[ANSWER_HEADER_BYTES];
    char body[512];
};

static inline struct asked ask(const struct route *route, struct cgi_variables variables)
{
    const struct service service = { .route = route };
    struct worker worker;
    struct answer answer;
    struct asked asked = { 0 };

    cr_assert(worker_init(&worker, &service, 0));
    exchange_answer(&worker, &variables, NULL, &answer);
    asked.status = answer.status;
    memcpy(asked.header, answer.header, answer.header_length);
    if (answer.sends_body)
        memcpy(asked.body, answer.body, answer.body_length);
    answer_release(&worker, &answer);
    cr_expect_eq(worker.arena.used, 0u);
    worker_free(&worker);
    return asked;
}

static inline struct asked ask_get(void (*handle)(const struct request *, struct response *),
                                   const struct param *table, const char *query, const char *accept)
{
    return ask(&(struct route){ .name = "test", .params = table, .handle = handle },
               (struct cgi_variables){
                   .method = "GET", .query = query, .accept = accept, .request_id = ID });
}

#endif
