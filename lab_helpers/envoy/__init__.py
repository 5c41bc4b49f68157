"""One running Envoy: its configuration, its process, its admin port, its traffic.

What `__init__.pyi` names is loaded when it is first used: `lab --help` needs none of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
