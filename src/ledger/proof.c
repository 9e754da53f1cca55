#include "ledger/proof.h"

#include "base/limits.h"
#include "base/text.h"

#include <inttypes.h>

static const char first_line[] = "c2sp.org/tlog-proof@v1";

ent_code ledger_proof_write(ent_arena *arena, const ledger_proof_text *proof, ent_str *text,
                            ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "%s\n", first_line);
    if (proof->has_extra) {
        ent_buf_c(&buf, "extra ");
        ent_base64_write(&buf, proof->extra.ptr, proof->extra.size);
        ent_buf_byte(&buf, '\n');
    }
    ent_buf_printf(&buf, "index %" PRIu64 "\n", proof->index);
    for (size_t i = 0; i < proof->count; i++) {
        ent_base64_write(&buf, proof->hashes[i].bytes, ENT_HASH_SIZE);
        ent_buf_byte(&buf, '\n');
    }
    ent_buf_byte(&buf, '\n');
    ent_buf_str(&buf, proof->checkpoint);
    return ent_buf_done(&buf, text, err);
}

/* One line off the front, without its newline; false if there is none. */
static bool line_take(ent_str *lines, ent_str *line)
{
    const char *end = lines->size == 0 ? NULL : memchr(lines->ptr, '\n', lines->size);

    if (end == NULL)
        return false;
    *line = (ent_str){ lines->ptr, (size_t)(end - lines->ptr) };
    *lines = (ent_str){ end + 1, lines->size - line->size - 1 };
    return true;
}

/* Takes `prefix` off the front of a line. */
static bool prefix_take(ent_str *line, ent_str prefix)
{
    if (!ent_str_starts(*line, prefix))
        return false;
    *line = (ent_str){ line->ptr + prefix.size, line->size - prefix.size };
    return true;
}

/* Decimal digits without leading zeros, in 63 bits. */
static bool index_read(ent_str text, uint64_t *index)
{
    *index = 0;
    if (text.size == 0 || text.size > 18 || (text.size > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *index = *index * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

static ent_code hashes_read(ent_arena *arena, ent_str *text, ledger_proof_text *proof, ent_err *err)
{
    ent_str line;

    for (;;) {
        ent_span bytes = { NULL, 0 };

        if (!line_take(text, &line))
            return ent_fail(err, ENT_FORMAT,
                            "there is no empty line before the checkpoint [C2SP tlog-proof]");
        if (line.size == 0)
            return ENT_OK;
        if (proof->count == LEDGER_HEIGHT_MAX)
            return ent_fail(err, ENT_FORMAT, "there are more than %d hashes [C2SP tlog-proof]",
                            LEDGER_HEIGHT_MAX);
        if (ent_base64_read(arena, line, &bytes, err) != ENT_OK)
            return ent_context(err, "hash %zu", proof->count);
        if (bytes.size != ENT_HASH_SIZE)
            return ent_fail(err, ENT_FORMAT, "hash %zu has %zu bytes, not %d [C2SP tlog-proof]",
                            proof->count, bytes.size, ENT_HASH_SIZE);
        memcpy(proof->hashes[proof->count++].bytes, bytes.ptr, ENT_HASH_SIZE);
    }
}

ent_code ledger_proof_read(ent_arena *arena, ent_str text, ledger_proof_text *proof, ent_err *err)
{
    ent_str line;

    *proof = (ledger_proof_text){ 0 };
    if (text.size > (size_t)ENT_LIMIT_NOTE_SIZE + 2 * (size_t)ENT_LIMIT_ENTRY_SIZE)
        return ent_fail(err, ENT_LIMIT, "a proof has %zu bytes, more than any can have", text.size);
    if (!line_take(&text, &line) || !ent_str_is(line, first_line))
        return ent_fail(err, ENT_FORMAT, "the first line is not '%s' [C2SP tlog-proof]",
                        first_line);
    if (!line_take(&text, &line))
        return ent_fail(err, ENT_FORMAT, "there is no line 'index N' [C2SP tlog-proof]");
    if (prefix_take(&line, ENT_STR("extra "))) {
        proof->has_extra = true;
        if (ent_base64_read(arena, line, &proof->extra, err) != ENT_OK)
            return ent_context(err, "the line 'extra'");
        if (!line_take(&text, &line))
            return ent_fail(err, ENT_FORMAT, "there is no line 'index N' [C2SP tlog-proof]");
    }
    if (!prefix_take(&line, ENT_STR("index ")) || !index_read(line, &proof->index))
        return ent_fail(err, ENT_FORMAT, "there is no line 'index N' [C2SP tlog-proof]");
    ENT_TRY(hashes_read(arena, &text, proof, err));
    if (text.size == 0)
        return ent_fail(err, ENT_FORMAT, "there is no checkpoint [C2SP tlog-proof]");
    proof->checkpoint = text;
    return ENT_OK;
}
