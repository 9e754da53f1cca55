/* base/text: base64url has one text for each sequence of bytes. */
#include "test.h"

#include "base/text.h"

static void base64url_is_read_as_it_is_written(void **state)
{
    /* RFC 4648 section 10, without the padding; and the two letters that differ. */
    static const struct {
        const char *bytes, *text;
    } rows[] = { { "", "" },           { "f", "Zg" },        { "fo", "Zm8" },
                 { "foo", "Zm9v" },    { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" },
                 { "\xfb\xff", "-_8" } };
    ent_arena *arena = ent_arena_new((size_t)1 << 16);
    ent_err err = { 0 };
    ent_span bytes;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_TEXT(ent_base64url_write(arena, rows[i].bytes, strlen(rows[i].bytes)), rows[i].text);
        CHECK_OK(ent_base64url_read(arena, ent_str_of(rows[i].text), &bytes, &err), &err);
        CHECK_INT(bytes.size, strlen(rows[i].bytes));
        assert_memory_equal(bytes.ptr, rows[i].bytes, bytes.size);
    }
    ent_arena_free(arena);
}

static void nothing_else_is_base64url(void **state)
{
    static const char *const texts[] = { "Zg==",  "Zm8=",   "Zh" /* bits behind the end */,
                                         "Z",     "Zm9vY",  "+/8",
                                         "Zm 9v", "Zm9v\n", "Z\xc3\xa9",
                                         "Zg\x80" };
    ent_arena *arena = ent_arena_new((size_t)1 << 16);
    ent_span bytes;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ent_err err = { 0 };

        CHECK_INT(ent_base64url_read(arena, ent_str_of(texts[i]), &bytes, &err), ENT_FORMAT);
    }
    {
        ent_err err = { 0 };

        CHECK_INT(ent_base64url_read(arena, ENT_STR("Zm\0v"), &bytes, &err), ENT_FORMAT);
    }
    ent_arena_free(arena);
}

RUN_TESTS(TEST(base64url_is_read_as_it_is_written), TEST(nothing_else_is_base64url))
