# One input for what is deployed: a zip, its folder, or an object that lies in a bucket already.

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
  project_id = "demo-project"
  region     = "europe-west1"
}

run "a_zip_is_uploaded_under_its_hash" { # another build is another object, and so another deployment
  command = plan

  variables {
    function_source = "./tests/fixture/function.zip"
  }

  assert {
    condition     = google_storage_bucket_object.function[0].name == "function-${filesha256("./tests/fixture/function.zip")}.zip"
    error_message = "the object is not named by the zip's hash"
  }
  assert {
    condition     = google_cloudfunctions2_function.collect.build_config[0].source[0].storage_source[0].object == google_storage_bucket_object.function[0].name
    error_message = "what is uploaded is not what is deployed"
  }
}

run "the_code_that_runs_is_never_cleaned_up" {
  command = plan

  variables {
    function_source = "./tests/fixture/function.zip"
  }

  assert {
    condition     = google_storage_bucket.source[0].versioning[0].enabled && alltrue([for rule in google_storage_bucket.source[0].lifecycle_rule : one(rule.condition).with_state == "ARCHIVED"])
    error_message = "the lifecycle would delete the object that is deployed"
  }
}

run "a_folder_is_packed" {
  command = plan

  override_data {
    target = data.archive_file.function[0]
    values = { output_sha256 = "0f" }
  }

  variables {
    function_source = "./tests/fixture/folder"
  }

  assert {
    condition     = google_storage_bucket_object.function[0].name == "function-0f.zip" && endswith(google_storage_bucket_object.function[0].source, "/.terraform/afterclick-function.zip")
    error_message = "the packed folder is not what is uploaded"
  }
}

run "an_object_in_a_bucket_is_taken_as_it_is" {
  command = plan

  variables {
    function_source = "gs://builds/afterclick/1.2.0.zip"
  }

  assert {
    condition     = google_cloudfunctions2_function.deliver.build_config[0].source[0].storage_source[0].bucket == "builds" && google_cloudfunctions2_function.deliver.build_config[0].source[0].storage_source[0].object == "afterclick/1.2.0.zip"
    error_message = "another object is deployed"
  }
  assert {
    condition     = length(google_storage_bucket.source) == 0 && length(google_storage_bucket_object.function) == 0
    error_message = "a bucket is made that nobody needs"
  }
}

run "a_generation_pins_the_object" {
  command = plan

  variables {
    function_source = "gs://builds/afterclick.zip#1731000000000000"
  }

  assert {
    condition     = google_cloudfunctions2_function.admin.build_config[0].source[0].storage_source[0].generation == 1731000000000000 && google_cloudfunctions2_function.admin.build_config[0].source[0].storage_source[0].object == "afterclick.zip"
    error_message = "the generation is lost"
  }
}

run "an_object_that_is_not_pinned_is_the_newest" {
  command = plan

  variables {
    function_source = "gs://builds/afterclick.zip"
  }

  assert {
    condition     = local.source_generation == null
    error_message = "a generation is asked for that nobody named"
  }
}

run "a_zip_that_is_not_there_is_refused" {
  command = plan

  variables {
    function_source = "./tests/fixture/missing.zip"
  }

  expect_failures = [var.function_source]
}

run "a_folder_without_a_package_is_refused" {
  command = plan

  variables {
    function_source = "./tests"
  }

  expect_failures = [var.function_source]
}

run "a_bucket_without_an_object_is_refused" {
  command = plan

  variables {
    function_source = "gs://builds"
  }

  expect_failures = [var.function_source]
}
