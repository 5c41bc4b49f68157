"""What a bundle says of itself: whom it is for, and the checksum of each of its members.

Only the standard library is used here: the machine that reads this has nothing else yet.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.errors import BundleError

__all__ = ["FORMAT", "GO_SUMS", "Host", "Manifest", "Member", "sha256_of_text_file"]

FORMAT = 1
# What pins the Go modules in it: the filters', and those of the lab's own Go program.
GO_SUMS = ("filter/go.sum", "lab_helpers/go_helper/program/go.sum")
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_SHA256_HEX = 64


@dataclasses.dataclass(frozen=True, slots=True)
class Host:
    """A machine, as far as it decides which files work there.

    Attributes:
        platform: System and processor, such as `linux-x86_64`.
        python: Python's version, such as `3.11.2`.
        glibc: The C library's version, such as `2.36`; "" where it is another one.
    """

    platform: str
    python: str
    glibc: str

    @classmethod
    def this(cls) -> Host:
        """Return this machine, with the Python that runs this."""
        machine = platform.machine().lower()
        library, version = platform.libc_ver()
        return cls(
            platform=f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}",
            python=".".join(map(str, sys.version_info[:3])),
            glibc=version if library == "glibc" else "",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle.

    Attributes:
        sha256: Its checksum, in hex.
        bytes: Its size.
    """

    sha256: str
    bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        platform: As `Host.platform`.
        pythons: The Python versions that it has wheels for, such as `3.11`.
        glibc: The lowest C library that its programs run with; "" where that is no matter.
        commit: The commit of the lab that it was made from.
        lock: The SHA-256 of that commit's `requirements.lock`.
        go_sum: The SHA-256 of that commit's `GO_SUMS`, one after the other.
        tinygo: TinyGo's version, and which way it came.
        image: The name of Envoy's container image in it; "" if there is none.
        members: Its files, by name; this list is not among them.
    """

    platform: str
    pythons: tuple[str, ...]
    glibc: str
    commit: str
    lock: str
    go_sum: str
    tinygo: str
    image: str
    members: Mapping[str, Member]

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read what `as_text` wrote.

        Args:
            text: The text.

        Raises:
            BundleError: It is something else, or of a later lab.
        """
        try:
            values = json.loads(text)
            stated = values["format"]
            if stated != FORMAT:
                raise BundleError(
                    f"The bundle has format {stated}, and this lab reads format {FORMAT}.",
                    hint="use the bundle with the version of the lab that made it:"
                    " `sh BUNDLE` lays it out",
                )
            members = {
                name: _member(name, described) for name, described in values["members"].items()
            }
            words = {
                key: str(values[key])
                for key in ("platform", "glibc", "commit", "lock", "go_sum", "tinygo", "image")
            }
            pythons = tuple(map(str, values["pythons"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleError(
                "The bundle's list of what it holds cannot be read.",
                quote=repr(error),
                hint="copy the bundle once more from where it came",
            ) from error
        return cls(pythons=pythons, members=members, **words)

    def as_text(self) -> str:
        """Return it as text, to be kept in the bundle."""
        values = dataclasses.asdict(self)
        values["members"] = {
            name: dataclasses.asdict(member) for name, member in sorted(self.members.items())
        }
        return json.dumps({"format": FORMAT} | values, indent=1) + "\n"

    @property
    def bytes(self) -> int:
        """Return the size of everything in it."""
        return sum(member.bytes for member in self.members.values())

    def check_host(self, host: Host) -> None:
        """Refuse a machine that it does not work on.

        Args:
            host: The machine.

        Raises:
            BundleError: It is for another platform, another Python or a later C library.
        """
        if host.platform != self.platform:
            raise BundleError(
                f"This bundle is for {self.platform}, and this machine is {host.platform}.",
                hint="ask for a bundle that was made on a machine of this kind (`lab bundle`)",
            )
        if host.python.rpartition(".")[0] not in self.pythons:
            other = f"python{self.pythons[0]}"
            raise BundleError(
                f"This bundle is for Python {' and '.join(self.pythons)}, and this is Python"
                f" {host.python}.",
                hint=f"where there is a {other}, use it (make lab PYTHON={other} BUNDLE=FILE, or"
                f" PYTHON={other} sh FILE); else ask for a bundle made with --python"
                f" {host.python.rpartition('.')[0]}",
            )
        if self.glibc and _numbers(host.glibc) < _numbers(self.glibc):
            has = f"glibc {host.glibc}" if host.glibc else "no glibc"
            raise BundleError(
                f"This bundle needs the C library glibc {self.glibc} or later, and this machine"
                f" has {has}.",
                hint="use a later system (Debian 12 and Ubuntu 24.04 are), or a bundle made on one"
                " as old as this",
            )

    def check_repository(self, repository: Path) -> None:
        """Refuse a checkout of the lab that needs other packages or modules than it holds.

        Args:
            repository: The checkout.

        Raises:
            BundleError: Its lock or its go.sum is another.
        """
        for names, stated in ((("requirements.lock",), self.lock), (GO_SUMS, self.go_sum)):
            if sha256_of_text_file(*(repository / name for name in names)) != stated:
                raise BundleError(
                    "This bundle was made for another version of the lab: its"
                    f" {' or '.join(names)} differs from the one here.",
                    quote=f"the bundle's commit is {self.commit}",
                    hint="`sh BUNDLE` lays out the lab that it was made from, beside this"
                    " one; or check that commit out here",
                )


def sha256_of_text_file(*files: Path) -> str:
    """Return the SHA-256 of a file, or of some in a row, with line ends as git keeps them.

    Args:
        *files: The files; one that is missing counts as one with nothing in it.
    """
    content = b""
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            content += file.read_bytes()
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _member(name: str, described: Mapping[str, object]) -> Member:
    sha256, size = str(described["sha256"]), described["bytes"]
    if len(sha256) != _SHA256_HEX or not isinstance(size, int) or size < 0:
        raise ValueError(f"{name}: {described}")
    return Member(sha256, size)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
