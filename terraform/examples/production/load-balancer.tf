# One address for collect and admin. No port 80: a redirect would lose the body of a POST, and with it the hit.

resource "google_project_service" "load_balancer" {
  for_each = toset(["compute.googleapis.com", "iap.googleapis.com"])

  project            = var.project_id
  service            = each.key
  disable_on_destroy = false
}

resource "google_compute_global_address" "public" {
  project = var.project_id
  name    = "afterclick"

  depends_on = [google_project_service.load_balancer]
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = {
    collect = module.afterclick.collect_service
    admin   = module.afterclick.admin_service
  }

  project               = var.project_id
  region                = var.region
  name                  = "afterclick-${each.key}-${substr(sha256("${var.region} ${each.value}"), 0, 8)}"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.value
  }

  # A group in use cannot be deleted, so the next one is made first, under another name.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.load_balancer]
}

resource "google_compute_backend_service" "collect" {
  project               = var.project_id
  name                  = "afterclick-collect"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.senders.id

  backend {
    group = google_compute_region_network_endpoint_group.function["collect"].id
  }

  # Its URLs hold the streams' secret addresses.
  log_config {
    enable = false
  }
}

resource "google_compute_backend_service" "admin" {
  project               = var.project_id
  name                  = "afterclick-admin"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.senders.id

  backend {
    group = google_compute_region_network_endpoint_group.function["admin"].id
  }

  # Google's own OAuth client: nothing to make or to rotate.
  iap {
    enabled = true
  }

  log_config {
    enable = false
  }
}

resource "google_iap_web_backend_service_iam_member" "admin" {
  for_each = var.iap_members

  project             = var.project_id
  web_backend_service = google_compute_backend_service.admin.name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.key
}

# A brake for each address, no inspection of bodies: a rule that mistook an order for an attack would lose it.
resource "google_compute_security_policy" "senders" {
  #checkov:skip=CKV_GCP_73:Nothing here runs Java, and a rule that reads bodies would refuse orders that look like an attack.
  project     = var.project_id
  name        = "afterclick-senders"
  description = "Brakes single addresses; senders try again after 429"
  type        = "CLOUD_ARMOR"

  rule {
    priority    = 1000
    action      = "throttle"
    description = "At most ${var.requests_per_minute} requests a minute and address"

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Whoever is below the brake"

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.load_balancer]
}

resource "google_compute_url_map" "hosts" {
  project         = var.project_id
  name            = "afterclick"
  default_service = google_compute_backend_service.collect.id

  host_rule {
    hosts        = [var.admin_domain]
    path_matcher = "admin"
  }

  path_matcher {
    name            = "admin"
    default_service = google_compute_backend_service.admin.id
  }
}

resource "google_compute_managed_ssl_certificate" "domains" {
  project = var.project_id
  # Another domain is another certificate, made before the former one goes.
  name = "afterclick-${substr(sha256("${var.collect_domain} ${var.admin_domain}"), 0, 8)}"

  managed {
    domains = [var.collect_domain, var.admin_domain]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.load_balancer]
}

resource "google_compute_ssl_policy" "modern" {
  project         = var.project_id
  name            = "afterclick"
  min_tls_version = "TLS_1_2"
  profile         = "MODERN"

  depends_on = [google_project_service.load_balancer]
}

resource "google_compute_target_https_proxy" "public" {
  project          = var.project_id
  name             = "afterclick"
  url_map          = google_compute_url_map.hosts.id
  ssl_certificates = [google_compute_managed_ssl_certificate.domains.id]
  ssl_policy       = google_compute_ssl_policy.modern.id
}

resource "google_compute_global_forwarding_rule" "public" {
  project               = var.project_id
  name                  = "afterclick"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.public.id
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = google_compute_target_https_proxy.public.id
}
