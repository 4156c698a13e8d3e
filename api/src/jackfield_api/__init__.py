"""What Jackfield's API providers share: the HTTP client, SSE, polling, error mapping."""
