/* The checks of nginx's configuration, by what they look at; nginx_rules.c has which is which. */
#ifndef BULKHEAD_NGINX_CHECKS_H
#define BULKHEAD_NGINX_CHECKS_H

#include "nginx/nginx.h"

/* Rules have functions of these forms: reader.h. */
#define NGINX_FIND(name)                                                                           \
    void name(const struct document *document, const struct rule *rule, struct findings *findings)
#define NGINX_FIX(name)                                                                            \
    bool name(const struct document *document, const struct finding *finding, struct edits *edits)

NGINX_FIND(nginx_find_tokens); /* N1 */
NGINX_FIX(nginx_fix_tokens);
NGINX_FIND(nginx_find_protocols); /* N2 */
NGINX_FIX(nginx_fix_protocols);
NGINX_FIND(nginx_find_alias); /* N3 */
NGINX_FIX(nginx_fix_alias);
NGINX_FIND(nginx_find_lost);    /* N4 */
NGINX_FIND(nginx_find_decoded); /* N5 */
NGINX_FIND(nginx_find_open);    /* N6 */
NGINX_FIND(nginx_find_host);    /* N7 */
NGINX_FIX(nginx_fix_host);
NGINX_FIND(nginx_find_headers); /* N8 */
NGINX_FIX(nginx_fix_headers);
NGINX_FIND(nginx_find_listed); /* N9 */
NGINX_FIX(nginx_fix_listed);
NGINX_FIND(nginx_find_limits); /* N10 */
NGINX_FIX(nginx_fix_limits);
NGINX_FIND(nginx_find_hidden); /* N11 */
NGINX_FIX(nginx_fix_hidden);

#endif
