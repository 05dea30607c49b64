# Each example plans as it stands.

provider "google" {
  project      = "demo-project"
  access_token = "unused"
}

override_data {
  target = module.afterclick.data.google_project.this
  values = { number = "123456789012" }
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
}
