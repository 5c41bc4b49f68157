"""Which module goes where: one for all plugins, or each to the plugin that its name says."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import overload

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy.document import Document
from lab_helpers.envoy.plugins import Plugin
from lab_helpers.errors import ConfigurationError

__all__ = ["Given", "Placement", "as_modules", "assign", "placements", "shared_vms"]

# One module, several by the names of their plugins, or none.
Given = Module | Mapping[str, Module] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """Where a module runs.

    Attributes:
        plugin: What the plugin is called.
        kind: What it is, as in `HTTP filter`.
        module: The module; None where the plugin runs the code that the configuration names.
        code: What the configuration names as its code.
        vm_id: The name of its VM; "" where it has none.
    """

    plugin: str
    kind: str
    module: Module | None
    code: str
    vm_id: str

    def __str__(self) -> str:
        where = f"{self.kind} {self.plugin}" + (f" (vm_id {self.vm_id})" if self.vm_id else "")
        if self.module is None:
            code = self.code if len(self.code) <= _LONG else f"{self.code[:_LONG]}…"
            return f"{where} ← its own code, {code or 'which it does not name'}"
        if self.module.folder is not None:
            return f"{where} ← {self.module.name}, compiled by {self.module.compiler}"
        return f"{where} ← {self.module.path.parent.name}/{self.module.path.name}"

    __repr__ = __str__


_LONG = 60
_COMPILED = (".wasm", ".so")


def as_modules(
    given: Module | Path | str | Mapping[str, Module | Path | str] | None,
) -> Given:
    """Return modules as they were given; what is a path is read, what is a filter is compiled.

    Args:
        given: A module, or several by the names of their plugins.

    Raises:
        ConfigurationError: One cannot be read, or there is none in the mapping.
    """
    if not isinstance(given, Mapping):
        return _given_module(given)
    if not given:
        raise ConfigurationError(
            "The mapping names no module.",
            hint='name each plugin with its module: Envoy({"sender": module_a, …}, …)',
        )
    return {str(name): _given_module(one) for name, one in given.items()}


@overload
def _given_module(given: Module | Path | str) -> Module: ...


@overload
def _given_module(given: None) -> None: ...


def _given_module(given: Module | Path | str | None) -> Module | None:
    """Return a module; a path is read, and a filter that is named is compiled."""
    if not isinstance(given, Path | str):
        return given
    if Path(given).suffix in _COMPILED or Path(given).expanduser().is_file():
        return read_module(given)
    return compile_filter(given, reuse=True)


def assign(
    document: Document, plugins: Sequence[Plugin], names: Collection[str] | None
) -> Mapping[int, str]:
    """Return the name of the module that each plugin gets, by the plugin's number.

    A plugin goes by its own name, else by that of the filter that holds it; where neither is meant,
    all plugins of a VM go by its `vm_id`.

    Args:
        document: The configuration.
        plugins: Its plugins.
        names: The names of the modules; None for one module that all of them get, as `""`.

    Raises:
        ConfigurationError: A name is nobody's, or several plugins'; or there are several filters
            and one module.
    """
    running = {number: one for number, one in enumerate(plugins) if one.takes_module}
    if names is None:
        _check_one_is_enough(document, running.values())
        return dict.fromkeys(running, "")
    assigned: dict[int, str] = {}
    for name in names:
        for number in _of_name(document, running, name):
            if number in assigned:
                raise ConfigurationError(
                    f"{assigned[number]!r} and {name!r} both mean the"
                    f" {_described(document, running[number])} of {document.source}.",
                    hint="leave one of them out",
                )
            assigned[number] = name
    return assigned


def placements(
    document: Document, plugins: Sequence[Plugin], given: Given
) -> tuple[Placement, ...]:
    """Return where each module runs, in the file's order.

    Args:
        document: The configuration.
        plugins: Its plugins.
        given: The modules.

    Raises:
        ConfigurationError: A module has no place, or more than one is meant.
    """
    if given is not None and not plugins:
        modules = given if isinstance(given, Mapping) else {given.name: given}
        fitting = "native" if any(one.library for one in modules.values()) else "envoy"
        raise ConfigurationError(
            f"{document.source} runs no Wasm, so it has no place for the filter"
            f" {', '.join(modules)}.",
            hint="leave the filter out, or name a configuration with a place for it, such as"
            f" envoy/{fitting}.yaml",
        )
    if given is None:
        assigned: Mapping[int, str] = {}
    else:
        assigned = assign(document, plugins, given if isinstance(given, Mapping) else None)
    for number, name in assigned.items():
        _check_kind(document, plugins[number], _module_of(given, name))
    return tuple(
        Placement(
            plugin=one.label,
            kind=one.kind,
            module=_module_of(given, assigned.get(number)),
            code=one.code,
            vm_id=one.vm_id,
        )
        for number, one in enumerate(plugins)
    )


def shared_vms(plugins: Sequence[Plugin], placed: Sequence[Placement]) -> tuple[str, ...]:
    """Say which plugins have one `vm_id` and different modules.

    Args:
        plugins: The plugins.
        placed: Where the modules run, for each plugin.
    """
    said = []
    for vm_id in dict.fromkeys(one.vm_id for one in plugins if one.vm_id):
        members = [
            (one, where)
            for one, where in zip(plugins, placed, strict=True)
            if one.vm_id == vm_id and one.takes_module
        ]
        codes = {where.module.sha256 if where.module else one.code for one, where in members}
        if len(codes) > 1:
            names = " and ".join(one.label for one, _ in members)
            said.append(
                f"{names} have the same vm_id ({vm_id}) and different modules: each has VMs of its"
                " own, and they share data and queues"
            )
    return tuple(said)


def _check_kind(document: Document, plugin: Plugin, module: Module | None) -> None:
    """Make sure that Wasm goes where Envoy runs Wasm, and a library where it loads libraries."""
    if module is None or module.library == plugin.is_library:
        return
    what = "a dynamic module, and no Wasm" if module.library else "Wasm, and no dynamic module"
    fitting = "native" if module.library else "envoy"
    raise ConfigurationError(
        f"{module.path.name} is {what}, so it cannot run in the"
        f" {_described(document, plugin)} of {document.source}.",
        hint=f"name a configuration that has a place for it, such as envoy/{fitting}.yaml",
    )


def _module_of(given: Given, name: str | None) -> Module | None:
    if name is None or given is None:
        return None
    return given[name] if isinstance(given, Mapping) else given


def _of_name(document: Document, running: Mapping[int, Plugin], name: str) -> list[int]:
    for called in ("label", "slot"):
        found = [number for number, one in running.items() if getattr(one, called) == name]
        if len(found) == 1:
            return found
        if found:
            raise ConfigurationError(
                f"{len(found)} Wasm plugins of {document.source} are called {name!r}:"
                f" {_listed(document, [running[number] for number in found])}.",
                hint="give each a name: of its own in its config, and name that"
                + _by_vm(running.values()),
            )
    found = [number for number, one in running.items() if one.vm_id == name]
    if found:
        return found
    raise ConfigurationError(
        f"No Wasm plugin of {document.source} is called {name!r}. There are:"
        f" {_listed(document, running.values())}.",
        hint=f"one of: {', '.join(dict.fromkeys(one.label for one in running.values()))}"
        + _by_vm(running.values()),
    )


def _by_vm(plugins: Iterable[Plugin]) -> str:
    ids = list(dict.fromkeys(one.vm_id for one in plugins if one.vm_id))
    return f"; or the vm_id of its VM: {', '.join(ids)}" if ids else ""


def _check_one_is_enough(document: Document, plugins: Iterable[Plugin]) -> None:
    # Plugins of one code are one filter where they have one name, or one vm_id, and so one VM.
    by_name = {(one.name, one.code): one for one in plugins}.values()
    different = list({(one.vm_id or one.name, one.code): one for one in by_name}.values())
    if len(different) <= 1:
        return
    labels = [one.label for one in different]
    vms = [one.vm_id for one in different]
    names = labels if len(set(labels)) == len(labels) else list(dict.fromkeys(vms))
    example = ", ".join(f'"{name}": …' for name in names if name) or '"NAME": …'
    raise ConfigurationError(
        f"{document.source} runs {len(different)} Wasm plugins, and one module was given:"
        f" {_listed(document, different)}.",
        hint=f"name the module of each: Envoy({{{example}}}, configuration=…)",
    )


def _listed(document: Document, plugins: Iterable[Plugin]) -> str:
    return ", ".join(_described(document, one) for one in plugins)


def _described(document: Document, plugin: Plugin) -> str:
    line = document.line(plugin.way)
    vm = f"vm_id {plugin.vm_id}" if plugin.vm_id else ""
    extra = ", ".join(part for part in (vm, f"line {line}" if line else "") if part)
    return f"{plugin.kind} {plugin.label}" + (f" ({extra})" if extra else "")
