"""What docs/verification.md says is run as it stands, where nothing of fxgbuild can be imported."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import securesystemslib

from tests.docs.pages import blocks, read, section
from tests.promote.world import LABEL

PAGE = read("docs/verification.md")
NEEDED = ("securesystemslib", "cryptography", "cffi", "_cffi_backend", "pycparser")
CHECKS = ("Bytes", "Signatures", "The ledger")
WHEEL = "ranked_words-0.1.0-py3-none-any.whl"

pytestmark = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A PATH whose `python3` has securesystemslib and what it requires, and nothing else."""
    folder = tmp_path_factory.mktemp("third party") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    for entry in Path(securesystemslib.__file__).parents[1].iterdir():
        if entry.name.split(".")[0] in NEEDED:
            (site / entry.name).symlink_to(entry)
    python = folder / "bin/python3"
    done = subprocess.run([python, "-c", "import fxgbuild"], cwd=folder, check=False)
    assert done.returncode, "fxgbuild can be imported"
    return f"{folder / 'bin'}:/usr/bin:/bin"


class ThirdParty:
    """Somebody with the page, the trust file and the wheel, in a folder of their own."""

    def __init__(self, folder, programs, world, where, team=""):
        self.folder = folder
        folder.mkdir()
        for name in ("trust.toml", f"channels/index/simple/ranked-words/{WHEEL}"):
            shutil.copy(world.path(name), folder)
        if where == "From a folder":
            shutil.copytree(world.path("channels"), folder / "channels")
        self.environment = {"PATH": programs, "HOME": str(folder)}
        self.where, self.team = where, team

    def type(self, *checks, change=""):
        """Run the page's lines; `change` comes after the first, where everything was brought."""
        script = "\n".join([self.lines(self.where), change, *map(self.lines, checks)])
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def lines(self, title):
        (block,) = blocks(section(PAGE, title), "sh")
        names = {"eeg_pipeline-0.1.0-py3-none-any.whl": WHEEL, "prod-eeg.wheel": "prod-words.wheel"}
        names["registry.example.org/team"] = self.team
        for old, new in names.items():
            block = block.replace(old, new)
        return block


@pytest.fixture
def outsider(promoted, programs, tmp_path):
    return ThirdParty(tmp_path / "outside", programs, promoted, "From a folder")


def predicates(said):
    return sorted(re.findall(r"^https://\S+", said, re.MULTILINE))


SAID = ["https://fxgbuild.dev/validation/v1", "https://slsa.dev/provenance/v1"]


def test_a_third_party_checks_a_channel_in_a_folder(outsider):
    done = outsider.type(*CHECKS)
    assert done.returncode == 0, done.stderr
    assert predicates(done.stdout) == SAID
    assert done.stdout.count("ana@example.org ['builder', 'promoter']") == 2
    entries = re.findall(r"^(\d) \S+Z promote //words:wheel to (\w+) ", done.stdout, re.MULTILINE)
    assert entries == [("1", "dev"), ("2", "staging"), ("3", "prod")]


FORGED = """
python3 - <<'END'
import base64, hashlib, json, pathlib
blobs = pathlib.Path("channels/prod/blobs/sha256")
for path in blobs.iterdir():
    text = path.read_bytes()
    if b'"subject"' in text and b"validation" in text:
        manifest = json.loads(text)
        layer = manifest["layers"][0]
        old = blobs / layer["digest"][7:]
        envelope = json.loads(old.read_bytes())
        payload = base64.b64decode(envelope["payload"]).replace(b'"A"', b'"B"')
        envelope["payload"] = base64.b64encode(payload).decode()
        new = json.dumps(envelope).encode()
        layer["digest"] = "sha256:" + hashlib.sha256(new).hexdigest()
        layer["size"] = len(new)
        (blobs / layer["digest"][7:]).write_bytes(new)
        whole = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
        path.unlink()
        (blobs / hashlib.sha256(whole).hexdigest()).write_bytes(whole)
END
"""
UNKNOWN_KEY = "sed -i 's/^id = .*/id = \"ed25519:'$(printf %064d 7)'\"/' trust.toml"
CUT = 'python3 -c \'import json; m = json.load(open("ledger.json")); del m["layers"][1]; '
CUT += 'json.dump(m, open("ledger.json", "w"))\''


@pytest.mark.parametrize(
    ("change", "check", "said"),
    [
        (f"echo >> {WHEEL}", "Bytes", ""),
        ('echo >> "$blobs/$(ls "$blobs" | head -1)"', "Bytes", "did NOT match"),
        (FORGED, "Signatures", "VerificationError"),
        (UNKNOWN_KEY, "Signatures", "VerificationError"),
        ("sed -i 's/\"builder\", //' trust.toml", "Signatures", "not attested by a builder"),
        ("""rm $(grep -l '"subject"' -r "$blobs")""", "Signatures", "not attested by a builder"),
        (f"echo >> {WHEEL}", "Signatures", "AssertionError"),
        (UNKNOWN_KEY, "The ledger", "VerificationError"),
        ("sed -i 's/2026-01-01/2035-01-01/' trust.toml", "The ledger", "AssertionError"),
        (f"echo >> {WHEEL}", "The ledger", "not what prod has"),
    ],
)
def test_a_third_party_finds_what_was_changed(outsider, change, check, said):
    done = outsider.type(check, change=change)
    assert done.returncode, done.stdout
    assert said in done.stdout + done.stderr
    assert "SyntaxError" not in done.stderr


def test_a_third_party_finds_an_entry_that_was_taken_out_of_the_ledger(outsider):
    lines = outsider.lines("The ledger")
    first, rest = lines.split("\n", 1)
    assert "> ledger.json" in first
    outsider.lines = lambda title, plain=outsider.lines: (
        "\n".join([first, CUT, rest]) if title == "The ledger" else plain(title)
    )
    done = outsider.type("The ledger")
    assert done.returncode
    assert "AssertionError" in done.stderr


@pytest.mark.slow
def test_a_third_party_checks_a_channel_in_a_registry(registered, programs, tmp_path):
    for channel in ("dev", "staging", "prod"):
        registered.promote(LABEL, channel)
    settings = registered.path("fxgbuild.toml").read_text()
    team, host = re.search(r"oci://((127[.\d]+:\d+)/[\w-]+)/ledger", settings).groups()
    conf = tmp_path / "out/.config/containers/registries.conf"
    outsider = ThirdParty(tmp_path / "out", programs, registered, "From a registry", team)
    conf.parent.mkdir(parents=True)
    conf.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    done = outsider.type(*CHECKS)
    assert done.returncode == 0, done.stderr
    assert predicates(done.stdout) == SAID
    inspected = [
        json.loads(subprocess.run(
            ["skopeo", "inspect", f"docker://{team}/{channel}:{channel}-words.wheel"],
            env=outsider.environment, capture_output=True, check=True,
        ).stdout)["Digest"]
        for channel in ("dev", "staging", "prod")
    ]  # fmt: skip
    assert len(set(inspected)) == 1
