/** Drop boxes in a process of their own, so that their memory and CPU can be read. Prints where they are as
 *  one line of JSON, and ends with its input. `node bench/sftp/server.ts FOLDER BOXES` */
import { join } from "node:path";
import { addImport } from "../../functions/import/registered/imports.ts";
import { openDropBox } from "../../functions/import/drop-box/boxes.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { startDropBoxes } from "../../infra/local/drop-box/drop-boxes.ts";
import { openKeptFiles } from "../../infra/local/files/kept.ts";
import { openSecrets } from "../../infra/local/secrets/secrets.ts";
import { memoryDocuments } from "../../test/support/doubles/memory-documents.ts";

const [directory = "", boxes = "1"] = process.argv.slice(2);
const now = Date.now;
const ports = {
  documents: memoryDocuments(),
  keptFiles: openKeptFiles(join(directory, "imports")),
  secrets: openSecrets(directory, { now }),
  now,
  arrived: () => undefined,
  log: (severity: string, message: string) => void process.stderr.write(`${severity} ${message}\n`),
  warehouse: { select: () => Promise.reject(new Error("nothing is asked of the warehouse")) },
  productDataset: "afterclick",
};
const door = await startDropBoxes(directory, ports, { host: "127.0.0.1", port: 0 });
await door.ready();
const logins: { username: string; password: string }[] = [];
for (let number = 0; number < Number(boxes); number += 1) {
  const name = `box-${number}`;
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const { user, password } = await openDropBox(ports, thisMachine, { importName: name });
  logins.push({ username: user, password });
}
await door.changed();
process.stdout.write(`${JSON.stringify({ port: door.where().port, logins })}\n`);
process.stdin.resume().once("end", () => void door.stop().then(() => process.exit(0)));
