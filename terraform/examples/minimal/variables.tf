variable "project_id" {
  description = "Project that everything is made in."
  type        = string
}

variable "region" {
  description = "Region of everything, e.g. europe-west1."
  type        = string
}

variable "function_source" {
  description = "What npm run build leaves: the zip, its folder, or gs://BUCKET/OBJECT.zip."
  type        = string
  default     = "../../../dist/afterclick-function.zip"
}

variable "admin_callers" {
  description = "Who may reach admin, and is an admin there, e.g. [\"user:ada@example.com\"]."
  type        = set(string)
  default     = []
}

variable "deletion_policy" {
  description = "DELETE, applied first, lets terraform destroy take down what holds data: docs/deploy.md, \"Taking it down\"."
  type        = string
  default     = "PREVENT"
}
