/*
 * test -- what every unit test needs, on top of cmocka.
 *
 * A test file is a program: static functions whose names are sentences, and a
 * main that lists them with RUN_TESTS.  FAULT_SWEEP runs a body with its 1st,
 * 2nd, 3rd ... arena allocation failing until it runs through, so that no error
 * path goes untested.  Tests that need ../shared call SHARED_OR_SKIP.
 */
#ifndef ENT_TEST_H
#define ENT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CHECK(cond)          assert_true(cond)
#define CHECK_INT(got, want) assert_int_equal((got), (want))
#define CHECK_STR(got, want) assert_string_equal((got), (want))
#define CHECK_TEXT(got, want)                            \
    do {                                                 \
        ent_str got_ = (got);                            \
        const char *want_ = (want);                      \
        assert_int_equal(got_.size, strlen(want_));      \
        assert_memory_equal(got_.ptr, want_, got_.size); \
    } while (0)
#define CHECK_OK(call, err)                        \
    do {                                           \
        if ((call) != ENT_OK)                      \
            fail_msg("%s: %s", #call, (err)->msg); \
    } while (0)

#define FAULT_SWEEP(arena, limit, body)                    \
    for (size_t fault_ = 0, done_ = 0; !done_; fault_++) { \
        ent_arena *arena = ent_arena_new(limit);           \
        assert_true(fault_ < 100000);                      \
        ent_arena_fail_after(arena, fault_);               \
        done_ = (size_t)(body);                            \
        ent_arena_free(arena);                             \
    }

/* The corpus beside the checkout; tests that need it are skipped without it. */
#define SHARED_OR_SKIP(path)                                              \
    do {                                                                  \
        if (access("../shared/" path, R_OK) != 0) {                       \
            print_message("# skipped: ../shared/%s is not here\n", path); \
            skip();                                                       \
        }                                                                 \
    } while (0)

#define TEST(function) cmocka_unit_test(function)
#define RUN_TESTS(...)                                      \
    int main(void)                                          \
    {                                                       \
        const struct CMUnitTest tests_[] = { __VA_ARGS__ }; \
        return cmocka_run_group_tests(tests_, NULL, NULL);  \
    }

/* A whole file, malloc'd, NUL behind it.  Fails the test if it cannot be read. */
static inline char *test_file(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0, used = 0, got;

    if (in == NULL)
        fail_msg("cannot open %s", path);
    do {
        if (used + 65536 > room) {
            room = room == 0 ? 65536 * 2 : room * 2;
            bytes = realloc(bytes, room + 1);
            assert_non_null(bytes);
        }
        got = fread(bytes + used, 1, room - used, in);
        used += got;
    } while (got > 0);
    (void)fclose(in);
    bytes[used] = '\0';
    if (size != NULL)
        *size = used;
    return bytes;
}

#endif
