/*
 * sim/interference -- two holdings that differ only in what a partner may not see, and a
 * partner that does everything it can to tell them apart [law 2].
 *
 * Both have the same history with SVB: agreement, releases, recalls, time.  Between its steps
 * each does things of its own that SVB may not see: records that policy refuses, edited,
 * erased, by the dozen; hidden links and notes on what is released; drafts; everything that
 * passes with CTB.  SVB asks its border for files (there, absent, badly named, CTB's; whole,
 * in parts, heads only; of DSV's mirror of its own log, too), matches, releases, tips, asks, repeats and spoils what it said
 * before, and pushes objects that DSV holds in secret.  After every request both holdings
 * must have given the same bytes, with the same work of the border; and nothing that is
 * secret may stand in what SVB was told.
 */
#ifndef ENT_SIM_INTERFERENCE_H
#define ENT_SIM_INTERFERENCE_H

#include "sim/border.h"
#include "sim/holding.h"
#include "sim/signatures.h"

#include "desk/suspension.h"

#define REQUESTS 60
#define VISIBLE  6
#define SECRETS  40
#define TOKEN    "SECRET"

/* What is counted. */
enum { PAIR_FILES, PAIR_SAID, PAIR_HIDDEN, PAIR_RUNS, PAIR_PUSHED, PAIR_RELEASED, PAIR_RECALLED };

typedef struct pair_side {
    holding h;
    uint64_t hidden; /* its own randomness */
    border_door *door, *other_door;
    border_answer answer;
    unsigned secrets;
    char last_release[37], ctb_release[37];
} pair_side;

typedef struct pair {
    uint64_t seed, state;
    pair_side sides[2];
    border border;
    unsigned *tally;
    char folder[64];
    char given[REQUESTS][37]; /* releases to SVB */
    size_t given_count;
    int64_t passed; /* minutes */
} pair;

static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t under(uint64_t *state, size_t n)
{
    return (size_t)(mix(state) % n);
}

/* ---- records ---- */

static const char *id_of(char out[80], const char *type, unsigned group, unsigned number)
{
    (void)snprintf(out, 80, "%s--0b51a6f0-1c4e-4c7a-9f7e-%04x%08x", type, group, number);
    return out;
}

enum { GROUP_VISIBLE = 1, GROUP_SECRET, GROUP_PUSHED, GROUP_LINK, GROUP_REPORT };

#define RATED "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},"
#define KEPT  "\"retention\":\"2029-01-01\""

/* Names of DSV's mirror of what SVB said: those that SVB may have back come first. */
#define MIRROR_GIVEN 2
static const char *const mirrored[] = {
    LINK_MIRROR "checkpoint",  LINK_MIRROR "tile/entries/000.p/3", LINK_MIRROR "tile/0/000.p/3",
    LINK_MIRROR "cosignature", LINK_MIRROR "key/0b51a6f0",         LINK_MIRROR "body/0b51a6f0",
};

/* Labels that let nothing go to SVB, in one way each. */
static const char *const refusing[] = {
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"silent\","
               "\"releasable_to\":[\"CTB\"]",
    RATED KEPT ",\"purposes\":[\"TAX\"],\"category\":\"suspect\",\"discover\":\"pointer\"",
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\","
               "\"prohibit\":[\"disclose\"]",
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\","
               "\"not_releasable_to\":[\"SVB\"]",
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"witness\",\"discover\":\"pointer\","
               "\"releasable_to\":[\"CTB\"]",
    KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\"",
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\","
               "\"handling\":[\"NO SUCH CODE\"]",
};

static const char plain_label[] =
    RATED KEPT ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\"";

/* A person with a passport's key; `note` is what never leaves. */
static void person_put(sim_node *n, const char *owner, const char *id, const char *name,
                       unsigned version, unsigned passport, const char *note, const char *label)
{
    char bytes[2048];

    (void)snprintf(
        bytes, sizeof bytes,
        "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":\"2024-11-01T10:"
        "11:12.345Z\",\"modified\":\"2024-11-02T10:%02u:12.345Z\",\"name\":\"%s\","
        "\"identity_class\":\"individual\",\"description\":\"%s\",\"x_note\":\"%s\",\"labels\":["
        "\"%s\"],\"extensions\":{\"" STIX_EXT_HANDLING
        "\":{\"extension_type\":\"property-extension\",%s,\"keys\":[\"doc:QBZ:%09u\"]},"
        "\"" STIX_EXT_PERSON "\":{\"extension_type\":\"property-extension\",\"births\":[{\"value\":"
        "\"1991-03-07\",\"raw\":\"%s\"}],\"names\":[{\"full\":\"%s\",\"script\":\"Latn\"}]}}}",
        id, version % 60, name, note, note, note, label, passport, note, name);
    holding_put(n, owner, bytes);
}

/* A report on everybody of the visible, and on some secrets. */
static void report_put(sim_node *n, const char *refs, const char *note)
{
    char bytes[4096], id[80];

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"report\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":"
                   "\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-02T10:11:12.345Z\","
                   "\"name\":\"Transfers\",\"description\":\"%s\",\"published\":"
                   "\"2024-11-02T10:11:12.345Z\",\"object_refs\":[%s],\"extensions\":{"
                   "\"" STIX_EXT_HANDLING "\":{\"extension_type\":\"property-extension\",%s}}}",
                   id_of(id, "report", GROUP_REPORT, 1), note, refs, plain_label);
    holding_put(n, "", bytes);
}

static void link_put(sim_node *n, unsigned number, const char *from, const char *to,
                     const char *note, const char *label)
{
    char bytes[2048], id[80];

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":"
                   "\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-02T10:11:12.345Z\","
                   "\"relationship_type\":\"related-to\",\"source_ref\":\"%s\",\"target_ref\":"
                   "\"%s\",\"description\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
                   "\":{\"extension_type\":\"property-extension\",%s}}}",
                   id_of(id, "relationship", GROUP_LINK, number), from, to, note, label);
    holding_put(n, "", bytes);
}

/* ---- what SVB may not see ---- */

static void note_make(pair_side *s, char note[40])
{
    (void)snprintf(note, 40, TOKEN "-%016llx", (unsigned long long)mix(&s->hidden));
}

static void secret_put(pair_side *s, unsigned number, unsigned version)
{
    char id[80], note[40];
    bool foreign = under(&s->hidden, 5) == 0;

    note_make(s, note);
    person_put(&s->h.world.nodes[DSV], foreign ? "CTB" : "",
               id_of(id, "identity", GROUP_SECRET, number), note, version,
               700000000 + (unsigned)under(&s->hidden, 20), note,
               refusing[under(&s->hidden, sizeof refusing / sizeof *refusing)]);
}

static void secret_link_put(pair_side *s, unsigned number)
{
    char from[80], to[80], note[40];

    note_make(s, note);
    link_put(&s->h.world.nodes[DSV], 1000 + number,
             id_of(from, "identity", GROUP_VISIBLE, (unsigned)under(&s->hidden, VISIBLE)),
             id_of(to, "identity", under(&s->hidden, 2) == 0 ? GROUP_VISIBLE : GROUP_SECRET,
                   (unsigned)under(&s->hidden, VISIBLE)),
             note, refusing[under(&s->hidden, sizeof refusing / sizeof *refusing)]);
}

static void ctb_release(pair_side *s)
{
    sim_node *n = &s->h.world.nodes[DSV];
    char id[80], release[37];
    const char *ids[] = { id_of(id, "identity", GROUP_VISIBLE,
                                (unsigned)under(&s->hidden, VISIBLE)) };

    s->h.working_for = CTB;
    if (holding_release(n, "CTB", ids, 1, 2, release))
        memcpy(s->ctb_release, release, sizeof release);
    holding_carry(&s->h);
}

static void ctb_recall(pair_side *s)
{
    sim_node *n = &s->h.world.nodes[DSV];
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };

    s->h.working_for = CTB;
    if (s->ctb_release[0] != '\0')
        (void)!SIM_WORK(n,
                        desk_release_recall(&n->d, arena, ent_str_of(s->ctb_release),
                                            ENT_STR("wrong"), &n->people[0].officer, &err),
                        &err);
    s->ctb_release[0] = '\0';
    ent_arena_free(arena);
    holding_carry(&s->h);
}

static void a_match(pair_side *s, int from, const char *peer)
{
    sim_node *n = &s->h.world.nodes[from];
    match_question question = { .peer = peer, .purpose = ENT_STR("CT-INV"), .user = "analyst" };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char run[37];

    (void)!match_start(&n->d, arena, &question, run, &err);
    ent_arena_free(arena);
    holding_carry(&s->h);
}

/* Bytes from a partner that are nothing, or nearly something. */
static void raw_say(pair_side *s, int from, link_kind kind, const char *body, size_t size)
{
    sim_node *n = &s->h.world.nodes[from], *to = &s->h.world.nodes[DSV];
    link_entry entry = { .time = n->d.now, .kind = kind, .seq = n->said[DSV]++ };

    desk_id(&n->d, entry.id);
    entry.body = ent_hash_of(body, size);
    s->h.working_for = from;
    sim_apply(n, to, &entry, (ent_span){ body, size });
    holding_carry(&s->h);
}

/* An own draft for SVB that nobody, or one officer, approves. */
static void draft_leave(pair_side *s)
{
    char id[80], release[37];
    const char *ids[] = { id_of(id, "identity", GROUP_VISIBLE,
                                (unsigned)under(&s->hidden, VISIBLE)) };

    s->h.working_for = DSV;
    (void)holding_release(&s->h.world.nodes[DSV], "SVB", ids, 1, (int)under(&s->hidden, 2),
                          release);
}

static void secret_erase(pair_side *s)
{
    sim_node *n = &s->h.world.nodes[DSV];
    char id[80];
    ent_err err = { 0 };

    (void)!SIM_WORK(n,
                    store_object_erase(n->d.store, ENT_STR(""),
                                       ent_str_of(id_of(id, "identity", GROUP_SECRET,
                                                        (unsigned)under(&s->hidden, SECRETS))),
                                       ENT_STR("erased"), &err),
                    &err);
}

/* Of what SVB said DSV has the head and the entries, and which bodies it has fetched or erased is
 * its own affair. */
static void mirror_put(pair_side *s)
{
    const shelf *svb = &s->h.shelves[SVB];
    char path[40];
    ent_err err = { 0 };

    for (size_t i = 0; i < sizeof mirrored / sizeof *mirrored; i++) {
        (void)snprintf(path, sizeof path, "in/%s", mirrored[i] + sizeof LINK_MIRROR - 1);
        if (i < MIRROR_GIVEN)
            CHECK_OK(svb->host.write(svb->host.arg, path, ENT_STR("what SVB said\n"), &err), &err);
        else if (under(&s->hidden, 2) == 0)
            CHECK_OK(svb->host.write(svb->host.arg, path, ENT_STR(LINK_ERASED), &err), &err);
        else
            CHECK_OK(svb->host.remove(svb->host.arg, path, &err), &err);
    }
}

static void something_hidden(pair *p, pair_side *s)
{
    s->h.working_for = DSV;
    campaign_count(&p->tally[PAIR_HIDDEN], 1);
    switch (under(&s->hidden, 16)) {
    case 0:
        for (unsigned i = 0; i < 25; i++)
            secret_put(s, SECRETS + s->secrets++, 0);
        break;
    case 1:
        secret_erase(s);
        break;
    case 2:
        secret_link_put(s, s->secrets++);
        break;
    case 3:
        ctb_release(s);
        break;
    case 4:
        ctb_recall(s);
        break;
    case 5:
        s->h.working_for = CTB;
        a_match(s, CTB, "DSV");
        break;
    case 6:
        raw_say(s, CTB, LINK_TIP, "{}", 2);
        break;
    case 7:
        draft_leave(s);
        break;
    case 8: /* CTB looks at its door, too */
        border_ask(&p->border, s->other_door,
                   "GET " BORDER_PREFIX "checkpoint HTTP/1.1\r\nHost: a\r\n\r\n", &s->answer);
        break;
    case 9:
        mirror_put(s);
        break;
    default:
        secret_put(s, (unsigned)under(&s->hidden, SECRETS), (unsigned)under(&s->hidden, 60));
        break;
    }
    s->h.working_for = DSV;
}

/* ---- what SVB asks, the same of both ---- */

/* A question to the border, by the pair's randomness; both sides have the same files. */
static void request_make(pair *p, char *request, size_t size)
{
    static const char *const absent[] = {
        "nothing",    "tile/999",    "..%2fkeys", "../../keys",  "",    "body/", "entries",
        "Checkpoint", "checkpoint/", "a//b",      "frozen/body", "kept"
    };
    static const char *const more[] = { "",
                                        "",
                                        "",
                                        "Range: bytes=10-\r\n",
                                        "Range: bytes=999999-\r\n",
                                        "If-None-Match: \"a\"\r\n",
                                        "Accept-Encoding: gzip, deflate\r\n" };
    const shelf *own = &p->sides[0].h.shelves[SVB], *other = &p->sides[0].h.shelves[CTB];
    const char *name = "checkpoint", *query = "", *method = "GET";
    size_t what = under(&p->state, 11);

    if (what < 5 && own->count > 0)
        name = own->names[under(&p->state, own->count)];
    else if (what == 5)
        name = absent[under(&p->state, sizeof absent / sizeof *absent)];
    else if (what == 6 && other->count > 0)
        name = other->names[under(&p->state, other->count)];
    else if (what == 7)
        name = mirrored[under(&p->state, sizeof mirrored / sizeof *mirrored)];
    else if (what == 8)
        query = "?after=0000000000000000000000000000000000000000000000000000000000000000";
    if (under(&p->state, 8) == 0)
        method = under(&p->state, 2) == 0 ? "HEAD" : "POST";
    (void)snprintf(request, size, "%s " BORDER_PREFIX "%s%s HTTP/1.1\r\nHost: a\r\n%s\r\n", method,
                   name, query, more[under(&p->state, sizeof more / sizeof *more)]);
}

static void push(pair_side *s, unsigned group, unsigned number, unsigned version)
{
    sim_node *n = &s->h.world.nodes[SVB];
    char id[80], release[37];
    const char *ids[] = { id_of(id, "identity", group, number) };

    person_put(n, "", id, "Pushed Person", version, 800000000 + number, "none", plain_label);
    s->h.working_for = SVB;
    (void)holding_release(n, "DSV", ids, 1, 2, release);
    holding_carry(&s->h);
}

static void say(pair_side *s, casework_kind kind, unsigned number)
{
    sim_node *n = &s->h.world.nodes[SVB];
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_str key = ent_arena_printf(arena, "doc:QBZ:%09u", 700000000 + number);
    casework_draft draft = { .kind = kind,
                             .peer = "DSV",
                             .purpose = ENT_STR("CT-INV"),
                             .precedence = CASEWORK_ROUTINE,
                             .text = ENT_STR("who is this"),
                             .keys = &key,
                             .key_count = 1,
                             .by = n->people[4].name };
    casework_said said;
    ent_err err = { 0 };

    s->h.working_for = SVB;
    (void)!SIM_WORK(n, casework_say(&n->d, arena, &draft, &said, &err), &err);
    ent_arena_free(arena);
    holding_carry(&s->h);
}

/* What was said last, once more, as another kind, cut or with one byte changed. */
static void say_again(pair_side *s, uint64_t how)
{
    size_t size = s->h.mail_size;
    link_kind kind = how % 5 == 0 ? (link_kind)((how >> 8) % LINK_KIND_COUNT) : s->h.mail_kind;
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, s->h.mail, size);
    if (how % 3 == 0 && size > 0)
        copy[(how >> 16) % size] ^= (char)(1 << ((how >> 4) & 7));
    else if (how % 3 == 1 && size > 0)
        size = (size_t)((how >> 16) % size);
    raw_say(s, SVB, kind, copy, size);
    free(copy);
}

static void visible_release(pair *p)
{
    unsigned number = (unsigned)under(&p->state, VISIBLE + 1), with = (unsigned)under(&p->state, 2);
    bool done[2] = { false, false };
    char release[37];

    for (int i = 0; i < 2; i++) {
        pair_side *s = &p->sides[i];
        char a[80], b[80];
        const char *ids[] = { id_of(a, "identity", GROUP_VISIBLE, number % VISIBLE),
                              id_of(b, "report", GROUP_REPORT, 1) };

        s->h.working_for = SVB;
        done[i] = holding_release(&s->h.world.nodes[DSV], "SVB", ids, 1 + with, 2, release);
        holding_carry(&s->h);
    }
    if (done[0] != done[1])
        fail_msg("seed %" PRIu64 ": a release went from one holding only", p->seed);
    if (done[0]) {
        memcpy(p->given[p->given_count++], release, sizeof release);
        campaign_count(&p->tally[PAIR_RELEASED], 1);
    }
}

static void visible_recall(pair *p)
{
    size_t which = p->given_count == 0 ? 0 : under(&p->state, p->given_count);

    if (p->given_count == 0)
        return;
    for (int i = 0; i < 2; i++) {
        pair_side *s = &p->sides[i];
        sim_node *n = &s->h.world.nodes[DSV];
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_err err = { 0 };

        s->h.working_for = SVB;
        (void)!SIM_WORK(n,
                        desk_release_recall(&n->d, arena, ent_str_of(p->given[which]),
                                            ENT_STR("mistake"), &n->people[0].officer, &err),
                        &err);
        ent_arena_free(arena);
        holding_carry(&s->h);
    }
    campaign_count(&p->tally[PAIR_RECALLED], 1);
}

static void minutes_pass(pair *p, int64_t minutes)
{
    /* Not so many that a run is closed as silent, which is work for several partners at once. */
    if (p->passed + minutes > (int64_t)60 * 40)
        return;
    p->passed += minutes;
    for (int i = 0; i < 2; i++)
        for (int n = 0; n < SIM_NODES; n++)
            p->sides[i].h.world.nodes[n].d.now += minutes * 60 * ENT_SECOND;
}

/* ---- comparing ---- */

static void differ(const pair *p, int step, const char *what)
{
    const pair_side *a = &p->sides[0], *b = &p->sides[1];
    size_t at = 0, size = a->h.heard_size < b->h.heard_size ? a->h.heard_size : b->h.heard_size;

    while (at < size && a->h.heard[at] == b->h.heard[at])
        at++;
    print_message("# %zu and %zu things were said, %zu and %zu bytes\n", a->h.said_count,
                  b->h.said_count, a->h.heard_size, b->h.heard_size);
    if (at < size || a->h.heard_size != b->h.heard_size) {
        size_t from = at < 60 ? 0 : at - 60;

        print_message(
            "# one: ...%.*s\n# other: ...%.*s\n",
            (int)(a->h.heard_size - from > 300 ? 300 : a->h.heard_size - from), a->h.heard + from,
            (int)(b->h.heard_size - from > 300 ? 300 : b->h.heard_size - from), b->h.heard + from);
    }
    fail_msg("seed %" PRIu64 ", request %d: %s", p->seed, step, what);
}

static void said_compare(pair *p, int step, const char *what)
{
    const pair_side *a = &p->sides[0], *b = &p->sides[1];

    if (a->h.said_count != b->h.said_count || !ent_hash_equal(&a->h.said, &b->h.said))
        differ(p, step, what);
}

static void border_compare(pair *p, int step)
{
    pair_side *a = &p->sides[0], *b = &p->sides[1];
    char request[700], what[900];

    request_make(p, request, sizeof request);
    for (int i = 0; i < 2; i++)
        border_ask(&p->border, p->sides[i].door, request, &p->sides[i].answer);
    campaign_count(&p->tally[PAIR_FILES], 1);
    if (a->answer.size == b->answer.size &&
        memcmp(a->answer.bytes, b->answer.bytes, a->answer.size) == 0 &&
        a->answer.opened == b->answer.opened && a->answer.read == b->answer.read &&
        a->answer.bytes_read == b->answer.bytes_read && a->answer.slept == b->answer.slept)
        return;
    (void)snprintf(what, sizeof what, "the border tells them apart: %.*s", 160, request);
    print_message("# one: opened %u, read %u times %llu bytes, slept %u: %.300s\n"
                  "# other: opened %u, read %u times %llu bytes, slept %u: %.300s\n",
                  a->answer.opened, a->answer.read, a->answer.bytes_read, a->answer.slept,
                  a->answer.bytes, b->answer.opened, b->answer.read, b->answer.bytes_read,
                  b->answer.slept, b->answer.bytes);
    differ(p, step, what);
}

/* Nothing secret stands in what SVB was told. */
static void secrets_look_for(const pair *p)
{
    char group[16];

    (void)snprintf(group, sizeof group, "9f7e-%04x", GROUP_SECRET);
    for (int i = 0; i < 2; i++) {
        const holding *h = &p->sides[i].h;

        for (size_t at = 0; at + 9 < h->heard_size; at++) {
            if (memcmp(h->heard + at, TOKEN, sizeof TOKEN - 1) == 0)
                fail_msg("seed %" PRIu64 ": SVB was told a secret", p->seed);
            /* Its own pushes are of SVB's making, and come back in receipts by release only. */
            if (memcmp(h->heard + at, group, 9) == 0)
                fail_msg("seed %" PRIu64 ": SVB was told the id of a secret", p->seed);
        }
    }
}

/* ---- one pair ---- */

static void side_fill(pair *p, pair_side *s)
{
    sim_node *own = &s->h.world.nodes[DSV], *svb = &s->h.world.nodes[SVB],
             *ctb = &s->h.world.nodes[CTB];
    char refs[2048] = "", id[80], to[80], note[40];
    const char *first[] = { id };
    size_t used = 0;

    for (unsigned i = 0; i < VISIBLE; i++) {
        note_make(s, note);
        person_put(own, "", id_of(id, "identity", GROUP_VISIBLE, i), "Anna Orlova", 11,
                   600000000 + i, note, plain_label);
        if (i == 0) /* the first draft draws the node's secret for outgoing ids */
            (void)holding_release(own, "SVB", first, 1, 0, to);
        /* Half of them SVB has, too, and what some secrets are about. */
        person_put(svb, "", id_of(id, "identity", GROUP_PUSHED, 100 + i), "Somebody Else", 11,
                   i % 2 == 0 ? 600000000 + i : 700000000 + i, "none", plain_label);
        person_put(ctb, "", id_of(id, "identity", GROUP_PUSHED, 200 + i), "Somebody Third", 11,
                   700000000 + 2 * i, "none", plain_label);
        /* What the report refers to is there, or the reference would be no secret. */
        if (under(&s->hidden, 2) == 0) {
            secret_put(s, i, 0);
            used += (size_t)snprintf(refs + used, sizeof refs - used, "\"%s\",",
                                     id_of(id, "identity", GROUP_SECRET, i));
        }
        used +=
            (size_t)snprintf(refs + used, sizeof refs - used, "\"%s\"%s",
                             id_of(id, "identity", GROUP_VISIBLE, i), i + 1 < VISIBLE ? "," : "");
        if (under(&s->hidden, 3) > 0)
            secret_put(s, i, 1);
        if (i > 0)
            link_put(own, i, id_of(id, "identity", GROUP_VISIBLE, i - 1),
                     id_of(to, "identity", GROUP_VISIBLE, i), note, plain_label);
        if (under(&s->hidden, 2) == 0)
            secret_link_put(s, s->secrets++);
    }
    note_make(s, note);
    report_put(own, refs, note);
    (void)p;
}

static void pair_open(pair *p)
{
    (void)snprintf(p->folder, sizeof p->folder, "/dev/shm/ent-pair-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    for (int i = 0; i < 2; i++) {
        pair_side *s = &p->sides[i];
        char folder[80], path[240], mirror[240];
        ent_arena *arena = ent_arena_new(SIM_ROOM);

        s->hidden = p->seed * 2 + (uint64_t)i + UINT64_C(0x5ec2e7000000);
        s->answer.bytes = malloc(BORDER_ANSWER);
        assert_non_null(s->answer.bytes);
        (void)snprintf(folder, sizeof folder, "%s/%d", p->folder, i);
        holding_open(&s->h, folder);
        holding_agree(&s->h, arena, SVB);
        holding_agree(&s->h, arena, CTB);
        ent_arena_free(arena);
        side_fill(p, s);
        mirror_put(s);
        s->door = &p->border.doors[2 * i];
        s->other_door = &p->border.doors[2 * i + 1];
        for (int peer = SVB; peer <= CTB; peer++) {
            (void)snprintf(path, sizeof path, "%s/out", s->h.shelves[peer].folder);
            (void)snprintf(mirror, sizeof mirror, "%s/in", s->h.shelves[peer].folder);
            border_door_add(&p->border, path, mirror);
        }
    }
    border_open(&p->border);
}

static int entry_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void pair_close(pair *p)
{
    border_close(&p->border);
    for (int i = 0; i < 2; i++) {
        holding_close(&p->sides[i].h);
        free(p->sides[i].answer.bytes);
    }
    (void)nftw(p->folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* One thing that SVB does, or that DSV does for it. */
static void one_request(pair *p, int step)
{
    size_t what = under(&p->state, 40);
    uint64_t how = mix(&p->state);

    if (what < 24) {
        border_compare(p, step);
        return;
    }
    if (what < 27)
        visible_release(p);
    else if (what == 27)
        visible_recall(p);
    else if (what == 28)
        minutes_pass(p, 1 + (int64_t)(how % 300));
    for (int i = 0; i < 2 && what > 28; i++) {
        pair_side *s = &p->sides[i];

        s->h.working_for = SVB;
        if (what == 29)
            a_match(s, SVB, "DSV");
        else if (what < 34) /* what DSV holds in secret, what it released, or what nobody has */
            push(s,
                 how % 3 == 0   ? GROUP_VISIBLE
                 : how % 3 == 1 ? GROUP_SECRET
                                : GROUP_PUSHED,
                 (unsigned)(how >> 8) % 30, (unsigned)(how >> 16) % 60);
        else if (what < 37)
            say(s, (casework_kind)(how % CASEWORK_KIND_COUNT), (unsigned)(how >> 8) % 20);
        else
            say_again(s, how);
    }
    campaign_count(&p->tally[PAIR_SAID], what > 28);
    campaign_count(&p->tally[PAIR_RUNS], what == 29);
    campaign_count(&p->tally[PAIR_PUSHED], what > 29 && what < 34);
    said_compare(p, step, "what was said tells them apart");
}

static void interference_pair(uint64_t seed, unsigned *tally)
{
    pair *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->seed = p->state = seed;
    p->tally = tally;
    pair_open(p);
    for (int step = 0; step < REQUESTS; step++) {
        for (int i = 0; i < 2; i++)
            for (size_t more = under(&p->sides[i].hidden, 3); more > 0; more--)
                something_hidden(p, &p->sides[i]);
        said_compare(p, step, "what SVB may not see was heard");
        one_request(p, step);
    }
    secrets_look_for(p);
    pair_close(p);
    free(p);
}

#endif
