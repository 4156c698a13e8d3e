"""The Gemini stand-in is as strict as the vendor: what it refuses, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jackfield_playground import GeminiPlayground

USER = {"role": "user", "parts": [{"text": "Hi"}]}
DECLARED = {"name": "clock", "description": "Tells the time."}
CALL = {"functionCall": {"name": "clock", "args": {}}, "thoughtSignature": "skip_thought_signature_validator"}
RESULT = {"functionResponse": {"name": "clock", "response": {"output": "noon"}}}


@pytest.fixture(scope="module")
def playground() -> Iterator[GeminiPlayground]:
    """A stand-in that is running."""
    with GeminiPlayground().running() as running:
        yield running


@pytest.fixture
def http(playground: GeminiPlayground) -> Iterator[httpx.Client]:
    """A client with the stand-in's key."""
    playground.state.forget()
    headers = {"x-goog-api-key": playground.key}
    with httpx.Client(base_url=playground.base_url, headers=headers, trust_env=False) as client:
        yield client


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def thinking(**config: Any) -> dict[str, Any]:
    return {"generationConfig": {"thinkingConfig": config}}


def calling(**config: Any) -> dict[str, Any]:
    return {"toolConfig": {"functionCallingConfig": config}}


TOOLS = {"tools": [{"functionDeclarations": [DECLARED]}]}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"contents": []}, "contents is not specified"),
    ({"contents": [{"role": "assistant", "parts": [{"text": "Hi"}]}]}, "valid role: user, model"),
    ({"contents": [user()]}, "parts must not be empty"),
    ({"contents": [user({})]}, "must have one initialized field"),
    ({"contents": [user({"text": "a", "inlineData": {"mimeType": "a/b", "data": ""}})]}, "one initialized"),
    ({"contents": [user({"inlineData": {"mimeType": "image/gif", "data": ""}})]}, "Unsupported MIME type"),
    ({"contents": [user({"words": "Hi"})]}, "Unknown name \"words\" at 'contents[0].parts[0]'"),
    ({"max_tokens": 3}, "Cannot find field"),
    ({"generationConfig": {"temperature": 3}}, "generationConfig.temperature"),
    ({"generationConfig": {"maxOutputTokens": 99_999}}, "supported range"),
    ({"generationConfig": {"responseJsonSchema": {"type": "object"}}}, "application/json"),
    (thinking(thinkingLevel="LOW", thinkingBudget=1), "only one of thinking budget and thinking level"),
    (calling(mode="ANY"), "without function_declarations"),
    ({**TOOLS, **calling(allowedFunctionNames=["clock"])}, "must be ANY or VALIDATED"),
    ({**TOOLS, **calling(mode="ANY", allowedFunctionNames=["bell"])}, "among the function declarations"),
    ({"tools": [{"functionDeclarations": [DECLARED, DECLARED]}]}, "Duplicate function declaration"),
    ({"contents": [model(CALL)]}, "comes immediately after a user turn"),
    ({"contents": [USER, model(CALL), USER]}, "equal to the number of function call parts"),
    ({"contents": [USER, model(CALL), user({"functionResponse": {"name": "b", "response": {}}})]}, "match"),
    ({"contents": [USER, user(RESULT)]}, "equal to the number of function call parts"),
    ({"contents": [USER, model({"text": "a", "thoughtSignature": "cw=="})]}, "Corrupted thought signature"),
    (
        {"contents": [USER, model({"functionCall": {"name": "clock", "args": {}}}), user(RESULT)]},
        "missing a thought_signature",
    ),
    ({"systemInstruction": user({"inlineData": {"mimeType": "image/png", "data": ""}})}, "must be text"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_it_refuses(
    change: dict[str, Any], words: str, http: httpx.Client, playground: GeminiPlayground
) -> None:
    """A request that the vendor would refuse is refused with 400 and INVALID_ARGUMENT, for its own reason."""
    told = http.post(
        f"/v1beta/models/{playground.model}:generateContent", json={"contents": [USER], **change}
    )

    assert (told.status_code, told.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert words in told.json()["error"]["message"]


def test_what_it_takes(http: httpx.Client, playground: GeminiPlayground) -> None:
    """Both versions, both ways of writing a name, and calls of another model with the vendor's mark."""
    contents = [USER, model(CALL), user(RESULT)]
    for version, name in (("v1", "system_instruction"), ("v1beta", "systemInstruction")):
        path = f"/{version}/models/{playground.model}:generateContent"
        asked = {"contents": contents, name: {"parts": [{"text": "Be brief."}]}}
        assert http.post(path, json=asked).status_code == 200
    whole = http.post(
        f"/v1/models/{playground.model}:streamGenerateContent", json={"contents": [USER]}
    ).json()

    assert len(whole) > 5
    assert whole[-1]["candidates"][0]["finishReason"] == "STOP"


KEYS = [(None, 403, "PERMISSION_DENIED"), ("AIza-nobody", 400, "INVALID_ARGUMENT")]


@pytest.mark.parametrize(("key", "code", "status"), KEYS)
def test_keys(key: str | None, code: int, status: str, playground: GeminiPlayground) -> None:
    """Without a key nobody is known; a wrong one is an invalid argument. A key in the address is none."""
    headers = {"x-goog-api-key": key} if key else {}
    told = httpx.get(
        f"{playground.base_url}/v1beta/models?key={playground.key}", headers=headers, trust_env=False
    )

    assert (told.status_code, told.json()["error"]["status"]) == (code, status)


@pytest.mark.parametrize("path", ["/v2/models/m:generateContent", "/v1/models/m:generateContent"])
def test_what_is_not_there(path: str, http: httpx.Client) -> None:
    """A version or a model that there is not is NOT_FOUND."""
    told = http.post(path, json={"contents": [USER]})

    assert (told.status_code, told.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_who_leaves_early(http: httpx.Client, playground: GeminiPlayground) -> None:
    """Who hangs up in the middle is seen to have left."""
    playground.play("hang")
    path = f"/v1/models/{playground.model}:streamGenerateContent?alt=sse"
    with http.stream("POST", path, json={"contents": [USER]}) as told:
        next(told.iter_bytes())
    (posted,) = playground.state.posted

    assert posted.over.wait(10)
    assert posted.left
