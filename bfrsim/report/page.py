"""What every page of HTML shares: its head, and one style that reads on a screen, on a telephone and on paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 66rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: break-word; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; } h3 { font-size: 1.02rem; }
table { border-collapse: collapse; margin: .6rem 0; max-width: 100%; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #222; font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { min-width: 6rem; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; }
tr + tr td { border-top: 1px solid #e4e4e4; } small { color: #6e6e6e; }
img, svg { max-width: 100%; height: auto; }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; } .pictures > img { width: 100%; max-width: 50rem; }
figure { margin: 0; width: 27rem; max-width: 100%; } figure img { width: 100%; }
figcaption { font-size: .85em; color: #6e6e6e; }
.note { border-left: 3px solid #D55E00; padding-left: .7rem; }
details { margin: .3rem 0; } summary { cursor: pointer; }
@media screen and (max-width: 48rem) {
  body { margin: 1rem auto; } ul { padding-left: 1.2rem; } td:not(.n) { min-width: 6.5rem; }
  table, .wide { display: block; overflow-x: auto; } .wide img { max-width: none; width: 46rem; }
  .pictures { display: block; } figure { width: 100%; margin-bottom: 1rem; }
}
@page { size: A4; margin: 14mm; }
@media print {
  body { font-size: 11px; max-width: none; margin: 0; padding: 0; }
  h1 { font-size: 18px; } h2 { font-size: 14px; margin-top: 1.4rem; } h3 { font-size: 12px; }
  th, td { padding-right: .45rem; } h2, h3 { break-after: avoid; } tr, figure, svg, img { break-inside: avoid; }
  .pictures { display: block; } .pictures > img { max-width: 60%; }
  figure { display: inline-block; width: 48%; margin: 0 1% 1rem 0; vertical-align: top; }
}
"""


def whole_page(title: str, parts: Iterable[str], style: str = "") -> str:
    """Return a page that needs nothing beside it.

    Parameters
    ----------
    parts : of the body, each HTML.
    style : what this page has beside the shared style.
    """
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style>"
    )
    body = "\n".join(parts)
    return f"<!doctype html>\n<html lang='en'>\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n"


def list_html(sentences: Iterable[str]) -> str:
    """Return sentences as a list."""
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def table_html(
    head: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[int] = (0,), *, ready: bool = False
) -> str:
    """Return a table; columns other than `words` hold numbers and stand to the right.

    Parameters
    ----------
    ready : whether the cells are HTML already; heads never are.
    """

    def cells(tag: str, texts: Sequence[str]) -> str:
        kinds = ["" if place in words else " class='n'" for place in range(len(texts))]
        return "".join(f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, texts, strict=True))

    body = "\n".join(f"<tr>{cells('td', row if ready else [escape(text) for text in row])}</tr>" for row in rows)
    return f"<table>\n<tr>{cells('th', [escape(text) for text in head])}</tr>\n{body}\n</table>"
