"""What z.ai says when it does not answer, as errors. No I/O.

The same refusals come as an HTTP status and inside a stream that was answered with 200, as `error` with a
`code` and a `detail`. Seen 2025-10 to 2026-10 in public clients and on the wire.

* ProviderError
  * AuthenticationRequired    401: the token has ended
    * ChallengeRequired       FRONTEND_CAPTCHA_REQUIRED: the page must show a captcha, and a person pass it
  * PermissionDenied
    * FirewallBlocked         405: the firewall in front of the site
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
    PermissionDenied,
    ProviderUnavailable,
    RateLimited,
)
from jackfield_web import KnownRefusal, PageOutdated, Refusals


class FirewallBlocked(PermissionDenied):
    """The firewall in front of the site blocks this browser or its network; the site did not see it."""


class TooManyAtOnce(RateLimited):
    """The account has as many answers under way as z.ai writes for it at once."""


REFUSALS: Final = Refusals(
    site="z.ai",
    words=("code", "detail", "message", "captcha_error_type"),
    known=(
        KnownRefusal(
            ChallengeRequired,
            "z.ai wants a captcha to be solved before it answers",
            hint="Solve it in a window of the same login; with show = true the window waits for you.",
            words="FRONTEND_CAPTCHA_REQUIRED",
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
        KnownRefusal(
            FirewallBlocked,
            "the firewall in front of z.ai blocks this browser or its network (HTTP 405)",
            hint="Open the site in a browser of your own on the same network, and slow down.",
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
