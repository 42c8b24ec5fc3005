#include "image/tar.h"

#include <string.h>

/* Where the fields are, and how long: POSIX.1-1988, and "ustar". */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_USER = 108,
    AT_GROUP = 116,
    AT_SIZE = 124,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_LINK = 157,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    LONG_NAME = 100,
    LONG_PREFIX = 155,
};

static bool fail(struct tar *tar, const char *why)
{
    tar->fault = why;
    return false;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* An octal number with blanks around it, or GNU's base 256; false: neither. */
static bool read_number(const char *field, size_t length, uint64_t *value)
{
    size_t i = 0;

    *value = 0;
    if ((unsigned char)field[0] == 0x80) {
        for (i = 1; i < length; i++) {
            if (*value >> 55 != 0)
                return false;
            *value = *value << 8 | (unsigned char)field[i];
        }
        return true;
    }
    while (i < length && field[i] == ' ')
        i++;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
        if (*value >> 60 != 0)
            return false;
        *value = *value << 3 | (uint64_t)(field[i] - '0');
    }
    return i == length || field[i] == ' ' || field[i] == '\0';
}

static bool is_sum_right(const char *header)
{
    uint64_t said;
    unsigned sum = 0;

    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= AT_SUM && i < AT_SUM + 8 ? (unsigned char)' ' : (unsigned char)header[i];
    return read_number(header + AT_SUM, 8, &said) && said == sum;
}

static void put_field(struct bytes *out, const char *field, size_t length)
{
    bytes_add(out, field, strnlen(field, length));
}

/* Takes "./" and "/" from the front, and "/" from the end. */
static void make_plain(struct bytes *path)
{
    size_t from = 0;

    while (from < path->length &&
           (path->data[from] == '/' ||
            (path->data[from] == '.' && (from + 1 == path->length || path->data[from + 1] == '/'))))
        from++;
    if (path->length > 0)
        memmove(path->data, path->data + from, path->length - from + 1);
    path->length -= from;
    while (path->length > 0 && path->data[path->length - 1] == '/')
        path->data[--path->length] = '\0';
}

/* --- what goes before a header ---------------------------------------------------------------- */

/* "LENGTH KEYWORD=VALUE\n", where the length is that of all of it. False: it is none. */
static bool read_record(struct tar *tar, const char *record, size_t length)
{
    const char *const space = memchr(record, ' ', length);
    const char *const keyword = space != NULL ? space + 1 : record;
    const char *const equals = memchr(keyword, '=', length - (size_t)(keyword - record));

    if (space == NULL || equals == NULL || record[length - 1] != '\n')
        return false;
    const size_t name = (size_t)(equals - keyword);
    const char *const value = equals + 1;
    const size_t size = length - 1 - (size_t)(value - record);
    if (name == 4 && memcmp(keyword, "path", 4) == 0) {
        bytes_clear(&tar->path);
        bytes_add(&tar->path, value, strnlen(value, size));
        tar->has_path = true;
    } else if (name == 8 && memcmp(keyword, "linkpath", 8) == 0) {
        bytes_clear(&tar->link);
        bytes_add(&tar->link, value, strnlen(value, size));
        tar->has_link = true;
    } else if (name == 4 && memcmp(keyword, "size", 4) == 0) {
        tar->size = 0;
        for (size_t i = 0; i < size; i++) {
            if (value[i] < '0' || value[i] > '9' || tar->size > UINT64_MAX / 16)
                return false;
            tar->size = tar->size * 10 + (uint64_t)(value[i] - '0');
        }
        tar->has_size = true;
    } else if (name == 32 && memcmp(keyword, "SCHILY.xattr.security.capability", 32) == 0) {
        tar->has_capability = true;
    }
    return true;
}

static bool read_records(struct tar *tar)
{
    const char *at = tar->body.data;
    size_t left = tar->body.length;

    while (left > 0) {
        size_t length = 0;
        for (size_t i = 0; i < left && at[i] >= '0' && at[i] <= '9' && length <= left; i++)
            length = length * 10 + (size_t)(at[i] - '0');
        if (length < 5 || length > left || !read_record(tar, at, length))
            return fail(tar, "a pax header is broken");
        at += length;
        left -= length;
    }
    return true;
}

static bool end_meta(struct tar *tar)
{
    const char type = tar->meta;

    tar->meta = 0;
    if (type == 'x')
        return read_records(tar);
    if (type == 'L' || type == 'K') {
        struct bytes *const to = type == 'L' ? &tar->path : &tar->link;
        bytes_clear(to);
        bytes_add(to, tar->body.data, strnlen(tar->body.data, tar->body.length));
        *(type == 'L' ? &tar->has_path : &tar->has_link) = true;
    }
    return true;
}

/* --- headers ---------------------------------------------------------------------------------- */

static void forget_meta(struct tar *tar)
{
    tar->has_path = tar->has_link = tar->has_size = tar->has_capability = false;
    bytes_clear(&tar->path);
    bytes_clear(&tar->link);
}

static bool tell_entry(struct tar *tar, uint64_t size)
{
    const char *const header = tar->header;
    struct tar_entry entry = { .type = header[AT_TYPE] == '\0' ? '0' : header[AT_TYPE] };
    uint64_t mode;

    if (!read_number(header + AT_MODE, 8, &mode) ||
        !read_number(header + AT_USER, 8, &entry.user) ||
        !read_number(header + AT_GROUP, 8, &entry.group))
        return fail(tar, "a header has what is no number");
    if (!tar->has_path) {
        if (memcmp(header + AT_MAGIC, "ustar\0", 6) == 0 && header[AT_PREFIX] != '\0') {
            put_field(&tar->path, header + AT_PREFIX, LONG_PREFIX);
            bytes_text(&tar->path, "/");
        }
        put_field(&tar->path, header + AT_NAME, LONG_NAME);
    }
    if (!tar->has_link)
        put_field(&tar->link, header + AT_LINK, LONG_NAME);
    if (entry.type == '0' && tar->path.length > 0 && tar->path.data[tar->path.length - 1] == '/')
        entry.type = '5';
    make_plain(&tar->path);
    entry.path = tar->path.data != NULL ? tar->path.data : "";
    entry.link = tar->link.data != NULL ? tar->link.data : "";
    entry.mode = (unsigned)(mode & 07777);
    entry.size = size;
    entry.has_capability = tar->has_capability;
    const bool goes_on = tar->sink.entry(tar->sink.context, &entry);
    forget_meta(tar);
    return goes_on || fail(tar, "stopped");
}

static bool take_header(struct tar *tar)
{
    static const char nothing[TAR_BLOCK];
    uint64_t size;

    if (memcmp(tar->header, nothing, TAR_BLOCK) == 0) {
        tar->zeros++;
        return true;
    }
    if (tar->zeros > 0)
        return fail(tar, "something follows a block of zeros");
    if (!is_sum_right(tar->header))
        return fail(tar, "a header's sum is wrong");
    if (!read_number(tar->header + AT_SIZE, 12, &size))
        return fail(tar, "a header has what is no number");
    const char type = tar->header[AT_TYPE];
    tar->meta = type == 'x' || type == 'g' || type == 'L' || type == 'K' ? type : 0;
    if (tar->meta == 0 && tar->has_size)
        size = tar->size;
    if (tar->meta != 0 && size > TAR_META_MAX)
        return fail(tar, "a header of names is too long");
    /* a link and a folder have no contents, whatever their size says */
    if (tar->meta == 0 && type >= '1' && type <= '6')
        size = 0;
    tar->left = size;
    tar->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
    bytes_clear(&tar->body);
    if (tar->meta == 0)
        return tell_entry(tar, size);
    return size > 0 || fail(tar, "a header of names is empty");
}

/* --- pieces ----------------------------------------------------------------------------------- */

static size_t least(uint64_t left, size_t length)
{
    return left < length ? (size_t)left : length;
}

/* Takes some of what follows a header; *taken is how much. */
static bool take_body(struct tar *tar, const char *bytes, size_t length, size_t *taken)
{
    *taken = least(tar->left, length);
    tar->left -= *taken;
    if (tar->meta != 0)
        bytes_add(&tar->body, bytes, *taken);
    else if (tar->sink.data != NULL && !tar->sink.data(tar->sink.context, bytes, *taken))
        return fail(tar, "stopped");
    return tar->left > 0 || tar->meta == 0 || end_meta(tar);
}

bool tar_feed(struct tar *tar, const char *bytes, size_t length)
{
    while (length > 0 && tar->fault == NULL && tar->zeros < 2) {
        size_t taken;
        if (tar->left > 0) {
            take_body(tar, bytes, length, &taken);
        } else if (tar->padding > 0) {
            taken = least(tar->padding, length);
            tar->padding -= taken;
        } else {
            taken = least(TAR_BLOCK - tar->filled, length);
            memcpy(tar->header + tar->filled, bytes, taken);
            tar->filled += taken;
            if (tar->filled == TAR_BLOCK) {
                tar->filled = 0;
                take_header(tar);
            }
        }
        bytes += taken;
        length -= taken;
    }
    return tar->fault == NULL;
}

bool tar_end(struct tar *tar)
{
    if (tar->fault == NULL && tar->zeros == 0 &&
        (tar->left > 0 || tar->padding > 0 || tar->filled > 0 || tar->has_path))
        fail(tar, "it ends too early");
    return tar->fault == NULL;
}

void tar_free(struct tar *tar)
{
    bytes_free(&tar->body);
    bytes_free(&tar->path);
    bytes_free(&tar->link);
}
