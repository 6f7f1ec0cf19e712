"""Find PostgreSQL's own programs, and run a server of one's own with them."""
