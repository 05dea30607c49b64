resource "google_pubsub_topic" "hits" {
  project                    = var.project_id
  name                       = "${var.name}-hits"
  message_retention_duration = "${var.queue.topic_retention_days * 24 * 60 * 60}s"
  kms_key_name               = var.kms_key_name
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = coalesce(var.queue.persistence_regions, [var.region])
  }

  depends_on = [google_project_service.api]
}

# Where deliver puts what must come later. A refusal instead would make Pub/Sub slow down all pushes of the subscription
# (push backoff), and one sick table every stream.
# Source: https://cloud.google.com/pubsub/docs/push#push_backoff
resource "google_pubsub_topic" "retries" {
  project                    = var.project_id
  name                       = "${var.name}-retries"
  message_retention_duration = local.longest_retention
  kms_key_name               = var.kms_key_name
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = coalesce(var.queue.persistence_regions, [var.region])
  }

  depends_on = [google_project_service.api]
}

# Where Pub/Sub puts what deliver did not take in all its attempts.
resource "google_pubsub_topic" "dead" {
  project                    = var.project_id
  name                       = "${var.name}-dead"
  message_retention_duration = local.longest_retention
  kms_key_name               = var.kms_key_name
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = coalesce(var.queue.persistence_regions, [var.region])
  }

  depends_on = [google_project_service.api]
}

# The steps of replays and discards of many: admin calls itself over it, since an instance works only while it answers.
resource "google_pubsub_topic" "jobs" {
  project                    = var.project_id
  name                       = "${var.name}-jobs"
  message_retention_duration = local.longest_retention
  kms_key_name               = var.kms_key_name
  labels                     = local.labels
  deletion_policy            = var.deletion_policy

  message_storage_policy {
    allowed_persistence_regions = coalesce(var.queue.persistence_regions, [var.region])
  }

  depends_on = [google_project_service.api]
}

# A plain push subscription of our own: an Eventarc trigger would own one that has none of these settings.
# It is refused for overload alone, and has no dead-letter policy: a hundred refusals of a busy hour must not give a hit up.
resource "google_pubsub_subscription" "deliver" {
  project                      = var.project_id
  name                         = "${var.name}-deliver"
  topic                        = google_pubsub_topic.hits.id
  ack_deadline_seconds         = var.queue.ack_deadline_seconds
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = google_cloudfunctions2_function.deliver.service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.deliver.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.queue.retry_min_seconds}s"
    maximum_backoff = "${var.queue.retry_max_seconds}s"
  }

  # "" is never. Left out it is 31 idle days, after which the subscription and every later hit would be gone.
  expiration_policy {
    ttl = ""
  }

  # Before the first push: who may push.
  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes_deliver,
    google_service_account_iam_member.agent_signs_as_push,
  ]
}

# Hits that come later: the pauses, the attempts and the giving up are this one's.
resource "google_pubsub_subscription" "retried" {
  project                      = var.project_id
  name                         = "${var.name}-retried"
  topic                        = google_pubsub_topic.retries.id
  ack_deadline_seconds         = var.queue.ack_deadline_seconds
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = "${google_cloudfunctions2_function.deliver.service_config[0].uri}/retried"

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.deliver.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.queue.retry_min_seconds}s"
    maximum_backoff = "${var.queue.retry_max_seconds}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = var.queue.delivery_attempts
  }

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

# Tries once more and keeps the hit as a dead letter. No dead-letter policy: nothing may give these up again.
resource "google_pubsub_subscription" "parked" {
  project                      = var.project_id
  name                         = "${var.name}-parked"
  topic                        = google_pubsub_topic.dead.id
  ack_deadline_seconds         = var.queue.ack_deadline_seconds
  message_retention_duration   = local.longest_retention
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false
  labels                       = local.labels
  deletion_policy              = var.deletion_policy

  push_config {
    push_endpoint = "${google_cloudfunctions2_function.deliver.service_config[0].uri}/parked"

    oidc_token {
      service_account_email = google_service_account.account["push"].email
      audience              = google_cloudfunctions2_function.deliver.service_config[0].uri
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
    google_cloud_run_v2_service_iam_member.push_invokes_deliver,
    google_service_account_iam_member.agent_signs_as_push,
  ]
}

# One step at a time of each job. No dead-letter policy: a step that a long outage keeps back comes again until it is over,
# and a job whose step is lost is taken up by whoever begins it again.
resource "google_pubsub_subscription" "jobs" {
  project = var.project_id
  name    = "${var.name}-jobs"
  topic   = google_pubsub_topic.jobs.id
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
  topic   = google_pubsub_topic.jobs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account["admin"].member
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = toset(["collect", "admin"])

  project = var.project_id
  topic   = google_pubsub_topic.hits.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account[each.key].member
}

resource "google_pubsub_topic_iam_member" "deliver_publishes_retries" {
  project = var.project_id
  topic   = google_pubsub_topic.retries.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.account["deliver"].member
}

# Without both of these Pub/Sub keeps on pushing what it should give up, and says nothing.
resource "google_pubsub_topic_iam_member" "agent_publishes_dead" {
  project = var.project_id
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_acks_given_up" {
  project      = var.project_id
  subscription = google_pubsub_subscription.retried.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# The agent's own project role usually covers this; projects that took that role away need it here.
resource "google_service_account_iam_member" "agent_signs_as_push" {
  service_account_id = google_service_account.account["push"].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent

  # The agent exists once the project has used Pub/Sub.
  depends_on = [google_pubsub_topic.hits, google_pubsub_topic.retries, google_pubsub_topic.dead, google_pubsub_topic.jobs]
}
