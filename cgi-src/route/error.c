/*
 * The errors that any route may answer. A route's own ones are constants of its own file, and the
 * public text of a 400 is its parameter's; what is in neither place is a 500.
 */
#include "route.h"

const struct error error_unauthorized = { 401, "Unauthorized" };
const struct error error_method_not_allowed = { 405, "Method not allowed" };
const struct error error_uri_too_long = { 414, "URI too long" };
const struct error error_internal = { 500, "Internal error" };
const struct error error_unavailable = { 503, "Service unavailable" };
const struct error error_trail_unavailable = { 503, "Trail unavailable" };
