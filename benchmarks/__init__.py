"""How fast Jackfield is, beside what it is built on and what else could be used. Run `python -m benchmarks`.

General layout: `server` is the remote, in a process of its own; `clients` are those who are compared;
`worker` measures one client at one workload in a fresh process. `wire` and `starts` say what is measured, in
interleaved rounds, and `lab` runs it. `figures` says what the goals are, `report` prints and writes.
"""

from __future__ import annotations
