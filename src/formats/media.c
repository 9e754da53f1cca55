#include "formats/media.h"

#include "base/text.h"

#include <strings.h>

#define TAIL 1024 /* where the last bytes of a kind stand */

static const struct kind {
    const char *type, *first;
    size_t first_size;
    const char *last;
    size_t last_size;
} kinds[] = {
#define X(type, first, first_size, last, last_size) \
    { (type), (first), (first_size), (last), (last_size) },
#include "formats/media.def"
#undef X
};

/* What is refused by name, so that a person knows why. */
static const struct {
    const char *what, *first;
    size_t size;
} refused[] = {
    { "an archive or an office document (ZIP)", "PK\x03\x04", 4 },
    { "an archive (gzip)", "\x1f\x8b", 2 },
    { "an archive (7z)", "7z\xbc\xaf\x27\x1c", 6 },
    { "an archive (RAR)", "Rar!", 4 },
    { "an archive (xz)", "\xfd\x37zXZ", 5 },
    { "an archive (bzip2)", "BZh", 3 },
    { "a program (ELF)",
      "\x7f"
      "ELF",
      4 },
    { "a program (PE)", "MZ", 2 },
    { "a program (Mach-O)", "\xcf\xfa\xed\xfe", 4 },
    { "a program (Java or Mach-O)", "\xca\xfe\xba\xbe", 4 },
    { "an office document (OLE)", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 },
    { "a script", "#!", 2 },
    { "rich text, which can hold programs", "{\\rtf", 5 },
};

static bool begins(ent_str file, const char *bytes, size_t size)
{
    return file.size >= size && memcmp(file.ptr, bytes, size) == 0;
}

static bool holds(ent_str text, const char *bytes, size_t size)
{
    for (size_t i = 0; i + size <= text.size; i++)
        if (memcmp(text.ptr + i, bytes, size) == 0)
            return true;
    return false;
}

static bool holds_word(ent_str text, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.ptr + i, word, size) == 0)
            return true;
    return false;
}

/* An archive may stand behind an image, and both open: its directory ends the file. */
static bool hides_archive(ent_str file)
{
    static const char mark[] = "PK\x05\x06";
    size_t from = file.size > 65557 ? file.size - 65557 : 0;

    for (size_t i = from; i + 22 <= file.size; i++)
        if (memcmp(file.ptr + i, mark, 4) == 0) {
            size_t comment =
                (unsigned char)file.ptr[i + 20] | (size_t)(unsigned char)file.ptr[i + 21] << 8;

            if (i + 22 + comment == file.size)
                return true;
        }
    return false;
}

/* Why it is no plain text, or NULL. */
static const char *text_wrong(ent_str file)
{
    static const char *const markup[] = { "<html", "<!doctype", "<svg",    "<script",
                                          "<?xml", "<body",     "<iframe", "<?php" };
    ent_str head = { file.ptr, file.size < 4096 ? file.size : 4096 };

    if (!ent_utf8_valid(file))
        return "of no kind that may be attached: PDF, PNG, JPEG, TIFF, GIF or plain UTF-8 text";
    for (size_t i = 0; i < file.size; i++)
        if (((unsigned char)file.ptr[i] < ' ' && strchr("\t\n\r\f", file.ptr[i]) == NULL) ||
            file.ptr[i] == '\0' || file.ptr[i] == 0x7f)
            return "text with control characters";
    for (size_t i = 0; i < sizeof markup / sizeof *markup; i++)
        if (holds_word(head, markup[i]))
            return "markup (HTML, SVG, XML), which can act when it is opened";
    return NULL;
}

static ent_code refuse(const char *what, ent_err *err)
{
    return ent_fail(err, ENT_DENIED, "the file is %s, and is not attached", what);
}

ent_code formats_media_type(ent_str file, const char **type, ent_err *err)
{
    ent_str tail = file;
    const char *wrong;

    if (file.size == 0)
        return refuse("empty", err);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (begins(file, refused[i].first, refused[i].size))
            return refuse(refused[i].what, err);
    if (hides_archive(file))
        return refuse("one that hides an archive behind its end", err);
    if (tail.size > TAIL)
        tail = (ent_str){ file.ptr + file.size - TAIL, TAIL };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!begins(file, kinds[i].first, kinds[i].first_size))
            continue;
        if (!holds(tail, kinds[i].last, kinds[i].last_size))
            return refuse("cut off, or something stands behind its end", err);
        *type = kinds[i].type;
        return ENT_OK;
    }
    wrong = text_wrong(file);
    if (wrong != NULL)
        return refuse(wrong, err);
    *type = "text/plain";
    return ENT_OK;
}

bool formats_media_known(ent_str type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(type, kinds[i].type))
            return true;
    return ent_str_is(type, "text/plain");
}
