/* link/prove: a proof holds for what was said, and for nothing else. */
#include "sim/federation.h"

#include "link/prove.h"

typedef struct fixture {
    fed *f;
    fed_talk *talks[FED_NODES];
    fed_end *writer, *reader;
    ent_arena *arena;
} fixture;

static int set_up(void **state)
{
    fixture *x = calloc(1, sizeof *x);

    x->f = fed_new(17, 2, (fed_faults){ 0 });
    for (size_t i = 0; i < 2; i++)
        x->talks[i] = fed_talk_new(&x->f->nodes[i]);
    x->writer = x->f->nodes[0].ends[1];
    x->reader = x->f->nodes[1].ends[0];
    x->arena = ent_arena_new(FED_MEMORY);
    for (int i = 0; i < 5; i++)
        fed_talk_say(x->talks[0], "N1", "something");
    fed_run_quiet(x->f, 60000);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    fixture *x = *state;

    for (size_t i = 0; i < 2; i++)
        free(x->talks[i]);
    ent_arena_free(x->arena);
    fed_free(x->f);
    free(x);
    return 0;
}

static ent_code check(fixture *x, ent_str text, bool cosigned, link_proved *proved, ent_err *err)
{
    return link_proof_check(
        x->arena, text, x->writer->host.out_origin, (link_who){ x->writer->host.identity, NULL },
        (link_who){ cosigned ? x->reader->host.identity : NULL, NULL }, proved, err);
}

static void both_ends_prove_every_entry_and_with_the_others_name(void **state)
{
    fixture *x = *state;
    char origin[LINK_ORIGIN_SIZE];
    link_proved proved;
    ent_err err = { 0 };
    ent_str text;

    for (uint64_t seq = 0; seq < 5; seq++) {
        CHECK_OK(link_prove(&x->writer->host, x->arena, LINK_OUT, seq, &text, &err), &err);
        CHECK_OK(check(x, text, true, &proved, &err), &err);
        CHECK_INT(proved.entry.seq, seq);
        CHECK_INT(proved.head.size, 5);
        CHECK_OK(link_proof_origin(x->arena, text, origin, &err), &err);
        CHECK_STR(origin, x->writer->host.out_origin);
        CHECK_OK(link_prove(&x->reader->host, x->arena, LINK_IN, seq, &text, &err), &err);
        CHECK_OK(check(x, text, true, &proved, &err), &err);
    }
    CHECK_INT(link_prove(&x->writer->host, x->arena, LINK_OUT, 5, &text, &err), ENT_NOT_FOUND);
}

static void no_byte_of_a_proof_can_be_changed(void **state)
{
    fixture *x = *state;
    link_proved proved;
    ent_err err = { 0 };
    ent_str text;
    char *bytes;

    CHECK_OK(link_prove(&x->writer->host, x->arena, LINK_OUT, 2, &text, &err), &err);
    bytes = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.size; i++) {
        bytes[i] ^= 1;
        if (check(x, text, true, &proved, &err) == ENT_OK)
            fail_msg("byte %zu of a proof can be changed", i);
        bytes[i] ^= 1;
    }
    for (size_t size = 0; size < text.size; size++)
        if (check(x, (ent_str){ text.ptr, size }, true, &proved, &err) == ENT_OK)
            fail_msg("a proof may be cut at %zu", size);
}

static void a_head_that_the_reader_has_not_seen_is_not_cosigned(void **state)
{
    fixture *x = *state;
    link_proved proved;
    ent_err err = { 0 };
    ent_str text;

    fed_talk_say(x->talks[0], "N1", "more");
    CHECK_OK(fed_flush(x->writer, &err), &err);
    CHECK_OK(link_prove(&x->writer->host, x->arena, LINK_OUT, 5, &text, &err), &err);
    CHECK_OK(check(x, text, false, &proved, &err), &err);
    CHECK_INT(check(x, text, true, &proved, &err), ENT_UNTRUSTED);
}

static void a_proof_of_another_log_is_none_of_this(void **state)
{
    fixture *x = *state;
    link_proved proved;
    ent_err err = { 0 };
    ent_str text;

    fed_talk_say(x->talks[1], "N0", "?");
    fed_run_quiet(x->f, 60000);
    CHECK_OK(link_prove(&x->reader->host, x->arena, LINK_OUT, 0, &text, &err), &err);
    CHECK_INT(check(x, text, false, &proved, &err), ENT_UNTRUSTED);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_TWO(both_ends_prove_every_entry_and_with_the_others_name),
          WITH_TWO(no_byte_of_a_proof_can_be_changed),
          WITH_TWO(a_head_that_the_reader_has_not_seen_is_not_cosigned),
          WITH_TWO(a_proof_of_another_log_is_none_of_this))
