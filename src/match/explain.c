/* What a run has told, in plain words, from its journal alone. */
#include "match/fast_int.h"

#include "psi/fast.h"
#include "psi/overlap.h"

#define LINES 16

struct words {
    ent_arena *arena;
    ent_str *lines;
    size_t count;
    bool failed;
};

static void say(struct words *w, ent_str line)
{
    if (line.ptr == NULL || w->count == LINES)
        w->failed = true;
    else
        w->lines[w->count++] = line;
}

static void said(struct words *w, const char *line)
{
    say(w, ent_str_of(line));
}

/* Each line has one form (base/phrases.def). */
static void begin_say(struct words *w, const match_course *run)
{
    const match_run *r = &run->r;
    const int day = r->started.size > 10 ? 10 : (int)r->started.size;

    if (!ent_str_is(r->side, "asked"))
        say(w, ent_arena_printf(w->arena, "%s asked us on %.*s, for the purpose '%.*s'.", run->peer,
                                day, r->started.ptr, ENT_STR_ARG(r->purpose)));
    else if (r->user.size > 0)
        say(w, ent_arena_printf(w->arena, "We, by %.*s, asked %s on %.*s, for the purpose '%.*s'.",
                                ENT_STR_ARG(r->user), run->peer, day, r->started.ptr,
                                ENT_STR_ARG(r->purpose)));
    else
        say(w, ent_arena_printf(w->arena, "We asked %s on %.*s, for the purpose '%.*s'.", run->peer,
                                day, r->started.ptr, ENT_STR_ARG(r->purpose)));
    if (r->agreement.size > 0)
        say(w, ent_arena_printf(w->arena, "The agreement is %.*s.", ENT_STR_ARG(r->agreement)));
    else
        said(w, "It was under no agreement.");
    if (r->incident.size > 0)
        say(w, ent_arena_printf(w->arena,
                                "The keys were no records of ours; a user brought them for the "
                                "incident '%.*s'.",
                                ENT_STR_ARG(r->incident)));
}

/* How a run ended that compared nothing; false for one that did. */
static bool nothing_say(struct words *w, const match_course *run)
{
    const ent_str clause = run->r.clause;

    if (ent_str_is(run->r.state, "denied"))
        say(w, ent_arena_printf(w->arena,
                                "It was refused here, by the rule '%.*s'.  Nothing was sent: %s "
                                "learned nothing, not even that it was tried.",
                                ENT_STR_ARG(clause), run->peer));
    else if (ent_str_is(run->r.state, "refused"))
        say(w, ent_arena_printf(w->arena,
                                "It was refused, by the rule '%.*s'.  %s learned the rounded size "
                                "of our set at most, and no key.",
                                ENT_STR_ARG(clause), run->peer));
    else if (ent_str_is(run->r.state, "not-asked"))
        say(w, ent_arena_printf(w->arena,
                                "The two nodes write keys in different versions, so nothing was "
                                "compared.  That is no answer: %s may hold anything.",
                                run->peer));
    else
        return false;
    return true;
}

static void size_say(struct words *w, const match_course *run)
{
    say(w, ent_arena_printf(w->arena,
                            "Both learned about how many keys both hold: %.*s.  The number is "
                            "blurred by %d agreed dummies, of which each side put in about half by "
                            "chance, and rounded.",
                            ENT_STR_ARG(run->r.estimate), PSI_OVERLAP_DUMMIES));
    said(w, "Neither learned which keys, nor any key of the other's.");
}

static void keys_say(struct words *w, const match_course *run)
{
    long long hits = (long long)run->r.hits;

    say(w, ent_arena_printf(w->arena,
                            "%s learned which of its own keys we hold too: %lld of them.  We "
                            "learned the same %lld of ours.  Neither learned what record stands "
                            "behind a key at the other, nor what mark it bears.",
                            run->peer, hits, hits));
    if (hits > 0)
        said(w, "For each of these that passes from hand to hand (a telephone, a plate, an "
                "account), both learned whether the two records were ever true at one time; no "
                "date.");
    if (match_is_fast(run))
        said(w,
             "Of all other keys neither learned anything, if the experimental fast path that was "
             "used keeps what it promises; no outside cryptographer has reviewed it.  By it who "
             "asks could have asked for more keys than were announced.");
    else
        said(w, "Of all other keys neither learned anything: they went as random-looking points "
                "that only their owner can undo.");
}

/* How many keys the other can have put in: over the fast path an asker's store has room for more
 * than were announced. */
static long long keys_most(const match_course *run)
{
    bool more = match_is_fast(run) && ent_str_is(run->r.side, "answered");

    return more ? (long long)psi_fast_rows((size_t)run->r.size_peer) : (long long)run->r.size_peer;
}

static void limits_say(struct words *w, const match_course *run)
{
    say(w, ent_arena_printf(w->arena,
                            "What no protocol prevents: %s may have put in keys that it only "
                            "guessed.  At most %lld of its elements were keys, and they count "
                            "against the day's budget.  Whoever answers last could stop after "
                            "learning; both journals would show it.",
                            run->peer, keys_most(run)));
    said(w, "Records that are silent, of witnesses, victims or minors, or of another purpose were "
            "in no set; the messages would have been the same without them, but for the rounded "
            "size.");
    said(w, "Kept: sizes, times, the two commitments and the hits.  Seed, elements and the bodies "
            "of the messages were erased when the run ended.");
}

ent_code match_explain(desk *d, ent_arena *arena, ent_str id, ent_str **lines, size_t *count,
                       ent_err *err)
{
    struct words w = { .arena = arena, .lines = ent_arena_array(arena, LINES, sizeof(ent_str)) };
    match_course run;

    if (w.lines == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_run_load(d, arena, id, &run, err));
    begin_say(&w, &run);
    if (!nothing_say(&w, &run)) {
        say(&w, ent_arena_printf(arena,
                                 "%s learned that we hold at most %lld keys for this purpose (the "
                                 "size is rounded up to a power of two), and when; we learned the "
                                 "same of it: at most %lld.",
                                 run.peer, (long long)run.r.size_own, (long long)run.r.size_peer));
        if (!ent_str_is(run.r.state, "closed"))
            say(&w, ent_arena_printf(arena,
                                     "The run is %.*s at the step '%.*s'.  Silence is not absence: "
                                     "no answer came of it.",
                                     ENT_STR_ARG(run.r.state), ENT_STR_ARG(run.r.step)));
        else if (ent_str_is(run.r.kind, "size"))
            size_say(&w, &run);
        else
            keys_say(&w, &run);
        limits_say(&w, &run);
    }
    if (w.failed)
        return ent_fail_arena(err);
    *lines = w.lines;
    *count = w.count;
    return ENT_OK;
}
