/* taxii/pull: the client among servers as they are.  A row for each quirk. */
#include "test.h"

#include "taxii/pull.h"

#define T21 "application/taxii+json;version=2.1"
#define D1  "2024-01-01T00:00:00.000001Z"
#define D2  "2024-01-02T00:00:00.000000Z"
#define D3  "2024-01-03T00:00:00.000000Z"
#define ONE "\"objects\":[{\"id\":\"x\"}]"

typedef struct row {
    const char *quirk;
    const char *after, *next, *last; /* before */
    long status;
    const char *type, *date, *body;
    ent_code code;
    taxii_pull_step step;
    const char *after_then, *next_then, *last_then; /* NULL: not looked at */
    bool objects;
} row;

static const row rows[] = {
    { "a page in the middle", "", "", "", 200, T21, D1, "{\"more\":true,\"next\":\"n1\"," ONE "}",
      ENT_OK, TAXII_PULL_MORE, "", "n1", D1, true },
    { "the last page", "", "n1", D1, 200, T21, D2, "{\"more\":false," ONE "}", ENT_OK,
      TAXII_PULL_DONE, D2, "", D2, true },
    { "nothing new: {}", D1, "", D1, 200, T21, D1, "{}", ENT_OK, TAXII_PULL_DONE, D1, "", D1,
      false },
    { "an empty list, which is none", D1, "", D1, 200, T21, "", "{\"objects\":[]}", ENT_OK,
      TAXII_PULL_DONE, D1, "", D1, false },
    { "OpenCTI: 206, `objects` in a page that is not the last", "", "", "", 206, T21, D1,
      "{\"more\":true,\"next\":\"2\"," ONE "}", ENT_OK, TAXII_PULL_MORE, "", "2", D1, true },
    { "OpenCTI: application/json", "", "", "", 200, "application/json; charset=utf-8", D1,
      "{" ONE "}", ENT_OK, TAXII_PULL_DONE, D1, "", D1, true },
    { "Elastic's rule: a `next` without `more`", "", "", "", 200, T21, D1,
      "{\"next\":\"n\"," ONE "}", ENT_OK, TAXII_PULL_MORE, "", "n", D1, true },
    { "a `next` on the last page", "", "", "", 200, T21, D1,
      "{\"more\":false,\"next\":\"n\"," ONE "}", ENT_OK, TAXII_PULL_DONE, D1, "", D1, true },
    { "OpenTAXII: more, and not where: by date", "", "", "", 200, T21, D1,
      "{\"more\":true," ONE "}", ENT_OK, TAXII_PULL_MORE, D1, "", D1, true },
    { "more, not where, and a date that stands still: no endless loop", D1, "", D1, 200, T21, D1,
      "{\"more\":true," ONE "}", ENT_OK, TAXII_PULL_DONE, D1, "", D1, true },
    { "more, not where, no dates at all", "", "", "", 200, T21, "", "{\"more\":true," ONE "}",
      ENT_OK, TAXII_PULL_DONE, "", "", "", true },
    { "the same `next` again: no endless loop", "", "n1", "", 200, T21, "",
      "{\"more\":true,\"next\":\"n1\"," ONE "}", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "no date: where it ended stays", D1, "", D1, 200, T21, "", "{" ONE "}", ENT_OK,
      TAXII_PULL_DONE, D1, "", D1, true },
    { "a date that goes back: nothing is asked twice for ever", D2, "", D2, 200, T21, D1,
      "{" ONE "}", ENT_OK, TAXII_PULL_DONE, D2, "", D2, true },
    { "a date that is none", D1, "", D1, 200, T21, "yesterday", "{" ONE "}", ENT_OK,
      TAXII_PULL_DONE, D1, "", D1, true },
    { "medallion: its `next` lives 30 s: on from the last date", "", "n9", D2, 400, T21, "", "{}",
      ENT_OK, TAXII_PULL_MORE, D2, "", D2, false },
    { "a `next` that is unknown on the first page", D1, "n9", "", 404, T21, "", "{}", ENT_OK,
      TAXII_PULL_MORE, D1, "", "", false },
    { "400 without a `next`", "", "", "", 400, T21, "", "{}", ENT_FORMAT, 0, NULL, NULL, NULL,
      false },
    { "401", "", "", "", 401, "text/html", "", "no", ENT_DENIED, 0, NULL, NULL, NULL, false },
    { "403: OpenCTI for an unknown collection", "", "", "", 403, T21, "", "{}", ENT_DENIED, 0, NULL,
      NULL, NULL, false },
    { "404", "", "", "", 404, T21, "", "{}", ENT_NOT_FOUND, 0, NULL, NULL, NULL, false },
    { "406", "", "", "", 406, T21, "", "{}", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "429", "", "", "", 429, T21, "", "{}", ENT_UNAVAILABLE, 0, NULL, NULL, NULL, false },
    { "500 as HTML", "", "", "", 500, "text/html", "", "<html>", ENT_UNAVAILABLE, 0, NULL, NULL,
      NULL, false },
    { "a redirect", "", "", "", 302, T21, "", "", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "a log-in page with 200", "", "", "", 200, "text/html", "", "<html>", ENT_FORMAT, 0, NULL,
      NULL, NULL, false },
    { "no type", "", "", "", 200, "", "", "{}", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "a type that begins so", "", "", "", 200, "application/jsonx", "", "{}", ENT_FORMAT, 0, NULL,
      NULL, NULL, false },
    { "no JSON", "", "", "", 200, T21, "", "{", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "a list", "", "", "", 200, T21, "", "[]", ENT_FORMAT, 0, NULL, NULL, NULL, false },
    { "objects that are no list", "", "", "", 200, T21, "", "{\"objects\":{}}", ENT_FORMAT, 0, NULL,
      NULL, NULL, false },
    { "a bundle", "", "", "", 200, "application/stix+json;version=2.1", D3,
      "{\"type\":\"bundle\",\"id\":\"bundle--1\"," ONE "}", ENT_OK, TAXII_PULL_DONE, D3, "", D3,
      true },
};

static void text_is(const row *r, const char *what, ent_str got, const char *wanted)
{
    if (wanted != NULL && !ent_str_is(got, wanted))
        fail_msg("%s: %s is '%.*s', not '%s'", r->quirk, what, ENT_STR_ARG(got), wanted);
}

static void every_quirk_of_a_server_is_coped_with(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        taxii_pull pull = { .url = ENT_STR("https://x/"),
                            .after = ent_str_of(r->after),
                            .next = ent_str_of(r->next),
                            .last = ent_str_of(r->last) };
        taxii_pull_answer answer = { r->status, ent_str_of(r->type), ent_str_of(r->date),
                                     ent_str_of(r->body) };
        taxii_pull_step step;
        ent_err err = { 0 };
        ent_str objects;
        ent_code rc = taxii_pull_take(arena, &pull, &answer, &objects, &step, &err);

        if (rc != r->code)
            fail_msg("%s: code %d, not %d (%s)", r->quirk, rc, r->code, err.msg);
        if (rc != ENT_OK)
            continue;
        if (step != r->step || (objects.size > 0) != r->objects)
            fail_msg("%s: step %d, %zu bytes of objects", r->quirk, step, objects.size);
        text_is(r, "after", pull.after, r->after_then);
        text_is(r, "next", pull.next, r->next_then);
        text_is(r, "last", pull.last, r->last_then);
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
}

/* Whatever it answers, it is asked a bounded number of times. */
static void a_server_that_always_forgets_is_left_alone(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_pull pull = { .url = ENT_STR("https://x/") };
    taxii_pull_answer answer = { 400, ENT_STR(T21), ENT_STR(""), ENT_STR("{}") };
    ent_err err = { 0 };
    taxii_pull_step step;
    ent_str objects;
    ent_code rc = ENT_OK;
    int turns = 0;

    (void)state;
    while (rc == ENT_OK && turns++ < 100) {
        pull.next = ENT_STR("n");
        rc = taxii_pull_take(arena, &pull, &answer, &objects, &step, &err);
    }
    assert_int_equal(rc, ENT_UNAVAILABLE);
    assert_int_equal(turns, 4);
    ent_arena_free(arena);
}

static void empty_pages_without_end_are_an_error(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_pull pull = { .url = ENT_STR("https://x/") };
    ent_err err = { 0 };
    taxii_pull_step step;
    ent_str objects;
    ent_code rc = ENT_OK;
    int turns = 0;

    (void)state;
    while (rc == ENT_OK && turns < 1000) {
        taxii_pull_answer answer = { 200, ENT_STR(T21), ENT_STR(""),
                                     ent_arena_printf(arena, "{\"more\":true,\"next\":\"%d\"}",
                                                      turns++) };

        rc = taxii_pull_take(arena, &pull, &answer, &objects, &step, &err);
    }
    assert_int_equal(rc, ENT_FORMAT);
    assert_int_equal(turns, 101);
    ent_arena_free(arena);
}

static void an_address_is_escaped(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 16);
    taxii_pull pull = { .url = ENT_STR("https://x/api/collections/1/"),
                        .after = ENT_STR("2024-01-01T00:00:00+00:00"),
                        .next = ENT_STR("a&limit=9 \xc3\xa9#") };
    ent_err err = { 0 };
    ent_str url;

    (void)state;
    CHECK_OK(taxii_pull_url(arena, &pull, &url, &err), &err);
    CHECK_STR(url.ptr, "https://x/api/collections/1/objects/?limit=1000&added_after="
                       "2024-01-01T00%3A00%3A00%2B00%3A00&next=a%26limit%3D9%20%C3%A9%23");
    pull.next = pull.after = ENT_STR("");
    CHECK_OK(taxii_pull_url(arena, &pull, &url, &err), &err);
    CHECK_STR(url.ptr, "https://x/api/collections/1/objects/?limit=1000");
    ent_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quirk_of_a_server_is_coped_with),
        cmocka_unit_test(a_server_that_always_forgets_is_left_alone),
        cmocka_unit_test(empty_pages_without_end_are_an_error),
        cmocka_unit_test(an_address_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
