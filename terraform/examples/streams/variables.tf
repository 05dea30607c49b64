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
  description = "Who may manage streams and read payloads, e.g. [\"user:ada@example.com\"]."
  type        = set(string)
  default     = []
}

variable "streams" {
  description = "Streams by their id, a UUID in lower case (uuidgen | tr A-Z a-z). Ids are secret addresses: keep the file that holds them, like the state, where few people read it."
  type        = any
  default     = {}
}

variable "deletion_policy" {
  description = "DELETE, applied first, lets terraform destroy take down what holds data: docs/deploy.md, \"Taking it down\"."
  type        = string
  default     = "PREVENT"
}
