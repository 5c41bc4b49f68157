"""The lessons as a static site: executed, looked at by nobody's kernel, read without a network.

`python -m book` makes `site/`, in three steps that a module each carries out: `lessons` runs what
has changed, `pages` makes a page of each run, `site` gathers all pages and has Sphinx build them.
"""
