/* node/desk: what the desk of a match asks of its host while it works: the body of what a peer said, from the
 * mirror, and that what is put down goes out at once. */
#include "pair.h"

#include "desk/work.h"

static ent_code heard(fixture *f, uint64_t seq, ent_span *body)
{
    desk *b = node_desk_desk(f->db);
    ent_err err = { 0 };

    return b->heard(b->arg, f->arena, "ALPHA", seq, body, &err);
}

static void what_was_heard_is_read_again_until_it_is_erased(void **state)
{
    fixture *f = *state;
    desk *b = node_desk_desk(f->db);
    uint64_t applied;
    ent_span body;
    ent_err err = { 0 };

    pair_say(f, f->da, "BRAVO", LINK_RELEASE, "{\"a\":1}");
    pair_say(f, f->da, "BRAVO", LINK_RELEASE, "{\"b\":2}");
    CHECK_INT(heard(f, 0, &body), ENT_NOT_FOUND); /* it is not here yet */
    CHECK_OK(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), &err);
    CHECK_INT(applied, 2);
    for (uint64_t seq = 0; seq < 2; seq++) {
        CHECK_INT(heard(f, seq, &body), ENT_OK);
        CHECK(body.size == 7 && memcmp(body.ptr, seq == 0 ? "{\"a\":1}" : "{\"b\":2}", 7) == 0);
    }
    CHECK_INT(heard(f, 2, &body), ENT_NOT_FOUND);
    CHECK_OK(store_begin(b->store, &err), &err);
    CHECK_OK(desk_erase_ask(b, ENT_STR("ALPHA"), ENT_STR("ALPHA/0"), "in", &err), &err);
    CHECK_OK(store_commit(b->store, &err), &err);
    CHECK_OK(node_desk_flush(f->db, f->arena, &err), &err);
    CHECK_INT(heard(f, 0, &body), ENT_NO);
    CHECK_INT(heard(f, 1, &body), ENT_OK);
}

static void what_is_said_while_work_goes_on_goes_out(void **state)
{
    fixture *f = *state;
    desk *a = node_desk_desk(f->da);
    uint64_t applied;
    ent_err err = { 0 };

    CHECK_OK(store_begin(a->store, &err), &err);
    CHECK_OK(desk_say(a, f->arena, "BRAVO", LINK_RELEASE, (ent_span){ "{}", 2 }, &err), &err);
    CHECK_OK(store_commit(a->store, &err), &err);
    CHECK_INT(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), ENT_UNAVAILABLE); /* no log yet */
    a->said(a->arg);
    CHECK_OK(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), &err);
    CHECK_INT(applied, 1);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(what_was_heard_is_read_again_until_it_is_erased),
            WITH_TWO(what_is_said_while_work_goes_on_goes_out))
