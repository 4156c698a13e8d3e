"""Models are chosen in the page's own list, by a name to the letter, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, ModelNotFound, Unsupported
from jackfield_playground import WebChatPlayground
from jackfield_web import ModelLocked, PageChanged

pytestmark = pytest.mark.anyio

MODELS = ("GLM-5.3", "GLM-5.3-Flash", "GLM-4.7", "Deep")


@pytest.fixture
def chat(chat: WebChatPlayground) -> WebChatPlayground:
    """Let the page offer models; the account may not use the last."""
    chat.state.change(models=MODELS, locked_models=("Deep",))
    return chat


@pytest.mark.parametrize("model", ["GLM-5.3", "GLM-5.3-Flash", "GLM-4.7"])
async def test_a_model_is_chosen(connected: Any, chat: WebChatPlayground, model: str) -> None:
    """A name is taken to the letter, also where it begins another one, is in use, or is tucked away."""
    async with connected() as connection:
        response = await connection.send("Hello", model=model)

    assert chat.state.asked[0].model == model
    assert (response.model, response.requested_model) == (model, model)


async def test_a_name_is_led_to_the_page_s(connected: Any, chat: WebChatPlayground) -> None:
    """The Site's names lead to the page's models, the connection's go over them, and a default stands in."""
    aliases = {"models": {"aliases": {"gpt-4": "GLM-5.3-Flash", "fast": "GLM-5.3-Flash"}}}
    mapping = {"gpt-4": "GLM-4.7"}
    async with connected(site_overrides=aliases, model_mapping=mapping, default_model="fast") as connection:
        await connection.send("Hello", model="gpt-4")
        await connection.send("Hello")

    assert [asked.model for asked in chat.state.asked] == ["GLM-4.7", "GLM-5.3-Flash"]


async def test_the_page_s_own_choice_stands(connected: Any, chat: WebChatPlayground) -> None:
    """Without a name nothing is chosen, and nobody is said to have asked for a model."""
    async with connected() as connection:
        response = await connection.send("Hello")

    assert (response.model, response.requested_model) == (MODELS[0], None)


async def test_an_unknown_model_names_its_neighbours(connected: Any, chat: WebChatPlayground) -> None:
    """A name that the page does not offer is refused with near ones that it does; nothing was sent."""
    async with connected() as connection:
        with pytest.raises(ModelNotFound, match=r"'GLM-5'\. Did you mean .*'GLM-5\.3'") as caught:
            await connection.send("Hello", model="GLM-5")
        after = await connection.send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert after.success
    assert len(chat.state.asked) == 1


async def test_a_locked_model_says_so(connected: Any, chat: WebChatPlayground) -> None:
    """A model that the account may not use is another error than one that is not there."""
    async with connected() as connection:
        with pytest.raises(ModelLocked, match="'Deep' locked for this account") as caught:
            await connection.send("Hello", model="Deep")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


async def test_a_conversation_changes_its_model(connected: Any, chat: WebChatPlayground) -> None:
    """The model of the second message is chosen in the same conversation."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?", model="GLM-4.7")
        second = await conversation.send("Two?", model="GLM-5.3-Flash")

    assert [asked.model for asked in chat.state.asked] == ["GLM-4.7", "GLM-5.3-Flash"]
    assert "Earlier questions in this thread: 1" in second.content


async def test_the_list_is_read_without_sending(connected: Any, chat: WebChatPlayground) -> None:
    """`list_models` tells the page's list in its order, with the names that lead there and what is in use."""
    async with connected(model_mapping={"fast": "GLM-5.3-Flash"}) as connection:
        models = await connection.list_models()

    assert tuple(model.id for model in models) == MODELS
    assert models[1].aliases == ("fast",)
    assert [model.default for model in models] == [True, False, False, False]
    assert chat.state.asked == ()


async def test_a_page_without_a_list(connected: Any, chat: WebChatPlayground) -> None:
    """Where the Site describes no list, models are neither listed nor chosen, and no page is opened."""
    chat.state.change(models=())
    async with connected() as connection:
        with pytest.raises(Unsupported, match="cannot list its models"):
            await connection.list_models()
        with pytest.raises(ModelNotFound, match="page decides"):
            await connection.send("Hello", model="GLM-5.3")

    assert chat.state.pages == ()


async def test_a_list_that_moved_is_drift(connected: Any, chat: WebChatPlayground) -> None:
    """A list that is not where it was is PageChanged with the selector's name and age; nothing was sent."""
    moved = {"models": {"item": "#models-of-last-year"}, "sources": {"models.item": "by hand, 2026-07-04"}}
    async with connected(site_overrides=moved) as connection:
        with pytest.raises(PageChanged, match=r"models\.item was last seen 2026-07-04, \d+ .* ago") as caught:
            await connection.send("Hello", model="GLM-4.7")

    assert (caught.value.selector, caught.value.certainty) == ("models.item", Certainty.NOT_SENT)
    assert chat.state.asked == ()
