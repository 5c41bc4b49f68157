"""Load for minutes, while faults switch, filters are reloaded and crash: every response counts."""
