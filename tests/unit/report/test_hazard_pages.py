"""The pages of hazards: found in the repository, and carried along by the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from haulback.report.hazard_pages import page

ROOT = Path(__file__).parents[3]


def test_a_page_of_the_repository():
    assert page("drop-table") == (ROOT / "docs" / "hazards" / "drop-table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("id_", ["no-such-hazard", "", "../attic", "../hazards/drop-table", "drop_table", "Drop-Table"])
def test_what_is_no_id_has_no_page(id_):
    assert page(id_) == ""


def test_the_wheel_brings_every_page(tmp_path):
    built = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", built, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        carried = {Path(one).name for one in wheel.namelist() if one.startswith("haulback/hazards/pages/")}
        assert "haulback/report/hazard_pages.py" in wheel.namelist()
        wheel.extractall(tmp_path / "installed")
    assert carried == {one.name for one in (ROOT / "docs" / "hazards").glob("*.md")}
    asked = subprocess.run(
        [sys.executable, "-c", "from haulback.report.hazard_pages import page; print(page('drop-table'))"],
        env={"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert asked.stdout.startswith("# drop-table\n"), asked.stderr
