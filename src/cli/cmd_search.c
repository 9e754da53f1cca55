/* entente search -- what is held about these words, best first. */
#include "cli/account.h"
#include "cli/holding.h"

#include "cli/desk.h"
#include "holdings/search.h"
#include "names/letters.h"

#include <stdlib.h>

static ent_code when_read(cli_context *cli, ent_days *when, ent_err *err)
{
    const char *from = cli_option(cli, "--from"), *to = cli_option(cli, "--to");
    ent_days days;

    *when = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    if (from != NULL) {
        if (ent_days_read(ent_str_of(from), &days, err) != ENT_OK) {
            err->code = ENT_USAGE;
            return ent_context(err, "--from");
        }
        when->first = days.first;
    }
    if (to != NULL) {
        if (ent_days_read(ent_str_of(to), &days, err) != ENT_OK) {
            err->code = ENT_USAGE;
            return ent_context(err, "--to");
        }
        when->last = days.last;
    }
    return ENT_OK;
}

static ent_code near_read(cli_context *cli, holdings_search *search, ent_err *err)
{
    const char *near = cli_option(cli, "--near");
    double value[3];
    const char *at = near;

    if (near == NULL)
        return ENT_OK;
    for (int i = 0; i < 3; i++) {
        char *end;

        value[i] = strtod(at, &end);
        if (end == at || *end != (i < 2 ? ',' : '\0') || !(value[i] >= -1e5 && value[i] <= 1e5))
            return ent_fail(err, ENT_USAGE, "--near is LATITUDE,LONGITUDE,KILOMETRES, not '%s'",
                            near);
        at = end + 1;
    }
    if (value[0] < -90 || value[0] > 90 || value[1] < -180 || value[1] > 180 || value[2] < 0)
        return ent_fail(err, ENT_USAGE, "--near '%s' is no place on earth", near);
    search->near = true;
    search->latitude = value[0];
    search->longitude = value[1];
    search->km = value[2];
    return ENT_OK;
}

/* ---- what was tried ---- */

#define SPELLINGS 8

/* The spellings, folded, in which a word was met in the names of the hits. */
struct spellings {
    char text[SPELLINGS][NAMES_WORD];
    size_t count;
};

static void spelling_take(struct spellings *s, const char *text)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->text[i], text) == 0)
            return;
    if (s->count < SPELLINGS)
        (void)snprintf(s->text[s->count++], NAMES_WORD, "%s", text);
}

static void spellings_find(const names_word *word, const holdings_hit *hits, size_t count,
                           struct spellings *s)
{
    s->count = 0;
    for (size_t h = 0; h < count; h++) {
        names_parsed name;

        names_parse(hits[h].name, &name);
        for (size_t i = 0; i < name.count; i++)
            if (strcmp(word->text, name.words[i].text) == 0 ||
                (word->skeleton[1] != '\0' && strcmp(word->skeleton, name.words[i].skeleton) == 0))
                spelling_take(s, name.words[i].text);
    }
}

static void tried_word_json(ent_jw *w, const names_word *word, const struct spellings *s)
{
    ent_jw_object(w);
    cli_line_c(w, "word", word->text);
    cli_line_c(w, "script", names_script_name(word->script));
    cli_line_c(w, "skeleton", word->skeleton);
    ent_jw_key(w, "found");
    ent_jw_array(w);
    for (size_t i = 0; i < s->count; i++)
        ent_jw_c(w, s->text[i]);
    ent_jw_end(w);
    ent_jw_end(w);
}

static void tried_word_text(const names_word *word, const struct spellings *s)
{
    bool sounds = word->script != NAMES_NO_SCRIPT && word->skeleton[1] != '\0';

    (void)printf("%s%s%s", word->text, sounds ? ", all that sounds " : "",
                 sounds ? word->skeleton : "");
    for (size_t i = 0; i < s->count; i++)
        (void)printf("%s%s", i == 0 ? ": " : ", ", s->text[i]);
    (void)puts("");
}

/* One line before the hits. */
static ent_code tried_show(cli_context *cli, const holdings_tried *tried, const holdings_hit *hits,
                           size_t count, ent_err *err)
{
    struct spellings s;
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "tried");
    ent_jw_array(&w);
    for (size_t i = 0; i < tried->words.count; i++) {
        spellings_find(&tried->words.words[i], hits, count, &s);
        tried_word_json(&w, &tried->words.words[i], &s);
        if (!cli->json) {
            (void)fputs(i == 0 ? "tried  " : "       ", stdout);
            tried_word_text(&tried->words.words[i], &s);
        }
    }
    ent_jw_end(&w);
    cli_line_text(&w, "key", tried->key);
    cli_line_text(&w, "number", tried->number);
    ent_jw_key(&w, "any");
    ent_jw_bool(&w, tried->any);
    if (cli->json)
        return cli_line_end(cli, &buf, &w, err);
    if (tried->number.size > 0)
        (void)printf("       %s\n", cli_text(cli, tried->number));
    if (tried->key.size > 0)
        (void)printf("       %s\n", cli_text(cli, tried->key));
    if (tried->any)
        (void)puts("nothing has all of these words; what has any of them:");
    return ENT_OK;
}

static ent_code hit_show(cli_context *cli, node_desk *nd, const holdings_hit *hit, ent_err *err)
{
    ent_str latin;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(names_romanised(cli->arena, hit->name, &latin, err));
    if (!cli->json) {
        (void)printf("%4.2f  %-20s %-8s %-3s %s%s%s%s\n      %s\n", hit->score,
                     cli_text(cli, hit->row.type), cli_owner(cli, nd, hit->row.owner),
                     cli_rating(cli, &hit->label), cli_text(cli, hit->name),
                     latin.size > 0 ? " (" : "", cli_text(cli, latin), latin.size > 0 ? ")" : "",
                     cli_text(cli, hit->row.id));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, hit->row.id);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, hit->row.type);
    ent_jw_key(&w, "owner");
    ent_jw_c(&w, cli_owner(cli, nd, hit->row.owner));
    ent_jw_key(&w, "name");
    ent_jw_str(&w, hit->name);
    if (latin.size > 0)
        cli_line_text(&w, "latin", latin);
    ent_jw_key(&w, "score");
    ent_jw_double(&w, (double)(int)(hit->score * 1000 + 0.5) / 1000);
    ent_jw_key(&w, "rating");
    ent_jw_c(&w, cli_rating(cli, &hit->label));
    ent_jw_key(&w, "valid");
    ent_jw_c(&w, cli_days(cli, hit->label.valid));
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *limit = cli_option(cli, "--limit");
    holdings_search search = { .type = cli_option(cli, "--type"),
                               .owner = cli_option(cli, "--owner") };
    bool tried = cli_flag(cli, "--tried");
    holdings_tried took;
    holdings_hit *hits;
    size_t count;
    node_desk *nd;
    ent_buf text;
    ent_str words;

    ENT_TRY(when_read(cli, &search.when, err));
    ENT_TRY(near_read(cli, &search, err));
    if (limit != NULL && (search.limit = strtoul(limit, NULL, 10)) == 0)
        return ent_fail(err, ENT_USAGE, "--limit '%s' is no number above 0", limit);
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    ent_buf_init(&text, cli->arena);
    for (int i = 0; i < cli->argc; i++)
        ent_buf_printf(&text, "%s%s", i > 0 ? " " : "", cli->argv[i]);
    ENT_TRY(ent_buf_done(&text, &words, err));
    search.text = words.ptr == NULL ? "" : words.ptr;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
    search.tried = tried ? &took : NULL;
    if (search.owner != NULL && strcmp(search.owner, node_desk_home(nd)->code) == 0)
        search.owner = "";
    ENT_TRY(holdings_find(node_desk_desk(nd)->store, cli->arena, &search, &hits, &count, err));
    if (tried)
        ENT_TRY(tried_show(cli, &took, hits, count, err));
    for (size_t i = 0; i < count; i++) {
        cli_account_saw(cli, hits[i].row.id);
        ENT_TRY(hit_show(cli, nd, &hits[i], err));
    }
    return count > 0 ? ENT_OK : ent_fail(err, ENT_NO, "nothing is held about '%s'", search.text);
}

const cli_command cli_search = {
    .name = "search",
    .usage = "TEXT [--type T] [--from T --to T] [--near LAT,LON,KM] [--owner "
             "CODE] [--limit N] [--tried]",
    .summary = "find what is held about a name, a number, any words, in every script",
    .help = "Names are found whatever script or romanisation they are written "
            "in; numbers with and\n"
            "without their breaks; a match key (doc:QBZ:650018823) exactly.  "
            "Best first; 100 at most\n"
            "unless --limit says otherwise.  --from and --to take dates and "
            "bound when the fact was\n"
            "true; --near finds places within KM kilometres and what is tied "
            "to them.  An empty TEXT\n"
            "finds everything within the bounds.  Exit status 1 when nothing "
            "is found.\n"
            "--tried says first what the words were taken for: each word in Latin "
            "letters, the\n"
            "skeleton that it shares with other spellings, and the spellings it was "
            "met in.\n\n"
            "  entente search Juranayev --type identity\n",
    .run = run,
};
