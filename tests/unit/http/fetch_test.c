/* http/fetch: which addresses are of the world.  What servers do: tests/flow/taxii. */
#include "test.h"

#include "http/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return http_address_public((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return http_address_public((const struct sockaddr *)&v6);
}

static void addresses_of_the_world_are_public(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",         "8.8.8.8",         "9.255.255.255",        "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.0.1",          "128.0.0.1",
        "169.253.255.255", "169.255.0.0",     "172.15.0.1",           "172.32.0.1",
        "192.0.1.1",       "192.167.0.1",     "192.169.0.1",          "198.17.0.1",
        "198.20.0.1",      "223.255.255.1",   "2001:4860:4860::8888", "2a00::1",
        "2606:4700::1",    "2002:808:808::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (!is_public(addresses[i]))
            fail_msg("%s is of the world", addresses[i]);
}

static void addresses_of_own_networks_are_not(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:a00:1::1",
        "2002:7f00:1::1",
        "3fff::1",
        "100::1",
    };
    const struct sockaddr local = { .sa_family = AF_UNIX };

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (is_public(addresses[i]))
            fail_msg("%s is not of the world", addresses[i]);
    assert_false(http_address_public(&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_world_are_public),
        cmocka_unit_test(addresses_of_own_networks_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
