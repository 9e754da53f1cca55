/*
 * demo/demo -- plays a story on real nodes of this machine and checks what comes of it.
 *
 * One node for each service of the story, each with its own home, linked and run by this
 * program's own commands as child processes: nothing here opens a store, decides or signs,
 * so that what passes here passes for anybody.  Its people log in once each, as at the
 * console (demo/people.c).  Each step says in plain words what was
 * done, and reports what must hold, with what the nodes really answered in the ids of the
 * story.  A check that could not be made is reported as skipped, never as kept.
 */
#ifndef ENT_DEMO_DEMO_H
#define ENT_DEMO_DEMO_H

#include "base/arena.h"
#include "base/err.h"

#define DEMO_LAST_STEP 41

typedef struct demo_options {
    const char *dir;      /* NULL: a new temporary folder */
    const char *scenario; /* NULL: the story in this program; "-": standard input */
    bool keep;            /* leave the folder */
    bool json;            /* a line for each step */
    bool color;
    bool stay;     /* keep the nodes running at the end until the user ends it */
    int last_step; /* 0: all */
} demo_options;

/* NO if something that must hold did not. */
ENT_MUST_USE ent_code demo_run(ent_arena *arena, const demo_options *options, ent_err *err);

/* The story in this program. */
ent_str demo_story_embedded(void);

/* Writes each service's holdings of the embedded story to DIR/CODE.stix.json, with the ids
 * of sample files. */
ENT_MUST_USE ent_code demo_samples_write(ent_arena *arena, const char *dir, ent_err *err);

#endif
