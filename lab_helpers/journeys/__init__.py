"""One request's way through a filter: in words, as a table, and as a picture in SVG or PNG."""
