# Each limit, at it and past it. What no provider checks would otherwise fail in the middle of an apply.

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

run "the_lowest_values_are_taken" {
  command = plan

  variables {
    name = "ab"
    sizes = {
      collect = { cpu = 0.167, memory_mib = 512, concurrency = 1, min_instances = 0, max_instances = 1, timeout_seconds = 10 }
      deliver = { cpu = 0.583, memory_mib = 1024, concurrency = 1, max_instances = 1, timeout_seconds = 60 }
      admin   = { cpu = 4, memory_mib = 2048, concurrency = 1, max_instances = 1, timeout_seconds = 120 }
      import  = { cpu = 2, memory_mib = 2048, concurrency = 1, max_instances = 1, timeout_seconds = 540 }
    }
    imports     = { bucket = "a-b", keep_days = 32 }
    queue       = { delivery_attempts = 5, retry_min_seconds = 0, retry_max_seconds = 0, ack_deadline_seconds = 60, topic_retention_days = 1 }
    collect     = { trusted_proxies = 0 }
    firestore   = { database = "abcd", backup_retention_days = 1 }
    alerts      = { waiting_seconds = 60, failing_share = 0.0001, silence_hours = 1 }
    log_level   = "debug"
    query_costs = { statement_gib = 1, day_gib = 1 }
  }
}

run "the_highest_values_are_taken" {
  command = plan

  variables {
    name = "abcdefghijklmnopqrstuv" # 22
    sizes = {
      collect = { cpu = 8, memory_mib = 32768, concurrency = 1000, min_instances = 1000, max_instances = 1000, timeout_seconds = 3600 }
      deliver = { cpu = 2, memory_mib = 8192, concurrency = 1000, max_instances = 1000, timeout_seconds = 600 }
      admin   = { cpu = 1, memory_mib = 4096, concurrency = 1000, max_instances = 1000, timeout_seconds = 3600 }
    }
    queue       = { delivery_attempts = 100, retry_min_seconds = 600, retry_max_seconds = 600, ack_deadline_seconds = 600, topic_retention_days = 31, persistence_regions = ["europe-west1", "europe-west4"] }
    collect     = { trusted_proxies = 5, public_url = "https://hits.example.com:8443" }
    firestore   = { database = "a2345678901234567890123456789012345678901234567890123456789012b", location = "eur3", backup_retention_days = 98 } # 63
    bigquery    = { location = "EU" }
    alerts      = { waiting_seconds = 86400, failing_share = 1, silence_hours = 23 }
    log_level   = "error"
    query_costs = { statement_gib = 1000000, day_gib = 1000000 }
  }
}

run "a_project_id_of_5_characters_is_refused" {
  command = plan

  variables {
    project_id = "abcde"
  }

  expect_failures = [var.project_id]
}

run "a_project_number_is_refused" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "a_project_id_of_31_characters_is_refused" {
  command = plan

  variables {
    project_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.project_id]
}

run "a_zone_as_region_is_refused" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "a_multi_region_as_region_is_refused" {
  command = plan

  variables {
    region = "EU"
  }

  expect_failures = [var.region]
}

run "a_name_of_1_character_is_refused" {
  command = plan

  variables {
    name = "a"
  }

  expect_failures = [var.name]
}

run "a_name_of_23_characters_is_refused" {
  command = plan

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "a_name_that_ends_in_a_hyphen_is_refused" {
  command = plan

  variables {
    name = "ab-"
  }

  expect_failures = [var.name]
}

run "a_name_with_a_capital_is_refused" {
  command = plan

  variables {
    name = "Ab"
  }

  expect_failures = [var.name]
}

run "a_name_of_googles_is_refused" {
  command = plan

  variables {
    name = "my-google"
  }

  expect_failures = [var.name]
}

run "a_name_that_begins_as_googles_is_refused" {
  command = plan

  variables {
    name = "goog-hits"
  }

  expect_failures = [var.name]
}

run "as_many_as_59_labels_are_taken" {
  command = plan

  variables {
    labels = { for number in range(59) : "label-${number}" => "" }
  }
}

run "as_many_as_60_labels_are_refused" {
  command = plan

  variables {
    labels = { for number in range(60) : "label-${number}" => "" }
  }

  expect_failures = [var.labels]
}

run "product_among_60_labels_is_taken" {
  command = plan

  variables {
    labels = merge({ product = "hits" }, { for number in range(59) : "label-${number}" => "" })
  }
}

run "a_label_key_with_a_capital_is_refused" {
  command = plan

  variables {
    labels = { Team = "data" }
  }

  expect_failures = [var.labels]
}

run "a_label_value_of_64_characters_is_refused" {
  command = plan

  variables {
    labels = { team = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.labels]
}

run "a_runtime_that_ends_soon_is_refused" {
  command = plan

  variables {
    runtime = "nodejs20"
  }

  expect_failures = [var.runtime]
}

run "a_runtime_older_than_the_build_is_refused" {
  command = plan

  variables {
    runtime = "nodejs22"
  }

  expect_failures = [var.runtime]
}

run "an_unknown_runtime_is_refused" {
  command = plan

  variables {
    runtime = "node24"
  }

  expect_failures = [var.runtime]
}

run "a_log_level_in_capitals_is_refused" {
  command = plan

  variables {
    log_level = "INFO"
  }

  expect_failures = [var.log_level]
}

run "an_unknown_ingress_of_collect_is_refused" {
  command = plan

  variables {
    collect = { ingress = "all" }
  }

  expect_failures = [var.collect]
}

run "a_public_url_with_a_path_is_refused" {
  command = plan

  variables {
    collect = { public_url = "https://hits.example.com/ds" }
  }

  expect_failures = [var.collect]
}

run "a_public_url_without_tls_is_refused" {
  command = plan

  variables {
    collect = { public_url = "http://hits.example.com" }
  }

  expect_failures = [var.collect]
}

run "a_public_url_that_ends_in_a_slash_is_refused" {
  command = plan

  variables {
    collect = { public_url = "https://hits.example.com/" }
  }

  expect_failures = [var.collect]
}

run "a_load_balancer_without_its_address_is_refused" {
  command = plan

  variables {
    collect = { ingress = "load_balancer" }
  }

  expect_failures = [var.collect]
}

run "six_trusted_proxies_are_refused" {
  command = plan

  variables {
    collect = { trusted_proxies = 6 }
  }

  expect_failures = [var.collect]
}

run "minus_1_trusted_proxies_are_refused" {
  command = plan

  variables {
    collect = { trusted_proxies = -1 }
  }

  expect_failures = [var.collect]
}

run "half_a_trusted_proxy_is_refused" {
  command = plan

  variables {
    collect = { trusted_proxies = 1.5 }
  }

  expect_failures = [var.collect]
}

run "anybody_as_caller_of_admin_is_refused" {
  command = plan

  variables {
    admin = { callers = ["allUsers"] }
  }

  expect_failures = [var.admin]
}

run "any_google_account_as_caller_of_admin_is_refused" {
  command = plan

  variables {
    admin = { callers = ["allAuthenticatedUsers"] }
  }

  expect_failures = [var.admin]
}

run "everybody_by_a_principal_set_is_refused" {
  command = plan

  variables {
    admin = { callers = ["principalSet://goog/public:all"] }
  }

  expect_failures = [var.admin]
}

run "a_workload_identity_as_caller_of_admin_is_taken" {
  command = plan

  variables {
    admin = { callers = ["principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/attribute.repository/example/shop", "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/ada"] }
  }
}

run "a_caller_without_its_kind_is_refused" {
  command = plan

  variables {
    admin = { callers = ["ada@example.com"] }
  }

  expect_failures = [var.admin]
}

run "a_first_admin_with_a_prefix_is_refused" {
  command = plan

  variables {
    admin = { first_admins = ["user:ada@example.com"] }
  }

  expect_failures = [var.admin]
}

run "an_unknown_ingress_of_admin_is_refused" {
  command = plan

  variables {
    admin = { ingress = "public" }
  }

  expect_failures = [var.admin]
}

run "a_cpu_of_3_is_refused" {
  command = plan

  variables {
    sizes = { collect = { cpu = 3 } }
  }

  expect_failures = [var.sizes]
}

run "a_cpu_of_0_is_refused" {
  command = plan

  variables {
    sizes = { collect = { cpu = 0, concurrency = 1 } }
  }

  expect_failures = [var.sizes]
}

run "a_concurrency_of_0_is_refused" {
  command = plan

  variables {
    sizes = { deliver = { concurrency = 0 } }
  }

  expect_failures = [var.sizes]
}

run "a_concurrency_of_1001_is_refused" {
  command = plan

  variables {
    sizes = { deliver = { concurrency = 1001 } }
  }

  expect_failures = [var.sizes]
}

run "a_concurrency_of_one_and_a_half_is_refused" {
  command = plan

  variables {
    sizes = { admin = { concurrency = 1.5 } }
  }

  expect_failures = [var.sizes]
}

run "a_concurrency_of_2_with_less_than_1_cpu_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 0.583, concurrency = 2 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_255_mib_is_refused" {
  command = plan

  variables {
    sizes = { admin = { memory_mib = 255 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_513_mib_below_half_a_cpu_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 0.333, memory_mib = 513, concurrency = 1 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_1025_mib_below_1_cpu_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 0.583, memory_mib = 1025, concurrency = 1 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_4097_mib_with_1_cpu_is_refused" {
  command = plan

  variables {
    sizes = { admin = { memory_mib = 4097 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_8193_mib_with_2_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 2, memory_mib = 8193 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_2047_mib_with_4_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 4, memory_mib = 2047 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_16385_mib_with_4_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 4, memory_mib = 16385 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_4095_mib_with_6_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 6, memory_mib = 4095 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_24577_mib_with_6_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 6, memory_mib = 24577 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_4095_mib_with_8_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 8, memory_mib = 4095 } }
  }

  expect_failures = [var.sizes]
}

run "memory_of_32769_mib_with_8_cpus_is_refused" {
  command = plan

  variables {
    sizes = { admin = { cpu = 8, memory_mib = 32769 } }
  }

  expect_failures = [var.sizes]
}

run "no_instance_at_most_is_refused" {
  command = plan

  variables {
    sizes = { collect = { max_instances = 0 } }
  }

  expect_failures = [var.sizes]
}

run "more_than_1000_instances_at_most_are_refused" {
  command = plan

  variables {
    sizes = { collect = { max_instances = 1001 } }
  }

  expect_failures = [var.sizes]
}

run "more_instances_at_least_than_at_most_are_refused" {
  command = plan

  variables {
    sizes = { collect = { min_instances = 2, max_instances = 1 } }
  }

  expect_failures = [var.sizes]
}

run "minus_1_instances_at_least_are_refused" {
  command = plan

  variables {
    sizes = { collect = { min_instances = -1 } }
  }

  expect_failures = [var.sizes]
}

run "a_timeout_of_9_seconds_is_refused" {
  command = plan

  variables {
    sizes = { collect = { timeout_seconds = 9 } }
  }

  expect_failures = [var.sizes]
}

run "a_timeout_of_3601_seconds_is_refused" {
  command = plan

  variables {
    sizes = { collect = { timeout_seconds = 3601 } }
  }

  expect_failures = [var.sizes]
}

run "admin_times_out_before_a_step_of_a_job_ends" {
  command = plan

  variables {
    sizes = { admin = { timeout_seconds = 119 } }
  }

  expect_failures = [var.sizes]
}

run "collect_with_511_mib_is_refused" {
  command = plan

  variables {
    sizes = { collect = { memory_mib = 511 } }
  }

  expect_failures = [var.sizes]
}

run "deliver_with_1023_mib_is_refused" {
  command = plan

  variables {
    sizes = { deliver = { memory_mib = 1023 } }
  }

  expect_failures = [var.sizes]
}

run "a_timeout_of_59_seconds_for_deliver_is_refused" {
  command = plan

  variables {
    sizes = { deliver = { timeout_seconds = 59 } }
  }

  expect_failures = [var.sizes]
}

run "only_4_delivery_attempts_are_refused" {
  command = plan

  variables {
    queue = { delivery_attempts = 4 }
  }

  expect_failures = [var.queue]
}

run "as_many_as_101_delivery_attempts_are_refused" {
  command = plan

  variables {
    queue = { delivery_attempts = 101 }
  }

  expect_failures = [var.queue]
}

run "a_pause_of_601_seconds_is_refused" {
  command = plan

  variables {
    queue = { retry_max_seconds = 601 }
  }

  expect_failures = [var.queue]
}

run "a_shortest_pause_above_the_longest_is_refused" {
  command = plan

  variables {
    queue = { retry_min_seconds = 20, retry_max_seconds = 10 }
  }

  expect_failures = [var.queue]
}

run "a_negative_pause_is_refused" {
  command = plan

  variables {
    queue = { retry_min_seconds = -1 }
  }

  expect_failures = [var.queue]
}

run "an_ack_deadline_of_601_seconds_is_refused" {
  command = plan

  variables {
    queue = { ack_deadline_seconds = 601 }
  }

  expect_failures = [var.queue]
}

run "an_ack_deadline_below_delivers_timeout_is_refused" {
  command = plan

  variables {
    queue = { ack_deadline_seconds = 119 }
  }

  expect_failures = [var.queue]
}

run "no_topic_retention_is_refused" {
  command = plan

  variables {
    queue = { topic_retention_days = 0 }
  }

  expect_failures = [var.queue]
}

run "a_topic_retention_of_32_days_is_refused" {
  command = plan

  variables {
    queue = { topic_retention_days = 32 }
  }

  expect_failures = [var.queue]
}

run "no_persistence_region_is_refused" {
  command = plan

  variables {
    queue = { persistence_regions = [] }
  }

  expect_failures = [var.queue]
}

run "a_multi_region_for_pubsub_is_refused" {
  command = plan

  variables {
    queue = { persistence_regions = ["EU"] }
  }

  expect_failures = [var.queue]
}

run "an_ack_deadline_of_delivers_timeout_is_taken" {
  command = plan

  variables {
    queue = { ack_deadline_seconds = 120 }
  }
}

run "a_dataset_with_a_hyphen_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, web-data = {} } }
  }

  expect_failures = [var.bigquery]
}

run "a_dataset_of_301_characters_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = {} } }
  }

  expect_failures = [var.bigquery]
}

run "streams_in_the_datasets_of_dead_letters_are_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, afterclick = {} } }
  }

  expect_failures = [var.bigquery]
}

run "the_dataset_of_dead_letters_in_other_case_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, Afterclick = {} } }
  }

  expect_failures = [var.bigquery]
}

run "a_dataset_of_the_warehouse_itself_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, INFORMATION_SCHEMA = { create = false } } }
  }

  expect_failures = [var.bigquery]
}

run "dead_letters_in_a_dataset_of_the_warehouse_itself_are_refused" {
  command = plan

  variables {
    bigquery = { product_dataset = { id = "information_schema" } }
  }

  expect_failures = [var.bigquery]
}

run "a_default_dataset_that_is_not_named_is_refused" {
  command = plan

  variables {
    bigquery = { default_dataset = "sales" }
  }

  expect_failures = [var.bigquery]
}

run "a_default_dataset_of_another_project_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = { create = false, project_id = "other-project" } } }
  }

  expect_failures = [var.bigquery]
}

run "a_dataset_made_in_another_project_is_refused" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, sales = { project_id = "other-project" } } }
  }

  expect_failures = [var.bigquery]
}

run "an_unknown_location_of_datasets_is_refused" {
  command = plan

  variables {
    bigquery = { location = "Europe" }
  }

  expect_failures = [var.bigquery]
}

run "a_dataset_of_300_characters_is_taken" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = {} } }
  }
}

run "a_database_of_3_characters_is_refused" {
  command = plan

  variables {
    firestore = { database = "abc" }
  }

  expect_failures = [var.firestore]
}

run "a_database_of_64_characters_is_refused" {
  command = plan

  variables {
    firestore = { database = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  expect_failures = [var.firestore]
}

run "default_without_brackets_and_a_capital_is_refused" {
  command = plan

  variables {
    firestore = { database = "Default" }
  }

  expect_failures = [var.firestore]
}

run "a_database_named_like_a_uuid_is_refused" {
  command = plan

  variables {
    firestore = { database = "b7e0c1de-3f52-4d0b-9a86-5d1c2e7f4a90" }
  }

  expect_failures = [var.firestore]
}

run "a_database_that_is_nearly_a_uuid_is_taken" {
  command = plan

  variables {
    firestore = { database = "b7e0c1de-3f52-4d0b-9a86-5d1c2e7f4a9" }
  }
}

run "an_unknown_location_of_the_registry_is_refused" {
  command = plan

  variables {
    firestore = { location = "EU" }
  }

  expect_failures = [var.firestore]
}

run "a_backup_kept_for_99_days_is_refused" {
  command = plan

  variables {
    firestore = { backup_retention_days = 99 }
  }

  expect_failures = [var.firestore]
}

run "a_backup_kept_for_minus_1_days_is_refused" {
  command = plan

  variables {
    firestore = { backup_retention_days = -1 }
  }

  expect_failures = [var.firestore]
}

run "no_backups_can_be_chosen" {
  command = plan

  variables {
    firestore = { backup_retention_days = 0 }
  }
}

run "a_channel_by_its_mail_address_is_refused" {
  command = plan

  variables {
    alerts = { channels = ["ops@example.com"] }
  }

  expect_failures = [var.alerts]
}

run "waiting_of_59_seconds_is_refused" {
  command = plan

  variables {
    alerts = { waiting_seconds = 59 }
  }

  expect_failures = [var.alerts]
}

run "waiting_of_86401_seconds_is_refused" {
  command = plan

  variables {
    alerts = { waiting_seconds = 86401 }
  }

  expect_failures = [var.alerts]
}

run "a_failing_share_of_0_is_refused" {
  command = plan

  variables {
    alerts = { failing_share = 0 }
  }

  expect_failures = [var.alerts]
}

run "a_failing_share_above_1_is_refused" {
  command = plan

  variables {
    alerts = { failing_share = 1.01 }
  }

  expect_failures = [var.alerts]
}

run "a_silence_of_24_hours_is_refused" {
  command = plan

  variables {
    alerts = { silence_hours = 24 }
  }

  expect_failures = [var.alerts]
}

run "a_silence_of_minus_1_hours_is_refused" {
  command = plan

  variables {
    alerts = { silence_hours = -1 }
  }

  expect_failures = [var.alerts]
}

run "a_heartbeat_every_minute_is_taken" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44", every_minutes = 1 }
  }
}

run "a_heartbeat_every_30_minutes_is_taken" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44", every_minutes = 30 }
  }
}

run "a_heartbeat_every_0_minutes_is_refused" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44", every_minutes = 0 }
  }

  expect_failures = [var.heartbeat]
}

run "a_heartbeat_every_31_minutes_is_refused" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44", every_minutes = 31 }
  }

  expect_failures = [var.heartbeat]
}

run "a_heartbeat_every_7_minutes_is_refused" {
  command = plan

  variables {
    heartbeat = { stream_id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44", every_minutes = 7 }
  }

  expect_failures = [var.heartbeat]
}

run "a_heartbeat_for_no_stream_id_is_refused" {
  command = plan

  variables {
    heartbeat = { stream_id = "orders" }
  }

  expect_failures = [var.heartbeat]
}

run "an_unknown_function_in_excluded_request_logs_is_refused" {
  command = plan

  variables {
    excluded_request_logs = ["collector"]
  }

  expect_failures = [var.excluded_request_logs]
}

run "a_key_with_its_version_is_refused" {
  command = plan

  variables {
    kms_key_name = "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
  }

  expect_failures = [var.kms_key_name]
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west4/keyRings/afterclick/cryptoKeys/afterclick"
  }

  expect_failures = [var.kms_key_name]
}

run "a_key_of_a_multi_region_is_refused" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe/keyRings/afterclick/cryptoKeys/afterclick"
  }

  expect_failures = [var.kms_key_name]
}

run "a_regions_key_for_datasets_made_in_the_eu_is_refused" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    bigquery     = { location = "EU" }
  }

  expect_failures = [var.kms_key_name]
}

run "a_regions_key_for_a_database_made_in_eur3_is_refused" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    firestore    = { location = "eur3" }
  }

  expect_failures = [var.kms_key_name]
}

run "a_regions_key_with_datasets_made_in_the_region_is_taken" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    bigquery     = { location = "europe-west1" }
    firestore    = { location = "europe-west1" }
  }
}

run "a_regions_key_with_datasets_and_a_database_that_exist_elsewhere_is_taken" {
  command = plan

  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    bigquery     = { location = "EU", product_dataset = { create = false }, datasets = { conversions = { create = false } } }
    firestore    = { create = false, location = "eur3" }
  }
}

run "a_build_account_by_its_full_name_is_refused" {
  command = plan

  variables {
    build_service_account = "projects/p/serviceAccounts/b@p.iam.gserviceaccount.com"
  }

  expect_failures = [var.build_service_account]
}

run "a_deletion_policy_in_small_letters_is_refused" {
  command = plan

  variables {
    deletion_policy = "prevent"
  }

  expect_failures = [var.deletion_policy]
}

run "an_unknown_deletion_policy_is_refused" {
  command = plan

  variables {
    deletion_policy = "KEEP"
  }

  expect_failures = [var.deletion_policy]
}

run "a_query_of_0_gib_is_refused" {
  command = plan

  variables {
    query_costs = { statement_gib = 0 }
  }

  expect_failures = [var.query_costs]
}

run "a_query_of_1000001_gib_is_refused" {
  command = plan

  variables {
    query_costs = { statement_gib = 1000001, day_gib = 1000001 }
  }

  expect_failures = [var.query_costs]
}

run "a_query_of_half_a_gib_more_is_refused" {
  command = plan

  variables {
    query_costs = { statement_gib = 1.5 }
  }

  expect_failures = [var.query_costs]
}

run "a_day_of_less_than_a_query_is_refused" {
  command = plan

  variables {
    query_costs = { statement_gib = 10, day_gib = 9 }
  }

  expect_failures = [var.query_costs]
}

run "a_day_of_1000001_gib_is_refused" {
  command = plan

  variables {
    query_costs = { day_gib = 1000001 }
  }

  expect_failures = [var.query_costs]
}

run "a_day_of_half_a_gib_more_is_refused" {
  command = plan

  variables {
    query_costs = { day_gib = 100.5 }
  }

  expect_failures = [var.query_costs]
}

run "an_import_that_cannot_hold_its_largest_file_is_refused" {
  command = plan

  variables {
    sizes = { import = { memory_mib = 1024 } }
  }

  expect_failures = [var.sizes]
}

run "an_import_without_time_for_a_file_is_refused" {
  command = plan

  variables {
    sizes = { import = { timeout_seconds = 539 } }
  }

  expect_failures = [var.sizes]
}

run "an_import_that_outlives_its_push_is_refused" {
  command = plan

  variables {
    sizes = { import = { timeout_seconds = 601 } }
  }

  expect_failures = [var.sizes]
}

run "a_bucket_that_cannot_be_named_so_is_refused" {
  command = plan

  variables {
    imports = { bucket = "Imports" }
  }

  expect_failures = [var.imports]
}

run "files_that_go_before_they_are_looked_for_are_refused" {
  command = plan

  variables {
    imports = { keep_days = 31 }
  }

  expect_failures = [var.imports]
}

run "files_that_stay_for_ever_are_refused" {
  command = plan

  variables {
    imports = { keep_days = 3651 }
  }

  expect_failures = [var.imports]
}

run "a_sender_of_no_import_is_refused" {
  command = plan

  variables {
    imports = { senders = { "_kept" = ["user:ada@example.com"] } }
  }

  expect_failures = [var.imports]
}

run "everybody_as_a_sender_is_refused" {
  command = plan

  variables {
    imports = { senders = { crm = ["allUsers"] } }
  }

  expect_failures = [var.imports]
}
