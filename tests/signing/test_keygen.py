"""`cache keygen`: the secret half in a file, the public half in a trust file."""

from click.testing import CliRunner

from fxgbuild.cli.keygen import command
from fxgbuild.signing.keys import signer_of
from fxgbuild.signing.trust import read_trust


def keygen(*words):
    return CliRunner().invoke(command, [str(word) for word in words], standalone_mode=False)


def test_keys_are_added_to_a_trust_file(tmp_path):
    trust = tmp_path / "trust.toml"
    for name, role in (("ana", "builder"), ("ben", "release")):
        person = f"{name}@example.org"
        done = keygen(tmp_path / name, "--person", person, "--role", role, "--trust", trust)
        assert done.return_value == 0, done.output
    ana, ben = read_trust(trust).keys
    assert (ana.person, ana.roles, ben.roles) == ("ana@example.org", {"builder"}, {"release"})
    assert ben.id == signer_of((tmp_path / "ben").read_bytes(), tmp_path / "ben").id


def test_no_key_is_written_that_the_trust_file_cannot_take(tmp_path):
    trust = tmp_path / "trust.toml"
    for words in ((), ("--person", "ana"), ("--person", "ana@example.org", "--role", 'a"b')):
        done = keygen(tmp_path / "ana", *words, "--trust", trust)
        assert done.exception is not None
        assert not trust.exists()
        assert not (tmp_path / "ana").exists()
