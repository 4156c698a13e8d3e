"""`python -m jackfield_playground`: serve the Codegen stand-in until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import sys

from . import CodegenPlayground, CodegenSettings, ScriptedEngine, best_engine, wait_for_signal


def main() -> int:
    """Print address, token and organization, and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m jackfield_playground", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--step", type=float, default=0.4, help="seconds between two steps of a run")
    parser.add_argument("--scripted", action="store_true", help="no language model, even if one is installed")
    wanted = parser.parse_args()
    engine = ScriptedEngine() if wanted.scripted else best_engine()
    playground = CodegenPlayground(CodegenSettings(step_seconds=wanted.step), engine=engine, port=wanted.port)
    with playground.running():
        sys.stdout.write(
            f"Codegen stand-in at {playground.base_url} (Ctrl-C stops it)\n"
            f"  token         {playground.token}\n"
            f"  organization  {playground.org_id}\n"
            f"  answers from  {engine.description}\n"
        )
        sys.stdout.flush()
        wait_for_signal()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
