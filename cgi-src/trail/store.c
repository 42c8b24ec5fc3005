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

enum { NUMBER_BYTES = 24 };

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

int store_socket(const struct store *store)
{
    return store->connection != NULL ? PQsocket(store->connection) : -1;
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

/* Of "Appendix A. PostgreSQL Error Codes": a class of two characters, or a whole code. */
static bool is_error(const PGresult *result, const char *code)
{
    const char *const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state != NULL && strncmp(state, code, strlen(code)) == 0;
}

static const char data_exception[] = "22", integrity_violation[] = "23",
                  unique_violation[] = "23505", deadlock_detected[] = "40P01";

/* Consumes the result. Whatever is not as wanted ends the connection. */
static enum store_result take(struct store *store, PGresult *result, ExecStatusType wanted)
{
    enum store_result verdict = STORE_DONE;

    if (PQresultStatus(result) != wanted) {
        verdict = is_error(result, data_exception) || is_error(result, integrity_violation)
                      ? STORE_REFUSED
                      : STORE_GONE;
        if (verdict == STORE_GONE)
            log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
    }
    PQclear(result);
    return verdict;
}

/* The server's last word comes first, and the end of the connection behind it. */
bool store_is_still_connected(struct store *store)
{
    if (store->connection == NULL)
        return false;
    /* NOLINTNEXTLINE(misc-redundant-expression): each reads on from where the other ended */
    if (PQconsumeInput(store->connection) && PQconsumeInput(store->connection))
        return true;
    log_loss(store, PQerrorMessage(store->connection));
    disconnect(store);
    return false;
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

bool store_connect(struct store *store, struct spool *spool)
{
    store->connection = PQconnectdbParams(store->url.keywords, store->url.values, 0);
    if (PQstatus(store->connection) != CONNECTION_OK) {
        log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
        return false;
    }
    PQsetNoticeReceiver(store->connection, ignore_notice, NULL);
    if (!store_make_months(store) || !read_positions(store, spool))
        return false;
    if (store->is_loss_known)
        log_info("database: connected again");
    store->is_loss_known = false;
    return true;
}

/* --- a batch ---------------------------------------------------------------------------------- */

/*
 * Each transaction stands for itself: it leaves nothing in the session, which is another one for
 * each where a pool of connections is in between.
 */

/* False: an id is there already, or in another shipper's batch too; all else is in *result. */
static bool copy_rows(struct store *store, const struct batch *batch, enum store_result *result)
{
    *result =
        take(store, PQexec(store->connection, "COPY trail.records (" ENTRY_COLUMNS ") FROM STDIN"),
             PGRES_COPY_IN);
    if (*result != STORE_DONE)
        return true;
    if (PQputCopyData(store->connection, batch->rows, (int)batch->length) != 1 ||
        PQputCopyEnd(store->connection, NULL) != 1) {
        log_loss(store, PQerrorMessage(store->connection));
        disconnect(store);
        *result = STORE_GONE;
        return true;
    }
    PGresult *const end = PQgetResult(store->connection);
    const bool is_known = is_error(end, unique_violation) || is_error(end, deadlock_detected);
    if (is_known)
        PQclear(end);
    else
        *result = take(store, end, PGRES_COMMAND_OK);
    if (*result == STORE_DONE)
        PQclear(PQgetResult(store->connection)); /* NULL: the end of the COPY */
    return !is_known;
}

/*
 * The same rows as one parameter, which the server splits into lines and columns. A backslash in a
 * text stands there as two.
 */
#define COLUMNS_OF(parameter)                                                                      \
    "(SELECT string_to_array(line, E'\\t', E'\\\\N') AS c "                                        \
    "FROM string_to_table(" parameter "::text, E'\\n') AS line) AS lines"
#define BACKSLASHES "E'\\\\\\\\', E'\\\\'"
static const char insert[] =
    "INSERT INTO trail.records (" ENTRY_COLUMNS ") SELECT c[1]::uuid, c[2]::timestamptz, c[3], "
    "c[4]::inet, replace(c[5], " BACKSLASHES "), c[6]::trail.verdict, c[7]::smallint, "
    "replace(c[8], " BACKSLASHES "), replace(c[9], " BACKSLASHES "), c[10]::bigint, c[11]::uuid "
    "FROM " COLUMNS_OF("$1") " ORDER BY 1 ON CONFLICT DO NOTHING";

/*
 * A request that nginx tried on a second process is in two journals, by one id. In the order of the
 * ids, since two shippers that have the same two must not wait for each other.
 */
static enum store_result insert_unknown_rows(struct store *store, const struct batch *batch)
{
    const char *const values[] = { batch->rows };
    const int lengths[] = { (int)batch->length - 1 }; /* without the newline behind the last */
    const int binary[] = { 1 };                       /* so that the length counts, and no NUL */

    return take(store, PQexecParams(store->connection, insert, 1, NULL, values, lengths, binary, 0),
                PGRES_COMMAND_OK);
}

enum { PROGRESS_BYTES = BATCH_SEGMENTS * (ENTRY_ROUTE_BYTES + SEGMENT_NAME_BYTES + NUMBER_BYTES) };

/* In the form of the rows. */
static void write_progress(const struct batch *batch, char text[PROGRESS_BYTES])
{
    size_t length = 0;

    for (size_t i = 0; i < batch->segments; i++)
        length += (size_t)snprintf(text + length, PROGRESS_BYTES - length, "%s%s\t%s\t%" PRId64,
                                   i > 0 ? "\n" : "", batch->progress[i].folder->name,
                                   batch->progress[i].segment, batch->progress[i].reached);
}

static enum store_result begin_with_progress(struct store *store, const struct spool *spool,
                                             const struct batch *batch)
{
    char text[PROGRESS_BYTES];
    const char *const values[] = { spool->source, text };
    const enum store_result result = command(store, "BEGIN");

    if (result != STORE_DONE)
        return result;
    write_progress(batch, text);
    return call(store, "SELECT trail.reach($1, c[1], c[2], c[3]::bigint) FROM " COLUMNS_OF("$2"), 2,
                values);
}

/*
 * The rows are last: they take the locks that other shippers wait for, those of trail.activity, and
 * hold them until the end. They are copied, which takes half the time, unless one is known.
 */
enum store_result store_add(struct store *store, const struct spool *spool,
                            const struct batch *batch)
{
    enum store_result result = begin_with_progress(store, spool, batch);

    if (result == STORE_DONE && batch->count > 0 && !copy_rows(store, batch, &result)) {
        result = command(store, "ROLLBACK");
        if (result == STORE_DONE)
            result = begin_with_progress(store, spool, batch);
        if (result == STORE_DONE)
            result = insert_unknown_rows(store, batch);
    }
    return result == STORE_DONE ? command(store, "COMMIT") : result;
}

bool store_forget(struct store *store, const struct spool *spool, const char *folder,
                  const char *segment)
{
    const char *const values[] = { spool->source, folder, segment };

    return call(store, "SELECT trail.forget($1, $2, $3)", 3, values) == STORE_DONE;
}
