"""When an answer on a page is complete, and when waiting for it is in vain. Time is a number here."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import Certainty, ChallengeRequired, QuotaExhausted, RunTimeout
from jackfield_web.reading._failing import Patience
from jackfield_web.reading._look import Completion, Look
from jackfield_web.site import Timing

TEXT: list[Any] = [{"markdown": "text"}]
TIMING = Timing(first_token=10, idle=20, total=100)


def verdicts(
    *looks: tuple[float, Look],
    in_flight: bool = False,
    is_found: bool = False,
    still: float | None = None,
) -> list[bool]:
    """Return what is said after each of *looks*, which come with their time."""
    completion = Completion(1.2, still=still)
    return [
        completion.is_complete(look, now=now, in_flight=in_flight, is_found=is_found) for now, look in looks
    ]


def shown(**signs: Any) -> Look:
    """Return a look at a page that shows an answer."""
    return Look(count=1, mine=True, **signs)


@pytest.mark.parametrize("sign", ["finished", "worked"])
def test_a_sign_and_a_still_text_complete_an_answer(sign: str) -> None:
    """A finish mark, or a stop button that was there and went, completes after 1.2 seconds without change."""
    look = shown(**{sign: True})

    assert verdicts((0, shown(turns=TEXT, **{sign: True})), (1.1, look), (1.2, look)) == [False, False, True]


def test_the_last_words_may_come_after_the_stop_button_went() -> None:
    """A change after the sign begins the wait anew."""
    looks = [
        (0, shown(works=True, worked=True)),
        (1, shown(worked=True)),
        (2, shown(turns=TEXT, worked=True)),
        (3, shown(worked=True)),
        (3.2, shown(worked=True)),
    ]

    assert verdicts(*looks) == [False, False, False, False, True]


def test_a_pause_is_no_end_while_the_page_works() -> None:
    """However long the text stands still, a stop button says that there is more to come."""
    assert not any(verdicts((0, shown(turns=TEXT)), (60, shown(works=True)), (600, shown(works=True))))


def test_a_text_stands_still_beside_a_picture_that_moves() -> None:
    """What is only drawn otherwise is no change, but where standing still is the only sign there is."""
    moves = shown(turns=TEXT, says_the_same=True, finished=True)
    signless = shown(turns=TEXT, says_the_same=True)

    assert verdicts((0, shown(turns=TEXT)), (1, moves), (2, moves)) == [False, False, True]
    assert not any(verdicts((0, shown(turns=TEXT)), *((now, signless) for now in range(1, 9)), still=2.0))


def test_traffic_under_way_is_no_end() -> None:
    """While a request of the answer is open, no sign on the page completes it."""
    looks = [(0, shown(turns=TEXT, finished=True)), (60, shown(finished=True))]

    assert verdicts(*looks, in_flight=True) == [False, False]
    assert verdicts(*looks) == [False, True]


def test_no_turn_is_no_end() -> None:
    """The signs of the answer before ours are still there when ours has no turn yet."""
    old = Look(finished=False, worked=True)

    assert verdicts((0, old), (60, old)) == [False, False]


def test_standing_still_alone_completes_nothing() -> None:
    """Without any sign an answer is never complete, unless it was found as it stands."""
    looks = [(0, shown(turns=TEXT)), (600, shown())]

    assert verdicts(*looks) == [False, False]
    assert verdicts(*looks, is_found=True) == [False, True]


@pytest.mark.parametrize(
    ("now", "heard", "phase"),
    [(10.1, None, "first_token"), (30.1, 10.0, "idle"), (100.1, 99.0, "total")],
)
def test_each_limit_has_its_own_error(now: float, heard: float | None, phase: str) -> None:
    """What was waited for is told: the first sign, anything new, or the end."""
    patience = Patience(TIMING, since=0)
    if heard is not None:
        patience.hear(heard)
    patience.check(now - 0.2)

    with pytest.raises(RunTimeout) as caught:
        patience.check(now)
    assert caught.value.phase == phase
    assert f"timing.{phase}" in str(caught.value)


def test_a_stop_button_is_a_first_sign() -> None:
    """A remote that works is waited for as long as one that writes: the first sign need not be text."""
    patience = Patience(TIMING, since=0)
    patience.see(Look(works=True), 9, quiet=True)

    patience.check(28)
    with pytest.raises(RunTimeout):
        patience.check(30)


@pytest.mark.parametrize(("sign", "error"), [("limit", QuotaExhausted), ("challenge", ChallengeRequired)])
def test_a_refusal_is_believed_the_third_time(sign: str, error: type[Exception]) -> None:
    """A banner must be there three looks in a row; one that flickers is not believed."""
    patience, refused = Patience(TIMING, since=0), Look(**{sign: True})
    for look in (refused, refused, Look(), refused, refused):
        patience.see(look, 1, quiet=True)

    with pytest.raises(error):
        patience.see(refused, 1, quiet=True)


def test_a_page_that_moves_is_not_idle() -> None:
    """What is drawn anew while the model thinks keeps the answer alive, and is no word of it."""
    patience = Patience(TIMING, since=0)
    for now in range(5, 75, 5):
        patience.see(shown(turns=TEXT, says_the_same=True), now, quiet=True)
        patience.check(now)

    assert patience.silence(70) == 70
    with pytest.raises(RunTimeout) as caught:
        patience.check(70 + TIMING.idle + 1)
    assert caught.value.phase == "idle"


def test_an_answer_may_speak_of_limits() -> None:
    """Once there is text, a banner's words are not believed to be a banner."""
    patience = Patience(TIMING, since=0)

    for _ in range(5):
        patience.see(Look(limit=True), 1, quiet=False)


def test_a_pause_for_a_person_is_told() -> None:
    """Once there is text, a page that asks for proof of a person is believed when nothing more has come."""
    patience = Patience(TIMING, since=0)
    patience.hear(1)
    for now in (2, 3, 4, 11, 11.1):
        patience.see(Look(challenge=True, works=True), now, quiet=False)

    with pytest.raises(ChallengeRequired) as caught:
        patience.see(Look(challenge=True, works=True), 11.2, quiet=False)
    assert caught.value.certainty is Certainty.STARTED


def test_a_refusal_says_more_than_a_banner() -> None:
    """Where the remote's own refusal was heard, that is the error, with the time that it names."""
    patience, told = Patience(TIMING, since=0), QuotaExhausted("used up", retry_after=60)
    for _ in range(2):
        patience.see(Look(limit=True), 1, quiet=True, told=told)
    with pytest.raises(QuotaExhausted) as caught:
        patience.see(Look(limit=True), 1, quiet=True, told=told)

    assert caught.value is told


def test_standing_still_is_enough_where_no_sign_is_known() -> None:
    """Where a Site says so, standing still for long enough completes an answer."""
    looks = [(0, shown(turns=TEXT)), (4.9, shown()), (5, shown())]

    assert verdicts(*looks, still=5.0) == [False, False, True]
    assert verdicts(*looks, still=5.0, in_flight=True) == [False, False, False]
    assert verdicts((0, shown(turns=TEXT)), (600, shown())) == [False, False]


def test_a_sign_is_better_than_standing_still() -> None:
    """A sign that is there after all completes as soon as ever, and only its lack is told."""
    completion = Completion(1.2, still=5.0)
    for now in (0.0, 1.2):
        done = completion.is_complete(shown(finished=True), now=now, in_flight=False)

    assert done
    assert not completion.by_stillness
