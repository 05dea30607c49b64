# The API gives back no zero, no empty list and no REDUCE_NONE: written here, each plan would show a change.

resource "google_monitoring_dashboard" "overview" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "${var.name}: from the sender to the row"
    labels      = { product = "" }
    mosaicLayout = {
      columns = 48
      tiles = [for index, chart in local.charts : merge(
        { for side, at in { xPos = 24 * (index % 2), yPos = 16 * floor(index / 2) } : side => at if at > 0 },
        {
          width  = 24
          height = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [for filter in chart.filters : {
                plotType        = "LINE"
                timeSeriesQuery = { timeSeriesFilter = { filter = filter, aggregation = local.aggregations[index] } }
              }]
              yAxis = { label = chart.unit, scale = "LINEAR" }
            }
          }
        },
      )]
    }
  })
}

locals {
  run = { for name, filter in local.revision : name => "${filter} AND metric.type = \"run.googleapis.com" }
  sub = { for name, subscription in google_pubsub_subscription.push :
    name => "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${subscription.name}\" AND metric.type = \"pubsub.googleapis.com/subscription"
  }

  aggregations = [for chart in local.charts : merge(
    { alignmentPeriod = "60s", perSeriesAligner = chart.aligner },
    { for name, reducer in { crossSeriesReducer = chart.reducer } : name => reducer if reducer != null },
    { for name, labels in { groupByFields = chart.by } : name => labels if length(labels) > 0 },
  )]

  charts = [
    { title = "Answers of collect by code", unit = "1/s", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.response_code"],
    filters = ["${local.run.collect}/request_count\""] },
    { title = "Time until collect answers, 99th percentile", unit = "ms", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = [],
    filters = ["${local.run.collect}/request_latencies\""] },
    { title = "Age of the oldest waiting hit", unit = "s", aligner = "ALIGN_MAX", reducer = null, by = [],
    filters = ["${local.sub.deliver}/oldest_unacked_message_age\"", "${local.sub.retried}/oldest_unacked_message_age\"", "${local.sub.parked}/oldest_unacked_message_age\""] },
    { title = "Hits that wait", unit = "hits", aligner = "ALIGN_MAX", reducer = null, by = [],
    filters = ["${local.sub.deliver}/num_undelivered_messages\"", "${local.sub.retried}/num_undelivered_messages\"", "${local.sub.parked}/num_undelivered_messages\""] },
    { title = "Answers of deliver by class", unit = "1/s", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.response_code_class"],
    filters = ["${local.run.deliver}/request_count\""] },
    { title = "Hits that Pub/Sub gave up", unit = "1/s", aligner = "ALIGN_RATE", reducer = null, by = [],
    filters = ["${local.sub.retried}/dead_letter_message_count\""] },
    { title = "Instances", unit = "instances", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.label.service_name"],
    filters = [for name in ["collect", "deliver", "admin"] : "${local.run[name]}/container/instance_count\""] },
    { title = "Memory in use, 99th percentile", unit = "share", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = ["resource.label.service_name"],
    filters = [for name in ["collect", "deliver", "admin"] : "${local.run[name]}/container/memory/utilizations\""] },
    { title = "Instances of collect, at most ${var.sizes.collect.max_instances}", unit = "instances", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["metric.label.state"],
    filters = ["${local.run.collect}/container/instance_count\""] },
    { title = "Requests that an instance of collect handles at once, at most ${var.sizes.collect.concurrency}", unit = "requests", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = [],
    filters = ["${local.run.collect}/container/max_request_concurrencies\""] },
  ]
}
