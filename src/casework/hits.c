#include "casework/hits.h"

#include "base/hash.h"
#include "base/text.h"
#include "casework/duty.h"
#include "casework/notice.h"
#include "match/match.h"

static ent_code ref_make(ent_arena *arena, ent_json hit, ent_str *ref, ent_err *err)
{
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_str text = ent_arena_printf(
        arena, "%.*s\n%.*s\n%.*s", ENT_STR_ARG(ent_json_get_text(hit, "peer")),
        ENT_STR_ARG(ent_json_get_text(hit, "purpose")), ENT_STR_ARG(ent_json_get_text(hit, "key")));
    ent_hash hash;

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    hash = ent_hash_of(text.ptr, text.size);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    hex[16] = '\0';
    *ref = ent_arena_str(arena, ent_str_of(hex));
    return ref->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static bool day_over(const desk *d, ent_str due)
{
    ent_err none = { 0 };
    ent_days days;

    return ent_days_read(due, &days, &none) == ENT_OK && days.last < desk_today(d);
}

static ent_code hit_load(desk *d, ent_arena *arena, ent_json json, casework_hit *hit, ent_err *err)
{
    store_doc doc;
    ent_json said;
    bool found;

    *hit = (casework_hit){ .json = json };
    ENT_TRY(ref_make(arena, json, &hit->ref, err));
    ENT_TRY(ent_time_read(ent_json_get_text(json, "time"), &hit->time, err));
    ENT_TRY(desk_doc_found(d, arena, "hit-owner", hit->ref, &doc, &found, err));
    if (!found) {
        hit->overdue = d->now - hit->time > CASEWORK_HIT_UNOWNED;
        return ENT_OK;
    }
    ENT_TRY(ent_json_read(arena, doc.json, &said, err));
    hit->owner = ent_json_get_text(said, "owner");
    hit->due = ent_json_get_text(said, "due");
    hit->by = ent_json_get_text(said, "by");
    hit->note = ent_json_get_text(said, "note");
    hit->done = ent_str_is(doc.state, "done");
    hit->overdue = !hit->done && day_over(d, hit->due);
    return ENT_OK;
}

ent_code casework_hit_list(desk *d, ent_arena *arena, casework_hit **hits, size_t *count,
                           ent_err *err)
{
    ent_json *list;

    ENT_TRY(match_hit_list(d, arena, NULL, NULL, &list, count, err));
    *hits = ent_arena_array(arena, *count + 1, sizeof **hits);
    if (*hits == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(hit_load(d, arena, list[i], &(*hits)[i], err));
    return ENT_OK;
}

static ent_code hit_find(desk *d, ent_arena *arena, ent_str ref, casework_hit *hit, ent_err *err)
{
    casework_hit *hits;
    size_t count;

    ENT_TRY(casework_hit_list(d, arena, &hits, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(hits[i].ref, ref)) {
            *hit = hits[i];
            return ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "no hit '%.*s' stands", ENT_STR_ARG(ref));
}

static ent_code hit_save(desk *d, ent_arena *arena, const casework_hit *hit, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("hit-owner"),
                      .id = hit->ref,
                      .peer = ent_json_get_text(hit->json, "peer"),
                      .state = hit->done ? ENT_STR("done") : ENT_STR("open"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "owner", hit->owner);
    desk_put(&w, "due", hit->due);
    desk_put(&w, "by", hit->by);
    desk_put(&w, "note", hit->note);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* A day of ISO 8601 is the beginning of its instant. */
static ent_str week_from(const desk *d, ent_arena *arena)
{
    ent_str text = desk_time_text(arena, d->now + CASEWORK_HIT_DAYS * ENT_DAY_TIME);

    return (ent_str){ text.ptr, text.ptr == NULL ? 0 : 10 };
}

ent_code casework_hit_take(desk *d, ent_arena *arena, ent_str ref, ent_str user, ent_str due,
                           ent_str by, ent_err *err)
{
    casework_hit hit;
    ent_days days;

    ENT_TRY(hit_find(d, arena, ref, &hit, err));
    if (hit.done)
        return ent_fail(err, ENT_CONFLICT, "what came of it is said already");
    if (due.size == 0)
        due = week_from(d, arena);
    if (due.size != 10 || ent_days_read(due, &days, err) != ENT_OK || day_over(d, due))
        return ent_fail(err, ENT_USAGE, "it is due on a day that is still to come, YYYY-MM-DD");
    hit.owner = user;
    hit.due = due;
    hit.by = by;
    return hit_save(d, arena, &hit, err);
}

ent_code casework_hit_done(desk *d, ent_arena *arena, ent_str ref, ent_str note, ent_str by,
                           ent_err *err)
{
    casework_hit hit;

    if (note.size == 0)
        return ent_fail(err, ENT_USAGE, "what came of the hit is wanted");
    ENT_TRY(hit_find(d, arena, ref, &hit, err));
    if (hit.done)
        return ent_fail(err, ENT_CONFLICT, "what came of it is said already");
    if (!ent_str_equal(hit.owner, by))
        return ent_fail(err, ENT_DENIED, "its owner says what came of it: %.*s [owner]",
                        ENT_STR_ARG(hit.owner.size > 0 ? hit.owner : ENT_STR("nobody yet")));
    hit.done = true;
    hit.note = note;
    return hit_save(d, arena, &hit, err);
}

/* ---- what time does ---- */

/* Once for each hit, its day, and who hears of it. */
static ent_code tell(casework_round *r, const casework_hit *hit, const char *why, size_t level,
                     ent_str to, ent_err *err)
{
    const casework_notice_about about = { .object = hit->ref,
                                          .peer = ent_json_get_text(hit->json, "peer"),
                                          .kind = "hit",
                                          .precedence = level == 0 ? "ROUTINE" : "PRIORITY",
                                          .why = why,
                                          .to = to };
    ent_str id = ent_arena_printf(r->arena, "hit/%.*s/%.*s/%zu", ENT_STR_ARG(hit->ref),
                                  ENT_STR_ARG(hit->due), level);

    return casework_notice_once(r->d, r->arena, id, &about, err);
}

/* Nobody had it for a day: it is for who is on duty, or for all to see. */
static ent_code unowned_look(casework_round *r, casework_hit *hit, ent_err *err)
{
    ent_time at = hit->time + CASEWORK_HIT_UNOWNED;

    if (at >= r->d->now) {
        casework_round_again(r, at + 1);
        return ENT_OK;
    }
    if (r->duty_count == 0)
        return tell(r, hit, "nobody has taken it in a day", 0, ENT_STR(""), err);
    hit->owner = r->duty[0];
    hit->due = week_from(r->d, r->arena);
    hit->by = ENT_STR("time");
    ENT_TRY(hit_save(r->d, r->arena, hit, err));
    ENT_TRY(tell(r, hit, "assigned: nobody has taken it in a day", 0, hit->owner, err));
    return ENT_OK;
}

/* Its day is over: the owner hears of it, a day later who is on duty, then the next. */
static ent_code owned_look(casework_round *r, const casework_hit *hit, ent_err *err)
{
    ent_days day;
    ent_time over;

    if (hit->done)
        return ENT_OK;
    ENT_TRY(ent_days_read(hit->due, &day, err));
    over = ((ent_time)day.last + 1) * ENT_DAY_TIME;
    casework_round_again(r, over);
    if (r->d->now < over)
        return ENT_OK;
    ENT_TRY(tell(r, hit, "overdue", 1, hit->owner, err));
    for (size_t i = 0; i < r->duty_count; i++) {
        ent_time at = over + ((ent_time)i + 1) * ENT_DAY_TIME;

        casework_round_again(r, at);
        if (r->d->now >= at)
            ENT_TRY(tell(r, hit, "escalated: overdue", i + 2, r->duty[i], err));
    }
    return ENT_OK;
}

ent_code casework_hits_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    casework_round r;
    casework_hit *hits;
    size_t count;

    ENT_TRY(casework_round_begin(d, arena, &r, err));
    ENT_TRY(casework_hit_list(d, arena, &hits, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (hits[i].owner.size == 0)
            ENT_TRY(unowned_look(&r, &hits[i], err));
        if (hits[i].owner.size > 0)
            ENT_TRY(owned_look(&r, &hits[i], err));
    }
    *next = r.next;
    return ENT_OK;
}
