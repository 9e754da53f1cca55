/* node/pouch: the same mail by file; and what is wrong with one. */
#include "pair.h"

#include "link/verify.h"
#include "node/pouch.h"

static const char *file_of(const fixture *f)
{
    return node_path(f->arena, "%s/pouch", f->folder);
}

static void say(fixture *f, int count)
{
    desk *d = node_desk_desk(f->da);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    for (int i = 0; i < count; i++)
        CHECK_OK(desk_say(d, f->arena, "BRAVO", LINK_RECEIPT, (ent_span){ "{}", 2 }, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
}

static node_pouch_result pack(fixture *f, uint64_t from, const char *path)
{
    node_pouch_result result = { 0 };
    node_link link;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(node_pouch_pack(&link, from, path, &result, &err), &err);
    node_link_close(&link);
    return result;
}

static ent_code open_at(fixture *f, const node_home *home, node_desk *nd, const char *path,
                        uint64_t *applied, ent_err *err)
{
    char code[NODE_CODE_SIZE];

    return node_pouch_open(f->arena, home, nd, path, code, applied, err);
}

static void what_is_packed_is_applied_once_and_in_pieces(void **state)
{
    fixture *f = *state;
    const char *second = node_path(f->arena, "%s/second", f->folder);
    link_verdict verdict;
    uint64_t applied;
    node_link link;
    ent_err err = { 0 };

    say(f, 3);
    CHECK_INT(pack(f, 0, file_of(f)).to, 3);
    CHECK_OK(open_at(f, &f->b, f->db, file_of(f), &applied, &err), &err);
    CHECK_INT(applied, 3);
    CHECK_OK(open_at(f, &f->b, f->db, file_of(f), &applied, &err), &err);
    CHECK_INT(applied, 0);
    say(f, 2);
    CHECK_INT(pack(f, 3, second).from, 3);
    CHECK_OK(open_at(f, &f->b, f->db, second, &applied, &err), &err);
    CHECK_INT(applied, 2);
    /* The first one again: it is old, and that is no lie. */
    CHECK_OK(open_at(f, &f->b, f->db, file_of(f), &applied, &err), &err);
    CHECK_INT(applied, 0);
    CHECK_OK(node_link_open(f->arena, &f->b, f->db, "ALPHA", &link, &err), &err);
    CHECK_OK(link_verify(&link.host, LINK_IN, 5, &verdict, &err), &err);
    CHECK_INT(verdict.bodies, 5);
    node_link_close(&link);
}

static void a_pouch_that_begins_too_late_is_refused(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    ent_err err = { 0 };

    say(f, 3);
    (void)pack(f, 2, file_of(f));
    CHECK_INT(open_at(f, &f->b, f->db, file_of(f), &applied, &err), ENT_RETRY);
    CHECK_INT(applied, 0);
    (void)pack(f, 0, file_of(f));
    CHECK_OK(open_at(f, &f->b, f->db, file_of(f), &applied, &err), &err);
    CHECK_INT(applied, 3);
}

static void a_pouch_for_somebody_else_is_refused(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    ent_err err = { 0 };

    say(f, 1);
    (void)pack(f, 0, file_of(f));
    CHECK_INT(open_at(f, &f->a, f->da, file_of(f), &applied, &err), ENT_NOT_FOUND);
}

/* Whatever byte is changed, and wherever it is cut: refused, and nothing is left. */
static void a_changed_or_cut_pouch_is_refused(void **state)
{
    fixture *f = *state;
    ent_str pouch = ENT_STR_NONE;
    uint64_t applied;
    size_t wrong = 0;

    say(f, 1);
    (void)pack(f, 0, file_of(f));
    {
        ent_err err = { 0 };

        CHECK_OK(node_file_read(f->arena, file_of(f), 1000000, &pouch, &err), &err);
    }
    for (size_t at = 0; at < pouch.size; at += 13) {
        char *byte = (char *)(uintptr_t)pouch.ptr + at;
        ent_err err = { 0 };

        *byte ^= 1;
        CHECK_OK(node_file_write(file_of(f), ent_span_of_str(pouch), 0600, &err), &err);
        wrong += open_at(f, &f->b, f->db, file_of(f), &applied, &err) == ENT_OK;
        *byte ^= 1;
        CHECK_OK(node_file_write(file_of(f), (ent_span){ pouch.ptr, at }, 0600, &err), &err);
        wrong += open_at(f, &f->b, f->db, file_of(f), &applied, &err) == ENT_OK;
    }
    CHECK_INT(wrong, 0);
    {
        ent_err err = { 0 };
        uint64_t next;

        CHECK_OK(desk_position(node_desk_desk(f->db), f->arena, "ALPHA", &next, &err), &err);
        CHECK_INT(next, 0);
    }
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(what_is_packed_is_applied_once_and_in_pieces),
            WITH_TWO(a_pouch_that_begins_too_late_is_refused),
            WITH_TWO(a_pouch_for_somebody_else_is_refused),
            WITH_TWO(a_changed_or_cut_pouch_is_refused))
