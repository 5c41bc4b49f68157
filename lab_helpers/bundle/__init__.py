"""The whole lab in one file, for a room without a network.

`lab bundle` makes the file on a machine that has a network: a shell script with a zip file behind
it. `manifest`, `opening`, `unpacking` and `__main__` use nothing but the standard library, and
are in the file themselves: the machine that gets it has no packages yet.
"""
