output "collect_url" {
  description = "Senders call COLLECT_URL/ds/STREAM_ID."
  value       = module.afterclick.collect_url
}

output "admin_url" {
  description = "The admin API."
  value       = module.afterclick.admin_url
}
