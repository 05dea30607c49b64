resource "google_firestore_database" "registry" {
  count = var.firestore.create ? 1 : 0

  project                           = var.project_id
  name                              = var.firestore.database
  location_id                       = coalesce(var.firestore.location, var.region)
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_policy == "DELETE" ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = var.deletion_policy

  dynamic "cmek_config" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.firestore.create && var.firestore.backup_retention_days > 0 ? 1 : 0

  project   = var.project_id
  database  = google_firestore_database.registry[0].name
  retention = "${var.firestore.backup_retention_days * 24 * 60 * 60}s"

  daily_recurrence {}
}

# Browsers and phones have no business here. Servers pass by IAM, which rules do not concern.
resource "google_firebaserules_ruleset" "deny_clients" {
  count = coalesce(var.firestore.rules, var.firestore.create) ? 1 : 0

  project = var.project_id

  source {
    files {
      name    = "firestore.rules"
      content = <<-EOT
        rules_version = '2';
        service cloud.firestore {
          match /databases/{database}/documents {
            match /{document=**} {
              allow read, write: if false;
            }
          }
        }
      EOT
    }
  }

  depends_on = [google_firestore_database.registry, google_project_service.api]

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_firebaserules_release" "deny_clients" {
  count = coalesce(var.firestore.rules, var.firestore.create) ? 1 : 0

  project = var.project_id
  name    = var.firestore.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.firestore.database}"
  # The provider gives the ruleset's name with its path or without, and wants it with.
  ruleset_name = "projects/${var.project_id}/rulesets/${basename(google_firebaserules_ruleset.deny_clients[0].name)}"
}
