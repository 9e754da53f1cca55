/* sim: whole schedules of what can happen to three to seven nodes: lines that are cut and
 * clogged, answers that are lost, late and spoiled, crashes, disks that are lost or set back to
 * an old backup (with the signer's memory or without), clocks that are wrong, keys that are
 * replaced, recalls, programs that are a version ahead, and a peer that signs two histories.
 * Then all is healed, and: every line that was said was heard, once, at its place, by everyone
 * whose log was not set back; what was set back is found and nothing is appended to it; nobody
 * believes two histories.  SIM_SCHEDULES=N runs N of them (make soak: 5,000); SIM_SEED=S runs
 * one. */
#include "campaign.h"
#include "sim/federation.h"
#include "sim/signatures.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000)

/* What is counted. */
enum { CRASHES, CUTS, ROTATIONS, RESTORES, UPGRADES, LIES, REFUSED, EARLY, FOUND, REGAINED, HELD };

/* A node as a backup has it. */
typedef struct image {
    fed_file *files[FED_NODES];
    ledger_frontier signer[FED_NODES][2];
    fed_talk *talk;
    bool taken;
} image;

typedef struct world {
    fed *f;
    fed_talk *talks[FED_NODES];
    image backups[FED_NODES];
    /* Our log for them was set back behind what was said, or is a lie. */
    bool set_back[FED_NODES][FED_NODES];
    bool restored[FED_NODES][FED_NODES];  /* and asks for it */
    bool forgotten[FED_NODES][FED_NODES]; /* who could have noticed was set back, too */
    bool lost[FED_NODES];                 /* what waited to be said is */
    size_t liar, victim;                  /* liar == FED_NODES: nobody lies */
    bool lied;
    unsigned *tally;
} world;

/* ---- backups ---- */

static void backup_take(world *w, size_t n)
{
    image *b = &w->backups[n];

    for (size_t j = 0; j < w->f->count; j++) {
        fed_end *end = w->f->nodes[n].ends[j];

        if (end == NULL)
            continue;
        if (b->files[j] == NULL)
            b->files[j] = calloc(FED_FILES, sizeof *b->files[j]);
        assert_non_null(b->files[j]);
        fed_files_copy(b->files[j], end->files);
        memcpy(b->signer[j], end->signer, sizeof end->signer);
    }
    if (b->talk == NULL)
        b->talk = malloc(sizeof *b->talk);
    assert_non_null(b->talk);
    *b->talk = *w->talks[n];
    b->taken = true;
}

/* Is that what the log began with, when it had so many entries? */
static bool is_past(const ledger_frontier *log, uint64_t size, const ent_hash *root)
{
    ent_hash now = ledger_frontier_root(log);

    return log->size != size || ent_hash_equal(&now, root);
}

/* Is our log, as it will be rolled forward, the one that everybody remembers who has seen it:
 * our signer, the reader's mirror, the reader's signer?  By content: a log that was set back,
 * and extended before anybody looked, may be the longer one. */
static bool log_goes_on(fed_end *end)
{
    const ledger_frontier *ours = &end->signer[LINK_OUT], *theirs = &end->other->signer[LINK_IN];
    ent_hash our_root = ledger_frontier_root(ours), their_root = ledger_frontier_root(theirs);
    uint64_t size = ours->size;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_head mirror = { 0 };
    ledger_frontier log;
    ent_err err = { 0 };
    bool good;

    ledger_frontier_init(&log);
    CHECK_OK(link_head_read(&end->other->host, arena, LINK_IN, &mirror, &err), &err);
    good = fed_size(end, LINK_OUT) <= size && mirror.size <= size && theirs->size <= size;
    for (uint64_t seq = 0; good; seq++) {
        link_entry entry;
        ent_hash leaf;
        ent_str text;

        good = is_past(&log, ours->size, &our_root) && is_past(&log, theirs->size, &their_root) &&
               (mirror.size == 0 || is_past(&log, mirror.size, &mirror.root));
        if (!good || seq == size)
            break;
        good = link_entry_at(&end->host, arena, LINK_OUT, seq, size, &entry, &text, &err) == ENT_OK;
        if (!good)
            break;
        leaf = ledger_leaf_hash(text);
        CHECK_OK(ledger_frontier_append(&log, &leaf, &err), &err);
    }
    ent_arena_free(arena);
    return good;
}

/* The disk is gone; what is put in its place is the backup, or nothing. */
static void disk_replace(world *w, size_t n, bool backup, bool signer_too)
{
    static fed_file nothing[FED_FILES];
    fed_node *node = &w->f->nodes[n];
    image *b = &w->backups[n];

    fed_node_crash(node);
    for (size_t j = 0; j < w->f->count; j++) {
        fed_end *end = node->ends[j];
        const fed_file *from = backup ? b->files[j] : nothing;
        link_keys keys;

        if (end == NULL)
            continue;
        fed_files_copy(end->files, from);
        end->other->pulling = end->other->asked = end->other->late_taken = false;
        keys = end->host.keys;
        if (keys.count > 0) { /* what is on disk of a replaced key is put there again */
            uint8_t word[96];

            memcpy(word, keys.key[0], 32);
            (void)crypto_sign_detached(word + 32, NULL, word, 32, node->recovery_secret);
            fed_put(end, "out/rotation", (ent_str){ (const char *)word, sizeof word });
        }
        if (signer_too && backup)
            memcpy(end->signer, b->signer[j], sizeof end->signer);
        else if (signer_too)
            for (int side = 0; side < 2; side++)
                ledger_frontier_init(&end->signer[side]);
        end->held = w->restored[n][j] = true;
        w->set_back[n][j] = end->other->stopped || !log_goes_on(end);
        /* And here what we remembered of theirs is forgotten, or remembered again. */
        if (w->set_back[j][n] && signer_too)
            w->forgotten[j][n] = true;
        w->set_back[j][n] = w->set_back[j][n] || !log_goes_on(end->other);
        print_message("# %" PRId64 ": the disk of %s is %s%s; its log for %s has %" PRIu64
                      ", heard %" PRIu64 ", signed %" PRIu64 ", cosigned %" PRIu64 "\n",
                      w->f->now, node->code, backup ? "an old one" : "empty",
                      signer_too ? ", the signer's too" : "", end->other->node->code,
                      fed_size(end, LINK_OUT), fed_size(end->other, LINK_IN),
                      end->signer[LINK_OUT].size, end->other->signer[LINK_IN].size);
    }
    w->lost[n] = w->lost[n] || !backup;
    if (backup) {
        *w->talks[n] = *b->talk;
    } else {
        w->talks[n]->heard_count = 0;
        memset(w->talks[n]->position, 0, sizeof w->talks[n]->position);
        memset(w->talks[n]->ahead, 0, sizeof w->talks[n]->ahead);
        for (size_t i = 0; i < w->talks[n]->out_count; i++)
            w->talks[n]->outbox[i].gone = true; /* what waited is lost */
    }
    campaign_count(&w->tally[RESTORES], 1);
}

/* ---- what happens ---- */

static size_t another(world *w, size_t n)
{
    size_t j = (size_t)fed_below(w->f, w->f->count - 1);

    return j + (j >= n);
}

static void something_is_said(world *w, size_t from)
{
    size_t to = another(w, from);
    fed_talk *talk = w->talks[from];
    char text[32];

    (void)snprintf(text, sizeof text, "%s%zu", fed_below(w->f, 4) == 0 ? "?" : "", talk->said++);
    if (fed_below(w->f, 5) == 0)
        fed_talk_urge(talk, w->f->nodes[to].code, text);
    else
        fed_talk_say(talk, w->f->nodes[to].code, text);
}

static void a_line_is_cut(world *w, size_t n)
{
    int64_t until = w->f->now + (int64_t)fed_below(w->f, 60000);
    size_t j = another(w, n);

    w->f->nodes[n].ends[j]->cut_until = until;
    if (fed_below(w->f, 2) == 0) /* both ways */
        w->f->nodes[j].ends[n]->cut_until = until;
    campaign_count(&w->tally[CUTS], 1);
}

/* Everybody is cut off, then they come back one after the other in another order. */
static void all_is_clogged(world *w)
{
    for (size_t i = 0; i < w->f->count; i++)
        for (size_t j = 0; j < w->f->count; j++)
            if (i != j)
                w->f->nodes[i].ends[j]->cut_until = w->f->now + (int64_t)fed_below(w->f, 20000);
    campaign_count(&w->tally[CUTS], 1);
}

static void a_program_is_newer(world *w, size_t n)
{
    fed_node *node = &w->f->nodes[n];
    bool already = false;

    for (size_t j = 0; j < w->f->count; j++) {
        if (node->ends[j] == NULL)
            continue;
        already = node->ends[j]->host.version_max == 2;
        node->ends[j]->host.version_max = 2;
    }
    for (size_t j = 0; j < w->f->count && !already; j++)
        if (node->ends[j] != NULL)
            fed_talk_say(w->talks[n], w->f->nodes[j].code, "v2");
    campaign_count(&w->tally[UPGRADES], !already);
}

/* The liar signs another history of its log for the victim: its last entries are others. */
static void a_history_is_forged(world *w)
{
    fed_end *end = w->f->nodes[w->liar].ends[w->victim];
    link_folder folder = { &end->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    uint64_t size = fed_size(end, LINK_OUT), seen = fed_size(end->other, LINK_IN), from;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    fed_faults faults = w->f->faults;
    ledger_frontier forged;
    ent_err err = { 0 };

    if (size < 2 || seen == 0 || seen > size || w->lied || w->set_back[w->liar][w->victim]) {
        ent_arena_free(arena);
        return;
    }
    w->f->faults = (fed_faults){ 0 };
    from = fed_below(w->f, seen); /* of what the victim has seen, or it would be no lie */
    ledger_frontier_init(&forged);
    for (uint64_t seq = 0; seq < size; seq++) {
        link_entry entry;
        ent_str text;
        ent_hash leaf;

        CHECK_OK(link_entry_at(&end->host, arena, LINK_OUT, seq, size, &entry, &text, &err), &err);
        if (seq == from) {
            entry.time += ENT_SECOND;
            CHECK_OK(link_entry_write(arena, &entry, &text, &err), &err);
        }
        leaf = ledger_leaf_hash(text);
        CHECK_OK(ledger_tiles_append(&files, arena, seq, &text, 1, &err), &err);
        CHECK_OK(ledger_frontier_append(&forged, &leaf, &err), &err);
    }
    end->signer[LINK_OUT] = forged;
    {
        uint64_t at;
        ent_str note;

        CHECK_OK(fed_sign(end, arena, LINK_OUT, size, NULL, 0, &note, &at, &err), &err);
        CHECK_OK(fed_sync(end, &err), &err);
        w->f->faults = faults;
        fed_put(end, "out/checkpoint", note);
    }
    end->pulling = end->asked = end->opened = false;
    w->lied = true;
    w->set_back[w->liar][w->victim] = true;
    campaign_count(&w->tally[LIES], 1);
    ent_arena_free(arena);
}

static void something_happens(world *w)
{
    fed *f = w->f;
    size_t n = (size_t)fed_below(f, f->count);

    switch (fed_below(f, 40)) {
    case 0:
        fed_node_crash(&f->nodes[n]);
        break;
    case 1:
    case 2:
        a_line_is_cut(w, n);
        break;
    case 3:
        all_is_clogged(w);
        break;
    case 4:
        if (f->nodes[n].ends[another(w, n)]->host.keys.count < 4) {
            fed_rotate(&f->nodes[n]);
            campaign_count(&w->tally[ROTATIONS], 1);
        }
        break;
    case 5:
        f->nodes[n].skew = (int64_t)fed_below(f, 20 * 365) * 86400000 - INT64_C(315360000000);
        break;
    case 6:
    case 7:
        backup_take(w, n);
        break;
    case 8:
        if (fed_below(f, 3) == 0 && n != w->liar && w->backups[n].taken)
            disk_replace(w, n, true, fed_below(f, 2) == 0);
        else if (fed_below(f, 8) == 0 && n != w->liar)
            disk_replace(w, n, false, fed_below(f, 2) == 0);
        break;
    case 9:
        a_program_is_newer(w, n);
        break;
    case 10:
        if (w->liar < f->count)
            a_history_is_forged(w);
        break;
    default:
        something_is_said(w, n);
    }
}

/* ---- the end ---- */

/* A log that was set back, or lies: its reader stopped, or refused it, or its writer found it;
 * and nobody took it for longer than what was cosigned. */
static void set_back_is_found(world *w, size_t i, size_t j)
{
    fed_end *writer = w->f->nodes[i].ends[j], *reader = writer->other;

    if (!reader->stopped && !writer->unsaid && !writer->stopped && reader->untrusted == 0 &&
        writer->untrusted == 0 && w->f->nodes[i].ends[j]->untrusted == 0)
        fail_msg("seed %" PRIu64 ": the log of %s for %s was set back and nobody noticed",
                 w->f->seed, w->f->nodes[i].code, w->f->nodes[j].code);
    campaign_count(&w->tally[FOUND], 1);
}

/* Everything that stands in i's log for j was heard by j, once, at its place. */
static void all_was_heard(world *w, size_t i, size_t j)
{
    const fed_talk *said = w->talks[i], *heard = w->talks[j];
    const char *from = w->f->nodes[i].code, *to = w->f->nodes[j].code;
    size_t count = 0;

    for (size_t o = 0; o < said->out_count; o++) {
        const fed_line *line = &said->outbox[o];
        size_t times = 0;

        if (strcmp(line->peer, to) != 0)
            continue;
        for (size_t h = 0; h < heard->heard_count; h++)
            times += strcmp(heard->heard[h].peer, from) == 0 &&
                     strcmp(heard->heard[h].id, line->id) == 0 &&
                     (heard->heard[h].gone || strcmp(heard->heard[h].text, line->text) == 0);
        if (times != 1)
            fail_msg("seed %" PRIu64 ": '%s' of %s was heard %zu times by %s", w->f->seed,
                     line->text, from, times, to);
        count++;
    }
    for (size_t h = 0; h < heard->heard_count; h++)
        if (strcmp(heard->heard[h].peer, from) == 0)
            count--;
    if (count != 0)
        fail_msg("seed %" PRIu64 ": %s heard more of %s than was said", w->f->seed, to, from);
}

/* What stands in i's log for j, also where what i said of it was lost: each once, and no more. */
static void log_was_heard(world *w, size_t i, size_t j)
{
    const fed_talk *heard = w->talks[j];
    fed_end *end = w->f->nodes[i].ends[j];
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    uint64_t size = fed_size(end, LINK_OUT), of_them = 0;
    ent_err err = { 0 };

    for (uint64_t seq = 0; seq < size; seq++) {
        link_entry entry;
        size_t times = 0;

        CHECK_OK(link_entry_at(&end->host, arena, LINK_OUT, seq, size, &entry, NULL, &err), &err);
        for (size_t h = 0; h < heard->heard_count; h++)
            times += strcmp(heard->heard[h].peer, w->f->nodes[i].code) == 0 &&
                     strcmp(heard->heard[h].id, entry.id) == 0;
        if (times != 1)
            fail_msg("seed %" PRIu64 ": entry %" PRIu64 " of %s was heard %zu times by %s",
                     w->f->seed, seq, w->f->nodes[i].code, times, w->f->nodes[j].code);
    }
    for (size_t h = 0; h < heard->heard_count; h++)
        of_them += strcmp(heard->heard[h].peer, w->f->nodes[i].code) == 0;
    if (of_them != size)
        fail_msg("seed %" PRIu64 ": %s heard %" PRIu64 " of %" PRIu64 " entries of %s", w->f->seed,
                 w->f->nodes[j].code, of_them, size, w->f->nodes[i].code);
    ent_arena_free(arena);
}

static void world_check(world *w)
{
    for (size_t i = 0; i < w->f->count; i++)
        for (size_t j = 0; j < w->f->count; j++) {
            fed_end *end = w->f->nodes[i].ends[j];
            link_verdict verdict;
            ent_err err = { 0 };

            if (i == j || end->other->held) /* who could not regain its own hears nothing */
                continue;
            if (w->set_back[i][j]) {
                if (!w->forgotten[i][j])
                    set_back_is_found(w, i, j);
                continue;
            }
            if (end->other->stopped && !w->set_back[j][i])
                fail_msg("seed %" PRIu64 ": %s stopped for no reason", w->f->seed,
                         w->f->nodes[j].code);
            if (link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err) != ENT_OK ||
                link_verify(&end->other->host, LINK_IN, UINT64_MAX, &verdict, &err) != ENT_OK)
                fail_msg("seed %" PRIu64 ": %s and %s: %s", w->f->seed, w->f->nodes[i].code,
                         w->f->nodes[j].code, err.msg);
            log_was_heard(w, i, j);
            if (!w->lost[i] && !end->gave_back)
                all_was_heard(w, i, j);
        }
}

/* Who has regained its log is as if it had lost nothing; who could not is held still.  false: some
 * still ask. */
static bool regained_settle(world *w)
{
    bool all = true;

    for (size_t i = 0; i < w->f->count; i++)
        for (size_t j = 0; j < w->f->count; j++) {
            fed_end *end = i == j ? NULL : w->f->nodes[i].ends[j];

            if (end == NULL || !w->restored[i][j])
                continue;
            if (end->held) {
                all = all && end->unsaid;
                continue;
            }
            w->restored[i][j] = false;
            if (!w->lied || i != w->liar || j != w->victim)
                w->set_back[i][j] = end->other->stopped || !log_goes_on(end);
        }
    return all;
}

static bool world_quiet(world *w)
{
    if (!regained_settle(w))
        return false;
    for (size_t i = 0; i < w->f->count; i++)
        for (size_t j = 0; j < w->f->count; j++) {
            fed_end *reader = w->f->nodes[i].ends[j];
            uint64_t position = 0;
            ent_err err = { 0 };

            if (i == j || w->set_back[j][i] || reader->held)
                continue;
            CHECK_OK(fed_talk_position(w->talks[i], w->f->nodes[j].code, &position, &err), &err);
            if (!reader->other->unsaid &&
                (position != fed_size(reader->other, LINK_OUT) || !fed_end_said(reader->other)))
                return false;
        }
    return true;
}

/* Who has not heard what, for people. */
static void world_noise(world *w)
{
    for (size_t i = 0; i < w->f->count; i++)
        for (size_t j = 0; j < w->f->count; j++) {
            fed_end *reader = w->f->nodes[i].ends[j];
            ent_err err = { 0 };
            uint64_t position = 0;

            if (i == j || w->set_back[j][i] || reader->held)
                continue;
            CHECK_OK(fed_talk_position(w->talks[i], w->f->nodes[j].code, &position, &err), &err);
            if (position != fed_size(reader->other, LINK_OUT) || !fed_end_said(reader->other))
                print_message("# %s has applied %" PRIu64 " of %" PRIu64 " of %s, mirror %" PRIu64
                              "%s%s%s; %s\n",
                              w->f->nodes[i].code, position, fed_size(reader->other, LINK_OUT),
                              w->f->nodes[j].code, fed_size(reader, LINK_IN),
                              reader->stopped ? ", stopped" : "",
                              fed_end_said(reader->other) ? "" : ", something waits",
                              reader->other->unsaid ? ", unsaid" : "", reader->last.msg);
        }
    fail_msg("seed %" PRIu64 ": not quiet after three minutes", w->f->seed);
}

static void world_free(world *w)
{
    for (size_t i = 0; i < w->f->count; i++) {
        for (size_t j = 0; j < w->f->count; j++) {
            for (size_t k = 0; k < FED_FILES && w->backups[i].files[j] != NULL; k++)
                free(w->backups[i].files[j][k].bytes);
            free(w->backups[i].files[j]);
        }
        free(w->backups[i].talk);
        free(w->talks[i]);
    }
    fed_free(w->f);
}

static void one_schedule(uint64_t seed, unsigned *tally)
{
    const fed_faults faults = { .lost = seed % 3 == 0 ? 100 : 20,
                                .late = seed % 5 == 0 ? 100 : 10,
                                .spoiled = seed % 7 == 0 ? 80 : 5,
                                .crash = seed % 2 == 0 ? 4 : 0 };
    world w = { .f = fed_new(seed, 3 + seed % 5, faults), .liar = FED_NODES, .tally = tally };
    int64_t until;

    w.f->persistent = true;
    for (size_t i = 0; i < w.f->count; i++)
        w.talks[i] = fed_talk_new(&w.f->nodes[i]);
    if (seed % 4 == 0) {
        w.liar = (size_t)fed_below(w.f, w.f->count);
        w.victim = another(&w, w.liar);
    }
    for (int i = 0; i < 120; i++) {
        something_happens(&w);
        fed_run(w.f, (int64_t)fed_below(w.f, 400));
    }
    fed_heal(w.f);
    for (size_t i = 0; i < w.f->count; i++)
        for (size_t j = 0; j < w.f->count; j++) {
            if (i != j)
                w.f->nodes[i].ends[j]->cut_until = 0;
        }
    until = w.f->now + MINUTES(3);
    while (!world_quiet(&w)) {
        if (w.f->now >= until)
            world_noise(&w);
        fed_run(w.f, 500);
    }
    fed_run(w.f, 60000); /* who was set back is asked once more */
    world_check(&w);
    for (size_t i = 0; i < w.f->count; i++) {
        campaign_count(&tally[CRASHES], w.f->nodes[i].crashes);
        campaign_count(&tally[EARLY], w.talks[i]->early);
        for (size_t j = 0; j < w.f->count; j++)
            if (i != j) {
                campaign_count(&tally[REFUSED], w.f->nodes[i].ends[j]->untrusted);
                campaign_count(&tally[REGAINED], (unsigned)w.f->nodes[i].ends[j]->regained);
                campaign_count(&tally[HELD], w.f->nodes[i].ends[j]->held);
            }
    }
    world_free(&w);
}

static void whatever_happens_what_was_said_is_heard_and_what_was_set_back_is_found(void **state)
{
    /* What they found: a reader whose signer alone remembers a log took an empty one for it; and
     * what doc/design/durability.md says of regaining. */
    static const uint64_t kept[] = { 26,   122,  153,  205,  213,  462,  514,  554,  610,  615,
                                     634,  688,  701,  703,  872,  928,  972,  1216, 1227, 1295,
                                     1402, 1545, 1898, 1950, 1954, 2007, 2018, 2250, 2376, 2393,
                                     2440, 2454, 2480, 2503, 2695, 2895, 2942, 3051, 3088, 3098,
                                     3218, 3444, 3521, 3588, 3690, 3772, 3906, 3935, 4232, 4269,
                                     4287, 4536, 4652, 4960, 0 };
    static const campaign c = { .name = "schedules",
                                .count_name = "SIM_SCHEDULES",
                                .seed_name = "SIM_SEED",
                                .slice = 24,
                                .kept = kept,
                                .run = one_schedule,
                                .tally = { "crashes", "cuts", "keys replaced", "disks set back",
                                           "newer programs", "forged histories", "answers refused",
                                           "recalls heard early", "logs found set back",
                                           "entries regained", "links held to the end" },
                                .whole = 40 };

    (void)state;
    campaign_run(&c);
}

RUN_TESTS(TEST(whatever_happens_what_was_said_is_heard_and_what_was_set_back_is_found))
