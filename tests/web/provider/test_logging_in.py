"""The ways in: name and password, cookies, a saved login, a person; and what is done when one ends."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import (
    AuthenticationRequired,
    Certainty,
    ChallengeRequired,
    ConfigError,
    InvalidRequest,
    ProviderContext,
    ProviderError,
    ProviderStatus,
    Secret,
    hookimpl,
)
from jackfield_playground import WebChatPlayground
from jackfield_web import Cookie, FileStore, SessionStore, read_login
from jackfield_web.accounts import Kind

pytestmark = pytest.mark.anyio

INTERACTIVE = ProviderContext("custom_web", "interactive")
SHOWS_ANOTHER = """
addEventListener("DOMContentLoaded", () => document.querySelector("#turns")?.insertAdjacentHTML(
  "beforeend", '<article class="question"><div class="text">There</div></article>'));"""


@pytest.fixture
def chat(chat: WebChatPlayground) -> WebChatPlayground:
    """Put the chat page behind its login."""
    chat.state.change(login=True)
    return chat


def cookies(cookie: str) -> ProviderContext:
    return ProviderContext("custom_web", "cookies", {"cookies": f"playground_login={cookie}"})


async def put_cookie(connection: Any, cookie: str) -> None:
    """Renew the login, as a page would."""
    session = await connection._provider._account.session()
    renewed = Cookie(name="playground_login", value=Secret(cookie), domain="127.0.0.1", expires=2e9)
    await session.add_cookies([renewed])


async def cookie_of(connection: Any) -> str:
    """Return the login that a connection has."""
    session = await connection._provider._account.session()
    (login,) = (await session.storage_state()).cookies
    return login.value.reveal()


@attrs.define(eq=False)
class Owner:
    """The account's owner, who does something about a challenge when called.

    Attributes:
        acts: What they do.
        heard: The challenges that they were called for.
    """

    acts: Any
    heard: list[ChallengeRequired] = attrs.field(factory=list)

    @hookimpl
    def jackfield_human_needed(self, challenge: ChallengeRequired) -> None:
        self.heard.append(challenge)
        self.acts()


async def test_a_password_is_typed_once_and_its_login_kept(
    connected: Any, chat: WebChatPlayground, password: ProviderContext, state_folder: Path
) -> None:
    """The Site's steps log in; the next program uses the login that was saved, 0600, and types nothing."""
    for _ in range(2):
        async with connected(password) as connection:
            assert (await connection.send("Hello")).success

    saved = state_folder / "sessions" / "custom_web.json"
    assert chat.state.logins == 1
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert password.credentials["password"].reveal() not in saved.read_text("utf-8")


async def test_a_login_is_saved_after_every_turn_that_changed_it(
    connected: Any, chat: WebChatPlayground, password: ProviderContext, state_folder: Path
) -> None:
    """What a page renews in a turn is on the disk when the answer is there, and not only at the end."""
    saved = state_folder / "sessions" / "custom_web.json"
    async with connected(password) as connection:
        session = await connection._provider._account.session()
        await session.add_cookies([Cookie(name="token", value=Secret("renewed"), domain="127.0.0.1")])
        assert "renewed" not in saved.read_text("utf-8")
        await connection.send("Hello")
        assert "renewed" in saved.read_text("utf-8")


async def test_a_saved_login_is_not_used_for_other_credentials(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """A login that was made with other credentials may be another account's, so it is not used."""
    wrong = attrs.evolve(password, credentials={"username": "sam", "password": "another"})
    async with connected(password):
        pass

    with pytest.raises(AuthenticationRequired, match="refuses the name and the password"):
        async with connected(wrong):
            pass


async def test_a_wrong_password_is_refused(
    connected: Any, chat: WebChatPlayground, state_folder: Path
) -> None:
    """A wrong password is AuthenticationRequired with evidence, and stands nowhere in it."""
    secret = "not-the-right-one"
    wrong = ProviderContext("custom_web", "username_password", {"username": "sam", "password": secret})

    with pytest.raises(AuthenticationRequired) as caught:
        async with connected(wrong):
            pass

    files = list((state_folder / "evidence").iterdir())
    assert "jackfield login custom_web" in str(caught.value)
    assert {file.suffix for file in files} == {".png", ".html"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(secret.encode() not in file.read_bytes() for file in files)


@pytest.mark.parametrize("form", ["header", "list"])
async def test_cookies_are_a_login(connected: Any, chat: WebChatPlayground, form: str) -> None:
    """Cookies are taken as they are at hand: the text of a header, or a browser's export."""
    cookie = chat.state.new_login()
    text = f'[{{"name": "playground_login", "value": "{cookie}", "domain": "127.0.0.1", "path": "/"}}]'
    context = (
        ProviderContext("custom_web", "cookies", {"cookies": text}) if form == "list" else cookies(cookie)
    )

    async with connected(context) as connection:
        response = await connection.send("Hello")

    assert response.success


async def test_cookies_of_the_site_s_other_origins_are_part_of_a_login(
    connected: Any, chat: WebChatPlayground
) -> None:
    """Who vouches for an account has cookies too: of an export those of every origin of the Site are used."""
    hosts = {"127.0.0.1": chat.state.new_login(), "id.test": "vouched", "bank.example": "s3cret"}
    export = [{"name": "playground_login", "value": one, "domain": host} for host, one in hosts.items()]
    context = ProviderContext("custom_web", "cookies", {"cookies": json.dumps(export)})
    vouching = {"addresses": {"other_origins": ["https://id.test"]}}

    async with connected(context, site_overrides=vouching) as connection:
        assert (await connection.send("Hello")).success
        session = await connection._provider._account.session()
        kept = (await session.storage_state()).cookies

    assert {cookie.domain for cookie in kept} == {"127.0.0.1", "id.test"}


@pytest.mark.parametrize("profile", [True, False], ids=["profile", "storage"])
async def test_what_a_page_renewed_goes_before_what_it_came_from(
    connected: Any, chat: WebChatPlayground, profile: bool
) -> None:
    """A start leaves the login as the page renewed it while the credentials are the same; others go in."""
    given, renewed, other = (chat.state.new_login() for _ in range(3))
    async with connected(cookies(given), profile=profile) as connection:
        await put_cookie(connection, renewed)
        await connection.send("Hello")
    async with connected(cookies(given), profile=profile) as connection:
        assert await cookie_of(connection) == renewed
    async with connected(cookies(other), profile=profile) as connection:
        assert await cookie_of(connection) == other


@pytest.mark.parametrize("profile", [True, False], ids=["profile", "storage"])
async def test_what_was_given_is_used_where_what_it_became_has_ended(
    connected: Any, chat: WebChatPlayground, profile: bool
) -> None:
    """A renewed login that has ended is no reason not to try the credentials that it came from."""
    given = chat.state.new_login()
    async with connected(cookies(given), profile=profile) as connection:
        await put_cookie(connection, "ended")
    async with connected(cookies(given), profile=profile) as connection:
        assert await cookie_of(connection) == given


async def test_cookies_that_have_expired_are_named(connected: Any, chat: WebChatPlayground) -> None:
    """Whoever gives an old export learns which of its cookies have ended, and when."""
    row = "127.0.0.1\tFALSE\t/\tFALSE\t{}\tplayground_login\t{}"
    old = row.format(1600000000, cookie := chat.state.new_login())
    context = ProviderContext("custom_web", "cookies", {"cookies": old})
    with pytest.raises(AuthenticationRequired) as caught:
        async with connected(context):
            pass

    assert "not used: playground_login, which expired on 2020-09-13" in str(caught.value)
    assert cookie not in str(caught.value)


async def test_stale_cookies_are_refused(connected: Any, chat: WebChatPlayground) -> None:
    """Cookies that the page does not know are AuthenticationRequired, and none of their values is told."""
    with pytest.raises(AuthenticationRequired, match="wants a login") as caught:
        async with connected(cookies("stale-s3cret")):
            pass

    assert "stale-s3cret" not in str(caught.value)
    assert caught.value.certainty is Certainty.REJECTED


async def test_what_is_no_cookie_is_a_wrong_setting(connected: Any, chat: WebChatPlayground) -> None:
    """Cookies in no known form are a ConfigError, before any page is opened."""
    with pytest.raises(ConfigError):
        async with connected(ProviderContext("custom_web", "cookies", {"cookies": "[{]"})):
            pass

    assert chat.state.pages == ()


async def test_a_saved_login_is_a_way_in(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """A login that was saved for the connection serves without the credentials that it was made with."""
    async with connected(password):
        pass

    async with connected(INTERACTIVE) as connection:
        response = await connection.send("Hello")

    assert response.success
    assert chat.state.logins == 1


@pytest.mark.parametrize("options", [{}, {"session": "work"}])
async def test_a_person_s_login_needs_no_context(
    connected: Any, chat: WebChatPlayground, options: dict[str, Any]
) -> None:
    """What a person's login saved is found by itself, under its name, where no credentials are given."""
    state = read_login(f"playground_login={chat.state.new_login()}", url=chat.base_url)
    async with SessionStore().hold(options.get("session", "custom_web")) as held:
        await held.save(state)

    async with connected(login_required=True, **options) as connection:
        response = await connection.send("Hello")

    assert response.success


async def test_logged_out_between_turns(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """A login that ends between two turns is renewed with the password, and the thread goes on."""
    async with connected(password) as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        chat.state.log_everyone_out()
        second = await conversation.send("Two?")

    assert "Earlier questions in this thread: 1" in second.content
    assert [asked.text for asked in chat.state.asked] == ["One?", "Two?"]


async def all_at_once(connection: Any, messages: int = 3) -> list[Exception]:
    """Send so many messages at once, each in a conversation of its own; return the errors."""
    errors: list[Exception] = []

    async def send(text: str) -> None:
        try:
            await connection.send(text)
        except ProviderError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(messages):
            tasks.start_soon(send, f"Question {number}?")
    return errors


async def test_a_login_that_ended_is_renewed_once(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """However many conversations find that the login has ended, the password is typed once for all."""
    async with connected(password) as connection:
        for _ in range(2):
            chat.state.log_everyone_out()
            assert await all_at_once(connection) == []
            assert chat.state.logins == 1

    assert len(chat.state.asked) == 6


async def test_a_refused_renewal_is_everybody_s_who_waited(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """Who waited for a login that was refused gets that refusal, an error of its own, and types nothing."""
    async with connected(password) as connection:
        chat.state.change(second_factor=True)
        chat.state.log_everyone_out()
        errors = await all_at_once(connection)

    assert [type(error) for error in errors] == [ChallengeRequired] * 3
    assert len({id(error) for error in errors}) == 3
    assert chat.state.pages.count("/code") == 1
    assert chat.state.asked == ()


async def test_a_login_is_not_waited_for_by_who_gave_up(
    connected: Any, chat: WebChatPlayground, password: ProviderContext, until: Any
) -> None:
    """When the caller that types the password is cancelled, the next who waits types it."""
    async with connected(password) as connection:
        login = connection._provider._login
        chat.state.log_everyone_out()
        first = anyio.CancelScope()

        async def begin() -> None:
            with first:
                await connection.send("Question 0?")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(begin)
            await until(login._renewing.locked)
            tasks.start_soon(connection.send, "Question 1?")
            await until(lambda: login._renewing.statistics().tasks_waiting)
            first.cancel()

    assert [asked.text for asked in chat.state.asked] == ["Question 1?"]


async def test_a_login_wall(connected: Any, chat: WebChatPlayground) -> None:
    """Without any login the wall is the error, nothing is sent, and the status says what is missing."""
    async with connected() as connection:
        with pytest.raises(AuthenticationRequired) as caught:
            await connection.send("Hello")
        status = connection.status

    assert caught.value.url == f"{chat.base_url}/login"
    assert status is ProviderStatus.AUTHENTICATION_REQUIRED
    assert chat.state.asked == ()


async def test_a_second_factor_needs_a_person(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """A page that wants more than the password is a challenge, with its address and a picture."""
    chat.state.change(second_factor=True)

    with pytest.raises(ChallengeRequired) as caught:
        async with connected(password):
            pass

    assert caught.value.address == f"{chat.base_url}/code"
    assert caught.value.screenshot is not None
    assert caught.value.screenshot.read_bytes().startswith(b"\x89PNG")


async def test_nobody_is_waited_for_where_nobody_sees(connected: Any, chat: WebChatPlayground) -> None:
    """In a browser without a window a challenge is the error at once, and says what to do."""
    chat.state.change(login=False, challenge=True)
    owner = Owner(lambda: None)

    async with connected(None, owner) as connection:
        with pytest.raises(ChallengeRequired, match="jackfield login"):
            await connection.send("Hello")

    assert len(owner.heard) == 1
    assert chat.state.asked == ()


async def test_a_challenge_is_handed_to_a_person(connected: Any, chat: WebChatPlayground) -> None:
    """Where somebody sees the browser they are called and waited for; then the message is sent, once."""
    chat.state.change(login=False, challenge=True)
    owner = Owner(lambda: chat.state.change(challenge=False))

    async with connected(None, owner, attended=True) as connection:
        response = await connection.send("Hello")

    assert response.success
    assert [challenge.address for challenge in owner.heard] == [f"{chat.base_url}/"]
    assert len(chat.state.asked) == 1


async def test_a_person_who_does_not_come(connected: Any, chat: WebChatPlayground) -> None:
    """The wait for a person ends after its seconds, with the challenge as the error."""
    owner = Owner(lambda: None)

    with pytest.raises(ChallengeRequired, match="somebody to log in"):
        async with connected(INTERACTIVE, owner, attended=True, human_seconds=0.5):
            pass

    assert len(owner.heard) == 1


@pytest.mark.parametrize("written", ["testcookie", "my cookie=1", "a,b=1"])
async def test_a_cookie_that_only_a_page_can_set_does_no_harm(
    talking: Any, small: Any, state_folder: Path, written: str
) -> None:
    """A cookie without a usable name is left out of what is saved; the account goes on and is given back."""
    small.script = "document.cookie = 'kept=1'; add('bot', 'Yes.');"
    small.setup = f"document.cookie = {written!r};"
    for _ in range(2):
        async with talking(
            context=ProviderContext("custom_web", "cookies", {"cookies": "sid=1"})
        ) as connection:
            assert (await connection.send("Hello")).success

    saved = (state_folder / "sessions" / "custom_web.json").read_text("utf-8")
    assert '"kept"' in saved
    assert f'"{written.partition("=")[0]}"' not in saved


@attrs.frozen
class _BrokenStore(FileStore):
    """A store of somebody's that breaks, and says so in words that are not ours."""

    broken: set[str] = attrs.field(factory=set)

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        if kind in self.broken:
            raise OSError("the database is gone")
        await super().save(kind, name, content)


async def test_a_store_that_fails_keeps_nothing_open(connected: Any, password: ProviderContext) -> None:
    """Whatever a store raises in closing, tabs and browser are closed, and the account is given back."""
    store = _BrokenStore()
    async with connected(password, store=store) as connection:
        session = await connection._provider._account.session()
        await session.add_cookies([Cookie(name="token", value=Secret("renewed"), domain="127.0.0.1")])
        store.broken.add("session")

    async with connected(password) as connection:
        assert (await connection.send("Hello")).success


async def test_only_a_login_that_worked_is_saved(
    connected: Any, chat: WebChatPlayground, state_folder: Path
) -> None:
    """A start that fails before anybody was seen logged in leaves the saved login as it is."""
    saved = state_folder / "sessions" / "custom_web.json"
    async with connected(cookies(chat.state.new_login())) as connection:
        await connection.send("Hello")
    before = saved.read_bytes()

    nowhere = {"selectors": {"chat_input": "#nowhere", "logged_in": "#nowhere"}, "timing": {"composer": 1}}
    with pytest.raises(ProviderError):
        async with connected(cookies("stale"), site_overrides=nowhere):
            pass

    assert saved.read_bytes() == before


async def test_a_conversation_of_a_tab_is_lost_with_its_login(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """Its page, loaded anew after a login, may show another: nothing goes there, and a new one goes."""
    nowhere = {"addresses": {"conversation": ""}}
    async with connected(password, site_overrides=nowhere) as connection:
        here, there = connection.conversation(), connection.conversation()
        await here.send("Here")
        await there.send("There")
        chat.state.log_everyone_out()
        chat.state.change(script=SHOWS_ANOTHER)
        with pytest.raises(InvalidRequest, match="its tab is gone") as caught:
            await here.send("Here again")
        chat.state.change(script="")
        assert (await connection.send("A new one")).success

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [asked.text for asked in chat.state.asked] == ["Here", "There", "A new one"]
    assert chat.state.logins == 1
