#include "trail/store.h"

#include "route/route.h"
#include "route/settings.h"
#include "trail/database_remote.h"
#include "trail/database_url.h"
#include "trail/reason.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 24, SQLSTATE_CLASS = 2 };

struct store {
    struct database_url url;
    PGconn *connection; /* NULL: none */
    bool is_loss_known; /* it has been logged */
};

static const struct database_login login = {
    .user = "bulkhead_trail",
    .application = "bulkhead trail",
    .options = "-c timezone=UTC -c search_path=pg_catalog",
};

bool store_check(const char *url)
{
    char fault[DATABASE_FAULT_BYTES];
    struct database_url parsed;
    const bool is_good = database_url_parse(url, &login, &parsed, fault);

    if (!is_good)
        log_error("DATABASE_URL: %s", fault);
    else if (parsed.is_off)
        log_error("DATABASE_URL: off: then there is nothing to ship, and no need of this program");
    const bool is_off = is_good && parsed.is_off;
    if (is_good)
        database_url_free(&parsed);
    return is_good && !is_off;
}

struct store *before_drop_store_open(const char *url)
{
    char fault[DATABASE_FAULT_BYTES];
    struct store *const store = calloc(1, sizeof(*store));

    database_forget_environment();
    if (store == NULL || !database_url_parse(url, &login, &store->url, fault)) {
        log_error("%s", store == NULL ? "not enough memory" : fault);
        free(store);
        return NULL;
    }
    if (before_drop_find_server(&store->url))
        return store;
    database_url_free(&store->url);
    free(store);
    return NULL;
}

bool store_is_remote(const struct store *store)
{
    return store->url.is_remote;
}

bool store_is_connected(const struct store *store)
{
    return store->connection != NULL;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void log_loss(struct store *store, const char *message)
{
    char reason[REASON_BYTES];

    reason_write(message, reason);
    if (!store->is_loss_known)
        log_error("database: %s; records wait in the journals, and are tried again", reason);
    store->is_loss_known = true;
}

static void disconnect(struct store *store)
{
    PQfinish(store->connection);
    store->connection = NULL;
}

/* Classes 22 and 23, data and constraints: "Appendix A. PostgreSQL Error Codes". */
static bool is_about_rows(const PGresult *result)
{
    const char *const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state != NULL &&
           (strncmp(state, "22", SQLSTATE_CLASS) == 0 || strncmp(state, "23", SQLSTATE_CLASS) == 0);
}

/* Consumes the result. Whatever is not as wanted ends the connection. */
static enum store_result take(struct store *store, PGresult *result, ExecStatusType wanted)
{
    enum store_result verdict = STORE_DONE;

    if (PQresultStatus(result) != wanted) {
        verdict = is_about_rows(result) ? STORE_REFUSED : STORE_GONE;
        if (verdict == STORE_GONE)
            log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
    }
    PQclear(result);
    return verdict;
}

static enum store_result command(struct store *store, const char *sql)
{
    return take(store, PQexec(store->connection, sql), PGRES_COMMAND_OK);
}

static enum store_result call(struct store *store, const char *sql, int count,
                              const char *const *values)
{
    return take(store, PQexecParams(store->connection, sql, count, NULL, values, NULL, NULL, 0),
                PGRES_TUPLES_OK);
}

/* --- connecting ------------------------------------------------------------------------------- */

/* Of a file that was removed before the database was told, it is told now. */
static bool take_position(struct store *store, struct spool *spool, const PGresult *positions,
                          int row)
{
    const char *const name = PQgetvalue(positions, row, 1);
    const struct folder *const folder = spool_find(spool, PQgetvalue(positions, row, 0));
    struct segment *const segment = folder != NULL ? folder_find(folder, name) : NULL;
    long reached;

    if (segment != NULL && parse_integer(PQgetvalue(positions, row, 2), &reached))
        segment->reached = reached;
    return segment != NULL || folder == NULL || folder->has_more ||
           store_forget(store, spool, folder->name, name);
}

static bool read_positions(struct store *store, struct spool *spool)
{
    const char *const values[] = { spool->source };
    PGresult *const positions =
        PQexecParams(store->connection,
                     "SELECT folder, file, reached FROM trail.positions WHERE source = $1::uuid", 1,
                     NULL, values, NULL, NULL, 0);

    if (PQresultStatus(positions) != PGRES_TUPLES_OK)
        return take(store, positions, PGRES_TUPLES_OK) == STORE_DONE;
    for (size_t i = 0; i < spool->count; i++)
        for (size_t j = 0; j < spool->folders[i].count; j++)
            spool->folders[i].segments[j].reached = 0;
    bool is_taken = true;
    for (int row = 0; row < PQntuples(positions) && is_taken; row++)
        is_taken = take_position(store, spool, positions, row);
    PQclear(positions);
    return is_taken;
}

bool store_make_months(struct store *store)
{
    return call(store, "SELECT trail.make_months_ahead()", 0, NULL) == STORE_DONE;
}

static void ignore_notice(void *nothing, const PGresult *notice)
{
    const char *const text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

    (void)nothing;
    if (text != NULL)
        log_warning("database: %s", text);
}

/* Of the columns of trail.records, in which this role can't look even for them. */
static const char make_incoming[] =
    "CREATE TEMPORARY TABLE incoming (id uuid, \"time\" timestamptz, route text, client inet, "
    "method text, verdict trail.verdict, status smallint, reason text, input text, "
    "microseconds bigint, request_id uuid) ON COMMIT DELETE ROWS";

bool store_connect(struct store *store, struct spool *spool)
{
    store->connection = PQconnectdbParams(store->url.keywords, store->url.values, 0);
    if (PQstatus(store->connection) != CONNECTION_OK) {
        log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
        return false;
    }
    PQsetNoticeReceiver(store->connection, ignore_notice, NULL);
    if (command(store, make_incoming) != STORE_DONE || !store_make_months(store) ||
        !read_positions(store, spool))
        return false;
    if (store->is_loss_known)
        log_info("database: connected again");
    store->is_loss_known = false;
    return true;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static enum store_result copy_rows(struct store *store, const struct batch *batch)
{
    enum store_result result =
        take(store, PQexec(store->connection, "COPY incoming (" ENTRY_COLUMNS ") FROM STDIN"),
             PGRES_COPY_IN);

    if (result != STORE_DONE)
        return result;
    if (PQputCopyData(store->connection, batch->rows, (int)batch->length) != 1 ||
        PQputCopyEnd(store->connection, NULL) != 1) {
        log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
        return STORE_GONE;
    }
    result = take(store, PQgetResult(store->connection), PGRES_COMMAND_OK);
    if (result == STORE_DONE)
        PQclear(PQgetResult(store->connection)); /* NULL: the end of the COPY */
    return result;
}

/*
 * A request that nginx tried on a second process is in two journals, by one id. In the order of the
 * ids, since two shippers that have the same two must not wait for each other.
 */
static enum store_result add_rows(struct store *store, const struct batch *batch)
{
    if (batch->count == 0)
        return STORE_DONE;
    const enum store_result result = copy_rows(store, batch);
    if (result != STORE_DONE)
        return result;
    return command(store, "INSERT INTO trail.records (" ENTRY_COLUMNS ") "
                          "SELECT " ENTRY_COLUMNS " FROM incoming ORDER BY id "
                          "ON CONFLICT DO NOTHING");
}

static enum store_result add_progress(struct store *store, const struct spool *spool,
                                      const struct progress *progress)
{
    char reached[NUMBER_BYTES];
    const char *const values[] = { spool->source, progress->folder->name, progress->segment,
                                   reached };

    snprintf(reached, sizeof(reached), "%" PRId64, progress->reached);
    return call(store, "SELECT trail.reach($1, $2, $3, $4)", 4, values);
}

enum store_result store_add(struct store *store, const struct spool *spool,
                            const struct batch *batch)
{
    enum store_result result = command(store, "BEGIN");

    if (result == STORE_DONE)
        result = add_rows(store, batch);
    for (size_t i = 0; i < batch->segments && result == STORE_DONE; i++)
        result = add_progress(store, spool, &batch->progress[i]);
    return result == STORE_DONE ? command(store, "COMMIT") : result;
}

bool store_forget(struct store *store, const struct spool *spool, const char *folder,
                  const char *segment)
{
    const char *const values[] = { spool->source, folder, segment };

    return call(store, "SELECT trail.forget($1, $2, $3)", 3, values) == STORE_DONE;
}
