output "address" {
  description = "Address that both domains point to."
  value       = google_compute_global_address.public.address
}

output "collect_url" {
  description = "Senders call COLLECT_URL/ds/STREAM_ID."
  value       = module.afterclick.collect_url
}

output "admin_url" {
  description = "The admin API behind IAP."
  value       = "https://${var.admin_domain}"
}

output "service_accounts" {
  description = "E-mail of each account, for grants elsewhere."
  value       = module.afterclick.service_accounts
}
