# What the product must know in the clear: private keys, passwords for other people's doors. Each is a secret of Secret
# Manager whose id begins with NAME_; no name of an installation has an underscore, so none reaches into another's.

locals {
  secrets_prefix = "${var.name}_"
  # Secret Manager gives IAM the project's number.
  secrets_condition = "resource.name.startsWith(\"projects/${data.google_project.this.number}/secrets/${local.secrets_prefix}\")"
}

# To make one is asked of the project, where there is no name yet that a condition could look at. Names are no secrets.
resource "google_project_iam_custom_role" "secrets_maker" {
  project     = var.project_id
  role_id     = "${replace(var.name, "-", "_")}_secrets_maker"
  title       = "${var.name}: makes secrets and lists their names"
  permissions = ["secretmanager.secrets.create", "secretmanager.secrets.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "secrets_keeper" {
  project = var.project_id
  role_id = "${replace(var.name, "-", "_")}_secrets_keeper"
  title   = "${var.name}: puts, reads and retires its secrets"
  permissions = [
    "secretmanager.secrets.delete",
    "secretmanager.versions.access",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "admin_makes_secrets" {
  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.secrets_maker.role_id}"
  member  = google_service_account.account["admin"].member
}

resource "google_project_iam_member" "admin_keeps_secrets" {
  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.secrets_keeper.role_id}"
  member  = google_service_account.account["admin"].member

  condition {
    title       = "${var.name}-secrets"
    description = "Secrets of this installation alone"
    expression  = local.secrets_condition
  }
}

# import uses what people have put, and changes none of it.
resource "google_project_iam_member" "import_reads_secrets" {
  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.account["import"].member

  condition {
    title       = "${var.name}-secrets"
    description = "Secrets of this installation alone"
    expression  = local.secrets_condition
  }
}

# collect asks senders for their proofs, and reads what those need: no password for anybody's door.
resource "google_project_iam_member" "collect_reads_secrets" {
  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.account["collect"].member

  condition {
    title       = "${var.name}-proofs"
    description = "The secrets of this installation's senders alone"
    expression  = "resource.name.startsWith(\"projects/${data.google_project.this.number}/secrets/${local.secrets_prefix}proof-\")"
  }
}
