"""What Jackfield's web providers share: the browser host, sessions, pages and reading a reply."""
