"""Which assumptions about the Account API hold on a real account."""
