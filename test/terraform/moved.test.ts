import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needing } from "../support/needs.ts";
import { noTerraform, openTool, type Tool } from "./tool.ts";

/** What has another address in this module than in the one that is installed stays what it is: an upgrade
 *  makes and destroys none of it. With the providers' stand-in alone: the real one would ask Google. */

const environment = { ...process.env, TERRAFORM: "" };
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
}
`;

/** Addresses of the former module, and what they are here. */
const moves = [
  ...["hits", "retries", "dead", "jobs"].map((name) => ({
    from: `google_pubsub_topic.${name}`,
    to: `google_pubsub_topic.topic["${name}"]`,
  })),
  ...["deliver", "retried", "parked"].map((name) => ({
    from: `google_pubsub_subscription.${name}`,
    to: `google_pubsub_subscription.push["${name}"]`,
  })),
  ...["waiting", "dead_letters", "refusing", "full", "delivery_failing", "deliver_failed"].map((name) => ({
    from: `google_monitoring_alert_policy.${name}`,
    to: `google_monitoring_alert_policy.alert["${name}"]`,
  })),
  {
    from: "google_monitoring_alert_policy.silence[0]",
    to: 'google_monitoring_alert_policy.alert["silence"]',
  },
];

/** What an apply of the former module left behind. */
const installed = {
  version: 4,
  terraform_version: "1.9.0",
  serial: 1,
  lineage: "former",
  outputs: {},
  resources: moves.map(({ from }) => {
    const [, type, name, index] = /^(\w+)\.(\w+)(?:\[(\d+)\])?$/.exec(from)!;
    return {
      module: "module.afterclick",
      mode: "managed",
      type,
      name,
      provider: 'provider["registry.terraform.io/hashicorp/google"]',
      instances: [
        {
          ...(index !== undefined && { index_key: Number(index) }),
          schema_version: 0,
          attributes: { id: from, name: from, project: "demo-project" },
        },
      ],
    };
  }),
};

interface Change {
  readonly address: string;
  readonly previous_address?: string;
  readonly change: { readonly actions: readonly string[] };
}

needing(noTerraform(environment), () => {
  let terraform: Tool;
  beforeEach(async () => {
    terraform = await openTool(environment);
    const folder = join(terraform.folder, "examples/moved");
    await mkdir(folder);
    await writeFile(join(folder, "main.tf"), stack);
    await writeFile(join(folder, "terraform.tfstate"), JSON.stringify(installed));
    await run("init", "-backend=false", "-input=false");
  });
  afterEach(() => terraform?.stop());

  async function run(command: string, ...args: string[]): Promise<string> {
    const { status, output } = await terraform.run("-chdir=examples/moved", command, ...args);
    if (status !== 0) throw new Error(output);
    return output;
  }

  test("what was renamed here is found under its former address and goes on", async () => {
    await run("plan", "-refresh=false", "-input=false", "-out=plan");
    const { resource_changes: changes } = JSON.parse(await run("show", "-json", "plan")) as {
      resource_changes: Change[];
    };
    const found = changes.filter(({ previous_address }) => previous_address !== undefined);
    const sentences = found.map(({ previous_address, address }) => `${previous_address} is ${address}`);
    const inModule = (address: string) => `module.afterclick.${address}`;
    expect(sentences.toSorted()).toEqual(
      moves.map(({ from, to }) => `${inModule(from)} is ${inModule(to)}`).toSorted(),
    );
    for (const { change } of found) expect(change.actions).not.toContain("create");
    expect(changes.filter(({ change }) => change.actions.includes("delete"))).toEqual([]);
  });
});
