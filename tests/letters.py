"""Letters as files, made here byte by byte: PDFs as a scanner, a payer or an enemy makes them, and Word files."""

import io
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def shown(text):
    """Return the content of a PDF page that shows some lines."""
    lines = (line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in text.split("\n"))
    drawn = " ".join(f"({line}) Tj T*" for line in lines)
    return f"BT /F1 11 Tf 50 750 Td 14 TL {drawn} ET".encode("cp1252")


def a_pdf(*contents, trailer=b"", objects=()):
    """Return a PDF of one page for each content; `objects` are added behind, `trailer` into its dictionary."""
    made = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for content in contents:
        head, body = content if isinstance(content, tuple) else (b"", content)
        made.append(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(body), body))
        made.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % len(made)
        )
        kids.append(b"%d 0 R" % len(made))
    made[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    made[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return _written([*made, *objects], trailer)


def _written(objects, trailer):
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"trailer << /Size %d /Root 1 0 R %s >>" % (len(objects) + 1, trailer)
    return out + head + b"\nstartxref\n%d\n%%%%EOF" % start


def a_docx(body, *, members=(), main="word/document.xml"):
    """Return a Word file with this body (XML); `members` are (name, bytes) beside it."""
    xml = f'<w:document xmlns:w="{WORD}" xmlns:mc="{COMPATIBLE}"><w:body>{body}</w:body></w:document>'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(main, xml)
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


def paragraphs(*lines):
    """Return lines as the paragraphs of a Word file."""
    return "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
