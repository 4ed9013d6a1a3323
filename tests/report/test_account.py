"""A file that is made of a whole run is there whole, or not at all."""

import pytest

from fxgbuild.errors import BuildFailed
from fxgbuild.report.account import AccountReporter

from .runs import good_run


def told(path):
    reporter = AccountReporter(path, lambda events: f"{len(events)} \ud800")
    for event in good_run():
        reporter.tell(event)
    return reporter


def test_it_is_written_once_when_the_run_is_over(tmp_path):
    path = tmp_path / "report"
    reporter = told(path)
    assert not path.exists()
    reporter.close()
    assert path.read_text() == f"{len(good_run())} \\ud800"
    path.unlink()
    reporter.close()
    assert not path.exists()


def test_a_folder_that_went_away_is_an_error_with_its_name(tmp_path):
    (tmp_path / "gone").write_text("a file")
    with pytest.raises(BuildFailed) as caught:
        told(tmp_path / "gone" / "report").close()
    assert caught.value.facts["file"].endswith("report")
