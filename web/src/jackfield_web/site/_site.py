"""A chat page as data: where it is, what to look for on it, and how its answer travels.

Law: a `Site` is read from data and never from code, it is versioned, and a user can override every field of
it. What a page's makers may change without asking stands here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from jackfield import ConfigError, at_least, near_names

from ._address import an_address, origins, read_address, require_web
from ._claims import TokenClaims
from ._wires import WirePattern, a_pattern

ComposerKind: TypeAlias = Literal["textarea", "contenteditable", "prosemirror"]
ReadingWay: TypeAlias = Literal["wire", "observer", "polling"]
SettleWay: TypeAlias = Literal["page", "copy", "address"]
LoginAction: TypeAlias = Literal["fill", "click", "press", "wait", "goto", "ask"]

_CREDENTIALS: Final = ("username", "password", "token")


@attrs.frozen(kw_only=True)
class Addresses:
    """Where the page is. `{base_url}` in any of them stands for the Site's base address.

    Attributes:
        start: The page of a new conversation.
        login: The page with the login form.
        conversation: A regular expression that a conversation's address matches from its beginning; its group
            `id` is the conversation. Empty when the page gives its conversations no address.
        incognito: The page of a new conversation that the remote keeps no memory of.
        reopens: Whether a conversation's address leads to it again later.
        allowed_origins: Origins on which credentials may be typed; the origin of *start* when empty.
        other_origins: Origins that the page may lead to besides, such as those who vouch for an account.
            Where a person sees the browser, it may go anywhere.
    """

    start: str = attrs.field(default="{base_url}/", validator=an_address)
    login: str = attrs.field(default="", validator=an_address)
    conversation: str = attrs.field(default="", validator=a_pattern)
    incognito: str = attrs.field(default="", validator=an_address)
    reopens: bool = True
    allowed_origins: tuple[str, ...] = attrs.field(default=(), validator=origins)
    other_origins: tuple[str, ...] = attrs.field(default=(), validator=origins)


def _frames(_: object, __: object, paths: tuple[str, ...]) -> None:
    for path in paths:
        if not all(part.strip() for part in path.split(">>>")):
            raise ValueError(f"frame must have CSS on both sides of >>>; found {path!r}")


@attrs.frozen(kw_only=True)
class Selectors:
    """What to look for on the page: standard CSS, the first that finds something visible wins.

    Attributes:
        chat_input: Where the message is written; what stands in a turn only where there is nothing else.
        send_button: What sends it.
        send_button_disabled: Found while it cannot be pressed.
        send_button_loading: Found while the message is under way.
        response_area: The text of one turn of the remote. Every turn matches, not only the last.
        user_turn: The text of one turn of the user.
        stop_button: What stops the remote; there, or not disabled, only while it writes.
        busy: Found while the remote is at work.
        finished: Found in or after a turn that is complete, and not before.
        copy_button: What copies a turn, in or after it.
        ignore: Parts of a turn that are not its text: icons, banners, labels.
        reasoning: Where the page shows what the model thinks, in a turn or beside it: it is told as that, and
            never as a part of the answer.
        error: The page's own note that it failed to answer. One that comes after the message was sent ends
            the answer at once, as an error.
        continue_button: Found when an answer stopped at the page's limit: what lets it go on.
        new_chat_button: What begins a new conversation.
        conversation_link: Links to the account's conversations, the newest first: what was sent just before
            the browser was lost is looked for behind them.
        login_username: Where the account's name is written.
        login_password: Where its password is written.
        login_button: What sends the login form.
        logged_in: Found when somebody is logged in.
        guest: Found when the page is used without an account; which is enough for a connection that has no
            credentials, and for no other.
        challenge: Found when the page wants proof of a person.
        limit_banner: Found when the account's limit is reached.
        dismiss: What closes something that lies over the page: news of a release, a cookie banner.
        file_input: The field that takes files; pages hide it.
        file_button: What opens the browser's own choice of files, or puts the field into the page, where that
            is not there before.
        file_thumbnail: What stands for one file that was added to the message. Without it nobody sees whether
            the page took a file, and the message goes without one that it did not.
        file_uploading: Found while a file is on its way.
        frame: The frame element that holds the conversation, when it is not the page itself; for a frame in
            another both, as in `#outer >>> #inner`. The inner one may be left out where there is no other.
    """

    chat_input: tuple[str, ...]
    response_area: tuple[str, ...]
    send_button: tuple[str, ...] = ()
    send_button_disabled: tuple[str, ...] = ()
    send_button_loading: tuple[str, ...] = ()
    user_turn: tuple[str, ...] = ()
    stop_button: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()
    copy_button: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    continue_button: tuple[str, ...] = ()
    new_chat_button: tuple[str, ...] = ()
    conversation_link: tuple[str, ...] = ()
    login_username: tuple[str, ...] = ()
    login_password: tuple[str, ...] = ()
    login_button: tuple[str, ...] = ()
    logged_in: tuple[str, ...] = ()
    guest: tuple[str, ...] = ()
    challenge: tuple[str, ...] = ()
    limit_banner: tuple[str, ...] = ()
    dismiss: tuple[str, ...] = ()
    file_input: tuple[str, ...] = ()
    file_button: tuple[str, ...] = ()
    file_thumbnail: tuple[str, ...] = ()
    file_uploading: tuple[str, ...] = ()
    frame: tuple[str, ...] = attrs.field(default=(), validator=_frames)


@attrs.frozen(kw_only=True)
class ModelPicker:
    """How a model is chosen on the page. Without a button or a `select` the page offers no choice.

    A model is known by the first line of what its item says, to the letter: pages offer "GLM-5.3" beside
    "GLM-5.3-Flash".

    Attributes:
        button: What opens the list of models.
        item: One model in it. Every model matches.
        select: The browser's own list, a `<select>`, where the page has its models in one: in place of a
            button and its items.
        more: What shows the rest of the list; each of several is tried until more models are there.
        locked: Found in, or as, an item that the account may not use.
        current: What shows the model in use; the button when empty.
        aliases: Names that programs know, to the page's. The connection's `model_mapping` goes over them.
    """

    button: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    aliases: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if bool(self.button) != bool(self.item):
            raise ValueError("models.button and models.item need each other")
        if self.select and (self.button or self.more):
            raise ValueError("models.select stands in place of models.button and its list; give one of them")

    @property
    def is_there(self) -> bool:
        """Whether the page lets one choose."""
        return bool(self.button or self.select)

    @property
    def shown(self) -> tuple[str, ...]:
        """What shows the model in use."""
        return self.current or self.button


def _more_than_nothing(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be more than 0 seconds; found {value:g}")


@attrs.frozen(kw_only=True)
class LoginStep:
    """One step of logging in.

    Attributes:
        action: `fill` writes *value* into *selector*, `click` clicks it, `press` presses the key *value*,
            `wait` waits for *selector*, `goto` opens the address *value*. `ask` asks the account's owner the
            question *value* and writes the answer, such as a mailed code, into *selector*; where they answer
            with a link that was mailed to them, that is opened, and what is left but waiting is left out.
        selector: A name of `Selectors`, or CSS.
        value: For `fill` the name of a credential (`username`, `password`, `token`); a question, a key or an
            address otherwise.
        seconds: How long the step may take.
    """

    action: LoginAction
    selector: str = ""
    value: str = ""
    seconds: float = attrs.field(default=15.0, validator=_more_than_nothing)

    def __attrs_post_init__(self) -> None:
        needs = {
            "fill": ("selector", "value"),
            "ask": ("selector", "value"),
            "click": ("selector",),
            "wait": ("selector",),
        }
        for name in needs.get(self.action, ("value",)):
            if not getattr(self, name):
                raise ValueError(f"a login step {self.action!r} needs {name}")
        if self.action == "goto":
            require_web("value", self.value)
        # What stands there instead may be the password itself.
        if self.action == "fill" and self.value not in _CREDENTIALS:
            raise ValueError(
                "a login step 'fill' must have the name of a credential as its value, "
                f"{' or '.join(_CREDENTIALS)}; found another text. `jackfield auth set` keeps credentials"
            )


@attrs.frozen(kw_only=True)
class Composer:
    """How a message is written and sent.

    Attributes:
        kind: `textarea` for a form field, `contenteditable` or `prosemirror` for an editor that takes keys.
        enter_sends: Whether Enter sends. Used when the Site has no send button, or it is not there two
            seconds after writing.
        new_line: The keys that begin a line without sending, in an editor.
    """

    kind: ComposerKind = "textarea"
    enter_sends: bool = True
    new_line: str = "Shift+Enter"


def _a_path(_: object, __: object, value: str) -> None:
    # What is asked there goes with the account's cookies: to another origin it must not go.
    if value and not re.match(r"/[^/\\]", value):
        raise ValueError("reading.address must be a path on the page's own origin, such as /api/chats/{id}")


def _css(_: object, __: object, value: Mapping[str, str]) -> None:
    if not value:
        return
    # What reads an answer's HTML takes other CSS than the browser does.
    import soupsieve

    for css in value:
        try:
            soupsieve.compile(css)
        except (soupsieve.SelectorSyntaxError, NotImplementedError):
            raise ValueError(f"reading.elements must name elements by CSS; found {css!r}") from None


@attrs.frozen(kw_only=True)
class Reading:
    """How an answer is read from the page.

    Attributes:
        ways: The ways to try, best first: `wire`, `observer`, `polling`.
        markdown_attribute: An attribute of the response area that holds its raw markdown.
        markdown_prefix: What stands before the markdown in that attribute.
        settle: How the text is read once more at the end: from the `page`, or through its `copy` button, for
            which the page's own clipboard function is replaced for the moment of the click; or at the
            conversation's own `address`, and where that tells nothing, as `copy` if there is such a button.
        address: Where the page's remote tells the conversation as it keeps it, for `settle`: a path on the
            page's own origin. `{id}` is the conversation, `{cookie:NAME}` what a cookie holds.
        decoder: What reads that address: the name of a decoder that the provider has.
        elements: CSS of elements that stand for others, to the names of those: `"span.bold" = "strong"`.
        continues: How often an answer is let go on by the `continue_button`, at most.
    """

    ways: tuple[ReadingWay, ...] = ("wire", "observer", "polling")
    markdown_attribute: str = ""
    markdown_prefix: str = ""
    settle: SettleWay = "page"
    address: str = attrs.field(default="", validator=_a_path)
    decoder: str = ""
    elements: Mapping[str, str] = attrs.field(factory=dict, validator=_css)
    continues: int = attrs.field(default=5, validator=at_least(0))

    def __attrs_post_init__(self) -> None:
        if not self.ways:
            raise ValueError("reading.ways must name one way at least: wire, observer or polling; found none")
        if self.settle == "address" and not (self.address and self.decoder):
            raise ValueError('reading.settle = "address" needs reading.address and reading.decoder')


@attrs.frozen(kw_only=True)
class Timing:
    """How long to wait, in seconds.

    Attributes:
        composer: For the composer to be there and enabled, its button where Enter does not send, and a
            conversation shown.
        upload: For files to be with the page's remote.
        submit: For a sign that the message was sent.
        first_token: For the first sign of an answer after sending.
        idle: For anything new while the remote works.
        total: For the whole answer.
        settle: For how long the text must stand still when the page says that it is complete.
        still: For how long it must stand still to be complete where nothing says that it is; None for never.
            A longer pause would end the answer, so any sign of its end is better.
        wire_grace: For the wire to show an answer that the page shows already.
        tick: Between two looks at the page when nothing tells that it changed; at least a second passes while
            the wire tells the answer or is to.
    """

    composer: float = attrs.field(default=15.0, validator=_more_than_nothing)
    upload: float = attrs.field(default=60.0, validator=_more_than_nothing)
    submit: float = attrs.field(default=10.0, validator=_more_than_nothing)
    first_token: float = attrs.field(default=90.0, validator=_more_than_nothing)
    idle: float = attrs.field(default=120.0, validator=_more_than_nothing)
    total: float = attrs.field(default=600.0, validator=_more_than_nothing)
    settle: float = attrs.field(default=1.2, validator=_more_than_nothing)
    still: float | None = attrs.field(default=None, validator=attrs.validators.optional(_more_than_nothing))
    wire_grace: float = attrs.field(default=1.5, validator=_more_than_nothing)
    tick: float = attrs.field(default=0.25, validator=_more_than_nothing)


@attrs.frozen(kw_only=True)
class Variant:
    """A page that some accounts have instead, told by what it shows.

    Attributes:
        name: What it is called; an answer's metadata says it, as `variant`.
        shows: CSS; what one of these finds is on this page and on none of the others.
        site: In a file, the name of a description beside it, without `.toml`; without one, what is different
            stands in this table, in the fields of a Site. What the user says otherwise goes over either.
    """

    name: str
    shows: tuple[str, ...]
    site: Site


@attrs.frozen(kw_only=True)
class Site:
    """A chat page, described.

    Attributes:
        name: What the description is called.
        version: The day on which it was last compared with the page; or, where nobody did that, the day of
            the newest report that it is made of.
        evidence: What it is made of, in words, where nobody compared it with the page.
        terms: What the page's own terms say about programs that use it, in a sentence.
        title: The page's name for people.
        base_url: What `{base_url}` stands for in addresses and wires; no slash at its end.
        addresses: Where the page is.
        selectors: What to look for on it.
        models: How a model is chosen on it.
        sources: Where each selector was seen, and when, by the selector's name (`chat_input`,
            `models.button`) or that of a part of the Site (`wires`).
        composer: How a message is written and sent.
        login: How to log in with a name and a password.
        session_cookie: The cookie that a session is known by, whose bare value is enough for a login.
        session_item: The same of local storage: the item whose bare value, a token, is enough.
        thread_in_storage: Whether it keeps its conversation in local storage, which all tabs share. Each then
            has a browser context of its own; without this, from the second on, if the first is found there.
        claims: What that token says of itself. A page may go on as a guest when its login has ended, and show
            what it shows to everybody: the token that it then has tells.
        wires: Traffic that carries the answer, best first.
        reading: How an answer is read.
        timing: How long to wait.
        variants: Pages that some accounts have instead; the first that is shown when a message is prepared
            is used, and this one where none is.
    """

    name: str
    version: dt.date
    evidence: str = ""
    terms: str = ""
    title: str = ""
    base_url: str = ""
    addresses: Addresses = attrs.field(factory=Addresses)
    selectors: Selectors
    models: ModelPicker = attrs.field(factory=ModelPicker)
    sources: Mapping[str, str] = attrs.field(factory=dict)
    composer: Composer = attrs.field(factory=Composer)
    login: tuple[LoginStep, ...] = ()
    session_cookie: str = ""
    session_item: str = ""
    thread_in_storage: bool = False
    claims: TokenClaims = attrs.field(factory=TokenClaims)
    wires: tuple[WirePattern, ...] = ()
    reading: Reading = attrs.field(factory=Reading)
    timing: Timing = attrs.field(factory=Timing)
    variants: tuple[Variant, ...] = ()

    def __attrs_post_init__(self) -> None:
        names = {*self.named_selectors(), *attrs.fields_dict(Site)}
        for name in self.sources:
            if name not in names:
                raise ValueError(f"sources has {name!r}, which is no selector. {near_names(name, names)}")
        if self.claims.is_known and not self.session_item:
            raise ValueError("claims are those of session_item; give it as well")
        if self.thread_in_storage and self.addresses.conversation:
            raise ValueError(
                "thread_in_storage is for pages that give a conversation no address; leave it out, or "
                "addresses.conversation"
            )
        by_page = self.shows_work or self.selectors.finished or self.timing.still is not None
        if not by_page and not any(wire.tells_the_end for wire in self.wires):
            raise ValueError(
                "nothing says when an answer is complete; give selectors.stop_button, selectors.busy, "
                "selectors.finished, or a wire with a rule that is done; or timing.still, where the page "
                "shows nothing of the kind"
            )

    @property
    def composers(self) -> tuple[str, ...]:
        """What finds the composer: an editor in a turn, as code is shown in, only where there is no other."""
        turns = ", ".join((*self.selectors.response_area, *self.selectors.user_turn))
        found = self.selectors.chat_input
        return (*(f":is({css}):not(:is({turns}) *)" for css in found if turns), *found)

    @property
    def shows_work(self) -> bool:
        """Whether the page shows that it is at work on an answer."""
        return bool(self.selectors.stop_button or self.selectors.busy)

    @property
    def every_wire(self) -> tuple[WirePattern, ...]:
        """Its wires and those of its variants, each once."""
        wires = [*self.wires]
        for variant in self.variants:
            wires += [one for one in variant.site.wires if one not in wires]
        return tuple(wires)

    def named_selectors(self) -> Mapping[str, tuple[str, ...]]:
        """Return every selector by the name that `sources` gives it, empty ones too."""
        named = {name: getattr(self.selectors, name) for name in attrs.fields_dict(Selectors)}
        parts = ("button", "item", "select", "more", "locked", "current")
        return named | {f"models.{part}": getattr(self.models, part) for part in parts}

    @property
    def dated(self) -> str:
        """How old it is, and how well it is attested, in words."""
        return self.evidence or f"last compared with the page on {self.version}"

    @property
    def is_incognito(self) -> bool:
        """Whether its conversations begin where the remote keeps no memory of them."""
        return self.addresses.start == self.addresses.incognito

    def incognito(self) -> Site:
        """Return this Site for conversations that the remote keeps no memory of.

        They live in their tabs only, and no button leads out of them.

        Raises:
            ConfigError: The page has no such conversations.
        """
        if not self.addresses.incognito:
            raise ConfigError(
                f"the Site {self.name!r} has no incognito conversations",
                hint="Leave the option incognito out, or describe addresses.incognito of the Site.",
            )
        return attrs.evolve(
            self,
            addresses=attrs.evolve(self.addresses, start=self.addresses.incognito, reopens=False),
            selectors=attrs.evolve(self.selectors, new_chat_button=()),
            variants=tuple(attrs.evolve(one, site=one.site.incognito()) for one in self.variants),
        )

    def conversation_id(self, url: str) -> str | None:
        """Return the conversation that an address belongs to, or None when it is none of a conversation."""
        found = self._conversation(url)
        return (found.groupdict().get("id") or found.group()) if found else None

    def conversation_address(self, url: str) -> str | None:
        """Return the part of an address that leads to a conversation, or None when it leads to none."""
        found = self._conversation(url) if self.addresses.reopens else None
        return found.group() if found else None

    def is_login_page(self, url: str) -> bool:
        """Whether an address is that of the login page, whatever its query says."""
        wanted, found = read_address(self.addresses.login), read_address(url)
        if wanted is None or found is None:
            return False
        return (wanted.origin, wanted.path) == (found.origin, found.path)

    def _conversation(self, url: str) -> re.Match[str] | None:
        # One conversation is written in one way: who names it may write an address that only leads there.
        address = read_address(url) if self.addresses.conversation else None
        return re.match(self.addresses.conversation, address.href) if address is not None else None
