"""What z.ai says when it does not answer, as errors. No I/O.

The same refusals come as an HTTP status, inside a stream that was answered with 200, as a server-sent
event `error`, and as a body of JSON in a stream's place. They have a `code`, sometimes an `error_code` beside
it, and a `detail` that is words or an object with a code of its own. Seen 2025-10 to 2026-10 in public
clients and on the wire; the event, the body and the codes of `detail` in the fixtures of one client only,
about 2026-09.

* ProviderError
  * AuthenticationRequired    401, INVALID_TOKEN: the token has ended
    * ChallengeRequired       FRONTEND_CAPTCHA_REQUIRED, VERIFICATION_REQUIRED: a person must prove to be one
  * PermissionDenied          403
    * FirewallBlocked         405: the firewall in front of the site
    * ModelLocked             "user level": the account's level is too low for the model
  * InvalidRequest
    * ModelNotFound           MODEL_NOT_FOUND
  * RateLimited               429
    * TooManyAtOnce           the account's limit of answers that are written at once
  * PageOutdated              426: the page that is open is older than the site takes
  * ProviderUnavailable       5xx
  * RunFailed                 anything else in a stream
"""

from __future__ import annotations

from typing import Final

from jackfield import (
    AuthenticationRequired,
    ChallengeRequired,
    ModelNotFound,
    PermissionDenied,
    ProviderUnavailable,
    RateLimited,
)
from jackfield_web import KnownRefusal, ModelLocked, PageOutdated, PageRefused, Refusals


class FirewallBlocked(PageRefused):
    """The firewall in front of the site refused the request; the site did not see it.

    It does so to a browser or a network that it distrusts, and, measured 2026-10, to a page whose front end
    is not the newest. The two answers are the same.
    """


class TooManyAtOnce(RateLimited):
    """The account has as many answers under way as z.ai writes for it at once."""


REFUSALS: Final = Refusals(
    site="z.ai",
    words=(
        "code",
        "error_code",
        "detail",
        "detail.code",
        "detail.detail",
        "detail.message",
        "message",
        "captcha_error_type",
    ),
    codes=("code", "error_code"),
    known=(
        KnownRefusal(
            ChallengeRequired,
            "z.ai wants a captcha to be solved before it answers",
            hint="Solve it in a window of the same login; with show = true the window waits for you. It "
            "counts for that browser and network only. Where it cannot be passed, as some reported in 2026, "
            "try another.",
            words="FRONTEND_CAPTCHA_REQUIRED|VERIFICATION_REQUIRED|(?i:captcha verification)",
        ),
        KnownRefusal(
            ModelLocked,
            "the account's level at z.ai is too low for the model",
            hint="Ask another model; `jackfield models NAME` lists what the page offers.",
            words="(?i)user level",
        ),
        KnownRefusal(
            ModelNotFound,
            "z.ai does not know the model",
            hint="Ask one of those that `jackfield models NAME` lists.",
            words="MODEL_NOT_FOUND",
        ),
        KnownRefusal(
            AuthenticationRequired,
            "z.ai does not take the token",
            hint="Log in again.",
            words="INVALID_TOKEN",
        ),
        KnownRefusal(
            TooManyAtOnce,
            "z.ai writes no more answers at once for this account",
            hint="Wait for the others to end, or set max_concurrency to 1.",
            words="(?i)concurren|并发",
            statuses=range(500),
        ),
        KnownRefusal(
            AuthenticationRequired,
            "z.ai does not know the login any more",
            hint="Log in again.",
            statuses=(401,),
        ),
        KnownRefusal(PermissionDenied, "z.ai does not allow this", statuses=(403,)),
        KnownRefusal(
            FirewallBlocked,
            "the firewall in front of z.ai refused the request (HTTP 405): it blocks this browser or its "
            "network, or the page that is open is not the site's newest",
            hint="The next request opens the page anew, which mends the second. If that is refused as well, "
            "open the site in a browser of your own on the same network, and slow down.",
            statuses=(405,),
        ),
        KnownRefusal(
            PageOutdated,
            "the page that is open is an older version than z.ai takes (426)",
            hint="The next request opens it anew.",
            statuses=(426,),
        ),
        KnownRefusal(RateLimited, "z.ai is asked too often", statuses=(429,)),
        KnownRefusal(ProviderUnavailable, "z.ai is overloaded", statuses=(503,)),
    ),
)

refused: Final = REFUSALS.refused
"""Makes an error of the HTTP error that a request of the page was answered with."""
