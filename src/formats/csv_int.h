/* formats/csv (private) -- tables: rows out of bytes (csv.c), records out of rows (csv_rows.c). */
#ifndef ENT_FORMATS_CSV_INT_H
#define ENT_FORMATS_CSV_INT_H

#include "formats/reader_int.h"

#define FORMATS_COLUMNS 512

/* What a column can be. */
typedef enum formats_member {
#define X(symbol, name) FORMATS_MEMBER_##symbol,
#include "formats/csv_members.def"
#undef X
    FORMATS_MEMBER_COUNT
} formats_member;

typedef struct formats_row formats_row;
struct formats_row {
    ent_str *cells;
    size_t count;
    formats_row *next; /* of the same record */
};

typedef struct formats_table {
    formats_kind kind;
    ent_str agency; /* "" : the records', else the source */
    ent_str schema; /* where no column says */
    char separator; /* between the values of one cell */
    formats_member columns[FORMATS_COLUMNS];
    bool special[FORMATS_COLUMNS]; /* held of nobody */
    size_t count;
} formats_table;

/* Reads the titles; `mapping` is a mapping file's JSON or none.
 * FORMAT  no column is a name, or the mapping names an unknown member */
ENT_MUST_USE ent_code formats_table_read(formats_table *table, const ent_str *titles, size_t count,
                                         ent_json mapping, ent_err *err);

/* Which table these titles are of. */
formats_kind formats_table_kind(const ent_str *titles, size_t count);

/* The key by which rows belong to one record, in the arena; "" if the row has none. */
ENT_MUST_USE ent_code formats_row_id(ent_arena *arena, const formats_table *table,
                                     const formats_row *row, ent_str *id, ent_err *err);

/* One record of its rows. */
ENT_MUST_USE ent_code formats_rows_read(ent_arena *arena, const formats_table *table,
                                        const formats_row *rows, formats_record *record,
                                        size_t *dropped, ent_err *err);

/* One entry of OFAC's tables without titles, of its rows in all of them (lists_ofac.c).
 * FORMAT  none of them is of sdn.csv */
ENT_MUST_USE ent_code formats_ofac_rows_read(ent_arena *arena, const formats_row *rows,
                                             formats_record *record, ent_err *err);
/* Is it one of them? */
bool formats_ofac_row(const formats_row *row);
/* The cells of the first row if it is one of such a table, else 0. */
size_t formats_ofac_cells(ent_str head);

#endif
