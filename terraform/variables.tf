# Longer than 300 lines: every input with its unit, its reason and its limits, in one place.

variable "project_id" {
  description = "Project that everything is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is \"${var.project_id}\"; allowed are 6 to 30 lower-case letters, digits and hyphens. Give the project's id, not its name or number."
  }
}

variable "region" {
  description = "Region of the functions, e.g. europe-west1. Also where hits wait and, unless said otherwise, where BigQuery and Firestore keep them: choose it for residency. Changing it later gives collect another address."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region is \"${var.region}\"; allowed is one region that Cloud Functions runs in, such as europe-west1 or us-central1 (no zone, no multi-region)."
  }
}

variable "name" {
  description = "Starts the name of every resource: NAME-collect, NAME-hits and so on. Two installations in one project need two names, and other values of firestore.database, bigquery.product_dataset.id, bigquery.datasets and bigquery.default_dataset. Changing it later gives collect another address."
  type        = string
  default     = "afterclick"
  nullable    = false

  validation {
    # A service account's id has at most 30 characters and "-collect" takes 8.
    condition     = can(regex("^[a-z][a-z0-9-]{0,20}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\"; allowed are 2 to 22 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
  validation {
    # Pub/Sub refuses topics and Cloud Storage buckets that are called so.
    condition     = !strcontains(var.name, "goog")
    error_message = "name is \"${var.name}\"; Google keeps names with goog for itself. Give another."
  }
}

variable "labels" {
  description = "Labels of every resource that takes labels."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels holds ${join(", ", [for key, value in var.labels : "${key}=${value}"])}; allowed are keys of 1 to 63 and values of 0 to 63 lower-case letters, digits, _ and -, and a key begins with a letter."
  }
  validation {
    # A resource takes 64. The provider adds one, and Cloud Functions three to the service of a function.
    condition     = length(setunion(keys(var.labels), ["product"])) <= 60
    error_message = "labels holds ${length(var.labels)}; allowed are 59 besides product: a resource takes 64, and the module, the provider and Cloud Functions add 5."
  }
}

variable "function_source" {
  description = "What is deployed, one build for all four functions: the zip that `npm run build` leaves (dist/afterclick-function.zip), its folder (dist/function), or gs://BUCKET/OBJECT.zip, optionally with #GENERATION. At gs:// only another name or generation is a new version."
  type        = string
  nullable    = false

  validation {
    condition = (
      startswith(var.function_source, "gs://")
      ? can(regex("^gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]/[^#?\\[\\]*]{1,1000}\\.zip(#[0-9]{1,19})?$", var.function_source))
      : endswith(var.function_source, ".zip") ? fileexists(var.function_source) : fileexists("${var.function_source}/package.json")
    )
    error_message = "function_source is \"${var.function_source}\"; allowed are an existing .zip, a folder that holds package.json, or gs://BUCKET/OBJECT.zip with or without #GENERATION. Run npm run build and give dist/afterclick-function.zip."
  }
}

variable "runtime" {
  description = "Runtime of Cloud Functions. nodejs24, which the code is built for, runs until 2028-10-31."
  type        = string
  default     = "nodejs24"
  nullable    = false

  validation {
    condition     = var.runtime == "nodejs24"
    error_message = "runtime is \"${var.runtime}\"; allowed is nodejs24, which the code is built for."
  }
}

variable "log_level" {
  description = "The least severe lines that the functions log."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.log_level)
    error_message = "log_level is \"${var.log_level}\"; allowed are debug, info, warning and error. At error the alert on dead letters is blind: they are logged as warnings."
  }
}

variable "collect" {
  description = <<-EOT
    Who reaches collect, the function that senders call.
    - `ingress`: `public` (its run.app address) or `load_balancer` (only an external load balancer of this project, as in examples/production).
    - `public_url`: what senders call, e.g. https://hits.example.com, without a path; needed behind a load balancer, else the run.app address.
    - `trusted_proxies`: entries that Google's front ends add to X-Forwarded-For, 0 to 5; 1 at run.app, 2 behind a load balancer, one more for each own proxy in front. Too high a number lets senders choose the address that is logged.
  EOT
  type = object({
    ingress         = optional(string, "public")
    public_url      = optional(string)
    trusted_proxies = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["public", "load_balancer"], var.collect.ingress)
    error_message = "collect.ingress is \"${var.collect.ingress}\"; allowed are public and load_balancer."
  }
  validation {
    condition     = var.collect.public_url == null || can(regex("^https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$", var.collect.public_url))
    error_message = "collect.public_url is \"${coalesce(var.collect.public_url, "null")}\"; allowed is https:// and a host in lower case, without a path or a slash at the end, such as https://hits.example.com."
  }
  validation {
    condition     = var.collect.ingress != "load_balancer" || var.collect.public_url != null
    error_message = "collect.ingress is \"load_balancer\" and collect.public_url is missing; give the address that the load balancer answers at, such as https://hits.example.com, so that people are shown one that works."
  }
  validation {
    condition     = var.collect.trusted_proxies == null || contains([0, 1, 2, 3, 4, 5], coalesce(var.collect.trusted_proxies, 0))
    error_message = "collect.trusted_proxies is ${coalesce(var.collect.trusted_proxies, 0)}; allowed are whole numbers from 0 (take the address from the connection) to 5."
  }
}

variable "admin" {
  description = <<-EOT
    Who reaches admin, the API for streams, dead letters and searches. It is never public: every call carries a Google identity.
    - `callers`: members that may call it, such as group:marketing-ops@example.com. What each of them may do there is said by the people of Afterclick itself (docs/people.md): whoever is not one of them is refused.
    - `first_admins`: mail addresses of people or service accounts who are admins of Afterclick from the start, and stay so whatever is changed there. Without one nobody can add anybody.
    - `ingress`: `all` (any network, identity required), `load_balancer` (for IAP, as in examples/production) or `internal` (networks of this project).
    - `reads_backlog`: lets admin say how old the oldest waiting hit is. Cloud Monitoring can only be read for a whole project, so this grants a role of one permission, monitoring.timeSeries.list, there; the alert on waiting hits works without it.
    - `live`: lets people follow the hits of a stream in the panel and by `afterclick tail`. Each viewer has a subscription of their own to the topic of hits, made when they look, so this grants a role for subscriptions of the whole project; without it the rest of the panel works.
  EOT
  type = object({
    callers       = optional(set(string), [])
    first_admins  = optional(set(string), [])
    ingress       = optional(string, "all")
    reads_backlog = optional(bool, false)
    live          = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for member in var.admin.callers : can(regex("^(?:(?:user|group|serviceAccount|domain):.+|principal(?:Set)?://(?:iam|cloudresourcemanager)\\.googleapis\\.com/.+)$", member))])
    error_message = "admin.callers holds ${join(", ", var.admin.callers)}; allowed are user:, group:, serviceAccount:, domain:, and principal:// and principalSet:// members of iam.googleapis.com or cloudresourcemanager.googleapis.com. allUsers, allAuthenticatedUsers and principalSet://goog/public:all would open every payload to anybody."
  }
  validation {
    condition     = alltrue([for mail in var.admin.first_admins : can(regex("^[^\\s,:@]+@[^\\s,:@]+$", mail))])
    error_message = "admin.first_admins holds ${join(", ", var.admin.first_admins)}; allowed are mail addresses such as ada@example.com, without user: or serviceAccount: before them."
  }
  validation {
    condition     = contains(["all", "load_balancer", "internal"], var.admin.ingress)
    error_message = "admin.ingress is \"${var.admin.ingress}\"; allowed are all, load_balancer and internal."
  }
}

variable "sizes" {
  description = <<-EOT
    Size of each function. `cpu` in vCPUs (0.167, 0.333, 0.583, 1, 2, 4, 6, 8), `memory_mib` in MiB, `concurrency` in requests an instance handles at once, `min_instances` and `max_instances` in instances, `timeout_seconds` in seconds.
    - collect: it holds 128 MiB of bodies at once and answers 503 past that, which leaves room in 1 GiB for what is published together; 512 MiB at least. min_instances 1 spares senders the cold start. Its door times a request itself, in 60 s.
    - deliver: it holds 512 MiB of pushes at once, 15 of the largest size, and refuses more, which come again: 1024 MiB at least. Its timeout is 60 s at least, twice the append's own deadline.
    - admin: people, few. It reads two large results of BigQuery at once, which takes up to 700 MiB, and lets others wait: 1 GiB is right and less is not, whatever its concurrency.
    - import: one instance, since files are read one after the other. One that is unpacked lies in its memory: 2 GiB hold the largest. A push of Pub/Sub lives for 600 s at most.
    The instances of all four together fit into what a young project may use in a region, 20 vCPUs and 40 GiB: Cloud Run refuses a deployment whose max_instances could need more (docs/deploy.md, "Quotas"). 10 of collect take 8,000 hits a second, 6 of deliver 1,200; what is above waits.
  EOT
  type = object({
    collect = optional(object({
      cpu             = optional(number, 1)
      memory_mib      = optional(number, 1024)
      concurrency     = optional(number, 80)
      min_instances   = optional(number, 0)
      max_instances   = optional(number, 10)
      timeout_seconds = optional(number, 60)
    }), {})
    deliver = optional(object({
      cpu             = optional(number, 1)
      memory_mib      = optional(number, 1024)
      concurrency     = optional(number, 40)
      min_instances   = optional(number, 0)
      max_instances   = optional(number, 6)
      timeout_seconds = optional(number, 120)
    }), {})
    admin = optional(object({
      cpu             = optional(number, 1)
      memory_mib      = optional(number, 1024)
      concurrency     = optional(number, 20)
      min_instances   = optional(number, 0)
      max_instances   = optional(number, 3)
      timeout_seconds = optional(number, 300)
    }), {})
    import = optional(object({
      cpu             = optional(number, 1)
      memory_mib      = optional(number, 2048)
      concurrency     = optional(number, 20)
      min_instances   = optional(number, 0)
      max_instances   = optional(number, 1)
      timeout_seconds = optional(number, 600)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for size in values(var.sizes) : contains([0.167, 0.333, 0.583, 1, 2, 4, 6, 8], size.cpu)])
    error_message = "sizes has a cpu of ${join(", ", [for name, size in var.sizes : "${size.cpu} (${name})"])}; allowed are 0.167, 0.333, 0.583, 1, 2, 4, 6 and 8 vCPUs."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.concurrency >= 1 && size.concurrency <= 1000 && floor(size.concurrency) == size.concurrency])
    error_message = "sizes has a concurrency of ${join(", ", [for name, size in var.sizes : "${size.concurrency} (${name})"])}; allowed are whole numbers from 1 to 1000 requests."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.concurrency == 1 || size.cpu >= 1])
    error_message = "sizes has a concurrency above 1 with less than 1 vCPU: ${join(", ", [for name, size in var.sizes : "${size.concurrency} with ${size.cpu} (${name})"])}. Cloud Run refuses that; give a cpu of at least 1, or a concurrency of 1."
  }
  validation {
    # What Cloud Run allows for each number of CPUs. Source: https://cloud.google.com/run/docs/configuring/services/memory-limits
    condition = alltrue([for size in values(var.sizes) :
      floor(size.memory_mib) == size.memory_mib &&
      size.memory_mib >= lookup({ "4" = 2048, "6" = 4096, "8" = 4096 }, tostring(size.cpu), 256) &&
      size.memory_mib <= lookup({ "0.167" = 512, "0.333" = 512, "0.583" = 1024, "1" = 4096, "2" = 8192, "4" = 16384, "6" = 24576, "8" = 32768 }, tostring(size.cpu), 32768)
    ])
    error_message = "sizes pairs memory and cpu as ${join(", ", [for name, size in var.sizes : "${size.memory_mib} MiB with ${size.cpu} (${name})"])}; allowed are 256 to 512 MiB below 0.5 vCPU, to 1024 below 1, to 4096 with 1, to 8192 with 2, 2048 to 16384 with 4, 4096 to 24576 with 6 and 4096 to 32768 with 8."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.max_instances >= 1 && size.max_instances <= 1000 && floor(size.max_instances) == size.max_instances])
    error_message = "sizes has max_instances of ${join(", ", [for name, size in var.sizes : "${size.max_instances} (${name})"])}; allowed are whole numbers from 1 to 1000 instances."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.min_instances >= 0 && size.min_instances <= size.max_instances && floor(size.min_instances) == size.min_instances])
    error_message = "sizes has min_instances of ${join(", ", [for name, size in var.sizes : "${size.min_instances} of at most ${size.max_instances} (${name})"])}; allowed are whole numbers from 0 to max_instances."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.timeout_seconds >= 10 && size.timeout_seconds <= 3600 && floor(size.timeout_seconds) == size.timeout_seconds])
    error_message = "sizes has timeout_seconds of ${join(", ", [for name, size in var.sizes : "${size.timeout_seconds} (${name})"])}; allowed are whole numbers from 10 to 3600 seconds, and for deliver at most queue.ack_deadline_seconds."
  }
  # What the code holds at once and how long it waits, with as much again for the rest; test/terraform compares them.
  validation {
    condition     = var.sizes.collect.memory_mib >= 512
    error_message = "sizes.collect.memory_mib is ${var.sizes.collect.memory_mib}; allowed are 512 MiB and more: collect holds 128 MiB of bodies at once, and what it makes of them."
  }
  validation {
    condition     = var.sizes.deliver.memory_mib >= 1024
    error_message = "sizes.deliver.memory_mib is ${var.sizes.deliver.memory_mib}; allowed are 1024 MiB and more: deliver holds 512 MiB of pushes at once, and the rows it makes of them."
  }
  validation {
    condition     = var.sizes.deliver.timeout_seconds >= 60
    error_message = "sizes.deliver.timeout_seconds is ${var.sizes.deliver.timeout_seconds}; allowed are 60 seconds and more: an append alone may take 30, and a push that is cut off comes again although its row was written."
  }
  validation {
    condition     = var.sizes.admin.timeout_seconds >= 120
    error_message = "sizes.admin.timeout_seconds is ${var.sizes.admin.timeout_seconds}; allowed are 120 seconds and more: a step of a replay works for 30 and ends the batch that it has begun, and queries may take 60."
  }
  validation {
    condition     = var.sizes.import.memory_mib >= 2048
    error_message = "sizes.import.memory_mib is ${var.sizes.import.memory_mib}; allowed are 2048 MiB and more: a file of 512 MiB may lie unpacked in its memory, beside what reading it takes."
  }
  validation {
    condition     = var.sizes.import.timeout_seconds >= 540 && var.sizes.import.timeout_seconds <= 600
    error_message = "sizes.import.timeout_seconds is ${var.sizes.import.timeout_seconds}; allowed are 540 to 600 seconds: it begins files for 240 and has as long for the last one, and Pub/Sub waits for no push longer than 600."
  }
}

variable "imports" {
  description = <<-EOT
    Files of backend events that senders put into a bucket.
    - `bucket`: name of the bucket that is made, "PROJECT-NAME-imports" where left out.
    - `keep_days`: days after which a file that lies there is removed, with what was said of it, 32 to 3650.
    - `senders`: who puts the files of an import there: members by the import's name. They write to IMPORT/in/ and read IMPORT/results/.
  EOT
  type = object({
    bucket    = optional(string)
    keep_days = optional(number, 90)
    senders   = optional(map(set(string)), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.imports.bucket == null || can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", var.imports.bucket))
    error_message = "imports.bucket is \"${coalesce(var.imports.bucket, "null")}\"; allowed are small letters, digits, dots, - and _, 3 or more of them, or null for a name of the project's."
  }
  validation {
    condition     = var.imports.keep_days >= 32 && var.imports.keep_days <= 3650 && floor(var.imports.keep_days) == var.imports.keep_days
    error_message = "imports.keep_days is ${var.imports.keep_days}; allowed are whole numbers from 32 to 3650 days: files of the last 31 are looked for."
  }
  validation {
    condition     = alltrue([for name in keys(var.imports.senders) : can(regex("^[a-z0-9][a-z0-9_-]{0,39}$", name))])
    error_message = "imports.senders names the imports ${join(", ", keys(var.imports.senders))}; allowed are names of imports: 1 to 40 small letters, digits, - and _."
  }
  validation {
    condition     = alltrue([for member in flatten([for members in values(var.imports.senders) : tolist(members)]) : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):", member))])
    error_message = "imports.senders holds ${join(", ", flatten([for members in values(var.imports.senders) : tolist(members)]))}; allowed are members such as serviceAccount:crm@other.iam.gserviceaccount.com and user:ada@example.com."
  }
}

variable "queue" {
  description = <<-EOT
    How hits wait and are tried again.
    - `delivery_attempts`: attempts after the first before Pub/Sub gives a hit up to the dead-letter topic, 5 to 100; at 100 that takes about 16 hours. Refusals for overload are not counted.
    - `retry_min_seconds`, `retry_max_seconds`: the shortest and the longest pause between two pushes of a hit, in seconds, 0 to 600.
    - `ack_deadline_seconds`: seconds that deliver has for a push, at least its timeout and at most 600: below it, a hit would be pushed again while it is being written.
    - `topic_retention_days`: days that the topic keeps hits after delivery too, 1 to 31, so that a subscription can be set back in time. Waiting hits are always kept for 31 days.
    - `persistence_regions`: regions in which Pub/Sub may store payloads; the region alone where left out.
  EOT
  type = object({
    delivery_attempts    = optional(number, 100)
    retry_min_seconds    = optional(number, 10)
    retry_max_seconds    = optional(number, 600)
    ack_deadline_seconds = optional(number, 180)
    topic_retention_days = optional(number, 31)
    persistence_regions  = optional(set(string))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.queue.delivery_attempts >= 5 && var.queue.delivery_attempts <= 100 && floor(var.queue.delivery_attempts) == var.queue.delivery_attempts
    error_message = "queue.delivery_attempts is ${var.queue.delivery_attempts}; Pub/Sub allows whole numbers from 5 to 100."
  }
  validation {
    condition     = var.queue.retry_min_seconds >= 0 && var.queue.retry_min_seconds <= var.queue.retry_max_seconds && var.queue.retry_max_seconds <= 600
    error_message = "queue.retry_min_seconds is ${var.queue.retry_min_seconds} and queue.retry_max_seconds ${var.queue.retry_max_seconds}; allowed are 0 to 600 seconds, the shortest pause first."
  }
  validation {
    condition     = var.queue.ack_deadline_seconds <= 600 && floor(var.queue.ack_deadline_seconds) == var.queue.ack_deadline_seconds
    error_message = "queue.ack_deadline_seconds is ${var.queue.ack_deadline_seconds}; Pub/Sub allows whole numbers up to 600 seconds."
  }
  validation {
    condition     = var.queue.ack_deadline_seconds >= var.sizes.deliver.timeout_seconds
    error_message = "queue.ack_deadline_seconds is ${var.queue.ack_deadline_seconds}, below deliver's timeout of ${var.sizes.deliver.timeout_seconds} seconds: hits would be pushed again while they are being written. Raise it, or lower sizes.deliver.timeout_seconds."
  }
  validation {
    condition     = var.queue.topic_retention_days >= 1 && var.queue.topic_retention_days <= 31 && floor(var.queue.topic_retention_days) == var.queue.topic_retention_days
    error_message = "queue.topic_retention_days is ${var.queue.topic_retention_days}; allowed are whole numbers from 1 to 31 days."
  }
  validation {
    condition     = var.queue.persistence_regions == null || (try(length(var.queue.persistence_regions), 0) > 0 && alltrue([for region in coalesce(var.queue.persistence_regions, []) : can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", region))]))
    error_message = "queue.persistence_regions is [${join(", ", coalesce(var.queue.persistence_regions, []))}]; allowed is at least one region such as europe-west1, or null for var.region alone."
  }
}

variable "bigquery" {
  description = <<-EOT
    Datasets. Tables and views are made by the application, never here. A second installation in the project needs datasets of its own.
    - `location`: location of all datasets, e.g. EU or europe-west1; the region where left out. BigQuery fixes it for ever.
    - `product_dataset`: `id` of the dataset of dead letters, made unless `create` is false.
    - `datasets`: datasets that streams write to, by dataset id: `create` (true: made here; false: exists already), `project_id` where it belongs to another project. Only these can be written to.
    - `default_dataset`: the one that a stream's bare table name means.
  EOT
  type = object({
    location = optional(string)
    product_dataset = optional(object({
      id     = optional(string, "afterclick")
      create = optional(bool, true)
    }), {})
    datasets = optional(map(object({
      create     = optional(bool, true)
      project_id = optional(string)
    })), { conversions = {} })
    default_dataset = optional(string, "conversions")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in concat(keys(var.bigquery.datasets), [var.bigquery.product_dataset.id]) : can(regex("^[A-Za-z0-9_]{1,300}$", id))])
    error_message = "bigquery names the datasets ${join(", ", concat(keys(var.bigquery.datasets), [var.bigquery.product_dataset.id]))}; allowed are 1 to 300 letters, digits and _."
  }
  validation {
    # As functions/streams/tables/table.ts does: some warehouses take both spellings for one dataset.
    condition     = !contains([for id in keys(var.bigquery.datasets) : lower(id)], lower(var.bigquery.product_dataset.id))
    error_message = "bigquery.datasets holds \"${var.bigquery.product_dataset.id}\", perhaps in other case, which is the product's own dataset of dead letters. Give streams another one, or bigquery.product_dataset.id another name."
  }
  validation {
    condition     = !contains([for id in concat(keys(var.bigquery.datasets), [var.bigquery.product_dataset.id]) : lower(id)], "information_schema")
    error_message = "bigquery names the datasets ${join(", ", concat(keys(var.bigquery.datasets), [var.bigquery.product_dataset.id]))}; INFORMATION_SCHEMA, in any case, is BigQuery's own. Give another."
  }
  validation {
    condition     = contains([for id, dataset in var.bigquery.datasets : id if dataset.project_id == null], var.bigquery.default_dataset)
    error_message = "bigquery.default_dataset is \"${var.bigquery.default_dataset}\"; allowed is a key of bigquery.datasets in this project: ${join(", ", [for id, dataset in var.bigquery.datasets : id if dataset.project_id == null])}."
  }
  validation {
    condition     = alltrue([for dataset in values(var.bigquery.datasets) : dataset.project_id == null || !dataset.create])
    error_message = "bigquery.datasets would make ${join(", ", [for id, dataset in var.bigquery.datasets : "${dataset.project_id}.${id}" if dataset.project_id != null && dataset.create])}; a dataset of another project is never made here. Set create = false."
  }
  validation {
    condition     = var.bigquery.location == null || can(regex("^(US|EU|us|eu|[a-z]+-[a-z]+[0-9]{1,2})$", var.bigquery.location))
    error_message = "bigquery.location is \"${coalesce(var.bigquery.location, "null")}\"; allowed are EU, US and regions such as europe-west1."
  }
}

variable "query_costs" {
  description = <<-EOT
    What queries of people through admin may read; BigQuery bills what is read, $6.25 a TiB on demand.
    - `statement_gib`: GiB that one query may read, 1 to 1000000.
    - `day_gib`: GiB that all of them together may read in a day of UTC, from statement_gib to 1000000. The sum is kept in the registry's database.
  EOT
  type = object({
    statement_gib = optional(number, 100)
    day_gib       = optional(number, 1000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.query_costs.statement_gib >= 1 && var.query_costs.statement_gib <= 1000000 && floor(var.query_costs.statement_gib) == var.query_costs.statement_gib
    error_message = "query_costs.statement_gib is ${var.query_costs.statement_gib}; allowed are whole numbers from 1 to 1000000 GiB."
  }
  validation {
    condition     = var.query_costs.day_gib >= var.query_costs.statement_gib && var.query_costs.day_gib <= 1000000 && floor(var.query_costs.day_gib) == var.query_costs.day_gib
    error_message = "query_costs.day_gib is ${var.query_costs.day_gib}; allowed are whole numbers from statement_gib (${var.query_costs.statement_gib}) to 1000000 GiB."
  }
}

variable "firestore" {
  description = <<-EOT
    The registry of streams.
    - `database`: id of the database; `create` false takes one that exists, e.g. (default). Access is granted on this database alone. A second installation in the project needs another one: each reads every stream of its database.
    - `location`: e.g. eur3 or europe-west1; the region where left out. Firestore fixes it for ever.
    - `rules`: whether rules that deny every client are released for the database; true where it is made here. On an existing database they replace the rules it has.
    - `backup_retention_days`: days that a daily backup of a database made here is kept, 1 to 98; 0: none. Point-in-time recovery reaches back 7 days besides.
  EOT
  type = object({
    create                = optional(bool, true)
    database              = optional(string, "afterclick")
    location              = optional(string)
    rules                 = optional(bool)
    backup_retention_days = optional(number, 14)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.firestore.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore.database))
    error_message = "firestore.database is \"${var.firestore.database}\"; allowed are (default), or 4 to 63 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
  validation {
    # Firestore keeps names that look so for the ids it gives itself.
    condition     = !can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.firestore.database))
    error_message = "firestore.database is \"${var.firestore.database}\"; Firestore allows no name that looks like a UUID. Give another."
  }
  validation {
    condition     = var.firestore.location == null || can(regex("^(eur3|nam5|nam7|[a-z]+-[a-z]+[0-9]{1,2})$", var.firestore.location))
    error_message = "firestore.location is \"${coalesce(var.firestore.location, "null")}\"; allowed are eur3, nam5, nam7 and regions such as europe-west1."
  }
  validation {
    condition     = var.firestore.backup_retention_days >= 0 && var.firestore.backup_retention_days <= 98 && floor(var.firestore.backup_retention_days) == var.firestore.backup_retention_days
    error_message = "firestore.backup_retention_days is ${var.firestore.backup_retention_days}; allowed are whole numbers from 1 to 98 days (14 weeks), or 0 for no backups."
  }
}

variable "alerts" {
  description = <<-EOT
    Alert policies and whom they call.
    - `channels`: notification channels, projects/PROJECT/notificationChannels/NUMBER. Without one, incidents are only shown in the console.
    - `waiting_seconds`: age of the oldest waiting hit that calls somebody, in seconds, 60 to 86400.
    - `failing_share`: share of 5xx answers over 10 minutes that calls somebody, above 0 to 1.
    - `silence_hours`: hours without a stored hit that call somebody, 1 to 23; 0: never, for traffic that pauses at weekends.
  EOT
  type = object({
    channels        = optional(list(string), [])
    waiting_seconds = optional(number, 900)
    failing_share   = optional(number, 0.01)
    silence_hours   = optional(number, 23)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for channel in var.alerts.channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))])
    error_message = "alerts.channels holds ${join(", ", var.alerts.channels)}; allowed is projects/PROJECT/notificationChannels/NUMBER, the id of a google_monitoring_notification_channel."
  }
  validation {
    condition     = var.alerts.waiting_seconds >= 60 && var.alerts.waiting_seconds <= 86400
    error_message = "alerts.waiting_seconds is ${var.alerts.waiting_seconds}; allowed are 60 to 86400 seconds."
  }
  validation {
    condition     = var.alerts.failing_share > 0 && var.alerts.failing_share <= 1
    error_message = "alerts.failing_share is ${var.alerts.failing_share}; allowed is a share above 0 and up to 1, e.g. 0.01 for one answer in a hundred."
  }
  validation {
    # Cloud Monitoring looks back 23.5 hours at most for absent data.
    condition     = contains(range(0, 24), var.alerts.silence_hours)
    error_message = "alerts.silence_hours is ${var.alerts.silence_hours}; allowed are whole numbers from 1 to 23 hours, or 0 for no such alert."
  }
}

variable "heartbeat" {
  description = <<-EOT
    A marked test hit that Cloud Scheduler sends to collect, so that a broken way is noticed in quiet hours too.
    - `stream_id`: a stream made for it, with a table of its own: its address stands in the job and in the scheduler's log. Left out: no heartbeat.
    - `every_minutes`: minutes between two: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30. With a heartbeat the alert on silence no longer notices senders that fall silent.
  EOT
  type = object({
    stream_id     = optional(string)
    every_minutes = optional(number, 15)
  })
  default  = {}
  nullable = false

  validation {
    # The value is an address: it is not repeated.
    condition     = var.heartbeat.stream_id == null || can(regex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", var.heartbeat.stream_id))
    error_message = "heartbeat.stream_id has ${length(coalesce(var.heartbeat.stream_id, "-"))} characters and is no UUID in lower case; allowed is the id of a stream made for the heartbeat."
  }
  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30], var.heartbeat.every_minutes)
    error_message = "heartbeat.every_minutes is ${var.heartbeat.every_minutes}; allowed are 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 and 30 minutes, so that the pauses are even."
  }
}

variable "excluded_request_logs" {
  description = "Functions whose request log is not stored: the addresses of streams are secrets and stand in its URLs and, for GET, so does personal data. collect and admin carry them. The functions' own log lines, which name streams by a hash, are always stored."
  type        = set(string)
  default     = ["collect", "admin"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.excluded_request_logs, ["collect", "deliver", "admin"])) == 0
    error_message = "excluded_request_logs holds ${join(", ", var.excluded_request_logs)}; allowed are collect, deliver and admin."
  }
}

variable "kms_key_name" {
  description = "Key for everything that is stored (Pub/Sub, datasets, Firestore, source, images), projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the region: functions and images take no other, so what is made here lies there too. The service agents of docs/deploy.md must hold roles/cloudkms.cryptoKeyEncrypterDecrypter on it first. Left out: Google's own keys. Firestore and existing tables cannot change it later."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_name == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key_name))
    error_message = "kms_key_name is \"${coalesce(var.kms_key_name, "null")}\"; allowed is projects/P/locations/L/keyRings/R/cryptoKeys/K, without a version."
  }
  validation {
    condition     = try(split("/", var.kms_key_name)[3] == var.region, true)
    error_message = "kms_key_name is \"${coalesce(var.kms_key_name, "null")}\"; allowed is a key in ${var.region}, the region of the functions."
  }
  validation {
    condition     = var.kms_key_name == null || length(local.created_datasets) == 0 || lower(local.location) == var.region
    error_message = "kms_key_name is \"${coalesce(var.kms_key_name, "null")}\" and bigquery.location \"${local.location}\"; a dataset that is made under a key is allowed in the key's location alone. Leave bigquery.location out, or name datasets that exist (create = false)."
  }
  validation {
    condition     = var.kms_key_name == null || !var.firestore.create || coalesce(var.firestore.location, var.region) == var.region
    error_message = "kms_key_name is \"${coalesce(var.kms_key_name, "null")}\" and firestore.location \"${coalesce(var.firestore.location, var.region)}\"; a database that is made under a key is allowed in the key's location alone. Leave firestore.location out, or name a database that exists (create = false)."
  }
}

variable "build_service_account" {
  description = "E-mail of an own account for the builds; it is then granted nothing here but the image repository. Left out: an account is made and granted what docs/deploy.md lists."
  type        = string
  default     = null

  validation {
    condition     = var.build_service_account == null || can(regex("^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", var.build_service_account))
    error_message = "build_service_account is \"${coalesce(var.build_service_account, "null")}\"; allowed is the e-mail of a service account, NAME@PROJECT.iam.gserviceaccount.com."
  }
}

variable "enable_apis" {
  description = "Whether the APIs of services.tf are switched on here. They are never switched off again: others may use them."
  type        = bool
  default     = true
  nullable    = false
}

variable "deletion_policy" {
  description = "What happens when an apply would destroy what cannot be made again: waiting hits, rows, the registry, the functions (collect's address) and their accounts. PREVENT refuses, ABANDON forgets it and leaves it, DELETE destroys it. Apply the change of this value first, then destroy."
  type        = string
  default     = "PREVENT"
  nullable    = false

  validation {
    # The provider takes any other word for DELETE.
    condition     = contains(["PREVENT", "ABANDON", "DELETE"], var.deletion_policy)
    error_message = "deletion_policy is \"${var.deletion_policy}\"; allowed are PREVENT, ABANDON and DELETE, in capitals."
  }
}
