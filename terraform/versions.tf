terraform {
  # 1.9: a variable's validation may look at other variables.
  required_version = ">= 1.9"

  required_providers {
    google = {
      source = "hashicorp/google"
      # 7.45: an update of a dataset no longer overwrites IAM that others granted on it.
      version = ">= 7.45, < 8"
    }
    # Packs a folder; not used where function_source is a zip or a gs:// URI.
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.7, < 3"
    }
    # Waits for the build account's grants before the first build.
    time = {
      source  = "hashicorp/time"
      version = ">= 0.13, < 1"
    }
  }
}
