import type { Registry } from "../../registry.ts";
import { reconcile } from "../../streams/reconcile/reconcile.ts";
import { requestRefused } from "../../problems.ts";
import type { Datasets } from "../../streams/stream.ts";
import { parseTable, tablePattern } from "../../table.ts";
import type { Warehouse } from "../../warehouse.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";
import { validStream } from "./valid.ts";

interface ReconcilePorts extends Datasets {
  registry: Pick<Registry, "list">;
  warehouse: Pick<Warehouse, "query">;
}

interface Asked {
  readonly table: string;
  readonly key: string;
  readonly updated?: string;
  readonly compare?: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly deadline_seconds: number;
}

const column = { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,299}$" } as const;

/** What never came by webhook. */
export function reconcileRoutes(ports: ReconcilePorts): Route[] {
  return [
    route<{ id: string }, unknown, Asked>({
      method: "POST",
      path: "/v1/streams/{id}/reconcile",
      operation: "reconcile",
      role: "viewer",
      payloads: "whole",
      isRead: true,
      summary:
        "Which records of a table, such as a feed's, never came by webhook, or came in another state than it has",
      parameters: [idParameter],
      body: {
        type: "object",
        required: ["table", "key"],
        properties: {
          table: {
            description: "table, dataset.table or project.dataset.table",
            type: "string",
            pattern: tablePattern,
          },
          key: { description: "the column that holds what the stream's key names", ...column },
          updated: { description: "the column that says of which time a record's state is", ...column },
          compare: {
            description: "columns that have to hold what the payload has, by their path there",
            type: "object",
            maxProperties: 20,
            propertyNames: { pattern: column.pattern },
            additionalProperties: { type: "string", format: "path" },
          },
          limit: {
            description: "how many records at most, 1 to 10000",
            type: "integer",
            minimum: 1,
            maximum: 10_000,
            default: 100,
          },
          deadline_seconds: {
            description: "how long each of its two queries may take, 1 to 300 s",
            type: "integer",
            minimum: 1,
            maximum: 300,
            default: 60,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The counts, and the records that are wrong", ref("Reconciled")),
      problems: [
        "stream_unknown",
        "stream_refused",
        "registry_down",
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
      async handle({ path: { id }, body, gone }) {
        const stream = validStream(ports, id, await ports.registry.list());
        const table = parseTable(body.table, ports.defaultDataset);
        if (table === undefined)
          throw requestRefused({ what: `table is ${JSON.stringify(body.table)}, which names no table` });
        const { key, updated, compare, limit, deadline_seconds } = body;
        const options = { limit, deadlineMs: deadline_seconds * 1000, signal: gone };
        return json(await reconcile(ports.warehouse, stream, { table, key, updated, compare }, options));
      },
    }),
  ];
}
