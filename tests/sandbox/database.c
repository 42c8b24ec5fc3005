/*
 * A route of the tests': it asks a database, on a connection of each thread's own, and connects
 * again whenever that is lost. With `attack` it tries what its sandbox is there to refuse.
 *
 * Nothing here waits for the database for longer than DATABASE_TIMEOUT_MS: not even where it has
 * stopped without closing its connections. That is why neither PQreset nor PQexecParams will do.
 */
#include "database_attacks.h"
#include "route/route.h"
#include "route/sandbox.h"
#include "trail/database_calls.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORKERS = 4, TEXT_MAX = 107 };

/* What can be asked: each takes the parameter `text`. */
static const struct statement {
    const char *name, *sql;
} statements[] = {
    { "echo", "SELECT $1::text" },
    { "repeat", "SELECT repeat('x', $1::int)" },
    { "divide", "SELECT 1 / $1::int" },
    { "sleep", "SELECT pg_sleep($1::float8)" },
};
enum { STATEMENTS = sizeof(statements) / sizeof(statements[0]) };

static const char *sql_of(const char *name)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        if (strcmp(statements[i].name, name) == 0)
            return statements[i].sql;
    return NULL;
}

static bool can_ask(const char *value, size_t bytes)
{
    return bytes > 0 && sql_of(value) != NULL;
}

static bool can_attack(const char *value, size_t bytes)
{
    return bytes == 0 || is_attack(value);
}

static bool is_text(const char *value, size_t bytes)
{
    return value != NULL && bytes <= TEXT_MAX;
}

static const struct param params[] = {
    { "ask", "echo", 16, can_ask, "Invalid question", "see the table of statements" },
    { "text", "", TEXT_MAX, is_text, "Invalid text", "at most 107 bytes" },
    { "attack", "", 16, can_attack, "Invalid attack", "see the table of attempts" },
    PARAMS_END,
};

static bool is_folder(const char *value)
{
    return value[0] == '/';
}

static bool is_user(const char *value)
{
    return value[0] != '\0';
}

static bool is_timeout(const char *value)
{
    return is_integer_between(value, 1, 60000);
}

static const struct setting settings[] = {
    { "DATABASE_SOCKET_DIR", "/database", is_folder, "a path, as seen in the root folder" },
    { "DATABASE_USER", "audit", is_user, "a role" },
    { "DATABASE_TIMEOUT_MS", "20000", is_timeout, "an integer from 1 to 60000" },
    SETTINGS_END,
};

static const struct sandbox sandbox = { .calls = calls_of_database };

static const struct error error_query = { 500, "Query failed" };

/* Each thread's connection, NULL while there is none: they are made where they are first used. */
static void *open_before_drop(unsigned workers)
{
    PGconn **const connections = calloc(workers, sizeof(PGconn *));

    if (connections == NULL)
        log_error("not enough memory");
    return connections;
}

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

static bool finish_connecting(PGconn *connection, long deadline)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;

    while (PQstatus(connection) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
        if (!wait_for(connection, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return false;
        next = PQconnectPoll(connection);
    }
    return next == PGRES_POLLING_OK;
}

/* NULL, after the reason was logged: the database is away. */
static PGconn *connect_database(long deadline)
{
    static const char *const names[] = { "host",     "port",    "dbname",     "user",
                                         "passfile", "sslmode", "gssencmode", NULL };
    const char *const values[] = { setting_text("DATABASE_SOCKET_DIR"),
                                   "5432",
                                   "postgres",
                                   setting_text("DATABASE_USER"),
                                   "/nonexistent",
                                   "disable",
                                   "disable",
                                   NULL };
    PGconn *const connection = PQconnectStartParams(names, values, 0);

    if (finish_connecting(connection, deadline))
        return connection;
    log_warning("database: %s", PQerrorMessage(connection));
    PQfinish(connection);
    return NULL;
}

/* The next result, if there is one. False: it did not come in time. */
static bool get_result(PGconn *connection, PGresult **result, long deadline)
{
    while (PQisBusy(connection))
        if (!wait_for(connection, POLLIN, deadline) || !PQconsumeInput(connection))
            return false;
    *result = PQgetResult(connection);
    return true;
}

/* The last result; NULL: the connection is of no use any more. */
static PGresult *ask(PGconn *connection, const char *sql, const char *text, long deadline)
{
    PGresult *result = NULL, *next;

    if (!PQsendQueryParams(connection, sql, 1, NULL, &text, NULL, NULL, 0))
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

/* A lost connection is noticed when it is used: so there is a second try, on a new one. */
static PGresult *ask_database(PGconn **connection, const char *sql, const char *text)
{
    const long deadline = now_ms() + setting_number("DATABASE_TIMEOUT_MS");
    PGresult *result = NULL;

    for (int i = 0; i < 2 && result == NULL; i++) {
        if (*connection == NULL)
            *connection = connect_database(deadline);
        if (*connection == NULL)
            return NULL;
        result = ask(*connection, sql, text, deadline);
        if (result == NULL) {
            PQfinish(*connection);
            *connection = NULL;
        }
    }
    return result;
}

/* The SQLSTATE of a failure; libpq's own have none. */
static const char *state_of(const PGresult *result)
{
    const char *const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state != NULL ? state : "none";
}

static void handle(const struct request *request, struct response *response)
{
    PGconn **const connections = request_context(request);
    const char *const text = request_param(request, "text");
    const char *const name = request_param(request, "attack");

    if (*name != '\0') {
        const int error = attack(name, text);
        answer_text(response, "%s", error == 0 ? "done" : strerrorname_np(error));
        return;
    }
    PGresult *const result = ask_database(&connections[request_worker(request)],
                                          sql_of(request_param(request, "ask")), text);
    if (result == NULL)
        answer_error(response, &error_unavailable, "the database is away");
    else if (PQresultStatus(result) != PGRES_TUPLES_OK)
        answer_error(response, &error_query, "%s", state_of(result));
    else if (PQgetlength(result, 0, 0) > TEXT_MAX)
        answer_text(response, "%d bytes", PQgetlength(result, 0, 0));
    else
        answer_text(response, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
}

int main(int argc, char **argv)
{
    return route_main(argc, argv,
                      &(const struct route){ .name = "database",
                                             .summary = "Asks a database, for the tests",
                                             .params = params,
                                             .settings = settings,
                                             .sandbox = &sandbox,
                                             .workers = WORKERS,
                                             .open_before_drop = open_before_drop,
                                             .handle = handle });
}
