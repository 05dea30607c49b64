/** `node life-run.ts ORDERS`: a process that receives files, works on them and links their events on the
 *  stores of one machine, until it is done or ends itself. Told by a line of JSON each: steps, actions that
 *  are done, and at the end what the tables hold. */
import { createHash } from "node:crypto";
import { openDaySweep } from "../../../../functions/import/days/sweep.ts";
import type { DuePorts } from "../../../../functions/import/links/automatic/due.ts";
import { listArrivals, receiveFile, removeFile } from "../../../../functions/import/load/arrivals.ts";
import { ifThere, selectTold } from "../../../../functions/import/load/files.ts";
import type { WorkPorts } from "../../../../functions/import/load/work.ts";
import { workOnNext } from "../../../../functions/import/next.ts";
import { addImport, changeImport } from "../../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../../functions/people/who.ts";
import { isProblem } from "../../../../functions/problem.ts";
import { fileNotImported } from "../../../../functions/problems.ts";
import { openKeptFiles } from "../../../../infra/local/files/kept.ts";
import { openRegistry } from "../../../../infra/local/registry/registry.ts";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { openParquet } from "../../../../infra/parquet/parquet.ts";
import { scratch } from "../../../../infra/scratch.ts";
import { openGround } from "../../../import/links/setup.ts";
import { seen } from "./seen.ts";
import { countSteps, stepping, tell, type Kill } from "./steps.ts";

export interface Orders {
  readonly directory: string;
  /** Unix ms of the first life: all of them share one clock, which began in a morning. */
  readonly since: number;
  /** Actions that are done. */
  readonly done: number;
  readonly kill?: Kill;
}

const { directory, since, done, kill } = JSON.parse(process.argv[2]!) as Orders;
const now = () => Date.parse("2026-11-21T08:00:00Z") + Date.now() - since;
const productDataset = "afterclick";
const name = "crm";

const registry = await openRegistry({ directory, log: () => undefined });
const store = await openWarehouse({ directory, log: () => undefined });
const steps = countSteps(kill);
const own = stepping(steps, {
  warehouse: store,
  documents: registry.documents,
  keptFiles: openKeptFiles(`${directory}/imports`),
});
const ports: WorkPorts & DuePorts = {
  ...own,
  productDataset,
  defaultDataset: "main",
  parquet: openParquet,
  scratch,
  now,
  log: () => undefined,
  tellSender: steps.around("tellSender", async () => undefined),
};
const arrivalPorts = { ...ports, arrived: () => undefined };
const days = openDaySweep(ports);

const header = "date,ev,reference_ev,reference_id,value\n";
const row = (id: string, value: number) => `2026-11-20,deal,lead,${id},${value}\n`;
const bad = "20.11.2026,deal,lead,x,1\n,deal,lead,y,1\n";
const first = header + row("a", 1) + row("b", 1) + row("c", 1);
const corrected = header + row("b", 2) + row("c", 1) + bad + row("d", 1);
const cumulative = header + row("c", 1) + row("d", 1) + row("e", 1) + row("e", 1);

/** An import, and web events for some of its ids. */
async function prepare(): Promise<void> {
  await store.createDataset({ dataset: productDataset, table: "" });
  await store.createDataset({ dataset: "web", table: "" });
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const ground = await openGround(store, productDataset, now);
  await store.putView(
    { dataset: "web", table: "events" },
    { kind: "written", sql: `SELECT * FROM ${store.sql.table(ground.web.table)}`, about: "as it is" },
  );
  const web = ["a", "b", "d", "d"].map((id, index) => ({
    web_event_id: `w${index}`,
    ev: "lead",
    transaction_id: id,
    event_time: `2026-11-${10 + index}T12:00:00Z`,
  }));
  await ground.addWeb(web);
  await changeImport(ports, thisMachine, name, {
    web_events: {
      source: "site",
      table: "web.events",
      ev: "ev",
      transaction_id: "transaction_id",
      time: "event_time",
      web_event_id: ["web_event_id"],
    },
  });
  steps.begin();
}

/** Its sender had no answer where the process ended before: who sends again looks first. */
const send = (fileName: string, content: string) => async () => {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const waiting = await listArrivals(ports, { limit: 100 });
  const told = (await ifThere(selectTold(ports, { limit: 100 }))) ?? [];
  const isThere = [...waiting.map(({ arrival }) => arrival), ...told].some(
    (file) => file.name === fileName && file.sha256 === sha256,
  );
  if (isThere) return;
  const bytes = (async function* () {
    yield Buffer.from(content);
  })();
  await receiveFile(arrivalPorts, thisMachine, { importName: name, name: fileName, bytes });
};

const remove = (fileName: string) => async () => {
  const told = await selectTold(ports, { where: [{ column: "name", is: "=", value: fileName }], limit: 100 });
  try {
    await removeFile(arrivalPorts, thisMachine, { importName: name, fileId: told[0]!.file_id });
  } catch (error) {
    // It was taken before the process ended.
    if (!isProblem(error, fileNotImported)) throw error;
  }
};

async function work(): Promise<void> {
  while ((await workOnNext(ports, days)) === "one");
}

const actions: readonly (() => Promise<void>)[] = [
  prepare,
  send("day.csv", first),
  work,
  send("day.csv", corrected),
  work,
  send("all.csv", cumulative),
  work,
  remove("day.csv"),
  work,
];

if (done > 0) steps.begin();
for (const [index, action] of actions.entries()) {
  if (index < done) continue;
  await action();
  tell({ done: index + 1 });
}
tell({ tables: await seen(store, productDataset) });
await store.close();
await registry.close();
