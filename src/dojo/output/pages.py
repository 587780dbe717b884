"""Pages: what all pages for a browser share. Each stands alone, style and all, and needs no script.

A policy in the page forbids scripts and anything from elsewhere, should markup ever get through.
"""

import base64
import hashlib
import re
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


def read_style(name: str) -> str:
    """Read a style sheet."""
    return resources.files(__package__).joinpath(f"site_templates/{name}").read_text("utf-8")


def open_templates(style: str) -> Environment:
    """Open the templates of pages that carry this style, and allow no other."""
    templates = Environment(
        loader=PackageLoader(__package__, "site_templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["code"] = mark_code
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    templates.globals |= {"style": Markup(style), "style_digest": digest}
    return templates


def mark_code(text: str) -> Markup:
    """Escape a text, and show as code what stands between backticks."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
