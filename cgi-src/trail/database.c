#include "trail/database.h"

#include "route/route.h"
#include "trail/database_remote.h"
#include "trail/database_url.h"
#include "trail/reason.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RESULTS_MAX = 4 }; /* of a request */

/* One thread's. */
struct line {
    PGconn *connection; /* NULL: none */
    long not_before;    /* when it may be tried again, in ms of CLOCK_MONOTONIC */
    PGresult *results[RESULTS_MAX];
    size_t count;
};

struct database {
    struct database_url url;
    pthread_mutex_t lock; /* of the URL's hosts, which turn */
    unsigned turns;
    atomic_bool is_away; /* so that a loss is logged once, not once a thread */
    unsigned workers;
    struct line lines[];
};

static const struct database_login login = {
    .user = "bulkhead_audit",
    .application = "bulkhead audit",
    .options = "-c statement_timeout=2000 -c default_transaction_read_only=on -c timezone=UTC "
               "-c search_path=pg_catalog",
};

bool database_check(const char *url)
{
    char fault[DATABASE_FAULT_BYTES];
    struct database_url parsed;

    if (!database_url_parse(url, &login, &parsed, fault)) {
        log_error("DATABASE_URL: %s", fault);
        return false;
    }
    database_url_free(&parsed);
    return true;
}

struct database *database_open(const char *url, unsigned workers)
{
    char fault[DATABASE_FAULT_BYTES];
    struct database *const database =
        calloc(1, sizeof(*database) + workers * sizeof(database->lines[0]));

    if (database == NULL) {
        log_error("not enough memory");
        return NULL;
    }
    database_forget_environment();
    pthread_mutex_init(&database->lock, NULL);
    database->workers = workers;
    if (!database_url_parse(url, &login, &database->url, fault))
        log_error("DATABASE_URL: %s", fault);
    else if (before_drop_find_server(&database->url))
        return database;
    database_url_free(&database->url);
    free(database);
    return NULL;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: nothing came until the deadline. */
static bool wait_for(const PGconn *connection, short events, long deadline)
{
    struct pollfd socket = { .fd = PQsocket(connection), .events = events };
    const long left = deadline - now_ms();

    return left > 0 && poll(&socket, 1, (int)left) > 0;
}

/* --- connecting ------------------------------------------------------------------------------- */

static bool finish_connecting(PGconn *connection)
{
    const long deadline = now_ms() + DATABASE_CONNECT_MS;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;

    while (PQstatus(connection) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
        if (!wait_for(connection, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return false;
        next = PQconnectPoll(connection);
    }
    return next == PGRES_POLLING_OK && PQsetnonblocking(connection, 1) == 0;
}

static void hang_up(struct line *line)
{
    PQfinish(line->connection);
    line->connection = NULL;
}

static void log_away(struct database *database, const PGconn *connection)
{
    char reason[REASON_BYTES];

    reason_write(PQerrorMessage(connection), reason);
    if (!atomic_exchange(&database->is_away, true))
        log_warning("database: away: %s", reason[0] != '\0' ? reason : "no answer");
}

static unsigned start_connecting(struct database *database, struct line *line)
{
    pthread_mutex_lock(&database->lock);
    const unsigned turns = database->turns;
    line->connection = PQconnectStartParams(database->url.keywords, database->url.values, 0);
    pthread_mutex_unlock(&database->lock);
    return turns;
}

/* A host that says nothing takes all the time there is: the next try begins with another one. */
static void turn_hosts(struct database *database, unsigned turns)
{
    pthread_mutex_lock(&database->lock);
    if (turns == database->turns) { /* else another thread was faster */
        database_url_turn(&database->url);
        database->turns++;
    }
    pthread_mutex_unlock(&database->lock);
}

static bool connect_line(struct database *database, struct line *line)
{
    if (now_ms() < line->not_before)
        return false;
    const unsigned turns = start_connecting(database, line);
    if (line->connection != NULL && finish_connecting(line->connection)) {
        if (atomic_exchange(&database->is_away, false))
            log_info("database: back");
        return true;
    }
    log_away(database, line->connection);
    hang_up(line);
    turn_hosts(database, turns);
    line->not_before = now_ms() + DATABASE_PAUSE_MS;
    return false;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* All of the question leaves. */
static bool flush(PGconn *connection, long deadline)
{
    int left;

    while ((left = PQflush(connection)) == 1)
        if (!wait_for(connection, POLLIN | POLLOUT, deadline) || !PQconsumeInput(connection))
            return false;
    return left == 0;
}

/* The next result, if there is one. False: it did not come. */
static bool get_result(PGconn *connection, PGresult **result, long deadline)
{
    while (PQisBusy(connection))
        if (!wait_for(connection, POLLIN, deadline) || !PQconsumeInput(connection))
            return false;
    *result = PQgetResult(connection);
    return true;
}

/* The last result; NULL: the connection is of no use any more. */
static PGresult *ask(PGconn *connection, const struct question *question, long deadline)
{
    PGresult *result = NULL, *next = NULL;

    if (!PQsendQueryParams(connection, question->sql, question->count, NULL, question->values, NULL,
                           NULL, 0) ||
        !flush(connection, deadline))
        return NULL;
    bool got = get_result(connection, &next, deadline);
    while (got && next != NULL) {
        PQclear(result);
        result = next;
        got = get_result(connection, &next, deadline);
    }
    if (got && PQstatus(connection) == CONNECTION_OK)
        return result;
    PQclear(result);
    return NULL;
}

static bool is_state(const PGresult *result, const char *state)
{
    const char *const given = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return given != NULL && strcmp(given, state) == 0;
}

/* What an answer of the server amounts to; it is kept, for the next database_begin to free. */
static enum database_outcome judge(const PGresult *result)
{
    const char *const message = PQresultErrorMessage(result);

    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return DATABASE_ANSWERED;
    if (is_state(result, "57014")) /* query_canceled: by statement_timeout */
        return DATABASE_TOO_LONG;
    log_warning("database: refused: %.*s", (int)strcspn(message, "\n"), message);
    return DATABASE_REFUSED;
}

enum database_outcome database_ask(struct database *database, unsigned worker,
                                   const struct question *question, const PGresult **result)
{
    struct line *const line = &database->lines[worker];

    *result = NULL;
    if (database->url.is_off)
        return DATABASE_OFF;
    if (line->count == RESULTS_MAX)
        abort();
    /* A lost connection is noticed when it is used: so there is a second try, on a new one. */
    for (int i = 0; i < 2; i++) {
        if (line->connection == NULL && !connect_line(database, line))
            return DATABASE_AWAY;
        const long deadline = now_ms() + DATABASE_ASK_MS;
        PGresult *const answer = ask(line->connection, question, deadline);
        if (answer != NULL) {
            *result = line->results[line->count++] = answer;
            return judge(answer);
        }
        const bool is_late = now_ms() >= deadline;
        if (is_late || i > 0)
            log_away(database, line->connection);
        hang_up(line);
        if (is_late)
            return DATABASE_AWAY;
    }
    return DATABASE_AWAY;
}

void database_begin(struct database *database, unsigned worker)
{
    struct line *const line = &database->lines[worker];

    while (line->count > 0)
        PQclear(line->results[--line->count]);
}
