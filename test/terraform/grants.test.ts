import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { blocks, everything, textOf } from "./source.ts";
import { module } from "./tool.ts";

/** Who may do what. A plan shows the resources that a run names; a grant or a subscription that somebody adds
 *  is only seen in the source. */

const isGrant = ([address]: [string, string]) =>
  /^google_\w+?_(iam_(?!custom_role)\w+|access|access_control|acl)\./.test(address);

/** An argument's value, also one that goes over several lines, as one line. */
function argument(text: string, name: string): string | undefined {
  const value = new RegExp(`^ +${name} += ([^\\n]*[{[(]\\n.*?^ +[}\\])]+|[^\\n]*)$`, "ms").exec(text)?.[1];
  return value?.replaceAll(/\s+/g, " ");
}

const scopes = [
  "name",
  "bucket",
  "topic",
  "subscription",
  "dataset_id",
  "repository",
  "service_account_id",
  "web_backend_service",
  "crypto_key_id",
];

/** `role to member on what`, then what limits or multiplies it. */
function sentence([address, text]: [string, string]): [string, string] {
  const on = scopes
    .filter((scope) => argument(text, scope) !== undefined)
    .map((scope) => `${scope} ${argument(text, scope)}`);
  const parts = [
    `${argument(text, "role")} to ${argument(text, "member")} on ${on.join(", ") || `project ${argument(text, "project")}`}`,
    ...["count", "for_each", "expression", "replace_triggered_by"]
      .filter((name) => argument(text, name) !== undefined)
      .map((name) => `${name} ${argument(text, name)}`),
  ];
  return [address, parts.join("; ")];
}

test("these are all grants, with their role, whom they are given to, and on what", () => {
  expect(Object.fromEntries(blocks("resource").filter(isGrant).map(sentence))).toMatchInlineSnapshot(`
   {
     "google_artifact_registry_repository_iam_member.build": ""roles/artifactregistry.writer" to "serviceAccount:\${local.build_account}" on repository google_artifact_registry_repository.images.name",
     "google_bigquery_dataset_iam_member.admin": ""roles/bigquery.dataViewer" to google_service_account.account["admin"].member on dataset_id each.key; for_each local.stream_datasets",
     "google_bigquery_dataset_iam_member.deliver": ""roles/bigquery.dataEditor" to google_service_account.account["deliver"].member on dataset_id each.key; for_each local.stream_datasets",
     "google_bigquery_dataset_iam_member.import": ""roles/bigquery.dataEditor" to google_service_account.account["import"].member on dataset_id each.key; for_each local.stream_datasets",
     "google_bigquery_dataset_iam_member.product": ""roles/bigquery.dataEditor" to google_service_account.account[each.key].member on dataset_id var.bigquery.product_dataset.id; for_each toset(["deliver", "admin", "import"])",
     "google_cloud_run_v2_service_iam_member.anybody_invokes_collect": ""roles/run.invoker" to "allUsers" on name google_cloudfunctions2_function.collect.name; replace_triggered_by [google_cloudfunctions2_function.collect.id]",
     "google_cloud_run_v2_service_iam_member.callers_invoke_admin": ""roles/run.invoker" to each.key on name google_cloudfunctions2_function.admin.name; for_each var.admin.callers; replace_triggered_by [google_cloudfunctions2_function.admin.id]",
     "google_cloud_run_v2_service_iam_member.push_invokes_admin": ""roles/run.invoker" to google_service_account.account["push"].member on name google_cloudfunctions2_function.admin.name; replace_triggered_by [google_cloudfunctions2_function.admin.id]",
     "google_cloud_run_v2_service_iam_member.push_invokes_deliver": ""roles/run.invoker" to google_service_account.account["push"].member on name google_cloudfunctions2_function.deliver.name; replace_triggered_by [google_cloudfunctions2_function.deliver.id]",
     "google_cloud_run_v2_service_iam_member.push_invokes_import": ""roles/run.invoker" to google_service_account.account["push"].member on name google_cloudfunctions2_function.import.name; replace_triggered_by [google_cloudfunctions2_function.import.id]",
     "google_project_iam_member.admin_backlog": ""projects/\${var.project_id}/roles/\${google_project_iam_custom_role.backlog[0].role_id}" to google_service_account.account["admin"].member on project var.project_id; count var.admin.reads_backlog ? 1 : 0",
     "google_project_iam_member.admin_keeps_secrets": ""projects/\${var.project_id}/roles/\${google_project_iam_custom_role.secrets_keeper.role_id}" to google_service_account.account["admin"].member on project var.project_id; expression local.secrets_condition",
     "google_project_iam_member.admin_live": ""projects/\${var.project_id}/roles/\${google_project_iam_custom_role.live[0].role_id}" to google_service_account.account["admin"].member on project var.project_id; count var.admin.live ? 1 : 0",
     "google_project_iam_member.admin_makes_secrets": ""projects/\${var.project_id}/roles/\${google_project_iam_custom_role.secrets_maker.role_id}" to google_service_account.account["admin"].member on project var.project_id",
     "google_project_iam_member.build_log": ""roles/logging.logWriter" to google_service_account.account["build"].member on project var.project_id; count var.build_service_account == null ? 1 : 0",
     "google_project_iam_member.build_source": ""roles/storage.objectViewer" to google_service_account.account["build"].member on project var.project_id; count var.build_service_account == null ? 1 : 0; expression join(" || ", [for end in ["/", "-"] : "resource.name.startsWith(\\"projects/_/buckets/gcf-v2-sources-\${data.google_project.this.number}-\${var.region}\${end}\\")"])",
     "google_project_iam_member.collect_reads_secrets": ""roles/secretmanager.secretAccessor" to google_service_account.account["collect"].member on project var.project_id; expression "resource.name.startsWith(\\"projects/\${data.google_project.this.number}/secrets/\${local.secrets_prefix}proof-\\")"",
     "google_project_iam_member.import_reads_secrets": ""roles/secretmanager.secretAccessor" to google_service_account.account["import"].member on project var.project_id; expression local.secrets_condition",
     "google_project_iam_member.jobs": ""roles/bigquery.jobUser" to google_service_account.account[each.key].member on project var.project_id; for_each toset(["admin", "import"])",
     "google_project_iam_member.registry": "each.value to google_service_account.account[each.key].member on project var.project_id; for_each { collect = "roles/datastore.viewer" deliver = "roles/datastore.viewer" admin = "roles/datastore.user" import = "roles/datastore.user" }; expression "resource.name == \\"projects/\${var.project_id}/databases/\${local.database}\\""",
     "google_pubsub_subscription_iam_member.agent_acks_given_up": ""roles/pubsub.subscriber" to local.pubsub_agent on subscription google_pubsub_subscription.push["retried"].name",
     "google_pubsub_topic_iam_member.admin_attaches_live": ""roles/pubsub.subscriber" to google_service_account.account["admin"].member on topic google_pubsub_topic.topic["hits"].name; count var.admin.live ? 1 : 0",
     "google_pubsub_topic_iam_member.admin_publishes_jobs": ""roles/pubsub.publisher" to google_service_account.account["admin"].member on topic google_pubsub_topic.topic["jobs"].name",
     "google_pubsub_topic_iam_member.agent_publishes_dead": ""roles/pubsub.publisher" to local.pubsub_agent on topic google_pubsub_topic.topic["dead"].name",
     "google_pubsub_topic_iam_member.deliver_publishes_retries": ""roles/pubsub.publisher" to google_service_account.account["deliver"].member on topic google_pubsub_topic.topic["retries"].name",
     "google_pubsub_topic_iam_member.publisher": ""roles/pubsub.publisher" to google_service_account.account[each.key].member on topic google_pubsub_topic.topic["hits"].name; for_each toset(["collect", "admin"])",
     "google_pubsub_topic_iam_member.publishes_imports": ""roles/pubsub.publisher" to google_service_account.account[each.key].member on topic google_pubsub_topic.topic["imports"].name; for_each toset(["admin", "import"])",
     "google_pubsub_topic_iam_member.storage_tells_imports": ""roles/pubsub.publisher" to "serviceAccount:\${data.google_storage_project_service_account.agent.email_address}" on topic google_pubsub_topic.topic["imports"].name",
     "google_service_account_iam_member.agent_signs_as_push": ""roles/iam.serviceAccountOpenIdTokenCreator" to local.pubsub_agent on service_account_id google_service_account.account["push"].name",
     "google_storage_bucket_iam_member.admin": ""roles/storage.objectUser" to google_service_account.account["admin"].member on bucket google_storage_bucket.imports.name; expression "resource.name.startsWith(\\"projects/_/buckets/\${local.imports_bucket}/objects/_kept/\\")"",
     "google_storage_bucket_iam_member.import": ""roles/storage.objectUser" to google_service_account.account["import"].member on bucket google_storage_bucket.imports.name",
     "google_storage_bucket_iam_member.sender": "each.value.role to each.value.member on bucket google_storage_bucket.imports.name; for_each local.import_senders; expression "resource.name.startsWith(\\"projects/_/buckets/\${local.imports_bucket}/objects/\${each.value.folder}\\")"",
   }
  `);
});

test.each(readdirSync(join(module, "examples")))(
  "the example %s grants what it says, and nothing besides",
  (name) => {
    const grants = blocks("resource", textOf(join("examples", name)))
      .filter(isGrant)
      .map(sentence);
    expect(Object.fromEntries(grants)).toEqual(
      name === "production"
        ? {
            "google_iap_web_backend_service_iam_member.admin":
              '"roles/iap.httpsResourceAccessor" to each.key on web_backend_service google_compute_backend_service.admin.name; for_each var.iap_members',
            "google_kms_crypto_key_iam_member.agent": expect.stringMatching(
              /^"roles\/cloudkms.cryptoKeyEncrypterDecrypter" to "serviceAccount:\$\{each.key\}" on crypto_key_id var.kms_key_name; for_each toset/,
            ),
          }
        : {},
    );
  },
);

test("no resource escapes these tests by the way it is written", () => {
  expect(blocks("resource")).toHaveLength([...everything.matchAll(/^\s*resource\b/gm)].length);
  expect(everything).not.toMatch(/^\s*module\b/m);
});

test("datasets are granted by roles alone", () => {
  expect(everything).not.toMatch(/^ +(dynamic "access"|access) \{/m);
});

test("a function that is made anew gets its grant back", () => {
  const invokers = blocks("resource").filter(([address]) =>
    address.startsWith("google_cloud_run_v2_service_iam_member."),
  );
  expect(invokers).toHaveLength(5);
  for (const [, text] of invokers) {
    const of = /^  name +=( google_cloudfunctions2_function\.\w+)\.name$/m.exec(text)?.[1];
    expect(text).toContain(`replace_triggered_by = [${of?.trim()}.id]`);
  }
});

test.each(["collect", "deliver", "admin", "import"])(
  "%s is made after its grants and taken down before them",
  (name) => {
    const grants = blocks("resource")
      .filter(isGrant)
      .filter(([, text]) => {
        const [, of] = /account\["?([\w.]+)"?\]/.exec(argument(text, "member") ?? "") ?? [];
        if (of !== "each.key") return of === name;
        return new RegExp(`\\b${name}\\b`).test(argument(text, "for_each")!);
      });
    expect(grants.length).toBeGreaterThan(1);
    const waitsFor = blocks("resource")
      .filter(([address]) => address === `google_cloudfunctions2_function.${name}`)
      .map(([, text]) => argument(text, "depends_on")!)
      .join();
    for (const [address] of grants) expect(waitsFor).toContain(` ${address},`);
  },
);

test("every subscription never expires, waits between attempts and pushes with a token", () => {
  const subscriptions = blocks("resource").filter(([address]) =>
    address.startsWith("google_pubsub_subscription."),
  );
  expect(subscriptions.map(([address]) => address)).toEqual([
    "google_pubsub_subscription.imports",
    "google_pubsub_subscription.push",
    "google_pubsub_subscription.jobs",
  ]);
  for (const [, text] of subscriptions)
    for (const part of [
      /^  expiration_policy \{\n    ttl = ""\n  \}/m,
      /^  retry_policy \{\n    minimum_backoff = "\$\{var.queue.retry_min_seconds\}s"\n    maximum_backoff = "\$\{var.queue.retry_max_seconds\}s"\n  \}/m,
      /^    oidc_token \{\n      service_account_email = google_service_account.account\["push"\].email\n/m,
    ])
      expect(text).toMatch(part);
});
