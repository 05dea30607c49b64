import { expect, test } from "@jest/globals";
import { listAudit } from "../../../functions/people/audit.ts";
import { listDropBoxes, noteRefused, openDropBox } from "../../../functions/import/drop-box/boxes.ts";
import type { DropBoxGround } from "../../../functions/import/drop-box/ground.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import type { PanelPorts } from "../../../panel/ports.ts";
import { openImports, someone, textOf } from "./setup.ts";

/** Where senders connect, in the panel: the page that guides lead to, and an import's Connection. */

const fingerprint = "SHA256:0000000000000000000000000000000000000000000";
const key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f maria@example.com";
const form = { "content-type": "application/x-www-form-urlencoded" };

async function open(waiting = 0, changed: Partial<PanelPorts> = {}) {
  const said: string[] = [];
  const dropBoxes: DropBoxGround = {
    ready: async () => void said.push("ready"),
    changed: async () => void said.push("changed"),
    where: () => ({ port: 2022, fingerprints: [{ type: "ssh-ed25519", fingerprint }] }),
    waiting: () => waiting,
  };
  const panel = await openImports({ dropBoxes, ...changed });
  const send = (path: string, fields: Record<string, string>) =>
    panel.ask({ method: "POST", path, headers: form, body: new URLSearchParams(fields).toString() });
  const text = async (address: string) => textOf((await panel.get(address)).body);
  const boxes = () => listDropBoxes(panel.ports);
  return { ...panel, said, send, text, boxes };
}

const passwordIn = (body: unknown) => /id="box-password">([^<]+)</.exec(String(body))?.[1];

test("before any import: the drop box is closed until somebody opens it; then host, port, user and password are there", async () => {
  const { text, send, boxes, said, get } = await open();
  expect(await text("/settings/imports")).toContain("The drop box is closed");
  expect(await boxes()).toEqual([]);
  const opened = await send("/settings/imports", { act: "open" });
  expect([opened.status, opened.headers!["cache-control"]]).toEqual([200, "no-store"]);
  expect(said).toEqual(["ready", "changed"]);
  const [{ user } = { user: "" }] = await boxes();
  const told = textOf(opened.body);
  for (const word of ["in.example.com", "2022", user, fingerprint, `sftp -P 2022 ${user}@in.example.com`])
    expect(told).toContain(word);
  expect(passwordIn(opened.body)).toMatch(/^[0-9a-f]{32}$/);
  // Nobody is shown it once more, and no second one is opened by a form that is sent again.
  const page = await get("/settings/imports");
  expect(passwordIn(page.body)).toBeUndefined();
  expect(textOf(page.body)).toContain(user);
  expect((await send("/settings/imports", { act: "open" })).status).toBe(409);
  const renewed = await send("/settings/imports", { act: "password", user });
  expect(passwordIn(renewed.body)).not.toBe(passwordIn(opened.body));
});

test("what arrived before its import is offered once it is switched on, and given by one click", async () => {
  const { text, send, ports, boxes } = await open(3);
  const { user } = await openDropBox(ports, thisMachine, {});
  for (const page of ["/imports/crm", "/imports/crm/connection"])
    expect(await text(page)).toContain(`The drop box ${user} has no import yet, and 3 files wait in it`);
  const given = await send("/imports/crm/connection", { act: "give", user });
  expect(given.headers!["location"]).toBe("/imports/crm/connection?given");
  expect(await boxes()).toMatchObject([{ user, import_id: "crm" }]);
  expect(await text("/imports/crm/connection?given")).toContain("what waited in the drop box is imported");
  expect(await text("/imports/crm")).not.toContain("has no import yet");
  expect(await text("/settings/imports")).toContain("crm");
});

test("a drop box that has no import goes to the one that is chosen in the settings", async () => {
  const { send, ports, boxes, get } = await open();
  await addImport(ports, thisMachine, { name: "shop", zone: "UTC" });
  const { user } = await openDropBox(ports, thisMachine, {});
  expect(String((await get("/settings/imports")).body)).toContain("<option>shop</option>");
  const given = await send("/settings/imports", { act: "give", user, import: "shop" });
  expect(given.headers!["location"]).toBe("/imports/shop/connection?given");
  expect(await boxes()).toMatchObject([{ import_id: "shop" }]);
});

test("an import's own drop box: opened, with keys, a new password, and closed once that was asked", async () => {
  const { text, send, boxes, ports } = await open();
  const at = "/imports/crm/connection";
  expect(passwordIn((await send(at, { act: "open" })).body)).toMatch(/^[0-9a-f]{32}$/);
  const [{ user } = { user: "" }] = await boxes();
  expect(user).toMatch(/^crm-[0-9a-f]{6}$/);
  const refused = await send(at, { act: "add-key", user, key: "rubbish" });
  expect([refused.status, textOf(refused.body)]).toEqual([
    400,
    expect.stringContaining("Nothing was changed."),
  ]);
  expect((await send(at, { act: "add-key", user, key })).status).toBe(303);
  const [{ keys } = { keys: [] }] = await boxes();
  expect(await text(at)).toContain("maria@example.com");
  await send(at, { act: "remove-key", user, fingerprint: keys[0]!.fingerprint });
  expect(await boxes()).toMatchObject([{ keys: [] }]);
  expect(await text(at)).toContain("Allowed from everywhere");
  const allow = (addresses: string) => send(at, { act: "allow", user, addresses });
  expect((await allow("nowhere")).status).toBe(400);
  await allow("192.0.2.0/24, 198.51.100.7");
  await noteRefused(ports, (await boxes())[0]!, { address: "203.0.113.9", at: ports.now() });
  expect(await text(at)).toMatch(
    /Allowed from 192\.0\.2\.0\/24, 198\.51\.100\.7 Refused last 203\.0\.113\.9 at /,
  );
  await allow(" ");
  expect(await text(at)).toContain("Allowed from everywhere");
  await send(at, { act: "password", user });
  expect(await text(at)).toContain("two, the older one until");
  expect(await text(`${at}?close`)).toContain(`Close the drop box ${user}?`);
  expect((await send(at, { act: "close", user })).headers!["location"]).toBe(`${at}?closed`);
  expect(await boxes()).toEqual([]);
  const { entries } = await listAudit(ports, { limit: 20 });
  // All at one instant, in any order.
  expect(new Set(entries.map(({ what }) => what).filter((what) => what.startsWith("drop_box")))).toEqual(
    new Set([
      "drop_box_opened",
      "drop_box_addresses_set",
      "drop_box_key_added",
      "drop_box_key_removed",
      "drop_box_password_set",
      "drop_box_closed",
    ]),
  );
});

test("whoever is no admin sees where senders connect, and no button that would be refused", async () => {
  const { get, ports, who } = await open(1);
  const { user } = await openDropBox(ports, thisMachine, { importName: "crm" });
  await openDropBox(ports, thisMachine, {});
  who.one = someone("editor", false);
  for (const page of ["/settings/imports", "/imports/crm/connection", "/imports/crm/connection?close"]) {
    const { body } = await get(page);
    expect(textOf(body)).toContain(user);
    expect(textOf(body)).toContain("in.example.com");
    expect(String(body)).not.toContain('name="act"');
  }
});

test("each way has what its sender types, with the names of this import", async () => {
  const { text, registry } = await open();
  registry.put("11111111-1111-4111-8111-111111111111", {
    name: "Orders",
    table: "shop.orders",
    offset: "UTC",
    backend_events: { import: "crm", ev: "=sold", reference_ev: "=lead", reference_id: "id" },
  });
  const page = await text("/imports/crm/connection");
  for (const words of [
    "npx afterclick imports upload crm backend_2026-11-20.csv --url http://127.0.0.1:8081",
    "http://127.0.0.1:8081/v1/imports/crm/files?file=backend_2026-11-20.csv",
    "Authorization: Bearer $AFTERCLICK_TOKEN",
    "Orders",
  ])
    expect(page).toContain(words);
  expect(page).not.toContain("gs://");
  const inCloud = await (await open(0, { bucket: "p-afterclick-imports" })).text("/imports/crm/connection");
  expect(inCloud).toContain("gs://p-afterclick-imports/crm/in/");
  expect(inCloud).toContain("gs://p-afterclick-imports/crm/results/backend_2026-11-20.csv.result.json");
});
