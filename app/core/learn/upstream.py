"""
Upstream advice: which facts stood in the chart, were not with the request, and won the call.

Of calls that overturned a denial, by payer, reason and service: the criteria that the chart met and whose evidence the
payer could not have had. What a request of this kind should bring with it the first time.
source: 003, "documentation-requirements problem to fix upstream"; product F99
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.brief.criteria import Status
from app.core.brief.page import Brief
from app.core.learn.journey import CHANGED
from app.core.learn.share import FLOOR, Share, share_of

FEWEST = 3  # overturned calls that lacked it, below which nothing is advised of it


@dataclass(frozen=True, slots=True)
class Requested:
    """
    Decided calls that are alike, `count` of them. rule: key of the criteria; result: what the call decided

    lacked: keys of the criteria that the chart met before the call with what the payer had not been sent
    """

    payer: str
    reason: str
    rule: str
    lacked: frozenset[str]
    result: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Advice:
    """
    One criterion to send evidence of. share: of the overturned, those whose request lacked it and whose chart met it

    upheld: the same of those that were upheld: what is lacked as often there did not win the call
    """

    payer: str
    reason: str
    rule: str
    criterion: str
    share: Share
    upheld: Share

    @property
    def is_as_often_upheld(self) -> bool:
        """Whether the upheld lacked it as often, as far as can be told: then to have it did not win the call."""
        mine, theirs = self.share.value, self.upheld.value
        return mine is not None and theirs is not None and theirs >= mine


def lacked_by(brief: Brief) -> frozenset[str] | None:
    """
    Return the keys of the criteria that the chart meets by what the payer cannot have had.

    None where it is not known what was sent, or the service has no criteria of its own: then nothing is learnt of it
    """
    if brief.submitted is None or brief.rule is None or brief.rule.generic:
        return None
    met = (each for each in brief.criteria if each.status is Status.MET and each.evidence)
    return frozenset(each.criterion.key for each in met if brief.is_all_new(each.evidence))


def advice_of(requests: Iterable[Requested], *, floor: int = FLOOR) -> tuple[Advice, ...]:
    """Return what requests should bring, by payer, reason and rule in order of name, the most lacked first."""
    alike: dict[tuple[str, str, str], list[Requested]] = defaultdict(list)
    for each in requests:
        alike[each.payer, each.reason, each.rule].append(each)
    return tuple(advice for kind, told in sorted(alike.items()) for advice in _of_kind(kind, told, floor=floor))


def _of_kind(kind: tuple[str, str, str], told: list[Requested], *, floor: int) -> list[Advice]:
    won = [each for each in told if each.result in CHANGED]
    lost = [each for each in told if each.result == "upheld"]
    if sum(each.count for each in won) < floor:
        return []
    found = [
        Advice(*kind, key, _share(key, won, floor=floor), _share(key, lost, floor=floor))
        for key in sorted({key for each in won for key in each.lacked})
    ]
    found = [each for each in found if each.share.count >= FEWEST]
    return sorted(found, key=lambda each: (-each.share.count, each.criterion))


def _share(key: str, told: list[Requested], *, floor: int) -> Share:
    lacking = sum(each.count for each in told if key in each.lacked)
    return share_of("lacked by the request", lacking, sum(each.count for each in told), floor=floor)
