import { expect, test } from "@jest/globals";
import { daysSql, rowsOfDaySql, sharedColumns } from "../../../functions/import/shared/statements.ts";
import { googleSqlOf } from "../../../infra/google/warehouse/dialect.ts";
import { refusedByBigQuery } from "../../support/google/googlesql.ts";

/** Shared tables of BigQuery. The emulator takes more than BigQuery does, and knows nothing of rights. */

test("the questions to a shared table hold nothing that BigQuery refuses", () => {
  const sql = googleSqlOf("my-project");
  const table = sql.table({ project: "their-project", dataset: "crm", table: "sales" });
  const others = [
    ["ev", "STRING"],
    ["reference_ev", "ARRAY<STRING>"],
    ["reference_id", "INT64"],
    ["value", "FLOAT64"],
  ];
  for (const type of ["DATE", "STRING", "DATETIME", "TIMESTAMP"])
    for (const zone of ["UTC", "+01:00", "Europe/Amsterdam"])
      for (const date_format of [undefined, "DD.MM.YYYY", "YYYYMMDD"] as const) {
        const described = [["date", type], ...others].map(([name, type]) => ({
          name: name!,
          type: type!,
          required: false,
        }));
        const settings = { zone, convert_instants: true, ...(date_format && { date_format }) };
        const columns = sharedColumns(sql, described, settings, "t");
        const days = { first: "2026-11-14", last: "2026-11-21" };
        for (const said of [
          daysSql(sql, table, columns, days),
          rowsOfDaySql(sql, table, columns, "2026-11-20"),
          rowsOfDaySql(sql, table, columns, undefined),
        ])
          expect([said, refusedByBigQuery(said)]).toEqual([said, undefined]);
      }
});
