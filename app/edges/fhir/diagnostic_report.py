"""
DiagnosticReport -> an examination that was reported, and its conclusion sentence by sentence.

Reads status, code, effective[x], issued, conclusion, conclusionCode, presentedForm (see note.py).
"""

from collections.abc import Iterator
from datetime import datetime

from app.core.brief.facts import Procedure, Remark
from app.edges.fhir.around import Around
from app.edges.fhir.datatypes import as_list, codings_of, dicts_of
from app.edges.fhir.moment import first_moment, label_of, quote
from app.edges.fhir.note import remarks_of, remarks_of_attachment, without_held

_STATUSES = (None, "final", "amended", "corrected", "appended", "preliminary", "partial")
_WHEN = ("effectiveDateTime", "effectivePeriod.start", "issued")


def read_report(resource: dict, *, reference: str, around: Around) -> Iterator[Procedure | Remark]:
    """Yield the examination, then what its report says; nothing for one registered, cancelled or in error."""
    named = label_of(resource.get("code"), "code")
    if named is None or resource.get("status") not in _STATUSES:
        return
    at, day, _ = first_moment(resource, *_WHEN)
    title = named[0]
    evidence = (quote(reference, named[1], day, named[0]),)
    yield Procedure(
        label=title, at=at, day=day, codes=codings_of(resource.get("code")), evidence=evidence, kind="report"
    )
    told = _said(resource, title=title, at=at, day=day, reference=reference, around=around)
    yield from without_held(told, of=reference, day=day, around=around)


def _said(
    resource: dict, *, title: str, at: datetime | None, day: str | None, reference: str, around: Around
) -> Iterator[Remark]:
    """Yield what a report says, sentence by sentence."""
    conclusion = resource.get("conclusion")
    if isinstance(conclusion, str):
        yield from remarks_of(conclusion, title=title, at=at, day=day, reference=reference, path="conclusion")
    for index, each in enumerate(dicts_of(resource.get("conclusionCode"))):
        if told := label_of(each, f"conclusionCode[{index}]"):
            cited = (quote(reference, told[1], day, told[0]),)
            yield Remark(label=title, at=at, day=day, evidence=cited, words=told[0])
    for index, form in enumerate(as_list(resource.get("presentedForm"))):
        path = f"presentedForm[{index}].data"
        yield from remarks_of_attachment(
            form, title=title, at=at, day=day, reference=reference, path=path, around=around
        )
