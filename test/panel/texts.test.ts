import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { apiCall, cliLine, documentOf, fieldsOf, terraform } from "../../panel/stream-form.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll, startProduct } from "../support/product.ts";
import { noTerraform, openTool } from "../terraform/tool.ts";
import { shell } from "./shell.ts";

/** Every call, command and configuration that the form shows is one that works,
 *  whatever stands in its fields. */

const id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44";
const forms = [
  { table: "shop.orders", offset: "+03:00" },
  { name: "Заказы", table: "shop.orders_ru", offset: "Europe/Kyiv", key: "order.id" },
  {
    name: `It's "quoted" \\ $HOME \${x} %{y} $(id) \`id\` & <b>`,
    table: "a.b-c",
    offset: "UTC",
    key: "data[FIELDS][ID]",
  },
].map((fields) => fieldsOf(new Map(Object.entries(fields))));

afterEach(endAll);

test("each API call and command line that a page shows makes what its form means", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    for (const form of forms) {
      const [first, type, , ...body] = apiCall(form).split("\n");
      expect(type).toBe("Content-Type: application/json");
      const [method, path] = first!.split(" ");
      const made = await product.admin<{ id: string }>(method!, path!, JSON.parse(body.join("\n")));
      expect(made).toMatchObject(documentOf(form));
      await product.admin("DELETE", `/v1/streams/${made.id}`);
      const told = await shell(`${cliLine(form)} --json`, { AFTERCLICK_URL: product.adminUrl });
      expect(JSON.parse(told)).toMatchObject(documentOf(form));
      await product.admin("DELETE", `/v1/streams/${(JSON.parse(told) as { id: string }).id}`);
    }

    // The link for a developer: the page shows the call and the command that make it.
    const shop = { table: "shop.orders", offset: "UTC" };
    const { id: made } = await product.admin<{ id: string }>("POST", "/v1/streams", shop);
    const setup = await (await fetch(`${product.adminUrl}/streams/${made}`)).text();
    const shown = (place: string) => new RegExp(`<code id="${place}">([^<]+)</code>`).exec(setup)![1]!;
    const [method, path] = shown("link-api").split(" ");
    const byCall = await product.admin<{ path: string }>(method!, path!);
    const byCommand = (await shell(shown("link-cli"), { AFTERCLICK_URL: product.adminUrl })).trim();
    const opened = (link: string) => fetch(product.adminUrl + link).then(({ status }) => status);
    for (const link of [byCall.path, byCommand]) expect(await opened(link)).toBe(200);
    await shell(`${shown("link-cli")} --withdraw`, { AFTERCLICK_URL: product.adminUrl });
    for (const link of [byCall.path, byCommand]) expect(await opened(link)).toBe(404);
  }));

needing(noTerraform(process.env), () => {
  test("Terraform plans the stream that the form means", async () => {
    const tool = await openTool(process.env);
    try {
      const tests = join(tool.folder, "tests");
      const [head] = (await readFile(join(tests, "streams.tftest.hcl"), "utf8")).split("\nrun ");
      const datasets = `bigquery = { location = "EU", default_dataset = "conversions", datasets = { conversions = {}, shop = {}, a = {} } }`;
      const runs = forms.map((form, index) => {
        const wanted = Object.entries({ ...documentOf(form), managed_by: "terraform" }).map(
          ([name, value]) => `${name} = { stringValue = ${hcl(value)} }`,
        );
        return `run "form_${index}" {
  command = plan
  variables {
    ${datasets}
    ${terraform(id, form)}
  }
  assert {
    condition     = jsondecode(google_firestore_document.stream["${id}"].fields) == { ${wanted.join(", ")} }
    error_message = "another document"
  }
}`;
      });
      await writeFile(join(tests, "panel.tftest.hcl"), `${head}\n${runs.join("\n")}\n`);
      expect(await tool.run("init", "-backend=false", "-input=false", "-no-color")).toMatchObject({
        status: 0,
      });
      const { status, output } = await tool.run("test", "-no-color", "-filter=tests/panel.tftest.hcl");
      expect({ status, output }).toMatchObject({ status: 0 });
      expect(output).toContain(`${forms.length} passed, 0 failed`);
    } finally {
      await tool.stop();
    }
  });
});

/** By escapes alone: not the function that is tested. */
const hcl = (text: string): string =>
  `"${[...text].map((letter) => `\\U${letter.codePointAt(0)!.toString(16).padStart(8, "0")}`).join("")}"`;
