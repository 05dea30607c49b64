# Alerts read Google's own metrics, which exist from the first minute, or match one log line of ours. Each one carries
# its runbook; docs/deploy.md holds them too. Request logs of collect and admin are not stored: their URLs hold the
# streams' secret addresses.

locals {
  revision  = { for name in ["collect", "deliver", "admin"] : name => "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${var.name}-${name}\"" }
  published = "resource.type = \"pubsub_topic\" AND metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND metric.labels.response_class = \"success\""
  waiting   = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
  # Only what reached an instance is counted: neither the 429 that Cloud Run itself answers where all instances are busy,
  # nor the 403 of a lost grant; a 429 that is counted all the same is taken along.
  # Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
  refused = "${local.revision.collect} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code = monitoring.regex.full_match(\"429|5..\")"
}

resource "google_logging_project_exclusion" "request_logs" {
  count = length(var.excluded_request_logs) > 0 ? 1 : 0

  project     = var.project_id
  name        = "${var.name}-request-logs"
  description = "Request logs whose URLs hold stream addresses and, for GET, personal data"
  filter      = "log_id(\"run.googleapis.com/requests\") AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in sort(var.excluded_request_logs) : "\"${var.name}-${name}\""])})"

  depends_on = [google_project_service.api]
}

locals {
  # Nine tenths, rounded down: instances are whole, so that of ten it takes the tenth.
  full = var.sizes.collect.max_instances > 2 ? {
    says    = "More than ${floor(var.sizes.collect.max_instances * 9 / 10)} of collect's ${var.sizes.collect.max_instances} instances are busy for 5 minutes"
    filter  = "${local.revision.collect} AND metric.type = \"run.googleapis.com/container/instance_count\" AND metric.labels.state = \"active\""
    above   = floor(var.sizes.collect.max_instances * 9 / 10)
    aligner = "ALIGN_MAX"
    reducer = "REDUCE_SUM"
    } : {
    says    = "An instance of collect handles more than ${floor(var.sizes.collect.concurrency * 9 / 10)} of its ${var.sizes.collect.concurrency} requests at once for 5 minutes"
    filter  = "${local.revision.collect} AND metric.type = \"run.googleapis.com/container/max_request_concurrencies\""
    above   = floor(var.sizes.collect.concurrency * 9 / 10)
    aligner = "ALIGN_PERCENTILE_99"
    reducer = "REDUCE_MAX"
  }

  # A condition of `filter` calls above a threshold (`above`), as a share where it says of what (`of`); one of `log` at each
  # line that it matches; one of `absent` when nothing comes.
  alerts = { for name, alert in {
    waiting = {
      says         = "hits are waiting"
      severity     = "ERROR"
      closes_after = "86400s"
      conditions = [for what, subscription in {
        "hits"                 = "deliver"
        "hits that come again" = "retried"
        "hits given up"        = "parked"
        } : {
        says     = "The oldest of the ${what} waits for more than ${var.alerts.waiting_seconds} s"
        filter   = "${local.waiting} AND resource.labels.subscription_id = \"${google_pubsub_subscription.push[subscription].name}\""
        above    = var.alerts.waiting_seconds
        duration = "300s"
        period   = "60s"
        aligner  = "ALIGN_MAX"
      }]
      subject = "hits wait and do not become rows"
      runbook = <<-EOT
        Nothing is lost: a waiting hit is kept for 31 days. Rows are late.

        1. Look at the log of ${var.name}-deliver at severity WARNING and above: its lines name what refuses (BigQuery, Firestore, a quota) and which table.
        2. BigQuery or Firestore is down or over a quota: wait, or raise the quota; deliver tries again by itself. Hits that come again lie in ${var.name}-retries and are pushed by ${var.name}-retried: where only these are old, one table is sick and the other streams are on time.
        3. No line at all: the pushes do not arrive. Look whether ${var.name}-deliver still has its invoker ${var.name}-push (terraform plan shows what is missing) and whether its newest revision starts.
        4. Only after a deployment: roll back (docs/deploy.md, "Rollback").
        5. After ${var.queue.delivery_attempts} attempts a hit goes to ${var.name}-dead and from there becomes a dead letter: replay those afterwards.
      EOT
    }

    dead_letters = {
      says         = "dead letters"
      severity     = "WARNING"
      closes_after = "86400s"
      conditions = [{
        says    = "deliver has kept a hit as a dead letter"
        log     = "${local.revision.deliver} AND severity >= WARNING AND jsonPayload.event = \"dead_letter\""
        extract = { reason = "EXTRACT(jsonPayload.reason)" }
      }]
      subject = "hits became dead letters ($${log.extracted_label.reason})"
      runbook = <<-EOT
        Hits cannot become rows until a person fixes something: $${log.extracted_label.reason}. They are kept byte for byte in ${var.bigquery.product_dataset.id}.dead_letters.

        1. `afterclick dead-letters list` shows them by reason; docs/errors.md says what fixes each reason (`dataset_missing`, `schema_differs`, `table_forbidden`, `stream_invalid`, `stream_missing`, `row_refused`, `gave_up`).
        2. Fix it: the stream's document, the table, or the grant of dataEditor to ${var.name}-deliver.
        3. Replay them with `afterclick dead-letters replay --reason REASON`: hit_id and received_at stay as they were. Nothing replays by itself.
      EOT
    }

    refusing = {
      says         = "collect refuses hits"
      severity     = "CRITICAL"
      closes_after = "3600s"
      combiner     = "AND"
      conditions = [
        {
          says     = "More than ${var.alerts.failing_share * 100} % of collect's answers in 10 minutes are 429 or 5xx"
          filter   = local.refused
          of       = "${local.revision.collect} AND metric.type = \"run.googleapis.com/request_count\""
          above    = var.alerts.failing_share
          duration = "0s"
          period   = "600s"
          aligner  = "ALIGN_DELTA"
          reducer  = "REDUCE_SUM"
        },
        # One answer alone, in a quiet night, is no share to wake somebody for.
        {
          says     = "More than 2 of collect's answers in 10 minutes are 429 or 5xx"
          filter   = local.refused
          above    = 2
          duration = "0s"
          period   = "600s"
          aligner  = "ALIGN_DELTA"
          reducer  = "REDUCE_SUM"
        },
      ]
      subject = "senders are refused"
      runbook = <<-EOT
        Senders that do not try again lose hits while this lasts. A 503 with Retry-After is collect's honest answer when it cannot keep a hit.

        1. The log of ${var.name}-collect names the cause: the queue (Pub/Sub) or the registry (Firestore) away, a quota, or overload. Paused streams answer 503 on purpose.
        2. Look at status.cloud.google.com for Pub/Sub in ${var.region}.
        3. Only after a deployment: roll back (docs/deploy.md, "Rollback").
        4. Requests that reach no instance are not counted here: "collect runs out of instances" watches for Cloud Run's own 429; a 403 of a lost grant shows as silence, and within minutes where there is a heartbeat.
      EOT
    }

    # Cloud Run answers 429 itself where all instances are busy. Its metrics leave that out, and the request log that has it
    # is not stored: what can be seen is how near it is.
    # One or two instances are busy on any lively day, so there it is the requests that an instance handles at once.
    full = {
      says         = "collect runs out of instances"
      severity     = "ERROR"
      closes_after = "3600s"
      conditions = [merge(local.full, {
        # A deployment, which starts instances beside the former ones, is over by then.
        duration = "300s"
        period   = "60s"
      })]
      subject = "collect runs out of instances"
      runbook = <<-EOT
        More than nine tenths of what collect may use is busy. Past all of it Cloud Run answers senders 429, which the count of answers leaves out and only the request log has, which is not stored. Senders that do not try again lose those hits.

        1. Look at collect's instances and its answers on the dashboard: does more arrive than usual, or does each hit take longer?
        2. More arrives: raise sizes.collect.max_instances (${var.sizes.collect.max_instances} now) and apply. An apply that names CpuAllocPerProjectRegion or MemAllocPerProjectRegion wants a higher quota first (docs/deploy.md, "Quotas").
        3. Each takes longer: the runbook of "collect refuses hits". Pub/Sub or Firestore are slow.
        4. One sender alone: ask it to slow down, or brake it (examples/production).
      EOT
    }

    delivery_failing = {
      says         = "deliveries fail"
      severity     = "ERROR"
      closes_after = "3600s"
      conditions = [for share in [
        {
          says   = "More than ${var.alerts.failing_share * 100} % of deliver's answers are 5xx for 10 minutes"
          filter = "${local.revision.deliver} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
          of     = "${local.revision.deliver} AND metric.type = \"run.googleapis.com/request_count\""
        },
        # A hit that fails for the first time is acked and waits in the retry topic: no 5xx tells of it. One publish may
        # hold several hits, in either topic.
        {
          says   = "More than ${var.alerts.failing_share * 100} % of the publishes are hits that come again, for 10 minutes"
          filter = "${local.published} AND resource.labels.topic_id = \"${google_pubsub_topic.topic["retries"].name}\""
          of     = "${local.published} AND resource.labels.topic_id = monitoring.regex.full_match(\"${google_pubsub_topic.topic["hits"].name}|${google_pubsub_topic.topic["retries"].name}\")"
        },
        ] : merge(share, {
          above = var.alerts.failing_share
          # One bad minute fixes itself: every hit is pushed again.
          duration = "600s"
          period   = "300s"
          aligner  = "ALIGN_DELTA"
          reducer  = "REDUCE_SUM"
      })]
      subject = "pushes to deliver fail"
      runbook = <<-EOT
        Nothing is lost yet: hits come again for ${var.queue.delivery_attempts} attempts and are kept for 31 days.

        1. The log of ${var.name}-deliver names what refuses: `jsonPayload.event="deliver_failed"`.
        2. Quota or outage of BigQuery: wait or raise it. One table alone: the others are not held up by it.
        3. Crashes or memory: roll back (docs/deploy.md, "Rollback"), or raise sizes.deliver.memory_mib.
      EOT
    }

    # deliver writes deliver_failed as a warning when a hit comes again, which the shares above judge, and as an error when
    # not even the dead letter could be written.
    deliver_failed = {
      says         = "a dead letter could not be kept"
      severity     = "WARNING"
      closes_after = "3600s"
      conditions = [{
        says = "deliver could not write a dead letter"
        log  = "${local.revision.deliver} AND severity >= ERROR AND jsonPayload.event = \"deliver_failed\""
      }]
      subject = "a dead letter could not be kept"
      runbook = <<-EOT
        A hit cannot become a row, and ${var.bigquery.product_dataset.id}.dead_letters did not take it either. It stays in the queue: nothing is lost for 31 days, but nobody sees it among the dead letters.

        1. Read the line: `detail` names what answered.
        2. Most often the dataset ${var.bigquery.product_dataset.id} is gone, or ${var.name}-deliver lost its dataEditor there: terraform plan shows it, terraform apply fixes it.
        3. A table dead_letters that somebody changed: give it its columns back (docs/warehouse.md).
      EOT
    }

    silence = {
      says         = "no hit arrives"
      severity     = "WARNING"
      closes_after = "86400s"
      conditions = [{
        says     = "No hit was stored for ${var.alerts.silence_hours} h"
        absent   = "resource.type = \"pubsub_topic\" AND resource.labels.topic_id = \"${google_pubsub_topic.topic["hits"].name}\" AND metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND metric.labels.response_class = \"success\""
        duration = "${var.alerts.silence_hours * 3600}s"
        period   = "300s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_SUM"
      }]
      subject = "silence"
      runbook = <<-EOT
        No sender's hit was stored for ${var.alerts.silence_hours} hours. Either nobody sends, or nobody gets through.

        1. `afterclick test STREAM` sends a hit the whole way: if it arrives, ask the senders.
        2. If it is refused, its answer says why; look at collect's answers on the dashboard: 404 and 410 mean a wrong or closed address, 5xx the runbook of "collect refuses hits", none at all a broken domain, certificate or firewall rule before collect, or, where senders get 403, a collect that lost its grant to allUsers: terraform plan shows it, terraform apply gives it back.
        3. Weekends are quiet here: set alerts.silence_hours to 0 and use the streams' own health instead.
      EOT
    }

    heartbeat = {
      says         = "the heartbeat fails"
      severity     = "ERROR"
      closes_after = "3600s"
      conditions = [{
        says = "A test hit was not answered with 200"
        log  = "resource.type = \"cloud_scheduler_job\" AND resource.labels.job_id = \"${try(google_cloud_scheduler_job.heartbeat[0].name, "")}\" AND severity >= ERROR"
      }]
      subject = "the heartbeat fails"
      runbook = <<-EOT
        A test hit did not come through, so senders most likely do not either.

        1. The job's log line names the status. 404 or 410: the heartbeat's stream is gone or closed, senders are not concerned. 503: the runbook of "collect refuses hits". 403: collect lost its grant to allUsers, terraform apply gives it back. 429: "collect runs out of instances". No answer: the domain, the certificate or the firewall before collect.
        2. `afterclick test STREAM` walks the same way and says where it ends.
      EOT
    }
    } : name => alert
    if(name != "silence" || var.alerts.silence_hours > 0) && (name != "heartbeat" || var.heartbeat.stream_id != null)
  }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.says}"
  combiner              = try(each.value.combiner, "OR")
  severity              = each.value.severity
  notification_channels = var.alerts.channels
  user_labels           = local.labels

  dynamic "conditions" {
    for_each = each.value.conditions
    iterator = condition
    content {
      display_name = condition.value.says

      dynamic "condition_threshold" {
        for_each = can(condition.value.filter) ? [condition.value] : []
        iterator = threshold
        content {
          filter             = threshold.value.filter
          denominator_filter = try(threshold.value.of, null)
          comparison         = "COMPARISON_GT"
          threshold_value    = threshold.value.above
          duration           = threshold.value.duration

          aggregations {
            alignment_period     = threshold.value.period
            per_series_aligner   = threshold.value.aligner
            cross_series_reducer = try(threshold.value.reducer, null)
          }
          dynamic "denominator_aggregations" {
            for_each = can(threshold.value.of) ? [threshold.value] : []
            content {
              alignment_period     = threshold.value.period
              per_series_aligner   = threshold.value.aligner
              cross_series_reducer = threshold.value.reducer
            }
          }
          trigger {
            count = 1
          }
        }
      }

      dynamic "condition_absent" {
        for_each = can(condition.value.absent) ? [condition.value] : []
        iterator = absence
        content {
          filter   = absence.value.absent
          duration = absence.value.duration

          aggregations {
            alignment_period     = absence.value.period
            per_series_aligner   = absence.value.aligner
            cross_series_reducer = absence.value.reducer
          }
          trigger {
            count = 1
          }
        }
      }

      dynamic "condition_matched_log" {
        for_each = can(condition.value.log) ? [condition.value] : []
        iterator = line
        content {
          filter           = line.value.log
          label_extractors = try(line.value.extract, null)
        }
      }
    }
  }

  alert_strategy {
    auto_close = each.value.closes_after

    # A log condition needs a limit: a wrong table would otherwise send one message a hit.
    dynamic "notification_rate_limit" {
      for_each = can(each.value.conditions[0].log) ? ["3600s"] : []
      content {
        period = notification_rate_limit.value
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name}: ${each.value.subject}"
    content   = each.value.runbook
  }

  depends_on = [google_project_service.api]
}

# What stood under a name of its own until each became an entry of a map.
moved {
  from = google_monitoring_alert_policy.waiting
  to   = google_monitoring_alert_policy.alert["waiting"]
}
moved {
  from = google_monitoring_alert_policy.dead_letters
  to   = google_monitoring_alert_policy.alert["dead_letters"]
}
moved {
  from = google_monitoring_alert_policy.refusing
  to   = google_monitoring_alert_policy.alert["refusing"]
}
moved {
  from = google_monitoring_alert_policy.full
  to   = google_monitoring_alert_policy.alert["full"]
}
moved {
  from = google_monitoring_alert_policy.delivery_failing
  to   = google_monitoring_alert_policy.alert["delivery_failing"]
}
moved {
  from = google_monitoring_alert_policy.deliver_failed
  to   = google_monitoring_alert_policy.alert["deliver_failed"]
}
moved {
  from = google_monitoring_alert_policy.silence[0]
  to   = google_monitoring_alert_policy.alert["silence"]
}
moved {
  from = google_monitoring_alert_policy.heartbeat[0]
  to   = google_monitoring_alert_policy.alert["heartbeat"]
}
