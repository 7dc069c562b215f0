/* schema.h - what --format json prints, as JSON schemas (draft 2020-12) made of the lines of
 * bench/judge/measure_rows.h. Free the text. */
#pragma once

char *rd_schema_bench(void); /* of `redoubt bench` and `redoubt report` */
char *rd_schema_run(void); /* of `redoubt run` */
char *rd_schema_result(void); /* of a world's result.json: its writer describes itself */
