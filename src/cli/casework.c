#include "cli/casework.h"

#include "casework/acknowledge.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- options ---- */

ent_code cli_duration(const char *text, int64_t *seconds, ent_err *err)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    int64_t unit = strcmp(end, "m") == 0   ? 60
                   : strcmp(end, "h") == 0 ? 3600
                   : strcmp(end, "d") == 0 ? 86400
                                           : 0;

    if (end == text || unit == 0 || number <= 0 || number > 100000)
        return ent_fail(err, ENT_USAGE, "'%s' is no duration such as 90m, 24h or 14d", text);
    *seconds = number * unit;
    return ENT_OK;
}

static ent_code strs_option(cli_context *cli, const char *name, bool commas, const ent_str **out,
                            size_t *count, ent_err *err)
{
    ent_str *list = ent_arena_array(cli->arena, (size_t)cli->argc + 1, sizeof *list);
    const char **items, *value;

    if (list == NULL)
        return ent_fail_arena(err);
    *count = 0;
    *out = list;
    if (!commas) {
        while ((value = cli_option(cli, name)) != NULL)
            list[(*count)++] = ent_str_of(value);
        return ENT_OK;
    }
    ENT_TRY(cli_list_option(cli, name, &items, count, err));
    list = ent_arena_array(cli->arena, *count + 1, sizeof *list);
    if (list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        list[i] = ent_str_of(items[i]);
    *out = list;
    return ENT_OK;
}

/* Each name with each date of birth. */
static ent_code subjects_option(cli_context *cli, casework_draft *draft, ent_err *err)
{
    const ent_str *names, *births;
    casework_subject *subjects;
    size_t name_count, birth_count;

    ENT_TRY(strs_option(cli, "--name", false, &names, &name_count, err));
    ENT_TRY(strs_option(cli, "--born", false, &births, &birth_count, err));
    if (name_count == 0 && birth_count > 0)
        return ent_fail(err, ENT_USAGE, "--born needs a --name");
    subjects = ent_arena_array(cli->arena, name_count * (birth_count + 1) + 1, sizeof *subjects);
    if (subjects == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < name_count; i++) {
        if (birth_count == 0)
            subjects[draft->subject_count++].name = names[i];
        for (size_t j = 0; j < birth_count; j++)
            subjects[draft->subject_count++] = (casework_subject){ names[i], births[j] };
    }
    draft->subjects = subjects;
    return ENT_OK;
}

static ent_code text_option(cli_context *cli, casework_draft *draft, ent_err *err)
{
    const char *text = cli_option(cli, "--text"), *file = cli_option(cli, "--file");

    if ((text == NULL) == (file == NULL))
        return ent_fail(err, ENT_USAGE, "--text TEXT or --file FILE is wanted, one of them");
    if (text != NULL) {
        draft->text = ent_str_of(text);
        return ENT_OK;
    }
    return cli_file(cli, file, 1 << 20, &draft->text, err);
}

static ent_code urgency_option(cli_context *cli, casework_draft *draft, ent_err *err)
{
    const char *precedence = cli_option(cli, "--precedence"), *within = cli_option(cli, "--within");

    draft->precedence = CASEWORK_ROUTINE;
    if (precedence != NULL && !casework_precedence_read(ent_str_of(precedence), &draft->precedence))
        return ent_fail(err, ENT_USAGE,
                        "--precedence is one of FLASH, IMMEDIATE, PRIORITY, ROUTINE");
    return within == NULL ? ENT_OK : cli_duration(within, &draft->answer_within, err);
}

ent_code cli_draft_options(cli_context *cli, casework_draft *draft, const char ***peers,
                           size_t *peer_count, ent_err *err)
{
    const char *purpose = cli_option(cli, "--purpose");

    draft->reference = ent_str_of(cli_option(cli, "--reference"));
    ENT_TRY(urgency_option(cli, draft, err));
    ENT_TRY(text_option(cli, draft, err));
    if (draft->kind == CASEWORK_TIP) {
        draft->rating = ent_str_of(cli_option(cli, "--rating"));
        draft->handling = ent_str_of(cli_option(cli, "--handling"));
        draft->class = ent_str_of(cli_option(cli, "--class"));
        draft->departs = ent_str_of(cli_option(cli, "--departs"));
        draft->why = ent_str_of(cli_option(cli, "--why"));
    }
    if (draft->kind != CASEWORK_TIP)
        draft->thread = ent_str_of(cli_option(cli, "--about"));
    if (draft->kind != CASEWORK_MESSAGE) {
        ENT_TRY(strs_option(cli, "--key", false, &draft->keys, &draft->key_count, err));
        ENT_TRY(subjects_option(cli, draft, err));
    }
    if (draft->kind != CASEWORK_REQUEST)
        ENT_TRY(strs_option(cli, "--release", true, &draft->releases, &draft->release_count, err));
    ENT_TRY(cli_list_option(cli, "--to", peers, peer_count, err));
    if (draft->kind != CASEWORK_MESSAGE && cli_flag(cli, "--tell-copies"))
        draft->also_count = *peer_count;
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (*peer_count == 0 || purpose == NULL)
        return ent_fail(err, ENT_USAGE, "--%s is missing",
                        purpose == NULL ? "purpose PURPOSE" : "to PEER");
    draft->purpose = ent_str_of(purpose);
    return ENT_OK;
}

/* ---- saying ---- */

struct saying {
    cli_context *cli;
    casework_draft *draft;
    casework_said said;
};

static ent_code say(void *arg, desk *d, ent_err *err)
{
    struct saying *s = arg;

    return casework_say(d, s->cli->arena, s->draft, &s->said, err);
}

static ent_code also_set(cli_context *cli, casework_draft *draft, const char **peers, size_t count,
                         size_t at, ent_err *err)
{
    ent_str *also = ent_arena_array(cli->arena, count + 1, sizeof *also);

    if (also == NULL)
        return ent_fail_arena(err);
    draft->also = also;
    draft->also_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i != at)
            also[draft->also_count++] = ent_str_of(peers[i]);
    return ENT_OK;
}

ent_code cli_draft_say(cli_context *cli, casework_draft *draft, const char **peers,
                       size_t peer_count, ent_err *err)
{
    bool tell = draft->also_count > 0;
    desk_officer officer;
    node_desk *nd;

    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    draft->by = officer.name;
    for (size_t i = 0; i < peer_count; i++) {
        struct saying s = { .cli = cli, .draft = draft };

        draft->peer = peers[i];
        draft->also_count = 0;
        if (tell)
            ENT_TRY(also_set(cli, draft, peers, peer_count, i, err));
        ENT_TRY(cli_desk_work(cli, nd, say, &s, err));
        if (s.said.refused != NULL &&
            (strcmp(s.said.refused, "suspended") == 0 || strcmp(s.said.refused, "third try") == 0))
            return ent_fail(err, ENT_DENIED,
                            "three tries on a subject that was refused: nothing more is sent for "
                            "'%s' until a liaison officer says so (`entente rfi resume`) [%s]",
                            draft->by, s.said.refused);
        if (s.said.refused != NULL)
            return ent_fail(err, ENT_DENIED,
                            "refused at home: this node holds a record of the subject that this "
                            "purpose does not cover; oversight is told [%s]",
                            s.said.refused);
        if (s.said.item.duplicates.size > 0)
            (void)fprintf(stderr,
                          "entente: the same was said or heard before: `entente %s show` "
                          "lists the copies\n",
                          draft->kind == CASEWORK_TIP ? "tip" : "rfi");
        ENT_TRY(cli_item_line(cli, node_desk_desk(nd), &s.said.item, err));
    }
    return ENT_OK;
}

/* ---- showing ---- */

static const char *left_text(cli_context *cli, const desk *d, const casework_item *item)
{
    casework_clock clocks[CASEWORK_CLOCKS];
    ent_str text = ENT_STR("");

    casework_clocks(d, item, clocks);
    for (int i = 0; i < CASEWORK_CLOCKS; i++) {
        int64_t minutes = (clocks[i].due - d->now) / ENT_SECOND / 60, size;
        const char *unit;

        if (!clocks[i].runs)
            continue;
        size = minutes < 0 ? -minutes : minutes;
        unit = size >= 2880 ? "d" : size >= 120 ? "h" : "min";
        size = size >= 2880 ? size / 1440 : size >= 120 ? size / 60 : size;
        text = ent_arena_printf(cli->arena, "%.*s%s%s%s %" PRId64 " %s", ENT_STR_ARG(text),
                                text.size > 0 ? ", " : "", clocks[i].what,
                                clocks[i].overdue ? " OVERDUE by" : " in", size, unit);
        if (text.ptr == NULL)
            return "";
    }
    return text.ptr;
}

static ent_code item_json(cli_context *cli, const desk *d, const casework_item *item, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    casework_item_write(d, cli->arena, item, &w);
    return cli_line_end(cli, &buf, &w, err);
}

ent_code cli_item_line(cli_context *cli, const desk *d, const casework_item *item, ent_err *err)
{
    ent_str reference = ent_json_get_text(item->body, "reference");

    if (cli->json)
        return item_json(cli, d, item, err);
    (void)printf("%.8s  %-12s %-7s %-4s %-8s %-9s %-12s %s%s\n", item->id.ptr,
                 cli_text(cli, reference), casework_kind_name(item->kind),
                 item->out ? "to" : "from", cli_text(cli, item->peer),
                 casework_precedence_name(item->precedence), cli_text(cli, item->state),
                 left_text(cli, d, item), item->legal_first ? "  LEGAL FIRST" : "");
    return ENT_OK;
}

static void member_print(cli_context *cli, ent_json body, const char *name)
{
    ent_json value = ent_json_get(body, name);

    if (value.doc == NULL)
        return;
    (void)printf("  %-12s %s\n", name,
                 cli_text(cli, ent_json_is(value, ENT_JSON_STRING) ? ent_json_str(value)
                                                                   : ent_json_raw(value)));
}

static void events_print(cli_context *cli, const casework_item *item)
{
    for (size_t i = 0; i < item->event_count; i++) {
        const casework_event *e = &item->events[i];

        (void)printf("  %s  %-12s %s%s%s\n", desk_time_text(cli->arena, e->time).ptr,
                     cli_text(cli, e->state), cli_text(cli, e->by),
                     e->by.size > 0 && e->note.size > 0 ? ": " : "", cli_text(cli, e->note));
    }
}

ent_code cli_item_show(cli_context *cli, const desk *d, const casework_item *item, ent_err *err)
{
    static const char *const members[] = { "agreement", "purpose", "rating", "handling", "class",
                                           "why",       "departs", "also",   "keys",     "subject",
                                           "releases",  "thread",  NULL };

    if (cli->json)
        return item_json(cli, d, item, err);
    ENT_TRY(cli_item_line(cli, d, item, err));
    (void)printf("\n  %s\n\n", cli_text(cli, ent_json_get_text(item->body, "text")));
    for (const char *const *name = members; *name != NULL; name++)
        member_print(cli, item->body, *name);
    if (item->readings.size > 0)
        (void)printf("  %-12s %s\n", "read as", cli_text(cli, item->readings));
    if (item->duplicates.size > 0)
        (void)printf("  %-12s %s\n", "copies", cli_text(cli, item->duplicates));
    if (item->hits.size > 0)
        (void)printf("  %-12s %s\n", "own records", cli_text(cli, item->hits));
    if (item->answer.size > 0)
        (void)printf("  %-12s %s\n", "answer", cli_text(cli, item->answer));
    if (item->skew >= 60 || item->skew <= -60)
        (void)printf("  %-12s the clock of %s is %" PRId64 " min %s, or the line slow\n", "clocks",
                     cli_text(cli, item->peer), (item->skew < 0 ? -item->skew : item->skew) / 60,
                     item->skew > 0 ? "ahead" : "behind");
    (void)printf("\n");
    events_print(cli, item);
    return ENT_OK;
}

/* ---- list and show ---- */

bool cli_item_may_list(const casework_item *item, const desk_officer *by)
{
    return !item->legal_first || by->name == NULL || strcmp(by->role, "legal") == 0 ||
           strcmp(by->role, "oversight") == 0 || casework_item_happened(item, "cleared");
}

ent_code cli_item_list(cli_context *cli, casework_kind kind, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer"), *state = cli_option(cli, "--state");
    bool open = cli_flag(cli, "--open");
    desk_officer officer = { .name = NULL };
    casework_item *items;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->user != NULL)
        ENT_TRY(cli_officer(cli, nd, &officer, err));
    ENT_TRY(casework_items(node_desk_desk(nd), cli->arena, peer, &items, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool closed =
            ent_str_is(items[i].state, "closed") || ent_str_is(items[i].state, "answered");

        if (items[i].kind == kind && (state == NULL || ent_str_is(items[i].state, state)) &&
            !(open && closed) && cli_item_may_list(&items[i], &officer))
            ENT_TRY(cli_item_line(cli, node_desk_desk(nd), &items[i], err));
    }
    return ENT_OK;
}

ent_code cli_item(cli_context *cli, desk *d, casework_kind kind, casework_item *item, ent_err *err)
{
    ENT_TRY(casework_item_find(d, cli->arena, ent_str_of(cli->argv[0]), item, err));
    if (item->kind != kind)
        return ent_fail(err, ENT_NOT_FOUND, "'%s' is a %s, no %s", cli->argv[0],
                        casework_kind_name(item->kind), casework_kind_name(kind));
    return ENT_OK;
}

struct showing {
    cli_context *cli;
    casework_kind kind;
    casework_item item;
    desk_officer officer;
};

static ent_code show(void *arg, desk *d, ent_err *err)
{
    struct showing *s = arg;

    ENT_TRY(cli_item(s->cli, d, s->kind, &s->item, err));
    return s->officer.name == NULL ? ENT_OK
                                   : casework_shown(d, s->cli->arena, &s->item, &s->officer, err);
}

ent_code cli_item_show_run(cli_context *cli, casework_kind kind, ent_err *err)
{
    struct showing s = { .cli = cli, .kind = kind };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->user != NULL)
        ENT_TRY(cli_officer(cli, nd, &s.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, show, &s, err));
    return cli_item_show(cli, node_desk_desk(nd), &s.item, err);
}
