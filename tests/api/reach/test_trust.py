"""Whom connections trust: the environment, the system, certifi, and files besides."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme

from jackfield import ConfigError, TLSFailed

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path, ca_file: str) -> Path:
    """Return a folder with the authority's certificate, as a person puts it there."""
    there = tmp_path / "certs"
    there.mkdir()
    shutil.copy(ca_file, there / "ca.pem")
    return there


async def status(api: Any, remote: Any, **network: Any) -> int:
    async with api.ApiClient(remote.url, network=api.Network(**network)) as client:
        answered: int = (await client.request("GET", "/")).status
        return answered


async def test_file(api: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE is trusted, and an empty variable is none."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    monkeypatch.setenv("SSL_CERT_DIR", "")

    assert await status(api, remote) == 200


def rehash(folder: Path) -> None:
    """Leave in *folder* what OpenSSL finds, and nothing else of a certificate's name."""
    subprocess.run(["openssl", "rehash", str(folder)], check=True)
    (link,) = folder.glob("*.0")
    link.unlink()
    (folder / "ca.pem").rename(link)


@pytest.mark.parametrize("hashed", [True, False])
async def test_folder(
    api: Any, remote: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, hashed: bool
) -> None:
    """SSL_CERT_DIR is trusted, among folders that are not there, whether `openssl rehash` was run or not."""
    if hashed:
        rehash(folder)
    monkeypatch.setenv("SSL_CERT_DIR", f"/nonexistent:{folder}")

    assert await status(api, remote) == 200


async def test_both(api: Any, remote: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a file and a folder, both count."""
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))

    assert await status(api, remote) == 200


@pytest.mark.parametrize("trust", ["system", "certifi"])
async def test_not_the_environment(
    api: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch, trust: str
) -> None:
    """N5: with another store the environment's is not trusted; the error says whom it trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)

    with pytest.raises(
        TLSFailed, match=r"Trusted are the authorities of (the system|certifi).*SSL_CERT_FILE"
    ):
        await status(api, remote, trust=trust)


@pytest.mark.parametrize("trust", ["environment", "system", "certifi"])
async def test_file_besides(api: Any, remote: Any, ca_file: str, trust: str) -> None:
    """`ca_file` is trusted besides every store; the store stays."""
    assert await status(api, remote, trust=trust, ca_file=ca_file) == 200

    async with api.ApiClient(remote.url, network=api.Network(trust="certifi", ca_file=ca_file)) as client:
        known = len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs())
        assert len(client._reach.tls.get_ca_certs()) == known + 1


async def test_the_environment_stands_instead(
    api: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What SSL_CERT_FILE names is all that is trusted, as in OpenSSL, curl and httpx."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)

    async with api.ApiClient(remote.url) as client:
        assert len(client._reach.tls.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSL_CERT_FILE", "/nonexistent.pem"), ("SSL_CERT_FILE", "/"), ("SSL_CERT_DIR", "/nonexistent:/no")],
)
async def test_wrong_variable(api: Any, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A variable that names what is not there is told by its name, when the client is made."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError, match=f"{variable} names"):
        api.ApiClient("https://127.0.0.1:1")


async def test_no_certificates(api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without certificates is a ConfigError, wherever it is named."""
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(ConfigError, match="ca_file"):
        api.ApiClient("https://127.0.0.1:1", ca_file=str(tmp_path / "empty.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        api.ApiClient("https://127.0.0.1:1")


async def test_bare_container(api_modules: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system has no store, certifi's list is taken, and is said to be."""
    nowhere = ssl.DefaultVerifyPaths(None, None, "", str(tmp_path / "none.pem"), "", str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)

    store = api_modules["jackfield_api._tls"].find_store("environment")

    assert store.files == (certifi.where(),)
    assert "for the system has no store" in store.told


async def test_keys_are_not_written(
    api: Any, remote: Any, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSLKEYLOGFILE, which lets others read along, is not obeyed."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    assert await status(api, remote, ca_file=ca_file) == 200
    assert not (tmp_path / "keys").exists()


async def test_an_intermediate_is_enough(api: Any, serve: Any, authority: trustme.CA, tmp_path: Path) -> None:
    """A company's intermediate authority can be trusted without its root, as in curl."""
    intermediate = authority.create_child_ca()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    intermediate.issue_cert("127.0.0.1").configure_cert(context)
    intermediate.cert_pem.write_to_path(str(tmp_path / "its.pem"))
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    assert await status(api, serve((ok,), tls=context), ca_file=str(tmp_path / "its.pem")) == 200


async def test_the_store_of_other_systems(
    api_modules: Any, api: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the operating system is asked, a stranger is refused, and `ca_file` is trusted besides."""
    monkeypatch.setattr(api_modules["jackfield_api._tls"], "_NATIVE", True)

    assert await status(api, remote, ca_file=ca_file) == 200
    with pytest.raises(TLSFailed, match="the system's store"):
        await status(api, remote)
