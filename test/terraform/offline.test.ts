import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { noTerraform, runTerraform } from "./tool.ts";

/** The providers' stand-in, offline/, finds what the real ones would find, and is not stricter. */

const head = `terraform {
  required_providers {
    google  = { source = "hashicorp/google", version = "~> 7.45" }
    archive = { source = "hashicorp/archive", version = "~> 2.7" }
    random  = { source = "hashicorp/random" }
    time    = { source = "hashicorp/time" }
    null    = { source = "hashicorp/null" }
  }
}
`;
const stack = `
variable "type" {
  default = "FIRESTORE_NATIVE"
}
data "google_project" "this" {
  project_id = "demo-project"
}
data "archive_file" "source" {
  type        = "zip"
  source_dir  = "."
  output_path = "source.zip"
}
resource "random_id" "suffix" {
  byte_length = 4
}
resource "time_static" "now" {}
resource "null_resource" "nothing" {}
resource "google_service_account" "run" {
  account_id = "collector-run"
}
resource "google_pubsub_topic" "events" {
  name   = "events"
  labels = { team = "data" }
}
resource "google_pubsub_subscription" "deliver" {
  name  = "deliver"
  topic = google_pubsub_topic.events.id
  push_config {
    push_endpoint = "https://example.com/\${google_pubsub_topic.events.id}"
  }
}
resource "google_pubsub_topic_iam_member" "agent" {
  topic  = google_pubsub_topic.events.name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-\${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
resource "google_firestore_database" "streams" {
  name        = "streams-\${random_id.suffix.hex}"
  location_id = "eur3"
  type        = var.type
}
resource "google_project_iam_member" "each" {
  for_each = toset([google_service_account.run.email])
  project  = "demo-project"
  role     = "roles/viewer"
  member   = "serviceAccount:\${each.key}"
}
output "location" {
  value = provider::google::location_from_id("projects/p/locations/europe-west1/functions/f")
}
`;

const google = 'provider "google" {\n  project = "demo-project"\n  deletion_policy = "PREVENT"\n}\n';
const planned = {
  "main.tf": head + stack,
  "plan.tftest.hcl": `${google}
override_data {
  target = data.google_project.this
  values = { number = "42" }
}
run "plan" {
  command = plan
  assert {
    condition     = google_service_account.run.member == "serviceAccount:collector-run@demo-project.iam.gserviceaccount.com"
    error_message = "member is known"
  }
  assert {
    condition     = google_pubsub_subscription.deliver.message_retention_duration == "604800s"
    error_message = "defaults are there"
  }
  assert {
    condition     = google_pubsub_topic.events.deletion_policy == "PREVENT" && google_pubsub_topic.events.project == "demo-project"
    error_message = "the provider block is heeded"
  }
  assert {
    condition     = google_pubsub_topic.events.terraform_labels["team"] == "data"
    error_message = "labels are there"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.agent.member == "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "data can be overridden"
  }
  assert {
    condition     = output.location == "europe-west1"
    error_message = "functions answer"
  }
}
run "bad_variable" {
  command = plan
  variables {
    type = "FIRESTORE_NATIVE"
  }
}
`,
};

/** Runs Terraform on these files. @returns its exit status, and what it printed in one line */
function terraform(files: Record<string, string>, ...args: string[]) {
  return inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const { status, output } = await runTerraform(folder, [...args, "-no-color"]);
    return {
      status,
      output: output.replace(/\s+/g, " "),
      installed: existsSync(join(folder, ".terraform/providers")),
    };
  });
}

const brokenOnes: [string, string, RegExp][] = [
  [
    "an unknown argument",
    'resource "google_pubsub_topic" "t" {\n  name  = "t"\n  label = {}\n}',
    /Unsupported argument.*"label"/,
  ],
  [
    "a missing argument",
    'resource "google_pubsub_subscription" "s" {\n  name = "s"\n}',
    /Missing required argument.*"topic"/,
  ],
  [
    "a wrong type",
    'resource "google_pubsub_subscription" "s" {\n  name = "s"\n  topic = "t"\n  ack_deadline_seconds = "soon"\n}',
    /a number is required/,
  ],
  [
    "a value that is not in the list",
    'resource "google_firestore_database" "d" {\n  name = "d"\n  location_id = "eur3"\n  type = "NATIVE"\n}',
    /type must be one of "FIRESTORE_NATIVE", "DATASTORE_MODE"/,
  ],
  [
    "such a value beside one known after apply",
    `resource "google_service_account" "a" {\n  account_id = "account"\n}
resource "google_cloudfunctions2_function" "f" {\n  name = "f"\n  location = "europe-west1"\n  service_config {\n    ingress_settings = "ALL"\n    service_account_email = google_service_account.a.email\n  }\n}`,
    /ingress_settings must be one of/,
  ],
  [
    "a name that breaks its pattern",
    'resource "google_service_account" "a" {\n  account_id = "A"\n}',
    /account_id must be 6 to 30 characters/,
  ],
  [
    "a member without its kind",
    'resource "google_project_iam_member" "m" {\n  project = "p"\n  role = "r"\n  member = "me@example.com"\n}',
    /member must be an IAM member/,
  ],
  [
    "arguments that exclude each other",
    'resource "google_pubsub_subscription" "s" {\n  name = "s"\n  topic = "t"\n  push_config {\n    push_endpoint = "https://example.com"\n  }\n  bigquery_config {\n    table = "p.d.t"\n  }\n}',
    /"push_config": conflicts with "bigquery_config"/,
  ],
  [
    "neither of two arguments",
    'resource "google_secret_manager_secret" "s" {\n  secret_id = "s"\n  replication {}\n}',
    /one of "replication.0.auto", "replication.0.user_managed" must be specified/,
  ],
  [
    "a value for what the provider decides",
    'resource "google_pubsub_topic" "t" {\n  name = "t"\n  effective_labels = {}\n}',
    /Value for unconfigurable attribute/,
  ],
  [
    "a zip that is no zip",
    'data "archive_file" "a" {\n  type = "rar"\n  source_dir = "."\n  output_path = "a"\n}',
    /type must be one of "zip", "tar.gz"/,
  ],
];

needing(noTerraform({ ...process.env, TERRAFORM: "" }), () => {
  test("init downloads nothing", async () => {
    const { status, output, installed } = await terraform({ "main.tf": head }, "init", "-backend=false");
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(installed).toBe(false);
  });

  test("validate accepts the stack", async () => {
    expect(await terraform({ "main.tf": head + stack }, "validate")).toMatchObject({ status: 0 });
  });

  test.each(brokenOnes)("validate refuses %s", async (_name, body, message) => {
    const { status, output } = await terraform({ "main.tf": head + body }, "validate");
    expect(output).toMatch(message);
    expect(status).toBe(1);
  });

  test("terraform test plans without a mock", async () => {
    const { status, output } = await terraform(planned, "test");
    expect(output).toMatch(/2 passed, 0 failed/);
    expect(status).toBe(0);
  });

  test("terraform test finds a wrong variable value", async () => {
    const files = { ...planned, "terraform.tfvars": 'type = "NATIVE"\n' };
    const { status, output } = await terraform(files, "test");
    expect(output).toMatch(/type must be one of/);
    expect(status).toBe(1);
  });

  test("terraform test applies with mock_provider", async () => {
    const mocked = `mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = { email = "x@demo-project.iam.gserviceaccount.com" }
  }
}
mock_provider "archive" {}
mock_provider "random" {}
mock_provider "time" {}
mock_provider "null" {}
run "apply" {
  assert {
    condition     = google_pubsub_topic.events.id != ""
    error_message = "computed values are mocked"
  }
}
`;
    const body = stack.replace(
      "toset([google_service_account.run.email])",
      'toset(["x@demo-project.iam.gserviceaccount.com"])',
    );
    expect(await terraform({ "main.tf": head + body, "apply.tftest.hcl": mocked }, "test")).toMatchObject({
      status: 0,
    });
  });

  const topic = `resource "google_pubsub_topic" "t" {\n  name = "t"\n}\n`;

  test("an apply without a mock is refused", async () => {
    const { status, output } = await terraform(
      { "main.tf": head + google + topic },
      "apply",
      "-auto-approve",
    );
    expect(output).toMatch(/Nothing can be applied offline/);
    expect(status).toBe(1);
  });

  test("a plan needs a project", async () => {
    const { status, output } = await terraform({ "main.tf": head + topic }, "plan");
    expect(output).toMatch(/project: required field is not set/);
    expect(status).toBe(1);
  });
});
