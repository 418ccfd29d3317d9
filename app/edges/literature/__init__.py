"""
Literature: PubMed, asked by its E-utilities.

It is off unless the site turns it on. A question holds words of our own rules and nothing of a patient
(app/core/brief/literature.py). May import app.core, app.errors, edges.http and app.flow.ports.

source: NCBI E-utilities, https://www.ncbi.nlm.nih.gov/books/NBK25497/ (esearch and esummary, retmode=json; tool and
email with every request; 3 requests a second, 10 with a key)
"""

from app.edges.literature.pace import Pace
from app.edges.literature.pubmed import PubMed

__all__ = ["Pace", "PubMed"]
