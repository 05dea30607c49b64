# One build, four functions: the entry point becomes FUNCTION_TARGET, which says what an instance is.
# Every optional setting is written out: most of them would otherwise keep what somebody set by hand.

resource "google_cloudfunctions2_function" "collect" {
  #checkov:skip=CKV_GCP_124:Senders are on the internet. collect.ingress = "load_balancer" shuts this door.
  project      = var.project_id
  name         = "${var.name}-collect"
  location     = var.region
  description  = "Takes hits from senders and answers once the queue holds them"
  kms_key_name = var.kms_key_name
  labels       = local.labels
  # Its address is in every sender's settings.
  deletion_policy = var.deletion_policy

  build_config {
    runtime           = var.runtime
    entry_point       = "collect"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = "projects/${var.project_id}/serviceAccounts/${local.build_account}"

    source {
      storage_source {
        bucket     = local.source_bucket
        object     = local.source_object
        generation = local.source_generation
      }
    }

    # Security patches of the system below Node arrive without a deployment.
    automatic_update_policy {}
  }

  service_config {
    all_traffic_on_latest_revision   = true
    available_cpu                    = tostring(var.sizes.collect.cpu)
    available_memory                 = "${var.sizes.collect.memory_mib}Mi"
    max_instance_request_concurrency = var.sizes.collect.concurrency
    min_instance_count               = var.sizes.collect.min_instances
    max_instance_count               = var.sizes.collect.max_instances
    timeout_seconds                  = var.sizes.collect.timeout_seconds
    ingress_settings                 = local.ingress[var.collect.ingress]
    service_account_email            = google_service_account.account["collect"].email
    environment_variables            = local.collect_env
  }

  # What it may do is there before it and stays until it is gone; so is what keeps its secret URLs out of the log.
  depends_on = [
    google_logging_project_exclusion.request_logs,
    google_project_service.api,
    time_sleep.build_grants,
    google_project_iam_member.collect_reads_secrets,
    google_project_iam_member.registry,
    google_pubsub_topic_iam_member.publisher,
  ]
}

resource "google_cloudfunctions2_function" "deliver" {
  project      = var.project_id
  name         = "${var.name}-deliver"
  location     = var.region
  description  = "Writes hits into the streams' tables"
  kms_key_name = var.kms_key_name
  labels       = local.labels

  deletion_policy = var.deletion_policy

  build_config {
    runtime           = var.runtime
    entry_point       = "deliver"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = "projects/${var.project_id}/serviceAccounts/${local.build_account}"

    source {
      storage_source {
        bucket     = local.source_bucket
        object     = local.source_object
        generation = local.source_generation
      }
    }

    automatic_update_policy {}
  }

  service_config {
    all_traffic_on_latest_revision   = true
    available_cpu                    = tostring(var.sizes.deliver.cpu)
    available_memory                 = "${var.sizes.deliver.memory_mib}Mi"
    max_instance_request_concurrency = var.sizes.deliver.concurrency
    min_instance_count               = var.sizes.deliver.min_instances
    max_instance_count               = var.sizes.deliver.max_instances
    timeout_seconds                  = var.sizes.deliver.timeout_seconds
    # Pushes of this project's Pub/Sub to the run.app address count as internal.
    ingress_settings      = "ALLOW_INTERNAL_ONLY"
    service_account_email = google_service_account.account["deliver"].email
    environment_variables = local.deliver_env
  }

  # What it may do is there before it and stays until it is gone.
  depends_on = [
    google_project_service.api,
    time_sleep.build_grants,
    google_bigquery_dataset_iam_member.deliver,
    google_bigquery_dataset_iam_member.product,
    google_project_iam_member.registry,
    google_pubsub_topic_iam_member.deliver_publishes_retries,
  ]
}

resource "google_cloudfunctions2_function" "admin" {
  #checkov:skip=CKV_GCP_124:Every call needs an identity that holds run.invoker. admin.ingress narrows the network too.
  project      = var.project_id
  name         = "${var.name}-admin"
  location     = var.region
  description  = "Manages streams, finds hits and replays dead letters"
  kms_key_name = var.kms_key_name
  labels       = local.labels

  deletion_policy = var.deletion_policy

  build_config {
    runtime           = var.runtime
    entry_point       = "admin"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = "projects/${var.project_id}/serviceAccounts/${local.build_account}"

    source {
      storage_source {
        bucket     = local.source_bucket
        object     = local.source_object
        generation = local.source_generation
      }
    }

    automatic_update_policy {}
  }

  service_config {
    all_traffic_on_latest_revision   = true
    available_cpu                    = tostring(var.sizes.admin.cpu)
    available_memory                 = "${var.sizes.admin.memory_mib}Mi"
    max_instance_request_concurrency = var.sizes.admin.concurrency
    min_instance_count               = var.sizes.admin.min_instances
    max_instance_count               = var.sizes.admin.max_instances
    timeout_seconds                  = var.sizes.admin.timeout_seconds
    ingress_settings                 = local.ingress[var.admin.ingress]
    service_account_email            = google_service_account.account["admin"].email
    environment_variables            = local.admin_env
  }

  # What it may do is there before it and stays until it is gone; so is what keeps its secret URLs out of the log.
  depends_on = [
    google_logging_project_exclusion.request_logs,
    google_project_service.api,
    time_sleep.build_grants,
    google_bigquery_dataset_iam_member.admin,
    google_bigquery_dataset_iam_member.product,
    google_project_iam_member.admin_backlog,
    google_project_iam_member.admin_keeps_secrets,
    google_project_iam_member.admin_live,
    google_project_iam_member.admin_makes_secrets,
    google_project_iam_member.jobs,
    google_project_iam_member.registry,
    google_pubsub_topic_iam_member.admin_attaches_live,
    google_pubsub_topic_iam_member.admin_publishes_jobs,
    google_pubsub_topic_iam_member.publisher,
    google_pubsub_topic_iam_member.publishes_imports,
    google_storage_bucket_iam_member.admin,
  ]
}

resource "google_cloudfunctions2_function" "import" {
  project      = var.project_id
  name         = "${var.name}-import"
  location     = var.region
  description  = "Makes rows of files of backend events"
  kms_key_name = var.kms_key_name
  labels       = local.labels

  deletion_policy = var.deletion_policy

  build_config {
    runtime           = var.runtime
    entry_point       = "import"
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = "projects/${var.project_id}/serviceAccounts/${local.build_account}"

    source {
      storage_source {
        bucket     = local.source_bucket
        object     = local.source_object
        generation = local.source_generation
      }
    }

    automatic_update_policy {}
  }

  service_config {
    all_traffic_on_latest_revision   = true
    available_cpu                    = tostring(var.sizes.import.cpu)
    available_memory                 = "${var.sizes.import.memory_mib}Mi"
    max_instance_request_concurrency = var.sizes.import.concurrency
    min_instance_count               = var.sizes.import.min_instances
    max_instance_count               = var.sizes.import.max_instances
    timeout_seconds                  = var.sizes.import.timeout_seconds
    # Pushes of this project's Pub/Sub and jobs of its Cloud Scheduler to the run.app address count as internal.
    ingress_settings      = "ALLOW_INTERNAL_ONLY"
    service_account_email = google_service_account.account["import"].email
    environment_variables = local.import_env
  }

  # What it may do is there before it and stays until it is gone.
  depends_on = [
    google_project_service.api,
    time_sleep.build_grants,
    google_bigquery_dataset_iam_member.import,
    google_bigquery_dataset_iam_member.product,
    google_project_iam_member.import_reads_secrets,
    google_project_iam_member.jobs,
    google_project_iam_member.registry,
    google_pubsub_topic_iam_member.publishes_imports,
    google_storage_bucket_iam_member.import,
  ]
}

# Senders carry no Google identity: a stream's address is what they know. This is the one public grant.
# Each grant is made anew with its function: a function that is replaced comes back without any.

resource "google_cloud_run_v2_service_iam_member" "anybody_invokes_collect" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.collect.name
  role     = "roles/run.invoker"
  member   = "allUsers"

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.collect.id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "push_invokes_deliver" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.deliver.name
  role     = "roles/run.invoker"
  member   = google_service_account.account["push"].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.deliver.id]
  }
}

# For the steps of jobs alone: an account that is nobody among admin's people gets no other answer.
resource "google_cloud_run_v2_service_iam_member" "push_invokes_admin" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.admin.name
  role     = "roles/run.invoker"
  member   = google_service_account.account["push"].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.admin.id]
  }
}

# Pub/Sub's pushes and the scheduler's sweeps.
resource "google_cloud_run_v2_service_iam_member" "push_invokes_import" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.import.name
  role     = "roles/run.invoker"
  member   = google_service_account.account["push"].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.import.id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "callers_invoke_admin" {
  for_each = var.admin.callers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.admin.name
  role     = "roles/run.invoker"
  member   = each.key

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.admin.id]
  }
}
