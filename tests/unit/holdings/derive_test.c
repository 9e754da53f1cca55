/* What records are found by, derived again under other rules: the same as if they came in today, on
 * all backends, whoever reads and wherever it is interrupted, and nothing else is touched. */
#include "unit/store/backends.h"

#include "base/buf.h"
#include "holdings/derive.h"
#include "holdings/index.h"
#include "stix/extension_ids.h"
#include "unit/holdings/failing_vfs.h"

#include <sys/wait.h>
#include <unistd.h>

#define RECORDS 2650 /* two transactions and a part of one */
#define OLD     "nm:OLD+OLDER|1984|01/19"
#define MEMORY  ((size_t)256 << 20)

static ent_arena *arena;
static ent_err err;

static ent_str person(unsigned i)
{
    return ent_arena_printf(
        arena,
        "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--%08u-1111-4111-8111-"
        "111111111111\",\"created\":\"2026-01-01T00:00:00.000Z\",\"modified\":\"2026-01-01T00:00:"
        "00.000Z\",\"created_by_ref\":\"identity--99999999-1111-4111-8111-111111111111\",\"name\":"
        "\"Elkhan Juranaev\",\"identity_class\":\"individual\",\"extensions\":{\"" STIX_EXT_PERSON
        "\":{\"extension_type\":\"property-extension\",\"births\":[{\"value\":\"19%02u-0%u-%02u\"}]"
        "}}}",
        i, i % 100, 1 + i % 9, 10 + i % 19);
}

/* Some are silent, so that they have no keys. */
static ent_str label(unsigned i)
{
    return ent_arena_printf(arena,
                            "{\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":["
                            "\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"%s\"}",
                            i % 7 == 3 ? "silent" : "pointer");
}

/* Own ones and a partner's, some held back. */
static void put(store *s, unsigned i)
{
    ent_str bytes = person(i), beside = label(i);
    holdings_entry entry;
    store_put_result result;
    store_object object = { .owner = i % 50 == 7 ? ENT_STR("PEER") : ENT_STR(""),
                            .bytes = bytes,
                            .source = ENT_STR("test"),
                            .handling = beside,
                            .quarantine = i % 40 == 9 ? ENT_STR("no label") : ENT_STR("") };

    CHECK_OK(holdings_index(arena, bytes, beside, &entry, &err), &err);
    object.id = entry.id;
    object.version = entry.version;
    object.type = entry.type;
    object.keys = entry.keys;
    object.key_count = entry.key_count;
    object.refs = entry.refs;
    object.ref_count = entry.ref_count;
    object.text = entry.text;
    object.when = entry.when;
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
}

static ent_str id_of(unsigned i)
{
    return ent_arena_printf(arena, "identity--%08u-1111-4111-8111-111111111111", i);
}

static void frozen_put(store *s)
{
    const store_doc doc = { .kind = ENT_STR("frozen"),
                            .id = ENT_STR("PEER"),
                            .peer = ENT_STR("PEER"),
                            .state = ENT_STR("frozen"),
                            .json = ENT_STR("{}") };

    CHECK_OK(store_doc_put(s, &doc, &err), &err);
}

/* Of the partner's, who is suspended, and of some that were erased. */
static void filled(store *s)
{
    CHECK_OK(store_begin(s, &err), &err);
    for (unsigned i = 0; i < RECORDS; i++)
        put(s, i);
    for (unsigned i = 0; i < RECORDS; i += 90)
        CHECK_OK(store_object_erase(s, ENT_STR(""), id_of(i), ENT_STR("test"), &err), &err);
    frozen_put(s);
    CHECK_OK(store_commit(s, &err), &err);
}

/* ---- an index of other rules ---- */

struct numbers {
    int64_t number[RECORDS];
    size_t count;
};

static ent_code number_take(void *arg, const store_row *row, ent_err *failure)
{
    struct numbers *all = arg;

    (void)failure;
    if (row->tombstone.size == 0)
        all->number[all->count++] = row->number;
    return ENT_OK;
}

static void rules_put(store *s, const char *json, const char *state)
{
    const store_doc doc = { .kind = ENT_STR("index"),
                            .id = ENT_STR("holdings"),
                            .peer = ENT_STR(""),
                            .state = ent_str_of(state),
                            .json = ent_str_of(json) };

    CHECK_OK(store_doc_put(s, &doc, &err), &err);
}

static void spoil(store *s)
{
    static struct numbers all;
    const store_query latest = { .frozen = true };
    const ent_str key = ENT_STR(OLD);

    all.count = 0;
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_objects_each(s, &latest, number_take, &all, &err), &err);
    for (size_t i = 0; i < all.count; i++)
        CHECK_OK(store_object_index(s, all.number[i], &key, 1, ENT_STR("oldword"), &err), &err);
    rules_put(s, "{\"names\":3,\"keyform\":2,\"after\":0}", "whole");
    CHECK_OK(store_commit(s, &err), &err);
}

/* ---- what there is ---- */

struct seen {
    store *s;
    ent_buf buf;
};

static ent_code row_see(void *arg, const store_row *row, ent_err *failure)
{
    struct seen *seen = arg;
    ent_str *keys, *refs;
    size_t key_count, ref_count;

    CHECK_OK(store_keys_of(seen->s, arena, row->number, &keys, &key_count, failure), failure);
    CHECK_OK(store_refs_of(seen->s, arena, row->number, &refs, &ref_count, failure), failure);
    ent_buf_printf(&seen->buf, "%lld %.*s %.*s %d %.*s %.*s %.*s:", (long long)row->number,
                   ENT_STR_ARG(row->owner), ENT_STR_ARG(row->id), row->latest,
                   ENT_STR_ARG(row->handling), ENT_STR_ARG(row->quarantine),
                   ENT_STR_ARG(row->tombstone));
    ent_buf_str(&seen->buf, row->bytes);
    for (size_t i = 0; i < key_count; i++)
        ent_buf_printf(&seen->buf, " %.*s", ENT_STR_ARG(keys[i]));
    for (size_t i = 0; i < ref_count; i++)
        ent_buf_printf(&seen->buf, " %.*s", ENT_STR_ARG(refs[i]));
    ent_buf_c(&seen->buf, "\n");
    return ENT_OK;
}

static ent_str picture(store *s)
{
    const store_query every = { .every = true };
    struct seen seen = { .s = s };
    ent_str text;

    ent_buf_init(&seen.buf, arena);
    CHECK_OK(store_objects_each(s, &every, row_see, &seen, &err), &err);
    ent_buf_printf(&seen.buf, "words %d %d", found(s, (store_query){ .text = "elkhan juranaev" }),
                   found(s, (store_query){ .text = "oldword" }));
    CHECK_OK(ent_buf_done(&seen.buf, &text, &err), &err);
    return text;
}

static void derive_all(store *s)
{
    holdings_derived derived = { .current = false };
    int64_t before = -1, objects;

    while (!derived.current) {
        CHECK_OK(holdings_derive_step(s, &derived, &err), &err);
        CHECK(derived.done > before || derived.current);
        before = derived.done;
    }
    CHECK_OK(store_count(s, NULL, &objects, &err), &err);
    CHECK_INT(derived.done, objects);
    CHECK_INT(derived.kept, 0);
}

/* ---- tests ---- */

static void a_new_store_is_of_these_rules_and_one_of_before_is_not(void **state)
{
    holdings_derived derived;
    store *s = opened();

    (void)state;
    CHECK_OK(holdings_derived_settle(s, &err), &err);
    CHECK_OK(holdings_derived_read(s, &derived, &err), &err);
    CHECK(derived.current);
    CHECK_OK(store_begin(s, &err), &err);
    put(s, 1);
    CHECK_OK(store_doc_delete(s, "index", ENT_STR("holdings"), &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(holdings_derived_settle(s, &err), &err);
    CHECK_OK(holdings_derived_read(s, &derived, &err), &err);
    CHECK(!derived.current);
    CHECK_INT(derived.done, 0);
    CHECK_OK(holdings_derive_step(s, &derived, &err), &err);
    CHECK(derived.current);
    store_close(s);
}

static bool hides_all(const store_reader *reader, ent_str owner, ent_str id)
{
    (void)reader;
    (void)owner;
    (void)id;
    return true;
}

static bool hides_no_doc(const store_reader *reader, const store_doc *doc)
{
    (void)reader;
    (void)doc;
    return false;
}

static void the_index_becomes_what_it_were_of_records_of_today(void **state)
{
    const store_reader nobody = { .row_hidden = hides_all, .doc_hidden = hides_no_doc };
    holdings_derived derived;
    ent_str before;
    store *s = opened();

    (void)state;
    filled(s);
    before = picture(s);
    spoil(s);
    CHECK(found(s, (store_query){ .key = OLD }) > RECORDS / 2);
    CHECK_INT(found(s, (store_query){ .text = "elkhan" }), 0);
    (void)store_reader_set(s, &nobody);
    CHECK_OK(holdings_derived_read(s, &derived, &err), &err);
    CHECK(!derived.current);
    derive_all(s);
    (void)store_reader_set(s, NULL);
    CHECK(ent_str_equal(before, picture(s)));
    CHECK_OK(store_check(s, &err), &err);

    /* And again, with nothing to change. */
    CHECK_OK(holdings_derive_anew(s, &err), &err);
    CHECK_OK(holdings_derived_read(s, &derived, &err), &err);
    CHECK(!derived.current);
    derive_all(s);
    CHECK(ent_str_equal(before, picture(s)));
    store_close(s);
}

/* The same words and more keys than it has now. */
static void keys_that_are_no_more_are_gone(void **state)
{
    ent_str bytes = person(1), beside = label(1), keys[16];
    holdings_derived derived;
    holdings_entry entry;
    store *s = opened();

    (void)state;
    CHECK_OK(holdings_index(arena, bytes, beside, &entry, &err), &err);
    CHECK(entry.key_count > 0 && entry.key_count < 16);
    memcpy(keys, entry.keys, entry.key_count * sizeof *keys);
    keys[entry.key_count] = ENT_STR(OLD);
    CHECK_OK(store_begin(s, &err), &err);
    put(s, 1);
    CHECK_OK(store_object_index(s, 1, keys, entry.key_count + 1, entry.text, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(found(s, (store_query){ .key = OLD }), 1);
    CHECK_OK(holdings_derive_step(s, &derived, &err), &err);
    CHECK_INT(found(s, (store_query){ .key = OLD }), 0);
    CHECK_INT(found(s, (store_query){ .key = entry.keys[0].ptr }), 1);
    store_close(s);
}

static void what_cannot_be_read_is_found_as_before(void **state)
{
    const ent_str key = ENT_STR(OLD);
    store_put_result result;
    holdings_derived derived;
    const store_object object = { .owner = ENT_STR(""),
                                  .id = ENT_STR("identity--no"),
                                  .version = ENT_STR(""),
                                  .type = ENT_STR("identity"),
                                  .bytes = ENT_STR("{\"type\":\"identity\"}"),
                                  .source = ENT_STR("test"),
                                  .text = ENT_STR("oldword"),
                                  .keys = &key,
                                  .key_count = 1 };
    store *s = opened();

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(holdings_derive_step(s, &derived, &err), &err);
    CHECK(derived.current);
    CHECK_INT(derived.kept, 1);
    CHECK_INT(found(s, (store_query){ .key = OLD }), 1);
    store_close(s);
}

/* A copy has no gaps between its numbers: what was the thousandth row is another there. */
static void a_copy_made_half_way_is_derived_whole(void **state)
{
    holdings_derived derived;
    store *s = opened(), *copy;

    (void)state;
    filled(s);
    CHECK_OK(store_begin(s, &err), &err);
    for (unsigned i = 0; i < RECORDS; i += 90)
        CHECK_OK(store_object_forget(s, ENT_STR(""), id_of(i), &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    spoil(s);
    CHECK_OK(holdings_derive_step(s, &derived, &err), &err);
    CHECK(!derived.current);
    CHECK_OK(store_open("plain:", &copy, &err), &err);
    CHECK_OK(store_copy(s, copy, &err), &err);
    derive_all(copy);
    CHECK_INT(found(copy, (store_query){ .key = OLD }), 0);
    CHECK_INT(found(copy, (store_query){ .text = "oldword" }), 0);
    store_close(copy);
    derive_all(s);
    CHECK_INT(found(s, (store_query){ .key = OLD }), 0);
    store_close(s);
}

/* The n-th change of a file is the last thing that the process does; on a server it is killed
 * between two transactions, with one begun. */
static void child_run(long at)
{
    holdings_derived derived = { .current = false };
    store *s;

    disk.seen = 0;
    disk.fault = DISK_KILLS;
    disk.at = backend == SQLITE ? at : 0;
    if (store_open(path, &s, &err) != ENT_OK)
        _exit(1);
    for (long step = 0; !derived.current; step++) {
        if (backend != SQLITE && step == at) {
            if (store_begin(s, &err) == ENT_OK &&
                store_doc_put(s,
                              &(store_doc){ .kind = ENT_STR("index"),
                                            .id = ENT_STR("holdings"),
                                            .peer = ENT_STR(""),
                                            .state = ENT_STR("whole"),
                                            .json = ENT_STR("{}") },
                              &err) == ENT_OK)
                (void)raise(SIGKILL);
            _exit(1);
        }
        if (holdings_derive_step(s, &derived, &err) != ENT_OK)
            _exit(1);
    }
    store_close(s);
    _exit(0);
}

static long changes_of_a_whole_one(void)
{
    store *s;

    CHECK_OK(store_open(path, &s, &err), &err);
    disk.seen = disk.at = 0;
    derive_all(s);
    store_close(s);
    return disk.seen;
}

static void killed_anywhere_it_goes_on(void **state)
{
    const char *asked = getenv("ENT_KILLS");
    long all, kills = asked != NULL ? strtol(asked, NULL, 10) : backend == SQLITE ? 8 : 2;
    ent_str before;
    store *s;

    (void)state;
    if (backend == PLAIN)
        skip(); /* it lives in the process */
    s = opened();
    filled(s);
    before = picture(s);
    spoil(s);
    store_close(s);
    all = backend == SQLITE ? changes_of_a_whole_one() : 3;
    for (long i = 0; i < kills; i++) {
        pid_t child;

        CHECK_OK(store_open(path, &s, &err), &err);
        spoil(s);
        store_close(s);
        child = fork();
        if (child == 0)
            child_run(1 + i * (all - 1) / kills);
        (void)waitpid(child, NULL, 0);
        disk.at = 0;
        CHECK_OK(store_open(path, &s, &err), &err);
        derive_all(s);
        CHECK(ent_str_equal(before, picture(s)));
        store_close(s);
    }
}

static int arena_new(void **state)
{
    (void)state;
    err = (ent_err){ 0 };
    arena = ent_arena_new(MEMORY);
    return arena == NULL ? -1 : set_up(state);
}

static int arena_end(void **state)
{
    ent_arena_free(arena);
    return tear_down(state);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, arena_new, arena_end)

int main(void)
{
    static const char *const names[] = { "derived on sqlite", "derived on plain",
                                         "derived on postgres" };
    const struct CMUnitTest tests[] = {
        IN(a_new_store_is_of_these_rules_and_one_of_before_is_not),
        IN(the_index_becomes_what_it_were_of_records_of_today),
        IN(keys_that_are_no_more_are_gone),
        IN(what_cannot_be_read_is_found_as_before),
        IN(a_copy_made_half_way_is_derived_whole),
        IN(killed_anywhere_it_goes_on),
    };

    disk_register();
    return BACKENDS_RUN(names, tests);
}
