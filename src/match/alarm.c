#include "match/alarm_int.h"
#include "match/wire_int.h"

#include "base/text.h"
#include "desk/note.h"

static ent_code raised_write(desk *d, ent_arena *arena, const match_alarm *alarm, store_doc *doc,
                             ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "alarm");
    ent_jw_c(&w, alarm->what);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, alarm->by);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, alarm->id);
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, alarm->peer);
    desk_put(&w, "key", alarm->key);
    desk_put(&w, "run", alarm->run);
    desk_put(&w, "user", alarm->user);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc->json, err));
    return store_doc_put(d->store, doc, err);
}

ent_code match_alarm_put(desk *d, ent_arena *arena, const match_alarm *alarm, ent_err *err)
{
    store_doc doc;
    desk_note note = { .verb = "alarm raised",
                       .object = alarm->id,
                       .peer = alarm->peer,
                       .reason = ent_arena_printf(
                           arena, "%s by %.*s%s%.*s", alarm->what, ENT_STR_ARG(alarm->by),
                           alarm->user.size > 0 ? ", user " : "", ENT_STR_ARG(alarm->user)),
                       .oversight = true };
    bool known;

    if (alarm->id.ptr == NULL || note.reason.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "match-alarm", alarm->id, &doc, &known, err));
    if (known)
        return ENT_OK;
    doc = (store_doc){ .kind = ENT_STR("match-alarm"),
                       .id = alarm->id,
                       .peer = alarm->peer,
                       .state = ENT_STR("open"),
                       .time = d->now };
    ENT_TRY(raised_write(d, arena, alarm, &doc, err));
    return desk_note_write(d, arena, &note, err);
}

/* Why, whoever cleared it, and the note of it. */
static ent_code cleared_write(desk *d, ent_arena *arena, store_doc *doc, const char *user,
                              ent_str reason, ent_err *err)
{
    const desk_note note = { .verb = "alarm cleared",
                             .who = ent_str_of(user),
                             .object = doc->id,
                             .peer = doc->peer,
                             .reason = reason,
                             .oversight = true };
    ent_str members;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "cleared");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    desk_put(&w, "cleared_by", ent_str_of(user));
    ent_jw_key(&w, "cleared_why");
    ent_jw_str(&w, reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &members, err));
    ENT_TRY(desk_doc_extend(d, arena, doc, "cleared", desk_inside(members), err));
    return desk_note_write(d, arena, &note, err);
}

ent_code match_alarm_clear(desk *d, ent_arena *arena, ent_str id, const char *user, ent_str reason,
                           ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(desk_doc(d, arena, "match-alarm", id, &doc, &json, err));
    if (!ent_str_is(doc.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "the alarm '%.*s' is cleared already", ENT_STR_ARG(id));
    if (user != NULL && ent_str_is(ent_json_get_text(json, "user"), user))
        return ent_fail(err, ENT_DENIED,
                        "'%s' made the match that this alarm is about: another clears it [roles]",
                        user);
    return cleared_write(d, arena, &doc, user, reason, err);
}

ent_code match_alarm_over(desk *d, ent_arena *arena, ent_str id, const char *reason, ent_err *err)
{
    store_doc doc;
    bool known;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "match-alarm", id, &doc, &known, err));
    if (!known || !ent_str_is(doc.state, "open"))
        return ENT_OK;
    return cleared_write(d, arena, &doc, NULL, ent_str_of(reason), err);
}

ent_code match_alarm_probing(desk *d, ent_arena *arena, const match_course *run, ent_str key,
                             bool ours, size_t number, ent_err *err)
{
    const match_alarm alarm = { .id = ent_arena_printf(arena, "%.*s/%s%zu", ENT_STR_ARG(run->r.id),
                                                       ours ? "own-" : "", number),
                                .what = "probing",
                                .by = ours ? ent_str_of(d->code) : run->r.peer,
                                .peer = run->r.peer,
                                .key = key,
                                .run = run->r.id,
                                .user = run->r.user };

    return match_alarm_put(d, arena, &alarm, err);
}

ent_code match_alarm_tell(desk *d, ent_arena *arena, ent_str run, const char *peer,
                          const char *what, ent_err *err)
{
    const match_say say = { .step = "alarm", .clause = what };
    match_course said = { .r = { .id = run, .peer = ent_str_of(peer) }, .peer = peer };

    return match_message_say(d, arena, &said, &say, err);
}

ent_code match_alarm_repeat(desk *d, ent_arena *arena, const match_course *run, ent_err *err)
{
    char today[ENT_TIME_TEXT];
    match_alarm alarm = { .what = "repeat",
                          .by = ent_str_of(d->code),
                          .peer = run->r.peer,
                          .run = run->r.id,
                          .user = run->r.user };
    store_doc doc;
    bool known;

    ent_time_write(d->now, today);
    alarm.id = ent_arena_printf(arena, "%s/repeat/%.10s/%.*s", run->peer, today,
                                ENT_STR_ARG(run->r.purpose));
    if (alarm.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "match-alarm", alarm.id, &doc, &known, err));
    if (known)
        return ENT_OK;
    ENT_TRY(match_alarm_put(d, arena, &alarm, err));
    return match_alarm_tell(d, arena, run->r.id, run->peer, alarm.what, err);
}

/* How many the peer has told of since midnight. */
static ent_code told_today(desk *d, ent_arena *arena, const char *peer, size_t *told, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *told = 0;
    ENT_TRY(desk_docs(d, arena, "match-alarm", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        if (docs[i].time / ENT_DAY_TIME != d->now / ENT_DAY_TIME)
            continue;
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        *told += ent_str_is(ent_json_get_text(json, "by"), peer);
    }
    return ENT_OK;
}

ent_code match_alarm_hear(desk *d, ent_arena *arena, const char *peer, ent_json header,
                          ent_span payload, ent_err *err)
{
    static const char where[] = "an alarm";
    match_alarm alarm = { .by = ent_str_of(peer), .peer = ent_str_of(peer) };
    char today[ENT_TIME_TEXT]; /* told on another day, of a match that stands, it is another */
    ent_str what;
    size_t told;

    ENT_TRY(match_wire_run(ENT_STR(""), header, payload, err));
    ENT_TRY(desk_uuid(header, "run", where, &alarm.run, err));
    ENT_TRY(desk_text(header, "clause", where, &what, err));
    alarm.what = ent_str_is(what, "repeat") ? "repeat" : "probing";
    if (!ent_str_is(what, alarm.what))
        return ent_fail(err, ENT_FORMAT, "%s: its kind is not known", where);
    ENT_TRY(told_today(d, arena, peer, &told, err));
    if (told >= MATCH_ALARMS_DAY)
        return ent_fail(err, ENT_LIMIT, "%s: '%s' has told of %zu today", where, peer, told);
    ent_time_write(d->now, today);
    alarm.id = ent_arena_printf(arena, "%s/told/%.*s/%s/%.10s", peer, ENT_STR_ARG(alarm.run),
                                alarm.what, today);
    return match_alarm_put(d, arena, &alarm, err);
}

ent_code match_alarms(desk *d, ent_arena *arena, const char *peer, ent_json **alarms, size_t *count,
                      ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "match-alarm", peer, NULL, &docs, count, err));
    *alarms = ent_arena_array(arena, *count + 1, sizeof **alarms);
    if (*alarms == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(ent_json_read(arena, docs[i].json, &(*alarms)[i], err));
    return ENT_OK;
}
