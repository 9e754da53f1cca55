/* Any bytes as a story: one that is accepted points only at what it has, and what each of
 * its services holds can be written as STIX that the holdings read, with a whole label. */
#include "demo/encode.h"
#include "holdings/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void service_check(ent_arena *arena, const story *s, size_t service, const demo_ids *ids)
{
    ent_err err = { 0 };
    ent_json bundle, object;
    ent_str text;
    size_t count = 0;

    if (demo_encode(arena, s, service, demo_story_day(s), ids, "x", &text, &err) != ENT_OK)
        return; /* the arena is full */
    ENT_ASSERT(ent_json_read(arena, text, &bundle, &err) == ENT_OK || err.code == ENT_LIMIT);
    if (err.code == ENT_LIMIT)
        return;
    object = ent_json_first(ent_json_get(bundle, "objects"));
    for (; object.doc != NULL; object = ent_json_next(object), count++) {
        holdings_entry entry;

        if (holdings_index(arena, ent_json_raw(object), ENT_STR_NONE, &entry, &err) == ENT_OK)
            ENT_ASSERT(entry.label.complete);
        else
            ENT_ASSERT(err.code == ENT_LIMIT || err.code == ENT_FORMAT);
    }
    for (size_t i = 0; i < s->entity_count; i++)
        count -= s->entities[i].service == service;
    for (size_t i = 0; i < s->link_count; i++)
        count -= s->links[i].service == service;
    ENT_ASSERT(count == 0);
}

static void story_check(ent_arena *arena, const story *s)
{
    ent_err err = { 0 };
    demo_ids ids;

    for (size_t i = 0; i < s->entity_count; i++)
        ENT_ASSERT(demo_story_entity_find(s, s->entities[i].id) == i);
    for (size_t i = 0; i < s->link_count; i++)
        ENT_ASSERT(s->entities[s->links[i].a].service == s->links[i].service &&
                   s->entities[s->links[i].b].service == s->links[i].service);
    for (size_t i = 0; i < s->hit_count; i++)
        ENT_ASSERT(s->hits[i].pair[0] < s->hits[i].pair[1]);
    for (size_t i = 0; i < s->release_count; i++)
        for (size_t j = 0; j < s->releases[i].object_count; j++)
            ENT_ASSERT(s->entities[s->releases[i].objects[j]].service == s->releases[i].from);
    if (demo_ids_make(arena, s, demo_sample_id, NULL, &ids, &err) == ENT_OK)
        for (size_t i = 0; i < s->service_count; i++)
            service_check(arena, s, i, &ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_err err = { 0 };
    story s;

    if (demo_story_read(arena, (ent_str){ (const char *)data, size }, &s, &err) == ENT_OK)
        story_check(arena, &s);
    else
        ENT_ASSERT(err.msg[0] != '\0');
    ent_arena_free(arena);
    return 0;
}
