import { expect, test } from "@jest/globals";
import { blocks, everything } from "./source.ts";

/** What waits for what. A plan does not show it, and an apply in another order fails once in a while. */

const node = /\b((?:google_\w+|time_sleep|terraform_data)\.\w+)|\blocal\.(\w+)/g;
const resources = new Map(blocks("resource").map(([address, text]) => [address, code(text)]));
const locals = new Map(
  [...everything.matchAll(/^locals \{\n(.*?)^\}/gms)]
    .flatMap(([, text]) =>
      code(text!)
        .split(/^ {2}(?=[a-z_]+ += )/m)
        .slice(1),
    )
    .map((text) => [/^[a-z_]+/.exec(text)![0], text]),
);

/** Without comments, and without the values that only look like a reference. */
function code(text: string): string {
  return text
    .replaceAll(/^\s*#.*$/gm, "")
    .replaceAll(/(?:<<-EOT.*?EOT$|replace_triggered_by = [^\n]*)/gms, (found) =>
      [...found.matchAll(/\$\{[^}]*\}/g)].join(" "),
    );
}

/** Every resource that one is made after, also by way of others. */
function before(address: string): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [resources.get(address)!];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [, resource, local] of text.matchAll(node)) {
      const name = resource ?? `local.${local}`;
      if (seen.has(name)) continue;
      seen.add(name);
      if (resource !== undefined && resources.has(resource)) found.add(resource);
      const next = resource ? resources.get(resource) : locals.get(local!);
      if (next !== undefined) open.push(next);
    }
  }
  return found;
}

/** The addresses in its own depends_on. */
function dependsOn(address: string): string[] {
  const list = /^ {2}depends_on = \[([^\]]*)\]/m.exec(resources.get(address)!)?.[1] ?? "";
  return list.match(/[a-z_0-9]+\.[a-z_0-9]+/g) ?? [];
}

test.each(
  [...resources.keys()].filter(
    (address) => address.startsWith("google_") && address !== "google_project_service.api",
  ),
)("%s waits for the APIs", (address) => {
  expect([...before(address)]).toContain("google_project_service.api");
});

test("what waits for nothing is found here", () => {
  expect([...before("google_project_service.api")]).toEqual([]);
  expect(dependsOn("google_project_service.api")).toEqual([]);
});

test.each(["collect", "admin"])(
  "no request of %s, whose URL is a secret address, is logged before the exclusion is there",
  (name) => {
    expect(dependsOn(`google_cloudfunctions2_function.${name}`)).toContain(
      "google_logging_project_exclusion.request_logs",
    );
  },
);

test.each(["collect", "deliver", "admin", "import"])(
  "%s is built after the build's grants had time to be seen, into the one repository, and patched from then on",
  (name) => {
    const address = `google_cloudfunctions2_function.${name}`;
    expect(dependsOn(address)).toContain("time_sleep.build_grants");
    expect(resources.get(address)).toMatch(
      /^ {4}docker_repository += google_artifact_registry_repository\.images\.id$/m,
    );
    expect(resources.get(address)).toMatch(/^ {4}automatic_update_policy \{\}$/m);
  },
);

test("the wait for the build's grants begins after every one of them", () => {
  const grants = [...resources]
    .filter(
      ([address, text]) =>
        /_iam_member\./.test(address) && /account\["build"\]|local\.build_account/.test(text),
    )
    .map(([address]) => address);
  expect(grants).toHaveLength(3);
  expect(dependsOn("time_sleep.build_grants").toSorted()).toEqual(grants.toSorted());
});

test("nothing is pushed before it may be: the subscriptions wait for the grants of their pushes", () => {
  expect(dependsOn("google_pubsub_subscription.push")).toEqual([
    "google_cloud_run_v2_service_iam_member.push_invokes_deliver",
    "google_pubsub_topic_iam_member.agent_publishes_dead",
    "google_service_account_iam_member.agent_signs_as_push",
  ]);
  expect(dependsOn("google_pubsub_subscription.jobs")).toEqual([
    "google_cloud_run_v2_service_iam_member.push_invokes_admin",
    "google_service_account_iam_member.agent_signs_as_push",
  ]);
  expect(dependsOn("google_pubsub_subscription.imports")).toEqual([
    "google_cloud_run_v2_service_iam_member.push_invokes_import",
    "google_service_account_iam_member.agent_signs_as_push",
  ]);
});
