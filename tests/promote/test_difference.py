"""The first difference of two files is shown where a reader can look for it."""

import io
import zipfile

import pytest

from fxgbuild.promote.difference import first_difference

LATER = (2026, 1, 2, 3, 4, 6)
EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(*members, date=EPOCH):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name, date), data)
    return made.getvalue()


ONE = archive(("a/b.py", "x = 1\ny = 2\nz = 3\n"), ("c.bin", b"\0\1\2"))


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        (ONE, ""),
        (
            archive(("a/b.py", "x = 1\ny = 5\nz = 3\n"), ("c.bin", b"\0\1\2")),
            "in the member a/b.py:\nline 2\n--- first\n+++ second\n x = 1\n-y = 2\n+y = 5\n z = 3",
        ),
        (
            archive(("a/b.py", "x = 1\ny = 2\nz = 3\n"), ("c.bin", b"\0\1\3")),
            "in the member c.bin:\nbyte 2 of 3 and 3 bytes\n-00 01 02\n+00 01 03",
        ),
        (archive(("a/b.py", "x = 1\ny = 2\nz = 3\n")), "only the first has the member c.bin"),
        (
            archive(("a/b.py", "x = 1\ny = 2\nz = 3\n"), ("c.bin", b"\0\1\2"), ("d", "")),
            "only the second has the member d",
        ),
        (
            archive(("c.bin", b"\0\1\2"), ("a/b.py", "x = 1\ny = 2\nz = 3\n")),
            "the members are the same, in another order",
        ),
        (
            archive(
                ("a/b.py", "x = 1\ny = 2\nz = 3\n"),
                ("c.bin", b"\0\1\2"),
                date=(2026, 1, 2, 3, 4, 6),
            ),
            "in the member a/b.py:\nits date_time is (1980, 1, 1, 0, 0, 0) in the first, "
            "(2026, 1, 2, 3, 4, 6) in the second",
        ),
        (ONE[:-1] + b"x", f"byte {len(ONE) - 1} of {len(ONE)} and {len(ONE)} bytes"),
        (ONE + b"x", f"byte {len(ONE)} of {len(ONE)} and {len(ONE) + 1} bytes"),
    ],
)
def test_of_an_archive_it_is_the_member_and_what_is_other_in_it(second, shown):
    found = first_difference(ONE, second)
    assert found == shown or (shown and found.startswith(shown + "\n")), found


def test_of_a_text_it_is_the_line_and_the_lines_around_it():
    lines = [f"line {number}" for number in range(100)]
    other = [*lines[:40], "changed " + "x" * 500, *lines[41:]]
    shown = first_difference("\n".join(lines).encode(), "\n".join(other).encode()).split("\n")
    assert shown[0] == "line 41"
    assert shown[1:5] == ["--- first", "+++ second", " line 39", "-line 40"]
    assert max(map(len, shown)) <= 160
    assert len(shown) <= 12
