"""The wires of vendors, for whoever speaks them: what a request is there, and what an answer means."""
