import { activity, activityDays, activityDaysTable, activityTable } from "../../activity/tables.ts";
import { requestRefused, tableMissing } from "../../problems.ts";
import type { LetterPorts } from "../../letters/store.ts";
import { oldIdColumn } from "../../stream-ref.ts";
import { type ListingPorts, listTables } from "../../streams/tables/listing.ts";
import { tableName, tablePattern } from "../../table.ts";
import type { Warehouse } from "../../warehouse.ts";
import { tableOf, valueAsJson } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface TablePorts extends ListingPorts, LetterPorts {
  warehouse: Pick<Warehouse, "describe" | "ownTables" | "selectSome" | "query">;
}

/** Tables, their rows, and queries of a person. */
export function tableRoutes(ports: TablePorts): Route[] {
  const { warehouse, defaultDataset } = ports;
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

    route<{ table: string }, { limit: number; order: "newest" | "oldest" }>({
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
      async handle({ path, query: { limit, order } }) {
        const table = tableOf(path.table, defaultDataset);
        const description = await warehouse.describe(table);
        if (description === undefined) throw tableMissing({ table: tableName(table) });
        const shown = description.columns.filter(({ name }) => name !== oldIdColumn);
        const columns = shown.map(({ name }) => name);
        if (!columns.includes("received_at")) {
          throw requestRefused({
            what: `${tableName(table)} has no column received_at to order by; read it with a SELECT of your own instead`,
          });
        }
        const orderBy = ["received_at", ...(columns.includes("hit_id") ? ["hit_id"] : [])].map((column) => ({
          column,
          descending: order === "newest",
        }));
        const { rows, truncated } = await warehouse.selectSome({
          from: table,
          columns,
          orderBy,
          limit,
        });
        return json({
          table: tableName(table),
          columns,
          types: shown.map(({ type }) => type),
          rows: rows.map((row) => columns.map((name) => valueAsJson(row[name]))),
          truncated,
        });
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

/** The product's own that people may read. */
function ownTables({ letters, productDataset }: TablePorts): Parameters<typeof listTables>[1] {
  return [
    {
      table: letters.tables.states,
      expects: "view",
      what: "the hits that could not become rows, why, and what became of them",
    },
    {
      table: activityTable(productDataset),
      expects: "table",
      spec: activity,
      what: "what arrived and what was refused, by stream and minute: about",
    },
    {
      table: activityDaysTable(productDataset),
      expects: "table",
      spec: activityDays,
      what: "days that are over, as they were counted in the streams' tables",
    },
  ];
}
