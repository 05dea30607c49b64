# What is known only after an apply: addresses. Nothing real is made.

mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      email  = "afterclick@demo-project.iam.gserviceaccount.com"
      member = "serviceAccount:afterclick@demo-project.iam.gserviceaccount.com"
      name   = "projects/demo-project/serviceAccounts/afterclick@demo-project.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_artifact_registry_repository" {
    defaults = {
      id   = "projects/demo-project/locations/europe-west1/repositories/afterclick-images"
      name = "afterclick-images"
    }
  }
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
}

mock_provider "time" {}

override_resource {
  target = google_cloudfunctions2_function.collect
  values = { service_config = { uri = "https://afterclick-collect-abc123-ew.a.run.app" } }
}

override_resource {
  target = google_cloudfunctions2_function.deliver
  values = { service_config = { uri = "https://afterclick-deliver-abc123-ew.a.run.app" } }
}

override_resource {
  target = google_storage_bucket_object.function
  values = { generation = 1731000000000001 }
}

variables {
  project_id      = "demo-project"
  region          = "europe-west1"
  function_source = "./tests/fixture/function.zip"
}

run "the_push_audience_is_the_services_url" {
  command = apply

  assert {
    condition     = google_pubsub_subscription.push["deliver"].push_config[0].push_endpoint == "https://afterclick-deliver-abc123-ew.a.run.app"
    error_message = "hits are pushed to another address than deliver's"
  }
  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : subscription.push_config[0].oidc_token[0].audience == google_cloudfunctions2_function.deliver.service_config[0].uri])
    error_message = "the token is for another audience than deliver's address: every push would be refused"
  }
  assert {
    condition     = google_pubsub_subscription.push["retried"].push_config[0].push_endpoint == "https://afterclick-deliver-abc123-ew.a.run.app/retried"
    error_message = "hits that come again are published to the retry topic again, without an end"
  }
  assert {
    condition     = google_pubsub_subscription.push["parked"].push_config[0].push_endpoint == "https://afterclick-deliver-abc123-ew.a.run.app/parked"
    error_message = "what was given up comes back as a common hit"
  }
  assert {
    condition     = google_pubsub_subscription.jobs.push_config[0].push_endpoint == "${google_cloudfunctions2_function.admin.service_config[0].uri}/jobs/step" && google_pubsub_subscription.jobs.push_config[0].oidc_token[0].audience == google_cloudfunctions2_function.admin.service_config[0].uri
    error_message = "the steps of jobs are pushed to another address than admin's"
  }
}

run "what_is_given_up_goes_where_it_is_consumed" {
  command = apply

  assert {
    condition     = google_pubsub_subscription.push["deliver"].topic == google_pubsub_topic.topic["hits"].id && google_pubsub_subscription.push["retried"].topic == google_pubsub_topic.topic["retries"].id && google_pubsub_subscription.push["retried"].dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.topic["dead"].id && google_pubsub_subscription.push["parked"].topic == google_pubsub_topic.topic["dead"].id
    error_message = "nobody reads the dead-letter topic"
  }
}

run "senders_are_shown_an_address_that_works" {
  command = apply

  assert {
    condition     = output.collect_url == "https://afterclick-collect-abc123-ew.a.run.app" && google_cloudfunctions2_function.admin.service_config[0].environment_variables["COLLECT_URL"] == output.collect_url
    error_message = "admin shows senders another address than collect's"
  }
}

run "the_functions_are_built_from_what_was_uploaded" {
  command = apply

  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin] : function.build_config[0].source[0].storage_source[0].generation == 1731000000000001])
    error_message = "the generation is left to the provider, which keeps the one of Google's own copy"
  }
}

# What follows goes on from what the runs above have installed.

run "an_upgrade_asks_for_its_own_upload" { # not for the generation of the former one, which its object never had
  command = apply

  override_data {
    target = data.archive_file.function[0]
    values = { output_sha256 = "0f" }
  }

  variables {
    function_source = "./tests/fixture/folder"
  }

  assert {
    condition     = google_cloudfunctions2_function.collect.build_config[0].source[0].storage_source[0].object == "function-0f.zip"
    error_message = "the new zip is not what is deployed"
  }
  assert {
    condition     = alltrue([for function in [google_cloudfunctions2_function.collect, google_cloudfunctions2_function.deliver, google_cloudfunctions2_function.admin] : function.build_config[0].source[0].storage_source[0].generation == google_storage_bucket_object.function[0].generation])
    error_message = "the new object is asked for under a generation that it never had"
  }
}

run "another_name_is_refused_by_the_plan" { # the apply would have taken collect's grant away before it stopped
  command = plan

  variables {
    name = "renamed"
  }

  expect_failures = [terraform_data.installed]
}

run "another_region_is_refused_by_the_plan" { # although all that is stored stays where it is
  command = plan

  variables {
    region    = "europe-west4"
    firestore = { location = "europe-west1" }
    bigquery  = { location = "europe-west1" }
  }

  expect_failures = [terraform_data.installed]
}

run "another_project_is_refused_by_the_plan" {
  command = plan

  variables {
    project_id = "other-project"
  }

  expect_failures = [terraform_data.installed]
}

run "another_database_is_refused_by_the_plan" {
  command = plan

  variables {
    firestore = { database = "renamed" }
  }

  expect_failures = [terraform_data.installed]
}

run "another_place_of_the_database_is_refused_by_the_plan" {
  command = plan

  variables {
    firestore = { location = "eur3" }
  }

  expect_failures = [terraform_data.installed]
}

run "another_place_of_the_datasets_is_refused_by_the_plan" {
  command = plan

  variables {
    bigquery = { location = "EU" }
  }

  expect_failures = [terraform_data.installed]
}

run "what_was_installed_stays_installed" {
  command = plan

  variables {
    firestore = { location = "europe-west1" }
    bigquery  = { datasets = { conversions = {}, sales = {} } }
  }
}

run "moving_takes_one_word" {
  command = plan

  variables {
    deletion_policy = "DELETE"
    name            = "renamed"
  }
}

run "a_move_that_was_meant_is_made" {
  command = apply

  variables {
    deletion_policy = "DELETE"
    name            = "renamed"
  }
}

run "what_was_moved_is_what_is_installed" {
  command = apply

  variables {
    name = "renamed"
  }

  assert {
    condition     = terraform_data.installed.input.name == "renamed"
    error_message = "the guard still holds the former name"
  }
}

run "the_former_name_is_refused_after_a_move" {
  command = plan

  expect_failures = [terraform_data.installed]
}
