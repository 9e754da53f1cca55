/* base/json and base/json_write: strict reading, nothing lost, one canonical form. */
#include "test.h"

#include "base/json_write.h"
#include "base/text.h"

#define ROOM ((size_t)64 << 20)

static ent_code read_c(ent_arena *arena, const char *text, ent_json *root)
{
    ent_err err = { 0 };

    return ent_json_read(arena, ent_str_of(text), root, &err);
}

static void every_kind_of_value_is_read(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_json root;
    int64_t number;

    (void)state;
    CHECK(read_c(arena, " {\"a\":[1,-2.50,true,false,null,\"x\\u00e9\\n\"],\"b\":{}} ", &root) ==
          ENT_OK);
    CHECK_INT(ent_json_count(root), 2);
    CHECK_INT(ent_json_count(ent_json_get(root, "a")), 6);
    CHECK(ent_json_int(ent_json_at(ent_json_get(root, "a"), 0), &number));
    CHECK_INT(number, 1);
    CHECK(!ent_json_int(ent_json_at(ent_json_get(root, "a"), 1), &number));
    CHECK_TEXT(ent_json_raw(ent_json_at(ent_json_get(root, "a"), 1)), "-2.50");
    CHECK_TEXT(ent_json_str(ent_json_at(ent_json_get(root, "a"), 5)), "x\xc3\xa9\n");
    CHECK_TEXT(ent_json_raw(ent_json_get(root, "b")), "{}");
    CHECK(ent_json_get(ent_json_get(root, "none"), "of this").doc == NULL);
    ent_arena_free(arena);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "[1,\n 2,]", "line 2 column 4: a value is wanted [RFC 8259]" },
        { "{\"\xc3\xa9\" 1}", "line 1 column 6: ':' is wanted behind a member's name [RFC 8259]" },
        { "[\"abc", "line 1 column 6: the text ends too early [RFC 8259]" },
        { "\"\\ud800\"",
          "line 1 column 4: a lone surrogate is no character [RFC 7493 s2.1] [RFC 8259]" },
        { "{\"a\":1,\"\\u0061\":2}", "line 1 column 18: two members of this object have the same "
                                     "name [RFC 7493 s2.3] [RFC 8259]" },
        { "1 2", "line 1 column 3: nothing more may follow the value [RFC 8259]" },
        { "01", "line 1 column 2: nothing more may follow the value [RFC 8259]" },
        { "\"a\tb\"",
          "line 1 column 3: a control character in a string must be escaped [RFC 8259]" },
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_err err = { 0 };
        ent_json root;

        CHECK_INT(ent_json_read(arena, ent_str_of(cases[i].text), &root, &err), ENT_FORMAT);
        CHECK_STR(err.msg, cases[i].message);
    }
    ent_arena_free(arena);
}

static void depth_has_a_limit(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    char text[200];
    ent_json root;

    (void)state;
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    CHECK_INT(read_c(arena, text, &root), ENT_OK);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    text[130] = '\0';
    CHECK_INT(read_c(arena, text, &root), ENT_LIMIT);
    ent_arena_free(arena);
}

static void a_repeated_name_is_found_in_a_wide_object(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_json root;
    ent_buf buf;

    (void)state;
    for (int repeated = 0; repeated < 2; repeated++) {
        ent_buf_init(&buf, arena);
        ent_buf_c(&buf, "{");
        for (int i = 0; i < 1000; i++)
            ent_buf_printf(&buf, "\"k%d\":%d,", i, i);
        ent_buf_printf(&buf, "\"k%d\":0}", repeated ? 500 : 1000);
        CHECK_INT(read_c(arena, buf.ptr, &root), repeated ? ENT_FORMAT : ENT_OK);
    }
    ent_arena_free(arena);
}

static void running_out_of_memory_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, __extension__({
                    ent_err err = { 0 };
                    ent_json root;
                    ent_buf buf;
                    ent_code rc = ent_json_read(
                        arena, ENT_STR("{\"b\\u0041\":[1,2,{\"x\":\"\\n\"}],\"a\":1e3}"), &root,
                        &err);

                    ent_buf_init(&buf, arena);
                    if (rc == ENT_OK)
                        rc = ent_json_canon(root, &buf, &err);
                    if (rc == ENT_OK && buf.failed)
                        rc = ENT_LIMIT;
                    CHECK(rc == ENT_OK || rc == ENT_LIMIT);
                    rc == ENT_OK;
                }));
}

static void canonical_form_sorts_by_utf16_and_prints_numbers_as_ecmascript(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    ent_json root;
    ent_buf buf;

    (void)state;
    CHECK_OK(ent_json_read(
                 arena,
                 ENT_STR("{\"\xef\xac\xb3\":1E2,\"\xf0\x9f\x98\x80\":0.000001,\"b\":-0,\"a\":1e-7,"
                         "\"c\":[1e21,123456789012345680000,333333333.33333329,4.50]}"),
                 &root, &err),
             &err);
    ent_buf_init(&buf, arena);
    CHECK_OK(ent_json_canon(root, &buf, &err), &err);
    CHECK_STR(buf.ptr,
              "{\"a\":1e-7,\"b\":0,\"c\":[1e+21,123456789012345680000,333333333.3333333,4.5],"
              "\"\xf0\x9f\x98\x80\":0.000001,\"\xef\xac\xb3\":100}");
    ent_arena_free(arena);
}

/* The corpus: every case of a JSON array with the given reader. */
static void corpus_each(const char *path, void (*check)(ent_arena *arena, ent_json one))
{
    size_t size;
    char *text = test_file(path, &size);
    ent_arena *arena = ent_arena_new((size_t)1 << 30);
    ent_err err = { 0 };
    ent_json root;

    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &root, &err), &err);
    for (ent_json v = ent_json_first(root); v.doc != NULL; v = ent_json_next(v))
        check(arena, v);
    CHECK(ent_json_count(root) > 0);
    ent_arena_free(arena);
    free(text);
}

static void json_text_case(ent_arena *arena, ent_json one)
{
    ent_str expect = ent_json_get_text(one, "expect"), name = ent_json_get_text(one, "name");
    ent_err err = { 0 };
    ent_span bytes;
    ent_json root;
    ent_code rc;

    if (ent_json_get(one, "repeat").doc != NULL)
        return; /* the large texts have tests of their own */
    CHECK_OK(ent_base64_read(arena, ent_json_get_text(one, "b64"), &bytes, &err), &err);
    rc = ent_json_read(arena, (ent_str){ bytes.ptr, bytes.size }, &root, &err);
    /* Legal in RFC 8259, forbidden by the I-JSON that STIX builds on (RFC 7493 s2.3). */
    if (ent_str_starts(name, ENT_STR("y_object_duplicated_key")))
        expect = ENT_STR("reject");
    if (ent_str_is(expect, "reject") && rc == ENT_OK)
        fail_msg("accepted: %.*s", ENT_STR_ARG(name));
    if (ent_str_is(expect, "accept") && rc != ENT_OK)
        fail_msg("refused: %.*s: %s", ENT_STR_ARG(name), err.msg);
}

static void the_corpus_of_json_texts_is_judged_as_expected(void **state)
{
    (void)state;
    SHARED_OR_SKIP("corpus/stix/json-text.json");
    corpus_each("../shared/corpus/stix/json-text.json", json_text_case);
}

static void jcs_case(ent_arena *arena, ent_json one)
{
    ent_str want = ent_json_get_text(one, "expect");
    ent_err err = { 0 };
    ent_json root;
    ent_buf buf;

    CHECK_OK(ent_json_read(arena, ent_json_get_text(one, "input"), &root, &err), &err);
    ent_buf_init(&buf, arena);
    CHECK_OK(ent_json_canon(root, &buf, &err), &err);
    CHECK_INT(buf.size, want.size);
    CHECK(memcmp(buf.ptr, want.ptr, want.size) == 0);
}

static void the_corpus_of_canonical_texts_is_reproduced(void **state)
{
    (void)state;
    SHARED_OR_SKIP("corpus/stix/jcs.json");
    corpus_each("../shared/corpus/stix/jcs.json", jcs_case);
}

static void jcs_number_case(ent_arena *arena, ent_json one)
{
    ent_str hex = ent_json_get_text(one, "ieee754_hex"), want = ent_json_get_text(one, "expect");
    uint8_t bytes[8];
    uint64_t bits = 0;
    char out[32];
    ent_err err = { 0 };
    double number;

    (void)arena;
    if (want.ptr == NULL || hex.size != 16)
        return;
    CHECK_OK(ent_hex_read(hex, bytes, 8, &err), &err);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&number, &bits, 8);
    ent_json_number_write(number, out);
    CHECK_TEXT(want, out);
}

static void the_corpus_of_canonical_numbers_is_reproduced(void **state)
{
    (void)state;
    SHARED_OR_SKIP("corpus/stix/jcs-numbers.json");
    corpus_each("../shared/corpus/stix/jcs-numbers.json", jcs_number_case);
}

RUN_TESTS(TEST(every_kind_of_value_is_read), TEST(what_is_wrong_is_said_with_its_place),
          TEST(depth_has_a_limit), TEST(a_repeated_name_is_found_in_a_wide_object),
          TEST(running_out_of_memory_fails_cleanly_at_every_allocation),
          TEST(canonical_form_sorts_by_utf16_and_prints_numbers_as_ecmascript),
          TEST(the_corpus_of_json_texts_is_judged_as_expected),
          TEST(the_corpus_of_canonical_texts_is_reproduced),
          TEST(the_corpus_of_canonical_numbers_is_reproduced))
