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

variable "collect_domain" {
  description = "Host that senders call, e.g. hits.example.com; its A record is the output address."
  type        = string
}

variable "admin_domain" {
  description = "Host of the admin API behind IAP, e.g. afterclick.example.com; its A record is the output address."
  type        = string
}

variable "iap_members" {
  description = "Who passes IAP, e.g. [\"group:marketing-ops@example.com\"]: people of the project's organization, since Google's own OAuth client admits no others."
  type        = set(string)

  validation {
    # As the module's admin.callers.
    condition     = alltrue([for member in var.iap_members : can(regex("^(?:(?:user|group|serviceAccount|domain):.+|principal(?:Set)?://(?:iam|cloudresourcemanager)\\.googleapis\\.com/.+)$", member))])
    error_message = "iap_members holds ${join(", ", var.iap_members)}; allowed are user:, group:, serviceAccount:, domain:, and principal:// and principalSet:// members of iam.googleapis.com or cloudresourcemanager.googleapis.com. allUsers and allAuthenticatedUsers would open every payload to anybody."
  }
}

variable "cli_callers" {
  description = "Who calls the admin API by its run.app address with the command line. Empty: only IAP leads to it."
  type        = set(string)
  default     = []
}

variable "requests_per_minute" {
  description = "Requests a minute that one address may send, in requests. A CRM sends from few addresses: take its busiest minute ten times."
  type        = number
  default     = 6000

  validation {
    # What Cloud Armor takes.
    condition     = var.requests_per_minute >= 1 && var.requests_per_minute <= 1000000 && floor(var.requests_per_minute) == var.requests_per_minute
    error_message = "requests_per_minute is ${var.requests_per_minute}; allowed are whole numbers from 1 to 1000000."
  }
}

variable "dataset" {
  description = "BigQuery dataset that exists and that streams write to."
  type        = string
}

variable "dataset_location" {
  description = "Its location: the region, since the dataset of dead letters is made there too, under the key."
  type        = string
}

variable "database" {
  description = "Firestore database that exists, in native mode."
  type        = string
  default     = "(default)"
}

variable "kms_key_name" {
  description = "Key in the region, projects/P/locations/REGION/keyRings/R/cryptoKeys/K."
  type        = string
}

variable "alert_mails" {
  description = "Mail addresses that alerts go to."
  type        = set(string)
  default     = []
}

variable "alert_channels" {
  description = "Notification channels that exist, projects/P/notificationChannels/N."
  type        = list(string)
  default     = []
}

variable "deletion_policy" {
  description = "DELETE, applied first, lets terraform destroy take down what holds data: docs/deploy.md, \"Taking it down\"."
  type        = string
  default     = "PREVENT"
}

variable "first_admins" {
  description = "Mail addresses of the people who are admins of Afterclick from the start, e.g. [\"ada@example.com\"]."
  type        = set(string)
  default     = []
}
