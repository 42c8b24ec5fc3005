/*
 * The answer to a probe: what is one is what a program of that name writes, and no beginning of it
 * is anything else; and what the look at a request takes for the question is that.
 */
#include "route/probe.h"
#include "route/scan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[PROBE_ANSWER_MAX];
    char name[PROBE_NAME_MAX + 1], rest[PROBE_NAME_MAX + 1];

    if (scan_request(data, size) == SCAN_PROBE &&
        (size != PROBE_QUESTION_BYTES || memcmp(data, probe_question, size) != 0))
        abort();
    const enum probe_verdict verdict = probe_read_answer(data, size, name);
    if ((verdict == PROBE_COMPLETE) != (name[0] != '\0'))
        abort();
    if (verdict == PROBE_INCOMPLETE && size >= PROBE_ANSWER_MAX)
        abort(); /* it would be waited for without a place */
    if (verdict != PROBE_COMPLETE)
        return 0;
    if (probe_write_answer(again, name) != size || memcmp(data, again, size) != 0)
        abort();
    while (size-- > 0)
        if (probe_read_answer(data, size, rest) != PROBE_INCOMPLETE)
            abort();
    return 0;
}
