"""What Pulumi's engine writes down, states and previews, read without Pulumi."""
