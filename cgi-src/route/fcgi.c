#include "fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcgios.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* What libfcgi takes for the connection, and no call of the kernel does. */
    NO_DESCRIPTOR = INT_MAX,
    REPLY_BYTES = 8 * 1024, /* of libfcgi's own buffer: most answers are one of it */
};

/* --- what libfcgi reads and writes ------------------------------------------------------------ */

/* Of the request that this thread serves. */
static _Thread_local struct {
    const uint8_t *request;
    size_t left;
    struct reply *reply;
    bool is_cut; /* there was no memory for all of the reply */
} tape;

int OS_Read(int fd, char *buf, size_t len)
{
    const size_t length = tape.left < len ? tape.left : len;

    (void)fd;
    memcpy(buf, tape.request, length);
    tape.request += length;
    tape.left -= length;
    return (int)length;
}

static bool make_room(struct reply *reply, size_t length)
{
    size_t room = reply->room > 0 ? reply->room : REPLY_BYTES;

    while (room - reply->length < length)
        room *= 2;
    char *const bytes = room == reply->room ? reply->bytes : realloc(reply->bytes, room);
    if (bytes == NULL)
        return false;
    reply->bytes = bytes;
    reply->room = room;
    return true;
}

int OS_Write(int fd, char *buf, size_t len)
{
    (void)fd;
    if (tape.is_cut || !make_room(tape.reply, len)) {
        tape.is_cut = true;
        errno = ENOMEM;
        return -1;
    }
    memcpy(tape.reply->bytes + tape.reply->length, buf, len);
    tape.reply->length += len;
    return (int)len;
}

/* --- a request -------------------------------------------------------------------------------- */

/*
 * Marked detached and to be kept, the connection that is none is neither shut down nor closed. A
 * request that ends amid the parameters still yields 0 and half of them: so the stream is asked.
 */
static bool take_request(FCGX_Request *fcgi)
{
    if (FCGX_InitRequest(fcgi, -1, 0) != 0)
        return false;
    fcgi->ipcFd = NO_DESCRIPTOR;
    fcgi->keepConnection = 1;
    FCGX_Detach(fcgi);
    return FCGX_Accept_r(fcgi) == 0 && FCGX_GetError(fcgi->in) == 0;
}

/* A body is not used by any route, and read to its end all the same. */
static bool discard_body(FCGX_Request *fcgi)
{
    char sink[512];

    while (FCGX_GetStr(sink, sizeof(sink), fcgi->in) == (int)sizeof(sink))
        ;
    return FCGX_GetError(fcgi->in) == 0;
}

static void write_answer(FCGX_Request *fcgi, const struct answer *answer)
{
    FCGX_PutStr(answer->header, (int)answer->header_length, fcgi->out);
    if (!answer->sends_body)
        return;
    FCGX_PutStr(answer->body, (int)answer->body_length, fcgi->out);
    FCGX_PutChar('\n', fcgi->out);
}

static const char *find_variable(void *where, const char *name)
{
    return FCGX_GetParam(name, where);
}

bool fcgi_serve(const uint8_t *request, size_t length, struct worker *worker,
                const struct refusal *refusal, struct reply *reply, struct served *served)
{
    const size_t before = reply->length;
    FCGX_Request fcgi;

    tape.request = request;
    tape.left = length;
    tape.reply = reply;
    tape.is_cut = false;
    if (!take_request(&fcgi) || !discard_body(&fcgi)) {
        FCGX_Free(&fcgi, 0);
        return false;
    }
    const struct cgi_variables variables =
        cgi_variables_read(worker->service->route, find_variable, fcgi.envp);
    exchange_answer(worker, &variables, refusal, &served->answer);
    if (!served->answer.is_later)
        write_answer(&fcgi, &served->answer);
    answer_release(worker, &served->answer);
    served->keep = fcgi.keepConnection != 0;
    fcgi.keepConnection = 1;
    FCGX_Finish_r(&fcgi);
    if (tape.is_cut || served->answer.is_later)
        reply->length = before;
    return !tape.is_cut;
}

/* --- the start -------------------------------------------------------------------------------- */

/* A libfcgi that was linked within itself would not call ours. */
static bool reads_from_memory(void)
{
    /* BEGIN_REQUEST of a responder, and the ends of PARAMS and STDIN */
    static const char request[] = "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
                                  "\1\4\0\1\0\0\0\0"
                                  "\1\5\0\1\0\0\0"; /* and its NUL */
    FCGX_Request fcgi;

    tape.request = (const uint8_t *)request;
    tape.left = sizeof(request);
    const bool is_read = take_request(&fcgi) && discard_body(&fcgi) && tape.left == 0;
    FCGX_Free(&fcgi, 0);
    return is_read;
}

bool fcgi_init(void)
{
    if (FCGX_Init() != 0) {
        log_error("libfcgi can't be initialised");
        return false;
    }
    if (!reads_from_memory()) {
        log_error("libfcgi does not read by OS_Read of the program: use Debian's shared libfcgi");
        return false;
    }
    /* libfcgi has installed handlers of its own. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_DFL);
    return true;
}
