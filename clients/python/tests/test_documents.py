"""What the documents show runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

client = Path(__file__).parents[1]
how_to = client.parents[1] / "docs/how-to"
pages = [client / "README.md", how_to / "python.md", how_to / "http-api-from-python.md"]


@pytest.mark.parametrize("page", pages, ids=lambda page: page.name)
def test_each_example_of_a_page_runs(
    page: Path, server: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROLLERBLADE_URL", server["ROLLERBLADE_URL"])
    monkeypatch.setenv("ROLLERBLADE_TOKEN", server["ROLLERBLADE_TOKEN"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf8"), re.MULTILINE | re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), names)


def test_the_notebook_answers_its_questions(
    server: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROLLERBLADE_URL", server["ROLLERBLADE_URL"])
    monkeypatch.setenv("ROLLERBLADE_TOKEN", server["ROLLERBLADE_TOKEN"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    notebook = nbformat.read(client / "examples/first-questions.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [
        output.get("data", {}).get("text/plain", output.get("text", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    text = "\n".join(shown)
    print(text)
    assert "(5, [])" in text
    assert "BIDSFile colin-mini/sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz" in text
    assert "(77, 93, 77)" in text
    assert "PyBIDS" in text
