/* The types of files that harden knows. */
#include "core/reader.h"

#include "compose/compose.h"
#include "daemon/daemon.h"
#include "dockerfile/dockerfile.h"
#include "host/container.h"
#include "host/host.h"
#include "image/image.h"
#include "nginx/nginx.h"
#include "source/source.h"

const struct reader *const readers[] = {
    &daemon_reader, &dockerfile_reader, &compose_reader,
    &nginx_reader,  &image_reader,      &container_reader,
    &host_reader,   &source_reader, /* last: it takes what no other knows better */
    NULL,
};
