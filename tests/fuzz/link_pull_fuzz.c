/*
 * link_pull_fuzz -- what a peer can answer to the side that pulls from it.
 *
 * A peer is made once, and six logs that it signed: what was heard (the past, 254 entries), the
 * honest one (six more, over the border of a tile, one urgent and one erased), another future, another past, one with
 * entries that are none, and the honest one under a new key.  An input is a conversation: each
 * step answers what is wanted from one of these, from another file of it, spoiled, cut short,
 * with more behind it, with bytes of the input, or not at all; or crashes at an effect.
 *
 * Oracle: the mirror's head is one that the peer signed, whole, and never gets shorter; every
 * entry and body that is applied is the one at that place of that log; the link stops only if
 * what the peer signed last contradicts what it signed before, and keeps both heads; nothing new
 * is taken under a key that was replaced.  And
 * however it went, an honest peer is heard to the end afterwards, and the mirror verifies.
 */
#include "sim/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 264
#define HEARD   254

enum { HONEST, PAST, OTHER_FUTURE, OTHER_PAST, MALFORMED, NEW_KEY, SHELVES };
enum { PLAIN, FLIPPED, CUT, LONGER, MISPLACED, CRASH, ANEW, MANY };

/* A log that the peer signed, with what must be heard of it. */
typedef struct shelf {
    fed_end files; /* only its files are used */
    const fed_file *used[FED_FILES];
    size_t used_count;
    ent_str note;
    uint64_t size;
    ent_hash leaf[ENTRIES];
    char text[ENTRIES][32]; /* "" : erased */
} shelf;

typedef struct world {
    fed *f;
    fed_end *peer, *us;
    fed_talk *said, *heard, *heard_kept;
    uint64_t state;
    image mirror;
    shelf shelves[SHELVES];
    fed_desk desk;
    uint64_t held;
} world;

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static unsigned take(input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static unsigned take_two(input *in)
{
    unsigned high = take(in);

    return high << 8 | take(in);
}

/* ---- the logs ---- */

static void say(world *w, const char *text, int count)
{
    ent_err err = { 0 };

    for (int i = 0; i < count; i++)
        if (text[0] == '#')
            fed_talk_urge(w->said, "N1", text);
        else
            fed_talk_say(w->said, "N1", text);
    CHECK_OK(fed_flush(w->peer, &err), &err);
}

static void shelf_read(world *w, shelf *s)
{
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_head head;
    ent_err err = { 0 };

    CHECK_OK(link_head_read(&w->peer->host, arena, LINK_OUT, &head, &err), &err);
    CHECK(head.size <= ENTRIES);
    s->size = head.size;
    for (uint64_t i = 0; i < head.size; i++) {
        ent_span body = { NULL, 0 };
        link_entry entry;
        ent_str text;

        if (link_entry_at(&w->peer->host, arena, LINK_OUT, i, head.size, &entry, &text, &err) !=
            ENT_OK)
            continue; /* the malformed one */
        s->leaf[i] = ledger_leaf_hash(text);
        if (link_body_at(&w->peer->host, arena, LINK_OUT, &entry, &body, &err) == ENT_OK)
            (void)snprintf(s->text[i], sizeof s->text[i], "%.*s", (int)body.size,
                           (const char *)body.ptr);
    }
    ent_arena_free(arena);
}

static void shelf_make(world *w, int which)
{
    shelf *s = &w->shelves[which];
    const fed_file *note;

    shelf_read(w, s);
    s->files.files = image_files_copy(w->peer->files);
    for (size_t i = 0; i < FED_FILES; i++)
        if (s->files.files[i].bytes != NULL && strncmp(s->files.files[i].path, "out/", 4) == 0)
            s->used[s->used_count++] = &s->files.files[i];
    note = fed_file_at(&s->files, "out/checkpoint");
    s->note = (ent_str){ note->bytes, note->size };
}

/* The peer's disk and signer, at that moment, again. */
static void peer_back(world *w, const image *moment)
{
    image copy = { .files = image_files_copy(moment->files) };

    memcpy(copy.signer, moment->signer, sizeof copy.signer);
    image_set(w->peer, &copy);
}

static void body_erase(world *w, uint64_t seq)
{
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_entry entry;
    ent_err err = { 0 };

    CHECK_OK(link_entry_at(&w->peer->host, arena, LINK_OUT, seq, seq + 1, &entry, NULL, &err),
             &err);
    CHECK_OK(link_body_erase(&w->peer->host, LINK_OUT, &entry.body, &err), &err);
    ent_arena_free(arena);
}

static void shelves_make(world *w, const image *earlier)
{
    const ent_str none[] = { ENT_STR("{}"), ENT_STR("{}") };
    image past = image_take(w->peer), honest;

    shelf_make(w, PAST);
    say(w, "one", 1);
    say(w, "two", 2);
    body_erase(w, HEARD + 1);
    say(w, "#now", 1);
    say(w, "four", 2);
    shelf_make(w, HONEST);
    honest = image_take(w->peer);
    peer_back(w, &past);
    say(w, "else", 6);
    shelf_make(w, OTHER_FUTURE);
    peer_back(w, earlier);
    say(w, "never", 9);
    shelf_make(w, OTHER_PAST);
    peer_back(w, &past);
    say(w, "one", 1);
    image_forge(w->peer, none, 2);
    shelf_make(w, MALFORMED);
    image_set(w->peer, &honest);
    fed_rotate(&w->f->nodes[0]);
    say(w, "five", 1);
    shelf_make(w, NEW_KEY);
    image_files_free(past.files);
}

/* ---- what is heard ---- */

/* Which log the mirror is at. */
static int held_find(const world *w)
{
    const fed_file *note = fed_file_at(w->us, "in/checkpoint");

    for (int i = 0; i < SHELVES; i++)
        if (ent_str_equal(w->shelves[i].note, (ent_str){ note->bytes, note->size }))
            return i;
    return SHELVES;
}

static void entry_check(const world *w, const link_entry *entry, ent_span body)
{
    int held = held_find(w);
    ent_arena *arena = ent_arena_new(1 << 20);
    ent_err err = { 0 };
    ent_str text;
    ent_hash leaf;

    ENT_ASSERT(held < SHELVES && entry->seq < w->shelves[held].size);
    ENT_ASSERT(link_entry_write(arena, entry, &text, &err) == ENT_OK);
    leaf = ledger_leaf_hash(text);
    ENT_ASSERT(ent_hash_equal(&leaf, &w->shelves[held].leaf[entry->seq]));
    ENT_ASSERT(body.ptr == NULL ||
               ent_str_is((ent_str){ body.ptr, body.size }, w->shelves[held].text[entry->seq]));
    ent_arena_free(arena);
}

static ent_code checked_apply(void *arg, ent_arena *arena, const char *peer,
                              const link_entry *entry, ent_span body, ent_err *err)
{
    world *w = arg;

    entry_check(w, entry, body);
    return w->desk.apply(w->desk.arg, arena, peer, entry, body, err);
}

static ent_code checked_ahead(void *arg, ent_arena *arena, const char *peer,
                              const link_entry *entry, ent_span body, ent_err *err)
{
    world *w = arg;

    ENT_ASSERT(link_kind_ahead(entry->kind));
    entry_check(w, entry, body);
    return w->desk.ahead(w->desk.arg, arena, peer, entry, body, err);
}

static ent_code heard_position(void *arg, const char *peer, uint64_t *next, ent_err *err)
{
    world *w = arg;

    return w->desk.position(w->desk.arg, peer, next, err);
}

static ent_code ahead_position(void *arg, const char *peer, uint64_t *next, ent_err *err)
{
    world *w = arg;

    return w->desk.ahead_position(w->desk.arg, peer, next, err);
}

static ent_code outbox_first(void *arg, ent_arena *arena, const char *peer, char id[37],
                             link_kind *kind, ent_span *body, ent_err *err)
{
    world *w = arg;

    return w->desk.outbox_first(w->desk.arg, arena, peer, id, kind, body, err);
}

static ent_code outbox_delete(void *arg, const char *id, ent_err *err)
{
    world *w = arg;

    return w->desk.outbox_delete(w->desk.arg, id, err);
}

static world *world_make(void)
{
    static world w;
    image earlier;

    w.f = fed_new(17, 2, (fed_faults){ 0 });
    w.peer = w.f->nodes[0].ends[1];
    w.us = w.f->nodes[1].ends[0];
    w.said = fed_talk_new(&w.f->nodes[0]);
    w.heard = fed_talk_new(&w.f->nodes[1]);
    say(&w, "true", HEARD - 4);
    fed_talk_say(w.heard, "N0", "hm");
    fed_run_quiet(w.f, 60000);
    earlier = image_take(w.peer);
    say(&w, "true", 4);
    fed_talk_say(w.heard, "N0", "yes");
    fed_run_quiet(w.f, 60000);
    w.mirror = image_take(w.us);
    w.heard_kept = malloc(sizeof *w.heard_kept);
    assert_non_null(w.heard_kept);
    *w.heard_kept = *w.heard;
    w.state = w.f->state;
    shelves_make(&w, &earlier);
    image_files_free(earlier.files);
    w.desk = w.f->nodes[1].desk;
    w.f->nodes[1].desk = (fed_desk){ &w,
                                     heard_position,
                                     checked_apply,
                                     outbox_first,
                                     outbox_delete,
                                     checked_ahead,
                                     ahead_position };
    return &w;
}

static void world_reset(world *w)
{
    image copy = { .files = image_files_copy(w->mirror.files) };

    memcpy(copy.signer, w->mirror.signer, sizeof copy.signer);
    image_set(w->us, &copy);
    *w->heard = *w->heard_kept;
    w->f->state = w->state;
    w->f->crash_in = 0;
    w->f->crashing = false;
    w->f->victim = &w->f->nodes[1];
    w->us->pulling = w->us->asked = w->us->opened = false;
    w->us->host.peer_keys.count = 0;
    w->held = HEARD;
}

/* ---- may the link stop? ---- */

static ent_hash root_at(const shelf *s, uint64_t size)
{
    ledger_frontier frontier;
    ent_err err = { 0 };

    ledger_frontier_init(&frontier);
    for (uint64_t i = 0; i < size; i++)
        CHECK_OK(ledger_frontier_append(&frontier, &s->leaf[i], &err), &err);
    return ledger_frontier_root(&frontier);
}

/* Does that log go on from what our signer remembers and our mirror holds? */
static bool goes_on(const shelf *s, const shelf *held, const ledger_frontier *signer,
                    bool old_is_fine)
{
    uint64_t both = s->size < held->size ? s->size : held->size;
    ent_hash mine = ledger_frontier_root(signer), theirs;

    if (!old_is_fine && (s->size < held->size || s->size < signer->size))
        return false;
    for (uint64_t i = 0; i < both; i++)
        if (!ent_hash_equal(&s->leaf[i], &held->leaf[i]))
            return false;
    if (s->size < signer->size)
        return true;
    theirs = root_at(s, signer->size);
    return ent_hash_equal(&mine, &theirs);
}

static size_t evidence_count(world *w)
{
    size_t count = 0;

    for (size_t i = 0; i < FED_FILES; i++) {
        const fed_file *file = &w->us->files[i];
        bool signed_once = false;

        if (file->bytes == NULL || strncmp(file->path, "evidence/", 9) != 0)
            continue;
        for (int s = 0; s < SHELVES; s++)
            signed_once = signed_once ||
                          ent_str_equal(w->shelves[s].note, (ent_str){ file->bytes, file->size });
        ENT_ASSERT(signed_once);
        count++;
    }
    return count;
}

static void stop_check(world *w, const ledger_frontier *signer, int held, ent_str next)
{
    int told = 0;

    while (told < SHELVES && !ent_str_equal(w->shelves[told].note, next))
        told++;
    ENT_ASSERT(told < SHELVES && held < SHELVES);
    ENT_ASSERT(!goes_on(&w->shelves[told], &w->shelves[held], signer, w->us->pull.carried));
    ENT_ASSERT(evidence_count(w) == 2);
}

/* ---- one answer ---- */

static void step_check(world *w)
{
    int held = held_find(w);

    ENT_ASSERT(held < SHELVES && held != MALFORMED);
    ENT_ASSERT(w->shelves[held].size >= w->held);
    w->held = w->shelves[held].size;
    ENT_ASSERT(w->heard->position[0] <= w->held);
}

static void answer(world *w, ent_code got, ent_str content)
{
    ledger_frontier signer = w->us->signer[LINK_IN];
    bool stopped = fed_file_at(w->us, "stopped")->bytes != NULL;
    bool replaced = w->us->host.peer_keys.count > 0 && !w->us->pull.carried;
    int held = held_find(w);
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_err err = { 0 };
    ent_code rc;

    if (got == ENT_OK && content.size > w->us->want.limit)
        rc = ENT_LIMIT; /* the courier's */
    else
        rc = link_pull_answer(&w->us->pull, arena, got, content, &err);
    ENT_ASSERT(rc == ENT_OK || rc == ENT_LIMIT || err.msg[0] != '\0');
    ENT_ASSERT(rc != ENT_BUG && rc != ENT_MEMORY);
    if (!stopped && fed_file_at(w->us, "stopped")->bytes != NULL)
        stop_check(w, &signer, held, w->us->pull.next.note);
    if (w->f->crashing)
        fed_node_crash(&w->f->nodes[1]);
    w->us->pulling = w->us->pulling && rc == ENT_OK;
    ent_arena_free(arena);
    step_check(w);
    ENT_ASSERT(!replaced || held_find(w) == held || held_find(w) == NEW_KEY);
}

/* Begins a round if none is on its way.  false: nothing is wanted. */
static bool wanted(world *w)
{
    ent_err err = { 0 };

    if (!w->us->pulling && fed_round_begin(w->us, &err) != ENT_OK) {
        if (w->f->crashing)
            fed_node_crash(&w->f->nodes[1]);
        w->us->pulling = false;
        return false;
    }
    if (link_pull_want(&w->us->pull, &w->us->want))
        return true;
    w->us->pulling = false;
    return false;
}

static void answer_from(world *w, shelf *s, unsigned how, input *in)
{
    char name[sizeof w->us->want.path], path[LINK_PATH_SIZE];
    const fed_file *file;
    size_t size, at;
    char *bytes;

    (void)snprintf(name, sizeof name, "%s", w->us->want.path);
    name[strcspn(name, "?")] = '\0';
    link_path(LINK_OUT, name, path);
    file = fed_file_at(&s->files, path);
    if (how == MISPLACED)
        file = s->used[take_two(in) % s->used_count];
    if (file->bytes == NULL) {
        answer(w, ENT_NOT_FOUND, ENT_STR_NONE);
        return;
    }
    bytes = malloc(file->size + 257);
    assert_non_null(bytes);
    memcpy(bytes, file->bytes, file->size);
    size = file->size;
    if (how == FLIPPED || how == CUT)
        at = size > 0 ? size - 1 - take_two(in) % size : 0; /* what is new is at the end */
    else
        at = how == LONGER ? take(in) : 0;
    if (how == FLIPPED && size > 0)
        bytes[at] ^= (char)(1U << (take(in) & 7));
    if (how == CUT)
        size = at;
    for (; how == LONGER && at > 0; at--)
        bytes[size++] = (char)take(in);
    answer(w, ENT_OK, (ent_str){ bytes, size });
    free(bytes);
}

static void answer_raw(world *w, input *in)
{
    size_t size = take(in);

    size = size < in->left ? size : in->left;
    answer(w, ENT_OK, (ent_str){ (const char *)in->at, size });
    in->at += size;
    in->left -= size;
}

static void step(world *w, input *in)
{
    unsigned op = take(in), which = op & 7, how = op >> 3 & 7, times = 1;

    if (how == CRASH) {
        unsigned when = take(in);

        w->f->crash_in = 1 + when / 2 % 40;
        w->f->crash_after = (when & 1) != 0;
    }
    if (how == ANEW)
        w->us->pulling = false;
    if (how == MANY)
        times = 1 + take(in) % 64;
    for (unsigned i = 0; i < times && wanted(w); i++) {
        if (how == ANEW)
            w->us->pull.carried = (op & 64) != 0;
        if (which == SHELVES)
            answer(w, ENT_NOT_FOUND, ENT_STR_NONE);
        else if (which > SHELVES)
            answer_raw(w, in);
        else
            answer_from(w, &w->shelves[which], how, in);
    }
}

/* ---- an honest peer afterwards ---- */

static int honest_find(const world *w)
{
    static const int order[] = { HONEST, NEW_KEY, OTHER_FUTURE };
    bool rotated = w->us->host.peer_keys.count > 0;
    int held = held_find(w);

    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const shelf *s = &w->shelves[order[i]];

        if ((!rotated || order[i] == NEW_KEY || order[i] == held) &&
            goes_on(s, &w->shelves[held], &w->us->signer[LINK_IN], false))
            return order[i];
    }
    return SHELVES; /* its logs were mixed */
}

static void finish(world *w)
{
    int honest = honest_find(w);
    input none = { NULL, 0 };
    link_verdict verdict;
    ent_err err = { 0 };

    w->f->crash_in = 0;
    w->us->pulling = false;
    if (honest == SHELVES)
        return;
    for (int rounds = 0; rounds < 3; rounds++)
        while (wanted(w))
            answer_from(w, &w->shelves[honest], PLAIN, &none);
    ENT_ASSERT(fed_file_at(w->us, "stopped")->bytes == NULL);
    ENT_ASSERT(w->held == w->shelves[honest].size);
    ENT_ASSERT(w->heard->position[0] == w->held);
    ENT_ASSERT(w->heard->heard_count == w->held);
    CHECK_OK(link_verify(&w->us->host, LINK_IN, UINT64_MAX, &verdict, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world *w;
    input in = { data, size };

    if (w == NULL)
        w = world_make();
    if (size > 4096)
        return 0;
    world_reset(w);
    while (in.left > 0 && fed_file_at(w->us, "stopped")->bytes == NULL)
        step(w, &in);
    if (fed_file_at(w->us, "stopped")->bytes == NULL)
        finish(w);
    return 0;
}
