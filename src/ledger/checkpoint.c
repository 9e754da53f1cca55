#include "ledger/checkpoint.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>

ent_code ledger_checkpoint_write(ent_arena *arena, const ledger_checkpoint *head, ent_str *text,
                                 ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, head->origin);
    ent_buf_printf(&buf, "\n%" PRIu64 "\n", head->size);
    ent_base64_write(&buf, head->root.bytes, ENT_HASH_SIZE);
    ent_buf_byte(&buf, '\n');
    ent_buf_str(&buf, head->extensions);
    return ent_buf_done(&buf, text, err);
}

static bool line_take(ent_str *lines, ent_str *line)
{
    const char *end = lines->size == 0 ? NULL : memchr(lines->ptr, '\n', lines->size);

    if (end == NULL)
        return false;
    *line = (ent_str){ lines->ptr, (size_t)(end - lines->ptr) };
    *lines = (ent_str){ end + 1, lines->size - line->size - 1 };
    return true;
}

/* Decimal, no leading zero. */
static bool size_read(ent_str text, uint64_t *size)
{
    *size = 0;
    if (text.size == 0 || text.size > 19 || (text.ptr[0] == '0' && text.size > 1))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *size = *size * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

ent_code ledger_checkpoint_read(ent_arena *arena, ent_str text, ledger_checkpoint *head,
                                ent_err *err)
{
    ent_str origin, size, root, line;
    ent_span bytes = { NULL, 0 };
    ent_hash empty;
    ent_code rc;

    *head = (ledger_checkpoint){ 0 };
    if (!line_take(&text, &origin) || !line_take(&text, &size) || !line_take(&text, &root))
        return ent_fail(err, ENT_FORMAT,
                        "a checkpoint has fewer than three lines [C2SP tlog-checkpoint]");
    if (origin.size == 0)
        return ent_fail(err, ENT_FORMAT, "a checkpoint has no origin [C2SP tlog-checkpoint]");
    if (!size_read(size, &head->size))
        return ent_fail(err, ENT_FORMAT,
                        "line 2 of a checkpoint is no size [C2SP tlog-checkpoint]");
    rc = ent_base64_read(arena, root, &bytes, err);
    if (rc == ENT_LIMIT)
        return rc;
    if (rc != ENT_OK || bytes.size != ENT_HASH_SIZE)
        return ent_fail(err, ENT_FORMAT,
                        "line 3 of a checkpoint is no root hash in base64 [C2SP tlog-checkpoint]");
    head->origin = origin;
    memcpy(head->root.bytes, bytes.ptr, ENT_HASH_SIZE);
    empty = ent_hash_of("", 0);
    if (head->size == 0 && !ent_hash_equal(&head->root, &empty))
        return ent_fail(err, ENT_FORMAT,
                        "a checkpoint of no entries has another root than the empty tree's "
                        "[RFC 9162 s2.1.1]");
    head->extensions = text;
    while (text.size > 0)
        if (!line_take(&text, &line) || line.size == 0)
            return ent_fail(err, ENT_FORMAT,
                            "an extension line of a checkpoint is empty [C2SP tlog-checkpoint]");
    return ENT_OK;
}

static ent_code head_sign(ent_arena *arena, const ledger_checkpoint *head, const char *name,
                          uint8_t type, const uint8_t secret[64], uint64_t seconds, ent_str *note,
                          ent_err *err)
{
    ledger_key key = { .name = ent_str_of(name), .type = type };
    ent_str text, line;
    ent_buf buf;

    (void)crypto_sign_ed25519_sk_to_pk(key.key, secret);
    ENT_TRY(ledger_checkpoint_write(arena, head, &text, err));
    ENT_TRY(ledger_note_sign(arena, text, &key, secret, seconds, &line, err));
    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, text);
    ent_buf_byte(&buf, '\n');
    ent_buf_str(&buf, line);
    return ent_buf_done(&buf, note, err);
}

ent_code ledger_checkpoint_sign(ent_arena *arena, const ledger_checkpoint *head, const char *name,
                                const uint8_t secret[64], ent_str *note, ent_err *err)
{
    return head_sign(arena, head, name, LEDGER_ED25519, secret, 0, note, err);
}

ent_code ledger_checkpoint_cosign(ent_arena *arena, const ledger_checkpoint *head, const char *name,
                                  const uint8_t secret[64], uint64_t seconds, ent_str *note,
                                  ent_err *err)
{
    return head_sign(arena, head, name, LEDGER_COSIGNATURE, secret, seconds, note, err);
}

ent_code ledger_checkpoint_open(ent_arena *arena, ent_str bytes, const char *origin,
                                const ledger_key *key, ledger_checkpoint *head, uint64_t *seconds,
                                ent_err *err)
{
    ledger_note note;

    ENT_TRY(ledger_note_read(bytes, &note, err));
    ENT_TRY(ledger_checkpoint_read(arena, note.text, head, err));
    if (!ent_str_is(head->origin, origin))
        return ent_fail(err, ENT_UNTRUSTED, "the checkpoint is of the log '%.*s', not of '%s'",
                        head->origin.size > 80 ? 80 : (int)head->origin.size, head->origin.ptr,
                        origin);
    if (ledger_note_verify(arena, &note, key, seconds, err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_UNTRUSTED, "the checkpoint is not signed by '%.*s'",
                              ENT_STR_ARG(key->name))
                   : err->code;
    return ENT_OK;
}
