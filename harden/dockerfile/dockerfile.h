/*
 * Dockerfiles, as BuildKit reads them (frontend/dockerfile/parser), with the place of everything.
 *
 * An instruction is one logical line: what its lines say with the continuations taken out, and the
 * comments and empty lines in between. A place in that is a logical offset; docker_span() says
 * where it is in the text.
 */
#ifndef BULKHEAD_DOCKERFILE_H
#define BULKHEAD_DOCKERFILE_H

#include "core/images.h"
#include "core/memory.h"
#include "core/reader.h"

enum docker_keyword {
    DOCKER_ADD,
    DOCKER_ARG,
    DOCKER_CMD,
    DOCKER_COPY,
    DOCKER_ENTRYPOINT,
    DOCKER_ENV,
    DOCKER_EXPOSE,
    DOCKER_FROM,
    DOCKER_HEALTHCHECK,
    DOCKER_LABEL,
    DOCKER_MAINTAINER,
    DOCKER_ONBUILD,
    DOCKER_RUN,
    DOCKER_SHELL,
    DOCKER_STOPSIGNAL,
    DOCKER_USER,
    DOCKER_VOLUME,
    DOCKER_WORKDIR,
    DOCKER_UNKNOWN,
};

/* A part of a logical line that lies in one piece in the text. */
struct docker_piece {
    size_t logical, offset;
};

/* What follows the lines of an instruction, up to a line with its name. */
struct docker_heredoc {
    const char *name;
    struct span body; /* of the text: whole lines, without the one that ends it */
    bool is_chomped;  /* <<-: tabs at the beginning of lines are none */
};

/* A word of the arguments, without the quotes around it and its escapes. */
struct docker_word {
    size_t from, end; /* logical, with the quotes */
    const char *value;
    bool is_flag; /* one of those in front: --NAME=VALUE */
};

struct docker_instruction {
    enum docker_keyword keyword; /* of ONBUILD: of what it does later */
    bool is_onbuild;
    bool is_json;      /* its arguments are a list: ["a", "b"] */
    bool has_comments; /* between its lines */
    bool is_open;      /* its last line asks for another one, which is not there */

    const char *line; /* logical; ends with NUL */
    size_t length;
    struct docker_piece *pieces;
    size_t piece_count;

    struct span keyword_at; /* of the text */
    struct span at;         /* of the text: from its beginning to the end of its last line */
    size_t end;             /* where the line after it begins, and after its heredocs */
    size_t arguments;       /* logical: what follows the keyword and the flags */

    struct docker_word *words; /* of the arguments, flags in front */
    size_t word_count;
    struct docker_heredoc *heredocs;
    size_t heredoc_count;
    size_t stage; /* of dockerfile.stages; before the first FROM it is NO_STAGE */
};

#define NO_STAGE ((size_t)-1)

struct docker_stage {
    size_t from;             /* its FROM, of dockerfile.instructions */
    size_t end;              /* behind its last instruction */
    const char *reference;   /* that FROM names, variables replaced by their defaults */
    bool is_known;           /* whether all of them had one */
    struct image image;      /* its parts */
    const char *name;        /* after AS; "" without */
    size_t parent;           /* the stage that it goes on from; NO_STAGE: an image */
    struct docker_word word; /* the image, as it is written */
};

struct dockerfile {
    const struct text *text;
    char escape;                 /* what continues a line: a backslash, or a backquote */
    bool has_escape, has_syntax; /* directives */
    struct docker_instruction *instructions;
    size_t count, room;
    struct docker_stage *stages;
    size_t stage_count, stage_room;
    struct shell_command *commands; /* of all RUNs: docker_shell.h */
    size_t command_count, command_room;
    struct pool pool;
};

extern const struct reader dockerfile_reader;

/* NULL, with the fault: BuildKit would not read it either. docker_free frees it. */
struct dockerfile *docker_read(const struct text *text, struct fault *fault);
void docker_free(struct dockerfile *dockerfile);

/* --- for the checks --------------------------------------------------------------------------- */

/* Where a part of a logical line is in the text; it may have line ends and comments in it there. */
struct span docker_span(const struct docker_instruction *instruction, size_t from, size_t end);

/* The piece that a logical offset is in, by its number. */
size_t docker_piece_at(const struct docker_instruction *instruction, size_t logical);

/* The place of a word, within its instruction. */
struct where docker_where(const struct docker_instruction *instruction,
                          const struct docker_word *word);

/* The place of a whole instruction: its keyword, which is enough to point at. */
struct where docker_place(const struct docker_instruction *instruction);

/* The first word that is no flag; NULL: there is none. */
const struct docker_word *docker_first(const struct docker_instruction *instruction);

/* The value of the flag --NAME=VALUE, or "" of --NAME; NULL: it is not there. */
const char *docker_flag(const struct docker_instruction *instruction, const char *name);

/* The last stage, which the image is made of; NULL: there is none. */
const struct docker_stage *docker_final(const struct dockerfile *dockerfile);

/*
 * The last instruction of that kind, no ONBUILD, in a stage or in those that it goes on from; NULL:
 * there is none.
 */
const struct docker_instruction *docker_last(const struct dockerfile *dockerfile,
                                             const struct docker_stage *stage,
                                             enum docker_keyword keyword);

/* The stage whose image that one stands on in the end: itself, if it goes on from none. */
const struct docker_stage *docker_root(const struct dockerfile *dockerfile,
                                       const struct docker_stage *stage);

/* Whether it is of Windows: other commands, other users. */
bool docker_is_windows(const struct dockerfile *dockerfile);

/* --- for the fixes ---------------------------------------------------------------------------- */

/* The number of the instruction's fact, and the fact itself: its logical line and its heredocs. */
size_t docker_fact_at(const struct dockerfile *dockerfile,
                      const struct docker_instruction *instruction);
void docker_put_fact(struct bytes *out, const struct text *text,
                     const struct docker_instruction *instruction);

/* Puts a new instruction on a line of its own behind this one. False after refuse(). */
bool docker_insert(struct edits *edits, const struct dockerfile *dockerfile,
                   const struct docker_instruction *after, const char *line);

/* A part of a logical line, or of the text in a heredoc, and what takes its place. */
struct docker_part {
    size_t from, end;
    const char *value;
    bool is_in_heredoc; /* these are behind the others */
    bool is_line;       /* a piece of the line, and all of a line of the text with it */
};

/*
 * The part to be cut so that a word is gone: with the blanks before it, or with its line if it is
 * alone on that.
 */
struct docker_part docker_cut(const struct docker_instruction *instruction, size_t from,
                              size_t end);

/*
 * Puts other values in the place of parts of an instruction, in their order, and expects the fact
 * of that. Several findings of one instruction are best cured by the same parts. False after
 * refuse(): a part goes over the end of a line.
 */
bool docker_rewrite(struct edits *edits, const struct dockerfile *dockerfile,
                    const struct docker_instruction *instruction, const struct docker_part *parts,
                    size_t count);

#endif
