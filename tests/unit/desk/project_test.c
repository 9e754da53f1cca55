/* desk/project: what of an object leaves, and in which form. */
#include "test.h"

#include "desk/project.h"
#include "stix/extension_ids.h"

#define ROOM ((size_t)16 << 20)

#define A    "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001"
#define B    "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000002"

/* Knows A, as "known". */
static bool knows_a(void *arg, ent_str id, ent_str *known)
{
    (void)arg;
    *known = ENT_STR("identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000aa");
    return ent_str_is(id, A);
}

static ent_code project(ent_arena *arena, const char *object, const char *sidecar,
                        const char *const *fields, size_t field_count, ent_json *out,
                        desk_withheld_list *withheld, ent_err *err)
{
    desk_projection p = { .id = ENT_STR("the-id"),
                          .purpose = ENT_STR("CT-INV"),
                          .retention = ENT_STR("2025-11-05"),
                          .onward = ENT_STR("H2"),
                          .fields = fields,
                          .field_count = field_count,
                          .reference = knows_a };
    ent_str json;

    *withheld = (desk_withheld_list){ .count = 0 };
    *err = (ent_err){ 0 };
    CHECK_OK(ent_json_read(arena, ent_str_of(object), &p.object, err), err);
    if (sidecar != NULL)
        CHECK_OK(ent_json_read(arena, ent_str_of(sidecar), &p.sidecar, err), err);
    ENT_TRY(desk_project(arena, &p, &json, withheld, err));
    CHECK_OK(ent_json_read(arena, json, out, err), err);
    return ENT_OK;
}

static bool is_withheld(const desk_withheld_list *list, const char *property)
{
    for (size_t i = 0; i < list->count; i++)
        if (ent_str_is(list->items[i].property, property))
            return true;
    return false;
}

static void what_is_not_on_the_list_stays_and_is_said(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    desk_withheld_list withheld;
    ent_json out;
    ent_err err;

    (void)state;
    CHECK_OK(project(arena,
                     "{\"type\":\"device-record\",\"id\":\"x\",\"name\":\"n\",\"placement\":\"p\","
                     "\"x_site\":\"s\",\"labels\":[\"l\"],\"extensions\":{\"" STIX_EXT_DEVICE_RECORD
                     "\":{\"extension_type\":\"new-sdo\",\"site\":\"s\"},\"extension-definition--"
                     "0\":{\"secret\":1}}}",
                     "{\"rating\":{\"source\":\"B\"},\"category\":\"none\",\"keys\":[\"doc:A:1\"],"
                     "\"originator_control\":[\"X\"]}",
                     NULL, 0, &out, &withheld, &err),
             &err);
    CHECK_TEXT(ent_json_raw(out),
               "{\"id\":\"the-id\",\"type\":\"device-record\",\"placement\":\"p\",\"extensions\":"
               "{\"" STIX_EXT_DEVICE_RECORD
               "\":{\"extension_type\":\"new-sdo\"},\"" STIX_EXT_HANDLING
               "\":{\"extension_type\":\"property-extension\",\"rating\":{\"source\":\"B\"},"
               "\"handling\":[\"H2\"],\"purposes\":[\"CT-INV\"],\"category\":\"none\",\"keys\":"
               "[\"doc:A:1\"],\"retention\":\"2025-11-05\"}}}");
    CHECK(is_withheld(&withheld, "name"));
    CHECK(is_withheld(&withheld, "x_site"));
    CHECK(is_withheld(&withheld, "labels"));
    CHECK(is_withheld(&withheld, "extension-definition--0"));
    CHECK_INT(withheld.count, 4);
    ent_arena_free(arena);
}

static void references_are_translated_or_keep_the_object_here(void **state)
{
    static const char link[] =
        "{\"type\":\"relationship\",\"id\":\"r\",\"relationship_type\":\"x\","
        "\"source_ref\":\"%s\",\"target_ref\":\"" A "\"}";
    ent_arena *arena = ent_arena_new(ROOM);
    desk_withheld_list withheld;
    ent_json out;
    ent_err err;

    (void)state;
    CHECK_OK(
        project(arena, ent_arena_printf(arena, link, A).ptr, NULL, NULL, 0, &out, &withheld, &err),
        &err);
    CHECK_TEXT(ent_json_get_text(out, "source_ref"),
               "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000aa");
    CHECK_INT(
        project(arena, ent_arena_printf(arena, link, B).ptr, NULL, NULL, 0, &out, &withheld, &err),
        ENT_DENIED);
    CHECK_STR(err.msg, "r: 'source_ref' refers to what is not released to this peer [closed set]");
    ent_arena_free(arena);
}

static void only_public_events_are_named_as_references(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    desk_withheld_list withheld;
    ent_json out;
    ent_err err;

    (void)state;
    CHECK_OK(project(arena,
                     "{\"type\":\"incident\",\"id\":\"i\",\"name\":\"n\",\"external_references\":[{"
                     "\"source_name\":\"public-event\",\"external_id\":\"INC-A\",\"url\":\"u\"},{"
                     "\"source_name\":\"agent\",\"external_id\":\"7\"}]}",
                     NULL, NULL, 0, &out, &withheld, &err),
             &err);
    CHECK_TEXT(ent_json_raw(ent_json_get(out, "external_references")),
               "[{\"source_name\":\"public-event\",\"external_id\":\"INC-A\"}]");
    CHECK(is_withheld(&withheld, "external_references"));
    ent_arena_free(arena);
}

static void chosen_fields_restrict_also_inside_the_person(void **state)
{
    static const char *const name[] = { "name" };
    static const char *const more[] = { "name", "births", "keys" };
    static const char object[] =
        "{\"type\":\"identity\",\"id\":\"i\",\"name\":\"n\",\"identity_class\":\"individual\","
        "\"extensions\":{\"" STIX_EXT_PERSON "\":{\"births\":[{\"value\":\"1991\",\"raw\":\"r\"}],"
        "\"documents\":[{\"issuer\":\"Q\",\"number\":\"1\",\"seen\":\"there\"}],\"religion\":"
        "\"x\"}}}";
    ent_arena *arena = ent_arena_new(ROOM);
    desk_withheld_list withheld;
    ent_json out;
    ent_err err;

    (void)state;
    CHECK_OK(project(arena, object, "{\"keys\":[\"doc:A:1\"]}", name, 1, &out, &withheld, &err),
             &err);
    CHECK_TEXT(ent_json_raw(ent_json_get(ent_json_get(out, "extensions"), STIX_EXT_PERSON)),
               "{\"extension_type\":\"property-extension\"}");
    CHECK(ent_json_get(out, "identity_class").doc == NULL);
    CHECK(ent_json_get(ent_json_get(ent_json_get(out, "extensions"), STIX_EXT_HANDLING), "keys")
              .doc == NULL);
    CHECK_OK(project(arena, object, "{\"keys\":[\"doc:A:1\"]}", more, 3, &out, &withheld, &err),
             &err);
    CHECK_TEXT(ent_json_raw(ent_json_get(ent_json_get(out, "extensions"), STIX_EXT_PERSON)),
               "{\"extension_type\":\"property-extension\",\"births\":[{\"value\":\"1991\"}]}");
    CHECK(ent_json_get(ent_json_get(ent_json_get(out, "extensions"), STIX_EXT_HANDLING), "keys")
              .doc != NULL);
    CHECK(is_withheld(&withheld, "documents"));
    CHECK(is_withheld(&withheld, "religion"));
    CHECK_OK(project(arena, object, NULL, NULL, 0, &out, &withheld, &err), &err);
    CHECK_TEXT(ent_json_raw(ent_json_get(
                   ent_json_get(ent_json_get(out, "extensions"), STIX_EXT_PERSON), "documents")),
               "[{\"issuer\":\"Q\",\"number\":\"1\"}]");
    ent_arena_free(arena);
}

static void what_an_object_cannot_do_without_must_be_there(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    desk_withheld_list withheld;
    ent_json out;
    ent_err err;

    (void)state;
    CHECK_INT(project(arena, "{\"type\":\"email-addr\",\"id\":\"e\"}", NULL, NULL, 0, &out,
                      &withheld, &err),
              ENT_DENIED);
    CHECK_STR(err.msg,
              "e: an object of type 'email-addr' cannot leave without 'value' [projection]");
    CHECK_INT(
        project(arena, "{\"type\":\"tool\",\"id\":\"t\"}", NULL, NULL, 0, &out, &withheld, &err),
        ENT_DENIED);
    CHECK_STR(err.msg, "t: no object of type 'tool' leaves this node [projection]");
    CHECK_INT(project(arena, "{\"type\":\"location\",\"id\":\"l\",\"created\":\"yesterday\"}", NULL,
                      NULL, 0, &out, &withheld, &err),
              ENT_FORMAT);
    ent_arena_free(arena);
}

static void an_id_that_is_not_random_is_replaced_by_one_that_looks_so(void **state)
{
    static const uint8_t one[32] = { 1 }, two[32] = { 2 };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str v5 = ENT_STR("email-addr--0b51a6f0-1c4e-5c7a-9f7e-000000000001"), a, again, b, random;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(desk_outgoing_id(arena, one, v5, &a, &err), &err);
    CHECK_OK(desk_outgoing_id(arena, one, v5, &again, &err), &err);
    CHECK_OK(desk_outgoing_id(arena, two, v5, &b, &err), &err);
    CHECK_OK(desk_outgoing_id(arena, one, ENT_STR(A), &random, &err), &err);
    CHECK(ent_str_equal(a, again));
    CHECK(!ent_str_equal(a, b));
    CHECK(!ent_str_equal(a, v5));
    CHECK_INT(a.ptr[a.size - 22], '4');
    CHECK(ent_str_starts(a, ENT_STR("email-addr--")));
    CHECK(desk_is_id(a));
    CHECK_TEXT(random, A);
    CHECK(!desk_is_id(ENT_STR("--0b51a6f0-1c4e-5c7a-9f7e-000000000001")));
    CHECK(!desk_is_id(ENT_STR("")));
    ent_arena_free(arena);
}

static bool projected_whole(ent_arena *arena)
{
    desk_projection p = { .id = ENT_STR("i"),
                          .purpose = ENT_STR("P"),
                          .retention = ENT_STR("2025-11-05"),
                          .reference = knows_a };
    desk_withheld_list withheld = { .count = 0 };
    ent_err err = { 0 };
    ent_str json;

    if (ent_json_read(arena, ENT_STR("{\"type\":\"identity\",\"id\":\"i\",\"name\":\"n\",\"x\":1}"),
                      &p.object, &err) != ENT_OK)
        return false;
    if (desk_project(arena, &p, &json, &withheld, &err) != ENT_OK) {
        CHECK_INT(err.code, ENT_LIMIT);
        return false;
    }
    return true;
}

static void no_memory_is_an_error_and_nothing_else(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, projected_whole(arena));
}

RUN_TESTS(TEST(what_is_not_on_the_list_stays_and_is_said),
          TEST(references_are_translated_or_keep_the_object_here),
          TEST(only_public_events_are_named_as_references),
          TEST(chosen_fields_restrict_also_inside_the_person),
          TEST(what_an_object_cannot_do_without_must_be_there),
          TEST(an_id_that_is_not_random_is_replaced_by_one_that_looks_so),
          TEST(no_memory_is_an_error_and_nothing_else))
