"""What the shipped models get right on the development sets, and where they are wrong."""
