/* Of which world the holdings are: said once, for ever, in a document of their own. */
#include "store/backend_int.h"

#define WORLD_MEMORY ((size_t)65536)
#define WORLD_ID     ENT_STR("holdings")

static const char kind[] = "world";

bool store_exercise(const store *s)
{
    return s->exercise;
}

static ent_code world_put(store *s, bool exercise, ent_err *err)
{
    const store_doc doc = { .kind = ENT_STR("world"),
                            .id = WORLD_ID,
                            .peer = ENT_STR(""),
                            .state = exercise ? ENT_STR("exercise") : ENT_STR("live"),
                            .json = ENT_STR("{}") };

    ENT_TRY(store_begin(s, err));
    if (store_doc_put(s, &doc, err) == ENT_OK && store_commit(s, err) == ENT_OK)
        return ENT_OK;
    store_rollback(s);
    return err->code;
}

ent_code store_exercise_settle(store *s, bool exercise, ent_err *err)
{
    ent_arena *arena = ent_arena_new(WORLD_MEMORY);
    ent_err why = { 0 };
    store_doc doc;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = s->ops->doc_get(s, arena, kind, WORLD_ID, &doc, &why);
    if (rc == ENT_NOT_FOUND)
        rc = world_put(s, exercise, err);
    else if (rc != ENT_OK)
        *err = why;
    else if (ent_str_is(doc.state, "exercise") != exercise)
        rc = ent_fail(err, ENT_CONFIG,
                      "these holdings are %s and the home is %s: they never mix [exercise]",
                      exercise ? "live" : "of an exercise", exercise ? "on exercise" : "live");
    if (rc == ENT_OK)
        s->exercise = exercise;
    ent_arena_free(arena);
    return rc;
}
