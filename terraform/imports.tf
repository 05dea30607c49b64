# Files of backend events: the bucket into which senders put them, and how import hears of each.

locals {
  imports_bucket = coalesce(var.imports.bucket, "${var.project_id}-${var.name}-imports")
  # Each sender sees the files of its own imports and nothing else: `in` to write, `results` to read.
  import_senders = merge([
    for import, members in var.imports.senders : {
      for grant in setproduct(["in", "results"], members) : "${import} ${grant[0]} ${grant[1]}" => {
        folder = "${import}/${grant[0]}/"
        role   = grant[0] == "in" ? "roles/storage.objectUser" : "roles/storage.objectViewer"
        member = grant[1]
      }
    }
  ]...)
}

resource "google_storage_bucket" "imports" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs name who reads it, where they are switched on.
  #checkov:skip=CKV_GCP_78:A file is copied when it arrives; an overwritten one is a correction, and soft delete keeps it for a week.
  project                     = var.project_id
  name                        = local.imports_bucket
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  soft_delete_policy {
    retention_duration_seconds = 7 * 24 * 60 * 60
  }

  # What import keeps of a file it removes itself; this is for what a crash left.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 14
      matches_prefix = ["_kept/"]
    }
  }

  # Files that senders leave where they put them, and what became of them.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.imports.keep_days
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.api]
}

# Cloud Storage's own account in this project: asking for it makes it.
data "google_storage_project_service_account" "agent" {
  project = var.project_id

  depends_on = [google_project_service.api]
}

# Without it the notification cannot be made.
resource "google_pubsub_topic_iam_member" "storage_tells_imports" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["imports"].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${data.google_storage_project_service_account.agent.email_address}"
}

# Each new generation of an object, however it came. Attributes alone: import asks the bucket for the rest.
resource "google_storage_notification" "imports" {
  bucket         = google_storage_bucket.imports.name
  topic          = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["imports"].name}"
  payload_format = "NONE"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.storage_tells_imports]
}

# admin tells of files that were sent to it, import of those that are left when its time is over.
resource "google_pubsub_topic_iam_member" "publishes_imports" {
  for_each = toset(["admin", "import"])

  project = var.project_id
  topic   = google_pubsub_topic.topic["imports"].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account[each.key].member
}

resource "google_pubsub_subscription" "imports" {
  project = var.project_id
  name    = "${var.name}-imports"
  topic   = google_pubsub_topic.topic["imports"].id
  # As long as import may take to answer.
  ack_deadline_seconds         = var.sizes.import.timeout_seconds
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = google_cloudfunctions2_function.import.service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.import.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.queue.retry_min_seconds}s"
    maximum_backoff = "${var.queue.retry_max_seconds}s"
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes_import,
    google_service_account_iam_member.agent_signs_as_push,
  ]
}

# Notices may be lost, and files may lie there before their import is added: the bucket is looked through.
resource "google_cloud_scheduler_job" "sweep" {
  project     = var.project_id
  region      = var.region
  name        = "${var.name}-sweep"
  description = "Has import look through the bucket for files of which nobody told"
  schedule    = "*/15 * * * *"
  time_zone   = "Etc/UTC"
  # It works on what it finds, as a push does.
  attempt_deadline = "${var.sizes.import.timeout_seconds}s"

  http_target {
    http_method = "POST"
    uri         = "${google_cloudfunctions2_function.import.service_config[0].uri}/sweep"

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.import.service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.push_invokes_import, google_project_service.api]
}

resource "google_storage_bucket_iam_member" "import" {
  bucket = google_storage_bucket.imports.name
  role   = "roles/storage.objectUser"
  member = google_service_account.account["import"].member
}

# What is sent to admin lies where nobody else writes.
resource "google_storage_bucket_iam_member" "admin" {
  bucket = google_storage_bucket.imports.name
  role   = "roles/storage.objectUser"
  member = google_service_account.account["admin"].member

  condition {
    title       = "${var.name}-kept"
    description = "Files of imports that are kept, and nothing that senders see"
    expression  = "resource.name.startsWith(\"projects/_/buckets/${local.imports_bucket}/objects/_kept/\")"
  }
}

# objectCreator would not do: to write a name again, which is how a file is put right, takes objects.delete.
resource "google_storage_bucket_iam_member" "sender" {
  for_each = local.import_senders

  bucket = google_storage_bucket.imports.name
  role   = each.value.role
  member = each.value.member

  condition {
    title       = "${var.name}-${replace(trimsuffix(each.value.folder, "/"), "/", "-")}"
    description = "The sender's own files alone"
    expression  = "resource.name.startsWith(\"projects/_/buckets/${local.imports_bucket}/objects/${each.value.folder}\")"
  }
}
