"""What clang and its linker say of a filter in C, and what to try."""

from __future__ import annotations

from lab_helpers.compiling.hints.slip import Slip

__all__ = ["C_WORDS"]

C_WORDS = (
    Slip(
        "write the function yourself: there is no C library here, so none of `$name` and its kind",
        message=r"undefined symbol: (?P<name>"
        r"(?:mem|str|f?print|s?n?print|malloc|free|calloc|realloc|put|exit)\w*)",
    ),
    Slip(
        "there is no C library for a filter: leave <$name> out. What needs none of it stays:"
        " <stddef.h>, <stdint.h>, <stdbool.h>, <stdarg.h>, <limits.h>",
        message=r"'(?P<name>[\w/]+\.h)' file not found",
    ),
    Slip(
        'say that Envoy has it: __attribute__((import_module("env"), import_name("$name"))) before'
        " its declaration",
        message=r"undefined symbol: (?P<name>proxy_\w+)",
    ),
    Slip(
        "declare `$name`, or mend its spelling; what is missing is looked for in all .c files of"
        " this folder",
        message=r"undefined symbol: (?P<name>\w+)",
    ),
    Slip("end the statement with a semicolon: `;`", message=r"expected ';'"),
    Slip(
        "close what was opened: there is one `{`, `(` or `[` more than its other half",
        message=r"expected '(?:\}|\)|\])'|expected function body",
    ),
    Slip(
        "write `$better` instead of `$name`, as clang proposes",
        message=r"(?:undeclared (?:identifier|function)|unknown type name) '(?P<name>\w+)';"
        r" did you mean '(?P<better>\w+)'",
    ),
    Slip(
        "begin with `#include <stdbool.h>`, which has `bool`",
        message=r"unknown type name 'bool'|undeclared identifier '(?:true|false)'",
    ),
    Slip(
        "begin with `#include <stddef.h>`, which has size_t, ptrdiff_t and NULL",
        message=r"unknown type name '(?:size_t|ptrdiff_t)'|undeclared identifier 'NULL'",
    ),
    Slip(
        "declare `$name` above its first use: C reads a file from its top",
        message=r"undeclared function '(?P<name>\w+)'",
    ),
    Slip(
        "declare `$name` first, with its type: `int $name;`; or mend its spelling",
        message=r"undeclared identifier '(?P<name>\w+)'",
    ),
    Slip(
        "begin with `#include <stdint.h>`, which has `$name`",
        message=r"unknown type name '(?P<name>u?int(?:8|16|32|64|ptr)_t)'",
    ),
    Slip(
        "return a value on every way through the function; a callback returns 0 for Continue",
        message=r"non-void function does not return a value",
    ),
    Slip(
        "take it out, or use it: clang counts it as a slip",
        message=r"unused (?:variable|parameter|function)",
    ),
    Slip(
        "give it the parameters of its declaration; the ABI's stand in Envoy's header, and in"
        " filter/hello_c/hello.c",
        message=r"too (?:few|many) arguments|conflicting types for|incompatible",
    ),
    Slip(
        "free some disk space there; or name other folders with TMPDIR and LAB_WORK",
        message=r"[Nn]o space left on device",
    ),
)
