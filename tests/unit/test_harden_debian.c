/* Versions of Debian's packages, its files of paragraphs, and releases. */
#include "image/accounts.h"
#include "image/debian.h"
#include "image/release.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each is older than the next in its row; deb-version(7), and what dpkg's own tests have. */
Test(harden_debian, versions_in_order)
{
    static const char *const rows[][6] = {
        { "1.0~beta1~svn1245", "1.0~beta1", "1.0", "1.0-1", "1.0-1+deb13u1", "1.0-1.1" },
        { "~~", "~~a", "~", "", "a", NULL },
        { "9.9", "1:1.0", "2:0", "10:0", NULL },
        { "1.9", "1.10", "1.010a", "1.10+b", "1.11", NULL },
        { "1.0-2", "1.0-10", "1.0a-1", "1.0+dfsg-1", "1.0.1-1", NULL },
        { "1.2-3-4", "1.2-3-5", "1.2-4-1", NULL },
        { "0.99999999999999999999998", "0.99999999999999999999999", "0.100000000000000000000000" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t j = 0; j + 1 < 6 && rows[i][j] != NULL && rows[i][j + 1] != NULL; j++) {
            cr_expect_lt(debian_compare(rows[i][j], rows[i][j + 1]), 0, "%s < %s", rows[i][j],
                         rows[i][j + 1]);
            cr_expect_gt(debian_compare(rows[i][j + 1], rows[i][j]), 0, "%s > %s", rows[i][j + 1],
                         rows[i][j]);
        }
}

Test(harden_debian, versions_that_are_equal)
{
    static const char *const rows[][2] = {
        { "1.0", "1.0" },   { "1.0", "1.00" }, { "0:1.0", "1.0" },
        { "1.0-0", "1.0" }, { "1.", "1.0" },   { "a0", "a" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(debian_compare(rows[i][0], rows[i][1]), 0, "%s = %s", rows[i][0], rows[i][1]);
}

static const char status[] = "Package: b\nStatus: install ok installed\nArchitecture: amd64\n"
                             "Version: 1:2.0-1\nDescription: x\n Package: no\n\n"
                             "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
                             "Package: half\nStatus: install ok not-installed\nVersion: 1\n\n"
                             "Package: a\r\nVersion:  3 \r\n\r\n"
                             "Package: none\n\n\n"
                             "Version: 1\nArchitecture: all\nPackage: last";

Test(harden_debian, paragraphs)
{
    struct packages packages = { .list = NULL };

    packages_add(&packages, status, sizeof(status) - 1);
    packages_sort(&packages);
    cr_assert_eq(packages.count, 3);
    cr_expect_str_eq(packages.list[0].name, "a");
    cr_expect_str_eq(packages.list[0].version, "3");
    cr_expect_str_eq(packages.list[1].name, "b");
    cr_expect_str_eq(packages.list[1].arch, "amd64");
    cr_expect_str_eq(packages.list[1].version, "1:2.0-1");
    cr_expect_eq(packages_find(&packages, "last"), 2);
    cr_expect_eq(packages_find(&packages, "gone"), 3);
    packages_free(&packages);
}

/* --- releases --------------------------------------------------------------------------------- */

static void read_release(struct release *release, const char *text)
{
    release_read(release, text, strlen(text));
}

Test(harden_debian, os_release)
{
    struct release release;

    read_release(&release, "PRETTY_NAME=\"Debian\"\nID=debian\nVERSION_ID=\"13\"\n"
                           "VERSION_CODENAME='trixie'\nNOT_ID=x");
    cr_expect_str_eq(release.id, "debian");
    cr_expect_str_eq(release.version, "13");
    cr_expect_str_eq(release.codename, "trixie");
    read_release(&release, "ID=\"\nVERSION_ID=\n\n#ID=x\n"
                           "VERSION_CODENAME=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
    cr_expect_str_eq(release.id, "\"");
    cr_expect_str_eq(release.version, "");
    cr_expect_str_eq(release.codename, "");
}

static void write_table(const char *folder, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void expect_end(const char *folder, const char *text, const char *end, const char *codename)
{
    struct release release;

    read_release(&release, text);
    release_complete(&release, folder);
    cr_expect_str_eq(release.end, end, "%s: %s", text, release.end);
    cr_expect_str_eq(release.codename, codename, "%s", text);
}

Test(harden_debian, ends)
{
    char folder[] = "/tmp/harden-debian-XXXXXX";

    cr_assert(mkdtemp(folder) != NULL);
    write_table(folder, "debian.csv",
                "version,codename,series,created,release,eol,eol-lts,eol-elts\n"
                "10,Buster,buster,2017-06-17,2019-07-06,2022-09-10,2024-06-30,2029-06-30\n"
                "13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09\n"
                ",Sid,sid,1993-08-16\n");
    write_table(folder, "ubuntu.csv",
                "version,codename,series,created,release,eol,eol-server,eol-esm\n"
                "22.04 LTS,Jammy,jammy,2021-10-14,2022-04-21,2027-06-01,2027-06-02,2032-04-09\n");
    expect_end(folder, "ID=debian\nVERSION_ID=10", "2024-06-30", "buster");
    expect_end(folder, "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=x", "2028-08-09", "x");
    expect_end(folder, "ID=debian\nVERSION_ID=1", "", "");
    expect_end(folder, "ID=debian", "", "");
    expect_end(folder, "ID=ubuntu\nVERSION_ID=22.04", "2027-06-02", "jammy");
    expect_end(folder, "ID=../debian\nVERSION_ID=10", "", "");
    expect_end("/nonexistent", "ID=debian\nVERSION_ID=10", "2024-06-30", "");
    expect_end("/nonexistent", "ID=alpine\nVERSION_ID=3.9.2", "2020-11-01", "");
    for (int i = 0; i < 2; i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", folder, i == 0 ? "debian.csv" : "ubuntu.csv");
        unlink(path);
    }
    rmdir(folder);
}

/* --- accounts --------------------------------------------------------------------------------- */

Test(harden_debian, accounts)
{
    static const char passwd[] = "root:x:0:0::/:/bin/sh\nopen::1:1::/:\n# note\n\nshadowed:x:2:2\n"
                                 "locked:*:3:3\nbroken\nlast:x:4:4";
    static const char shadow[] = "root:$y$j9T$x:1::\nshadowed::1::\nbroken\nlast:!:1";
    struct bytes out = { .data = NULL };

    accounts_put(&out, passwd, sizeof(passwd) - 1, shadow, sizeof(shadow) - 1);
    cr_expect_str_eq(out.data, "[{\"name\": \"root\", \"uid\": \"0\", \"password\": \"set\"}, "
                               "{\"name\": \"open\", \"uid\": \"1\", \"password\": \"none\"}, "
                               "{\"name\": \"shadowed\", \"uid\": \"2\", \"password\": \"none\"}, "
                               "{\"name\": \"locked\", \"uid\": \"3\", \"password\": \"set\"}, "
                               "{\"name\": \"last\", \"uid\": \"4\", \"password\": \"set\"}]");
    bytes_free(&out);
}
