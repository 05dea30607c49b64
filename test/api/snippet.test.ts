import { expect, test } from "@jest/globals";
import { openAdmin } from "../support/admin.ts";

async function withStream(fields: object = {}) {
  const admin = await openAdmin();
  const { json } = await admin.ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    name: "Leads",
    ...fields,
  });
  return { ...admin, id: json.id, endpoint: json.endpoint, path: `/v1/streams/${json.id}/snippet` };
}

test("a language comes as a file with the stream's own address in it, as a form unless JSON is asked for", async () => {
  const { ask, path, endpoint } = await withStream();
  const form = await ask("GET", `${path}?type=python`);
  expect(form.json).toMatchObject({ type: "python", label: "Python 3.8+", file: "send_to_afterclick.py" });
  expect(form.json.text).toContain(`ENDPOINT = "${endpoint}"`);
  expect(form.json.text).toContain("urlencode(order)");
  expect((await ask("GET", `${path}?type=python&body=json`)).json.text).toContain("json.dumps(order)");
  expect((await ask("GET", path)).json).toMatchObject({ type: "bash", file: "send-to-afterclick.sh" });
});

test("a system comes as steps with the address to paste, html as one page that names the stream", async () => {
  const { ask, path, endpoint } = await withStream();
  expect((await ask("GET", `${path}?type=kommo`)).json.text).toContain(`     ${endpoint}\n`);
  const { json } = await ask("GET", `${path}?type=html`);
  expect(json).toMatchObject({ label: "For a developer", file: "afterclick.html" });
  expect(json.text).toContain("<title>Sending to Afterclick: Leads</title>");
});

test("another type or body is refused with those that there are", async () => {
  const { ask, path } = await withStream();
  const { status, json } = await ask("GET", `${path}?type=cobol`);
  expect([status, json.code]).toEqual([400, "request_refused"]);
  expect(json.detail).toMatch(/^Type is "cobol"; allowed is: bash, php, python, .*, shopify, other, html\. /);
  expect((await ask("GET", `${path}?body=xml`)).json.detail).toContain("form or json");
});

test("nothing is handed out that would be refused: no POST, closed for good, no address", async () => {
  const postless = await withStream({ methods: ["GET", "PUT"] });
  const refused = await postless.ask("GET", postless.path);
  expect([refused.status, refused.json.code]).toEqual([400, "request_refused"]);
  expect(refused.json.detail).toContain("takes GET, PUT, and what is handed out sends POST");

  const { ask, path, id, registry } = await withStream();
  await ask("DELETE", `/v1/streams/${id}`);
  const closed = await ask("GET", path);
  expect([closed.status, closed.json.code]).toEqual([409, "stream_closed_for_good"]);

  await registry.write("by-hand", { table: "crm.leads", offset: "UTC" }, null);
  const unreachable = await ask("GET", "/v1/streams/by-hand/snippet");
  expect([unreachable.status, unreachable.json.code]).toEqual([400, "request_refused"]);
  expect(unreachable.json.detail).toContain("no UUID");
});
