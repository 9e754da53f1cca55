/* sim: files that go with releases.  Each desk keeps its files in memory; every byte that is
 * carried is looked at, and some are changed on the way. */
#include "sim/release_stage.h"

#include "base/limits.h"
#include "desk/evidence.h"

/* ---- where the desks keep files ---- */

struct kept {
    int node;
    char hash[DESK_EVIDENCE_HASH];
    char *bytes;
    size_t size;
} kept[16];
static size_t kept_count;

static const struct kept *kept_at(const sim_node *n, const char *hash)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i].node == n->index && strcmp(kept[i].hash, hash) == 0)
            return &kept[i];
    return NULL;
}

static ent_code kept_read(void *arg, ent_arena *arena, const char *hash, ent_str *content,
                          ent_err *err)
{
    const struct kept *k = kept_at(arg, hash);

    (void)arena;
    if (k == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "no such file");
    *content = (ent_str){ k->bytes, k->size };
    return ENT_OK;
}

static ent_code kept_write(void *arg, ent_arena *arena, const char *hash, ent_str content,
                           ent_err *err)
{
    const sim_node *n = arg;
    struct kept *k = &kept[kept_count];

    (void)arena;
    (void)err;
    if (kept_at(n, hash) != NULL)
        return ENT_OK;
    assert_true(kept_count < sizeof kept / sizeof *kept);
    kept_count++;
    k->node = n->index;
    (void)snprintf(k->hash, sizeof k->hash, "%s", hash);
    k->bytes = malloc(content.size + 1);
    assert_non_null(k->bytes);
    memcpy(k->bytes, content.ptr, content.size);
    k->size = content.size;
    return ENT_OK;
}

static const desk_files files = { kept_read, kept_write };

static void set(struct stage *s)
{
    kept_count = 0;
    stage_set(s, 2);
    s->a->d.files = s->b->d.files = &files;
}

static void strike(struct stage *s)
{
    for (size_t i = 0; i < kept_count; i++)
        free(kept[i].bytes);
    kept_count = 0;
    stage_strike(s);
}

/* Attaches a text of `size` bytes as `type` to an object of the first desk. */
static desk_evidence attach(struct stage *s, const char *object, const char *word, size_t size,
                            const char *type)
{
    char *bytes = malloc(size + 1);
    desk_evidence e = { .type = ent_str_of(type),
                        .name = ENT_STR(CANARY ".txt"),
                        .size = (int64_t)size,
                        .object = ent_str_of(object),
                        .added = s->a->d.now };
    ent_hash sum;
    ent_err err = { 0 };

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = word[i % strlen(word)];
    sum = ent_hash_of(bytes, size);
    ent_hex_write(sum.bytes, sizeof sum.bytes, e.hash);
    CHECK_OK(kept_write(s->a, s->arena, e.hash, (ent_str){ bytes, size }, &err), &err);
    CHECK_OK(SIM_WORK(s->a, desk_evidence_attach(s->a->d.store, s->arena, &e, &err), &err), &err);
    free(bytes);
    return e;
}

static ent_code draft_files(struct stage *s, const char *id, const char *const *hashes,
                            size_t count, desk_gate_result *result, desk_draft_state *state,
                            ent_err *err)
{
    ent_str ids[] = { ent_str_of(id) }, list[4];
    desk_draft_request request = { .peer = s->b->code,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = ids,
                                   .id_count = 1,
                                   .evidence = list,
                                   .evidence_count = count,
                                   .drafter = s->a->people[4].name };

    for (size_t i = 0; i < count; i++)
        list[i] = ent_str_of(hashes[i]);
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a, desk_release_draft(&s->a->d, s->arena, &request, result, state, err),
                    err);
}

/* Approved, and put into the outbox; not carried yet. */
static ent_str say_with(struct stage *s, const char *id, const char *hash)
{
    desk_gate_result result;
    desk_draft_state state;
    ent_err err;

    CHECK_OK(draft_files(s, id, &hash, 1, &result, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 0, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 1, &state, &err), &err);
    CHECK_STR(state.state, "sent");
    return state.id;
}

static int attached(sim_node *n, ent_arena *arena, const char *object)
{
    ent_str kind = ent_arena_printf(arena, "evidence:%s", object);

    return sim_doc_count(n, kind.ptr, NULL);
}

static ent_str file_state(struct stage *s, sim_node *n, const char *kind, ent_str release,
                          const char *hash)
{
    return state_of(n, s->arena, kind,
                    ent_arena_printf(s->arena, "%.*s/%s", ENT_STR_ARG(release), hash));
}

/* ---- what leaves ---- */

static void a_chosen_file_arrives_whole_and_the_others_stay(void **state)
{
    desk_evidence big, small;
    const struct kept *there;
    struct stage s;
    ent_str id;

    (void)state;
    set(&s);
    big = attach(&s, ANNA, "a page of a passport. ", 2 * ENT_LIMIT_EVIDENCE_PART + 5, "text/plain");
    small = attach(&s, ANNA, "OTHER-PAGE", 100, "text/plain");
    id = say_with(&s, ANNA, big.hash);
    sim_carry(&s.world);
    there = kept_at(s.b, big.hash);
    CHECK(there != NULL);
    CHECK_INT(there->size, big.size);
    CHECK_INT(attached(s.b, s.arena, ANNA), 1);
    CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, big.hash), "stored");
    CHECK_TEXT(file_state(&s, s.a, "evidence-out", id, big.hash), "received");
    CHECK_INT(sim_doc_count(s.b, "evidence-part", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 0);
    CHECK(kept_at(s.b, small.hash) == NULL);
    CHECK(!carried(&s.traffic, "OTHER-PAGE"));
    CHECK(!carried(&s.traffic, CANARY)); /* nor what the file was called here */
    strike(&s);
}

static void what_is_not_chosen_is_said_to_those_who_draft(void **state)
{
    desk_evidence one, other;
    desk_gate_result result;
    desk_draft_state st;
    const char *hash;
    bool said = false;
    struct stage s;
    ent_err err;

    (void)state;
    set(&s);
    one = attach(&s, ANNA, "one", 30, "text/plain");
    other = attach(&s, ANNA, "other", 30, "text/plain");
    hash = one.hash;
    CHECK_OK(draft_files(&s, ANNA, &hash, 1, &result, &st, &err), &err);
    CHECK_INT(result.evidence_count, 1);
    for (size_t i = 0; i < result.withheld.count; i++)
        said = said || has(result.withheld.items[i].property.ptr,
                           result.withheld.items[i].property.size, other.hash);
    CHECK(said);
    strike(&s);
}

static void a_file_of_another_object_or_of_a_type_that_keeps_its_files_is_refused(void **state)
{
    desk_gate_result result;
    desk_draft_state st;
    desk_evidence e;
    const char *hash;
    struct stage s;
    ent_err err;

    (void)state;
    set(&s);
    e = attach(&s, BORIS, "his", 30, "text/plain");
    hash = e.hash;
    CHECK_INT(draft_files(&s, ANNA, &hash, 1, &result, &st, &err), ENT_NOT_FOUND);
    hash = "no hash";
    CHECK_INT(draft_files(&s, ANNA, &hash, 1, &result, &st, &err), ENT_NOT_FOUND);
    admit(
        s.a, "",
        "{\"type\":\"email-addr\",\"spec_version\":\"2.1\",\"id\":\"email-addr--0b51a6f0-1c4e-"
        "4c7a-9f7e-00000000000a\",\"value\":\"a@example.org\",\"extensions\":{\"" STIX_EXT_HANDLING
        "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}");
    e = attach(&s, "email-addr--0b51a6f0-1c4e-4c7a-9f7e-00000000000a", "mail", 30, "text/plain");
    hash = e.hash;
    CHECK_INT(draft_files(&s, "email-addr--0b51a6f0-1c4e-4c7a-9f7e-00000000000a", &hash, 1, &result,
                          &st, &err),
              ENT_DENIED);
    e = attach(&s, XOBJ, "never", 30, "text/plain"); /* its object must not leave */
    hash = e.hash;
    CHECK_INT(draft_files(&s, XOBJ, &hash, 1, &result, &st, &err), ENT_DENIED);
    strike(&s);
}

static void a_file_that_is_taken_off_after_drafting_does_not_leave(void **state)
{
    desk_gate_result result;
    desk_draft_state st;
    desk_evidence e;
    const char *hash;
    struct stage s;
    ent_err err;

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "soon gone", 30, "text/plain");
    hash = e.hash;
    CHECK_OK(draft_files(&s, ANNA, &hash, 1, &result, &st, &err), &err);
    CHECK_OK(SIM_WORK(s.a,
                      desk_evidence_detach(s.a->d.store, s.arena, s.a->d.now, ENT_STR(ANNA),
                                           ent_str_of(hash), &err),
                      &err),
             &err);
    CHECK_INT(sim_doc_count(s.a, "erase-file", NULL), 1);
    CHECK_INT(approve(&s, st.id, 0, &st, &err), ENT_NOT_FOUND);
    CHECK_INT(s.traffic.size, 0);
    strike(&s);
}

/* ---- what is refused at the other end ---- */

static int changed_part;

static bool change(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{

    (void)listen(arg, from, to, entry, body);
    if (entry->kind == LINK_EVIDENCE && changed_part-- == 0) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)body->ptr; /* the test's own copy */

        bytes[body->size - 1] ^= 1;
    }
    return true;
}

static void a_file_that_is_not_the_one_that_was_signed_is_refused(void **state)
{
    for (int part = 0; part < 2; part++) {
        desk_evidence e;
        struct stage s;
        ent_str id;

        (void)state;
        set(&s);
        e = attach(&s, ANNA, "x", ENT_LIMIT_EVIDENCE_PART + 3, "text/plain");
        changed_part = part;
        s.world.tap = change;
        id = say_with(&s, ANNA, e.hash);
        sim_carry(&s.world);
        CHECK(kept_at(s.b, e.hash) == NULL);
        CHECK_INT(attached(s.b, s.arena, ANNA), 0);
        CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, e.hash), "refused");
        CHECK_TEXT(file_state(&s, s.a, "evidence-out", id, e.hash), "refused");
        CHECK_INT(sim_doc_count(s.b, "evidence-part", NULL), 0);
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
        CHECK(held(s.b, s.arena, "DSV", ANNA).ptr != NULL); /* the release itself stands */
        strike(&s);
    }
}

static void a_file_that_is_not_of_its_type_is_refused(void **state)
{
    desk_evidence e;
    struct stage s;
    ent_str id;

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "words", 300, "image/png");
    id = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK(kept_at(s.b, e.hash) == NULL);
    CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, e.hash), "refused");
    e = attach(&s, ANNA, "#!/bin/sh\n", 300, "text/plain");
    id = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK(kept_at(s.b, e.hash) == NULL);
    CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, e.hash), "refused");
    strike(&s);
}

static bool lose_one(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    (void)listen(arg, from, to, entry, body);
    return entry->kind != LINK_EVIDENCE || changed_part-- != 0;
}

static void parts_that_are_missing_repeated_or_unasked_for_are_refused(void **state)
{
    desk_evidence e;
    link_entry entry;
    struct stage s;
    ent_err err = { 0 };
    ent_str id, body;

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "x", 2 * ENT_LIMIT_EVIDENCE_PART + 3, "text/plain");
    changed_part = 1;
    s.world.tap = lose_one;
    id = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, e.hash), "arriving");
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1); /* the third came instead of the second */
    CHECK(kept_at(s.b, e.hash) == NULL);
    /* The first once more, one too short, one of a release that there is not. */
    for (int i = 0; i < 3; i++) {
        entry = (link_entry){ .seq = s.a->said[1], .kind = LINK_EVIDENCE, .time = s.a->d.now };
        desk_id(&s.a->d, entry.id);
        body = ent_arena_printf(s.arena, "{\"file\":\"%s\",\"part\":%d,\"release\":\"%.*s\"}\nxxx",
                                e.hash, i == 0 ? 0 : 1, i == 2 ? 36 : (int)id.size,
                                i == 2 ? "0b51a6f0-1c4e-4c7a-9f7e-00000000000a" : id.ptr);
        sim_apply(s.a, s.b, &entry, ent_span_of_str(body));
        s.a->said[1]++;
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), 2 + i);
    }
    CHECK_INT(sim_doc_count(s.b, "evidence-part", NULL), 1);
    /* A recall takes what has come of it. */
    s.world.tap = listen;
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "evidence-part", NULL), 0);
    CHECK_TEXT(file_state(&s, s.b, "evidence-in", id, e.hash), "recalled");
    strike(&s);
}

/* ---- recall ---- */

static void a_recall_takes_the_file_and_the_bodies_that_carried_it(void **state)
{
    desk_evidence e;
    struct stage s;
    ent_err err;
    ent_str id;

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "page ", 2 * ENT_LIMIT_EVIDENCE_PART, "text/plain");
    id = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK_INT(attached(s.b, s.arena, ANNA), 1);
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(attached(s.b, s.arena, ANNA), 0);
    CHECK_INT(sim_doc_count(s.b, "evidence", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "erase-file", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "erase", "in"), 3);  /* the release and two parts */
    CHECK_INT(sim_doc_count(s.a, "erase", "out"), 3); /* here, too */
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "erased");
    CHECK_TEXT(file_state(&s, s.a, "evidence-out", id, e.hash), "recalled");
    CHECK_INT(attached(s.a, s.arena, ANNA), 1); /* its owner keeps it */
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 0);
    strike(&s);
}

static void what_another_release_gave_stays_until_that_is_called_back(void **state)
{
    desk_evidence e;
    struct stage s;
    ent_str one, two;
    ent_err err;

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "page ", 50, "text/plain");
    one = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    two = say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK_OK(recall(&s, one, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(attached(s.b, s.arena, ANNA), 1);
    CHECK_OK(recall(&s, two, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(attached(s.b, s.arena, ANNA), 0);
    CHECK_INT(sim_doc_count(s.b, "erase-file", NULL), 1);
    strike(&s);
}

static void an_object_that_ends_takes_its_files_along(void **state)
{
    desk_evidence e;
    ent_time next;
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    set(&s);
    e = attach(&s, ANNA, "page ", 50, "text/plain");
    (void)say_with(&s, ANNA, e.hash);
    sim_carry(&s.world);
    CHECK_OK(SIM_WORK(s.b, desk_evidence_due(&s.b->d, s.arena, &next, &err), &err), &err);
    CHECK_INT(attached(s.b, s.arena, ANNA), 1);
    CHECK_OK(SIM_WORK(s.b,
                      store_object_erase(s.b->d.store, ENT_STR("DSV"), ENT_STR(ANNA),
                                         ENT_STR("its time is over"), &err),
                      &err),
             &err);
    CHECK_OK(SIM_WORK(s.b, desk_evidence_due(&s.b->d, s.arena, &next, &err), &err), &err);
    CHECK_INT(attached(s.b, s.arena, ANNA), 0);
    CHECK_INT(sim_doc_count(s.b, "erase-file", NULL), 1);
    CHECK(next > s.b->d.now);
    strike(&s);
}

/* ---- crashes ---- */

static void applied_twice_and_after_crashes_it_is_the_same(void **state)
{
    for (int mode = 1; mode < 4; mode++) {
        desk_evidence e;
        struct stage s;
        ent_str id;
        ent_err err;

        (void)state;
        set(&s);
        s.world.crash = (mode & 1) != 0;
        s.world.twice = (mode & 2) != 0;
        e = attach(&s, ANNA, "page ", ENT_LIMIT_EVIDENCE_PART + 9, "text/plain");
        id = say_with(&s, ANNA, e.hash);
        sim_carry(&s.world);
        CHECK_INT(attached(s.b, s.arena, ANNA), 1);
        CHECK_TEXT(file_state(&s, s.a, "evidence-out", id, e.hash), "received");
        CHECK_OK(recall(&s, id, 0, &err), &err);
        sim_carry(&s.world);
        CHECK_INT(attached(s.b, s.arena, ANNA), 0);
        strike(&s);
    }
}

RUN_TESTS(TEST(a_chosen_file_arrives_whole_and_the_others_stay),
          TEST(what_is_not_chosen_is_said_to_those_who_draft),
          TEST(a_file_of_another_object_or_of_a_type_that_keeps_its_files_is_refused),
          TEST(a_file_that_is_taken_off_after_drafting_does_not_leave),
          TEST(a_file_that_is_not_the_one_that_was_signed_is_refused),
          TEST(a_file_that_is_not_of_its_type_is_refused),
          TEST(parts_that_are_missing_repeated_or_unasked_for_are_refused),
          TEST(a_recall_takes_the_file_and_the_bodies_that_carried_it),
          TEST(what_another_release_gave_stays_until_that_is_called_back),
          TEST(an_object_that_ends_takes_its_files_along),
          TEST(applied_twice_and_after_crashes_it_is_the_same))
