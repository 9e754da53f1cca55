#include "casework/item.h"

#include "base/text.h"

#include <inttypes.h>

static const char *const kind_names[] = {
#define X(symbol, name) name,
    CASEWORK_KINDS(X)
#undef X
};

static const struct {
    const char *name;
    int64_t acknowledge, answer, hold;
} precedences[] = {
#define X(symbol, name, acknowledge, answer, hold) { name, acknowledge, answer, hold },
#include "casework/precedence.def"
#undef X
};

const char *casework_kind_name(casework_kind kind)
{
    return kind_names[kind];
}

const char *casework_precedence_name(casework_precedence precedence)
{
    return precedences[precedence].name;
}

bool casework_precedence_read(ent_str name, casework_precedence *precedence)
{
    for (int i = 0; i < CASEWORK_PRECEDENCE_COUNT; i++)
        if (ent_str_is(name, precedences[i].name)) {
            *precedence = (casework_precedence)i;
            return true;
        }
    return false;
}

int64_t casework_acknowledge_within(casework_precedence precedence)
{
    return precedences[precedence].acknowledge;
}

int64_t casework_answer_within(casework_precedence precedence)
{
    return precedences[precedence].answer;
}

int64_t casework_hold(casework_precedence precedence)
{
    return precedences[precedence].hold;
}

/* ---- reading ---- */

static ent_time time_of(ent_json json, const char *name)
{
    ent_err ignored = { 0 };
    ent_time time;

    return ent_time_read(ent_json_get_text(json, name), &time, &ignored) == ENT_OK ? time : 0;
}

static ent_str raw_of(ent_json json, const char *name)
{
    ent_json value = ent_json_get(json, name);

    return value.doc == NULL ? ENT_STR("") : ent_json_raw(value);
}

static ent_code events_read(ent_arena *arena, ent_json list, casework_item *item, ent_err *err)
{
    item->events = ent_arena_array(arena, ent_json_count(list) + 1, sizeof *item->events);
    if (item->events == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        item->events[item->event_count++] = (casework_event){ .state = ent_json_get_text(v, "what"),
                                                              .by = ent_json_get_text(v, "by"),
                                                              .note = ent_json_get_text(v, "note"),
                                                              .time = time_of(v, "time") };
    return ENT_OK;
}

static ent_code item_read(ent_arena *arena, const store_doc *doc, casework_item *item, ent_err *err)
{
    ent_json json;
    ent_str kind;
    int i = 0;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *item = (casework_item){ .id = doc->id, .peer = doc->peer, .state = doc->state };
    kind = ent_json_get_text(json, "kind");
    while (i < CASEWORK_KIND_COUNT && !ent_str_is(kind, kind_names[i]))
        i++;
    if (i == CASEWORK_KIND_COUNT ||
        !casework_precedence_read(ent_json_get_text(json, "precedence"), &item->precedence))
        return ent_fail(err, ENT_IO, "the item %.*s is damaged", ENT_STR_ARG(doc->id));
    item->kind = (casework_kind)i;
    item->out = ent_str_is(ent_json_get_text(json, "direction"), "out");
    item->said = ent_json_get_text(json, "said");
    ENT_TRY(ent_json_read(arena, item->said, &item->body, err));
    item->entry = ent_json_get_text(json, "entry");
    item->sent = time_of(json, "sent");
    item->received = time_of(json, "received");
    (void)ent_json_int(ent_json_get(json, "skew"), &item->skew);
    item->owner = ent_json_get_text(json, "owner");
    (void)ent_json_int(ent_json_get(json, "escalated"), &item->escalated);
    item->legal_first = ent_json_true(ent_json_get(json, "legal_first"));
    item->answer = raw_of(json, "answer");
    item->duplicates = raw_of(json, "duplicates");
    item->readings = raw_of(json, "readings");
    item->hits = raw_of(json, "hits");
    return events_read(arena, ent_json_get(json, "events"), item, err);
}

ent_code casework_item_load(desk *d, ent_arena *arena, ent_str id, casework_item *item,
                            ent_err *err)
{
    store_doc doc;

    if (store_doc_get(d->store, arena, "item", id, &doc, err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND, "there is no tip, request or message '%.*s'",
                              id.size > 60 ? 60 : (int)id.size, id.ptr)
                   : err->code;
    return item_read(arena, &doc, item, err);
}

ent_code casework_items(desk *d, ent_arena *arena, const char *peer, casework_item **items,
                        size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "item", peer, NULL, &docs, count, err));
    *items = ent_arena_array(arena, *count + 1, sizeof **items);
    if (*items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(item_read(arena, &docs[i], &(*items)[i], err));
    return ENT_OK;
}

ent_code casework_item_find(desk *d, ent_arena *arena, ent_str text, casework_item *item,
                            ent_err *err)
{
    casework_item *items, *found = NULL;
    size_t count;

    if (ent_uuid_valid(text))
        return casework_item_load(d, arena, text, item, err);
    ENT_TRY(casework_items(d, arena, NULL, &items, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool fits =
            (text.size >= 4 && ent_str_starts(items[i].id, text)) ||
            (text.size > 0 && ent_str_equal(ent_json_get_text(items[i].body, "reference"), text));

        if (!fits)
            continue;
        if (found != NULL)
            return ent_fail(err, ENT_CONFLICT, "'%.*s' is more than one: %.*s, %.*s",
                            text.size > 60 ? 60 : (int)text.size, text.ptr, ENT_STR_ARG(found->id),
                            ENT_STR_ARG(items[i].id));
        found = &items[i];
    }
    if (found == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "there is no tip, request or message '%.*s'",
                        text.size > 60 ? 60 : (int)text.size, text.ptr);
    *item = *found;
    return ENT_OK;
}

/* ---- writing ---- */

static void text_put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void time_put(ent_arena *arena, ent_jw *w, const char *name, ent_time time)
{
    if (time != 0)
        text_put(w, name, desk_time_text(arena, time));
}

static void raw_put(ent_jw *w, const char *name, ent_str json)
{
    if (json.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_raw(w, json);
}

static void events_put(ent_arena *arena, const casework_item *item, ent_jw *w)
{
    ent_jw_key(w, "events");
    ent_jw_array(w);
    for (size_t i = 0; i < item->event_count; i++) {
        const casework_event *e = &item->events[i];

        ent_jw_object(w);
        text_put(w, "what", e->state);
        time_put(arena, w, "time", e->time);
        text_put(w, "by", e->by);
        text_put(w, "note", e->note);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

/* What both the document and the line for people have. */
static void common_put(ent_arena *arena, const casework_item *item, ent_jw *w)
{
    text_put(w, "kind", ent_str_of(kind_names[item->kind]));
    text_put(w, "direction", item->out ? ENT_STR("out") : ENT_STR("in"));
    text_put(w, "precedence", ent_str_of(precedences[item->precedence].name));
    time_put(arena, w, "sent", item->sent);
    time_put(arena, w, "received", item->received);
    text_put(w, "owner", item->owner);
    if (item->escalated > 0) {
        ent_jw_key(w, "escalated");
        ent_jw_int(w, item->escalated);
    }
    if (item->legal_first) {
        ent_jw_key(w, "legal_first");
        ent_jw_bool(w, true);
    }
    raw_put(w, "answer", item->answer);
    raw_put(w, "duplicates", item->duplicates);
    raw_put(w, "readings", item->readings);
    raw_put(w, "hits", item->hits);
    if (item->skew != 0) {
        ent_jw_key(w, "skew");
        ent_jw_int(w, item->skew);
    }
    events_put(arena, item, w);
}

ent_code casework_item_save(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("item"),
                      .id = item->id,
                      .peer = item->peer,
                      .state = item->state,
                      .time = item->sent };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    text_put(&w, "said", item->said);
    text_put(&w, "entry", item->entry);
    common_put(arena, item, &w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code casework_item_key(desk *d, ent_arena *arena, const casework_item *item, ent_str key,
                           ent_err *err)
{
    ent_hash hash = ent_hash_of(key.ptr, key.size);
    store_doc doc = {
        .kind = ENT_STR("item-key"), .peer = item->peer, .state = key, .time = item->sent
    };
    char hex[17];

    ent_hex_write(hash.bytes, 8, hex);
    doc.id = ent_arena_printf(arena, "%.*s/%s", ENT_STR_ARG(item->id), hex);
    doc.json = ent_arena_printf(arena, "{\"item\":\"%.*s\"}", ENT_STR_ARG(item->id));
    if (doc.id.ptr == NULL || doc.json.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

/* The text itself is a key too: the same words again are the same report. */
static ent_code text_key(ent_arena *arena, ent_str text, ent_str *key, ent_err *err)
{
    ent_hash hash = ent_hash_of(text.ptr, text.size);
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    *key = ent_arena_printf(arena, "text:%s", hex);
    return key->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code casework_item_add(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    ent_str text = ent_json_get_text(item->body, "text"), key;
    ent_json keys = ent_json_get(item->body, "keys");

    for (ent_json v = ent_json_first(keys); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(casework_item_key(d, arena, item, ent_json_str(v), err));
    if (text.size > 0 && item->kind != CASEWORK_MESSAGE) {
        ENT_TRY(text_key(arena, text, &key, err));
        ENT_TRY(casework_item_key(d, arena, item, key, err));
    }
    return casework_item_save(d, arena, item, err);
}

ent_code casework_items_with_key(desk *d, ent_arena *arena, ent_str key, ent_str **ids,
                                 size_t *count, ent_err *err)
{
    ent_str terminated = ent_arena_str(arena, key);
    store_doc *docs;

    if (terminated.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "item-key", NULL, terminated.ptr, &docs, count, err));
    *ids = ent_arena_array(arena, *count + 1, sizeof **ids);
    if (*ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        (*ids)[i] = ent_json_get_text(json, "item");
    }
    return ENT_OK;
}

ent_code casework_item_event(ent_arena *arena, casework_item *item, const char *state,
                             const char *what, ent_str by, ent_str note, ent_time time,
                             ent_err *err)
{
    casework_event *grown = ent_arena_array(arena, item->event_count + 1, sizeof *grown);

    if (grown == NULL)
        return ent_fail_arena(err);
    if (item->event_count > 0)
        memcpy(grown, item->events, item->event_count * sizeof *grown);
    grown[item->event_count++] =
        (casework_event){ .state = ent_str_of(what), .by = by, .note = note, .time = time };
    item->events = grown;
    if (state != NULL)
        item->state = ent_str_of(state);
    return ENT_OK;
}

bool casework_item_happened(const casework_item *item, const char *what)
{
    for (size_t i = 0; i < item->event_count; i++)
        if (ent_str_is(item->events[i].state, what))
            return true;
    return false;
}

/* ---- clocks ---- */

static int64_t within(const casework_item *item, const char *name, int64_t otherwise)
{
    int64_t seconds;

    return ent_json_int(ent_json_get(ent_json_get(item->body, "within"), name), &seconds)
               ? seconds
               : otherwise;
}

void casework_clocks(const desk *d, const casework_item *item,
                     casework_clock clocks[CASEWORK_CLOCKS])
{
    bool closed = ent_str_is(item->state, "closed") || ent_str_is(item->state, "answered") ||
                  ent_str_is(item->state, "waiting") || ent_str_is(item->state, "dropped");
    /* By our own clock: what the receiver's clock says, less what it is ahead. */
    ent_time start = item->received != 0 ? item->received : item->sent;
    /* What it says once more about an old tip has the time of a new one. */
    ent_time again = 0;

    for (size_t i = 0; i < item->event_count; i++)
        if (ent_str_is(item->events[i].state, "reopened"))
            again = item->events[i].time;
    if (item->out && item->received != 0)
        start -= item->skew * ENT_SECOND;
    clocks[0] =
        (casework_clock){ .what = "acknowledge",
                          .runs = !closed && !casework_item_happened(item, "acknowledged"),
                          .due = start +
                                 ENT_SECOND * within(item, "acknowledge",
                                                     precedences[item->precedence].acknowledge) };
    if (again != 0)
        start = again;
    clocks[1] = (casework_clock){
        .what = item->kind == CASEWORK_TIP ? "outcome" : "answer",
        .runs = !closed && item->kind != CASEWORK_MESSAGE,
        .due = start + ENT_SECOND * within(item, "answer", precedences[item->precedence].answer)
    };
    for (int i = 0; i < CASEWORK_CLOCKS; i++)
        clocks[i].overdue = clocks[i].runs && clocks[i].due < d->now;
}

void casework_item_write(const desk *d, ent_arena *arena, const casework_item *item, ent_jw *w)
{
    casework_clock clocks[CASEWORK_CLOCKS];

    casework_clocks(d, item, clocks);
    text_put(w, "id", item->id);
    text_put(w, "peer", item->peer);
    text_put(w, "state", item->state);
    common_put(arena, item, w);
    ent_jw_key(w, "clocks");
    ent_jw_array(w);
    for (int i = 0; i < CASEWORK_CLOCKS; i++) {
        if (!clocks[i].runs)
            continue;
        ent_jw_object(w);
        text_put(w, "what", ent_str_of(clocks[i].what));
        time_put(arena, w, "due", clocks[i].due);
        ent_jw_key(w, "overdue");
        ent_jw_bool(w, clocks[i].overdue);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    for (ent_json v = ent_json_first(item->body); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);

        if (ent_str_is(name, "id") || ent_str_is(name, "precedence"))
            continue;
        ent_jw_key_str(w, name);
        ent_jw_raw(w, ent_json_raw(v));
    }
}
