#include "casework/alarms.h"

#include "casework/notice.h"
#include "desk/work.h"

static const struct {
    const char *document, *state;
    int days; /* 0: until its state is another */
    const char *precedence, *what;
} kinds[] = {
#define X(document, state, days, precedence, what) \
    { (document), (state), (days), (precedence), (what) },
#include "casework/alarms.def"
#undef X
};

ent_code casework_alarm_list(desk *d, ent_arena *arena, casework_alarm **alarms, size_t *count,
                             ent_err *err)
{
    *alarms = NULL;
    *count = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        casework_alarm *grown;
        store_doc *docs;
        size_t found;

        ENT_TRY(desk_docs(d, arena, kinds[k].document, NULL, kinds[k].state, &docs, &found, err));
        grown = ent_arena_array(arena, *count + found + 1, sizeof *grown);
        if (grown == NULL)
            return ent_fail_arena(err);
        if (*count > 0)
            memcpy(grown, *alarms, *count * sizeof *grown);
        *alarms = grown;
        for (size_t i = 0; i < found; i++)
            if (kinds[k].days == 0 || d->now - docs[i].time < kinds[k].days * ENT_DAY_TIME)
                grown[(*count)++] = (casework_alarm){ .what = kinds[k].what,
                                                      .kind = kinds[k].document,
                                                      .precedence = kinds[k].precedence,
                                                      .id = docs[i].id,
                                                      .peer = docs[i].peer,
                                                      .time = docs[i].time };
    }
    return ENT_OK;
}

/* What has ended and begins again is told again: its time is another. */
ent_code casework_alarms_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    casework_alarm *alarms;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(casework_alarm_list(d, arena, &alarms, &count, err));
    for (size_t i = 0; i < count; i++) {
        const casework_alarm *a = &alarms[i];
        const casework_notice_about about = { .object = a->id,
                                              .peer = a->peer,
                                              .kind = "alarm",
                                              .precedence = a->precedence,
                                              .why = a->what };
        ent_str id = ent_arena_printf(arena, "%s/%.*s/%lld", a->what, ENT_STR_ARG(a->id),
                                      (long long)a->time);

        ENT_TRY(casework_notice_once(d, arena, id, &about, err));
    }
    return ENT_OK;
}
