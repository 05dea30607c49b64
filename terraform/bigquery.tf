# Datasets and who may use them. Tables and views belong to the application: it makes them, adds columns to them and
# labels them, and an apply never touches a row. Access is additive: never mixed with access blocks, which would take
# away what others granted.

locals {
  created_datasets = merge(
    { for id, dataset in var.bigquery.datasets : id => "Afterclick: rows of streams" if dataset.create },
    var.bigquery.product_dataset.create ? { (var.bigquery.product_dataset.id) = "Afterclick: dead letters and what happened to them" } : {},
  )
  stream_datasets = { for id, dataset in var.bigquery.datasets : id => coalesce(dataset.project_id, var.project_id) }
}

resource "google_bigquery_dataset" "dataset" {
  for_each = local.created_datasets

  project                    = var.project_id
  dataset_id                 = each.key
  description                = each.value
  location                   = local.location
  max_time_travel_hours      = "168"
  delete_contents_on_destroy = false
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.api]
}

# deliver makes tables and views and appends; admin reads dead letters and writes what happened to them; import writes
# backend events.
resource "google_bigquery_dataset_iam_member" "product" {
  for_each = toset(["deliver", "admin", "import"])

  project    = var.project_id
  dataset_id = var.bigquery.product_dataset.id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.account[each.key].member

  depends_on = [google_bigquery_dataset.dataset]
}

resource "google_bigquery_dataset_iam_member" "deliver" {
  for_each = local.stream_datasets

  project    = each.value
  dataset_id = each.key
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.account["deliver"].member

  depends_on = [google_bigquery_dataset.dataset]
}

resource "google_bigquery_dataset_iam_member" "admin" {
  for_each = local.stream_datasets

  project    = each.value
  dataset_id = each.key
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.account["admin"].member

  depends_on = [google_bigquery_dataset.dataset]
}

# Web events, to link backend events to them, and the tables of feeds, which it makes.
resource "google_bigquery_dataset_iam_member" "import" {
  for_each = local.stream_datasets

  project    = each.value
  dataset_id = each.key
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.account["import"].member

  depends_on = [google_bigquery_dataset.dataset]
}
