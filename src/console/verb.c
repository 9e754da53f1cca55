#include "console/verb_int.h"

#include "base/text.h"

#define ARGUMENTS 512 /* words of one command line */

const verb console_verbs[] = {
#define V(method, command, parameters) { #method, command, NULL, parameters },
#define N(command, reason)
#include "console/verbs.def"
#undef V
#undef N
};
const size_t console_verb_count = sizeof console_verbs / sizeof *console_verbs;

const verb console_not_offered[] = {
#define V(method, command, parameters)
#define N(command, reason) { NULL, command, reason, "" },
#include "console/verbs.def"
#undef V
#undef N
};
const size_t console_not_offered_count = sizeof console_not_offered / sizeof *console_not_offered;

const verb *console_verb_find(ent_str path)
{
    for (size_t i = 0; i < console_verb_count; i++) {
        const char *name = console_verbs[i].command;
        size_t at = 0;

        while (at < path.size && name[at] != '\0' &&
               (path.ptr[at] == name[at] ? name[at] != ' ' && name[at] != '/'
                                         : path.ptr[at] == '/' && name[at] == ' '))
            at++;
        if (at == path.size && name[at] == '\0')
            return &console_verbs[i];
    }
    return NULL;
}

/* Do the first words of a command line spell this name? */
static bool words_are(const char *const *argv, const char *name)
{
    for (; *argv != NULL; argv++) {
        size_t size = strcspn(name, " ");

        if (strlen(*argv) != size || memcmp(*argv, name, size) != 0)
            return false;
        if (name[size] == '\0')
            return true;
        name += size + 1;
    }
    return false;
}

bool console_offers(const char *const *argv)
{
    for (size_t i = 0; i < console_verb_count; i++)
        if (words_are(argv, console_verbs[i].command))
            return true;
    return false;
}

/* One word of the table. */
static verb_parameter parameter_read(ent_str word)
{
    verb_parameter p = { .kind = VERB_ARGUMENT };

    if (ent_str_starts(word, ENT_STR("--"))) {
        p.kind = VERB_OPTION;
        word = (ent_str){ word.ptr + 2, word.size - 2 };
    } else if (word.ptr[0] == '<' || word.ptr[0] == '>') {
        p.kind = word.ptr[0] == '<' ? VERB_FILE : VERB_OUT;
        word = (ent_str){ word.ptr + 1, word.size - 1 };
    }
    switch (word.size == 0 ? '\0' : word.ptr[word.size - 1]) {
    case '?':
        p.optional = true;
        p.many = word.size > 1 && word.ptr[word.size - 2] == '*';
        word.size -= p.many;
        break;
    case '*': /* any number of an option is also none; the command says if it needs one */
        p.many = true;
        p.optional = p.kind == VERB_OPTION;
        break;
    case '!':
        p.kind = VERB_FLAG;
        p.optional = true;
        break;
    case '<':
        p.kind = VERB_FILE_OPTION;
        break;
    default:
        word.size++;
        break;
    }
    p.name = (ent_str){ word.ptr, word.size - 1 };
    return p;
}

size_t console_verb_parameters(const verb *v, verb_parameter list[VERB_PARAMETERS])
{
    const char *at = v->parameters;
    size_t count = 0;

    while (*(at += strspn(at, " ")) != '\0') {
        size_t size = strcspn(at, " ");

        ENT_ASSERT(count < VERB_PARAMETERS);
        list[count++] = parameter_read((ent_str){ at, size });
        at += size;
    }
    return count;
}

static bool has_kind(const verb *v, verb_kind a, verb_kind b)
{
    verb_parameter list[VERB_PARAMETERS];
    size_t count = console_verb_parameters(v, list);

    for (size_t i = 0; i < count; i++)
        if (list[i].kind == a || list[i].kind == b)
            return true;
    return false;
}

bool console_verb_takes_file(const verb *v)
{
    return has_kind(v, VERB_FILE, VERB_FILE_OPTION);
}

bool console_verb_gives_bytes(const verb *v)
{
    return has_kind(v, VERB_OUT, VERB_OUT);
}

/* ---- what a request says ---- */

typedef struct pair {
    ent_str name, value;
    bool used;
} pair;

struct line {
    ent_arena *arena;
    pair *pairs;
    size_t pair_count;
    const char **argv;
    size_t argc;
};

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

ent_code console_text_decode(ent_arena *arena, ent_str raw, ent_str *text, ent_err *err)
{
    char *out = ent_arena_alloc(arena, raw.size + 1);
    size_t size = 0;

    if (out == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < raw.size; i++) {
        char c = raw.ptr[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < raw.size ? hex_digit(raw.ptr[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_digit(raw.ptr[i + 2]);

            if (low < 0)
                return ent_fail(err, ENT_USAGE, "a '%%' is without two hex digits");
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[size++] = c;
    }
    *text = (ent_str){ out, size };
    return ENT_OK;
}

static ent_code pair_add(struct line *line, ent_str name, ent_str value, ent_err *err)
{
    if (line->pair_count == ARGUMENTS)
        return ent_fail(err, ENT_LIMIT, "more than %d parameters", ARGUMENTS);
    if (memchr(value.ptr, '\0', value.size) != NULL || !ent_utf8_valid(value))
        return ent_fail(err, ENT_USAGE, "'%.*s' is no text in UTF-8 without NUL",
                        ENT_STR_ARG(name));
    value = ent_arena_str(line->arena, value);
    if (value.ptr == NULL)
        return ent_fail_arena(err);
    line->pairs[line->pair_count++] = (pair){ .name = name, .value = value };
    return ENT_OK;
}

static ent_code query_read(struct line *line, ent_str query, ent_err *err)
{
    for (size_t at = 0; at < query.size;) {
        const char *start = query.ptr + at, *end = memchr(start, '&', query.size - at);
        size_t size = end == NULL ? query.size - at : (size_t)(end - start);
        const char *equals = memchr(start, '=', size);
        size_t name_size = equals == NULL ? size : (size_t)(equals - start);
        ent_str name, value = ENT_STR("");

        ENT_TRY(console_text_decode(line->arena, (ent_str){ start, name_size }, &name, err));
        if (equals != NULL)
            ENT_TRY(console_text_decode(line->arena, (ent_str){ equals + 1, size - name_size - 1 },
                                        &value, err));
        if (size > 0)
            ENT_TRY(pair_add(line, name, value, err));
        at += size + 1;
    }
    return ENT_OK;
}

/* A member is a text, a number, true, or a list of texts. */
static ent_code member_read(struct line *line, ent_str name, ent_json value, ent_err *err)
{
    switch (ent_json_kind(value)) {
    case ENT_JSON_STRING:
        return pair_add(line, name, ent_json_str(value), err);
    case ENT_JSON_NUMBER:
    case ENT_JSON_TRUE:
        return pair_add(line, name, ent_json_raw(value), err);
    case ENT_JSON_FALSE:
    case ENT_JSON_NULL:
        return ENT_OK;
    case ENT_JSON_ARRAY:
    case ENT_JSON_OBJECT:
    case ENT_JSON_NONE:
        break;
    }
    return ent_fail(err, ENT_USAGE, "'%.*s' is neither a text nor a list of texts",
                    ENT_STR_ARG(name));
}

static ent_code body_read(struct line *line, ent_json body, ent_err *err)
{
    for (ent_json v = ent_json_first(body); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);

        if (!ent_json_is(v, ENT_JSON_ARRAY)) {
            ENT_TRY(member_read(line, name, v, err));
            continue;
        }
        for (ent_json item = ent_json_first(v); item.doc != NULL; item = ent_json_next(item))
            ENT_TRY(member_read(line, name, item, err));
    }
    return ENT_OK;
}

/* ---- the command line ---- */

static ent_code word_add(struct line *line, const char *word, ent_err *err)
{
    if (line->argc + 1 >= ARGUMENTS)
        return ent_fail(err, ENT_LIMIT, "more than %d parameters", ARGUMENTS);
    line->argv[line->argc++] = word;
    return ENT_OK;
}

static ent_code option_add(struct line *line, ent_str name, const char *value, ent_err *err)
{
    ent_str word = value == NULL
                       ? ent_arena_printf(line->arena, "--%.*s", ENT_STR_ARG(name))
                       : ent_arena_printf(line->arena, "--%.*s=%s", ENT_STR_ARG(name), value);

    if (word.ptr == NULL)
        return ent_fail_arena(err);
    return word_add(line, word.ptr, err);
}

/* The next value of that name; NULL: no more. */
static pair *value_take(struct line *line, ent_str name)
{
    for (size_t i = 0; i < line->pair_count; i++)
        if (!line->pairs[i].used && ent_str_equal(line->pairs[i].name, name)) {
            line->pairs[i].used = true;
            return &line->pairs[i];
        }
    return NULL;
}

static ent_code given_add(struct line *line, const verb_parameter *p, ent_err *err)
{
    size_t found = 0;

    for (pair *value; (value = value_take(line, p->name)) != NULL; found++) {
        if (found > 0 && !p->many)
            return ent_fail(err, ENT_USAGE, "'%.*s' is given twice", ENT_STR_ARG(p->name));
        if (p->kind == VERB_FLAG && !ent_str_is(value->value, "true"))
            return ent_fail(err, ENT_USAGE, "'%.*s' is a flag: true, or absent",
                            ENT_STR_ARG(p->name));
        if (p->kind == VERB_FLAG)
            ENT_TRY(option_add(line, p->name, NULL, err));
        else if (p->kind == VERB_OPTION)
            ENT_TRY(option_add(line, p->name, value->value.ptr, err));
        /* What begins with a dash could pass for an option. */
        else if (value->value.size == 0 || value->value.ptr[0] == '-')
            return ent_fail(err, ENT_USAGE, "'%.*s' is empty or begins with '-'",
                            ENT_STR_ARG(p->name));
        else
            ENT_TRY(word_add(line, value->value.ptr, err));
    }
    if (found == 0 && !p->optional)
        return ent_fail(err, ENT_USAGE, "'%.*s' is missing", ENT_STR_ARG(p->name));
    return ENT_OK;
}

static ent_code parameter_add(struct line *line, const verb_parameter *p, ent_err *err)
{
    switch (p->kind) {
    case VERB_FILE:
        return word_add(line, "-", err);
    case VERB_FILE_OPTION:
        return option_add(line, p->name, "/dev/stdin", err);
    case VERB_OUT:
        return p->name.size == 0 ? ENT_OK : option_add(line, p->name, "-", err);
    case VERB_ARGUMENT:
    case VERB_OPTION:
    case VERB_FLAG:
        break;
    }
    return given_add(line, p, err);
}

static ent_code command_add(struct line *line, const char *command, ent_err *err)
{
    ent_str copy = ent_arena_str(line->arena, ent_str_of(command));
    char *word = (char *)(uintptr_t)copy.ptr;

    if (word == NULL)
        return ent_fail_arena(err);
    for (char *space; (space = strchr(word, ' ')) != NULL; word = space + 1) {
        *space = '\0';
        ENT_TRY(word_add(line, word, err));
    }
    return word_add(line, word, err);
}

ent_code console_verb_line(ent_arena *arena, const verb *v, ent_str query, ent_json body,
                           const char ***argv, ent_err *err)
{
    struct line line = { .arena = arena,
                         .pairs = ent_arena_array(arena, ARGUMENTS, sizeof(pair)),
                         .argv = ent_arena_array(arena, ARGUMENTS, sizeof *line.argv) };
    verb_parameter list[VERB_PARAMETERS];
    size_t count = console_verb_parameters(v, list);

    if (line.pairs == NULL || line.argv == NULL)
        return ent_fail_arena(err);
    ENT_TRY(query_read(&line, query, err));
    ENT_TRY(body_read(&line, body, err));
    ENT_TRY(command_add(&line, v->command, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(parameter_add(&line, &list[i], err));
    for (size_t i = 0; i < line.pair_count; i++)
        if (!line.pairs[i].used)
            return ent_fail(err, ENT_USAGE, "'%.*s' is no parameter of '%s'",
                            ENT_STR_ARG(line.pairs[i].name), v->command);
    *argv = line.argv;
    return ENT_OK;
}
