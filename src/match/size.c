/* A run that asks only how many keys both hold (psi/overlap.h): its steps.
 *
 *     A  announce  also kind "size", and a commitment to a random number
 *     B  accept    also a random number of its own
 *     A  set       its number; the coin is made of both, after both sets are committed to
 *     B  set-double, A  double, B  close: as in any run, but the answers are shuffled
 *
 * What is announced as root is no root of elements, which depend on the coin, but the hash
 * of a secret salt and all keys: an audit can open it. */
#include "match/step_int.h"

#include "base/text.h"
#include "psi/overlap.h"

#include <sodium.h>

void match_size_commit(match_step *s)
{
    uint8_t salt[32];
    ent_hash hash;

    psi_bytes_derive(s->seed, "size salt", 0, salt, sizeof salt);
    hash = ent_hash_of(salt, sizeof salt);
    for (size_t i = 0; i < s->items.count; i++) {
        const ent_span pieces[] = { { hash.bytes, ENT_HASH_SIZE },
                                    { s->items.items[i].key.ptr, s->items.items[i].key.size } };

        hash = ent_hash_pieces(pieces, 2);
    }
    s->run->root_own = hash;
    psi_bytes_derive(s->seed, "size number", 0, s->run->number_own.bytes, ENT_HASH_SIZE);
    s->out.keep_secret = true;
}

static ent_code set_make(match_step *s, psi_set *set, ent_err *err)
{
    const match_course *run = s->run;
    bool asked = ent_str_is(run->r.side, "asked");
    const ent_span pieces[] = {
        { (asked ? &run->number_own : &run->number_peer)->bytes, ENT_HASH_SIZE },
        { (asked ? &run->number_peer : &run->number_own)->bytes, ENT_HASH_SIZE },
        { run->r.id.ptr, run->r.id.size },
    };
    ent_hash coin = ent_hash_pieces(pieces, 3);
    ent_str *texts;

    ENT_TRY(match_items_texts(s->arena, &s->items, &texts, err));
    return psi_overlap_make(s->arena, s->seed, run->r.id, &coin,
                            psi_overlap_bits((size_t)run->r.size_own, (size_t)run->r.size_peer),
                            texts, s->items.count, s->d->crew, set, err);
}

static void report(match_step *s, size_t common)
{
    char text[PSI_OVERLAP_TEXT];

    psi_overlap_report(common, psi_overlap_dummies(s->seed),
                       psi_overlap_bits((size_t)s->run->r.size_own, (size_t)s->run->r.size_peer),
                       text);
    s->run->r.estimate = ent_arena_str(s->arena, ent_str_of(text));
}

/* Elements at the head of the payload, with `tail` bytes behind; no root binds them. */
static ent_code elements_read(match_step *s, size_t tail, psi_set *set, ent_err *err)
{
    size_t bytes = s->payload.size < tail ? 0 : s->payload.size - tail,
           count = bytes / PSI_ELEMENT_SIZE;

    /* A sample is at most the announced set with all dummies. */
    if (count > psi_padded((size_t)s->run->r.size_peer + PSI_OVERLAP_DUMMIES))
        return ent_fail(err, ENT_FORMAT, "a sample of %zu elements is larger than its set", count);
    return psi_set_read(s->arena, (ent_span){ s->payload.ptr, bytes }, count, NULL, s->d->crew, set,
                        err);
}

static ent_code take_accept(match_step *s, ent_err *err)
{
    match_say say = { .step = "set", .number = &s->run->number_own };
    psi_set set;

    ENT_TRY(match_step_size(s, err));
    ENT_TRY(desk_hex(s->header, "number", "a match message", s->run->number_peer.bytes,
                     ENT_HASH_SIZE, err));
    ENT_TRY(set_make(s, &set, err));
    say.payload[0] = (ent_span){ set.elements, set.count * PSI_ELEMENT_SIZE };
    s->set = set;
    s->out.keep_set = true;
    s->out.set_parts = 1;
    return match_step_say(s, &say, err);
}

static ent_code take_set(match_step *s, ent_err *err)
{
    match_say say = { .step = "set-double" };
    ent_hash have, number;
    psi_set theirs, own;
    psi_tag *tags;

    ENT_TRY(desk_hex(s->header, "number", "a match message", number.bytes, ENT_HASH_SIZE, err));
    have = ent_hash_of(number.bytes, ENT_HASH_SIZE);
    if (!ent_hash_equal(&have, &s->run->number_peer))
        return ent_fail(err, ENT_UNTRUSTED, "a match's random number is not the one committed to");
    s->run->number_peer = number;
    ENT_TRY(elements_read(s, 0, &theirs, err));
    ENT_TRY(set_make(s, &own, err));
    ENT_TRY(psi_overlap_double(s->arena, s->seed, &theirs, s->d->crew, &tags, err));
    match_step_tags_put(s, tags, theirs.count);
    s->set = own;
    s->out.keep_set = true;
    s->out.set_parts = 1;
    say.payload[0] = (ent_span){ own.elements, own.count * PSI_ELEMENT_SIZE };
    say.payload[1] = (ent_span){ tags, theirs.count * PSI_TAG_SIZE };
    return match_step_say(s, &say, err);
}

static ent_code take_set_double(match_step *s, ent_err *err)
{
    match_say say = { .step = "double" };
    psi_tag *own, *other;
    size_t ours, common;
    psi_set theirs;

    ENT_TRY(match_set_kept(s->d, s->arena, s->run->r.id, &ours, err));
    ENT_TRY(elements_read(s, ours * PSI_TAG_SIZE, &theirs, err));
    ENT_TRY(match_step_tags(s, (const uint8_t *)s->payload.ptr + theirs.count * PSI_ELEMENT_SIZE,
                            ours, &own, err));
    ENT_TRY(psi_overlap_double(s->arena, s->seed, &theirs, s->d->crew, &other, err));
    ENT_TRY(psi_overlap_count(s->arena, own, ours, other, theirs.count, &common, err));
    report(s, common);
    say.payload[0] = (ent_span){ other, theirs.count * PSI_TAG_SIZE };
    return match_step_say(s, &say, err);
}

static ent_code take_double(match_step *s, ent_err *err)
{
    match_say say = { .step = "close" };
    psi_tag *own, *other;
    size_t ours, theirs, common;

    ENT_TRY(match_set_kept(s->d, s->arena, s->run->r.id, &ours, err));
    if (s->payload.size != ours * PSI_TAG_SIZE)
        return ent_fail(err, ENT_FORMAT, "a match message has %zu bytes behind its header, not %zu",
                        s->payload.size, ours * PSI_TAG_SIZE);
    ENT_TRY(match_step_tags(s, s->payload.ptr, ours, &own, err));
    ENT_TRY(match_step_tags_get(s, &other, &theirs, err));
    ENT_TRY(psi_overlap_count(s->arena, own, ours, other, theirs, &common, err));
    report(s, common);
    s->out.end = "closed";
    return match_step_say(s, &say, err);
}

static ent_code take_close(match_step *s, ent_err *err)
{
    (void)err;
    s->run->r.step = ENT_STR("close");
    s->out.end = "closed";
    return ENT_OK;
}

const match_rule match_size_rules[] = {
    { "accept", "asked", "announce", NULL, take_accept },
    { "set", "answered", "accept", NULL, take_set },
    { "set-double", "asked", "set", NULL, take_set_double },
    { "double", "answered", "set-double", NULL, take_double },
    { "close", "asked", "double", NULL, take_close },
    { NULL, NULL, NULL, NULL, NULL },
};
