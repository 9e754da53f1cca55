/* sim: what is released to persons by name: who reads it, and that nothing else changes for
 * anybody else. */
#include "sim/release_stage.h"

#include "desk/compartment.h"
#include "desk/view.h"

#define RED SUSPECT ",\"handling\":[\"TLP:RED\"]"

/* A person of the second node reads through what is shown to that person. */
static void reads_as(struct stage *s, const char *person)
{
    const store_reader *reader;
    ent_err err = { 0 };

    (void)store_reader_set(s->b->d.store, NULL);
    if (person == NULL)
        return;
    CHECK_OK(desk_reader_open(&s->b->d, s->arena, ent_str_of(person), NULL, 0, &reader, &err),
             &err);
    (void)store_reader_set(s->b->d.store, reader);
}

static ent_code row_write(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s %.*s\n", ENT_STR_ARG(row->owner), ENT_STR_ARG(row->id),
                   ENT_STR_ARG(row->bytes));
    return ENT_OK;
}

static ent_code doc_write(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    ent_buf_printf(arg, "%.*s %.*s\n", ENT_STR_ARG(doc->id), ENT_STR_ARG(doc->json));
    return ENT_OK;
}

/* Everything that a person may find there: records, by words and keys, counts, documents. */
static ent_str seen_by(struct stage *s, const char *person)
{
    static const char *const kinds[] = { "release-in", "hit", "case", "same" };
    const store_query queries[] = { { .owner = NULL },
                                    { .text = "orlova" },
                                    { .key_start = "nm:" },
                                    { .owner = "DSV", .versions = true },
                                    { .ref = ANNA } };
    store *b = s->b->d.store;
    ent_err err = { 0 };
    int64_t count;
    ent_str all;
    ent_buf buf;

    reads_as(s, person);
    ent_buf_init(&buf, s->arena);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        CHECK_OK(store_objects_each(b, &queries[i], row_write, &buf, &err), &err);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        CHECK_OK(store_docs_each(b, kinds[i], NULL, NULL, doc_write, &buf, &err), &err);
    CHECK_OK(store_count(b, NULL, &count, &err), &err);
    ent_buf_printf(&buf, "%lld", (long long)count);
    reads_as(s, NULL);
    CHECK_OK(ent_buf_done(&buf, &all, &err), &err);
    return all;
}

static bool sees(struct stage *s, const char *person, const char *text)
{
    ent_str all = seen_by(s, person);

    return has(all.ptr, all.size, text);
}

static ent_code draft_for(struct stage *s, const char *id, const char *const *names, size_t count,
                          desk_draft_state *state, ent_err *err)
{
    ent_str ids[] = { ent_str_of(id) }, named[20];
    desk_draft_request request = { .peer = s->b->code,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = ids,
                                   .id_count = 1,
                                   .named = named,
                                   .named_count = count,
                                   .drafter = s->a->people[4].name };
    desk_gate_result result;

    for (size_t i = 0; i < count; i++)
        named[i] = ent_str_of(names[i]);
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a, desk_release_draft(&s->a->d, s->arena, &request, &result, state, err),
                    err);
}

static ent_str release_for(struct stage *s, const char *id, const char *name)
{
    desk_draft_state state;
    ent_err err;

    CHECK_OK(draft_for(s, id, &name, 1, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 0, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 1, &state, &err), &err);
    CHECK_STR(state.state, "sent");
    sim_carry(&s->world);
    return state.id;
}

static void newer(struct stage *s, const char *label)
{
    admit(s->a, "",
          ent_arena_printf(s->arena,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ANNA
                           "\",\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":"
                           "\"2024-11-03T10:11:12.345Z\",\"created_by_ref\":\"" XOBJ
                           "\",\"name\":\"Anna Orlova\",\"identity_class\":\"individual\","
                           "\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL ",%s}}}",
                           label)
              .ptr);
}

static void red_goes_to_persons_by_name_and_to_nobody_else(void **state)
{
    const char *const eve[] = { "eve" };
    desk_draft_state st;
    struct stage s;
    ent_str before, id;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    newer(&s, RED);
    CHECK_INT(draft(&s, ANNA, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[tlp]") != NULL);
    before = seen_by(&s, "mallory");
    CHECK_INT(draft_for(&s, ANNA, eve, 1, &st, &err), ENT_OK);
    id = release_for(&s, ANNA, "eve");
    CHECK_TEXT(state_of(s.b, s.arena, "release-in", id), "stored");
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "received");
    CHECK(sees(&s, "eve", "Anna Orlova") && sees(&s, "eve", ANNA));
    CHECK_TEXT(seen_by(&s, "mallory"), before.ptr);
    CHECK_TEXT(seen_by(&s, ""), before.ptr);
    CHECK(sees(&s, NULL, "Anna Orlova")); /* oversight */
    stage_strike(&s);
}

/* TAXII views judge each record again. */
static ent_code permitted_count(void *arg, const store_row *row, bool permitted, ent_err *err)
{
    (void)row;
    (void)err;
    *(int *)arg += permitted;
    return ENT_OK;
}

static int viewed(struct stage *s, const char *name)
{
    desk_audience audience = { .name = ent_str_of(name), .any_purpose = true, .categories = ~0U };
    desk_view view;
    ent_err err = { 0 };
    store_row row;
    int count = 0;

    CHECK_OK(
        desk_view_open(&s->b->d, s->arena, ENT_STR(""), ENT_STR("DSV"), &audience, &view, &err),
        &err);
    CHECK_OK(desk_view_each(&view, 0, permitted_count, &count, &err), &err);
    CHECK_INT(desk_view_read(&view, s->arena, ENT_STR(ANNA), ENT_STR("2024-11-03T10:11:00.000Z"),
                             &row, &err) == ENT_OK,
              count > 0);
    return count;
}

static void a_view_shows_it_to_who_is_named(void **state)
{
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    newer(&s, RED);
    (void)release_for(&s, ANNA, "eve");
    CHECK_INT(viewed(&s, "eve"), 1);
    CHECK_INT(viewed(&s, "mallory"), 0);
    CHECK_INT(viewed(&s, ""), 0);
    stage_strike(&s);
}

/* A partner that knows an id of ours cannot hide ours from us with it. */
static void it_hides_nothing_that_somebody_else_holds(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    store_doc hit = { .kind = ENT_STR("hit"),
                      .id = ENT_STR("h1"),
                      .peer = ENT_STR(""),
                      .state = ENT_STR("open"),
                      .json = ENT_STR("{\"own\":[\"" ANNA "\"]}") };

    (void)state;
    stage_set(&s, 2);
    person(s.b, s.arena, ANNA, "Ours Altogether", SUSPECT);
    relation(s.b, s.arena, LINK1, ANNA, BORIS, "");
    CHECK_OK(SIM_WORK(s.b, store_doc_put(s.b->d.store, &hit, &err), &err), &err);
    newer(&s, RED);
    (void)release_for(&s, ANNA, "eve");
    CHECK(sees(&s, "mallory", "Ours Altogether") && sees(&s, "mallory", "h1 {\"own\""));
    CHECK(sees(&s, "mallory", LINK1));
    CHECK(!sees(&s, "mallory", "Anna Orlova") && !sees(&s, "mallory", "\"for\":[\"eve\"]"));
    CHECK(sees(&s, "eve", "\"for\":[\"eve\"]"));
    CHECK(sees(&s, "eve", "Anna Orlova") && sees(&s, "eve", "Ours Altogether"));
    stage_strike(&s);
}

static void a_later_link_to_it_is_not_told_to_others(void **state)
{
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    newer(&s, RED);
    (void)release_for(&s, ANNA, "eve");
    (void)release(&s, BORIS); /* brings the link between them along */
    CHECK(sees(&s, NULL, LINK2));
    CHECK(sees(&s, "mallory", BORIS) && !sees(&s, "mallory", ANNA));
    CHECK(sees(&s, "eve", LINK2));
    stage_strike(&s);
}

static void what_everybody_has_is_not_narrowed(void **state)
{
    const char *const eve[] = { "eve" };
    desk_draft_state st;
    struct stage s;
    ent_str before;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    (void)release(&s, ANNA);
    before = seen_by(&s, "mallory");
    CHECK_INT(draft_for(&s, ANNA, eve, 1, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[named]") != NULL);
    CHECK_TEXT(seen_by(&s, "mallory"), before.ptr);
    stage_strike(&s);
}

static void what_everybody_had_is_not_narrowed_when_it_was_called_back(void **state)
{
    const char *const eve[] = { "eve" };
    desk_draft_state st;
    struct stage s;
    ent_str id, before;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    id = release(&s, ANNA);
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    before = seen_by(&s, "mallory");
    CHECK_INT(draft_for(&s, ANNA, eve, 1, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[named]") != NULL);
    CHECK_TEXT(seen_by(&s, "mallory"), before.ptr);
    stage_strike(&s);
}

static void for_all_afterwards_all_read_it_and_a_recall_leaves_nothing(void **state)
{
    struct stage s;
    ent_str id;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    id = release_for(&s, BORIS, "eve"); /* of any colour */
    CHECK(!sees(&s, "mallory", "Boris Orlov"));
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK(!sees(&s, "eve", "Boris Orlov") && !sees(&s, NULL, "Boris Orlov"));
    CHECK(sees(&s, "eve", BORIS) && !sees(&s, "mallory", BORIS)); /* that it was */
    (void)release_for(&s, BORIS, "eve"); /* again, by name: it was never everybody's */
    CHECK(sees(&s, "eve", "Boris Orlov") && !sees(&s, "mallory", "Boris Orlov"));
    (void)release(&s, BORIS);
    CHECK(sees(&s, "eve", "Boris Orlov") && sees(&s, "mallory", "Boris Orlov"));
    stage_strike(&s);
}

static void names_have_bounds(void **state)
{
    const char *many[20], *const twice[] = { "eve", "eve" }, *const none[] = { "" };
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    for (size_t i = 0; i < 20; i++)
        many[i] = ent_arena_printf(s.arena, "u%zu", i).ptr;
    CHECK_INT(draft_for(&s, ANNA, many, 17, &st, &err), ENT_USAGE);
    CHECK_INT(draft_for(&s, ANNA, twice, 2, &st, &err), ENT_USAGE);
    CHECK_INT(draft_for(&s, ANNA, none, 1, &st, &err), ENT_USAGE);
    CHECK_OK(draft_for(&s, ANNA, many, 16, &st, &err), &err);
    stage_strike(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(red_goes_to_persons_by_name_and_to_nobody_else),
        cmocka_unit_test(a_view_shows_it_to_who_is_named),
        cmocka_unit_test(it_hides_nothing_that_somebody_else_holds),
        cmocka_unit_test(a_later_link_to_it_is_not_told_to_others),
        cmocka_unit_test(what_everybody_has_is_not_narrowed),
        cmocka_unit_test(what_everybody_had_is_not_narrowed_when_it_was_called_back),
        cmocka_unit_test(for_all_afterwards_all_read_it_and_a_recall_leaves_nothing),
        cmocka_unit_test(names_have_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
