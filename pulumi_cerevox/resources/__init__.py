"""What a Pulumi program writes. Runs in the program's process."""
