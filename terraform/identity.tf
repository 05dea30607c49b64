# deletion_policy refuses in the midst of an apply, when grants are gone already: senders would be refused until somebody
# repaired it. This refuses the plan.

resource "terraform_data" "installed" {
  input = local.identity
  # Written anew with each change of the policy: what was moved on purpose is known from then on.
  triggers_replace = [var.deletion_policy]

  lifecycle {
    ignore_changes = [input]

    postcondition {
      # A part that a newer version of the module adds is no change.
      condition     = var.deletion_policy != "PREVENT" || alltrue([for part, value in local.identity : lookup(self.input, part, value) == value])
      error_message = "project_id, region, name, the made database or the made dataset of dead letters is another than what is installed, ${jsonencode(self.input)}; that would take away collect's address and what waits. Set it back, or see docs/deploy.md, \"Another name or region\"."
    }
  }
}

locals {
  # Of variables alone, so that every plan knows it.
  identity = {
    project_id = var.project_id
    region     = var.region
    name       = var.name
    database   = var.firestore.create ? "${var.firestore.database} in ${coalesce(var.firestore.location, var.region)}" : ""
    dataset    = var.bigquery.product_dataset.create ? "${var.bigquery.product_dataset.id} in ${local.location}" : ""
  }
}
