locals {
  labels = merge({ product = "afterclick" }, var.labels)

  location    = coalesce(var.bigquery.location, var.region)
  collect_url = var.collect.public_url != null ? var.collect.public_url : google_cloudfunctions2_function.collect.service_config[0].uri

  # 31 days, the longest that Pub/Sub keeps a message.
  longest_retention = "${31 * 24 * 60 * 60}s"

  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  ingress = {
    all           = "ALLOW_ALL"
    public        = "ALLOW_ALL"
    load_balancer = "ALLOW_INTERNAL_AND_GCLB"
    internal      = "ALLOW_INTERNAL_ONLY"
  }

  # What infra/google/main.ts reads. FUNCTION_TARGET and PORT are set by the platform.
  common_env = {
    PROJECT           = var.project_id
    REGISTRY_DATABASE = local.database
    DEFAULT_DATASET   = var.bigquery.default_dataset
    LOG_LEVEL         = var.log_level
  }
  collect_env = merge(local.common_env, {
    TOPIC            = local.topic
    TRUSTED_PROXIES  = tostring(coalesce(var.collect.trusted_proxies, var.collect.ingress == "load_balancer" ? 2 : 1))
    SECRETS_PREFIX   = local.secrets_prefix
    SECRETS_LOCATION = var.region
    SECRETS_KMS_KEY  = var.kms_key_name == null ? "" : var.kms_key_name
  })
  deliver_env = merge(local.common_env, {
    RETRY_TOPIC     = local.retry_topic
    PRODUCT_DATASET = var.bigquery.product_dataset.id
    LOCATION        = local.location
  })
  admin_env = merge(local.common_env, {
    TOPIC              = local.topic
    SUBSCRIPTION       = "projects/${var.project_id}/subscriptions/${google_pubsub_subscription.push["deliver"].name}"
    RETRY_SUBSCRIPTION = "projects/${var.project_id}/subscriptions/${google_pubsub_subscription.push["retried"].name}"
    JOBS_TOPIC         = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["jobs"].name}"
    LIVE               = var.admin.live ? "on" : "off"
    PRODUCT_DATASET    = var.bigquery.product_dataset.id
    LOCATION           = local.location
    COLLECT_URL        = local.collect_url
    STATEMENT_GIB_MAX  = tostring(var.query_costs.statement_gib)
    DAY_GIB_MAX        = tostring(var.query_costs.day_gib)
    BUCKET             = google_storage_bucket.imports.name
    IMPORT_TOPIC       = local.import_topic
    IMPORT_ACCOUNT     = local.import_account
    SECRETS_PREFIX     = local.secrets_prefix
    SECRETS_LOCATION   = var.region
    SECRETS_KMS_KEY    = var.kms_key_name == null ? "" : var.kms_key_name
    FIRST_ADMINS       = join(",", sort(var.admin.first_admins))
    # Its addresses that are known before it is made; the one with a hash in it is told by each request.
    AUDIENCES = join(",", [
      "https://${var.name}-admin-${data.google_project.this.number}.${var.region}.run.app",
      "https://${var.region}-${var.project_id}.cloudfunctions.net/${var.name}-admin",
    ])
  })

  import_env = merge(local.common_env, {
    PRODUCT_DATASET  = var.bigquery.product_dataset.id
    LOCATION         = local.location
    BUCKET           = google_storage_bucket.imports.name
    IMPORT_TOPIC     = local.import_topic
    IMPORT_ACCOUNT   = local.import_account
    SECRETS_PREFIX   = local.secrets_prefix
    SECRETS_LOCATION = var.region
    SECRETS_KMS_KEY  = var.kms_key_name == null ? "" : var.kms_key_name
  })

  # Written out rather than taken from .id, which is known only after the apply: the plan then shows every setting.
  topic       = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["hits"].name}"
  retry_topic = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["retries"].name}"
  # Whoever shares a table or a bucket grants it to this account.
  import_account = "${var.name}-import@${var.project_id}.iam.gserviceaccount.com"
  import_topic   = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["imports"].name}"
  database       = var.firestore.create ? google_firestore_database.registry[0].name : var.firestore.database
}
