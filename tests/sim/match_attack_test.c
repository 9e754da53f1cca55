/* sim: every row of the table of attacks of the reference on private matching ("what a malicious peer can
 * do, and the answer"), one test each: its name is the row, and what it shows is the refusal, the charge
 * or the alarm.  The peer has its keys and its link and says what it likes; its messages are written here
 * or changed on their way.  More attacks of users and peers are in match_abuse_test.c, match_liar_test.c
 * and match_standing_test.c (doc/design/private-match.md has the table). */
#include "sim/desk_sim.h"

#include "match/match.h"
#include "match/standing.h"
#include "desk/work.h"
#include "names/names.h"
#include "psi/balanced.h"
#include "psi/clash.h"
#include "psi/keyform.h"
#include "psi/oprf.h"
#include "stix/extension_ids.h"

#define LABEL                                                                        \
    "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-INV\"]," \
    "\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\""

/* ---- a stage: two nodes, one agreement, one message that is changed ---- */

struct change {
    link_kind kind;
    const char *step, *from; /* `from` NULL: of either */
    size_t skip;             /* bytes behind the header's line feed */
    const void *put;         /* over what is there */
    size_t size;
    int drop_after; /* >= 0: nothing of this kind passes after so many */
    int seen, changed;
    uint8_t copy[1 << 18];
};

struct stage {
    sim world;
    ent_arena *arena;
    sim_node *a,
        *b; /* a is honest and asks, b is the one whose messages are changed, or both turned */
    struct change change;
    char agreement[37];
};

static bool change_one(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct change *c = arg;
    const char *feed = memchr(body->ptr, '\n', body->size);
    char step[64];
    size_t header;

    (void)to;
    if (entry->kind != c->kind || feed == NULL ||
        (c->from != NULL && strcmp(c->from, from->code) != 0))
        return true;
    if (c->drop_after >= 0 && c->seen++ >= c->drop_after)
        return false;
    (void)snprintf(step, sizeof step, "\"step\":\"%s\"", c->step == NULL ? "" : c->step);
    header = (size_t)(feed - (const char *)body->ptr);
    CHECK(body->size <= sizeof c->copy && header > 0);
    memcpy(c->copy, body->ptr, body->size);
    c->copy[header] = '\0'; /* the line feed, for a moment */
    if (c->put == NULL || c->changed > 0 || strstr((const char *)c->copy, step) == NULL)
        return true;
    c->copy[header] = '\n';
    memcpy(c->copy + header + 1 + c->skip, c->put, c->size);
    body->ptr = c->copy;
    entry->body = ent_hash_of(body->ptr, body->size);
    c->changed++;
    return true;
}

static void record(sim_node *n, ent_arena *arena, const char *id, const char *key)
{
    ent_str keys[] = { ent_str_of(key) };
    const char *bytes =
        ent_arena_printf(
            arena,
            "{\"type\":\"identity\",\"id\":\"identity--%s\",\"extensions\":{\"" STIX_EXT_HANDLING
            "\":{" LABEL "}}}",
            id)
            .ptr;

    sim_put(n, ent_arena_printf(arena, "identity--%s", id).ptr, "identity", bytes, keys, 1, NULL,
            0);
}

static void stage_set(struct stage *s, const char *match)
{
    memset(s, 0, sizeof *s);
    s->arena = ent_arena_new(SIM_ROOM);
    s->change.kind = LINK_KIND_COUNT;
    s->change.drop_after = -1;
    sim_init(&s->world, 2);
    s->a = &s->world.nodes[0];
    s->b = &s->world.nodes[1];
    sim_propose(&s->world, s->arena,
                ent_arena_printf(s->arena,
                                 "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{%s},"
                                 "\"retention_months\":1,\"not_after\":\"2025\"}",
                                 match)
                    .ptr,
                s->agreement);
    for (int i = 0; i < 2; i++)
        sim_sign_agreement(&s->world.nodes[i], s->arena, s->agreement);
    s->world.tap = change_one;
    s->world.tap_arg = &s->change;
}

static void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

static ent_code ask(sim_node *n, ent_arena *arena, const char *peer, char run[37], ent_err *err)
{
    const match_question q = { .peer = peer, .purpose = ENT_STR("CT-INV"), .user = "ana" };

    *err = (ent_err){ 0 };
    return match_start(&n->d, arena, &q, run, err);
}

static match_run run_of(sim_node *n, ent_arena *arena, const char *id)
{
    ent_err err = { 0 };
    match_run run;

    CHECK_OK(match_run_get(&n->d, arena, ent_str_of(id), &run, &err), &err);
    return run;
}

static match_standing standing_of(sim_node *n, ent_arena *arena)
{
    match_standing *list;
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(match_standing_list(&n->d, arena, NULL, &list, &count, &err), &err);
    CHECK_INT(count, 1);
    return list[0];
}

static void standing_begin(struct stage *s)
{
    const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    ent_err err = { 0 };
    char id[37];

    CHECK_OK(match_standing_start(&s->a->d, s->arena, &q, id, &err), &err);
    sim_carry(&s->world);
}

/* b announces a run of its own making, and a hears it. */
static void announce(struct stage *s, int size, char run[37])
{
    link_entry entry = { .seq = s->b->said[0]++, .kind = LINK_MATCH, .time = s->b->d.now };
    ent_err err = { 0 };
    ent_str text, header;

    desk_id(&s->b->d, run);
    desk_id(&s->b->d, entry.id);
    text = ent_arena_printf(
        s->arena,
        "{\"run\":\"%s\",\"step\":\"announce\",\"agreement\":\"%s\",\"purpose\":\"CT-INV\","
        "\"keyform\":%d,\"names\":%d,\"size\":%d,\"root\":\"%064d\"}",
        run, s->agreement, PSI_KEYFORM_VERSION, NAMES_KEYS_VERSION, size, size);
    CHECK_OK(desk_canon(s->arena, text, &header, &err), &err);
    text = ent_arena_printf(s->arena, "%.*s\n", ENT_STR_ARG(header));
    sim_apply(s->b, s->a, &entry, ent_span_of_str(text));
}

/* ---- the rows ---- */

static void input_of_any_elements_it_likes_is_bounded_by_quotas_at_the_one_who_answers(void **state)
{
    struct stage s;
    char run[37];

    (void)state;
    stage_set(&s, "\"keys_per_day\":300,\"set_max\":128");
    record(s.a, s.arena, "1", "doc:QBZ:650018823");
    announce(&s, 256, run); /* larger than agreed */
    CHECK_TEXT(run_of(s.a, s.arena, run).clause, "set_max");
    announce(&s, 128, run);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "open");
    announce(&s, 128, run);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "open");
    announce(&s, 128, run); /* 384 keys on one day */
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "refused");
    CHECK_TEXT(run_of(s.a, s.arena, run).clause, "budget");
    s.a->d.now += ENT_DAY_TIME;
    announce(&s, 128, run);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "open");
    stage_strike(&s);
}

/* Ten telephones a day: of a standing match the holder counts them, of a run the asker itself. */
static void input_of_any_elements_it_likes_is_bounded_for_each_namespace(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    char run[37];

    (void)state;
    stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128,\"namespaces\":{\"tel\":10}");
    for (int i = 0; i < 16; i++)
        record(s.a, s.arena, ent_arena_printf(s.arena, "t%d", i).ptr,
               ent_arena_printf(s.arena, "tel:+99988555%04d", 37 * i).ptr);
    record(s.a, s.arena, "d", "doc:QBZ:650018823");
    CHECK_INT(ask(s.a, s.arena, "SVB", run, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[namespace]") != NULL);
    standing_begin(&s);
    CHECK_INT(standing_of(s.a, s.arena).asked, 11);
    CHECK_INT(standing_of(s.a, s.arena).waiting, 6);
    /* A node that asks nevertheless (its day is over sooner): the holder lets it wait. */
    s.a->d.now += ENT_DAY_TIME;
    CHECK_OK(match_work(&s.a->d, s.arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(standing_of(s.a, s.arena).asked, 11);
    s.b->d.now += ENT_DAY_TIME;
    CHECK_OK(match_work(&s.b->d, s.arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(standing_of(s.a, s.arena).asked, 17);
    stage_strike(&s);
}

static void many_tiny_queries_to_isolate_one_person_are_too_small_or_too_alike(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    char run[37];

    (void)state;
    stage_set(&s, "\"keys_per_day\":100000,\"set_max\":512,\"set_min\":64");
    for (int i = 0; i < 63; i++)
        record(s.a, s.arena, ent_arena_printf(s.arena, "%d", i).ptr,
               ent_arena_printf(s.arena, "doc:K:%d", 1000 * i).ptr);
    CHECK_INT(ask(s.a, s.arena, "SVB", run, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[set_min]") != NULL);
    announce(&s, 16, run);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "refused");
    CHECK_TEXT(run_of(s.a, s.arena, run).clause, "set_min");
    for (int i = 0; i < 4; i++) {
        record(s.a, s.arena, ent_arena_printf(s.arena, "n%d", i).ptr,
               ent_arena_printf(s.arena, "doc:N:%d", 1000 * i).ptr);
        CHECK_INT(ask(s.a, s.arena, "SVB", run, &err), i < 2 ? ENT_OK : ENT_DENIED);
        sim_carry(&s.world);
    }
    CHECK(strstr(err.msg, "[repeat]") != NULL);
    stage_strike(&s);
}

static const char *audit_state(struct stage *s, const char *run, size_t *own, size_t *padding)
{
    ent_err err = { 0 };
    match_opened *places;
    const char *worst = "holds";
    size_t count;

    *own = *padding = 0;
    if (match_audit(&s->a->d, s->arena, ent_str_of(run), &places, &count, &err) != ENT_OK)
        return err.code == ENT_UNTRUSTED ? "untrusted" : "none";
    for (size_t i = 0; i < count; i++) {
        *padding += strcmp(places[i].state, "padding") == 0;
        *own += strcmp(places[i].state, "holds") == 0;
        if (strcmp(places[i].state, "gone") == 0 || strcmp(places[i].state, "false") == 0)
            worst = places[i].state;
    }
    return worst;
}

/* Puts another text in a kept audit in place of the first `from`, or changes what follows it. */
static void audit_forge(struct stage *s, const char *run, const char *from, const char *to)
{
    ent_err err = { 0 };
    ent_json json;
    store_doc doc;
    char *at;

    CHECK_OK(desk_doc(&s->a->d, s->arena, "run-audit", ent_str_of(run), &doc, &json, &err), &err);
    doc.json = ent_arena_str(s->arena, doc.json);
    at = strstr((char *)(uintptr_t)doc.json.ptr, from);
    CHECK(at != NULL);
    if (to == NULL) /* the digit behind it */
        at[strlen(from)] = at[strlen(from)] == '0' ? '1' : '0';
    else
        memcpy(at, to, strlen(from));
    CHECK_OK(SIM_WORK(s->a, store_doc_put(s->a->d.store, &doc, &err), &err), &err);
}

static void fabricated_inputs_are_committed_to_before_and_opened_by_a_sample(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    size_t own, padding;
    psi_element other;
    char run[37];

    (void)state;
    /* Another set than the one that was committed to. */
    stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
    record(s.a, s.arena, "1", "doc:QBZ:1");
    record(s.b, s.arena, "2", "doc:QBZ:1");
    other = psi_hash_to_group((ent_span){ "other", 5 }, ENT_STR("test"));
    s.change = (struct change){ .kind = LINK_MATCH,
                                .step = "set",
                                .skip = 3 * PSI_ELEMENT_SIZE,
                                .put = &other,
                                .size = sizeof other,
                                .drop_after = -1 };
    CHECK_OK(ask(s.a, s.arena, "SVB", run, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(s.change.changed, 1);
    for (int i = 0; i < 2; i++)
        CHECK_TEXT(run_of(&s.world.nodes[i], s.arena, run).state, "failed");
    CHECK_INT(sim_doc_count(s.b, "hit", NULL), 0);
    stage_strike(&s);
    /* What was committed to, opened: all 16 places here. */
    stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128,\"audit\":300");
    record(s.a, s.arena, "1", "doc:QBZ:1");
    record(s.a, s.arena, "2", "doc:QBZ:2");
    record(s.a, s.arena, "3", "doc:QBZ:3");
    record(s.b, s.arena, "4", "doc:QBZ:1");
    CHECK_OK(ask(s.a, s.arena, "SVB", run, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "closed");
    CHECK_STR(audit_state(&s, run, &own, &padding), "holds");
    CHECK_INT(own, 3);
    CHECK_INT(padding, 13);
    CHECK_INT(sim_doc_count(s.b, "run-audit", NULL),
              1); /* it opens its own, to its own oversight */
    /* A record that it was not made of; an invented padding; other places than those that are due. */
    audit_forge(&s, run, "\"noise\":\"", NULL);
    CHECK_STR(audit_state(&s, run, &own, &padding), "false");
    CHECK_INT(padding, 12);
    audit_forge(&s, run, "identity--2", "identity--3");
    (void)audit_state(&s, run, &own, &padding);
    CHECK_INT(own, 2);
    audit_forge(&s, run, "\"place\":0", "\"place\":1");
    CHECK_STR(audit_state(&s, run, &own, &padding), "untrusted");
    stage_strike(&s);
}

static void a_server_that_uses_another_key_for_some_elements_fails_its_proof(void **state)
{
    struct stage s;
    psi_element other;

    (void)state;
    for (size_t at = 0; at < 2; at++) {
        stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
        record(s.a, s.arena, "1", "doc:QBZ:1");
        record(s.a, s.arena, "2", "doc:QBZ:2");
        record(s.b, s.arena, "3", "doc:QBZ:1");
        other = psi_hash_to_group((ent_span){ &at, sizeof at }, ENT_STR("test"));
        s.change = (struct change){ .kind = LINK_STANDING,
                                    .step = "answer",
                                    .from = "SVB",
                                    .skip = PSI_OPRF_PROOF + at * PSI_ELEMENT_SIZE,
                                    .put = &other,
                                    .size = sizeof other,
                                    .drop_after = -1 };
        standing_begin(&s);
        CHECK_INT(s.change.changed, 1);
        CHECK(!ent_str_is(standing_of(s.a, s.arena).state, "open") ||
              !ent_str_is(standing_of(s.b, s.arena).state, "open"));
        CHECK_INT(sim_doc_count(s.a, "refused", NULL) + sim_doc_count(s.b, "refused", NULL), 1);
        stage_strike(&s);
    }
}

static void
a_server_that_stuffs_its_set_of_tags_is_bounded_counted_and_bound_to_its_root(void **state)
{
    struct stage s;
    const uint64_t lie = 77;

    (void)state;
    /* The tags are counted, and shown. */
    stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
    for (int i = 0; i < 20; i++)
        record(s.b, s.arena, ent_arena_printf(s.arena, "%d", i).ptr,
               ent_arena_printf(s.arena, "doc:K:%d", 1000 * i).ptr);
    record(s.a, s.arena, "a", "doc:A:1");
    standing_begin(&s);
    CHECK_INT(standing_of(s.a, s.arena).count_peer, 20);
    stage_strike(&s);
    /* Tags that are not under the root they are sent with. */
    stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
    record(s.a, s.arena, "a", "doc:A:1");
    record(s.b, s.arena, "b", "doc:B:1");
    s.change = (struct change){ .kind = LINK_STANDING,
                                .step = "accept",
                                .skip = 72,
                                .put = &lie,
                                .size = 4,
                                .drop_after = -1 };
    standing_begin(&s);
    CHECK_INT(s.change.changed, 1);
    CHECK(!ent_str_is(standing_of(s.a, s.arena).state, "open"));
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 1);
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 0);
    stage_strike(&s);
}

/* RFC 9496 A.2: one of each sort; and the identity. */
static const char *const bad_encodings[] = {
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", /* not canonical */
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000", /* negative */
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371", /* no square */
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e", /* negative product */
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* zero y */
    "0000000000000000000000000000000000000000000000000000000000000000", /* identity */
};

static void invalid_and_identity_points_are_refused_in_every_message_that_has_any(void **state)
{
    static const struct {
        link_kind kind;
        const char *step;
        size_t skip;
    } places[] = {
        { LINK_MATCH, "set", 0 },        { LINK_MATCH, "set", 15 * PSI_ELEMENT_SIZE },
        { LINK_MATCH, "set-double", 0 }, { LINK_MATCH, "double", 16 * PSI_TAG_SIZE },
        { LINK_STANDING, "ask", 0 },     { LINK_STANDING, "answer", PSI_OPRF_PROOF },
    };

    (void)state;
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (size_t i = 0; i < sizeof bad_encodings / sizeof *bad_encodings; i++) {
            struct stage s;
            psi_element bad;
            ent_err err = { 0 };
            char run[37];

            stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
            record(s.a, s.arena, "1", "tel:+999885550147");
            record(s.b, s.arena, "2", "tel:+999885550147");
            CHECK_OK(ent_hex_read(ent_str_of(bad_encodings[i]), bad.bytes, 32, &err), &err);
            s.change = (struct change){ .kind = places[p].kind,
                                        .step = places[p].step,
                                        .skip = places[p].skip,
                                        .put = &bad,
                                        .size = sizeof bad,
                                        .drop_after = -1 };
            if (places[p].kind == LINK_MATCH) {
                CHECK_OK(ask(s.a, s.arena, "SVB", run, &err), &err);
                sim_carry(&s.world);
                CHECK_TEXT(run_of(s.a, s.arena, run).state, "failed");
                CHECK_TEXT(run_of(s.b, s.arena, run).state, "failed");
            } else {
                standing_begin(&s);
                CHECK(!ent_str_is(standing_of(s.a, s.arena).state, "open") ||
                      !ent_str_is(standing_of(s.b, s.arena).state, "open"));
            }
            CHECK_INT(s.change.changed, 1);
            CHECK_INT(sim_doc_count(s.a, "refused", NULL) + sim_doc_count(s.b, "refused", NULL), 1);
            stage_strike(&s);
        }
}

/* b has a's doubled set and stops.  Nothing prevents that; it is charged, and both journals say it. */
static void an_abort_after_learning_is_charged_and_written_down(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    char run[37];

    (void)state;
    stage_set(&s, "\"keys_per_day\":40,\"set_max\":128");
    record(s.a, s.arena, "1", "doc:QBZ:1");
    record(s.b, s.arena, "2", "doc:QBZ:1");
    s.change.kind = LINK_MATCH;
    s.change.drop_after = 5; /* announce, accept, set, set-double, double; the close never comes */
    CHECK_OK(ask(s.a, s.arena, "SVB", run, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "open");
    CHECK_TEXT(run_of(s.b, s.arena, run).state, "closed");
    CHECK_INT(run_of(s.b, s.arena, run).hits, 1);
    s.change.drop_after = -1;
    s.a->d.now += 4 * ENT_DAY_TIME;
    CHECK_OK(match_work(&s.a->d, s.arena, &(size_t){ 0 }, &err), &err);
    CHECK_TEXT(run_of(s.a, s.arena, run).state, "silent");
    CHECK_INT(sim_doc_count(s.a, "run-secret", NULL), 0);
    s.a->d.now -= 4 * ENT_DAY_TIME;
    announce(&s, 32, run); /* 16 of the day are gone, so 32 more are not to be had */
    CHECK_TEXT(run_of(s.a, s.arena, run).clause, "budget");
    stage_strike(&s);
}

struct shape {
    size_t sizes[32], count;
};

static bool shape_take(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct shape *shape = arg;

    (void)from;
    (void)to;
    if (entry->kind == LINK_MATCH && shape->count < 32)
        shape->sizes[shape->count++] = body->size;
    return true;
}

static void size_and_timing_tell_a_power_of_two_and_no_more(void **state)
{
    struct shape first = { .count = 0 };

    (void)state;
    for (int keys = 17; keys <= 32; keys += 5) {
        struct shape shape = { .count = 0 };
        struct stage s;
        ent_err err = { 0 };
        char run[37];

        stage_set(&s, "\"keys_per_day\":1000,\"set_max\":128");
        for (int i = 0; i < keys; i++)
            record(s.a, s.arena, ent_arena_printf(s.arena, "%d", i).ptr,
                   ent_arena_printf(s.arena, "doc:K:%d", 1000 * i).ptr);
        record(s.b, s.arena, "b", "doc:K:0");
        s.world.tap = shape_take;
        s.world.tap_arg = &shape;
        CHECK_OK(ask(s.a, s.arena, "SVB", run, &err), &err);
        sim_carry(&s.world);
        if (keys == 17)
            first = shape;
        CHECK_INT(shape.count, 6);
        assert_memory_equal(&shape, &first, sizeof shape);
        stage_strike(&s);
    }
}

/* "PSI gives no protection there; use at most 200 cells": so many there are at most, and few claims. */
static void low_entropy_cells_of_place_and_time_are_capped(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    psi_claim *claims = ent_arena_array(arena, PSI_CLASH_CLAIMS + 1, sizeof *claims);
    static const uint8_t seed[PSI_SEED_SIZE] = { 1 };
    psi_clash own = { .first = true,
                      .run = ENT_STR("run"),
                      .seed = seed,
                      .claims = claims,
                      .count = PSI_CLASH_CLAIMS + 1 };
    psi_cell cells[PSI_CLASH_CELLS];
    psi_clash_step step;
    ent_err err = { 0 };

    (void)state;
    CHECK(PSI_CLASH_CELLS <= 200);
    for (size_t i = 0; i <= PSI_CLASH_CLAIMS; i++) {
        claims[i] = (psi_claim){ .domain = 0 };
        for (int k = 0; k < PSI_DIMENSIONS; k++) {
            claims[i].box.from[k] = psi_dimension_least((psi_dimension)k);
            claims[i].box.to[k] = claims[i].box.from[k] + (INT64_C(1) << (i % 20));
        }
        CHECK(psi_clash_cells(&claims[i], true, cells) <= PSI_CLASH_CELLS);
    }
    CHECK_INT(
        psi_clash_take(arena, &own, (ent_span){ NULL, 0 }, (ent_span){ NULL, 0 }, &step, &err),
        ENT_LIMIT);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(input_of_any_elements_it_likes_is_bounded_by_quotas_at_the_one_who_answers),
          TEST(input_of_any_elements_it_likes_is_bounded_for_each_namespace),
          TEST(many_tiny_queries_to_isolate_one_person_are_too_small_or_too_alike),
          TEST(fabricated_inputs_are_committed_to_before_and_opened_by_a_sample),
          TEST(a_server_that_uses_another_key_for_some_elements_fails_its_proof),
          TEST(a_server_that_stuffs_its_set_of_tags_is_bounded_counted_and_bound_to_its_root),
          TEST(invalid_and_identity_points_are_refused_in_every_message_that_has_any),
          TEST(an_abort_after_learning_is_charged_and_written_down),
          TEST(size_and_timing_tell_a_power_of_two_and_no_more),
          TEST(low_entropy_cells_of_place_and_time_are_capped))
