/* Plans and what is known of clashes.  The comparison itself is in plan_run.c. */
#include "joint/plan_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/work.h"
#include "joint/terms.h"

#include <math.h>

static const char where[] = "the plan";

static const struct {
    uint8_t number;
    const char *name;
} domains[] = {
#define X(number, name) { (number), (name) },
#include "joint/domains.def"
#undef X
};

static const char *const activities[] = {
#define X(name) (name),
#include "joint/activities.def"
#undef X
};

const char *joint_domain_name(uint8_t number)
{
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
        if (domains[i].number == number)
            return domains[i].name;
    return "?";
}

bool joint_activity_known(ent_str activity)
{
    for (size_t i = 0; i < sizeof activities / sizeof *activities; i++)
        if (ent_str_is(activity, activities[i]))
            return true;
    return false;
}

/* ---- reading ---- */

/* Two numbers, the first not above the second, as steps of `scale`.  An interval that has
 * some length keeps some, however little; one without length touches and meets nothing. */
static ent_code range_read(ent_json json, const char *name, double least, double most, double scale,
                           psi_dimension dimension, psi_box *box, ent_err *err)
{
    ent_json list = ent_json_get(json, name);
    double a, b;

    if (ent_json_count(list) != 2 || !ent_json_double(ent_json_at(list, 0), &a) ||
        !ent_json_double(ent_json_at(list, 1), &b) || a > b || a < least || b > most)
        return ent_fail(err, ENT_FORMAT,
                        "%s: member '%s' is not two numbers from %g to %g, the lower first", where,
                        name, least, most);
    box->from[dimension] = (int64_t)round(a * scale);
    box->to[dimension] = (int64_t)round(b * scale);
    if (a < b && box->from[dimension] == box->to[dimension])
        box->to[dimension]++;
    return ENT_OK;
}

static ent_code height_read(ent_json json, psi_box *box, ent_err *err)
{
    ent_json height = ent_json_get(json, "height_m");

    if (height.doc == NULL || ent_json_is(height, ENT_JSON_NULL)) {
        box->from[PSI_HEIGHT] = psi_dimension_least(PSI_HEIGHT);
        box->to[PSI_HEIGHT] = INT64_C(1) << 40; /* clamped */
        return ENT_OK;
    }
    return range_read(json, "height_m", -12000, 1000000, 1, PSI_HEIGHT, box, err);
}

#define MINUTE (60 * ENT_SECOND)

static ent_code time_read(ent_json json, joint_plan *plan, ent_err *err)
{
    const ent_time zero = (ent_time)ent_day_of(2020, 1, 1) * ENT_DAY_TIME;
    ent_time start, stop;

    ENT_TRY(desk_text(json, "start", where, &plan->start, err));
    ENT_TRY(desk_text(json, "stop", where, &plan->stop, err));
    if (ent_time_read(plan->start, &start, err) != ENT_OK ||
        ent_time_read(plan->stop, &stop, err) != ENT_OK)
        return ent_context(err, "%s: members 'start', 'stop'", where);
    if (start > stop)
        return ent_fail(err, ENT_FORMAT, "%s: it ends before it begins", where);
    plan->box.from[PSI_TIME] = (start - zero) / MINUTE;
    plan->box.to[PSI_TIME] = (stop - zero) / MINUTE;
    if (start < stop && plan->box.from[PSI_TIME] == plan->box.to[PSI_TIME])
        plan->box.to[PSI_TIME]++;
    return ENT_OK;
}

static ent_code domains_read(ent_json json, joint_plan *plan, ent_err *err)
{
    ent_json list = ent_json_get(json, "domains");

    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        size_t i = 0, j = 0;

        while (i < sizeof domains / sizeof *domains &&
               !ent_str_is(ent_json_str(v), domains[i].name))
            i++;
        if (i == sizeof domains / sizeof *domains)
            return ent_fail(err, ENT_FORMAT, "%s: domain '%.*s' is not in the list", where,
                            ent_json_str(v).size > 40 ? 40 : (int)ent_json_str(v).size,
                            ent_json_str(v).ptr);
        while (j < plan->domain_count && plan->domains[j] != domains[i].number)
            j++;
        if (j == plan->domain_count)
            plan->domains[plan->domain_count++] = domains[i].number;
    }
    return plan->domain_count > 0
               ? ENT_OK
               : ent_fail(err, ENT_FORMAT, "%s: member 'domains' is missing or empty", where);
}

ent_code joint_plan_read(ent_arena *arena, ent_json json, joint_plan *plan, ent_err *err)
{
    static const char *const names[] = { "activity", "domains", "height_m", "lat", "lon",
                                         "name",     "start",   "stop",     NULL };

    (void)arena;
    *plan = (joint_plan){ .json = json };
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "name", where, &plan->name, err));
    if (plan->name.size > 200)
        return ent_fail(err, ENT_FORMAT, "%s: its name has more than 200 bytes", where);
    ENT_TRY(desk_text(json, "activity", where, &plan->activity, err));
    if (!joint_activity_known(plan->activity))
        return ent_fail(err, ENT_DENIED, "%s: activity '%.*s' is not in the closed list [activity]",
                        where, plan->activity.size > 40 ? 40 : (int)plan->activity.size,
                        plan->activity.ptr);
    ENT_TRY(domains_read(json, plan, err));
    ENT_TRY(range_read(json, "lat", -90, 90, 10000, PSI_LATITUDE, &plan->box, err));
    ENT_TRY(range_read(json, "lon", -180, 180, 10000, PSI_LONGITUDE, &plan->box, err));
    ENT_TRY(height_read(json, &plan->box, err));
    return time_read(json, plan, err);
}

/* ---- keeping ---- */

ent_code joint_generation(desk *d, ent_arena *arena, bool next, int64_t *generation, ent_err *err)
{
    store_doc doc;
    ent_json json;
    bool found;

    *generation = 0;
    ENT_TRY(desk_doc_found(d, arena, "plan-state", ENT_STR("generation"), &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        (void)ent_json_int(json, generation);
    }
    if (!next)
        return ENT_OK;
    doc = (store_doc){ .kind = ENT_STR("plan-state"),
                       .id = ENT_STR("generation"),
                       .time = d->now,
                       .json = ent_arena_printf(arena, "%lld", (long long)++*generation) };
    return doc.json.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

static ent_code plan_load(ent_arena *arena, const store_doc *doc, joint_plan *plan, ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ENT_TRY(joint_plan_read(arena, ent_json_get(json, "plan"), plan, err));
    plan->id = doc->id;
    plan->state = doc->state;
    return ENT_OK;
}

ent_code joint_plan_list(desk *d, ent_arena *arena, joint_plan **plans, size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "plan", NULL, NULL, &docs, count, err));
    *plans = ent_arena_array(arena, *count + 1, sizeof **plans);
    if (*plans == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(plan_load(arena, &docs[i], &(*plans)[i], err));
    return ENT_OK;
}

/* The plan of that name that is active, or NULL. */
static ent_code plan_named(desk *d, ent_arena *arena, ent_str name, const joint_plan **plan,
                           size_t *active, ent_err *err)
{
    joint_plan *plans;
    size_t count;

    *plan = NULL;
    *active = 0;
    ENT_TRY(joint_plan_list(d, arena, &plans, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (!ent_str_is(plans[i].state, "active"))
            continue;
        *active += plans[i].domain_count;
        if (ent_str_equal(plans[i].name, name))
            *plan = &plans[i];
    }
    return ENT_OK;
}

static ent_code plan_save(desk *d, ent_arena *arena, const joint_plan *plan, ent_str user,
                          ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("plan"), .id = plan->id, .state = plan->state, .time = d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, user);
    ent_jw_key(&w, "plan");
    ent_jw_raw(&w, ent_json_raw(plan->json));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code joint_plan_put(desk *d, ent_arena *arena, ent_json json, bool move, ent_str user,
                        ent_err *err)
{
    const joint_plan *there;
    int64_t generation;
    joint_plan plan;
    size_t active;
    char id[37];

    ENT_TRY(joint_plan_read(arena, json, &plan, err));
    ENT_TRY(plan_named(d, arena, plan.name, &there, &active, err));
    if (move && there == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "there is no plan '%.*s'", ENT_STR_ARG(plan.name));
    if (!move && there != NULL)
        return ent_fail(err, ENT_CONFLICT, "there is a plan '%.*s' already; move it",
                        ENT_STR_ARG(plan.name));
    if (active + plan.domain_count - (there != NULL ? there->domain_count : 0) > PSI_CLASH_CLAIMS)
        return ent_fail(err, ENT_LIMIT, "more than %d plans and domains are active",
                        PSI_CLASH_CLAIMS);
    desk_id(d, id);
    plan.id = there != NULL ? there->id : ent_arena_str(arena, ent_str_of(id));
    plan.state = ENT_STR("active");
    if (plan.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(plan_save(d, arena, &plan, user, err));
    return joint_generation(d, arena, true, &generation, err);
}

ent_code joint_plan_withdraw(desk *d, ent_arena *arena, ent_str name, ent_err *err)
{
    const joint_plan *there;
    int64_t generation;
    store_doc doc;
    size_t active;

    ENT_TRY(plan_named(d, arena, name, &there, &active, err));
    if (there == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "there is no plan '%.*s'", ENT_STR_ARG(name));
    ENT_TRY(store_doc_get(d->store, arena, "plan", there->id, &doc, err));
    doc.state = ENT_STR("withdrawn");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return joint_generation(d, arena, true, &generation, err);
}

ent_code joint_plan_contact(desk *d, ent_arena *arena, ent_str contact, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("plan-state"), .id = ENT_STR("contact"), .time = d->now };
    ent_buf buf;

    if (contact.size == 0 || contact.size > 200)
        return ent_fail(err, ENT_USAGE, "a contact is a text of at most 200 bytes");
    ent_buf_init(&buf, arena);
    ent_json_string_write(&buf, contact);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code joint_contact_get(desk *d, ent_arena *arena, ent_str *contact, ent_err *err)
{
    store_doc doc;
    ent_json json;
    bool found;

    *contact = ENT_STR("the duty desk");
    ENT_TRY(desk_doc_found(d, arena, "plan-state", ENT_STR("contact"), &doc, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    *contact = ent_json_str(json);
    return ENT_OK;
}

/* ---- what is known ---- */

ent_code joint_clash_list(desk *d, ent_arena *arena, joint_clash **clashes, size_t *count,
                          ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "clash", NULL, "open", &docs, count, err));
    *clashes = ent_arena_array(arena, *count + 1, sizeof **clashes);
    if (*clashes == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        (*clashes)[i] = (joint_clash){
            .peer = docs[i].peer,
            .plan = ent_json_get_text(json, "plan"),
            .domain = ent_json_get_text(json, "domain"),
            .day = ent_json_get_text(json, "day"),
            .until = ent_json_get_text(json, "until"),
            .call = ent_json_get_text(json, "call"),
            .reference = ent_json_get_text(json, "reference"),
        };
    }
    return ENT_OK;
}

ent_code joint_run_open(desk *d, ent_arena *arena, const char *peer, bool *open, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "plan-run", peer, "open", &docs, &count, err));
    *open = count > 0;
    return ENT_OK;
}

ent_code joint_plans_compare(desk *d, ent_arena *arena, ent_err *err)
{
    const char **peers;
    size_t count;

    ENT_TRY(joint_peers(d, arena, JOINT_PLANS, ENT_STR(JOINT_PURPOSE_PLANS), &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool open;

        ENT_TRY(joint_run_open(d, arena, peers[i], &open, err));
        if (!open) /* else it is followed by another, if our plans are newer then */
            ENT_TRY(joint_run_start(d, arena, peers[i], err));
    }
    return ENT_OK;
}

ent_code joint_plans_compared(desk *d, ent_arena *arena, joint_compared **list, size_t *count,
                              ent_err *err)
{
    int64_t generation, compared;
    const char **peers;

    ENT_TRY(joint_generation(d, arena, false, &generation, err));
    ENT_TRY(joint_peers(d, arena, JOINT_PLANS, ENT_STR(JOINT_PURPOSE_PLANS), &peers, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        joint_compared *row = &(*list)[i];
        store_doc doc;
        ent_json json;
        bool found, open;

        *row = (joint_compared){ .peer = peers[i] };
        ENT_TRY(joint_run_open(d, arena, peers[i], &open, err));
        ENT_TRY(desk_doc_found(d, arena, "plan-compared", ent_str_of(peers[i]), &doc, &found, err));
        if (!found)
            continue;
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        row->why = ent_json_get_text(json, "why");
        row->current = !open && row->why.size == 0 &&
                       ent_json_int(ent_json_get(json, "generation"), &compared) &&
                       compared == generation;
    }
    return ENT_OK;
}
