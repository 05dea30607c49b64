# Knocks at collect as a sender would, so that a broken way is noticed in quiet hours too. Off unless a stream is named.

resource "google_cloud_scheduler_job" "heartbeat" {
  count = var.heartbeat.stream_id == null ? 0 : 1

  project          = var.project_id
  region           = var.region
  name             = "${var.name}-heartbeat"
  description      = "Sends a marked test hit to the stream that is there for it"
  schedule         = "*/${var.heartbeat.every_minutes} * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  http_target {
    http_method = "POST"
    uri         = "${local.collect_url}/ds/${coalesce(var.heartbeat.stream_id, "none")}"
    body        = base64encode(jsonencode({ heartbeat = var.name }))
    # The views leave marked hits out.
    headers = { "Content-Type" = "application/json", "Afterclick-Test" = "true" }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.anybody_invokes_collect, google_project_service.api]
}
