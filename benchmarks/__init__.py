"""What the README says about speed, as commands. Nothing here is imported by `pipeline`."""
