"""What `make bench` runs: measurements, not tests."""
