"""What each release leaves in its users' states, kept as files for the tests."""
