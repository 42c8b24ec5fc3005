/* Archives of tar, and layers of an image upon each other. */
#include "core/bytes.h"
#include "image/layers.h"
#include "image/tar.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* --- making archives -------------------------------------------------------------------------- */

static void end_block(struct bytes *out)
{
    static const char zeros[TAR_BLOCK];

    bytes_add(out, zeros, (TAR_BLOCK - out->length % TAR_BLOCK) % TAR_BLOCK);
}

static void put_octal(char *field, size_t width, unsigned long value)
{
    char digits[32];

    snprintf(digits, sizeof(digits), "%0*lo", (int)width - 1, value);
    memcpy(field, digits, width);
}

static void put_member(struct bytes *out, const char *name, char type, unsigned mode,
                       const char *link, const char *data, size_t length)
{
    char header[TAR_BLOCK] = { 0 };
    unsigned long sum = 0;

    memcpy(header, name, strlen(name));
    put_octal(header + 100, 8, mode);
    put_octal(header + 108, 8, 7);
    put_octal(header + 116, 8, 8);
    put_octal(header + 124, 12, length);
    header[156] = type;
    memcpy(header + 157, link, strlen(link));
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)header[i];
    put_octal(header + 148, 7, sum);
    bytes_add(out, header, sizeof(header));
    bytes_add(out, data, length);
    end_block(out);
}

static void put_end(struct bytes *out)
{
    static const char zeros[2 * TAR_BLOCK];

    bytes_add(out, zeros, sizeof(zeros));
}

/* --- what is read of one ---------------------------------------------------------------------- */

static bool note_entry(void *context, const struct tar_entry *entry)
{
    bytes_format(context, "[%c %s %04o %lu:%lu %lu%s%s%s]", entry->type, entry->path, entry->mode,
                 (unsigned long)entry->user, (unsigned long)entry->group,
                 (unsigned long)entry->size, entry->link[0] != '\0' ? " > " : "", entry->link,
                 entry->has_capability ? " capability" : "");
    return true;
}

static bool note_data(void *context, const char *bytes, size_t length)
{
    bytes_add(context, bytes, length);
    return true;
}

/* Fed in pieces of that size; the fault, or NULL. */
static const char *read_tar(const struct bytes *in, size_t piece, struct bytes *out)
{
    struct tar tar = { .sink = { .context = out, .entry = note_entry, .data = note_data } };

    for (size_t at = 0; at < in->length; at += piece)
        if (!tar_feed(&tar, in->data + at, in->length - at < piece ? in->length - at : piece))
            break;
    tar_end(&tar);
    tar_free(&tar);
    return tar.fault;
}

Test(harden_tar, entries)
{
    static const char pax[] = "20 path=a/long/name\n17 linkpath=/x/y\n"
                              "46 SCHILY.xattr.security.capability=abcdefghi\n";
    static const size_t pieces[] = { 1, 7, 512, 100000 };
    struct bytes in = { .data = NULL }, out = { .data = NULL };

    put_member(&in, "./usr//bin/su", '0', 04755, "", "hello", 5);
    put_member(&in, "./", '5', 0755, "", "", 0);
    put_member(&in, "PaxHeaders/1", 'x', 0644, "", pax, sizeof(pax) - 1);
    put_member(&in, "short", '2', 0777, "b", "", 0);
    put_member(&in, "././@LongLink", 'L', 0, "", "of/gnu", 7);
    put_member(&in, "cut", '0', 0600, "", "", 0);
    put_member(&in, "old/", '\0', 0700, "", "", 0);
    put_end(&in);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        cr_expect_null(read_tar(&in, pieces[i], &out));
        cr_expect_str_eq(out.data, "[0 usr//bin/su 4755 7:8 5]hello[5  0755 7:8 0]"
                                   "[2 a/long/name 0777 7:8 0 > /x/y capability]"
                                   "[0 of/gnu 0600 7:8 0][5 old 0700 7:8 0]");
        bytes_clear(&out);
    }
    bytes_free(&in);
    bytes_free(&out);
}

static void expect_fault(struct bytes *in, const char *fault)
{
    struct bytes out = { .data = NULL };
    const char *const why = read_tar(in, 1000, &out);

    cr_expect(why != NULL && strcmp(why, fault) == 0, "%s: %s", fault, why != NULL ? why : "-");
    bytes_free(&out);
    bytes_free(in);
}

Test(harden_tar, faults)
{
    struct bytes in = { .data = NULL };

    put_member(&in, "a", '0', 0644, "", "x", 1);
    in.data[0] = 'b';
    expect_fault(&in, "a header's sum is wrong");
    put_member(&in, "a", '0', 0644, "", "x", 1);
    in.length -= 100;
    expect_fault(&in, "it ends too early");
    put_member(&in, "p", 'x', 0644, "", "99 path=a\n", 10);
    expect_fault(&in, "a pax header is broken");
    put_member(&in, "p", 'x', 0644, "", "", 0);
    expect_fault(&in, "a header of names is empty");
    put_end(&in);
    in.length -= TAR_BLOCK;
    put_member(&in, "hidden", '0', 0644, "", "", 0);
    expect_fault(&in, "something follows a block of zeros");
}

/* --- layers ----------------------------------------------------------------------------------- */

static bool is_wanted(const char *path)
{
    return strcmp(path, "etc/passwd") == 0;
}

static void note_file(void *context, const struct image_file *file)
{
    bytes_format(context, "%s %o %s\n", file->path, file->mode,
                 file->contents != NULL ? file->contents : "-");
}

static void put_layer(struct bytes *archive, const char *name, struct bytes *layer)
{
    put_end(layer);
    put_member(archive, name, '0', 0644, "", layer->data, layer->length);
    bytes_free(layer);
}

static void put_manifest(struct bytes *archive, const char *manifest)
{
    put_member(archive, "manifest.json", '0', 0644, "", manifest, strlen(manifest));
    put_member(archive, "repositories", '0', 0644, "", "{}", 2);
    put_end(archive);
}

/* What is seen at the end, or the fault. */
static void expect_files(struct bytes *archive, const char *files)
{
    struct layers *const layers = layers_new(is_wanted);
    struct bytes out = { .data = NULL };

    bytes_text(&out, "");
    for (size_t at = 0; at < archive->length; at += 333)
        layers_feed(layers, archive->data + at,
                    archive->length - at < 333 ? archive->length - at : 333);
    if (!layers_end(layers, note_file, &out))
        bytes_text(&out, layers_fault(layers));
    cr_expect_str_eq(out.data, files);
    layers_free(layers);
    bytes_free(&out);
    bytes_free(archive);
}

Test(harden_tar, layers_upon_each_other)
{
    struct bytes archive = { .data = NULL }, layer = { .data = NULL };

    put_member(&layer, "bin/kept", '0', 04755, "", "", 0);
    put_member(&layer, "bin/mended", '0', 04755, "", "", 0);
    put_member(&layer, "bin/gone", '0', 04755, "", "", 0);
    put_member(&layer, "opt/x/gone", '0', 04755, "", "", 0);
    put_member(&layer, "srv/gone", '0', 04755, "", "", 0);
    put_member(&layer, "lib/gone", '0', 04755, "", "", 0);
    put_member(&layer, "etc/passwd", '0', 0644, "", "old", 3);
    put_layer(&archive, "a/layer.tar", &layer);
    put_member(&layer, "bin/mended", '0', 0755, "", "", 0);
    put_member(&layer, "bin/.wh.gone", '0', 0, "", "", 0);
    put_member(&layer, ".wh.opt", '0', 0, "", "", 0);
    put_member(&layer, "srv/.wh..wh..opq", '0', 0, "", "", 0);
    put_member(&layer, "srv/new", '0', 02755, "", "", 0);
    put_member(&layer, "lib", '2', 0777, "bin", "", 0);
    put_member(&layer, "etc/passwd", '0', 0644, "", "new", 3);
    put_member(&layer, "link", '1', 04755, "bin/kept", "", 0);
    put_member(&layer, "folder", '5', 02755, "", "", 0);
    put_layer(&archive, "b/layer.tar", &layer);
    put_member(&archive, "c/layer.tar", '2', 0777, "../a/layer.tar", "", 0);
    struct bytes copy = { .data = NULL };
    bytes_add(&copy, archive.data, archive.length);
    put_manifest(&archive, "[{\"Layers\": [\"a/layer.tar\", \"b/layer.tar\"]}]");
    expect_files(&archive, "link 4755 -\netc/passwd 644 new\nsrv/new 2755 -\nbin/kept 4755 -\n");
    /* the lower one once more on top, by its other name: all of it is back */
    put_manifest(&copy, "[{\"Layers\": [\"a/layer.tar\", \"b/layer.tar\", \"c/layer.tar\"]}]");
    expect_files(&copy, "etc/passwd 644 old\nlib/gone 4755 -\nsrv/gone 4755 -\nopt/x/gone 4755 -\n"
                        "bin/gone 4755 -\nbin/mended 4755 -\nbin/kept 4755 -\nlink 4755 -\n"
                        "srv/new 2755 -\n");
}

/* Docker 25 and later: blobs, some of which are no layers; and the last name of two counts. */
Test(harden_tar, blobs)
{
    struct bytes archive = { .data = NULL }, layer = { .data = NULL };

    put_member(&layer, "x", '0', 04755, "", "", 0);
    put_member(&layer, "x", '0', 0755, "", "", 0);
    put_member(&layer, "../y", '0', 04755, "", "", 0);
    put_member(&archive, "blobs/sha256/1", '0', 0644, "", "{\"a\": 1}", 8);
    put_layer(&archive, "blobs/sha256/2", &layer);
    put_manifest(&archive, "[{\"Layers\": [\"blobs/sha256/2\"]}]");
    expect_files(&archive, "");
}

Test(harden_tar, archives_that_are_none)
{
    struct bytes archive = { .data = NULL };

    put_end(&archive);
    expect_files(&archive, "manifest.json: it does not say which layers the image has");
    put_manifest(&archive, "[{\"Layers\": [\"a\"]}]");
    expect_files(&archive, "a: it is not in the archive");
    put_member(&archive, "a/layer.tar", '2', 0777, "../b/layer.tar", "", 0);
    put_member(&archive, "b/layer.tar", '2', 0777, "../a/layer.tar", "", 0);
    put_manifest(&archive, "[{\"Layers\": [\"a/layer.tar\"]}]");
    expect_files(&archive, "a/layer.tar: it is not in the archive");
    put_member(&archive, "blobs/1", '0', 0644, "", "(\xb5/\xfd", 4);
    put_manifest(&archive, "[{\"Layers\": [\"blobs/1\"]}]");
    expect_files(&archive, "blobs/1: it is compressed by zstd, which is not read here");
    put_member(&archive, "blobs/1", '0', 0644, "", "\x1f\x8bxxxxxxxxxxxx", 14);
    put_manifest(&archive, "[{\"Layers\": [\"blobs/1\"]}]");
    expect_files(&archive, "blobs/1: its compression is broken");
}
