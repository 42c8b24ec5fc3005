/* Plain CGI (RFC 3875): one request from the environment, one answer on standard output. */
#ifndef BULKHEAD_CGI_H
#define BULKHEAD_CGI_H

#include "exchange.h"

#include <stdbool.h>

/* Answers the request that the environment holds. False when the answer could not be written. */
bool cgi_serve(struct worker *worker);

#endif
