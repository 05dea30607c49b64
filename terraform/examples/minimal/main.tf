# The whole system with its defaults: from a sender's request to a row in the dataset "conversions".

module "afterclick" {
  source = "../.."

  project_id      = var.project_id
  region          = var.region
  function_source = var.function_source
  deletion_policy = var.deletion_policy

  # Whoever may call admin is an admin there from the start; more people are added with the command line.
  admin = {
    callers      = var.admin_callers
    first_admins = [for member in var.admin_callers : split(":", member)[1] if can(regex("^(user|serviceAccount):", member))]
  }
}
