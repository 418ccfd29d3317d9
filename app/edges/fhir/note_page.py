"""A note as one plain HTML page: headings, paragraphs and lists, nothing that an EHR would have to strip."""

from html import escape

from app.core.brief.paper import Listed, Paper, Part, Prose, Words


def note_page(paper: Paper) -> bytes:
    """
    Return the paper as UTF-8 HTML without styles, scripts or pictures; every word is data and escaped.

    source: Oracle's documentation of DocumentReference strips scripts and styles and wants pictures inside
    """
    told = "".join(f"<p>{_words(each)}</p>" for each in paper.head) + "".join(_part(each) for each in paper.parts)
    title = escape(paper.heading)
    head = f'<head><meta charset="utf-8"/><title>{title}</title></head>'
    return f'<!DOCTYPE html><html lang="en">{head}<body><h1>{title}</h1>{told}</body></html>'.encode()


def _part(part: Part) -> str:
    blocks = []
    for each in part.blocks:
        if isinstance(each, Listed):
            blocks.append(f"<ul>{''.join(f'<li>{_words(one)}</li>' for one in each.items)}</ul>")
        elif isinstance(each, Prose):
            blocks.append(f"<p>{' '.join(_words(one) for one in each.words)}</p>")
    return f"<h2>{escape(part.title)}</h2>{''.join(blocks)}"


def _words(words: Words) -> str:
    return escape(words.text)
