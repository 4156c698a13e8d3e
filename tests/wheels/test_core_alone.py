"""The core, installed alone."""

from __future__ import annotations

from typing import Any

NEEDED = {"anyio", "attrs", "cattrs", "importlib-metadata", "jackfield", "pluggy", "structlog"}
NEEDED_BY_THOSE = {"idna", "lazy-importer", "typing-extensions", "typing_extensions", "zipp", "sniffio"}


def test_core_brings_little(environment: Any) -> None:
    """Installing the core brings its six dependencies, what they need, and nothing else."""
    environment.install("jackfield")
    installed = {name.replace("_", "-") for name in environment.distributions()}

    assert installed >= NEEDED
    assert installed <= NEEDED | NEEDED_BY_THOSE
    assert len(installed) <= 12


def test_core_works_without_providers(environment: Any) -> None:
    """With no provider installed the list is empty, and a wrong name says how one is plugged in."""
    printed = environment.run(
        "import jackfield, asyncio\n"
        "async def main():\n"
        "    async with jackfield.ProviderManager() as manager:\n"
        "        try: await manager.add_provider('codegen_api')\n"
        "        except jackfield.UnknownProvider as error: print(error)\n"
        "print(jackfield.providers(), jackfield.version())\n"
        "asyncio.run(main())\n"
    )

    assert printed.startswith("[] 0.1.0")
    assert "pip install" in printed


def test_core_is_small(environment: Any) -> None:
    """The core and all it needs take less than 5 MiB on disk, byte code left out."""
    size = environment.run(
        "import pathlib, sysconfig\n"
        "site = pathlib.Path(sysconfig.get_paths()['purelib'])\n"
        "skipped = ('pip', 'setuptools', 'pkg_resources', '_distutils_hack')\n"
        "files = [f for f in site.rglob('*') if f.is_file() and f.suffix != '.pyc']\n"
        "ours = [f for f in files if not f.relative_to(site).parts[0].startswith(skipped)]\n"
        "print(sum(f.stat().st_size for f in ours))\n"
    )

    assert int(size) < 5 * 2**20
