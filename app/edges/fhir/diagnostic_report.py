"""
DiagnosticReport -> an examination that was reported, and its conclusion sentence by sentence.

Reads status, code, effective[x], issued, conclusion, conclusionCode, presentedForm (see note.py).
"""

from collections.abc import Iterator
from dataclasses import replace

from app.core.brief.facts import Procedure, Remark
from app.edges.fhir.around import Around
from app.edges.fhir.datatypes import as_list, codings_of, dicts_of
from app.edges.fhir.moment import first_moment, label_of, quote
from app.edges.fhir.note import Written, remarks_of, remarks_of_attachment, without_held

_STATUSES = (None, "final", "amended", "corrected", "appended", "preliminary", "partial")
_WHEN = ("effectiveDateTime", "effectivePeriod.start", "issued")


def read_report(resource: dict, *, reference: str, around: Around) -> Iterator[Procedure | Remark]:
    """Yield the examination, then what its report says; nothing for one registered, cancelled or in error."""
    named = label_of(resource.get("code"), "code")
    if named is None or resource.get("status") not in _STATUSES:
        return
    at, day, _ = first_moment(resource, *_WHEN)
    title = named[0] + (" (preliminary)" if resource.get("status") in ("preliminary", "partial") else "")
    evidence = (quote(reference, named[1], day, named[0]),)
    yield Procedure(
        label=title, at=at, day=day, codes=codings_of(resource.get("code")), evidence=evidence, kind="report"
    )
    written = Written(reference, title, at, day)
    for each in _said(resource, written, around=around):
        yield replace(each, is_result=True)


def _said(resource: dict, written: Written, *, around: Around) -> Iterator[Remark]:
    yield from without_held(_concluded(resource, written), written, around=around)
    for index, form in enumerate(as_list(resource.get("presentedForm"))):
        yield from remarks_of_attachment(form, written, path=f"presentedForm[{index}].data", around=around)


def _concluded(resource: dict, written: Written) -> Iterator[Remark]:
    conclusion = resource.get("conclusion")
    if isinstance(conclusion, str):
        yield from remarks_of(conclusion, written, reference=written.of, path="conclusion")
    for index, each in enumerate(dicts_of(resource.get("conclusionCode"))):
        if told := label_of(each, f"conclusionCode[{index}]"):
            cited = (quote(written.of, told[1], written.day, told[0]),)
            yield Remark(label=written.title, at=written.at, day=written.day, evidence=cited, words=told[0])
