# What the load balancer answers in collect's place reaches no function: neither the module's alerts nor a log see it.

resource "google_project_service" "alerts" {
  project            = var.project_id
  service            = "monitoring.googleapis.com"
  disable_on_destroy = false
}

resource "google_monitoring_notification_channel" "mail" {
  for_each = var.alert_mails

  project      = var.project_id
  display_name = "Afterclick: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.alerts]
}

resource "google_monitoring_alert_policy" "front" {
  for_each = {
    braked = { says = "the load balancer brakes senders", code = "429", answers = "metric.labels.response_code = 429" }
    fails  = { says = "the load balancer fails senders", code = "5xx", answers = "metric.labels.response_code_class = 500" }
    shut   = { says = "the load balancer finds collect shut", code = "403", answers = "metric.labels.response_code = 403" }
  }

  project               = var.project_id
  display_name          = "afterclick: ${each.value.says}"
  combiner              = "AND"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "More than 1 % of the answers to senders in 10 minutes are ${each.value.code}"

    condition_threshold {
      filter             = "${local.senders} AND ${each.value.answers}"
      denominator_filter = local.senders
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.01
      duration           = "0s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      denominator_aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      trigger {
        count = 1
      }
    }
  }

  # One answer alone, in a quiet night, is no share to wake somebody for.
  conditions {
    display_name = "More than 2 of the answers to senders in 10 minutes are ${each.value.code}"

    condition_threshold {
      filter          = "${local.senders} AND ${each.value.answers}"
      comparison      = "COMPARISON_GT"
      threshold_value = 2
      duration        = "0s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      trigger {
        count = 1
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "afterclick: ${each.value.says}"
    content   = <<-EOT
      Senders get ${each.value.code} from ${var.collect_domain}. Those that do not try again lose hits while this lasts.

      1. 429: Cloud Armor brakes addresses above ${var.requests_per_minute} requests a minute, or Cloud Run has no instance left (then "collect runs out of instances" calls too). A sender's own busy day: raise requests_per_minute and apply. Somebody who knocks at random: the brake does what it is for.
      2. 5xx: with "collect refuses hits" its runbook holds. Without it collect is not reached: look whether afterclick-collect is there and its newest revision starts, and at status.cloud.google.com for Cloud Load Balancing.
      3. 403: collect answers no 403 itself; it lost its grant to allUsers, or an organization policy took it away. terraform plan shows it, terraform apply gives it back (docs/deploy.md, "Organizations that forbid public functions").
    EOT
  }

  depends_on = [google_project_service.alerts]
}

locals {
  channels = concat(var.alert_channels, [for channel in google_monitoring_notification_channel.mail : channel.id])
  # All but admin's: what is refused before a backend is chosen names none.
  senders = join(" AND ", [
    "resource.type = \"https_lb_rule\"",
    "resource.labels.url_map_name = \"${google_compute_url_map.hosts.name}\"",
    "resource.labels.backend_target_name != \"${google_compute_backend_service.admin.name}\"",
    "metric.type = \"loadbalancing.googleapis.com/https/request_count\"",
  ])
}
