"""What the source says about each field of a dataclass: the comment beside it, else its class's docstring.

The records are described once, where they are written; their published schemas repeat it.
"""

import ast
import inspect
import io
import re
import textwrap
import tokenize
from typing import Any

# "`name`: what it means" in a docstring, up to the next field or the end of the paragraph.
_FIELD = re.compile(r"`(\w+)`: (.*?)(?=\s`\w+`: |$)")


def of_type(type: Any) -> str:
    """The docstring of a class, as one line per paragraph. Python's words for values become JSON's."""
    paragraphs = inspect.cleandoc(type.__doc__ or "").split("\n\n")
    return _in_json("\n".join(" ".join(paragraph.split()) for paragraph in paragraphs))


def of_fields(type: Any) -> dict[str, str]:
    """The description of each field that has one."""
    said = {
        name: text[:1].upper() + text[1:] for line in of_type(type).splitlines() for name, text in _FIELD.findall(line)
    }
    return said | {name: _in_json(text) for name, text in _comments(type).items()}


def of_members(enum: Any) -> dict[str, str]:
    """The comment beside each member of an enumeration, by the member's value."""
    comments = _comments(enum)
    return {member.value: comments.get(member.name, "") for member in enum}


def _comments(type: Any) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(type))
    by_line = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (body,) = (node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return {
        name: by_line[node.end_lineno]
        for node in body
        if (name := _assigned(node)) and node.end_lineno is not None and node.end_lineno in by_line
    }


def _assigned(node: ast.stmt) -> str | None:
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    return target.id if isinstance(target, ast.Name) else None


def _in_json(text: str) -> str:
    return re.sub(r"\bNone\b", "null", text).replace("is ()", "is []")
