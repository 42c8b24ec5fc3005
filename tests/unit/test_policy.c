/* Which addresses may be asked: lists of networks, and IPv4 addresses inside IPv6 ones. */
#include "icmp/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_DENY                                                                               \
    "0.0.0.0/32 255.255.255.255/32 224.0.0.0/4 169.254.0.0/16 ::/128 ff00::/8 fe80::/10"

Test(networks, accepted)
{
    static const struct {
        const char *text;
        size_t count;
        const char *reason;
    } rows[] = {
        { "", 0, "nothing" },
        { " ,\t ,", 0, "nothing but separators" },
        { "10.0.0.0/8", 1, "one" },
        { "10.0.0.0/8,fd00::/8", 2, "a comma" },
        { "10.0.0.0/8 fd00::/8", 2, "a blank" },
        { "\t10.0.0.0/8 , fd00::/8,", 2, "both, and at the ends" },
        { "192.0.2.1", 1, "an address is a network of one" },
        { "::1", 1, "also of IPv6" },
        { "0.0.0.0/0", 1, "everything" },
        { "255.255.255.255/32", 1, "the longest prefix" },
        { "::1/128", 1, "the longest prefix of IPv6" },
        { "128.0.0.0/1", 1, "a prefix inside a byte" },
        { "fe80::/10", 1, "another one" },
        { "10.0.0.0/8 10.0.0.0/8", 2, "twice the same is no harm" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct networks networks;
        char why[NETWORKS_ERROR_BYTES] = "";
        cr_expect(networks_parse(rows[i].text, &networks, why), "%s: %s", rows[i].reason, why);
        cr_expect_eq(networks.count, rows[i].count, "%s", rows[i].reason);
    }
}

Test(networks, rejected)
{
    static const struct {
        const char *text, *named, *reason;
    } rows[] = {
        { "10.0.0.0/33", "entry 1, '10.0.0.0/33': the prefix is longer", "over 32" },
        { "::/129", "entry 1, '::/129': the prefix is longer", "over 128" },
        { "::/9999999999", "the prefix length is not a number", "an overflow" },
        { "10.0.0.0/", "the prefix length is not a number", "none" },
        { "10.0.0.0/08", "the prefix length is not a number", "a leading zero" },
        { "10.0.0.0/+8", "the prefix length is not a number", "a sign" },
        { "10.0.0.0/8x", "the prefix length is not a number", "text behind" },
        { "10.0.0.0/255.0.0.0", "the prefix length is not a number", "a mask" },
        { "10.0.0.0/8/8", "the prefix length is not a number", "two" },
        { "10.0.0.1/8", "bits are set after the prefix", "a host in place of a network" },
        { "fe80::1/10", "bits are set after the prefix", "also of IPv6" },
        { "128.0.0.0/0", "bits are set after the prefix", "the first bit" },
        { "/8", "not an IP address", "no address" },
        { "10.0.0", "not an IP address", "a short address" },
        { "example.org", "not an IP address", "a name" },
        { "10.0.0.0/8;::1", "the prefix length is not a number", "no separator of ours" },
        { "fe80::%eth0/10", "a network has no scope", "the scope of a network" },
        { "::1 10.0.0.0/8 x", "entry 3, 'x'", "the third" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct networks networks;
        char why[NETWORKS_ERROR_BYTES] = "";
        cr_expect_not(networks_parse(rows[i].text, &networks, why), "%s", rows[i].reason);
        cr_expect(strstr(why, rows[i].named), "%s: %s", rows[i].reason, why);
    }
}

Test(networks, bounds)
{
    static char text[(NETWORKS_MAX + 1) * 4 + 1];
    char why[NETWORKS_ERROR_BYTES];
    struct networks networks;

    for (size_t i = 0; i < NETWORKS_MAX; i++)
        memcpy(text + 4 * i, "::1 ", 4);
    cr_expect(networks_parse(text, &networks, why), "as many as fit");
    memcpy(text + (size_t)4 * NETWORKS_MAX, "::1 ", 4);
    cr_expect_not(networks_parse(text, &networks, why), "one more");
    cr_expect(strstr(why, "entry 257, '::1': too many"), "%s", why);
    memset(text, 'x', sizeof(text) - 1);
    cr_expect_not(networks_parse(text, &networks, why), "an entry longer than its message");
    cr_expect_eq(strnlen(why, sizeof(why)) < sizeof(why), true, "is cut, and a string still");
}

static void read_policy(const char *denied, const char *allowed, struct policy *policy)
{
    char why[NETWORKS_ERROR_BYTES] = "";

    cr_assert(networks_parse(denied, &policy->denied, why), "%s", why);
    cr_assert(networks_parse(allowed, &policy->allowed, why), "%s", why);
}

static bool allows(const struct policy *policy, const char *text)
{
    struct address address;

    cr_assert(address_parse(text, strlen(text), &address), "%s", text);
    return policy_allows(policy, &address);
}

struct row {
    const char *denied, *allowed, *address;
    bool is_allowed;
    const char *reason;
};

static void judge(const struct row *rows, size_t count)
{
    static struct policy policy;

    for (size_t i = 0; i < count; i++) {
        read_policy(rows[i].denied, rows[i].allowed, &policy);
        cr_expect_eq(allows(&policy, rows[i].address), rows[i].is_allowed, "%s (%s)",
                     rows[i].reason, rows[i].address);
    }
}

Test(policy, lists)
{
    static const struct row rows[] = {
        { "", "", "192.0.2.1", true, "no lists" },
        { "192.0.2.0/24", "", "192.0.2.1", false, "inside" },
        { "192.0.2.0/24", "", "192.0.3.0", true, "just behind" },
        { "192.0.2.0/24", "", "192.0.1.255", true, "just before" },
        { "10.0.0.0/9", "", "10.127.255.255", false, "the last of a prefix inside a byte" },
        { "10.0.0.0/9", "", "10.128.0.0", true, "the first behind it" },
        { "0.0.0.0/0", "", "1.2.3.4", false, "all of IPv4" },
        { "0.0.0.0/0", "", "2001:db8::1", true, "is none of IPv6" },
        { "::/0", "", "1.2.3.4", true, "all of IPv6 is none of IPv4" },
        { "2001:db8::/33", "", "2001:db8:7fff::1", false, "a prefix inside a byte of IPv6" },
        { "2001:db8::/33", "", "2001:db8:8000::1", true, "behind it" },
        { "", "192.0.2.0/24", "192.0.2.1", true, "allowed" },
        { "", "192.0.2.0/24", "192.0.3.1", false, "not among the allowed" },
        { "", "192.0.2.0/24", "::1", false, "of the other family" },
        { "192.0.2.1", "192.0.2.0/24", "192.0.2.1", false, "denied wins" },
        { "192.0.2.0/24", "192.0.2.1", "192.0.2.1", false, "denied wins, however wide" },
        { "10.0.0.0/8 ::1 192.0.2.7", "", "192.0.2.7", false, "the last of a list" },
    };
    judge(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(policy, defaults)
{
    static const struct row rows[] = {
        { DEFAULT_DENY, "", "0.0.0.0", false, "unspecified" },
        { DEFAULT_DENY, "", "255.255.255.255", false, "limited broadcast" },
        { DEFAULT_DENY, "", "224.0.0.1", false, "multicast, first" },
        { DEFAULT_DENY, "", "239.255.255.255", false, "multicast, last" },
        { DEFAULT_DENY, "", "169.254.169.254", false, "the metadata service" },
        { DEFAULT_DENY, "", "::", false, "unspecified" },
        { DEFAULT_DENY, "", "ff02::1", false, "multicast" },
        { DEFAULT_DENY, "", "fe80::1%eth0", false, "link-local, with a scope" },
        { DEFAULT_DENY, "", "febf:ffff::1", false, "link-local, the last" },
        { DEFAULT_DENY, "", "127.0.0.1", true, "loopback" },
        { DEFAULT_DENY, "", "::1", true, "loopback" },
        { DEFAULT_DENY, "", "0.0.0.1", true, "just behind unspecified" },
        { DEFAULT_DENY, "", "223.255.255.255", true, "just before multicast" },
        { DEFAULT_DENY, "", "240.0.0.1", true, "just behind multicast" },
        { DEFAULT_DENY, "", "fec0::1", true, "just behind link-local" },
        { DEFAULT_DENY, "", "2001:db8::1", true, "any other" },
    };
    judge(rows, sizeof(rows) / sizeof(rows[0]));
}

/* 169.254.169.254 is a9fe:a9fe; its complement is 5601:5601. */
Test(policy, unwraps)
{
    static const struct row rows[] = {
        { DEFAULT_DENY, "", "::ffff:169.254.169.254", false, "mapped" },
        { DEFAULT_DENY, "", "::169.254.169.254", false, "compatible" },
        { DEFAULT_DENY, "", "::ffff:0:a9fe:a9fe", false, "translated (SIIT)" },
        { DEFAULT_DENY, "", "2002:a9fe:a9fe::1", false, "6to4" },
        { DEFAULT_DENY, "", "64:ff9b::169.254.169.254", false, "NAT64" },
        { DEFAULT_DENY, "", "64:ff9b:1:a9fe:a9:fe00::", false, "NAT64, a prefix of 48 bits" },
        { DEFAULT_DENY, "", "64:ff9b:1:0a9:fe:a9fe::", false, "56 bits" },
        { DEFAULT_DENY, "", "64:ff9b:1:0:a9:fea9:fe00:0", false, "64 bits" },
        { DEFAULT_DENY, "", "64:ff9b:1::169.254.169.254", false, "96 bits" },
        { DEFAULT_DENY, "", "64:ff9b:1:a9fe:a9:fe00:1234:5678", false, "junk in the suffix" },
        { DEFAULT_DENY, "", "2001:1:a9fe:a9fe::1", true, "just behind Teredo" },
        { DEFAULT_DENY, "", "2001:0:a9fe:a9fe::1", false, "Teredo's server" },
        { DEFAULT_DENY, "", "2001:0:808:808::5601:5601", false, "Teredo's client, inverted" },
        { DEFAULT_DENY, "", "2001:0:808:808::f7f7:f7f7", true, "Teredo of others" },
        { DEFAULT_DENY, "", "2001:db8::5efe:169.254.169.254", false, "ISATAP" },
        { DEFAULT_DENY, "", "2001:db8::200:5efe:169.254.169.254", false, "ISATAP, global" },
        { DEFAULT_DENY, "", "2002:808:808::5efe:169.254.169.254", false, "ISATAP inside 6to4" },
        { DEFAULT_DENY, "", "::ffff:0.0.0.0", false, "mapped unspecified" },
        { DEFAULT_DENY, "", "64:ff9b::", false, "NAT64 of unspecified" },
        { DEFAULT_DENY, "", "2002:e000:1::", false, "6to4 of multicast" },
        { DEFAULT_DENY, "", "::ffff:127.0.0.1", true, "mapped loopback" },
        { DEFAULT_DENY, "", "2002:808:808::1", true, "6to4 of any other" },
        { DEFAULT_DENY, "", "64:ff9b::8.8.8.8", true, "NAT64 of any other" },
        { DEFAULT_DENY, "", "64:ff9b:1::8.8.8.8", true, "0.0.0.8 was a wrong guess" },
        { DEFAULT_DENY, "", "64:ff9b:1:808:8:800::", true, "0.0.0.0 was a wrong guess" },
        { DEFAULT_DENY, "", "2001:db8::a9fe:a9fe", true, "the bytes alone mean nothing" },
        { DEFAULT_DENY, "", "2003:a9fe:a9fe::1", true, "just behind 6to4" },
        { "0.0.0.1", "", "::1", true, "loopback carries no IPv4" },
        { "0.0.0.2", "", "::2", false, "but ::2 does" },
    };
    judge(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(policy, unwraps_what_is_allowed)
{
    static const struct row rows[] = {
        { "", "127.0.0.0/8", "::ffff:127.0.0.1", true, "the same address in other words" },
        { "", "127.0.0.0/8", "::ffff:10.0.0.1", false, "mapped, not allowed" },
        { "", "127.0.0.0/8", "2002:7f00:1::", false, "6to4: itself is not allowed" },
        { "", "2002::/16", "2002:a00:1::", false, "6to4: what it leads to is not allowed" },
        { "", "2002::/16 10.0.0.0/8", "2002:a00:1::", true, "both are" },
        { "", "64:ff9b::/96 8.8.8.8", "64:ff9b::8.8.8.8", true, "one host through NAT64" },
        { "", "64:ff9b::/96 8.8.8.8", "64:ff9b::8.8.4.4", false, "no other host" },
        { "", "::/0", "::ffff:10.0.0.1", false, "all of IPv6 is none of IPv4" },
        { "", "::/0", "::1", true, "loopback carries no IPv4" },
    };
    judge(rows, sizeof(rows) / sizeof(rows[0]));
}
