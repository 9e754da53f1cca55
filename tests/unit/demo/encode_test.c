/* demo/encode: the sample files; keys and marks survive; what stays at home stays. */
#include "test.h"

#include "demo/demo.h"
#include "demo/encode.h"
#include "holdings/index.h"
#include "psi/keyform.h"

#define ROOM ((size_t)128 << 20)

static ent_arena *arena;
static ent_err err;
static story s;
static demo_ids ids;

static int set_up(void **state)
{
    (void)state;
    arena = ent_arena_new(ROOM);
    err = (ent_err){ 0 };
    CHECK_OK(demo_story_read(arena, demo_story_embedded(), &s, &err), &err);
    CHECK_OK(demo_ids_make(arena, &s, demo_sample_id, NULL, &ids, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ent_arena_free(arena);
    return 0;
}

static ent_str encoded(size_t service)
{
    char uuid[37];
    ent_str text;

    demo_sample_id(NULL, "bundle", s.services[service].id, ENT_STR(""), uuid);
    CHECK_OK(demo_encode(arena, &s, service, demo_story_day(&s), &ids, uuid, &text, &err), &err);
    return text;
}

/* RFC 4122 as Python's uuid.uuid5 computes it for the sample file's rule. */
static void sample_ids_are_made_from_names(void **state)
{
    char uuid[37];

    (void)state;
    demo_sample_id(NULL, "entity", ENT_STR("V"), ENT_STR("V-I1"), uuid);
    CHECK_STR(uuid, "fdf1fb42-bbd3-5e80-a883-7258bd88f2c4");
}

static void the_sample_files_are_what_the_encoder_makes(void **state)
{
    (void)state;
    for (size_t i = 0; i < s.service_count; i++) {
        char path[96];
        size_t size;
        char *file;
        ent_str text = encoded(i);

        (void)snprintf(path, sizeof path, "examples/two-incidents/%.*s.stix.json",
                       ENT_STR_ARG(s.services[i].code));
        file = test_file(path, &size);
        CHECK_INT(size, text.size);
        assert_memory_equal(file, text.ptr, size);
        free(file);
    }
}

static bool has_key(const ent_str *keys, size_t count, ent_str key)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(keys[i], key))
            return true;
    return false;
}

static void keys_compare(const story_entity *e, const holdings_entry *entry)
{
    size_t others = 0;

    for (size_t i = 0; i < entry->key_count; i++)
        others += ent_str_starts(entry->keys[i], ENT_STR("nm:"));
    if (e->mark != 'M' && e->mark != 'O') {
        CHECK_INT(entry->key_count, 0);
        return;
    }
    CHECK_INT(entry->key_count - others, e->keys.count);
    for (size_t i = 0; i < e->keys.count; i++) {
        ent_str key = e->keys.items[i];

        if (!ent_str_starts(key, ENT_STR("pub:")))
            CHECK_OK(psi_key_canon(arena, e->keys.items[i], &key, &err), &err);
        CHECK(has_key(entry->keys, entry->key_count, key));
    }
}

static void every_row_is_admitted_with_exactly_its_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < s.service_count; i++) {
        ent_json bundle, object;

        CHECK_OK(ent_json_read(arena, encoded(i), &bundle, &err), &err);
        object = ent_json_first(ent_json_get(bundle, "objects"));
        for (; object.doc != NULL; object = ent_json_next(object)) {
            holdings_entry entry;

            CHECK_OK(holdings_index(arena, ent_json_raw(object), ENT_STR_NONE, &entry, &err), &err);
            CHECK(entry.label.complete);
            for (size_t e = 0; e < s.entity_count; e++)
                if (ent_str_equal(ids.entities[e], entry.id))
                    keys_compare(&s.entities[e], &entry);
        }
    }
}

static bool has(ent_str text, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= text.size; i++)
        if (memcmp(text.ptr + i, word, strlen(word)) == 0)
            return true;
    return false;
}

/* A device is two words; what its label and note say besides is nowhere. */
static void a_device_is_two_words(void **state)
{
    size_t entity = demo_story_entity_find(&s, ENT_STR("C-D1"));
    ent_str text = encoded(2);

    (void)state;
    CHECK(entity != SIZE_MAX);
    CHECK(!has(text, "CANARY-C-SITE"));
    CHECK(!has(text, "Workshop item W"));
    CHECK(has(text, "\"placement\":\"workshop-item\""));
}

static bool encodes(ent_arena *memory)
{
    ent_err failure = { 0 };
    demo_ids made;
    ent_str text;

    return demo_ids_make(memory, &s, demo_sample_id, NULL, &made, &failure) == ENT_OK &&
           demo_encode(memory, &s, 1, 20000, &made, "x", &text, &failure) == ENT_OK;
}

static void memory_that_ends_is_reported(void **state)
{
    (void)state;
    FAULT_SWEEP(memory, ROOM, encodes(memory));
}

#define WITH_STORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_STORY(sample_ids_are_made_from_names),
          WITH_STORY(the_sample_files_are_what_the_encoder_makes),
          WITH_STORY(every_row_is_admitted_with_exactly_its_keys),
          WITH_STORY(a_device_is_two_words), WITH_STORY(memory_that_ends_is_reported))
