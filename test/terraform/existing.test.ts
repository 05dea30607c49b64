import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needing } from "../support/needs.ts";
import { noTerraform, openTool, type Tool } from "./tool.ts";

/** What Google has already, taken into the state: its own copy of the code, and a release of rules that
 *  somebody else made. With the providers' stand-in alone: the real one would ask Google. */

const environment = { ...process.env, TERRAFORM: "" };
const release = "projects/demo-project/releases/cloud.firestore";
const collect = "projects/demo-project/locations/europe-west1/functions/afterclick-collect";
/** As Google tells them: the source of a function is a copy in a bucket of its own. */
const existing = {
  google_firebaserules_release: {
    [release]: {
      id: release,
      name: "cloud.firestore",
      project: "demo-project",
      ruleset_name: "projects/demo-project/rulesets/former",
    },
  },
  google_cloudfunctions2_function: {
    [collect]: {
      id: collect,
      name: "afterclick-collect",
      location: "europe-west1",
      project: "demo-project",
      service_config: [{ uri: "https://afterclick-collect-abc123-ew.a.run.app" }],
      build_config: [
        {
          runtime: "nodejs24",
          source: [
            {
              storage_source: [
                {
                  bucket: "gcf-v2-sources-123456789012-europe-west1",
                  object: "afterclick-collect/function-source.zip",
                  generation: 1731000000000009,
                },
              ],
            },
          ],
        },
      ],
    },
  },
};
const stack = `
provider "google" {
  project      = "demo-project"
  access_token = "unused"
}
module "afterclick" {
  source          = "../.."
  project_id      = "demo-project"
  region          = "europe-west1"
  function_source = "\${path.module}/../../tests/fixture/function.zip"
  firestore       = { create = false, database = "(default)", rules = true }
}
`;

interface Change {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Tree;
    readonly after_unknown: Tree;
  };
}
type Tree = Record<string, any>;

needing(noTerraform(environment), () => {
  let terraform: Tool;
  beforeEach(async () => {
    terraform = await openTool({ ...environment, OFFLINE_EXISTING: "existing.json" });
    const folder = join(terraform.folder, "examples/existing");
    await mkdir(folder);
    await writeFile(join(folder, "main.tf"), stack);
    await writeFile(join(terraform.folder, "existing.json"), JSON.stringify(existing));
    await run("init", "-backend=false", "-input=false");
  });
  afterEach(() => terraform?.stop());

  async function run(command: string, ...args: string[]): Promise<string> {
    const { status, output } = await terraform.run("-chdir=examples/existing", command, ...args);
    if (status !== 0) throw new Error(output);
    return output;
  }

  async function changeOf(address: string): Promise<Change["change"]> {
    await run("plan", "-refresh=false", "-input=false", "-out=plan");
    const { resource_changes } = JSON.parse(await run("show", "-json", "plan")) as {
      resource_changes: Change[];
    };
    return resource_changes.find((one) => one.address === address)!.change;
  }

  test("a release of rules that exists is changed, not made, once it is imported as docs/deploy.md says", async () => {
    const address = "module.afterclick.google_firebaserules_release.deny_clients[0]";
    expect(await changeOf(address)).toMatchObject({ actions: ["create"] });
    await run("import", "-input=false", address, release);
    const change = await changeOf(address);
    expect(change).toMatchObject({
      actions: ["update"],
      before: { ruleset_name: "projects/demo-project/rulesets/former" },
      after_unknown: { ruleset_name: true },
    });
  });

  test("an upgrade asks for the upload of its own, not for the generation of Google's copy of the former zip", async () => {
    const address = "module.afterclick.google_cloudfunctions2_function.collect";
    await run("import", "-input=false", address, collect);
    const { actions, before, after_unknown } = await changeOf(address);
    const sourceOf = (tree: Tree) => tree["build_config"][0].source[0].storage_source[0];
    expect(actions).toEqual(["update"]);
    expect(sourceOf(before)).toMatchObject({ generation: 1731000000000009 });
    expect(sourceOf(after_unknown)).toMatchObject({ generation: true });
  });
});
