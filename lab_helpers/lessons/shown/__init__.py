"""What a lesson shows: notes and tables, of a running Envoy, of modules, of the machine."""
