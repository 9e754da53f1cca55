/* sim: a peer that lies.  It has its keys and its officers, and says what it should not:
 * every check of a receiver is reached past the signatures. */
#include "sim/desk_sim.h"

#include "match/match.h"
#include "desk/release.h"
#include "desk/work.h"
#include "names/names.h"
#include "psi/keyform.h"
#include "stix/extension_ids.h"

#define LABEL                                                                        \
    "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-INV\"]," \
    "\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\""

/* ---- saying ---- */

/* Applies a body at `to` as the next entry of `from`. */
static void say(sim_node *from, sim_node *to, link_kind kind, ent_str body)
{
    link_entry entry = { .seq = from->said[to->index]++, .kind = kind, .time = from->d.now };

    desk_id(&from->d, entry.id);
    sim_apply(from, to, &entry, ent_span_of_str(body));
}

/* The last refusal that a node has written down says this. */
struct last {
    ent_arena *arena;
    ent_str json;
};

static ent_code last_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct last *last = arg;

    (void)err;
    last->json = ent_arena_str(last->arena, doc->json);
    return ENT_OK;
}

static void refused(sim_node *n, ent_arena *arena, int count, const char *why)
{
    struct last last = { .arena = arena };
    ent_err err = { 0 };

    CHECK_INT(sim_doc_count(n, "refused", NULL), count);
    CHECK_OK(store_docs_each(n->d.store, "refused", NULL, NULL, last_take, &last, &err), &err);
    if (strstr(last.json.ptr, why) == NULL)
        fail_msg("refused, but not for '%s': %s", why, last.json.ptr);
}

static ent_str canonical(ent_arena *arena, ent_str text)
{
    ent_err err = { 0 };
    ent_str out;

    CHECK_OK(desk_canon(arena, text, &out, &err), &err);
    return out;
}

/* The text with the first `from` replaced. */
static ent_str replaced(ent_arena *arena, ent_str text, const char *from, const char *to)
{
    size_t length = strlen(from);

    for (size_t i = 0; i + length <= text.size; i++)
        if (memcmp(text.ptr + i, from, length) == 0) {
            ent_buf buf;
            ent_str out;
            ent_err err = { 0 };

            ent_buf_init(&buf, arena);
            ent_buf_put(&buf, text.ptr, i);
            ent_buf_c(&buf, to);
            ent_buf_put(&buf, text.ptr + i + length, text.size - i - length);
            CHECK_OK(ent_buf_done(&buf, &out, &err), &err);
            return out;
        }
    fail_msg("there is no '%s' to replace", from);
    return ENT_STR_NONE;
}

/* ---- a tap that keeps, drops or rewrites ---- */

struct tap {
    ent_arena *arena;
    link_kind kind;
    const char *step;      /* of a match message: only this one */
    const char *from, *to; /* rewritten; NULL: only kept */
    bool drop;
    ent_str kept;
};

static bool tap(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct tap *t = arg;
    ent_str text = ent_arena_str(t->arena, (ent_str){ body->ptr, body->size });

    (void)from;
    (void)to;
    if (entry->kind != t->kind ||
        (t->step != NULL &&
         strstr(text.ptr, ent_arena_printf(t->arena, "\"step\":\"%s\"", t->step).ptr) == NULL))
        return true;
    t->kept = text;
    if (t->from != NULL)
        *body = ent_span_of_str(replaced(t->arena, text, t->from, t->to));
    return !t->drop;
}

struct stage {
    sim world;
    ent_arena *arena;
    struct tap tap;
    sim_node *a, *b;
    char agreement[37];
};

static void stage_set(struct stage *s, int nodes)
{
    memset(s, 0, sizeof *s);
    s->arena = ent_arena_new(SIM_ROOM);
    s->tap.arena = s->arena;
    sim_init(&s->world, nodes);
    s->a = &s->world.nodes[0];
    s->b = &s->world.nodes[1];
    s->world.tap = tap;
    s->world.tap_arg = &s->tap;
    s->tap.kind = LINK_KIND_COUNT;
}

static void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

/* ---- agreements ---- */

static void a_proposal_in_another_name_or_under_another_key_is_refused(void **state)
{
    ent_str statement, changed;
    struct stage s;
    sim_node *c;
    char key[65];

    (void)state;
    stage_set(&s, 3);
    c = &s.world.nodes[2];
    s.tap.kind = LINK_AGREEMENT;
    s.tap.drop = true;
    sim_propose(&s.world, s.arena, SIM_TERMS, s.agreement);
    statement = s.tap.kept;
    /* Our own key is another: whoever signs that does not agree with us. */
    ent_hex_write(s.b->d.identity, 32, key);
    changed = replaced(s.arena, statement, key,
                       "0000000000000000000000000000000000000000000000000000000000000000");
    say(s.a, s.b, LINK_AGREEMENT, changed);
    refused(s.b, s.arena, 1, "this node is no party under its own key");
    ent_hex_write(c->d.identity, 32, key);
    changed = replaced(s.arena, statement, key,
                       "0000000000000000000000000000000000000000000000000000000000000000");
    say(s.a, s.b, LINK_AGREEMENT, changed);
    refused(s.b, s.arena, 2, "stands there under another key than our link has");
    say(c, s.b, LINK_AGREEMENT, statement);
    refused(s.b, s.arena, 3, "proposes it in another's name");
    CHECK_INT(sim_doc_count(s.b, "agreement", NULL), 0);
    say(s.a, s.b, LINK_AGREEMENT, statement);
    CHECK_INT(sim_doc_count(s.b, "agreement", NULL), 1);
    say(s.a, s.b, LINK_AGREEMENT, replaced(s.arena, statement, "Trilateral", "Bilateral"));
    refused(s.b, s.arena, 4, "another one with the id");
    say(s.a, s.b, LINK_AGREEMENT, replaced(s.arena, statement, "{\"id\"", "{ \"id\""));
    refused(s.b, s.arena, 5, "not in canonical form");
    stage_strike(&s);
}

/* A signature entry over this acceptance, by two officers and the node. */
static ent_str signature_body(struct stage *s, ent_str statement, ent_str acceptance,
                              const int people[2])
{
    ent_hash hash = link_approval_hash("agreement", acceptance),
             own = link_statement_hash(acceptance);
    uint8_t signature[64];
    char hex[129];
    ent_buf buf;
    ent_str text;
    ent_err err = { 0 };
    ent_jw w;

    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "party");
    ent_jw_c(&w, s->a->code);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, statement);
    ent_jw_key(&w, "acceptance");
    ent_jw_str(&w, acceptance);
    ent_jw_key(&w, "approvals");
    ent_jw_array(&w);
    for (int i = 0; i < 2; i++) {
        sim_sign(&s->a->people[people[i]], hash.bytes, ENT_HASH_SIZE, signature);
        ent_hex_write(signature, 64, hex);
        ent_jw_object(&w);
        ent_jw_key(&w, "officer");
        ent_jw_c(&w, s->a->people[people[i]].name);
        ent_jw_key(&w, "signature");
        ent_jw_c(&w, hex);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    crypto_sign_detached(signature, NULL, own.bytes, ENT_HASH_SIZE, s->a->secret);
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, 64);
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return canonical(s->arena, text);
}

static void a_signature_is_of_this_agreement_by_this_party_and_two_of_its_people(void **state)
{
    static const int two[] = { 0, 1 }, same[] = { 1, 1 }, analyst[] = { 0, 4 };
    ent_str statement, acceptance, body;
    struct stage s;
    ent_json json;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, 3);
    sim_propose(&s.world, s.arena, SIM_TERMS, s.agreement);
    s.tap.kind = LINK_AGREEMENT_SIGNATURE;
    s.tap.drop = true;
    sim_sign_agreement(s.a, s.arena, s.agreement);
    body = s.tap.kept;
    CHECK_OK(ent_json_read(s.arena, body, &json, &err), &err);
    statement = ent_json_get_text(json, "statement");
    acceptance = ent_json_get_text(json, "acceptance");
    say(&s.world.nodes[2], s.b, LINK_AGREEMENT_SIGNATURE, body); /* relayed by another */
    refused(s.b, s.arena, 1, "signs for another party");
    {
        ent_hash hash = ent_hash_of(statement.ptr, statement.size);
        ent_str other;
        char hex[65];

        ent_hex_write(hash.bytes, 32, hex);
        other = replaced(s.arena, acceptance, hex,
                         "0000000000000000000000000000000000000000000000000000000000000000");
        say(s.a, s.b, LINK_AGREEMENT_SIGNATURE, signature_body(&s, statement, other, two));
        refused(s.b, s.arena, 2, "is not of this agreement by this party");
    }
    say(s.a, s.b, LINK_AGREEMENT_SIGNATURE, signature_body(&s, statement, acceptance, same));
    refused(s.b, s.arena, 3, "1 did [law 6]");
    say(s.a, s.b, LINK_AGREEMENT_SIGNATURE, signature_body(&s, statement, acceptance, analyst));
    refused(s.b, s.arena, 4, "1 did [law 6]");
    say(s.a, s.b, LINK_AGREEMENT_SIGNATURE, signature_body(&s, statement, acceptance, two));
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 4);
    say(s.a, s.b, LINK_AGREEMENT_SUSPEND,
        canonical(s.arena, ent_arena_printf(s.arena,
                                            "{\"agreement\":\"%s\",\"party\":\"CTB\",\"reason\":"
                                            "\"\",\"time\":\"2024-11-10T12:00:00.000Z\"}",
                                            s.agreement)));
    refused(s.b, s.arena, 5, "is not the party that it names");
    stage_strike(&s);
}

/* ---- match ---- */

static void record(sim_node *n, const char *key, const char *more)
{
    ent_str keys[] = { ent_str_of(key) };
    char bytes[1024], id[80];

    (void)snprintf(id, sizeof id, "identity--%s", key);
    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
                   "\":{" LABEL "%s}}}",
                   id, more);
    sim_put(n, id, "identity", bytes, keys, 1, NULL, 0);
}

static void run_start(struct stage *s, char run[37])
{
    const match_question asked = { .peer = s->b->code, .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };

    CHECK_OK(match_start(&s->a->d, s->arena, &asked, run, &err), &err);
}

static void run_is(sim_node *n, ent_arena *arena, const char *id, const char *state,
                   const char *clause)
{
    match_run run;
    ent_err err = { 0 };

    CHECK_OK(match_run_get(&n->d, arena, ent_str_of(id), &run, &err), &err);
    CHECK_TEXT(run.state, state);
    CHECK_TEXT(run.clause, clause);
    CHECK_INT(sim_doc_count(n, "run-secret", NULL), 0);
}

/* One announcement, rewritten on its way: what becomes of it at both ends. */
static void announce_rewritten(const char *from, const char *to, const char *state,
                               const char *clause)
{
    struct stage s;
    char run[37];

    stage_set(&s, 2);
    sim_agree(&s.world, s.arena, s.agreement);
    record(s.a, "doc:A:1", "");
    record(s.b, "doc:A:1", "");
    s.tap.kind = LINK_MATCH;
    s.tap.step = "announce";
    s.tap.from = from;
    s.tap.to = to;
    run_start(&s, run);
    sim_carry(&s.world);
    run_is(s.a, s.arena, run, state, clause);
    run_is(s.b, s.arena, run, state, clause);
    CHECK_INT(sim_doc_count(s.b, "hit", NULL), 0);
    stage_strike(&s);
}

static void another_version_is_not_asked_and_what_is_not_agreed_is_refused(void **state)
{
    char keyform[32], names[32];

    (void)state;
    (void)snprintf(keyform, sizeof keyform, "\"keyform\":%d,", PSI_KEYFORM_VERSION);
    (void)snprintf(names, sizeof names, "\"names\":%d,", NAMES_KEYS_VERSION);
    announce_rewritten(keyform, "\"keyform\":999,", "not-asked", "versions");
    announce_rewritten(names, "\"names\":999,", "not-asked", "versions");
    announce_rewritten("CT-INV", "CT-NOT", "refused", "purpose");
    announce_rewritten("\"size\":16", "\"size\":131072", "refused", "set_max");
}

static void an_agreement_without_a_match_answers_none(void **state)
{
    static const char terms[] = "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"release\":true,"
                                "\"retention_months\":1,\"not_after\":\"2025\"}";
    struct stage s;
    char other[37], run[37];

    (void)state;
    stage_set(&s, 2);
    sim_agree(&s.world, s.arena, s.agreement);
    sim_propose(&s.world, s.arena, terms, other);
    sim_sign_agreement(s.a, s.arena, other);
    sim_sign_agreement(s.b, s.arena, other);
    s.tap.kind = LINK_MATCH;
    s.tap.step = "announce";
    s.tap.from = s.agreement;
    s.tap.to = other;
    run_start(&s, run);
    sim_carry(&s.world);
    run_is(s.b, s.arena, run, "refused", "flow");
    stage_strike(&s);
}

static void suspend(struct stage *s, sim_node *n)
{
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n,
                      desk_agreement_suspend(&n->d, s->arena, ent_str_of(s->agreement),
                                             &n->people[0].officer, ENT_STR("x"), &err),
                      &err),
             &err);
}

static void a_suspended_agreement_starts_no_run_and_stops_those_under_way(void **state)
{
    struct stage s;
    match_run r;
    ent_err err = { 0 };
    char run[37];

    (void)state;
    for (int under_way = 0; under_way < 2; under_way++) {
        stage_set(&s, 2);
        sim_agree(&s.world, s.arena, s.agreement);
        record(s.a, "doc:A:1", "");
        record(s.b, "doc:A:1", "");
        run_start(&s, run);
        if (under_way == 1) {
            sim_carry_from(&s.world, s.a); /* announce */
            sim_carry_from(&s.world, s.b); /* accept; the set is on its way */
        }
        suspend(&s, s.b);
        sim_carry(&s.world);
        run_is(s.b, s.arena, run, "refused", "agreement");
        run_is(s.a, s.arena, run, "refused", "agreement");
        CHECK_OK(match_run_get(&s.b->d, s.arena, ent_str_of(run), &r, &err), &err);
        CHECK((r.size_own > 0) == (under_way == 1)); /* refused before any set was made */
        CHECK_INT(sim_doc_count(s.a, "hit", NULL) + sim_doc_count(s.b, "hit", NULL), 0);
        stage_strike(&s);
    }
}

static void nobody_speaks_in_the_run_of_two_others(void **state)
{
    struct stage s;
    match_run r;
    ent_err err = { 0 };
    char run[37];

    (void)state;
    stage_set(&s, 3);
    sim_agree(&s.world, s.arena, s.agreement);
    run_start(&s, run);
    s.tap.kind = LINK_MATCH;
    s.tap.step = "set";
    s.tap.drop = true;
    sim_carry(&s.world);
    say(&s.world.nodes[2], s.b, LINK_MATCH, s.tap.kept);
    refused(s.b, s.arena, 1, "there is no such run with 'CTB'");
    CHECK_OK(match_run_get(&s.b->d, s.arena, ent_str_of(run), &r, &err), &err);
    CHECK_TEXT(r.state, "open");
    say(s.a, s.b, LINK_MATCH,
        canonical(s.arena, ent_arena_printf(s.arena, "{\"run\":\"%s\",\"step\":\"time\"}", run)));
    refused(s.b, s.arena, 2, "no header line");
    say(s.a, s.b, LINK_MATCH,
        ent_arena_printf(s.arena, "{\"run\":\"%s\",\"step\":\"double\"}\n", run));
    refused(s.b, s.arena, 3, "'double' does not follow on 'accept'");
    say(s.a, s.b, LINK_MATCH, s.tap.kept);
    s.tap.drop = false;
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 3);
    stage_strike(&s);
}

static void a_run_is_not_closed_before_the_times_were_compared(void **state)
{
    struct stage s;
    char run[37];

    (void)state;
    stage_set(&s, 2);
    sim_agree(&s.world, s.arena, s.agreement);
    record(s.a, "tel:+111", ",\"valid\":\"2021\"");
    record(s.b, "tel:+111", ",\"valid\":\"2021\"");
    run_start(&s, run);
    s.tap.kind = LINK_MATCH;
    s.tap.step = "double";
    s.tap.drop = true;
    sim_carry(&s.world);
    say(s.b, s.a, LINK_MATCH,
        ent_arena_printf(s.arena, "{\"run\":\"%s\",\"step\":\"close\"}\n", run));
    refused(s.a, s.arena, 1, "closed before the times were compared");
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 0);
    run_is(s.a, s.arena, run, "failed", "failed");
    sim_carry(&s.world);
    run_is(s.b, s.arena, run, "failed", "failed");
    stage_strike(&s);
}

/* ---- releases ---- */

#define PLACE "location--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1"

static const char *place(struct stage *s, const char *handling, const char *more)
{
    return ent_arena_printf(s->arena,
                            "{\"type\":\"location\",\"id\":\"" PLACE
                            "\",\"country\":\"QV\",\"extensions\":{\"" STIX_EXT_HANDLING
                            "\":{%s}}%s}",
                            handling, more)
        .ptr;
}

/* A release of one object, signed by two officers. */
static void release_say(struct stage *s, const char *to, const char *purpose, const char *object)
{
    char id[37], hex[129];
    uint8_t signature[64];
    ent_str statement;
    ent_hash hash;
    ent_buf buf;
    ent_str body;
    ent_err err = { 0 };

    desk_id(&s->a->d, id);
    statement = canonical(
        s->arena, ent_arena_printf(s->arena,
                                   "{\"kind\":\"release\",\"version\":1,\"id\":\"%s\","
                                   "\"agreement\":\"%s\",\"from\":\"DSV\",\"to\":\"%s\","
                                   "\"purpose\":\"%s\",\"drafted\":\"2024-11-10T12:00:00.000Z\","
                                   "\"objects\":[%s]}",
                                   id, s->agreement, to, purpose, object));
    hash = link_approval_hash("release", statement);
    ent_buf_init(&buf, s->arena);
    ent_buf_c(&buf, "{\"approvals\":[");
    for (int i = 0; i < 2; i++) {
        sim_sign(&s->a->people[i], hash.bytes, ENT_HASH_SIZE, signature);
        ent_hex_write(signature, 64, hex);
        ent_buf_printf(&buf, "%s{\"officer\":\"%s\",\"signature\":\"%s\"}", i > 0 ? "," : "",
                       s->a->people[i].name, hex);
    }
    ent_buf_c(&buf, "],\"statement\":");
    ent_json_string_write(&buf, statement);
    ent_buf_byte(&buf, '}');
    CHECK_OK(ent_buf_done(&buf, &body, &err), &err);
    say(s->a, s->b, LINK_RELEASE, body);
}

#define GOOD                                                                         \
    "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-INV\"]," \
    "\"category\":\"none\",\"retention\":\"2029-01-01\""

static void a_release_is_to_us_for_an_agreed_purpose_with_a_whole_label(void **state)
{
    struct stage s;
    int64_t held;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, 2);
    sim_agree(&s.world, s.arena, s.agreement);
    release_say(&s, "CTB", "CT-INV", place(&s, GOOD, ""));
    refused(s.b, s.arena, 1, "it is not one of 'DSV' to this node");
    release_say(&s, "SVB", "TAX",
                replaced(s.arena, ent_str_of(place(&s, GOOD, "")), "CT-INV", "TAX").ptr);
    refused(s.b, s.arena, 2, "[purpose]");
    release_say(&s, "SVB", "CT-PREV", place(&s, GOOD, ""));
    refused(s.b, s.arena, 3, "is not for the purpose of the release");
    release_say(&s, "SVB", "CT-INV", place(&s, GOOD, ",\"created_by_ref\":\"" PLACE "\""));
    refused(s.b, s.arena, 4, "names its author");
    release_say(
        &s, "SVB", "CT-INV",
        place(&s, "\"purposes\":[\"CT-INV\"],\"category\":\"none\",\"retention\":\"2029\"", ""));
    refused(s.b, s.arena, 5, "carries no rating");
    CHECK_OK(store_count(s.b->d.store, "DSV", &held, &err), &err);
    CHECK_INT(held, 0);
    release_say(&s, "SVB", "CT-INV", place(&s, GOOD, ""));
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 5);
    CHECK_OK(store_count(s.b->d.store, "DSV", &held, &err), &err);
    CHECK_INT(held, 1);
    stage_strike(&s);
}

static void a_receipt_moves_a_release_only_forwards(void **state)
{
    struct stage s;
    ent_str ids[] = { ENT_STR("identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001") };
    desk_draft_request request = { .peer = "SVB",
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = ids,
                                   .id_count = 1,
                                   .drafter = "d.analyst" };
    ent_str keys[] = { ENT_STR("doc:A:1") }, entry;
    desk_gate_result result;
    desk_draft_state st;
    store_doc doc;
    ent_json json;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, 2);
    sim_agree(&s.world, s.arena, s.agreement);
    sim_put(s.a, ids[0].ptr, "identity",
            "{\"type\":\"identity\",\"id\":\"identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001\","
            "\"name\":\"n\",\"identity_class\":\"individual\",\"extensions\":"
            "{\"" STIX_EXT_HANDLING "\":{" LABEL "}}}",
            keys, 1, NULL, 0);
    CHECK_OK(
        SIM_WORK(s.a, desk_release_draft(&s.a->d, s.arena, &request, &result, &st, &err), &err),
        &err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(s.a,
                          desk_release_approve(&s.a->d, s.arena, st.id, &s.a->people[i].officer,
                                               &st, &err),
                          &err),
                 &err);
    sim_carry(&s.world);
    CHECK_OK(store_doc_get(s.a->d.store, s.arena, "release", st.id, &doc, &err), &err);
    CHECK_TEXT(doc.state, "received");
    CHECK_OK(ent_json_read(s.arena, doc.json, &json, &err), &err);
    entry = ent_json_get_text(json, "entry");
    say(s.b, s.a, LINK_RECEIPT,
        canonical(s.arena, ent_arena_printf(s.arena,
                                            "{\"entry\":\"%.*s\",\"kind\":\"release\",\"state\":"
                                            "\"erased\"}",
                                            ENT_STR_ARG(entry))));
    refused(s.a, s.arena, 1, "a release that is 'received' cannot become 'erased'");
    say(s.b, s.a, LINK_RECEIPT,
        canonical(s.arena, ent_arena_printf(s.arena,
                                            "{\"entry\":\"%.*s\",\"kind\":\"release\",\"state\":"
                                            "\"refused\"}",
                                            ENT_STR_ARG(entry))));
    refused(s.a, s.arena, 2, "a release that is 'received' cannot become 'refused'");
    CHECK_OK(store_doc_get(s.a->d.store, s.arena, "release", st.id, &doc, &err), &err);
    CHECK_TEXT(doc.state, "received");
    stage_strike(&s);
}

RUN_TESTS(TEST(a_proposal_in_another_name_or_under_another_key_is_refused),
          TEST(a_signature_is_of_this_agreement_by_this_party_and_two_of_its_people),
          TEST(another_version_is_not_asked_and_what_is_not_agreed_is_refused),
          TEST(an_agreement_without_a_match_answers_none),
          TEST(a_suspended_agreement_starts_no_run_and_stops_those_under_way),
          TEST(nobody_speaks_in_the_run_of_two_others),
          TEST(a_run_is_not_closed_before_the_times_were_compared),
          TEST(a_release_is_to_us_for_an_agreed_purpose_with_a_whole_label),
          TEST(a_receipt_moves_a_release_only_forwards))
