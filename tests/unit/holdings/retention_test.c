/* holdings/retention, desk/retention: what is purged by silence, what waits for a person, what
 * is kept longer by two (law 6; steps 27, 28 and 30 of the story). */
#include "test.h"

#include "desk/retention.h"
#include "holdings/admit.h"
#include "holdings/import.h"
#include "holdings/retention.h"
#include "stix/extension_ids.h"

#include <sodium.h>

#define ROOM    ((size_t)64 << 20)
#define UUID(n) "1111111" n "-1111-4111-8111-111111111111"
#define ID(n)   "identity--" UUID(n)
#define LABEL(day)                                                                            \
    "{\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"P\"],\"category\":" \
    "\"suspect\",\"retention\":\"" day "\",\"discover\":\"pointer\"}"

static ent_arena *arena;
static ent_err err;
static store *s;
static desk d;

static ent_time at(const char *text)
{
    ent_time time;

    CHECK_OK(ent_time_read(ent_str_of(text), &time, &err), &err);
    return time;
}

static void put(const char *owner, const char *n, const char *label)
{
    holdings_origin origin = { owner, ENT_STR("test"), ent_str_of(label),
                               at("2024-06-01T00:00:00Z") };
    holdings_result result;
    ent_str reason, bytes;

    bytes = ent_arena_printf(
        arena,
        "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--1111111%s-1111-4111-"
        "8111-"
        "111111111111\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":"
        "\"2024-01-01T00:00:00.000Z\",\"identity_class\":\"individual\",\"name\":\"Elkhan %s\"}",
        n, n);
    CHECK_OK(holdings_admit(s, arena, &origin, bytes, &result, &reason, &err), &err);
    CHECK_INT(result, HOLDINGS_ADDED);
}

static void doc_put(const char *kind, const char *state, const char *json)
{
    const store_doc doc = { .kind = ent_str_of(kind),
                            .id = ENT_STR("run/0"),
                            .state = ent_str_of(state),
                            .json = ent_str_of(json) };

    CHECK_OK(store_doc_put(s, &doc, &err), &err);
}

static void sure_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    randombytes_buf(bytes, size);
}

static int set_up(void **state)
{
    *state = NULL;
    assert_true(sodium_init() >= 0);
    arena = ent_arena_new(ROOM);
    err = (ent_err){ 0 };
    CHECK_OK(store_open("plain:", &s, &err), &err);
    d = (desk){
        .store = s, .code = "DSV", .now = at("2025-01-02T00:00:00Z"), .random = sure_random
    };
    put("", "1", LABEL("2024-12-31"));
    put("", "2", LABEL("2025-01-01"));
    put("", "3", LABEL("2025-01-02"));
    put("SVB", "4", LABEL("2024-06-30"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(s);
    ent_arena_free(arena);
    return 0;
}

static const char *tombstone(const char *id)
{
    store_row row;

    CHECK_OK(store_object_get(s, arena, NULL, ent_str_of(id), &row, &err), &err);
    CHECK_INT(row.bytes.size > 0, row.tombstone.size == 0);
    return row.tombstone.ptr;
}

static void what_is_past_its_last_day_is_listed_the_longest_first(void **state)
{
    holdings_due *due;
    size_t count;

    (void)state;
    CHECK_OK(holdings_retention_due(s, arena, d.now, &due, &count, &err), &err);
    CHECK_INT(count, 3);
    CHECK_TEXT(due[0].owner, "SVB");
    CHECK_TEXT(due[1].id, ID("1"));
    CHECK_TEXT(due[1].name, "Elkhan 1");
    CHECK_TEXT(due[2].retention, "2025-01-01");
    CHECK(due[1].hold == NULL);
}

static void silence_purges_only_what_nothing_open_speaks_of(void **state)
{
    ent_time next;

    (void)state;
    doc_put("hit", "open", "{\"peer\":\"CTB\",\"own\":\"" ID("1") "\"}");
    CHECK_OK(desk_retention_due(&d, arena, &next, &err), &err);
    CHECK(next == at("2025-01-03T00:00:00Z"));
    CHECK_STR(tombstone(ID("1")), "");
    CHECK_STR(tombstone(ID("2")), "purged 2025-01-02: its retention ended with 2025-01-01");
    CHECK_STR(tombstone(ID("3")), ""); /* its last day is today */
    CHECK_STR(tombstone(ID("4")), "purged 2025-01-02: its retention ended with 2024-06-30");
    /* The match is closed: the next sweep takes it. */
    doc_put("hit", "replaced", "{\"own\":\"" ID("1") "\"}");
    CHECK_OK(desk_retention_due(&d, arena, &next, &err), &err);
    CHECK(tombstone(ID("1"))[0] != '\0');
}

/* A version of an own object without purpose, rating and category. */
static void put_back(const char *n, const char *modified)
{
    holdings_origin origin = { "", ENT_STR("test"), ENT_STR_NONE, at("2024-06-01T12:00:00Z") };
    holdings_result result;
    ent_str reason, bytes;

    bytes = ent_arena_printf(
        arena,
        "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--1111111%s-1111-4111-"
        "8111-111111111111\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"%s\","
        "\"identity_class\":\"individual\",\"name\":\"Elkhan %s\"}",
        n, modified, n);
    CHECK_OK(holdings_admit(s, arena, &origin, bytes, &result, &reason, &err), &err);
    CHECK_INT(result, HOLDINGS_QUARANTINED);
}

static ent_code gone_take(void *arg, const store_row *row, ent_err *none)
{
    (void)none;
    CHECK_INT(row->bytes.size, 0);
    *(ent_str *)arg = ent_arena_str(arena, row->tombstone);
    return ENT_OK;
}

static void DP_2_what_nobody_takes_out_of_quarantine_ends_too(void **state)
{
    const store_query every = { .id = ENT_STR(ID("7")), .every = true, .versions = true };
    holdings_swept swept;
    ent_str why;

    (void)state;
    put_back("7", "2024-01-01T00:00:00.000Z");
    put_back("3", "2024-02-01T00:00:00.000Z"); /* of an object that is held */
    CHECK_OK(holdings_retention_sweep(s, arena, at("2024-06-30T00:00:00Z"), &swept, &err), &err);
    CHECK_INT(swept.purged, 0);
    CHECK_OK(holdings_retention_sweep(s, arena, at("2024-08-30T23:00:00Z"), &swept, &err), &err);
    CHECK_INT(swept.purged, 1); /* the peer's */
    CHECK_OK(holdings_retention_sweep(s, arena, at("2024-08-31T00:00:00Z"), &swept, &err), &err);
    CHECK_INT(swept.purged, 1);
    CHECK_OK(store_objects_each(s, &every, gone_take, &why, &err), &err);
    CHECK_TEXT(why, "purged 2024-08-31: its retention ended with 2024-08-30");
    CHECK_STR(tombstone(ID("3")), "");
    CHECK_OK(holdings_retention_sweep(s, arena, at("2024-09-30T00:00:00Z"), &swept, &err), &err);
    CHECK_INT(swept.purged, 0);
}

static void an_open_case_holds_wherever_it_names_the_object(void **state)
{
    holdings_due *due;
    size_t count;

    (void)state;
    doc_put("case", "open", "{\"about\":[{\"objects\":[\"x\",\"" ID("2") "\"]}]}");
    CHECK_OK(holdings_retention_due(s, arena, d.now, &due, &count, &err), &err);
    CHECK_INT(count, 3);
    CHECK(due[1].hold == NULL);
    CHECK_STR(due[2].hold, "an open case");
    CHECK_TEXT(due[2].hold_id, "run/0");
}

static void what_is_said_to_be_one_person_holds_until_it_is_confirmed(void **state)
{
    holdings_due *due;
    size_t count;

    (void)state;
    doc_put("same", "proposed", "{\"statement\":\"{\\\"a\\\":\\\"" ID("2") "\\\"}\"}");
    CHECK_OK(holdings_retention_due(s, arena, d.now, &due, &count, &err), &err);
    CHECK_STR(due[2].hold, "an open match");
    doc_put("same", "confirmed", "{\"statement\":\"{\\\"a\\\":\\\"" ID("2") "\\\"}\"}");
    CHECK_OK(holdings_retention_due(s, arena, d.now, &due, &count, &err), &err);
    CHECK(due[2].hold == NULL);
}

static void a_person_purges_what_is_due_with_a_reason(void **state)
{
    (void)state;
    doc_put("hit", "open", "{\"own\":\"" ID("1") "\"}");
    CHECK_OK(holdings_retention_purge(s, arena, "", ENT_STR(ID("1")), "v.legal",
                                      ENT_STR("another person"), d.now, &err),
             &err);
    CHECK_STR(tombstone(ID("1")), "purged 2025-01-02 by v.legal: another person (its retention "
                                  "ended with 2024-12-31)");
    CHECK_INT(holdings_retention_purge(s, arena, "", ENT_STR(ID("1")), "v.legal", ENT_STR("again"),
                                       d.now, &err),
              ENT_NOT_FOUND);
    CHECK_INT(holdings_retention_purge(s, arena, "", ENT_STR(ID("3")), "v.legal", ENT_STR("early"),
                                       d.now, &err),
              ENT_DENIED);
    CHECK_STR(tombstone(ID("3")), "");
}

/* ---- two persons ---- */

struct signer {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void sign(void *arg, const void *bytes, size_t size, uint8_t signature[64])
{
    const struct signer *signer = arg;

    (void)crypto_sign_detached(signature, NULL, bytes, size, signer->secret);
}

static desk_officer officer(struct signer *signer, const char *name, const char *role)
{
    desk_officer o = { .name = name, .role = role, .sign = sign, .arg = signer };

    (void)crypto_sign_keypair(o.key, signer->secret);
    return o;
}

static void two_persons_extend_and_the_drafter_is_none_of_them(void **state)
{
    struct signer keys[4];
    const desk_officer drafter = officer(&keys[0], "ana", "disclosure");
    const desk_officer one = officer(&keys[1], "fdo1", "disclosure");
    const desk_officer two = officer(&keys[2], "law", "legal");
    const desk_officer clerk = officer(&keys[3], "clerk", "analyst");
    desk_officer forged = two;
    desk_extension x;
    policy_label label;
    ent_json object;
    store_row row;
    ent_time next;
    ent_str id;

    (void)state;
    CHECK_OK(desk_extension_draft(&d, arena, ENT_STR(ID("1")), ENT_STR("2026-12-31"),
                                  ENT_STR("open match with CTB"), drafter.name, &x, &err),
             &err);
    id = x.id;
    CHECK_INT(desk_extension_approve(&d, arena, id, &drafter, &x, &err), ENT_DENIED);
    CHECK_INT(desk_extension_approve(&d, arena, id, &clerk, &x, &err), ENT_DENIED);
    CHECK_OK(desk_extension_approve(&d, arena, id, &one, &x, &err), &err);
    CHECK_TEXT(x.state, "waiting");
    CHECK_INT(desk_extension_approve(&d, arena, id, &one, &x, &err), ENT_DENIED);
    forged.arg = &keys[3];
    CHECK_INT(desk_extension_approve(&d, arena, id, &forged, &x, &err), ENT_DENIED);
    CHECK_OK(store_object_get(s, arena, "", ENT_STR(ID("1")), &row, &err), &err);
    CHECK_TEXT(row.retention, "2024-12-31");
    CHECK_OK(desk_extension_approve(&d, arena, id, &two, &x, &err), &err);
    CHECK_TEXT(x.state, "done");
    CHECK_INT(desk_extension_approve(&d, arena, id, &two, &x, &err), ENT_NOT_FOUND);
    /* It is kept, and policy sees the new day. */
    CHECK_OK(desk_retention_due(&d, arena, &next, &err), &err);
    CHECK_STR(tombstone(ID("1")), "");
    CHECK_OK(store_object_get(s, arena, "", ENT_STR(ID("1")), &row, &err), &err);
    CHECK_OK(ent_json_read(arena, row.bytes, &object, &err), &err);
    CHECK_OK(holdings_label(arena, object, row.handling, &label, &err), &err);
    CHECK_TEXT(label.retention, "2026-12-31");
    CHECK(label.complete);
}

static void what_cannot_be_extended_says_why(void **state)
{
    static const struct {
        const char *id, *until, *reason;
        ent_code code;
    } wrong[] = {
        { ID("1"), "2024-12-31", "why", ENT_CONFLICT },
        { ID("1"), "2024-06-01", "why", ENT_CONFLICT },
        { ID("1"), "soon", "why", ENT_FORMAT },
        { ID("1"), "2026-02-30", "why", ENT_FORMAT },
        { ID("1"), "2026", "why", ENT_FORMAT },
        { ID("1"), "2026-01-01", "", ENT_USAGE },
        { ID("4"), "2026-01-01", "why", ENT_NOT_FOUND }, /* a peer's */
        { ID("9"), "2026-01-01", "why", ENT_NOT_FOUND },
    };
    desk_extension x;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_INT(desk_extension_draft(&d, arena, ent_str_of(wrong[i].id),
                                       ent_str_of(wrong[i].until), ent_str_of(wrong[i].reason),
                                       "ana", &x, &err),
                  wrong[i].code);
}

static void an_extension_holds_for_the_next_version_and_is_not_taken_from_a_file(void **state)
{
    holdings_origin origin = { "", ENT_STR("test"), ENT_STR(LABEL("2025-06-01")),
                               at("2025-01-02T00:00:00Z") };
    holdings_result result;
    policy_label label;
    ent_str reason;
    store_row row;
    ent_json object;

    (void)state;
    CHECK_OK(holdings_retention_extend(s, arena, ENT_STR(ID("1")), ENT_STR("2026-12-31"), &err),
             &err);
    CHECK_OK(
        holdings_admit(
            s, arena, &origin,
            ENT_STR("{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ID(
                "1") "\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"2025-01-01T00:00:"
                     "00.000Z\",\"identity_class\":\"individual\",\"name\":\"Elkhan One\"}"),
            &result, &reason, &err),
        &err);
    CHECK_INT(result, HOLDINGS_UPDATED);
    CHECK_OK(store_object_get(s, arena, "", ENT_STR(ID("1")), &row, &err), &err);
    CHECK_TEXT(row.retention, "2026-12-31");
    /* In an object's own extension the member is not known, and refuses. */
    CHECK_OK(ent_json_read(arena,
                           ENT_STR("{\"type\":\"identity\",\"extensions\":{\"" STIX_EXT_HANDLING
                                   "\":{\"extension_type\":\"property-extension\",\"retention\":"
                                   "\"2024-01-01\",\"extended\":\"2030-01-01\"}}}"),
                           &object, &err),
             &err);
    CHECK_OK(holdings_label(arena, object, ENT_STR(""), &label, &err), &err);
    CHECK_TEXT(label.retention, "2024-01-01");
    CHECK((label.marks & POLICY_BIT(POLICY_MARK_UNKNOWN)) != 0);
}

/* ---- a list that is published anew ---- */

static void import(const char *text, const char *now, const char *label)
{
    holdings_import_options options = { .formats = { FORMATS_COUNT, NULL, NULL },
                                        .source = ENT_STR("import:list"),
                                        .label = ent_str_of(label),
                                        .now = at(now),
                                        .random = sure_random };
    holdings_import *i = NULL;

    CHECK_OK(holdings_import_new(s, &options, &i, &err), &err);
    CHECK_OK(holdings_import_feed(i, text, strlen(text), &err), &err);
    CHECK_OK(holdings_import_end(i, true, &err), &err);
    holdings_import_free(i);
}

static ent_code retention_take(void *arg, const store_row *row, ent_err *e)
{
    (void)e;
    (void)snprintf(arg, 16, "%.*s", ENT_STR_ARG(row->retention));
    return ENT_OK;
}

static void a_newer_edition_keeps_what_it_still_names_and_never_less_long(void **state)
{
    static const char list[] = "{\"id\":\"1\",\"agency\":\"OFAC\",\"schema\":\"person\",\"names\":"
                               "[{\"full\":\"Nabil Farsoun\"}]}\n";
    const store_query query = { .source = "import:list" };
    char kept[16] = "";

    (void)state;
    import(list, "2024-06-01T00:00:00Z", "");
    CHECK_OK(store_objects_each(s, &query, retention_take, kept, &err), &err);
    CHECK_STR(kept, "2025-06-01");
    import(list, "2024-09-01T00:00:00Z", "");
    CHECK_OK(store_objects_each(s, &query, retention_take, kept, &err), &err);
    CHECK_STR(kept, "2025-09-01");
    import(list, "2024-07-01T00:00:00Z", "");
    CHECK_OK(store_objects_each(s, &query, retention_take, kept, &err), &err);
    CHECK_STR(kept, "2025-09-01");
    /* One person's option does not extend what is held: that takes two (law 6). */
    import(list, "2024-09-01T00:00:00Z", "{\"retention\":\"2031-01-01\"}");
    CHECK_OK(store_objects_each(s, &query, retention_take, kept, &err), &err);
    CHECK_STR(kept, "2025-09-01");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_is_past_its_last_day_is_listed_the_longest_first),
        EACH(silence_purges_only_what_nothing_open_speaks_of),
        EACH(DP_2_what_nobody_takes_out_of_quarantine_ends_too),
        EACH(an_open_case_holds_wherever_it_names_the_object),
        EACH(what_is_said_to_be_one_person_holds_until_it_is_confirmed),
        EACH(a_person_purges_what_is_due_with_a_reason),
        EACH(two_persons_extend_and_the_drafter_is_none_of_them),
        EACH(what_cannot_be_extended_says_why),
        EACH(an_extension_holds_for_the_next_version_and_is_not_taken_from_a_file),
        EACH(a_newer_edition_keeps_what_it_still_names_and_never_less_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
