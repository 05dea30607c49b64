# Own domain, firewall, own key, a Firestore database and a dataset that exist already, own alert channels.

data "google_project" "this" {
  project_id = var.project_id
}

module "afterclick" {
  source = "../.."

  project_id      = var.project_id
  region          = var.region
  function_source = var.function_source
  deletion_policy = var.deletion_policy
  labels          = { environment = "production" }

  collect = {
    ingress    = "load_balancer"
    public_url = "https://${var.collect_domain}"
  }

  # People come through IAP; the command line, where it is used, by its own Google identity.
  admin = {
    ingress = length(var.cli_callers) > 0 ? "all" : "load_balancer"
    callers = setunion(var.cli_callers, ["serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"])

    # They add everybody else, with the command line.
    first_admins = var.first_admins
  }

  # Senders never wait for a cold start.
  sizes = {
    collect = { min_instances = 1 }
  }

  bigquery = {
    datasets        = { (var.dataset) = { create = false } }
    default_dataset = var.dataset
    location        = var.dataset_location
  }

  firestore = {
    create   = false
    database = var.database
  }

  alerts = {
    channels = local.channels
  }

  # The same name, but only once the agents may use it.
  kms_key_name = length(google_kms_crypto_key_iam_member.agent) > 0 ? var.kms_key_name : null
}
