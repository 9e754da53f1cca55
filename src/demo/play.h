/*
 * demo/play (private) -- the nodes of a running demo, its commands and its report.
 *
 * play.c      commands as child processes, and what they answered
 * nodes.c     a node for each service: made, filled, served, linked, ended
 * made.c      records, a hypothesis and plans for what a story does not have
 * report.c    what is told to the reader, what must hold, what was got
 * steps*.c    the steps of a story
 */
#ifndef ENT_DEMO_PLAY_H
#define ENT_DEMO_PLAY_H

#include <sys/types.h>

#include "base/json_write.h"
#include "demo/demo.h"
#include "demo/encode.h"
#include "graph/graph.h"

#define DEMO_STORY_STEPS 8              /* of a story file */
#define DEMO_STEPS       DEMO_LAST_STEP /* and of the case that follows, see demo/timeline.h */

typedef struct demo_node {
    size_t service;
    const char *code, *home;
    pid_t serve; /* 0: not running */
    int out;     /* its standard output, or -1 */
    char border[256], client[256], address[64];
    ent_str *known; /* by entity: its id at this node; .ptr NULL: not held */
} demo_node;

typedef struct demo_must {
    ent_str what;
    bool ok;
    const char *skipped; /* why it could not be checked; then `ok` says nothing */
} demo_must;

/* A record that no story has. */
typedef struct demo_made_row {
    const demo_node *node;
    ent_str id;
    char mark;
} demo_made_row;

typedef struct demo_person demo_person; /* demo/people.c */
#define DEMO_PEOPLE 128

typedef struct demo {
    ent_arena *arena;
    const demo_options *options;
    bool builtin; /* the story in this program: more is checked */
    story s;
    demo_ids ids;
    const char *dir, *work; /* `work`: our own folder in it, removed at the end */
    const char *time;       /* of the exercise clock */
    demo_node *nodes;
    const char *agreement;
    demo_made_row *made;
    size_t made_count, made_room;
    demo_person *people; /* who has logged in */
    size_t person_count;
    bool interrupted;
    /* the step that is played */
    int step;
    const char *step_name;
    demo_must *musts;
    size_t must_count, must_room;
    ent_buf got_buf;
    ent_jw got;
    size_t passed, failed, skipped;
    size_t step_made[DEMO_STEPS + 1], step_broken[DEMO_STEPS + 1]; /* checks, by step */
    bool after_check; /* the last line was a check: the next sentence stands apart */
} demo;

/* ---- commands ---- */

typedef struct demo_result {
    int exit;
    ent_str out, err; /* `err` without "entente: " and its line end */
    ent_json *lines;  /* of `out` */
    size_t line_count;
} demo_result;

/* Runs `entente --home HOME --json [--as USER] ARGUMENT...`; `arguments` ends with NULL.  An
 * answer that is no JSON Lines is a failure with exit status 70.
 * UNAVAILABLE  it could not be started, or the user ended the demo */
ENT_MUST_USE ent_code demo_command(demo *d, const demo_node *node, const char *user,
                                   const char *const *arguments, demo_result *result, ent_err *err);
#define DEMO_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A pipe with the session of a user, for a command to begin with (node/command.h), who logs in where
 * that has not been; -1: none, and the command asks for the passphrase. */
int demo_person_give(demo *d, const demo_node *node, const char *user);
void demo_people_leave(demo *d); /* wipes */

/* Repeats the command every tenth of a second until `done` says yes; *yes false: it did not
 * within `seconds`. */
typedef bool (*demo_done)(void *arg, const demo_result *result);
ENT_MUST_USE ent_code demo_until(demo *d, const demo_node *node, const char *user,
                                 const char *const *arguments, demo_done done, void *arg,
                                 unsigned seconds, bool *yes, ent_err *err);

/* The first line, or none. */
ent_json demo_first(const demo_result *result);

/* Starts and ends a node's `serve`.  UNAVAILABLE if it does not come up. */
ENT_MUST_USE ent_code demo_serve(demo *d, demo_node *node, ent_err *err);
void demo_serve_end(demo_node *node);
/* Ends it as a power cut would. */
void demo_serve_kill(demo_node *node);

int64_t demo_clock_ms(void); /* of the real clock, never set back */
/* Waits for a signal, at most `milliseconds`; sets d->interrupted. */
void demo_wait(demo *d, int milliseconds);

const char *demo_text(demo *d, ent_str text); /* with a NUL; "" when the arena is full */

/* ---- nodes ---- */

/* A demo_id_fn: an id that is made from a name is a key that can be guessed. */
void demo_random_id(void *arg, const char *kind, ent_str service, ent_str id, char uuid[37]);
ENT_MUST_USE ent_code demo_nodes_make(demo *d, ent_err *err);
void demo_nodes_end(demo *d);
/* One more node, of no service of the story: with people, and nothing in it; served. */
ENT_MUST_USE ent_code demo_node_empty(demo *d, demo_node *node, const char *name, ent_err *err);
/* Invites, joins and confirms; *same false: the two ends show other words. */
ENT_MUST_USE ent_code demo_link_make(demo *d, const demo_node *a, const demo_node *b, bool *same,
                                     ent_err *err);
/* Two officers of a node sign what has reached it, or will within a minute. */
ENT_MUST_USE ent_code demo_agreement_sign(demo *d, const demo_node *node, const char *agreement,
                                          ent_err *err);
/* Waits until it is in force there. */
ENT_MUST_USE ent_code demo_agreement_wait(demo *d, const demo_node *node, const char *agreement,
                                          bool *yes, ent_err *err);
/* The entity that a node knows by this id, or SIZE_MAX. */
size_t demo_entity_of(const demo *d, const demo_node *node, ent_str id);
/* The story's id of it, or the id itself. */
ent_str demo_story_id(const demo *d, const demo_node *node, ent_str id);

/* Copies DIR's tree below `from` to `to`; removes a tree. */
ENT_MUST_USE ent_code demo_tree_copy(demo *d, const char *from, const char *to, ent_err *err);
void demo_tree_remove(const char *path);
/* Calls `file` for every file below `path`. */
typedef ent_code (*demo_file_fn)(void *arg, const char *path, ent_err *err);
ENT_MUST_USE ent_code demo_tree_each(demo *d, const char *path, demo_file_fn file, void *arg,
                                     ent_err *err);

/* ---- what no story has ---- */

/* Takes rows into a node, and links between them (`a`, `b`: numbers of rows), marked M and rated B2
 * unless they say otherwise; `ids`: what the rows are called there. */
ENT_MUST_USE ent_code demo_made(demo *d, const demo_node *node, story_entity *rows, size_t count,
                                story_link *links, size_t link_count, ent_str *ids, ent_err *err);
/* The mark of a record that was made at this node, or NUL. */
char demo_made_mark(const demo *d, const demo_node *node, ent_str id);
/* A hypothesis over records that are made for it, whose answer is known beforehand. */
ENT_MUST_USE ent_code demo_made_hypothesis(demo *d, ent_err *err);
/* Plans behind those of the story, of which exactly two clash, are among the story's from now on;
 * *first: the number of the first. */
ENT_MUST_USE ent_code demo_made_plans(demo *d, size_t *first, ent_err *err);

/* ---- report ---- */

void demo_step_begin(demo *d, int step, const char *name, const char *title);
void demo_step_end(demo *d);
/* A sentence of the story as it goes. */
void demo_say(demo *d, const char *fmt, ...) ENT_PRINTF(2, 3);
/* A line as it is, for what is aligned. */
void demo_line(demo *d, const char *fmt, ...) ENT_PRINTF(2, 3);
/* What must hold, and whether it does; `ok` is returned. */
bool demo_check(demo *d, bool ok, const char *fmt, ...) ENT_PRINTF(3, 4);
/* What could not be checked, and why. */
void demo_skip(demo *d, const char *why, const char *fmt, ...) ENT_PRINTF(3, 4);
void demo_last(demo *d);

/* "pair":[...] into what was got. */
void demo_pair_write(demo *d, const size_t pair[2]);

/* ---- steps ---- */

#define DEMO_EXIT_NO      1
#define DEMO_EXIT_REFUSED 77

ENT_MUST_USE ent_code demo_agree(demo *d, ent_err *err);
ENT_MUST_USE ent_code demo_match(demo *d, ent_err *err);
ENT_MUST_USE ent_code demo_no_paths(demo *d, ent_err *err);
ENT_MUST_USE ent_code demo_release(demo *d, ent_err *err);
/* Whether a node has all of a chain; `result`: its answer. */
ENT_MUST_USE ent_code demo_chain_whole(demo *d, const demo_node *node, const story_chain *chain,
                                       bool *whole, demo_result *result, ent_err *err);
/* The story's entities of `in` (by entity), with the links between them, as a graph: what must hold,
 * by the story alone. */
ENT_MUST_USE ent_code demo_story_graph(demo *d, const bool *in, graph **g, ent_err *err);
/* The service with this node's code, or SIZE_MAX. */
size_t demo_service_of(const demo *d, ent_str code);
ENT_MUST_USE ent_code demo_hypotheses(demo *d, ent_err *err);
ENT_MUST_USE ent_code demo_plans(demo *d, ent_err *err);
/* Each owner enters its plans from the number `first` on, all compare, and exactly the story's
 * clashes are seen. */
ENT_MUST_USE ent_code demo_plans_enter(demo *d, size_t first, ent_err *err);
ENT_MUST_USE ent_code demo_names(demo *d, ent_err *err);
ENT_MUST_USE ent_code demo_secrets(demo *d, ent_err *err);
/* The search alone: what crossed the links and what others keep has none of the secrets. */
ENT_MUST_USE ent_code demo_secrets_search(demo *d, ent_err *err);
/* The case: steps 9 to `last` (timeline.c). */
ENT_MUST_USE ent_code demo_timeline(demo *d, int last, ent_err *err);
/* A changed bit in a copy of a log (tamper.c); part of step 8. */
ENT_MUST_USE ent_code demo_tamper(demo *d, ent_err *err);

/* Changes a bit in the largest file below a folder; *changed false: there is none. */
ENT_MUST_USE ent_code demo_largest_flip(demo *d, const char *folder, bool *changed, ent_err *err);

#endif
