"""The tests in short on each Python, with the oldest and the newest dependencies."""
