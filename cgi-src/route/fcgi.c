#include "fcgi.h"

#include <fcgiapp.h>
#include <signal.h>

bool fcgi_init(void)
{
    if (FCGX_Init() != 0) {
        log_error("libfcgi can't be initialised");
        return false;
    }
    /* libfcgi has installed handlers of its own. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_DFL);
    return true;
}

/*
 * Has libfcgi read a request from `fd`. Marked detached, it never lingers in shutdown and poll to
 * close a connection, which would hold the loop for up to two seconds.
 */
static bool take_request(FCGX_Request *fcgi, int fd)
{
    if (FCGX_InitRequest(fcgi, -1, 0) != 0)
        return false;
    fcgi->ipcFd = fd;
    fcgi->keepConnection = 1; /* or FCGX_Accept_r closes it before it reads */
    FCGX_Detach(fcgi);
    /* A peer that hangs up amid the parameters still yields 0 and half of them: ask the stream. */
    return FCGX_Accept_r(fcgi) == 0 && FCGX_GetError(fcgi->in) == 0;
}

/* A body is not used by any route; unread it would stay in the socket as the next request. */
static bool discard_body(FCGX_Request *fcgi)
{
    char sink[4096];

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

/* Ends the request, which sends the answer. True: the connection is still open. */
static bool finish(FCGX_Request *fcgi, bool keep)
{
    fcgi->keepConnection = keep;
    FCGX_Finish_r(fcgi);
    return fcgi->ipcFd >= 0;
}

bool fcgi_serve(int fd, struct worker *worker, struct stats *stats, const struct refusal *refusal)
{
    FCGX_Request fcgi;
    struct answer answer;

    if (!take_request(&fcgi, fd) || !discard_body(&fcgi)) {
        stats_count(stats, STATS_DROPPED);
        FCGX_Free(&fcgi, fcgi.ipcFd >= 0);
        return false;
    }
    const struct cgi_variables variables =
        cgi_variables_read(worker->service->route, find_variable, fcgi.envp);
    if (refusal != NULL)
        exchange_refuse(worker, &variables, refusal->error, refusal->detail, &answer);
    else
        exchange_answer(worker, &variables, &answer);

    write_answer(&fcgi, &answer);
    stats_count_answer(stats, answer.status);
    answer_release(worker, &answer);
    return finish(&fcgi, fcgi.keepConnection != 0);
}
