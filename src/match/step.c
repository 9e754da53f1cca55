/* The steps of a run (match/match.h): what each message must be, and what follows from it. */
#include "match/alarm_int.h"
#include "match/behind_int.h"
#include "match/fast_int.h"
#include "match/guard_int.h"
#include "match/step_int.h"

#include "base/text.h"

#include <sodium.h>

/* ---- hits, and the time step ---- */

/* What is kept between finding hits and knowing their times. */
struct found {
    psi_hit *hits;
    match_behind *behind; /* each of them */
    size_t count;
    size_t timed;  /* hits on reassignable keys */
    psi_tag *tags; /* their time elements doubled by us, PSI_TIME_TOKENS each */
};

static bool is_timed(const struct found *f, size_t hit)
{
    return f->behind[hit].item.reassignable;
}

/* What stands behind the hits. */
static ent_code behind_find(match_step *s, struct found *f, ent_err *err)
{
    ENT_TRY(match_behind_get(s->d, s->arena, s->run->r.id, s->item_count, f->hits, f->count,
                             &f->behind, err));
    f->timed = 0;
    for (size_t i = 0; i < f->count; i++)
        f->timed += is_timed(f, i);
    return ENT_OK;
}

static ent_code found_put(match_step *s, const struct found *f, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("run-found"), .id = s->run->r.id, .peer = s->run->r.peer, .time = s->d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, s->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "hits");
    ent_jw_array(&w);
    for (size_t i = 0; i < f->count; i++) {
        ent_jw_int(&w, f->hits[i].item);
        ent_jw_hex(&w, f->hits[i].tag.bytes, PSI_TAG_SIZE);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "tags");
    ent_jw_base64(&w, f->tags, f->tags == NULL ? 0 : f->timed * PSI_TIME_TOKENS * PSI_TAG_SIZE);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    s->out.found = doc;
    return ENT_OK;
}

static ent_code found_get(match_step *s, struct found *f, ent_err *err)
{
    ent_json json, list, v;
    ent_span tags;
    store_doc doc;

    *f = (struct found){ .count = 0 };
    ENT_TRY(desk_doc(s->d, s->arena, "run-found", s->run->r.id, &doc, &json, err));
    list = ent_json_get(json, "hits");
    f->hits = ent_arena_array(s->arena, ent_json_count(list) / 2 + 1, sizeof *f->hits);
    if (f->hits == NULL)
        return ent_fail_arena(err);
    for (v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        int64_t item = 0;

        (void)ent_json_int(v, &item);
        v = ent_json_next(v);
        if (item < 0 || (size_t)item >= s->item_count)
            return ent_fail(err, ENT_BUG, "a kept hit is of no item");
        f->hits[f->count].item = (uint32_t)item;
        ENT_TRY(ent_hex_read(ent_json_str(v), f->hits[f->count++].tag.bytes, PSI_TAG_SIZE, err));
    }
    ENT_TRY(behind_find(s, f, err));
    ENT_TRY(ent_base64_read(s->arena, ent_json_get_text(json, "tags"), &tags, err));
    f->tags = ent_arena_array(s->arena, tags.size / PSI_TAG_SIZE + 1, PSI_TAG_SIZE);
    if (f->tags == NULL)
        return ent_fail_arena(err);
    if (tags.size > 0)
        memcpy(f->tags, tags.ptr, tags.size);
    return ENT_OK;
}

/* Our time elements for every timed hit, one after the other. */
static ent_code time_elements(match_step *s, const struct found *f, bool first, ent_span *out,
                              ent_err *err)
{
    psi_element *elements =
        ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *elements);
    size_t at = 0;

    if (elements == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < f->count; i++) {
        const match_item *item = &f->behind[i].item;

        if (!is_timed(f, i))
            continue;
        ENT_TRY(psi_time_set(s->arena, s->seed, s->run->r.id, &f->hits[i].tag, item->valid,
                             item->valid_count, first, elements + at, err));
        at += PSI_TIME_TOKENS;
    }
    *out = (ent_span){ elements, at * PSI_ELEMENT_SIZE };
    return ENT_OK;
}

/* The other's time elements, doubled. */
static ent_code time_double(match_step *s, struct found *f, ent_span theirs, ent_err *err)
{
    psi_element *elements =
        ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *elements);
    size_t at = 0;

    f->tags = ent_arena_array(s->arena, f->timed * PSI_TIME_TOKENS + 1, sizeof *f->tags);
    if (elements == NULL || f->tags == NULL)
        return ent_fail_arena(err);
    if (theirs.size > 0)
        memcpy(elements, theirs.ptr, theirs.size);
    for (size_t i = 0; i < f->count; i++) {
        if (!is_timed(f, i))
            continue;
        ENT_TRY(psi_time_double(s->seed, &f->hits[i].tag, elements + at, f->tags + at, err));
        at += PSI_TIME_TOKENS;
    }
    return ENT_OK;
}

/* Puts the hits down; `own`: our time elements doubled by the other, or nothing. */
static ent_code hits_record(match_step *s, const struct found *f, const uint8_t *own, ent_err *err)
{
    const match_item **items = ent_arena_array(s->arena, f->count + 1, sizeof *items);
    bool *conflict = ent_arena_array(s->arena, f->count + 1, sizeof *conflict);
    psi_tag tags[PSI_TIME_TOKENS];
    size_t at = 0;

    if (items == NULL || conflict == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < f->count; i++) {
        items[i] = &f->behind[i].item;
        conflict[i] = false;
        if (!is_timed(f, i))
            continue;
        memcpy(tags, own + at * PSI_TAG_SIZE, sizeof tags);
        conflict[i] = !psi_time_overlap(tags, f->tags + at);
        at += PSI_TIME_TOKENS;
    }
    s->run->r.hits = (int64_t)f->count;
    s->out.hits = items;
    s->out.conflict = conflict;
    s->out.hit_count = f->count;
    return ENT_OK;
}

static ent_code size_check(const match_step *s, size_t want, ent_err *err)
{
    if (s->payload.size != want)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, want);
    return ENT_OK;
}

/* ---- the steps ---- */

/* Hits that are alone in a dense range of ours: told to the peer, an alarm at both. */
static ent_code probings_tell(match_step *s, const struct found *f, match_say *say, ent_err *err)
{
    psi_tag *tags = ent_arena_array(s->arena, GUARD_PROBINGS, sizeof *tags);

    if (tags == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < f->count && say->probing_count < GUARD_PROBINGS; i++) {
        if (!f->behind[i].lone)
            continue;
        tags[say->probing_count++] = f->hits[i].tag;
        s->out.alarms[s->out.alarm_count++] = f->behind[i].item.key;
    }
    s->out.alarm_own = s->out.alarm_count;
    say->probings = tags;
    return ENT_OK;
}

/* What the peer says of itself. */
static ent_code probings_hear(match_step *s, const struct found *f, ent_err *err)
{
    ent_json list = ent_json_get(s->header, "probing");

    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        psi_tag tag = { { 0 } };

        ENT_TRY(ent_hex_read(ent_json_str(v), tag.bytes, PSI_TAG_SIZE, err));
        for (size_t i = 0; i < f->count; i++)
            if (memcmp(&tag, &f->hits[i].tag, sizeof tag) == 0)
                s->out.alarms[s->out.alarm_count++] = f->behind[i].item.key;
    }
    return ENT_OK;
}

ent_code match_step_say(match_step *s, const match_say *say, ent_err *err)
{
    if (s->out.says == NULL)
        s->out.says = ent_arena_array(s->arena, MATCH_FRAMES, sizeof *s->out.says);
    if (s->out.says == NULL)
        return ent_fail_arena(err);
    ENT_ASSERT(s->out.say_count < MATCH_FRAMES);
    s->out.says[s->out.say_count++] = *say;
    return ENT_OK;
}

ent_code match_items_need(match_step *s, ent_err *err)
{
    if (s->items.items != NULL)
        return ENT_OK;
    return match_items_get(s->d, s->arena, s->run->r.id, s->item_count, &s->items, err);
}

ent_code match_step_size(match_step *s, ent_err *err)
{
    static const char where[] = "a match message";

    ENT_TRY(
        desk_number(s->header, "size", where, PSI_SET_MIN, PSI_SET_MAX, &s->run->r.size_peer, err));
    if ((s->run->r.size_peer & (s->run->r.size_peer - 1)) != 0)
        return ent_fail(err, ENT_FORMAT, "%s: its size is no power of two", where);
    return desk_hex(s->header, "root", where, s->run->root_peer.bytes, ENT_HASH_SIZE, err);
}

/* Borrows the tags. */
void match_step_tags_put(match_step *s, const psi_tag *tags, size_t count)
{
    s->out.found = (store_doc){ .kind = ENT_STR("run-found"),
                                .id = s->run->r.id,
                                .peer = s->run->r.peer,
                                .time = s->d->now,
                                .json = ENT_STR("{}"),
                                .bytes = { (const char *)tags, count * PSI_TAG_SIZE } };
}

/* A copy that is aligned as tags are. */
ent_code match_step_tags(match_step *s, const uint8_t *from, size_t count, psi_tag **tags,
                         ent_err *err)
{
    *tags = ent_arena_array(s->arena, count + 1, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    if (count > 0)
        memcpy(*tags, from, count * PSI_TAG_SIZE);
    return ENT_OK;
}

ent_code match_step_found(match_step *s, psi_hit *hits, size_t count, match_say *say, ent_err *err)
{
    struct found f = { .hits = hits, .count = count };

    ENT_TRY(behind_find(s, &f, err));
    ENT_TRY(probings_tell(s, &f, say, err));
    ENT_TRY(time_elements(s, &f, true, &say->payload[1], err));
    if (f.timed == 0)
        ENT_TRY(hits_record(s, &f, NULL, err));
    ENT_TRY(found_put(s, &f, err));
    return match_step_say(s, say, err);
}

static ent_code close_say(match_step *s, ent_err *err)
{
    match_say say = { .step = "close" };

    s->out.end = "closed";
    return match_step_say(s, &say, err);
}

ent_code match_step_heard(match_step *s, psi_hit *hits, size_t count, size_t start, ent_err *err)
{
    struct found f = { .hits = hits, .count = count };
    match_say say = { .step = "time" };
    size_t step;

    ENT_TRY(behind_find(s, &f, err));
    ENT_TRY(probings_tell(s, &f, &say, err));
    ENT_TRY(probings_hear(s, &f, err));
    step = f.timed * PSI_TIME_TOKENS;
    ENT_TRY(size_check(s, start + step * PSI_ELEMENT_SIZE, err));
    if (f.timed == 0) {
        ENT_TRY(hits_record(s, &f, NULL, err));
        say.step = "close";
        s->out.end = "closed";
        return match_step_say(s, &say, err);
    }
    ENT_TRY(time_double(
        s, &f, (ent_span){ (const uint8_t *)s->payload.ptr + start, step * PSI_ELEMENT_SIZE },
        err));
    ENT_TRY(found_put(s, &f, err));
    say.payload[0] = (ent_span){ f.tags, step * PSI_TAG_SIZE };
    ENT_TRY(time_elements(s, &f, false, &say.payload[1], err));
    return match_step_say(s, &say, err);
}

static ent_code take_time(match_step *s, ent_err *err)
{
    match_say say = { .step = "time-double" };
    struct found f;
    size_t tags;

    ENT_TRY(found_get(s, &f, err));
    ENT_TRY(probings_hear(s, &f, err));
    tags = f.timed * PSI_TIME_TOKENS;
    if (tags == 0)
        return ent_fail(err, ENT_CONFLICT, "a match run has no times to compare");
    ENT_TRY(size_check(s, tags * (PSI_TAG_SIZE + PSI_ELEMENT_SIZE), err));
    ENT_TRY(time_double(s, &f,
                        (ent_span){ (const uint8_t *)s->payload.ptr + tags * PSI_TAG_SIZE,
                                    tags * PSI_ELEMENT_SIZE },
                        err));
    ENT_TRY(hits_record(s, &f, s->payload.ptr, err));
    say.payload[0] = (ent_span){ f.tags, tags * PSI_TAG_SIZE };
    return match_step_say(s, &say, err);
}

static ent_code take_time_double(match_step *s, ent_err *err)
{
    struct found f;

    ENT_TRY(found_get(s, &f, err));
    ENT_TRY(size_check(s, f.timed * PSI_TIME_TOKENS * PSI_TAG_SIZE, err));
    ENT_TRY(hits_record(s, &f, s->payload.ptr, err));
    return close_say(s, err);
}

static ent_code take_close(match_step *s, ent_err *err)
{
    struct found f;

    ENT_TRY(found_get(s, &f, err));
    if (ent_str_is(s->run->r.step, "time-double") && ent_json_get(s->header, "probing").doc != NULL)
        return ent_fail(err, ENT_FORMAT,
                        "a match message 'close': member 'probing' is said before 'time-double'");
    ENT_TRY(probings_hear(s, &f, err));
    if (!ent_str_is(s->run->r.step, "time-double") && f.timed > 0)
        return ent_fail(err, ENT_CONFLICT, "a match run is closed before the times were compared");
    s->run->r.step = ENT_STR("close");
    s->out.end = "closed";
    return ENT_OK;
}

/* What may come when. */
static const match_rule steps[] = {
    { "accept", "asked", "announce", NULL, match_take_accept },
    { "set", "answered", "accept", NULL, match_take_set },
    { "set-double", "asked", "set", NULL, match_take_set_double },
    { "double", "answered", "set-double", NULL, match_take_double },
    { "time", "asked", "double", NULL, take_time },
    { "time-double", "answered", "time", NULL, take_time_double },
    { "close", "asked", "double", "time-double", take_close },
    { NULL, NULL, NULL, NULL, NULL },
};

static const match_rule fast_steps[] = {
    { "accept", "asked", "announce", NULL, match_fast_accept },
    { "ask", "answered", "accept", NULL, match_fast_ask },
    { "answer", "asked", "ask", NULL, match_fast_answer },
    { "found", "answered", "answer", NULL, match_fast_found },
    { "time", "asked", "found", NULL, take_time },
    { "time-double", "answered", "time", NULL, take_time_double },
    { "close", "asked", "found", "time-double", take_close },
    { NULL, NULL, NULL, NULL, NULL },
};

/* ---- work and its end ---- */

static const match_rule *rules_of(const match_course *run)
{
    return ent_str_is(run->r.kind, "size") ? match_size_rules
           : match_is_fast(run)            ? fast_steps
                                           : steps;
}

int match_step_due(const desk *d, const match_course *run, ent_json header, const int64_t counts[2])
{
    const match_rule *rules = rules_of(run);
    ent_str name = ent_json_get_text(header, "step");
    size_t which;
    bool due, parted = match_part_due(d, run, header, counts, &which, &due);

    for (int i = 0; rules[i].step != NULL; i++) {
        if (!ent_str_is(name, rules[i].step) || !ent_str_is(run->r.side, rules[i].side))
            continue;
        if (!parted)
            due = ent_str_is(run->r.step, rules[i].after) ||
                  (rules[i].or_after != NULL && ent_str_is(run->r.step, rules[i].or_after));
        if (due)
            return i;
    }
    return -1;
}

ent_code match_step_work(match_step *s, int number, ent_err *err)
{
    return rules_of(s->run)[number].take(s, err);
}

ent_code match_step_tags_get(match_step *s, psi_tag **tags, size_t *count, ent_err *err)
{
    ent_span bytes;
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc(s->d, s->arena, "run-found", s->run->r.id, &doc, &json, err));
    ENT_TRY(desk_bytes(s->arena, &doc, json, "doubled", &bytes, err));
    *count = bytes.size / PSI_TAG_SIZE;
    return match_step_tags(s, bytes.ptr, *count, tags, err);
}

/* What a run of its kind commits to before anything else is said. */
ent_code match_commit(match_step *s, ent_err *err)
{
    ent_str *texts;

    if (match_is_fast(s->run))
        return match_fast_commit(s, err);
    if (ent_str_is(s->run->r.kind, "size")) {
        match_size_commit(s);
        return ENT_OK;
    }
    ENT_TRY(match_items_texts(s->arena, &s->items, &texts, err));
    ENT_TRY(psi_set_make(s->arena, s->seed, s->run->r.id, texts, s->items.count, s->d->crew,
                         &s->set, err));
    s->run->root_own = s->set.root;
    s->out.keep_secret = true;
    s->out.keep_set = true;
    s->out.set_parts = match_own_parts(s->d, &s->run->r);
    return ENT_OK;
}

ent_code match_step_write(match_step *s, ent_err *err)
{
    match_outcome *out = &s->out;

    if (out->keep_secret)
        ENT_TRY(
            match_secret_put(s->d, s->arena, s->run->r.id, s->run->peer, s->seed, &s->items, err));
    if (out->keep_set)
        ENT_TRY(match_set_put(s->d, s->arena, &s->run->r, &s->set, out->set_parts, err));
    for (size_t i = 0; i < out->tag_count; i++)
        ENT_TRY(match_tags_put(s->d, s->arena, &s->run->r, out->tags[i].side, out->tags[i].part,
                               out->tags[i].tags, out->tags[i].count, err));
    for (size_t i = 0; i < out->gathered; i++)
        ENT_TRY(store_doc_delete(s->d->store, "run-work",
                                 match_work_id(s->arena, s->run->r.id, NULL, i), err));
    if (out->found.json.size > 0)
        ENT_TRY(store_doc_put(s->d->store, &out->found, err));
    if (out->audit.json.size > 0)
        ENT_TRY(store_doc_put(s->d->store, &out->audit, err));
    if (out->hits != NULL)
        ENT_TRY(match_hits_put(s->d, s->arena, &s->run->r, out->hits, out->conflict, out->hit_count,
                               0, err));
    for (size_t i = 0; i < out->alarm_count; i++)
        ENT_TRY(match_alarm_probing(s->d, s->arena, s->run, out->alarms[i], i < out->alarm_own, i,
                                    err));
    for (size_t i = 0; i < out->say_count; i++)
        ENT_TRY(match_message_say(s->d, s->arena, s->run, &out->says[i], err));
    if (out->step != NULL)
        s->run->r.step = ent_str_of(out->step);
    if (out->end != NULL)
        return match_run_end(s->d, s->arena, s->run, out->end, out->clause, err);
    return match_run_save(s->d, s->arena, s->run, err);
}

ent_code match_step_collect(match_step *s, const desk_terms *terms, ent_err *err)
{
    const match_course *run = s->run;

    s->d->random(s->d->arg, s->seed, sizeof s->seed);
    ENT_TRY(match_items_collect(s->d, s->arena, terms, run->r.purpose,
                                run->about.size > 0 ? run->about.ptr : NULL, &s->items, err));
    if (run->about.size > 0 && s->items.count == 0)
        return ent_fail(err, ENT_NOT_FOUND,
                        "'%s' is no record of ours with a key that may be matched for '%.*s'",
                        run->about.ptr, ENT_STR_ARG(run->r.purpose));
    s->run->r.size_own = (int64_t)psi_padded(s->items.count);
    s->run->kinds = match_counts_of(&s->items);
    return ENT_OK;
}
