/*
 * Route /audit: the trail, to whoever has the password: who asked what, when, and what was done.
 *
 * It reads the password before privileges are dropped and keeps a hash of it. From then on it has
 * the database's socket and nothing else, as a role that can only select; or, of a server over TCP,
 * its port and its CA's certificate.
 */
#include "route/route.h"
#include "route/sandbox.h"
#include "trail/database.h"
#include "trail/database_calls.h"
#include "trail/database_remote.h"
#include "trail/filters.h"
#include "trail/links.h"
#include "trail/page.h"
#include "trail/password.h"
#include "trail/question.h"
#include "trail/results.h"

#include <stdlib.h>
#include <time.h>

enum {
    WORKERS = 4,
    MIB = 1024 * 1024,
    PAGE_BYTES = 5 * MIB, /* 1,000 records, each at its longest and all of it escaped, are less */
    REQUEST_BYTES = PAGE_BYTES + MIB,
    RESULT_BYTES = 4 * MIB, /* what libpq holds for one thread */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): takes is a piece of a string */
#define FILTER(filter, most, check, takes)                                                         \
    {                                                                                              \
        .name = filter, .fallback = "", .max_bytes = (most), .accepts = (check),                   \
        .error = "Invalid filter", .expected = filter " takes " takes ", or nothing"               \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define A_TIME                                                                                     \
    "a time of RFC 3339 from 1970 to 9999, such as 2026-11-25T10:00:00Z or "                       \
    "2026-11-25T12:00:00.5+02:00 (+ is %2B in a URL)"

static const struct param params[] = {
    FILTER("route", FILTER_ROUTE_BYTES, filter_takes_route,
           "1 to 32 lower-case letters, digits, hyphens and underscores"),
    FILTER("verdict", 16, filter_takes_verdict, "allowed, rejected or failed"),
    FILTER("client", NETWORK_TEXT_BYTES, filter_takes_client,
           "an IPv4 or IPv6 address, or a network such as 192.0.2.0/24 or 2001:db8::/32"),
    FILTER("since", FILTER_TIME_BYTES, filter_takes_time, A_TIME),
    FILTER("until", FILTER_TIME_BYTES, filter_takes_time, A_TIME),
    FILTER("q", FILTER_TEXT_BYTES, filter_takes_text, "1 to 256 bytes of UTF-8"),
    FILTER("limit", 4, filter_takes_limit, "an integer from 1 to 1000"),
    FILTER("before", FILTER_ID_LENGTH, filter_takes_before,
           "the id of a record, as the link to the next page has it"),
    FILTER("format", 4, filter_takes_format, "html, json or csv"),
    PARAMS_END,
};

/* check_settings says more, and what it says holds no secret. */
static bool is_anything(const char *value)
{
    return value != NULL;
}

static const struct setting settings[] = {
    { .name = "DATABASE_URL",
      .fallback = "",
      .accepts = is_anything,
      .allowed = "off, or the URL of the trail's database, such as "
                 "postgresql:///bulkhead?host=/run/postgresql or, over TCP, with sslrootcert; "
                 "empty: bulkhead's own, in the root folder" },
    { .name = "PASSWORD",
      .fallback = "",
      .accepts = is_anything,
      .allowed = "the password of the user admin, at least 12 characters" },
    { .name = "PASSWORD_FILE",
      .fallback = "",
      .accepts = is_anything,
      .allowed = "a file of mode 0600 that has it in its first line" },
    SETTINGS_END,
};

static const struct place remote_places[] = { PLACE_OF_CA, PLACES_END };
static const struct sandbox local = { .calls = calls_of_database };
static const struct sandbox remote = { .calls = calls_of_remote_database,
                                       .places = remote_places,
                                       .tcp_port = database_port };

static const struct error error_filter = { 400, "Invalid filter" };
static const struct error error_too_many = { 429, "Too many requests" };

struct audit {
    struct password *password;
    struct database *database;
};

/* --- the start -------------------------------------------------------------------------------- */

static struct password_source password_source(void)
{
    return (struct password_source){ .text = setting_text("PASSWORD"),
                                     .file = setting_text("PASSWORD_FILE") };
}

static bool check_settings(void)
{
    const struct password_source source = password_source();
    const bool password_good = password_check(&source);

    return database_check(setting_text("DATABASE_URL")) && password_good;
}

static void *open_before_drop(unsigned workers)
{
    const struct password_source source = password_source();
    struct audit *const audit = calloc(1, sizeof(*audit));

    if (audit == NULL)
        log_error("not enough memory");
    else if ((audit->password = password_open(&source)) != NULL &&
             (audit->database = database_open(setting_text("DATABASE_URL"), workers)) != NULL)
        return audit;
    free(audit); /* the program ends */
    return NULL;
}

/* --- who may ask ------------------------------------------------------------------------------ */

static bool authorize(const struct request *request, struct response *response)
{
    const struct audit *const audit = request_context(request);

    const enum password_verdict verdict =
        password_try(audit->password, request_authorization(request), request_client(request));

    if (verdict == PASSWORD_RIGHT)
        return true;
    if (verdict == PASSWORD_TOO_MANY) {
        answer_error(response, &error_too_many,
                     "wait a minute before the next try: too many passwords were wrong");
        return false;
    }
    answer_error(response, &error_unauthorized,
                 "send the user admin and the password by HTTP Basic authentication");
    answer_header(response, "WWW-Authenticate",
                  "Basic realm=\"Bulkhead audit\", charset=\"UTF-8\"");
    return false;
}

/* --- the answer ------------------------------------------------------------------------------- */

static bool read_filters(const struct request *request, struct response *response,
                         struct filters *filters)
{
    const struct filter_texts texts = {
        .route = request_param(request, "route"),
        .verdict = request_param(request, "verdict"),
        .client = request_param(request, "client"),
        .since = request_param(request, "since"),
        .until = request_param(request, "until"),
        .q = request_param(request, "q"),
        .limit = request_param(request, "limit"),
        .before = request_param(request, "before"),
        .format = request_param(request, "format"),
    };

    if (filters_read(&texts, filters))
        return true;
    answer_error(response, &error_filter, "since takes a time that is not after until");
    return false;
}

static void answer_outcome(struct response *response, enum database_outcome outcome)
{
    static const char *const details[] = {
        [DATABASE_ANSWERED] = "try again",
        [DATABASE_OFF] = "this deployment keeps no trail: DATABASE_URL=off",
        [DATABASE_AWAY] = "the trail's database can't be reached: try again in a moment, or tell "
                          "the operator, whose log says more",
        [DATABASE_TOO_LONG] = "the database needed more than 2 seconds to find these records: "
                              "narrow since and until, or leave q out",
        [DATABASE_REFUSED] = "the trail's database refuses the question: tell the operator, whose "
                             "log says more",
    };

    answer_error(response, &error_trail_unavailable, "%s", details[outcome]);
}

/* By the parameter, else by Accept: HTML and CSV are for who names them. */
static enum filter_format format_of(const struct request *request, const struct filters *filters)
{
    static const char *const offered[] = { "application/json", "text/html", "text/csv", NULL };
    static const enum filter_format formats[] = { FORMAT_JSON, FORMAT_HTML, FORMAT_CSV };

    return filters->format != FORMAT_NONE ? filters->format
                                          : formats[request_media(request, offered)];
}

static void answer_page(const struct request *request, struct response *response,
                        const struct page *page, enum filter_format format)
{
    static const struct {
        const char *type;
        void (*write)(const struct page *page, struct buffer *out);
    } forms[] = {
        [FORMAT_JSON] = { "application/json", page_json },
        [FORMAT_HTML] = { "text/html; charset=utf-8", page_html },
        [FORMAT_CSV] = { "text/csv; charset=utf-8; header=present", page_csv },
    };
    struct buffer out = { .bytes = request_alloc(request, PAGE_BYTES), .size = PAGE_BYTES };

    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): FORMAT_NONE has become one of them */
    forms[format].write(page, &out);
    if (out.is_full) {
        answer_error(response, &error_internal,
                     "these records are too long for one page: ask for "
                     "fewer with limit");
        return;
    }
    answer_body(response, forms[format].type, out.bytes, out.length);
    if (format == FORMAT_CSV)
        answer_header(response, "Content-Disposition", "attachment; filename=\"audit.csv\"");
    if (page->next != NULL)
        answer_header(response, "Link", request_format(request, "<%s>; rel=\"next\"", page->next));
}

/* What the picture shows; without an answer there is a page all the same. */
static void ask_activity(const struct request *request, const struct filters *filters,
                         struct activity *activity)
{
    const struct audit *const audit = request_context(request);
    struct question *const question = request_alloc(request, sizeof(*question));
    const PGresult *result;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    *activity = (struct activity){ .span = span_choose(filters, now.tv_sec) };
    question_activity(filters, &activity->span, question);
    if (database_ask(audit->database, request_worker(request), question, &result) ==
        DATABASE_ANSWERED)
        results_read_activity(request, result, activity);
}

static void answer_records(const struct request *request, struct response *response,
                           const struct filters *filters, const PGresult *result)
{
    const enum filter_format format = format_of(request, filters);
    struct activity activity = { .counts = NULL };
    struct records records;
    char *link = NULL;

    results_read_records(request, result, filters->limit, &records);
    if (records.has_next) {
        link = request_alloc(request, LINK_BYTES);
        link_write_next(filters, records.rows[records.count - 1][COLUMN_ID], link);
    }
    if (format == FORMAT_HTML)
        ask_activity(request, filters, &activity);
    const struct page page = {
        .filters = filters, .records = &records, .activity = &activity, .next = link
    };
    answer_page(request, response, &page, format);
}

static void answer_audit(const struct request *request, struct response *response)
{
    const struct audit *const audit = request_context(request);
    const unsigned worker = request_worker(request);
    struct question *const question = request_alloc(request, sizeof(*question));
    struct filters filters;
    const PGresult *result;

    if (!read_filters(request, response, &filters))
        return;
    database_begin(audit->database, worker);
    question_records(&filters, question);
    const enum database_outcome outcome = database_ask(audit->database, worker, question, &result);
    if (outcome == DATABASE_ANSWERED)
        answer_records(request, response, &filters, result);
    else
        answer_outcome(response, outcome);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "audit",
                                             .summary = "Answers the route /audit: the trail",
                                             .params = params,
                                             .settings = settings,
                                             .check_settings = check_settings,
                                             .sandbox = choose_sandbox(&local, &remote),
                                             .workers = WORKERS,
                                             .request_memory = REQUEST_BYTES,
                                             .heap = PASSWORD_MEMORY + WORKERS * RESULT_BYTES,
                                             .open_before_drop = open_before_drop,
                                             .authorize = authorize,
                                             .handle = answer_audit });
}
