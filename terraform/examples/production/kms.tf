# The service agents that store something must be able to use the key. They exist once their service was used, or made
# by the commands of docs/deploy.md, "An own key".

# The key may lie elsewhere; its API is asked on behalf of this project (user_project_override).
resource "google_project_service" "key" {
  project            = var.project_id
  service            = "cloudkms.googleapis.com"
  disable_on_destroy = false
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = toset([
    "service-${data.google_project.this.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com",
    "service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com",
    "service-${data.google_project.this.number}@gcp-sa-secretmanager.iam.gserviceaccount.com",
    "service-${data.google_project.this.number}@gcf-admin-robot.iam.gserviceaccount.com",
    "service-${data.google_project.this.number}@gs-project-accounts.iam.gserviceaccount.com",
    "service-${data.google_project.this.number}@serverless-robot-prod.iam.gserviceaccount.com",
    "bq-${data.google_project.this.number}@bigquery-encryption.iam.gserviceaccount.com",
  ])

  crypto_key_id = var.kms_key_name
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.key}"

  depends_on = [google_project_service.key]
}
