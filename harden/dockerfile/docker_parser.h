/* What the files that read Dockerfiles share. Inside dockerfile/ only. */
#ifndef BULKHEAD_DOCKER_PARSER_H
#define BULKHEAD_DOCKER_PARSER_H

#include "dockerfile/dockerfile.h"

/* White space of Dockerfiles, but for the end of a line. */
static inline bool docker_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/*
 * Reads the keyword, the flags and the words of an instruction whose logical line is there. False,
 * with the fault: it is none.
 */
bool docker_read_words(struct dockerfile *dockerfile, struct docker_instruction *instruction,
                       struct fault *fault);

/*
 * Adds the names of the heredocs that its line announces: their bodies are still to be read. They
 * are words <<NAME of RUN, ADD and COPY; what is in quotes is none.
 */
void docker_find_heredocs(struct dockerfile *dockerfile, struct docker_instruction *instruction);

/* Finds the stages, and which instruction is of which. False, with the fault: they are too many. */
bool docker_find_stages(struct dockerfile *dockerfile, struct fault *fault);

#endif
