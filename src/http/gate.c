#include "http/gate_int.h"

#include <string.h>
#include <strings.h>

static bool is_token(const char *text, size_t size)
{
    static const char extra[] = "!#$%&'*+-.^_`|~";

    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr(extra, c) != NULL)))
            return false;
    }
    return true;
}

/* Field values: visible characters, blanks, tabs and bytes above ASCII (RFC 9110 s5.5). */
static bool is_value(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

/* Digits only: "+3", "0x3" and " 3" mean different things to different readers. */
static bool length_read(const char *text, size_t size, uint64_t *length)
{
    *length = 0;
    if (size == 0 || size > 18)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *length = *length * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

static enum MHD_Result field_judge(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size)
{
    http_head *head = arg;

    (void)kind;
    if (value == NULL)
        value_size = 0;
    if (!is_token(name, name_size) || !is_value(value, value_size)) {
        head->bad = true;
        return MHD_NO;
    }
    if (strcasecmp(name, "Host") == 0)
        head->hosts++;
    if (strcasecmp(name, "Content-Length") == 0) {
        head->lengths++;
        head->bad |= value == NULL || !length_read(value, value_size, &head->length);
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        head->codings++;
        head->chunked = value != NULL && strcasecmp(value, "chunked") == 0;
        head->bad |= !head->chunked;
    }
    return MHD_YES;
}

bool http_head_read(struct MHD_Connection *connection, const char *version, http_head *head)
{
    *head = (http_head){ 0 };
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, field_judge, head);
    return !head->bad && head->hosts == 1 && head->lengths <= 1 && head->codings <= 1 &&
           head->lengths + head->codings <= 1 && strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
}
