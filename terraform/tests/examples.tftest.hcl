# Each example plans as it stands.

provider "google" {
  project      = "demo-project"
  access_token = "unused"
}

override_data {
  target = module.afterclick.data.google_project.this
  values = { number = "123456789012" }
}

override_data {
  target = module.afterclick.data.google_storage_project_service_account.agent
  values = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
}

variables {
  project_id = "demo-project"
  region     = "europe-west1"
}

run "the_minimal_example_plans" {
  command = plan

  module {
    source = "./examples/minimal"
  }

  variables {
    function_source = "./tests/fixture/function.zip"
    admin_callers   = ["user:ada@example.com"]
  }
}

run "the_streams_example_plans" {
  command = plan

  module {
    source = "./examples/streams"
  }

  variables {
    function_source = "./tests/fixture/function.zip"
    streams = {
      "b7e0c1de-3f52-4d0b-9a86-5d1c2e7f4a90" = { name = "Shop orders", table = "orders", offset = "Europe/Kyiv", key = "orderId", updated = "updatedAt" }
      "0d9c6a41-77be-4a5e-8c11-f2a6b3d45e07" = { name = "Old lead form", table = "conversions.leads", offset = "+02:00", state = "closed" }
    }
  }
}

run "the_production_example_keeps_every_other_door_shut" {
  command = plan

  module {
    source = "./examples/production"
  }

  override_data {
    target = data.google_project.this
    values = { number = "123456789012" }
  }

  variables {
    function_source  = "./tests/fixture/function.zip"
    collect_domain   = "hits.example.com"
    admin_domain     = "afterclick.example.com"
    iap_members      = ["group:marketing-ops@example.com"]
    dataset          = "crm"
    dataset_location = "europe-west1"
    kms_key_name     = "projects/keys/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    alert_mails      = ["night@example.com"]
  }

  assert {
    condition     = output.collect_url == "https://hits.example.com"
    error_message = "people are shown another address than the load balancer's"
  }
  assert {
    condition     = google_compute_backend_service.admin.iap[0].enabled && google_compute_global_forwarding_rule.public.port_range == "443"
    error_message = "admin can be reached without IAP, or hits can be sent without TLS"
  }
  assert {
    condition     = alltrue([for name, group in google_compute_region_network_endpoint_group.function : can(regex("^afterclick-${name}-[0-9a-f]{8}$", group.name))])
    error_message = "a group that is made before the former one goes has its name, and so cannot be made"
  }
  assert {
    condition     = !google_compute_backend_service.collect.log_config[0].enable && !google_compute_backend_service.admin.log_config[0].enable
    error_message = "the load balancer would log the streams' secret addresses"
  }
  assert {
    condition = (
      google_compute_region_network_endpoint_group.function["collect"].cloud_run[0].service == "afterclick-collect" &&
      google_compute_region_network_endpoint_group.function["admin"].cloud_run[0].service == "afterclick-admin" &&
      [for rule in google_compute_url_map.hosts.host_rule : "${join(", ", rule.hosts)}: ${rule.path_matcher}"] == ["afterclick.example.com: admin"]
    )
    error_message = "senders' domain leads to admin, or people's to collect"
  }
  assert {
    condition = [for rule in google_compute_security_policy.senders.rule : "${rule.action} ${rule.rate_limit_options[0].conform_action} ${rule.rate_limit_options[0].exceed_action} ${rule.rate_limit_options[0].enforce_on_key} ${rule.rate_limit_options[0].rate_limit_threshold[0].count} ${rule.rate_limit_options[0].rate_limit_threshold[0].interval_sec}" if length(rule.rate_limit_options) > 0] == [
      "throttle allow deny(429) IP 6000 60"
    ]
    error_message = "Cloud Armor brakes nobody, or for good"
  }
  assert {
    condition     = [for rule in google_compute_security_policy.senders.rule : "${rule.priority} ${rule.action}" if length(rule.rate_limit_options) == 0] == ["2147483647 allow"]
    error_message = "Cloud Armor refuses who is below the brake"
  }
  assert {
    condition = toset([for grant in google_kms_crypto_key_iam_member.agent : grant.member]) == toset([for agent in [
      "service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com",
      "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com",
      "service-123456789012@gcf-admin-robot.iam.gserviceaccount.com",
      "service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
      "service-123456789012@serverless-robot-prod.iam.gserviceaccount.com",
      "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com",
    ] : "serviceAccount:${agent}"])
    error_message = "an agent that stores something may not use the key"
  }
  assert {
    condition     = google_project_service.key.service == "cloudkms.googleapis.com" && !google_project_service.key.disable_on_destroy
    error_message = "the key is asked for through an API that is off in this project"
  }
  assert {
    condition = { for name, alert in google_monitoring_alert_policy.front : name => alert.conditions[0].condition_threshold[0].filter } == { for name, answers in { braked = "response_code = 429", fails = "response_code_class = 500", shut = "response_code = 403" } :
      name => "resource.type = \"https_lb_rule\" AND resource.labels.url_map_name = \"afterclick\" AND resource.labels.backend_target_name != \"afterclick-admin\" AND metric.type = \"loadbalancing.googleapis.com/https/request_count\" AND metric.labels.${answers}"
    }
    error_message = "senders are refused before they reach collect, and nobody is called"
  }
  assert {
    condition = alltrue([for alert in google_monitoring_alert_policy.front :
      alert.combiner == "AND" && alert.enabled && strcontains(alert.documentation[0].content, "1. ") &&
      alert.conditions[1].condition_threshold[0].filter == alert.conditions[0].condition_threshold[0].filter &&
      [for condition in alert.conditions : condition.condition_threshold[0].threshold_value] == [0.01, 2] &&
      alltrue([for condition in alert.conditions : condition.condition_threshold[0].comparison == "COMPARISON_GT" && condition.condition_threshold[0].aggregations[0].cross_series_reducer == "REDUCE_SUM"])
    ])
    error_message = "an alert on the load balancer's answers is off, calls for one answer alone, or does not say what to do"
  }
}

run "anybody_behind_iap_is_refused" {
  command = plan

  module {
    source = "./examples/production"
  }

  override_data {
    target = data.google_project.this
    values = { number = "123456789012" }
  }

  variables {
    function_source  = "./tests/fixture/function.zip"
    collect_domain   = "hits.example.com"
    admin_domain     = "afterclick.example.com"
    iap_members      = ["allUsers"]
    dataset          = "crm"
    dataset_location = "europe-west1"
    kms_key_name     = "projects/keys/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    alert_mails      = ["night@example.com"]
  }

  expect_failures = [var.iap_members]
}

run "any_google_account_behind_iap_is_refused" {
  command = plan

  module {
    source = "./examples/production"
  }

  override_data {
    target = data.google_project.this
    values = { number = "123456789012" }
  }

  variables {
    function_source  = "./tests/fixture/function.zip"
    collect_domain   = "hits.example.com"
    admin_domain     = "afterclick.example.com"
    iap_members      = ["group:marketing-ops@example.com", "allAuthenticatedUsers"]
    dataset          = "crm"
    dataset_location = "europe-west1"
    kms_key_name     = "projects/keys/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    alert_mails      = ["night@example.com"]
  }

  expect_failures = [var.iap_members]
}

run "a_person_and_a_workforce_behind_iap_are_taken" {
  command = plan

  module {
    source = "./examples/production"
  }

  override_data {
    target = data.google_project.this
    values = { number = "123456789012" }
  }

  variables {
    function_source  = "./tests/fixture/function.zip"
    collect_domain   = "hits.example.com"
    admin_domain     = "afterclick.example.com"
    iap_members      = ["user:ada@example.com", "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/marketing"]
    dataset          = "crm"
    dataset_location = "europe-west1"
    kms_key_name     = "projects/keys/locations/europe-west1/keyRings/afterclick/cryptoKeys/afterclick"
    alert_mails      = ["night@example.com"]
  }
}
