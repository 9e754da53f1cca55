#include "cli/holding.h"

#include "base/time.h"

const char *cli_owner(cli_context *cli, node_desk *nd, ent_str owner)
{
    return owner.size == 0 ? node_desk_home(nd)->code : cli_text(cli, owner);
}

const char *cli_rating(cli_context *cli, const policy_label *label)
{
    ent_str text = ent_arena_printf(cli->arena, "%.*s%.*s", ENT_STR_ARG(label->source),
                                    ENT_STR_ARG(label->information));

    return text.ptr == NULL ? "" : cli_text(cli, text);
}

static ent_str day_text(cli_context *cli, ent_day day)
{
    int year, month, of_month;

    if (day == ENT_DAY_MIN || day == ENT_DAY_MAX)
        return ENT_STR("");
    ent_day_split(day, &year, &month, &of_month);
    return ent_arena_printf(cli->arena, "%04d-%02d-%02d", year, month, of_month);
}

const char *cli_days(cli_context *cli, ent_days days)
{
    ent_str first = day_text(cli, days.first), last = day_text(cli, days.last), text;

    if (first.size == 0 && last.size == 0)
        return "";
    if (days.first == days.last)
        return first.ptr;
    text = ent_arena_printf(cli->arena, "%.*s/%.*s", ENT_STR_ARG(first), ENT_STR_ARG(last));
    return text.ptr == NULL ? "" : text.ptr;
}

static void list_write(ent_jw *w, const char *name, const ent_str *list, size_t count)
{
    if (count == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, list[i]);
    ent_jw_end(w);
}

void cli_label_write(ent_jw *w, const policy_label *label)
{
    static const char *const discover[] = { "silent", "pointer", "open" };

    ent_jw_key(w, "label");
    ent_jw_object(w);
    ent_jw_key(w, "complete");
    ent_jw_bool(w, label->complete);
    if (!label->complete) {
        ent_jw_key(w, "missing");
        ent_jw_c(w, label->missing);
    }
    list_write(w, "purposes", label->purposes, label->purpose_count);
    list_write(w, "originator_control", label->originators, label->originator_count);
    ent_jw_key(w, "category");
    ent_jw_c(w, policy_category_name(label->category));
    ent_jw_key(w, "discover");
    ent_jw_c(w, discover[label->discover]);
    if (label->retention.ptr != NULL) {
        ent_jw_key(w, "retention");
        ent_jw_str(w, label->retention);
    }
    ent_jw_key(w, "disclosure");
    ent_jw_bool(w, !label->no_disclosure);
    ent_jw_end(w);
}
