/* holdings/index: what a row is found by, and what makes no row. */
#include "test.h"

#include "base/limits.h"
#include "holdings/index.h"
#include "stix/extension_ids.h"

#define ROOM ((size_t)16 << 20)

#define LABEL(more)                                                                               \
    "{\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":[" \
    "\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\"" more "}"
#define POINTER LABEL(",\"discover\":\"pointer\"")
#define UUID    "11111111-1111-4111-8111-111111111111"
#define TIMES   "\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"2024-01-02T00:00:00.000Z\""

#define PERSON                                                                                                  \
    "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--" UUID "\"," TIMES                      \
    ",\"identity_class\":\"individual\",\"name\":\"Elkhan "                                                     \
    "Djouranaïev\",\"extensions\":{\"" STIX_EXT_PERSON                                                          \
    "\":{\"extension_type\":\"property-extension\",\"names\":[{\"full\":\"Джуранаев Эльхан\"}]," \
    "\"births\":[{\"value\":\"1991-03-07\"}],\"documents\":[{\"type\":\"passport\",\"issuer\":"                 \
    "\"QBZ\",\"number\":\"65001 8823\"},{\"number\":\"77\"}]}}}"

static ent_arena *arena;
static ent_err err;

static int set_up(void **state)
{
    arena = ent_arena_new(ROOM);
    err = (ent_err){ 0 };
    *state = NULL;
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ent_arena_free(arena);
    return 0;
}

static holdings_entry entry_of(const char *bytes, const char *sidecar)
{
    holdings_entry entry;

    CHECK_OK(holdings_index(arena, ent_str_of(bytes), ent_str_of(sidecar), &entry, &err), &err);
    return entry;
}

static bool has(const ent_str *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(list[i], text))
            return true;
    return false;
}

static void key_is(const char *object, const char *key)
{
    holdings_entry entry = entry_of(object, POINTER);

    if (entry.key_count != 1 || !ent_str_is(entry.keys[0], key))
        fail_msg("%s: wanted %s, got %zu keys, first %.*s", object, key, entry.key_count,
                 entry.key_count == 0 ? 0 : (int)entry.keys[0].size,
                 entry.key_count == 0 ? "" : entry.keys[0].ptr);
}

static void a_person_is_found_by_documents_and_names_in_every_script(void **state)
{
    holdings_entry entry = entry_of(PERSON, POINTER);

    (void)state;
    CHECK_TEXT(entry.type, "identity");
    CHECK_TEXT(entry.version, "2024-01-02T00:00:00.000Z");
    CHECK_TEXT(entry.retention, "2029-01-01");
    CHECK(entry.personal && entry.label.complete);
    CHECK(has(entry.keys, entry.key_count, "doc:QBZ:650018823"));
    CHECK_INT(entry.key_count, 2); /* and one name key: both spellings give the same */
    CHECK(ent_str_starts(entry.keys[1], ENT_STR("nm:")));
    CHECK(strstr(entry.text.ptr, "djouranaiev") != NULL);
    CHECK(strstr(entry.text.ptr, " zz") != NULL);
}

static void each_kind_of_record_has_its_key(void **state)
{
    (void)state;
    key_is("{\"type\":\"identity-document\",\"id\":\"identity-document--" UUID "\",\"issuer\":"
           "\"QKS-ID\",\"number\":\"4410-77\",\"document_type\":\"id\"}",
           "doc:QKSID:441077");
    key_is("{\"type\":\"phone-number\",\"id\":\"phone-number--" UUID "\",\"value\":\"+999 88 555 "
           "0147\"}",
           "tel:+999885550147");
    key_is("{\"type\":\"user-account\",\"id\":\"user-account--" UUID "\",\"account_type\":"
           "\"klarion\",\"account_login\":\"NightFerry_9\"}",
           "acct:klarion:nightferry_9");
    key_is("{\"type\":\"bank-account\",\"id\":\"bank-account--" UUID "\",\"iban\":\"QI55 MRJ0 "
           "0871\"}",
           "acct:iban:qi55mrj00871");
    key_is("{\"type\":\"vehicle\",\"id\":\"vehicle--" UUID "\",\"country\":\"QV\",\"plate\":"
           "\"PA-417-KV\"}",
           "plate:QV:PA417KV");
    key_is("{\"type\":\"forensic-signature\",\"id\":\"forensic-signature--" UUID "\",\"kind\":"
           "\"LP\",\"reference\":\"0F7C-22A9\"}",
           "sig:LP0F7C22A9");
    key_is("{\"type\":\"email-addr\",\"id\":\"email-addr--" UUID "\",\"value\":\"A@Example.org\"}",
           "mail:a@example.org");
    key_is("{\"type\":\"incident\",\"id\":\"incident--" UUID "\"," TIMES ",\"name\":\"x\","
           "\"external_references\":[{\"source_name\":\"public-event\",\"external_id\":"
           "\"INC-A\"}]}",
           "pub:INC-A");
}

#define THING(class, document)                                                              \
    "{\"type\":\"identity\",\"id\":\"identity--" UUID                                       \
    "\",\"name\":\"x\",\"identity_class\":\"" class "\",\"extensions\":{\"" STIX_EXT_PERSON \
                                                    "\":{\"documents\":[{" document "}]}}}"

static void an_organisation_is_found_by_a_long_number_of_any_register(void **state)
{
    (void)state;
    key_is(THING("organization", "\"type\":\"tax\",\"number\":\"2540-016961\""), "reg:2540016961");
    key_is(THING("organization", "\"type\":\"reg\",\"number\":\"10225 00000786\""),
           "reg:1022500000786");
    key_is(THING("unspecified", "\"type\":\"imo\",\"number\":\"IMO 9270529\""), "reg:IMO:9270529");
    CHECK_INT(entry_of(THING("organization", "\"type\":\"reg\",\"number\":\"1234567\""), POINTER)
                  .key_count,
              0);
    CHECK_INT(entry_of(THING("unspecified", "\"type\":\"imo\",\"number\":\"92705290\""), POINTER)
                  .key_count,
              0);
    CHECK_INT(
        entry_of(THING("individual", "\"type\":\"national\",\"number\":\"2540016961\""), POINTER)
            .key_count,
        0);
}

static void a_colon_in_a_part_does_not_move_the_parts(void **state)
{
    (void)state;
    key_is("{\"type\":\"vehicle\",\"id\":\"vehicle--" UUID "\",\"country\":\"Q:V\",\"plate\":"
           "\"1:2\"}",
           "plate:QV:12");
}

static void what_may_not_be_found_has_no_key_but_words(void **state)
{
    static const char *const labels[] = {
        LABEL(""),
        LABEL(",\"discover\":\"silent\""),
        LABEL(",\"discover\":\"pointer\",\"prohibit\":[\"disclose\"]"),
        "{\"category\":\"witness\",\"discover\":\"pointer\"}",
        "{\"category\":\"victim\",\"discover\":\"pointer\"}",
        "{\"category\":\"minor\",\"discover\":\"pointer\"}",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        holdings_entry entry = entry_of(PERSON, labels[i]);

        CHECK_INT(entry.key_count, 0);
        CHECK(strstr(entry.text.ptr, "djouranaiev") != NULL);
    }
}

static void the_objects_own_label_wins_over_the_sidecar(void **state)
{
    holdings_entry entry =
        entry_of("{\"type\":\"phone-number\",\"id\":\"phone-number--" UUID "\",\"value\":\"+1\","
                 "\"extensions\":{\"" STIX_EXT_HANDLING "\":{\"extension_type\":"
                 "\"property-extension\",\"discover\":\"silent\",\"category\":\"contact\"}}}",
                 POINTER);

    (void)state;
    CHECK_INT(entry.label.discover, POLICY_SILENT);
    CHECK_INT(entry.label.category, POLICY_CONTACT);
    CHECK_TEXT(entry.label.source, "B");
    CHECK(entry.label.complete);
    CHECK_INT(entry.key_count, 0);
}

static void keys_that_the_label_names_are_taken_and_checked(void **state)
{
    holdings_entry entry =
        entry_of("{\"type\":\"report\",\"id\":\"report--" UUID "\"," TIMES "}",
                 LABEL(",\"discover\":\"pointer\",\"keys\":[\"tel:+1 2\",\"doc:a:b\"]"));

    (void)state;
    CHECK(has(entry.keys, entry.key_count, "tel:+12"));
    CHECK(has(entry.keys, entry.key_count, "doc:A:B"));
    CHECK_INT(holdings_index(arena, ent_str_of("{\"type\":\"report\",\"id\":\"report--" UUID "\"}"),
                             ent_str_of("{\"keys\":[\"nothing:1\"]}"), &entry, &err),
              ENT_FORMAT);
}

static void references_are_found_at_any_depth(void **state)
{
    holdings_entry entry = entry_of(
        "{\"type\":\"report\",\"id\":\"report--" UUID "\"," TIMES ",\"created_by_ref\":"
        "\"identity--1\",\"object_refs\":[\"malware--2\",\"malware--3\"],\"x\":{\"deep_ref\":"
        "\"tool--4\"},\"external_references\":[{\"source_name\":\"OFAC\",\"external_id\":\"36\"}]}",
        "");

    (void)state;
    CHECK_INT(entry.ref_count, 5);
    CHECK(has(entry.refs, 5, "identity--1") && has(entry.refs, 5, "malware--3"));
    CHECK(has(entry.refs, 5, "tool--4") && has(entry.refs, 5, "ext:OFAC:36"));
    CHECK(!entry.personal);
}

static void what_is_no_object_is_refused_with_its_rule(void **state)
{
    static const struct {
        const char *bytes, *says;
    } bad[] = {
        { "[]", "no JSON object" },
        { "{\"id\":\"identity--" UUID "\"}", "'type' is missing" },
        { "{\"type\":\"Identity\",\"id\":\"Identity--" UUID "\"}", "no type name" },
        { "{\"type\":\"identity\"}", "'id' is missing" },
        { "{\"type\":\"identity\",\"id\":\"malware--" UUID "\"}", "s2.9" },
        { "{\"type\":\"identity\",\"id\":\"identity--../../../../etc/passwd-------------\"}",
          "s2.9" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"created\":7}", "s2.16" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"created\":\"2024-01-01\"}",
          "'created'" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"created\":\"2024-01-02T00:00:00Z\","
          "\"modified\":\"2024-01-01T00:00:00Z\"}",
          "earlier" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"x\":9007199254740993}",
          "every reader" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"x\":1e400}", "every reader" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"x\":\"a\\u0000b\"}", "U+0000" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\",\"type\":\"tool\"}", "RFC 8259" },
    };
    holdings_entry entry;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_code rc = holdings_index(arena, ent_str_of(bad[i].bytes), ENT_STR_NONE, &entry, &err);

        if (rc != ENT_FORMAT || strstr(err.msg, bad[i].says) == NULL)
            fail_msg("%s: %d %s", bad[i].bytes, rc, err.msg);
    }
}

static void limits_are_kept(void **state)
{
    size_t room = ENT_LIMIT_OBJECT_SIZE + 1, used;
    char *big = malloc(room);
    holdings_entry entry;

    (void)state;
    assert_non_null(big);
    used = (size_t)snprintf(
        big, room, "{\"type\":\"report\",\"id\":\"report--" UUID "\",\"object_refs\":[\"a--1\"");
    for (int i = 0; i < ENT_LIMIT_REFS; i++)
        used += (size_t)snprintf(big + used, room - used, ",\"a--1\"");
    (void)snprintf(big + used, room - used, "]}");
    CHECK_INT(holdings_index(arena, ent_str_of(big), ENT_STR_NONE, &entry, &err), ENT_LIMIT);
    memset(big, 'x', room);
    used = (size_t)snprintf(big, room, "{\"type\":\"report\",\"id\":\"report--" UUID "\",\"x\":\"");
    big[used] = 'x';
    memcpy(big + used + 300000, "\"}", 3);
    CHECK_INT(holdings_index(arena, ent_str_of(big), ENT_STR_NONE, &entry, &err), ENT_LIMIT);
    CHECK_INT(holdings_index(arena, (ent_str){ big, room }, ENT_STR_NONE, &entry, &err), ENT_LIMIT);
    free(big);
}

static void running_out_of_memory_fails_cleanly_at_every_allocation(void **state)
{
    size_t failures = 0;

    (void)state;
    for (bool done = false; !done; failures++) {
        ent_arena *small = ent_arena_new(ROOM);
        holdings_entry entry;
        ent_code rc;

        ent_arena_fail_after(small, failures);
        rc = holdings_index(small, ent_str_of(PERSON), ent_str_of(POINTER), &entry, &err);
        CHECK(rc == ENT_OK || rc == ENT_LIMIT);
        done = rc == ENT_OK;
        ent_arena_free(small);
    }
    CHECK(failures > 10);
}

static void words_of_a_question_find_other_scripts(void **state)
{
    ent_str words;

    (void)state;
    CHECK_OK(holdings_words(arena, ENT_STR("Juranayef 17"), &words, &err), &err);
    CHECK(ent_str_starts(words, ENT_STR("juranayef|zz")));
    CHECK(strstr(words.ptr, " 17") != NULL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_person_is_found_by_documents_and_names_in_every_script),
        EACH(each_kind_of_record_has_its_key),
        EACH(an_organisation_is_found_by_a_long_number_of_any_register),
        EACH(a_colon_in_a_part_does_not_move_the_parts),
        EACH(what_may_not_be_found_has_no_key_but_words),
        EACH(the_objects_own_label_wins_over_the_sidecar),
        EACH(keys_that_the_label_names_are_taken_and_checked),
        EACH(references_are_found_at_any_depth),
        EACH(what_is_no_object_is_refused_with_its_rule),
        EACH(limits_are_kept),
        EACH(running_out_of_memory_fails_cleanly_at_every_allocation),
        EACH(words_of_a_question_find_other_scripts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
