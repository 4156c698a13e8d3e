"""A person's own editor on a file of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from jackfield import ConfigError

from ._private import FILE_MODE, is_there, replace

NO_EDITOR: Final = "Set EDITOR to the editor that you use."


def edit_file(file: Path, *, begun: str = "") -> None:
    """Open *file* in the person's editor, made with what is *begun* for them if there is none.

    Raises:
        ConfigError: It cannot be made, or there is no editor.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not is_there(file):
            replace(file, begun, FILE_MODE)
        click.edit(filename=str(file))
    except OSError as error:
        raise ConfigError(f"the file {str(file)!r} cannot be written: {error.strerror}") from None
    except click.ClickException as error:
        raise ConfigError(error.format_message(), hint=NO_EDITOR) from None
