"""What a real Kubernetes API server says of the manifests; `make test-cluster`, nightly-sized."""
