# One account a function, one for Pub/Sub's pushes, one for the builds. Roles are granted on the one resource they are
# for, each beside it (pubsub.tf, bigquery.tf, functions.tf, storage.tf); here is what Google only grants on a project.

resource "google_service_account" "account" {
  for_each = merge(
    {
      collect = "Publishes hits and reads streams"
      deliver = "Writes hits into the streams' tables"
      admin   = "Manages streams and replays dead letters"
      import  = "Makes rows of files of backend events"
      push    = "Who Pub/Sub is when it pushes to deliver, admin and import"
    },
    var.build_service_account == null ? { build = "Builds the functions' images" } : {},
  )

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name} ${each.key}"
  description  = each.value
  # A new account of the same name has none of the old one's grants, here and elsewhere. The build's is nobody's address.
  deletion_policy = each.key == "build" ? "DELETE" : var.deletion_policy

  depends_on = [google_project_service.api]
}

# Firestore has no IAM of its own: the condition limits the role to the one database.
resource "google_project_iam_member" "registry" {
  for_each = {
    collect = "roles/datastore.viewer"
    deliver = "roles/datastore.viewer"
    admin   = "roles/datastore.user"
    import  = "roles/datastore.user"
  }

  project = var.project_id
  role    = each.value
  member  = google_service_account.account[each.key].member

  condition {
    title       = "${var.name}-registry"
    description = "The database of Afterclick's streams alone"
    expression  = "resource.name == \"projects/${var.project_id}/databases/${local.database}\""
  }
}

# Running a query belongs to a project; what it may read is granted on the datasets.
resource "google_project_iam_member" "jobs" {
  for_each = toset(["admin", "import"])

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.account[each.key].member
}

moved {
  from = google_project_iam_member.admin_jobs
  to   = google_project_iam_member.jobs["admin"]
}

resource "google_project_iam_custom_role" "backlog" {
  count = var.admin.reads_backlog ? 1 : 0

  project     = var.project_id
  role_id     = "${replace(var.name, "-", "_")}_backlog_reader"
  title       = "${var.name}: reads the age of the oldest waiting hit"
  permissions = ["monitoring.timeSeries.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "admin_backlog" {
  count = var.admin.reads_backlog ? 1 : 0

  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.backlog[0].role_id}"
  member  = google_service_account.account["admin"].member
}

# Who watches a stream's hits in the panel has a subscription of their own, made when they look: nothing could be granted on
# it before. A condition on its name would be false for every name, and Live would not work: Pub/Sub gives IAM no
# `resource.name`, as it is not among the services of https://cloud.google.com/iam/docs/conditions-resource-attributes. So
# these are the calls that are made and no others. The hits of any other topic stay out of reach unless somebody subscribed to
# them in this project: to subscribe anew needs `attachSubscription` on the topic, and admin has that on the topic of hits alone.
resource "google_project_iam_custom_role" "live" {
  count = var.admin.live ? 1 : 0

  project = var.project_id
  role_id = "${replace(var.name, "-", "_")}_live"
  title   = "${var.name}: follows hits by subscriptions of its own"
  permissions = [
    "pubsub.subscriptions.consume",
    "pubsub.subscriptions.create",
    "pubsub.subscriptions.delete",
    "pubsub.subscriptions.list",
    "pubsub.subscriptions.update",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "admin_live" {
  count = var.admin.live ? 1 : 0

  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.live[0].role_id}"
  member  = google_service_account.account["admin"].member
}

# The build fetches the code from a bucket that Cloud Functions makes during the first deployment, so nothing can be
# granted on it before: the condition limits the role to that bucket. With a key its name goes on after a hyphen; a prefix
# without an end would cover europe-west10 and its like beside europe-west1.
resource "google_project_iam_member" "build_source" {
  count = var.build_service_account == null ? 1 : 0

  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.account["build"].member

  condition {
    title       = "${var.name}-build-source"
    description = "The bucket of Cloud Functions' sources in this region alone"
    expression  = join(" || ", [for end in ["/", "-"] : "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}${end}\")"])
  }
}

# Cloud Logging takes lines for a project only. Without it a failed build leaves no word about why.
resource "google_project_iam_member" "build_log" {
  count = var.build_service_account == null ? 1 : 0

  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.account["build"].member
}

# A grant takes a while to be seen everywhere, and a build that starts before fails.
resource "time_sleep" "build_grants" {
  create_duration = "90s"

  triggers = {
    account = local.build_account
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}

locals {
  build_account = var.build_service_account == null ? google_service_account.account["build"].email : var.build_service_account
}
