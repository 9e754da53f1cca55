/* Step 6: plans are compared privately; each clash is told to its two owners, and only that. */
#include "demo/play.h"

#include "node/files.h"

#define SECONDS_MAX 60

/* A clash as one owner sees it. */
struct seen {
    size_t service, peer;
    size_t plan; /* SIZE_MAX: none of the story */
    ent_str domain, reference;
    bool paired;
};

struct all_seen {
    struct seen *rows;
    size_t count, room;
};

/* ---- adding ---- */

static void numbers_write(ent_jw *w, const char *member, const double range[2])
{
    ent_jw_key(w, member);
    ent_jw_array(w);
    ent_jw_double(w, range[0]);
    ent_jw_double(w, range[1]);
    ent_jw_end(w);
}

static void plan_write(ent_jw *w, const story_plan *p)
{
    ent_jw_object(w);
    ent_jw_key(w, "name");
    ent_jw_str(w, p->id);
    ent_jw_key(w, "activity");
    ent_jw_c(w, "patrol");
    ent_jw_key(w, "domains");
    ent_jw_array(w);
    for (size_t i = 0; i < p->domains.count; i++)
        ent_jw_str(w, p->domains.items[i]);
    ent_jw_end(w);
    numbers_write(w, "lat", p->lat);
    numbers_write(w, "lon", p->lon);
    if (p->has_height)
        numbers_write(w, "height_m", p->height);
    ent_jw_key(w, "start");
    ent_jw_str(w, p->start);
    ent_jw_key(w, "stop");
    ent_jw_str(w, p->stop);
    ent_jw_end(w);
}

/* Those of a service, from the number `first` on. */
static ent_code plans_add(demo *d, size_t service, size_t first, ent_err *err)
{
    const demo_node *node = &d->nodes[service];
    const char *path = node_path(d->arena, "%s/plans.json", d->work);
    demo_result result;
    size_t count = 0;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, d->arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (size_t i = first; i < d->s.plan_count; i++)
        if (d->s.plans[i].owner == service) {
            plan_write(&w, &d->s.plans[i]);
            count++;
        }
    ent_jw_end(&w);
    if (count == 0)
        return ENT_OK;
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(node_file_write(path, ent_span_of_str(text), 0600, err));
    ENT_TRY(demo_command(d, node, "liaison", DEMO_ARGS("plan", "add", path), &result, err));
    demo_check(d, result.exit == 0, "%s has entered its %zu plan%s, which never leave it%s%.*s",
               node->code, count, count == 1 ? "" : "s", result.exit == 0 ? "" : ": ",
               result.exit == 0 ? 0 : (int)result.err.size, result.err.ptr);
    return ENT_OK;
}

/* ---- reading ---- */

static size_t plan_of(const demo *d, size_t service, ent_str name)
{
    for (size_t i = 0; i < d->s.plan_count; i++)
        if (d->s.plans[i].owner == service && ent_str_equal(d->s.plans[i].id, name))
            return i;
    return SIZE_MAX;
}

static ent_code seen_add(demo *d, struct all_seen *all, const struct seen *row, ent_err *err)
{
    if (all->count == all->room) {
        struct seen *grown = ent_arena_grow(d->arena, all->rows, &all->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        all->rows = grown;
    }
    all->rows[all->count++] = *row;
    return ENT_OK;
}

static ent_code rows_take(demo *d, size_t service, const demo_result *result, struct all_seen *all,
                          ent_err *err)
{
    for (size_t i = 0; i < result->line_count; i++) {
        ent_json line = result->lines[i];
        struct seen row = { .service = service,
                            .peer = demo_service_of(d, ent_json_get_text(line, "peer")),
                            .plan = plan_of(d, service, ent_json_get_text(line, "plan")),
                            .domain = ent_json_get_text(line, "domain"),
                            .reference = ent_json_get_text(line, "reference") };

        if (row.domain.size > 0)
            ENT_TRY(seen_add(d, all, &row, err));
    }
    return ENT_OK;
}

static bool none_silent(void *arg, const demo_result *result)
{
    ent_json last;

    (void)arg;
    if (result->line_count == 0)
        return false;
    last = result->lines[result->line_count - 1];
    return ent_json_get(last, "silent").doc != NULL &&
           ent_json_count(ent_json_get(last, "silent")) == 0;
}

static ent_code everybody_reads(demo *d, struct all_seen *all, ent_err *err)
{
    *all = (struct all_seen){ 0 };
    for (size_t i = 0; i < d->s.service_count; i++) {
        demo_result result;
        bool yes;

        ENT_TRY(demo_until(d, &d->nodes[i], NULL, DEMO_ARGS("plan", "clashes"), none_silent, NULL,
                           SECONDS_MAX, &yes, err));
        ENT_TRY(demo_command(d, &d->nodes[i], NULL, DEMO_ARGS("plan", "clashes"), &result, err));
        ENT_TRY(rows_take(d, i, &result, all, err));
    }
    return ENT_OK;
}

/* The other owner's row of the same clash: the reference is the same at both. */
static struct seen *other_row(const struct all_seen *all, const struct seen *row)
{
    for (size_t i = 0; i < all->count; i++) {
        struct seen *other = &all->rows[i];

        if (other != row && other->service == row->peer && other->peer == row->service &&
            ent_str_equal(other->reference, row->reference) &&
            ent_str_equal(other->domain, row->domain))
            return other;
    }
    return NULL;
}

static size_t pairs_make(struct all_seen *all)
{
    size_t alone = 0;

    for (size_t i = 0; i < all->count; i++) {
        all->rows[i].paired = other_row(all, &all->rows[i]) != NULL;
        alone += !all->rows[i].paired;
    }
    return alone;
}

/* ---- judging ---- */

static bool is_clash(const story_clash *c, size_t a, size_t b, ent_str domain)
{
    return ent_str_equal(c->domain, domain) &&
           ((c->a == a && c->b == b) || (c->a == b && c->b == a));
}

static size_t expected_count(const demo *d, size_t a, size_t b, ent_str domain)
{
    size_t count = 0;

    for (size_t i = 0; i < d->s.clash_count; i++)
        count += is_clash(&d->s.clashes[i], a, b, domain);
    return count;
}

/* Writes each pair once; *strange: pairs that should not be; *right: expected ones seen. */
static void pairs_write(demo *d, const struct all_seen *all, size_t *right, size_t *strange)
{
    ent_jw_key(&d->got, "clashes");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < all->count; i++) {
        const struct seen *row = &all->rows[i], *other = other_row(all, row);
        bool known;

        if (other == NULL || other < row)
            continue;
        known = row->plan != SIZE_MAX && other->plan != SIZE_MAX;
        if (known && expected_count(d, row->plan, other->plan, row->domain) == 1)
            ++*right;
        else
            ++*strange;
        if (!known)
            continue;
        ent_jw_array(&d->got);
        ent_jw_str(&d->got, d->s.plans[row->plan].id);
        ent_jw_str(&d->got, d->s.plans[other->plan].id);
        ent_jw_str(&d->got, row->domain);
        ent_jw_end(&d->got);
    }
    ent_jw_end(&d->got);
}

/* What each node was told, for an outsider to see that nobody else was. */
static void told_write(demo *d, const struct all_seen *all)
{
    ent_jw_key(&d->got, "told");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < all->count; i++) {
        const struct seen *row = &all->rows[i];

        ent_jw_object(&d->got);
        ent_jw_key(&d->got, "service");
        ent_jw_str(&d->got, d->s.services[row->service].id);
        ent_jw_key(&d->got, "plan");
        ent_jw_str(&d->got, row->plan == SIZE_MAX ? ENT_STR("?") : d->s.plans[row->plan].id);
        ent_jw_key(&d->got, "peer");
        ent_jw_str(&d->got, row->peer == SIZE_MAX ? ENT_STR("?") : d->s.services[row->peer].id);
        ent_jw_key(&d->got, "domain");
        ent_jw_str(&d->got, row->domain);
        ent_jw_end(&d->got);
    }
    ent_jw_end(&d->got);
}

static ent_code clashes_check(demo *d, ent_err *err)
{
    size_t right = 0, strange = 0, alone;
    struct all_seen all;

    ENT_TRY(everybody_reads(d, &all, err));
    alone = pairs_make(&all);
    for (int again = 0; alone > 0 && again < 40; again++) { /* a last message is on its way */
        demo_wait(d, 250);
        ENT_TRY(everybody_reads(d, &all, err));
        alone = pairs_make(&all);
    }
    pairs_write(d, &all, &right, &strange);
    told_write(d, &all);
    demo_check(d, right == d->s.clash_count && strange == 0,
               "exactly the %zu clashes are found: the domain, the day, whom to call",
               d->s.clash_count);
    demo_check(d, alone == 0 && all.count == 2 * right,
               "each clash is told to its two owners and to nobody else");
    return ENT_OK;
}

/* ---- what clashes, if the story does not say ---- */

/* In more than an edge. */
static bool overlap(const double a[2], const double b[2])
{
    return (a[0] > b[0] ? a[0] : b[0]) < (a[1] < b[1] ? a[1] : b[1]);
}

static ent_code times_of(const story_plan *p, double out[2], ent_err *err)
{
    ent_time start, stop;

    ENT_TRY(ent_time_read(p->start, &start, err));
    ENT_TRY(ent_time_read(p->stop, &stop, err));
    out[0] = (double)start;
    out[1] = (double)stop;
    return ENT_OK;
}

static ent_code boxes_overlap(const story_plan *a, const story_plan *b, bool *yes, ent_err *err)
{
    double x[2], y[2];

    ENT_TRY(times_of(a, x, err));
    ENT_TRY(times_of(b, y, err));
    *yes = overlap(x, y) && overlap(a->lat, b->lat) && overlap(a->lon, b->lon) &&
           (!a->has_height || !b->has_height || overlap(a->height, b->height));
    return ENT_OK;
}

static bool list_has(const story_list *list, ent_str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (ent_str_equal(list->items[i], text))
            return true;
    return false;
}

/* By the boxes that the story gives (FORM.md, reading 12). */
static ent_code clashes_compute(demo *d, ent_err *err)
{
    size_t room = 0;

    for (size_t i = 0; i < d->s.plan_count; i++)
        room += d->s.plans[i].domains.count * d->s.plan_count;
    d->s.clash_count = 0;
    d->s.clashes = ent_arena_array(d->arena, room + 1, sizeof *d->s.clashes);
    if (d->s.clashes == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.plan_count; i++)
        for (size_t j = i + 1; j < d->s.plan_count; j++) {
            const story_plan *a = &d->s.plans[i], *b = &d->s.plans[j];
            bool yes = false;

            if (a->owner != b->owner)
                ENT_TRY(boxes_overlap(a, b, &yes, err));
            for (size_t k = 0; yes && k < a->domains.count; k++)
                if (list_has(&b->domains, a->domains.items[k]))
                    d->s.clashes[d->s.clash_count++] = (story_clash){ i, j, a->domains.items[k] };
        }
    return ENT_OK;
}

ent_code demo_plans_enter(demo *d, size_t first, ent_err *err)
{
    for (size_t i = 0; i < d->s.service_count; i++)
        ENT_TRY(plans_add(d, i, first, err));
    for (size_t i = 0; i < d->s.service_count; i++) {
        demo_result result;

        ENT_TRY(demo_command(d, &d->nodes[i], "liaison", DEMO_ARGS("plan", "check"), &result, err));
        demo_check(d, result.exit <= DEMO_EXIT_NO, "%s has compared with every partner%s%.*s",
                   d->nodes[i].code, result.exit <= DEMO_EXIT_NO ? "" : ": ",
                   result.exit <= DEMO_EXIT_NO ? 0 : (int)result.err.size, result.err.ptr);
    }
    return clashes_check(d, err);
}

ent_code demo_plans(demo *d, ent_err *err)
{
    size_t first;

    demo_step_begin(d, 6, "plans", "Do our plans meet?");
    if (!d->s.has_plans || d->s.plan_count == 0) {
        demo_skip(d, "the story has no plans: made ones are compared", "the story's plans");
        ENT_TRY(demo_made_plans(d, &first, err));
    } else if (!d->s.has_clashes) {
        demo_skip(d, "the story has no plan_clashes: they are computed from its plans",
                  "the clashes that the story names");
        ENT_TRY(clashes_compute(d, err));
    }
    demo_say(d, "Each service enters what it plans, where and when. The boxes are compared in "
                "private, pair by pair: who clashes learns with whom, in which domain and on "
                "which day. What the other does there stays its own affair.");
    return demo_plans_enter(d, 0, err);
}
