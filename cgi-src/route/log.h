/* Lines on standard error: "program: level: text". The functions to write them are in route.h. */
#ifndef BULKHEAD_LOG_H
#define BULKHEAD_LOG_H

#include <stdbool.h>

/* The program's name for every line; before anything else. It must outlive the process's last. */
void log_open(const char *program);

/* Whether `level` is one of "error", "warning", "info", "debug". */
bool is_log_level(const char *level);

/* What is less urgent than `level` is left out from now on. Until it is called: "info". */
void log_set_level(const char *level);

#endif
