/* names/index: what scoring everything finds, the index finds, in the same order. */
#include "test.h"

#include "names/index.h"

#define ROOM ((size_t)256 << 20)
#define LIST 600

static const char *const given[] = { "Ivan", "Elkhan", "Mohammed", "Oxana",
                                     "Jean", "Nabil",  "Farid",    "Olga" };
static const char *const family[] = { "Dzhuranaev", "Petrov", "Farsoun",  "al-Zarnuf", "Corvelay",
                                      "Drevlyan",   "Vesnin", "Kostadin", "Zeddouri" };

static const names_prepared *prepared(ent_arena *arena, ent_str name, ent_str birth)
{
    names_record *r = ent_arena_alloc(arena, sizeof *r);
    ent_str *texts = ent_arena_array(arena, 2, sizeof *texts);
    const names_prepared *out;
    ent_err err = { 0 };

    texts[0] = name;
    texts[1] = birth;
    *r = (names_record){ .schema = ENT_STR("person"),
                         .names = texts,
                         .name_count = 1,
                         .births = texts + 1,
                         .birth_count = birth.ptr != NULL };
    CHECK_OK(names_prepare(arena, r, &out, &err), &err);
    return out;
}

static void the_index_finds_what_scoring_everything_finds(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const names_prepared *list[LIST];
    names_scratch *scratch;
    names_index *index;
    names_hit hits[LIST];
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < LIST; i++)
        list[i] = prepared(arena,
                           ent_arena_printf(arena, "%s %s%s", given[i % 8], family[i * 7 % 9],
                                            i % 5 == 0 ? " Ivanovich" : ""),
                           i % 3 == 0 ? ENT_STR_NONE
                                      : ent_arena_printf(arena, "19%02zu-0%zu-1%zu", i % 90 + 10,
                                                         i % 9 + 1, i % 9));
    CHECK_OK(names_index_new(list, LIST, &index, &err), &err);
    CHECK_OK(names_scratch_new(index, &scratch, &err), &err);
    for (size_t q = 0; q < 72; q++) {
        const names_prepared *query = prepared(
            arena, ent_arena_printf(arena, "%s %s", family[q % 9], given[q / 9]), ENT_STR_NONE);
        size_t found = names_index_find(index, scratch, query, 0.5, hits, LIST), expected = 0;

        for (size_t i = 0; i < LIST; i++)
            expected += names_score(query, list[i]).score >= 0.5;
        CHECK_INT(found, expected);
        for (size_t i = 0; i < found; i++) {
            double again = names_score(query, list[hits[i].record]).score;

            CHECK(hits[i].result.score >= again && hits[i].result.score <= again);
            if (i > 0)
                CHECK(hits[i - 1].result.score > again ||
                      (hits[i - 1].result.score >= again && hits[i - 1].record < hits[i].record));
        }
        CHECK(names_index_find(index, scratch, query, 0.5, hits, 1) <= 1);
    }
    names_scratch_free(scratch);
    names_index_free(index);
    ent_arena_free(arena);
}

static void an_empty_list_finds_nothing(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const names_prepared *query = prepared(arena, ENT_STR("Ivan Petrov"), ENT_STR_NONE);
    names_scratch *scratch;
    names_index *index;
    names_hit hit;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(names_index_new(&query, 0, &index, &err), &err);
    CHECK_OK(names_scratch_new(index, &scratch, &err), &err);
    CHECK_INT(names_index_find(index, scratch, query, 0, &hit, 1), 0);
    names_scratch_free(scratch);
    names_index_free(index);
    ent_arena_free(arena);
}

/* What tells nobody apart among his own people is still what he is searched by.  In the other
 * order, for two words written as one would find him too. */
static void the_commonest_name_is_found(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const names_prepared *listed = prepared(arena, ENT_STR("Muhammad ALI"), ENT_STR_NONE);
    const names_prepared *query = prepared(arena, ENT_STR("Ali Mohamed"), ENT_STR_NONE);
    names_scratch *scratch;
    names_index *index;
    names_hit hit;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(names_index_new(&listed, 1, &index, &err), &err);
    CHECK_OK(names_scratch_new(index, &scratch, &err), &err);
    CHECK_INT(names_index_find(index, scratch, query, 0, &hit, 1), 1);
    names_scratch_free(scratch);
    names_index_free(index);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(the_index_finds_what_scoring_everything_finds), TEST(an_empty_list_finds_nothing),
          TEST(the_commonest_name_is_found))
