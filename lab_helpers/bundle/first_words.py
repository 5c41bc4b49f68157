"""What Python runs when it is given a bundle: `python3 BUNDLE [FOLDER]`.

It is copied into each bundle as `__main__.py`. It may be run by a Python that is too old for all
the rest, and must be able to say so.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # the very reason of this file
    sys.exit(
        "✗ This bundle needs Python 3.11 or later, and this is Python %d.%d.\n"  # noqa: UP031
        "Try: python3.11 %s" % (sys.version_info[0], sys.version_info[1], sys.argv[0])
    )

from lab_helpers.bundle.__main__ import main

sys.exit(main(["lay-out", *sys.argv]))
