/* Runs of like bytes against the plain loop, at every place in and around a vector's width.
 * run_portable_test.c is this file without SSE2. */
#include "test.h"

#include "base/arena.h"
#include "base/run_int.h"
#include "base/text.h"

#define SIZE 70

/* A buffer without a byte behind it, so that the sanitizer sees a read too far. */
static char *filled(size_t size, char c)
{
    char *bytes = malloc(size == 0 ? 1 : size);

    assert_non_null(bytes);
    memset(bytes, c, size);
    return bytes;
}

static const char *plain_slow(const char *at, const char *end, bool *high)
{
    for (*high = false; at < end && ent_run_is_plain((unsigned char)*at); at++)
        *high = *high || (unsigned char)*at >= 0x80;
    return at;
}

static void every_byte_at_every_place_ends_plain_characters_as_the_plain_loop_says(void **state)
{
    (void)state;
    for (size_t size = 0; size < SIZE; size++)
        for (size_t at = 0; at < size; at++) {
            char *bytes = filled(size, 'a');

            for (int c = 0; c < 256; c++) {
                bool high, slow_high;
                const char *end, *slow;

                bytes[at] = (char)c;
                end = ent_run_plain(bytes, bytes + size, &high);
                slow = plain_slow(bytes, bytes + size, &slow_high);
                CHECK(end == slow);
                CHECK_INT(high, slow_high);
            }
            free(bytes);
        }
}

/* What is not ASCII behind the end of the run says nothing about the run. */
static void bytes_behind_the_end_do_not_count(void **state)
{
    char text[SIZE];
    bool high;

    (void)state;
    for (size_t at = 0; at < SIZE - 1; at++) {
        memset(text, 'a', sizeof text);
        text[at] = '"';
        text[at + 1] = (char)0xc3;
        CHECK(ent_run_plain(text, text + sizeof text, &high) == text + at);
        CHECK(!high);
    }
}

static void blanks_are_exactly_the_four_of_json(void **state)
{
    static const char kinds[] = " \t\r\n";

    (void)state;
    for (size_t size = 1; size < SIZE; size++)
        for (size_t at = 0; at < size; at++) {
            char *bytes = filled(size, ' ');

            for (size_t i = 0; i < size; i++)
                bytes[i] = kinds[(i + at) % 4];
            for (int c = 0; c < 256; c++) {
                const char *want = bytes + (ent_run_is_blank((char)c) ? size : at);

                bytes[at] = (char)c;
                CHECK(ent_run_blank(bytes, bytes + size) == want);
            }
            free(bytes);
        }
}

static void a_byte_that_is_not_ascii_is_never_passed(void **state)
{
    (void)state;
    for (size_t size = 1; size < SIZE; size++)
        for (size_t at = 0; at < size; at++) {
            char *bytes = filled(size, 'a');

            CHECK(ent_run_ascii(bytes, bytes + size) + 16 > bytes + size);
            bytes[at] = (char)0x80;
            CHECK(ent_run_ascii(bytes, bytes + size) <= bytes + at);
            CHECK(!ent_utf8_valid((ent_str){ bytes, size }));
            if (at + 1 < size) {
                bytes[at] = (char)0xc3;
                bytes[at + 1] = (char)0xa9;
                CHECK(ent_utf8_valid((ent_str){ bytes, size }));
            }
            free(bytes);
        }
}

RUN_TESTS(TEST(every_byte_at_every_place_ends_plain_characters_as_the_plain_loop_says),
          TEST(bytes_behind_the_end_do_not_count), TEST(blanks_are_exactly_the_four_of_json),
          TEST(a_byte_that_is_not_ascii_is_never_passed))
