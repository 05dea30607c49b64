import { ownTables } from "../../activity/own-tables.ts";
import type { LetterPorts } from "../../letters/store.ts";
import { type ListingPorts, listTables } from "../../streams/tables/listing.ts";
import { readRows, type RowsAsked } from "../../streams/tables/rows.ts";
import { tablePattern } from "../../table.ts";
import type { Warehouse } from "../../warehouse.ts";
import { valueAsJson } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { day, ref } from "../schema.ts";

interface TablePorts extends ListingPorts, LetterPorts {
  warehouse: Pick<Warehouse, "describe" | "ownTables" | "selectSome" | "query">;
}

const dayOfColumn = "a day of the column date such as 2026-11-01";

/** Tables, their rows, and queries of a person. */
export function tableRoutes(ports: TablePorts): Route[] {
  const { warehouse } = ports;
  return [
    route({
      method: "GET",
      path: "/v1/tables",
      operation: "listTables",
      role: "viewer",
      payloads: "none",
      summary: "The tables of the streams and their views: what each is for, and its columns",
      answer: jsonAnswer("Tables by name, each followed by its views", ref("Tables")),
      problems: ["registry_down", "warehouse_down"],
      async handle() {
        return json(await listTables(ports, ownTables(ports)));
      },
    }),

    route<{ table: string }, RowsAsked>({
      method: "GET",
      path: "/v1/tables/{table}/rows",
      operation: "listRows",
      role: "viewer",
      payloads: "whole",
      summary: "The newest rows of a table or of one of its views",
      parameters: [
        {
          name: "table",
          in: "path",
          description: "table, dataset.table or project.dataset.table",
          schema: { type: "string", pattern: tablePattern },
        },
        {
          name: "limit",
          in: "query",
          description: "how many, 1 to 1000",
          schema: { type: "integer", minimum: 1, maximum: 1000, default: 20 },
        },
        {
          name: "order",
          in: "query",
          description: "newest or oldest, by received_at",
          schema: { enum: ["newest", "oldest"], default: "newest" },
        },
        { name: "since", in: "query", description: `${dayOfColumn}: no earlier day is read`, schema: day },
        { name: "until", in: "query", description: `${dayOfColumn}: no later day is read`, schema: day },
        {
          name: "offset",
          in: "query",
          description: "how many rows of the order are left out, 0 to 1000000: for the next page",
          schema: { type: "integer", minimum: 0, maximum: 1_000_000 },
        },
        {
          name: "received_until",
          in: "query",
          description:
            "Unix time in milliseconds: rows received later are left out, so that pages stay as they were",
          schema: { type: "integer", minimum: 0, maximum: 9_999_999_999_999 },
        },
      ],
      answer: jsonAnswer("The rows", ref("Rows")),
      problems: [
        "table_missing",
        "dataset_missing",
        "table_forbidden",
        "schema_differs",
        "warehouse_down",
        "query_refused",
        "answer_too_large",
        "statement_too_dear",
        "day_spent",
      ],
      async handle({ path, query }) {
        const { rows, ...found } = await readRows(ports, path.table, query);
        return json({ ...found, rows: rows.map((row) => row.map(valueAsJson)) });
      },
    }),

    route<unknown, unknown, { sql: string; rows_max: number; deadline_seconds: number }>({
      method: "POST",
      path: "/v1/query",
      operation: "query",
      role: "viewer",
      payloads: "whole",
      summary: "One read-only SELECT",
      isRead: true,
      body: {
        type: "object",
        required: ["sql"],
        properties: {
          sql: {
            description: "one SELECT statement of at most 100000 characters",
            type: "string",
            minLength: 1,
            maxLength: 100_000,
          },
          rows_max: {
            description: "how many rows at most, 1 to 100000",
            type: "integer",
            minimum: 1,
            maximum: 100_000,
            default: 1_000,
          },
          deadline_seconds: {
            description: "how long it may take from its turn on, 1 to 300 s",
            type: "integer",
            minimum: 1,
            maximum: 300,
            default: 30,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The result", ref("QueryResult")),
      problems: [
        "query_refused",
        "answer_too_large",
        "statement_too_dear",
        "day_spent",
        "table_missing",
        "dataset_missing",
        "table_forbidden",
        "warehouse_busy",
        "warehouse_down",
      ],
      async handle({ body: { sql, rows_max, deadline_seconds }, gone }) {
        return json(
          await warehouse.query(sql, {
            rowsMax: rows_max,
            deadlineMs: deadline_seconds * 1000,
            signal: gone,
          }),
        );
      },
    }),
  ];
}
