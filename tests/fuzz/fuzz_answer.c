/*
 * The head of an answer that anybody may send: once it is whole nothing behind it counts, and no
 * beginning of it was anything but incomplete.
 */
#include "supervise/answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const bytes = (const char *)data;
    const int status = answer_status(bytes, size);
    const char *const end = memmem(bytes, size, "\r\n\r\n", 4);

    if (status != ANSWER_WRONG && status != ANSWER_INCOMPLETE && (status < 100 || status > 599))
        abort();
    if (end == NULL && status != ANSWER_INCOMPLETE && status != ANSWER_WRONG)
        abort();
    if (end != NULL &&
        (status == ANSWER_INCOMPLETE || answer_status(bytes, (size_t)(end - bytes) + 4) != status))
        abort();
    if (status == ANSWER_WRONG)
        return 0;
    for (size_t length = end != NULL ? (size_t)(end - bytes) + 3 : size; length > 0; length /= 2)
        if (answer_status(bytes, length) != ANSWER_INCOMPLETE)
            abort();
    return 0;
}
