/* media: what may be attached is known by its content, and everything else is refused. */
#include "test.h"

#include "formats/media.h"

static ent_err err;

static const char *type_of(const char *bytes, size_t size)
{
    const char *type = "none";

    err = (ent_err){ 0 };
    if (formats_media_type((ent_str){ bytes, size }, &type, &err) == ENT_OK)
        return type;
    CHECK_INT(err.code, ENT_DENIED);
    return err.msg;
}

#define KNOWN(bytes, want)   CHECK_STR(type_of(bytes, sizeof bytes - 1), want)
#define REFUSED(bytes, want) CHECK(strstr(type_of(bytes, sizeof bytes - 1), want) != NULL)

static void each_kind_is_known(void **state)
{
    (void)state;
    KNOWN("%PDF-1.7\n...\n%%EOF\n", "application/pdf");
    KNOWN("\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82", "image/png");
    KNOWN("\xff\xd8\xff\xe0....\xff\xd9", "image/jpeg");
    KNOWN("II*\0....", "image/tiff");
    KNOWN("MM\0*....", "image/tiff");
    KNOWN("GIF89a....;", "image/gif");
    KNOWN("Seen at the pier.\r\n\tНа пирсе\n", "text/plain");
}

static void what_can_act_or_hides_something_is_refused(void **state)
{
    (void)state;
    REFUSED("", "empty");
    REFUSED("PK\x03\x04", "ZIP");
    REFUSED("\x1f\x8b....", "gzip");
    REFUSED("\x7f"
            "ELF",
            "ELF");
    REFUSED("MZ\x90", "PE");
    REFUSED("#!/bin/sh\n", "a script");
    REFUSED("{\\rtf1 x}", "rich text");
    REFUSED("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE");
    REFUSED("<?xml version=\"1.0\"?><svg/>", "markup");
    REFUSED("Hello\n<ScRiPt>x</script>", "markup");
    REFUSED("a\0b", "control");
    REFUSED("a\x1b[31m", "control");
    REFUSED("\xff\xfe\x00", "no kind");
    REFUSED("%PDF-1.7 and no end", "cut off");
    REFUSED("\x89PNG\r\n\x1a\n....", "cut off");
    REFUSED("\xff\xd8\xff\xe0....\xff\xd9PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "hides");
    REFUSED("%PDF-1.7\n%%EOF\nPK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0zz", "hides");
}

static void what_stands_far_behind_the_end_is_refused(void **state)
{
    size_t size = 4096;
    char *file = calloc(1, size);

    (void)state;
    assert_non_null(file);
    memcpy(file, "\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82", 20);
    CHECK(strstr(type_of(file, size), "behind its end") != NULL);
    memcpy(file + size - 8, "IEND\xae\x42\x60\x82", 8);
    CHECK_STR(type_of(file, size), "image/png");
    free(file);
}

RUN_TESTS(TEST(each_kind_is_known), TEST(what_can_act_or_hides_something_is_refused),
          TEST(what_stands_far_behind_the_end_is_refused))
