"""Addresses of registries: what they mean, and what is said of those that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import Digest
from fxgbuild.oci.manifest import Malformed
from fxgbuild.oci.reference import Reference, is_reference, parse_reference

HEX = "5a" * 32


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("oci://ghcr.io/team/eeg", Reference("ghcr.io", "team/eeg")),
        ("oci://host:5000/eeg:dev-eeg.wheel", Reference("host:5000", "eeg", "dev-eeg.wheel")),
        (f"oci://h/e@sha256:{HEX}", Reference("h", "e", "", Digest(HEX))),
        (f"oci://h/e:1.0@sha256:{HEX}", Reference("h", "e", "1.0", Digest(HEX))),
        ("oci://[::1]:5000/e", Reference("[::1]:5000", "e")),
        ("oci+http://127.0.0.1:5000/e", Reference("127.0.0.1:5000", "e")),
    ],
)
def test_an_address_is_read(text, meant):
    assert parse_reference(text) == meant
    assert parse_reference(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("ghcr.io/team/eeg", "no address"),
        ("https://ghcr.io/team/eeg", "no address"),
        ("oci:ghcr.io/eeg", "no address"),
        ("oci://ghcr.io", "no repository"),
        ("oci://ghcr.io/", "no repository"),
        ("oci:///eeg", "no host"),
        ("oci://host:port/eeg", "no repository|no host"),
        ("oci://host:99999/eeg", "no host"),
        ("oci://host:0/eeg", "no host"),
        ("oci://user@host/eeg", "no host"),
        ("oci://host/Eeg", "no repository"),
        ("oci://host/a//b", "no repository"),
        ("oci://host/../v2", "no repository"),
        ("oci://host/eeg:", "no tag"),
        ("oci://host/eeg:-x", "no tag"),
        ("oci://host/eeg:" + "x" * 129, "no tag"),
        ("oci://host/eeg@sha256:12", "no digest"),
        (f"oci://host/eeg@sha512:{HEX}", "no digest"),
        ("oci://host/eeg?x=1", "no repository"),
        ("oci://host/eeg#x", "no repository"),
        ("oci://host/eeg\n", "no repository"),
        ("oci+http://ghcr.io/eeg", "without TLS"),
        ("oci+http://127.0.0.1.example.org/eeg", "without TLS"),
    ],
)
def test_what_is_no_address_is_told_with_what_was_expected(text, wrong):
    with pytest.raises(Malformed, match=wrong) as told:
        parse_reference(text)
    assert "oci://" in str(told.value)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1:5000", "[::1]", "[::1]:5000")),
        *(
            (host, False)
            for host in ("ghcr.io", "localhost.example.org", "127.0.0.2:1", "10.0.0.1")
        ),
    ],
)
def test_only_this_machine_is_asked_without_tls(host, plain):
    assert parse_reference(f"oci://{host}/eeg").plain is plain


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(rest):
    text = f"oci://{rest}"
    assert is_reference(text)
    try:
        found = parse_reference(text)
    except Malformed:
        return
    assert parse_reference(str(found)) == found
