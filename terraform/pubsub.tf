locals {
  topics = {
    hits = "${var.queue.topic_retention_days * 24 * 60 * 60}s"
    # Where deliver puts what must come later. A refusal instead would make Pub/Sub slow down all pushes of the subscription
    # (push backoff), and one sick table every stream.
    # Source: https://cloud.google.com/pubsub/docs/push#push_backoff
    retries = local.longest_retention
    # Where Pub/Sub puts what deliver did not take in all its attempts.
    dead = local.longest_retention
    # The steps of replays and discards of many: admin calls itself over it, since an instance works only while it answers.
    jobs = local.longest_retention
    # What the bucket tells of its objects, and whoever else has work for import.
    imports = local.longest_retention
  }

  # How hits are pushed to deliver.
  pushes = {
    # Refused for overload alone. It gives nothing up: a hundred refusals of a busy hour must not.
    deliver = { topic = "hits", path = "", gives_up = false }
    # Hits that come later: the pauses, the attempts and the giving up are this one's.
    retried = { topic = "retries", path = "/retried", gives_up = true }
    # Tries once more and keeps the hit as a dead letter. Nothing may give these up again.
    parked = { topic = "dead", path = "/parked", gives_up = false }
  }
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics

  project                    = var.project_id
  name                       = "${var.name}-${each.key}"
  message_retention_duration = each.value
  kms_key_name               = var.kms_key_name
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = coalesce(var.queue.persistence_regions, [var.region])
  }

  depends_on = [google_project_service.api]
}

# Plain push subscriptions of our own: an Eventarc trigger would own one that has none of these settings.
resource "google_pubsub_subscription" "push" {
  for_each = local.pushes

  project                      = var.project_id
  name                         = "${var.name}-${each.key}"
  topic                        = google_pubsub_topic.topic[each.value.topic].id
  ack_deadline_seconds         = var.queue.ack_deadline_seconds
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = "${google_cloudfunctions2_function.deliver.service_config[0].uri}${each.value.path}"

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.deliver.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.queue.retry_min_seconds}s"
    maximum_backoff = "${var.queue.retry_max_seconds}s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.gives_up ? [google_pubsub_topic.topic["dead"].id] : []
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = var.queue.delivery_attempts
    }
  }

  # "" is never. Left out it is 31 idle days, after which the subscription and every later hit would be gone.
  expiration_policy {
    ttl = ""
  }

  # Before the first push: who may push, and who may move what is given up.
  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes_deliver,
    google_pubsub_topic_iam_member.agent_publishes_dead,
    google_service_account_iam_member.agent_signs_as_push,
  ]
}

# One step at a time of each job. No dead-letter policy: a step that a long outage keeps back comes again until it is over,
# and a job whose step is lost is taken up by whoever begins it again.
resource "google_pubsub_subscription" "jobs" {
  project = var.project_id
  name    = "${var.name}-jobs"
  topic   = google_pubsub_topic.topic["jobs"].id
  # As long as admin may take to answer: a step that is pushed again meanwhile is refused.
  ack_deadline_seconds         = min(600, var.sizes.admin.timeout_seconds)
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = "${google_cloudfunctions2_function.admin.service_config[0].uri}/jobs/step"

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.admin.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.queue.retry_min_seconds}s"
    maximum_backoff = "${var.queue.retry_max_seconds}s"
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes_admin,
    google_service_account_iam_member.agent_signs_as_push,
  ]
}

resource "google_pubsub_topic_iam_member" "admin_publishes_jobs" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["jobs"].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account["admin"].member
}

# `pubsub.topics.attachSubscription`, for those who watch.
resource "google_pubsub_topic_iam_member" "admin_attaches_live" {
  count = var.admin.live ? 1 : 0

  project = var.project_id
  topic   = google_pubsub_topic.topic["hits"].name
  role    = "roles/pubsub.subscriber"
  member  = google_service_account.account["admin"].member
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = toset(["collect", "admin"])

  project = var.project_id
  topic   = google_pubsub_topic.topic["hits"].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account[each.key].member
}

resource "google_pubsub_topic_iam_member" "deliver_publishes_retries" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["retries"].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account["deliver"].member
}

# Without both of these Pub/Sub keeps on pushing what it should give up, and says nothing.
resource "google_pubsub_topic_iam_member" "agent_publishes_dead" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["dead"].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_acks_given_up" {
  project      = var.project_id
  subscription = google_pubsub_subscription.push["retried"].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# The agent's own project role usually covers this; projects that took that role away need it here.
resource "google_service_account_iam_member" "agent_signs_as_push" {
  service_account_id = google_service_account.account["push"].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent

  # The agent exists once the project has used Pub/Sub.
  depends_on = [google_pubsub_topic.topic]
}

# What stood under a name of its own until each became an entry of a map.
moved {
  from = google_pubsub_topic.hits
  to   = google_pubsub_topic.topic["hits"]
}
moved {
  from = google_pubsub_topic.retries
  to   = google_pubsub_topic.topic["retries"]
}
moved {
  from = google_pubsub_topic.dead
  to   = google_pubsub_topic.topic["dead"]
}
moved {
  from = google_pubsub_topic.jobs
  to   = google_pubsub_topic.topic["jobs"]
}
moved {
  from = google_pubsub_subscription.deliver
  to   = google_pubsub_subscription.push["deliver"]
}
moved {
  from = google_pubsub_subscription.retried
  to   = google_pubsub_subscription.push["retried"]
}
moved {
  from = google_pubsub_subscription.parked
  to   = google_pubsub_subscription.push["parked"]
}
