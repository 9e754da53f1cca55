#include "stix/confidence.h"

static const struct row {
    const char *word;
    stix_scale scale;
    int value, least, greatest;
} rows[] = {
#define X(scale, word, value, least, greatest) \
    { (word), STIX_SCALE_##scale, (value), (least), (greatest) },
#include "stix/model/confidence.def"
#undef X
};

const char *stix_confidence_word(stix_scale scale, int64_t confidence)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].scale == scale && confidence >= rows[i].least && confidence <= rows[i].greatest)
            return rows[i].word;
    return NULL;
}

ent_code stix_confidence_value(stix_scale scale, ent_str word, int64_t *confidence, ent_err *err)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].scale == scale && ent_str_is(word, rows[i].word)) {
            *confidence = rows[i].value;
            return ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "the scale has no word '%.*s' [STIX 2.1 appendix A]",
                    ENT_STR_ARG(word));
}
