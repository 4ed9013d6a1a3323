"""Another workspace is believed where its facts can be verified, and never written to."""

import pytest

from fxgbuild.deferred import open_deferred
from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.errors import IntegrityError, StoreUnsafe, UsageError
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from tests.bench.synthetic import make

KEY = Digest("ab" * 32)
ROW = f"test:{KEY.hex}"


@pytest.fixture
def other(tmp_path):
    """A workspace with pins, one blob and one record."""
    make("chain", 4, tmp_path)
    store = tmp_path / ".fxgbuild"
    store.mkdir(mode=0o700)
    blob = BlobStore(store / "cas").put(b"figures")
    index = Index(store / "index")
    index.put(ROW, record(outputs={"report": blob.hex}))
    index.close()
    return tmp_path


def record(**changed):
    good = {"key": KEY.hex, "action": "test", "passed": True, "outputs": {}}
    return good | changed


def rewrite(other, value):
    index = Index(other / ".fxgbuild" / "index")
    index.put(ROW, value)
    index.close()


def everything(folder):
    parts = sorted(path for path in folder.rglob("*") if not path.name.startswith("cache.db-"))
    return {path: path.read_bytes() if path.is_file() else b"" for path in parts}


def test_pins_records_and_blobs_are_found_by_key(other):
    deferred = open_deferred(other)
    label = next(deferred._pins.labels())
    pin = deferred._pins.read(label)
    assert deferred.pin_of_key(pin.key) == pin
    assert deferred.pin_of_key(KEY) is None
    assert deferred.record("test", KEY)["passed"] is True
    assert deferred.record("lint", KEY) is None
    assert deferred.blob(digest_bytes(b"figures")) == b"figures"


def test_a_damaged_blob_is_missing_and_stays_where_it_is(other):
    path = BlobStore(other / ".fxgbuild" / "cas").path(digest_bytes(b"figures"))
    path.chmod(0o644)
    path.write_bytes(b"figure5")
    before = everything(other)
    deferred = open_deferred(other)
    assert deferred.blob(digest_bytes(b"figures")) is None
    assert deferred.record("test", KEY) is None
    assert everything(other) == before


@pytest.mark.parametrize(
    "changed", [{"key": "cd" * 32}, {"action": "lint"}, {"outputs": {"a": "../x"}}, {"outputs": []}]
)
def test_a_record_that_is_not_for_its_key_is_an_integrity_failure(other, changed):
    rewrite(other, record(**changed))
    with pytest.raises(IntegrityError, match="deferred to"):
        open_deferred(other).record("test", KEY)


def test_a_failed_verdict_is_no_record(other):
    rewrite(other, record(passed=False))
    assert open_deferred(other).record("test", KEY) is None


def test_a_damaged_index_is_an_error_and_is_not_set_aside(other):
    (other / ".fxgbuild" / "index" / "cache.db").write_bytes(b"no database" * 1000)
    before = everything(other)
    with pytest.raises(IntegrityError):
        open_deferred(other).record("test", KEY)
    assert everything(other) == before


def test_an_edited_pin_is_an_integrity_failure(other):
    deferred = open_deferred(other)
    pin = deferred._pins.read(next(deferred._pins.labels()))
    code = deferred._pins.home(pin.label) / "code.py"
    code.write_text(f"{pin.hole}# more\n")
    with pytest.raises(IntegrityError):
        deferred.pin_of_key(pin.key)


def test_a_workspace_that_was_never_built_has_pins_only(tmp_path):
    make("chain", 2, tmp_path)
    deferred = open_deferred(tmp_path)
    assert deferred.record("test", KEY) is None
    assert not (tmp_path / ".fxgbuild").exists()


def test_a_store_that_others_may_write_is_not_believed(other):
    (other / ".fxgbuild").chmod(0o777)
    with pytest.raises(StoreUnsafe):
        open_deferred(other)


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_folder_that_is_no_workspace_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match="no workspace"):
        open_deferred(tmp_path / name)
