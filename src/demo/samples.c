/* The sample files of examples/: the embedded story, encoded. */
#include "demo/demo.h"

#include "demo/encode.h"
#include "node/files.h"

extern const unsigned char demo_embedded_story[];
extern const unsigned long demo_embedded_story_size;

ent_str demo_story_embedded(void)
{
    return (ent_str){ (const char *)demo_embedded_story, demo_embedded_story_size };
}

ent_code demo_samples_write(ent_arena *arena, const char *dir, ent_err *err)
{
    demo_ids ids;
    story s;

    ENT_TRY(demo_story_read(arena, demo_story_embedded(), &s, err));
    ENT_TRY(demo_ids_make(arena, &s, demo_sample_id, NULL, &ids, err));
    for (size_t i = 0; i < s.service_count; i++) {
        char uuid[37];
        ent_str text;

        demo_sample_id(NULL, "bundle", s.services[i].id, ENT_STR(""), uuid);
        ENT_TRY(demo_encode(arena, &s, i, demo_story_day(&s), &ids, uuid, &text, err));
        ENT_TRY(node_file_write(
            node_path(arena, "%s/%.*s.stix.json", dir, ENT_STR_ARG(s.services[i].code)),
            ent_span_of_str(text), 0644, err));
    }
    return ENT_OK;
}
