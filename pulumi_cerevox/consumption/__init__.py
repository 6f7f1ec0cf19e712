"""What the account used and what it costs: read, judged and written down.

Knows the client (`account`), and neither Pulumi nor the roster. It sends GET only.
"""
