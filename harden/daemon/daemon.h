/* daemon.json, the settings of dockerd(8). */
#ifndef BULKHEAD_DAEMON_H
#define BULKHEAD_DAEMON_H

#include "core/reader.h"
#include "json/json.h"

extern const struct reader daemon_reader;

/* The model is a struct json_document, and here is its object; NULL: it has none. */
const struct json *daemon_settings(const struct document *document);

/* Whether the file is one that dockerd could have read: then a setting that lacks is lacking. */
bool daemon_is_readable(const struct document *document);

/* Where a setting is to be pointed at: its value, or where its object begins when it lacks. */
struct where daemon_place(const struct document *document, const struct json *value,
                          const char *name);

/* The checks of daemon_rules.c; ends with a row without id. */
extern const struct rule daemon_rules[];

/* Those that take more than one setting: daemon_checks.c. */
void daemon_find_broken(const struct document *document, const struct rule *rule,
                        struct findings *findings);
void daemon_find_debug(const struct document *document, const struct rule *rule,
                       struct findings *findings);
bool daemon_fix_debug(const struct document *document, const struct finding *finding,
                      struct edits *edits);
void daemon_find_logs(const struct document *document, const struct rule *rule,
                      struct findings *findings);
bool daemon_fix_logs(const struct document *document, const struct finding *finding,
                     struct edits *edits);
void daemon_find_hosts(const struct document *document, const struct rule *rule,
                       struct findings *findings);
void daemon_find_registries(const struct document *document, const struct rule *rule,
                            struct findings *findings);

#endif
