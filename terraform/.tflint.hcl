# tflint --recursive --config "$(pwd)/.tflint.hcl"
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are by entity here, and what an entity is made of stands beside it.
rule "terraform_standard_module_structure" {
  enabled = false
}
