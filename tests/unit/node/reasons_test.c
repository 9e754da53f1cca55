/* node/reasons: where somebody has oversight a look-up says why unless the legal officer of this node has signed otherwise, and
 * what is no such decision counts for nothing. */
#include "homes.h"

#include "node/reasons.h"
#include "node/users.h"

#include <stdlib.h>

#define LAW ENT_STR("Household Act s 4")
#define DAY ENT_DAY_TIME

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home home;
    node_desk *nd;
    desk *d;
} fixture;

static void user_add(fixture *f, const char *name, node_role role)
{
    ent_err err = { 0 };

    CHECK_OK(node_user_add(f->arena, &f->home, name, role, ENT_STR("a good passphrase"), &err),
             &err);
}

/* Nobody has oversight. */
static int set_up_unseen(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };
    char pass[128];
    FILE *file;

    assert_non_null(f);
    f->arena = ent_arena_new((size_t)128 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-reasons-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(pass, sizeof pass, "%s/pass", f->folder);
    file = fopen(pass, "w");
    assert_non_null(file);
    (void)fputs("a good passphrase\n", file);
    (void)fclose(file);
    (void)setenv("ENTENTE_PASSPHRASE_FILE", pass, 1);
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->home);
    user_add(f, "law", NODE_ROLE_LEGAL);
    CHECK_OK(node_desk_open(f->arena, &f->home, &f->nd, &err), &err);
    f->d = node_desk_desk(f->nd);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    if (set_up_unseen(state) != 0)
        return -1;
    user_add(*state, "ove", NODE_ROLE_OVERSIGHT);
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    node_desk_close(f->nd);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static node_reasons read_at(fixture *f, ent_time now)
{
    ent_err err = { 0 };
    node_reasons r;

    CHECK_OK(node_reasons_read(f->arena, &f->home, f->d->store, now, &r, &err), &err);
    return r;
}

static desk_officer officer(fixture *f, const char *name)
{
    desk_officer o;
    ent_err err = { 0 };

    CHECK_OK(node_desk_officer(f->nd, name, &o, &err), &err);
    return o;
}

static ent_code waive(fixture *f, const desk_officer *by, ent_str law, ent_time until, ent_err *err)
{
    ent_code rc;

    CHECK_OK(store_begin(f->d->store, err), err);
    rc = node_reasons_waive(f->d, f->arena, law, until, by, err);
    if (rc != ENT_OK)
        store_rollback(f->d->store);
    else
        CHECK_OK(store_commit(f->d->store, err), err);
    return rc;
}

static void rule_put(fixture *f, const char *state, ent_str json, ent_time time)
{
    store_doc doc = { .kind = ENT_STR("rule"),
                      .id = ENT_STR("reasons"),
                      .state = ent_str_of(state),
                      .time = time,
                      .json = json };
    ent_err err = { 0 };

    CHECK_OK(store_doc_put(f->d->store, &doc, &err), &err);
}

static void a_node_that_decided_nothing_requires_them(void **state)
{
    fixture *f = *state;
    node_reasons r = read_at(f, f->d->now);

    CHECK(r.required && !r.decided && r.wrong == NULL);
}

static void where_nobody_has_oversight_nobody_is_asked_why(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    node_reasons r = read_at(f, f->d->now);

    CHECK(!r.required && !r.decided && r.wrong == NULL);
    rule_put(f, "required", ENT_STR("{}"), f->d->now);
    CHECK(read_at(f, f->d->now).required);
    CHECK_OK(store_doc_delete(f->d->store, "rule", ENT_STR("reasons"), &err), &err);
    user_add(f, "ove", NODE_ROLE_OVERSIGHT);
    CHECK(read_at(f, f->d->now).required);
}

static void the_legal_officer_decides_for_a_law_and_a_time(void **state)
{
    fixture *f = *state;
    desk_officer law = officer(f, "law"), ove = officer(f, "ove");
    ent_time now = f->d->now, year = NODE_REASONS_DAYS * DAY;
    ent_err err = { 0 };
    node_reasons r;

    CHECK(waive(f, &ove, LAW, now + DAY, &err) == ENT_DENIED);
    CHECK(waive(f, &law, ENT_STR(" - "), now + DAY, &err) == ENT_USAGE);
    CHECK(waive(f, &law, LAW, now, &err) == ENT_USAGE);
    CHECK(waive(f, &law, LAW, now + year + 1, &err) == ENT_USAGE);
    CHECK(read_at(f, now).required);
    CHECK_OK(waive(f, &law, LAW, now + year, &err), &err);
    r = read_at(f, now);
    CHECK(!r.required && r.is_signed && ent_str_is(r.by, "law") && ent_str_equal(r.law, LAW));
    CHECK(!read_at(f, r.until - 1).required);
    r = read_at(f, r.until);
    CHECK(r.required && !r.decided);
}

static void who_came_without_the_passphrase_does_not(void **state)
{
    fixture *f = *state;
    desk_officer law = officer(f, "law");
    ent_err err = { 0 };

    law.sign = NULL;
    CHECK(waive(f, &law, LAW, f->d->now + DAY, &err) == ENT_DENIED);
    CHECK(read_at(f, f->d->now).required);
}

/* Somebody who can write in the store is no legal officer. */
static void what_is_not_signed_by_one_counts_for_nothing(void **state)
{
    fixture *f = *state;
    desk_officer law = officer(f, "law"), ove = officer(f, "ove"), other = ove;
    ent_time now = f->d->now;
    ent_err err = { 0 };
    store_doc doc;
    char *json;

    CHECK_OK(waive(f, &law, LAW, now + DAY, &err), &err);
    CHECK_OK(store_doc_get(f->d->store, f->arena, "rule", ENT_STR("reasons"), &doc, &err), &err);
    json = (char *)(uintptr_t)ent_arena_str(f->arena, doc.json).ptr;
    memcpy(strstr(json, "Household"), "household", 9); /* another law than was signed */
    rule_put(f, "waived", ent_str_of(json), now);
    CHECK(read_at(f, now).required && read_at(f, now).wrong != NULL);
    rule_put(f, "waived", ENT_STR("{}"), now);
    CHECK(read_at(f, now).required && read_at(f, now).decided);
    other.role = "legal"; /* says who is none, and signs with the own key */
    CHECK_OK(waive(f, &other, LAW, now + DAY, &err), &err);
    CHECK(read_at(f, now).required);
    other.name = "law";
    CHECK_OK(waive(f, &other, LAW, now + DAY, &err), &err);
    CHECK(read_at(f, now).required);
}

/* A store that was copied from a node with the same people brings no decision along. */
static void the_decision_of_another_node_is_none(void **state)
{
    fixture *f = *state;
    desk_officer law = officer(f, "law");
    node_home other = f->home;
    ent_err err = { 0 };
    node_reasons r;

    (void)snprintf(other.code, sizeof other.code, "BRAVO");
    CHECK_OK(waive(f, &law, LAW, f->d->now + DAY, &err), &err);
    CHECK_OK(node_reasons_read(f->arena, &other, f->d->store, f->d->now, &r, &err), &err);
    CHECK(r.required && r.wrong != NULL);
}

static void they_are_required_again(void **state)
{
    fixture *f = *state;
    desk_officer law = officer(f, "law"), ove = officer(f, "ove");
    ent_err err = { 0 };

    CHECK_OK(waive(f, &law, LAW, f->d->now + DAY, &err), &err);
    CHECK_OK(store_begin(f->d->store, &err), &err);
    CHECK_OK(node_reasons_require(f->d, f->arena, &ove, &err), &err);
    CHECK_OK(store_commit(f->d->store, &err), &err);
    CHECK(read_at(f, f->d->now).required);
}

static void a_word_of_before_holds_for_a_year(void **state)
{
    fixture *f = *state;
    ent_time then = f->d->now;
    node_reasons r;

    rule_put(f, "optional", ENT_STR("{}"), then);
    r = read_at(f, then + NODE_REASONS_DAYS * DAY - 1);
    CHECK(!r.required && r.decided && !r.is_signed);
    CHECK(read_at(f, then + NODE_REASONS_DAYS * DAY).required);
}

static void a_reason_has_a_letter_or_a_digit(void **state)
{
    (void)state;
    CHECK(node_reason_says(ENT_STR("7")) && node_reason_says(ENT_STR(" z")));
    CHECK(node_reason_says(ENT_STR("A")) && node_reason_says(ENT_STR("Ж")));
    CHECK(!node_reason_says(ENT_STR(" -.")) && !node_reason_says((ent_str){ NULL, 0 }));
    CHECK(!node_reason_says(ENT_STR("@[`{/:")));
}

#define REAL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(cmocka_unit_test_setup_teardown(where_nobody_has_oversight_nobody_is_asked_why,
                                            set_up_unseen, tear_down),
            REAL(a_node_that_decided_nothing_requires_them),
            REAL(the_legal_officer_decides_for_a_law_and_a_time),
            REAL(who_came_without_the_passphrase_does_not),
            REAL(what_is_not_signed_by_one_counts_for_nothing),
            REAL(the_decision_of_another_node_is_none), REAL(they_are_required_again),
            REAL(a_word_of_before_holds_for_a_year),
            cmocka_unit_test(a_reason_has_a_letter_or_a_digit))
