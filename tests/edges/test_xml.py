"""FHIR XML becomes what FHIR JSON would be, and can do no harm."""

import pytest

from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.xml import parse_fhir_xml
from app.errors import BadInput

HEAD = '<ClaimResponse xmlns="http://hl7.org/fhir">'


def test_xml_is_read_as_its_json_would_be():
    """Primitives, lonely and repeated elements, nested resources, extensions with their url; XHTML is skipped."""
    found = parse_fhir_xml(
        f"""{HEAD}<id value="x"/><text><div xmlns="http://www.w3.org/1999/xhtml">no <p>id</p></div></text>
        <contained><Claim><id value="c"/></Claim></contained><use value="preauthorization"/>
        <item><itemSequence value="1"/><noteNumber value="1"/><adjudication><extension url="reviewActionCode">
        <valueCode value="A3"/></extension></adjudication></item>
        <processNote><number value="1"/><text value="First."/></processNote>
        <processNote><number value="2"/><text value="Second."/></processNote></ClaimResponse>""".encode()
    )
    [line] = read_denial(found).lines

    assert {"resourceType": "Claim", "id": "c"} == found["contained"]
    assert ("A3", ["First."]) == (line.actions[0].code, [note.text for note in line.notes])


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE x [<!ENTITY a 'b'>]>" + HEAD + "&a;</ClaimResponse>",
        HEAD + "<a>" * 500,
        HEAD + "<text><div xmlns='http://www.w3.org/1999/xhtml'>" + "<p>" * 500,
        HEAD + "<a></b>",
        HEAD + "<a/>" * 700_000,
        "<?xml version='1.0' encoding='UTF-7'?>" + HEAD,
        "<?xml version='1.0' encoding='no-such'?>" + HEAD,
        "<html><body/></html>",
        "<item xmlns='http://hl7.org/fhir'/>",
    ],
)
def test_what_is_no_plain_fhir_xml_is_refused_with_its_line(text):
    """Entities, endless depth, broken markup, web pages."""
    with pytest.raises(BadInput, match="line 1"):
        parse_fhir_xml(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16le", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_a_document_names_is_heeded(encoding):
    """Exports from Windows; and one that was UTF-16 and is UTF-8 by the time it is read."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{HEAD}<disposition value="Café"/></ClaimResponse>'

    assert "Café" == parse_fhir_xml(text.encode(encoding))["disposition"]
    if encoding.startswith("utf"):
        assert "Café" == parse_fhir_xml(text.encode())["disposition"]
