"""Sphinx's settings for the book; `book.site` calls Sphinx with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from book.highlighting import CellLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Envoy Wasm lab"
language = "en"
extensions = ["myst_nb"]
suppress_warnings = ["toc.not_included"]  # a document that a page links to comes along

# The runs are shown as they are: Sphinx starts no kernel.
nb_execution_mode = "off"
# Links name headings as JupyterLab does, `glossary.ipynb#VM`, so that they lead there in both.
myst_heading_anchors = 3
myst_heading_slug_func = "book.site.heading_anchor"

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["lab.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_use_index = False
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
# It would fetch each page that was found, which a page opened from a disk may not.
html_show_search_summary = False
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search is at the side already
    "footer_content_items": [],
    "show_toc_level": 2,
}


def setup(app: Sphinx) -> None:
    """Teach Sphinx what is the lab's own."""
    app.add_lexer("lab", CellLexer)
    app.connect("html-page-context", _let_folds_say_their_title)


def _let_folds_say_their_title(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Drop the label that myst-nb gives all folds; a screen reader would say it, not the title."""
    context["body"] = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")
