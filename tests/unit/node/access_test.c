/* node/access: traces of other systems, and what is counted. */
#include "test.h"

#include "node/access.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"

static void a_trace_of_the_client_goes_on(void **state)
{
    char trace[33];

    (void)state;
    assert_true(node_trace_read("00-" TRACE "-b7ad6b7169203331-01", trace));
    assert_string_equal(trace, TRACE);
    assert_true(node_trace_read("cc-" TRACE "-b7ad6b7169203331-01-what-comes-later", trace));
}

static void what_is_no_trace_is_not_taken(void **state)
{
    static const char *const bad[] = {
        NULL,
        "",
        "00",
        "00-" TRACE "-b7ad6b7169203331",
        "ff-" TRACE "-b7ad6b7169203331-01",
        "00-" TRACE "-b7ad6b7169203331-01-more",
        "01-" TRACE "-b7ad6b7169203331-01.more",
        "00-" TRACE "-b7ad6b7169203331-0g",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-" TRACE "-0000000000000000-01",
        "00_" TRACE "-b7ad6b7169203331-01",
        "00-" TRACE "_b7ad6b7169203331-01",
        "00-" TRACE "-b7ad6b7169203331_01",
        "0-0" TRACE "-b7ad6b7169203331-01",
    };
    char trace[33];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (node_trace_read(bad[i], trace))
            fail_msg("'%s' was taken for a trace", bad[i]);
}

static void answers_are_counted_by_route_and_class(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    http_request request = { .method = "GET" };
    http_reply reply = { .status = 200, .body = ENT_STR("12345") };
    node_access *access;
    ent_err err = { 0 };
    ent_str text;
    ent_buf buf;

    (void)state;
    CHECK_OK(node_access_new(5 * ENT_SECOND, &access, &err), &err);
    request.began = INT64_MAX / 2; /* later than now: not slow */
    node_access_note(access, &request, "objects", &reply, 0);
    node_access_note(access, &request, "objects", &reply, 0);
    reply.status = 404;
    node_access_note(access, &request, "unheard of", &reply, 0);
    ent_buf_init(&buf, arena);
    node_access_metrics(access, &buf);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    assert_non_null(
        strstr(text.ptr, "entente_client_answers_total{route=\"objects\",class=\"2xx\"} 2\n"));
    assert_non_null(
        strstr(text.ptr, "entente_client_answers_total{route=\"other\",class=\"4xx\"} 1\n"));
    assert_non_null(strstr(text.ptr, "entente_client_requests_total 3\n"));
    assert_non_null(strstr(text.ptr, "entente_client_failures_total 1\n"));
    assert_non_null(strstr(text.ptr, "entente_client_bytes_total 15\n"));
    assert_non_null(strstr(text.ptr, "process_start_time_seconds 5\n"));
    node_access_free(access);
    ent_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_of_the_client_goes_on),
        cmocka_unit_test(what_is_no_trace_is_not_taken),
        cmocka_unit_test(answers_are_counted_by_route_and_class),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
