"""The jackfield command: ask any installed AI provider from a terminal."""
