#include "match/fast_int.h"

#include "psi/fast.h"

#define COUNT_SIZE  4                   /* big-endian, before the tags of `found` */
#define PART_MEMORY ((size_t)128 << 20) /* one message, or one part of our keys */

/* ---- parts ---- */

#define ANSWER_PARTS 8 /* as many parts of a set as one message of the answer has, 4 MiB */

/* Tests have less of everything. */
static size_t bins_together(const desk *d)
{
    return match_part_size(d) < MATCH_PART ? 1 : PSI_FAST_TOGETHER;
}

size_t match_fast_parts(const desk *d, bool ask, int64_t size)
{
    size_t part = ANSWER_PARTS * match_part_size(d);

    if (ask)
        return psi_fast_parts((size_t)size, bins_together(d));
    return (size_t)size <= part ? 1 : (size_t)size / part;
}

size_t match_fast_part_size(const desk *d, bool ask, int64_t size, size_t part)
{
    if (ask)
        return psi_fast_part_size((size_t)size, bins_together(d), part);
    return (size_t)size / match_fast_parts(d, false, size) * PSI_TAG_SIZE;
}

/* Part `part` of a step is said: ahead, but for the last. */
static ent_code part_say(match_step *s, const char *step, size_t part, size_t parts, ent_span bytes,
                         ent_err *err)
{
    match_say say = { .step = step, .part = part, .parts = parts, .payload = { bytes } };

    return part + 1 < parts ? match_step_say_ahead(s, &say, err) : match_step_say(s, &say, err);
}

/* ---- a side ---- */

static ent_hash session_of(const match_course *run)
{
    bool asks = ent_str_is(run->r.side, "asked");

    return psi_fast_session(run->r.id, asks ? &run->root_own : &run->root_peer,
                            asks ? &run->root_peer : &run->root_own);
}

static psi_fast_side side_of(const match_step *s)
{
    return (psi_fast_side){ .seed = s->seed,
                            .session = session_of(s->run),
                            .count = s->item_count,
                            .together = bins_together(s->d),
                            .crew = s->d->crew };
}

/* Our keys as they are kept, a part at a time. */
static ent_code keys_take(match_step *s, psi_fast *fast, ent_err *err)
{
    ent_arena *scratch = ent_arena_new(PART_MEMORY);
    ent_code rc = ENT_OK;

    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a run's keys");
    for (size_t part = 0, have = 0, count; rc == ENT_OK && have < s->item_count; part++) {
        ent_str *keys;

        ent_arena_reset(scratch);
        rc = match_keys_part_get(s->d, scratch, s->run->r.id, part, s->item_count - have, &keys,
                                 &count, err);
        if (rc == ENT_OK)
            psi_fast_take(fast, keys, count);
        have += rc == ENT_OK ? count : 0;
    }
    return ent_arena_end(scratch, rc, err);
}

ent_code match_fast_commit(match_step *s, ent_err *err)
{
    ent_str *texts;

    ENT_TRY(match_items_texts(s->arena, &s->items, &texts, err));
    s->out.keep_secret = true;
    s->run->root_own = psi_fast_root(s->seed, texts, s->items.count);
    return ENT_OK;
}

ent_code match_fast_choose(match_step *s, match_say *say, ent_err *err)
{
    uint8_t *points = ent_arena_alloc(s->arena, PSI_FAST_POINTS);
    ent_hash session = session_of(s->run);

    if (points == NULL)
        return ent_fail_arena(err);
    say->payload[0] = (ent_span){ points, PSI_FAST_POINTS };
    return psi_fast_choose(s->seed, &session, points, err);
}

/* ---- asking ---- */

static ent_code question_say(match_step *s, psi_fast *fast, ent_err *err)
{
    size_t parts = match_fast_parts(s->d, true, s->run->r.size_own);

    ENT_TRY(keys_take(s, fast, err));
    ENT_TRY(psi_fast_chosen(s->arena, fast, s->payload, err));
    for (size_t part = 0; part < parts; part++) {
        ent_span message;

        ENT_TRY(psi_fast_ask(fast, &message, err));
        ENT_TRY(part_say(s, "ask", part, parts, message, err));
    }
    match_step_tags_put(s, psi_fast_tags(fast), s->item_count);
    return ENT_OK;
}

ent_code match_fast_accept(match_step *s, ent_err *err)
{
    psi_fast_side side;
    psi_fast *fast;
    ent_code rc;

    ENT_TRY(match_step_size(s, err));
    side = side_of(s);
    ENT_TRY(psi_fast_asker(s->arena, &side, &fast, err));
    rc = question_say(s, fast, err);
    psi_fast_end(fast);
    return rc;
}

/* ---- holding ---- */

/* The parts of what is at hand, one after the other; the message at hand is the last. */
static ent_code parts_each(match_step *s, ent_code (*take)(void *arg, ent_span part, ent_err *err),
                           void *arg, ent_err *err)
{
    ent_arena *scratch = ent_arena_new(PART_MEMORY);
    ent_code rc = ENT_OK;

    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a part of a message");
    s->out.gathered = match_parts(s->d, &s->run->r) - 1;
    for (size_t part = 0; rc == ENT_OK && part < s->out.gathered; part++) {
        ent_span payload;
        ent_json header;
        int64_t seq;

        ent_arena_reset(scratch);
        rc = match_message_kept(s->d, scratch, "run-work",
                                match_work_id(scratch, s->run->r.id, NULL, part), &seq, &header,
                                &payload, err);
        if (rc == ENT_OK)
            rc = take(arg, payload, err);
    }
    if (rc == ENT_OK)
        rc = take(arg, s->payload, err);
    return ent_arena_end(scratch, rc, err);
}

static ent_code question_take(void *arg, ent_span part, ent_err *err)
{
    return psi_fast_asked(arg, part, err);
}

static ent_code answer_say(match_step *s, psi_fast *fast, ent_err *err)
{
    size_t parts = match_fast_parts(s->d, false, s->run->r.size_own);
    size_t size = match_fast_part_size(s->d, false, s->run->r.size_own, 0);
    psi_tag *tags;

    ENT_TRY(keys_take(s, fast, err));
    ENT_TRY(parts_each(s, question_take, fast, err));
    ENT_TRY(psi_fast_answer(s->arena, fast, &tags, err));
    match_step_tags_put(s, psi_fast_tags(fast), s->item_count);
    for (size_t part = 0; part < parts; part++)
        ENT_TRY(part_say(s, "answer", part, parts,
                         (ent_span){ (const uint8_t *)tags + part * size, size }, err));
    return ENT_OK;
}

ent_code match_fast_ask(match_step *s, ent_err *err)
{
    psi_fast_side side = side_of(s);
    psi_fast *fast;
    ent_code rc;

    ENT_TRY(psi_fast_holder(s->arena, &side, (size_t)s->run->r.size_peer, &fast, err));
    rc = answer_say(s, fast, err);
    psi_fast_end(fast);
    return rc;
}

/* ---- hits ---- */

/* The count and the tags of the hits, as they are said. */
static ent_code hits_write(match_step *s, const psi_hit *hits, size_t count, ent_span *out,
                           ent_err *err)
{
    uint8_t *bytes = ent_arena_alloc(s->arena, COUNT_SIZE + count * PSI_TAG_SIZE);

    if (bytes == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < COUNT_SIZE; i++)
        bytes[i] = (uint8_t)(count >> (24 - 8 * i));
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + COUNT_SIZE + i * PSI_TAG_SIZE, hits[i].tag.bytes, PSI_TAG_SIZE);
    *out = (ent_span){ bytes, COUNT_SIZE + count * PSI_TAG_SIZE };
    return ENT_OK;
}

/* The holder's tags as they come. */
struct tags {
    psi_tag *tags;
    size_t at, count;
};

static ent_code answer_take(void *arg, ent_span part, ent_err *err)
{
    struct tags *t = arg;

    if (part.size > (t->count - t->at) * PSI_TAG_SIZE)
        return ent_fail(err, ENT_BUG, "a kept part of an answer has another size");
    memcpy(&t->tags[t->at], part.ptr, part.size);
    t->at += part.size / PSI_TAG_SIZE;
    return ENT_OK;
}

ent_code match_fast_answer(match_step *s, ent_err *err)
{
    struct tags theirs = { .count = (size_t)s->run->r.size_peer };
    match_say say = { .step = "found" };
    size_t own_count, hit_count;
    psi_hit *hits;
    psi_tag *own;

    theirs.tags = ent_arena_array(s->arena, theirs.count, sizeof *theirs.tags);
    if (theirs.tags == NULL)
        return ent_fail_arena(err);
    ENT_TRY(parts_each(s, answer_take, &theirs, err));
    ENT_TRY(match_step_tags_get(s, &own, &own_count, err));
    ENT_TRY(
        psi_fast_hits(s->arena, own, own_count, theirs.tags, theirs.count, &hits, &hit_count, err));
    ENT_TRY(hits_write(s, hits, hit_count, &say.payload[0], err));
    return match_step_found(s, hits, hit_count, &say, err);
}

/* Our items of the tags that the asker names, which are in rising order. */
static ent_code hits_read(match_step *s, psi_hit **hits, size_t *count, ent_err *err)
{
    const uint8_t *bytes = s->payload.ptr;
    size_t own_count, named = 0;
    psi_tag *own, *theirs;
    ent_code rc;

    for (size_t i = 0; i < COUNT_SIZE && s->payload.size >= COUNT_SIZE; i++)
        named = named << 8 | bytes[i];
    if (s->payload.size < COUNT_SIZE || named > s->item_count ||
        s->payload.size < COUNT_SIZE + named * PSI_TAG_SIZE)
        return ent_fail(err, ENT_FORMAT, "a match message names more hits than it has bytes for");
    ENT_TRY(match_step_tags_get(s, &own, &own_count, err));
    ENT_TRY(match_step_tags(s, bytes + COUNT_SIZE, named, &theirs, err));
    rc = psi_fast_hits(s->arena, own, own_count, theirs, named, hits, count, err);
    if (rc == ENT_FORMAT || (rc == ENT_OK && *count != named))
        return ent_fail(err, ENT_UNTRUSTED, "a match message names a hit that is none");
    return rc;
}

ent_code match_fast_found(match_step *s, ent_err *err)
{
    psi_hit *hits;
    size_t count;

    ENT_TRY(hits_read(s, &hits, &count, err));
    return match_step_heard(s, hits, count, COUNT_SIZE + count * PSI_TAG_SIZE, err);
}

bool match_is_fast(const match_course *run)
{
    return ent_str_is(run->r.kind, MATCH_FAST);
}
