#include "ledger/note.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

/* U+2014 EM DASH and a blank begin a signature line. */
#define DASH      "\xe2\x80\x94 "
#define DASH_SIZE (sizeof DASH - 1)

static void key_id(const ledger_key *key, uint8_t id[4])
{
    const uint8_t newline = 0x0a;
    const ent_span pieces[] = {
        { key->name.ptr, key->name.size },
        { &newline, 1 },
        { &key->type, 1 },
        { key->key, 32 },
    };
    ent_hash hash = ent_hash_pieces(pieces, 4);

    memcpy(id, hash.bytes, 4);
}

static bool name_valid(ent_str name)
{
    if (name.size == 0 || !ent_utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.ptr[i] <= ' ' || name.ptr[i] == '+' || name.ptr[i] == 0x7f)
            return false;
    return true;
}

/* One line off the front of *lines, without its newline; false if there is none. */
static bool line_take(ent_str *lines, ent_str *line)
{
    const char *end = lines->size == 0 ? NULL : memchr(lines->ptr, '\n', lines->size);

    if (end == NULL)
        return false;
    *line = (ent_str){ lines->ptr, (size_t)(end - lines->ptr) };
    *lines = (ent_str){ end + 1, lines->size - line->size - 1 };
    return true;
}

/* "— NAME BASE64" */
static ent_code signature_split(ent_str line, ent_str *name, ent_str *base64, ent_err *err)
{
    const char *blank;

    if (!ent_str_starts(line, ENT_STR(DASH)))
        return ent_fail(err, ENT_FORMAT,
                        "a signature line does not begin with an em dash [C2SP signed-note]");
    line = (ent_str){ line.ptr + DASH_SIZE, line.size - DASH_SIZE };
    blank = line.size == 0 ? NULL : memchr(line.ptr, ' ', line.size);
    if (blank == NULL)
        return ent_fail(err, ENT_FORMAT, "a signature line has no signature [C2SP signed-note]");
    *name = (ent_str){ line.ptr, (size_t)(blank - line.ptr) };
    *base64 = (ent_str){ blank + 1, line.size - name->size - 1 };
    if (!name_valid(*name))
        return ent_fail(
            err, ENT_FORMAT,
            "a key's name has white space or '+' in it, or is empty [C2SP signed-note]");
    return ENT_OK;
}

/* The last empty line divides text and signatures. */
static const char *divide(ent_str bytes)
{
    for (size_t i = bytes.size; i >= 2; i--)
        if (bytes.ptr[i - 1] == '\n' && bytes.ptr[i - 2] == '\n')
            return bytes.ptr + i;
    return NULL;
}

ent_code ledger_note_read(ent_str bytes, ledger_note *note, ent_err *err)
{
    const char *signatures;
    ent_str rest, line, name, base64;
    size_t count = 0;

    if (bytes.size > ENT_LIMIT_NOTE_SIZE)
        return ent_fail(err, ENT_LIMIT, "a note has %zu bytes, more than %d", bytes.size,
                        ENT_LIMIT_NOTE_SIZE);
    if (!ent_utf8_valid(bytes))
        return ent_fail(err, ENT_FORMAT, "a note is not UTF-8 [C2SP signed-note]");
    for (size_t i = 0; i < bytes.size; i++)
        if ((unsigned char)bytes.ptr[i] < 0x20 && bytes.ptr[i] != '\n')
            return ent_fail(err, ENT_FORMAT,
                            "a note has a control character at byte %zu [C2SP signed-note]", i);
    signatures = divide(bytes);
    if (signatures == NULL)
        return ent_fail(err, ENT_FORMAT,
                        "a note has no empty line before its signatures [C2SP signed-note]");
    note->text = (ent_str){ bytes.ptr, (size_t)(signatures - bytes.ptr) - 1 };
    note->signatures = (ent_str){ signatures, bytes.size - note->text.size - 1 };
    for (rest = note->signatures; line_take(&rest, &line); count++)
        ENT_TRY(signature_split(line, &name, &base64, err));
    if (rest.size > 0)
        return ent_fail(err, ENT_FORMAT, "a note's last line has no newline [C2SP signed-note]");
    if (count == 0)
        return ent_fail(err, ENT_FORMAT, "a note has no signature [C2SP signed-note]");
    if (count > ENT_LIMIT_NOTE_SIGNATURES)
        return ent_fail(err, ENT_LIMIT, "a note has %zu signatures, more than %d", count,
                        ENT_LIMIT_NOTE_SIGNATURES);
    return ENT_OK;
}

/* What is signed: the text itself, or for a cosignature a header with the time before it. */
static ent_code message_make(ent_arena *arena, ent_str text, uint8_t type, uint64_t seconds,
                             ent_str *message, ent_err *err)
{
    ent_buf buf;

    if (type == LEDGER_ED25519) {
        *message = text;
        return ENT_OK;
    }
    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf, "cosignature/v1\ntime %" PRIu64 "\n", seconds);
    ent_buf_str(&buf, text);
    return ent_buf_done(&buf, message, err);
}

/* `blob` is behind the key id. */
static ent_code signature_verify(ent_arena *arena, const ledger_note *note, const ledger_key *key,
                                 const uint8_t *blob, size_t size, uint64_t *seconds, ent_err *err)
{
    size_t stamp = key->type == LEDGER_COSIGNATURE ? 8 : 0;
    uint64_t time = 0;
    ent_str message;

    if (size != stamp + crypto_sign_BYTES)
        return ent_fail(err, ENT_UNTRUSTED, "the signature of '%.*s' has a wrong size",
                        ENT_STR_ARG(key->name));
    for (size_t i = 0; i < stamp; i++)
        time = time << 8 | blob[i];
    ENT_TRY(message_make(arena, note->text, key->type, time, &message, err));
    if (crypto_sign_verify_detached(blob + stamp, (const uint8_t *)message.ptr, message.size,
                                    key->key) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the signature of '%.*s' does not verify",
                        ENT_STR_ARG(key->name));
    if (seconds != NULL)
        *seconds = time;
    return ENT_OK;
}

ent_code ledger_note_verify(ent_arena *arena, const ledger_note *note, const ledger_key *key,
                            uint64_t *seconds, ent_err *err)
{
    ent_str rest = note->signatures, line, name, base64;
    bool found = false;
    uint8_t id[4];

    key_id(key, id);
    while (line_take(&rest, &line)) {
        const uint8_t *bytes;
        ent_span blob;

        ENT_TRY(signature_split(line, &name, &base64, err));
        if (ent_base64_read(arena, base64, &blob, err) != ENT_OK)
            return ent_context(err, "the signature of '%.*s'", ENT_STR_ARG(name));
        bytes = blob.ptr;
        if (blob.size < 5)
            return ent_fail(err, ENT_FORMAT, "a signature has only %zu bytes [C2SP signed-note]",
                            blob.size);
        if (!ent_str_equal(name, key->name) || memcmp(bytes, id, 4) != 0)
            continue;
        ENT_TRY(signature_verify(arena, note, key, bytes + 4, blob.size - 4, seconds, err));
        found = true;
    }
    if (!found)
        return ent_fail(err, ENT_NOT_FOUND, "the note is not signed by '%.*s'",
                        ENT_STR_ARG(key->name));
    return ENT_OK;
}

ent_code ledger_note_sign(ent_arena *arena, ent_str text, const ledger_key *key,
                          const uint8_t secret[64], uint64_t seconds, ent_str *line, ent_err *err)
{
    uint8_t blob[4 + 8 + crypto_sign_BYTES];
    size_t size = 4;
    ent_str message;
    ent_buf buf;

    if (!name_valid(key->name) || text.size == 0 || text.ptr[text.size - 1] != '\n')
        return ent_fail(err, ENT_FORMAT,
                        "a note's text ends in a newline and its key has a plain name");
    key_id(key, blob);
    if (key->type == LEDGER_COSIGNATURE)
        for (int i = 0; i < 8; i++)
            blob[size++] = (uint8_t)(seconds >> (56 - 8 * i));
    ENT_TRY(message_make(arena, text, key->type, seconds, &message, err));
    (void)crypto_sign_detached(blob + size, NULL, (const uint8_t *)message.ptr, message.size,
                               secret);
    size += crypto_sign_BYTES;
    ent_buf_init(&buf, arena);
    ent_buf_c(&buf, DASH);
    ent_buf_str(&buf, key->name);
    ent_buf_byte(&buf, ' ');
    ent_base64_write(&buf, blob, size);
    ent_buf_byte(&buf, '\n');
    return ent_buf_done(&buf, line, err);
}

ent_code ledger_vkey_write(ent_arena *arena, const ledger_key *key, ent_str *text, ent_err *err)
{
    uint8_t id[4], typed[33];
    char hex[9];
    ent_buf buf;

    key_id(key, id);
    ent_hex_write(id, 4, hex);
    typed[0] = key->type;
    memcpy(typed + 1, key->key, 32);
    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, key->name);
    ent_buf_printf(&buf, "+%s+", hex);
    ent_base64_write(&buf, typed, sizeof typed);
    return ent_buf_done(&buf, text, err);
}

ent_code ledger_vkey_read(ent_arena *arena, ent_str text, ledger_key *key, ent_err *err)
{
    const char *plus = text.size == 0 ? NULL : memchr(text.ptr, '+', text.size);
    uint8_t id[4], want[4];
    ent_span typed;
    ent_str rest;

    if (plus == NULL)
        return ent_fail(err, ENT_FORMAT, "a key is written NAME+id+base64 [C2SP signed-note]");
    *key = (ledger_key){ .name = { text.ptr, (size_t)(plus - text.ptr) } };
    rest = (ent_str){ plus + 1, text.size - key->name.size - 1 };
    if (!name_valid(key->name) || rest.size < 10 || rest.ptr[8] != '+')
        return ent_fail(err, ENT_FORMAT, "a key is written NAME+id+base64 [C2SP signed-note]");
    ENT_TRY(ent_hex_read((ent_str){ rest.ptr, 8 }, id, 4, err));
    ENT_TRY(ent_base64_read(arena, (ent_str){ rest.ptr + 9, rest.size - 9 }, &typed, err));
    if (typed.size != 33)
        return ent_fail(err, ENT_FORMAT, "a key of %zu bytes is no Ed25519 key [C2SP signed-note]",
                        typed.size);
    key->type = *(const uint8_t *)typed.ptr;
    memcpy(key->key, (const uint8_t *)typed.ptr + 1, 32);
    if (key->type != LEDGER_ED25519 && key->type != LEDGER_COSIGNATURE)
        return ent_fail(err, ENT_FORMAT, "key type 0x%02x is unknown [C2SP signed-note]",
                        key->type);
    key_id(key, want);
    if (memcmp(id, want, 4) != 0)
        return ent_fail(err, ENT_FORMAT,
                        "the key's id does not belong to the key [C2SP signed-note]");
    return ENT_OK;
}
