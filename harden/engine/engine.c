#include "engine/engine.h"

#include "core/memory.h"
#include "json/json.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 8 * 1024 * 1024,
    REFUSAL_MAX = 4096,
    CONNECT_SECONDS = 5,
    ANSWER_SECONDS = 30,
    /* the engine puts an image together before it sends the first byte */
    STALL_SECONDS = 120,
};

bool engine_open(struct engine *engine, char **why)
{
    static const char scheme[] = "unix://";
    const char *const host = getenv("DOCKER_HOST");
    const char *path = "/var/run/docker.sock";

    if (host != NULL && host[0] != '\0') {
        if (strncmp(host, scheme, sizeof(scheme) - 1) != 0) {
            *why = format_text("DOCKER_HOST is %s: only unix://PATH is asked", host);
            return false;
        }
        path = host + sizeof(scheme) - 1;
    }
    engine->handle = curl_easy_init();
    if (engine->handle == NULL) {
        *why = format_text("libcurl does not start");
        return false;
    }
    engine->socket = copy_bytes(path, strlen(path));
    return true;
}

void engine_close(struct engine *engine)
{
    if (engine->handle != NULL)
        curl_easy_cleanup(engine->handle);
    free(engine->socket);
    *engine = (struct engine){ .handle = NULL };
}

/* --- one answer ------------------------------------------------------------------------------- */

struct answer {
    CURL *handle;
    engine_take_fn *take;
    void *context;
    struct bytes refusal; /* what an answer that is no says */
    bool is_stopped;      /* by take */
};

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *const answer = context;
    const size_t length = size * count;
    long status = 0;

    curl_easy_getinfo(answer->handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        if (answer->refusal.length + length <= REFUSAL_MAX)
            bytes_add(&answer->refusal, bytes, length);
        return length;
    }
    answer->is_stopped = !answer->take(answer->context, bytes, length);
    return answer->is_stopped ? 0 : length;
}

/* The engine's own words: {"message": "..."}. */
static char *refusal_of(const struct answer *answer, long status)
{
    struct json_document document;
    struct text text;
    char *why;

    text_of(&text, "", answer->refusal.data != NULL ? answer->refusal.data : "",
            answer->refusal.length);
    json_read(&document, &text);
    const struct json *const message = json_member(document.root, "message");
    if (message != NULL && message->kind == JSON_STRING)
        why = format_text("the engine says: %s", message->string);
    else
        why = format_text("the engine answers with HTTP %ld", status);
    json_free(&document);
    text_free(&text);
    return why;
}

/* libcurl says that it could not connect, but not why; the socket itself does. */
static char *failure_of(const struct engine *engine, CURLcode code)
{
    struct stat status;

    if (code == CURLE_COULDNT_CONNECT && stat(engine->socket, &status) != 0)
        return format_text("no engine: %s: %s", engine->socket, strerror(errno));
    if (code == CURLE_COULDNT_CONNECT && access(engine->socket, R_OK | W_OK) != 0)
        return format_text("%s: %s: run this as root, or join the group docker", engine->socket,
                           strerror(errno));
    if (code == CURLE_COULDNT_CONNECT)
        return format_text("no engine answers on %s", engine->socket);
    return format_text("%s: %s", engine->socket, curl_easy_strerror(code));
}

static bool ask(struct engine *engine, const char *path, struct answer *answer, char **why)
{
    CURL *const handle = engine->handle;
    long status = 0;
    char *const url = format_text("http://docker%s", path);

    *why = NULL;
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, engine->socket);
    curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, answer);
    const CURLcode code = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    free(url);
    if (code != CURLE_OK && !answer->is_stopped)
        *why = failure_of(engine, code);
    else if (code == CURLE_OK && status != 200)
        *why = refusal_of(answer, status);
    bytes_free(&answer->refusal);
    return code == CURLE_OK && status == 200;
}

/* --- of bounded size, and of any ---------------------------------------------------------------*/

static bool take_all(void *context, const char *bytes, size_t length)
{
    struct bytes *const all = context;

    if (length > ANSWER_MAX - all->length)
        return false;
    bytes_add(all, bytes, length);
    return true;
}

bool engine_get(struct engine *engine, const char *path, struct bytes *answer, char **why)
{
    struct bytes all = { .data = NULL };
    struct answer asked = { .handle = engine->handle, .take = take_all, .context = &all };

    curl_easy_setopt(engine->handle, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS);
    curl_easy_setopt(engine->handle, CURLOPT_LOW_SPEED_TIME, 0L);
    const bool is_done = ask(engine, path, &asked, why);
    if (is_done)
        bytes_add(answer, all.data != NULL ? all.data : "", all.length);
    else if (*why == NULL)
        *why = format_text("%s: the answer has more than %d bytes", path, ANSWER_MAX);
    bytes_free(&all);
    return is_done;
}

bool engine_stream(struct engine *engine, const char *path, engine_take_fn *take, void *context,
                   char **why)
{
    struct answer asked = { .handle = engine->handle, .take = take, .context = context };

    curl_easy_setopt(engine->handle, CURLOPT_TIMEOUT, 0L);
    curl_easy_setopt(engine->handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(engine->handle, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    return ask(engine, path, &asked, why);
}
