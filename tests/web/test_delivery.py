"""The fate of a message, over scripted pages: it is sent once, and NOT_SENT is said of nothing that went."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jackfield import Certainty, ContractBroken
from jackfield_web.accounts._delivery import Delivery, Stage
from jackfield_web.reading._look import Look
from jackfield_web.reading._submit import evidence

SIGNS = ("mine", "count", "works", "worked", "is_carried", "has_moved")


def shown(signs: frozenset[str], written: str) -> str:
    """Return what a page proves that shows *signs* and has *written* in its composer."""
    look = Look(
        mine="mine" in signs,
        count=int("count" in signs),
        works="works" in signs,
        worked="worked" in signs,
        written=written,
    )
    carried, moved = "is_carried" in signs, "has_moved" in signs
    return evidence(look, was_at_work=False, is_carried=carried, has_moved=moved)


@attrs.define
class Page:
    """A page and its remote, as the law sees them.

    Attributes:
        reached: Whether the last press reached the page.
        taken: How many messages the remote has taken and not refused.
        signs: What the page shows of the last one.
    """

    reached: bool = False
    taken: int = 0
    signs: frozenset[str] = frozenset()


class OneDelivery(RuleBasedStateMachine):
    """A caller who does all that a delivery allows, at a page that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.delivery = Delivery()
        self.page = Page()
        self.may_send = True

    @precondition(lambda self: self.may_send and not self.delivery.may_have_gone)
    @rule(reaches=st.booleans(), takes=st.booleans(), signs=st.frozensets(st.sampled_from(SIGNS)))
    def press(self, reaches: bool, takes: bool, signs: frozenset[str]) -> None:
        """Press: the page may hear it or not, may send or not, may show it or not."""
        self.delivery.press()
        self.may_send = False
        self.page.reached = reaches
        if reaches and takes:
            self.page.taken += 1
            self.page.signs = signs

    @precondition(lambda self: self.delivery.may_have_gone)
    @rule()
    def press_again(self) -> None:
        """Whatever was seen since, what may have gone is not pressed again."""
        with pytest.raises(ContractBroken):
            self.delivery.press()

    @precondition(lambda self: self.delivery.stage is Stage.PRESSED and not self.page.reached)
    @rule()
    def miss(self) -> None:
        """The hand knows that it did not reach the page."""
        self.delivery.miss()

    @precondition(lambda self: self.delivery.stage is Stage.PRESSED)
    @rule(written=st.sampled_from(["", "the message", "a placeholder"]))
    def look(self, written: str) -> None:
        """Look at the page, whatever its composer holds."""
        if shown(self.page.signs, written):
            self.delivery.see()

    @precondition(lambda self: self.page.taken and self.delivery.may_have_gone)
    @rule(over=st.booleans())
    def answer(self, over: bool) -> None:
        """The remote answers; the message went, whether that was seen before or not."""
        (self.delivery.end if over else self.delivery.hear)()

    @precondition(lambda self: self.page.taken and self.delivery.stage in {Stage.PRESSED, Stage.EVIDENT})
    @rule()
    def refuse(self) -> None:
        """The remote says that it did nothing."""
        self.page.taken -= 1
        self.page.signs = frozenset()
        self.delivery.refuse()

    @precondition(lambda self: self.delivery.may_have_gone)
    @rule(is_told=st.booleans())
    def lose(self, is_told: bool) -> None:
        """The page is lost; where it may be looked for, the conversation is opened again."""
        if self.delivery.after_loss(is_told=is_told) != "look":
            return
        if self.page.taken:
            self.delivery.see()
        elif not self.page.signs:
            self.delivery.disprove()

    @precondition(lambda self: not self.may_send)
    @rule(renewed=st.booleans())
    def try_again(self, renewed: bool) -> None:
        """Ask whether the message may be sent anew."""
        self.may_send = self.delivery.may_renew() if renewed else self.delivery.may_try_again()

    @invariant()
    def is_sent_at_most_once(self) -> None:
        """The remote never has the message twice."""
        assert self.page.taken <= 1

    @invariant()
    def is_never_called_not_sent(self) -> None:
        """What the remote has is never called not sent, and is noted as gone the moment it is pressed."""
        if self.page.taken:
            assert self.delivery.certainty is not Certainty.NOT_SENT
            assert self.delivery.reached

    @invariant()
    def ends(self) -> None:
        """There is an end to what may be done again."""
        assert self.delivery.presses <= 3


TestOneDelivery = OneDelivery.TestCase


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("written", ["", "the message", "Write a message…"])
def test_one_sign_is_enough(sign: str, written: str) -> None:
    """One sign shows that a message went, whatever the composer holds; without any nothing does."""
    assert shown(frozenset({sign}), written)
    assert not shown(frozenset(), written)


def test_work_that_went_on_before_is_no_sign() -> None:
    """A page that was at work before the press shows nothing by being at work after it."""
    busy = Look(works=True, worked=True)

    assert evidence(busy, was_at_work=True, is_carried=False, has_moved=False) == ""


def test_what_may_have_gone_is_not_pressed() -> None:
    """Pressed once, nothing but proof makes a message ready to be pressed again."""
    delivery = Delivery()
    delivery.press()

    with pytest.raises(ContractBroken, match="must not be sent again"):
        delivery.press()
    delivery.miss()
    delivery.press()
    assert delivery.presses == 2


def test_a_sign_outweighs_a_miss() -> None:
    """A hand that is sure to have missed is not believed against what the page shows."""
    delivery = Delivery()
    delivery.press()
    delivery.see()
    delivery.miss()

    assert delivery.may_have_gone
    assert not delivery.may_try_again()


def test_what_was_seen_to_go_is_not_disproved() -> None:
    """A conversation that does not show the message proves nothing once something showed that it went."""
    delivery = Delivery()
    delivery.press()
    delivery.see()

    assert not delivery.disprove()
    assert delivery.certainty is Certainty.UNKNOWN


def test_what_may_have_gone_unseen_is_not_disproved() -> None:
    """A remote that keeps messages with their answers may have one that left in a code of the page's own."""
    delivery = Delivery()
    delivery.press()
    delivery.is_veiled = True

    assert not delivery.disprove()
    assert delivery.certainty is Certainty.UNKNOWN


def test_an_answer_that_began_is_not_refused() -> None:
    """Who has said something of the answer has acted, whatever is said later."""
    delivery = Delivery()
    delivery.press()
    delivery.hear()
    delivery.refuse()

    assert delivery.certainty is Certainty.STARTED


@pytest.mark.parametrize("hears", [True, False])
def test_to_stop_a_page_shows_no_answer(hears: bool) -> None:
    """That the page was made to stop says nothing of the remote; what was told of its answer does."""
    delivery = Delivery()
    delivery.press()
    delivery.see()
    if hears:
        delivery.hear()
    delivery.end()

    assert delivery.certainty is (Certainty.STARTED if hears else Certainty.UNKNOWN)


def test_each_again_is_allowed_once() -> None:
    """A message that was missed is tried once more, and sent once more after one renewed login."""
    delivery = Delivery()

    assert [delivery.may_try_again() for _ in range(2)] == [True, False]
    assert [delivery.may_renew() for _ in range(2)] == [True, False]


def test_losses_are_bounded() -> None:
    """A page that is lost again and again is looked at twice, and then no more."""
    delivery = Delivery.of_earlier()

    assert [delivery.after_loss(is_told=told) for told in (False, True, True)] == ["look", "read", "nothing"]
