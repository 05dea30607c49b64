# The rules of functions/streams/fields.ts (docs/stream.schema.json) once more, so that a plan refuses what would become
# dead letters; test/terraform compares the two. `any`, since an object type drops a misspelt field in silence.

variable "streams" {
  description = <<-EOT
    Streams that Terraform owns, by their id: a UUID in lower case, made with uuidgen | tr A-Z a-z. The id is the stream's address and so a secret; it stands in the state.
    Required: `table` (TABLE, DATASET.TABLE or PROJECT.DATASET.TABLE) and `offset` (+03:00, UTC or an IANA zone). Optional: `name`, `state` (active, paused, closed), `methods` (of POST, PUT, GET), `key` (a path or a list of up to 5), `updated` (a path) and `items` (the path of a list); docs/streams.md explains paths.
    To end a stream set its state to closed: one that is taken out answers 404.
  EOT
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = can(keys(var.streams)) && try(alltrue([for stream in values(var.streams) : can(keys(stream))]), false)
    error_message = "streams is no map of objects; give { \"UUID\" = { table = \"orders\", offset = \"Europe/Kyiv\" } }."
  }
  validation {
    condition     = try(alltrue([for id in keys(var.streams) : can(regex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", id))]), true)
    error_message = "streams has the ids ${join(", ", try([for id in keys(var.streams) : id if !can(regex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", id))], []))}; allowed are UUIDs in lower case. Make one with uuidgen | tr A-Z a-z."
  }
  validation {
    condition     = try(alltrue([for stream in values(var.streams) : length(setsubtract(keys(stream), ["table", "offset", "name", "state", "methods", "key", "updated", "items"])) == 0]), true)
    error_message = "streams has the unknown fields ${join(", ", try(distinct(flatten([for stream in values(var.streams) : setsubtract(keys(stream), ["table", "offset", "name", "state", "methods", "key", "updated", "items"])])), []))}; allowed are table, offset, name, state, methods, key, updated and items. managed_by is set here."
  }
  validation {
    condition     = try(alltrue([for stream in values(var.streams) : can(regex("^(?:(?:[a-z][a-z0-9.:-]{0,60}[a-z0-9]\\.)?[A-Za-z0-9_]{1,300}\\.)?[A-Za-z0-9_-]{1,300}$", stream.table))]), true)
    error_message = "streams has the tables ${join(", ", try([for stream in values(var.streams) : try(tostring(stream.table), "(missing)")], []))}; required are table, dataset.table or project.dataset.table in letters, digits, _ and (in the table) -."
  }
  validation {
    condition = try(alltrue([for stream in values(var.streams) :
      can(regex("^[+-](?:0[0-9]|1[0-3]):[0-5][0-9]$|^[+-]14:00$", stream.offset)) || contains(local.zones, try(stream.offset, ""))
    ]), true)
    error_message = "streams has the offsets ${join(", ", try([for stream in values(var.streams) : try(tostring(stream.offset), "(missing)")], []))}; required are +03:00 (from -14:00 to +14:00), UTC, or an IANA zone such as Europe/Kyiv."
  }
  validation {
    condition     = try(alltrue([for stream in values(var.streams) : try(stream.name, null) == null || try(length(tostring(stream.name)) >= 1 && length(tostring(stream.name)) <= 80, false)]), true)
    error_message = "streams has the names ${join(", ", try([for stream in values(var.streams) : "\"${tostring(stream.name)}\"" if try(stream.name, null) != null], []))}; allowed are 1 to 80 characters."
  }
  validation {
    condition     = try(alltrue([for stream in values(var.streams) : try(stream.state, null) == null || contains(["active", "paused", "closed"], try(stream.state, null))]), true)
    error_message = "streams has the states ${join(", ", try([for stream in values(var.streams) : tostring(stream.state) if try(stream.state, null) != null], []))}; allowed are active, paused and closed."
  }
  validation {
    condition = try(alltrue([for stream in values(var.streams) :
      try(stream.methods, null) == null || try(length(stream.methods) >= 1 && length(distinct(stream.methods)) == length(stream.methods) && length(setsubtract(stream.methods, ["POST", "PUT", "GET"])) == 0, false)
    ]), true)
    error_message = "streams has the methods ${join(", ", try(flatten([for stream in values(var.streams) : try(stream.methods, [])]), []))}; allowed is a list of POST, PUT and GET, each once."
  }
  validation {
    condition = try(alltrue(flatten([for stream in values(var.streams) : [for path in flatten([try(stream.key, null), try(stream.updated, null)]) :
      path == null || can(regex("^(?:\\^\\.?)?(?:\"[^\"'\\\\\\p{Cc}]{1,64}\"|[\\p{L}\\p{M}\\p{N} _\\[\\]@$:-]{1,64})(?:\\.(?:\"[^\"'\\\\\\p{Cc}]{1,64}\"|[\\p{L}\\p{M}\\p{N} _\\[\\]@$:-]{1,64})){0,9}$", path))
    ]])), true)
    error_message = "streams has the paths ${jsonencode(try(flatten([for stream in values(var.streams) : [for path in flatten([try(stream.key, null), try(stream.updated, null)]) : tostring(path) if path != null]]), []))} as key or updated; allowed is a dotted path of up to 10 names in letters, digits, blanks and _ - [ ] @ $ :, e.g. orderId or order.id."
  }
  validation {
    condition = try(alltrue([for stream in values(var.streams) :
      try(stream.key, null) == null || can(tostring(stream.key)) || try(length(stream.key) >= 1 && length(stream.key) <= 5 && length(distinct(stream.key)) == length(stream.key), false)
    ]), true)
    error_message = "streams has the keys ${jsonencode(try([for stream in values(var.streams) : stream.key if try(stream.key, null) != null], []))}; allowed is a path, or a list of 1 to 5 paths, each once."
  }
  validation {
    condition = try(alltrue([for stream in values(var.streams) :
      try(stream.items, null) == null || can(regex("^(?:\\*|(?:\"[^\"'\\\\\\p{Cc}]{1,64}\"|[\\p{L}\\p{M}\\p{N} _\\[\\]@$:-]{1,64}))(?:\\.(?:\\*|(?:\"[^\"'\\\\\\p{Cc}]{1,64}\"|[\\p{L}\\p{M}\\p{N} _\\[\\]@$:-]{1,64}))){0,9}$", stream.items))
    ]), true)
    error_message = "streams has the items ${jsonencode(try([for stream in values(var.streams) : stream.items if try(stream.items, null) != null], []))}; allowed is the path of a list, with * for each of a list, e.g. events, entry.*.changes, or $ where the body is the list."
  }
  validation {
    # By the full name: orders, conversions.orders and PROJECT.conversions.orders can be one table.
    condition = try(alltrue([for views in values({ for stream in values(var.streams) :
      join(".", concat(slice([var.project_id, var.bigquery.default_dataset], 0, max(0, 3 - length(split(".", stream.table)))), [stream.table])) =>
      jsonencode([try(stream.key, null), try(stream.updated, null), try(stream.items, null)])...
    }) : length(distinct(views)) == 1]), true)
    error_message = "streams has two streams on one table with another key, updated or items; the views TABLE_current and TABLE_items have one of each. Make them alike, or give each its own table."
  }
  validation {
    # deliver would be refused by BigQuery.
    condition = try(alltrue([for stream in values(var.streams) :
      contains(concat([for id, dataset in var.bigquery.datasets : id if dataset.project_id == null], [for id, dataset in var.bigquery.datasets : "${coalesce(dataset.project_id, var.project_id)}.${id}"]),
      length(split(".", stream.table)) == 1 ? var.bigquery.default_dataset : join(".", slice(split(".", stream.table), 0, length(split(".", stream.table)) - 1)))
    ]), true)
    error_message = "streams writes to ${join(", ", try([for stream in values(var.streams) : tostring(stream.table)], []))}, and a dataset among them is not in bigquery.datasets, so deliver may not write there. Name it there."
  }
}
