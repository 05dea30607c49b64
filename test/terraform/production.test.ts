import { expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { blocks, everything, read, textOf } from "./source.ts";
import { module } from "./tool.ts";

/** What terraform/examples/production wires together, and no plan of new resources knows: ids and
 *  other modules' inputs. */

const text = textOf("examples/production");
const resource = (address: string) => blocks("resource", text).find(([name]) => name === address)?.[1] ?? "";
const afterclick = /^module "afterclick" \{\n(.*?)^\}/ms.exec(text)![1]!;

test.each(["collect", "admin"])(
  "whoever reaches %s through the load balancer is braked by Cloud Armor",
  (name) => {
    const backend = resource(`google_compute_backend_service.${name}`);
    expect(backend).toMatch(/^ {2}security_policy += google_compute_security_policy\.senders\.id$/m);
    expect(backend).toContain(`group = google_compute_region_network_endpoint_group.function["${name}"].id`);
  },
);

test("senders' domain leads to collect, people's to admin", () => {
  const map = resource("google_compute_url_map.hosts");
  expect(map).toMatch(/^ {2}default_service = google_compute_backend_service\.collect\.id$/m);
  expect(map).toMatch(/^ {4}default_service = google_compute_backend_service\.admin\.id$/m);
  expect(resource("google_compute_target_https_proxy.public")).toMatch(
    /^ {2}url_map += google_compute_url_map\.hosts\.id$/m,
  );
});

test("collect has no door beside the load balancer", () => {
  expect(afterclick).toMatch(
    /^ {2}collect = \{\n {4}ingress += "load_balancer"\n {4}public_url = "https:\/\/\$\{var\.collect_domain\}"\n {2}\}/m,
  );
});

test("admin is open to other networks only for named callers of the command line, and IAP may invoke it", () => {
  expect(afterclick).toContain('ingress = length(var.cli_callers) > 0 ? "all" : "load_balancer"');
  expect(afterclick).toContain(
    'callers = setunion(var.cli_callers, ["serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"])',
  );
});

test("nothing is stored under the key before the agents may use it, nor granted before its API is on", () => {
  expect(afterclick).toContain(
    "kms_key_name = length(google_kms_crypto_key_iam_member.agent) > 0 ? var.kms_key_name : null",
  );
  expect(resource("google_kms_crypto_key_iam_member.agent")).toContain(
    "depends_on = [google_project_service.key]",
  );
  expect(resource("google_project_service.key")).toContain('"cloudkms.googleapis.com"');
});

test.each(
  blocks("resource", text)
    .map(([address]) => address)
    .filter((address) => address.startsWith("google_monitoring_")),
)("%s waits for its API", (address) => {
  expect(resource(address)).toContain("depends_on = [google_project_service.alerts]");
});

test("the channels hear the load balancer's alerts as well as the module's", () => {
  expect(afterclick).toContain("channels = local.channels");
  expect(resource("google_monitoring_alert_policy.front")).toMatch(
    /^ {2}notification_channels = local\.channels$/m,
  );
});

test("who passes IAP is told by the same rule as who calls admin", () => {
  const rules = [...(everything + text).matchAll(/regex\("(\^\(\?:\(\?:user[^"]*)", member\)/g)];
  expect(rules.map(([, rule]) => rule)).toEqual(Array(2).fill(rules[0]?.[1]));
});

test.each(readdirSync(join(module, "examples")))(
  "the example %s refuses to destroy what holds data, unless told",
  (name) => {
    const variables = read(`examples/${name}/variables.tf`);
    const policy = blocks("variable", variables).find(([variable]) => variable === "deletion_policy")?.[1];
    if (policy !== undefined) expect(policy).toMatch(/^ {2}default += "PREVENT"$/m);
    expect(textOf(`examples/${name}`)).toMatch(
      policy === undefined ? /^(?!.*deletion_policy)/s : /^ {2}deletion_policy = var\.deletion_policy$/m,
    );
  },
);
