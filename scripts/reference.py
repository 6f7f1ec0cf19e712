"""Pages of the site that come from the code: the Python API, and the schema.

They are made with the site and are not kept: on GitHub one reads the code. The pages
for Pulumi's registry come from the same texts.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hatch_build import RELATIVE_LINK
from scripts.release import ROOT, Release

# A page of the site: its title, what it says first, and whose names it lists.
_PYTHON = {
    "python-resources.md": (
        "Python: resources",
        "What a Pulumi program declares. `import pulumi_cerevox as cerevox`.",
        (
            *("resources.roster", "roster", "resources.user"),
            *("resources.role_assignment", "resources.provider"),
        ),
    ),
    "python-data-sources.md": (
        "Python: data sources",
        "What a Pulumi program reads. Each has a form for outputs.",
        ("resources.data_sources", "resources.outputs"),
    ),
    "python-account.md": (
        "Python: Account",
        "The Account API for scripts; [this page](account-api.md) shows how to use it.",
        ("account", "account.async_client"),
    ),
}
_HEAD = """\
# Schema

What YAML, TypeScript, Go, C# and Java declare and read, from the plugin's schema. Every
name is the same in all of them; Go and C# begin it with a capital letter.
[In other languages](languages.md) says how to get the plugin.

```yaml
resources:
  ada:
    type: cerevox:User
    properties:
      email: ada@example.com
      role: admin
```

```typescript
import * as cerevox from "@pulumi/cerevox";

const ada = new cerevox.User("ada", { email: "ada@example.com", role: "admin" });
```
"""
_REGISTRY = """\
---
title: {title}
meta_desc: {description}
layout: package
---

"""


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return the text of each generated page, by its file's name."""
    schema = root / "pulumi_cerevox" / "plugin" / "schema.json"
    return {
        **{name: _python_page(root, *parts) for name, parts in _PYTHON.items()},
        "schema.md": schema_page(json.loads(schema.read_text("utf-8"))),
    }


def _python_page(root: Path, title: str, text: str, modules: tuple[str, ...]) -> str:
    lines = [f"# {title}", text]
    for module in modules:
        lines += [f"::: pulumi_cerevox.{name}" for name in _names(root, module)]
    return "\n\n".join(lines) + "\n"


def _names(root: Path, module: str) -> Iterator[str]:
    """Yield the public names of a module, as `__init__.pyi` lists them."""
    stub = (root / "pulumi_cerevox" / "__init__.pyi").read_text("utf-8")
    for one in ast.parse(stub).body:
        if isinstance(one, ast.ImportFrom) and one.module == f"pulumi_cerevox.{module}":
            yield from (alias.name for alias in one.names)


def schema_page(schema: Mapping[str, Any]) -> str:
    """Return all that the schema has, as tables."""
    parts = [_HEAD, "## Configuration\n"]
    parts += [_table(schema["config"]["variables"], ())]
    for token, one in schema["resources"].items():
        parts += [f"## {_short(token)}\n", one["description"], "\n### Inputs\n"]
        parts += [_table(one["inputProperties"], one.get("requiredInputs", ()))]
        parts += ["### Outputs\n", _table(one["properties"], ())]
    for token, one in schema["functions"].items():
        parts += [f"## {_short(token)}()\n", one["description"]]
        if inputs := one.get("inputs"):
            table = _table(inputs["properties"], inputs.get("required", ()))
            parts += ["\n### Arguments\n", table]
        parts += ["\n### Result\n", _table(one["outputs"]["properties"], ())]
    for token, one in schema["types"].items():
        parts += [f"## {_short(token)}\n", one.get("description", "")]
        if "enum" in one:
            values = (f"`{value['value']}`" for value in one["enum"])
            parts += [f"\nOne of {', '.join(values)}.\n"]
        else:
            parts += ["", _table(one["properties"], one.get("required", ()))]
    return "\n".join(parts)


def _table(properties: Mapping[str, Any], required: tuple[str, ...] | list[str]) -> str:
    lines = ["| name | type | |", "| --- | --- | --- |"]
    for name, one in properties.items():
        text = " ".join(one.get("description", "").split()).replace("|", "\\|")
        must = "Required. " if name in required else ""
        lines.append(f"| `{name}` | {_type(one)} | {must}{text} |")
    return "\n".join([*lines, ""])


def _type(one: Mapping[str, Any]) -> str:
    """Return how a type reads, with a link to ours."""
    if "$ref" in one:
        name = one["$ref"].rpartition(":")[2]
        return "any" if "#/types" not in one["$ref"] else f"[{name}](#{name.lower()})"
    if "oneOf" in one:
        return " or ".join(map(_type, one["oneOf"]))
    if one["type"] == "array":
        return f"list of {_type(one['items'])}"
    if one["type"] == "object":
        return f"map of {_type(one.get('additionalProperties', {'type': 'string'}))}"
    return str(one["type"])


def _short(token: str) -> str:
    return token.rpartition(":")[2]


def registry_pages(root: Path = ROOT) -> dict[str, str]:
    """Return the two pages that Pulumi's registry asks of a package.

    They are the README and the page on configuration, with links to the repository.
    """
    release = Release(root)
    files = f"{release.repository}/blob/v{release.version}"

    def body(name: str, folder: str = "") -> str:
        text = (root / folder / name).read_text("utf-8").partition("\n")[2]
        base = f"{files}/{folder}/" if folder else f"{files}/"
        return RELATIVE_LINK.sub(rf"]({base}\g<target>)", text)

    readme = body("README.md")
    install = readme[readme.index("## Install and start") :].partition("\n## ")[0]
    return {
        "_index.md": _REGISTRY.format(
            title="Cerevox", description="Declare who is in a Cerevox account, as code."
        )
        + readme,
        "installation-configuration.md": _REGISTRY.format(
            title="Cerevox Installation & Configuration",
            description="Install the Cerevox provider, and set it up.",
        )
        + f"{install}\n## Configuration\n{body('configuration.md', 'docs')}",
    }
