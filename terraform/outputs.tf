output "collect_url" {
  description = "Senders call COLLECT_URL/ds/STREAM_ID."
  value       = local.collect_url
}

output "admin_url" {
  description = "Address of the admin API at run.app: AFTERCLICK_URL of the command line."
  value       = google_cloudfunctions2_function.admin.service_config[0].uri
}

output "collect_service" {
  description = "Name of collect's Cloud Run service, for the serverless network endpoint group of a load balancer."
  value       = google_cloudfunctions2_function.collect.name
}

output "admin_service" {
  description = "Name of admin's Cloud Run service, for a load balancer with IAP."
  value       = google_cloudfunctions2_function.admin.name
}

output "deliver_service" {
  description = "Name of deliver's Cloud Run service."
  value       = google_cloudfunctions2_function.deliver.name
}

output "import_service" {
  description = "Name of import's Cloud Run service."
  value       = google_cloudfunctions2_function.import.name
}

output "imports_bucket" {
  description = "Bucket into which senders put files of backend events, at IMPORT/in/NAME."
  value       = google_storage_bucket.imports.name
}

output "topic" {
  description = "Topic of the hits, projects/P/topics/T."
  value       = local.topic
}

output "subscription" {
  description = "Subscription that pushes hits to deliver, projects/P/subscriptions/S."
  value       = "projects/${var.project_id}/subscriptions/${google_pubsub_subscription.push["deliver"].name}"
}

output "retry_topic" {
  description = "Topic of the hits that come later, projects/P/topics/T."
  value       = local.retry_topic
}

output "retry_subscription" {
  description = "Subscription that pushes hits that come later to deliver, projects/P/subscriptions/S."
  value       = "projects/${var.project_id}/subscriptions/${google_pubsub_subscription.push["retried"].name}"
}

output "dead_topic" {
  description = "Topic of the hits that Pub/Sub gave up, projects/P/topics/T."
  value       = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["dead"].name}"
}

output "database" {
  description = "Firestore database of the registry."
  value       = local.database
}

output "datasets" {
  description = "Datasets that streams may write to, as project.dataset."
  value       = [for id, project in local.stream_datasets : "${project}.${id}"]
}

output "service_accounts" {
  description = "E-mail of each account: collect, deliver, admin, import, push and, where it is made here, build. Grant deliver dataEditor on a dataset to let streams write to it."
  value       = { for name, account in google_service_account.account : name => account.email }
}
