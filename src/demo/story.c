#include "demo/story_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "psi/keyform.h"

static const char *const type_names[STORY_TYPE_COUNT] = {
#define X(symbol, name) [STORY_##symbol] = (name),
    STORY_TYPES(X)
#undef X
};

/* ---- looking up ---- */

static int text_order(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

void demo_story_sort(ent_str *texts, size_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof *texts, text_order);
}

size_t demo_story_service_find(const story *s, ent_str id)
{
    for (size_t i = 0; i < s->service_count; i++)
        if (ent_str_equal(s->services[i].id, id))
            return i;
    return SIZE_MAX;
}

size_t demo_story_entity_find(const story *s, ent_str id)
{
    size_t low = 0, high = s->entity_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int sign = ent_str_compare(s->entities[s->by_id[middle]].id, id);

        if (sign == 0)
            return s->by_id[middle];
        if (sign < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

const story_chain *demo_story_chain_find(const story *s, ent_str name)
{
    for (size_t i = 0; i < s->chain_count; i++)
        if (ent_str_equal(s->chains[i].name, name))
            return &s->chains[i];
    return NULL;
}

/* ---- members ---- */

ent_code demo_story_wrong(ent_err *err, const char *place, const char *member, const char *why)
{
    return ent_fail(err, ENT_FORMAT, "%s%s%s: %s [scenario/FORM.md]", place,
                    place[0] != '\0' && member[0] != '\0' ? "." : "", member, why);
}

/* A text, or null or nothing, which is empty.  A NUL would end a line of arguments early. */
ent_code demo_story_text(ent_json object, const char *member, const char *place, ent_str *text,
                         ent_err *err)
{
    ent_json value = ent_json_get(object, member);

    *text = ENT_STR("");
    if (value.doc == NULL || ent_json_is(value, ENT_JSON_NULL))
        return ENT_OK;
    if (!ent_json_is(value, ENT_JSON_STRING))
        return demo_story_wrong(err, place, member, "is no text");
    *text = ent_json_str(value);
    if (text->size > ENT_LIMIT_STRING_SIZE)
        return ent_fail(err, ENT_LIMIT, "%s.%s: is longer than %d bytes", place, member,
                        ENT_LIMIT_STRING_SIZE);
    if (text->size > 0 && memchr(text->ptr, '\0', text->size) != NULL)
        return demo_story_wrong(err, place, member, "has a NUL in it");
    return ENT_OK;
}

ent_code demo_story_must_text(ent_json object, const char *member, const char *place, ent_str *text,
                              ent_err *err)
{
    ENT_TRY(demo_story_text(object, member, place, text, err));
    return text->size > 0 ? ENT_OK : demo_story_wrong(err, place, member, "is missing or empty");
}

/* A list of texts; missing or null is empty. */
ent_code demo_story_texts(ent_arena *arena, ent_json object, const char *member, const char *place,
                          story_list *list, ent_err *err)
{
    ent_json value = ent_json_get(object, member);

    *list = (story_list){ 0 };
    if (value.doc == NULL || ent_json_is(value, ENT_JSON_NULL))
        return ENT_OK;
    if (!ent_json_is(value, ENT_JSON_ARRAY))
        return demo_story_wrong(err, place, member, "is no list");
    list->items = ent_arena_array(arena, ent_json_count(value), sizeof *list->items);
    if (list->items == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_json_str(v).size == 0)
            return demo_story_wrong(err, place, member, "has an entry that is no text or is empty");
        if (memchr(ent_json_str(v).ptr, '\0', ent_json_str(v).size) != NULL)
            return demo_story_wrong(err, place, member, "has an entry with a NUL in it");
        list->items[list->count++] = ent_json_str(v);
    }
    return ENT_OK;
}

/* The list that is a member of the story; *has tells whether it is there. */
ent_code demo_story_rows(ent_json root, const char *member, ent_json *rows, bool *has, ent_err *err)
{
    *rows = ent_json_get(root, member);
    *has = rows->doc != NULL && !ent_json_is(*rows, ENT_JSON_NULL);
    if (*has && !ent_json_is(*rows, ENT_JSON_ARRAY))
        return demo_story_wrong(err, "", member, "is no list");
    if (ent_json_count(*rows) > ENT_LIMIT_STORY_ROWS)
        return ent_fail(err, ENT_LIMIT, "%s: has more than %d rows", member, ENT_LIMIT_STORY_ROWS);
    return ENT_OK;
}

/* ---- services ---- */

static bool code_usable(const story *s, ent_str code)
{
    if (code.size < 2 || code.size > 8)
        return false;
    for (size_t i = 0; i < code.size; i++)
        if (!((code.ptr[i] >= 'A' && code.ptr[i] <= 'Z') ||
              (code.ptr[i] >= '0' && code.ptr[i] <= '9')))
            return false;
    for (size_t i = 0; i < s->service_count; i++)
        if (ent_str_equal(s->services[i].code, code))
            return false;
    return true;
}

/* A story's code that no node can have is replaced: S1, S2, ... */
static ent_code code_choose(ent_arena *arena, const story *s, ent_str wanted, ent_str *code,
                            ent_err *err)
{
    *code = wanted;
    for (size_t n = s->service_count + 1; !code_usable(s, *code); n++) {
        *code = ent_arena_printf(arena, "S%zu", n);
        if (code->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

static ent_code services_read(ent_arena *arena, ent_json root, story *s, ent_err *err)
{
    ent_json rows = ent_json_get(root, "services");
    char place[48];

    if (!ent_json_is(rows, ENT_JSON_ARRAY))
        return demo_story_wrong(err, "", "services", "is missing or no list");
    if (ent_json_count(rows) < STORY_SERVICES_MIN)
        return demo_story_wrong(err, "", "services", "has less than two");
    if (ent_json_count(rows) > ENT_LIMIT_PARTIES)
        return ent_fail(err, ENT_LIMIT, "services: has more than %d", ENT_LIMIT_PARTIES);
    s->services = ent_arena_array(arena, ent_json_count(rows), sizeof *s->services);
    if (s->services == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(rows); v.doc != NULL; v = ent_json_next(v)) {
        story_service *service = &s->services[s->service_count];
        ent_str code;

        (void)snprintf(place, sizeof place, "services[%zu]", s->service_count);
        ENT_TRY(demo_story_must_text(v, "id", place, &service->id, err));
        if (demo_story_service_find(s, service->id) != SIZE_MAX)
            return demo_story_wrong(err, place, "id", "is that of an earlier service");
        ENT_TRY(demo_story_text(v, "name", place, &service->name, err));
        ENT_TRY(demo_story_text(v, "country", place, &service->country, err));
        ENT_TRY(demo_story_text(v, "code", place, &code, err));
        ENT_TRY(code_choose(arena, s, code, &service->code, err));
        if (service->name.size == 0)
            service->name = service->code;
        s->service_count++;
    }
    return ENT_OK;
}

/* ---- entities ---- */

static ent_code keys_check(ent_arena *arena, const story_entity *e, const char *place, ent_err *err)
{
    for (size_t i = 0; i < e->keys.count; i++) {
        ent_str key = e->keys.items[i];
        const psi_keyform *form = psi_keyform_of(key);

        if (form == NULL && !(key.size > 4 && ent_str_starts(key, ENT_STR("pub:"))))
            return demo_story_wrong(err, place, "keys", "has a key of no known prefix, or empty");
        if (form != NULL && psi_key_canon(arena, key, &key, err) != ENT_OK)
            return ent_context(err, "%s.keys", place);
    }
    return ENT_OK;
}

static ent_code entity_marks(ent_json v, story_entity *e, const char *place, ent_err *err)
{
    ent_str type, mark;
    int i;

    ENT_TRY(demo_story_must_text(v, "type", place, &type, err));
    for (i = 0; i < STORY_TYPE_COUNT && !ent_str_is(type, type_names[i]); i++)
        ;
    if (i == STORY_TYPE_COUNT)
        return demo_story_wrong(err, place, "type", "is none of the types of entities");
    e->type = (story_type)i;
    ENT_TRY(demo_story_text(v, "mark", place, &mark, err));
    if (mark.size == 0)
        mark = ENT_STR("X");
    if (mark.size != 1 || strchr("MSWOPX", mark.ptr[0]) == NULL)
        return demo_story_wrong(err, place, "mark", "is none of M S W O P X");
    e->mark = mark.ptr[0];
    return ENT_OK;
}

static ent_code entity_dates(const story_entity *e, const char *place, ent_err *err)
{
    ent_days days;

    if (e->iv.size > 0 && ent_interval_read(e->iv, &days, err) != ENT_OK)
        return ent_context(err, "%s.iv", place);
    if (e->rev.size > 0 && ent_days_read(e->rev, &days, err) != ENT_OK)
        return ent_context(err, "%s.rev", place);
    if (e->dob.size > 0 && ent_days_read(e->dob, &days, err) != ENT_OK)
        return ent_context(err, "%s.dob", place);
    return ENT_OK;
}

static ent_code entity_read(ent_arena *arena, ent_json v, story_entity *e, const char *place,
                            ent_err *err)
{
    if (!ent_json_is(v, ENT_JSON_OBJECT))
        return demo_story_wrong(err, place, "", "is no object");
    ENT_TRY(demo_story_must_text(v, "id", place, &e->id, err));
    ENT_TRY(entity_marks(v, e, place, err));
    ENT_TRY(demo_story_text(v, "label", place, &e->label, err));
    ENT_TRY(demo_story_text(v, "dob", place, &e->dob, err));
    ENT_TRY(demo_story_text(v, "iv", place, &e->iv, err));
    ENT_TRY(demo_story_text(v, "rate", place, &e->rate, err));
    ENT_TRY(demo_story_text(v, "rev", place, &e->rev, err));
    ENT_TRY(demo_story_text(v, "note", place, &e->note, err));
    ENT_TRY(demo_story_texts(arena, v, "keys", place, &e->keys, err));
    ENT_TRY(demo_story_texts(arena, v, "names", place, &e->names, err));
    if (e->names.count > ENT_LIMIT_NAMES)
        return ent_fail(err, ENT_LIMIT, "%s.names: has more than %d", place, ENT_LIMIT_NAMES);
    if (e->rate.size > 0 && (e->rate.size != 2 || strchr("ABCDEF", e->rate.ptr[0]) == NULL ||
                             strchr("123456", e->rate.ptr[1]) == NULL))
        return demo_story_wrong(err, place, "rate", "is no Admiralty rating, A1 to F6");
    ENT_TRY(keys_check(arena, e, place, err));
    return entity_dates(e, place, err);
}

/* How many rows all the services' lists in root.member have together. */
static ent_code rows_count(ent_json root, const char *member, size_t *count, ent_err *err)
{
    ent_json lists = ent_json_get(root, member);
    size_t all = 0;

    if (lists.doc != NULL && !ent_json_is(lists, ENT_JSON_OBJECT))
        return demo_story_wrong(err, "", member, "is no object with a list for each service");
    for (ent_json v = ent_json_first(lists); v.doc != NULL; v = ent_json_next(v)) {
        if (!ent_json_is(v, ENT_JSON_ARRAY))
            return demo_story_wrong(err, "", member, "has a service without a list");
        all += ent_json_count(v);
    }
    if (all > ENT_LIMIT_STORY_ROWS)
        return ent_fail(err, ENT_LIMIT, "%s: has more than %d rows", member, ENT_LIMIT_STORY_ROWS);
    *count = all;
    return ENT_OK;
}

/* qsort has no argument: rows with what they are sorted by. */
struct id_row {
    ent_str id;
    size_t entity;
};

static int id_order(const void *a, const void *b)
{
    return ent_str_compare(((const struct id_row *)a)->id, ((const struct id_row *)b)->id);
}

static ent_code ids_sort(ent_arena *arena, story *s, ent_err *err)
{
    struct id_row *rows = ent_arena_array(arena, s->entity_count + 1, sizeof *rows);

    s->by_id = ent_arena_array(arena, s->entity_count + 1, sizeof *s->by_id);
    if (rows == NULL || s->by_id == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->entity_count; i++)
        rows[i] = (struct id_row){ s->entities[i].id, i };
    qsort(rows, s->entity_count, sizeof *rows, id_order);
    for (size_t i = 0; i < s->entity_count; i++) {
        if (i > 0 && ent_str_equal(rows[i].id, rows[i - 1].id))
            return ent_fail(err, ENT_FORMAT,
                            "entities: the id '%.*s' is given twice [scenario/FORM.md]",
                            rows[i].id.size > 80 ? 80 : (int)rows[i].id.size, rows[i].id.ptr);
        s->by_id[i] = rows[i].entity;
    }
    return ENT_OK;
}

static ent_code entities_read(ent_arena *arena, ent_json root, story *s, ent_err *err)
{
    ent_json lists = ent_json_get(root, "entities");
    char place[96];
    size_t count;

    ENT_TRY(rows_count(root, "entities", &count, err));
    s->entities = ent_arena_array(arena, count + 1, sizeof *s->entities);
    if (s->entities == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->service_count; i++) {
        ent_str id = s->services[i].id;
        size_t number = 0;

        for (ent_json v = ent_json_first(ent_json_get_str(lists, id)); v.doc != NULL;
             v = ent_json_next(v)) {
            (void)snprintf(place, sizeof place, "entities.%.*s[%zu]",
                           id.size > 40 ? 40 : (int)id.size, id.ptr, number++);
            s->entities[s->entity_count].service = i;
            ENT_TRY(entity_read(arena, v, &s->entities[s->entity_count], place, err));
            s->entity_count++;
        }
    }
    return ids_sort(arena, s, err);
}

/* ---- links ---- */

static ent_code link_end(const story *s, ent_json v, const char *member, const char *place,
                         size_t service, size_t *entity, ent_err *err)
{
    ent_str id;

    ENT_TRY(demo_story_must_text(v, member, place, &id, err));
    *entity = demo_story_entity_find(s, id);
    if (*entity == SIZE_MAX || s->entities[*entity].service != service)
        return demo_story_wrong(err, place, member, "is no entity of that service");
    return ENT_OK;
}

static ent_code link_read(const story *s, ent_json v, story_link *link, const char *place,
                          ent_err *err)
{
    ent_json conf = ent_json_get(v, "conf"), ev = ent_json_get(v, "ev");
    int64_t confidence;
    ent_days days;

    if (!ent_json_is(v, ENT_JSON_OBJECT))
        return demo_story_wrong(err, place, "", "is no object");
    ENT_TRY(link_end(s, v, "a", place, link->service, &link->a, err));
    ENT_TRY(link_end(s, v, "b", place, link->service, &link->b, err));
    ENT_TRY(demo_story_must_text(v, "rel", place, &link->rel, err));
    ENT_TRY(demo_story_text(v, "iv", place, &link->iv, err));
    ENT_TRY(demo_story_text(v, "note", place, &link->note, err));
    if (link->iv.size > 0 && ent_interval_read(link->iv, &days, err) != ENT_OK)
        return ent_context(err, "%s.iv", place);
    link->confidence = -1;
    if (conf.doc != NULL && !ent_json_is(conf, ENT_JSON_NULL)) {
        if (!ent_json_int(conf, &confidence) || confidence < 0 || confidence > 100)
            return demo_story_wrong(err, place, "conf", "is no whole number from 0 to 100");
        link->confidence = (int)confidence;
    }
    if (ev.doc != NULL && !ent_json_is(ev, ENT_JSON_TRUE) && !ent_json_is(ev, ENT_JSON_FALSE))
        return demo_story_wrong(err, place, "ev", "is neither true nor false");
    link->evidential = !ent_json_is(ev, ENT_JSON_FALSE);
    return ENT_OK;
}

static ent_code links_read(ent_arena *arena, ent_json root, story *s, ent_err *err)
{
    ent_json lists = ent_json_get(root, "links");
    char place[96];
    size_t count;

    ENT_TRY(rows_count(root, "links", &count, err));
    s->links = ent_arena_array(arena, count + 1, sizeof *s->links);
    if (s->links == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->service_count; i++) {
        ent_str id = s->services[i].id;
        size_t number = 0;

        for (ent_json v = ent_json_first(ent_json_get_str(lists, id)); v.doc != NULL;
             v = ent_json_next(v)) {
            story_link *link = &s->links[s->link_count++];

            (void)snprintf(place, sizeof place, "links.%.*s[%zu]", id.size > 40 ? 40 : (int)id.size,
                           id.ptr, number);
            link->service = i;
            link->number = number++;
            ENT_TRY(link_read(s, v, link, place, err));
        }
    }
    return ENT_OK;
}

/* ---- the day ---- */

static ent_day day_after_everything(const story *s)
{
    ent_day last = ent_day_of(2024, 11, 9);
    ent_err ignored = { 0 };
    ent_days days;

    for (size_t i = 0; i < s->entity_count; i++)
        if (s->entities[i].iv.size > 0 &&
            ent_interval_read(s->entities[i].iv, &days, &ignored) == ENT_OK) {
            if (days.last != ENT_DAY_MAX && days.last > last)
                last = days.last;
            if (days.first != ENT_DAY_MIN && days.first > last)
                last = days.first;
        }
    return last + 1;
}

ent_day demo_story_day(const story *s)
{
    ent_day earliest = ENT_DAY_MAX;
    ent_err ignored = { 0 };
    ent_days days;

    for (size_t i = 0; i < s->entity_count; i++)
        if (s->entities[i].rev.size > 0 &&
            ent_days_read(s->entities[i].rev, &days, &ignored) == ENT_OK && days.first < earliest)
            earliest = days.first;
    return earliest == ENT_DAY_MAX ? day_after_everything(s) : earliest - 1;
}

ent_code demo_story_read(ent_arena *arena, ent_str text, story *s, ent_err *err)
{
    ent_json root;

    *s = (story){ 0 };
    if (text.size > ENT_LIMIT_STORY_SIZE)
        return ent_fail(err, ENT_LIMIT, "the story is larger than %d bytes", ENT_LIMIT_STORY_SIZE);
    ENT_TRY(ent_json_read(arena, text, &root, err));
    if (!ent_json_is(root, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "the story is no JSON object [scenario/FORM.md]");
    ENT_TRY(services_read(arena, root, s, err));
    ENT_TRY(entities_read(arena, root, s, err));
    ENT_TRY(links_read(arena, root, s, err));
    return demo_story_truth_read(arena, root, s, err);
}
