"""Random faults against a running lab: afterwards it works, and nothing is left behind."""
