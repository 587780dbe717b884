"""Links between files of the repository become links between pages of the website."""

from pathlib import Path

import pytest

from dojo.output.page_links import LinkBroken, PageLinks, separate_lists

PAGES = {
    "README.md": "start.md",
    "docs/grading.md": "docs/grading.md",
    "exercises/01_first_api": "katas/01_first_api.md",
    "graders/01_first_api/no_body": "katas/01_first_api/wrong_turns.md#no_body",
}


@pytest.fixture
def links(tmp_path: Path) -> PageLinks:
    """Lay out a repository with a page, a kata with a stub, and a picture."""
    for name in ("exercises/01_first_api/app/main.py", "docs/lanes.svg", "src/engine.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    return PageLinks(tmp_path, PAGES)


@pytest.mark.parametrize(
    ("link", "led"),
    [
        ("[a](../README.md)", "[a](../start.md)"),
        ("[a](grading.md#seeds)", "[a](grading.md#seeds)"),
        ("[`app`](../exercises/01_first_api/app)", "[`app`](../katas/01_first_api.md)"),
        ("[a](../exercises/01_first_api/app/main.py)", "[a](../katas/01_first_api.md)"),
        (
            "[a](../graders/01_first_api/no_body)",
            "[a](../katas/01_first_api/wrong_turns.md#no_body)",
        ),
        ("[a](https://example.com/x.md) [b](#here)", "[a](https://example.com/x.md) [b](#here)"),
        ("`[a](nowhere.md)`", "`[a](nowhere.md)`"),
        ("~~~~\n[a](nowhere.md)\n```\n~~~~", "~~~~\n[a](nowhere.md)\n```\n~~~~"),
    ],
)
def test_link_leads_to_page(links: PageLinks, link: str, led: str) -> None:
    """A link leads to the page of its file, or of the folder that the file is in."""
    assert links.rewrite(link, "docs/security.md", "docs/security.md") == led


def test_picture_is_copied(links: PageLinks) -> None:
    """A picture goes to the website as it is, at its own path."""
    text = links.rewrite("![lanes](lanes.svg)", "docs/grading.md", "docs/grading.md")

    assert (text, links.copied) == ("![lanes](lanes.svg)", {"docs/lanes.svg"})


@pytest.mark.parametrize(
    "target", ["gone.md", "../src/engine.py", "../exercises/99_none/README.md"]
)
def test_broken_link_is_named(links: PageLinks, target: str) -> None:
    """A link to a missing file, or to one without a page, is refused by name."""
    with pytest.raises(LinkBroken, match=target):
        links.rewrite(f"[a]({target})", "docs/grading.md", "docs/grading.md")


@pytest.mark.parametrize(
    ("text", "separated"),
    [
        ("Three things:\n- a\n- b", "Three things:\n\n- a\n- b"),
        ("Steps:\n1. a\n2. b", "Steps:\n\n1. a\n2. b"),
        ("## Heading\n- a\n  more\n- b", "## Heading\n- a\n  more\n- b"),
        ("```\nold\n- new\n```", "```\nold\n- new\n```"),
    ],
)
def test_list_stands_apart(text: str, separated: str) -> None:
    """A list gets an empty line before it after a paragraph, and nowhere else."""
    assert separate_lists(text) == separated
