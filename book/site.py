"""Gather the book's pages, and have Sphinx make a site of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import nbformat

from book.execution import write_notebook
from book.pages import files_shown
from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder

__all__ = ["build_site", "gather", "heading_anchor"]

_HERE = Path(__file__).resolve().parent
# What Sphinx and the theme leave beside the pages; no page asks for it.
_NOT_SERVED = (".buildinfo", "objects.inv", "_sources", "locales", "*webpack-macros.html")
_LINK = re.compile(r"\]\(([^)\s#]+)")
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_REMOTE_PICTURE = re.compile(r"!\[([^\]]*)\]\(https?://[^)\s]+\)")


def heading_anchor(heading: str) -> str:
    """Return a heading's anchor, as JupyterLab makes it.

    Args:
        heading: Its text.
    """
    return heading.strip().replace(" ", "-")


def gather(pages: dict[str, nbformat.NotebookNode], folder: Path) -> None:
    """Write all sources of the book into a new folder that is laid out as the repository is.

    So a link means the same in both. The front page and the page on running the lab are the two
    halves of the README: what stands before its first section, and the sections.

    Args:
        pages: The lessons' pages, by the lesson's file name, in reading order.
        folder: Where to; what was there is removed.
    """
    if folder.exists():
        shutil.rmtree(folder)
    repository = repository_folder()
    for name, page in pages.items():
        write_notebook(page, folder / "notebooks" / name)
    readme = (repository / "README.md").read_text(encoding="utf-8")
    intro, rest = _halves(_without_remote_pictures(readme))
    for name in ("glossary", "functions"):
        _copy(repository / "notebooks" / f"{name}.ipynb", folder)
    others = ["notebooks/glossary", "notebooks/functions", "README"]
    if (repository / "docs" / "instructor.md").is_file():
        _copy(repository / "docs" / "instructor.md", folder)
        others.append("docs/instructor")
    (folder / "README.md").write_text(f"# Run the lab\n\n{rest}", encoding="utf-8")
    front = (_HERE / "front.md").read_text(encoding="utf-8")
    contents = _contents("Lessons", [f"notebooks/{Path(name).stem}" for name in pages])
    contents += _contents("Beside the lessons", others)
    (folder / "index.md").write_text(f"{intro}\n{front}\n{contents}", encoding="utf-8")
    for file in sorted({file for page in pages.values() for file in files_shown(page)}):
        _write_file_page(file, folder)
    to_read = sorted(file for file in folder.rglob("*") if file.is_file())
    while to_read:
        for linked in _linked_files(to_read.pop(), folder):
            to_read.append(_copy(repository / linked, folder))


def build_site(source: Path, site: Path) -> None:
    """Have Sphinx make the site; a warning of its is an error.

    Args:
        source: What `gather` wrote.
        site: Where to; what was there is replaced once the new site is whole.

    Raises:
        LabError: Sphinx found something wrong.
    """
    made = source.parent / "html"
    if made.exists():
        shutil.rmtree(made)
    done = subprocess.run(  # noqa: S603  # our own Python and folders
        [
            *(sys.executable, "-m", "sphinx", "--builder", "html", "--quiet", "--fresh-env"),
            *("--fail-on-warning", "--keep-going", "--conf-dir", str(_HERE)),
            *("--doctree-dir", str(source.parent / "doctrees"), str(source), str(made)),
        ],
        cwd=repository_folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LabError(
            "The book could not be built.",
            quote=(done.stderr or done.stdout).strip(),
            hint="mend the page that Sphinx names, then run make book again",
        )
    if site.exists():
        shutil.rmtree(site)
    shutil.copytree(made, site, ignore=shutil.ignore_patterns(*_NOT_SERVED))


def _halves(readme: str) -> tuple[str, str]:
    intro, mark, rest = readme.partition("\n## ")
    return intro, f"{mark.strip()} {rest}" if mark else ""


def _without_remote_pictures(text: str) -> str:
    """Return the text with each picture of another site's, such as a badge, as its words alone.

    A page of the book asks nobody outside for anything.
    """
    return _REMOTE_PICTURE.sub(r"\1", text)


def _contents(caption: str, names: Sequence[str]) -> str:
    listed = "\n".join(names)
    return f"\n```{{toctree}}\n:maxdepth: 1\n:caption: {caption}\n\n{listed}\n```\n"


def _write_file_page(file: str, folder: Path) -> None:
    """Write a page that shows a whole file, beside a copy of the file."""
    _copy(repository_folder() / file, folder)
    language = {".go": "go", ".yaml": "yaml"}.get(Path(file).suffix, "text")
    (folder / f"{file}.md").write_text(
        f"# {file}\n\n```{{literalinclude}} {Path(file).name}\n:language: {language}\n```\n",
        encoding="utf-8",
    )


def _linked_files(page: Path, folder: Path) -> Iterator[Path]:
    """Yield the repository's files that a page links to and the book does not hold yet."""
    if page.suffix == ".ipynb":
        notebook = nbformat.read(page, as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    elif page.suffix == ".md":
        text = page.read_text(encoding="utf-8")
    else:
        return
    for target in _LINK.findall(_FENCE.sub("", text)):
        if "://" in target:
            continue
        linked = (page.parent / unquote(target)).resolve()
        if not linked.is_relative_to(folder.resolve()):
            continue  # Sphinx says that it leads nowhere
        inside = linked.relative_to(folder.resolve())
        if (repository_folder() / inside).is_file() and not linked.exists():
            yield inside


def _copy(file: Path, folder: Path) -> Path:
    target = folder / file.relative_to(repository_folder())
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return target
