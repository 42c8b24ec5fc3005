/*
 * The system calls of a route that has connections to PostgreSQL, over its Unix socket, with libpq
 * of Debian 12 (15) or 13 (17). Such a route names this table in its sandbox.
 *
 * Which database it is, no system call can tell: a path is a pointer to seccomp, and Landlock of up
 * to ABI 7 does not cover sockets that have one. So what limits it is the root folder: the program
 * is to be started with --root FOLDER, and FOLDER is to hold the folder of the database's socket
 * and nothing else. Started by a user, it reaches every socket that the user reaches.
 *
 * libpq must be told everything, or it looks it up where the walls are by now: host (a folder),
 * port, dbname, user, passfile (a file that need not exist), sslmode=disable and
 * gssencmode=disable; no service, no requirepeer. A password takes no more calls than none.
 */
#ifndef BULKHEAD_DATABASE_CALLS_H
#define BULKHEAD_DATABASE_CALLS_H

#include "route/sandbox.h"

extern const struct call calls_of_database[];

/*
 * The same for a server over TCP, with TLS, and for no Unix socket; see database_remote.h. It takes
 * hostaddr, password and sslrootcert beside, and keeps Landlock's word on which port that may be.
 * Which file is read is Landlock's part, too; that a file is there, and its size, can be found out
 * of any.
 */
extern const struct call calls_of_remote_database[];

#endif
