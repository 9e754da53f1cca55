#include "match/fast_int.h"

#include "psi/fast.h"

#define COUNT_SIZE 4 /* big-endian, before the tags of `found` */

static bool asked(const match_step *s)
{
    return ent_str_is(s->run->r.side, "asked");
}

/* This side of the session. */
static ent_code side_of(match_step *s, psi_fast *side, ent_err *err)
{
    const match_course *run = s->run;
    size_t count = s->items.items != NULL ? s->items.count : s->item_count;
    ent_str *texts;

    if (s->items.items != NULL)
        ENT_TRY(match_items_texts(s->arena, &s->items, &texts, err));
    else
        ENT_TRY(match_keys_get(s->d, s->arena, run->r.id, count, &texts, err));
    *side = (psi_fast){ .seed = s->seed, .items = texts, .count = count, .crew = s->d->crew };
    side->session = psi_fast_session(run->r.id, asked(s) ? &run->root_own : &run->root_peer,
                                     asked(s) ? &run->root_peer : &run->root_own);
    return ENT_OK;
}

ent_code match_fast_commit(match_step *s, ent_err *err)
{
    psi_fast side;

    ENT_TRY(side_of(s, &side, err));
    s->out.keep_secret = true;
    s->run->root_own = psi_fast_root(&side);
    return ENT_OK;
}

ent_code match_fast_choose(match_step *s, match_say *say, ent_err *err)
{
    uint8_t *points = ent_arena_alloc(s->arena, PSI_FAST_POINTS);
    psi_fast side;

    if (points == NULL)
        return ent_fail_arena(err);
    ENT_TRY(side_of(s, &side, err));
    say->payload[0] = (ent_span){ points, PSI_FAST_POINTS };
    return psi_fast_choose(&side, points, err);
}

ent_code match_fast_accept(match_step *s, ent_err *err)
{
    match_say say = { .step = "ask" };
    psi_fast side;
    psi_tag *own;

    ENT_TRY(match_step_size(s, err));
    ENT_TRY(side_of(s, &side, err));
    ENT_TRY(psi_fast_ask(s->arena, &side, s->payload, &say.payload[0], &own, err));
    match_step_tags_put(s, own, side.count);
    return match_step_say(s, &say, err);
}

ent_code match_fast_ask(match_step *s, ent_err *err)
{
    match_say say = { .step = "answer" };
    psi_tag *tags, *own;
    psi_fast side;

    ENT_TRY(side_of(s, &side, err));
    ENT_TRY(psi_fast_answer(s->arena, &side, s->payload, (size_t)s->run->r.size_peer, &tags, &own,
                            err));
    match_step_tags_put(s, own, side.count);
    say.payload[0] = (ent_span){ tags, psi_padded(side.count) * PSI_TAG_SIZE };
    return match_step_say(s, &say, err);
}

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

ent_code match_fast_answer(match_step *s, ent_err *err)
{
    size_t count = (size_t)s->run->r.size_peer, own_count, hit_count;
    match_say say = { .step = "found" };
    psi_tag *own, *theirs;
    psi_hit *hits;

    if (s->payload.size != count * PSI_TAG_SIZE)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, count * PSI_TAG_SIZE);
    ENT_TRY(match_step_tags_get(s, &own, &own_count, err));
    ENT_TRY(match_step_tags(s, s->payload.ptr, count, &theirs, err));
    ENT_TRY(psi_fast_hits(s->arena, own, own_count, theirs, count, &hits, &hit_count, err));
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
    if (s->payload.size < COUNT_SIZE || named > s->items.count ||
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

bool match_fast_keys_only(const match_course *run, ent_str step)
{
    return match_is_fast(run) && (ent_str_is(step, "accept") || ent_str_is(step, "ask"));
}
