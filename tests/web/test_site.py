"""A Site is data: read strictly, overridden field by field, and wrong in words that help."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Capability, ConfigError
from jackfield_web import capabilities_of
from jackfield_web.site import Selectors, Site, WirePattern, build_site, load_site

MINIMAL: dict[str, Any] = {
    "name": "page",
    "version": "2026-11-23",
    "base_url": "http://127.0.0.1:7860/",
    "selectors": {"chat_input": "textarea", "response_area": [".bot"], "stop_button": ".stop"},
}
SHIPPED = Path(__file__).parents[2] / "plugins/custom_web/src/jackfield_custom_web/sites"


def refused(**changes: Any) -> str:
    """Return what is said about MINIMAL with *changes*."""
    with pytest.raises(ConfigError) as caught:
        build_site(MINIMAL, changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "browser_s"),
    [
        ("https://Chat.Example:443/", "https://chat.example"),
        (" https:\\\\chat.example", "https://chat.example"),
        ("https://m\u00fcnchen.example/App x", "https://xn--mnchen-3ya.example/App%20x"),
    ],
)
def test_a_base_address_is_what_the_browser_makes_of_it(base_url: str, browser_s: str) -> None:
    """Pages and requests are told by the address that the browser gives them, however it was given."""
    site = build_site(
        MINIMAL,
        {
            "base_url": base_url,
            "addresses": {"conversation": "{base_url}/c/(?P<id>[a-z]+)"},
            "wires": [{"url": "{base_url}/stream", "kind": "none"}],
        },
    )

    assert (site.base_url, site.addresses.start) == (browser_s, f"{browser_s}/")
    assert site.conversation_id(f"{browser_s}/c/abc") == "abc"
    assert site.wires[0].matches(f"{browser_s}/stream", "POST")


@pytest.mark.parametrize(
    ("handle", "address"),
    [
        ("http://127.0.0.1:7860/c/ab\tc", "http://127.0.0.1:7860/c/abc"),
        ("http:\\\\127.1:7860\\c\\abc", "http://127.0.0.1:7860/c/abc"),
        ("http://127.0.0.1:7860/c/x/../abc", "http://127.0.0.1:7860/c/abc"),
        ("http://127.0.0.1:7860/c/..", None),
        ("http://127.0.0.1:7860/c/..\\settings", None),
        ("http://127.0.0.1:7860\\@evil.test/c/abc", None),
        ("/c/abc", None),
    ],
)
def test_a_conversation_is_where_its_address_leads(handle: str, address: str | None) -> None:
    """Two ways to write one are one conversation, and what only looks like one leads elsewhere."""
    addresses = {"conversation": "{base_url}/c/(?P<id>[^/?#]+)"}

    assert build_site(MINIMAL, {"addresses": addresses}).conversation_address(handle) == address


def test_few_fields_make_a_site() -> None:
    """A name, a day, where to write, where to read and what says when it is over are enough."""
    site = build_site(MINIMAL)

    assert site.version == dt.date(2026, 11, 23)
    assert site.selectors.chat_input == ("textarea",)
    assert site.addresses.start == "http://127.0.0.1:7860/"


def test_toml_is_read() -> None:
    """TOML with a day, tables and arrays of tables becomes the same Site as a mapping."""
    text = """
        name = "page"
        version = 2026-11-23
        base_url = "http://127.0.0.1:7860"
        [selectors]
        chat_input = "textarea"
        response_area = [".bot"]
        stop_button = ".stop"
    """

    assert load_site(text) == build_site(MINIMAL)


def test_overrides_merge_tables_and_replace_lists() -> None:
    """What the user says replaces a value or a list of selectors, and leaves the table's other fields."""
    site = build_site(MINIMAL, {"selectors": {"response_area": ".answer"}, "timing": {"idle": 3}})

    assert site.selectors.response_area == (".answer",)
    assert site.selectors.chat_input == ("textarea",)
    assert site.timing.idle == 3.0


@given(st.sampled_from([field.name for field in attrs.fields(Selectors)]))
def test_every_selector_can_be_overridden(name: str) -> None:
    """No selector is out of the user's reach, as one text or as several."""
    site = build_site(MINIMAL, {"selectors": {name: ["#first", "#second"]}})

    assert getattr(site.selectors, name) == ("#first", "#second")


def test_the_base_address_takes_its_places() -> None:
    """`{base_url}` is filled into addresses as it is, and into patterns with its dots meant as dots."""
    site = build_site(
        MINIMAL,
        {
            "addresses": {"login": "{base_url}/login", "conversation": "{base_url}/c/(?P<id>[a-z]+)"},
            "wires": [{"url": "{base_url}/stream", "kind": "ndjson", "rules": [{"text": "t", "done": True}]}],
            "login": [{"action": "goto", "value": "{base_url}/in"}],
        },
    )

    assert site.addresses.login == "http://127.0.0.1:7860/login"
    assert site.login[0].value == "http://127.0.0.1:7860/in"
    assert site.conversation_id("http://127.0.0.1:7860/c/abc?x=1") == "abc"
    assert site.conversation_address("http://127.0.0.1:7860/c/abc?token=1") == "http://127.0.0.1:7860/c/abc"
    assert site.conversation_id("http://127a0.0.1:7860/c/abc") is None
    assert not site.wires[0].matches("http://127a0.0.1:7860/stream")


def test_all_faults_are_told_with_their_paths() -> None:
    """Every wrong field is named by its path, with what was found, in one error."""
    told = refused(
        selectors={"send_buton": "x"},
        timing={"idle": "3", "total": 0},
        composer={"kind": "textara"},
        wires=[{"url": "(", "kind": "ndjson"}],
        login=[{"action": "fill"}],
    )

    assert "site.selectors has no field 'send_buton'. Did you mean 'send_button'" in told
    assert "site.timing.idle must be a number; found '3'" in told
    assert "site.composer.kind cannot be 'textara'. Did you mean 'textarea'?" in told
    assert "site.wires[0] url must be a regular expression" in told
    assert "site.login[0] a login step 'fill' needs selector" in told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"timing": {"idle": 0}}, "idle must be more than 0 seconds; found 0"),
        ({"timing": {"idle": float("nan")}}, "must be a number; found nan"),
        (
            {"selectors": {"chat_input": 3}},
            "site.selectors.chat_input must be text or a list of texts; found 3",
        ),
        ({"selectors": {"chat_input": [""]}}, "must be text or a list of texts"),
        (
            {"composer": {"enter_sends": "yes"}},
            "site.composer.enter_sends must be true or false; found 'yes'",
        ),
        ({"version": 20261123}, "site.version must be a day such as 2026-11-23; found 20261123"),
        ({"base_url": "127.0.0.1"}, "site.base_url must be an http or https address; found '127.0.0.1'"),
        ({"base_url": ""}, "site needs base_url, the address of the page"),
        ({"sources": {"chat_inpt": "seen"}}, "sources has 'chat_inpt', which is no selector. Did you mean"),
        ({"selectors": {"stop_button": []}}, "nothing says when an answer is complete"),
        (
            {"thread_in_storage": True, "addresses": {"conversation": "https://x/c/"}},
            "thread_in_storage is for pages that give a conversation no address",
        ),
        ({"wires": [{"url": "x", "kind": "ndjson"}]}, "a wire with the decoder 'rules' needs rules"),
        ({"models": {"button": "#models"}}, "site.models models.button and models.item need each other"),
        (
            {"sources": {"models.buton": "seen"}},
            "sources has 'models.buton', which is no selector. Did you mean",
        ),
        ({"login": [{"action": "ask", "value": "Which code?"}]}, "a login step 'ask' needs selector"),
        ({"reading": {"settle": "address"}}, "needs reading.address and reading.decoder"),
        ({"reading": {"address": "https://x/y"}}, "must be a path on the page's own origin"),
        ({"reading": {"address": "//x/y"}}, "must be a path on the page's own origin"),
        ({"reading": {"address": "/\\x"}}, "must be a path on the page's own origin"),
        ({"reading": {"elements": {"[[": "b"}}}, "reading.elements must name elements by CSS; found '[['"),
        ({"reading": {"ways": "wire"}}, "site.reading.ways must be a list; found 'wire'"),
        ({"reading": {"ways": []}}, "reading.ways must name one way at least: wire, observer or polling"),
        ({"reading": {"continues": -1}}, "site.reading continues must be 0 or more"),
        ({"wires": {"url": "x"}}, "site.wires must be a list; a table in one is written with two pairs of"),
        (
            {"variants": {"name": "x"}},
            "site.variants must be a list; a table in one is written with two pairs",
        ),
        ({"wires": [{"url": "", "kind": "none"}]}, "site.wires[0] url must be a regular expression that"),
        (
            {"wires": [{"url": "x", "kind": "none", "again_within": -1}]},
            "site.wires[0] again_within must be 0 or more",
        ),
        (
            {"wires": [{"url": "x", "kind": "none", "conversation": "chats[0].id"}]},
            "site.wires[0] conversation must be a dotted path, such as 'chats.0.id'; found 'chats[0].id'",
        ),
        (
            {"wires": [{"url": "x", "kind": "json", "rules": [{}]}]},
            "site.wires[0].rules[0] a rule must say what",
        ),
        (
            {"wires": [{"url": "x", "kind": "json", "rules": [{"text": "choices[0].text"}]}]},
            "site.wires[0].rules[0] text must be a dotted path, such as 'choices.0.text'",
        ),
        (
            {"wires": [{"url": "x", "kind": "json", "rules": [{"when": {"[0].t": 1}, "done": True}]}]},
            "site.wires[0].rules[0] when must be a dotted path, such as '0.t'; found '[0].t'",
        ),
        (
            {"selectors": {"frame": "iframe >>>"}},
            "frame must have CSS on both sides of >>>; found 'iframe >>>'",
        ),
        ({"selectors": "textarea"}, "site.selectors is not of the expected form"),
    ],
)
def test_a_wrong_field_is_told(changes: dict[str, Any], told: str) -> None:
    """Each kind of mistake is told in words that name the field and what it must be."""
    assert told in refused(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"base_url": "http://me:s3cret@host"}, "site.base_url must have no user and password in it"),
        ({"base_url": "http://me:s3cret@host"}, "'http://host/'. Give them as the option `http_credentials`"),
        ({"base_url": "http:s3cret@host"}, "site.base_url must have no user and password in it"),
        (
            {"base_url": "htp://me:s3cret@host"},
            "base_url must be an http or https address; found 'htp://host'",
        ),
        (
            {"base_url": "me:s3cret@host:9/x"},
            "base_url must be an http or https address; found one that cannot",
        ),
        (
            {"base_url": "http://host/a?key=s3cret"},
            "no query and no fragment; found one after http://host/a.",
        ),
        ({"base_url": "http://host/a#s3cret"}, "no query and no fragment; found one after http://host/a."),
        (
            {"addresses": {"start": "/?key=s3cret"}},
            "addresses start must be an http or https address; found '/'",
        ),
        (
            {"addresses": {"start": "{base-url}/"}},
            "start must be an http or https address; found '{base-url}/'",
        ),
        ({"addresses": {"start": "file:///etc/x"}}, "start must be an http or https address; found 'file:"),
        ({"addresses": {"login": "https://me:s3cret@host/"}}, "login must have no user and password in it"),
        ({"addresses": {"incognito": "x"}}, "incognito must be an http or https address; found 'x'"),
        (
            {"addresses": {"allowed_origins": ["https://a.b", "http://me:s3cret@host/x?s3cret"]}},
            "[1] must be an o",
        ),
        (
            {"addresses": {"other_origins": ["example.org"]}},
            "other_origins[0] must be an origin, such as https:",
        ),
        (
            {"login": [{"action": "goto", "value": "/in"}]},
            "site.login[0] value must be an http or https address",
        ),
        (
            {"login": [{"action": "fill", "selector": "#x", "value": "s3cret"}]},
            "site.login[0] a login step 'fill' must have the name of a credential as its value, username or",
        ),
    ],
)
def test_what_may_hold_a_secret_is_told_without_it(changes: dict[str, Any], told: str) -> None:
    """Addresses are of the web and without a user, credentials are named; what is found is not quoted."""
    said = refused(**changes)

    assert told in said
    assert "s3cret" not in said


def test_a_missing_field_is_told() -> None:
    """A Site without a composer is refused by the name of what it lacks."""
    with pytest.raises(ConfigError, match=r"mine\.selectors\.chat_input is missing"):
        build_site({**MINIMAL, "selectors": {"response_area": "a", "busy": "b"}}, where="mine")


def test_text_that_is_no_toml_is_told() -> None:
    """A syntax error is ours, with the place that the TOML reader names."""
    with pytest.raises(ConfigError, match=r"site is not TOML: .*line 2"):
        load_site("\nname = ?")


@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1), st.integers() | st.text(), max_size=4))
def test_any_data_is_a_site_or_a_config_error(data: dict[str, Any]) -> None:
    """Whatever stands in a file, reading it ends in a Site or in a ConfigError."""
    try:
        built = build_site({**MINIMAL, "selectors": data, "timing": data})
    except ConfigError:
        return
    assert isinstance(built, Site)


def test_what_a_page_can_do_is_told_of_its_site() -> None:
    """What a page can do, files and models and stopping, is what the Site describes, and nothing else."""
    bare = capabilities_of(build_site(MINIMAL, {"selectors": {"stop_button": [], "busy": ".busy"}}))
    full = capabilities_of(
        build_site(
            MINIMAL,
            {
                "addresses": {"conversation": "{base_url}/c/(?P<id>.+)"},
                "selectors": {"file_input": "#files"},
                "models": {"button": "#models", "item": ".model"},
                "wires": [{"url": "x", "kind": "none"}],
            },
        )
    )

    assert bare == {Capability.TEXT_DELTAS, Capability.CONVERSATIONS}
    assert full - bare == {
        Capability.ATTACH,
        Capability.FILES,
        Capability.IMAGES,
        Capability.MODELS,
        Capability.REASONING,
        Capability.STOP,
    }


def test_incognito_conversations_live_in_their_tab() -> None:
    """An incognito Site begins elsewhere, has no address to come back to, and no button that leads out."""
    addresses = {"incognito": "{base_url}/?private", "conversation": "{base_url}/c/(?P<id>.+)"}
    site = build_site(MINIMAL, {"addresses": addresses, "selectors": {"new_chat_button": "#new"}})
    hidden = site.incognito()

    assert (site.is_incognito, hidden.is_incognito) == (False, True)
    assert hidden.addresses.start == "http://127.0.0.1:7860/?private"
    assert hidden.conversation_address("http://127.0.0.1:7860/c/1") is None
    assert hidden.conversation_id("http://127.0.0.1:7860/c/1") == "1"
    assert hidden.selectors.new_chat_button == ()


def test_a_wire_matches_by_address_and_method() -> None:
    """A pattern is searched in the address; a method that it names must be the request's."""
    wire = WirePattern(url=r"/completion$", method="post", kind="none")

    assert wire.matches("https://x/api/completion", "POST")
    assert not wire.matches("https://x/api/completion", "GET")
    assert not wire.matches("https://x/api/completion/2", "POST")


OTHER = {"name": "other", "shows": ".other", "selectors": {"send_button": "#there"}}


def with_variants(*variants: Any, overrides: Any = None, beside: Any = None) -> Site:
    return build_site({**MINIMAL, "variants": [*variants]}, overrides, beside=beside)


def test_a_variant_is_the_site_but_for_what_it_says() -> None:
    """A variant's own table goes over the Site's, and what the user says over both."""
    (variant,) = with_variants(OTHER).variants
    assert (variant.name, variant.shows) == ("other", (".other",))
    assert variant.site.selectors.send_button == ("#there",)
    assert variant.site.selectors.chat_input == build_site(MINIMAL).selectors.chat_input

    said = with_variants(OTHER, overrides={"selectors": {"send_button": "#mine"}})
    assert said.selectors.send_button == said.variants[0].site.selectors.send_button == ("#mine",)


def test_a_variant_may_be_a_description_beside() -> None:
    """A variant that names another description is that one, at the address of this."""
    beside = {
        **MINIMAL,
        "name": "older",
        "base_url": "http://elsewhere",
        "selectors": {**MINIMAL["selectors"], "busy": ".b"},
    }
    wires = [{"url": "/old$", "kind": "text"}]
    site = with_variants(
        {"name": "older", "shows": [".a", ".b"], "site": "page-2026-08"},
        beside={"page-2026-08": {**beside, "wires": wires}}.__getitem__,
    )

    (variant,) = site.variants
    assert (variant.site.name, variant.site.selectors.busy) == ("older", (".b",))
    assert variant.site.base_url == site.base_url
    assert [wire.url for wire in site.every_wire] == ["/old$"]


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ({"name": "x"}, r"site.variants\[0\] needs shows"),
        ({}, r"site.variants\[0\] needs name and shows"),
        ({"name": "x", "shows": 3}, r"site.variants\[0\].shows must be text or a list"),
        ({"name": "x", "shows": "a", "site": "y"}, "lies in no folder"),
        ({**OTHER, "selectors": {"send_buton": "x"}}, r"site.variants\[0\].selectors has no field"),
        ("x", "variants is not of the expected form"),
    ],
)
def test_a_wrong_variant_is_told(variant: Any, told: str) -> None:
    """Each mistake in a variant is told with its place."""
    with pytest.raises(ConfigError, match=told):
        with_variants(variant)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_described_site_loads(path: Path) -> None:
    """A Site that comes with the distribution needs nothing but an address, and says where it was seen."""
    site = load_site(path.read_text("utf-8"), {"base_url": "http://127.0.0.1:9"})

    used = {field.name for field in attrs.fields(Selectors) if getattr(site.selectors, field.name)}
    assert site.name == path.stem
    assert used == set(site.sources)


def test_four_sites_are_described() -> None:
    """Gradio, Chainlit, Streamlit and Open WebUI come with the distribution."""
    assert {path.stem for path in SHIPPED.glob("*.toml")} == {"chainlit", "gradio", "openwebui", "streamlit"}


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://chat.example/api/chat", True),
        ("https://chat.example/api/chat?stream=1", True),
        ("https://chat.example/api/chat#now", True),
        ("https://stats.example/b?u=https://chat.example/api/chat", False),
        ("https://stats.example/b#/api/chat", False),
    ],
)
def test_an_address_in_a_query_is_not_the_wire(url: str, fits: bool) -> None:
    """A beacon that tells where it was sent from is not what it tells of."""
    assert WirePattern(url="/api/chat", kind="none").matches(url) is fits


def test_a_whole_address_begins_at_the_beginning() -> None:
    """An address in another's path is not that address."""
    wire = WirePattern(url="https://chat.example/api/chat$", kind="none")

    assert wire.matches("https://chat.example/api/chat")
    assert not wire.matches("https://proxy.example/https://chat.example/api/chat")
