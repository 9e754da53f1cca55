/* The bulk of a run, in parts (match/match.h).  Sets and answers of an ordinary run, of any size, go as
 * messages of MATCH_PART elements, each of which is checked, worked on and answered by itself.
 *
 *     A  set i          part i of our elements, and its way to the root; all at once
 *     B  set-double i   part i of its own, and part i of A's raised; one for each `set`, then what
 *                       is left of its own
 *     A  double i       part i of B's raised; the last one only when every tag of ours is here,
 *                       because it tells what was found
 *
 * So while one side works on a part the other is at the next, a line that breaks takes up at the part
 * that did not arrive whole, and nothing is worked on before it is known to be of the set that was
 * committed to.  A message's part is the number of those that were heard before.  A set of one part is
 * sent as if there were none.
 *
 * Of the fast path (match/fast_int.h) the question and its answer go in parts, so that one is made
 * while those before it are on their way; they are worked on together, when the last of them is there.
 */
#include "match/fast_int.h"

#include "base/text.h"

/* ---- how many, and which ---- */

size_t match_part_size(const desk *d)
{
    return d->match_part > 0 ? d->match_part : MATCH_PART;
}

static size_t parts_of(const desk *d, int64_t size)
{
    size_t part = match_part_size(d);

    return (size_t)size <= part ? 1 : (size_t)size / part;
}

size_t match_parts(const desk *d, const match_run *run)
{
    size_t own = parts_of(d, run->size_own), peer = parts_of(d, run->size_peer);

    if (ent_str_is(run->kind, MATCH_FAST))
        return match_fast_parts(d, !ent_str_is(run->side, "asked"), run->size_peer);
    if (run->kind.size > 0)
        return 1;
    return own > peer ? own : peer;
}

/* Keys are kept in parts whatever the kind. */
size_t match_kept_parts(const desk *d, const match_run *run)
{
    size_t messages = match_parts(d, run), keys = (size_t)run->size_own / MATCH_PART + 1;

    return messages > keys ? messages : keys;
}

size_t match_own_parts(const desk *d, const match_run *run)
{
    return parts_of(d, run->size_own);
}

/* Which of the two counts of messages a step belongs to, and how many there are of it. */
static bool bulk_of(const desk *d, const match_course *run, ent_str step, size_t *which,
                    int64_t *total)
{
    bool asked = ent_str_is(run->r.side, "asked");

    *which = ent_str_is(step, "double");
    if (match_is_fast(run)) {
        *total = (int64_t)match_parts(d, &run->r);
        return ent_str_is(step, asked ? "answer" : "ask");
    }
    if (asked)
        *total = (int64_t)match_parts(d, &run->r);
    else
        *total = (int64_t)parts_of(d, ent_str_is(step, "set") ? run->r.size_peer : run->r.size_own);
    return run->r.kind.size == 0 && (asked ? ent_str_is(step, "set-double")
                                           : ent_str_is(step, "set") || ent_str_is(step, "double"));
}

/* Of what may it be the next?  An answer only to what was said. */
static bool follows(const match_course *run, ent_str step, int64_t part)
{
    if (ent_str_is(step, "set-double"))
        return ent_str_is(run->r.step, "set");
    if (ent_str_is(step, "answer"))
        return ent_str_is(run->r.step, "ask");
    if (ent_str_is(step, "set") || ent_str_is(step, "ask"))
        return ent_str_is(run->r.step, "accept");
    return ent_str_is(run->r.step, "set-double") ||
           (ent_str_is(run->r.step, "accept") && part < run->done[0]);
}

bool match_part_due(const desk *d, const match_course *run, ent_json header,
                    const int64_t counts[2], size_t *which, bool *due)
{
    ent_str step = ent_json_get_text(header, "step");
    ent_json named = ent_json_get(header, "part");
    int64_t total, part = 0;

    *due = false;
    if (!bulk_of(d, run, step, which, &total))
        return false;
    if (total == 1 ? named.doc == NULL : ent_json_int(named, &part))
        *due = part == counts[*which] && part < total && follows(run, step, part);
    return true;
}

/* Parts that wait for one another are bounded when they come. */
ent_code match_part_size_check(const match_step *s, size_t which, ent_err *err)
{
    const match_course *run = s->run;
    size_t want;

    if (!match_is_fast(run))
        return ENT_OK;
    want = match_fast_part_size(s->d, !ent_str_is(run->r.side, "asked"), run->r.size_peer,
                                (size_t)run->came[which]);
    if (s->payload.size != want)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, want);
    return ENT_OK;
}

bool match_part_works(const desk *d, const match_course *run, int64_t part)
{
    return !match_is_fast(run) || part + 1 == (int64_t)match_parts(d, &run->r);
}

ent_str match_part_work(const match_step *s, ent_json header, size_t which)
{
    int64_t part = 0;

    (void)ent_json_int(ent_json_get(header, "part"), &part);
    return match_work_id(s->arena, s->run->r.id, which == 0 ? NULL : "double", (size_t)part);
}

/* ---- saying ---- */

/* A message of `step` that is part `part` of so many; a part of our set at its head, if there is one. */
static ent_code part_begin(match_step *s, const char *step, size_t part, size_t parts,
                           match_say *say, ent_err *err)
{
    *say = (match_say){ .step = step, .part = part, .parts = parts };
    if (strcmp(step, "double") == 0 || part >= parts_of(s->d, s->run->r.size_own))
        return ENT_OK;
    return match_set_part_get(s->d, s->arena, s->run->r.id, part, &say->payload[0],
                              &say->payload[1], err);
}

/* Places of our set for the audit, when the first of it is sent. */
static ent_code audit_make(match_step *s, ent_err *err)
{
    desk_agreement agreement;

    ENT_TRY(desk_agreement_get(s->d, s->arena, s->run->r.agreement, &agreement, err));
    if (agreement.agreed.audit == 0)
        return ENT_OK;
    ENT_TRY(match_items_need(s, err));
    ENT_TRY(match_set_get(s->d, s->arena, &s->run->r, &s->run->root_own, s->seed, s->items.count,
                          parts_of(s->d, s->run->r.size_own), &s->set, err));
    return match_audit_make(s, err);
}

ent_code match_take_accept(match_step *s, ent_err *err)
{
    size_t parts = parts_of(s->d, s->run->r.size_own);

    ENT_TRY(match_step_size(s, err));
    ENT_TRY(audit_make(s, err));
    for (size_t i = 0; i < parts; i++) {
        match_say say;

        ENT_TRY(part_begin(s, "set", i, parts, &say, err));
        ENT_TRY(match_step_say(s, &say, err));
    }
    return ENT_OK;
}

/* ---- hearing ---- */

static size_t log2_of(size_t parts)
{
    size_t depth = 0;

    for (; parts > 1; parts /= 2)
        depth++;
    return depth;
}

/* Part `part` of the peer's set at the head of the payload, checked and raised; none if the peer has no
 * more.  *used: its bytes. */
static ent_code theirs_double(match_step *s, size_t part, size_t behind, psi_tag **tags,
                              size_t *count, ent_err *err)
{
    size_t parts = parts_of(s->d, s->run->r.size_peer), depth = log2_of(parts), used;
    ent_hash path[PSI_PATH_MAX];
    psi_set theirs;

    *count = part < parts ? (size_t)s->run->r.size_peer / parts : 0;
    used = *count == 0 ? 0 : *count * PSI_ELEMENT_SIZE + depth * ENT_HASH_SIZE;
    if (s->payload.size != used + behind)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, used + behind);
    if (*count == 0)
        return ENT_OK;
    ENT_TRY(psi_set_double(s->arena, s->seed,
                           (ent_span){ s->payload.ptr, *count * PSI_ELEMENT_SIZE }, *count, NULL,
                           s->d->crew, &theirs, tags, err));
    memcpy(path, (const uint8_t *)s->payload.ptr + *count * PSI_ELEMENT_SIZE,
           depth * ENT_HASH_SIZE);
    if (!psi_part_belongs(&theirs.root, part, parts, path, &s->run->root_peer))
        return ent_fail(err, ENT_UNTRUSTED, "a match set is not the one that was committed to");
    return ENT_OK;
}

static ent_code tags_keep(match_step *s, const char *side, size_t part, const psi_tag *tags,
                          size_t count, ent_err *err)
{
    match_tags *kept = &s->out.tags[s->out.tag_count];

    (void)err;
    ENT_ASSERT(s->out.tag_count < sizeof s->out.tags / sizeof *s->out.tags);
    if (count > 0) {
        *kept = (match_tags){ side, part, tags, count };
        s->out.tag_count++;
    }
    return ENT_OK;
}

/* All tags of one side: those that were kept, and the last part, if it is not. */
static ent_code tags_gather(match_step *s, const char *side, int64_t size, const psi_tag *last,
                            psi_tag **tags, ent_err *err)
{
    size_t parts = parts_of(s->d, size), count = (size_t)size / parts;

    *tags = ent_arena_array(s->arena, (size_t)size, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < parts; i++) {
        if (i + 1 == parts && last != NULL)
            memcpy(*tags + i * count, last, count * sizeof *last);
        else
            ENT_TRY(match_tags_get(s->d, s->arena, s->run->r.id, side, i, *tags + i * count, count,
                                   err));
    }
    return ENT_OK;
}

static ent_code hits_find(match_step *s, const psi_tag *own, const psi_tag *other, psi_hit **hits,
                          size_t *count, ent_err *err)
{
    ENT_TRY(psi_set_order(s->arena, s->seed, s->item_count, s->d->crew, &s->set, err));
    return psi_hits(s->arena, &s->set, own, other, (size_t)s->run->r.size_peer, hits, count, err);
}

/* ---- answering ---- */

ent_code match_take_set(match_step *s, ent_err *err)
{
    size_t part = (size_t)s->run->done[0]++, parts = parts_of(s->d, s->run->r.size_peer),
           all = match_parts(s->d, &s->run->r), count;
    match_say say;
    psi_tag *tags;

    ENT_TRY(theirs_double(s, part, 0, &tags, &count, err));
    ENT_TRY(tags_keep(s, MATCH_TAGS_OTHER, part, tags, count, err));
    if (part == 0)
        ENT_TRY(audit_make(s, err));
    ENT_TRY(part_begin(s, "set-double", part, all, &say, err));
    say.payload[2] = (ent_span){ tags, count * PSI_TAG_SIZE };
    ENT_TRY(match_step_say(s, &say, err));
    if (part + 1 < parts) {
        s->out.step = "accept"; /* more of it comes */
        return ENT_OK;
    }
    for (size_t i = parts; i < all; i++) {
        ENT_TRY(part_begin(s, "set-double", i, all, &say, err));
        ENT_TRY(match_step_say(s, &say, err));
    }
    return ENT_OK;
}

/* Not the last: what is not known yet is kept. */
static ent_code set_double_more(match_step *s, size_t part, const psi_tag *own, size_t own_count,
                                const psi_tag *other, size_t other_count, ent_err *err)
{
    size_t parts = parts_of(s->d, s->run->r.size_peer);
    match_say say;

    ENT_TRY(tags_keep(s, MATCH_TAGS_OWN, part, own, own_count, err));
    ENT_TRY(tags_keep(s, MATCH_TAGS_OTHER, part, other, other_count, err));
    s->out.step = "set";
    if (part + 1 >= parts)
        return ENT_OK; /* that of B's last part waits for what is found */
    ENT_TRY(part_begin(s, "double", part, parts, &say, err));
    say.payload[0] = (ent_span){ other, other_count * PSI_TAG_SIZE };
    return match_step_say(s, &say, err);
}

ent_code match_take_set_double(match_step *s, ent_err *err)
{
    size_t part = (size_t)s->run->done[0]++, own_parts = parts_of(s->d, s->run->r.size_own),
           parts = parts_of(s->d, s->run->r.size_peer), all = match_parts(s->d, &s->run->r),
           own_count = part < own_parts ? (size_t)s->run->r.size_own / own_parts : 0, other_count,
           count, last = (size_t)s->run->r.size_peer / parts;
    psi_tag *own = NULL, *other = NULL, *owns, *others;
    match_say say;
    psi_hit *hits;

    ENT_TRY(theirs_double(s, part, own_count * PSI_TAG_SIZE, &other, &other_count, err));
    ENT_TRY(match_step_tags(
        s, (const uint8_t *)s->payload.ptr + s->payload.size - own_count * PSI_TAG_SIZE, own_count,
        &own, err));
    if (part + 1 < all)
        return set_double_more(s, part, own, own_count, other, other_count, err);
    ENT_TRY(
        tags_gather(s, MATCH_TAGS_OWN, s->run->r.size_own, own_count > 0 ? own : NULL, &owns, err));
    ENT_TRY(tags_gather(s, MATCH_TAGS_OTHER, s->run->r.size_peer, other_count > 0 ? other : NULL,
                        &others, err));
    ENT_TRY(hits_find(s, owns, others, &hits, &count, err));
    ENT_TRY(part_begin(s, "double", parts - 1, parts, &say, err));
    say.payload[0] = (ent_span){ others + (parts - 1) * last, last * PSI_TAG_SIZE };
    return match_step_found(s, hits, count, &say, err);
}

ent_code match_take_double(match_step *s, ent_err *err)
{
    size_t part = (size_t)s->run->done[1]++, parts = parts_of(s->d, s->run->r.size_own),
           count = (size_t)s->run->r.size_own / parts, start = count * PSI_TAG_SIZE, hit_count;
    psi_tag *own, *owns, *others;
    psi_hit *hits;

    if (s->payload.size < start || (part + 1 < parts && s->payload.size != start))
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, start);
    if (part + 1 < parts && ent_json_get(s->header, "probing").doc != NULL)
        return ent_fail(err, ENT_FORMAT,
                        "a match message 'double': member 'probing' is of its last part alone");
    ENT_TRY(match_step_tags(s, s->payload.ptr, count, &own, err));
    if (part + 1 < parts)
        return tags_keep(s, MATCH_TAGS_OWN, part, own, count, err);
    ENT_TRY(tags_gather(s, MATCH_TAGS_OWN, s->run->r.size_own, own, &owns, err));
    ENT_TRY(tags_gather(s, MATCH_TAGS_OTHER, s->run->r.size_peer, NULL, &others, err));
    ENT_TRY(hits_find(s, owns, others, &hits, &hit_count, err));
    return match_step_heard(s, hits, hit_count, start, err);
}
