"""What the command line says: arguments, options and help, one module for each group of commands.

Law: a module here imports click and `common`; what does the work is imported inside the command.
"""

from __future__ import annotations
