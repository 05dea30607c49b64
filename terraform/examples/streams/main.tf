# Streams as plain objects, reviewed like code. The API and the command line show them and change nothing.

module "afterclick" {
  source = "../.."

  project_id      = var.project_id
  region          = var.region
  function_source = var.function_source
  deletion_policy = var.deletion_policy

  admin = {
    callers      = var.admin_callers
    first_admins = [for member in var.admin_callers : split(":", member)[1] if can(regex("^(user|serviceAccount):", member))]
  }
  streams = var.streams
}
