# Streams that Terraform owns: the rules of the registry, refused before an apply rather than as dead letters after it.

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

run "a_stream_becomes_a_document_that_terraform_owns" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "+03:00", methods = ["POST", "GET"], key = "orderId" } }
  }

  assert {
    condition = jsondecode(google_firestore_document.stream["9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44"].fields) == {
      table      = { stringValue = "orders" }
      offset     = { stringValue = "+03:00" }
      methods    = { arrayValue = { values = [{ stringValue = "POST" }, { stringValue = "GET" }] } }
      key        = { stringValue = "orderId" }
      managed_by = { stringValue = "terraform" }
    }
    error_message = "the document is not what the registry reads"
  }
  assert {
    condition     = google_firestore_document.stream["9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44"].collection == "streams" && google_firestore_document.stream["9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44"].database == "afterclick"
    error_message = "the document lies where nobody reads it"
  }
  assert {
    condition     = google_firestore_document.stream["9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44"].deletion_policy == "PREVENT"
    error_message = "taking a stream out of the configuration would answer 404 to its sender"
  }
}

run "a_stream_with_table_and_offset_is_taken" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "Europe/Kyiv" } }
  }
}

run "a_stream_with_every_field_is_taken" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "demo-project.conversions.web-orders", offset = "+14:00", name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", state = "paused", methods = ["POST", "PUT", "GET"], key = "a.b.c.d.e.f.g.h.i.j", updated = "updatedAt" } }
  }
}

run "two_streams_on_one_table_with_one_key_are_taken" {
  command = plan

  variables {
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "orders", offset = "-14:00", key = "id" }
    }
  }
}

run "two_streams_on_one_table_with_two_keys_are_refused" {
  command = plan

  variables {
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "orders", offset = "UTC" }
    }
  }

  expect_failures = [var.streams]
}

run "a_list_of_streams_is_refused" {
  command = plan

  variables {
    streams = [{ table = "orders", offset = "UTC" }]
  }

  expect_failures = [var.streams]
}

run "a_stream_that_is_a_text_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = "orders" }
  }

  expect_failures = [var.streams]
}

run "an_id_that_is_no_uuid_is_refused" {
  command = plan

  variables {
    streams = { orders = { table = "orders", offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "an_id_in_capitals_is_refused" {
  command = plan

  variables {
    streams = { "9B2F4D7E-5C1A-4C3E-8F60-2A7D1E9B0C44" = { table = "orders", offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "a_misspelt_field_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", methdos = ["GET"] } }
  }

  expect_failures = [var.streams]
}

run "managed_by_of_ones_own_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", managed_by = "me" } }
  }

  expect_failures = [var.streams]
}

run "a_missing_table_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "a_table_with_a_space_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "my orders", offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "a_table_of_301_characters_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "a_missing_offset_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders" } }
  }

  expect_failures = [var.streams]
}

run "an_offset_past_14_hours_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "+14:01" } }
  }

  expect_failures = [var.streams]
}

run "an_offset_without_its_sign_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "03:00" } }
  }

  expect_failures = [var.streams]
}

run "a_zone_that_does_not_exist_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "Europe/Atlantis" } }
  }

  expect_failures = [var.streams]
}

run "an_empty_name_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", name = "" } }
  }

  expect_failures = [var.streams]
}

run "a_name_of_81_characters_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" } }
  }

  expect_failures = [var.streams]
}

run "an_unknown_state_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", state = "open" } }
  }

  expect_failures = [var.streams]
}

run "no_method_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", methods = [] } }
  }

  expect_failures = [var.streams]
}

run "a_method_twice_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", methods = ["GET", "GET"] } }
  }

  expect_failures = [var.streams]
}

run "an_unknown_method_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", methods = ["PATCH"] } }
  }

  expect_failures = [var.streams]
}

run "a_method_that_is_no_list_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", methods = "GET" } }
  }

  expect_failures = [var.streams]
}

run "a_key_of_11_names_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "a.b.c.d.e.f.g.h.i.j.k" } }
  }

  expect_failures = [var.streams]
}

run "a_path_with_an_empty_name_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", updated = "a..b" } }
  }

  expect_failures = [var.streams]
}

run "a_dataset_that_deliver_may_not_write_to_is_refused" {
  command = plan

  variables {
    streams = { "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "sales.orders", offset = "UTC" } }
  }

  expect_failures = [var.streams]
}

run "two_spellings_of_one_table_with_two_keys_are_refused" {
  command = plan

  variables {
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "conversions.orders", offset = "UTC" }
    }
  }

  expect_failures = [var.streams]
}

run "a_table_with_its_project_and_without_is_one_table" {
  command = plan

  variables {
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "conversions.orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "demo-project.conversions.orders", offset = "UTC", key = "orderId" }
    }
  }

  expect_failures = [var.streams]
}

run "three_spellings_of_one_table_with_one_key_are_taken" {
  command = plan

  variables {
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "conversions.orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c46" = { table = "demo-project.conversions.orders", offset = "UTC", key = "id" }
    }
  }
}

run "tables_of_one_name_in_two_datasets_are_two_tables" {
  command = plan

  variables {
    bigquery = { datasets = { conversions = {}, sales = {} } }
    streams = {
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44" = { table = "orders", offset = "UTC", key = "id" }
      "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c45" = { table = "sales.orders", offset = "UTC" }
    }
  }
}
