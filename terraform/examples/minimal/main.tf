# The whole system with its defaults: from a sender's request to a row in the dataset "conversions".

module "afterclick" {
  source = "../.."

  project_id      = var.project_id
  region          = var.region
  function_source = var.function_source
  deletion_policy = var.deletion_policy

  admin = { callers = var.admin_callers }
}
