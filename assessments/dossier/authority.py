"""Time stamps from an authority, each checked before it is used. Speaks to the network."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import Final

from asn1crypto import cms, core, tsp
from cryptography import x509
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from assessments.dossier.network import session
from assessments.dossier.strict import PARSING
from assessments.dossier.timestamp import NotAStamp, Timestamp, open_timestamp
from assessments.dossier.trust import is_stamp_vouched_for

CLOCK_TOLERANCE: Final = dt.timedelta(minutes=5)


class AuthorityProblem(Enum):
    """Why there is no time stamp."""

    SILENT = "it does not answer"
    REFUSED = "it refused, or answered with an error"
    RUBBISH = "its answer is no time stamp"
    UNTRUSTED = "nothing configured vouches for the authority that answered"
    CLOCK = "its clock is more than five minutes from the portal's"


class NotStamped(Exception):
    """The authority gave no time stamp that can be used."""

    def __init__(self, problem: AuthorityProblem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Where time stamps come from. ``certificates`` vouch for them; ``timeout`` in seconds."""

    url: str
    certificates: tuple[x509.Certificate, ...]
    user: str = ""
    password: str = ""
    timeout: float = 10.0

    def stamper(self, clock: Callable[[], dt.datetime]) -> CheckedStamper:
        """Return what asks for time stamps; ``clock`` is the portal's."""
        return CheckedStamper(self, clock)


class CheckedStamper(HTTPTimeStamper):
    """pyHanko takes any answer whose nonce is right; this takes time stamps only."""

    def __init__(self, authority: TimeAuthority, clock: Callable[[], dt.datetime]) -> None:
        auth = (authority.user, authority.password) if authority.user else None
        super().__init__(authority.url, timeout=authority.timeout, auth=auth)
        self._authority = authority
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the answer; a refusal in it comes without a token, which pyHanko cannot read."""
        async with session() as opened:
            asker = HTTPTimeStamper(self.url, timeout=self.timeout, auth=self.auth, session=opened)
            answer = await asker.async_request_tsa_response(req)
        status = _Answer.load(answer.dump())["status"]
        if status["status"].native != "granted":
            said = "; ".join(status["status_string"].native or ())
            raise NotStamped(AuthorityProblem.REFUSED, said or status["status"].native)
        return answer

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token that is what was asked for.

        Raises:
            NotStamped: there is none.
        """
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            stamp = open_timestamp(token, lambda _name: message_digest)
        except TimeoutError as error:
            raise NotStamped(AuthorityProblem.SILENT) from error
        except TimestampRequestError as error:
            raise _refused(error) from error
        except PARSING as error:
            detail = str(error) if isinstance(error, NotAStamp) else ""
            raise NotStamped(AuthorityProblem.RUBBISH, detail) from error
        await asyncio.get_running_loop().run_in_executor(_apart, self._judge, stamp)
        return token

    def _judge(self, stamp: Timestamp) -> None:
        if abs(stamp.at - self._clock()) > CLOCK_TOLERANCE:
            raise NotStamped(AuthorityProblem.CLOCK, stamp.at.isoformat())
        if not is_stamp_vouched_for(stamp, self._authority.certificates):
            raise NotStamped(AuthorityProblem.UNTRUSTED)


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """RFC 3161, 2.4.2: the token is there only when it was granted."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


# Paths of certificates are looked for in a loop of their own; there is one running here.
_apart: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="time-stamp")


def _refused(error: TimestampRequestError) -> NotStamped:
    cause = error.__cause__
    if isinstance(cause, TimeoutError):
        return NotStamped(AuthorityProblem.SILENT)
    if cause is None:
        return NotStamped(AuthorityProblem.REFUSED, str(error))
    status = getattr(cause, "status", None)
    if status is None:
        return NotStamped(AuthorityProblem.SILENT, str(cause))
    return NotStamped(AuthorityProblem.REFUSED, f"{status} {getattr(cause, 'message', '')}".strip())
