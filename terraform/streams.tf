# Streams that Terraform owns. The API and the command line show them and change nothing (managed_by); whoever edits
# one by hand gets it set back by the next apply. A change replaces the whole document.

resource "google_firestore_document" "stream" {
  for_each = local.streams

  project     = var.project_id
  database    = local.database
  collection  = "streams"
  document_id = each.key
  # Taking a stream out of the configuration would answer 404 to a sender that still calls: PREVENT says so first.
  deletion_policy = var.deletion_policy

  # Firestore's own way of writing values: texts, and lists of texts (methods; key where several paths name a record).
  fields = jsonencode(merge(
    { for field, value in each.value : field => { stringValue = tostring(value) } if can(tostring(value)) },
    { for field, value in each.value : field => { arrayValue = { values = [for item in value : { stringValue = item }] } } if !can(tostring(value)) },
  ))
}

locals {
  streams = { for id, stream in var.streams : id => merge(
    { for field, value in stream : field => value if value != null },
    { managed_by = "terraform" },
  ) }

  # Every time zone that the functions know; test/terraform keeps the two alike.
  zones = split("\n", trimspace(file("${path.module}/zones.txt")))
}
