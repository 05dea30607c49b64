terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45, < 8"
    }
  }

  # Keep the state where it is versioned and few people read it; then terraform init -migrate-state:
  # backend "gcs" {
  #   bucket = "BUCKET"
  #   prefix = "afterclick"
  # }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # Some APIs (firebaserules) refuse a person who names no project that the call counts for, and the provider does not
  # take it from gcloud's application-default login.
  user_project_override = true
  billing_project       = var.project_id
}
