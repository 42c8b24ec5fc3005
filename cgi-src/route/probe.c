#include "probe.h"

#include "clock.h"

#include <errno.h>
#include <fastcgi.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define READY_NAME "BULKHEAD_READY"
enum {
    READY_NAME_LENGTH = sizeof(READY_NAME) - 1,
    LENGTHS = 2, /* of the name and of the value, a byte each */
    NAME_AT = FCGI_HEADER_LEN + LENGTHS,
};
_Static_assert((int)PROBE_QUESTION_BYTES == (int)NAME_AT + (int)READY_NAME_LENGTH, "see probe.h");

/* --- the records ------------------------------------------------------------------------------ */

const uint8_t probe_question[PROBE_QUESTION_BYTES] = {
    FCGI_VERSION_1,
    FCGI_GET_VALUES,
    0, /* the id of management */
    0,
    0,
    PROBE_QUESTION_BYTES - FCGI_HEADER_LEN,
    0, /* no padding */
    0,
    READY_NAME_LENGTH,
    0, /* the length of the value */
    'B',
    'U',
    'L',
    'K',
    'H',
    'E',
    'A',
    'D',
    '_',
    'R',
    'E',
    'A',
    'D',
    'Y',
};

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool probe_is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_of_name(name[i]))
            return false;
    return length >= 1 && length <= PROBE_NAME_MAX;
}

/* An answer is a question with another type, a value, and its lengths. */
static void write_head(uint8_t answer[PROBE_QUESTION_BYTES], size_t length_of_value)
{
    memcpy(answer, probe_question, PROBE_QUESTION_BYTES);
    answer[1] = FCGI_GET_VALUES_RESULT;
    answer[5] = (uint8_t)(answer[5] + length_of_value);
    answer[FCGI_HEADER_LEN + 1] = (uint8_t)length_of_value;
}

size_t probe_write_answer(uint8_t answer[PROBE_ANSWER_MAX], const char *route)
{
    const size_t length = strlen(route);

    if (!probe_is_name(route, length))
        return 0;
    write_head(answer, length);
    memcpy(answer + PROBE_QUESTION_BYTES, route, length);
    return PROBE_QUESTION_BYTES + length;
}

enum probe_verdict probe_read_answer(const uint8_t *bytes, size_t length,
                                     char name[PROBE_NAME_MAX + 1])
{
    uint8_t head[PROBE_QUESTION_BYTES];
    const size_t value_length = length > FCGI_HEADER_LEN + 1 ? bytes[FCGI_HEADER_LEN + 1] : 0;

    name[0] = '\0';
    if (length <= FCGI_HEADER_LEN + 1)
        return PROBE_INCOMPLETE;
    write_head(head, value_length);
    if (value_length < 1 || value_length > PROBE_NAME_MAX ||
        memcmp(bytes, head, length < sizeof(head) ? length : sizeof(head)) != 0 ||
        length > sizeof(head) + value_length)
        return PROBE_WRONG;
    if (length < sizeof(head) + value_length)
        return PROBE_INCOMPLETE;
    const char *const value = (const char *)bytes + sizeof(head);
    if (!probe_is_name(value, value_length))
        return PROBE_WRONG;
    memcpy(name, value, value_length);
    name[value_length] = '\0';
    return PROBE_COMPLETE;
}

/* --- the program that is asked ---------------------------------------------------------------- */

bool probe_answer(int fd, const char *route)
{
    uint8_t answer[PROBE_ANSWER_MAX];
    const size_t length = probe_write_answer(answer, route);

    return write(fd, answer, length) == (ssize_t)length;
}

/* --- who asks --------------------------------------------------------------------------------- */

static void end(struct probe *probe, const char *why)
{
    if (probe->fd >= 0)
        close(probe->fd);
    probe->fd = -1;
    probe->why = why;
}

/* What a program does to whom it does not answer. */
static const char *why_of(int error)
{
    return error == EPIPE || error == ECONNRESET || error == 0
               ? "it closed the connection: it answers its web server, its monitor and its own user"
               : strerrordesc_np(error);
}

static void begin(struct probe *probe)
{
    struct sockaddr_un there = { .sun_family = AF_UNIX };
    const size_t length = strlen(probe->path);

    probe->fd = -1;
    probe->length = 0;
    probe->name[0] = '\0';
    if (length >= sizeof(there.sun_path)) {
        end(probe, strerrordesc_np(ENAMETOOLONG));
        return;
    }
    memcpy(there.sun_path, probe->path, length);
    probe->fd = socket(AF_UNIX, PROBE_SOCKET, 0);
    if (probe->fd < 0 || connect(probe->fd, (const struct sockaddr *)&there, sizeof(there)) != 0 ||
        write(probe->fd, probe_question, sizeof(probe_question)) < 0)
        end(probe, why_of(errno));
}

/* Takes what has come; the probe is over once its answer is whole, or wrong. */
static void take(struct probe *probe)
{
    const ssize_t count =
        read(probe->fd, probe->answer + probe->length, sizeof(probe->answer) - probe->length);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        end(probe, why_of(count == 0 ? 0 : errno));
        return;
    }
    probe->length += (size_t)count;
    switch (probe_read_answer(probe->answer, probe->length, probe->name)) {
    case PROBE_COMPLETE:
        end(probe, NULL);
        return;
    case PROBE_WRONG:
        end(probe, "what it answers is not what a program of Bulkhead answers");
        return;
    case PROBE_INCOMPLETE:
        return;
    }
}

/* How many are not over yet; poll() leaves out what has no descriptor. */
static size_t list_open(const struct probe *probes, struct pollfd *polls, size_t count)
{
    size_t open = 0;

    for (size_t i = 0; i < count; i++) {
        polls[i] = (struct pollfd){ .fd = probes[i].fd, .events = POLLIN };
        open += probes[i].fd >= 0;
    }
    return open;
}

void probe_all(struct probe *probes, struct pollfd *polls, size_t count, int milliseconds)
{
    const int64_t end_at = clock_ms() + milliseconds;
    int64_t left;

    for (size_t i = 0; i < count; i++)
        begin(&probes[i]);
    while (list_open(probes, polls, count) > 0 && (left = end_at - clock_ms()) > 0) {
        if (poll(polls, count, (int)left) < 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < count; i++)
            if (polls[i].fd >= 0 && polls[i].revents != 0)
                take(&probes[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (probes[i].fd >= 0)
            end(&probes[i], "no answer in time");
}

const char *probe(const char *path, int milliseconds)
{
    struct probe one = { .path = path };
    struct pollfd poll_one;

    probe_all(&one, &poll_one, 1, milliseconds);
    return one.why;
}
