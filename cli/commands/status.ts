import type { Command } from "../command.ts";
import { exitCodes } from "../failure.ts";
import { factLines } from "../terminal/layout.ts";
import { ageText, utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

interface Status {
  version: string;
  collect_url?: string;
  queue: { waiting?: number; oldest_received_at?: number };
  dead_letters?: { waiting?: number; at_least?: boolean };
  streams?: { total?: number; invalid?: number };
  disk?: { free_bytes: number; used_bytes: number };
  checks: { name: string; ok: boolean; detail?: string }[];
}

export const status: Command = {
  name: "status",
  summary: "tell how the server is: what waits, what is wrong",
  args: [],
  options: { json: { says: "print it as JSON" } },
  notes: ["Leaves with 1 when a check fails."],
  async run(typed, { api, terminal }) {
    const answer = await api.ask<Status>(
      { path: "/v1/status" },
      { version: "string", queue: "object", checks: "array" },
    );
    const well = answer.checks.every(({ ok }) => ok);
    await terminal.out(
      typed.flag("json") ? `${json(answer, 2)}\n` : `${statusLines(answer, api.address).join("\n")}\n`,
    );
    return well ? exitCodes.done : exitCodes.failed;
  },
};

/** No number: a check below says what could not be asked. */
const untold = "cannot be told";

function statusLines(
  { version, collect_url, queue, dead_letters, streams, disk, checks }: Status,
  address: string,
): string[] {
  const facts: [string, unknown][] = [
    ["version", version],
    ["admin API", address],
    ["hits go to", collect_url],
    ["waiting hits", waitingText(queue)],
    [
      "dead letters",
      dead_letters?.waiting === undefined
        ? untold
        : `${dead_letters.at_least === true ? "more than " : ""}${dead_letters.waiting} waiting`,
    ],
    [
      "streams",
      streams?.total === undefined ? untold : `${streams.total}, of which ${streams.invalid ?? 0} invalid`,
    ],
    ["disk", disk && `${megabytes(disk.used_bytes)} used, ${megabytes(disk.free_bytes)} free`],
  ];
  return [
    ...factLines(facts.filter(([, value]) => value !== undefined)),
    ...checks.map(({ name, ok, detail }) =>
      visible(`${ok ? "ok    " : "FAILED"}  ${name}${detail === undefined ? "" : `: ${detail}`}`),
    ),
  ];
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`;

function waitingText({ waiting, oldest_received_at: oldest }: Status["queue"]): string {
  const count = waiting === undefined ? untold : String(waiting);
  return oldest === undefined
    ? count
    : `${count}, the oldest received ${ageText(Date.now() - oldest)} ago (${utcText(oldest)})`;
}
