"""What a learner runs: check, watch, hint, progress, road map, submit, reset."""
