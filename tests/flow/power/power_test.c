/* Loss of power on two real nodes at work.  One play is written down by the shim: imports,
 * releases, a match, recalls, with every write, name and sync of all processes in order.  Each
 * point chooses a moment of it, and which of what was not synced is left (power/disk.h) of both
 * nodes or of one; the two homes are made anew as they would be then, and start.  What was
 * acknowledged before that moment must be there, what was under way is asked for again and must
 * then be whole, and nothing else may have happened (kills/book.h).  A disk that lies about
 * syncs must be found out.  POWER_POINTS=1000 in `make soak`; POWER_SEED=S runs one. */
#include "campaign.h"
#include "flow/kills/book.h"
#include "flow/people.h"
#include "flow/power/disk.h"
#include "flow/shim/recorder.h"

#define PEOPLE 10

typedef enum step_kind { STEP_IMPORT, STEP_DRAFT, STEP_FIRST, STEP_SECOND, STEP_RECALL } step_kind;

/* Something that was acknowledged, and between which events. */
typedef struct step {
    step_kind kind;
    size_t item, count; /* of the book; a file of so many for an import */
    uint32_t begun, done;
    char release[40];
} step;

/* The play, as it was. */
static struct {
    pair p;
    book b;
    disk d;
    recorder r;
    step steps[64];
    size_t count;
    uint32_t first; /* event of the first step */
} play;

/* ---- the play ---- */

static void step_words(const step *s, const char *words[12])
{
    static char path[PAIR_PATH];
    const item *it = &play.b.items[s->item];
    const char *const of[][12] = {
        [STEP_IMPORT] = { "import", path, NULL },
        [STEP_DRAFT] = { "release", "draft", it->id, "--to", "THEIR", "--purpose", "CT-INV", "--as",
                         "ana", NULL },
        [STEP_FIRST] = { "release", "approve", it->release, "--as", "fdo1", NULL },
        [STEP_SECOND] = { "release", "approve", it->release, "--as", "fdo2", NULL },
        [STEP_RECALL] = { "recall", it->release, "--reason", "mistake", "--as", "law", NULL },
    };

    (void)snprintf(path, sizeof path, "%.400s/items-%zu", play.p.folder, s->item);
    memcpy(words, of[s->kind], sizeof of[0]);
}

/* What an item has come to by a step that is done. */
static void step_took(const step *s, book *b)
{
    item *it = &b->items[s->item];

    if (s->kind == STEP_IMPORT)
        b->count = s->item + s->count;
    else if (s->kind == STEP_SECOND)
        it->state = ITEM_SENT;
    else if (s->kind == STEP_RECALL)
        it->state = ITEM_CALLED;
}

static void step_do(step_kind kind, size_t at, size_t count)
{
    step *s = &play.steps[play.count++];
    const char *words[12];

    *s = (step){ .kind = kind, .item = at, .count = count };
    step_words(s, words);
    s->begun = recorder_mark(&play.r);
    pair_must(&play.p, OUR, words);
    s->done = recorder_mark(&play.r);
    if (kind == STEP_DRAFT)
        assert_true(pair_member(&play.p, "draft", play.b.items[at].release, sizeof s->release));
    step_took(s, &play.b);
}

static void items_write(size_t from, size_t count)
{
    static char text[40000];
    char name[32], path[PAIR_PATH];

    text[0] = '\0';
    for (size_t i = from; i < from + count; i++) {
        item *it = &play.b.items[i];

        people_write((unsigned)i + 1, it->id, it->name, text, sizeof text);
        it->state = ITEM_OWN;
    }
    (void)snprintf(name, sizeof name, "items-%zu", from);
    pair_file(&play.p, name, text, path);
}

static void play_all(void)
{
    step_do(STEP_IMPORT, 0, 4);
    for (size_t i = 0; i < 3; i++) {
        step_do(STEP_DRAFT, i, 0);
        step_do(STEP_FIRST, i, 0);
        step_do(STEP_SECOND, i, 0);
        if (i == 1)
            pair_settle(&play.p);
    }
    step_do(STEP_RECALL, 0, 0);
    step_do(STEP_IMPORT, 4, PEOPLE - 4);
    PAIR_MUST(&play.p, OUR, "match", "run", "--with", "THEIR", "--purpose", "CT-INV", "--as",
              "ana");
    step_do(STEP_RECALL, 2, 0);
    step_do(STEP_DRAFT, 5, 0);
    step_do(STEP_FIRST, 5, 0);
    step_do(STEP_SECOND, 5, 0);
    pair_settle(&play.p);
    (void)recorder_mark(&play.r);
}

/* Plays it once, for all points. */
static void play_record(void)
{
    if (play.count > 0)
        return;
    pair_make(&play.p);
    book_begin(&play.b, &play.p);
    items_write(0, 4);
    items_write(4, PEOPLE - 4);
    disk_begin(&play.d, play.p.folder);
    recorder_begin(&play.r, &play.p, true);
    pair_join(&play.p);
    people_shared(&play.p);
    play_all();
    for (int n = 0; n < PAIR_NODES; n++)
        assert_int_equal(pair_serve_end(&play.p, n, SIGTERM), 0);
    recorder_end(&play.r);
    disk_take(&play.d, play.r.map);
    play.first = play.steps[0].begun;
    print_message("# written down: %u changes of %u files\n", play.d.event_count, play.d.count);
}

/* ---- one point ---- */

enum { LOST, TORN, ACKNOWLEDGED, UNDER_WAY, IN_ORDER };

static uint32_t folder_number(const char *code)
{
    for (uint32_t i = 0; i < play.d.name_count; i++)
        if (play.d.names[i].folder == play.d.root && strcmp(play.d.names[i].name, code) == 0)
            return play.d.names[i].file;
    return DISK_NOTHING;
}

static disk_choice point_choose(uint64_t seed)
{
    disk_choice c = { .seed = disk_mix(seed * UINT64_C(0x9e3779b97f4a7c15)),
                      .loss = (disk_loss)(seed % DISK_LOSSES) };
    uint32_t end = play.d.event_count, back;

    c.point = play.first + (uint32_t)(disk_mix(c.seed + 1) % (end - play.first));
    back = (uint32_t)(disk_mix(c.seed + 2) % 40);
    c.last = c.point > back ? c.point - back : 0;
    c.spared = seed / DISK_LOSSES % 3 == 0 ? DISK_NOTHING
                                           : folder_number(pair_codes[seed / DISK_LOSSES % 3 - 1]);
    return c;
}

/* The item of the step that is neither done nor not begun goes on as far as it was to go. */
static void step_again(const step *s)
{
    const char *words[12];
    int status, or_else = s->kind == STEP_RECALL ? 65 : s->kind == STEP_IMPORT ? 0 : 77;

    step_words(s, words);
    status = pair_words(&play.p, OUR, words);
    if (status != 0 && status != or_else)
        fail_msg("%s %.20s, asked for again, is %d", words[0], words[1], status);
    if (s->kind == STEP_DRAFT)
        assert_true(pair_member(&play.p, "draft", play.b.items[s->item].release,
                                sizeof play.b.items[s->item].release));
    step_took(s, &play.b);
}

/* What was acknowledged before the point; what was not goes on, and what was begun with that
 * item, up to a release that is whole. */
static void point_go_on(uint32_t point, unsigned *tally)
{
    const step *open = NULL;
    size_t i = 0;

    play.b.count = 0;
    for (size_t k = 0; k < PEOPLE; k++)
        play.b.items[k].state = ITEM_OWN;
    for (; i < play.count && play.steps[i].done < point; i++)
        step_took(&play.steps[i], &play.b);
    campaign_count(&tally[ACKNOWLEDGED], (unsigned)i);
    if (i < play.count && play.steps[i].begun < point) {
        open = &play.steps[i++];
        campaign_count(&tally[UNDER_WAY], 1);
        step_again(open);
    }
    for (; i < play.count && i > 0 && play.steps[i].kind != STEP_DRAFT &&
           play.steps[i].item == play.steps[i - 1].item;
         i++)
        step_again(&play.steps[i]);
}

static void point_check(void)
{
    pair_settle(&play.p);
    for (int n = 0; n < PAIR_NODES; n++) {
        if (PAIR_RUN(&play.p, n, "doctor") != 0)
            fail_msg("the doctor of %s finds: %.1500s", pair_codes[n], play.p.text);
        if (PAIR_RUN(&play.p, n, "log", "verify") != 0)
            fail_msg("a log of %s: %.1500s", pair_codes[n], play.p.text);
    }
    if (!book_check(&play.b))
        fail_msg("%s", play.b.wrong);
}

static void point_run(disk_choice *c, unsigned *tally)
{
    pair_shell("find '%s' -mindepth 1 -delete", play.p.folder);
    disk_crash(&play.d, c, play.p.folder);
    print_message("# power lost before event %u of %u, way %d, of %s: %u changes lost, %u torn\n",
                  c->point, play.d.event_count, (int)c->loss,
                  c->spared == DISK_NOTHING           ? "both"
                  : c->spared == folder_number("OUR") ? "theirs"
                                                      : "ours",
                  c->lost, c->torn);
    for (int n = 0; n < PAIR_NODES; n++)
        pair_serve(&play.p, n);
    point_go_on(c->point, tally);
    point_check();
    for (int n = 0; n < PAIR_NODES; n++)
        assert_int_equal(pair_serve_end(&play.p, n, SIGTERM), 0);
    campaign_count(&tally[LOST], c->lost);
    campaign_count(&tally[TORN], c->torn);
    campaign_count(&tally[IN_ORDER], c->loss == DISK_ORDER);
}

static void one_point(uint64_t seed, unsigned *tally)
{
    disk_choice c = point_choose(seed);

    point_run(&c, tally);
}

static void whatever_a_loss_of_power_leaves_what_was_acknowledged_is_there(void **state)
{
    static const uint64_t kept[] = { 0 };
    static const campaign c = { .name = "losses of power",
                                .count_name = "POWER_POINTS",
                                .seed_name = "POWER_SEED",
                                .slice = 8,
                                .kept = kept,
                                .run = one_point,
                                .tally = { "changes lost", "writes torn",
                                           "steps acknowledged before", "under way",
                                           "losses in order" },
                                .whole = 40 };

    (void)state;
    RECORDER_OR_SKIP();
    (void)setenv("CAMPAIGN_JOBS", "1", 1); /* one pair of homes */
    play_record();
    campaign_run(&c);
}

/* ---- the checker, checked ---- */

/* All syncs are lies and nothing is left of what came after the play began. */
static void one_lie(uint64_t seed, unsigned *tally)
{
    disk_choice c = point_choose(seed);

    c.lies = true;
    c.loss = DISK_ALL;
    c.spared = seed % 2 == 0 ? DISK_NOTHING : folder_number("THEIR");
    c.point = play.d.event_count - (uint32_t)seed;
    play.p.patience = 3;
    point_run(&c, tally);
}

static void a_disk_that_lies_about_syncs_is_found_out(void **state)
{
    static const campaign c = { .name = "lies", .run = one_lie };
    unsigned tally[CAMPAIGN_TALLY] = { 0 };

    (void)state;
    RECORDER_OR_SKIP();
    play_record();
    for (uint64_t seed = 1; seed <= 2; seed++) {
        campaign_job job;

        campaign_start(&c, &job, seed, tally);
        if (campaign_wait(&c, &job, 1, false))
            fail_msg("lie %" PRIu64 " is not found", seed);
    }
}

static int play_end(void **state)
{
    (void)state;
    if (play.count > 0)
        pair_finish(&play.p);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_disk_that_lies_about_syncs_is_found_out),
        TEST(whatever_a_loss_of_power_leaves_what_was_acknowledged_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, play_end);
}
