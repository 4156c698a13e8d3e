"""A secret leaves through `reveal` and nowhere else."""

from __future__ import annotations

import base64
import copy
import gc
import html
import io
import json
import os
import pickle
import re
import string
import threading
import traceback
from typing import Any
from urllib.parse import quote, quote_plus

import attrs
import cattrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import AuthenticationRequired, ConfigError, ProviderContext, Secret, _secrets, redact
from jackfield._secrets import MASK, _living, redacted
from jackfield._values import frozen_mapping

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=8, max_size=40)


def test_reveal_is_the_door(key: Secret) -> None:
    """`reveal` gives the value, without the white space that a paste brings along."""
    assert Secret(f" {key.reveal()}\r\n").reveal() == key.reveal()
    assert Secret(key).reveal() == key.reveal()


def print_to_text(thing: object) -> str:
    stream = io.StringIO()
    print(thing, [thing], file=stream)
    return stream.getvalue()


SHOWING: dict[str, Any] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda secret: format(secret, ">40"),
    "percent": lambda secret: "%s %r %a" % (secret, secret, secret),  # noqa: UP031
    "f-string": lambda secret: f"{secret} {secret!r} {secret!s} {secret:.3}",
    "str.format": "{0} {0!r} {0.__class__} {0:x}".format,
    "template": lambda secret: string.Template("$key").substitute(key=secret),
    "join of reprs": lambda secret: repr({"key": [secret], "more": (secret, {"inner": secret})}),
    "json with default": lambda secret: json.dumps({"key": secret}, default=str),
    "print": print_to_text,
    "dir": lambda secret: repr(dir(secret)),
    "doc": lambda secret: repr(secret.__doc__),
    "exception": lambda secret: repr(ValueError(secret)) + str(KeyError(secret)),
    "context": lambda secret: repr(ProviderContext("p", "token", {"token": secret})),
    "attrs.asdict": lambda secret: repr(attrs.asdict(ProviderContext("p", "token", {"token": secret}))),
    "attrs.astuple": lambda secret: repr(attrs.astuple(ProviderContext("p", "token", {"token": secret}))),
    "cattrs": lambda secret: repr(cattrs.unstructure(ProviderContext("p", "token", {"token": secret}))),
}


@pytest.mark.parametrize("show", SHOWING.values(), ids=SHOWING)
def test_no_way_of_printing_shows_it(key: Secret, show: Any) -> None:
    """No way of printing a secret, alone or inside something, shows it."""
    assert key.reveal() not in show(key)


TAKING: dict[str, Any] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of a dict": lambda secret: copy.deepcopy({"key": secret}),
    "hash": hash,
    "as a key": lambda secret: {secret: 1},
    "json": json.dumps,
    "vars": vars,
    "iter": iter,
    "len": len,
    "add": lambda secret: secret + "",
    "radd": lambda secret: "" + secret,
    "index": lambda secret: secret[0],
    "encode": lambda secret: secret.encode(),
    "pickle of a list": lambda secret: pickle.dumps([secret]),
    "reduce of object": lambda secret: object.__reduce_ex__(secret, 4),
    "getstate": lambda secret: secret.__getstate__(),
    **{
        f"pickle {number}": lambda secret, number=number: pickle.dumps(secret, number)
        for number in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("take", TAKING.values(), ids=TAKING)
def test_no_way_of_taking_it_along(key: Secret, take: Any) -> None:
    """A secret cannot be copied, pickled, hashed, cut or added to; trying tells the type, not the value."""
    with pytest.raises((TypeError, AttributeError)) as caught:
        take(key)

    assert key.reveal() not in str(caught.value)


@given(st.text(), st.text())
def test_equality(one: str, two: str) -> None:
    """Secrets compare by value; a secret never equals a plain string."""
    assert (Secret(one) == Secret(two)) == (one.strip() == two.strip())
    assert Secret(one) != one.strip()
    assert bool(Secret(one)) == bool(one.strip())


@pytest.mark.parametrize("value", [None, 5, b"bytes", ["x"]])
def test_only_text(value: Any) -> None:
    """A secret is text; anything else is a TypeError that does not repeat it."""
    with pytest.raises(TypeError, match=f"not {type(value).__name__}$"):
        Secret(value)


def test_tracebacks_with_locals(key: Secret) -> None:
    """A traceback that prints local variables shows a mask."""

    def fail(token: Secret) -> None:
        raise ConfigError("it went wrong")

    try:
        fail(key)
    except ConfigError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert MASK in text
    assert key.reveal() not in text


@given(PRINTABLE, st.text(), st.text())
def test_redact(value: str, before: str, after: str) -> None:
    """Every living secret of 8 characters or more is masked, wherever it stands and however it is written."""
    secret = Secret(value)
    value = secret.reveal()
    forms = [value, quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value), repr(value)]
    forms += [
        html.escape(value),
        json.dumps(value).replace("/", "\\/"),
        json.dumps(value, ensure_ascii=False),
    ]
    forms.append(re.sub("%..", lambda found: found[0].lower(), quote(value, safe="")))
    for form in forms:
        assert (form in redact(f"{before}{form}{after}")) == (len(value) < 8)


@given(PRINTABLE, st.binary(max_size=5), st.binary(max_size=5))
def test_redact_base64(value: str, before: bytes, after: bytes) -> None:
    """A secret inside a base64 text is masked at any offset; Basic credentials are one."""
    secret = Secret(value)
    raw = secret.reveal().encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        redacted = redact(encode(before + raw + after).decode())

        assert MASK in redacted or len(secret.reveal()) < 8


def test_redact_the_longer_first() -> None:
    """Of two secrets that begin alike, no end of the longer one is left standing."""
    short, long = Secret("abcdefgh-1"), Secret("abcdefgh-1-and-the-rest")

    assert redact("key=abcdefgh-1-and-the-rest;") == f"key={MASK};"
    assert short != long


def test_redact_all_that_overlaps() -> None:
    """Where two secrets overlap in a text, nothing of either is left standing."""
    kept = [Secret("wABCDEFG"), Secret("ABCDEFGHIJKL"), Secret("IJKL-and-more")]

    assert redact("<wABCDEFGHIJKL-and-more>") == f"<{MASK}>"
    assert redact("wABCDEFGwABCDEFG") == MASK * 2
    kept.append(Secret("around wABCDEFG and more"))
    assert redact("<around wABCDEFG and more>") == f"<{MASK}>"
    assert kept


@pytest.fixture
def crowd() -> list[Secret]:
    """A thousand living secrets."""
    return [Secret(f"sk-{number:032d}-{os.urandom(4).hex()}") for number in range(1000)]


@given(PRINTABLE, st.text(), st.text())
def test_redact_in_a_crowd(crowd: list[Secret], value: str, before: str, after: str) -> None:
    """Among a thousand secrets each is found as it is when it is the only one."""
    test_redact.hypothesis.inner_test(value, before, after)  # type: ignore[attr-defined]

    assert redact(f"{before}{crowd[500].reveal()}{after}").count(MASK) >= 1


class CountingText(str):
    """A text that counts how often it is looked at."""

    looks = 0
    __slots__ = ()

    def find(self, *given: Any) -> int:
        CountingText.looks += 1
        return super().find(*given)

    def __getitem__(self, key: Any) -> str:
        CountingText.looks += 1
        return super().__getitem__(key)


def test_what_redacting_costs() -> None:
    """However many secrets live, a text is looked at once for each of its characters, about."""
    text, looks = CountingText("request.finished with some text of usual length " * 4), []
    kept = []
    for number in (1, 9, 90, 900, 9000):
        kept += [Secret(f"sk-{len(kept) + more:032d}") for more in range(number)]
        CountingText.looks = 0
        assert redact(text) is text
        looks.append(CountingText.looks)

    assert max(looks) <= 2 * len(text)


def test_the_books_are_kept_when_secrets_come_and_go() -> None:
    """Of secrets that come and go in several threads at once, the dropped are forgotten, the kept found."""
    gc.collect()
    redact("")
    before = dict(_secrets._forms)
    kept: list[Secret] = []

    def churn(name: int) -> None:
        for number in range(300):
            one, same = Secret(f"shared-secret-{number}"), Secret(f"shared-secret-{number}")
            cycle: list[Any] = [one, Secret(f"of thread {name} number {number}")]
            cycle.append(cycle)
            if number % 100 == 0:
                kept.append(same)

    threads = [threading.Thread(target=churn, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()

    assert redact("a shared-secret-200 and shared-secret-201") == f"a {MASK} and shared-secret-201"
    kept.clear()
    gc.collect()
    assert before == _secrets._forms
    assert not [forms for forms in _secrets._by_beginning.values() if not forms]


LOOSE: dict[str, Any] = {
    "text": lambda key: key,
    "in a text": lambda key: f"the key is {key}.",
    "value": lambda key: {"a": {"b": [1, None, {"c": key}]}},
    "name": lambda key: {key: 1},
    "tuple": lambda key: ("a", [key]),
    "set": lambda key: {key, "b"},
    "frozen": lambda key: frozen_mapping({"a": key}),
}


@pytest.mark.parametrize("make", LOOSE.values(), ids=LOOSE)
def test_redacted(key: Secret, make: Any) -> None:
    """A secret is masked wherever it stands in what a provider tells; what holds none is itself."""
    loose = make(key.reveal())
    told = redacted(loose)

    assert key.reveal() not in repr(told)
    assert MASK in repr(told)
    assert isinstance(told, type(loose))
    clean = make("nothing")
    assert redacted(clean) is clean


def test_redacted_leaves_what_is_no_text(key: Secret) -> None:
    """Numbers, None, bytes and secrets themselves stay; what is nested without end is cut, not a fault."""
    values = [1, 2.5, None, True, b"bytes", key]
    assert redacted(values) is values

    endless: list[Any] = [key.reveal()]
    endless.append(endless)
    assert redacted(endless)[0] == MASK


def test_errors_hold_no_secret(key: Secret) -> None:
    """An error holds no secret in text, hint or arguments: a provider repeats what its remote said."""
    error = AuthenticationRequired(f"{key.reveal()} is refused", hint=f"Is {key.reveal()} right?")

    assert key.reveal() not in f"{error} {error!r} {error.args} {error.message} {error.hint}"
    assert str(error) == f"{MASK} is refused. Is {MASK} right?"


def test_names_of_variables_are_told() -> None:
    """The name of an environment variable that stands for a secret is none, and errors may tell it."""
    context = ProviderContext("p", "env", {"token": "MY_OWN_VARIABLE"})

    assert context.secret("token").reveal() == "MY_OWN_VARIABLE"
    assert redact("MY_OWN_VARIABLE is not set") == "MY_OWN_VARIABLE is not set"


def test_short_secrets_are_not_redacted() -> None:
    """A secret of under 8 characters is not looked for: it would mask ordinary words."""
    secret = Secret("hello")

    assert redact("hello world") == "hello world"
    assert secret


def test_forgotten_when_dropped(key: Secret) -> None:
    """A secret that nobody holds is forgotten, so nothing is kept alive for the sake of masking it."""
    gc.collect()
    before = len(_living)
    dropped = Secret(key.reveal() + "-dropped")
    assert len(_living) == before + 1

    del dropped
    gc.collect()

    assert len(_living) == before


def test_context_refuses_unknown_auth_types(key: Secret) -> None:
    """A wrong auth type is told with the near names, and the credentials are not repeated."""
    with pytest.raises(ConfigError, match="Did you mean 'token'") as caught:
        ProviderContext("p", "tokn", {"token": key.reveal()})

    assert key.reveal() not in str(caught.value)


def test_context_of_no_kind() -> None:
    """A context for a provider that needs none is told to be left out; its spec alone says `none`."""
    with pytest.raises(ConfigError, match=r"holds nothing.*leave it out"):
        ProviderContext("p", "none")


def test_context_knows_what_is_missing() -> None:
    """A context tells which of its auth type's credentials are missing or empty."""
    assert ProviderContext("p", "username_password", {"username": "ada", "password": " "}).missing == (
        "password",
    )
    assert ProviderContext("p", "token", {"token": "t"}).missing == ()
    assert ProviderContext("p", "custom", {}).missing == ()


def test_context_by_its_other_name() -> None:
    """`provider_name=` is `provider=` by another name; one of them is given, and both can be read."""
    given: dict[str, Any] = {"auth_type": "token", "credentials": {"token": "t"}}
    context = ProviderContext(provider_name="p", **given)

    assert context == ProviderContext("p", **given) == ProviderContext(provider="p", **given)
    assert (context.provider, context.provider_name) == ("p", "p")
    assert attrs.evolve(context, connection="work").provider_name == "p"
    for named in ({}, {"provider": "p", "provider_name": "p"}):
        with pytest.raises(TypeError, match=r"names one provider: provider=…, or provider_name=…"):
            ProviderContext(**named, **given)


COOKIES: dict[str, Any] = {
    "list": lambda key: [{"name": "session", "value": key, "domain": ".example.com"}],
    "secret": lambda key: ({"name": "session", "value": Secret(key)},),
    "mapping": lambda key: {"session": key},
    "frozen": lambda key: [frozen_mapping({"name": "session", "value": key})],
    "storage state": lambda key: {
        "cookies": [],
        "origins": [{"origin": "https://a", "localStorage": [{"name": "t", "value": key}]}],
    },
}


@pytest.mark.parametrize("form", COOKIES.values(), ids=COOKIES)
def test_cookies_as_data(key: Secret, form: Any) -> None:
    """Cookies may be data; each value is masked for as long as the context lives, and the names are not."""
    text = f"{key.reveal()}-of-a-cookie"
    context = ProviderContext("p", "cookies", {"cookies": form(text)})
    context = attrs.evolve(context, connection="work")
    gc.collect()

    assert text in json.dumps(json.loads(context.secret("cookies").reveal()))
    assert redact(f"session={text} of .example.com") == f"session={MASK} of .example.com"
    assert text not in repr(context)


LOOP: list[dict[str, Any]] = [{"name": "session"}]
LOOP[0]["value"] = LOOP


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ({"token": [{"value": "canary-7f3a9"}]}, "the credential 'token' must be text; found list"),
        ({"token": 5}, "the credential 'token' must be text; found a whole number"),
        (
            {"cookies": ["canary-7f3a9"]},
            "'cookies' must be text, a list of mappings or a mapping; found list",
        ),
        ({"cookies": b"canary-7f3a9"}, "must be text, a list of mappings or a mapping; found bytes"),
        ({"cookies": [{"value": b"canary-7f3a9"}]}, "a cookie holds texts and numbers, not bytes"),
        ({"cookies": LOOP}, "they hold themselves"),
        ("canary-7f3a9", "credentials must be a mapping of names to secrets; found text"),
    ],
)
def test_credentials_of_no_form(credentials: Any, told: str) -> None:
    """What cannot be a credential is told by its name and kind, never by its value."""
    with pytest.raises(TypeError, match=told) as caught:
        ProviderContext("p", "cookies", credentials)

    assert "canary" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("later", range(24))
def test_secrets_that_the_collector_drops_meanwhile(later: int) -> None:
    """A secret may go at any allocation, in the middle of looking for the others too."""
    kept = [Secret(f"kept-secret-{number}") for number in range(12)]
    threshold = gc.get_threshold()
    gc.collect()
    gc.disable()
    try:
        for number in range(40):
            ring: list[Any] = [Secret(f"lost-secret-{number}")]
            ring.append(ring)
        del ring
        gc.set_threshold(gc.get_count()[0] + later)
        gc.enable()
        found = redact(f"here is {kept[3].reveal()} and nothing else")
    finally:
        gc.enable()
        gc.set_threshold(*threshold)

    assert found == f"here is {MASK} and nothing else"
