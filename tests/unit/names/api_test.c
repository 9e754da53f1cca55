/* The public header: JSON text in, JSON text out, and every failure said. */
#include "test.h"

#include "entente/names.h"

static void two_spellings_are_scored(void **state)
{
    char out[4096];

    (void)state;
    CHECK_INT(names_api_score("{\"names\":[\"Эльхан Джуранаев\"],\"dob\":[\"1991-03-07\"]}",
                              "{\"names\":[\"El Khan Juranayef\"],\"dob\":[\"1991-07-03\"]}", out,
                              sizeof out),
              0);
    CHECK(strstr(out, "\"decision\":\"same\"") != NULL);
    CHECK(strstr(out, "day and month of birth are exchanged") != NULL);
}

static void keys_and_words_are_written(void **state)
{
    static const char *const record =
        "{\"names\":[\"Elkhan Dzhuranaev\"],\"dob\":[\"1991-03-07\"]}";
    char out[4096];

    (void)state;
    CHECK(names_api_keys_version() > 1);
    CHECK_INT(names_api_keys(record, "strong", out, sizeof out), 0);
    CHECK_STR(out, "[\"nm:ALKN+JRNV|1991|03/07\"]");
    CHECK_INT(names_api_parse(record, out, sizeof out), 0);
    CHECK(strstr(out, "\"skeleton\":\"JRNV\"") != NULL);
}

static void failures_are_said(void **state)
{
    char out[4096], little[8];

    (void)state;
    CHECK_INT(names_api_score("{", "{}", out, sizeof out), 1);
    CHECK(strlen(out) > 0);
    CHECK_INT(names_api_keys("{\"names\":[\"A B\"]}", "some", out, sizeof out), 1);
    CHECK(strstr(out, "strong, weak or all") != NULL);
    CHECK_INT(names_api_parse("{\"names\":[\"Ivan Petrov\"]}", little, sizeof little), 2);
    CHECK(strlen(little) < sizeof little);
}

RUN_TESTS(TEST(two_spellings_are_scored), TEST(keys_and_words_are_written), TEST(failures_are_said))
