/* realpath is of the XSI part of POSIX. */
#define _XOPEN_SOURCE 700
#include "demo/play.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "node/files.h"

typedef ent_code (*step_fn)(demo *d, ent_err *err);

static const step_fn steps[DEMO_STORY_STEPS] = {
    demo_agree,      demo_match, demo_no_paths, demo_release,
    demo_hypotheses, demo_plans, demo_names,    demo_secrets,
};

/* ---- the story and where it is played ---- */

static ent_code stdin_read(demo *d, ent_str *text, ent_err *err)
{
    char piece[4096];
    ent_buf buf;
    size_t got;

    ent_buf_init(&buf, d->arena);
    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0 && buf.size <= ENT_LIMIT_STORY_SIZE)
        ent_buf_put(&buf, piece, got);
    return ent_buf_done(&buf, text, err);
}

static ent_code story_load(demo *d, ent_err *err)
{
    const char *file = d->options->scenario;
    ent_str text = demo_story_embedded();

    d->builtin = file == NULL;
    if (file != NULL && strcmp(file, "-") == 0)
        ENT_TRY(stdin_read(d, &text, err));
    else if (file != NULL)
        ENT_TRY(node_file_read(d->arena, file, ENT_LIMIT_STORY_SIZE, &text, err));
    if (demo_story_read(d->arena, text, &d->s, err) != ENT_OK)
        return ent_context(err, "reading the story '%s'", file == NULL ? "in this program" : file);
    return ENT_OK;
}

static ent_code dir_make(demo *d, ent_err *err)
{
    int year, month, day;

    if (d->options->dir != NULL) {
        char *path = realpath(d->options->dir, NULL);

        if (path == NULL) {
            ENT_TRY(node_folder_make(d->options->dir, err));
            path = realpath(d->options->dir, NULL);
        }
        if (path == NULL)
            return ent_fail(err, ENT_IO, "cannot use the folder '%s': %s", d->options->dir,
                            strerror(errno));
        d->dir = node_path(d->arena, "%s", path);
        free(path);
    } else {
        char *made = (char *)(uintptr_t)node_path(d->arena, "%s", "/tmp/entente-demo-XXXXXX");

        if (mkdtemp(made) == NULL)
            return ent_fail(err, ENT_IO, "cannot make a folder in /tmp: %s", strerror(errno));
        d->dir = made;
    }
    d->work = node_path(d->arena, "%s/.demo", d->dir);
    if (node_file_exists(d->work))
        return ent_fail(err, ENT_CONFLICT, "'%s' holds another demo; give an empty folder", d->dir);
    ent_day_split(demo_story_day(&d->s), &year, &month, &day);
    d->time = node_path(d->arena, "%04d-%02d-%02dT09:00:00Z", year, month, day);
    return node_folder_make(d->work, err);
}

/* ---- the end ---- */

static void addresses_show(demo *d)
{
    demo_line(d, "%s", "");
    for (size_t i = 0; i < d->s.service_count; i++) {
        demo_line(d, "%-8s  home    %s", d->nodes[i].code, d->nodes[i].home);
        demo_line(d, "%-8s  client  %s", "", d->nodes[i].client);
        demo_line(d, "%-8s  border  %s", "", d->nodes[i].border);
    }
}

static void stay(demo *d)
{
    const char *file = node_path(d->arena, "%s/passphrase", d->work);
    ent_str passphrase = ENT_STR("");
    ent_err ignored = { 0 };

    (void)!node_file_read(d->arena, file, ENT_LIMIT_PASSPHRASE_MAX, &passphrase, &ignored);
    (void)printf("\n");
    addresses_show(d);
    demo_say(d,
             "The console of each node is at its client address (the certificate is the node's "
             "own: your browser will ask). Log in as analyst, fdo1 or fdo2; also there are "
             "legal, liaison, case, admin and oversight. Passphrase of all of them, also in %s:",
             file);
    demo_line(d, "%.*s", ENT_STR_ARG(passphrase));
    demo_say(d, "On the command line: entente --home %s path --help", d->nodes[0].home);
    demo_say(d, "The nodes run on. Ctrl-C ends them.");
    while (!d->interrupted)
        demo_wait(d, 1000);
}

static bool is_up(const demo *d)
{
    for (size_t i = 0; d->nodes != NULL && i < d->s.service_count; i++)
        if (d->nodes[i].serve != 0)
            return true;
    return false;
}

static void clear_away(demo *d)
{
    demo_nodes_end(d);
    demo_people_leave(d);
    demo_tree_remove(d->work);
    if (d->options->keep || d->options->dir != NULL) {
        if (!d->options->json)
            demo_say(d, "The homes are in %s.", d->dir);
        return;
    }
    demo_tree_remove(d->dir);
}

static void cast_show(demo *d)
{
    demo_line(d, "%s", "");
    if (d->builtin)
        demo_say(d, "An aircraft is lost; four weeks later a hall is attacked. Three services of "
                    "invented countries each hold a piece, and none would give its files to the "
                    "others. Everybody in this story is invented.");
    for (size_t i = 0; i < d->s.service_count; i++) {
        const story_service *service = &d->s.services[i];
        size_t records = 0;

        for (size_t e = 0; e < d->s.entity_count; e++)
            records += d->s.entities[e].service == i;
        demo_line(d, "   %-8.*s  %.*s%s%.*s%s, %zu records", ENT_STR_ARG(service->code),
                  ENT_STR_ARG(service->name), service->country.size > 0 ? " (" : "",
                  ENT_STR_ARG(service->country), service->country.size > 0 ? ")" : "", records);
    }
}

static ent_code steps_play(demo *d, ent_err *err)
{
    int last = d->options->last_step == 0 ? DEMO_STEPS : d->options->last_step;

    cast_show(d);
    for (int i = 0; i < last && i < DEMO_STORY_STEPS; i++) {
        ent_err failure = { 0 };
        ent_code rc = steps[i](d, &failure);

        if (rc != ENT_OK)
            demo_check(d, false, "the step can be played: %s", failure.msg);
        demo_step_end(d);
        if (rc != ENT_OK)
            return rc;
    }
    return last > DEMO_STORY_STEPS ? demo_timeline(d, last, err) : ENT_OK;
}

static void signals_block(sigset_t *before)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, before);
}

ent_code demo_run(ent_arena *arena, const demo_options *options, ent_err *err)
{
    demo d = { .arena = arena, .options = options };
    sigset_t before;
    ent_code rc;

    ENT_TRY(story_load(&d, err));
    ENT_TRY(dir_make(&d, err));
    signals_block(&before);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader who goes away must not leave nodes behind */
    rc = steps_play(&d, err);
    if (!options->json && is_up(&d))
        addresses_show(&d);
    if (rc == ENT_OK && options->stay && is_up(&d) && !d.interrupted)
        stay(&d);
    clear_away(&d);
    demo_last(&d);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return d.failed == 0 ? ENT_OK
                         : ent_fail(err, ENT_NO, "%zu of what must hold does not", d.failed);
}
