#include "cgi.h"

#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A larger body is left unread: the web server that started us bounds bodies for itself. */
enum { MAX_BODY_BYTES = 64 * 1024 };

/* A server may wait until its body is taken before it reads the answer. */
static void discard_body(void)
{
    const char *announced = getenv("CONTENT_LENGTH");
    char sink[4096];
    long left;

    if (announced == NULL || !parse_integer(announced, &left) || left > MAX_BODY_BYTES)
        return;
    while (left > 0) {
        const size_t wanted = (size_t)left < sizeof(sink) ? (size_t)left : sizeof(sink);
        const ssize_t got = read(STDIN_FILENO, sink, wanted);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return;
        left -= got > 0 ? got : 0;
    }
}

static bool write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            log_error("standard output: %s", strerror(errno));
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static const char *find_variable(void *where, const char *name)
{
    (void)where;
    return getenv(name);
}

bool cgi_serve(struct worker *worker)
{
    const struct cgi_variables variables =
        cgi_variables_read(worker->service->route, find_variable, NULL);
    struct answer answer;

    discard_body();
    exchange_answer(worker, &variables, NULL, &answer);
    if (!answer_record(worker, &answer)) {
        answer_release(worker, &answer);
        exchange_answer(worker, &variables, &refusal_of_unrecorded, &answer);
    }
    bool ok = write_all(answer.header, answer.header_length);
    if (ok && answer.sends_body)
        ok = write_all(answer.body, answer.body_length) && write_all("\n", 1);
    answer_release(worker, &answer);
    return ok;
}
