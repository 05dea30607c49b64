# Decisions that must not flip. Plans alone: no account, no network, and the real provider agrees.

provider "google" {
  project      = "demo-project"
  access_token = "unused"
}

override_data {
  target = data.google_project.this
  values = { number = "123456789012" }
}

override_data {
  target = data.google_storage_project_service_account.agent
  values = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
}

variables {
  project_id      = "demo-project"
  region          = "europe-west1"
  function_source = "./tests/fixture/function.zip"
}

run "nothing_is_public_but_collect" {
  command = plan

  variables {
    admin = { callers = ["group:marketing-ops@example.com", "user:ada@example.com"] }
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.anybody_invokes_collect.member == "allUsers" && google_cloud_run_v2_service_iam_member.anybody_invokes_collect.name == "afterclick-collect"
    error_message = "senders cannot reach collect, or allUsers is granted on another function"
  }
  assert {
    condition     = !contains([for grant in google_cloud_run_v2_service_iam_member.callers_invoke_admin : grant.member], "allUsers") && length(google_cloud_run_v2_service_iam_member.callers_invoke_admin) == 2
    error_message = "admin has another set of callers than admin.callers"
  }
  assert {
    condition     = !strcontains(google_cloud_run_v2_service_iam_member.push_invokes_deliver.member, "all")
    error_message = "deliver is public"
  }
  assert {
    condition     = google_storage_bucket.source[0].public_access_prevention == "enforced" && google_storage_bucket.source[0].uniform_bucket_level_access
    error_message = "the code can be made public"
  }
}

run "nobody_may_call_admin_unless_named" {
  command = plan

  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.callers_invoke_admin) == 0
    error_message = "admin has callers that nobody named"
  }
}

run "deliver_is_invoked_by_the_push_account_alone" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service_iam_member.push_invokes_deliver.member == "serviceAccount:afterclick-push@demo-project.iam.gserviceaccount.com" && google_cloud_run_v2_service_iam_member.push_invokes_deliver.name == "afterclick-deliver"
    error_message = "another account than the pushes' invokes deliver"
  }
  assert {
    condition     = google_cloudfunctions2_function.deliver.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "deliver can be reached from outside Google Cloud"
  }
}

run "no_subscription_expires_while_idle" { # 31 quiet days would delete it, and with it every later hit
  command = plan

  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.jobs]) : subscription.expiration_policy[0].ttl == ""])
    error_message = "a subscription may expire: set expiration_policy.ttl to \"\" in pubsub.tf"
  }
}

run "waiting_hits_are_kept_for_31_days" {
  command = plan

  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.jobs]) : subscription.message_retention_duration == "2678400s"])
    error_message = "a subscription keeps hits for less than 31 days"
  }
  assert {
    condition     = alltrue([for topic in google_pubsub_topic.topic : topic.message_retention_duration == "2678400s"])
    error_message = "a topic keeps hits for less than 31 days"
  }
}

run "hits_stay_in_the_region" {
  command = plan

  assert {
    condition     = alltrue([for topic in google_pubsub_topic.topic : topic.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])])
    error_message = "Pub/Sub may store payloads outside var.region"
  }
  assert {
    condition     = alltrue([for dataset in google_bigquery_dataset.dataset : dataset.location == "europe-west1"]) && google_firestore_database.registry[0].location_id == "europe-west1" && google_storage_bucket.source[0].location == "EUROPE-WEST1"
    error_message = "a dataset, the registry or the code lies outside var.region"
  }
}

run "no_refusal_for_overload_gives_a_hit_up" { # a hundred of them in a busy hour would
  command = plan

  assert {
    condition     = length(google_pubsub_subscription.push["deliver"].dead_letter_policy) == 0
    error_message = "the subscription of the hits counts refusals and gives hits up: only that of the retries may"
  }
}

run "hits_that_come_later_wait_in_a_topic_of_their_own" { # a refused push slows down all pushes of its subscription
  command = plan

  assert {
    condition     = google_pubsub_topic.topic["retries"].name == "afterclick-retries" && google_pubsub_subscription.push["retried"].name == "afterclick-retried"
    error_message = "the retry topic has no subscription of its own"
  }
  assert {
    condition     = google_pubsub_subscription.push["retried"].retry_policy[0].minimum_backoff == "10s" && google_pubsub_subscription.push["retried"].retry_policy[0].maximum_backoff == "600s"
    error_message = "another attempt comes too soon, or too late"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.deliver_publishes_retries.role == "roles/pubsub.publisher" && google_pubsub_topic_iam_member.deliver_publishes_retries.topic == "afterclick-retries" && google_pubsub_topic_iam_member.deliver_publishes_retries.member == "serviceAccount:afterclick-deliver@demo-project.iam.gserviceaccount.com"
    error_message = "deliver cannot put hits aside: each failure would slow down every stream"
  }
}

run "jobs_call_their_next_step_at_admin_alone" {
  command = plan

  assert {
    condition     = google_pubsub_topic.topic["jobs"].name == "afterclick-jobs" && google_pubsub_subscription.jobs.name == "afterclick-jobs"
    error_message = "the topic of jobs has no subscription of its own"
  }
  assert {
    condition     = google_pubsub_subscription.jobs.ack_deadline_seconds == 300 && length(google_pubsub_subscription.jobs.dead_letter_policy) == 0
    error_message = "a step is pushed again while admin works on it, or an outage gives it up"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.admin_publishes_jobs.role == "roles/pubsub.publisher" && google_pubsub_topic_iam_member.admin_publishes_jobs.topic == "afterclick-jobs" && google_pubsub_topic_iam_member.admin_publishes_jobs.member == "serviceAccount:afterclick-admin@demo-project.iam.gserviceaccount.com"
    error_message = "admin cannot call the next step of a job"
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.push_invokes_admin.member == "serviceAccount:afterclick-push@demo-project.iam.gserviceaccount.com" && google_cloud_run_v2_service_iam_member.push_invokes_admin.name == "afterclick-admin"
    error_message = "the steps of jobs are pushed and refused"
  }
}

run "live_is_granted_what_its_subscriptions_need_and_nothing_else" {
  command = plan

  assert {
    condition     = google_project_iam_custom_role.live[0].permissions == toset([for what in ["consume", "create", "delete", "list", "update"] : "pubsub.subscriptions.${what}"])
    error_message = "viewers cannot follow hits, or admin may do more than that"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.admin_attaches_live[0].role == "roles/pubsub.subscriber" && google_pubsub_topic_iam_member.admin_attaches_live[0].topic == "afterclick-hits"
    error_message = "no subscription of a viewer can be attached to the topic of hits"
  }
}

run "without_live_nothing_is_granted_for_it" {
  command = plan

  variables {
    admin   = { live = false }
    collect = { public_url = "https://hits.example.com" } # else only known after the apply
  }

  assert {
    condition     = length(google_project_iam_custom_role.live) == 0 && length(google_project_iam_member.admin_live) == 0 && length(google_pubsub_topic_iam_member.admin_attaches_live) == 0 && google_cloudfunctions2_function.admin.service_config[0].environment_variables.LIVE == "off"
    error_message = "a role for subscriptions of the project is granted that nobody asked for"
  }
}

run "what_pubsub_gives_up_on_is_consumed" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.push["retried"].dead_letter_policy[0].max_delivery_attempts == 100
    error_message = "Pub/Sub gives up before 100 attempts"
  }
  assert {
    condition     = google_pubsub_topic.topic["dead"].name == "afterclick-dead" && google_pubsub_subscription.push["parked"].name == "afterclick-parked"
    error_message = "the dead-letter topic has no subscription of its own"
  }
  assert {
    condition     = length(google_pubsub_subscription.push["parked"].dead_letter_policy) == 0
    error_message = "what was given up can be given up again, to nowhere"
  }
}

run "hits_are_delivered_at_once_and_in_any_order" { # order and exactly-once would hold up all hits for a single one
  command = plan

  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.jobs]) : !subscription.enable_message_ordering && !subscription.enable_exactly_once_delivery])
    error_message = "a subscription delivers in order or exactly once: one slow hit would hold up the others"
  }
  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.jobs]) : !subscription.retain_acked_messages])
    error_message = "a subscription keeps hits after delivery; the topic does that already"
  }
}

run "the_dead_letter_grants_exist" {
  command = plan

  assert {
    condition     = google_pubsub_topic_iam_member.agent_publishes_dead.role == "roles/pubsub.publisher" && google_pubsub_topic_iam_member.agent_publishes_dead.topic == "afterclick-dead"
    error_message = "the Pub/Sub agent cannot publish to the dead-letter topic"
  }
  assert {
    condition     = google_pubsub_subscription_iam_member.agent_acks_given_up.role == "roles/pubsub.subscriber" && google_pubsub_subscription_iam_member.agent_acks_given_up.subscription == "afterclick-retried"
    error_message = "the Pub/Sub agent cannot take what it gives up off the subscription"
  }
  assert {
    condition     = alltrue([for member in [google_pubsub_topic_iam_member.agent_publishes_dead.member, google_pubsub_subscription_iam_member.agent_acks_given_up.member, google_service_account_iam_member.agent_signs_as_push.member] : member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "the grants go to another account than this project's Pub/Sub agent"
  }
}

run "no_ack_deadline_is_below_the_functions_timeout" {
  command = plan

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : subscription.ack_deadline_seconds >= google_cloudfunctions2_function.deliver.service_config[0].timeout_seconds])
    error_message = "hits are pushed again while deliver is still writing them"
  }
}

run "each_function_has_its_own_account" {
  command = plan

  assert {
    condition = (
      google_cloudfunctions2_function.collect.service_config[0].service_account_email == "afterclick-collect@demo-project.iam.gserviceaccount.com" &&
      google_cloudfunctions2_function.deliver.service_config[0].service_account_email == "afterclick-deliver@demo-project.iam.gserviceaccount.com" &&
      google_cloudfunctions2_function.admin.service_config[0].service_account_email == "afterclick-admin@demo-project.iam.gserviceaccount.com"
    )
    error_message = "two functions share an account, or one runs as the project's default account"
  }
  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : function.build_config[0].service_account == "projects/demo-project/serviceAccounts/afterclick-build@demo-project.iam.gserviceaccount.com"])
    error_message = "a function is built by another account than the build's"
  }
}

run "no_account_has_a_basic_role_and_few_roles_reach_the_project" {
  command = plan

  assert {
    condition     = alltrue([for name, grant in google_project_iam_member.registry : grant.condition[0].expression == "resource.name == \"projects/demo-project/databases/afterclick\""])
    error_message = "a role on Firestore is not limited to the registry's database"
  }
  assert {
    condition     = { for name, grant in google_project_iam_member.registry : name => grant.role } == { admin = "roles/datastore.user", collect = "roles/datastore.viewer", deliver = "roles/datastore.viewer", import = "roles/datastore.user" }
    error_message = "collect or deliver may write the registry, or admin or import may not"
  }
  assert {
    condition     = { for name, grant in google_project_iam_member.jobs : name => "${grant.role} ${grant.member}" } == { for name in ["admin", "import"] : name => "roles/bigquery.jobUser serviceAccount:afterclick-${name}@demo-project.iam.gserviceaccount.com" }
    error_message = "others than admin and import may run jobs of BigQuery"
  }
  assert {
    condition     = length(google_project_iam_member.admin_backlog) == 0 && length(google_project_iam_custom_role.backlog) == 0
    error_message = "admin may read the project's metrics although nobody asked for it"
  }
  assert {
    condition     = google_project_iam_member.build_source[0].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1/\") || resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1-\")" && google_project_iam_member.build_log[0].role == "roles/logging.logWriter"
    error_message = "the build's account reads more buckets than Cloud Functions' own"
  }
  assert {
    condition = length(setintersection(
      concat([for grant in google_project_iam_member.registry : grant.role], [for grant in google_project_iam_member.jobs : grant.role], [google_project_iam_member.build_source[0].role, google_project_iam_member.build_log[0].role]),
      ["roles/owner", "roles/editor", "roles/viewer"],
    )) == 0
    error_message = "an account has a basic role"
  }
}

run "the_backlog_role_holds_one_permission" {
  command = plan

  variables {
    admin = { reads_backlog = true }
  }

  assert {
    condition     = google_project_iam_custom_role.backlog[0].permissions == toset(["monitoring.timeSeries.list"])
    error_message = "the role for the backlog's age allows more than to read metrics"
  }
}

run "collect_publishes_and_cannot_read_what_others_sent" {
  command = plan

  assert {
    condition     = { for name, grant in google_pubsub_topic_iam_member.publisher : name => grant.role } == { admin = "roles/pubsub.publisher", collect = "roles/pubsub.publisher" }
    error_message = "another set of accounts publishes hits"
  }
  assert {
    condition     = !contains([for grant in merge(google_bigquery_dataset_iam_member.product, google_bigquery_dataset_iam_member.deliver, google_bigquery_dataset_iam_member.admin) : grant.member], "serviceAccount:afterclick-collect@demo-project.iam.gserviceaccount.com")
    error_message = "collect may read rows"
  }
}

run "deliver_writes_to_the_named_datasets_and_admin_reads_them" {
  command = plan

  variables {
    bigquery = {
      default_dataset = "crm"
      datasets = {
        crm    = { create = false }
        orders = {}
        shared = { create = false, project_id = "other-project" }
      }
    }
  }

  assert {
    condition     = { for name, grant in google_bigquery_dataset_iam_member.deliver : name => "${grant.project}: ${grant.role}" } == { crm = "demo-project: roles/bigquery.dataEditor", orders = "demo-project: roles/bigquery.dataEditor", shared = "other-project: roles/bigquery.dataEditor" }
    error_message = "deliver cannot write to each dataset of streams"
  }
  assert {
    condition     = alltrue([for grant in google_bigquery_dataset_iam_member.admin : grant.role == "roles/bigquery.dataViewer"]) && length(google_bigquery_dataset_iam_member.admin) == 3
    error_message = "admin may change rows of streams, or cannot look for them"
  }
  assert {
    condition     = keys(google_bigquery_dataset.dataset) == ["afterclick", "orders"]
    error_message = "a dataset that exists is made once more"
  }
}

run "concurrency_above_1_has_at_least_1_cpu" {
  command = plan

  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : function.service_config[0].max_instance_request_concurrency > 1 && tonumber(function.service_config[0].available_cpu) >= 1])
    error_message = "a function handles one request at a time, or has less than 1 cpu for many"
  }
}

run "an_instance_has_the_memory_that_its_function_counts_on" { # with less it would be killed in the midst of its requests
  command = plan

  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : tonumber(trimsuffix(function.service_config[0].available_memory, "Mi")) >= 1024])
    error_message = "a function has less than 1 GiB: collect holds 128 MiB of bodies, deliver 512 MiB of pushes, admin two large results of up to 360 MiB, import a file of 512 MiB"
  }
}

run "every_optional_setting_of_a_function_is_written_out" { # left out, it keeps what somebody set by hand
  command = plan

  assert {
    condition = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] :
      function.build_config[0].runtime == "nodejs24" &&
      function.service_config[0].all_traffic_on_latest_revision &&
      function.service_config[0].min_instance_count == 0 &&
      function.service_config[0].max_instance_count >= 1 &&
      function.service_config[0].timeout_seconds >= 10 &&
      can(regex("^[0-9]+Mi$", function.service_config[0].available_memory))
    ])
    error_message = "a setting of a function is left to chance"
  }
  assert {
    condition     = google_cloudfunctions2_function.collect.build_config[0].entry_point == "collect" && google_cloudfunctions2_function.deliver.build_config[0].entry_point == "deliver" && google_cloudfunctions2_function.admin.build_config[0].entry_point == "admin" && google_cloudfunctions2_function.import.build_config[0].entry_point == "import"
    error_message = "an entry point is not its function's name"
  }
}

run "the_images_that_run_are_kept" { # a new instance pulls its revision's image, however old it is
  command = plan

  assert {
    condition     = [for policy in google_artifact_registry_repository.images.cleanup_policies : policy.most_recent_versions[0].keep_count if policy.action == "KEEP"] == [10]
    error_message = "the image of a revision that runs may be deleted: no instance would start any more"
  }
}

run "no_build_starts_before_its_grants_are_seen" {
  command = plan

  assert {
    condition     = google_project_iam_member.build_log[0].role == "roles/logging.logWriter" && time_sleep.build_grants.create_duration == "90s"
    error_message = "the first build starts before its account may fetch the code"
  }
}

run "these_apis_are_switched_on" {
  command = plan

  assert {
    condition = join(" ", [for api in keys(google_project_service.api) : trimsuffix(api, ".googleapis.com")]) == join(" ", [
      "artifactregistry", "bigquery", "bigquerystorage", "cloudbuild", "cloudfunctions", "cloudscheduler", "firebaserules", "firestore", "iam",
      "iamcredentials", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
    ])
    error_message = "another set of APIs is switched on than what the module uses: ${join(", ", keys(google_project_service.api))}"
  }
}

run "the_registry_can_be_set_back" {
  command = plan

  assert {
    condition     = google_firestore_database.registry[0].point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" && google_firestore_backup_schedule.daily[0].retention == "1209600s"
    error_message = "a stream that was changed by mistake cannot be read as it was"
  }
}

run "the_environment_is_what_the_functions_read" {
  command = plan

  variables {
    collect = { public_url = "https://hits.example.com" } # else only known after the apply
    admin   = { first_admins = ["bob@example.com", "ada@example.com"] }
  }

  assert {
    condition = google_cloudfunctions2_function.collect.service_config[0].environment_variables == tomap({
      PROJECT           = "demo-project"
      LOG_LEVEL         = "info"
      REGISTRY_DATABASE = "afterclick"
      DEFAULT_DATASET   = "conversions"
      TOPIC             = "projects/demo-project/topics/afterclick-hits"
      TRUSTED_PROXIES   = "1"
      SECRETS_PREFIX    = "afterclick_"
      SECRETS_LOCATION  = "europe-west1"
      SECRETS_KMS_KEY   = ""
    })
    error_message = "collect's environment is another one"
  }
  assert {
    condition = google_cloudfunctions2_function.deliver.service_config[0].environment_variables == tomap({
      PROJECT           = "demo-project"
      LOG_LEVEL         = "info"
      REGISTRY_DATABASE = "afterclick"
      DEFAULT_DATASET   = "conversions"
      RETRY_TOPIC       = "projects/demo-project/topics/afterclick-retries"
      PRODUCT_DATASET   = "afterclick"
      LOCATION          = "europe-west1"
    })
    error_message = "deliver's environment is another one"
  }
  assert {
    condition = google_cloudfunctions2_function.admin.service_config[0].environment_variables == tomap({
      PROJECT            = "demo-project"
      LOG_LEVEL          = "info"
      REGISTRY_DATABASE  = "afterclick"
      DEFAULT_DATASET    = "conversions"
      PRODUCT_DATASET    = "afterclick"
      LOCATION           = "europe-west1"
      TOPIC              = "projects/demo-project/topics/afterclick-hits"
      SUBSCRIPTION       = "projects/demo-project/subscriptions/afterclick-deliver"
      RETRY_SUBSCRIPTION = "projects/demo-project/subscriptions/afterclick-retried"
      JOBS_TOPIC         = "projects/demo-project/topics/afterclick-jobs"
      LIVE               = "on"
      COLLECT_URL        = "https://hits.example.com"
      STATEMENT_GIB_MAX  = "100"
      DAY_GIB_MAX        = "1000"
      BUCKET             = "demo-project-afterclick-imports"
      IMPORT_TOPIC       = "projects/demo-project/topics/afterclick-imports"
      IMPORT_ACCOUNT     = "afterclick-import@demo-project.iam.gserviceaccount.com"
      SECRETS_PREFIX     = "afterclick_"
      SECRETS_LOCATION   = "europe-west1"
      SECRETS_KMS_KEY    = ""
      FIRST_ADMINS       = "ada@example.com,bob@example.com"
      AUDIENCES          = "https://afterclick-admin-123456789012.europe-west1.run.app,https://europe-west1-demo-project.cloudfunctions.net/afterclick-admin"
    })
    error_message = "admin's environment is another one"
  }
  assert {
    condition = google_cloudfunctions2_function.import.service_config[0].environment_variables == tomap({
      PROJECT           = "demo-project"
      LOG_LEVEL         = "info"
      REGISTRY_DATABASE = "afterclick"
      DEFAULT_DATASET   = "conversions"
      PRODUCT_DATASET   = "afterclick"
      LOCATION          = "europe-west1"
      BUCKET            = "demo-project-afterclick-imports"
      IMPORT_TOPIC      = "projects/demo-project/topics/afterclick-imports"
      IMPORT_ACCOUNT    = "afterclick-import@demo-project.iam.gserviceaccount.com"
      SECRETS_PREFIX    = "afterclick_"
      SECRETS_LOCATION  = "europe-west1"
      SECRETS_KMS_KEY   = ""
    })
    error_message = "import's environment is another one"
  }
}

run "secrets_are_reached_under_one_prefix_alone" {
  command = plan

  assert {
    condition     = alltrue([for grant in [google_project_iam_member.admin_keeps_secrets, google_project_iam_member.import_reads_secrets] : grant.condition[0].expression == "resource.name.startsWith(\"projects/123456789012/secrets/afterclick_\")"])
    error_message = "somebody reaches secrets that are not this installation's"
  }
  assert {
    condition     = google_project_iam_custom_role.secrets_maker.permissions == toset(["secretmanager.secrets.create", "secretmanager.secrets.list"])
    error_message = "whoever may make secrets may do more to all secrets of the project"
  }
  assert {
    condition     = google_project_iam_custom_role.secrets_keeper.permissions == toset(concat(["secretmanager.secrets.delete"], [for what in ["access", "add", "destroy", "get", "list"] : "secretmanager.versions.${what}"]))
    error_message = "admin may do something else to its secrets than it does"
  }
}

run "a_sender_of_files_sees_its_own_alone" {
  command = plan

  variables {
    imports = { senders = { crm = ["serviceAccount:crm@other.iam.gserviceaccount.com"] } }
  }

  assert {
    condition     = { for key, grant in google_storage_bucket_iam_member.sender : key => "${grant.role} ${grant.condition[0].expression}" } == { "crm in serviceAccount:crm@other.iam.gserviceaccount.com" = "roles/storage.objectUser resource.name.startsWith(\"projects/_/buckets/demo-project-afterclick-imports/objects/crm/in/\")", "crm results serviceAccount:crm@other.iam.gserviceaccount.com" = "roles/storage.objectViewer resource.name.startsWith(\"projects/_/buckets/demo-project-afterclick-imports/objects/crm/results/\")" }
    error_message = "a sender has other grants than to write its files and to read their results"
  }
  assert {
    condition     = google_storage_bucket.imports.public_access_prevention == "enforced" && google_storage_bucket.imports.uniform_bucket_level_access && !google_storage_bucket.imports.force_destroy
    error_message = "files of senders may become public, or go with an apply"
  }
}

run "import_hears_of_each_file_and_looks_itself" {
  command = plan

  assert {
    condition     = google_storage_notification.imports.event_types == toset(["OBJECT_FINALIZE"]) && google_storage_notification.imports.topic == "projects/demo-project/topics/afterclick-imports"
    error_message = "the bucket tells of other things, or to another topic"
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.schedule == "*/15 * * * *" && google_cloud_scheduler_job.sweep.attempt_deadline == "600s"
    error_message = "lost notices are looked for at another pace"
  }
  assert {
    condition     = google_pubsub_subscription.imports.ack_deadline_seconds == google_cloudfunctions2_function.import.service_config[0].timeout_seconds
    error_message = "a push comes again while import still works on it, or is not waited for"
  }
}

run "behind_a_load_balancer_collect_has_no_other_door" {
  command = plan

  variables {
    collect = { ingress = "load_balancer", public_url = "https://hits.example.com" }
    admin   = { ingress = "load_balancer" }
  }

  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.admin] : function.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB"])
    error_message = "the firewall of the load balancer can be walked around"
  }
  assert {
    condition     = google_cloudfunctions2_function.collect.service_config[0].environment_variables["TRUSTED_PROXIES"] == "2"
    error_message = "the load balancer's entry of X-Forwarded-For is taken for the sender's"
  }
}

run "the_request_logs_with_secret_addresses_are_not_stored" {
  command = plan

  assert {
    condition     = google_logging_project_exclusion.request_logs[0].filter == "log_id(\"run.googleapis.com/requests\") AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(\"afterclick-admin\" OR \"afterclick-collect\")"
    error_message = "a request log that holds stream addresses is stored"
  }
}

run "the_request_logs_can_be_kept" {
  command = plan

  variables {
    excluded_request_logs = []
  }

  assert {
    condition     = length(google_logging_project_exclusion.request_logs) == 0
    error_message = "request logs are excluded although nobody asked for it"
  }
}

run "nothing_irreplaceable_is_destroyed_by_an_apply" {
  command = plan

  assert {
    condition = alltrue([for thing in concat(
      values(google_bigquery_dataset.dataset),
      [google_firestore_database.registry[0]],
      values(google_pubsub_topic.topic),
      values(google_pubsub_subscription.push),
      [google_pubsub_subscription.jobs],
      [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import],
      [for name, account in google_service_account.account : account if name != "build"],
    ) : thing.deletion_policy == "PREVENT"])
    error_message = "rows, waiting hits, the registry, a function's address or its account can be destroyed by a changed name"
  }
  assert {
    condition     = google_firestore_database.registry[0].delete_protection_state == "DELETE_PROTECTION_ENABLED" && alltrue([for dataset in google_bigquery_dataset.dataset : !dataset.delete_contents_on_destroy])
    error_message = "the registry or tables can be deleted with their container"
  }
  assert {
    condition     = alltrue([for api in google_project_service.api : !api.disable_on_destroy])
    error_message = "destroying would switch an API off for the whole project"
  }
}

run "destroying_takes_one_word" {
  command = plan

  variables {
    deletion_policy = "DELETE"
  }

  assert {
    condition     = google_firestore_database.registry[0].delete_protection_state == "DELETE_PROTECTION_DISABLED" && google_pubsub_subscription.push["deliver"].deletion_policy == "DELETE"
    error_message = "an installation cannot be taken down"
  }
}

run "clients_are_denied_by_the_databases_rules" {
  command = plan

  assert {
    condition     = google_firebaserules_release.deny_clients[0].name == "cloud.firestore/afterclick"
    error_message = "the rules are released for another database"
  }
  assert {
    condition     = google_firebaserules_ruleset.deny_clients[0].source[0].files[0].content == <<-EOT
      rules_version = '2';
      service cloud.firestore {
        match /databases/{database}/documents {
          match /{document=**} {
            allow read, write: if false;
          }
        }
      }
    EOT
    error_message = "a browser may read or write the registry"
  }
}

run "an_existing_database_keeps_its_rules" {
  command = plan

  variables {
    firestore = { create = false, database = "(default)" }
  }

  assert {
    condition     = length(google_firestore_database.registry) == 0 && length(google_firebaserules_release.deny_clients) == 0 && length(google_firestore_backup_schedule.daily) == 0
    error_message = "a database of others is made, ruled or backed up here"
  }
  assert {
    condition     = google_project_iam_member.registry["admin"].condition[0].expression == "resource.name == \"projects/demo-project/databases/(default)\""
    error_message = "the roles are limited to another database"
  }
}

run "the_rules_of_the_default_database_are_its_own_release" {
  command = plan

  variables {
    firestore = { create = false, database = "(default)", rules = true }
  }

  assert {
    condition     = google_firebaserules_release.deny_clients[0].name == "cloud.firestore"
    error_message = "the rules are released for another database"
  }
}

run "every_alert_carries_its_runbook_and_calls_the_channels" {
  command = plan

  variables {
    alerts = { channels = ["projects/demo-project/notificationChannels/1"] }
  }

  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.alert : strcontains(alert.documentation[0].content, "1. ") && alert.notification_channels == tolist(["projects/demo-project/notificationChannels/1"])])
    error_message = "somebody is woken and not told what to do, or nobody is woken"
  }
  assert {
    condition     = alltrue([for alert in [google_monitoring_alert_policy.alert["dead_letters"], google_monitoring_alert_policy.alert["deliver_failed"]] : alert.alert_strategy[0].notification_rate_limit[0].period == "3600s"])
    error_message = "a wrong table would send one message a hit"
  }
}

run "every_alert_is_on_and_calls_above_its_threshold" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" }
  }

  assert {
    condition     = length(google_monitoring_alert_policy.alert) == 8 && alltrue([for alert in google_monitoring_alert_policy.alert : alert.enabled])
    error_message = "an alert is switched off"
  }
  assert {
    condition = alltrue(flatten([for alert in [
      google_monitoring_alert_policy.alert["waiting"], google_monitoring_alert_policy.alert["refusing"], google_monitoring_alert_policy.alert["full"], google_monitoring_alert_policy.alert["delivery_failing"],
    ] : [for condition in alert.conditions : condition.condition_threshold[0].comparison == "COMPARISON_GT"]]))
    error_message = "an alert calls while all is well, and not when it fails"
  }
  assert {
    condition     = [for condition in google_monitoring_alert_policy.alert["waiting"].conditions : "${condition.condition_threshold[0].threshold_value} ${condition.condition_threshold[0].duration} ${condition.condition_threshold[0].aggregations[0].per_series_aligner}"] == ["900 300s ALIGN_MAX", "900 300s ALIGN_MAX", "900 300s ALIGN_MAX"]
    error_message = "hits wait for longer than alerts.waiting_seconds before somebody is called"
  }
  assert {
    condition = [for condition in concat(google_monitoring_alert_policy.alert["refusing"].conditions, google_monitoring_alert_policy.alert["delivery_failing"].conditions) :
      [for sum in concat(condition.condition_threshold[0].aggregations, condition.condition_threshold[0].denominator_aggregations) : "${sum.alignment_period} ${sum.per_series_aligner} ${sum.cross_series_reducer}"]
    ] == [["600s ALIGN_DELTA REDUCE_SUM", "600s ALIGN_DELTA REDUCE_SUM"], ["600s ALIGN_DELTA REDUCE_SUM"], ["300s ALIGN_DELTA REDUCE_SUM", "300s ALIGN_DELTA REDUCE_SUM"], ["300s ALIGN_DELTA REDUCE_SUM", "300s ALIGN_DELTA REDUCE_SUM"]]
    error_message = "an alert on a share looks at each code and revision by itself"
  }
  assert {
    condition     = [for condition in google_monitoring_alert_policy.alert["delivery_failing"].conditions : "${condition.condition_threshold[0].threshold_value} ${condition.condition_threshold[0].duration}"] == ["0.01 600s", "0.01 600s"]
    error_message = "another share of failing pushes than alerts.failing_share calls somebody"
  }
}

run "every_alert_watches_what_its_name_says" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" }
  }

  assert {
    condition = { for condition in google_monitoring_alert_policy.alert["waiting"].conditions : condition.display_name => condition.condition_threshold[0].filter } == {
      "The oldest of the hits waits for more than 900 s"                 = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = \"afterclick-deliver\""
      "The oldest of the hits that come again waits for more than 900 s" = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = \"afterclick-retried\""
      "The oldest of the hits given up waits for more than 900 s"        = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = \"afterclick-parked\""
    }
    error_message = "nobody is called when hits wait"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["dead_letters"].conditions[0].condition_matched_log[0].filter == "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-deliver\" AND severity >= WARNING AND jsonPayload.event = \"dead_letter\""
    error_message = "another line than deliver's about a dead letter is matched"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["deliver_failed"].conditions[0].condition_matched_log[0].filter == "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-deliver\" AND severity >= ERROR AND jsonPayload.event = \"deliver_failed\""
    error_message = "another line than deliver's about a lost dead letter is matched"
  }
  assert {
    condition = [for condition in google_monitoring_alert_policy.alert["refusing"].conditions : condition.condition_threshold[0].filter] == [for _ in range(2) :
      "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-collect\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code = monitoring.regex.full_match(\"429|5..\")"
    ]
    error_message = "collect refuses senders and nobody is called"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["refusing"].conditions[0].condition_threshold[0].denominator_filter == "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-collect\" AND metric.type = \"run.googleapis.com/request_count\""
    error_message = "refusals are a share of something else than collect's answers"
  }
  assert {
    condition = [for share in [google_monitoring_alert_policy.alert["delivery_failing"].conditions[1].condition_threshold[0]] : [share.filter, share.denominator_filter]] == [[
      "resource.type = \"pubsub_topic\" AND metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND metric.labels.response_class = \"success\" AND resource.labels.topic_id = \"afterclick-retries\"",
      "resource.type = \"pubsub_topic\" AND metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND metric.labels.response_class = \"success\" AND resource.labels.topic_id = monitoring.regex.full_match(\"afterclick-hits|afterclick-retries\")",
    ]]
    error_message = "hits that fail for the first time are acked, and nobody hears of them"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["refusing"].combiner == "AND" && [for condition in google_monitoring_alert_policy.alert["refusing"].conditions : condition.condition_threshold[0].threshold_value] == [0.01, 2]
    error_message = "one single 503 in a quiet night calls somebody, or a share of 1 % calls nobody"
  }
  assert {
    condition = [for threshold in [google_monitoring_alert_policy.alert["full"].conditions[0].condition_threshold[0]] : "${threshold.filter}: ${threshold.comparison} ${threshold.threshold_value} ${threshold.aggregations[0].per_series_aligner} ${threshold.aggregations[0].cross_series_reducer}"] == [
      "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-collect\" AND metric.type = \"run.googleapis.com/container/instance_count\" AND metric.labels.state = \"active\": COMPARISON_GT 9 ALIGN_MAX REDUCE_SUM"
    ]
    error_message = "Cloud Run answers 429 because every instance is busy, and nobody is called: ${jsonencode(google_monitoring_alert_policy.alert["full"].conditions[0].condition_threshold[0])}"
  }
  assert {
    condition = [google_monitoring_alert_policy.alert["delivery_failing"].conditions[0].condition_threshold[0].filter, google_monitoring_alert_policy.alert["delivery_failing"].conditions[0].condition_threshold[0].denominator_filter] == [
      "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-deliver\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\"",
      "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-deliver\" AND metric.type = \"run.googleapis.com/request_count\"",
    ]
    error_message = "nobody is called when deliveries fail"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["silence"].conditions[0].condition_absent[0].filter == "resource.type = \"pubsub_topic\" AND resource.labels.topic_id = \"afterclick-hits\" AND metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND metric.labels.response_class = \"success\"" && google_monitoring_alert_policy.alert["silence"].conditions[0].condition_absent[0].duration == "82800s"
    error_message = "silence is not noticed"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["heartbeat"].conditions[0].condition_matched_log[0].filter == "resource.type = \"cloud_scheduler_job\" AND resource.labels.job_id = \"afterclick-heartbeat\" AND severity >= ERROR"
    error_message = "a failing heartbeat calls nobody"
  }
}

run "three_instances_are_few_when_the_third_is_busy" {
  command = plan

  variables {
    sizes = { collect = { max_instances = 3 } }
  }

  assert {
    condition     = google_monitoring_alert_policy.alert["full"].conditions[0].condition_threshold[0].threshold_value == 2 && strcontains(google_monitoring_alert_policy.alert["full"].conditions[0].condition_threshold[0].filter, "/container/instance_count\"")
    error_message = "the alert waits for more instances than there are"
  }
}

run "two_instances_are_few_when_they_handle_nearly_all_they_may" { # both are busy on any lively day
  command = plan

  variables {
    sizes = { collect = { max_instances = 2, concurrency = 80 } }
  }

  assert {
    condition = [for threshold in [google_monitoring_alert_policy.alert["full"].conditions[0].condition_threshold[0]] : "${threshold.filter}: ${threshold.comparison} ${threshold.threshold_value} ${threshold.aggregations[0].per_series_aligner} ${threshold.aggregations[0].cross_series_reducer}"] == [
      "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"afterclick-collect\" AND metric.type = \"run.googleapis.com/container/max_request_concurrencies\": COMPARISON_GT 72 ALIGN_PERCENTILE_99 REDUCE_MAX"
    ]
    error_message = "one or two instances that are busy call somebody every day, or never"
  }
}

run "the_dashboard_holds_nothing_that_the_api_leaves_out" { # else each plan would show a change
  command = plan

  assert {
    condition     = length(regexall("Pos\":0|\\[\\]|REDUCE_NONE|:null", google_monitoring_dashboard.overview.dashboard_json)) == 0
    error_message = "the dashboard holds a zero, an empty list, REDUCE_NONE or null: ${google_monitoring_dashboard.overview.dashboard_json}"
  }
  assert {
    condition     = [for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles : "${try(tile.xPos, 0)} ${try(tile.yPos, 0)}"] == ["0 0", "24 0", "0 16", "24 16", "0 32", "24 32", "0 48", "24 48", "0 64", "24 64"]
    error_message = "charts lie on one another"
  }
}

run "the_dashboard_charts_metrics_that_exist" { # Cloud Monitoring takes any name, and then shows an empty chart
  command = plan

  assert {
    condition = distinct([for found in regexall("metric.type = \\\\\"([a-z./_]+)", google_monitoring_dashboard.overview.dashboard_json) : found[0]]) == tolist([
      "run.googleapis.com/request_count",
      "run.googleapis.com/request_latencies",
      "pubsub.googleapis.com/subscription/oldest_unacked_message_age",
      "pubsub.googleapis.com/subscription/num_undelivered_messages",
      "pubsub.googleapis.com/subscription/dead_letter_message_count",
      "run.googleapis.com/container/instance_count",
      "run.googleapis.com/container/memory/utilizations",
      "run.googleapis.com/container/max_request_concurrencies",
    ])
    error_message = "a chart names a metric that is not known here"
  }
}

run "quiet_weekends_can_be_allowed" {
  command = plan

  variables {
    alerts = { silence_hours = 0 }
  }

  assert {
    condition     = !contains(keys(google_monitoring_alert_policy.alert), "silence")
    error_message = "silence calls somebody although it was switched off"
  }
}

run "the_heartbeat_is_a_marked_test_hit_and_calls_somebody_when_it_fails" {
  command = plan

  variables {
    collect   = { public_url = "https://hits.example.com" }
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" }
  }

  assert {
    condition     = google_cloud_scheduler_job.heartbeat[0].schedule == "*/15 * * * *" && google_cloud_scheduler_job.heartbeat[0].http_target[0].uri == "https://hits.example.com/ds/9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44"
    error_message = "the heartbeat goes elsewhere than senders' hits"
  }
  assert {
    condition     = google_cloud_scheduler_job.heartbeat[0].http_target[0].headers["Afterclick-Test"] == "true"
    error_message = "the heartbeat counts as a conversion"
  }
}

run "nothing_knocks_unless_asked" {
  command = plan

  assert {
    condition     = length(google_cloud_scheduler_job.heartbeat) == 0 && !contains(keys(google_monitoring_alert_policy.alert), "heartbeat")
    error_message = "hits are sent that nobody asked for"
  }
}

run "one_key_covers_all_that_is_stored" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
  }

  assert {
    condition = alltrue([for key in concat(
      [for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : function.kms_key_name],
      [for topic in google_pubsub_topic.topic : topic.kms_key_name],
      [for dataset in google_bigquery_dataset.dataset : dataset.default_encryption_configuration[0].kms_key_name],
      [google_firestore_database.registry[0].cmek_config[0].kms_key_name, google_storage_bucket.source[0].encryption[0].default_kms_key_name, google_storage_bucket.imports.encryption[0].default_kms_key_name, google_artifact_registry_repository.images.kms_key_name],
    ) : key == var.kms_key_name])
    error_message = "something is stored under another key"
  }
}

run "the_installation_fits_into_a_young_project" { # Cloud Run checks max instances times size, and the first apply would fail
  command = plan

  variables {
    collect = { public_url = "https://hits.example.com" }
  }

  assert {
    condition     = sum([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : function.service_config[0].max_instance_count * tonumber(function.service_config[0].available_cpu)]) <= 20
    error_message = "all instances together may take more than 20 vCPUs, CpuAllocPerProjectRegion of a young project"
  }
  assert {
    condition     = sum([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin, google_cloudfunctions2_function.import] : function.service_config[0].max_instance_count * tonumber(trimsuffix(function.service_config[0].available_memory, "Mi"))]) <= 40 * 1024
    error_message = "all instances together may take more than 40 GiB, MemAllocPerProjectRegion of a young project"
  }
}

run "an_own_build_account_is_granted_nothing_on_the_project" {
  command = plan

  variables {
    build_service_account = "builder@demo-project.iam.gserviceaccount.com"
  }

  assert {
    condition     = length(google_project_iam_member.build_source) == 0 && length(google_project_iam_member.build_log) == 0 && !contains(keys(google_service_account.account), "build")
    error_message = "the account of others gets roles here"
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.build.member == "serviceAccount:builder@demo-project.iam.gserviceaccount.com"
    error_message = "the own account cannot store images"
  }
}

run "two_installations_in_one_project_share_no_name" { # the first one has the defaults
  command = plan

  variables {
    name      = "second"
    bigquery  = { product_dataset = { id = "second" }, datasets = { second_rows = {} }, default_dataset = "second_rows" }
    firestore = { database = "second" }
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" }
    admin     = { reads_backlog = true }
  }

  assert {
    condition = alltrue([for name in concat([for topic in google_pubsub_topic.topic : topic.name], [for subscription in google_pubsub_subscription.push : subscription.name], [
      google_pubsub_subscription.jobs.name, google_pubsub_subscription.imports.name, google_cloud_scheduler_job.sweep.name,
      google_cloudfunctions2_function.collect.name, google_cloudfunctions2_function.deliver.name, google_cloudfunctions2_function.admin.name, google_cloudfunctions2_function.import.name,
      google_logging_project_exclusion.request_logs[0].name, google_artifact_registry_repository.images.repository_id, google_cloud_scheduler_job.heartbeat[0].name,
      ], [for account in google_service_account.account : account.account_id],
    ) : startswith(name, "second-")]) && google_storage_bucket.source[0].name == "demo-project-second-source" && google_storage_bucket.imports.name == "demo-project-second-imports" && google_project_iam_custom_role.backlog[0].role_id == "second_backlog_reader" && google_project_iam_custom_role.live[0].role_id == "second_live"
    error_message = "a resource is named without var.name"
  }
  assert {
    condition     = alltrue([for name in concat([jsondecode(google_monitoring_dashboard.overview.dashboard_json).displayName], [for alert in google_monitoring_alert_policy.alert : alert.display_name]) : startswith(name, "second: ")])
    error_message = "two alerts cannot be told apart"
  }
  assert {
    condition     = google_firestore_database.registry[0].name == "second" && google_firebaserules_release.deny_clients[0].name == "cloud.firestore/second" && keys(google_bigquery_dataset.dataset) == ["second", "second_rows"]
    error_message = "two installations share the registry or a dataset"
  }
  assert {
    condition     = google_project_iam_member.registry["deliver"].condition[0].title == "second-registry" && google_project_iam_member.build_source[0].condition[0].title == "second-build-source"
    error_message = "two grants have the same condition's name"
  }
}
