"""
Whether a server takes an interaction from us: its statement, the granted scopes, the site's record, and what it refused
lately. All four must agree; none alone is believed.

source: shared rules of SMART, §2.2 capability resolver (one vendor's scopes list what its statement lacks, another's
the other way round)
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.edges.ehr.profile import SiteProfile
from app.edges.ehr.scopes import Scopes
from app.edges.fhir.capability import Capability
from app.flow.ports import Refusal

NOTHING_REFUSED: Callable[[str, str], Refusal | None] = lambda _kind, _letter: None  # noqa: E731


class Verdict(StrEnum):
    """What stands between us and an interaction; the first two let it be tried."""

    SUPPORTED = "supported"
    WITH_PROFILE = "with profile"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused lately"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and why, in plain words; "" where there is nothing to say."""

    verdict: Verdict
    because: str = ""

    @property
    def may(self) -> bool:
        """Whether it may be tried."""
        return self.verdict in (Verdict.SUPPORTED, Verdict.WITH_PROFILE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """
    All that decides about interactions at one EHR with one token.

    capability None: the server's statement could not be read. scopes None: nobody has signed in yet
    refused: (type, letter) → what the server said lately, None where it refused nothing
    """

    capability: Capability | None
    scopes: Scopes | None
    profile: SiteProfile
    refused: Callable[[str, str], Refusal | None] = NOTHING_REFUSED

    def capability_offers(self, kind: str, letter: str) -> bool:
        """Whether the server's statement lists an interaction, whatever token and site say."""
        return self.capability is not None and self.capability.offers(kind, letter)

    def searches(self, kind: str, *params: str) -> bool:
        """Whether the server's statement lists a search by all of these parameters."""
        return self.capability is not None and self.capability.searches_by(kind, *params)

    def rule(self, kind: str, letter: str, *, beyond_patient: bool = False) -> Ruling:
        """
        Return whether an interaction (c r u p s) on a type may be tried, and why not.

        beyond_patient: it stands in no patient's compartment, so that patient/ scopes do not reach it
        """
        whole = "u" if letter == "p" else letter  # a patch is an update to scopes and to a site's record
        if self.profile.switched_off(kind, whole):
            return Ruling(Verdict.UNSUPPORTED, "switched off in the site's record")
        if self.capability is None:
            return Ruling(Verdict.UNKNOWN, "the EHR did not say what it offers")
        if not self.capability.offers(kind, letter):
            return Ruling(Verdict.UNSUPPORTED, "not offered by the EHR")
        if self.scopes is None:
            return Ruling(Verdict.UNKNOWN, "nobody has signed in yet")
        if not self.scopes.allow(kind, whole, beyond_patient=beyond_patient):
            within = beyond_patient and self.scopes.allow(kind, whole)
            why = "the sign-in reaches one patient's chart only" if within else "no scope was granted for it"
            return Ruling(Verdict.UNSUPPORTED, why)
        if letter in "cup" and (refusal := self.refused(kind, letter)) is not None:
            return Ruling(Verdict.REFUSED, f"refused lately ({refusal.why})")
        return Ruling(Verdict.SUPPORTED)
