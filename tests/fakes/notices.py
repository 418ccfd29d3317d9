"""Ways out to clinicians, with a memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.case import Case
from app.core.effects import TellClinician, WriteUnknown
from app.flow.ports import Written


@dataclass
class FakeNotices:
    """Implements flow.ports.Notices. faults: raised one a try; lost: those that were sent and not answered."""

    standing: Callable[[str, str], Case]
    ways: tuple[str, ...] = ("mail", "sms")
    sent: list[TellClinician] = field(default_factory=list)
    faults: list[Exception | None] = field(default_factory=list)

    def offers(self, way: str) -> bool:
        """Whether this site has the way."""
        return way in self.ways

    def perform(self, effect: TellClinician, *, seen: bool, may_send: bool = True) -> Written:
        """Keep what was sent."""
        if not may_send:
            raise WriteUnknown
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or isinstance(fault, WriteUnknown):
            self.sent.append(effect)
        if fault is not None:
            raise fault
        return Written(f"<{effect.key}>", how="sent")
