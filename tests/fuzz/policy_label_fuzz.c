/* Any bytes as a handling extension (or as the markings of an object).
 *
 * The reader is total: a label or a message, and a label that was not read refuses.  What is
 * read answers a battery of questions; then a member, code, marking or restriction is
 * added, in the object or beside it.  No question may be permitted that was not before,
 * and none at all if what was added is not known. */
#include "policy/decide.h"
#include "policy/projection.h"
#include "stix/extension_ids.h"

#define QUESTIONS 40U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ent_str listed[] = { { "CT-INV", 6 }, { "CT-PREV", 7 }, { "SVB", 3 },
                                  { "DSV", 3 },    { "A", 1 },       { "JUST", 4 } };

static policy_terms terms_all(void)
{
    policy_terms t = { .in_force = true,
                       .both_party = true,
                       .match = true,
                       .release = true,
                       .purpose_count = 6,
                       .onward = POLICY_ONWARD_MARKED };

    memcpy(t.purposes, listed, sizeof listed);
    return t;
}

/* The most favourable questions that can be asked, so that the label alone decides. */
static uint64_t answers(const policy_label *label)
{
    const policy_terms terms = terms_all();
    const policy_person people[] = { { { "a", 1 }, { "disclosure", 10 } },
                                     { { "b", 1 }, { "legal", 5 } } };
    uint64_t bits = 0;

    for (unsigned n = 0; n < QUESTIONS; n++) {
        policy_action action = (policy_action)(n % POLICY_ACTION_COUNT);
        policy_question q = {
            .action = action,
            .label = label,
            .terms = &terms,
            .source = &terms,
            .holder = ENT_STR("DSV"),
            .originator = (n / 5 & 1U) == 0 ? ENT_STR("DSV") : ENT_STR("SVB"),
            .recipient = { .organisation = ENT_STR("A"),
                           .individual = ENT_STR("A"),
                           .standing = (n / 5 & 2U) == 0 ? POLICY_OTHER : POLICY_CLIENT,
                           .national = true,
                           .communities = listed,
                           .community_count = 6 },
            .purpose = listed[(n / 5 & 4U) == 0 ? 0 : 5],
            .now = 20000 * ENT_DAY_TIME,
            .encrypted = true,
            .names_source = (n & 1U) == 0,
            .approvals = people,
            .approval_count = 2,
            .consents = listed,
            .consent_count = 6,
        };

        if (policy_decide(&q).permit)
            bits |= UINT64_C(1) << n;
    }
    return bits;
}

struct variant {
    const char *member; /* added to the handling extension */
    const char *beside; /* a record beside the bytes */
    const char *markings;
    bool unknown;
};

static const struct variant variants[] = {
    { NULL, NULL, NULL, false },
    { "\"zz-unknown\":1", NULL, NULL, true },
    { NULL, "{\"zz-unknown\":[]}", NULL, true },
    { NULL, "{\"handling\":[\"ZZ\"]}", NULL, true },
    { NULL, "{\"prohibit\":[\"zz\"]}", NULL, true },
    { NULL, "{\"require\":[\"zz\"]}", NULL, true },
    { NULL, NULL, ",\"object_marking_refs\":[\"marking-definition--zz\"]", true },
    { NULL, NULL, ",\"granular_markings\":[{\"marking_ref\":\"zz\",\"selectors\":[\"type\"]}]",
      true },
    { NULL, NULL, ",\"granular_markings\":[{\"selectors\":[\"type\"]}]", true },
    { NULL, "{\"handling\":[\"TLP:RED\"]}", NULL, false },
    { NULL, "{\"handling\":[\"H0\",\"H1\",\"H2\"]}", NULL, false },
    { NULL, "{\"handling\":[\"H3\"]}", NULL, false },
    { NULL, "{\"handling\":[\"TLP:CLEAR\"]}", NULL, false },
    { NULL, "{\"prohibit\":[\"disclose\"]}", NULL, false },
    { NULL, "{\"prohibit\":[\"attribution\"]}", NULL, false },
    { NULL, "{\"originator_control\":[\"ZZ\"]}", NULL, false },
    { NULL, "{\"not_releasable_to\":[\"A\"]}", NULL, false },
    { NULL, NULL,
      ",\"object_marking_refs\":[\"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82\"]",
      false },
};

/* False: the variant is no object (a member of that name was there already). */
static bool variant_answers(ent_arena *arena, ent_str handling, const struct variant *v,
                            uint64_t *bits)
{
    policy_label label;
    ent_json object, beside = { 0 };
    ent_err err = { 0 };
    size_t open = handling.size - 1; /* without the last brace */
    ent_str text = ent_arena_printf(
        arena, "{\"type\":\"identity\",\"extensions\":{\"" STIX_EXT_HANDLING "\":%.*s%s%s}}%s}",
        (int)open, handling.ptr, v->member == NULL ? "" : ",", v->member == NULL ? "" : v->member,
        v->markings == NULL ? "" : v->markings);

    if (text.ptr == NULL)
        return false;
    if (ent_json_read(arena, text, &object, &err) != ENT_OK)
        return false;
    if (v->beside != NULL)
        ENT_ASSERT(ent_json_read(arena, ent_str_of(v->beside), &beside, &err) == ENT_OK);
    if (policy_label_read(object, beside, &label, &err) != ENT_OK) {
        ENT_ASSERT(err.code == ENT_FORMAT && err.msg[0] != '\0');
        ENT_ASSERT(!label.complete && label.conflict && answers(&label) == 0);
        *bits = 0;
        return true;
    }
    ENT_ASSERT(label.complete == (label.missing == NULL));
    ENT_ASSERT(((label.marks & POLICY_BIT(POLICY_MARK_UNKNOWN)) != 0) ==
               (label.unknown.ptr != NULL));
    *bits = answers(&label);
    return true;
}

/* What is combined with itself or with nothing said does not change. */
static void meet_check(ent_arena *arena, ent_str handling)
{
    policy_label label, twice;
    ent_json object;
    ent_err err = { 0 };
    ent_str text = ent_arena_printf(arena, "{\"extensions\":{\"" STIX_EXT_HANDLING "\":%.*s}}",
                                    (int)handling.size, handling.ptr);

    if (text.ptr == NULL || ent_json_read(arena, text, &object, &err) != ENT_OK ||
        policy_label_read(object, (ent_json){ 0 }, &label, &err) != ENT_OK)
        return;
    twice = policy_label_meet(&label, &label);
    ENT_ASSERT(answers(&twice) == answers(&label));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    uint64_t plain = 0, bits;
    ent_err err = { 0 };
    ent_json root;
    ent_str handling = ENT_STR_NONE;

    if (size < 65536 &&
        ent_json_read(arena, (ent_str){ (const char *)data, size }, &root, &err) == ENT_OK &&
        ent_json_is(root, ENT_JSON_OBJECT) && ent_json_count(root) > 0)
        handling = ent_json_raw(root);
    for (size_t i = 0; handling.size > 0 && i < sizeof variants / sizeof *variants; i++) {
        if (!variant_answers(arena, handling, &variants[i], &bits))
            continue;
        if (i == 0)
            plain = bits;
        ENT_ASSERT(!variants[i].unknown || bits == 0);
        ENT_ASSERT((bits & ~plain) == 0);
    }
    if (handling.size > 0)
        meet_check(arena, handling);
    ent_arena_free(arena);
    return 0;
}
