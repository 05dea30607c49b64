# The code: packed where it is a folder, uploaded where it is local, taken as it is at gs://.

locals {
  source_parts  = regex("^(?:gs://([^/]+)/([^#]+)(?:#([0-9]+))?)?", var.function_source)
  source_given  = startswith(var.function_source, "gs://")
  source_folder = !local.source_given && !endswith(var.function_source, ".zip")
  source_zip    = local.source_folder ? data.archive_file.function[0].output_path : var.function_source
  # The hash names the object, so that another build is another object and a rollback finds the former one's name.
  source_hash = local.source_given ? null : local.source_folder ? data.archive_file.function[0].output_sha256 : filesha256(var.function_source)

  source_bucket = local.source_given ? local.source_parts[0] : google_storage_bucket.source[0].name
  source_object = local.source_given ? local.source_parts[1] : google_storage_bucket_object.function[0].name
  # Said of an own upload too: what is left out here keeps the one in the state, which is of Google's own copy of the
  # former zip, and would be asked for under the new one's name.
  source_generation = local.source_given ? local.source_pinned : google_storage_bucket_object.function[0].generation
  source_pinned     = try(length(local.source_parts[2]), 0) > 0 ? tonumber(local.source_parts[2]) : null
}

data "archive_file" "function" {
  count = local.source_folder ? 1 : 0

  type        = "zip"
  source_dir  = var.function_source
  output_path = "${path.root}/.terraform/${var.name}-function.zip"
  # The same bytes whatever the umask of the machine.
  output_file_mode = "0644"
}

resource "google_storage_bucket" "source" {
  #checkov:skip=CKV_GCP_62:It holds code and no data; Cloud Audit Logs name who reads it, where they are switched on.
  count = local.source_given ? 0 : 1

  project                     = var.project_id
  name                        = "${var.project_id}-${var.name}-source"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # Code that can be built again; an older build is a version below.
  force_destroy = true
  labels        = local.labels

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # Only what a newer build has replaced, never the code that runs.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 90
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

resource "google_storage_bucket_object" "function" {
  count = local.source_given ? 0 : 1

  bucket       = google_storage_bucket.source[0].name
  name         = "function-${local.source_hash}.zip"
  source       = local.source_zip
  content_type = "application/zip"

  lifecycle {
    create_before_destroy = true
  }
}

# Images of the functions, so that the build account can be granted this repository and no other.
resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.region
  repository_id = "${var.name}-images"
  description   = "Images of Afterclick's functions, made by Cloud Build"
  format        = "DOCKER"
  kms_key_name  = var.kms_key_name
  labels        = local.labels

  # Every new instance pulls its revision's image: the newest stay, whatever their age.
  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "drop-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "7776000s"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${local.build_account}"
}
